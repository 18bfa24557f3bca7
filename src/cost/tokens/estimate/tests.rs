//! Golden vectors printed by `scripts/calibrate-tokens.py`, and hostile input.

use super::calibration::class_names;
use super::*;

struct Golden {
    text: &'static str,
    o200k: u64,
    tokens: [u64; 3],
    counts: &'static [(&'static str, u64)],
    pairs: &'static str,
}

/// Printed by `scripts/calibrate-tokens.py --golden`.
#[rustfmt::skip]
const GOLDEN: &[Golden] = &[
    Golden {
        text: "Hello, world!",
        o200k: 4,
        tokens: [6, 6, 5],
        counts: &[("word_5", 2), ("capitalised", 1), ("space_before_word", 1), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 2), ("exclamation", 1), ("comma", 1)],
        pairs: "d>exclamation=1 e>l=1 h>e=1 l>d=1 l>l=1 l>o=1 o>r=1 o>comma=1 r>l=1 w>o=1 space>w=1 newline>h=1 exclamation>newline=1 comma>space=1",
    },
    Golden {
        text: "Use when the user asks to review a pull request.",
        o200k: 11,
        tokens: [11, 14, 11],
        counts: &[("word_1", 1), ("word_2", 1), ("word_3", 2), ("word_4", 4), ("word_6", 1), ("word_7", 1), ("capitalised", 1), ("space_before_word", 9), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 1), ("dot", 1)],
        pairs: "a>s=1 a>space=1 e>n=1 e>q=1 e>r=1 e>s=1 e>v=1 e>w=1 e>space=2 h>e=2 i>e=1 k>s=1 l>l=1 l>space=1 n>space=1 o>space=1 p>u=1 q>u=1 r>e=2 r>space=1 s>e=2 s>k=1 s>t=1 s>space=1 t>h=1 t>o=1 t>dot=1 u>e=1 u>l=1 u>s=2 v>i=1 w>h=1 w>space=1 space>a=2 space>p=1 space>r=2 space>t=2 space>u=1 space>w=1 newline>u=1 dot>newline=1",
    },
    Golden {
        text: "---\nname: code-reviewer\ndescription: Reviews Rust code for NASA-grade safety\nmodel: opus\n---\n",
        o200k: 22,
        tokens: [27, 36, 25],
        counts: &[("word_3", 1), ("word_4", 5), ("word_5", 2), ("word_6", 1), ("word_7", 1), ("word_8", 1), ("word_11", 1), ("capitalised", 2), ("upper_words", 1), ("upper_letters", 4), ("glued_words", 2), ("space_before_word", 8), ("newline_runs", 5), ("newlines", 6), ("punctuation_runs", 7), ("punctuation_repeats", 4), ("hyphen", 8), ("colon", 3)],
        pairs: "a>d=1 a>f=1 a>m=1 a>s=1 a>hyphen=1 c>o=2 c>r=1 d>e=5 e>l=1 e>r=1 e>s=1 e>t=1 e>v=2 e>w=2 e>space=2 e>hyphen=1 e>colon=1 f>e=1 f>o=1 g>r=1 i>e=2 i>o=1 i>p=1 l>colon=1 m>e=1 m>o=1 n>a=2 n>colon=1 o>d=3 o>n=1 o>p=1 o>r=1 p>t=1 p>u=1 r>a=1 r>e=2 r>i=1 r>u=1 r>space=1 r>newline=1 s>a=2 s>c=1 s>t=1 s>space=1 s>newline=1 t>i=1 t>y=1 t>space=1 u>s=2 v>i=2 w>e=1 w>s=1 y>newline=1 space>c=2 space>f=1 space>n=1 space>o=1 space>r=2 space>s=1 newline>d=1 newline>m=1 newline>n=1 newline>newline=1 newline>hyphen=2 hyphen>g=1 hyphen>r=1 hyphen>newline=2 hyphen>hyphen=4 colon>space=3",
    },
    Golden {
        text: "| Column | Value |\n|:-------|------:|\n| p95    | 12.50 |\n",
        o200k: 22,
        tokens: [27, 33, 26],
        counts: &[("word_1", 1), ("word_5", 1), ("word_6", 1), ("capitalised", 2), ("space_runs", 1), ("space_run_chars", 4), ("space_before_word", 3), ("digit_runs", 3), ("digits", 6), ("newline_runs", 3), ("newlines", 4), ("punctuation_runs", 8), ("punctuation_repeats", 11), ("hyphen", 13), ("dot", 1), ("colon", 2), ("pipe", 9)],
        pairs: "a>l=1 c>o=1 e>space=1 l>u=2 m>n=1 n>space=1 o>l=1 p>digit=1 u>e=1 u>m=1 v>a=1 digit>digit=3 digit>space=2 digit>dot=1 space>c=1 space>p=1 space>v=1 space>digit=1 space>space=3 space>pipe=4 newline>newline=1 newline>pipe=3 hyphen>hyphen=11 hyphen>colon=1 hyphen>pipe=1 dot>digit=1 colon>hyphen=1 colon>pipe=1 pipe>space=4 pipe>newline=3 pipe>hyphen=1 pipe>colon=1",
    },
    Golden {
        text: "```php\n$batch = $client->getHTTPServer()->v2;\n```\n",
        o200k: 18,
        tokens: [23, 29, 21],
        counts: &[("word_1", 1), ("word_3", 1), ("word_5", 1), ("word_6", 1), ("mixed_words", 1), ("mixed_letters", 13), ("mixed_humps", 5), ("glued_words", 5), ("digit_runs", 1), ("digits", 1), ("newline_runs", 3), ("newlines", 4), ("punctuation_runs", 8), ("punctuation_repeats", 4), ("dollar", 2), ("paren_open", 1), ("paren_close", 1), ("hyphen", 2), ("semicolon", 1), ("equals", 1), ("greater", 2), ("backtick", 6)],
        pairs: "a>t=1 b>a=1 c>h=1 c>l=1 e>n=1 e>r=2 e>t=1 g>e=1 h>p=1 h>t=1 h>space=1 i>e=1 l>i=1 n>t=1 p>h=1 p>s=1 p>newline=1 r>v=1 r>paren_open=1 s>e=1 t>c=1 t>h=1 t>p=1 t>t=1 t>hyphen=1 v>e=1 v>digit=1 digit>semicolon=1 space>dollar=1 space>equals=1 newline>newline=1 newline>dollar=1 newline>backtick=2 dollar>b=1 dollar>c=1 paren_open>paren_close=1 paren_close>hyphen=1 hyphen>greater=2 semicolon>newline=1 equals>space=1 greater>g=1 greater>v=1 backtick>p=1 backtick>newline=1 backtick>backtick=4",
    },
    Golden {
        text: "{\n  \"mcpServers\": {\n    \"github\": { \"args\": [\"-y\", \"@scope/pkg\"] }\n  }\n}\n",
        o200k: 28,
        tokens: [34, 42, 33],
        counts: &[("word_1", 1), ("word_3", 1), ("word_4", 1), ("word_5", 1), ("word_6", 1), ("mixed_words", 1), ("mixed_letters", 10), ("mixed_humps", 1), ("space_runs", 3), ("space_run_chars", 8), ("glued_words", 6), ("newline_runs", 5), ("newlines", 6), ("punctuation_runs", 17), ("quote", 10), ("comma", 1), ("hyphen", 1), ("slash", 1), ("colon", 3), ("at", 1), ("bracket_open", 1), ("bracket_close", 1), ("brace_open", 3), ("brace_close", 3)],
        pairs: "a>r=1 b>quote=1 c>o=1 c>p=1 e>r=2 e>slash=1 g>i=1 g>s=1 g>quote=1 h>u=1 i>t=1 k>g=1 m>c=1 o>p=1 p>e=1 p>k=1 p>s=1 r>g=1 r>s=1 r>v=1 s>c=1 s>e=1 s>quote=2 t>h=1 u>b=1 v>e=1 y>quote=1 space>space=5 space>quote=4 space>bracket_open=1 space>brace_open=2 space>brace_close=2 newline>space=3 newline>newline=1 newline>brace_open=1 newline>brace_close=1 quote>a=1 quote>g=1 quote>m=1 quote>comma=1 quote>hyphen=1 quote>colon=3 quote>at=1 quote>bracket_close=1 comma>space=1 hyphen>y=1 slash>p=1 colon>space=3 at>s=1 bracket_open>quote=1 bracket_close>space=1 brace_open>space=1 brace_open>newline=2 brace_close>newline=3",
    },
    Golden {
        text: "\u{4f60}\u{597d}\u{ff0c}\u{4e16}\u{754c}\u{3002}\u{30c6}\u{30b9}\u{30c8} \u{d14c}\u{c2a4}\u{d2b8}",
        o200k: 7,
        tokens: [12, 12, 6],
        counts: &[("hangul_runs", 1), ("cjk_punctuation_runs", 2), ("kana_runs", 1), ("han_runs", 2), ("hangul_chars", 3), ("cjk_punctuation_chars", 2), ("kana_chars", 3), ("han_chars", 4), ("newline_runs", 1), ("newlines", 1)],
        pairs: "wide>wide=34 wide>space=1 wide>newline=1 space>wide=1 newline>wide=1",
    },
    Golden {
        text: "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, na\u{ef}ve caf\u{e9} \u{2014} \u{201c}quoted\u{201d} \u{2026}",
        o200k: 11,
        tokens: [17, 19, 12],
        counts: &[("word_2", 2), ("word_3", 1), ("word_6", 1), ("typographic_runs", 4), ("latin_runs", 2), ("cyrillic_runs", 1), ("typographic_chars", 4), ("latin_chars", 2), ("cyrillic_chars", 6), ("glued_words", 2), ("space_before_word", 2), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 1), ("comma", 1)],
        pairs: "wide>wide=21 wide>q=1 wide>v=1 wide>space=3 wide>newline=1 wide>comma=1 a>wide=1 a>f=1 c>a=1 d>wide=1 e>d=1 e>space=1 f>wide=1 n>a=1 o>t=1 q>u=1 t>e=1 u>o=1 v>e=1 space>wide=3 space>c=1 space>n=1 newline>wide=1 comma>space=1",
    },
    Golden {
        text: "\u{251c}\u{2500}\u{2500} src/\n\u{2502}   \u{2514}\u{2500}\u{2500} main.rs  \u{2705} \u{1f680}\n",
        o200k: 16,
        tokens: [21, 22, 15],
        counts: &[("word_2", 1), ("word_3", 1), ("word_4", 1), ("space_runs", 2), ("space_run_chars", 5), ("symbol_runs", 1), ("box_runs", 3), ("emoji_runs", 1), ("symbol_chars", 1), ("box_chars", 7), ("emoji_chars", 1), ("glued_words", 1), ("space_before_word", 2), ("newline_runs", 2), ("newlines", 3), ("punctuation_runs", 2), ("dot", 1), ("slash", 1)],
        pairs: "wide>wide=23 wide>space=4 wide>newline=1 a>i=1 c>slash=1 i>n=1 m>a=1 n>dot=1 r>c=1 r>s=1 s>r=1 s>space=1 space>wide=3 space>m=1 space>s=1 space>space=3 newline>wide=2 newline>newline=1 dot>r=1 slash>newline=1",
    },
    Golden {
        text: "\tif (x) {\r\n\t\treturn internationalization;\r\n\t}\r\n",
        o200k: 12,
        tokens: [16, 17, 19],
        counts: &[("word_1", 1), ("word_2", 1), ("word_6", 1), ("word_long", 1), ("word_long_letters", 20), ("glued_words", 3), ("space_before_word", 1), ("newline_runs", 3), ("newlines", 4), ("tabs", 4), ("controls", 3), ("punctuation_runs", 5), ("paren_open", 1), ("paren_close", 1), ("semicolon", 1), ("brace_open", 1), ("brace_close", 1)],
        pairs: "a>l=1 a>t=2 e>r=1 e>t=1 f>space=1 i>f=1 i>n=1 i>o=2 i>z=1 l>i=1 n>a=2 n>t=1 n>space=1 n>semicolon=1 o>n=2 r>e=1 r>n=2 t>e=1 t>i=2 t>u=1 u>r=1 x>paren_close=1 z>a=1 space>i=1 space>paren_open=1 space>brace_open=1 newline>newline=1 newline>tab=3 paren_open>x=1 paren_close>space=1 semicolon>control=1 brace_open>control=1 brace_close>control=1 tab>i=1 tab>r=1 tab>brace_close=1 tab>tab=1 control>newline=3",
    },
    Golden {
        text: "\u{0}\u{301}\u{301}\u{0} a\u{308}",
        o200k: 6,
        tokens: [8, 7, 8],
        counts: &[("word_1", 1), ("mark_runs", 2), ("mark_chars", 3), ("space_before_word", 1), ("newline_runs", 1), ("newlines", 1), ("controls", 2)],
        pairs: "wide>wide=4 wide>newline=1 wide>control=1 a>wide=1 space>a=1 newline>control=1 control>wide=1 control>space=1",
    },
    Golden {
        text: "<|endoftext|> A I EOF \u{3b1}\u{3b2} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}",
        o200k: 16,
        tokens: [24, 28, 15],
        counts: &[("word_1", 2), ("word_9", 1), ("capitalised", 2), ("upper_words", 1), ("upper_letters", 3), ("greek_runs", 1), ("rtl_runs", 1), ("brahmic_runs", 1), ("greek_chars", 2), ("rtl_chars", 4), ("brahmic_chars", 6), ("glued_words", 1), ("space_before_word", 3), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 2), ("less", 1), ("greater", 1), ("pipe", 2)],
        pairs: "wide>wide=27 wide>space=2 wide>newline=1 a>space=1 d>o=1 e>n=1 e>o=1 e>x=1 f>t=1 f>space=1 i>space=1 n>d=1 o>f=2 t>e=1 t>pipe=1 x>t=1 space>wide=3 space>a=1 space>e=1 space>i=1 newline>less=1 less>pipe=1 greater>space=1 pipe>e=1 pipe>greater=1",
    },
];

