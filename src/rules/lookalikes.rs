//! Letters that look like those of ASCII and are none.

/// A letter of another script and the one it looks like, as of the confusables of Unicode Technical Standard 39.
const PAIRS: [(char, char); 77] = [
    // Cyrillic.
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('у', 'y'),
    ('ү', 'y'),
    ('х', 'x'),
    ('ѵ', 'v'),
    ('ԝ', 'w'),
    ('ӏ', 'l'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('Ү', 'Y'),
    ('Ԍ', 'G'),
    ('Ԛ', 'Q'),
    ('Ԝ', 'W'),
    ('к', 'k'),
    ('Ӏ', 'I'),
    // Greek.
    ('ο', 'o'),
    ('ν', 'v'),
    ('ι', 'i'),
    ('ρ', 'p'),
    ('α', 'a'),
    ('υ', 'u'),
    ('ϲ', 'c'),
    ('ϳ', 'j'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
    // Armenian, Cherokee and letters of phonetics.
    ('օ', 'o'),
    ('ո', 'n'),
    ('ս', 'u'),
    ('հ', 'h'),
    ('ց', 'g'),
    ('զ', 'q'),
    ('Ꭺ', 'A'),
    ('Ᏼ', 'B'),
    ('Ꮯ', 'C'),
    ('Ꭼ', 'E'),
    ('Ꮇ', 'M'),
    ('Ꮲ', 'P'),
    ('Ꭲ', 'T'),
    ('ɑ', 'a'),
    ('ɡ', 'g'),
    ('ⅼ', 'l'),
    ('ⅰ', 'i'),
    ('ⅽ', 'c'),
];

/// The letter of ASCII that a character looks like; `None` for those of ASCII and for those that look like none.
pub(super) fn looks_like(character: char) -> Option<char> {
    if character.is_ascii() {
        return None;
    }
    // Letters of full width stand in one row, and so do those of mathematics, which come in styles of 52.
    let code = u32::from(character);
    match code {
        0xff21..=0xff3a | 0xff41..=0xff5a => char::from_u32(code - 0xfee0),
        0x1d400..=0x1d6a3 => {
            let at = (code - 0x1d400) % 52;
            char::from_u32(if at < 26 { 0x41 + at } else { 0x61 + at - 26 })
        }
        _ => PAIRS.iter().find(|(odd, _)| *odd == character).map(|(_, plain)| *plain),
    }
}

/// A text as it looks.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|character| looks_like(character).unwrap_or(character)).collect()
}

/// The first word with letters of ASCII and others that look like them: where it stands, and the first such letter.
pub(super) fn mixed_word(text: &str) -> Option<(usize, &str, char)> {
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if character.is_alphabetic() {
            start.get_or_insert(at);
            continue;
        }
        let Some(from) = start.take() else { continue };
        let word = text.get(from..at).unwrap_or("");
        let odd = word.chars().find(|c| looks_like(*c).is_some());
        if let Some(odd) = odd.filter(|_| word.contains(|c: char| c.is_ascii_alphabetic())) {
            return Some((from, word, odd));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_of_two_scripts() {
        assert_eq!(plain("g\u{456}thub \u{1d5ba}\u{ff42}"), "github ab");
        assert_eq!(
            mixed_word("a revi\u{435}wer").map(|(at, word, odd)| (at, word.len(), odd)),
            Some((2, 9, 'е'))
        );
        for fine in ["reviewer", "ревьюер", "β-test", "café", "naïve", "技能-pdf", "µm", "Straße", "ışık"]
        {
            assert_eq!(mixed_word(fine), None, "{fine}");
        }
    }

    #[test]
    fn every_pair_is_of_two_scripts() {
        assert!(PAIRS.iter().all(|(odd, plain)| !odd.is_ascii() && plain.is_ascii_alphabetic()));
    }

    proptest! {
        #[test]
        fn what_looks_like_ascii_is_found_inside_it(text in "[a-z]{1,6}", at in 0..77_usize, tail in "[a-z]{0,6}") {
            let word = format!("{text}{}{tail}", PAIRS[at].0);
            prop_assert!(mixed_word(&word).is_some());
            prop_assert!(plain(&word).is_ascii());
        }
    }
}
