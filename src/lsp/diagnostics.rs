//! Findings as an editor shows them.

use super::text::{Encoding, Text};
use crate::base::text::visible;
use crate::base::{Finding, Severity};
use crate::rules::{self, RuleInfo};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Diagnostics of one file that are sent; what is left out is counted.
const MAX: usize = 1_000;

static RULES: LazyLock<BTreeMap<String, RuleInfo>> =
    LazyLock::new(|| rules::all().into_iter().map(|rule| (rule.id.clone(), rule)).collect());

/// What a rule is.
pub(super) fn rule(id: &str) -> Option<&'static RuleInfo> {
    RULES.get(id)
}

/// Every rule.
pub(super) fn all_rules() -> impl Iterator<Item = &'static RuleInfo> {
    RULES.values()
}

/// Where a rule is documented, when that is a page.
pub(super) fn page(rule: &RuleInfo) -> Option<&str> {
    rule.source
        .as_deref()
        .filter(|source| source.starts_with("https://") && !source.contains(char::is_whitespace))
}

/// How the client wants diagnostics.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    pub(super) encoding: Encoding,
    /// It shows what to do as a text of its own.
    pub(super) related: bool,
    /// It links the code of a diagnostic.
    pub(super) linked: bool,
}

/// The findings of one file.
pub(super) fn diagnostics(findings: &[Finding], uri: &str, text: &Text, style: Style) -> Vec<Value> {
    let shown = findings.iter().take(MAX).map(|finding| diagnostic(finding, uri, text, style));
    let left_out = findings.len().saturating_sub(MAX);
    let more = (left_out > 0).then(|| {
        let message = format!("and {left_out} more findings in this file; `weighbridge validate` lists them");
        json!({
            "range": text.range(&text.seen(None), style.encoding),
            "severity": severity(Severity::Info),
            "source": "weighbridge",
            "message": message,
        })
    });
    shown.chain(more).collect()
}

/// One finding.
pub(super) fn diagnostic(finding: &Finding, uri: &str, text: &Text, style: Style) -> Value {
    let range = text.range(&text.seen(finding.place.span), style.encoding);
    let mut message = visible(&finding.message);
    let help = finding.help.as_deref().map(visible);
    if let Some(help) = help.as_ref().filter(|_| !style.related) {
        message = format!("{message}\nhelp: {help}");
    }
    let mut found = json!({
        "range": range,
        "severity": severity(finding.severity),
        "code": finding.rule,
        "source": "weighbridge",
        "message": message,
    });
    if let Value::Object(found) = &mut found {
        if let Some(href) = rule(&finding.rule).and_then(page).filter(|_| style.linked) {
            found.insert("codeDescription".to_owned(), json!({"href": href}));
        }
        if let Some(help) = help.filter(|_| style.related) {
            let related = json!([{"location": {"uri": uri, "range": range}, "message": help}]);
            found.insert("relatedInformation".to_owned(), related);
        }
    }
    found
}

const fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Info => 3,
    }
}
