//! Keeping texts within the limits of the forges. The renderers already shorten what matters least; this is
//! the last resort, so that a report is cut rather than refused.

/// Cuts `text` at a line so that it has at most `chars` characters and `bytes` bytes, and says so.
pub(crate) fn fit(text: &str, chars: usize, bytes: usize) -> String {
    const CUT: &str =
        "\n\n*Shortened to what fits here; the job summary and the report files have all of it.*\n";
    if text.len() <= bytes && (text.len() <= chars || text.chars().count() <= chars) {
        return text.to_owned();
    }
    // Room for the sentence and for closing a code block.
    let room_bytes = bytes.saturating_sub(CUT.len() + 8);
    let room_chars = chars.saturating_sub(CUT.len() + 8);
    let mut end = 0;
    for (count, (at, character)) in text.char_indices().enumerate() {
        let next = at + character.len_utf8();
        if count >= room_chars || next > room_bytes {
            break;
        }
        end = next;
    }
    let kept = text.get(..end).unwrap_or_default();
    let kept = kept.rsplit_once('\n').map_or(kept, |(lines, _)| lines);
    let fences = kept.lines().filter(|line| line.trim_start().starts_with("```")).count();
    let close = if fences % 2 == 1 { "\n```" } else { "" };
    format!("{kept}{close}{CUT}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_at_lines_and_closes_code() {
        assert_eq!(fit("short", 10, 10), "short");
        let long = format!("first\n```\n{}", "code line\n".repeat(50));
        let cut = fit(&long, 200, 200);
        assert!(
            cut.starts_with("first\n```\ncode line\n") && cut.contains("line\n```\n\n*Shortened"),
            "{cut}"
        );
    }

    proptest! {
        #[test]
        fn never_exceeds_the_limits(text in "(?s).{0,400}", chars in 120_usize..300, bytes in 120_usize..300) {
            let cut = fit(&text, chars, bytes);
            prop_assert!(cut.chars().count() <= chars && cut.len() <= bytes);
        }
    }
}
