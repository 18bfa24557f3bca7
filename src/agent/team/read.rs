//! From the files of a folder to a team.

use super::document::{Document, MAX_BYTES, Role};
use super::spec::{Cited, Placed, Team, Topic};
use super::tables::Table;
use super::{phases, profiles, roster};
use crate::base::{Place, RepoPath};

/// Files of one team that are read.
const MAX_FILES: usize = 300;

/// The file names by which a folder is known to hold a team.
const MARKS: &[&str] =
    &["team_spec.md", "orchestration.md", "model_configs.md", "cost_analysis.md", "team.md"];

/// A file of a team.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Where it is.
    pub path: &'a RepoPath,
    /// Its text.
    pub text: &'a str,
}

/// The folders that hold a team, among all paths of a revision: those with two of the usual documents, or with a
/// team specification.
pub fn folders<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<RepoPath> {
    let mut marks: std::collections::BTreeMap<RepoPath, (usize, bool)> = std::collections::BTreeMap::new();
    for path in paths {
        let name = path.name().to_lowercase().replace('-', "_");
        if MARKS.contains(&name.as_str()) {
            let found = marks.entry(path.parent()).or_default();
            found.0 += 1;
            found.1 |= name == "team_spec.md";
        }
    }
    marks.into_iter().filter(|(_, (count, spec))| *spec || *count >= 2).map(|(folder, _)| folder).collect()
}

/// True for the files of a team's folder that are read: Markdown, wherever it lies.
pub fn is_wanted(path: &RepoPath, folder: &RepoPath) -> bool {
    path.is_within(folder) && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
}

/// Reads a team from its files. Files that are missing are missing; what cannot be read is listed.
pub fn read(folder: &RepoPath, files: &[File<'_>]) -> Team {
    let wanted = |file: &&File<'_>| is_wanted(file.path, folder) && role(file.path, folder).is_some();
    let mut files: Vec<&File<'_>> = files.iter().filter(wanted).collect();
    files.sort_by_key(|file| (rank(file.path, folder), file.path.clone()));
    let mut unread = Vec::new();
    let mut left_out = Vec::new();
    if let Some(first) = files.get(MAX_FILES) {
        let place = Place::file(first.path.clone());
        unread.push(Cited::new(format!("files beyond the first {MAX_FILES} were not read"), place));
        left_out.push(format!("files beyond the first {MAX_FILES}"));
        files.truncate(MAX_FILES);
    }
    let documents: Vec<Document> = files
        .iter()
        .filter_map(|file| Some(Document::read(file.path.clone(), role(file.path, folder)?, file.text)))
        .collect();
    for document in documents.iter().filter(|document| document.cut) {
        let place = Place::file(document.path.clone());
        if document.role == Role::Team {
            left_out.push(format!("the rest of {}", document.path));
        }
        unread.push(Cited::new(
            format!("the file is larger than what is read of it ({MAX_BYTES} bytes)"),
            place,
        ));
    }
    let mut tables = Vec::new();
    for (number, document) in documents.iter().enumerate().filter(|(_, d)| !matches!(d.role, Role::Agent(_)))
    {
        for (place, section) in document.sections.iter().enumerate() {
            tables.extend(section.tables.iter().map(|grid| Placed {
                document: number,
                section: place,
                table: Table::read(grid, section),
                topic: Topic::Own,
            }));
        }
    }
    // The root of a repository has no name.
    let name = if folder.name().is_empty() { "team" } else { folder.name() }.to_owned();
    let mut team = Team {
        folder: folder.clone(),
        name,
        agents: Vec::new(),
        phases: Vec::new(),
        profiles: Vec::new(),
        prices: Vec::new(),
        limits: Vec::new(),
        volumes: Vec::new(),
        strangers: Vec::new(),
        documents,
        tables,
        unread,
        left_out,
    };
    roster::introduce(&mut team);
    phases::read(&mut team);
    profiles::read(&mut team);
    roster::gather(&mut team);
    team.unread.sort_by(|one, other| (&one.place, &one.value).cmp(&(&other.place, &other.value)));
    team.unread.dedup();
    team
}

/// Specifications before analyses before guides: what is said first is what the rest is held against.
fn rank(path: &RepoPath, folder: &RepoPath) -> u8 {
    let name = path.name().to_lowercase();
    let words = ["spec", "team", "cost", "model", "orchestr", "config", "readme"];
    let place = words.iter().position(|word| name.contains(word)).and_then(|at| u8::try_from(at).ok());
    let deep = path.relative_to(folder).is_some_and(|rest| rest.contains('/'));
    place.unwrap_or(8) + if deep { 20 } else { 0 }
}

/// What a file is to its team; `None` for what all agents share and what new ones are made from.
fn role(path: &RepoPath, folder: &RepoPath) -> Option<Role> {
    let rest = path.relative_to(folder).unwrap_or(path.as_str());
    let mut parts = rest.split('/');
    Some(match (parts.next(), parts.next(), parts.next()) {
        (Some("agents" | "roles" | "members" | "prompts"), Some(name), deeper) => {
            let stem = name.trim_end_matches(".md");
            let stem = stem.trim_end_matches(".agent");
            let lower = stem.to_lowercase();
            let of_team = deeper.is_none() && matches!(lower.as_str(), "readme" | "index");
            let of_none = lower.starts_with(['_', '.'])
                || matches!(lower.as_str(), "template" | "templates" | "shared" | "common");
            if of_none {
                return None;
            }
            if of_team { Role::Team } else { Role::Agent(stem.to_owned()) }
        }
        (Some("scenarios" | "examples" | "case-studies" | "playbooks"), Some(_), _) => Role::Scenario,
        _ => Role::Team,
    })
}
