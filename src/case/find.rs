//! Which files of a tree hold cases.

use super::{Case, MAX_BYTES, evals_json, promptfoo, suite};
use crate::base::{RepoPath, Tree};
use crate::config::ConfigError;
use globset::GlobSet;

/// Files with cases that are read; real repositories have a few hundred.
const MAX_FILES: usize = 5_000;

/// The cases of a tree.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The cases, by file and in the order in which they stand.
    pub cases: Vec<Case>,
    /// How many files they are from.
    pub files: usize,
    /// Files of other tools that were left alone.
    pub left: Vec<RepoPath>,
    /// What cannot be read.
    pub errors: Vec<ConfigError>,
}

/// How a file's cases are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Ours,
    EvalsJson,
    Promptfoo,
}

fn format_of(path: &RepoPath) -> Option<Format> {
    let name = path.name();
    if name.ends_with(".eval.yaml") || name.ends_with(".eval.yml") {
        Some(Format::Ours)
    } else if name == "evals.json" && path.parent().name() == "evals" {
        Some(Format::EvalsJson)
    } else if matches!(name, "promptfooconfig.yaml" | "promptfooconfig.yml" | "promptfooconfig.json") {
        Some(Format::Promptfoo)
    } else {
        None
    }
}

/// True for a file in the format of another tool, which may be there for that tool alone.
pub fn is_foreign(path: &RepoPath) -> bool {
    format_of(path).is_some_and(|format| format != Format::Ours)
}

/// True for a file that holds cases.
pub fn is_case_file(path: &RepoPath) -> bool {
    format_of(path).is_some()
}

/// Reads the cases of a tree, but for those in `excluded` files, and of files of other tools only those that are to be
/// taken. One broken file never hides another.
pub fn find(tree: &dyn Tree, excluded: &GlobSet, takes: &dyn Fn(&RepoPath) -> bool) -> Found {
    let mut found = Found::default();
    for entry in tree.entries() {
        let Some(format) = format_of(&entry.path).filter(|_| !excluded.is_match(entry.path.as_str())) else {
            continue;
        };
        if found.files == MAX_FILES {
            let message =
                format!("more than {MAX_FILES} files with cases; exclude some with `files.exclude`");
            found.errors.push(ConfigError { file: entry.path.to_string(), line: 1, message });
            break;
        }
        if format != Format::Ours && !takes(&entry.path) {
            found.left.push(entry.path.clone());
            continue;
        }
        found.files += 1;
        match cases_of(tree, &entry.path, format) {
            Ok(cases) => found.cases.extend(cases),
            Err(errors) => found.errors.extend(errors),
        }
    }
    found
}

fn cases_of(tree: &dyn Tree, path: &RepoPath, format: Format) -> Result<Vec<Case>, Vec<ConfigError>> {
    let fault = |message: String| vec![ConfigError { file: path.to_string(), line: 1, message }];
    let bytes = tree.read(path, MAX_BYTES).map_err(|error| fault(error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| fault(format!("this is not UTF-8: {error}")))?;
    match format {
        Format::Ours => suite::parse(path, text),
        Format::EvalsJson => evals_json::parse(path, text),
        Format::Promptfoo => promptfoo::parse(path, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    #[test]
    fn a_broken_file_hides_no_other() {
        let tree = MemoryTree::new([
            ("a.eval.yaml", "cases: [{id: a, prompt: x, assert: [{equals: x}]}]"),
            ("b.eval.yaml", "cases: ["),
            ("s/evals/evals.json", "{\"evals\": [{\"prompt\": \"x\", \"assertions\": [\"y\"]}]}"),
            ("evals.json", "not ours"),
        ]);
        let found = find(&tree, &GlobSet::empty(), &|_| false);
        assert_eq!((found.cases.len(), found.left.len()), (1, 1), "what others may use is left alone");
        let found = find(&tree, &GlobSet::empty(), &|_| true);
        let ids: Vec<&str> = found.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["a.eval.yaml#a", "s/evals/evals.json#1"]);
        assert_eq!((found.files, found.errors.len()), (3, 1));
    }
}
