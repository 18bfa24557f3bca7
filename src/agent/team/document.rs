//! A Markdown text as sections with lines, tables and code blocks, each with its place.

use crate::agent::front_matter;
use crate::base::text::truncate_end;
use crate::base::{LineIndex, Place, RepoPath, Span};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// Bytes of a file that are read; real ones have 20,000.
pub const MAX_BYTES: usize = 1 << 20;
const MAX_SECTIONS: usize = 2_000;
const MAX_LINES: usize = 20_000;
const MAX_TABLES: usize = 500;
const MAX_ROWS: usize = 1_000;
/// Rows of all tables of a file; every one of them is looked up among agents and phases.
const MAX_ALL_ROWS: usize = 5_000;
const MAX_COLUMNS: usize = 30;
const MAX_TEXT: usize = 2_000;
const MAX_CELL: usize = 300;

/// What a document is to its team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It speaks about the whole team.
    Team,
    /// It is the instructions of one agent: the name of its folder or file.
    Agent(String),
    /// It tells one example of a run.
    Scenario,
}

/// A Markdown file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it is.
    pub path: RepoPath,
    /// What it is to the team.
    pub role: Role,
    /// In order; the first has no heading.
    pub sections: Vec<Section>,
    /// True when a limit was reached and the rest was not read.
    pub cut: bool,
}

/// A heading and what stands below it, up to the next heading of any level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// 1 to 6; 0 before the first heading.
    pub level: u8,
    /// The heading.
    pub title: String,
    /// Where the heading stands.
    pub span: Option<Span>,
    /// The headings above it, outermost first.
    pub above: Vec<String>,
    /// Paragraphs and list items.
    pub lines: Vec<Line>,
    /// Tables.
    pub tables: Vec<Grid>,
    /// Code blocks.
    pub code: Vec<Code>,
}

/// A paragraph or list item, without its markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A table as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The cells of the header.
    pub header: Vec<Line>,
    /// The rows below it.
    pub rows: Vec<Vec<Line>>,
    /// Where the table stands.
    pub span: Span,
}

/// A code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What stands behind the fence: `yaml`.
    pub language: String,
    /// The code.
    pub text: String,
    /// Its first line in the file.
    pub first_line: u32,
}

/// A `Key: value` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// In lower case.
    pub key: String,
    /// What stands behind the colon.
    pub value: &'a str,
    /// Where the line stands.
    pub span: Span,
}

impl Line {
    /// `Key: value`, when the line has that form.
    pub fn field(&self) -> Option<Field<'_>> {
        let (key, value) = self.text.split_once(':')?;
        let key = key.trim();
        (!key.is_empty() && key.chars().count() <= 40 && !key.contains('.')).then(|| Field {
            key: key.to_lowercase(),
            value: value.trim(),
            span: self.span,
        })
    }
}

impl Section {
    /// The `Key: value` lines, and the rows of tables that have only a key and a value.
    pub fn fields(&self) -> Vec<Field<'_>> {
        let rows = self.tables.iter().filter(|table| table.header.len() == 2).flat_map(|table| &table.rows);
        let cells = rows.filter_map(|row| match row.as_slice() {
            [key, value] => {
                Some(Field { key: key.text.to_lowercase(), value: &value.text, span: value.span })
            }
            _ => None,
        });
        self.lines.iter().filter_map(Line::field).chain(cells).collect()
    }

    /// Its heading and those above it, innermost first.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.title.as_str()).chain(self.above.iter().rev().map(String::as_str))
    }
}

impl Document {
    /// A place in this document.
    pub fn place(&self, span: Span) -> Place {
        Place::span(self.path.clone(), span)
    }

    /// Reads a text.
    pub fn read(path: RepoPath, role: Role, text: &str) -> Self {
        let end = text.floor_char_boundary(MAX_BYTES);
        let whole = text;
        let text = text.get(..end).unwrap_or("");
        let body = front_matter::split(text).body;
        let index = LineIndex::new(text);
        let mut reader = Reader::new(&index);
        let parser = Parser::new_ext(text.get(body..).unwrap_or(""), Options::ENABLE_TABLES);
        for (event, range) in parser.into_offset_iter() {
            reader.accept(event, range.start + body..range.end + body);
        }
        reader.flush();
        let cut = reader.cut || end < whole.len();
        Self { path, role, sections: reader.sections, cut }
    }
}

