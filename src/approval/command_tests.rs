use super::command::{Command, Fault, MAX_TEXT, parse, read};
use proptest::prelude::*;

fn approve(amount: &str, sha: &str) -> Command {
    Command::Approve { amount: amount.parse().unwrap(), sha: Some(sha.to_owned()) }
}

#[test]
fn reads_amounts_as_people_write_them() {
    for (written, amount) in [
        ("$2,100", "2100"),
        ("$2100", "2100"),
        ("$0", "0"),
        ("$0.5", "0.5"),
        ("$2,100.00", "2100"),
        ("$1,234,567.89", "1234567.89"),
        ("$999999999.99", "999999999.99"),
    ] {
        let line = format!("/weighbridge approve {written} 4f1c9a2b77de");
        assert_eq!(parse(&line, false), Ok(approve(amount, "4f1c9a2b77de")), "{line}");
    }
    let long = "4f1c9a2b77de0123456789abcdef0123456789ab";
    assert_eq!(parse(&format!("/weighbridge approve $1 {long}  \t\r"), false), Ok(approve("1", long)));
    let longest = "a".repeat(64);
    assert_eq!(parse(&format!("/weighbridge approve $1 {longest}"), false), Ok(approve("1", &longest)));
    assert_eq!(parse("/weighbridge revoke", false), Ok(Command::Revoke));
    assert_eq!(parse("/weighbridge status ", false), Ok(Command::Status));
    assert_eq!(parse("/weighbridge explain", false), Ok(Command::Explain));
}

#[test]
fn a_review_may_leave_out_the_commit() {
    let line = "/weighbridge approve $2,100";
    assert_eq!(parse(line, false), Err(Fault::NoSha));
    assert_eq!(parse(line, true), Ok(Command::Approve { amount: 2100.into(), sha: None }));
}

