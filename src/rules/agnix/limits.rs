//! Files that take the rules of agnix more than a moment: they are refused with one finding before it sees them.
//!
//! Some of its rules take time with the square of keys, brackets, servers or imports, and a file is anybody's. The
//! verdicts, which are linear, speak of such files all the same.

use crate::base::text::thousands;
use crate::base::{RepoPath, Severity};

use super::RawFinding;
use crate::agent::json;
use crate::agent::view::{Node, Value};

/// The longest front matter in bytes; real ones have under 4 KB.
const MAX_HEADER: usize = 64 * 1024;
/// Keys of a front matter at its outermost level.
const MAX_KEYS: usize = 500;
/// Levels of brackets, or of `- ` in one line.
const MAX_DEPTH: usize = 64;
/// Imports and mentions, `@` before a path.
const MAX_MENTIONS: usize = 2_000;
/// MCP servers of one file.
const MAX_SERVERS: usize = 500;
/// Items of one list or mapping of settings.
const MAX_ITEMS: usize = 2_000;
/// Values of one file that are read at all.
const MAX_VALUES: u64 = 100_000;
/// Settings below this size are not counted.
const SMALL: usize = 8 * 1024;

/// What is too large, the limit, and the line on which it begins.
struct Excess {
    what: String,
    limit: String,
    line: u32,
}

/// The finding about a file that is too large to be checked by agnix.
pub(super) fn refused(path: &RepoPath, text: &str) -> Option<RawFinding> {
    let excess = match path.extension() {
        Some("json" | "jsonc") => of_settings(text),
        Some("toml") => of_toml(text),
        _ => of_prose(text),
    }?;
    Some(RawFinding {
        rule: "oversized-file".to_owned(),
        severity: Severity::Error,
        message: format!(
            "the file is too large to be checked: {}, and {} are the limit",
            excess.what, excess.limit
        ),
        line: excess.line,
        column: 1,
        end_line: None,
        end_column: None,
        help: Some(
            "split it; its rules were not run, and what clients do with it was found out without them"
                .to_owned(),
        ),
        tool: None,
        clients: Vec::new(),
        value: None,
    })
}

fn excess(what: &str, found: usize, limit: usize, line: u32) -> Option<Excess> {
    let of = |number: usize| thousands(number as u64);
    (found > limit).then(|| Excess { what: format!("{} {what}", of(found)), limit: of(limit), line })
}

fn of_prose(text: &str) -> Option<Excess> {
    let header = header(text);
    excess("bytes of front matter", header.len(), MAX_HEADER, 1)
        .or_else(|| excess("keys in the front matter", keys(header), MAX_KEYS, 2))
        .or_else(|| excess("levels in the front matter", depth(header), MAX_DEPTH, 2))
        .or_else(|| excess("mentions with `@`", mentions(text), MAX_MENTIONS, 0))
}

/// What agnix takes for front matter: white space may stand before it, and anything behind its last `---`.
fn header(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let Some(rest) = text.strip_prefix("---") else { return "" };
    rest.split_once("\n---").map_or(rest, |(header, _)| header)
}

/// Lines that begin an entry of the outermost mapping.
fn keys(header: &str) -> usize {
    let begins = |line: &&str| !line.starts_with([' ', '\t', '#', '-', '\r', '\n']) && line.contains(':');
    header.lines().filter(begins).count()
}

/// How deep brackets nest, closed or not, or how many `- ` and `? ` stand at the beginning of one line. Brackets in
/// texts count too: nobody writes so many.
fn depth(header: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for byte in header.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    let of_line = |line: &str| line.split(' ').take_while(|part| matches!(*part, "-" | "?" | "")).count();
    // Indentation is limited by agnix itself, at 32 levels.
    let dashes = header.lines().filter(|line| line.contains("- ") || line.contains("? "));
    dashes
        .map(|line| {
            let indent = line.len() - line.trim_start().len();
            of_line(line).saturating_sub(indent)
        })
        .fold(deepest, usize::max)
}

