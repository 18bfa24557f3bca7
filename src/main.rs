//! The binary: the real world in, an exit code out.

use std::process::ExitCode;
use std::sync::Arc;
use weighbridge::host::{ReqwestHttp, os::OsHost};

// Rules allocate millions of short strings, and so does reading the vocabulary. The allocator of musl, with which the
// shipped binary is linked, takes a lock for each of them, and that of glibc gives memory back only to ask for it again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A panic is a bug of ours and says so on standard error; its exit code is ours too, so that no job takes it for a
    // verdict.
    let outcome = std::panic::catch_unwind(|| {
        let host = OsHost::new(Arc::new(ReqwestHttp::new()));
        weighbridge::cli::run(std::env::args_os(), &host)
    });
    outcome.unwrap_or(weighbridge::cli::exit::Exit::Bug).into()
}
