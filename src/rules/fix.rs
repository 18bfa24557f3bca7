//! Fixes: what a rule would write instead, and how several of them are applied to one text.

use std::ops::Range;

/// What a rule would write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The rule.
    pub rule: String,
    /// 1-based line of the finding; 0 for the whole file.
    pub line: u32,
    /// What it does, for people.
    pub message: String,
    /// The bytes it replaces.
    pub range: Range<usize>,
    /// What with.
    pub replacement: String,
    /// It cannot change what the author meant.
    pub safe: bool,
    /// Fixes of one group are alternatives.
    pub group: Option<String>,
}

/// Applies fixes that do not touch each other, in the order of the text; of alternatives the first. Ranges that are none in
/// this text are left out. Returned are the new text and what was applied.
pub fn apply<'a>(text: &str, fixes: &'a [Fix], wanted: impl Fn(&Fix) -> bool) -> (String, Vec<&'a Fix>) {
    let mut usable: Vec<&Fix> = fixes
        .iter()
        .filter(|fix| wanted(fix) && text.get(fix.range.clone()).is_some_and(|old| old != fix.replacement))
        .collect();
    usable.sort_by(|one, other| {
        (one.range.start, one.range.end, &one.rule, &one.replacement).cmp(&(
            other.range.start,
            other.range.end,
            &other.rule,
            &other.replacement,
        ))
    });
    let (mut out, mut at, mut applied) = (String::with_capacity(text.len()), 0, Vec::<&Fix>::new());
    for fix in usable {
        let again = applied.last().is_some_and(|last| last.range == fix.range);
        let is_taken = fix.group.is_some() && applied.iter().any(|known| known.group == fix.group);
        let Some(between) = text.get(at..fix.range.start).filter(|_| !again && !is_taken) else { continue };
        out.push_str(between);
        out.push_str(&fix.replacement);
        at = fix.range.end;
        applied.push(fix);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, applied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fix(range: Range<usize>, replacement: &str, group: Option<&str>) -> Fix {
        Fix {
            rule: "r".to_owned(),
            line: 1,
            message: String::new(),
            range,
            replacement: replacement.to_owned(),
            safe: true,
            group: group.map(str::to_owned),
        }
    }

    #[test]
    fn what_overlaps_waits_for_the_next_round() {
        let fixes = [fix(4..7, "3", None), fix(0..3, "1", None), fix(2..5, "2", None), fix(7..7, "!", None)];
        let (text, applied) = apply("one two", &fixes, |_| true);
        assert_eq!((text.as_str(), applied.len()), ("1 3!", 3));
        let either = [fix(0..1, "a", Some("g")), fix(2..3, "b", Some("g"))];
        assert_eq!(apply("x y", &either, |_| true).0, "a y");
        assert_eq!(apply("é", &[fix(1..2, "x", None), fix(9..12, "x", None)], |_| true).0, "é");
    }

    proptest! {
        #[test]
        fn any_ranges_leave_the_rest_as_it_is(
            text in "[a-zé\n]{0,30}",
            ranges in prop::collection::vec((0..35_usize, 0..6_usize), 0..8),
        ) {
            let fixes: Vec<Fix> = ranges.iter().map(|(start, len)| fix(*start..start + len, "#", None)).collect();
            let (out, applied) = apply(&text, &fixes, |_| true);
            let gone: usize = applied.iter().map(|fix| fix.range.len()).sum();
            prop_assert_eq!(out.len(), text.len() - gone + applied.len());
        }
    }
}
