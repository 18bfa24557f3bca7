//! One agent configuration file: what it declares, with positions, and the parts of it that clients see.

use super::front_matter::{self, Header, Split};
use super::kind::Kind;
use super::markdown::{self, Mention};
use crate::base::{BlobId, LineIndex, Position, RepoPath, Span};
use crate::config::yaml::{Node, Value, YamlError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A file as the rest of the program knows it; its text has been dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFile {
    /// Where.
    pub path: RepoPath,
    /// The file whose content it shows, when it is a link.
    pub link: Option<RepoPath>,
    /// What.
    pub kind: Kind,
    /// Git blob id, hexadecimal.
    pub id: String,
    /// Bytes.
    pub bytes: u64,
    /// Line breaks.
    pub lines: u64,
    /// True when the body is nothing but white space.
    pub blank: bool,
    /// What the front matter or the document declares.
    pub declares: Declares,
    /// The parts a client may send to a model, in order.
    pub parts: Vec<PartName>,
}

/// What a file declares, as far as loading and weighing need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declares {
    /// How the front matter reads.
    pub header: HeaderState,
    /// `name`.
    pub name: Option<String>,
    /// Where it stands.
    pub name_span: Option<Span>,
    /// Characters of `description` (and `when_to_use`).
    pub description_chars: Option<u64>,
    /// `model`.
    pub model: Option<String>,
    /// Globs that limit the file to some paths: `paths`, `globs`, `applyTo`.
    pub globs: Option<Vec<String>>,
    /// `alwaysApply: true`.
    pub always_apply: bool,
    /// `disable-model-invocation: true`: no listing entry.
    pub hidden_from_model: bool,
    /// `trigger` or `inclusion`: how Windsurf and Kiro load a rule.
    pub trigger: Option<String>,
    /// `@path` imports.
    pub imports: Vec<Import>,
    /// `version` of a plugin.
    pub version: Option<String>,
    /// Names of MCP servers that it configures.
    pub servers: Vec<String>,
    /// Names of MCP servers that a sub-agent asks for, and where.
    pub wanted_servers: Vec<(String, Span)>,
}

/// How the front matter of a file reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeaderState {
    /// No front matter, or the kind of file has none.
    #[default]
    Absent,
    /// A mapping.
    Read,
    /// Present and unreadable.
    Broken,
    /// No YAML, but readable for clients that put quotes where they are missing.
    Repaired,
}

/// An `@path` import and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The path as written.
    pub target: String,
    /// Where.
    pub span: Span,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartName {
    /// Everything, as it stands.
    Whole,
    /// Name and description as a client lists them.
    Listing,
    /// Everything after the front matter.
    Body,
}

impl PartName {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Listing => "listing entry",
            Self::Body => "body",
        }
    }
}

/// Descriptions are cut at this many characters in Claude Code's listing.
///
/// Source: Claude Code documentation, "skills": `skillListingMaxDescChars`, default 1,536.
pub const LISTING_CHARS: usize = 1536;

/// What is wrong with a file before any rule looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes are not UTF-8.
    InvalidUtf8 {
        /// Bytes before the first bad one.
        offset: usize,
        /// The same as a position.
        at: Position,
    },
    /// There is a NUL byte.
    NulByte {
        /// Where the first one is.
        at: Position,
    },
    /// A settings file is not YAML.
    UnreadableYaml {
        /// What the parser says.
        message: String,
        /// Where.
        at: Position,
    },
    /// A key stands twice in one mapping.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where the second stands.
        span: Span,
    },
    /// The file is larger than is read.
    TooLarge {
        /// Bytes.
        size: u64,
        /// Limit in bytes.
        limit: u64,
    },
    /// A link that is not followed.
    RefusedLink {
        /// Why.
        reason: String,
    },
    /// The world refused.
    Unreadable {
        /// What it said.
        reason: String,
    },
}

/// A file that has been read.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// What it declares.
    pub file: AgentFile,
    /// Its text, unless it is not UTF-8.
    pub text: Option<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Its front matter.
    pub header: Header,
    /// Where that begins and ends.
    pub split: Split,
    /// The entry in which clients list it.
    listing: Option<String>,
}

impl ReadFile {
    /// Where and why a YAML parser cannot read its front matter.
    pub const fn broken_header(&self) -> Option<&YamlError> {
        match &self.header {
            Header::Broken(error) | Header::Repaired(_, error) => Some(error),
            _ => None,
        }
    }

