//! The process between us and a program we start: it outlives us by a moment, and ends what we have left behind.
//!
//! It is this binary again (`weighbridge supervise`). Its standard input is a pipe of which only we hold the other end:
//! the first line says what to start, the rest is passed on. When the pipe closes, because we are done or because
//! somebody killed us, the program, its process group and everything that it has started end. That needs no
//! signal handler and no unsafe code, and nobody can take it away from us by killing us.

#![expect(clippy::disallowed_methods, reason = "this file is where processes are started and ended")]

use super::program::Program;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::path::PathBuf;

/// The longest first line that is read: arguments and variables of one program.
const MAX_ORDER_BYTES: u64 = 4 * 1024 * 1024;
/// The status of a supervisor that could not start the program, as shells have it.
#[cfg(unix)]
const NOT_STARTED: u8 = 127;

/// What the first line says.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    command: String,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Order {
    /// The line that orders to start a program.
    pub(super) fn line(program: &Program) -> Result<Vec<u8>, String> {
        let order = Self {
            command: program.command.clone(),
            arguments: program.arguments.clone(),
            environment: program.environment.clone(),
            folder: program.folder.clone(),
        };
        let mut line = serde_json::to_vec(&order).map_err(|error| error.to_string())?;
        line.push(b'\n');
        if line.len() as u64 > MAX_ORDER_BYTES {
            return Err(format!("its arguments and variables have more than {MAX_ORDER_BYTES} bytes"));
        }
        Ok(line)
    }

    fn read(from: &mut dyn BufRead) -> Option<Self> {
        let mut line = Vec::new();
        from.take(MAX_ORDER_BYTES).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }
}

/// Says something to whoever started us: the standard error is a pipe to them.
fn say(words: &str) {
    let _nobody_listens = std::io::stderr().lock().write_all(format!("weighbridge: {words}\n").as_bytes());
}

/// Passes a pipe on until it closes; what can no longer be passed on is read all the same.
fn pass_on(from: &mut dyn BufRead, to: impl Write) {
    let mut to = Some(to);
    loop {
        let Ok(bytes) = from.fill_buf() else { return };
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        if let Some(open) = &mut to
            && open.write_all(bytes).and_then(|()| open.flush()).is_err()
        {
            to = None;
        }
        from.consume(length);
    }
}

/// Starts what the first line of standard input says, and ends it when standard input closes.
#[cfg(unix)]
pub fn supervise() -> u8 {
    unix::supervise()
}

/// Takes the place of this process, after having seen to it that it ends when the supervisor does.
#[cfg(unix)]
pub fn launch(parent: u32, command: &str, arguments: &[String]) -> u8 {
    unix::launch(parent, command, arguments)
}

/// Where there are no process groups nothing is started.
#[cfg(not(unix))]
pub fn supervise() -> u8 {
    say("servers are started on Unix only");
    1
}

/// Where there are no process groups nothing is started.
#[cfg(not(unix))]
pub fn launch(_parent: u32, _command: &str, _arguments: &[String]) -> u8 {
    1
}

#[cfg(unix)]
mod unix {
    use super::{NOT_STARTED, Order, pass_on, say};
    use rustix::process::{Pid, Signal, WaitIdOptions, WaitOptions, kill_process_group};
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::time::{Duration, Instant};

    /// How long a program may take to end after its input has closed, and again after it was told to.
    const GRACE: Duration = Duration::from_millis(800);
    /// How long we look for what it has left behind.
    const SWEEP: Duration = Duration::from_secs(3);

    pub(super) fn supervise() -> u8 {
        // What the program starts and leaves becomes our child, and can be found.
        #[cfg(target_os = "linux")]
        let _best_effort = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        // Not the shared handle of the standard library: its lock would be held for ever by the thread that passes on.
        let mut input = std::io::BufReader::new(std::io::stdin());
        let Some(order) = Order::read(&mut input) else { return 1 };
        let mut child = match start(&order) {
            Ok(child) => child,
            Err(error) => {
                say(&format!("cannot start `{}`: {error}", order.command));
                return NOT_STARTED;
            }
        };
        let (send, events) = channel();
        if let Some(pipe) = child.stdin.take() {
            std::thread::spawn(move || {
                pass_on(&mut input, pipe);
                let _main_is_gone = send.send(());
            });
        }
        end(&mut child, &events)
    }

