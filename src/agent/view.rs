//! One file as its rules see it: text, header and data with positions, kind and path.

use super::front_matter::{Header, Split};
use super::kind::Kind;
use super::{json, markdown};
use crate::base::{LineIndex, Place, RepoPath, Span};
pub use crate::config::yaml::{Node, Value, YamlError};
use std::cell::OnceCell;
use std::ops::Range;

/// What one file holds besides Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// It is no file of settings.
    None,
    /// Read, with what only a strict reader of JSON takes offence at.
    Read(Node, Option<YamlError>),
    /// It cannot be read.
    Broken(YamlError),
}

/// One file.
pub struct FileView<'a> {
    /// Where it is.
    pub path: &'a RepoPath,
    /// What it is.
    pub kind: Kind,
    /// All of it.
    pub text: &'a str,
    /// Its front matter; of settings, [`Header::Absent`].
    pub header: &'a Header,
    /// Where the front matter ends.
    pub split: &'a Split,
    /// It belongs to a plugin.
    pub plugin: bool,
    data: OnceCell<Data>,
    index: OnceCell<LineIndex<'a>>,
    code: OnceCell<Vec<Range<usize>>>,
}

/// The shape of a YAML or JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing, `null`, `~`.
    Null,
    /// `true` and `false` of YAML 1.2.
    Bool,
    /// A number.
    Number,
    /// Any other scalar.
    Text,
    /// A sequence.
    List,
    /// A mapping.
    Map,
    /// A reference to an anchor.
    Alias,
}

impl Shape {
    /// With an article, for messages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Map => "a mapping",
            Self::Alias => "an alias",
        }
    }
}

/// The shape of a node by the core schema of YAML 1.2, which is also that of JSON.
pub fn shape(node: &Node) -> Shape {
    match &node.value {
        Value::Sequence(_) => Shape::List,
        Value::Mapping(_) => Shape::Map,
        Value::Alias => Shape::Alias,
        Value::Scalar { quoted: true, .. } => Shape::Text,
        Value::Scalar { text, .. } => match text.as_str() {
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Shape::Bool,
            _ if node.is_null() => Shape::Null,
            text if is_number(text) => Shape::Number,
            _ => Shape::Text,
        },
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let special = matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN");
    let prefixed = |prefix: &str, radix: u32| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
    };
    let first = digits.chars().next().unwrap_or(' ');
    let plain = (first.is_ascii_digit() || (first == '.' && digits.len() > 1))
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
        && digits.parse::<f64>().is_ok();
    special || prefixed("0x", 16) || prefixed("0o", 8) || plain
}

impl<'a> FileView<'a> {
    /// A file that has been read.
    pub const fn new(
        (path, kind): (&'a RepoPath, Kind),
        text: &'a str,
        (header, split): (&'a Header, &'a Split),
        plugin: bool,
    ) -> Self {
        Self {
            path,
            kind,
            text,
            header,
            split,
            plugin,
            data: OnceCell::new(),
            index: OnceCell::new(),
            code: OnceCell::new(),
        }
    }

    /// Everything after the front matter.
    pub fn body(&self) -> &'a str {
        self.text.get(self.split.body..).unwrap_or("")
    }

    /// The settings of a file of settings.
    pub fn data(&self) -> &Data {
        self.data.get_or_init(|| {
            let read = match (self.kind, self.path.extension()) {
                (Kind::Settings | Kind::SubAgent, Some("toml")) => {
                    read_toml(self.text).map(|node| (node, None))
                }
                (Kind::Mcp | Kind::Settings | Kind::Hooks | Kind::Plugin | Kind::Marketplace, _) => {
                    json::parse(self.text).map(|json| (json.root, json.relaxed))
                }
                (Kind::ModelOverrides | Kind::BudgetLimits, _) => {
                    crate::config::yaml::parse(self.text, 1).map(|node| (node, None))
                }
                _ => return Data::None,
            };
            read.map_or_else(Data::Broken, |(node, relaxed)| Data::Read(node, relaxed))
        })
    }

    /// The settings where they can be read.
    pub fn settings(&self) -> Option<&Node> {
        match self.data() {
            Data::Read(node, _) => Some(node),
            _ => None,
        }
    }

