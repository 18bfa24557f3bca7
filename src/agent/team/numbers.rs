//! Figures as people write them: `~58K`, `1.2M`, `~$80-150`, `<$10`, `0.6x`, `-40%`, `4 (2 parallel)`.

use crate::base::{Usd, text};
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use std::ops::Range;

/// Digits of one number that are read; more is no figure anybody means.
const MAX_DIGITS: usize = 15;
/// The largest value that is read, so that products of two figures stay exact.
const MAX_VALUE: i64 = 1_000_000_000_000;
/// Figures of one text that are read.
const MAX_FIGURES: usize = 200;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Tokens: written with the word, or with `K` or `M`.
    Tokens,
    /// US dollars.
    Dollars,
    /// Per cent.
    Percent,
    /// A multiplier: `0.6x`.
    Factor,
    /// A bare number.
    Count,
}

/// A figure, or the range between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// As it was written.
    pub text: String,
    /// The lower end; equal to the upper one for a single figure, zero for `<$10`.
    pub low: Decimal,
    /// The upper end.
    pub high: Decimal,
    /// True for `~`, `about`, `<` and the like.
    pub approximate: bool,
    /// The value of one unit of the last digit given: 1000 for `58K`, 0.01 for `$3.48`.
    pub precision: Decimal,
    /// What it counts.
    pub unit: Unit,
}

impl Figure {
    /// The middle of the range.
    pub fn middle(&self) -> Decimal {
        (self.low + self.high) / Decimal::TWO
    }

    /// How far what is computed may lie from what is written: one unit of the last digit when the figure says it
    /// is approximate, half of one when it does not.
    pub fn tolerance(&self) -> Decimal {
        if self.approximate { self.precision } else { self.half() }
    }

    /// The same figure as it is meant in a sentence: what is approximate there is given to two digits.
    #[must_use]
    pub fn loosely(mut self) -> Self {
        let mut unit = Decimal::ONE_THOUSAND * Decimal::from(1_000_000_000);
        let size = self.high.abs();
        while self.approximate && size > Decimal::ZERO && unit > self.precision {
            if unit * Decimal::TEN <= size {
                self.precision = unit;
                break;
            }
            unit /= Decimal::TEN;
        }
        self
    }

    /// Half a unit of the last digit: what rounding hides.
    pub fn half(&self) -> Decimal {
        self.precision / Decimal::TWO
    }

    /// True when a value between two bounds can have been written like this.
    pub fn covers(&self, low: Decimal, high: Decimal) -> bool {
        let tolerance = self.tolerance();
        low <= self.high + tolerance && high >= self.low - tolerance
    }

    /// The same figure in another unit, `scale` times as large.
    #[must_use]
    pub fn scaled(mut self, scale: Decimal, unit: Unit) -> Self {
        let limit = Decimal::from(MAX_VALUE);
        self.low = (self.low * scale).clamp(-limit, limit);
        self.high = (self.high * scale).clamp(-limit, limit);
        self.precision *= scale;
        self.unit = unit;
        self
    }
}

/// A figure in a text and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The figure.
    pub figure: Figure,
}

/// The figure a table cell or a value begins with; what follows it is a remark.
pub fn figure(text: &str) -> Option<Figure> {
    let start = text.len() - text.trim_start().len();
    let found = figures(text).into_iter().next()?;
    // Half of a number is none: `1 2`, `20 0000`, and a scale that is not understood.
    let after = text.get(found.range.end..)?;
    let next = after.split_whitespace().next().unwrap_or("");
    let scale = matches!(next, "k" | "K" | "m" | "M" | "b" | "B" | "bn" | "mn" | "mio" | "Mio");
    if after.starts_with(char::is_whitespace) && (next.starts_with(|c: char| c.is_ascii_digit()) || scale) {
        return None;
    }
    let before = text.get(start..found.range.start)?.trim().to_lowercase();
    let lead = before.trim_end_matches([':', '.']);
    (lead.is_empty()
        || is_hedge(lead)
        || matches!(lead, "est" | "estimated" | "up to" | "ca" | "max" | "min"))
    .then_some(found.figure)
}

/// True for a cell that says its figure is part of another one.
pub fn is_included(text: &str) -> bool {
    let text = text.trim().trim_start_matches('~').to_lowercase();
    text.starts_with("incl") || text.starts_with("see above") || text.starts_with("in above")
}

