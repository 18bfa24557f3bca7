//! A compiled or very large file beside a skill: no reviewer reads it, and the model may run it.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::base::{Finding, Place, RepoPath, Severity, Tree};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    id: "binary-in-skill",
    summary: "A compiled or very large file or an archive is part of a skill",
    severity: Severity::Warning,
    source: "https://blog.trailofbits.com",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\n---\nx\n"), (".claude/skills/pdf/scripts/read.pyc", "x")]),
        Example::bad(&[(".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\n---\nx\n"), (".claude/skills/pdf/assets/forms.zip", "x")]),
        Example::good(&[(".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\n---\nx\n"), (".claude/skills/pdf/scripts/read.py", "print()\n")]),
    ],
    check: Check::Tree(check),
};

/// Endings of programs that cannot be read.
const COMPILED: [&str; 11] = ["pyc", "pyo", "exe", "dll", "so", "dylib", "class", "jar", "o", "node", "bin"];
/// Endings of archives, whose files no reviewer sees. Some skills bring a template so: a note.
const ARCHIVES: [&str; 14] =
    ["zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "whl", "egg", "docm", "xlsm", "pptm"];
/// Larger files are not read by anybody.
const MAX_BYTES: u64 = 5 * 1024 * 1024;

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let skills: BTreeSet<RepoPath> =
        repo.files().filter(|file| file.kind == Kind::Skill).map(|file| file.path.parent()).filter(|folder| !folder.is_root()).collect();
    if skills.is_empty() {
        return Vec::new();
    }
    tree.entries()
        .iter()
        .filter_map(|entry| {
            let compiled = entry.path.extension().is_some_and(|extension| COMPILED.contains(&extension));
            let archive = entry.path.extension().is_some_and(|extension| ARCHIVES.contains(&extension));
            let large = entry.size.is_some_and(|size| size > MAX_BYTES);
            let owned = (compiled || archive || large) && entry.path.parent().ancestors_from_root().iter().any(|folder| skills.contains(folder));
            let message = if compiled {
                "a compiled program is part of this skill; no reviewer can read what it does"
            } else if archive {
                "an archive is part of this skill; no reviewer sees what is in it"
            } else {
                "a file of more than 5 MB is part of this skill and travels with every copy of it"
            };
            let help = "keep the source beside the skill and build it where it is needed";
            owned.then(|| {
                let mut finding = rule.finding(Place::file(entry.path.clone()), message).with_help(help);
                if archive && !large {
                    finding.severity = Severity::Info;
                }
                finding
            })
        })
        .collect()
}