fn count_name(index: usize) -> String {
    match index {
        0..WIDE_RUNS => BEFORE_WIDE[index].to_owned(),
        WIDE_RUNS..WIDE_CHARS => format!("{}_runs", WIDE_NAMES[index - WIDE_RUNS]),
        WIDE_CHARS..GLUED_WORDS => format!("{}_chars", WIDE_NAMES[index - WIDE_CHARS]),
        GLUED_WORDS..PUNCTUATION_CHARS => AFTER_WIDE[index - GLUED_WORDS].to_owned(),
        _ => PUNCTUATION_NAMES[index - PUNCTUATION_CHARS].to_owned(),
    }
}

#[test]
fn the_built_in_calibration_parses() {
    assert_eq!(calibration().err(), None);
    for family in Family::ALL {
        let band = error_band(family);
        assert!(-15.0 < band.p5_percent && band.p5_percent < 0.0, "{family:?} {band:?}");
        assert!(0.0 < band.p95_percent && band.p95_percent < 15.0, "{family:?} {band:?}");
        assert!(snippet_error_band(family).p95_percent >= band.p95_percent);
        assert!(calibration().unwrap().fit(family).weights.len() > 500);
    }
}

#[test]
fn counts_and_estimates_equal_those_of_the_calibration_script() {
    assert!(GOLDEN.len() >= 8);
    let names: Vec<&str> = class_names().collect();
    for golden in GOLDEN {
        let found = features(golden.text);
        let counts: Vec<(String, u64)> = found
            .counts
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .map(|(at, n)| (count_name(at), *n))
            .collect();
        let expected: Vec<(String, u64)> =
            golden.counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        assert_eq!(counts, expected, "{:?}", golden.text);
        let pairs: Vec<String> = found
            .pairs
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .map(|(at, n)| format!("{}>{}={n}", names[at / CLASSES], names[at % CLASSES]))
            .collect();
        assert_eq!(pairs.join(" "), golden.pairs, "{:?}", golden.text);
        for (family, tokens) in Family::ALL.into_iter().zip(golden.tokens) {
            assert_eq!(estimate(family, golden.o200k, &found), tokens, "{family:?} {:?}", golden.text);
        }
    }
}

