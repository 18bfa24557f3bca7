//! An ignore that silences nothing: what it was for is gone, or it never held.

use super::{Check, Example, Rule, fixes};
use crate::agent::FileView;
use crate::base::{Finding, Place, RepoPath, Severity};
use crate::rules::fix::Fix;
use crate::rules::ignore::{Ignore, Ignores, without};

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
pub fn unused_ignore(path: &RepoPath, ignore: &Ignore) -> Finding {
    let message = format!("`{}` is not found here, so there is nothing to ignore", ignore.rule);
    RULE.finding(Place::span(path.clone(), ignore.span), message)
        .with_help("remove the ignore; one that stands alone holds for the next line, `weighbridge-ignore-file` for the whole file")
}

/// Takes idle ignores out: the rule where its comment has others, the comment where it has none, the line where nothing else
/// stands on it.
pub(super) fn fix(view: &FileView<'_>, said: &Ignores, idle: &[Finding]) -> Vec<Fix> {
    // A rule with one finding for a whole file has it elsewhere; the ignore comes into its own when that is gone.
    let fixed = fixes::fixes(view);
    let has_work = |ignore: &Ignore| {
        let lines = ignore.lines.0..=ignore.lines.1;
        fixed.iter().any(|fix| fix.rule == ignore.rule && lines.contains(&fix.line))
    };
    let is_idle = |ignore: &Ignore| {
        if !is_settled(&ignore.rule) || has_work(ignore) {
            return false;
        }
        let finding = unused_ignore(view.path, ignore);
        // Ends of lines count to the place where they are those of Windows.
        let start = |finding: &Finding| finding.place.span.map(|span| span.start);
        idle.iter().any(|known| known.rule == RULE.id && start(known) == start(&finding) && known.message == finding.message)
    };
    let mut found = Vec::new();
    let mut rest = said.ignores.as_slice();
    while let Some(first) = rest.first() {
        // Rules of one comment stand at one place.
        let (here, after) = rest.split_at(rest.iter().take_while(|ignore| ignore.span == first.span).count());
        rest = after;
        let gone: Vec<&str> = here.iter().filter(|ignore| is_idle(ignore)).map(|ignore| ignore.rule.as_str()).collect();
        let kept: Vec<&str> = here.iter().filter(|ignore| !is_idle(ignore)).map(|ignore| ignore.rule.as_str()).collect();
        let at = view.index().offset(first.span.start);
        if gone.is_empty() {
            continue;
        }
        if let Some(edit) = without(view.text, at, &kept) {
            let message = format!("take the ignore of {} out", gone.join(", "));
            found.push(fixes::of(&RULE, first.span.start.line, edit, message, true));
        }
    }
    found
}

/// True for rules whose findings are all there when one revision is looked at. Others need a base, prices or recorded lists,
/// and who ignores them may have had those.
fn is_settled(rule: &str) -> bool {
    use Check::{Change, Cost, Fault, File, Ignore, Mcp, Repo, Secrets, Team, Tree, Triggers, Verdict};
    match super::RULES.iter().find(|known| known.id == rule).map(|known| &known.check) {
        Some(Change(_) | Cost | Mcp | Team | Triggers) => false,
        Some(Fault(_) | File(_) | Repo(_) | Tree(_) | Verdict | Ignore | Secrets) => true,
        // A name that nothing has may be one misspelled, whose ignore is still wanted.
        None => crate::rules::find(rule).is_some(),
    }
}
