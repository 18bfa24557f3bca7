//! What people write to the gate, one command in a line of its own:
//!
//! ```text
//! /weighbridge approve $2,100 4f1c9a2b77de
//! /weighbridge emergency $2,100 4f1c9a2b77de the support line is down
//! /weighbridge revoke
//! /weighbridge status
//! /weighbridge explain
//! ```
//!
//! The grammar is strict, because what is signed is money: an amount that two people could read differently is no
//! amount. Nothing is repaired; what is wrong is said, with the right line beside it.

use super::lines::{self, WORD};
use crate::base::Usd;
use crate::base::text::{is_deceptive, truncate_end, visible};
use rust_decimal::Decimal;
use std::fmt;

/// Longer texts are not read at all, in bytes: the end could take back what the beginning says.
pub const MAX_TEXT: usize = 64 * 1024;
/// Shorter names of commits are refused.
pub const MIN_SHA: usize = 12;
/// Shorter reasons of an emergency are refused, in characters.
pub const MIN_REASON: usize = 10;
/// Longer ones too.
pub const MAX_REASON: usize = 1_000;
/// More digits before the point are refused.
const MAX_DIGITS: usize = 9;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Signs for an amount at a commit.
    Approve {
        /// Up to how many dollars a month.
        amount: Decimal,
        /// The commit, or its first 12 characters or more; only a review may leave it out.
        sha: Option<String>,
    },
    /// Takes back every signature of the writer.
    Revoke,
    /// Asks how things stand.
    Status,
    /// Asks why.
    Explain,
    /// Lets a change pass in an emergency.
    Emergency {
        /// Up to how many dollars a month.
        amount: Decimal,
        /// The commit.
        sha: String,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Command {
    /// The line to write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approve { amount, sha: Some(sha) } => {
                write!(f, "{WORD} approve {} {sha}", dollars(*amount))
            }
            Self::Approve { amount, sha: None } => write!(f, "{WORD} approve {}", dollars(*amount)),
            Self::Revoke => write!(f, "{WORD} revoke"),
            Self::Status => write!(f, "{WORD} status"),
            Self::Explain => write!(f, "{WORD} explain"),
            Self::Emergency { amount, sha, reason } => {
                write!(f, "{WORD} emergency {} {sha} {reason}", dollars(*amount))
            }
        }
    }
}

/// `$2,100.00`.
pub fn dollars(amount: Decimal) -> String {
    Usd::new(amount).with_digits(2)
}

/// What is wrong with a line that begins like a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It begins with white space, or not exactly in lower case.
    Beginning,
    /// A character that is not plain ASCII.
    Character(char),
    /// More than one space, or a tab, between words.
    Spaces,
    /// No such command; the word.
    Unknown(String),
    /// No amount where one has to be.
    NoAmount,
    /// No `$` before the amount.
    NoDollar(String),
    /// Another currency.
    Currency(String),
    /// An amount that is not written like `$1,234.56`.
    Amount(String),
    /// No commit.
    NoSha,
    /// The commit is not lower-case hexadecimal, or longer than a commit's name.
    Sha(String),
    /// The commit is too short.
    ShortSha(String),
    /// Something follows the command.
    More(String),
    /// No reason for an emergency, or one of a few characters.
    NoReason,
    /// The reason is too long.
    LongReason,
}

