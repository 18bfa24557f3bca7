//! Which files are the gate itself: configuration, environments, and whatever makes a forge run it.

use crate::agent::mcp::listing;
use crate::base::tree::hash_blob;
use crate::base::{Entry, EntryKind, RepoPath, Tree};
use crate::config::yaml::{self, Node, Value};
use crate::cost::prices::lock;
use std::collections::{BTreeMap, BTreeSet};

/// Files that are read to see whether they run the gate; larger ones count as if they did.
pub(super) const MAX_BYTES: u64 = 512 * 1024;
/// How far one pipeline file is followed to the next.
const MAX_DEPTH: usize = 4;
/// Pipeline files that are followed; what lies beyond counts by its own text alone.
const MAX_FOLLOWED: usize = 500;

/// Files that say how a change is judged, in whatever folder: each may be judged by itself.
///
/// In any case of letters: on some disks `Weighbridge.yaml` takes the place of the real one.
pub(super) fn is_policy(path: &RepoPath) -> bool {
    let name = path.name().to_ascii_lowercase();
    matches!(name.as_str(), crate::config::FILE_NAME | "weighbridge.calibration.json")
        || name == lock::FILE_NAME
        || path.parent().parent().name().eq_ignore_ascii_case("environments")
        || is_recorded_list(path)
        || path.as_str().to_ascii_lowercase().ends_with(crate::rules::accepted::FILE)
}

/// What MCP servers were seen to offer: later changes are held against it, and weighed by it.
fn is_recorded_list(path: &RepoPath) -> bool {
    let folder = path.parent().as_str().to_ascii_lowercase();
    folder == listing::FOLDER
        || folder.strip_suffix(listing::FOLDER).is_some_and(|above| above.ends_with('/'))
}

/// Files that a forge takes its pipelines from.
pub(super) fn is_pipeline(path: &RepoPath) -> bool {
    let text = path.as_str();
    is_yaml(path)
        && (text.starts_with(".github/") || text.starts_with(".gitlab/") || path.name().contains("gitlab-ci"))
}

/// Who has to review what. A new one in another place may put an old one out of force.
pub(super) fn is_owners(path: &RepoPath) -> bool {
    path.name() == "CODEOWNERS"
}

fn is_yaml(path: &RepoPath) -> bool {
    matches!(path.name().rsplit_once('.'), Some((_, "yml" | "yaml")))
}

/// Files that a pipeline may run.
fn is_script(path: &RepoPath) -> bool {
    match path.name().trim_start_matches('.').rsplit_once('.') {
        None => true,
        Some((_, ending)) => matches!(ending, "sh" | "bash" | "py" | "js" | "mjs" | "ts" | "rb" | "ps1"),
    }
}

/// What tells one content from another: the blob id, or why there is none. A link is not the file it points at, even
/// where both read the same: some readers do not follow it, and what it points at may have no owner.
pub(super) fn content(tree: &dyn Tree, entry: &Entry) -> String {
    let link = match &entry.kind {
        EntryKind::BadLink { reason } => return reason.clone(),
        EntryKind::Link { target } => format!("{target}: "),
        EntryKind::File => String::new(),
    };
    let id = entry.id.or_else(|| hash_blob(&tree.read(&entry.path, MAX_BYTES * 8).ok()?));
    link + &id.map_or_else(|| "unreadable".to_owned(), |id| id.to_string())
}

/// True where there is a gate: whoever sets up the first one loosens nothing.
pub(super) fn has_gate(tree: &dyn Tree) -> bool {
    tree.entries()
        .iter()
        .map(|entry| &entry.path)
        .any(|path| path.name() == crate::config::FILE_NAME || (is_pipeline(path) && names_us(tree, path)))
}

/// True when a file that is there names the gate; one that cannot be read does.
pub(super) fn names_us(tree: &dyn Tree, path: &RepoPath) -> bool {
    tree.entry(path.as_str()).is_some() && text(tree, path).is_none_or(|text| is_ours(&text))
}

