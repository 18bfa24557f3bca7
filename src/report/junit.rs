//! `JUnit` XML: one suite for each stage, one case for each agent file that `validate` checked, one for each repeat of each
//! case of the dry-run and integration stages.
//!
//! A case fails when its file has a new error. New warnings and notes are written to the case's output and do
//! not fail it: the verdict `warn` lets a change pass, and a red test beside a green gate would contradict it.

use super::escape::xml;
use super::{FileState, ReportError, RunReport, StageReport};
use crate::base::{Change, Finding, RepoPath, Severity, Verdict};
use crate::case::judge::Held;
use crate::eval::outcome::{CaseResult, RunState};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// The stage whose cases are files.
const VALIDATE: &str = "validate";
/// The stages whose cases are cases.
const CASES: [&str; 2] = ["dry-run", "integration"];

/// The report as `JUnit` XML with a final line break.
///
/// # Errors
/// When the XML cannot be written: our own bug.
pub fn render(report: &RunReport) -> Result<String, ReportError> {
    let mut document = Report::new("weighbridge");
    for stage in &report.stages {
        let mut suite = TestSuite::new(xml(&stage.id));
        if stage.id == VALIDATE && !matches!(stage.verdict, Verdict::Skip | Verdict::Error) {
            suite.add_test_cases(file_cases(report));
        }
        if let Some(cases) = report.cases.as_ref().filter(|_| CASES.contains(&stage.id.as_str())) {
            suite.add_test_cases(cases.cases.iter().flat_map(|case| repeats(case, &stage.id)));
        }
        // A stage that failed for another reason than its files still has to show as failed.
        let failed = suite.failures > 0;
        if suite.test_cases.is_empty() || (!failed && !passes(stage.verdict)) {
            suite.add_test_case(stage_case(stage));
        }
        document.add_test_suite(suite);
    }
    let text = document
        .to_string()
        .map_err(|error| ReportError::Format { format: "JUnit XML", reason: error.to_string() })?;
    Ok(format!("{}\n", text.trim_end()))
}

const fn passes(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Warn | Verdict::Skip)
}

fn stage_case(stage: &StageReport) -> TestCase {
    let summary = xml(&stage.summary);
    let status = match stage.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(summary.as_str());
            status
        }
        Verdict::Block | Verdict::NeedsApproval => {
            failure(NonSuccessKind::Failure, stage.verdict.name(), &summary)
        }
        Verdict::Error => failure(NonSuccessKind::Error, stage.verdict.name(), &summary),
    };
    let mut case = TestCase::new(xml(&stage.id), status);
    case.set_classname("weighbridge");
    if stage.verdict == Verdict::Warn {
        case.set_system_out(summary);
    }
    case
}

fn failure(kind: NonSuccessKind, ty: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(xml(ty)).set_message(message);
    status
}

fn repeats<'a>(case: &'a CaseResult, stage: &'a str) -> impl Iterator<Item = TestCase> + 'a {
    case.runs.iter().map(move |run| {
        let reasons = |reasons: &[String]| xml(&one_line(&reasons.join("; ")));
        let status = match &run.state {
            RunState::Passed => TestCaseStatus::success(),
            RunState::Failed => {
                let failed: Vec<String> = run
                    .judged
                    .iter()
                    .filter_map(|judged| match &judged.held {
                        Held::Fail(reason) => {
                            Some(format!("{}:{}: {}: {reason}", case.file, judged.line, judged.assertion))
                        }
                        _ => None,
                    })
                    .collect();
                failure(NonSuccessKind::Failure, "failed", &reasons(&failed))
            }
            RunState::NotJudged => {
                let mut status = TestCaseStatus::skipped();
                status.set_message("only a model can judge it, and none was asked");
                status
            }
            RunState::NotRecorded(why) => failure(NonSuccessKind::Error, "not-recorded", &reasons(why)),
            RunState::NotRun(why) => {
                failure(NonSuccessKind::Error, "not-run", &reasons(std::slice::from_ref(why)))
            }
            RunState::Error(why) => {
                failure(NonSuccessKind::Error, "error", &reasons(std::slice::from_ref(why)))
            }
        };
        let name =
            if case.runs.len() > 1 { format!("{} [{}]", case.id, run.repeat) } else { case.id.clone() };
        let mut test = TestCase::new(xml(&name), status);
        test.set_classname(format!("weighbridge.{stage}"));
        if let Some(ms) = run.transcript.latency_ms {
            test.set_time(std::time::Duration::from_millis(ms));
        }
        test
    })
}

fn file_cases(report: &RunReport) -> Vec<TestCase> {
    let files = report.files.iter().filter(|file| file.state != FileState::Removed).map(|file| &file.path);
    let mut by_path: BTreeMap<&RepoPath, Vec<&Finding>> = files.map(|path| (path, Vec::new())).collect();
    // Findings about folders and about files that are not agent files get a case of their own.
    for finding in report.findings_that_are(Change::New) {
        by_path.entry(&finding.place.path).or_default().push(finding);
    }
    by_path.into_iter().map(|(path, findings)| file_case(path, &findings)).collect()
}

fn file_case(path: &RepoPath, findings: &[&Finding]) -> TestCase {
    let lines = |wanted: &dyn Fn(Severity) -> bool| -> Vec<String> {
        findings.iter().filter(|finding| wanted(finding.severity)).map(|finding| line(finding)).collect()
    };
    let errors = lines(&|severity| severity == Severity::Error);
    let others = lines(&|severity| severity != Severity::Error);
    let first = findings.iter().find(|finding| finding.severity == Severity::Error);
    let status = first.map_or_else(TestCaseStatus::success, |first| {
        let mut status = failure(NonSuccessKind::Failure, &first.rule, &xml(&one_line(&first.message)));
        status.set_description(errors.join("\n"));
        status
    });
    let mut case = TestCase::new(xml(&path.to_string()), status);
    case.set_classname("weighbridge.validate");
    if !others.is_empty() {
        case.set_system_out(others.join("\n"));
    }
    case
}

/// `path:line: error rule: message; help: what to do`.
fn line(finding: &Finding) -> String {
    let help = finding.help.as_deref().map(|help| format!("; help: {help}")).unwrap_or_default();
    let line = format!(
        "{}:{}: {} {}: {}{help}",
        finding.place.path,
        finding.place.line(),
        super::words::severity(finding.severity),
        finding.rule,
        finding.message
    );
    xml(&one_line(&line))
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use proptest::prelude::*;

    #[test]
    fn a_report_as_junit() {
        insta::assert_snapshot!(render(&sample::report()).expect("XML"));
    }

    #[test]
    fn nothing_to_check_is_skipped() {
        let text = render(&sample::empty()).expect("XML");
        assert!(text.contains(r#"skipped="1""#) || text.contains("<skipped message="), "{text}");
        assert!(text.contains("no agent configuration files"), "{text}");
    }

    #[test]
    fn a_stage_that_could_not_tell_is_an_error() {
        let mut report = sample::clean();
        report.stages.iter_mut().for_each(|stage| stage.verdict = Verdict::Error);
        assert!(render(&report).expect("XML").contains(r#"failures="0" errors="3""#));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn hostile_text_makes_well_formed_xml(text in crate::report::escape::tests::hostile_text()) {
            let xml = render(&sample::flooded(1, &text)).expect("XML");
            prop_assert!(Report::deserialize_from_str(&xml).is_ok(), "{}", xml);
        }
    }
}
