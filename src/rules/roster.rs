//! Who is in a team and what stands at its gates: agents without instructions, gates without criteria.

use super::ours::{agent_without_instructions, gate_without_criteria, unpriced_model};
use crate::agent::team::Team;
use crate::agent::team::document::{Role, Section};
use crate::base::Finding;
use crate::base::text::{truncate_end, visible};

/// What is wrong with the roster and the gates of a team.
pub fn check(team: &Team) -> Vec<Finding> {
    let mut found = instructions(team);
    found.extend(gates(team));
    found
}

fn shown(text: &str) -> String {
    visible(&truncate_end(text, 80))
}

/// Where most agents have instructions, one without is forgotten; where none has, they are kept elsewhere.
fn instructions(team: &Team) -> Vec<Finding> {
    let with = team.agents.iter().filter(|agent| agent.instructions.is_some()).count();
    if with * 2 <= team.agents.len() || !team.left_out.is_empty() {
        return Vec::new();
    }
    team.agents
        .iter()
        .filter(|agent| agent.instructions.is_none())
        .map(|agent| {
            let message = format!(
                "{} has no instructions in this folder, and {with} of the {} agents have",
                shown(&agent.name),
                team.agents.len()
            );
            agent_without_instructions::RULE
                .finding(agent.place.clone(), message)
                .with_help("write agents/<name>/AGENTS.md, or take the agent out of the team")
        })
        .collect()
}

fn gates(team: &Team) -> Vec<Finding> {
    let mut found = Vec::new();
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        for (at, section) in document.sections.iter().enumerate() {
            let Some(span) = section.span.filter(|_| is_gate(&section.title)) else { continue };
            let goes_on = document.sections.get(at + 1).is_some_and(|next| next.level > section.level);
            if is_empty(section) && !goes_on {
                let message = format!(
                    "\"{}\" does not say what has to hold, so everything passes it",
                    shown(&section.title)
                );
                found.push(
                    gate_without_criteria::RULE
                        .finding(document.place(span), message)
                        .with_help("list what is checked, by whom, and what happens when it does not hold"),
                );
            }
        }
    }
    found
}

fn is_gate(title: &str) -> bool {
    let lower = title.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "gate" | "checkpoint"))
}

fn is_empty(section: &Section) -> bool {
    section.lines.iter().all(|line| line.text.trim().is_empty())
        && section.tables.is_empty()
        && section.code.is_empty()
}

/// The models of a team that have no price.
pub fn unpriced(team: &Team, has_price: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut said: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for model in team.agents.iter().flat_map(|agent| &agent.models) {
        let name = model.value.as_str();
        // A family without a version can be any of several models.
        let has_version = name.chars().any(|c| c.is_ascii_digit());
        if !has_version || said.contains(&name) || has_price(name) {
            continue;
        }
        said.push(name);
        let message = format!("no price list knows the model `{}`", shown(name));
        let help = "correct the name, or say what it costs under `prices` in weighbridge.yaml";
        found.push(unpriced_model::RULE.finding(model.place.clone(), message).with_help(help));
    }
    found
}
