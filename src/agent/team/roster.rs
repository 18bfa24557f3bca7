//! The agents of a team: who is introduced, and what is said of each.

use super::document::{Document, Field, Role, Section};
use super::names::{self, Match};
use super::numbers::{self, Figure, Unit};
use super::spec::{Agent, Cited, Team, Topic};
use super::tables::{Kind, Meaning};
use super::{models, yaml_blocks};
use crate::base::Place;

const MAX_AGENTS: usize = 200;
/// Places of one agent's model, and of its budget, that are compared.
const MAX_CITATIONS: usize = 50;

/// Fills the list of agents from the first document that introduces two or more.
pub(super) fn introduce(team: &mut Team) {
    let mut found = by_sections(team);
    if found.len() < 2 {
        found = by_table(team);
    }
    if found.len() < 2 {
        found = by_yaml(team);
    }
    if found.len() < 2 {
        found = by_files(team);
    }
    if found.len() > MAX_AGENTS {
        team.left_out.push(format!("agents beyond the first {MAX_AGENTS}"));
    }
    found.truncate(MAX_AGENTS);
    team.agents = found;
}

fn agent(name: &str, place: Place) -> Agent {
    let name = names::clean(name);
    let bare = name.strip_suffix(" Agent").or_else(|| name.strip_suffix(" agent"));
    let name = bare.map_or_else(|| name.clone(), str::to_owned);
    Agent {
        aliases: names::known_as(&name),
        name,
        place,
        models: Vec::new(),
        budgets: Vec::new(),
        split: None,
        instructions: None,
        active_in: Vec::new(),
    }
}

fn add(agents: &mut Vec<Agent>, new: Agent) {
    // One more than are kept, to know that there are more.
    if agents.len() <= MAX_AGENTS
        && !new.name.is_empty()
        && !agents.iter().any(|known| known.name.eq_ignore_ascii_case(&new.name))
    {
        agents.push(new);
    }
}

/// The model an agent runs on; a fallback, or one that it hands work to, is another.
fn is_model_key(key: &str) -> bool {
    let words: Vec<&str> = key.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    matches!(
        words.as_slice(),
        ["model" | "llm"] | ["model" | "llm", "id" | "name"] | ["llm" | "default" | "primary", "model"]
    )
}

fn is_budget_key(key: &str) -> bool {
    let words: Vec<&str> = key.split(|c: char| !c.is_alphanumeric()).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    // `max_tokens` is the setting of the interface: how long one answer may be.
    let answer = matches!(words.as_slice(), ["max", "token" | "tokens"]);
    has(&["token", "tokens"]) && !answer && !has(&["input", "output", "used", "per"]) || words == ["budget"]
}

/// The model a section of a document gives the agent it introduces.
fn model_field(section: &Section) -> Option<Field<'_>> {
    section.fields().into_iter().find(|field| is_model_key(&field.key) && names_a_model(field.value))
}

/// One name, not a sentence about models.
fn names_a_model(value: &str) -> bool {
    !value.is_empty() && value.split_whitespace().count() <= 6 && models::mentions(value).len() <= 1
}

/// Headings with a model below: `### 1.2 Reviewer`, `- **Model:** Opus`.
fn by_sections(team: &Team) -> Vec<Agent> {
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        let mut found = Vec::new();
        for section in &document.sections {
            let is_profile = super::profiles::title(section).is_some();
            if section.level >= 2
                && !is_profile
                && names::numbered(&section.title).is_none()
                && model_field(section).is_some()
            {
                let place = section
                    .span
                    .map_or_else(|| Place::file(document.path.clone()), |span| document.place(span));
                add(&mut found, agent(&section.title, place));
            }
        }
        if found.len() >= 2 {
            return found;
        }
    }
    Vec::new()
}

/// The longest table of agents with models, in a document about the team.
fn by_table(team: &Team) -> Vec<Agent> {
    let mut best: Vec<Agent> = Vec::new();
    for placed in team.tables.iter().filter(|placed| placed.table.kind == Kind::Agents) {
        let Some(document) = team.document(placed).filter(|document| document.role == Role::Team) else {
            continue;
        };
        let mut found = Vec::new();
        for row in placed.table.items() {
            if let Some(name) = placed.table.text(row, &Meaning::Agent) {
                add(&mut found, agent(&name.text, document.place(name.span)));
            }
        }
        if found.len() > best.len() {
            best = found;
        }
    }
    best
}

fn by_yaml(team: &Team) -> Vec<Agent> {
    let mut found = Vec::new();
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        for section in &document.sections {
            for entry in yaml_blocks::agents(section) {
                add(&mut found, agent(&entry.name.replace(['_', '-'], " "), document.place(entry.span)));
            }
        }
    }
    found
}