    /// The text of a part as a client sends it to a model.
    pub fn part(&self, part: PartName) -> Cow<'_, str> {
        let text = self.text.as_deref().unwrap_or("");
        match part {
            PartName::Whole if self.file.kind == Kind::ClaudeMd => markdown::without_block_comments(text),
            PartName::Whole => text.into(),
            PartName::Body => text.get(self.split.body..).unwrap_or("").into(),
            PartName::Listing => self.listing.as_deref().unwrap_or("").into(),
        }
    }
}

/// Reads one file. Never fails: what is wrong with it comes back as faults.
pub fn read(path: &RepoPath, kind: Kind, id: BlobId, bytes: &[u8]) -> ReadFile {
    let mut faults = Vec::new();
    let text = decode(bytes, &mut faults);
    let text_ref = text.as_deref().unwrap_or("");
    let file = AgentFile {
        path: path.clone(),
        link: None,
        kind,
        id: id.to_string(),
        bytes: bytes.len() as u64,
        lines: memchr::memchr_iter(b'\n', text_ref.as_bytes()).count() as u64,
        blank: text_ref.trim().is_empty(),
        declares: Declares::default(),
        parts: Vec::new(),
    };
    let split = Split { header: None, body: 0, unclosed: false };
    let mut read = ReadFile { file, text: None, faults, header: Header::Absent, split, listing: None };
    if text.is_some() {
        describe(&mut read, text_ref);
    }
    read.text = text;
    read
}

fn decode(bytes: &[u8], faults: &mut Vec<Fault>) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            if let Some(at) = text.find('\0') {
                faults.push(Fault::NulByte { at: LineIndex::new(text).position(at) });
            }
            Some(text.to_owned())
        }
        Err(error) => {
            let offset = error.valid_up_to();
            let before = String::from_utf8_lossy(bytes.get(..offset).unwrap_or(&[])).into_owned();
            faults.push(Fault::InvalidUtf8 { offset, at: LineIndex::new(&before).position(before.len()) });
            None
        }
    }
}

fn describe(read: &mut ReadFile, text: &str) {
    let file = &mut read.file;
    match file.kind {
        Kind::Mcp => file.declares.servers = servers(text),
        Kind::ModelOverrides | Kind::BudgetLimits => check_yaml(text, &mut read.faults),
        Kind::Settings | Kind::Hooks | Kind::Plugin | Kind::Marketplace => {
            file.declares.model = settings_text(&file.path, text, "model");
            if file.kind == Kind::Plugin {
                file.declares.version = settings_text(&file.path, text, "version");
            }
        }
        kind if kind.is_prose() => {
            let (header, split) = front_matter::read(text);
            declare(&mut file.declares, &header);
            if file.kind == Kind::SubAgent {
                file.declares.wanted_servers = wanted_servers(&header);
            }
            file.blank = text.get(split.body..).unwrap_or("").trim().is_empty();
            if matches!(kind, Kind::ClaudeMd | Kind::AgentsMd | Kind::ClaudeRule | Kind::Imported) {
                file.declares.imports = markdown::mentions(text).into_iter().map(Import::from).collect();
            }
            file.parts = match kind {
                Kind::Skill | Kind::SubAgent | Kind::Command => vec![PartName::Listing, PartName::Body],
                Kind::ClaudeRule | Kind::CopilotInstructions | Kind::CursorRule | Kind::ClientRule => {
                    vec![PartName::Body]
                }
                _ => vec![PartName::Whole],
            };
            if file.parts.contains(&PartName::Listing) {
                read.listing = Some(listing(file, &header));
            }
            (read.header, read.split) = (header, split);
        }
        _ => {}
    }
}

/// The entry in which a client lists a skill, command or sub-agent.
fn listing(file: &AgentFile, header: &Header) -> String {
    let name = match file.kind {
        Kind::Skill => file.path.parent().name().to_owned(),
        Kind::Command => file.path.name().trim_end_matches(".md").to_owned(),
        _ => header.text("name").unwrap_or_default().to_owned(),
    };
    let mut description = header.text("description").unwrap_or_default().to_owned();
    if let Some(when) = header.text("when_to_use") {
        description = format!("{description} {when}");
    }
    if file.kind == Kind::Skill && description.chars().count() > LISTING_CHARS {
        description = description.chars().take(LISTING_CHARS).collect();
    }
    format!("- {name}: {description}\n")
}

impl From<Mention> for Import {
    fn from(mention: Mention) -> Self {
        Self { target: mention.target, span: mention.span }
    }
}

