//! Ignores beside what they are about: `<!-- weighbridge-ignore RULE: reason -->` in Markdown, `# weighbridge-ignore RULE: reason`
//! in YAML and TOML, `// weighbridge-ignore RULE: reason` in JSON with comments.
//!
//! An ignore holds for its own line; one that stands alone on its line holds for the next line that is not empty, or for
//! the code block that begins there. In front matter it holds for all of that: many findings point at its first line.
//! `weighbridge-ignore-file` holds for the whole file. The reason is not optional: whoever reads the file next has to know
//! it.

use crate::agent::front_matter;
use crate::agent::markdown::code_ranges;
use crate::base::{LineIndex, RepoPath, Span};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The word that begins an ignore.
const WORD: &str = "weighbridge-ignore";
/// Ignores of one file that are read.
const MAX_IGNORES: usize = 1_000;
/// Characters of a reason that are kept.
const MAX_REASON: usize = 300;
/// What stands where a reason has to be written.
pub const PLACE: &str = "reason";
/// A shorter reason is none.
const MIN_REASON: usize = 3;

/// One rule that is to be silent somewhere in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignore {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// The first and the last line it holds for, from 1; 0 stands for the file as a whole.
    pub lines: (u32, u32),
    /// Where it is written.
    pub span: Span,
}

/// A comment that looks like an ignore and is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malformed {
    /// What is wrong.
    pub message: String,
    /// Where it is written.
    pub span: Span,
}

/// What a file says about being ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignores {
    /// In the order of the file.
    pub ignores: Vec<Ignore>,
    /// What was meant as one.
    pub malformed: Vec<Malformed>,
}

impl Ignores {
    /// The first of them that silences a finding of a rule on a line; 0 stands for the file as a whole.
    pub fn position(&self, rule: &str, line: u32) -> Option<usize> {
        let holds =
            |ignore: &Ignore| ignore.rule == rule && (ignore.lines.0..=ignore.lines.1).contains(&line);
        self.ignores.iter().position(holds)
    }

    /// Why a finding of a rule on a line is silenced.
    pub fn reason(&self, rule: &str, line: u32) -> Option<&str> {
        Some(&self.ignores.get(self.position(rule, line)?)?.reason)
    }
}

/// What begins a comment in front matter and configuration.
const OF_CONFIGURATION: &[&str] = &["#", "//"];
/// What begins a comment in Markdown.
const OF_MARKDOWN: &[&str] = &["<!--"];
/// What begins a comment in any language.
const OF_ANY: &[&str] = &["<!--", "#", "//", "/*", "--", ";", "%", "*"];

/// Reads the ignores of a text. `code` are byte ranges of code in Markdown, in which an ignore is an example; `header` is
/// the byte range of its front matter, where `#` begins a comment. Other files are all header.
pub fn read(text: &str, code: impl FnOnce() -> Vec<Range<usize>>, header: &Range<usize>) -> Ignores {
    let openers = |at: usize| if header.contains(&at) { OF_CONFIGURATION } else { OF_MARKDOWN };
    let in_markdown = (header.end < text.len()).then_some(header);
    read_with(text, code, in_markdown, openers)
}

/// The ignores of one rule in a text that is no agent file, in whatever language it is.
pub fn of_rule(rule: &str, path: &RepoPath, text: &str) -> Ignores {
    let name = path.name().to_ascii_lowercase();
    let mut found = if [".md", ".mdx", ".markdown"].iter().any(|ending| name.ends_with(ending)) {
        read(text, || code_ranges(text), &(0..front_matter::split(text).body))
    } else {
        read_with(text, Vec::new, None, |_| OF_ANY)
    };
    found.ignores.retain(|ignore| ignore.rule == rule);
    // Whoever writes about ignores elsewhere does not have to write them well.
    found.malformed.clear();
    found
}