/// Where the cells of a table belong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cells {
    Head,
    Row,
    /// The row is one too many.
    Nowhere,
}

struct Reader<'a> {
    index: &'a LineIndex<'a>,
    sections: Vec<Section>,
    titles: Vec<(u8, String)>,
    line: String,
    range: Option<Range<usize>>,
    heading: Option<u8>,
    code: Option<(String, String, usize)>,
    grid: Option<Grid>,
    cells: Cells,
    after_break: bool,
    lines: usize,
    tables: usize,
    rows: usize,
    cut: bool,
}

impl<'a> Reader<'a> {
    fn new(index: &'a LineIndex<'a>) -> Self {
        Self {
            index,
            sections: vec![Section::default()],
            titles: Vec::new(),
            line: String::new(),
            range: None,
            heading: None,
            code: None,
            grid: None,
            cells: Cells::Row,
            after_break: false,
            lines: 0,
            tables: 0,
            rows: 0,
            cut: false,
        }
    }

    fn accept(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) | Event::Code(text) => match &mut self.code {
                Some((_, code, start)) => {
                    if code.is_empty() {
                        *start = range.start;
                    }
                    if code.len() < 100_000 {
                        code.push_str(&text);
                    }
                }
                None => self.push(&text, range),
            },
            Event::SoftBreak | Event::HardBreak => {
                self.after_break = true;
                self.push(" ", range);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, range: Range<usize>) {
        let room = text.floor_char_boundary(MAX_TEXT.saturating_sub(self.line.len()));
        self.line.push_str(text.get(..room).unwrap_or(""));
        self.after_break &= text == " ";
        let start = self.range.as_ref().map_or(range.start, |known| known.start.min(range.start));
        self.range = Some(start..range.end);
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            // A bold key on a line of its own begins a new field.
            Tag::Strong if self.after_break && self.grid.is_none() => self.flush(),
            Tag::Strong | Tag::Emphasis | Tag::Link { .. } => {}
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(level as u8);
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.trim().to_lowercase(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new(), range.start));
            }
            Tag::Table(_) => {
                self.flush();
                self.tables += 1;
                self.cut |= self.tables > MAX_TABLES;
                let span = self.index.span(range);
                self.grid = Some(Grid { header: Vec::new(), rows: Vec::new(), span });
            }
            Tag::TableHead => self.cells = Cells::Head,
            Tag::TableRow => {
                if let Some(grid) = &mut self.grid {
                    let room = grid.rows.len() < MAX_ROWS && self.rows < MAX_ALL_ROWS;
                    self.rows += usize::from(room);
                    self.cut |= !room;
                    self.cells = if room { Cells::Row } else { Cells::Nowhere };
                    if room {
                        grid.rows.push(Vec::new());
                    }
                }
            }
            Tag::TableCell => {
                self.line.clear();
                self.range = None;
            }
            _ => self.flush(),
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::TableRow => {}
            TagEnd::Heading(_) => self.close_heading(&range),
            TagEnd::CodeBlock => {
                if let (Some((language, text, start)), Some(section)) =
                    (self.code.take(), self.sections.last_mut())
                {
                    let first_line = self.index.position(start).line;
                    section.code.push(Code { language, text, first_line });
                }
            }
            TagEnd::TableCell => {
                let text = truncate_end(self.line.trim(), MAX_CELL);
                let span = self.index.span(self.range.take().unwrap_or(range));
                self.line.clear();
                let Some(grid) = &mut self.grid else { return };
                let row = match self.cells {
                    Cells::Head => Some(&mut grid.header),
                    Cells::Row => grid.rows.last_mut(),
                    Cells::Nowhere => None,
                };
                if let Some(row) = row.filter(|row| row.len() < MAX_COLUMNS) {
                    row.push(Line { text, span });
                }
            }
            TagEnd::TableHead => self.cells = Cells::Row,
            TagEnd::Table => {
                if let (Some(grid), Some(section)) = (self.grid.take(), self.sections.last_mut())
                    && self.tables <= MAX_TABLES
                {
                    section.tables.push(grid);
                }
            }
            _ => self.flush(),
        }
    }

    fn close_heading(&mut self, range: &Range<usize>) {
        let title = truncate_end(self.line.trim(), MAX_CELL);
        self.line.clear();
        self.range = None;
        let level = self.heading.take().unwrap_or(1);
        if self.sections.len() >= MAX_SECTIONS {
            self.cut = true;
            return;
        }
        self.titles.retain(|(other, _)| *other < level);
        let above = self.titles.iter().map(|(_, title)| title.clone()).collect();
        self.titles.push((level, title.clone()));
        let span = Some(self.index.span(range.clone()));
        self.sections.push(Section { level, title, span, above, ..Section::default() });
    }

    /// Ends the line that is being read.
    fn flush(&mut self) {
        self.after_break = false;
        let text = self.line.trim().to_owned();
        self.line.clear();
        let range = self.range.take();
        let (Some(range), false) = (range, text.is_empty() || self.grid.is_some()) else { return };
        self.lines += 1;
        if self.lines > MAX_LINES {
            self.cut = true;
        } else if let Some(section) = self.sections.last_mut() {
            section.lines.push(Line { text, span: self.index.span(range) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Document {
        Document::read(RepoPath::new("T.md").unwrap(), Role::Team, text)
    }

    #[test]
    fn reads_sections_lines_tables_and_code() {
        let text = "# Team\n\n## Crew\n\n- **Model:** Opus\n  - deep\n**A:** 1\n**B:** 2\n\n| Name | Cost |\n|--|--|\n| **Total** | ~$1 |\n\n```yaml\na: 1\n```\n";
        let document = read(text);
        let crew = &document.sections[2];
        assert_eq!(
            (crew.title.as_str(), crew.level, crew.above.clone()),
            ("Crew", 2, vec!["Team".to_owned()])
        );
        let lines: Vec<&str> = crew.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["Model: Opus", "deep", "A: 1", "B: 2"]);
        assert_eq!(crew.fields()[0].value, "Opus");
        assert_eq!(crew.tables[0].rows[0][0].text, "Total");
        let cell = crew.tables[0].rows[0][1].span;
        assert_eq!((cell.start.line, cell.start.column, cell.end.column), (12, 15, 18));
        assert_eq!((crew.code[0].language.as_str(), crew.code[0].first_line), ("yaml", 15));
    }

    #[test]
    fn hostile_sizes_are_cut() {
        let rows = "| a | b |\n|--|--|\n".to_owned() + &"| 1 | 2 |\n".repeat(MAX_ROWS + 50);
        let document = read(&rows);
        assert!(document.cut && document.sections[0].tables[0].rows.len() == MAX_ROWS);
        let wide = format!("|{}\n|{}\n", " a |".repeat(90), "--|".repeat(90));
        assert_eq!(read(&wide).sections[0].tables[0].header.len(), MAX_COLUMNS);
        assert!(read(&"# x\n".repeat(MAX_SECTIONS + 5)).cut);
        let many = format!("{rows}\ntext\n\n").repeat(8);
        let rows: usize = read(&many).sections[0].tables.iter().map(|table| table.rows.len()).sum();
        assert_eq!(rows, MAX_ALL_ROWS);
        let length = read(&"ä1 ".repeat(MAX_TEXT)).sections[0].lines[0].text.len();
        assert!((MAX_TEXT - 3..=MAX_TEXT).contains(&length), "{length}");
        assert!(read(&"- ".repeat(5_000)).sections.len() == 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn never_panics(text in "[#|*`\\-~$0-9a-zA-Zä \n:>]{0,300}") {
            let document = read(&text);
            for section in &document.sections {
                let _ = section.fields();
            }
        }
    }
}
