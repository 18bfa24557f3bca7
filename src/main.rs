//! The binary: the real world in, an exit code out.

use std::process::ExitCode;
use std::sync::Arc;
use weighbridge::host::{ReqwestHttp, os::OsHost};

fn main() -> ExitCode {
    let host = OsHost::new(Arc::new(ReqwestHttp::new()));
    weighbridge::cli::run(std::env::args_os(), &host).into()
}
