//! What an editor can do about a finding: apply a fix, or ignore it with a reason.

use super::fix::Fix;
use super::text::Text;
use crate::agent::markdown::code_ranges;
use crate::agent::{Kind, front_matter};
use crate::base::{Finding, LineIndex, RepoPath};
use crate::rules::ignore::PLACE;
use std::ops::Range;

/// Rules about ignores, which nothing ignores.
const ABOUT_IGNORES: [&str; 2] = ["unused-ignore", "malformed-ignore"];

/// An edit of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// What it is called in the menu.
    pub(super) title: String,
    /// The bytes that are replaced.
    pub(super) range: Range<usize>,
    /// By what.
    pub(super) replacement: String,
    /// The part of the replacement that a person has to write.
    pub(super) place: Option<Range<usize>>,
    /// It is what one would do.
    pub(super) preferred: bool,
}

/// True when a fix is for this finding.
pub(super) fn is_for(fix: &Fix, finding: &Finding) -> bool {
    fix.rule == finding.rule && finding.place.span.map_or(fix.line <= 1, |span| span.start.line == fix.line)
}

/// The edit a fix makes.
pub(super) fn edit(fix: &Fix) -> Action {
    Action {
        title: crate::base::text::visible(&fix.message),
        range: fix.range.clone(),
        replacement: fix.replacement.clone(),
        place: None,
        preferred: fix.safe,
    }
}

/// The comment that ignores a finding; `None` where the format has no comments.
pub(super) fn ignore(finding: &Finding, path: &RepoPath, kind: Kind, text: &Text) -> Option<Action> {
    let known = super::diagnostics::rule(&finding.rule).is_some();
    if !known || ABOUT_IGNORES.contains(&finding.rule.as_str()) {
        return None;
    }
    let line = finding.place.span.map(|span| span.start.line);
    let rule = &finding.rule;
    let (at, before, opener, file, closer, after) =
        if kind.is_prose() { in_prose(line, text.as_str()) } else { beside(line, path, text.as_str())? };
    let said = format!("{before}{opener} weighbridge-ignore{file} {rule}: ");
    let place = said.len()..said.len() + PLACE.len();
    let scope = if file.is_empty() { "here" } else { "in this file" };
    Some(Action {
        title: format!("Ignore {rule} {scope}, for a reason that you write"),
        range: at..at,
        replacement: format!("{said}{PLACE}{closer}{after}"),
        place: Some(place),
        preferred: false,
    })
}

/// Where a comment goes, what stands before it, how it begins, for what it is, how it ends, what follows.
type Comment = (usize, String, &'static str, &'static str, &'static str, String);

/// In Markdown: in the front matter for what is in it, else at the end of the line, else for the whole file.
fn in_prose(line: Option<u32>, text: &str) -> Comment {
    let split = front_matter::split(text);
    let index = LineIndex::new(text);
    let whole = |file: &'static str| match &split.header {
        Some(header) => (header.start, String::new(), "#", file, "", end_of_line(text).to_owned()),
        None => (bom(text), String::new(), "<!--", file, " -->", format!("{0}{0}", end_of_line(text))),
    };
    let Some(line) = line else { return whole("-file") };
    let start = index.offset(crate::base::Position { line, column: 1 });
    if start < split.body {
        // Where nothing follows the front matter, an ignore in it holds for the next line only.
        return whole(if split.header.is_some() && split.body < text.len() { "" } else { "-file" });
    }
    let content = index.line(line).trim_end();
    let end = start + content.len();
    let in_code =
        code_ranges(text).iter().any(|range| range.start <= end && end <= range.end && !range.is_empty());
    if content.trim().is_empty() || in_code {
        return whole("-file");
    }
    (end, " ".to_owned(), "<!--", "", " -->", String::new())
}

/// In other files: on a line of its own before the one that is meant.
fn beside(line: Option<u32>, path: &RepoPath, text: &str) -> Option<Comment> {
    let opener = match path.extension()?.to_ascii_lowercase().as_str() {
        "yaml" | "yml" | "toml" => "#",
        // Plain JSON has no comments: one would break the file for everybody else.
        "jsonc" | "json5" => "//",
        _ => return None,
    };
    let index = LineIndex::new(text);
    let content = line.map(|line| index.line(line)).unwrap_or_default();
    let indent = content.len() - content.trim_start().len();
    let indent = content.get(..indent).unwrap_or_default().to_owned();
    let start = line.map_or(0, |line| index.offset(crate::base::Position { line, column: 1 }));
    let file = if line.is_some() { "" } else { "-file" };
    Some((start.max(bom(text)), indent, opener, file, "", end_of_line(text).to_owned()))
}

