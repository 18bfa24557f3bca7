//! What the clients do to Markdown before a model sees it: imports, comments; and the outline of a document.

use crate::base::{LineIndex, Span};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// An `@path` in a text, outside code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The path as written, without the `@`, with escaped spaces resolved.
    pub target: String,
    /// Where it stands, the `@` included.
    pub span: Span,
}

/// Byte ranges of code spans and code blocks.
pub fn code_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut block: Option<usize> = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Code(_) => ranges.push(range),
            Event::Start(Tag::CodeBlock(_)) => block = Some(range.start),
            Event::End(TagEnd::CodeBlock) => {
                ranges.push(block.take().unwrap_or(range.start)..range.end);
            }
            _ => {}
        }
    }
    ranges
}

/// The `@path` imports of Claude Code: an `@` at the start of a line or after white space, up to the next
/// space (`\ ` escapes one), outside code. What does not look like a path is left out.
///
/// Source: Claude Code documentation, "memory", section on imports (stored copy, autumn 2026).
pub fn mentions(text: &str) -> Vec<Mention> {
    if !text.contains('@') {
        return Vec::new();
    }
    let code = code_ranges(text);
    let index = LineIndex::new(text);
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if !before.is_none_or(char::is_whitespace) || code.iter().any(|range| range.contains(&at)) {
            continue;
        }
        let Some(rest) = text.get(at + 1..) else { continue };
        let (target, length) = take_path(rest);
        if looks_like_path(&target) {
            found.push(Mention { target, span: index.span(at..at + 1 + length) });
        }
    }
    found
}

fn take_path(rest: &str) -> (String, usize) {
    let mut target = String::new();
    let mut length = 0;
    let mut escaped = false;
    for character in rest.chars() {
        match character {
            '\\' if !escaped => escaped = true,
            ' ' if escaped => {
                target.push(' ');
                escaped = false;
            }
            character if character.is_whitespace() => break,
            character => {
                if escaped {
                    target.push('\\');
                    escaped = false;
                }
                target.push(character);
            }
        }
        length += character.len_utf8();
    }
    let trimmed = target.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'']);
    let cut = target.len() - trimmed.len();
    (trimmed.to_owned(), length.saturating_sub(cut))
}

/// A path has a separator or an extension and is no scope (`@types/node`), handle or address.
fn looks_like_path(target: &str) -> bool {
    let Some(first) = target.chars().next() else { return false };
    if !(first.is_ascii_alphanumeric() || matches!(first, '.' | '/' | '~' | '_')) || target.contains('@') {
        return false;
    }
    let name = target.rsplit('/').next().unwrap_or("");
    let has_extension = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        (!stem.is_empty() || target.starts_with('.'))
            && !extension.is_empty()
            && extension.chars().all(|character| character.is_ascii_alphanumeric())
    });
    has_extension || target.starts_with("./") || target.starts_with("../") || target.starts_with("~/")
}

/// The text without its block-level HTML comments, which Claude Code removes before a model sees it.
///
/// Source: Claude Code documentation, "memory": block-level comments are stripped, those in code stay.
pub fn without_block_comments(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("<!--") {
        return text.into();
    }
    let mut cut: Vec<Range<usize>> = Vec::new();
    let mut block: Option<usize> = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::HtmlBlock) => block = Some(range.start),
            Event::End(TagEnd::HtmlBlock) => {
                let start = block.take().unwrap_or(range.start);
                let body = text.get(start..range.end).unwrap_or("").trim();
                if body.starts_with("<!--") && body.ends_with("-->") && body.matches("<!--").count() == 1 {
                    cut.push(start..range.end);
                }
            }
            _ => {}
        }
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for range in cut {
        kept.push_str(text.get(from..range.start).unwrap_or(""));
        from = range.end;
    }
    kept.push_str(text.get(from..).unwrap_or(""));
    kept.into()
}

/// A heading of a document and the `**Key:** value` lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// 1 to 6.
    pub level: u8,
    /// The heading's text.
    pub title: String,
    /// Where the heading stands.
    pub span: Span,
    /// The `**Key:** value` lines up to the next heading of any level.
    pub fields: Vec<Field>,
}