/// Every figure of a text. Durations, sizes, versions and dates are none.
pub fn figures(text: &str) -> Vec<Found> {
    let scan = Scan { text, chars: text.char_indices().collect() };
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.chars.len() && found.len() < MAX_FIGURES {
        match scan.read(at) {
            Some((figure, end)) => {
                if let Some(figure) = figure {
                    found.push(Found { range: scan.byte(at)..scan.byte(end), figure });
                }
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

fn is_hedge(word: &str) -> bool {
    matches!(
        word.trim_end_matches('.'),
        "about" | "approximately" | "approx" | "around" | "roughly" | "circa" | "ca" | "nearly" | "almost"
    )
}

/// A number as it was written, before its unit is known.
struct Number {
    value: Decimal,
    precision: Decimal,
    scale: Option<Decimal>,
    dollars: bool,
    approximate: bool,
}

struct Scan<'a> {
    text: &'a str,
    chars: Vec<(usize, char)>,
}

impl Scan<'_> {
    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|(_, character)| *character)
    }

    fn byte(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.text.len(), |(byte, _)| *byte)
    }

    fn skip(&self, mut at: usize, wanted: impl Fn(char) -> bool) -> usize {
        while self.char(at).is_some_and(&wanted) {
            at += 1;
        }
        at
    }

    fn word(&self, at: usize) -> String {
        let end = self.skip(at, char::is_alphabetic);
        self.text.get(self.byte(at)..self.byte(end)).unwrap_or("").to_lowercase()
    }

    /// The figure that begins at `at` and its end; `None` inside for what looks like one and is none.
    fn read(&self, start: usize) -> Option<(Option<Figure>, usize)> {
        if !self.may_begin(start) {
            return None;
        }
        let mut at = self.skip(start, |c| matches!(c, '~' | '≈'));
        let below = matches!(self.char(at), Some('<' | '≤'));
        if below {
            at = self.skip(at + 1, |c| c == ' ' || c == '=');
        }
        let negative = matches!(self.char(at), Some('-' | '−'));
        if negative || self.char(at) == Some('+') {
            at += 1;
        }
        let (mut first, mut end) = self.number(at)?;
        let mut factor = self.factor(end);
        let mut percent = self.char(end) == Some('%');
        end += usize::from(factor || percent);
        let mut second = None;
        if let Some((number, after)) = self.second(end) {
            let (times, share) = (self.factor(after), self.char(after) == Some('%'));
            end = after + usize::from(times || share);
            (factor, percent) = (factor || times, percent || share);
            second = Some(number);
        }
        if self.char(end).is_some_and(|c| c.is_alphanumeric() || c == '_')
            || (matches!(self.char(end), Some('-' | '.' | ':' | '/'))
                && self.char(end + 1).is_some_and(|c| c.is_ascii_digit()))
        {
            // `3D`, `2026-01-05`, `10:30`, `1/3`: none of ours.
            return Some((
                None,
                self.skip(end, |c| c.is_alphanumeric() || matches!(c, '-' | '.' | ':' | '/' | '_')),
            ));
        }
        if let Some(second) = &mut second {
            second.share_scale(&mut first);
        }
        let unit = self.unit(end, &first, second.as_ref(), factor, percent)?;
        let mut figure = first.figure(second, unit, negative)?;
        let tilde = matches!(self.char(start), Some('~' | '≈'));
        figure.approximate |= below || tilde || self.hedge_before(start);
        if below && figure.low == figure.high && figure.high > Decimal::ZERO {
            figure.low = Decimal::ZERO;
        }
        self.text.get(self.byte(start)..self.byte(end)).unwrap_or("").clone_into(&mut figure.text);
        Some((Some(figure), end))
    }

    /// A figure does not begin inside a word, a version or a date.
    fn may_begin(&self, at: usize) -> bool {
        let Some(first) = self.char(at) else { return false };
        if !(first.is_ascii_digit() || matches!(first, '~' | '≈' | '<' | '≤' | '+' | '-' | '−' | '$')) {
            return false;
        }
        let before = at.checked_sub(1).and_then(|before| self.char(before));
        match before {
            None => true,
            // The first of a row of them has been tried.
            Some('~' | '≈') => false,
            Some('-') => {
                // `opus-4` is a name; `- 4` is a list.
                !at.checked_sub(2).and_then(|before| self.char(before)).is_some_and(char::is_alphanumeric)
            }
            Some('.' | ',' | ':') if first.is_ascii_digit() => false,
            Some('_' | '#' | '>' | '≥' | '=') if first.is_ascii_digit() || first == '$' => {
                before == Some('=')
            }
            Some(c) => !c.is_alphanumeric(),
        }
    }

    fn factor(&self, at: usize) -> bool {
        matches!(self.char(at), Some('x' | 'X' | '×'))
            && !self.char(at + 1).is_some_and(char::is_alphanumeric)
    }

    fn number(&self, at: usize) -> Option<(Number, usize)> {
        let mut at = at;
        let approximate = matches!(self.char(at), Some('~' | '≈'));
        at += usize::from(approximate);
        let dollars = self.char(at) == Some('$');
        at += usize::from(dollars);
        let begin = at;
        let mut digits = String::new();
        let mut fraction = 0_u32;
        let mut in_fraction = false;
        let mut spaced = false;
        while let Some(character) = self.char(at) {
            let next = self.char(at + 1).is_some_and(|c| c.is_ascii_digit());
            match character {
                '0'..='9' if digits.len() > MAX_DIGITS => return None,
                '0'..='9' => {
                    digits.push(character);
                    fraction += u32::from(in_fraction);
                }
                ',' if next && !in_fraction && at > begin && self.group_of_three(at + 1) => {}
                // `200 000`: groups that are set apart by a space have three digits each, from the first on.
                ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}'
                    if next
                        && !in_fraction
                        && (spaced || (1..=3).contains(&digits.len()))
                        && !digits.starts_with('0')
                        && self.group_of_three(at + 1) =>
                {
                    spaced = true;
                }
                '.' if next && !in_fraction => in_fraction = true,
                _ => break,
            }
            at += 1;
        }
        if digits.is_empty() || digits.len() > MAX_DIGITS {
            return None;
        }
        let unscaled: i64 = digits.parse().ok()?;
        let mut number = Number {
            value: Decimal::new(unscaled, fraction),
            precision: Decimal::new(1, fraction),
            scale: None,
            dollars,
            approximate,
        };
        let (scale, end) = self.scale(at, in_fraction);
        number.scale = scale;
        Some((number, end))
    }

    fn group_of_three(&self, at: usize) -> bool {
        (0..3).all(|step| self.char(at + step).is_some_and(|c| c.is_ascii_digit()))
            && !self.char(at + 3).is_some_and(|c| c.is_ascii_digit())
    }

    fn scale(&self, at: usize, fraction: bool) -> (Option<Decimal>, usize) {
        let ends = |end: usize| !self.char(end).is_some_and(char::is_alphanumeric);
        match self.char(at) {
            Some('K' | 'k') if ends(at + 1) => (Some(Decimal::ONE_THOUSAND), at + 1),
            Some('M') if ends(at + 1) => (Some(Decimal::from(1_000_000)), at + 1),
            // `10m` are minutes more often than not, `1.5m` and `2m tokens` are not.
            Some('m') if ends(at + 1) && (fraction || self.word(at + 2).starts_with("tok")) => {
                (Some(Decimal::from(1_000_000)), at + 1)
            }
            Some(' ') if matches!(self.char(at + 1), Some('K' | 'k')) && ends(at + 2) => {
                (Some(Decimal::ONE_THOUSAND), at + 2)
            }
            Some(' ') if self.char(at + 1) == Some('M') && ends(at + 2) => {
                (Some(Decimal::from(1_000_000)), at + 2)
            }
            Some('B') if ends(at + 1) => (Some(Decimal::from(1_000_000_000)), at + 1),
            Some(' ') => match self.word(at + 1).as_str() {
                "million" => (Some(Decimal::from(1_000_000)), at + 8),
                "thousand" => (Some(Decimal::ONE_THOUSAND), at + 9),
                _ => (None, at),
            },
            _ => (None, at),
        }
    }

    /// The second number of a range.
    fn second(&self, at: usize) -> Option<(Number, usize)> {
        let mut to = at;
        match self.char(to)? {
            '-' | '–' | '—' => to += 1,
            ' ' => {
                to += 1;
                if self.word(to) == "to" {
                    to += 2;
                } else if matches!(self.char(to), Some('-' | '–')) && self.char(to + 1) == Some(' ') {
                    to += 1;
                } else {
                    return None;
                }
                if self.char(to) != Some(' ') {
                    return None;
                }
                to += 1;
            }
            _ => return None,
        }
        self.char(to).filter(|c| c.is_ascii_digit() || matches!(c, '$' | '~'))?;
        self.number(to)
    }

    fn hedge_before(&self, at: usize) -> bool {
        let before = self.text.get(..self.byte(at)).unwrap_or("").trim_end();
        before
            .rsplit(|c: char| c.is_whitespace() || c == '(')
            .next()
            .is_some_and(|w| is_hedge(&w.to_lowercase()))
    }

    /// What is counted; `None` for what is not ours: minutes, words, megabytes.
    fn unit(
        &self,
        end: usize,
        first: &Number,
        second: Option<&Number>,
        factor: bool,
        percent: bool,
    ) -> Option<Unit> {
        if percent {
            return Some(Unit::Percent);
        }
        if factor {
            return Some(Unit::Factor);
        }
        if first.dollars || second.is_some_and(|number| number.dollars) {
            return Some(Unit::Dollars);
        }
        let scaled = first.scale.is_some() || second.is_some_and(|number| number.scale.is_some());
        let next = self.skip(end, |c| matches!(c, ' ' | '-'));
        Some(match self.word(next).as_str() {
            "tokens" | "token" | "tok" | "toks" => Unit::Tokens,
            "percent" => Unit::Percent,
            "usd" | "dollars" => Unit::Dollars,
            "m" | "min" | "mins" | "minute" | "minutes" | "h" | "hr" | "hrs" | "hour" | "hours" | "day"
            | "days" | "week" | "weeks" | "month" | "months" | "year" | "years" | "s" | "sec" | "secs"
            | "second" | "seconds" | "ms" | "word" | "words" | "loc" | "lines" | "characters" | "bytes"
            | "kb" | "mb" | "gb" => return None,
            _ if scaled => Unit::Tokens,
            _ => Unit::Count,
        })
    }
}

