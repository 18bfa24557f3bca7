//! Starts programs, each under a supervisor that ends it when we are gone.
#![expect(clippy::disallowed_methods, reason = "this file is where processes are started")]

use super::program::{Program, ProgramError, Running, Tail};
use super::supervisor::Order;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a supervisor may take to end what it watches.
const SUPERVISOR_ENDS: Duration = Duration::from_secs(8);

/// Starts a program. Needs a runtime with its input and output driver.
#[cfg(unix)]
pub(super) fn start(program: &Program) -> Result<Running, ProgramError> {
    use std::os::fd::OwnedFd;
    use std::os::unix::process::CommandExt as _;
    use tokio::net::unix::pipe;

    let refused = |reason: String| ProgramError { reason };
    let failed = |error: std::io::Error| ProgramError { reason: error.to_string() };
    let order = Order::line(program).map_err(refused)?;
    // On Linux this is us even when the file has been replaced or removed since.
    let ourselves = if cfg!(target_os = "linux") {
        std::path::PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().map_err(failed)?
    };
    let mut child = Command::new(ourselves)
        .arg("supervise")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // An interrupt from the terminal ends us, and by that the program: in order, not all at once.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let (Some(mut input), Some(output), Some(mut errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(refused("its pipes are missing".to_owned()));
    };
    input.write_all(&order).map_err(failed)?;
    let tail = Tail::default();
    let said = tail.clone();
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 4096];
        while let Ok(length) = errors.read(&mut buffer) {
            if length == 0 {
                return;
            }
            said.push(buffer.get(..length).unwrap_or(&[]));
        }
    });
    let input = pipe::Sender::from_owned_fd(OwnedFd::from(input)).map_err(failed)?;
    let output = pipe::Receiver::from_owned_fd(OwnedFd::from(output)).map_err(failed)?;
    Ok(Running {
        input: Box::new(input),
        output: Box::new(output),
        errors: tail,
        ended: Box::pin(ended(child)),
    })
}

/// Where there are no process groups, what is started could outlive us.
#[cfg(not(unix))]
pub(super) fn start(_program: &Program) -> Result<Running, ProgramError> {
    Err(ProgramError { reason: "servers are started on Unix only".to_owned() })
}

/// Waits for the supervisor, and ends it when it takes too long.
#[cfg(unix)]
async fn ended(mut child: Child) {
    let until = Instant::now() + SUPERVISOR_ENDS;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _gone_already = child.kill();
    let _nothing_to_say = child.wait();
}
