//! A secret that is handed to a server which is installed in whatever version is newest: the next version has it too.
//!
//! A note, since `MCP-027` says of each such server that it needs a version; this says which should get one first.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::agent::view::Node;
use crate::base::{Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "secret-to-unpinned-server",
    summary: "A secret is handed to an MCP server that is installed without a version",
    severity: Severity::Info,
    source: "https://owasp.org/www-project-top-10-for-large-language-model-applications/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"files-server\"], \"env\": {\"AWS_SECRET_ACCESS_KEY\": \"${AWS_SECRET_ACCESS_KEY}\"}}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"files-server@1.2.3\"], \"env\": {\"AWS_SECRET_ACCESS_KEY\": \"${AWS_SECRET_ACCESS_KEY}\"}}, \"plain\": {\"command\": \"npx\", \"args\": [\"-y\", \"plain-server\"], \"env\": {\"LOG_LEVEL\": \"debug\", \"MAX_TOKENS\": \"100\"}}}}")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    super::servers(view)
        .into_iter()
        .filter_map(|server| {
            let (_, package) = super::package(server.entry)?;
            let local = package.starts_with(['.', '/', '$', '~']) || package.contains("://") || package.starts_with("file:");
            if local || super::is_pinned(package) {
                return None;
            }
            let environment = server.entry.get("env").map(Node::pairs).unwrap_or_default();
            let (key, _) = environment.iter().find(|(key, _)| key.text().is_some_and(is_secret))?;
            let message = format!(
                "`{}` goes to `{}` in whatever version is newest at every start",
                super::shown(key.text().unwrap_or("")),
                super::shown(super::without_version(package))
            );
            Some(rule.finding(view.at(key.span), message).with_help("name the version that you have looked at"))
        })
        .collect()
}

/// True for the name of a variable that holds a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let ends = ["_TOKEN", "_SECRET", "_PASSWORD", "_API_KEY", "_APIKEY", "_ACCESS_KEY", "_PRIVATE_KEY", "_PAT", "_CREDENTIALS", "_SERVICE_KEY"];
    let whole = ["TOKEN", "SECRET", "PASSWORD", "API_KEY", "APIKEY", "DATABASE_URL", "SSH_AUTH_SOCK"];
    whole.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end))
}
