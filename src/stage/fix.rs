//! Fixes for one file, applied until nothing is left to fix. A file that was not parsed whole is not touched, and a round
//! that would make it worse is not taken.

use super::inspect::{ignores_in, is_of_plugin};
use crate::agent::{FileView, Kind, json, read};
use crate::base::overlay::{Overlay, Put};
use crate::base::tree::BlobId;
use crate::base::{Finding, RepoPath, Severity, Tree};
use crate::rules::fix::{Fix, apply};
use crate::rules::{agnix, ours};
use crate::secrets::scan;
use std::sync::Arc;

/// Fixes may make others possible; more rounds than this are a rule that contradicts itself.
const MAX_ROUNDS: usize = 10;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The new text; the old one where nothing was applied.
    pub text: String,
    /// What was applied, in order.
    pub applied: Vec<Fix>,
    /// What could be applied, and was not asked for.
    pub left: Vec<Fix>,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// Fixes too that may change what was meant.
    pub with_unsafe: bool,
    /// True for rules whose findings on the file do not count.
    pub is_off: &'a (dyn Fn(&str) -> bool + Sync),
    /// What was found in the file, of which the idle ignores are fixed; nothing else says which those are.
    pub found: &'a [Finding],
}

/// What the rules would write instead in a text, where nobody has said that it is to be left; line breaks are those of
/// Unix.
pub fn fixes(path: &RepoPath, kind: Kind, text: &str, tree: &Arc<dyn Tree>, found: &[Finding]) -> Vec<Fix> {
    let read = read(path, kind, BlobId([0; 20]), text.as_bytes());
    let said = ignores_in(text, kind);
    let view = view_of(path, kind, text, &read, &**tree);
    let mut all = agnix::fixes(path, text, tree);
    all.extend(ours::fixes::fixes(&view));
    all.retain(|fix| said.reason(&fix.rule, fix.line).is_none());
    all.extend(ours::fixes::ignores(&view, &said, found));
    // A secret in lower case or without its beginning is one still, and nobody would find it any more.
    let secrets: Vec<_> = scan(path, text).ranges().collect();
    let touches =
        |fix: &Fix| secrets.iter().any(|secret| fix.range.start < secret.end && secret.start < fix.range.end);
    all.retain(|fix| !touches(fix));
    all
}

fn view_of<'a>(
    path: &'a RepoPath,
    kind: Kind,
    text: &'a str,
    read: &'a crate::agent::ReadFile,
    tree: &dyn Tree,
) -> FileView<'a> {
    let plugin = is_of_plugin(path, kind, tree, &mut agnix::Trace::default());
    FileView::new((path, kind), text, (&read.header, &read.split), plugin)
}

/// How often a rule of ours finds something on a line of a text, and a client something in all of it.
pub fn count(fix: &Fix, path: &RepoPath, kind: Kind, text: &str, tree: &dyn Tree) -> usize {
    let read = read(path, kind, BlobId([0; 20]), text.as_bytes());
    let view = view_of(path, kind, text, &read, tree);
    let found = ours::check_file(&view).into_iter().filter(|finding| finding.rule == fix.rule);
    let here = found.filter(|finding| finding.place.line() == fix.line).count();
    here + crate::agent::verdict::of_file(&view).len()
}

/// Fixes a file.
///
/// # Errors
/// Why it is not touched.
pub fn fix(
    path: &RepoPath,
    kind: Kind,
    bytes: &[u8],
    tree: &Arc<dyn Tree>,
    wish: Wish<'_>,
) -> Result<Fixed, String> {
    let found = read(path, kind, BlobId([0; 20]), bytes);
    let Some(text) = found.text.as_deref().filter(|_| !found.faults.iter().any(is_grave)) else {
        return Err("it was not read whole".to_owned());
    };
    if let Some(broken) = found.broken_header() {
        return Err(format!("line {} of its front matter cannot be read", broken.at.line));
    }
    if grammar(path, text) == Grammar::None {
        return Err("it is no readable JSON".to_owned());
    }
    let breaks = Breaks::of(text).ok_or("its lines end in two ways")?;
    let mut fixed = Fixed { text: breaks.to_unix(text), ..Fixed::default() };
    let before = fixed.text.clone();
    // Idle ignores are named by their places, which hold before anything is written.
    let mut idle = wish.found;
    for _ in 0..MAX_ROUNDS {
        let mut all = fixes(path, kind, &fixed.text, tree, idle);
        all.retain(|fix| !(wish.is_off)(&fix.rule));
        let (next, applied) = apply(&fixed.text, &all, |fix| fix.safe || wish.with_unsafe);
        fixed.left = all.iter().filter(|fix| !fix.safe && !wish.with_unsafe).cloned().collect();
        if applied.is_empty() || !is_better(path, kind, &fixed.text, &next, tree) {
            break;
        }
        fixed.applied.extend(applied.into_iter().cloned());
        fixed.text = next;
        idle = &[];
    }
    if fixed.text == before {
        // Two rules that undo each other have fixed nothing.
        fixed.applied.clear();
    }
    fixed.text = breaks.restored(&fixed.text);
    Ok(fixed)
}