#[test]
fn says_what_is_wrong() {
    let amount = |text: &str| Fault::Amount(text.to_owned());
    let cases: Vec<(&str, Fault)> = vec![
        (" /weighbridge revoke", Fault::Beginning),
        ("/Weighbridge revoke", Fault::Beginning),
        ("/weighbridgerevoke", Fault::Beginning),
        ("\u{200b}/weighbridge revoke", Fault::Character('\u{200b}')),
        ("/weighbridge revoke\u{200b}", Fault::Character('\u{200b}')),
        ("/weighbridge revoke now", Fault::More("now".into())),
        ("/weighbridge", Fault::Unknown(String::new())),
        ("/weighbridge Approve $1 4f1c9a2b77de", Fault::Unknown("Approve".into())),
        ("/weighbridge aprove $1 4f1c9a2b77de", Fault::Unknown("aprove".into())),
        ("/weighbridge approve", Fault::NoAmount),
        ("/weighbridge approve 4f1c9a2b77de", Fault::NoAmount),
        ("/weighbridge approve 2100 4f1c9a2b77de", Fault::NoDollar("2100".into())),
        ("/weighbridge approve  $2100 4f1c9a2b77de", Fault::Spaces),
        ("/weighbridge\tapprove $2100 4f1c9a2b77de", Fault::Beginning),
        ("/weighbridge approve $2100\t4f1c9a2b77de", Fault::Spaces),
        ("/weighbridge approve $２100 4f1c9a2b77de", Fault::Character('２')),
        ("/weighbridge approve $2١00 4f1c9a2b77de", Fault::Character('١')),
        ("/weighbridge approve ＄2100 4f1c9a2b77de", Fault::Character('＄')),
        ("/weighbridge approve $2\u{202e}001 4f1c9a2b77de", Fault::Character('\u{202e}')),
        ("/weighbridge approve $2100 4f1c9a2b77dе", Fault::Character('е')),
        ("/weighbridge approve $2100\u{a0}4f1c9a2b77de", Fault::Character('\u{a0}')),
        ("/weighbridge approve €2,100 4f1c9a2b77de", Fault::Currency("€2,100".into())),
        ("/weighbridge approve 2,100€ 4f1c9a2b77de", Fault::Currency("2,100€".into())),
        ("/weighbridge approve EUR2100 4f1c9a2b77de", Fault::Currency("EUR2100".into())),
        ("/weighbridge approve 2100 EUR 4f1c9a2b77de", Fault::Currency("EUR".into())),
        ("/weighbridge approve $2100 USD 4f1c9a2b77de", Fault::Currency("USD".into())),
        ("/weighbridge approve A$2100 4f1c9a2b77de", Fault::Currency("A$2100".into())),
        ("/weighbridge approve US$2100 4f1c9a2b77de", Fault::Currency("US$2100".into())),
        ("/weighbridge approve $2.100,00 4f1c9a2b77de", amount("$2.100,00")),
        ("/weighbridge approve $21,00 4f1c9a2b77de", amount("$21,00")),
        ("/weighbridge approve $2,1000 4f1c9a2b77de", amount("$2,1000")),
        ("/weighbridge approve $1234,567 4f1c9a2b77de", amount("$1234,567")),
        ("/weighbridge approve $,100 4f1c9a2b77de", amount("$,100")),
        ("/weighbridge approve $0,100 4f1c9a2b77de", amount("$0,100")),
        ("/weighbridge approve $0100 4f1c9a2b77de", amount("$0100")),
        ("/weighbridge approve $1.234 4f1c9a2b77de", amount("$1.234")),
        ("/weighbridge approve $1. 4f1c9a2b77de", amount("$1.")),
        ("/weighbridge approve $.5 4f1c9a2b77de", amount("$.5")),
        ("/weighbridge approve $-5 4f1c9a2b77de", amount("$-5")),
        ("/weighbridge approve $+5 4f1c9a2b77de", amount("$+5")),
        ("/weighbridge approve $1e9 4f1c9a2b77de", amount("$1e9")),
        ("/weighbridge approve $1_000 4f1c9a2b77de", amount("$1_000")),
        ("/weighbridge approve $2k 4f1c9a2b77de", amount("$2k")),
        ("/weighbridge approve $1000000000 4f1c9a2b77de", amount("$1000000000")),
        ("/weighbridge approve $ 4f1c9a2b77de", amount("$")),
        ("/weighbridge approve $2100", Fault::NoSha),
        ("/weighbridge approve $2100 4f1c9a2b77d", Fault::ShortSha("4f1c9a2b77d".into())),
        ("/weighbridge approve $2100 4F1C9A2B77DE", Fault::Sha("4F1C9A2B77DE".into())),
        ("/weighbridge approve $2100 main", Fault::Sha("main".into())),
        ("/weighbridge approve $2100 4f1c9a2b77de please", Fault::More("please".into())),
        ("/weighbridge emergency $2100 4f1c9a2b77de", Fault::NoReason),
        ("/weighbridge emergency $2100 4f1c9a2b77de too short", Fault::NoReason),
        ("/weighbridge emergency €2100 4f1c9a2b77de the line is down", Fault::Currency("€2100".into())),
        ("/weighbridge emergency $２ 4f1c9a2b77de the line is down", Fault::Character('２')),
        ("/weighbridge emergency $2100 4f1c9a2b77de the line\u{202e} is down", Fault::Character('\u{202e}')),
        ("/weighbridge emergency $2100 4f1c9a2b77de  the line is down", Fault::Spaces),
    ];
    for (line, fault) in cases {
        assert_eq!(parse(line, false), Err(fault.clone()), "{line}");
        assert!(!fault.words().is_empty());
    }
    let long = format!("/weighbridge approve $2100 {}", "a".repeat(41));
    assert_eq!(parse(&long, false), Err(Fault::Sha("a".repeat(41))));
    let long = format!("/weighbridge emergency $1 4f1c9a2b77de {}", "a".repeat(1001));
    assert_eq!(parse(&long, false), Err(Fault::LongReason));
}

#[test]
fn hexadecimal_that_spells_a_currency_is_a_commit() {
    assert!(parse("/weighbridge approve $2100 123cad456789", false).is_ok());
    assert!(parse("/weighbridge approve $2100 000000000cad", false).is_ok());
}

#[test]
fn a_reason_may_be_in_any_language() {
    let said = read("/weighbridge emergency $5 4f1c9a2b77de Störung beim `Kunden`, 緊急事態", false);
    assert!(
        matches!(&said.commands[..], [Command::Emergency { reason, .. }] if reason.ends_with("緊急事態"))
    );
}

const COMMAND: &str = "/weighbridge approve $2,100 4f1c9a2b77de";

#[test]
fn a_command_is_a_line_of_a_paragraph() {
    for text in [
        "C",
        "C\n",
        "Looks good to me.\n\nC\n\nThanks!",
        "Looks good to me.\nC\nThanks!",
        "C\r\nthanks\r\n",
        "> quoted\n\nC",
        "- a list\n\nC",
        "```\ncode\n```\nC",
        "<!-- hidden -->\n\nC",
        "*emphasis* and `code`\nC",
        "# Heading\nC",
        ">>>\nquoted\n>>>\nC",
        "---\nC",
    ] {
        let said = read(&text.replace('C', COMMAND), false);
        assert_eq!(said.commands, [approve("2100", "4f1c9a2b77de")], "{text}");
        assert!(said.faults.is_empty() && said.inside.is_none(), "{text}");
    }
}

