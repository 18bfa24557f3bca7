//! What is wrong with the words of a signature, on GitHub.

use super::attacks::{AT, Case, also, says};
use super::{ANA, HEAD, MALLORY, NEXT};
use serde_json::{Value, json};

pub(super) const WORDS: &[Case] = &[
    ("properly signed", |_, _| {}, "success", "signed by ana"),
    // The text.
    (
        "the amount is a cent too small",
        |s, line| says(s, &cheaper(line)),
        "action_required",
        "does not cover",
    ),
    (
        "a larger amount covers it",
        |s, _| says(s, &format!("/weighbridge approve $999,999 {HEAD}")),
        "success",
        "signed by ana",
    ),
    ("no amount", |s, _| says(s, &format!("/weighbridge approve {HEAD}")), "action_required", "missing"),
    ("euros", |s, line| says(s, &line.replace('$', "€")), "action_required", "**no**"),
    ("the word USD", |s, line| says(s, &line.replace('$', "USD ")), "action_required", "**no**"),
    ("a look-alike digit", |s, line| says(s, &line.replacen('1', "１", 1)), "action_required", "**no**"),
    (
        "an Arabic digit",
        |s, _| says(s, &format!("/weighbridge approve $٩٩٩٩ {HEAD}")),
        "action_required",
        "**no**",
    ),
    (
        "a zero-width space in the amount",
        |s, line| says(s, &line.replacen('$', "$\u{200b}", 1)),
        "action_required",
        "**no**",
    ),
    (
        "thousands in the wrong places",
        |s, _| says(s, &format!("/weighbridge approve $99,99,99 {HEAD}")),
        "action_required",
        "**no**",
    ),
    (
        "a negative amount",
        |s, _| says(s, &format!("/weighbridge approve $-99999 {HEAD}")),
        "action_required",
        "**no**",
    ),
    (
        "an exponent",
        |s, _| says(s, &format!("/weighbridge approve $9e9 {HEAD}")),
        "action_required",
        "**no**",
    ),
    (
        "a commit name of eleven digits",
        |s, line| says(s, &line[..line.len() - 1]),
        "action_required",
        "**no**",
    ),
    (
        "another commit",
        |s, line| says(s, &line.replace(&HEAD[..12], &NEXT[..12])),
        "action_required",
        "not the head",
    ),
    (
        "upper case in the commit",
        |s, line| says(s, &line.replace(&HEAD[..12], &HEAD[..12].to_uppercase())),
        "action_required",
        "**no**",
    ),
    ("two lines that sign", |s, line| says(s, &format!("{line}\n\n{line}")), "action_required", "**no**"),
    (
        "words behind the command",
        |s, line| says(s, &format!("{line} looks good")),
        "action_required",
        "**no**",
    ),
    ("words before the command", |s, line| says(s, &format!("I say {line}")), "action_required", "missing"),
    ("quoted", |s, line| says(s, &format!("> {line}\n\nReally?")), "action_required", "missing"),
    ("a lazy line of a quote", |s, line| says(s, &format!("> he said\n{line}")), "action_required", "**no**"),
    ("in a fence", |s, line| says(s, &format!("```\n{line}\n```")), "action_required", "**no**"),
    (
        "in a fence that is never closed",
        |s, line| says(s, &format!("~~~\n{line}")),
        "action_required",
        "**no**",
    ),
    ("indented as code", |s, line| says(s, &format!("Like so:\n\n    {line}")), "action_required", "missing"),
    ("in an HTML comment", |s, line| says(s, &format!("<!--\n{line}\n-->")), "action_required", "**no**"),
    (
        "inside details",
        |s, line| says(s, &format!("<details>\n{line}\n</details>")),
        "action_required",
        "**no**",
    ),
    ("in a list", |s, line| says(s, &format!("- {line}")), "action_required", "missing"),
    ("another command", |s, line| says(s, &line.replace("approve", "approved")), "action_required", "**no**"),
    (
        "a text longer than is read",
        |s, line| says(s, &format!("{line}\n\n{}", "x".repeat(70_000))),
        "action_required",
        "**no**",
    ),
    (
        "text around a line of its own",
        |s, line| says(s, &format!("Fine with me.\n\n{line}\n\nAna")),
        "success",
        "signed by ana",
    ),
    // Edits and withdrawals.
    ("the comment was edited", |s, _| s.comments[0]["updated_at"] = json!(AT), "action_required", "edited"),
    (
        "an app wrote it for her",
        |s, _| s.comments[0]["performed_via_github_app"] = json!({"id": 1}),
        "action_required",
        "An app wrote it",
    ),
    ("revoked by herself", |s, _| also(s, ANA, AT, "/weighbridge revoke"), "action_required", "took"),
    (
        "revoked by somebody else",
        |s, _| also(s, MALLORY, AT, "/weighbridge revoke"),
        "success",
        "signed by ana",
    ),
    (
        "an edited revocation revokes",
        |s, _| {
            also(s, ANA, AT, "/weighbridge revoke");
            s.comments[1]["updated_at"] = json!("2026-11-21T11:50:00Z");
        },
        "action_required",
        "took",
    ),
    (
        "a deleted account",
        |s, _| s.comments[0]["user"] = Value::Null,
        "action_required",
        "account does not exist",
    ),
];

fn cheaper(line: &str) -> String {
    let (before, amount) = line.split_once('$').unwrap();
    let (amount, sha) = amount.split_once(' ').unwrap();
    let cents: u64 = amount.replace([',', '.'], "").parse().unwrap();
    format!("{before}${}.{:02} {sha}", (cents - 1) / 100, (cents - 1) % 100)
}