fn is_grave(fault: &crate::agent::Fault) -> bool {
    !matches!(fault, crate::agent::Fault::DuplicateKey { .. })
}

/// What reads a file of JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grammar {
    /// Nothing does.
    None,
    /// Clients that allow comments and trailing commas, as editors do.
    Relaxed,
    /// Everybody, or it is no JSON.
    Strict,
}

/// JSON is either readable, with comments where it has them, or not touched.
fn grammar(path: &RepoPath, text: &str) -> Grammar {
    if !matches!(path.extension(), Some("json" | "jsonc" | "json5")) {
        return Grammar::Strict;
    }
    json::parse(text).map_or(Grammar::None, |json| json.relaxed.map_or(Grammar::Strict, |_| Grammar::Relaxed))
}

/// True when a new text can be read as the old one could, and has no more errors.
fn is_better(path: &RepoPath, kind: Kind, old: &str, new: &str, tree: &Arc<dyn Tree>) -> bool {
    let errors = |text: &str| {
        let after: Arc<dyn Tree> =
            Arc::new(Overlay::new(Arc::clone(tree), [(path.clone(), Put::Text(text.to_owned()))]));
        let (found, _) = agnix::check(path, text, &after);
        let theirs = found.iter().filter(|finding| finding.severity == Severity::Error).count();
        let read = read(path, kind, BlobId([0; 20]), text.as_bytes());
        let ours = ours::check_file(&view_of(path, kind, text, &read, &*after));
        theirs + ours.iter().filter(|finding| finding.severity == Severity::Error).count()
    };
    let read = read(path, kind, BlobId([0; 20]), new.as_bytes());
    read.broken_header().is_none() && grammar(path, new) >= grammar(path, old) && errors(new) <= errors(old)
}

/// How the lines of a text end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Unix,
    Windows,
}

impl Breaks {
    /// `None` when they end in both ways.
    fn of(text: &str) -> Option<Self> {
        let (all, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
        let lone = text.matches('\r').count() - windows;
        match (all, windows) {
            _ if lone > 0 => None,
            (_, 0) => Some(Self::Unix),
            (all, windows) if all == windows => Some(Self::Windows),
            _ => None,
        }
    }

    fn to_unix(self, text: &str) -> String {
        if self == Self::Windows { text.replace("\r\n", "\n") } else { text.to_owned() }
    }

    fn restored(self, text: &str) -> String {
        if self == Self::Windows { text.replace('\n', "\r\n") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    const AGENT: &str = ".claude/agents/a.md";

    fn run(at: &str, text: &str, with_unsafe: bool) -> Result<Fixed, String> {
        let path = RepoPath::new(at).expect("inside");
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([(at, text)]));
        let kind = crate::agent::classify(&path, &*tree, &crate::config::Declared::default());
        fix(&path, kind.expect("an agent file"), text.as_bytes(), &tree, wish(with_unsafe, &[]))
    }

    const fn wish(with_unsafe: bool, found: &[Finding]) -> Wish<'_> {
        Wish { with_unsafe, is_off: &|_| false, found }
    }

    const HIDING: &str = "# Title\n\nBe\u{200b} brief.\n";

    #[test]
    fn rules_of_ours_fix_too_unless_somebody_wants_it_otherwise() {
        let done = run("AGENTS.md", HIDING, false).expect("read");
        assert_eq!(done.text, HIDING.replace('\u{200b}', ""));
        assert_eq!(done.applied.len(), 1, "{done:?}");
        let quoted =
            HIDING.replace("brief.", "brief. <!-- weighbridge-ignore zero-width-characters: quoted -->");
        assert_eq!(run("AGENTS.md", &quoted, true).expect("read").text, quoted);
        let path = RepoPath::new("AGENTS.md").expect("inside");
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([("AGENTS.md", HIDING)]));
        let off = Wish { is_off: &|rule| rule == "zero-width-characters", ..wish(true, &[]) };
        assert_eq!(fix(&path, Kind::AgentsMd, HIDING.as_bytes(), &tree, off).expect("read").applied, []);
    }

