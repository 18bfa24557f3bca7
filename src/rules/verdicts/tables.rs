//! Which rules of agnix speak of the parts of a file that the verdicts speak of.

/// The parts of a file that rules are about, in the words of rulings. The verdicts settle how grave such a finding is.
const ABOUT: [(&str, &[&str]); 23] = [
    ("AS-001", &["header", "file"]),
    ("AS-002", &["name"]),
    ("AS-003", &["description"]),
    ("AS-004", &["name"]),
    ("AS-005", &["name"]),
    ("AS-006", &["name"]),
    ("AS-008", &["description"]),
    ("AS-009", &["description"]),
    ("AS-011", &["compatibility"]),
    ("AS-016", &["header", "file", "name", "description"]),
    ("AS-017", &["name"]),
    ("CC-SK-004", &["agent"]),
    ("CC-SK-022", &["name"]),
    ("CC-SK-030", &["name"]),
    ("CC-SK-031", &["name", "description"]),
    ("CC-AG-001", &["name"]),
    ("CC-AG-002", &["description"]),
    ("CC-AG-006", &["tools"]),
    ("CC-AG-007", &["header", "name", "description"]),
    ("CC-AG-011", &["hooks"]),
    ("CC-AG-020", &["name"]),
    ("MCP-007", &["header"]),
    ("COP-035", &["wrapper"]),
];

/// Rules that say what a ruling says, as gravely as they say it: the values of keys, which are dropped.
const SAID: [(&str, &[&str]); 28] = [
    ("CC-AG-003", &["model"]),
    ("CC-AG-004", &["permissionMode"]),
    ("CC-AG-008", &["memory"]),
    ("CC-AG-014", &["effort"]),
    ("CC-AG-015", &["isolation"]),
    ("CC-AG-017", &["maxTurns"]),
    ("CC-AG-019", &["keys"]),
    ("CC-PL-014", &["hooks", "mcpServers", "permissionMode"]),
    ("CC-SK-001", &["model"]),
    ("CC-SK-002", &["context"]),
    ("CC-SK-005", &["agent"]),
    ("CC-SK-014", &["disable-model-invocation"]),
    ("CC-SK-015", &["user-invocable"]),
    ("CC-SK-018", &["effort"]),
    ("CC-SK-019", &["paths"]),
    ("CC-SK-020", &["shell"]),
    ("CC-MCP-004", &["alwaysLoad"]),
    ("CDX-004", &["other servers"]),
    ("GM-014", &["server", "server type"]),
    ("KR-MCP-001", &["server"]),
    ("KR-MCP-004", &["url"]),
    ("KR-MCP-005", &["duplicate server"]),
    ("KR-MCP-007", &["server"]),
    ("MCP-023", &["duplicate server"]),
    ("OC-CFG-006", &["server"]),
    ("OC-CFG-007", &["server"]),
    ("ignored-timeout", &["timeout"]),
    ("invalid-utf8", &["file"]),
];

/// Rules of agnix about single servers. Where the verdicts say which servers are left out and why, those go before
/// them: they name every server and every fault.
pub(super) const OF_SERVERS: [&str; 7] =
    ["MCP-009", "MCP-010", "MCP-011", "MCP-022", "MCP-024", "CC-MCP-005", "CDX-CFG-009"];
/// Rules about keys of a header that is not there: one finding says that.
pub(super) const OF_KEYS: [&str; 2] = ["CC-AG-001", "CC-AG-002"];
/// Parts of a file that no other rule watches: read otherwise than they stand, they are a finding.
const WATCHED: [&str; 41] = [
    "header",
    "file",
    "name",
    "description",
    "when_to_use",
    "comment",
    "duplicate key",
    "duplicate server",
    "other servers",
    "server name",
    "server type",
    "server keys",
    "disabled",
    "url",
    "oauth",
    "mcpServers",
    "defaultMode",
    "env",
    "permissions",
    "model",
    "tools",
    "disallowedTools",
    "skills",
    "hooks",
    "initialPrompt",
    "maxTurns",
    "background",
    "omitClaudeMd",
    "permissionMode",
    "memory",
    "effort",
    "isolation",
    "allowed-tools",
    "disallowed-tools",
    "paths",
    "context",
    "shell",
    "agent",
    "disable-model-invocation",
    "user-invocable",
    "arguments",
];
/// Keys that decide what runs, as what and for how long. A value of theirs that is dropped is an error, as it is where
/// a rule of agnix finds it.
const DECIDE: [&str; 12] = [
    "permissionMode",
    "defaultMode",
    "memory",
    "effort",
    "isolation",
    "maxTurns",
    "background",
    "omitClaudeMd",
    "context",
    "shell",
    "disable-model-invocation",
    "user-invocable",
];

fn of(table: &[(&str, &'static [&'static str])], rule: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(name, _)| *name == rule).map(|(_, about)| *about)
}

/// The parts that a rule is about whose gravity the verdicts settle.
pub(super) fn about(rule: &str) -> Option<&'static [&'static str]> {
    of(&ABOUT, rule)
}

/// The parts that a rule is about and settles itself.
pub(super) fn said(rule: &str) -> Option<&'static [&'static str]> {
    of(&SAID, rule)
}

/// True for a part that is a finding when a client reads it otherwise than it stands.
pub(super) fn is_watched(about: &str) -> bool {
    WATCHED.contains(&about)
}

/// True for a key whose value may not be dropped in silence.
pub(super) fn decides(about: &str) -> bool {
    DECIDE.contains(&about)
}