impl Number {
    /// `20-30K` is `20K-30K`; `750-2.25K` is not.
    fn share_scale(&self, first: &mut Self) {
        if let (None, Some(scale)) = (first.scale, self.scale)
            && first.value <= self.value
        {
            first.scale = Some(scale);
        }
    }

    fn scaled(&self) -> Option<(Decimal, Decimal)> {
        let scale = self.scale.unwrap_or(Decimal::ONE);
        let value = self.value.checked_mul(scale)?;
        (value <= Decimal::from(MAX_VALUE)).then_some((value, self.precision * scale))
    }

    fn figure(&self, second: Option<Self>, unit: Unit, negative: bool) -> Option<Figure> {
        let (mut low, mut precision) = self.scaled()?;
        let mut high = low;
        let mut approximate = self.approximate;
        if let Some(second) = second {
            let (value, fine) = second.scaled()?;
            high = value;
            precision = precision.max(fine);
            approximate |= second.approximate;
        }
        if negative {
            (low, high) = (-high, -low);
        }
        if low > high {
            (low, high) = (high, low);
        }
        Some(Figure { text: String::new(), low, high, approximate, precision, unit })
    }
}

/// A value in words, as the teams write it: `348K`, `$0.41`, `-40 %`.
pub fn show(value: Decimal, unit: Unit) -> String {
    let short = |value: Decimal, digits: u32| {
        value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero).normalize()
    };
    match unit {
        Unit::Dollars => Usd::new(value).to_string(),
        Unit::Percent => format!("{}%", short(value, 1)),
        Unit::Factor => format!("{}x", short(value, 2)),
        Unit::Count => short(value, 1).to_string(),
        Unit::Tokens if value.abs() < Decimal::ONE_THOUSAND => short(value, 0).to_string(),
        Unit::Tokens => {
            let thousands = short(value / Decimal::ONE_THOUSAND, 2);
            let whole = thousands.trunc().abs();
            let whole = whole.to_u64().map_or_else(|| whole.to_string(), text::thousands);
            let fraction = thousands.fract().abs().normalize().to_string();
            let fraction = fraction.strip_prefix("0.").map(|digits| format!(".{digits}")).unwrap_or_default();
            let sign = if value.is_sign_negative() { "-" } else { "" };
            format!("{sign}{whole}{fraction}K")
        }
    }
}

/// A range of values in words: `$0.10-$0.52`.
pub fn show_range(low: Decimal, high: Decimal, unit: Unit) -> String {
    let (from, to) = (show(low, unit), show(high, unit));
    if from == to { from } else { format!("{from} to {to}") }
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
