use super::*;
use proptest::prelude::*;

fn read(text: &str) -> (String, String, bool, String, Unit) {
    let figure = figure(text).unwrap_or_else(|| panic!("{text:?} is no figure"));
    let show = |value: Decimal| value.normalize().to_string();
    (show(figure.low), show(figure.high), figure.approximate, show(figure.precision), figure.unit)
}

#[test]
fn reads_what_people_write() {
    let cases = [
        ("~58K", "58000", "58000", true, "1000", Unit::Tokens),
        ("1,260K", "1260000", "1260000", false, "1000", Unit::Tokens),
        ("1.2M", "1200000", "1200000", false, "100000", Unit::Tokens),
        ("1.5 million tokens", "1500000", "1500000", false, "100000", Unit::Tokens),
        ("58000 tokens", "58000", "58000", false, "1", Unit::Tokens),
        ("~$3.48", "3.48", "3.48", true, "0.01", Unit::Dollars),
        ("$1,008", "1008", "1008", false, "1", Unit::Dollars),
        ("$.25", "0.25", "0.25", false, "0.01", Unit::Dollars),
        ("~$80-150", "80", "150", true, "1", Unit::Dollars),
        ("$16,000-$32,000", "16000", "32000", false, "1", Unit::Dollars),
        ("$80 to $150", "80", "150", false, "1", Unit::Dollars),
        ("$30–50", "30", "50", false, "1", Unit::Dollars),
        ("~20-30K", "20000", "30000", true, "1000", Unit::Tokens),
        ("~4K-10K", "4000", "10000", true, "1000", Unit::Tokens),
        ("~750-2.25K", "750", "2250", true, "10", Unit::Tokens),
        ("<$10", "0", "10", true, "1", Unit::Dollars),
        ("0.6x", "0.6", "0.6", false, "0.1", Unit::Factor),
        ("-40%", "-40", "-40", false, "1", Unit::Percent),
        ("+15-20%", "15", "20", false, "1", Unit::Percent),
        ("-$35 (-40%)", "-35", "-35", false, "1", Unit::Dollars),
        ("+$4 potential", "4", "4", false, "1", Unit::Dollars),
        ("-80K", "-80000", "-80000", false, "1000", Unit::Tokens),
        ("4 (2 parallel)", "4", "4", false, "1", Unit::Count),
        ("1-3", "1", "3", false, "1", Unit::Count),
        ("6 parallel", "6", "6", false, "1", Unit::Count),
        ("approximately $25", "25", "25", true, "1", Unit::Dollars),
        ("~130K tokens (50K vision + 80K synthesis)", "130000", "130000", true, "1000", Unit::Tokens),
        ("~$15.00 per 100K tokens", "15", "15", true, "0.01", Unit::Dollars),
        ("2 M", "2000000", "2000000", false, "1000000", Unit::Tokens),
        ("~10 K tokens", "10000", "10000", true, "1000", Unit::Tokens),
        ("1.5m", "1500000", "1500000", false, "100000", Unit::Tokens),
        ("2m tokens", "2000000", "2000000", false, "1000000", Unit::Tokens),
        ("200 000", "200000", "200000", false, "1", Unit::Count),
        ("1\u{202f}200\u{202f}000 tokens", "1200000", "1200000", false, "1", Unit::Tokens),
        ("$1 200", "1200", "1200", false, "1", Unit::Dollars),
        ("840000", "840000", "840000", false, "1", Unit::Count),
    ];
    for (text, low, high, approximate, precision, unit) in cases {
        let expected = (low.to_owned(), high.to_owned(), approximate, precision.to_owned(), unit);
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn leaves_what_is_no_figure() {
    for text in [
        "~included",
        "Opus 4.6",
        "claude-opus-4-6",
        "~15 min",
        "1.5-2 hrs",
        "2026-01-05",
        "n/a",
        "",
        "baseline",
        "3D",
        "v1.2",
        "800-1,200 words",
        "€5",
        "99999999999999999999999",
        "1/3",
        "20 0000",
        "1 2",
        "12 34 567",
        "2 B",
        "30m",
        ">= 80",
        "-",
        "~",
        "$",
    ] {
        assert_eq!(figure(text), None, "{text}");
    }
    assert!(is_included("~included") && is_included("Included above") && !is_included("~$5"));
}

#[test]
fn finds_every_figure_of_a_sentence() {
    let text = "A 20% buffer (~$3.50) is recommended, bringing the total to approximately $21 for 4 runs of Sonnet 4.5.";
    let found: Vec<&str> = figures(text).iter().map(|found| text.get(found.range.clone()).unwrap()).collect();
    assert_eq!(found, ["20%", "~$3.50", "$21", "4", "4.5"]);
    assert!(figures(text)[2].figure.approximate);
    let product = figures("(~6 x 20K output tokens = ~120K input)");
    assert_eq!(
        product.iter().map(|f| f.figure.unit).collect::<Vec<_>>(),
        [Unit::Count, Unit::Tokens, Unit::Tokens]
    );
}

#[test]
fn covers_what_rounding_explains() {
    let covers = |text: &str, value: &str| {
        let value: Decimal = value.parse().unwrap();
        figure(text).unwrap().covers(value, value)
    };
    assert!(covers("~$25", "25.44") && covers("~295K", "294000") && covers("$25.44", "25.44"));
    assert!(!covers("~350K", "348000") && !covers("$25", "25.6") && !covers("~$80-150", "62.5"));
    assert!(covers("~$80-150", "100") && covers("<$10", "4"));
}

#[test]
fn sentences_are_less_exact() {
    let precision = |text: &str| figure(text).unwrap().loosely().precision.normalize().to_string();
    assert_eq!(precision("~$3.50"), "0.1");
    assert_eq!(precision("~140K"), "10000");
    assert_eq!(
        (precision("~$21"), precision("$3.50"), precision("~$0")),
        ("1".into(), "0.01".into(), "1".into())
    );
}

#[test]
fn shows_values_like_the_teams_do() {
    let shown = |value: &str, unit| show(value.parse().unwrap(), unit);
    assert_eq!(shown("348000", Unit::Tokens), "348K");
    assert_eq!(shown("1260000", Unit::Tokens), "1,260K");
    assert_eq!(
        shown("79228162514264337593543950", Unit::Tokens),
        "79228162514264337593543.95K",
        "more thousands than a machine word has"
    );
    assert_eq!(shown("2250", Unit::Tokens), "2.25K");
    assert_eq!(shown("-80500", Unit::Tokens), "-80.5K");
    assert_eq!(shown("0.414", Unit::Dollars), "$0.41");
    assert_eq!(shown("-45.652", Unit::Percent), "-45.7%");
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = (figures(&text), figure(&text), is_included(&text));
    }

    #[test]
    fn never_panics_on_what_looks_like_figures(text in "[~<$+\\-–0-9.,KMBx% (to)tokens]{0,40}") {
        for found in figures(&text) {
            prop_assert!(found.figure.low <= found.figure.high);
            prop_assert_eq!(text.get(found.range.clone()), Some(found.figure.text.as_str()));
            let _ = show(found.figure.middle() * found.figure.high, found.figure.unit);
        }
    }

    #[test]
    fn a_figure_survives_being_written(value in 0_u32..10_000_000) {
        let decimal = Decimal::from(value);
        let written = show(decimal, Unit::Dollars);
        prop_assert!(figure(&written).unwrap().covers(decimal, decimal), "{}", written);
    }
}

#[test]
fn long_runs_are_read_in_one_pass() {
    for text in ["~", "1", "1 111 ", "1,111", "<", "~1 ", "- ", "1 K"] {
        let _ = figures(&text.repeat((1 << 20) / text.len()));
    }
}
