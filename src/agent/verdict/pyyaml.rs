//! What `PyYAML` makes of a scalar without quotes: it reads YAML 1.1, where more is no text than in YAML 1.2.

/// What a plain scalar is when it is no text.
pub(super) fn no_text(text: &str) -> Option<&'static str> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some("nothing"),
        "=" => return Some("a default"),
        _ => {}
    }
    let lower = text.to_ascii_lowercase();
    let one_case = text == lower
        || text == text.to_ascii_uppercase()
        || text.strip_prefix(|c: char| c.is_ascii_uppercase()).is_some_and(|rest| lower.ends_with(rest));
    if one_case && matches!(lower.as_str(), "yes" | "no" | "on" | "off" | "true" | "false") {
        return Some("true or false");
    }
    if is_date(text) {
        return Some("a date");
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (is_integer(digits) || is_float(digits)).then_some("a number")
}

fn all(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}

/// `12`, `1_000`, `0x1f`, `0b1`, `010` and `1:30`, which is ninety.
fn is_integer(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || c == '_';
    if let Some(rest) = text.strip_prefix("0x") {
        return all(rest, |c| c.is_ascii_hexdigit() || c == '_');
    }
    if let Some(rest) = text.strip_prefix("0b") {
        return all(rest, |c| matches!(c, '0' | '1' | '_'));
    }
    if let Some(rest) = text.strip_prefix('0') {
        return rest.is_empty() || all(rest, |c| matches!(c, '0'..='7' | '_'));
    }
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or("");
    first.starts_with(|c: char| c.is_ascii_digit()) && all(first, digit) && parts.all(is_sixty)
}

/// `0` to `59`.
fn is_sixty(text: &str) -> bool {
    text.len() <= 2 && text.parse::<u8>().is_ok_and(|value| value < 60) && all(text, |c| c.is_ascii_digit())
}

/// `1.5`, `.5`, `1.`, `1.5e+3`; without a point it is a text, `1e3`.
fn is_float(text: &str) -> bool {
    if matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, rest)) = text.split_once('.') else { return false };
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or("");
    let starts = first.starts_with(|c: char| c.is_ascii_digit());
    let signed = exponent.is_none_or(|text| {
        text.strip_prefix(['+', '-']).is_some_and(|digits| all(digits, |c| c.is_ascii_digit()))
    });
    let before = if whole.is_empty() { fraction.starts_with(|c: char| c.is_ascii_digit()) } else { starts };
    before && digits(first) && parts.all(is_sixty) && digits(fraction) && signed
}

/// `2024-01-01`, and with a time behind it.
fn is_date(text: &str) -> bool {
    let (day, time) = match text.split_once(['T', 't', ' ', '\t']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, date] = parts.as_slice() else { return false };
    let number =
        |text: &str, lengths: &[usize]| lengths.contains(&text.len()) && all(text, |c| c.is_ascii_digit());
    let two: &[usize] = if time.is_some() { &[1, 2] } else { &[2] };
    let is_time = time.is_none_or(|time| {
        let clock: Vec<&str> = time.trim_start().splitn(3, ':').collect();
        matches!(clock.as_slice(), [hour, minute, second]
            if number(hour, &[1, 2]) && number(minute, &[2]) && second.starts_with(|c: char| c.is_ascii_digit()))
    });
    number(year, &[4]) && number(month, two) && number(date, two) && is_time
}

#[cfg(test)]
mod tests {
    use super::no_text;
    use proptest::prelude::*;

    /// As `yaml.safe_load` of `PyYAML` 6 said.
    #[test]
    fn as_pyyaml_reads_it() {
        for (text, wanted) in [
            ("2024-01-01", Some("a date")),
            ("2024-1-1", None),
            ("2024-01-01 10:00:00", Some("a date")),
            ("1:30", Some("a number")),
            ("010", Some("a number")),
            ("08", None),
            ("1_000", Some("a number")),
            ("0x1F", Some("a number")),
            ("0o17", None),
            ("1e3", None),
            ("1.0e+3", Some("a number")),
            ("1.0e3", None),
            ("1.2.3", None),
            (".5", Some("a number")),
            (".", None),
            ("yes", Some("true or false")),
            ("Off", Some("true or false")),
            ("yEs", None),
            ("y", None),
            ("~", Some("nothing")),
            ("pdf", None),
            ("12:70", None),
            ("-", None),
            ("1.2:30", None),
        ] {
            assert_eq!(no_text(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_are_texts(text in "[g-z]{4,9}( [g-z]{1,9}){0,4}") {
            prop_assert_eq!(no_text(&text), None);
        }

        #[test]
        fn nothing_stops_it(text in "[0-9a-f_.:+eETt -]{0,14}") {
            let _ = no_text(&text);
        }
    }
}
