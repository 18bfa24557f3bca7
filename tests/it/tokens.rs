//! Token counts against a second implementation of the same vocabulary.

use crate::common::source_root;
use std::path::{Path, PathBuf};
use weighbridge::cost::tokens::weigh;

/// Files of the corpus that are compared; all of them would take minutes without optimisation.
const SAMPLE: usize = 200;

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn openai_counts_are_those_of_another_implementation() {
    let other = bpe_openai::o200k_base();
    let mut files = Vec::new();
    files_below(&source_root().join("examples"), &mut files);
    let mut corpus = Vec::new();
    files_below(&source_root().join("../shared/corpus"), &mut corpus);
    let step = (corpus.len() / SAMPLE).max(1);
    files.extend(corpus.into_iter().step_by(step));
    let texts = files.iter().filter_map(|path| std::fs::read_to_string(path).ok().map(|text| (path, text)));
    let mut compared = 0;
    for (path, text) in texts {
        assert_eq!(weigh(&text).o200k, other.count(text.as_str()) as u64, "{}", path.display());
        compared += 1;
    }
    assert!(compared > 40, "only {compared} files: nothing was tested");
    for text in ["<|endoftext|> is text here", "a\u{301}\u{202e}\0\r\n\t漢字🚀", "    \n\n\n  x"] {
        assert_eq!(weigh(text).o200k, other.count(text) as u64, "{text:?}");
    }
}
