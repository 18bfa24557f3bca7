//! What our rules would write instead: one list of the rules that have a fix, and what they share.
//!
//! A rule has a fix only where one text is right, or likely enough to be offered as a change that somebody looks at.

use super::{
    Rule, bidirectional_controls, hangul_filler, hidden_tag_characters, ignored_timeout, misnamed_server,
    unexpanded_variable, unknown_agent_color, unloadable_servers, unused_ignore, variation_selector_run,
    zero_width_characters,
};
use crate::agent::FileView;
use crate::base::{Finding, Span};
use crate::rules::characters::{Hidden, find};
use crate::rules::fix::Fix;
use crate::rules::ignore::Ignores;
use std::ops::Range;

/// A rule with a fix.
pub struct Fixer {
    /// The rule.
    pub rule: &'static Rule,
    /// `safe`, `unsafe`, or `safe or unsafe` where it depends on the text.
    pub safety: &'static str,
    fix: fn(&Rule, &FileView<'_>) -> Vec<Fix>,
}

/// Every rule of ours that has one.
pub static FIXERS: [Fixer; 11] = [
    Fixer {
        rule: &bidirectional_controls::RULE,
        safety: "safe or unsafe",
        fix: |rule, view| hidden(rule, view, Hidden::Bidi),
    },
    Fixer {
        rule: &hangul_filler::RULE,
        safety: "safe or unsafe",
        fix: |rule, view| hidden(rule, view, Hidden::Filler),
    },
    Fixer {
        rule: &hidden_tag_characters::RULE,
        safety: "safe or unsafe",
        fix: |rule, view| hidden(rule, view, Hidden::Tag),
    },
    Fixer { rule: &ignored_timeout::RULE, safety: "unsafe", fix: ignored_timeout::fix },
    Fixer { rule: &misnamed_server::RULE, safety: "unsafe", fix: misnamed_server::fix },
    Fixer { rule: &unexpanded_variable::RULE, safety: "safe or unsafe", fix: unexpanded_variable::fix },
    Fixer { rule: &unknown_agent_color::RULE, safety: "safe or unsafe", fix: unknown_agent_color::fix },
    Fixer { rule: &unloadable_servers::RULE, safety: "unsafe", fix: unloadable_servers::fix },
    // Which ignores are idle is known when all findings are: see `ignores`.
    Fixer { rule: &unused_ignore::RULE, safety: "safe", fix: |_, _| Vec::new() },
    Fixer {
        rule: &variation_selector_run::RULE,
        safety: "safe or unsafe",
        fix: |rule, view| hidden(rule, view, Hidden::Selectors),
    },
    Fixer {
        rule: &zero_width_characters::RULE,
        safety: "safe or unsafe",
        fix: |rule, view| hidden(rule, view, Hidden::ZeroWidth),
    },
];

/// What our rules would write instead in one file.
pub fn fixes(view: &FileView<'_>) -> Vec<Fix> {
    FIXERS.iter().flat_map(|fixer| (fixer.fix)(fixer.rule, view)).collect()
}

/// How sure the fixes of a rule of ours are; `None` when it has none.
pub fn safety(rule: &str) -> Option<&'static str> {
    FIXERS.iter().find(|fixer| fixer.rule.id == rule).map(|fixer| fixer.safety)
}

/// Takes the ignores out that the findings say are idle.
pub fn ignores(view: &FileView<'_>, said: &Ignores, idle: &[Finding]) -> Vec<Fix> {
    unused_ignore::fix(view, said, idle)
}

/// A fix of a rule at the line of its finding.
pub(super) fn of(
    rule: &Rule,
    line: u32,
    (range, replacement): (Range<usize>, String),
    message: String,
    safe: bool,
) -> Fix {
    Fix { rule: rule.id.to_owned(), line, message, range, replacement, safe, group: None }
}

/// The bytes of a span and the text there.
pub(super) fn written<'t>(view: &FileView<'t>, span: Span) -> Option<(Range<usize>, &'t str)> {
    let range = view.index().offset(span.start)..view.index().offset(span.end);
    Some((range.clone(), view.text.get(range)?))
}

