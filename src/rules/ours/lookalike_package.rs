//! An MCP server from a package that is called nearly as a well-known one: one letter more, less, other or swapped, or a
//! letter of another script.
//!
//! The list is short on purpose: packages that the documentation of clients and vendors tells people to install.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};
use crate::rules::lookalikes::plain;

pub(super) static RULE: Rule = Rule {
    id: "lookalike-package",
    summary: "An MCP server is installed from a package that is called nearly as a well-known one",
    severity: Severity::Warning,
    source: "https://genai.owasp.org/llmrisk/llm032025-supply-chain/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"@modelcontextprotocol/server-filesytem@2025.8.21\", \"./data\"]}}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"git\": {\"command\": \"npx\", \"args\": [\"-y\", \"@modelcontextprotocl/server-github@2025.4.8\"]}}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"git\": {\"command\": \"uvx\", \"args\": [\"mcp-server-f\u{435}tch==2025.4.7\"]}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"@modelcontextprotocol/server-filesystem@2025.8.21\", \"./data\"]}, \"own\": {\"command\": \"npx\", \"args\": [\"@example/filesystem-server@1.0.0\"]}, \"gist\": {\"command\": \"uvx\", \"args\": [\"mcp-server-gist==1.0.0\"]}}}")]),
    ],
    check: Check::File(check),
};

/// As their vendors write them: <https://github.com/modelcontextprotocol/servers>, and the pages of each vendor.
const KNOWN: [&str; 54] = [
    "@modelcontextprotocol/inspector",
    "@modelcontextprotocol/server-brave-search",
    "@modelcontextprotocol/server-everything",
    "@modelcontextprotocol/server-filesystem",
    "@modelcontextprotocol/server-gdrive",
    "@modelcontextprotocol/server-github",
    "@modelcontextprotocol/server-gitlab",
    "@modelcontextprotocol/server-google-maps",
    "@modelcontextprotocol/server-memory",
    "@modelcontextprotocol/server-postgres",
    "@modelcontextprotocol/server-puppeteer",
    "@modelcontextprotocol/server-redis",
    "@modelcontextprotocol/server-sequential-thinking",
    "@modelcontextprotocol/server-slack",
    "mcp-server-fetch",
    "mcp-server-git",
    "mcp-server-sqlite",
    "mcp-server-time",
    "mcp-server-qdrant",
    "mcp-remote",
    "@azure/mcp",
    "@brave/brave-search-mcp-server",
    "@browserbasehq/mcp",
    "@browserbasehq/mcp-server-browserbase",
    "@browsermcp/mcp",
    "@cloudflare/mcp-server-cloudflare",
    "@elastic/mcp-server-elasticsearch",
    "@executeautomation/playwright-mcp-server",
    "@gongrzhe/server-gmail-autoauth-mcp",
    "@neondatabase/mcp-server-neon",
    "@notionhq/notion-mcp-server",
    "@playwright/mcp",
    "@sentry/mcp-server",
    "@stripe/mcp",
    "@supabase/mcp-server-supabase",
    "@upstash/context7-mcp",
    "@wonderwhy-er/desktop-commander",
    "chrome-devtools-mcp",
    "duckduckgo-mcp-server",
    "exa-mcp-server",
    "figma-developer-mcp",
    "firecrawl-mcp",
    "kubernetes-mcp-server",
    "mcp-atlassian",
    "mcp-server-kubernetes",
    "mongodb-mcp-server",
    "postgres-mcp",
    "postmark-mcp",
    "tavily-mcp",
    "task-master-ai",
    "awslabs.aws-documentation-mcp-server",
    "awslabs.core-mcp-server",
    "markitdown-mcp",
    "n8n-mcp",
];

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    super::servers(view)
        .into_iter()
        .filter_map(|server| {
            let (node, package) = super::package(server.entry)?;
            let name = super::without_version(package);
            let known = resembled(&name.to_lowercase())?;
            let message = format!("`{}` is called nearly as the well-known `{known}`, and is another package", super::shown(name));
            let help = format!("install `{known}` if that is meant; else ignore this with the reason");
            Some(rule.finding(view.at(node.span), message).with_help(help))
        })
        .collect()
}

/// The well-known package that a name resembles without being one.
fn resembled(name: &str) -> Option<&'static str> {
    // PyPI takes `-`, `_` and `.` for one.
    let same = |known: &str| known == name || known.replace(['_', '.'], "-") == name.replace(['_', '.'], "-");
    if KNOWN.iter().any(|known| same(known)) {
        return None;
    }
    let spelled = plain(name);
    KNOWN.into_iter().find(|known| (spelled != name && spelled == *known) || is_near(&spelled, known))
}

/// True for names that differ in one letter of a part that is long enough to be misread.
fn is_near(name: &str, known: &str) -> bool {
    let ((scope, rest), (known_scope, known_rest)) =
        (name.rsplit_once('/').unwrap_or(("", name)), known.rsplit_once('/').unwrap_or(("", known)));
    match (scope == known_scope, rest == known_rest) {
        (true, false) => is_long(known_rest) && is_one_off(rest, known_rest),
        (false, true) => is_long(known_scope) && is_one_off(scope, known_scope),
        _ => false,
    }
}

/// What is left of a name without the words that they all have.
fn is_long(part: &str) -> bool {
    let own: usize = part.trim_start_matches('@').split(['-', '.']).filter(|word| !matches!(*word, "mcp" | "server")).map(str::len).sum();
    own >= 5
}

/// One letter inserted, left out, replaced by another, or two neighbours swapped. Digits do not count: `v2` is another
/// package of the same people.
fn is_one_off(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let alike = one.iter().zip(&other).take_while(|(this, that)| this == that).count();
    let (one, other) = (one.get(alike..).unwrap_or(&[]), other.get(alike..).unwrap_or(&[]));
    let alike = one.iter().rev().zip(other.iter().rev()).take_while(|(this, that)| this == that).count();
    let (one, other) =
        (one.get(..one.len() - alike).unwrap_or(&[]), other.get(..other.len() - alike).unwrap_or(&[]));
    match (one, other) {
        ([this], [that]) => this.is_alphabetic() && that.is_alphabetic(),
        ([more], []) | ([], [more]) => more.is_alphabetic() || *more == '-',
        ([first, second], _) => other == [*second, *first],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_one_letter() {
        for bad in ["chrome-devtool-mcp", "chrome-devtoosl-mcp", "tavliy-mcp", "firecrawll-mcp", "@notion-hq/notion-mcp-server", "@playwrihgt/mcp"] {
            assert!(resembled(bad).is_some(), "{bad}");
        }
        for fine in ["mcp-server-gist", "mcp_server_fetch", "@stripe/mcp2", "n8-mcp", "exa-mcp-server", "postgres-mcp", "@playwright/mcps", "mcp-server-timer"] {
            assert_eq!(resembled(fine), None, "{fine}");
        }
    }

    #[test]
    fn no_two_of_the_list_resemble_each_other() {
        for known in KNOWN {
            assert_eq!(resembled(known), None);
            let others = KNOWN.iter().filter(|other| **other != known);
            assert!(!others.clone().any(|other| is_near(known, other)), "{known}");
        }
    }
}
