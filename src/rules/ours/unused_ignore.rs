//! An ignore that silences nothing: what it was for is gone, or it never held.

use super::{Check, Example, Rule};
use crate::base::{Finding, Place, RepoPath, Severity};
use crate::rules::ignore::Ignore;

pub(super) static RULE: Rule = Rule {
    id: "unused-ignore",
    summary: "An ignore beside the text silences nothing",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/ignores.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Be brief. <!-- weighbridge-ignore zero-width-characters: quoted -->\n")]),
        Example::good(&[(
            "AGENTS.md",
            "Be\u{200b} brief. <!-- weighbridge-ignore zero-width-characters: quoted from a page -->\n",
        )]),
    ],
    check: Check::Ignore,
};

/// The finding about an ignore.
pub(in crate::rules) fn unused_ignore(path: &RepoPath, ignore: &Ignore) -> Finding {
    let message = format!("`{}` is not found here, so there is nothing to ignore", ignore.rule);
    RULE.finding(Place::span(path.clone(), ignore.span), message)
        .with_help("remove the ignore; one that stands alone holds for the next line, `weighbridge-ignore-file` for the whole file")
}
