//! The recorded list of what a server offers: readable, sorted, the same bytes for the same offer.
//!
//! It lies in the repository, so that a change of it is seen by whoever reviews a change. What is kept is the server's own
//! JSON, with whatever fields it has; only its order is ours.

use crate::base::text::hex;
use crate::base::{RepoPath, Tree};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The folder of the lists.
pub const FOLDER: &str = ".weighbridge/mcp";
/// Larger lists are neither read nor written, in bytes.
pub const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// The version of this format.
const VERSION: u64 = 1;
/// More lists of one revision are not read.
const MAX_LISTS: usize = 500;

/// What a server offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The name under which clients configure it.
    pub server: String,
    /// The version of the protocol that was spoken.
    pub protocol: String,
    /// What the server says it is.
    pub info: Value,
    /// What it can do besides.
    pub capabilities: Value,
    /// What it tells the model about itself.
    pub instructions: Option<String>,
    /// Its tools, sorted by name.
    pub tools: Vec<Value>,
    /// Its prompts, sorted by name.
    pub prompts: Vec<Value>,
    /// Its resources, sorted by URI.
    pub resources: Vec<Value>,
    /// Its templates of resources, sorted by URI.
    pub templates: Vec<Value>,
}

impl Listing {
    /// The list in its one order, without what changes by itself.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        self.info = sorted(std::mem::take(&mut self.info), 0);
        self.capabilities = sorted(std::mem::take(&mut self.capabilities), 0);
        for items in [&mut self.tools, &mut self.prompts, &mut self.resources, &mut self.templates] {
            *items = std::mem::take(items).into_iter().map(steady).collect();
            items.sort_by_cached_key(|item| (key(item).to_owned(), item.to_string()));
        }
        self
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let listing = self.clone().canonical();
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| {
            let is_empty = match &value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                _ => false,
            };
            if !is_empty {
                map.insert(key.to_owned(), value);
            }
        };
        put("version", VERSION.into());
        put("server", listing.server.into());
        put("protocolVersion", listing.protocol.into());
        put("serverInfo", listing.info);
        put("capabilities", listing.capabilities);
        put("instructions", listing.instructions.map_or(Value::Null, Value::from));
        put("tools", listing.tools.into());
        put("prompts", listing.prompts.into());
        put("resources", listing.resources.into());
        put("resourceTemplates", listing.templates.into());
        let mut text = serde_json::to_string_pretty(&Value::Object(map)).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let map = value.as_object().ok_or("it is no JSON object")?;
        if map.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return Err(format!("its `version` is not {VERSION}"));
        }
        let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
        let items = |key: &str| match map.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.iter().all(|item| !self::key(item).is_empty()) => {
                Ok(items.clone())
            }
            Some(_) => Err(format!("`{key}` is no list of things with a name")),
        };
        Ok(Self {
            server: text("server").ok_or("it has no `server`")?,
            protocol: text("protocolVersion").unwrap_or_default(),
            info: map.get("serverInfo").cloned().unwrap_or_default(),
            capabilities: map.get("capabilities").cloned().unwrap_or_default(),
            instructions: text("instructions"),
            tools: items("tools")?,
            prompts: items("prompts")?,
            resources: items("resources")?,
            templates: items("resourceTemplates")?,
        }
        .canonical())
    }

    /// True when there is a tool of this name.
    pub fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.get("name").and_then(Value::as_str) == Some(name))
    }
}

/// What an item is called: `name` of tools and prompts, the URI of resources and templates.
pub fn key(item: &Value) -> &str {
    let of = |key: &str| item.get(key).and_then(Value::as_str);
    of("uri").or_else(|| of("uriTemplate")).or_else(|| of("name")).unwrap_or_default()
}

/// The file of a server's list. Whatever a file name may not hold is written as `%` and two digits.
pub fn path_of(server: &str) -> Option<RepoPath> {
    let mut name = String::new();
    for byte in server.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && !name.is_empty());
        if plain {
            name.push(char::from(byte));
        } else {
            name.push('%');
            name.push_str(&hex(&[byte]));
        }
    }
    (!name.is_empty() && name.len() <= 200).then(|| RepoPath::new(&format!("{FOLDER}/{name}.json"))).flatten()
}

/// A list of a revision: where it stands, its text, and what it says or why it says nothing.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The file.
    pub path: RepoPath,
    /// Its text.
    pub text: String,
    /// What it says.
    pub listing: Result<Listing, String>,
}