/// A `**Key:** value` line, bulleted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key without its colon.
    pub key: String,
    /// The rest of the line.
    pub value: String,
    /// Where the line stands.
    pub span: Span,
}

/// The headings of a document with their fields; code blocks are not looked into.
pub fn outline(text: &str) -> Vec<Section> {
    let index = LineIndex::new(text);
    let mut sections: Vec<Section> = Vec::new();
    let mut heading: Option<(u8, String, usize)> = None;
    let code = code_ranges(text);
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some((level as u8, String::new(), range.start))
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, title, _)) = &mut heading {
                    title.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, title, start)) = heading.take() {
                    sections.push(Section {
                        level,
                        title: title.trim().to_owned(),
                        span: index.span(start..range.end),
                        fields: Vec::new(),
                    });
                }
            }
            _ => {}
        }
    }
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        if code.iter().any(|range| range.contains(&start)) {
            continue;
        }
        if let Some((key, value)) = field(line) {
            let span = index.span(start..start + line.trim_end().len());
            let owner = sections.partition_point(|section| section.span.start.line <= span.start.line);
            if let Some(section) = owner.checked_sub(1).and_then(|owner| sections.get_mut(owner)) {
                section.fields.push(Field { key, value, span });
            }
        }
    }
    sections
}

fn field(line: &str) -> Option<(String, String)> {
    let line = line.trim().trim_start_matches(['-', '*', '+']).trim_start();
    let line = line.strip_prefix("**").or_else(|| line.strip_prefix('*').filter(|_| false)).unwrap_or(line);
    let (key, rest) = line.split_once("**")?;
    let (key, value) = match key.trim_end().strip_suffix(':') {
        Some(key) => (key, rest),
        None => (key, rest.trim_start().strip_prefix(':')?),
    };
    let key = key.trim();
    (!key.is_empty() && key.len() <= 60 && !key.contains('|'))
        .then(|| (key.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Vec<String> {
        mentions(text).into_iter().map(|mention| mention.target).collect()
    }

    #[test]
    fn imports_are_paths_outside_code() {
        assert_eq!(targets("@AGENTS.md\nsee @docs/a.md, and @./b"), ["AGENTS.md", "docs/a.md", "./b"]);
        assert_eq!(targets("`@no.md` a@b.com @alice\n```\n@no.md\n```\n"), Vec::<String>::new());
        assert_eq!(targets("@my\\ notes.md then @~/x.md"), ["my notes.md", "~/x.md"]);
        assert_eq!(targets("\"@quoted.md\" (@inner.md)"), Vec::<String>::new());
        let mention = &mentions("x\n see @a.md.")[0];
        assert_eq!((mention.span.start.line, mention.span.start.column, mention.span.end.column), (2, 6, 11));
    }

    #[test]
    fn block_comments_are_not_billed() {
        let text = "a\n\n<!-- hidden\nlines -->\n\nb <!-- stays -->\n\n```\n<!-- stays -->\n```\n";
        let kept = without_block_comments(text);
        assert!(!kept.contains("hidden"));
        assert_eq!(kept.matches("stays").count(), 2);
    }

    #[test]
    fn outlines_a_team_specification() {
        let text = "# Team\n\n### 1.1 CEO\n- **Model:** Opus 4.6\n- **Token budget:** ~58K tokens\n\n```yaml\n# **Not:** this\n```\n## Next\n**Goal**: ship\n";
        let sections = outline(text);
        assert_eq!(
            sections.iter().map(|s| s.title.as_str()).collect::<Vec<_>>(),
            ["Team", "1.1 CEO", "Next"]
        );
        assert_eq!(sections[1].fields.len(), 2);
        assert_eq!(sections[1].fields[1].value, "~58K tokens");
        assert_eq!(
            (sections[2].fields[0].key.as_str(), sections[2].fields[0].value.as_str()),
            ("Goal", "ship")
        );
    }
}
