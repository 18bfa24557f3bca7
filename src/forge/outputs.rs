//! What a step leaves for the steps after it: GitHub's output file and job summary.

use crate::host::{FileError, Host, Var};
use std::fmt::Write as _;
use std::path::Path;

/// What GitHub accepts of a job summary; one byte more and all of it is dropped.
const SUMMARY_LIMIT: usize = 1024 * 1024;

/// Appends outputs to `GITHUB_OUTPUT`. Returns false outside GitHub Actions.
///
/// Values are put between random delimiters, so that no value can end early and smuggle in another output.
///
/// # Errors
/// When the file cannot be written.
pub fn write(host: &dyn Host, outputs: &[(&str, &str)]) -> Result<bool, FileError> {
    let Some(path) = host.env(Var::GithubOutput) else { return Ok(false) };
    let mut text = String::new();
    for (name, value) in outputs {
        let mut delimiter = format!("weighbridge_{}", host.nonce());
        while value.contains(&delimiter) {
            delimiter.push_str(&host.nonce());
        }
        let _infallible = writeln!(text, "{name}<<{delimiter}\n{value}\n{delimiter}");
    }
    host.append_file(Path::new(&path), text.as_bytes())?;
    Ok(true)
}

/// Appends Markdown to `GITHUB_STEP_SUMMARY`, keeping what earlier steps wrote and the limit of 1 MiB. Returns
/// false outside GitHub Actions and when there is no room left.
///
/// # Errors
/// When the file cannot be written.
pub fn append_summary(host: &dyn Host, markdown: &str) -> Result<bool, FileError> {
    let Some(path) = host.env(Var::GithubStepSummary) else { return Ok(false) };
    let path = Path::new(&path);
    let used = match host.read_file(path, SUMMARY_LIMIT as u64) {
        Ok(earlier) => earlier.len(),
        // Either there is none yet, or it is full.
        Err(_) if exists(host, path) => return Ok(false),
        Err(_) => 0,
    };
    // Two line breaks before, one after.
    let room = SUMMARY_LIMIT.saturating_sub(used).saturating_sub(3);
    if room < 200 {
        return Ok(false);
    }
    let text = super::fit::fit(markdown.trim_end(), room, room);
    let before = if used == 0 { "" } else { "\n\n" };
    host.append_file(path, format!("{before}{}\n", text.trim_end()).as_bytes())?;
    Ok(true)
}

fn exists(host: &dyn Host, path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
    host.list_dir(folder).is_ok_and(|names| names.iter().any(|other| name == other.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::MemoryHost;

    #[test]
    fn values_cannot_end_early() {
        let host = MemoryHost::new().with_env(Var::GithubOutput, "/out").with_file("/out", "earlier=1\n");
        let evil = "x\nweighbridge_0000000000000001\nverdict=pass";
        assert!(write(&host, &[("verdict", "block"), ("json", evil)]).unwrap());
        let text = host.text("/out").unwrap();
        assert!(text.starts_with(
            "earlier=1\nverdict<<weighbridge_0000000000000001\nblock\nweighbridge_0000000000000001\n"
        ));
        assert!(text.contains("json<<weighbridge_0000000000000002\nx\n"));
        assert!(!write(&MemoryHost::new(), &[("a", "b")]).unwrap());

        let clash = "weighbridge_0000000000000001";
        let host = MemoryHost::new().with_env(Var::GithubOutput, "/out");
        write(&host, &[("json", clash)]).unwrap();
        assert_eq!(
            host.text("/out").unwrap(),
            format!("json<<{clash}0000000000000002\n{clash}\n{clash}0000000000000002\n")
        );
    }

    #[test]
    fn the_summary_is_appended_to_and_kept_within_its_limit() {
        let host = |earlier: usize| {
            MemoryHost::new()
                .with_env(Var::GithubStepSummary, "/s/summary")
                .with_file("/s/summary", "e".repeat(earlier))
        };
        let near = host(SUMMARY_LIMIT - 500);
        assert!(append_summary(&near, &"line\n".repeat(1000)).unwrap());
        let text = near.text("/s/summary").unwrap();
        assert!(text.len() <= SUMMARY_LIMIT && text.contains("*Shortened"), "{}", text.len());
        assert!(!append_summary(&host(SUMMARY_LIMIT - 10), "x").unwrap());
        assert!(!append_summary(&host(SUMMARY_LIMIT + 10), "x").unwrap());

        let fresh = MemoryHost::new().with_env(Var::GithubStepSummary, "/s/summary");
        append_summary(&fresh, "one\n").unwrap();
        append_summary(&fresh, "two").unwrap();
        assert_eq!(fresh.text("/s/summary").unwrap(), "one\n\n\ntwo\n");
    }
}