    #[test]
    fn idle_ignores_go_and_the_others_stay() {
        let path = RepoPath::new("AGENTS.md").expect("inside");
        for breaks in ["\n", "\r\n"] {
            let text = "# Title\n\n<!-- weighbridge-ignore nul-byte: old -->\nOne. <!-- weighbridge-ignore a-b, hangul-filler: quoted -->\n\u{200b}x\n".replace('\n', breaks);
            let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([("AGENTS.md", text.as_str())]));
            let said = ignores_in(&text, Kind::AgentsMd);
            let idle: Vec<Finding> = said
                .ignores
                .iter()
                .filter(|one| one.rule != "a-b")
                .map(|one| ours::unused_ignore(&path, one))
                .collect();
            let done = fix(&path, Kind::AgentsMd, text.as_bytes(), &tree, wish(false, &idle)).expect("read");
            let wanted = "# Title\n\nOne. <!-- weighbridge-ignore a-b: quoted -->\nx\n".replace('\n', breaks);
            assert_eq!(done.text, wanted);
            assert_eq!(
                fix(&path, Kind::AgentsMd, done.text.as_bytes(), &tree, wish(false, &[]))
                    .expect("read")
                    .applied,
                []
            );
        }
    }

    #[test]
    fn an_ignore_of_a_rule_with_one_finding_is_not_idle_where_it_is_needed() {
        let text =
            "# Title\n\na\u{200b}b\nc\u{200b}d <!-- weighbridge-ignore zero-width-characters: quoted -->\n";
        let path = RepoPath::new("AGENTS.md").expect("inside");
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([("AGENTS.md", text)]));
        let said = ignores_in(text, Kind::AgentsMd);
        let idle = [ours::unused_ignore(&path, &said.ignores[0])];
        let done = fix(&path, Kind::AgentsMd, text.as_bytes(), &tree, wish(true, &idle)).expect("read");
        assert_eq!(done.text, text.replacen('\u{200b}', "", 1));
    }

    #[test]
    fn json_with_comments_is_fixed_and_keeps_them() {
        let text = "{\n  // ours\n  \"servers\": {\n    \"a\": {\"command\": \"x\", \"env\": {\"A\": \"${TOKEN}\"}}, // last\n  },\n}\n";
        let done = run(".vscode/mcp.json", text, false).expect("comments are no fault");
        assert_eq!(done.text, text.replace("${TOKEN}", "${env:TOKEN}"));
        let idle = "{\n  // ours\n  \"servers\": {}\n}\n";
        assert_eq!(run(".vscode/mcp.json", idle, true).expect("nothing to say").applied, []);
    }

    #[test]
    fn what_is_sure_is_fixed_and_the_rest_is_left() {
        let text = "---\nname: Bad_Name\ndescription: Reviews\ndisallowedTools: [Bash]\npermissionMode: acceptedits\n---\nx\n";
        let safe = run(AGENT, text, false).expect("read");
        let all = run(AGENT, text, true).expect("read");
        assert!(all.applied.len() >= safe.applied.len());
        assert_eq!(safe.left.is_empty(), all.applied.len() == safe.applied.len());
        assert_ne!(all.text, text, "{all:?}");
    }

    #[test]
    fn a_second_run_finds_nothing_and_line_breaks_stay() {
        for text in [
            "---\r\nname: Bad_Name\r\ndescription: Reviews\r\nmodel: Sonnet\r\n---\r\nx\r\n",
            "---\nname: Bad_Name\ndescription: Reviews\nmodel: Sonnet\n---\nx\n",
        ] {
            let once = run(AGENT, text, true).expect("read");
            let twice = run(AGENT, &once.text, true).expect("read");
            assert_eq!(twice.applied, [], "{}", once.text);
            assert_eq!(text.contains('\r'), once.text.contains("\r\n"));
            let (all, windows) = (once.text.matches('\n').count(), once.text.matches("\r\n").count());
            assert_eq!(windows, if text.contains('\r') { all } else { 0 });
        }
    }

    #[test]
    fn what_was_not_parsed_whole_is_not_touched() {
        assert!(run(AGENT, "---\nname: [\n---\nx\n", true).unwrap_err().contains("front matter"));
        assert!(run(".mcp.json", "{\"mcpServers\": {", true).unwrap_err().contains("no readable JSON"));
        assert!(run(AGENT, "---\r\nname: a\n---\n", true).unwrap_err().contains("two ways"));
    }
}
