//! Finds the lines of a comment that are commands, and those that only look like commands.
//!
//! A line counts when it stands in a paragraph of its own level: what is quoted, shown as code, hidden in HTML or
//! part of a list, a table or a heading was not said by the writer as a command.

use crate::base::text::is_deceptive;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// What every command begins with.
pub(super) const WORD: &str = "/weighbridge";

/// A line that begins like a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The line without its end, as written.
    pub(super) text: &'a str,
    /// In what it stands, when it is not a line of its own: "a quote", "code".
    pub(super) inside: Option<&'static str>,
}

/// The lines that begin with the command word, in any case and behind white space or what cannot be seen. Takes time
/// in proportion to the text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let looks = |line: &str| {
        let start = line.trim_start_matches(|c: char| c.is_whitespace() || is_deceptive(c));
        start.get(..WORD.len()).is_some_and(|start| start.eq_ignore_ascii_case(WORD))
    };
    let mut found = Vec::new();
    let mut fenced = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\r', '\n']);
        // GitLab quotes what stands between two lines of `>>>`; CommonMark does not know that.
        if bare.trim().len() >= 3 && bare.trim().bytes().all(|byte| byte == b'>') {
            fenced = !fenced;
        }
        if looks(bare) {
            found.push((start, Line { text: bare, inside: fenced.then_some("a quote") }));
        }
        start += line.len();
    }
    if !found.is_empty() {
        let structure = Structure::of(text);
        let mut paragraphs = structure.paragraphs.iter().peekable();
        let mut elements = structure.elements.iter().peekable();
        let mut reach = 0;
        for (start, line) in &mut found {
            while paragraphs.next_if(|paragraph| paragraph.end <= *start).is_some() {}
            // Elements come in the order in which they begin, so the furthest end of those before is enough.
            while let Some(element) = elements.next_if(|element| element.start < *start) {
                reach = reach.max(element.end);
            }
            let indent = line.text.len() - line.text.trim_start().len();
            let at = *start + indent;
            let own = paragraphs.peek().is_some_and(|paragraph| paragraph.contains(&at));
            if line.inside.is_none() && !own {
                line.inside = Some("a quote, a list, a table, a heading, code or HTML");
            } else if line.inside.is_none() && reach > *start {
                line.inside = Some("code, HTML, a link or other markup");
            }
        }
    }
    found.into_iter().map(|(_, line)| line).collect()
}

/// Paragraphs of the outermost level, and what in them is more than text.
struct Structure {
    paragraphs: Vec<Range<usize>>,
    elements: Vec<Range<usize>>,
}

impl Structure {
    fn of(text: &str) -> Self {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS;
        let mut found = Self { paragraphs: Vec::new(), elements: Vec::new() };
        let mut depth = 0_u32;
        let mut in_paragraph = false;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Paragraph) if depth == 0 => {
                    in_paragraph = true;
                    found.paragraphs.push(range);
                    depth += 1;
                }
                Event::Start(_) => {
                    if in_paragraph {
                        found.elements.push(range);
                    }
                    depth += 1;
                }
                Event::End(end) => {
                    depth = depth.saturating_sub(1);
                    if end == TagEnd::Paragraph && depth == 0 {
                        in_paragraph = false;
                    }
                }
                Event::Text(_) | Event::SoftBreak | Event::HardBreak => {}
                _ => {
                    if in_paragraph {
                        found.elements.push(range);
                    }
                }
            }
        }
        found
    }
}
