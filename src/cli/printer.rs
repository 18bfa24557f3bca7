//! The one place that writes to the terminal: data to standard output, everything else to standard error.

use super::args::{ColorChoice, OutputArgs};
use super::error::CliError;
use crate::host::{Host, Var};
use crate::report::escape;
use crate::secrets::scrub;
use std::io::{IsTerminal, Write};

/// Knows how much to say, and with which colours.
#[expect(clippy::struct_excessive_bools, reason = "four independent answers, each asked for by name")]
pub struct Printer {
    color: bool,
    color_errors: bool,
    quiet: bool,
    progress: bool,
}

impl Printer {
    /// Decides from the options, the environment and whether a person is watching.
    pub fn new(args: &OutputArgs, host: &dyn Host) -> Self {
        let color = |is_terminal: bool| match args.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if host.env(Var::NoColor).is_some() => false,
            ColorChoice::Auto if host.env(Var::ForceColor).is_some() => true,
            // Both forges render ANSI colours in job logs.
            ColorChoice::Auto => is_terminal || host.env(Var::GithubActions).is_some(),
        };
        let watched = std::io::stderr().is_terminal();
        Self {
            color: color(std::io::stdout().is_terminal()),
            color_errors: color(watched),
            quiet: args.quiet,
            progress: watched && !args.quiet && args.verbose == 0,
        }
    }

    /// True when standard output takes colour.
    pub const fn color(&self) -> bool {
        self.color
    }

    /// True when hints and remarks are not wanted.
    pub const fn quiet(&self) -> bool {
        self.quiet
    }

    /// Writes data to standard output.
    ///
    /// # Errors
    /// When it cannot be written, a closed pipe included.
    pub fn data(&self, text: &str) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        out.write_all(scrub(text).as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Says something on standard error, unless asked to be quiet. The text may quote a change.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            to_stderr(&format!("{}\n", escape::terminal(text)));
        }
    }

    /// Says that something went wrong without ending the run; also when quiet.
    pub fn warning(&self, text: &str) {
        let (yellow, off) = if self.color_errors { ("\u{1b}[1;33m", "\u{1b}[0m") } else { ("", "") };
        to_stderr(&format!("{yellow}warning{off}: {}\n", escape::terminal(text)));
    }

    /// Shows an error with its help.
    pub fn error(&self, error: &CliError) {
        let (red, cyan, off) =
            if self.color_errors { ("\u{1b}[1;31m", "\u{1b}[36m", "\u{1b}[0m") } else { ("", "", "") };
        let message: Vec<String> = error.to_string().lines().map(escape::terminal).collect();
        let mut text = format!("{red}error{off}: {}\n", message.join("\n"));
        if let Some(help) = error.help() {
            text = format!("{text}{cyan}help{off}: {}\n", escape::terminal(&help));
        }
        to_stderr(&text);
    }

    /// A progress bar on standard error; hidden unless a person is watching.
    pub fn progress(&self, what: &'static str) -> Progress {
        let target = if self.progress {
            indicatif::ProgressDrawTarget::stderr_with_hz(10)
        } else {
            indicatif::ProgressDrawTarget::hidden()
        };
        let bar = indicatif::ProgressBar::with_draw_target(None, target);
        bar.set_style(indicatif::ProgressStyle::default_spinner());
        bar.set_message(what);
        Progress { bar }
    }

    /// A bar for so many things on standard error, when a person is watching.
    pub fn bar(&self, what: &'static str, count: u64) -> Progress {
        let Progress { bar } = self.progress(what);
        bar.set_length(count);
        if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Progress { bar }
    }
}

fn to_stderr(text: &str) {
    // Nothing is left to be told when standard error is gone.
    let _ = std::io::stderr().lock().write_all(scrub(text).as_bytes());
}

/// Standard error for the log: a library may log what it was given.
pub(super) struct ScrubbedLog;

impl Write for ScrubbedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // An event comes in one piece.
        std::io::stderr().lock().write_all(scrub(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// A running count of files.
pub struct Progress {
    bar: indicatif::ProgressBar,
}

impl Progress {
    /// One more.
    pub fn tick(&self) {
        self.bar.inc(1);
    }

    /// One more, and what to say now.
    pub fn tick_with(&self, text: &str) {
        self.bar.set_message(scrub(text).into_owned());
        self.bar.inc(1);
    }

    /// Done: leaves nothing behind.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