/// The same for a text of JSON or TOML between its quotes.
pub(super) fn quoted<'t>(view: &FileView<'t>, span: Span) -> Option<(Range<usize>, &'t str)> {
    let (range, text) = written(view, span)?;
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    Some((range.start + 1..range.end - 1, inside))
}

/// Takes the hidden characters of a kind out, line by line: an ignore holds for a line.
fn hidden(rule: &Rule, view: &FileView<'_>, kind: Hidden) -> Vec<Fix> {
    let Some(hits) = find(view.text, kind) else { return Vec::new() };
    // Where they may belong to what stands beside them, taking them out changes what is seen.
    if is_meant(view.text, kind, &hits.all) {
        return Vec::new();
    }
    let line_of = |one: &Range<usize>| view.index().position(one.start).line;
    let lines = hits.all.chunk_by(|one, next| line_of(one) == line_of(next));
    let fixed = lines.filter_map(|line| {
        let range = line.first()?.start..line.last()?.end;
        let (mut kept, mut at) = (String::new(), range.start);
        for one in line {
            kept += view.text.get(at..one.start)?;
            at = one.end;
        }
        let safe = !line.iter().any(|one| view.is_code(one.start));
        let what = crate::base::text::plural(line.len(), "hidden character", "hidden characters");
        let message = format!("take out {what}");
        Some(of(rule, line_of(line.first()?), (range, kept), message, safe))
    });
    fixed.collect()
}