#[test]
fn empty_text_costs_nothing_and_any_other_at_least_one_token() {
    for family in Family::ALL {
        assert_eq!(estimate(family, 0, &features("")), 0);
        for text in ["a", " ", "\n", "\0", "\u{301}", "\u{fe0f}", "\u{10ffff}", "\u{feff}"] {
            assert!(estimate(family, 1, &features(text)) >= 1, "{family:?} {text:?}");
            assert!(estimate(family, 0, &features(text)) >= 1, "{family:?} {text:?}");
        }
    }
}

#[test]
fn hostile_input_stays_within_bounds_and_grows_with_its_length() {
    #[rustfmt::skip]
    let marks = ["a", "A", "Z", "0", " ", "\n", "\t", "\0", "\r", "=", "|", "`", "\u{301}", "\u{200d}", "\u{e000}",
        "\u{4e00}", "\u{1f680}", "aB", "a ", "\0\u{301}", "$_", "\r\n", "<|endoftext|>"];
    for mark in marks {
        let mut last = [0; 3];
        for bytes in [1_000, 30_000, 1_000_000] {
            let text = mark.repeat(bytes / mark.len());
            // The fewest o200k tokens that such a run costs: about one for eight bytes.
            let o200k = text.len() as u64 / 8;
            let found = features(&text);
            for (family, before) in Family::ALL.into_iter().zip(&mut last) {
                let tokens = estimate(family, o200k, &found);
                assert!(tokens >= *before, "{family:?} {mark:?} {bytes}: {tokens} < {before}");
                assert!(
                    tokens >= o200k / 5 && tokens <= text.len() as u64 * 3 / 2 + 4,
                    "{family:?} {mark:?} {tokens}"
                );
                *before = tokens;
            }
        }
    }
    let found = features("a");
    for family in Family::ALL {
        assert_eq!(estimate(family, u64::MAX, &found), 6);
    }
}