#[test]
fn what_is_not_said_by_the_writer_is_no_command() {
    for text in [
        "> quoted\nC",
        "> > quoted\nC",
        "```\nC\n```",
        "```\nC",
        "~~~sh\nC\n~~~",
        "\n    C",
        "<!--\nC\n-->",
        "text <!--\nC\n-->",
        "text <!-- a\nb\nC\nd\n-->",
        "<div>\nC\n</div>",
        "<details>\nC\n</details>",
        "<pre>\n\nC\n</pre>",
        "- item\nC",
        "1. item\n   C",
        "- item\n\n  C",
        "text `code\nC\ncode` text",
        "text ``code\nC\ncode`` text",
        "[link\nC\n](https://example.com)",
        "*emphasis\nC\nemphasis*",
        "~~struck\nC\nstruck~~",
        "C\n===",
        "C\n---",
        "a | b\n--|--\nC",
        "[^1]\n\n[^1]: note\nC",
        ">>>\nC\n>>>",
        ">>>\ntext\n\nC",
        "<a href='\nC\n'>text</a>",
        "text <a title=\"\nC\n\">text</a>",
        "text <?php\nC\n?>",
        "![image\nC\n](x.png)",
    ] {
        let said = read(&text.replace('C', COMMAND), false);
        assert_eq!(said.commands, [], "{text}");
        assert!(said.inside.is_some() || !said.faults.is_empty(), "{text}: {said:?}");
    }
    for text in ["> C", "- C", "`C`", "Please write C", "| C |", "\\C", "**C**", "# C"] {
        assert_eq!(read(&text.replace('C', COMMAND), false).commands, [], "{text}");
    }
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let fits = format!("{COMMAND}\n\n{}", "x".repeat(MAX_TEXT - COMMAND.len() - 2));
    assert_eq!(read(&fits, false).commands.len(), 1);
    let said = read(&format!("{fits}x"), false);
    assert!(said.too_long && said.commands.is_empty());
}

#[test]
fn hostile_texts_take_no_longer() {
    let started = std::time::Instant::now();
    for piece in [
        "/weighbridge\n",
        "> /weighbridge approve\n",
        "[/weighbridge\n",
        "*`/weighbridge\n",
        "<!--/weighbridge\n",
        "[](",
        ">",
    ] {
        let text = format!("/weighbridge revoke\n{}", piece.repeat((MAX_TEXT - 30) / piece.len()));
        read(&text, false);
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

/// Pieces from which lines are made that are nearly commands.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/weighbridge".to_owned()),
        Just(" ".to_owned()),
        Just("approve".to_owned()),
        Just("emergency".to_owned()),
        Just("revoke".to_owned()),
        Just("4f1c9a2b77de".to_owned()),
        Just("\n".to_owned()),
        Just("> ".to_owned()),
        Just("```\n".to_owned()),
        Just("<!--".to_owned()),
        r"\$[0-9]{1,4}(,[0-9]{3})?(\.[0-9]{1,2})?",
        r"[0-9a-f]{10,42}",
        r"\PC{0,12}",
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// Lines that are mostly commands.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        (r"\$[1-9][0-9]{0,2}(,[0-9]{3}){0,2}(\.[0-9]{1,2})?", "[0-9a-f]{12,40}")
            .prop_map(|(amount, sha)| format!("/weighbridge approve {amount} {sha}")),
        (r"\$[0-9]{1,9}", "[0-9a-f]{12,40}", r"[a-zä-ü ]{0,30}")
            .prop_map(|(amount, sha, why)| format!("/weighbridge emergency {amount} {sha} {why}")),
        Just("/weighbridge revoke".to_owned()),
        nearly(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever it accepts, it reads again from what it prints.
    #[test]
    fn what_is_accepted_prints_as_itself(line in line(), review in any::<bool>()) {
        if let Ok(command) = parse(&line, review) {
            let printed = command.to_string();
            prop_assert_eq!(parse(&printed, review), Ok(command.clone()), "{}", printed);
            // The words are those that were written: nothing was added, left out or corrected but the amount's form.
            let amount = |word: &&str| !word.starts_with('$');
            let plain = |text: &str| text.trim_end().split(' ').filter(amount).map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(plain(&printed), plain(&line));
        }
    }

    /// No text makes it fail, and a command is always a whole line of the text.
    #[test]
    fn every_command_is_a_line_of_the_text(text in nearly(), review in any::<bool>()) {
        let said = read(&text, review);
        for command in &said.commands {
            prop_assert!(text.lines().any(|line| parse(line, review).as_ref() == Ok(command)));
        }
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read(&format!("{text}\n/weighbridge revoke\n{text}"), true);
    }

    /// Quoting a comment takes its commands away.
    #[test]
    fn a_quoted_text_says_nothing(text in nearly()) {
        let quoted = text.lines().flat_map(|line| ["> ", line, "\n"]).collect::<String>();
        prop_assert!(read(&quoted, false).commands.is_empty());
    }
}