impl Fault {
    /// What is wrong, for people.
    pub fn words(&self) -> String {
        match self {
            Self::Beginning => {
                format!("the line has to begin with `{WORD}`, in lower case and without spaces before")
            }
            Self::Character(character) => {
                let shown = if is_deceptive(*character) || character.is_whitespace() {
                    String::new()
                } else {
                    format!(" (`{character}`)")
                };
                format!(
                    "it has the character U+{:04X}{shown}; only plain letters, digits and `$` are read",
                    u32::from(*character)
                )
            }
            Self::Spaces => "exactly one space has to stand between the words".to_owned(),
            Self::Unknown(word) => format!(
                "`{}` is no command; there are approve, revoke, status, explain and emergency",
                shown(word)
            ),
            Self::NoAmount => "the amount is missing".to_owned(),
            Self::NoDollar(word) => format!("`{}` has no `$`", shown(word)),
            Self::Currency(word) => {
                format!(
                    "`{}` names a currency; amounts are US dollars, with a `$` in front and nothing else",
                    shown(word)
                )
            }
            Self::Amount(word) => {
                format!("`{}` is no amount; write it like `$1234`, `$1,234` or `$1,234.56`", shown(word))
            }
            Self::NoSha => "the commit is missing".to_owned(),
            Self::Sha(word) => format!("`{}` is no name of a commit in lower-case hexadecimal", shown(word)),
            Self::ShortSha(word) => {
                format!("`{}` is too short for a commit; write {MIN_SHA} characters or more", shown(word))
            }
            Self::More(word) => {
                format!("nothing may follow the command in its line, and here follows `{}`", shown(word))
            }
            Self::NoReason => format!("an emergency needs a reason of at least {MIN_REASON} characters"),
            Self::LongReason => format!("the reason has more than {MAX_REASON} characters"),
        }
    }
}

fn shown(word: &str) -> String {
    visible(&truncate_end(word, 40))
}

/// What a text says to the gate.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Said {
    /// The commands, in order.
    pub commands: Vec<Command>,
    /// What is wrong with lines that begin like commands, in order.
    pub faults: Vec<Fault>,
    /// In what such a line stands that is not a line of its own.
    pub inside: Option<&'static str>,
    /// True when the text is too long to be read.
    pub too_long: bool,
}

impl Said {
    /// The commands that sign, in order. More than one is ambiguous.
    pub(super) fn signatures(&self) -> impl Iterator<Item = &Command> {
        self.commands
            .iter()
            .filter(|command| matches!(command, Command::Approve { .. } | Command::Emergency { .. }))
    }

    /// True when it takes back what the writer signed.
    pub fn revokes(&self) -> bool {
        self.commands.contains(&Command::Revoke)
    }
}

/// Reads a comment, or the text of a review, where an approval may leave out the commit.
pub fn read(text: &str, review: bool) -> Said {
    if text.len() > MAX_TEXT {
        return Said { too_long: true, ..Said::default() };
    }
    let mut said = Said::default();
    for line in lines::lines(text) {
        if line.inside.is_some() {
            said.inside = said.inside.or(line.inside);
            continue;
        }
        match parse(line.text, review) {
            Ok(command) => said.commands.push(command),
            Err(fault) => said.faults.push(fault),
        }
    }
    said
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &str, review: bool) -> Result<Command, Fault> {
    let line = line.trim_end_matches([' ', '\t', '\r']);
    let mut words = line.split(' ');
    if words.next() != Some(WORD) {
        let strange = line.chars().find(|c| !c.is_ascii() || is_deceptive(*c));
        return Err(strange.map_or(Fault::Beginning, Fault::Character));
    }
    let command = words.next().unwrap_or_default();
    if command == "emergency" {
        return emergency(words);
    }
    if let Some(word) = words.clone().find(|word| is_currency(word)) {
        return Err(Fault::Currency(word.to_owned()));
    }
    if let Some(strange) = line.chars().find(|c| !matches!(c, ' '..='~' | '\t')) {
        return Err(Fault::Character(strange));
    }
    if line.contains("  ") || line.contains('\t') {
        return Err(Fault::Spaces);
    }
    let parsed = match command {
        "approve" => {
            let amount = amount(words.next())?;
            let sha = match words.next() {
                None if review => None,
                word => Some(sha(word)?),
            };
            Command::Approve { amount, sha }
        }
        "revoke" => Command::Revoke,
        "status" => Command::Status,
        "explain" => Command::Explain,
        other => return Err(Fault::Unknown(other.to_owned())),
    };
    words.next().map_or(Ok(parsed), |word| Err(Fault::More(word.to_owned())))
}

