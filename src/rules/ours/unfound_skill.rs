//! A skill where no client finds it: `skill.md` in small letters, or a file without a folder of its own.
//!
//! The reference validator of agentskills.io takes `skill.md`, so it says nothing.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::agent::front_matter;
use crate::base::{Finding, Place, RepoPath, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "unfound-skill",
    summary: "A skill lies where no client finds it",
    severity: Severity::Warning,
    source: "https://agentskills.io/specification",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/pdf/skill.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\n---\nRead.\n")]),
        Example::bad(&[(".agents/skills/pdf.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\n---\nRead.\n")]),
        Example::good(&[(".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\n---\nRead.\n"), (".claude/skills/README.md", "# Skills\n"), ("docs/skill.md", "# A skill\n")]),
    ],
    check: Check::Tree(check),
};

/// Folders of clients that hold skills.
const HOMES: [&str; 9] =
    [".claude", ".agents", ".codex", ".github", ".cursor", ".gemini", ".opencode", ".kiro", ".windsurf"];
/// Files that are looked into, and how much of each.
const MAX_FILES: usize = 200;
const MAX_BYTES: u64 = 64 * 1024;

fn check(rule: &Rule, tree: &dyn Tree, _: &Repo) -> Vec<Finding> {
    let places = tree.entries().iter().filter_map(|entry| Some((&entry.path, right_place(&entry.path)?)));
    places
        .filter(|(path, (right, _))| *path != right && tree.entry(right.as_str()).is_none())
        .take(MAX_FILES)
        .filter_map(|(path, (right, flat))| {
            if flat {
                let bytes = tree.read(path, MAX_BYTES).ok()?;
                let (header, _) = front_matter::read(&String::from_utf8_lossy(&bytes));
                header.text("name").and(header.text("description"))?;
            }
            let why = if flat {
                "a skill is a folder with a file SKILL.md, so no client finds this one"
            } else {
                "clients look for SKILL.md in capitals, so none finds this skill (the reference validator takes `skill.md` too)"
            };
            Some(rule.finding(Place::file(path.clone()), why).with_help(format!("move it to {right}")))
        })
        .collect()
}

/// Where a file would be found that is meant as a skill, and whether it has no folder of its own yet.
fn right_place(path: &RepoPath) -> Option<(RepoPath, bool)> {
    let folder = path.parent();
    let name = path.name();
    let is_home = |folder: &RepoPath| {
        matches!(folder.name(), "skills" | "skill") && HOMES.contains(&folder.parent().name())
    };
    if name.eq_ignore_ascii_case("skill.md") && is_home(&folder.parent()) {
        return Some((folder.join("SKILL.md")?, false));
    }
    let stem = name.strip_suffix(".md").filter(|stem| !stem.eq_ignore_ascii_case("readme"))?;
    is_home(&folder).then(|| folder.join(&format!("{stem}/SKILL.md"))).flatten().map(|right| (right, true))
}
