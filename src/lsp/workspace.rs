//! One folder of the workspace: its files with the open documents laid over them, and what was found in them.

use super::World;
use super::uri::uri_of;
use crate::base::overlay::{Overlay, Put};
use crate::base::tree::is_skipped_folder;
use crate::base::{Client, Finding, Place, RepoPath, Severity, Span, Tree};
use crate::config::{self, Config};
use crate::cost::always_loaded::{AlwaysLoaded, always_loaded};
use crate::cost::prices::overrides::Overrides;
use crate::rules::sink::unknown_rules;
use crate::stage::cache::Cache;
use crate::stage::inspect::Inspection;
use crate::stage::pipeline::{self, Inputs, Overview, Side};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a finding about `weighbridge.yaml` itself is called; it is no rule, and nothing can silence it.
pub(super) const CONFIGURATION: &str = "configuration";

/// What the client has been told of a file.
pub(super) struct Told {
    /// The version of the document, when it was open.
    pub(super) version: Option<i64>,
    /// The findings.
    pub(super) findings: Vec<Finding>,
    /// The address it was told under: an editor may write the same file in several ways.
    pub(super) uri: String,
}

/// A folder of the workspace.
pub(super) struct Workspace {
    /// Its absolute path, without a slash at the end.
    pub(super) root: String,
    /// Something has changed since it was judged.
    pub(super) stale: bool,
    /// The files on disk, until they may have changed.
    tree: Option<Arc<dyn Tree>>,
    cache: Cache,
    /// The last configuration that could be read: while somebody types, it is broken most of the time.
    config: Config,
    pub(super) judged: Option<Judged>,
    /// What the client has been told, by file.
    pub(super) told: BTreeMap<RepoPath, Told>,
}

/// What is known of a folder.
pub(super) struct Judged {
    /// Findings by file.
    pub(super) findings: BTreeMap<RepoPath, Vec<Finding>>,
    pub(super) head: Inspection,
    pub(super) clients: Vec<Client>,
    loads: OnceCell<Vec<AlwaysLoaded>>,
}

impl Judged {
    /// What each client reads at the start of a task at the root; worked out when it is first asked for.
    pub(super) fn loads(&self) -> &[AlwaysLoaded] {
        self.loads.get_or_init(|| {
            let root = RepoPath::root();
            let of = |client: &Client| always_loaded(*client, &root, &self.head.repo, &self.head);
            self.clients.iter().map(of).collect()
        })
    }

    /// The findings of a file.
    pub(super) fn of(&self, path: &RepoPath) -> &[Finding] {
        self.findings.get(path).map_or(&[], Vec::as_slice)
    }
}

impl Workspace {
    pub(super) fn new(root: String, world: &dyn World) -> Self {
        let cache = world.kept(Path::new(&root));
        Self {
            root,
            stale: true,
            tree: None,
            cache,
            config: Config::default(),
            judged: None,
            told: BTreeMap::new(),
        }
    }

    /// The path of a file of this folder.
    pub(super) fn inside(&self, path: &str) -> Option<RepoPath> {
        let rest = path.strip_prefix(self.root.as_str())?.strip_prefix('/')?;
        RepoPath::new(rest).filter(|path| !path.is_root())
    }

    /// The address of a file of this folder.
    pub(super) fn uri(&self, path: &RepoPath) -> String {
        uri_of(&format!("{}/{}", self.root, path.as_str()))
    }

    /// The files on disk may have changed.
    pub(super) fn changed_on_disk(&mut self) {
        self.tree = None;
        self.stale = true;
    }

