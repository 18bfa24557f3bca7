//! Packs the relocations of the static program: one word for each of some sixty thousand addresses is more than a megabyte.
//!
//! Only where the program brings its own C library along: that of the machine may be too old to read them (glibc before 2.36).

#![expect(clippy::disallowed_methods, reason = "this is how a build script is asked")]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let var = |name| std::env::var(name).unwrap_or_default();
    let is_static = var("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static");
    if var("CARGO_CFG_TARGET_OS") == "linux" && is_static {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
