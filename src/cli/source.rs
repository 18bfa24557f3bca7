//! Opens what is to be judged and what it is compared with.

use super::error::CliError;
use super::settings::Settings;
use crate::base::{MergedTree, RepoPath, Subtree, Tree, TreeError};
use crate::config::{self, Config};
use crate::context::{BaseRef, PipelineContext};
use crate::host::{GitError, Host, Repository, Var};
use crate::rules::sink::unknown_rules;
use crate::stage::pipeline::Side;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names of rules in a policy that are no rules are named up to this many.
const MAX_UNKNOWN: usize = 5;

/// Head, base and the configuration in force.
pub(super) struct Opened {
    pub(super) root: PathBuf,
    pub(super) head: Side,
    pub(super) base: Option<Side>,
    /// The target branch, where it has moved on since the change left it.
    pub(super) policy: Option<Side>,
    /// Base and head of the whole repository, where only a folder of it is judged.
    pub(super) whole: Option<(Arc<dyn Tree>, Arc<dyn Tree>)>,
    pub(super) changed_files: Option<usize>,
    pub(super) config: Config,
    pub(super) notes: Vec<String>,
}

/// The folder to judge: as named, else the repository around the current folder, else that folder.
pub(super) fn root(path: Option<&PathBuf>, host: &dyn Host) -> Result<PathBuf, CliError> {
    if let Some(path) = path {
        let root = host.current_dir().join(path);
        return match host.is_folder(&root) {
            Some(true) => Ok(root),
            Some(false) => Err(CliError::Usage {
                message: format!("{} is a file, and what is judged is a folder", path.display()),
                help: "give the folder that holds it; `--format json` says of each file what is in it"
                    .to_owned(),
            }),
            None => Err(CliError::Usage {
                message: format!("there is no folder {}", path.display()),
                help: "give a folder that is there, or none for the repository around the current folder"
                    .to_owned(),
            }),
        };
    }
    let here = host.current_dir();
    let repository = host.open_repository(&here)?;
    Ok(repository.and_then(|repository| repository.work_dir()).unwrap_or(here))
}

/// Opens head, base and configuration.
pub(super) fn open(
    settings: &Settings,
    context: &PipelineContext,
    host: &dyn Host,
) -> Result<Opened, CliError> {
    let root = root(settings.path.as_ref(), host)?;
    let repository = host.open_repository(&root)?;
    let mut notes = Vec::new();
    let git =
        repository.as_deref().map(|repository| Git { repository, below: below(repository, &root, host) });
    if settings.staged {
        return staged(settings, git.as_ref(), root, host);
    }
    let head_commit = match (&settings.head, &context.head_sha, &git) {
        (Some(revision), _, Some(git)) => Some(git.repository.resolve(revision)?),
        (None, Some(sha), Some(git)) => Some(git.repository.resolve(sha)?),
        (Some(_), _, None) => return Err(no_repository("--head", &root)),
        (None, Some(_), None) => {
            notes.push("the folder is no git checkout, so its files are judged as they are".to_owned());
            None
        }
        (None, None, _) => None,
    };
    let head = match (&head_commit, &git) {
        (Some(commit), Some(git)) => Side { name: short(commit), tree: git.tree(commit)? },
        _ => Side { name: working_tree(&root, host), tree: host.open_dir(&root)? },
    };
    let (base, base_commit, policy) =
        open_base(settings, context, git.as_ref(), head_commit.as_deref(), &root, host)?;
    let changed_files = match (&git, &base_commit, &head_commit) {
        (Some(git), Some(base), Some(head)) => Some(git.repository.changes(base, head)?.len()),
        _ => None,
    };
    let config = read_config(settings, (base.as_ref(), policy.as_ref()), &head, host, &mut notes)?;
    let whole = match (&git, &base_commit, &head_commit) {
        (Some(git), Some(base), Some(head)) if !git.below.is_root() => {
            Some((git.repository.tree(base)?, git.repository.tree(head)?))
        }
        _ => None,
    };
    Ok(Opened { root, head, base, policy, whole, changed_files, config, notes })
}