#[test]
fn more_o200k_tokens_never_mean_fewer_tokens() {
    let found = features("Reviews Rust code for safety, line by line, and says why.");
    for family in Family::ALL {
        let series: Vec<u64> = (0..40).map(|n| estimate(family, n, &found)).collect();
        assert!(series.is_sorted(), "{family:?} {series:?}");
    }
}

#[test]
fn a_wrong_calibration_is_refused_with_the_reason() {
    assert!(matches!(Calibration::parse("{"), Err(CalibrationError::Json(_))));
    assert_eq!(
        Calibration::parse(r#"{"schema_version": 9, "families": {}}"#).err(),
        Some(CalibrationError::Schema(9))
    );
    assert_eq!(
        Calibration::parse(r#"{"schema_version": 1, "families": {}}"#).err(),
        Some(CalibrationError::Family("claude-v3"))
    );
    let band = r#"{"p5": -1, "p95": 1}"#;
    let entry = |name: &str| {
        format!(
            r#"{{"schema_version": 1, "families": {{"claude-v3": {{"error_percent": {{"held_out_files": {band},
            "held_out_snippets": {band}}}, "coefficients": {{"{name}": 1}}}}}}}}"#
        )
    };
    for unknown in ["word_99", "t>nowhere", "han_shots", ""] {
        let error = Calibration::parse(&entry(unknown)).err();
        assert_eq!(error, Some(CalibrationError::Feature(unknown.to_owned())));
    }
    for known in ["o200k", "t>h", "wide>tab", "han_runs", "han_chars", "tilde", "punctuation_repeats"] {
        let error = Calibration::parse(&entry(known)).err();
        assert_eq!(error, Some(CalibrationError::Family("claude-v4.8")), "{known}");
    }
}

