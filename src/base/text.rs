//! Small things done to text. Escaping for a particular output lives with that output, in `report::escape`.

/// `1234567` as `1,234,567`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A signed difference with separators: `+1,840`, `-3`, `0`.
pub fn signed(value: i64) -> String {
    let sign = match value.signum() {
        1 => "+",
        -1 => "-",
        _ => "",
    };
    format!("{sign}{}", thousands(value.unsigned_abs()))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `1 file`, `2 files`.
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count as u64), if count == 1 { one } else { many })
}

/// The name that is meant, when one of those there are is close to what was written.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 80;
    const CLOSE: f64 = 0.7;
    if written.len() > LONGEST {
        return None;
    }
    let near = names.into_iter().map(|name| (strsim::normalized_damerau_levenshtein(written, name), name));
    // Of names that are as close, the first: what is said must not depend on the order of a map.
    let best = near.fold(None, |best: Option<(f64, &str)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    best.filter(|(likeness, _)| *likeness >= CLOSE).map(|(_, name)| name)
}

/// Shortens to at most `limit` characters, keeping both ends: paths stay recognisable.
pub fn truncate_middle(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return text.to_owned();
    }
    let keep = limit.saturating_sub(1);
    let head = keep.div_ceil(2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (keep - head)).collect();
    format!("{start}…{end}")
}

/// Shortens to at most `limit` characters, keeping the beginning.
pub fn truncate_end(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut start: String = text.chars().take(limit.saturating_sub(1)).collect();
    start.push('…');
    start
}

/// True for characters that are invisible or reorder what a person sees: controls, bidirectional and
/// zero-width characters, tag characters, line and paragraph separators.
pub const fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Replaces every deceptive character and every line break by a visible `\u{...}` or `\n`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push(' '),
            character if is_deceptive(character) => out.extend(character.escape_unicode()),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_when_it_is_near() {
        let names = ["nul-byte", "leaked-secret", "unused-ignore"];
        assert_eq!(nearest("leaked-secrets", names), Some("leaked-secret"));
        assert_eq!(nearest("nulbyte", names), Some("nul-byte"));
        assert_eq!(nearest("color", names), None);
        assert_eq!(nearest(&"x".repeat(100_000), names), None);
    }

    #[test]
    fn groups_and_signs() {
        assert_eq!((thousands(0).as_str(), thousands(1_234_567).as_str()), ("0", "1,234,567"));
        assert_eq!((signed(1840).as_str(), signed(-3).as_str(), signed(0).as_str()), ("+1,840", "-3", "0"));
        assert_eq!(signed(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(
            (plural(1, "file", "files"), plural(2000, "file", "files")),
            ("1 file".into(), "2,000 files".into())
        );
    }

    #[test]
    fn shortens_by_characters() {
        assert_eq!(truncate_middle("abcdefghij", 5), "ab…ij");
        assert_eq!(truncate_middle("äöü", 3), "äöü");
        assert_eq!(truncate_end("äöüß", 3), "äö…");
    }

    #[test]
    fn shows_what_hides() {
        assert_eq!(visible("a\u{202e}b\nc\u{1b}[0m"), "a\\u{202e}b\\nc\\u{1b}[0m");
    }
}