/// The index against the last commit.
fn staged(
    settings: &Settings,
    git: Option<&Git<'_>>,
    root: PathBuf,
    host: &dyn Host,
) -> Result<Opened, CliError> {
    let git = git.ok_or_else(|| no_repository("--staged", &root))?;
    // Git names another index than the usual one when only some paths are committed; relative to the working tree.
    let index = host
        .env(Var::GitIndexFile)
        .map(|index| git.repository.work_dir().unwrap_or_else(|| root.clone()).join(index));
    let tree = git.repository.staged(index.as_deref())?;
    // The first commit of a repository has nothing before it.
    let base = match git.repository.resolve("HEAD") {
        Ok(commit) => {
            let mut before = git.repository.tree(&commit)?;
            // What the other side of a merge brings was checked when it was written.
            if let Ok(other) = git.repository.resolve("MERGE_HEAD") {
                before = Arc::new(MergedTree::new(before, git.repository.tree(&other)?, &*tree));
            }
            Some(Side { name: short(&commit), tree: git.below(before) })
        }
        Err(_) => None,
    };
    let head = Side { name: "what is staged".to_owned(), tree: git.below(tree) };
    let mut notes = Vec::new();
    let config = match read_config(settings, (base.as_ref(), None), &head, host, &mut notes) {
        // Whoever mends it has to be able to commit.
        Err(CliError::Config(_)) if config_of(&*head.tree).is_ok() => config_of(&*head.tree)?,
        other => other?,
    };
    Ok(Opened { root, head, base, policy: None, whole: None, changed_files: None, config, notes })
}

struct Git<'a> {
    repository: &'a dyn Repository,
    below: RepoPath,
}

impl Git<'_> {
    fn tree(&self, commit: &str) -> Result<Arc<dyn Tree>, GitError> {
        Ok(self.below(self.repository.tree(commit)?))
    }

    /// The part of a tree that is judged.
    fn below(&self, tree: Arc<dyn Tree>) -> Arc<dyn Tree> {
        if self.below.is_root() { tree } else { Arc::new(Subtree::new(tree, self.below.clone())) }
    }
}

/// Where `root` lies inside the working tree.
pub(super) fn below(repository: &dyn Repository, root: &Path, host: &dyn Host) -> RepoPath {
    let real = host.real_path(root).unwrap_or_else(|_| root.to_owned());
    repository
        .work_dir()
        .and_then(|work_dir| RepoPath::new(real.strip_prefix(work_dir).ok()?.to_str()?))
        .unwrap_or_default()
}

/// The base, its commit, and the target branch where it is another.
type Compared = (Option<Side>, Option<String>, Option<Side>);

fn open_base(
    settings: &Settings,
    context: &PipelineContext,
    git: Option<&Git<'_>>,
    head_commit: Option<&str>,
    root: &Path,
    host: &dyn Host,
) -> Result<Compared, CliError> {
    if let Some(folder) = &settings.base_dir {
        let path = host.current_dir().join(folder);
        let side = Side { name: folder.display().to_string(), tree: host.open_dir(&path)? };
        return Ok((Some(side), None, None));
    }
    let wanted = match &settings.base {
        Some(revision) => Some(BaseRef::MergeBaseWith(revision.clone())),
        None => context.base.clone(),
    };
    let Some(wanted) = wanted else { return Ok((None, None, None)) };
    let Some(git) = git else { return Err(no_repository("--base", root)) };
    let (commit, tip) = match wanted {
        BaseRef::Commit(commit) => {
            // GitLab names the merge base; what its target branch says now is in the checkout, where it was fetched.
            let branch = context.change.as_ref().and_then(|change| change.target_branch.as_ref());
            let tip = branch
                .and_then(|branch| git.repository.resolve(&format!("refs/remotes/origin/{branch}")).ok());
            (git.repository.resolve(&commit)?, tip)
        }
        BaseRef::MergeBaseWith(revision) => {
            let other = git.repository.resolve(&revision)?;
            let head = match head_commit {
                Some(head) => head.to_owned(),
                None => git.repository.resolve("HEAD")?,
            };
            (git.repository.merge_base(&other, &head)?, Some(other))
        }
    };
    let side = Side { name: short(&commit), tree: git.tree(&commit)? };
    // Somebody may have branched off before the policy was tightened: what counts is the target branch now.
    let policy = match tip.filter(|tip| settings.base.is_none() && *tip != commit) {
        Some(tip) => Some(Side { name: short(&tip), tree: git.tree(&tip)? }),
        None => None,
    };
    Ok((Some(side), Some(commit), policy))
}