    /// Judges the folder with these documents laid over its files.
    ///
    /// # Errors
    /// When its files cannot be listed.
    pub(super) fn judge<'d>(
        &mut self,
        documents: impl Iterator<Item = (RepoPath, &'d str)>,
        world: &dyn World,
    ) -> Result<(), String> {
        self.stale = false;
        let began = world.now();
        let under = match &self.tree {
            Some(tree) => Arc::clone(tree),
            None => Arc::clone(self.tree.insert(world.open(Path::new(&self.root))?)),
        };
        let puts: Vec<(RepoPath, Put)> = documents
            .filter_map(|(path, text)| Some((self.place(path, &*under, world)?, Put::Text(text.to_owned()))))
            .collect();
        let tree: Arc<dyn Tree> = if puts.is_empty() { under } else { Arc::new(Overlay::new(under, puts)) };
        let mut found = self.configure(&*tree);
        let inputs = Inputs {
            head: Side { name: String::new(), tree: Arc::clone(&tree) },
            base: None,
            whole: None,
            policy: None,
            changed_files: None,
            config: self.config.clone(),
            config_pinned: false,
            prices: &Overrides::default(),
            clients: world.clients(),
            context: world.context(),
            only_changed: false,
            searched_texts: 0,
            with_cost: false,
            recordings: None,
            cache: &self.cache,
            now: began,
            notes: Vec::new(),
            tick: &|| (),
        };
        let Overview { findings, faults, head, clients } = pipeline::overview(&inputs);
        self.cache = std::mem::take(&mut self.cache).next_run(began);
        if let Some(path) = RepoPath::new(crate::rules::accepted::FILE) {
            found.extend(
                faults.into_iter().map(|fault| {
                    Finding::new(CONFIGURATION, Severity::Error, Place::file(path.clone()), fault)
                }),
            );
        }
        let mut by_file: BTreeMap<RepoPath, Vec<Finding>> = BTreeMap::new();
        for finding in found.into_iter().chain(findings) {
            by_file.entry(finding.place.path.clone()).or_default().push(finding);
        }
        self.judged = Some(Judged { findings: by_file, head, clients, loads: OnceCell::new() });
        Ok(())
    }

    /// Where a document is laid over the files: at what a link leads to, and nowhere when its file is one that is not
    /// judged.
    fn place(&self, path: RepoPath, under: &dyn Tree, world: &dyn World) -> Option<RepoPath> {
        if under.entry(path.as_str()).is_some() {
            return under.file_at(&path).ok().map(|(_, target)| target.clone());
        }
        let beside = |folder: &RepoPath, name: &str| {
            folder.join(name).is_some_and(|path| under.entry(path.as_str()).is_some())
        };
        let skipped = path.ancestors_from_root().iter().skip(1).any(|folder| {
            *folder != path && is_skipped_folder(folder.name(), |name| beside(&folder.parent(), name))
        });
        // What is on disk and not in the tree is ignored by git.
        let file = format!("{}/{}", self.root, path.as_str());
        (!skipped && !world.is_there(Path::new(&file))).then_some(path)
    }

    /// Reads the configuration, and says what is wrong with it.
    fn configure(&mut self, tree: &dyn Tree) -> Vec<Finding> {
        let Some(path) = RepoPath::new(config::FILE_NAME) else { return Vec::new() };
        if tree.entry(path.as_str()).is_none() {
            self.config = Config::default();
            return Vec::new();
        }
        let at = |line: u32, message: String| {
            let place = Place::span(path.clone(), Span::at(line, 1));
            Finding::new(CONFIGURATION, Severity::Error, place, message)
                .with_help("the keys and their meaning are in docs/configuration.md of Weighbridge")
        };
        let bytes = match tree.read(&path, config::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => return vec![at(1, error.to_string())],
        };
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) => return vec![at(1, format!("it is not UTF-8: {error}"))],
        };
        let read = config::parse(config::FILE_NAME, text).and_then(|config| {
            let unknown = unknown_rules(config::FILE_NAME, &config);
            if unknown.is_empty() { Ok(config) } else { Err(unknown) }
        });
        match read {
            Ok(config) => {
                self.config = config;
                Vec::new()
            }
            Err(errors) => errors.into_iter().map(|error| at(error.line, error.message)).collect(),
        }
    }
}