fn by_files(team: &Team) -> Vec<Agent> {
    let mut found = Vec::new();
    for document in &team.documents {
        if let Some(name) = file_name(document) {
            add(&mut found, agent(&name, Place::file(document.path.clone())));
        }
    }
    found
}

/// The name of the agent whose instructions a document is: its title, else its folder.
fn file_name(document: &Document) -> Option<String> {
    let Role::Agent(folder) = &document.role else { return None };
    let title = document
        .sections
        .iter()
        .find(|section| section.level == 1)
        .map(|section| names::clean(&section.title));
    Some(title.filter(|title| !title.is_empty()).unwrap_or_else(|| folder.replace(['-', '_'], " ")))
}

/// Collects what is said of each agent, the most binding first: its own section, the default configuration, tables,
/// phases, its instructions.
pub(super) fn gather(team: &mut Team) {
    let mut models: Vec<(usize, Cited<String>)> = Vec::new();
    let mut budgets: Vec<(usize, Cited<Figure>)> = Vec::new();
    from_sections(team, &mut models, &mut budgets);
    if let Some(profile) = team.default_profile() {
        models.extend(profile.models.iter().cloned());
    }
    from_tables(team, &mut models, &mut budgets);
    for row in team.phases.iter().flat_map(|phase| &phase.rows) {
        if let (Some(agent), Some(model)) = (row.agent, &row.model) {
            models.push((agent, model.clone()));
        }
    }
    from_default_yaml(team, &mut models, &mut budgets);
    from_files(team, &mut models, &mut budgets);
    let full = |count: usize| count >= MAX_CITATIONS;
    for (agent, model) in models {
        let agent = team.agents.get_mut(agent).filter(|agent| !full(agent.models.len()));
        if let Some(agent) = agent.filter(|agent| !agent.models.contains(&model)) {
            agent.models.push(model);
        }
    }
    for (agent, budget) in budgets {
        let agent = team.agents.get_mut(agent).filter(|agent| !full(agent.budgets.len()));
        if let Some(agent) = agent.filter(|agent| !agent.budgets.contains(&budget)) {
            agent.budgets.push(budget);
        }
    }
}

type Models = Vec<(usize, Cited<String>)>;
type Budgets = Vec<(usize, Cited<Figure>)>;

fn fields_of(
    document: &Document,
    section: &Section,
    agent: usize,
    models: &mut Models,
    budgets: &mut Budgets,
) {
    for field in section.fields() {
        let place = document.place(field.span);
        if is_model_key(&field.key) && names_a_model(field.value) {
            models.push((agent, Cited::new(field.value.to_owned(), place)));
        } else if is_budget_key(&field.key)
            && let Some(figure) = tokens(field.value)
        {
            budgets.push((agent, Cited::new(figure, place)));
        }
    }
}

/// A figure that can be a number of tokens.
pub(super) fn tokens(text: &str) -> Option<Figure> {
    let figure = numbers::figure(text)?;
    match figure.unit {
        Unit::Tokens => Some(figure),
        Unit::Count => Some(figure.scaled(rust_decimal::Decimal::ONE, Unit::Tokens)),
        _ => None,
    }
}

fn from_sections(team: &Team, models: &mut Models, budgets: &mut Budgets) {
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        for section in document.sections.iter().filter(|section| section.level >= 2) {
            let is_profile = super::profiles::title(section).is_some();
            if !is_profile
                && names::numbered(&section.title).is_none()
                && let Match::One(agent) = team.agent(&section.title)
            {
                fields_of(document, section, agent, models, budgets);
            }
        }
    }
}

fn from_tables(team: &mut Team, models: &mut Models, budgets: &mut Budgets) {
    let mut unread = Vec::new();
    let mut splits = Vec::new();
    for placed in &team.tables {
        let Some(document) = team.document(placed).filter(|document| document.role == Role::Team) else {
            continue;
        };
        if placed.table.kind != Kind::Agents || placed.topic != Topic::Own {
            continue;
        }
        let table = &placed.table;
        for row in table.items() {
            let Some(name) = table.text(row, &Meaning::Agent) else { continue };
            let place = document.place(name.span);
            match team.agent(&name.text) {
                Match::One(agent) => {
                    if let Some(model) = table.text(row, &Meaning::Model) {
                        models.push((agent, Cited::new(model.text.clone(), document.place(model.span))));
                    }
                    // A table by phase has an agent's tokens in one phase, not its budget.
                    if table.column(&Meaning::Phase).is_some() {
                        continue;
                    }
                    let get = |meaning| {
                        let (figure, span) = table.figure(row, &meaning)?;
                        Some(Cited::new(figure.clone(), document.place(span)))
                    };
                    budgets.extend(get(Meaning::Tokens).map(|budget| (agent, budget)));
                    splits.extend(get(Meaning::Input).zip(get(Meaning::Output)).map(|split| (agent, split)));
                }
                Match::Ambiguous => {
                    unread.push(Cited::new(format!("`{}` can mean several agents", name.text), place));
                }
                Match::None => {
                    unread.push(Cited::new(format!("`{}` is none of the team's agents", name.text), place));
                }
            }
        }
    }
    team.unread.extend(unread);
    for (agent, split) in splits {
        if let Some(agent) = team.agents.get_mut(agent) {
            agent.split.get_or_insert(split);
        }
    }
}

