//! Where trigger sets lie, and whose they are.
//!
//! A set lies beside its skill (`<skill>/evals/trigger-evals.json`, `<skill>/tests.yml`) or at the top of a repository,
//! and then names the skill, is in a folder of its name, or there is only one.

use super::catalogue::Catalogue;
use super::set::{self, SetError, TriggerSet};
use crate::base::{Place, RepoPath};

/// Files of trigger sets of one revision that are read.
pub const MAX_SETS: usize = 2_000;
/// Larger files are no trigger sets, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// How sure we are that a file is a trigger set before it has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likely {
    /// By its name. When it cannot be read, that is an error.
    Surely,
    /// Cases of several kinds, some of them perhaps about triggers.
    Mixed,
    /// A name that other files have too. When it cannot be read, it is something else.
    Maybe,
}

/// What a path is, by its name and place alone; `None` for what is no trigger set.
pub fn likely(path: &RepoPath) -> Option<Likely> {
    let extension = path.extension()?.to_ascii_lowercase();
    if !matches!(extension.as_str(), "json" | "yaml" | "yml") {
        return None;
    }
    let name = path.name().to_ascii_lowercase().replace('_', "-");
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let stem = stem.strip_suffix("-set").unwrap_or(stem);
    let folder = path.parent();
    let in_evals = matches!(folder.name(), "evals" | "eval");
    Some(match stem {
        "trigger-eval" | "trigger-evals" | "skilldoctor.cases" | "skillvet.cases" => Likely::Surely,
        "evals" if in_evals && extension == "json" => Likely::Mixed,
        "trigger-tests" | "trigger-test" | "trigger-queries" | "triggering" => Likely::Maybe,
        "tests" | "triggers" if !folder.is_root() => Likely::Maybe,
        // `evals/<skill>.yaml`.
        _ if in_evals => Likely::Maybe,
        _ => return None,
    })
}

/// A set and the skills its prompts are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The set.
    pub set: TriggerSet,
    /// For every prompt the skill: a place in the catalogue. `None`: whichever would start.
    pub targets: Vec<Option<usize>>,
}

/// Reads a file found by [`likely`] and says whose its prompts are; `None` when it is no trigger set.
pub fn own(path: &RepoPath, text: &str, likely: Likely, catalogue: &Catalogue) -> Option<Owned> {
    let mut set = set::read(path, text, likely == Likely::Mixed);
    let near = beside(path, catalogue);
    let by_name = path.name().rsplit_once('.').and_then(|(stem, _)| catalogue.named(stem));
    if likely == Likely::Maybe {
        let belongs = near.is_some() || by_name.is_some();
        if !belongs || !set.errors.is_empty() || set.queries.is_empty() {
            return None;
        }
    }
    if likely == Likely::Mixed && set.queries.is_empty() {
        return None;
    }
    let whole = near
        .or_else(|| set.skill.as_deref().and_then(|name| catalogue.named(name)))
        .or(by_name)
        .or_else(|| by_folder(path, catalogue))
        .or_else(|| (catalogue.skills().len() == 1).then_some(0));
    let mut targets = Vec::with_capacity(set.queries.len());
    let mut kept = Vec::with_capacity(set.queries.len());
    let mut strange: Option<(String, crate::base::Span)> = None;
    let names_skills = set.queries.iter().any(|query| query.skill.is_some());
    for query in std::mem::take(&mut set.queries) {
        let named = query.skill.as_deref().map(|name| catalogue.named(name));
        let target = match named {
            Some(Some(place)) => Some(Some(place)),
            // A word that is no skill's name is a remark of the author, as long as it is clear whose the set is.
            _ if whole.is_some() => Some(whole),
            None if query.label != set::Label::Triggers && names_skills => Some(None),
            _ => None,
        };
        if let Some(target) = target {
            targets.push(target);
            kept.push(query);
        } else if strange.is_none() {
            strange = Some((query.skill.clone().unwrap_or_default(), query.span));
        }
    }
    set.queries = kept;
    if let Some((name, span)) = strange {
        let message = if name.is_empty() {
            "it does not say which skill its prompts are for".to_owned()
        } else {
            format!("`{}` is no listed skill of this repository", crate::base::text::visible(&name))
        };
        let help = "put the file into the folder `evals` of its skill, or name the skill with `skill_name`";
        set.errors.push(SetError { place: Place::span(path.clone(), span), message, help: help.to_owned() });
    }
    Some(Owned { set, targets })
}

/// The skill in whose folder a file lies, or the folder above.
fn beside(path: &RepoPath, catalogue: &Catalogue) -> Option<usize> {
    let mut folder = path.parent();
    for _ in 0..3 {
        if let Some(found) = catalogue.in_folder(&folder) {
            return Some(found);
        }
        if folder.is_root() {
            return None;
        }
        folder = folder.parent();
    }
    None
}