impl Recorded {
    /// The line on which an item of this name stands, 1 when there is none.
    pub fn line_of(&self, item: &str) -> u32 {
        let wanted = Value::from(item).to_string();
        let is_it = |line: &str| {
            let line = line.trim().trim_end_matches(',');
            ["name", "uri", "uriTemplate"]
                .iter()
                .any(|key| line.strip_prefix(&format!("\"{key}\": ")).is_some_and(|value| value == wanted))
        };
        let at = self.text.lines().position(is_it).unwrap_or(0);
        u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// The lists of a revision, by server, sorted by path.
pub fn recorded(tree: &dyn Tree) -> Vec<Recorded> {
    if !tree.is_folder(FOLDER) {
        return Vec::new();
    }
    let Some(folder) = RepoPath::new(FOLDER) else { return Vec::new() };
    tree.entries()
        .iter()
        .filter(|entry| entry.path.parent() == folder && entry.path.extension() == Some("json"))
        .take(MAX_LISTS)
        .map(|entry| {
            let path = entry.path.clone();
            match tree.read(&path, MAX_BYTES) {
                Err(error) => Recorded { path, text: String::new(), listing: Err(error.to_string()) },
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let listing = Listing::parse(&text).and_then(|listing| {
                        if path_of(&listing.server).as_ref() == Some(&path) {
                            return Ok(listing);
                        }
                        let server = crate::base::text::visible(&listing.server);
                        Err(format!("it is the list of `{server}`, which belongs into another file"))
                    });
                    Recorded { path, text, listing }
                }
            }
        })
        .collect()
}

/// The lists that can be read, by server.
pub fn by_server(recorded: &[Recorded]) -> BTreeMap<&str, (&Recorded, &Listing)> {
    let readable = recorded.iter().filter_map(|one| Some((one, one.listing.as_ref().ok()?)));
    readable.map(|(one, listing)| (listing.server.as_str(), (one, listing))).collect()
}

/// The keys that are shown first; the others follow by name.
const FIRST: [&str; 5] = ["name", "uri", "uriTemplate", "title", "description"];
/// Deeper values stay as they are. The JSON parser ends at 128.
const MAX_DEPTH: usize = 100;

fn sorted(value: Value, depth: usize) -> Value {
    match value {
        Value::Object(map) if depth < MAX_DEPTH => {
            let mut pairs: Vec<(String, Value)> =
                map.into_iter().map(|(key, value)| (key, sorted(value, depth + 1))).collect();
            let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
            pairs.sort_by(|(one, _), (other, _)| (rank(one), one).cmp(&(rank(other), other)));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            Value::Array(items.into_iter().map(|item| sorted(item, depth + 1)).collect())
        }
        other => other,
    }
}

/// An item without what says when it was last changed.
fn steady(mut item: Value) -> Value {
    if let Some(annotations) = item.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.shift_remove("lastModified");
    }
    sorted(item, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;
    use proptest::prelude::*;
    use serde_json::json;

    fn sample() -> Listing {
        Listing {
            server: "time".to_owned(),
            protocol: "2025-11-25".to_owned(),
            info: json!({"version": "1", "name": "t"}),
            instructions: Some("Be on time".to_owned()),
            tools: vec![
                json!({"inputSchema": {"type": "object", "required": ["b", "a"]}, "x-own": 1, "description": "D", "name": "b"}),
                json!({"name": "a"}),
            ],
            resources: vec![
                json!({"uri": "f://x", "name": "z", "annotations": {"lastModified": "2026", "priority": 1}}),
            ],
            ..Listing::default()
        }
    }

    #[test]
    fn a_list_is_readable_and_keeps_what_it_does_not_know() {
        let text = sample().to_text();
        insta::assert_snapshot!(text, @r#"
        {
          "version": 1,
          "server": "time",
          "protocolVersion": "2025-11-25",
          "serverInfo": {
            "name": "t",
            "version": "1"
          },
          "instructions": "Be on time",
          "tools": [
            {
              "name": "a"
            },
            {
              "name": "b",
              "description": "D",
              "inputSchema": {
                "required": [
                  "b",
                  "a"
                ],
                "type": "object"
              },
              "x-own": 1
            }
          ],
          "resources": [
            {
              "name": "z",
              "uri": "f://x",
              "annotations": {
                "priority": 1
              }
            }
          ]
        }
        "#);
        assert_eq!(Listing::parse(&text).unwrap(), sample().canonical());
    }

    #[test]
    fn names_become_files_that_stay_in_the_folder() {
        for (server, path) in [
            ("time", ".weighbridge/mcp/time.json"),
            ("../x", ".weighbridge/mcp/%2e.%2fx.json"),
            ("a b", ".weighbridge/mcp/a%20b.json"),
        ] {
            assert_eq!(path_of(server).unwrap().as_str(), path);
        }
        assert!(path_of("").is_none());
    }

    #[test]
    fn a_list_in_the_wrong_file_is_none() {
        let tree = MemoryTree::new([
            (".weighbridge/mcp/time.json", sample().to_text()),
            (".weighbridge/mcp/other.json", sample().to_text()),
            (".weighbridge/mcp/broken.json", "{".to_owned()),
        ]);
        let found = recorded(&tree);
        assert_eq!(found.len(), 3);
        assert_eq!(by_server(&found).len(), 1);
        assert_eq!(found[2].line_of("b"), 15);
    }

    proptest! {
        #[test]
        fn the_order_in_which_a_server_says_things_does_not_matter(
            names in proptest::collection::btree_map("[a-c]{1,2}", ".{0,8}", 1..6), turn in 0_usize..6,
        ) {
            let tools: Vec<Value> =
                names.iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
            let mut turned: Vec<Value> =
                names.iter().map(|(name, text)| json!({"description": text, "name": name})).collect();
            let turn = turn % turned.len();
            turned.rotate_left(turn);
            let one = Listing { server: "s".to_owned(), tools, ..Listing::default() };
            let other = Listing { tools: turned, ..one.clone() };
            prop_assert_eq!(one.to_text(), other.to_text());
            prop_assert_eq!(Listing::parse(&one.to_text()).unwrap().to_text(), other.to_text());
        }

        #[test]
        fn any_name_of_a_server_has_one_file(one in ".{1,12}", other in ".{1,12}") {
            let (first, second) = (path_of(&one), path_of(&other));
            prop_assert!(first.as_ref().is_some_and(|path| path.parent().as_str() == FOLDER));
            prop_assert!(one == other || first != second);
        }
    }
}
