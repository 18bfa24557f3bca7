use super::*;
use crate::report::sample;
use proptest::prelude::*;

#[test]
fn with_source() {
    insta::assert_snapshot!(render(&sample::report(), Options::default(), &sample::source));
}

#[test]
fn without_base() {
    let text = render(&sample::without_base(), Options::default(), &|_| None);
    assert!(text.contains("No base to compare with"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn nothing_to_check() {
    insta::assert_snapshot!(render(&sample::empty(), Options::default(), &|_| None));
}

#[test]
fn with_cost() {
    insta::assert_snapshot!(render(&sample::cost::costly(), Options::default(), &|_| None));
    let mut only = sample::cost::costly_without_base();
    (only.findings, only.always_loaded) = (vec![], vec![]);
    insta::assert_snapshot!("cost_without_base", render(&only, Options::default(), &|_| None));
}

#[test]
fn the_cost_fits_a_narrow_terminal() {
    let mut report = sample::cost::costly();
    (report.findings, report.files, report.always_loaded, report.stages) = (vec![], vec![], vec![], vec![]);
    let text = render(&report, Options { width: 60, ..Options::default() }, &|_| None);
    for line in text.lines().filter(|line| !line.contains("notes")) {
        assert!(line.width() <= 60 || line.starts_with("needs approval"), "{line}");
    }
}

#[test]
fn colour_only_adds_styles() {
    let colour = render(&sample::report(), Options { colour: true, ..Options::default() }, &sample::source);
    assert!(colour.contains("\u{1b}["));
    let stripped = anstream::adapter::strip_str(&colour).to_string();
    assert_eq!(stripped, render(&sample::report(), Options::default(), &sample::source));
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let mut report = sample::report();
    report.findings.truncate(1);
    let span = report.findings[0].place.span.as_mut().expect("a span");
    (span.start.line, span.end.line, span.start.column, span.end.column) = (1, 1, 4_001, 4_007);
    let source: Arc<str> = Arc::from(format!("{}needle{}", "hay ".repeat(1_000), " hay".repeat(1_000)));
    let out = render(&report, Options::default(), &|_| Some(Arc::clone(&source)));
    let shown: Vec<&str> = out.lines().skip(3).take(2).collect();
    assert!(shown[0].contains("needle") && shown[0].width() <= 110, "{out}");
    assert_eq!(shown[1].trim_start_matches([' ', '|']), "^^^^^^");
    assert_eq!(shown[0].split_once("needle").map(|(before, _)| before.width()), shown[1].find('^'), "{out}");
}

#[test]
fn a_flood_is_counted() {
    let text = render(&sample::flooded(100, "x"), Options { findings: 3, ..Options::default() }, &|_| None);
    assert!(text.contains("497 more new findings not shown in full"), "{text}");
    assert_eq!(text.matches("error[").count(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_commands_terminal_or_runner(
        text in crate::report::escape::tests::hostile_text(),
        start in (0_u32..5, 0_u32..30),
        end in (0_u32..5, 0_u32..30),
    ) {
        let mut report = sample::flooded(1, &text);
        for finding in &mut report.findings {
            finding.place.span = Some(crate::base::Span {
                start: crate::base::Position { line: start.0, column: start.1 },
                end: crate::base::Position { line: end.0, column: end.1 },
            });
        }
        let source: Arc<str> = Arc::from(text.repeat(3));
        let out = render(&report, Options::default(), &|_| Some(Arc::clone(&source)));
        for line in out.lines() {
            prop_assert!(!line.trim_start().starts_with("::"), "{}", line);
            prop_assert!(!line.contains("##[") && !line.contains(['\u{1b}', '\r', '\u{202e}']), "{}", line);
        }
    }
}