/// True for characters that scripts and pictures of this text may need.
fn is_meant(text: &str, kind: Hidden, all: &[Range<usize>]) -> bool {
    let any = |is: fn(char) -> bool| text.chars().any(is);
    let follows = |is: fn(char) -> bool| {
        all.iter().any(|one| text.get(..one.start).and_then(|head| head.chars().next_back()).is_some_and(is))
    };
    match kind {
        Hidden::Bidi => {
            any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'))
        }
        Hidden::Filler => any(
            |c| matches!(c, '\u{1100}'..='\u{115e}' | '\u{1161}'..='\u{11ff}' | '\u{3131}'..='\u{3163}' | '\u{ac00}'..='\u{d7a3}'),
        ),
        Hidden::Tag => follows(|c| c == '\u{1f3f4}'),
        Hidden::Selectors => follows(
            |c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'),
        ),
        Hidden::ZeroWidth => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::read;
    use crate::base::{BlobId, MemoryTree, RepoPath};
    use crate::config::Declared;
    use crate::rules::fix::apply;
    use proptest::prelude::*;

    fn with_view<R>(at: &str, text: &str, ask: impl FnOnce(&FileView<'_>) -> R) -> R {
        let path = RepoPath::new(at).expect("inside");
        let tree = MemoryTree::new([(at, text)]);
        let kind = crate::agent::classify(&path, &tree, &Declared::default()).expect("an agent file");
        let found = read(&path, kind, BlobId([0; 20]), text.as_bytes());
        ask(&FileView::new((&path, kind), text, (&found.header, &found.split), false))
    }

    /// The text after the fixes of one rule, and whether all were safe.
    fn fixed(at: &str, text: &str, rule: &str) -> (String, bool) {
        with_view(at, text, |view| {
            let all: Vec<Fix> = fixes(view).into_iter().filter(|fix| fix.rule == rule).collect();
            (apply(text, &all, |_| true).0, all.iter().all(|fix| fix.safe))
        })
    }

    fn is_found(at: &str, text: &str, rule: &str) -> bool {
        with_view(at, text, |view| {
            let of_clients = crate::agent::verdict::of_file(view);
            super::super::check_file(view).iter().any(|finding| finding.rule == rule)
                || (rule == "unloadable-servers" && !of_clients.is_empty())
        })
    }

    /// The fix changes this into that, takes the finding away and has nothing to do the second time.
    fn changes(at: &str, rule: &str, before: &str, after: &str, safe: bool) {
        assert!(is_found(at, before, rule), "{rule} finds nothing in {before:?}");
        assert_eq!(fixed(at, before, rule), (after.to_owned(), safe), "{rule} on {before:?}");
        assert!(!is_found(at, after, rule), "{rule} is still found in {after:?}");
        assert_eq!(fixed(at, after, rule).0, after);
    }

    fn stays(at: &str, rule: &str, text: &str) {
        assert!(is_found(at, text, rule), "{rule} finds nothing in {text:?}");
        assert_eq!(fixed(at, text, rule).0, text, "{rule} on {text:?}");
    }

    #[test]
    fn hidden_characters_go_and_nothing_else() {
        let at = "AGENTS.md";
        changes(at, "zero-width-characters", "a\u{200b}b é\u{2060} c\u{ad}d", "ab é cd", true);
        changes(at, "zero-width-characters", "ok `a\u{200b}b`", "ok `ab`", false);
        changes(at, "zero-width-characters", "a\u{200b}b\nc\n\u{200b}d\u{200b}e", "ab\nc\nde", true);
        changes(at, "bidirectional-controls", "x\u{202e}y\u{2066}", "xy", true);
        changes(at, "hidden-tag-characters", "x\u{e0041}\u{e0042} y\u{e0043}.", "x y.", true);
        changes(at, "variation-selector-run", "a\u{e0101}\u{e0102}b", "ab", true);
        changes(at, "hangul-filler", "a\u{3164}b", "ab", true);
        let family = "\u{1f468}\u{200d}\u{1f469} می\u{200c}خواهم";
        changes(at, "zero-width-characters", &format!("{family} a\u{200b}b"), &format!("{family} ab"), true);
    }

    #[test]
    fn what_a_script_or_a_picture_may_need_is_left() {
        let at = "AGENTS.md";
        stays(at, "bidirectional-controls", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{2066}abc\u{2069}");
        stays(at, "hidden-tag-characters", "\u{1f3f4}\u{e0067}\u{e0062}");
        stays(at, "hangul-filler", "a\u{3164}b 한글");
        stays(at, "variation-selector-run", "葛\u{e0100}\u{e0101}");
    }

    fn servers(inside: &str) -> String {
        format!("{{\n  \"mcpServers\": {{\n    \"a\": {{{inside}}}\n  }}\n}}\n")
    }

    #[test]
    fn variables_are_written_as_the_client_reads_them() {
        let rule = "unexpanded-variable";
        let case = |at: &str, before: &str, after: &str, safe: bool| {
            let of = |text: &str| servers(&format!("\"command\": \"x\", \"env\": {{\"A\": \"{text}\"}}"));
            changes(at, rule, &of(before), &of(after), safe);
        };
        case(".mcp.json", "$TOKEN", "${TOKEN}", true);
        case(".mcp.json", "Bearer ${env:TOKEN}", "Bearer ${TOKEN}", true);
        case(".mcp.json", "$a-$B \\\"é\\u00e9", "${a}-${B} \\\"é\\u00e9", false);
        case(".cursor/mcp.json", "${TOKEN}", "${env:TOKEN}", true);
        case(".vscode/mcp.json", "x-$TOKEN", "x-${env:TOKEN}", false);
        let left = |at: &str, text: &str| {
            stays(at, rule, &servers(&format!("\"command\": \"x\", \"env\": {{\"A\": \"{text}\"}}")))
        };
        left(".mcp.json", "${input:key}");
        left(".cursor/mcp.json", "${TOKEN:-none}");
        left(".mcp.json", "${A:-${B}}");
    }

    #[test]
    fn servers_are_named_timed_and_typed() {
        let at = ".mcp.json";
        changes(
            at,
            "ignored-timeout",
            &servers("\"command\": \"x\", \"timeout\": 30"),
            &servers("\"command\": \"x\", \"timeout\": 30000"),
            false,
        );
        changes(
            at,
            "ignored-timeout",
            &servers("\"command\": \"x\", \"timeout\": 1.5"),
            &servers("\"command\": \"x\", \"timeout\": 1500"),
            false,
        );
        stays(at, "ignored-timeout", &servers("\"command\": \"x\", \"timeout\": 0"));
        let named = |name: &str| format!("{{\"mcpServers\": {{\"{name}\": {{\"command\": \"x\"}}}}}}");
        changes(at, "misnamed-server", &named("my files (2)"), &named("my-files-2"), false);
        stays(at, "misnamed-server", &named("日本"));
        stays(
            at,
            "misnamed-server",
            "{\"mcpServers\": {\"a b\": {\"command\": \"x\"}, \"a-b\": {\"command\": \"y\"}}}",
        );
        let api = |kind: &str, url: &str| servers(&format!("{kind}\"url\": \"{url}\""));
        changes(
            at,
            "unloadable-servers",
            &api("", "https://x.example/mcp"),
            &api("\"type\": \"http\", ", "https://x.example/mcp"),
            false,
        );
        changes(
            at,
            "unloadable-servers",
            &api("", "https://x.example/sse"),
            &api("\"type\": \"sse\", ", "https://x.example/sse"),
            false,
        );
        let lines =
            "{\n\t\"mcpServers\": {\n\t\t\"a\": {\n\t\t\t\"url\": \"https://x.example/mcp\"\n\t\t}\n\t}\n}\n";
        let typed = lines.replace("\"url\"", "\"type\": \"http\",\n\t\t\t\"url\"");
        changes(at, "unloadable-servers", lines, &typed, false);
        stays(at, "unloadable-servers", &servers("\"env\": {}"));
    }

    #[test]
    fn colours_are_the_nearest() {
        let at = ".claude/agents/a.md";
        let of = |color: &str| format!("---\nname: a\ndescription: d\ncolor: {color}\n---\nx\n");
        let rule = "unknown-agent-color";
        changes(at, rule, &of("\"Blue\""), &of("\"blue\""), true);
        changes(at, rule, &of("magenta"), &of("pink"), false);
        changes(at, rule, &of("yelow"), &of("yellow"), false);
        stays(at, rule, &of("\"#ff0000\""));
        stays(at, rule, &of("[red]"));
    }

    #[test]
    fn every_fixer_is_said_and_every_fix_is_of_one() {
        let mut ids: Vec<&str> = FIXERS.iter().map(|fixer| fixer.rule.id).collect();
        assert!(ids.is_sorted());
        ids.dedup();
        assert_eq!(ids.len(), FIXERS.len());
        assert_eq!((safety("unused-ignore"), safety("nul-byte")), (Some("safe"), None));
    }

    proptest! {
        #[test]
        fn fixes_of_any_text_are_applied_once(
            text in "([a-c é`\n\u{200b}\u{200d}\u{ad}\u{202e}\u{e0041}\u{1f3f4}\u{1f468}\u{e0101}\u{3164}\u{feff}]|```){0,30}",
        ) {
            let run = |text: &str| with_view("AGENTS.md", text, |view| apply(text, &fixes(view), |_| true).0);
            // Overlapping stretches wait for the next round, as they do when a file is fixed.
            let (mut now, mut rounds) = (text.clone(), 0);
            while run(&now) != now && rounds < 10 {
                now = run(&now);
                rounds += 1;
            }
            prop_assert!(rounds < 10);
            let visible = |text: &str| text.chars().filter(|c| c.is_ascii() || matches!(c, 'é' | '\u{1f3f4}' | '\u{1f468}')).collect::<String>();
            prop_assert_eq!(visible(&now), visible(&text));
        }

        #[test]
        fn values_of_json_stay_json(value in "[ -~é]{0,20}", name in "[ -~]{1,8}") {
            let json = serde_json::json!({"mcpServers": {name: {"url": value.clone(), "timeout": 3, "env": {"A": value}}}});
            for text in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
                for at in [".mcp.json", ".cursor/mcp.json"] {
                    let all = with_view(at, &text, fixes);
                    let (next, _) = apply(&text, &all, |_| true);
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&next).is_ok(), "{} became {}", text, next);
                }
            }
        }
    }
}
