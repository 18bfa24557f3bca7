//! One finding with the lines of source it is about.

use super::Options;
use crate::base::text::is_deceptive;
use crate::base::{Finding, LineIndex, Position, Severity, Span};
use crate::report::escape::terminal as plain;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

/// Lines of source shown at most for one finding.
const LINES: u32 = 6;

/// Characters of one line shown at most: a longer one is cut around the place that is meant.
const LINE_CHARS: usize = 400;

/// A finding in the form of compilers, without a final line break.
pub(super) fn render(finding: &Finding, text: Option<&str>, options: Options) -> String {
    let renderer = if options.colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(options.width);
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::NOTE,
    };
    let path = plain(&finding.place.path.to_string());
    let title = level.primary_title(plain(&finding.message)).id(plain(&finding.rule));
    let excerpt = finding.place.span.and_then(|span| Excerpt::new(text?, span));
    let mut group = match (&excerpt, finding.place.span) {
        (Some(excerpt), _) => title.element(
            Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.first_line)
                .path(path)
                .annotation(AnnotationKind::Primary.span(excerpt.range.clone())),
        ),
        (None, Some(span)) => title.element(
            Origin::path(path).line(span.start.line as usize).char_column(span.start.column as usize),
        ),
        (None, None) => title.element(Origin::path(path)),
    };
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(plain(help)));
    }
    renderer.render(&[group])
}

/// A few lines of source in which nothing hides, and the byte range meant in them.
struct Excerpt {
    text: String,
    first_line: usize,
    range: std::ops::Range<usize>,
}

impl Excerpt {
    /// `None` when the text has no such lines: it is then another text than the one that was checked.
    fn new(text: &str, span: Span) -> Option<Self> {
        let index = LineIndex::new(text);
        let first = span.start.line.max(1);
        let last = crate::report::last_line(span).min(first.saturating_add(LINES - 1));
        if usize::try_from(first).ok()? > index.lines() {
            return None;
        }
        let mut out = String::new();
        let (mut start, mut end) = (0, 0);
        for number in first..=last {
            let line = index.line(number);
            let from = if number == first { span.start } else { Position { line: number, column: 1 } };
            let skip = skipped(line, from.column);
            let cut: String =
                line.chars().skip(skip).take(LINE_CHARS).map(shown).collect::<String>().replace("##[", "##(");
            let at =
                |column: u32| out.len() + byte_of(&cut, (column.max(1) as usize - 1).saturating_sub(skip));
            if number == first {
                start = at(span.start.column);
            }
            end = if number == span.end.line { at(span.end.column) } else { out.len() + cut.len() };
            out.push_str(&cut);
            out.push('\n');
        }
        Some(Self { text: out, first_line: first as usize, range: start..end.max(start) })
    }
}

/// Characters left out at the beginning of a very long line, so that the column meant is seen.
fn skipped(line: &str, column: u32) -> usize {
    let column = column as usize;
    if column < LINE_CHARS / 2 || line.chars().count() <= LINE_CHARS { 0 } else { column - LINE_CHARS / 2 }
}

/// The byte offset of a character of `text`, its length when there are fewer.
fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// One character for one character, so that columns stay what they are.
fn shown(character: char) -> char {
    match character {
        '\t' => ' ',
        character if is_deceptive(character) => '\u{fffd}',
        character => character,
    }
}