fn declare(declares: &mut Declares, header: &Header) {
    declares.header = match header {
        Header::Absent => HeaderState::Absent,
        Header::Parsed(node) if node.text().is_none() || node.is_null() => HeaderState::Read,
        Header::Repaired(..) => HeaderState::Repaired,
        Header::Parsed(_) | Header::Unclosed | Header::Broken(_) => HeaderState::Broken,
    };
    declares.name = header.text("name").map(str::to_owned);
    declares.name_span = header.get("name").filter(|_| declares.name.is_some()).map(|name| name.span);
    let description = header.text("description").map(|text| text.trim().chars().count());
    let when = header.text("when_to_use").map_or(0, |text| text.chars().count());
    declares.description_chars = description.map(|count| (count + when) as u64);
    declares.model = header.text("model").map(str::to_owned);
    declares.globs = ["paths", "globs", "applyTo", "fileMatchPattern"]
        .iter()
        .find_map(|key| header.get(key))
        .map(Node::strings)
        .filter(|globs| !globs.is_empty());
    declares.always_apply = header.get("alwaysApply").is_some_and(Node::is_true);
    declares.hidden_from_model = header.get("disable-model-invocation").is_some_and(Node::is_true);
    declares.trigger = header.text("trigger").or_else(|| header.text("inclusion")).map(str::to_owned);
}

/// The servers a sub-agent names; what it configures itself is there.
fn wanted_servers(header: &Header) -> Vec<(String, Span)> {
    let Some(wanted) = header.get("mcpServers") else { return Vec::new() };
    let items = match &wanted.value {
        Value::Sequence(items) => items.as_slice(),
        Value::Scalar { .. } => std::slice::from_ref(wanted),
        Value::Mapping(_) | Value::Alias => &[],
    };
    items.iter().filter_map(|item| Some((item.non_empty()?.to_owned(), item.span))).collect()
}

fn servers(text: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let Some(map) = value.get("mcpServers").or_else(|| value.get("servers")).and_then(|map| map.as_object())
    else {
        return value.get("name").and_then(|name| name.as_str()).map(str::to_owned).into_iter().collect();
    };
    map.keys().cloned().collect()
}

/// A text that a settings file has, JSON or TOML.
fn settings_text(path: &RepoPath, text: &str, key: &str) -> Option<String> {
    if path.extension() == Some("toml") {
        let table: toml::Table = text.parse().ok()?;
        return table.get(key)?.as_str().map(str::to_owned);
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get(key)?.as_str().map(str::to_owned)
}

fn check_yaml(text: &str, faults: &mut Vec<Fault>) {
    match crate::config::yaml::parse(text, 1) {
        Err(error) => faults.push(Fault::UnreadableYaml { message: error.message, at: error.at }),
        Ok(node) => faults
            .extend(node.duplicate_keys().into_iter().map(|(key, span)| Fault::DuplicateKey { key, span })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(path: &str, kind: Kind, bytes: &[u8]) -> ReadFile {
        read(&RepoPath::new(path).expect("inside"), kind, BlobId([0; 20]), bytes)
    }

    #[test]
    fn a_skill_has_a_listing_entry_and_a_body() {
        let text = "---\nname: other\ndescription: Does it\nwhen_to_use: always\n---\n\nBody\n";
        let read = read_text("s/pdf/SKILL.md", Kind::Skill, text.as_bytes());
        assert!(read.faults.is_empty());
        assert_eq!(read.part(PartName::Listing), "- pdf: Does it always\n");
        assert_eq!(read.part(PartName::Body), "\nBody\n");
        assert_eq!(read.file.declares.description_chars, Some(13));
    }

    #[test]
    fn broken_bytes_become_faults_with_a_place() {
        let read = read_text("AGENTS.md", Kind::AgentsMd, b"ok\n\xc3\xa4 \xff x");
        assert!(read.text.is_none());
        assert_eq!(read.faults, [Fault::InvalidUtf8 { offset: 6, at: Position { line: 2, column: 3 } }]);
        assert_eq!(read.file.bytes, 9);
        let read = read_text("AGENTS.md", Kind::AgentsMd, b"a\n\0");
        assert_eq!(read.faults, [Fault::NulByte { at: Position { line: 2, column: 1 } }]);
    }

    #[test]
    fn yaml_settings_are_checked_in_place() {
        let read = read_text("environments/ci/budget-limits.yaml", Kind::BudgetLimits, b"a: 1\na: 2\n");
        assert!(
            matches!(&read.faults[..], [Fault::DuplicateKey { key, span }] if key == "a" && span.start.line == 2)
        );
    }

    #[test]
    fn servers_of_every_shape() {
        assert_eq!(servers(r#"{"mcpServers":{"a":{},"b":{}}}"#), ["a", "b"]);
        assert_eq!(servers(r#"{"servers":{"c":{}}}"#), ["c"]);
        assert_eq!(servers(r#"{"name":"d","configuration":{}}"#), ["d"]);
        assert!(servers("[1,").is_empty());
    }
}
