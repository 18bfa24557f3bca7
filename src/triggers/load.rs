//! The skills and trigger sets of a revision, read from its tree.

use super::catalogue::{Catalogue, MAX_SKILLS, Skill};
use super::find::{self, Likely, MAX_BYTES, MAX_SETS, Owned};
use super::set::{SetError, TriggerSet};
use crate::base::text::thousands;
use crate::base::{Entry, EntryKind, Place, RepoPath, Tree};

/// The files of a tree that may be trigger sets, links left out: what they show is read where it stands.
pub fn candidates(tree: &dyn Tree) -> Vec<(RepoPath, Likely)> {
    let is_file = |entry: &&Entry| entry.kind == EntryKind::File;
    let likely = |entry: &Entry| Some((entry.path.clone(), find::likely(&entry.path)?));
    tree.entries().iter().filter(is_file).filter_map(likely).collect()
}

/// Reads the skills at these paths.
pub fn catalogue<'a>(tree: &dyn Tree, skills: impl IntoIterator<Item = &'a RepoPath>) -> Catalogue {
    // Twice as many as are compared, since copies count once.
    let read = |path: &RepoPath| {
        let bytes = tree.read(path, MAX_BYTES).ok()?;
        Skill::read(path, &String::from_utf8_lossy(&bytes))
    };
    Catalogue::new(skills.into_iter().take(2 * MAX_SKILLS).filter_map(read))
}

/// Reads the sets among these files. What surely is one and cannot be read becomes one with an error.
pub fn sets(tree: &dyn Tree, candidates: &[(RepoPath, Likely)], catalogue: &Catalogue) -> Vec<Owned> {
    let mut found = Vec::new();
    for (path, likely) in candidates {
        if found.len() >= MAX_SETS {
            found.push(broken(
                path,
                &format!("sets beyond the first {} are not read", thousands(MAX_SETS as u64)),
            ));
            break;
        }
        let text = match tree.read(path, MAX_BYTES) {
            Ok(bytes) => {
                String::from_utf8(bytes.to_vec()).map_err(|error| format!("it is not UTF-8: {error}"))
            }
            Err(error) => Err(error.to_string()),
        };
        match text {
            Ok(text) => found.extend(find::own(path, &text, *likely, catalogue)),
            Err(message) if *likely == Likely::Surely => found.push(broken(path, &message)),
            Err(_) => {}
        }
    }
    found
}

fn broken(path: &RepoPath, message: &str) -> Owned {
    let error = SetError {
        place: Place::file(path.clone()),
        message: message.to_owned(),
        help: "make it a text file of at most 1 MiB, or remove it".to_owned(),
    };
    let set = TriggerSet { path: path.clone(), skill: None, queries: Vec::new(), errors: vec![error] };
    Owned { set, targets: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    #[test]
    fn skills_and_sets_come_from_one_tree() {
        let skill: &[u8] = b"---\nname: x\ndescription: does x\n---\n";
        let tree = MemoryTree::new([
            ("s/x/SKILL.md", skill),
            ("s/x/evals/trigger-evals.json", b"[{\"query\": \"x\", \"should_trigger\": true}]".as_slice()),
            ("s/x/evals/trigger-eval.yaml", b"\xff".as_slice()),
            ("s/x/tests.yml", b"a: b".as_slice()),
        ]);
        let path = RepoPath::new("s/x/SKILL.md").expect("inside");
        let catalogue = catalogue(&tree, [&path]);
        let candidates = candidates(&tree);
        assert_eq!((catalogue.skills().len(), candidates.len()), (1, 3));
        let found = sets(&tree, &candidates, &catalogue);
        let shown: Vec<(usize, usize)> =
            found.iter().map(|owned| (owned.set.queries.len(), owned.set.errors.len())).collect();
        assert_eq!(shown, [(0, 1), (1, 0)]);
        assert!(found[0].set.errors[0].message.contains("not UTF-8"));
    }
}
