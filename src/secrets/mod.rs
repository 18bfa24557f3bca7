//! Secrets that stand in files: found, named without being shown, and blotted out of everything that is printed.
//!
//! [`scan`] looks at one text. What comes out of it is a [`Leak`], which holds no part of the secret but the beginning
//! that its format fixes, and a keyed fingerprint. The text itself goes on only masked. [`scrub`] is the last look at
//! whatever is written. `docs/secrets.md` has the whole story.

mod assign;
pub mod baseline;
mod cursor;
mod decode;
mod handed;
mod kinds;
mod leak;
mod mask;
mod mcp;
mod names;
mod place;
mod quiet;
mod scan;
mod shapes;
#[cfg(test)]
mod tests;
mod words;

pub use kinds::all as all_kinds;
pub use leak::{Confidence, Key, Leak, Length, Scan, SecretFingerprint, scan};
pub use mask::{scrub, take_out};

/// True when a name says that the value beside it is, or may be, a secret.
pub fn speaks_of_secret(name: &str) -> bool {
    names::says(name).is_some()
}

/// True when a value names the place of a secret and holds none itself.
pub fn is_reference(value: &str) -> bool {
    quiet::is_reference(value)
}