fn read_with(
    text: &str,
    code: impl FnOnce() -> Vec<Range<usize>>,
    header: Option<&Range<usize>>,
    openers: impl Fn(usize) -> &'static [&'static str],
) -> Ignores {
    let mut found = Ignores::default();
    if memchr::memmem::find(text.as_bytes(), WORD.as_bytes()).is_none() {
        return found;
    }
    let code = code();
    let index = LineIndex::new(text);
    for (at, _) in text.match_indices(WORD) {
        if found.ignores.len() + found.malformed.len() >= MAX_IGNORES {
            break;
        }
        if code.iter().any(|range| range.contains(&at)) {
            continue;
        }
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline);
        let (Some(before), Some(rest)) = (text.get(start..at), text.get(at + WORD.len()..end)) else {
            continue;
        };
        let Some((opener, alone)) = comment(before, openers(at)) else { continue };
        let closer = match opener {
            "<!--" => Some("-->"),
            "/*" | "*" => Some("*/"),
            _ => None,
        };
        let rest = match closer.and_then(|closer| rest.split_once(closer)) {
            Some((inside, after)) => (inside, alone && after.trim().is_empty()),
            None => (rest, alone && opener != "<!--"),
        };
        let span = index.span(at..end);
        match said(rest.0) {
            Ok((whole, rules, reason)) => {
                let lines = if whole {
                    (0, u32::MAX)
                } else if let Some(header) = header.filter(|header| header.contains(&at)) {
                    (0, index.position(header.end.saturating_sub(1)).line)
                } else if rest.1 {
                    let next = next_line(text, end, span.start.line);
                    let block = code.iter().find(|block| index.position(block.start).line == next);
                    (next, block.map_or(next, |block| index.position(block.end.saturating_sub(1)).line))
                } else {
                    (span.start.line, span.start.line)
                };
                found.ignores.extend(rules.into_iter().map(|rule| Ignore {
                    rule,
                    reason: reason.clone(),
                    lines,
                    span,
                }));
            }
            Err(message) => found.malformed.push(Malformed { message, span }),
        }
    }
    found
}

