//! A template says that an environment has a `.env` file, and no `.gitignore` keeps that file out of git.

use super::{Check, Example, Rule, is_sample};
use crate::agent::Repo;
use crate::base::{EntryKind, Finding, Place, RepoPath, Severity, Tree};
use crate::environments;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

pub(super) static RULE: Rule = Rule {
    id: "unignored-environment-file",
    summary: "No .gitignore keeps the .env file of an environment out of git",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/parity.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/ci/.env.example", "GH_TOKEN=\n"), ("environments/ci/budget-limits.yaml", "per_run: 1\n"), (".gitignore", "/.env\n")]),
        Example::good(&[("environments/ci/.env.example", "GH_TOKEN=\n"), ("environments/ci/budget-limits.yaml", "per_run: 1\n"), (".gitignore", ".env*\n!.env.example\n")]),
        Example::good(&[("environments/ci/.env.example", "GH_TOKEN=\n"), ("environments/ci/budget-limits.yaml", "per_run: 1\n"), ("environments/.gitignore", "*/.env\n*/.env.ci\n")]),
    ],
    check: Check::Tree(check),
};

/// Larger files are not read.
const MAX_BYTES: u64 = 256 * 1024;

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for environments in environments::read(tree, repo).iter().filter(|one| !is_sample(&one.folder)) {
        for environment in &environments.list {
            let Some(home) = environments.folder.join(&environment.name) else { continue };
            let names = [".env".to_owned(), format!(".env.{}", environment.name)];
            // What is in git already is found by its name.
            let [plain, named] = names.each_ref().map(|name| home.join(name));
            let files = || [&plain, &named].into_iter().flatten();
            // What is in git already is found by its name.
            let is_free = files().all(|file| tree.entry(file.as_str()).is_none() && !is_ignored(tree, file));
            let Some(template) = environment.templates.first().filter(|_| is_free) else { continue };
            let message = "this is the template of a file with values, and no .gitignore keeps that file out of git";
            let help = format!("add `{home}/.env*` and `!{home}/{}` to .gitignore", template.name());
            found.push(rule.finding(Place::file(template.clone()), message).with_help(help));
        }
    }
    found
}

/// True when a `.gitignore` keeps a file out: the one nearest to it that says anything about it decides, as in git.
fn is_ignored(tree: &dyn Tree, file: &RepoPath) -> bool {
    let mut folders = file.parent().ancestors_from_root();
    folders.reverse();
    folders
        .iter()
        .find_map(|folder| {
            let rules = gitignore(tree, folder)?;
            let matched = rules.matched_path_or_any_parents(file.relative_to(folder)?, false);
            (!matched.is_none()).then(|| matched.is_ignore())
        })
        .unwrap_or(false)
}

fn gitignore(tree: &dyn Tree, folder: &RepoPath) -> Option<Gitignore> {
    let path = folder.join(".gitignore")?;
    tree.entry(path.as_str()).filter(|entry| entry.kind == EntryKind::File)?;
    let bytes = tree.read(&path, MAX_BYTES).ok()?;
    let mut rules = GitignoreBuilder::new("");
    for line in String::from_utf8_lossy(&bytes).lines() {
        // What git cannot read as a pattern it leaves out as well.
        let _ = rules.add_line(None, line);
    }
    rules.build().ok()
}
