//! Names of agents and phases across documents: `CEO (Vision)`, `Coordinator / Planner`, `impl-specialist-a`.
//!
//! A name is looked up, never guessed: when two fit equally well, the answer is that it is ambiguous.

/// Words that many names share and that tell none apart.
const FILLERS: &[&str] = &["agent", "the", "phase", "stage", "step", "and", "of", "a's", "our"];

/// Names one agent goes by at most.
const MAX_ALIASES: usize = 6;

/// A name, taken apart once for all the lookups it takes part in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    words: Vec<String>,
    initials: String,
    parts: usize,
    /// A bit for the first letter of each word: names without these letters need no closer look.
    letters: u64,
}

impl Name {
    /// Takes a name apart.
    pub fn new(name: &str) -> Self {
        let name = clean(name);
        let words = words(&name);
        let letters = words.iter().fold(0, |letters, word| letters | letter(word));
        Self { initials: initials(&words), parts: parts(&name), letters, words }
    }

    /// True when both can mean the same: `Maximum` and `Maximum Quality`.
    pub fn is_like(&self, other: &Self) -> bool {
        fit(self, other) > 0
    }
}

fn letter(word: &str) -> u64 {
    word.chars().next().map_or(0, |first| 1 << (u32::from(first) % 64))
}

/// What a lookup found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The place in the list.
    One(usize),
    /// Several fit equally well.
    Ambiguous,
    /// None fits.
    None,
}

/// The name without what stands in parentheses, numbering in front and white space.
pub fn clean(name: &str) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    for character in name.chars().take(200) {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '*' | '`' => {}
            _ if depth == 0 => text.push(character),
            _ => {}
        }
    }
    let text = text.trim();
    // `1.2 CEO`, `3) Reviewer`
    let bare = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')'));
    let number = text.get(..text.len() - bare.len()).unwrap_or("");
    // `4 weeks` has no numbering.
    let text = if bare.starts_with(char::is_whitespace) && number.contains(['.', ')']) { bare } else { text };
    let text = text.trim().trim_end_matches([':', '-', '–', '—']).trim();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number of `Phase 3: Review` and the name behind it.
pub fn numbered(title: &str) -> Option<(u32, String)> {
    let title = title.trim();
    let rest = ["phase", "stage", "step"]
        .iter()
        .find_map(|word| title.get(..word.len()).filter(|w| w.eq_ignore_ascii_case(word)).map(str::len))
        .and_then(|length| title.get(length..))?
        .trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let number = digits.parse().ok().filter(|_| digits.len() <= 3)?;
    let name = rest.get(digits.len()..)?.trim_start_matches([':', '.', ')', ' ', '-', '–', '—', '|']);
    Some((number, clean(name)))
}

fn words(name: &str) -> Vec<String> {
    let spaced: String =
        name.chars().map(|character| if character.is_alphanumeric() { character } else { ' ' }).collect();
    spaced
        .to_lowercase()
        .split_whitespace()
        .filter(|word| !FILLERS.contains(word))
        .take(16)
        .map(str::to_owned)
        .collect()
}

/// The parts of a name that joins several: `Risk + Resource`, `Integration and Documentation`.
fn parts(name: &str) -> usize {
    let name = clean(name);
    1 + name.matches(['+', '&', ',']).count() + name.to_lowercase().matches(" and ").count()
}

/// The names one agent goes by: the whole, and each side of a `/` or `|`.
pub fn aliases(name: &str) -> Vec<String> {
    let name = clean(name);
    let mut found = vec![name.clone()];
    if name.contains(['/', '|']) {
        let parts = name.split(['/', '|']).map(|part| part.trim().to_owned());
        found.extend(parts.filter(|part| !part.is_empty()).take(MAX_ALIASES - 1));
    }
    found
}

/// The same, taken apart.
pub fn known_as(name: &str) -> Vec<Name> {
    aliases(name).iter().map(|alias| Name::new(alias)).collect()
}

/// `doc` and `documentation`, `impl` and `implementation`: an abbreviation begins the word.
fn same_word(one: &str, other: &str) -> bool {
    fn bare(word: &str) -> &str {
        if word.len() > 3 { word.trim_end_matches('s') } else { word }
    }
    let (one, other) = (bare(one), bare(other));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    one == other || (short.len() >= 3 && long.starts_with(short))
}

fn within(part: &[String], whole: &[String]) -> bool {
    let mut free: Vec<&String> = whole.iter().collect();
    part.iter().all(|word| {
        // An equal word first, so that an abbreviation does not take it away.
        let place = free
            .iter()
            .position(|other| *other == word)
            .or_else(|| free.iter().position(|other| same_word(word, other)));
        place.map(|place| free.remove(place)).is_some()
    })
}

fn initials(words: &[String]) -> String {
    words.iter().filter_map(|word| word.chars().next()).collect()
}

