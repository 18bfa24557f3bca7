//! What is shown about the findings under the pointer: the rule, what to do, and where the fact is documented.

use super::diagnostics::{page, rule};
use crate::base::Finding;
use crate::report::escape::{markdown, markdown_code};
use std::fmt::Write as _;

/// The findings in Markdown.
pub(super) fn hover(findings: &[&Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        if !out.is_empty() {
            out.push_str("\n\n---\n\n");
        }
        let severity = finding.severity.name();
        let _ =
            write!(out, "**{}** ({severity}): {}", markdown_code(&finding.rule), markdown(&finding.message));
        if let Some(help) = &finding.help {
            let _ = write!(out, "\n\n{}", markdown(help));
        }
        let Some(rule) = rule(&finding.rule) else { continue };
        let _ = write!(out, "\n\nThe rule: {}", markdown(&rule.summary));
        match (page(rule), &rule.source) {
            (Some(page), _) => {
                let _ = write!(out, "\n\nSource: <{page}>");
            }
            (None, Some(source)) => {
                let _ = write!(out, "\n\nSource: {}", markdown(source));
            }
            (None, None) => {}
        }
    }
    out
}