/// The counts as their definitions say them, one by one and slowly.
fn by_definition(text: &str) -> ([u64; COUNTS], Vec<u32>) {
    let (mut counts, mut pairs) = ([0; COUNTS], vec![0; PAIRS]);
    if text.is_empty() {
        return (counts, pairs);
    }
    let letter = |byte: &u8| byte.is_ascii_alphabetic();
    for word in text.as_bytes().split(|byte| !letter(byte)).filter(|word| !word.is_empty()) {
        let letters = word.len() as u64;
        let humps = word[1..].iter().filter(|byte| byte.is_ascii_uppercase()).count() as u64;
        let capital = word[0].is_ascii_uppercase();
        if humps == 0 {
            counts[word.len().min(WORD_BINS + 1) - 1] += 1;
            counts[WORD_LONG_LETTERS] += if word.len() > WORD_BINS { letters } else { 0 };
            counts[CAPITALISED] += u64::from(capital);
        } else if capital && humps + 1 == letters {
            counts[UPPER_WORDS] += 1;
            counts[UPPER_LETTERS] += letters;
        } else {
            counts[MIXED_WORDS] += 1;
            counts[MIXED_LETTERS] += letters;
            counts[MIXED_HUMPS] += humps;
        }
    }
    for run in text.split(|c| c != ' ').filter(|run| run.len() > 1) {
        counts[SPACE_RUNS] += 1;
        counts[SPACE_RUN_CHARS] += run.len() as u64;
    }
    let kind = |c: char| (!c.is_ascii()).then(|| wide_class(u32::from(c)));
    let mut last = None;
    for c in text.chars() {
        if let Some(kind) = kind(c) {
            counts[WIDE_RUNS + kind] += u64::from(last != Some(kind));
            counts[WIDE_CHARS + kind] += 1;
        }
        last = kind(c);
    }
    let class = |byte: u8| usize::from(byte_class(byte));
    let classes = text.bytes().map(class).chain([NEWLINE]);
    let mut before = NEWLINE;
    for class in classes {
        pairs[before * CLASSES + class] += 1;
        let is_letter = (1..=26).contains(&class);
        let is_punctuation = |class: usize| (PUNCTUATION..TAB).contains(&class);
        if is_letter && before == SPACE {
            counts[SPACE_BEFORE_WORD] += 1;
        }
        if is_letter && before != SPACE && before != NEWLINE && !(1..=26).contains(&before) {
            counts[GLUED_WORDS] += 1;
        }
        let fresh = u64::from(before != class);
        match class {
            DIGIT => (counts[DIGITS], counts[DIGIT_RUNS]) = (counts[DIGITS] + 1, counts[DIGIT_RUNS] + fresh),
            NEWLINE => {
                (counts[NEWLINES], counts[NEWLINE_RUNS]) =
                    (counts[NEWLINES] + 1, counts[NEWLINE_RUNS] + fresh);
            }
            TAB => counts[TABS] += 1,
            CONTROL => counts[CONTROLS] += 1,
            _ if is_punctuation(class) => {
                counts[PUNCTUATION_CHARS + class - PUNCTUATION] += 1;
                counts[PUNCTUATION_REPEATS] += 1 - fresh;
                counts[PUNCTUATION_RUNS] += u64::from(!is_punctuation(before));
            }
            _ => {}
        }
        before = class;
    }
    (counts, pairs)
}

#[track_caller]
fn counted_by_definition(text: &str) {
    let (counts, pairs) = by_definition(text);
    let found = features(text);
    for (at, n) in counts.iter().enumerate() {
        assert_eq!(found.counts[at], *n, "{} of {text:?}", count_name(at));
    }
    assert!(found.pairs[..] == pairs[..], "pairs of {text:?}");
}

#[test]
fn every_count_is_what_its_definition_says() {
    for golden in GOLDEN {
        counted_by_definition(golden.text);
    }
    for text in
        ["", "a", "A", "AB", "aB", "  ", " \u{e9}\u{e9} \u{e9}x\u{4e00}", "abcdefghijkl abcdefghijklm", "\0"]
    {
        counted_by_definition(text);
    }
}

proptest::proptest! {
    #[test]
    fn every_count_of_any_text_is_what_its_definition_says(text in ".{0,200}") {
        counted_by_definition(&text);
    }

    #[test]
    fn every_count_of_text_like_ours_is_too(text in "([a-zA-Z]{1,14}|[A-Z]{1,14}| {1,4}|[0-9]{1,4}|[\n\t\r\0]{1,2}|[#-/:-@`é—漢🚀]{1,3}){0,60}") {
        counted_by_definition(&text);
    }
}
