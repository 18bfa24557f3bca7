//! What several rules look at: servers of a file, items and texts of a value, whose file it is.

use crate::agent::view::{FileView, Node, Value};
use crate::base::{Client, RepoPath};

/// Text of a file, shortened and made visible, for a message.
pub(super) fn shown(text: &str) -> String {
    crate::base::text::visible(&crate::base::text::truncate_end(text, 60))
}

/// A server as a file configures it.
pub(super) struct Server<'a> {
    pub(super) name: &'a str,
    pub(super) key: &'a Node,
    pub(super) entry: &'a Node,
}

/// Servers of one file that are looked at.
const MAX_SERVERS: usize = 200;

/// The servers of a file, whatever its client calls them.
pub(super) fn servers<'a>(view: &'a FileView<'_>) -> Vec<Server<'a>> {
    let Some(root) = view.settings() else { return Vec::new() };
    let map = ["mcpServers", "servers", "mcp_servers"].iter().find_map(|key| root.get(key));
    let single = map
        .is_none()
        .then(|| root.pairs().iter().find(|(key, _)| key.text() == Some("configuration")))
        .flatten();
    map.map(Node::pairs)
        .unwrap_or_default()
        .iter()
        .chain(single)
        .take(MAX_SERVERS)
        .filter(|(_, entry)| matches!(entry.value, Value::Mapping(_)))
        .map(|(key, entry)| Server { name: key.text().unwrap_or(""), key, entry })
        .collect()
}

/// The servers of a file that Claude Code reads; none of another.
pub(super) fn servers_of_claude_code<'a>(view: &'a FileView<'_>) -> Vec<Server<'a>> {
    if view.path.name() == ".mcp.json" { servers(view) } else { Vec::new() }
}

/// The items of a list.
pub(super) fn items(node: &Node) -> impl Iterator<Item = &Node> {
    match &node.value {
        Value::Sequence(items) => items.iter(),
        _ => [].iter(),
    }
}

/// The texts of a value: itself, its items, or its values.
pub(super) fn texts(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Scalar { .. } => vec![node],
        Value::Sequence(items) => items.iter().collect(),
        Value::Mapping(pairs) => pairs.iter().map(|(_, value)| value).collect(),
        Value::Alias => Vec::new(),
    }
}

/// The client whose rules hold in a list of MCP servers.
pub(super) fn client_of(path: &RepoPath) -> Option<Client> {
    let ends = |name: &str| path.as_str() == name || path.as_str().ends_with(&format!("/{name}"));
    [
        (".cursor/mcp.json", Client::Cursor),
        (".vscode/mcp.json", Client::Copilot),
        (".codex/config.toml", Client::Codex),
        (".mcp.json", Client::ClaudeCode),
    ]
    .into_iter()
    .find(|(name, _)| ends(name))
    .map(|(_, client)| client)
}

/// `1 character`, `3 characters`.
pub(super) fn characters(count: usize) -> String {
    crate::base::text::plural(count, "character", "characters")
}

/// True for files that only show something: fixtures, samples, templates.
pub fn is_sample(path: &RepoPath) -> bool {
    path.parent().parts().any(|part| {
        matches!(
            part,
            "fixtures"
                | "testdata"
                | "test-data"
                | "__fixtures__"
                | "samples"
                | "examples"
                | "example"
                | "templates"
                | "tests"
                | "test"
        )
    })
}

/// Deeper values are not looked at.
const MAX_DEPTH: usize = 20;

/// Every text of a file of settings, but for what lies below some keys: what is forbidden there is named there too.
pub(super) fn all_texts<'a>(root: &'a Node, but: &[&str]) -> Vec<&'a Node> {
    let (mut found, mut open) = (Vec::new(), vec![(root, 0)]);
    while let Some((node, depth)) = open.pop() {
        if node.text().is_some() {
            found.push(node);
        }
        if depth < MAX_DEPTH {
            let inner = node.pairs().iter().rev();
            let wanted = inner.filter(|(key, _)| !key.text().is_some_and(|key| but.contains(&key)));
            open.extend(wanted.map(|(_, value)| (value, depth + 1)));
            open.extend(items(node).collect::<Vec<_>>().into_iter().rev().map(|value| (value, depth + 1)));
        }
    }
    found
}