    /// The front matter where a lenient reader can read it.
    pub fn front(&self) -> Option<&'a Node> {
        match self.header {
            Header::Parsed(node) | Header::Repaired(node, _) => Some(node),
            _ => None,
        }
    }

    /// A key of the front matter.
    pub fn key(&self, key: &str) -> Option<&'a Node> {
        self.front().and_then(|node| node.get(key))
    }

    /// Lines and columns of the text.
    pub fn index(&self) -> &LineIndex<'a> {
        self.index.get_or_init(|| LineIndex::new(self.text))
    }

    /// A place from a range of bytes.
    pub fn place(&self, range: Range<usize>) -> Place {
        Place::span(self.path.clone(), self.index().span(range))
    }

    /// A place from a span.
    pub fn at(&self, span: Span) -> Place {
        Place::span(self.path.clone(), span)
    }

    /// True in code spans and code blocks of Markdown.
    pub fn is_code(&self, offset: usize) -> bool {
        let code = self
            .code
            .get_or_init(|| if self.kind.is_prose() { markdown::code_ranges(self.text) } else { Vec::new() });
        code.iter().any(|range| range.contains(&offset))
    }
}

/// Values of a TOML file that get a place of their own.
const MAX_PLACED: usize = 5_000;

fn read_toml(text: &str) -> Result<Node, YamlError> {
    let index = LineIndex::new(text);
    let table = toml::de::DeTable::parse(text).map_err(|error| YamlError {
        message: error.message().to_owned(),
        at: index.position(error.span().map_or(0, |span| span.start)),
    })?;
    let mut left = MAX_PLACED;
    let span = index.span(table.span());
    Ok(Node { value: of_table(table.get_ref(), &index, &mut left), span })
}

fn spanned(range: Range<usize>, index: &LineIndex<'_>, left: &mut usize) -> Span {
    *left = left.saturating_sub(1);
    if *left == 0 { Span::at(1, 1) } else { index.span(range) }
}

fn of_table(table: &toml::de::DeTable<'_>, index: &LineIndex<'_>, left: &mut usize) -> Value {
    Value::Mapping(
        table
            .iter()
            .map(|(key, value)| {
                let name = Value::Scalar { text: key.get_ref().to_string(), quoted: true };
                let key = Node { value: name, span: spanned(key.span(), index, left) };
                (key, of_value(value, index, left))
            })
            .collect(),
    )
}

fn of_value(value: &toml::Spanned<toml::de::DeValue<'_>>, index: &LineIndex<'_>, left: &mut usize) -> Node {
    use toml::de::DeValue;
    let span = spanned(value.span(), index, left);
    let plain = |text: String| Value::Scalar { text, quoted: false };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Scalar { text: text.to_string(), quoted: true },
        DeValue::Integer(number) => plain(number.to_string()),
        DeValue::Float(number) => plain(number.to_string()),
        DeValue::Boolean(truth) => plain(truth.to_string()),
        DeValue::Datetime(time) => Value::Scalar { text: time.to_string(), quoted: true },
        DeValue::Array(items) => {
            Value::Sequence(items.iter().map(|item| of_value(item, index, left)).collect())
        }
        DeValue::Table(table) => of_table(table, index, left),
    };
    Node { value, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_yaml_1_2() {
        let of = |text: &str| {
            shape(crate::config::yaml::parse(&format!("a: {text}"), 1).unwrap().get("a").unwrap())
        };
        for (text, wanted) in [
            ("123", Shape::Number),
            ("1.5e3", Shape::Number),
            ("0x1F", Shape::Number),
            ("1.2.3", Shape::Text),
            ("'123'", Shape::Text),
            ("yes", Shape::Text),
            ("true", Shape::Bool),
            ("~", Shape::Null),
            ("", Shape::Null),
            ("[a]", Shape::List),
            ("{a: b}", Shape::Map),
            ("e5", Shape::Text),
            ("-", Shape::List),
            (".", Shape::Text),
        ] {
            if text != "-" {
                assert_eq!(of(text), wanted, "{text}");
            }
        }
    }

    #[test]
    fn toml_has_places_too() {
        let node = read_toml("model = 'x'\n[mcp_servers.a]\ncommand = \"y\"\nargs = [1, true]\n").unwrap();
        let server = node.get("mcp_servers").unwrap().get("a").unwrap();
        assert_eq!(server.get("command").unwrap().span.start.line, 3);
        assert_eq!(server.get("args").unwrap().strings(), ["1", "true"]);
        assert_eq!(read_toml("a = 1\nb = \n").unwrap_err().at.line, 2);
    }
}