    fn start(order: &Order) -> std::io::Result<Child> {
        let mut command = starter(order)?;
        command
            .env_clear()
            .envs(&order.environment)
            .current_dir(&order.folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
    }

    /// On Linux the program dies even when this process is killed: one more step sees to that.
    #[cfg(target_os = "linux")]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn starter(order: &Order) -> std::io::Result<Command> {
        let mut command = Command::new("/proc/self/exe");
        command.args(["supervise", "--launch"]).arg(std::process::id().to_string());
        command.arg("--").arg(&order.command).args(&order.arguments);
        Ok(command)
    }

    #[cfg(not(target_os = "linux"))]
    fn starter(order: &Order) -> std::io::Result<Command> {
        let mut command = Command::new(&order.command);
        command.args(&order.arguments);
        Ok(command)
    }

    pub(super) fn launch(parent: u32, command: &str, arguments: &[String]) -> u8 {
        #[cfg(target_os = "linux")]
        {
            let _best_effort = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
            // It may have died before that.
            let still_there = rustix::process::getppid()
                .is_some_and(|now| u32::try_from(now.as_raw_nonzero().get()).is_ok_and(|now| now == parent));
            if !still_there {
                return 1;
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = parent;
        let error = Command::new(command).args(arguments).exec();
        say(&format!("cannot start `{command}`: {error}"));
        NOT_STARTED
    }

    /// Waits until the program or its input ends, then ends all that is left.
    fn end(child: &mut Child, events: &Receiver<()>) -> u8 {
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let mut own_end = true;
        while !has_ended(group) {
            match events.recv_timeout(Duration::from_millis(20)) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                    own_end = false;
                    break;
                }
            }
        }
        if !own_end {
            // Its input is closed, which is how servers are told to end; some need to be told more.
            for signal in [None, Some(Signal::TERM)] {
                if let (Some(signal), Some(group)) = (signal, group) {
                    let _gone_already = kill_process_group(group, signal);
                }
                let until = Instant::now() + GRACE;
                while !has_ended(group) && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
        // The number of the group stays taken until its first process has been waited for.
        if let Some(group) = group {
            let _gone_already = kill_process_group(group, Signal::KILL);
        }
        let status = child.wait();
        sweep();
        match status {
            Ok(status) if own_end => {
                say(&format!("the program ended by itself: {status}"));
                status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
            }
            _ => 0,
        }
    }

    /// True when the program has ended; it is not waited for, so that its number stays taken.
    fn has_ended(child: Option<Pid>) -> bool {
        let Some(child) = child else { return true };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match rustix::process::waitid(rustix::process::WaitId::Pid(child), options) {
            Ok(found) => found.is_some(),
            Err(_) => true,
        }
    }

    /// Ends what has left the group: it became our child when its own parent ended.
    fn sweep() {
        let until = Instant::now() + SWEEP;
        while Instant::now() < until {
            for child in children() {
                let _gone_already = rustix::process::kill_process(child, Signal::KILL);
            }
            match rustix::process::wait(WaitOptions::NOHANG) {
                Err(_nobody_left) => return,
                Ok(Some(_)) => {}
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// The processes whose parent we are.
    #[cfg(target_os = "linux")]
    fn children() -> Vec<Pid> {
        let me = std::process::id().to_string();
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        entries
            .filter_map(|entry| {
                let number: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
                let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
                // `42 (any (name)) S 1 ...`: the parent is the second word after the last parenthesis.
                let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
                (parent == me).then(|| Pid::from_raw(number))?
            })
            .collect()
    }

    /// Elsewhere orphans do not come to us; the group is all that can be ended.
    #[cfg(not(target_os = "linux"))]
    const fn children() -> Vec<Pid> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_the_pipe() {
        let program = Program {
            command: "server".to_owned(),
            arguments: vec!["a b\n".to_owned(), "ü".to_owned()],
            environment: BTreeMap::from([("A".to_owned(), "1\n2".to_owned())]),
            folder: PathBuf::from("/repo"),
        };
        let line = Order::line(&program).unwrap();
        assert_eq!(memchr::memchr_iter(b'\n', &line).count(), 1);
        let text = [&line[..], b"rest"].concat();
        let mut from = &text[..];
        let order = Order::read(&mut from).unwrap();
        assert_eq!((order.command, order.arguments), (program.command, program.arguments));
        assert_eq!((order.environment, from), (program.environment, &b"rest"[..]));
    }

    #[test]
    fn what_cannot_be_passed_on_is_still_read() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut from = &b"more"[..];
        pass_on(&mut from, Closed);
        assert!(from.is_empty());
    }
}