/// The scheme and the host of an address, in small letters; the host of IPv6 keeps its brackets.
pub(super) fn scheme_and_host(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let host = match authority.find(']') {
        Some(end) if authority.starts_with('[') => authority.get(..=end)?,
        _ => authority.split(':').next()?,
    };
    (!host.is_empty()).then(|| (scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// The address of a host that is written as a number and is reachable from everywhere.
pub(super) fn is_public_number(host: &str) -> bool {
    use std::net::IpAddr;
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let shared = matches!(ip.octets(), [100, 64..=127, ..]);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared)
        }
        Ok(IpAddr::V6(ip)) => {
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
        Err(_) => false,
    }
}

/// True for a host of this machine or of a network that is not the internet.
pub(super) fn is_near(host: &str) -> bool {
    let number = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let ends =
        ["localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".svc", ".intranet", ".corp"];
    if number {
        return !is_public_number(host);
    }
    // One word is a name of a network of containers; a variable may be anything.
    !host.contains('.') || host.contains(['$', '{', '<', '%']) || ends.iter().any(|end| host.ends_with(end))
}

/// How programs are called that fetch a package and run it.
const RUNNERS: [&str; 6] = ["npx", "bunx", "pnpx", "uvx", "pnpm", "yarn"];

/// The package that a server installs when it starts, and where it is named: `npx -y PACKAGE`, `uvx PACKAGE`,
/// `uvx --from PACKAGE`, `pnpm dlx PACKAGE`, `pipx run PACKAGE`, and the same behind `cmd /c`.
pub(super) fn package<'a>(entry: &'a Node) -> Option<(&'a Node, &'a str)> {
    let program = |text: &'a str| {
        text.rsplit(['/', '\\']).next().unwrap_or("").trim_end_matches(".exe").trim_end_matches(".cmd")
    };
    let command = entry.get("command").filter(|node| node.text().is_some());
    let words: Vec<(&Node, &str)> = command
        .into_iter()
        .chain(entry.get("args").into_iter().flat_map(items))
        .filter_map(|node| Some((node, node.text()?)))
        .collect();
    let start = words
        .iter()
        .take(4)
        .position(|(_, word)| RUNNERS.contains(&program(word)) || program(word) == "pipx")?;
    let runner = program(words.get(start)?.1);
    let mut rest = words.get(start + 1..)?.iter().copied().peekable();
    if matches!(runner, "pnpm" | "yarn" | "pipx") {
        rest.next().filter(|(_, word)| matches!(*word, "dlx" | "run" | "exec"))?;
    }
    while let Some((node, word)) = rest.next() {
        if let Some(package) =
            ["--package=", "--from=", "-p="].iter().find_map(|option| word.strip_prefix(option))
        {
            return Some((node, package));
        }
        match word {
            "--package" | "--from" | "-p" => return rest.next(),
            // Options of uvx that have a value.
            "--with" | "--python" | "--index-url" | "--registry" | "--spec" => {
                rest.next();
            }
            _ if word.starts_with('-') => {}
            _ => return Some((node, word)),
        }
    }
    None
}

/// A package without its version: `name`, `@scope/name`.
pub(super) fn without_version(package: &str) -> &str {
    let scoped = usize::from(package.starts_with('@'));
    let end = package
        .get(scoped..)
        .and_then(|rest| rest.find(['@', '=', '<', '>', '~', '!', '[']))
        .map(|at| at + scoped);
    package.get(..end.unwrap_or(package.len())).unwrap_or(package)
}

/// True for a package with one version: `package@1.2.3`, `package==1.2.3`.
pub(super) fn is_pinned(package: &str) -> bool {
    let version = package.get(without_version(package).len()..).unwrap_or("").trim_start_matches(['@', '=']);
    version.split('.').count() >= 3
        && version
            .split(['.', '-', '+'])
            .take(3)
            .all(|part| part.chars().all(|c| c.is_ascii_digit()) && !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_near_or_far() {
        let host = |url: &str| scheme_and_host(url).unwrap().1;
        assert_eq!(host("HTTPS://user:pass@Mcp.Example.com:8443/x?y"), "mcp.example.com");
        assert_eq!(host("http://[::1]:80/x"), "[::1]");
        for near in [
            "http://localhost:1",
            "http://10.0.0.4",
            "http://db:5432",
            "http://x.local",
            "http://[fd00::1]/",
            "http://${HOST}/x",
        ] {
            assert!(is_near(&host(near)), "{near}");
        }
        for far in ["http://example.com", "http://203.0.113.7", "http://[2001:db8::1]/"] {
            assert!(!is_near(&host(far)), "{far}");
        }
        assert!(scheme_and_host("no address").is_none() && scheme_and_host("x://").is_none());
    }

    #[test]
    fn packages_are_found_behind_their_runners() {
        let of = |text: &str| {
            let json = crate::agent::json::parse(text).unwrap();
            package(&json.root).map(|(_, package)| package.to_owned())
        };
        for (text, wanted) in [
            ("{\"command\": \"npx\", \"args\": [\"-y\", \"@a/b@1.2.3\", \"/srv\"]}", Some("@a/b@1.2.3")),
            ("{\"command\": \"cmd\", \"args\": [\"/c\", \"npx.cmd\", \"b\"]}", Some("b")),
            (
                "{\"command\": \"uvx\", \"args\": [\"--with\", \"x\", \"--from\", \"b==1.0\", \"run\"]}",
                Some("b==1.0"),
            ),
            ("{\"command\": \"npx\", \"args\": [\"--package=b\", \"c\"]}", Some("b")),
            ("{\"command\": \"pnpm\", \"args\": [\"dlx\", \"b\"]}", Some("b")),
            ("{\"command\": \"pnpm\", \"args\": [\"start\"]}", None),
            ("{\"command\": \"node\", \"args\": [\"npx.js\"]}", None),
            ("{\"url\": \"https://x.example\"}", None),
        ] {
            assert_eq!(of(text).as_deref(), wanted, "{text}");
        }
        assert_eq!(
            (without_version("@a/b@1"), without_version("a-b[x]>=2"), without_version("a")),
            ("@a/b", "a-b", "a")
        );
        assert!(is_pinned("@a/b@1.2.3") && is_pinned("a==1.2.3") && is_pinned("a@1.2.3-rc.1"));
        assert!(!is_pinned("a") && !is_pinned("a@latest") && !is_pinned("a@^1.2.3") && !is_pinned("a@1"));
    }
}
