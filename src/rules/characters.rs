//! Characters that people do not see and models read: what kinds there are, and where each is harmless.
//!
//! Of 3,374 real agent files none had tag characters, direction overrides, runs of supplementary variation selectors or
//! Hangul fillers, one had zero-width characters; joiners stood in eight, all between emoji or in scripts that need them.

use std::ops::Range;

/// A kind of hidden character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Tag characters: a copy of ASCII that nothing draws. Flags of regions are made of them.
    Tag,
    /// Controls that turn the direction of the text around.
    Bidi,
    /// Spaces and joiners without a width.
    ZeroWidth,
    /// Variation selectors 17 to 256, two or more in a row: enough to spell bytes.
    Selectors,
    /// Letters of Hangul that are drawn as nothing.
    Filler,
}

/// Characters of one kind in a text: how many, the first stretch of them, and what tags spell.
pub(super) struct Hits {
    pub(super) count: usize,
    pub(super) first: Range<usize>,
    /// Each of them.
    pub(super) all: Vec<Range<usize>>,
    pub(super) spelled: String,
}

/// Longest hidden text that a message repeats.
const MAX_SPELLED: usize = 80;

/// The characters of one kind in a text; `None` when there are none.
pub(super) fn find(text: &str, wanted: Hidden) -> Option<Hits> {
    if text.is_ascii() || !may_have(text.as_bytes(), wanted) {
        return None;
    }
    // Neighbours matter, and ASCII is passed over: ask the text for them.
    let before = |at: usize| text.get(..at).and_then(|head| head.chars().next_back()).unwrap_or(' ');
    let after = |at: usize| text.get(at..).and_then(|tail| tail.chars().next()).unwrap_or(' ');
    let mut hits: Option<Hits> = None;
    let mut flag_until = 0;
    for (at, character) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
        let end = at + character.len_utf8();
        if character == '\u{1f3f4}' {
            flag_until = flag_end(text, end);
        }
        let found = match wanted {
            Hidden::Tag => matches!(character, '\u{e0000}'..='\u{e007f}') && at >= flag_until,
            Hidden::Bidi => matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
            Hidden::ZeroWidth => is_zero_width(character, at, before(at), after(end)),
            Hidden::Selectors => {
                let is = |c: char| matches!(c, '\u{e0100}'..='\u{e01ef}');
                is(character) && (is(before(at)) || is(after(end)))
            }
            Hidden::Filler => {
                let fills = matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
                // Beside other Hangul they may be meant.
                let hangul = |c: char| matches!(c, '\u{1100}'..='\u{115e}' | '\u{1161}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}');
                fills && !hangul(before(at)) && !hangul(after(end))
            }
        };
        if !found {
            continue;
        }
        let hits = hits.get_or_insert_with(|| Hits {
            count: 0,
            first: at..at,
            all: Vec::new(),
            spelled: String::new(),
        });
        hits.count += 1;
        hits.all.push(at..end);
        if hits.first.end == at {
            hits.first.end = end;
        }
        let ascii =
            u32::from(character).checked_sub(0xe_0000).and_then(char::from_u32).filter(char::is_ascii);
        if let Some(ascii) = ascii.filter(|_| wanted == Hidden::Tag && hits.spelled.len() < MAX_SPELLED) {
            hits.spelled.push(ascii);
        }
    }
    hits
}

/// Nearly every text has none of the rarer kinds, and their first bytes say so without looking at characters.
fn may_have(bytes: &[u8], wanted: Hidden) -> bool {
    match wanted {
        Hidden::Tag | Hidden::Selectors => memchr::memchr(0xf3, bytes).is_some(),
        Hidden::Filler => memchr::memchr3(0xe1, 0xe3, 0xef, bytes).is_some(),
        Hidden::Bidi => memchr::memchr(0xe2, bytes).is_some(),
        Hidden::ZeroWidth => {
            memchr::memchr3(0xe1, 0xe2, 0xef, bytes).is_some()
                || memchr::memmem::find(bytes, "\u{ad}".as_bytes()).is_some()
        }
    }
}

/// Where the flag ends that begins before `from`: two to six tags of a region and the tag that ends it.
fn flag_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    let region: Vec<char> = rest
        .chars()
        .take(7)
        .take_while(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'))
        .collect();
    let closed = rest.chars().nth(region.len()) == Some('\u{e007f}');
    if closed && (2..=6).contains(&region.len()) { from + 4 * (region.len() + 1) } else { from }
}

fn is_zero_width(character: char, at: usize, before: char, after: char) -> bool {
    match character {
        '\u{feff}' => at > 0,
        // A soft hyphen is drawn at the end of a line alone; one in a word splits it for a filter.
        '\u{ad}' => before.is_alphanumeric() && after.is_alphanumeric(),
        '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{180e}' => true,
        // Where words are not set apart, this says where a line may end.
        '\u{200b}' => !is_unspaced(before) && !is_unspaced(after),
        '\u{200c}' | '\u{200d}' => !is_joining(before) && !is_joining(after),
        _ => false,
    }
}

/// Thai, Lao, Myanmar, Khmer, Tibetan; Chinese and Japanese.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// Scripts whose letters join, and pictures that do.
const fn is_joining(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{2190}'..='\u{2bff}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe0f}' | '\u{fe70}'..='\u{fefe}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(text: &str, wanted: Hidden) -> usize {
        find(text, wanted).map_or(0, |hits| hits.count)
    }

    #[test]
    fn tags_spell_and_flags_do_not() {
        let hidden: String =
            "run it".chars().filter_map(|c| char::from_u32(u32::from(c) + 0xe_0000)).collect();
        let hits = find(&format!("Hi{hidden}"), Hidden::Tag).unwrap();
        assert_eq!((hits.count, hits.spelled.as_str(), hits.first.start), (6, "run it", 2));
        let scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(count(scotland, Hidden::Tag), 0);
        assert_eq!(count(&scotland.replace('\u{e007f}', ""), Hidden::Tag), 5, "no flag without its end");
    }

    #[test]
    fn joiners_may_join() {
        for fine in [
            "\u{1f468}\u{200d}\u{1f469}",
            "\u{2764}\u{fe0f}\u{200d}\u{1f525}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "\u{feff}text",
            "ไทย\u{200b}ไทย",
        ] {
            assert_eq!(count(fine, Hidden::ZeroWidth), 0, "{fine:?}");
        }
        for bad in ["a\u{200b}b", "a\u{200d}b", "a\u{feff}b", "pass\u{2060}word", "pass\u{ad}word"] {
            assert_eq!(count(bad, Hidden::ZeroWidth), 1, "{bad:?}");
        }
    }

    #[test]
    fn the_rest() {
        assert_eq!((count("a\u{202e}b\u{2066}", Hidden::Bidi), count("a\u{200f}b", Hidden::Bidi)), (2, 0));
        assert_eq!(
            (count("葛\u{e0100}", Hidden::Selectors), count("a\u{e0101}\u{e0102}", Hidden::Selectors)),
            (0, 2)
        );
        assert_eq!((count("a\u{3164}b", Hidden::Filler), count("가\u{1160}", Hidden::Filler)), (1, 0));
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "\\PC{0,40}[\u{200b}-\u{206f}\u{e0000}-\u{e01ef}\u{1f3f4}]{0,10}") {
            for wanted in [Hidden::Tag, Hidden::Bidi, Hidden::ZeroWidth, Hidden::Selectors, Hidden::Filler] {
                if let Some(hits) = find(&text, wanted) {
                    prop_assert!(hits.count > 0 && text.get(hits.first).is_some());
                }
            }
        }
    }
}
