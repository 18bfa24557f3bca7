//! GitLab Code Quality: an array of issues for `artifacts:reports:codequality`.
//!
//! Severities: an error is `critical`, a warning `minor`, a note `info`. `blocker` is left to what stops a
//! production system and `major` to what lies between: our verdict blocks on errors alone, and the widget
//! should show the same line.

use super::{ReportError, RunReport, last_line};
use crate::base::{Change, Finding, Severity};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// New and unchanged findings as a JSON array with a final line break. GitLab itself compares two reports,
/// so the ones already there belong in it.
///
/// # Errors
/// On a value that JSON cannot hold: our own bug.
pub fn render(report: &RunReport) -> Result<String, ReportError> {
    let mut seen = BTreeMap::new();
    let issues: Vec<Issue<'_>> = report
        .findings
        .iter()
        .filter(|finding| finding.change != Change::Fixed)
        .map(|finding| {
            let identity = (finding.rule.as_str(), finding.place.path.as_str(), content(finding));
            let ordinal = seen.entry(identity).or_insert(0_usize);
            let fingerprint = fingerprint(finding, *ordinal);
            *ordinal += 1;
            issue(finding, fingerprint)
        })
        .collect();
    serde_json::to_string_pretty(&issues)
        .map(|json| json + "\n")
        .map_err(|error| ReportError::Format { format: "Code Quality JSON", reason: error.to_string() })
}

fn issue(finding: &Finding, fingerprint: String) -> Issue<'_> {
    let help = finding.help.as_deref().map(|help| format!(". {help}")).unwrap_or_default();
    let path = finding.place.path.as_str();
    Issue {
        description: crate::base::text::visible(&format!(
            "{}{help}",
            super::words::without_full_stop(&finding.message)
        )),
        check_name: &finding.rule,
        fingerprint,
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Info => "info",
        },
        location: Location {
            path: if path.is_empty() { "." } else { path },
            lines: Lines { begin: finding.place.line().max(1), end: finding.place.span.map_or(1, last_line) },
        },
    }
}

/// What the finding is about, apart from its place.
fn content(finding: &Finding) -> &str {
    if finding.fingerprint.0.is_empty() { &finding.message } else { &finding.fingerprint.0 }
}

/// Unique within a report: GitLab shows one issue for each fingerprint. The path is part of it, since our
/// own fingerprint is the same for equal text in two files, and so is the ordinal of a repetition.
fn fingerprint(finding: &Finding, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    for part in [&finding.rule, finding.place.path.as_str(), content(finding), &ordinal.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    crate::base::text::hex(hash.finalize().get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use std::collections::BTreeSet;

    fn issues(report: &RunReport) -> Vec<serde_json::Value> {
        serde_json::from_str(&render(report).expect("JSON")).expect("an array")
    }

    #[test]
    fn an_issue() {
        insta::assert_json_snapshot!(issues(&sample::report())[0]);
    }

    #[test]
    fn fingerprints_are_unique_and_stable() {
        let mut report = sample::report();
        report.findings.extend(report.findings.clone());
        let first = issues(&report);
        assert_eq!(first.len(), 14);
        let unique: BTreeSet<String> = first.iter().map(|issue| issue["fingerprint"].to_string()).collect();
        assert_eq!(unique.len(), 14);
        assert_eq!(first, issues(&report));
        assert_eq!(issues(&sample::report())[0]["fingerprint"], first[0]["fingerprint"]);
    }

    #[test]
    fn nothing_is_an_empty_array() {
        assert_eq!(render(&sample::empty()).expect("JSON"), "[]\n");
    }
}