fn from_default_yaml(team: &Team, models: &mut Models, budgets: &mut Budgets) {
    let default = team.default_profile().map(|profile| profile.name.clone());
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        for section in &document.sections {
            let profile = super::profiles::title(section);
            if profile.is_some() && profile != default {
                continue;
            }
            for entry in yaml_blocks::agents(section) {
                let Match::One(agent) = team.agent(&entry.name) else { continue };
                if let Some((figure, span)) = entry.tokens {
                    budgets.push((agent, Cited::new(figure, document.place(span))));
                }
                // Those of a configuration have been read with it.
                if let (None, Some((model, span))) = (&profile, entry.model)
                    && names_a_model(&model)
                {
                    models.push((agent, Cited::new(model, document.place(span))));
                }
            }
        }
    }
}

/// Instructions: model and budget of their first sections, and the phases they name.
fn from_files(team: &mut Team, models: &mut Models, budgets: &mut Budgets) {
    let mut owners: Vec<(usize, usize)> = Vec::new();
    for (number, document) in team.documents.iter().enumerate() {
        let (Role::Agent(folder), Some(title)) = (&document.role, file_name(document)) else { continue };
        let name = document.path.name().to_lowercase();
        let is_instructions =
            matches!(name.as_str(), "agents.md" | "agent.md" | "claude.md" | "prompt.md" | "readme.md")
                || name.trim_end_matches(".md").trim_end_matches(".agent").eq_ignore_ascii_case(folder);
        if !is_instructions {
            continue;
        }
        let found = match team.agent(folder) {
            Match::One(agent) => Match::One(agent),
            _ => team.agent(&title),
        };
        let place = Place::file(document.path.clone());
        match found {
            Match::One(agent) => owners.push((number, agent)),
            Match::Ambiguous => {
                team.unread.push(Cited::new(format!("`{folder}` can mean several agents"), place));
            }
            Match::None => {
                let name = title.split(['|', '/']).next().unwrap_or(&title).trim().to_owned();
                team.strangers.push(Cited::new(name, place));
            }
        }
    }
    for (number, owner) in owners {
        let Some(document) = team.documents.get(number) else { continue };
        for section in document.sections.iter().take(3) {
            fields_of(document, section, owner, models, budgets);
            let active = section.fields().into_iter().filter(|field| field.key.contains("phase"));
            let active: Vec<Cited<u32>> = active
                .flat_map(|field| {
                    let place = document.place(field.span);
                    phases_of(field.value).into_iter().map(move |phase| Cited::new(phase, place.clone()))
                })
                .collect();
            if let Some(agent) = team.agents.get_mut(owner) {
                agent.active_in.extend(active);
            }
        }
        if let Some(agent) = team.agents.get_mut(owner)
            && agent.instructions.is_none()
        {
            agent.instructions = Some(document.path.clone());
        }
    }
}

/// `Active in Phase 1 (primary), Phases 2-6 (quality gates)`: the phases in which there is work of its own.
fn phases_of(value: &str) -> Vec<u32> {
    let mut found = Vec::new();
    // A comma inside parentheses does not end a part.
    let mut depth = 0_i32;
    for part in value.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (c == ',' || c == ';') && depth == 0
    }) {
        let lower = part.to_lowercase();
        let aside = [
            "advis",
            "oversight",
            "gate",
            "arbiter",
            "on-call",
            "fix",
            "support",
            "observ",
            "consult",
            "optional",
        ];
        if !lower.contains("phase") || aside.iter().any(|word| lower.contains(word)) {
            continue;
        }
        let Some((_, rest)) = lower.split_once("phase") else { continue };
        for figure in numbers::figures(rest.split('(').next().unwrap_or("")) {
            let bounds = (u32::try_from(figure.figure.low), u32::try_from(figure.figure.high));
            if let (Unit::Count, (Ok(low), Ok(high))) = (figure.figure.unit, bounds) {
                found.extend((low..=high).take(20));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_of_its_own_work() {
        assert_eq!(
            phases_of("Active in Phase 1 (primary), Phases 2-6 (quality gates), Phase 7 (final review)"),
            [1, 7]
        );
        assert_eq!(phases_of("Phase 4-5 (primary, parallel with X)"), [4, 5]);
        assert_eq!(phases_of("Primary in Phase 2, advisory in Phase 3"), [2]);
        assert_eq!(phases_of("always"), Vec::<u32>::new());
    }
}
