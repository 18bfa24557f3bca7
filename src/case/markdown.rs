//! The structure of a Markdown text: headings, front matter, tables, fenced blocks.

use super::assertion::Structure;
use crate::base::text::{truncate_end, visible};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

#[derive(Default)]
struct Found {
    headings: Vec<String>,
    tables: Vec<Vec<String>>,
    blocks: Vec<String>,
}

fn walk(text: &str) -> Found {
    let mut found = Found::default();
    let mut collecting: Option<String> = None;
    let mut in_head = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                collecting = Some(String::new());
            }
            Event::Start(Tag::TableHead) => {
                in_head = true;
                found.tables.push(Vec::new());
            }
            Event::Start(Tag::TableCell) if in_head => collecting = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                found.headings.extend(collecting.take().map(|text| text.trim().to_owned()))
            }
            Event::End(TagEnd::TableHead) => in_head = false,
            Event::End(TagEnd::TableCell) if in_head => {
                if let (Some(table), Some(title)) = (found.tables.last_mut(), collecting.take()) {
                    table.push(title.trim().to_owned());
                }
            }
            Event::End(TagEnd::CodeBlock) => found.blocks.extend(collecting.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(collected) = &mut collecting {
                    collected.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// The contents of the fenced blocks.
pub(super) fn fenced(text: &str) -> Vec<String> {
    walk(text).blocks
}

/// What is missing of a structure; `None` when all of it is there.
pub(super) fn missing(wanted: &Structure, text: &str) -> Option<String> {
    let (header, body) = front_matter(text);
    let found = walk(body);
    let show = |text: &str| truncate_end(&visible(text), 120);
    if let Some(key) =
        wanted.front_matter.iter().find(|key| header.is_none_or(|header| !has_key(header, key)))
    {
        return Some(match header {
            Some(_) => format!("the front matter has no `{key}`"),
            None => format!("there is no front matter, and it should have `{key}`"),
        });
    }
    let mut rest = found.headings.iter();
    if let Some(heading) = wanted.headings.iter().find(|heading| !rest.any(|found| found == *heading)) {
        let all: Vec<String> = found.headings.iter().map(|heading| show(heading)).collect();
        return Some(format!(
            "the heading `{heading}` is missing or in another place; headings are: {}",
            all.join(", ")
        ));
    }
    let mut tables = found.tables;
    for columns in &wanted.tables {
        match tables.iter().position(|table| table == columns) {
            Some(at) => {
                tables.remove(at);
            }
            None => return Some(format!("there is no table with the columns {}", columns.join(", "))),
        }
    }
    None
}

/// The front matter and the rest.
fn front_matter(text: &str) -> (Option<&str>, &str) {
    let Some(rest) = text.strip_prefix("---\n") else { return (None, text) };
    match rest.split_once("\n---\n") {
        Some((header, body)) => (Some(header), body),
        None => match rest.strip_suffix("\n---") {
            Some(header) => (Some(header), ""),
            None => (None, text),
        },
    }
}

fn has_key(header: &str, key: &str) -> bool {
    crate::config::yaml::parse(header, 1).is_ok_and(|node| node.get(key).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_has_its_keys() {
        let wanted = Structure { front_matter: vec!["name".to_owned()], ..Structure::default() };
        assert_eq!(missing(&wanted, "---\nname: x\n---\nHi"), None);
        assert_eq!(missing(&wanted, "---\nname: x\n---"), None);
        assert!(missing(&wanted, "---\nnames: x\n---\nHi").is_some());
        assert!(
            missing(&wanted, "name: x").is_some_and(|reason| reason.starts_with("there is no front matter"))
        );
    }

    #[test]
    fn a_table_counts_once() {
        let table = vec!["A".to_owned(), "B".to_owned()];
        let wanted = Structure { tables: vec![table.clone(), table], ..Structure::default() };
        let one = "| A | B |\n|---|---|\n| 1 | 2 |\n";
        assert!(missing(&wanted, one).is_some());
        assert_eq!(missing(&wanted, &format!("{one}\ntext\n\n{one}")), None);
    }
}
