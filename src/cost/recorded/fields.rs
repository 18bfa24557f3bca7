//! Reads single fields out of JSON records whose authors disagree about types.

use crate::base::Usd;
use rust_decimal::Decimal;
use serde_json::Value;

/// No request has so many tokens; more is a mistake of the source, and sums of such counts could overflow.
pub const MAX_TOKENS: u64 = 1_000_000_000_000;
/// No record costs so much; more is a mistake of the source, and sums of such amounts could overflow.
const MAX_USD: u64 = 1_000_000_000_000;
/// Nobody recorded the tokens of agents before: such a date is a mistake, and years without runs would follow it.
const FIRST_YEAR: i16 = 2015;
/// Names longer than this many bytes are cut: nobody can read them.
const MAX_NAME_BYTES: usize = 256;

/// The value at a path of keys with dots between; a key that holds dots itself is found as well.
pub fn at<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(record.get(first)?, rest)
}

/// A name: a string that is not empty, or a number.
pub fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => clean(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A name without white space around it, cut where nobody reads on; `None` when nothing is left.
pub fn clean(text: &str) -> Option<String> {
    let text = text.trim();
    text.get(..text.floor_char_boundary(MAX_NAME_BYTES)).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The name at a path.
pub fn name_at(record: &Value, path: &str) -> Option<String> {
    at(record, path).and_then(name)
}

/// A count of tokens: a number or a string of digits; nothing when it is null.
///
/// # Errors
/// When there is something else.
pub fn count(value: &Value) -> Result<Option<u64>, String> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Err(format!("a count of tokens is {value:.40}")),
    };
    count_in(&text)
}

/// A count of tokens as text; nothing when the text is empty.
///
/// # Errors
/// When it is no count.
pub fn count_in(text: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let whole = text.parse::<u64>().ok().or_else(|| {
        let decimal: Decimal = text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())?;
        u64::try_from(decimal.round()).ok().filter(|_| !decimal.is_sign_negative())
    });
    match whole {
        Some(count) if count <= MAX_TOKENS => Ok(Some(count)),
        _ => Err(format!("`{}` is no count of tokens", text.chars().take(40).collect::<String>())),
    }
}

/// The count at a path; nothing when the field is not there.
///
/// # Errors
/// When the field holds something else.
pub fn count_at(record: &Value, path: &str) -> Result<Option<u64>, String> {
    at(record, path).map_or(Ok(None), count).map_err(|reason| format!("{path}: {reason}"))
}

/// Dollars as text, with or without their sign.
pub fn usd_in(text: &str) -> Option<Usd> {
    let text = text.trim();
    let text = text.strip_prefix('$').unwrap_or(text);
    let amount: Decimal = text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())?;
    (!amount.is_sign_negative() && amount <= Decimal::from(MAX_USD)).then(|| Usd::new(amount.normalize()))
}

/// A time as text: RFC 3339, the form without a zone that databases print (taken as UTC), a date, or seconds,
/// milliseconds, microseconds or nanoseconds since 1970.
pub fn time_in(text: &str) -> Option<jiff::Timestamp> {
    let time = any_time_in(text.trim())?;
    (time.to_zoned(jiff::tz::TimeZone::UTC).year() >= FIRST_YEAR).then_some(time)
}

fn any_time_in(text: &str) -> Option<jiff::Timestamp> {
    if text.len() == 8
        && let Some(date) = compact_date(text)
    {
        return Some(date);
    }
    if let Ok(number) = text.parse::<f64>() {
        // The four units are far enough apart to be told by size for every date after 1973.
        let seconds = match number {
            n if n < 1e11 => n,
            n if n < 1e14 => n / 1e3,
            n if n < 1e17 => n / 1e6,
            n => n / 1e9,
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "microseconds fit far beyond every date jiff takes"
        )]
        let micros = (seconds * 1e6).round() as i64;
        return (number > 0.0).then(|| jiff::Timestamp::from_microsecond(micros).ok())?;
    }
    let zoned = text.parse::<jiff::Timestamp>().ok();
    zoned.or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// `20260901`, which as seconds since 1970 would be a day of that year.
fn compact_date(text: &str) -> Option<jiff::Timestamp> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let part = |value: u16| i8::try_from(value).ok();
    let date = jiff::civil::Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()?;
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_read_in_every_form_in_which_they_are_written() {
        let record = json!({"a": {"b": "12"}, "a.c": 3, "d": -1, "e": 1e3, "f": [], "g": null});
        assert_eq!(count_at(&record, "a.b"), Ok(Some(12)));
        assert_eq!(count_at(&record, "a.c"), Ok(Some(3)));
        assert_eq!(count_at(&record, "e"), Ok(Some(1000)));
        assert_eq!(count_at(&record, "g"), Ok(None));
        assert_eq!(count_at(&record, "missing"), Ok(None));
        assert!(count_at(&record, "d").is_err() && count_at(&record, "f").is_err());
        assert!(count_in("99999999999999999999999").is_err() && count_in("NaN").is_err());
    }

    #[test]
    fn times_are_read_in_every_unit() {
        let expected: jiff::Timestamp = "2026-09-01T10:00:00Z".parse().expect("a time");
        for text in [
            "2026-09-01T10:00:00Z",
            "2026-09-01T12:00:00+02:00",
            "2026-09-01 10:00:00",
            "1788256800",
            "1788256800000",
            "1788256800000000",
            "1788256800000000000",
        ] {
            assert_eq!(time_in(text), Some(expected), "{text}");
        }
        assert_eq!(time_in("yesterday"), None);
        assert_eq!(time_in("1e300"), None);
        assert_eq!(time_in("20260901"), time_in("2026-09-01"));
        assert!(time_in("20260901").is_some());
        for wrong in
            ["0001-01-01T00:00:00Z", "2014-12-31T23:59:59Z", "09/01/2026 10:00", "20261301", "0", "-5"]
        {
            assert_eq!(time_in(wrong), None, "{wrong}");
        }
        assert_eq!((usd_in("-1"), usd_in("1e13"), usd_in("1e12").is_some()), (None, None, true));
        assert_eq!(usd_in("$0.50"), usd_in("0.5"));
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = clean(&"ä".repeat(200)).expect("a name");
        assert_eq!((name.len(), clean("  ")), (256, None));
    }
}