/// The rest of a line that begins `/weighbridge emergency`. The reason may have letters of every language, and
/// nothing that cannot be seen.
fn emergency<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, Fault> {
    let plain = |word: Option<&'a str>| match word
        .and_then(|word| word.chars().find(|c| !matches!(c, '!'..='~')))
    {
        Some(_) if word.is_some_and(is_currency) => Err(Fault::Currency(word.unwrap_or_default().to_owned())),
        Some(strange) => Err(Fault::Character(strange)),
        None if word == Some("") => Err(Fault::Spaces),
        None => Ok(word),
    };
    let amount = amount(plain(words.next())?)?;
    let sha = sha(plain(words.next())?)?;
    let reason = words.collect::<Vec<_>>().join(" ");
    if let Some(strange) = reason.chars().find(|c| is_deceptive(*c) || (c.is_whitespace() && *c != ' ')) {
        return Err(Fault::Character(strange));
    }
    if reason.starts_with(' ') {
        return Err(Fault::Spaces);
    }
    match reason.chars().filter(|c| !c.is_whitespace()).count() {
        ..MIN_REASON => Err(Fault::NoReason),
        _ if reason.chars().count() > MAX_REASON => Err(Fault::LongReason),
        _ => Ok(Command::Emergency { amount, sha, reason }),
    }
}

/// True for the sign or the code of a currency, alone or at an amount, other than a `$` in front.
fn is_currency(word: &str) -> bool {
    const CODES: [&str; 9] = ["USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "CAD", "AUD"];
    let sign = |c: char| matches!(c, '€' | '£' | '¥' | '₹' | '₩' | '₽' | '¢' | '₿' | '₺' | '₴' | '₫');
    if word.len() >= MIN_SHA && word.bytes().all(is_hex) {
        return false;
    }
    let upper = word.to_ascii_uppercase();
    let code = upper.trim_matches(|c: char| !c.is_ascii_alphabetic());
    let letters_before = word.split_once('$').is_some_and(|(before, _)| {
        !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    word.contains(sign) || CODES.contains(&code) || letters_before
}

/// `$1234`, `$1,234`, `$1,234.56`.
fn amount(word: Option<&str>) -> Result<Decimal, Fault> {
    let word = word.filter(|word| !word.is_empty()).ok_or(Fault::NoAmount)?;
    if is_currency(word) {
        return Err(Fault::Currency(word.to_owned()));
    }
    let wrong = || Fault::Amount(word.to_owned());
    let Some(number) = word.strip_prefix('$') else {
        let digit = word.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        let commit = word.len() >= MIN_SHA && word.bytes().all(is_hex);
        return Err(if commit {
            Fault::NoAmount
        } else if digit {
            Fault::NoDollar(word.to_owned())
        } else {
            wrong()
        });
    };
    let (whole, cents) = number.split_once('.').map_or((number, None), |(whole, cents)| (whole, Some(cents)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = match groups.split_first() {
        Some((_, [])) => is_number(whole),
        Some((first, rest)) => {
            is_number(first)
                && first.len() <= 3
                && !first.starts_with('0')
                && rest.iter().all(|group| group.len() == 3 && is_number(group))
        }
        None => false,
    };
    let digits = whole.replace(',', "");
    let leading = digits.len() > 1 && digits.starts_with('0');
    let cents_fit = cents.is_none_or(|cents| is_number(cents) && cents.len() <= 2);
    if !grouped || leading || !cents_fit || digits.len() > MAX_DIGITS {
        return Err(wrong());
    }
    let exact = format!("{digits}.{}", cents.unwrap_or("0"));
    Decimal::from_str_exact(&exact).map(|amount| amount.normalize()).ok().ok_or_else(wrong)
}

/// 12 to 40 characters of lower-case hexadecimal, or the 64 of a SHA-256 repository.
fn sha(word: Option<&str>) -> Result<String, Fault> {
    let word = word.filter(|word| !word.is_empty()).ok_or(Fault::NoSha)?;
    if !word.bytes().all(is_hex) || (word.len() > 40 && word.len() != 64) {
        return Err(Fault::Sha(word.to_owned()));
    }
    if word.len() < MIN_SHA {
        return Err(Fault::ShortSha(word.to_owned()));
    }
    Ok(word.to_owned())
}

const fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