pub(super) fn no_repository(option: &str, root: &Path) -> CliError {
    CliError::Usage {
        message: format!("{option} names a git revision, but {} is not in a git repository", root.display()),
        help: "give a folder inside a repository, or compare with another folder by --base-dir".to_owned(),
    }
}

fn short(commit: &str) -> String {
    commit.get(..12).unwrap_or(commit).to_owned()
}

/// "the working tree", or the folder as seen from where the user stands.
fn working_tree(root: &Path, host: &dyn Host) -> String {
    match root.strip_prefix(host.current_dir()) {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.display().to_string(),
        _ => "the working tree".to_owned(),
    }
}

/// The policy is that of the base: a change must not loosen the rules it is judged by.
fn read_config(
    settings: &Settings,
    (base, policy): (Option<&Side>, Option<&Side>),
    head: &Side,
    host: &dyn Host,
    notes: &mut Vec<String>,
) -> Result<Config, CliError> {
    if let Some(path) = &settings.config {
        let bytes = host.read_file(&host.current_dir().join(path), config::MAX_BYTES)?;
        return parse(&path.display().to_string(), &bytes);
    }
    let read = |side: &Side| text_of_config(&*side.tree);
    let now = read(head)?;
    let Some(base) = base else {
        return config_of(&*head.tree);
    };
    let before = read(base)?;
    if before != now {
        notes.push(format!(
            "this change touches {}; it is judged by the configuration of the {}",
            config::FILE_NAME,
            if policy.is_some() { "target branch" } else { "base" }
        ));
        if let Some(bytes) = now {
            // A broken configuration must not merge, even though it is not in force yet.
            parse(config::FILE_NAME, &bytes)?;
        }
    }
    policy_of(policy.unwrap_or(base), policy.is_some(), notes)
}

/// The configuration that a change is judged by. A change cannot mend what it is judged by, so the error says whose it is; a
/// rule that this version does not know any more is no reason to stop every change.
fn policy_of(side: &Side, is_target: bool, notes: &mut Vec<String>) -> Result<Config, CliError> {
    let Some(bytes) = text_of_config(&*side.tree)? else { return Ok(Config::default()) };
    let whose = if is_target { "the target branch" } else { "the base" };
    let name = format!("{} of {whose} ({})", config::FILE_NAME, side.name);
    let config = read_as(config::FILE_NAME, &bytes).map_err(|error| match error {
        CliError::Config(mut errors) => {
            for error in &mut errors {
                error.file.clone_from(&name);
            }
            CliError::Config(errors)
        }
        other => other,
    })?;
    notes.extend(unknown_rules(&name, &config).iter().take(MAX_UNKNOWN).map(ToString::to_string));
    Ok(config)
}

/// The configuration a revision holds, checked.
pub(super) fn config_of(tree: &dyn Tree) -> Result<Config, CliError> {
    text_of_config(tree)?.map_or_else(|| Ok(Config::default()), |bytes| parse(config::FILE_NAME, &bytes))
}

fn text_of_config(tree: &dyn Tree) -> Result<Option<Arc<[u8]>>, CliError> {
    let Some(path) = RepoPath::new(config::FILE_NAME) else { return Ok(None) };
    match tree.read(&path, config::MAX_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(TreeError::Missing(_)) => Ok(None),
        Err(error) => Err(CliError::Usage {
            message: error.to_string(),
            help: format!("{} has to be a small regular file", config::FILE_NAME),
        }),
    }
}

fn parse(name: &str, bytes: &[u8]) -> Result<Config, CliError> {
    let config = read_as(name, bytes)?;
    let unknown = unknown_rules(name, &config);
    if unknown.is_empty() { Ok(config) } else { Err(CliError::Config(unknown)) }
}

fn read_as(name: &str, bytes: &[u8]) -> Result<Config, CliError> {
    let text = std::str::from_utf8(bytes).map_err(|error| CliError::Usage {
        message: format!("{name} is not UTF-8: {error}"),
        help: "save it as UTF-8".to_owned(),
    })?;
    config::parse(name, text).map_err(CliError::Config)
}
