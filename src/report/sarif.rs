//! SARIF 2.1.0, for code scanning.
//!
//! Fixed findings are left out: GitHub ignores `baselineState` and would open an alert for a finding marked
//! `absent`, while a finding that is missing from an upload is closed, which is what fixed means.

use super::links::{percent_encode, web_address};
use super::{ReportError, RuleInfo, RunReport, last_line};
use crate::base::{Change, Finding, RepoPath, Severity, Verdict};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The name under which [`Finding::fingerprint`] is written.
pub const FINGERPRINT: &str = "weighbridge/v1";

/// New and unchanged findings as one SARIF run, with a final line break. `rules` looks a rule up by its id.
///
/// # Errors
/// On a value that JSON cannot hold: our own bug.
pub fn render(report: &RunReport, rules: &dyn Fn(&str) -> Option<RuleInfo>) -> Result<String, ReportError> {
    let findings: Vec<&Finding> = report.findings.iter().filter(|f| f.change != Change::Fixed).collect();
    let mut indices: BTreeMap<&str, usize> = findings.iter().map(|f| (f.rule.as_str(), 0)).collect();
    indices.values_mut().enumerate().for_each(|(at, index)| *index = at);
    let descriptors: Vec<Value> = indices.keys().map(|id| descriptor(id, rules(id))).collect();
    let results: Vec<Value> =
        findings.iter().map(|finding| result(finding, &indices, report.has_base())).collect();
    let mut run = json!({
        "tool": {"driver": {
            "name": report.tool.name,
            "version": report.tool.version,
            "semanticVersion": report.tool.version,
            "rules": descriptors,
        }},
        "automationDetails": {"id": "weighbridge/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.verdict != Verdict::Error}],
        "results": results,
    });
    if let (Some(provenance), Some(run)) = (provenance(report), run.as_object_mut()) {
        run.insert("versionControlProvenance".to_owned(), provenance);
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    serde_json::to_string_pretty(&log)
        .map(|json| json + "\n")
        .map_err(|error| ReportError::Format { format: "SARIF", reason: error.to_string() })
}

fn descriptor(id: &str, info: Option<RuleInfo>) -> Value {
    let mut rule = Map::new();
    rule.insert("id".to_owned(), json!(id));
    if let Some(info) = info {
        rule.insert("shortDescription".to_owned(), json!({"text": info.summary}));
        if let Some(uri) = info.help_uri.as_deref().and_then(web_address) {
            rule.insert("helpUri".to_owned(), json!(uri));
        }
        rule.insert("properties".to_owned(), json!({"tags": [info.category]}));
    }
    Value::Object(rule)
}

fn result(finding: &Finding, indices: &BTreeMap<&str, usize>, has_base: bool) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": indices.get(finding.rule.as_str()).copied().unwrap_or(0),
        "level": level(finding.severity),
        "message": {"text": message(finding)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&finding.place.path), "uriBaseId": "%SRCROOT%"},
            "region": region(finding),
        }}],
    });
    if let Some(result) = result.as_object_mut() {
        if !finding.fingerprint.0.is_empty() {
            result.insert("partialFingerprints".to_owned(), json!({FINGERPRINT: finding.fingerprint.0}));
        }
        if has_base {
            let state = if finding.change == Change::New { "new" } else { "unchanged" };
            result.insert("baselineState".to_owned(), json!(state));
        }
    }
    result
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The message and what to do next. SARIF reads `[text](1)` as a link, so brackets are escaped as it says.
fn message(finding: &Finding) -> String {
    let help = finding.help.as_deref().map(|help| format!(". {help}")).unwrap_or_default();
    let text = format!("{}{help}", super::words::without_full_stop(&finding.message));
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// A region always has a first line: code scanning does not show a result without one.
fn region(finding: &Finding) -> Value {
    let Some(span) = finding.place.span else { return json!({"startLine": 1}) };
    let (first, column) = (span.start.line.max(1), span.start.column.max(1));
    if span.end <= span.start {
        return json!({"startLine": first, "startColumn": column});
    }
    if last_line(span) < span.end.line {
        // The span ends with the line break: to the end of the line is what a missing endColumn means.
        return json!({"startLine": first, "startColumn": column, "endLine": last_line(span)});
    }
    json!({
        "startLine": first,
        "startColumn": column,
        "endLine": span.end.line,
        "endColumn": span.end.column.max(1),
    })
}

fn uri(path: &RepoPath) -> String {
    if path.is_root() { ".".to_owned() } else { percent_encode(path.as_str()) }
}

/// Repository and commit, where they are known.
fn provenance(report: &RunReport) -> Option<Value> {
    let server = web_address(report.context.server_url.as_deref()?)?.trim_end_matches('/');
    let repository = report.context.repository.as_deref()?;
    let revision = report.context.head_sha.as_deref()?;
    Some(json!([{
        "repositoryUri": format!("{server}/{}", percent_encode(repository)),
        "revisionId": revision,
    }]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn log(report: &RunReport) -> Value {
        serde_json::from_str(&render(report, &sample::rules).expect("SARIF")).expect("JSON")
    }

    #[test]
    fn follows_the_official_schema() {
        let mut schema: Value =
            serde_json::from_str(include_str!("../../tests/data/sarif-schema-2.1.0.json")).expect("JSON");
        // The published pattern of `language` has a stray bracket that strict regex engines refuse.
        for holder in ["run", "toolComponent"] {
            let language = &mut schema["definitions"][holder]["properties"]["language"];
            language.as_object_mut().expect("a property").remove("pattern");
        }
        let validator = jsonschema::validator_for(&schema).expect("a sound schema");
        for report in
            [sample::report(), sample::without_base(), sample::empty(), sample::flooded(2, "\u{0} [a](b)%/é")]
        {
            let log = log(&report);
            let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new());
        }
        assert!(!validator.is_valid(&json!({"version": "2.1.0"})));
    }

    #[test]
    fn a_result_points_at_its_rule_and_place() {
        insta::assert_json_snapshot!(log(&sample::report())["runs"][0]["results"][0]);
        let log = log(&sample::report());
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 7, "the fixed one is left out");
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        assert_eq!(
            results[3]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "docs/a%7Cb%20%60x%60%20%3C%21--%20weighbridge%20--%3E%40acme%20%231%20%5By%5D%28z%29/SKILL.md"
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn hostile_paths_make_sound_uris(text in crate::report::escape::tests::hostile_text()) {
            for result in log(&sample::flooded(1, &text))["runs"][0]["results"].as_array().expect("results") {
                let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("text");
                let sound = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
                proptest::prop_assert!(uri.chars().all(sound) && !uri.starts_with('/'), "{}", uri);
            }
        }
    }

    #[test]
    fn no_baseline_without_a_base() {
        assert!(!render(&sample::without_base(), &sample::rules).expect("SARIF").contains("baselineState"));
    }
}