fn text(tree: &dyn Tree, path: &RepoPath) -> Option<String> {
    tree.read(path, MAX_BYTES).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// True for a text that names the gate, in plain letters or in such that YAML makes plain.
fn is_ours(text: &str) -> bool {
    let named = |text: &str| text.to_lowercase().contains("weighbridge");
    named(text)
        // Only an escape, or a line that is folded, makes a name that the text does not show.
        || (text.contains('\\')
            && yaml::parse(text, 1).map_or(true, |node| any(&node, &mut |_, value| value.text().is_some_and(named))))
}

/// True for a workflow that asks for the right to write checks or statuses: it can write one of our name.
fn may_write_checks(text: &str) -> bool {
    (text.contains("write") || text.contains('\\'))
        && yaml::parse(text, 1).map_or(true, |node| {
            any(&node, &mut |key, value| match key {
                Some("checks" | "statuses") => value.text() == Some("write"),
                Some("permissions") => value.text() == Some("write-all"),
                _ => false,
            })
        })
}

/// True when something fits, a key or a value, with the key it stands under.
fn any(node: &Node, fits: &mut dyn FnMut(Option<&str>, &Node) -> bool) -> bool {
    let mut open = vec![(None, node)];
    while let Some((key, node)) = open.pop() {
        if fits(key, node) {
            return true;
        }
        match &node.value {
            Value::Mapping(pairs) => {
                open.extend(pairs.iter().flat_map(|(key, value)| [(None, key), (key.text(), value)]))
            }
            Value::Sequence(items) => open.extend(items.iter().map(|item| (None, item))),
            Value::Scalar { .. } | Value::Alias => {}
        }
    }
    false
}

/// The files of the gate itself that differ, by path.
pub(super) fn changes(base: &dyn Tree, head: &dyn Tree) -> Vec<String> {
    let (before, after) = (Pipelines::of(base), Pipelines::of(head));
    let listed = base.entries().iter().chain(head.entries()).map(|entry| &entry.path);
    let paths: BTreeSet<&RepoPath> = listed
        .filter(|path| is_policy(path) || is_pipeline(path) || is_owners(path))
        .chain(before.files.keys().chain(after.files.keys()))
        .collect();
    let of = |tree: &dyn Tree, path: &RepoPath| tree.entry(path.as_str()).map(|entry| content(tree, entry));
    let (in_base, in_head) = (before.gate(), after.gate());
    paths
        .into_iter()
        .filter(|path| of(base, path) != of(head, path))
        .filter(|path| {
            is_policy(path)
                || is_owners(path)
                || in_base.contains(*path)
                || in_head.contains(*path)
                // Also what lies beyond the files that are followed: they can be filled up.
                || is_pipeline(path)
                    && [base, head].into_iter().any(|tree| names_us(tree, path) || touches_checks(tree, path))
        })
        .map(ToString::to_string)
        .collect()
}

fn touches_checks(tree: &dyn Tree, path: &RepoPath) -> bool {
    path.as_str().starts_with(".github/workflows/")
        && tree.entry(path.as_str()).is_some()
        && text(tree, path).is_none_or(|text| may_write_checks(&text))
}

/// Every file of a revision that runs the gate or leads to it.
pub(super) fn leading(tree: &dyn Tree) -> Vec<RepoPath> {
    Pipelines::of(tree).gate().into_iter().cloned().collect()
}

/// The pipeline files of a revision, and the files in it that they name: what they include, call, or run.
struct Pipelines {
    files: BTreeMap<RepoPath, Named>,
}

#[derive(Default)]
struct Named {
    ours: bool,
    /// What it names.
    names: BTreeSet<RepoPath>,
    /// What of it is an action or a workflow that runs as part of it.
    uses: BTreeSet<RepoPath>,
}

impl Pipelines {
    fn of(tree: &dyn Tree) -> Self {
        let roots = tree.entries().iter().map(|entry| &entry.path).filter(|path| is_pipeline(path));
        let mut open: Vec<(RepoPath, usize)> = roots.map(|path| (path.clone(), 0)).collect();
        let mut files: BTreeMap<RepoPath, Named> = BTreeMap::new();
        while let Some((path, depth)) = open.pop() {
            if files.contains_key(&path) || files.len() >= MAX_FOLLOWED {
                continue;
            }
            let Some(text) = text(tree, &path) else {
                files.insert(path, Named { ours: true, ..Named::default() });
                continue;
            };
            let mut found = Named { ours: is_ours(&text), ..Named::default() };
            if is_yaml(&path) && depth < MAX_DEPTH {
                for line in text.lines() {
                    let named = named(tree, line);
                    if line.contains("uses:") {
                        found.uses.extend(named.iter().cloned());
                    }
                    found.names.extend(named);
                }
            }
            open.extend(found.names.iter().map(|path| (path.clone(), depth + 1)));
            files.insert(path, found);
        }
        Self { files }
    }

    /// Those that name the gate, those that lead to one of them, and what these use.
    fn gate(&self) -> BTreeSet<&RepoPath> {
        let mut gate: BTreeSet<&RepoPath> =
            self.files.iter().filter(|(_, file)| file.ours).map(|(path, _)| path).collect();
        loop {
            let leads = |file: &Named| file.names.iter().any(|path| gate.contains(path));
            let mut more: Vec<&RepoPath> =
                self.files.iter().filter(|(_, file)| leads(file)).map(|(path, _)| path).collect();
            let used = gate.iter().filter_map(|path| self.files.get(*path)).flat_map(|file| &file.uses);
            more.extend(used);
            let before = gate.len();
            gate.extend(more);
            if gate.len() == before {
                return gate;
            }
        }
    }
}

/// The files of a tree that a line names: as a path from the root, or as the folder of an action.
fn named(tree: &dyn Tree, line: &str) -> Vec<RepoPath> {
    // A comment runs nothing.
    if line.trim_start().starts_with('#') {
        return Vec::new();
    }
    let word = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '*');
    let words = line.split(|c| !word(c)).filter(|word| word.contains(['/', '.']));
    let mut found = Vec::new();
    for word in words {
        let path = word.trim_start_matches("./").trim_matches('/');
        if let Some((prefix, ending)) = path.split_once('*') {
            // GitLab includes by pattern. What it matches is not worked out: all below the folder counts.
            if !prefix.is_empty() && matches!(ending.rsplit_once('.'), Some((_, "yml" | "yaml"))) {
                let all = tree.entries().iter().map(|entry| &entry.path);
                found.extend(
                    all.filter(|path| is_yaml(path) && path.as_str().starts_with(prefix))
                        .take(MAX_FOLLOWED)
                        .cloned(),
                );
            }
            continue;
        }
        // `uses: ./` is the action at the root.
        let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
        let places = [path.to_owned(), format!("{folder}action.yml"), format!("{folder}action.yaml")];
        let there = places.iter().filter(|place| tree.entry(place).is_some());
        found.extend(
            there.filter_map(|place| RepoPath::new(place)).filter(|path| is_yaml(path) || is_script(path)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    fn tree(files: &[(&str, &str)]) -> MemoryTree {
        MemoryTree::new(files.iter().map(|(path, text)| (*path, *text)))
    }

    #[test]
    fn a_change_of_the_gate_is_seen_wherever_it_lies() {
        let gate = "jobs: {gate: {uses: weighbridge-dev/weighbridge@v1}}";
        let base = tree(&[
            ("weighbridge.yaml", "version: 1"),
            (".github/workflows/gate.yml", gate),
            (".github/workflows/lint.yml", "jobs: {}"),
            ("environments/production/budget-limits.yaml", "per_month: 10"),
            ("AGENTS.md", "x"),
        ]);
        let head = tree(&[
            ("weighbridge.yaml", "version: 1\nbudgets: {}"),
            (".github/workflows/lint.yml", "jobs: {other: {}}"),
            ("environments/production/budget-limits.yaml", "per_month: 99"),
            ("AGENTS.md", "y"),
        ]);
        assert_eq!(
            changes(&base, &head),
            [".github/workflows/gate.yml", "environments/production/budget-limits.yaml", "weighbridge.yaml"]
        );
        assert!(changes(&base, &base).is_empty());
    }

    #[test]
    fn whatever_leads_to_the_gate_is_part_of_it() {
        let files = [
            (".github/workflows/pr.yml", "jobs: {a: {uses: ./.github/workflows/agents.yml}}"),
            (
                ".github/workflows/agents.yml",
                "jobs: {a: {steps: [{uses: ./ci/setup}, {run: sh ci/gate.sh}]}}",
            ),
            (".github/workflows/other.yml", "jobs: {a: {steps: [{run: sh ci/test.sh}]}}"),
            (".gitlab-ci.yml", "include:\n  - local: /ci/lab/*.yml\n"),
            ("ci/gate.sh", "weighbridge run"),
            ("ci/test.sh", "cargo test"),
            ("ci/setup/action.yml", "runs: {}"),
            ("ci/lab/agents.yml", "agents: {script: [weighbridge run]}"),
            ("ci/lab/more.yml", "more: {}"),
        ];
        let base = tree(&files);
        let wanted = [
            (".github/workflows/pr.yml", true),
            (".github/workflows/agents.yml", true),
            (".github/workflows/other.yml", false),
            (".gitlab-ci.yml", true),
            ("ci/gate.sh", true),
            ("ci/test.sh", false),
            ("ci/setup/action.yml", true),
            ("ci/lab/agents.yml", true),
            ("ci/lab/more.yml", false),
        ];
        for (changed, counts) in wanted {
            let head = tree(&files.map(|(path, text)| (path, if path == changed { "{}" } else { text })));
            let expected: &[&str] = if counts { &[changed] } else { &[] };
            assert_eq!(changes(&base, &head), expected, "{changed}");
        }
    }

    #[test]
    fn a_name_in_disguise_and_a_right_to_write_checks_count() {
        let base = tree(&[("weighbridge.yaml", "version: 1")]);
        for (text, counts) in [
            ("jobs: {a: {name: \"w\\x65ighbridge\"}}", true),
            ("permissions: {checks: write}", true),
            ("permissions: {\"\\x63hecks\": write}", true),
            ("jobs: {a: {permissions: {statuses: 'write'}}}", true),
            ("permissions: write-all", true),
            ("permissions: {contents: write, checks: read}", false),
            ("jobs: {a: {name: \"a\\x65b\"}}", false),
        ] {
            let head = tree(&[("weighbridge.yaml", "version: 1"), (".github/workflows/x.yml", text)]);
            assert_eq!(!changes(&base, &head).is_empty(), counts, "{text}");
        }
    }

    #[test]
    fn owners_and_other_spellings_count() {
        let base = tree(&[("weighbridge.yaml", "version: 1"), ("CODEOWNERS", "* @acme/leads")]);
        for added in
            ["Weighbridge.YAML", ".github/CODEOWNERS", "Prices.lock", "Environments/ci/budget-limits.yaml"]
        {
            let head =
                tree(&[("weighbridge.yaml", "version: 1"), ("CODEOWNERS", "* @acme/leads"), (added, "")]);
            assert_eq!(changes(&base, &head), [added]);
        }
    }
}
