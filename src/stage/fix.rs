//! Fixes for one file, applied until nothing is left to fix. A file that was not parsed whole is not touched, and a round
//! that would make it worse is not taken.

use crate::agent::{Kind, read};
use crate::base::overlay::{Overlay, Put};
use crate::base::tree::BlobId;
use crate::base::{RepoPath, Severity, Tree};
use crate::rules::agnix;
use crate::rules::fix::{Fix, apply};
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

/// What the rules would write instead in a text; line breaks are those of Unix.
pub fn fixes(path: &RepoPath, text: &str, tree: &Arc<dyn Tree>) -> Vec<Fix> {
    agnix::fixes(path, text, tree)
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
    with_unsafe: bool,
) -> Result<Fixed, String> {
    let found = read(path, kind, BlobId([0; 20]), bytes);
    let Some(text) = found.text.as_deref().filter(|_| !found.faults.iter().any(is_grave)) else {
        return Err("it was not read whole".to_owned());
    };
    if let Some(broken) = found.broken_header() {
        return Err(format!("line {} of its front matter cannot be read", broken.at.line));
    }
    if !parses(path, text) {
        return Err("it is no readable JSON".to_owned());
    }
    let breaks = Breaks::of(text).ok_or("its lines end in two ways")?;
    let mut fixed = Fixed { text: breaks.to_unix(text), ..Fixed::default() };
    let before = fixed.text.clone();
    for _ in 0..MAX_ROUNDS {
        let all = fixes(path, &fixed.text, tree);
        let (next, applied) = apply(&fixed.text, &all, |fix| fix.safe || with_unsafe);
        fixed.left = all.iter().filter(|fix| !fix.safe && !with_unsafe).cloned().collect();
        if applied.is_empty() || !is_better(path, kind, &fixed.text, &next, tree) {
            break;
        }
        fixed.applied.extend(applied.into_iter().cloned());
        fixed.text = next;
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

/// JSON is either readable or not touched.
fn parses(path: &RepoPath, text: &str) -> bool {
    path.extension() != Some("json") || serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// True when a new text can be read as the old one could, and has no more errors.
fn is_better(path: &RepoPath, kind: Kind, old: &str, new: &str, tree: &Arc<dyn Tree>) -> bool {
    let errors = |text: &str| {
        let after: Arc<dyn Tree> =
            Arc::new(Overlay::new(Arc::clone(tree), [(path.clone(), Put::Text(text.to_owned()))]));
        let (found, _) = agnix::check(path, text, &after);
        found.iter().filter(|finding| finding.severity == Severity::Error).count()
    };
    let read = read(path, kind, BlobId([0; 20]), new.as_bytes());
    read.broken_header().is_none() && parses(path, new) && errors(new) <= errors(old)
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
        fix(&path, kind.expect("an agent file"), text.as_bytes(), &tree, with_unsafe)
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