fn bom(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

fn end_of_line(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Place, Severity, Span};
    use crate::rules::ignore;
    use proptest::prelude::*;

    fn finding(line: Option<u32>) -> Finding {
        let path = RepoPath::new("a").unwrap();
        let place = line.map_or(Place::file(path.clone()), |line| Place::span(path, Span::at(line, 1)));
        Finding::new("CC-MEM-001", Severity::Error, place, "x")
    }

    fn applied(text: &str, line: Option<u32>, name: &str, kind: Kind, reason: &str) -> Option<String> {
        let action =
            ignore(&finding(line), &RepoPath::new(name).unwrap(), kind, &Text::new(text.to_owned()))?;
        let mut comment = action.replacement.clone();
        comment.replace_range(action.place.unwrap(), reason);
        let mut out = text.to_owned();
        out.replace_range(action.range, &comment);
        Some(out)
    }

    #[test]
    fn a_comment_is_one_of_the_format() {
        let prose = |text, line| applied(text, line, "CLAUDE.md", Kind::ClaudeMd, "why").unwrap();
        assert_eq!(prose("a\nb  \n", Some(2)), "a\nb <!-- weighbridge-ignore CC-MEM-001: why -->  \n");
        assert_eq!(prose("a\n", None), "<!-- weighbridge-ignore-file CC-MEM-001: why -->\n\na\n");
        let header = "---\r\nname: a\r\n---\r\nb\r\n";
        let with = |word: &str| format!("---\r\n# {word} CC-MEM-001: why\r\nname: a\r\n---\r\nb\r\n");
        assert_eq!(prose(header, Some(1)), with("weighbridge-ignore"));
        assert_eq!(prose(header, None), with("weighbridge-ignore-file"));
        assert!(prose("```\nx\n```\n", Some(2)).starts_with("<!-- weighbridge-ignore-file "));
        let other = |name, line| applied("a:\n  b: 1\n", line, name, Kind::Other, "why");
        assert_eq!(other("x.yaml", Some(2)).unwrap(), "a:\n  # weighbridge-ignore CC-MEM-001: why\n  b: 1\n");
        assert_eq!(other("x.toml", None).unwrap(), "# weighbridge-ignore-file CC-MEM-001: why\na:\n  b: 1\n");
        assert!(other("x.jsonc", Some(2)).unwrap().contains("\n  // weighbridge-ignore CC-MEM-001: why\n"));
        assert_eq!(other(".mcp.json", Some(2)), None);
    }

    #[test]
    fn what_is_no_rule_is_not_ignored() {
        let mut about = finding(Some(1));
        about.rule = "unused-ignore".to_owned();
        let path = RepoPath::new("CLAUDE.md").unwrap();
        assert_eq!(ignore(&about, &path, Kind::ClaudeMd, &Text::new("a".to_owned())), None);
        about.rule = "configuration".to_owned();
        assert_eq!(ignore(&about, &path, Kind::ClaudeMd, &Text::new("a".to_owned())), None);
    }

    #[test]
    fn a_fix_belongs_to_the_finding_of_its_line() {
        let fix = |rule: &str, line| Fix {
            rule: rule.to_owned(),
            line,
            message: "do\u{1b}".to_owned(),
            range: 0..1,
            replacement: "x".to_owned(),
            safe: true,
            group: None,
        };
        let fit = |line, fix: &Fix| is_for(fix, &finding(line));
        assert!(fit(Some(2), &fix("CC-MEM-001", 2)) && fit(None, &fix("CC-MEM-001", 1)));
        assert!(!fit(Some(2), &fix("CC-MEM-001", 1)) && !fit(Some(2), &fix("CC-MEM-002", 2)));
        assert_eq!(edit(&fix("a", 1)).title, "do\\u{1b}");
    }

    proptest! {
        #[test]
        fn a_comment_with_a_reason_is_an_ignore_of_the_line(
            text in "(---\n|a: b\n|# T\n|text\n|- item\n|```\n|\n|`code`\n|  x){0,9}", line in proptest::option::of(1_u32..9),
        ) {
            let lines = u32::try_from(LineIndex::new(&text).lines()).unwrap();
            prop_assume!(line.is_none_or(|line| line <= lines));
            let edited = applied(&text, line, "CLAUDE.md", Kind::ClaudeMd, "why not").unwrap();
            let header = front_matter::split(&edited).body;
            let read = ignore::read(&edited, || code_ranges(&edited), &(0..header));
            prop_assert_eq!(&read.malformed, &[]);
            prop_assert_eq!(read.ignores.len(), 1, "{}", edited);
            let held = &read.ignores[0];
            // An ignore that opens the file has moved the line it is about.
            let moved = edited.lines().count().saturating_sub(text.lines().count());
            let now = line.map_or(0, |line| line + u32::try_from(moved).unwrap());
            let was = line.unwrap_or(0);
            prop_assert!((held.lines.0..=held.lines.1).contains(&now) || (held.lines.0..=held.lines.1).contains(&was), "{edited}");
        }
    }
}