/// How well two names fit; zero when they do not.
fn fit(one: &Name, other: &Name) -> u32 {
    let (a, b) = (&one.words, &other.words);
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    if a == b {
        return 100;
    }
    let ((short, few), (long, many)) = if a.len() <= b.len() {
        ((a, one.letters), (b, other.letters))
    } else {
        ((b, other.letters), (a, one.letters))
    };
    if few & !many == 0 && within(short, long) {
        let equal = short.iter().filter(|word| long.contains(word)).count();
        let left = long.len() - short.len();
        return 80 + u32::try_from(equal.min(9)).unwrap_or(0) - u32::try_from(left.min(9)).unwrap_or(0);
    }
    let is_initials = |one: &Name, other: &Name| matches!(one.words.as_slice(), [word] if other.words.len() >= 2 && *word == other.initials);
    if is_initials(one, other) || is_initials(other, one) {
        return 70;
    }
    0
}

fn best(scores: impl Iterator<Item = u32>) -> Match {
    let mut top = (0, Match::None);
    for (place, score) in scores.enumerate().filter(|(_, score)| *score > 0) {
        if score > top.0 {
            top = (score, Match::One(place));
        } else if score == top.0 {
            top.1 = Match::Ambiguous;
        }
    }
    top.1
}

/// The agent that a name means, among the aliases of each.
pub fn find_agent<'a>(name: &str, agents: impl Iterator<Item = &'a [Name]>) -> Match {
    let wanted = known_as(name);
    best(agents.map(|known| {
        known
            .iter()
            .flat_map(|alias| wanted.iter().enumerate().map(move |(place, name)| (alias, place, name)))
            // The whole name before its parts.
            .map(|(alias, place, name)| fit(name, alias).saturating_sub(u32::from(place > 0)))
            .max()
            .unwrap_or(0)
    }))
}

/// The phase that a name means. A joint name (`Risk + Resource`) only means another joint one; with the number
/// of the phase given, a shorter name for the phase in that place will do.
pub fn find_phase<'a>(
    name: &str,
    number: Option<u32>,
    phases: impl Iterator<Item = (&'a Name, Option<u32>)> + Clone,
) -> Match {
    let wanted = Name::new(name);
    let named = best(phases.clone().map(|(known, _)| {
        let score = fit(&wanted, known);
        if score == 100 || wanted.parts == known.parts { score } else { 0 }
    }));
    if named != Match::None || number.is_none() {
        return named;
    }
    best(phases.map(|(known, place)| if place == number { fit(&wanted, known) } else { 0 }))
}

/// True when two names have the same words.
pub fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (words(&clean(one)), words(&clean(other)));
    !one.is_empty() && one == other
}

/// True when two names of profiles mean the same: `Maximum` and `Maximum Quality`.
pub fn same_profile(one: &str, other: &str) -> bool {
    Name::new(one).is_like(&Name::new(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(names: &[&str]) -> Vec<Vec<Name>> {
        names.iter().map(|name| known_as(name)).collect()
    }

    #[test]
    fn finds_agents_under_their_other_names() {
        let team = agents(&[
            "Coordinator / Planner",
            "Implementation Specialist A",
            "Implementation Specialist B",
            "Documentation Writer",
            "General Counsel",
        ]);
        let find = |name: &str| find_agent(name, team.iter().map(Vec::as_slice));
        assert_eq!(find("Coordinator"), Match::One(0));
        assert_eq!(find("Planner (Vision)"), Match::One(0));
        assert_eq!(find("Specialist A"), Match::One(1));
        assert_eq!(find("impl-specialist-b"), Match::One(2));
        assert_eq!(find("Doc Writer"), Match::One(3));
        assert_eq!(find("doc_writer"), Match::One(3));
        assert_eq!(find("GC"), Match::One(4));
        assert_eq!(find("General Counsel / Legal Agent"), Match::One(4));
        assert_eq!(find("Specialist"), Match::Ambiguous);
        assert_eq!(find("DevOps Specialist"), Match::None);
        assert_eq!(find(""), Match::None);
    }

    #[test]
    fn finds_phases_without_mixing_joint_ones_up() {
        let phases =
            [("Risk + Resource (parallel)", Some(4)), ("Integration", Some(6)), ("Testing + Docs", Some(7))]
                .map(|(name, number)| (Name::new(name), number));
        let find = |name: &str, number| {
            find_phase(name, number, phases.iter().map(|(name, number)| (name, *number)))
        };
        assert_eq!(find("Risk Assessment + Resource Allocation", None), Match::One(0));
        assert_eq!(find("Risk Assessment", Some(4)), Match::None);
        assert_eq!(find("Integration and Documentation", None), Match::None);
        assert_eq!(find("Integration and Documentation", Some(6)), Match::One(1));
        assert_eq!(find("Testing + Documentation", None), Match::One(2));
    }

    #[test]
    fn cleans_titles() {
        assert_eq!(clean("1.2 **CFO** / Finance (primary)"), "CFO / Finance");
        assert_eq!(
            (clean("3D Artist"), clean("4 weeks (short)")),
            ("3D Artist".to_owned(), "4 weeks".to_owned())
        );
        assert_eq!(numbered("Phase 2: Deep Dives (Parallel -- ~25 min)"), Some((2, "Deep Dives".to_owned())));
        assert_eq!(numbered("Phase two"), None);
        assert_eq!(numbered("Stage 3 - Review"), Some((3, "Review".to_owned())));
    }
}
