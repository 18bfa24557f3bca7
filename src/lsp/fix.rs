//! Fixes of one document, with the line breaks it has.

use crate::agent::Kind;
use crate::base::{Finding, RepoPath, Tree};
use crate::rules::{agnix, ours};
use crate::stage::fix;
use std::sync::Arc;

pub(super) use crate::rules::fix::Fix;

/// The fixes of a file. Rules place them in a text with the line breaks of Unix; here they fit the text as it is.
pub(super) fn fixes(
    path: &RepoPath,
    kind: Kind,
    text: &str,
    tree: &Arc<dyn Tree>,
    found: &[Finding],
) -> Vec<Fix> {
    // Rules do not read larger files.
    if text.len() as u64 > agnix::MAX_BYTES {
        return Vec::new();
    }
    if !text.contains('\r') {
        return fix::fixes(path, kind, text, tree, found);
    }
    let unix = text.replace("\r\n", "\n");
    // Where lines end in two ways nobody can say how a new one should.
    if unix.contains('\r') || unix.matches('\n').count() != text.len() - unix.len() {
        return Vec::new();
    }
    let breaks: Vec<usize> = memchr::memchr_iter(b'\n', unix.as_bytes()).collect();
    let there = |at: usize| at + breaks.partition_point(|end| *end < at);
    fix::fixes(path, kind, &unix, tree, found)
        .into_iter()
        .map(|fix| Fix {
            range: there(fix.range.start)..there(fix.range.end),
            replacement: fix.replacement.replace('\n', "\r\n"),
            ..fix
        })
        .collect()
}

/// True when a fix leaves fewer findings of its rule: some that agnix proposes do not.
pub(super) fn settles(fix: &Fix, (path, kind): (&RepoPath, Kind), text: &str, tree: &Arc<dyn Tree>) -> bool {
    if text.get(fix.range.clone()).is_none() {
        return false;
    }
    let mut fixed = text.to_owned();
    fixed.replace_range(fix.range.clone(), &fix.replacement);
    if ours::fixes::safety(&fix.rule).is_some() {
        // Whether an ignore is idle is known of the text as it is; taken out, it is gone.
        let is_ignore = fix.rule == UNUSED_IGNORE;
        return is_ignore || is_fewer(|text| fix::count(fix, path, kind, text, &**tree), &fixed, text);
    }
    let count = |text: &str| {
        let (found, _) = agnix::check(path, text, tree);
        found.iter().filter(|finding| finding.rule == fix.rule).count()
    };
    is_fewer(count, &fixed, text)
}

/// The rule about ignores that silence nothing.
const UNUSED_IGNORE: &str = "unused-ignore";

fn is_fewer(count: impl Fn(&str) -> usize, fixed: &str, text: &str) -> bool {
    count(fixed) < count(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    #[test]
    fn a_fix_that_leaves_what_it_is_for_is_none() {
        let text = "---\nname: Greet_User\ndescription: Use when somebody says hello.\n---\nSay hello.\n";
        let path = RepoPath::new(".claude/skills/greet/SKILL.md").unwrap();
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([(path.as_str(), text)]));
        let fix = fixes(&path, Kind::Skill, text, &tree, &[]).remove(0);
        assert!(settles(&fix, (&path, Kind::Skill), text, &tree));
        let idle = Fix { replacement: text.get(fix.range.clone()).unwrap().to_owned(), ..fix.clone() };
        assert!(!settles(&idle, (&path, Kind::Skill), text, &tree));
        assert!(!settles(&Fix { range: 0..9_999, ..fix }, (&path, Kind::Skill), text, &tree));
    }

    #[test]
    fn line_breaks_of_windows_move_a_fix_and_nothing_else() {
        let text = "---\nname: Greet_User\ndescription: Use when somebody says hello.\n---\nSay hello.\n";
        let path = RepoPath::new(".claude/skills/greet/SKILL.md").unwrap();
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([(path.as_str(), text)]));
        let apply = |fix: Fix, text: &str| {
            let mut fixed = text.to_owned();
            fixed.replace_range(fix.range, &fix.replacement);
            fixed
        };
        let applied = |text: &str| -> Vec<String> {
            fixes(&path, Kind::Skill, text, &tree, &[]).into_iter().map(|fix| apply(fix, text)).collect()
        };
        let unix = applied(text);
        assert!(!unix.is_empty());
        let windows: Vec<String> = unix.iter().map(|text| text.replace('\n', "\r\n")).collect();
        assert_eq!(applied(&text.replace('\n', "\r\n")), windows);
        assert!(applied(&text.replacen('\n', "\r\n", 1)).is_empty());
    }
}
