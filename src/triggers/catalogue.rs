//! The skills of a revision as a client lists them: name and description.

use crate::agent::file::{LISTING_CHARS, PartName, read};
use crate::agent::{Kind, front_matter};
use crate::base::{BlobId, Place, RepoPath};
use std::collections::BTreeSet;

/// Skills of one revision that are compared with each other.
pub const MAX_SKILLS: usize = 5_000;

/// A skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// The name under which it is listed: that of its folder.
    pub name: String,
    /// The name it declares, where that is another.
    pub declared: Option<String>,
    /// What a model sees of it before it is started: name and description, as the client cuts them.
    pub listing: String,
    /// Its description, or the file where it has none.
    pub place: Place,
}

impl Skill {
    /// Reads a `SKILL.md`; `None` for skills that are not listed.
    pub fn read(path: &RepoPath, text: &str) -> Option<Self> {
        let found = read(path, Kind::Skill, BlobId([0; 20]), text.as_bytes());
        let declares = &found.file.declares;
        if declares.hidden_from_model {
            return None;
        }
        let folder = path.parent();
        // At the root of a repository there is no folder to give it a name.
        let name = if folder.is_root() { declares.name.clone()? } else { folder.name().to_owned() };
        let (header, _) = front_matter::read(text);
        let key = match &header {
            front_matter::Header::Parsed(node) | front_matter::Header::Repaired(node, _) => {
                node.pairs().iter().map(|(key, _)| key).find(|key| key.text() == Some("description"))
            }
            _ => None,
        };
        let place = key.map_or_else(|| Place::file(path.clone()), |key| Place::span(path.clone(), key.span));
        let entry = found.part(PartName::Listing);
        let (_, description) = entry.split_once(": ").unwrap_or(("", &entry));
        Some(Self {
            listing: format!("{}: {}", name.replace(['-', '_'], " "), description.trim_end()),
            declared: declares.name.clone().filter(|declared| *declared != name),
            name,
            place,
        })
    }

    /// True when it goes by this name.
    pub fn is_called(&self, name: &str) -> bool {
        let plain = |text: &str| text.trim().to_lowercase().replace([' ', '_'], "-");
        // `plugin:skill` is how a client writes the skill of a plugin.
        let wanted = plain(name.rsplit(':').next().unwrap_or(name));
        plain(&self.name) == wanted || self.declared.as_deref().is_some_and(|own| plain(own) == wanted)
    }

    /// The folder it lies in.
    pub fn folder(&self) -> RepoPath {
        self.place.path.parent()
    }
}

/// The skills of a revision, by name and path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    skills: Vec<Skill>,
    /// Skills beyond the most that are compared.
    pub left_out: usize,
}

impl Catalogue {
    /// Sorts skills; copies with the same name and listing count once.
    pub fn new(skills: impl IntoIterator<Item = Skill>) -> Self {
        let mut skills: Vec<Skill> = skills.into_iter().collect();
        skills.sort_by(|one, other| (&one.name, &one.place).cmp(&(&other.name, &other.place)));
        let mut seen = BTreeSet::new();
        skills.retain(|skill| seen.insert((skill.name.clone(), skill.listing.clone())));
        let left_out = skills.len().saturating_sub(MAX_SKILLS);
        skills.truncate(MAX_SKILLS);
        Self { skills, left_out }
    }

    /// The skills.
    pub fn skills(&self) -> &[Skill] {
        &self.skills
    }

    /// The skill at a place in the list.
    pub fn get(&self, place: usize) -> Option<&Skill> {
        self.skills.get(place)
    }

    /// The skill of a name: the one whose folder has it, else the one that declares it. `None` when it is not clear.
    pub fn named(&self, name: &str) -> Option<usize> {
        let is_called = |skill: &&(usize, &Skill)| skill.1.is_called(name);
        let all: Vec<(usize, &Skill)> = self.skills.iter().enumerate().collect();
        let found: Vec<usize> = all.iter().filter(is_called).map(|(place, _)| *place).collect();
        match found.as_slice() {
            [only] => Some(*only),
            several => {
                let own = |place: &&usize| self.get(**place).is_some_and(|skill| skill.name == name);
                let mut exact = several.iter().filter(own);
                exact.next().copied().filter(|_| exact.next().is_none())
            }
        }
    }

    /// The skill in a folder.
    pub fn in_folder(&self, folder: &RepoPath) -> Option<usize> {
        self.skills.iter().position(|skill| skill.folder() == *folder)
    }
}

/// The longest description that is listed, in characters.
pub const MAX_LISTING_CHARS: usize = LISTING_CHARS;

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(path: &str, text: &str) -> Option<Skill> {
        Skill::read(&RepoPath::new(path).expect("inside"), text)
    }

    #[test]
    fn a_skill_is_what_a_client_lists() {
        let found = skill(
            "s/pdf-tools/SKILL.md",
            "---\nname: pdf\ndescription: |\n  Reads PDF\nwhen_to_use: always\n---\nBody\n",
        );
        let found = found.expect("listed");
        assert_eq!((found.name.as_str(), found.declared.as_deref()), ("pdf-tools", Some("pdf")));
        assert!(found.listing.starts_with("pdf tools: Reads PDF") && found.listing.ends_with("always"));
        assert!(!found.listing.contains("Body"));
        assert_eq!(found.place.line(), 3);
        assert!(found.is_called("PDF_tools") && found.is_called("plugin:pdf") && !found.is_called("df"));
        let long = format!("---\nname: x\ndescription: {}\n---\n", "y".repeat(3_000));
        assert!(
            skill("s/x/SKILL.md", &long).expect("listed").listing.chars().count() < MAX_LISTING_CHARS + 9
        );
    }

    #[test]
    fn what_a_model_does_not_see_is_left_out() {
        assert_eq!(skill("s/x/SKILL.md", "---\nname: x\ndisable-model-invocation: true\n---\n"), None);
        assert_eq!(skill("SKILL.md", "no header"), None);
        assert_eq!(skill("SKILL.md", "---\nname: root\ndescription: d\n---\n").expect("listed").name, "root");
    }

    #[test]
    fn copies_count_once_and_names_are_found() {
        let text = "---\nname: x\ndescription: d\n---\n";
        let paths = ["a/one/SKILL.md", "b/one/SKILL.md", "c/two/SKILL.md"];
        let catalogue = Catalogue::new(paths.iter().filter_map(|path| skill(path, text)));
        assert_eq!(catalogue.skills().len(), 2);
        assert_eq!(
            (catalogue.named("one"), catalogue.named("x"), catalogue.named("y")),
            (Some(0), None, None)
        );
        assert_eq!(catalogue.in_folder(&RepoPath::new("c/two").expect("inside")), Some(1));
    }
}