/// What begins the comment, and whether nothing stands before it.
fn comment(before: &str, openers: &[&'static str]) -> Option<(&'static str, bool)> {
    let before = before.trim_end();
    openers.iter().find_map(|opener| {
        let rest = before.strip_suffix(opener)?;
        Some((*opener, rest.trim().is_empty()))
    })
}

/// `-file RULE, RULE: reason`: whether it is for the whole file, the rules, the reason.
fn said(rest: &str) -> Result<(bool, Vec<String>, String), String> {
    let (whole, rest) = rest.strip_prefix("-file").map_or((false, rest), |rest| (true, rest));
    if !rest.starts_with(char::is_whitespace) {
        return Err("write a space and the rule after `weighbridge-ignore`".to_owned());
    }
    let form = "write `weighbridge-ignore RULE: reason`";
    let Some((rules, reason)) = rest.split_once(':') else {
        return Err(format!("an ignore needs a reason; {form}"));
    };
    let rules: Vec<String> = rules.split(',').map(|rule| rule.trim().to_owned()).collect();
    let is_name = |rule: &String| {
        !rule.is_empty() && rule.len() <= 80 && rule.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if !rules.iter().all(is_name) {
        return Err(format!("an ignore names its rules one by one; {form}"));
    }
    let reason = crate::base::text::truncate_end(reason.trim(), MAX_REASON);
    // What an editor fills in, and the word of our own documentation, is the place of a reason and none itself.
    if reason.chars().count() < MIN_REASON || reason.eq_ignore_ascii_case(PLACE) {
        return Err(format!("an ignore needs a reason; {form}"));
    }
    Ok((whole, rules, reason))
}

/// The number of the next line that is not empty; `line` is that of the one that ends at `end`.
fn next_line(text: &str, end: usize, line: u32) -> u32 {
    let rest = text.get(end..).and_then(|rest| rest.strip_prefix('\n')).unwrap_or_default();
    let empty = rest.lines().take_while(|line| line.trim().is_empty()).count();
    line.saturating_add(1).saturating_add(u32::try_from(empty).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &str, header: Range<usize>) -> Vec<(String, (u32, u32), String)> {
        let found = read(text, Vec::new, &header);
        found.ignores.into_iter().map(|ignore| (ignore.rule, ignore.lines, ignore.reason)).collect()
    }

    #[test]
    fn an_ignore_holds_for_its_line_or_the_next_one() {
        let text = "a <!-- weighbridge-ignore AS-014: an example -->\n\n<!-- weighbridge-ignore x-y, CC-1: both -->\n\n b\n<!-- weighbridge-ignore-file nul-byte: why -->";
        let wanted: Vec<_> = [
            ("AS-014", (1, 1), "an example"),
            ("x-y", (5, 5), "both"),
            ("CC-1", (5, 5), "both"),
            ("nul-byte", (0, u32::MAX), "why"),
        ]
        .iter()
        .map(|(rule, lines, why)| ((*rule).to_owned(), *lines, (*why).to_owned()))
        .collect();
        assert_eq!(lines(text, 0..0), wanted);
    }

    #[test]
    fn comments_are_those_of_the_format() {
        let text = "name: x # weighbridge-ignore a-b: in YAML\n";
        assert_eq!(lines(text, 0..text.len()).len(), 1);
        assert!(lines(text, 0..0).is_empty(), "a # is a heading in Markdown");
        assert!(lines("say weighbridge-ignore a-b: no comment", 0..0).is_empty());
        let header = "---\n# weighbridge-ignore a-b: why\nname: x\n---\n";
        assert_eq!(lines(&format!("{header}text\n"), 0..header.len())[0].1, (0, 4));
        let code = "`<!-- weighbridge-ignore a-b: an example -->`";
        let ranges = || std::iter::once(0..code.len()).collect();
        assert!(read(code, ranges, &(0..0)).ignores.is_empty());
    }

    #[test]
    fn without_a_reason_it_is_none() {
        for text in ["a-b", "a-b:", "a-b: x", "a-b: reason", ": reason", "a b: reason", "*: all of it", ""] {
            let found = read(&format!("<!-- weighbridge-ignore {text} -->"), Vec::new, &(0..0));
            assert!(found.ignores.is_empty() && found.malformed.len() == 1, "{text}");
        }
    }

    #[test]
    fn before_a_code_block_it_holds_for_the_block() {
        let text = "x\n<!-- weighbridge-ignore a-b: samples -->\n\n```sh\none\ntwo\n```\nthree\n";
        let found = read(text, || code_ranges(text), &(0..0));
        assert_eq!(found.ignores[0].lines, (4, 7));
    }

    #[test]
    fn every_language_has_comments() {
        let said = |name: &str, text: &str| {
            let found = of_rule("leaked-secret", &RepoPath::new(name).expect("inside"), text);
            assert!(found.malformed.is_empty());
            found.ignores.into_iter().map(|ignore| (ignore.lines.0, ignore.reason)).collect::<Vec<_>>()
        };
        let one = |line: u32| vec![(line, "revoked".to_owned())];
        assert_eq!(said("a.py", "T = 1  # weighbridge-ignore leaked-secret: revoked\n"), one(1));
        assert_eq!(said("a.c", "/* weighbridge-ignore leaked-secret: revoked */\nx\n"), one(2));
        assert_eq!(said("a.c", "/*\n * weighbridge-ignore leaked-secret: revoked */\n\nx\n"), one(4));
        assert_eq!(said("a.sql", "-- weighbridge-ignore leaked-secret: revoked\nx\n"), one(2));
        assert_eq!(said("a.html", "x <!-- weighbridge-ignore leaked-secret: revoked -->\n"), one(1));
        assert_eq!(said("a.md", "x <!-- weighbridge-ignore leaked-secret: revoked -->\n"), one(1));
        assert_eq!(said("a.md", "x # weighbridge-ignore leaked-secret: revoked\n"), []);
        assert_eq!(
            said("a.py", "# weighbridge-ignore nul-byte: known\n# weighbridge-ignore leaked-secret\n"),
            []
        );
        assert_eq!(said("a.py", "print('weighbridge-ignore leaked-secret: revoked')\n"), []);
    }

    proptest! {
        #[test]
        fn anything_is_read(text in "(weighbridge-ignore|<!--|-->|-file|#|:| |\n|a-b|é){0,20}", at in 0..40_usize) {
            let found = read(&text, Vec::new, &(0..at));
            for ignore in found.ignores {
                prop_assert!(ignore.reason.chars().count() >= MIN_REASON);
                prop_assert!(ignore.lines.0 <= ignore.lines.1);
            }
        }
    }
}