/// The skill whose name a folder above the file has: `evals/<skill>/trigger-evals.json`.
fn by_folder(path: &RepoPath, catalogue: &Catalogue) -> Option<usize> {
    let folder = path.parent();
    folder.parts().rev().find_map(|part| catalogue.named(part))
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Skill;
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("inside")
    }

    fn catalogue(paths: &[&str]) -> Catalogue {
        let text =
            |at: &str| format!("---\nname: n-{}\ndescription: does {at}\n---\n", path(at).parent().name());
        Catalogue::new(paths.iter().filter_map(|at| Skill::read(&path(at), &text(at))))
    }

    #[test]
    fn knows_the_usual_places() {
        for (at, wanted) in [
            ("s/x/evals/trigger-eval.json", Some(Likely::Surely)),
            ("evals/trigger_evals.json", Some(Likely::Surely)),
            ("s/x/evals/trigger-eval-set.json", Some(Likely::Surely)),
            ("s/x/trigger-evals.yaml", Some(Likely::Surely)),
            ("s/x/skilldoctor.cases.yml", Some(Likely::Surely)),
            ("s/x/evals/evals.json", Some(Likely::Mixed)),
            ("s/x/tests.yml", Some(Likely::Maybe)),
            ("evals/x.yaml", Some(Likely::Maybe)),
            ("tests.yml", None),
            ("package.json", None),
            ("s/x/evals/trigger-evals.md", None),
        ] {
            assert_eq!(likely(&path(at)), wanted, "{at}");
        }
    }

    fn owner(at: &str, text: &str, skills: &[&str]) -> Result<Vec<Option<usize>>, String> {
        let found =
            own(&path(at), text, likely(&path(at)).expect("likely"), &catalogue(skills)).ok_or("none")?;
        match found.set.errors.first() {
            Some(error) => Err(error.message.clone()),
            None => Ok(found.targets),
        }
    }

    #[test]
    fn a_set_belongs_to_the_skill_beside_it_or_the_one_it_names() {
        let two = ["s/x/SKILL.md", "s/y/SKILL.md"];
        let rows = "[{\"query\": \"a\", \"should_trigger\": true}]";
        assert_eq!(owner("s/y/evals/trigger-eval.json", rows, &two), Ok(vec![Some(1)]));
        assert_eq!(owner("evals/y/trigger-eval.json", rows, &two), Ok(vec![Some(1)]));
        assert!(owner("evals/trigger-eval.json", rows, &two).expect_err("whose").contains("which skill"));
        assert_eq!(owner("evals/trigger-eval.json", rows, &two[..1]), Ok(vec![Some(0)]));
        let named = format!("{{\"skill_name\": \"n-x\", \"queries\": {rows}}}");
        assert_eq!(owner("evals/trigger-eval.json", &named, &two), Ok(vec![Some(0)]));
        assert_eq!(owner("evals/x.yaml", "cases: [{query: q, expect: trigger}]", &two), Ok(vec![Some(0)]));
        assert_eq!(
            owner("evals/x.yaml", "skill: x\ncases: [{query: q, expect: trigger}]", &two),
            Ok(vec![Some(0)])
        );
    }

    #[test]
    fn rows_may_name_skills_and_none() {
        let two = ["s/x/SKILL.md", "s/y/SKILL.md"];
        let rows = "[{\"query\": \"a\", \"should_trigger\": true, \"target\": \"y\"}, {\"query\": \"b\", \"should_trigger\": false, \"target\": \"none\"}]";
        assert_eq!(owner("evals/trigger-eval.json", rows, &two), Ok(vec![Some(1), None]));
        let rows = rows.replace("\"y\"", "\"z\"");
        assert!(owner("evals/trigger-eval.json", &rows, &two).expect_err("strange").contains("`z`"));
    }

    #[test]
    fn other_files_of_such_names_are_left_alone() {
        let two = ["s/x/SKILL.md", "s/y/SKILL.md"];
        assert_eq!(owner("s/x/tests.yml", "jobs: {a: b}", &two), Err("none".into()));
        assert_eq!(
            owner("src/tests.yml", "queries: [{input: q, should_match: true}]", &two),
            Err("none".into())
        );
        assert_eq!(
            owner("s/x/tests.yml", "queries: [{input: q, should_match: true}]", &two),
            Ok(vec![Some(0)])
        );
        assert_eq!(
            owner(
                "s/x/evals/evals.json",
                "{\"evals\": [{\"prompt\": \"p\", \"expected_output\": \"o\"}]}",
                &two
            ),
            Err("none".into())
        );
        assert!(owner("s/x/evals/trigger-evals.json", "{\"a\": 1}", &two).is_err());
    }
}
