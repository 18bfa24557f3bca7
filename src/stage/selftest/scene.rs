//! What there is to weaken, and how the ideas reach it.

use super::edit::{Doc, Path};
use crate::base::overlay::Put;
use crate::base::{RepoPath, Tree};
use crate::config;
use crate::stage::gate_files::{MAX_BYTES, is_pipeline, names_us};

/// One weakened copy: what is other in it.
pub(super) type Edits = Vec<(RepoPath, Put)>;

/// A way to weaken a gate.
pub(super) struct Weakening {
    /// Its name.
    pub(super) id: &'static str,
    /// What is done.
    pub(super) what: &'static str,
    /// Every copy that is weakened this way: one for each place it applies to, none where there is none. It counts as
    /// noticed when each of them is.
    pub(super) heads: fn(&Scene<'_>) -> Vec<Edits>,
}

/// A repository with its gate.
pub(super) struct Scene<'a> {
    /// All of it.
    pub(super) tree: &'a dyn Tree,
    /// Its `weighbridge.yaml`.
    pub(super) config: Option<Doc>,
    /// The pipeline files that name the gate.
    pub(super) pipelines: Vec<(RepoPath, Doc)>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(tree: &'a dyn Tree) -> Self {
        let mut scene = Self { tree, config: None, pipelines: Vec::new() };
        scene.config = scene.doc(config::FILE_NAME);
        let paths = tree.entries().iter().map(|entry| &entry.path);
        scene.pipelines = paths
            .filter(|path| is_pipeline(path) && names_us(tree, path))
            .filter_map(|path| Some((path.clone(), scene.doc(path.as_str())?)))
            .collect();
        scene
    }

    /// The text of a file, where there is one.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let path = RepoPath::new(path)?;
        self.tree.entry(path.as_str())?;
        let bytes = self.tree.read(&path, MAX_BYTES).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    }

    fn doc(&self, path: &str) -> Option<Doc> {
        Doc::parse(&self.text(path)?)
    }

    /// Paths of the tree that fit.
    pub(super) fn paths(&self, fits: impl Fn(&RepoPath) -> bool) -> Vec<RepoPath> {
        self.tree.entries().iter().map(|entry| &entry.path).filter(|path| fits(path)).cloned().collect()
    }

    /// One copy, with another `weighbridge.yaml`.
    pub(super) fn policy(&self, edit: impl Fn(&Doc) -> Option<String>) -> Vec<Edits> {
        let Some(doc) = &self.config else { return Vec::new() };
        let edited = edit(doc).filter(|text| text != doc.text());
        edited.map_or_else(Vec::new, |text| put(config::FILE_NAME, Put::Text(text)))
    }

    /// One copy, with a value of `weighbridge.yaml` set, where something stands there.
    pub(super) fn replaced(&self, path: Path<'_>, value: &str) -> Vec<Edits> {
        self.policy(|doc| doc.at(path).and_then(|_| doc.set(path, value)))
    }

    /// One copy for each pipeline file that can be edited so.
    pub(super) fn each_pipeline(&self, edit: impl Fn(&Doc) -> Option<String>) -> Vec<Edits> {
        let edited = self.pipelines.iter().filter_map(|(path, doc)| {
            let text = edit(doc).filter(|text| text != doc.text())?;
            Some(vec![(path.clone(), Put::Text(text))])
        });
        edited.collect()
    }

    /// One copy, with a file that was not there.
    pub(super) fn planted(&self, path: &str, text: &str) -> Vec<Edits> {
        if self.tree.entry(path).is_some() {
            return Vec::new();
        }
        put(path, Put::Text(text.to_owned()))
    }

    /// One copy for each of some files, edited as text.
    pub(super) fn each_text(&self, paths: &[RepoPath], edit: impl Fn(&str) -> Option<String>) -> Vec<Edits> {
        let edited = paths.iter().filter_map(|path| {
            let before = self.text(path.as_str())?;
            let text = edit(&before).filter(|text| *text != before)?;
            Some(vec![(path.clone(), Put::Text(text))])
        });
        edited.collect()
    }
}

/// One copy with one file.
pub(super) fn put(path: &str, put: Put) -> Vec<Edits> {
    RepoPath::new(path).map(|path| vec![(path, put)]).into_iter().collect()
}
