//! What was meant: arguments first, then the environment, then defaults.

use super::args::{InputArgs, Post, ReportArgs};
use super::error::CliError;
use crate::base::Client;
use crate::cost::prices::overrides::Overrides;
use crate::host::{Host, Var};
use std::path::PathBuf;

/// Everything `run` needs to know, resolved.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Folder to judge, as named; `None` for the repository around the current folder.
    pub(super) path: Option<PathBuf>,
    /// Revision to compare with, as named on the command line or in the environment.
    pub(super) base: Option<String>,
    /// Folder to compare with.
    pub(super) base_dir: Option<PathBuf>,
    /// Revision to judge.
    pub(super) head: Option<String>,
    /// The index is judged, against the last commit.
    pub(super) staged: bool,
    /// Clients, as named.
    pub(super) clients: Vec<Client>,
    /// Prices, as named.
    pub(super) prices: Overrides,
    /// Configuration file, as named.
    pub(super) config: Option<PathBuf>,
    /// Folder for cached results; `None` for no cache.
    pub(super) cache_dir: Option<PathBuf>,
    /// Folder for report files.
    pub(super) report_dir: Option<PathBuf>,
    /// File for the records of decisions.
    pub(super) audit_log: Option<PathBuf>,
    /// Whether to post.
    pub(super) post: Post,
}

impl Settings {
    /// Resolves arguments and environment.
    pub(super) fn new(
        path: Option<&PathBuf>,
        input: &InputArgs,
        report: &ReportArgs,
        host: &dyn Host,
    ) -> Result<Self, CliError> {
        let env_path = |var| host.env(var).map(PathBuf::from);
        Ok(Self {
            path: path.cloned().or_else(|| env_path(Var::Path)),
            base: input.base.clone().or_else(|| {
                (input.base_dir.is_none() && !input.staged).then(|| host.env(Var::Base)).flatten()
            }),
            base_dir: input.base_dir.clone(),
            head: input.head.clone().or_else(|| if input.staged { None } else { host.env(Var::Head) }),
            staged: input.staged,
            clients: if input.clients.is_empty() { clients_from_env(host)? } else { input.clients.clone() },
            prices: typed_prices(&input.prices)?,
            config: input.config.clone().or_else(|| env_path(Var::Config)),
            cache_dir: (!input.no_cache)
                .then(|| {
                    input
                        .cache_dir
                        .clone()
                        .or_else(|| env_path(Var::CacheDir))
                        .or_else(|| default_cache(host))
                })
                .flatten(),
            report_dir: report.report_dir.clone().or_else(|| env_path(Var::ReportDir)),
            audit_log: report.audit_log.clone().or_else(|| env_path(Var::AuditLog)),
            post: match report.post {
                Some(post) => post,
                None => post_from_env(host)?,
            },
        })
    }
}

/// `--price MODEL.KIND=USD`.
pub(super) fn typed_prices(flags: &[String]) -> Result<Overrides, CliError> {
    Overrides::from_flags(flags.iter().map(String::as_str)).map_err(|errors| CliError::Usage {
        message: errors.join("\n"),
        help: "rates are US dollars per million tokens, such as --price claude-sonnet-5-5.input=1.8"
            .to_owned(),
    })
}

pub(super) fn clients_from_env(host: &dyn Host) -> Result<Vec<Client>, CliError> {
    let names = host.env(Var::Clients).unwrap_or_default();
    names
        .split([',', ' ', '\n'])
        .filter(|name| !name.is_empty())
        .map(|name| {
            Client::from_name(name).ok_or_else(|| CliError::Usage {
                message: format!("{} names `{name}`, which is no client", Var::Clients.name()),
                help: format!(
                    "known are {}",
                    Client::ALL.iter().map(|client| client.name()).collect::<Vec<_>>().join(", ")
                ),
            })
        })
        .collect()
}

fn post_from_env(host: &dyn Host) -> Result<Post, CliError> {
    match host.env(Var::Post).as_deref() {
        None | Some("auto") => Ok(Post::Auto),
        Some("never") => Ok(Post::Never),
        Some(other) => Err(CliError::Usage {
            message: format!("{} is `{other}`", Var::Post.name()),
            help: "it may be `auto` or `never`".to_owned(),
        }),
    }
}

/// On a laptop results are kept in the user's cache folder. In CI only where the job says so: what restores a
/// cache folder there decides who can write to it.
pub(super) fn default_cache(host: &dyn Host) -> Option<PathBuf> {
    if host.env(Var::Ci).is_some() {
        return None;
    }
    let root = host
        .env(Var::XdgCacheHome)
        .map(PathBuf::from)
        .or_else(|| host.env(Var::Home).map(|home| PathBuf::from(home).join(".cache")))?;
    Some(root.join("weighbridge"))
}