/// `@` at the beginning of a word.
fn mentions(text: &str) -> usize {
    let bytes = text.as_bytes();
    let begins =
        |at: &usize| at.checked_sub(1).and_then(|at| bytes.get(at)).is_none_or(u8::is_ascii_whitespace);
    memchr::memchr_iter(b'@', bytes).filter(begins).count()
}

fn of_settings(text: &str) -> Option<Excess> {
    if text.len() < SMALL {
        return None;
    }
    // How deep JSON nests is limited by its parser, and what is no JSON is soon done with.
    let root = match json::parse(text) {
        Ok(json) => json.root,
        Err(error) if error.message.contains("values") => {
            let what = "more values than that".to_owned();
            return Some(Excess { what, limit: thousands(MAX_VALUES), line: 1 });
        }
        Err(_) => return None,
    };
    let servers = ["mcpServers", "servers", "mcp_servers", "mcp"].iter().filter_map(|key| root.get(key));
    let servers = servers.map(|servers| servers.pairs().len()).max().unwrap_or(0);
    excess("servers", servers, MAX_SERVERS, 1)
        .or_else(|| excess("items in one list or object", most_items(&root), MAX_ITEMS, 1))
}

fn most_items(root: &Node) -> usize {
    let (mut open, mut most) = (vec![root], 0);
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Sequence(items) => {
                most = most.max(items.len());
                open.extend(items);
            }
            Value::Mapping(pairs) => {
                most = most.max(pairs.len());
                open.extend(pairs.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    most
}

fn of_toml(text: &str) -> Option<Excess> {
    let tables = text.lines().filter(|line| line.trim_start().starts_with('[')).count();
    let pairs = text.lines().filter(|line| line.contains('=')).count();
    excess("tables", tables, MAX_SERVERS, 1).or_else(|| excess("lines with a value", pairs, MAX_ITEMS, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Option<String> {
        refused(&RepoPath::new(path).unwrap(), text).map(|finding| finding.message)
    }

    #[test]
    fn what_would_take_minutes_is_refused() {
        let skill = |inside: &str| format!("---\nname: pdf\ndescription: {inside}\n---\nbody\n");
        let path = "a/SKILL.md";
        assert_eq!(said(path, &skill("Reads [PDF] files. Use when: {asked}.")), None);
        assert!(said(path, &skill(&"[".repeat(40_000))).unwrap().contains("40,000 levels"));
        assert!(said(path, &skill(&"- ".repeat(400))).is_none(), "only the beginning of a line nests");
        assert!(said(path, &format!("---\n{}x\n---\n", "- ".repeat(400))).unwrap().contains("400 levels"));
        let keys = "k: v\n".repeat(20_000);
        assert!(said(path, &skill(&format!("x\n{keys}"))).unwrap().contains("bytes of front matter"));
        let keys = "k: v\n".repeat(501);
        assert!(said(path, &format!("---\n{keys}---\n")).unwrap().contains("501 keys"));
        assert!(said("CLAUDE.md", &"@a/b.md\n".repeat(3_000)).unwrap().contains("3,000 mentions"));
        assert_eq!(said("CLAUDE.md", &"a@b.c\n".repeat(3_000)), None);
    }

    #[test]
    fn settings_are_counted() {
        let servers = |count: usize| {
            let of: Vec<String> =
                (0..count).map(|number| format!("\"server{number}\":{{\"url\":\"x\"}}")).collect();
            format!("{{\"mcpServers\":{{{}}}}}", of.join(","))
        };
        assert_eq!(said(".mcp.json", &servers(500)), None);
        assert!(said(".mcp.json", &servers(501)).unwrap().contains("501 servers"));
        let twice = vec!["\"mcpServers\":{}"; 3_000].join(",");
        assert!(said(".mcp.json", &format!("{{{twice}}}")).unwrap().contains("3,000 items"));
        let many = vec!["1"; 200_000].join(",");
        assert!(
            said(".mcp.json", &format!("[{many}]"))
                .unwrap()
                .contains("more values than that, and 100,000 are the limit")
        );
        let tables = "[mcp_servers.a]\n".repeat(2_000);
        assert!(said(".codex/config.toml", &tables).unwrap().contains("2,000 tables"));
    }
}
