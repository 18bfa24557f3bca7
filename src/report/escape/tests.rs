use super::*;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The text a reader sees, and every element the Markdown makes apart from paragraphs and our own tags.
fn rendered(markdown: &str) -> (String, Vec<String>) {
    // Neither forge turns quotes and dashes into others.
    let options = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
    let (mut text, mut others) = (String::new(), Vec::new());
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::InlineHtml(tag) if matches!(&*tag, "<span>" | "</span>" | "<code>" | "</code>") => {}
            Event::Start(Tag::Paragraph) | Event::End(_) => {}
            other => others.push(format!("{other:?}")),
        }
    }
    (text, others)
}

#[test]
fn markdown_is_only_text() {
    for hostile in [
        "# title",
        "- item",
        "1. item",
        "/close",
        "> quote",
        "=====",
        "---",
        "    code",
        "**bold** _em_ ~strike~ `code` ``x``",
        "[text](https://evil.example) ![img](x) [ref][x] [^1]",
        "a | b",
        "<script>alert(1)</script> <!-- weighbridge -->",
        "&lt; &#64; \\* ",
        "https://evil.example www.evil.example me@evil.example mailto:me@x.example",
        "$x$ $$y$$ :tada: ==x== {+add+}",
        ": definition",
    ] {
        let (text, others) = rendered(&markdown(hostile));
        assert_eq!((text.as_str(), others), (visible(hostile).trim_end(), vec![]), "{hostile}");
    }
}

#[test]
fn markdown_separates_references() {
    assert_eq!(markdown("@octo #12 !3"), "<span>&#64;</span>octo <span>&#35;</span>12 <span>&#33;</span>3");
    assert_eq!(
        markdown("~bug &7 %1 $5"),
        "<span>&#126;</span>bug <span>&#38;</span>7 <span>&#37;</span>1 <span>&#36;</span>5"
    );
    assert_eq!(markdown("GH-7"), "GH<span>&#45;</span>7");
    assert_eq!(markdown("see deadbeef01."), "see <code>deadbeef01</code>.");
    assert_eq!(markdown("https://x.y"), "https<span>&#58;</span>//x.y");
    assert_eq!(markdown("100 % of a_b!"), "100 % of a_b!");
    assert_eq!(markdown("a\u{202e}b\nc"), "a&#92;u{202e}b&#92;nc");
}

#[test]
fn code_survives_anything() {
    assert_eq!(markdown_code("src/AGENTS.md"), "`src/AGENTS.md`");
    assert_eq!(markdown_code("a`b``c"), "<code>a&#96;b&#96;&#96;c</code>");
    assert_eq!(markdown_code("a|b\n@c"), "<code>a&#124;b&#92;n<span>&#64;</span>c</code>");
    assert_eq!(markdown_code(""), "<code></code>");
    assert_eq!(markdown_code("<!-- weighbridge"), "<code>&lt;!-- weighbridge</code>");
}

#[test]
fn prose_keeps_paired_backticks() {
    assert_eq!(
        markdown_prose("`name` is missing, use `a|b`"),
        "`name` is missing, use <code>a&#124;b</code>"
    );
    assert_eq!(markdown_prose("an odd ` one"), "an odd &#96; one");
    assert_eq!(markdown_prose("`a``b`"), "&#96;a&#96;&#96;b&#96;");
}

#[test]
fn workflow_commands_cannot_be_forged() {
    assert_eq!(workflow_data("50%\r\n::error::x"), "50%25%0A::error::x");
    assert_eq!(workflow_property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    assert_eq!(workflow_data("\u{1b}[31m"), "\\u{1b}[31m");
}

#[test]
fn terminal_has_no_commands() {
    assert_eq!(terminal("\u{1b}]0;x\u{7}"), "\\u{1b}]0;x\\u{7}");
    assert_eq!(terminal("  ::error::x"), "  \\u{3a}:error::x");
    assert_eq!(terminal("x ##[error]y"), "x ##\\u{5b}error]y");
}

#[test]
fn xml_drops_what_xml_forbids() {
    assert_eq!(xml("a\u{0}\u{1b}b\u{fffe}\u{202e}\n"), "ab\\u{202e}\n");
}

#[test]
fn a_label_of_a_chart_is_plain() {
    assert_eq!(mermaid_label("1. `x` \"|<b>"), "1- -x- -b");
    assert_eq!(mermaid_label("%%{init: {}}%%"), "init");
    assert_eq!(mermaid_label("\n\u{202e}日"), "unnamed");
    assert_eq!(mermaid_source("pie\n```\n%%{x}<script>"), "pie\n\nxscript");
}

#[test]
fn a_cell_of_a_spreadsheet_is_no_formula() {
    assert_eq!(csv("support"), "support");
    assert_eq!(csv("=cmd()"), "\"'=cmd()\"");
    assert_eq!(csv(" @SUM(1,\"a\")"), "\"' @SUM(1,\"\"a\"\")\"");
    assert_eq!(csv("a\n=b;c"), "\"a\\n=b;c\"");
}

#[test]
fn html_is_text() {
    assert_eq!(html("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}

/// Text made of what has a meaning somewhere.
pub(crate) fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("<!-- weighbridge"),
        Just("-->"),
        Just("@team"),
        Just("#12"),
        Just("`"),
        Just("```"),
        Just("|"),
        Just("\n"),
        Just("\r\n"),
        Just("::error::"),
        Just("##[group]"),
        Just("\u{1b}[31m"),
        Just("\u{202e}"),
        Just("[x](y)"),
        Just("<b>"),
        Just("&amp;"),
        Just("~"),
        Just("*"),
        Just("_"),
        Just("$1"),
        Just("\\"),
        Just("https://a.b"),
        Just("www.a.b"),
        Just("%0A"),
        Just("{{x}}"),
        Just("/close"),
        Just("]]>"),
        Just(" "),
        Just("ä日🦀"),
        Just("word"),
        Just("\u{0}"),
        Just("</details>"),
        Just("deadbeef"),
        Just("- "),
        Just("1. "),
    ];
    proptest::collection::vec(
        prop_oneof![pieces.prop_map(str::to_owned), any::<char>().prop_map(String::from)],
        0..12,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_renders_as_itself(text in hostile_text()) {
        let shown = visible(&text);
        for escaped in [markdown(&text), markdown_code(&text)] {
            prop_assert!(!escaped.contains("<!"));
            prop_assert!(!escaped.contains('\n'), "{}", escaped);
            let (seen, others) = rendered(&format!("{escaped}\n"));
            prop_assert_eq!(others, Vec::<String>::new());
            prop_assert_eq!(seen.trim_end(), shown.trim_end());
        }
    }

    #[test]
    fn prose_makes_only_code(text in hostile_text()) {
        let (_, others) = rendered(&markdown_prose(&text));
        prop_assert_eq!(others, Vec::<String>::new());
    }

    #[test]
    fn a_cell_stays_a_cell(text in hostile_text()) {
        let table = format!("| a | b |\n|---|---|\n| {} | {} |\n", markdown(&text), markdown_code(&text));
        let cells = Parser::new_ext(&table, Options::ENABLE_TABLES)
            .filter(|event| matches!(event, Event::Start(Tag::TableCell))).count();
        prop_assert_eq!(cells, 4);
    }

    #[test]
    fn one_line_of_log(text in hostile_text()) {
        for line in [terminal(&text), workflow_data(&text), workflow_property(&text)] {
            prop_assert!(!line.contains(['\n', '\r', '\u{1b}']), "{}", line);
        }
        prop_assert!(!terminal(&text).trim_start().starts_with("::"));
    }
}
