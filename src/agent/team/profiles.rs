//! Configurations, prices, limits and volumes.

use super::document::{Role, Section};
use super::names::{self, Match, Name};
use super::numbers::{self, Unit};
use super::spec::{Cited, Price, Profile, Team, Topic};
use super::tables::{Kind, Meaning};
use super::{models, yaml_blocks};
use crate::base::Place;
use rust_decimal::Decimal;

const MAX_PROFILES: usize = 50;

/// Words that make a heading speak of a configuration.
const MARKS: &[&str] = &["configuration", "config", "profile", "preset", "tier", "setup", "mode", "edition"];
/// Words beside them that name none.
const GENERIC: &[&str] = &[
    "model",
    "cost",
    "comparison",
    "table",
    "guide",
    "options",
    "the",
    "profiles",
    "configurations",
    "breakdown",
    "by",
    "phase",
    "per",
    "and",
    "of",
    "agent",
    "a",
    "reference",
    "overview",
    "available",
    "selection",
    "team",
    "execution",
];

/// The name of the configuration that a section is about.
pub(super) fn title(section: &Section) -> Option<String> {
    section.titles().enumerate().find_map(|(depth, title)| {
        let words: Vec<&str> =
            title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is = |word: &&str, list: &[&str]| list.contains(&word.to_lowercase().as_str());
        let marked = words.iter().any(|word| is(word, MARKS));
        let listed = depth == 0
            && section.above.last().is_some_and(|above| {
                let above = above.to_lowercase();
                ["configurations", "configuration profiles", "profiles", "presets", "tiers"]
                    .iter()
                    .any(|w| above.ends_with(w))
            });
        if !marked && !listed {
            return None;
        }
        let bare: Vec<&str> = names::clean(title)
            .split_whitespace()
            .filter(|word| !is(&word.trim_end_matches(':'), MARKS))
            .map(|word| word.trim_end_matches(':').to_owned())
            .map(|word| {
                title.split_whitespace().find(|other| other.trim_end_matches(':') == word).unwrap_or("")
            })
            .collect();
        let telling = bare.iter().any(|word| !is(&word.trim_end_matches(':'), GENERIC) && word.len() > 1);
        telling.then(|| bare.join(" ").trim_end_matches(':').to_owned())
    })
}

fn is_default(name: &str, heading: &str) -> bool {
    let lower = format!("{name} {heading}").to_lowercase();
    ["default", "recommended", "baseline"].iter().any(|word| lower.contains(word))
}

pub(super) fn read(team: &mut Team) {
    configurations(team);
    prices(team);
    let mut limits = Vec::new();
    let mut volumes: Vec<Cited<u32>> = Vec::new();
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        for section in &document.sections {
            limits.extend(yaml_blocks::limits(section, &document.path));
        }
    }
    for placed in &team.tables {
        let Some(document) = team.document(placed) else { continue };
        for column in &placed.table.columns {
            if let (Meaning::Times(times), Kind::Volumes) = (&column.meaning, placed.table.kind)
                && *times > 0
                && !volumes.iter().any(|known| known.value == *times)
            {
                volumes.push(Cited::new(*times, document.place(placed.table.span)));
            }
        }
    }
    team.limits = limits;
    team.volumes = volumes;
}

fn configurations(team: &mut Team) {
    let mut found: Vec<Profile> = Vec::new();
    let mut topics = Vec::new();
    let mut unread = Vec::new();
    for (number, document) in
        team.documents.iter().enumerate().filter(|(_, document)| document.role == Role::Team)
    {
        for (at, section) in document.sections.iter().enumerate() {
            let Some(name) = title(section) else { continue };
            let place =
                section.span.map_or_else(|| Place::file(document.path.clone()), |span| document.place(span));
            let mut models = Vec::new();
            for (table, placed) in team.tables.iter().enumerate() {
                let has = |meaning: &Meaning| placed.table.column(meaning).is_some();
                let names_models = has(&Meaning::Agent) && has(&Meaning::Model) && !has(&Meaning::Cost);
                if (placed.document, placed.section) != (number, at) || !names_models {
                    continue;
                }
                topics.push((table, found.len()));
                for row in placed.table.items() {
                    let (Some(agent), Some(model)) =
                        (placed.table.text(row, &Meaning::Agent), placed.table.text(row, &Meaning::Model))
                    else {
                        continue;
                    };
                    match team.agent(&agent.text) {
                        Match::One(agent) => {
                            models.push((agent, Cited::new(model.text.clone(), document.place(model.span))));
                        }
                        Match::Ambiguous | Match::None => unread.push(Cited::new(
                            format!("`{}` is not clearly one of the team's agents", agent.text),
                            document.place(agent.span),
                        )),
                    }
                }
            }
            for entry in yaml_blocks::agents(section) {
                match (team.agent(&entry.name), entry.model) {
                    (Match::One(agent), Some((model, span))) => {
                        models.push((agent, Cited::new(model, document.place(span))));
                    }
                    (Match::One(_), None) => {}
                    _ => unread.push(Cited::new(
                        format!("`{}` is not clearly one of the team's agents", entry.name),
                        document.place(entry.span),
                    )),
                }
            }
            if models.is_empty() || found.len() >= MAX_PROFILES {
                topics.retain(|(_, profile)| *profile < found.len());
                continue;
            }
            let cost = section.lines.iter().find_map(|line| {
                let field = line.field().filter(|field| field.key.contains("cost"))?;
                let figure =
                    numbers::figures(field.value).into_iter().find(|f| f.figure.unit == Unit::Dollars)?;
                Some(Cited::new(figure.figure, document.place(line.span)))
            });
            let name = match yaml_blocks::profile(section) {
                Some(key) if names::same_profile(&key, &name) && key.len() > name.len() => {
                    key.replace('_', " ")
                }
                _ => name,
            };
            let default = is_default(&name, &section.title) && !found.iter().any(|profile| profile.default);
            found.push(Profile { key: Name::new(&name), name, default, place, models, cost });
        }
    }
    if let (false, Some(first)) = (found.iter().any(|profile| profile.default), found.first_mut()) {
        first.default = true;
    }
    team.profiles = found;
    for (table, profile) in topics {
        if let Some(placed) = team.tables.get_mut(table) {
            placed.topic = Topic::Profile(profile);
        }
    }
    team.unread.extend(unread);
}

/// Tables of what models charge.
fn prices(team: &mut Team) {
    let mut found = Vec::new();
    for placed in team.tables.iter().filter(|placed| placed.table.kind == Kind::Prices) {
        let Some(document) = team.document(placed) else { continue };
        let Some(section) = document.sections.get(placed.section) else { continue };
        let table = &placed.table;
        let scale = |meaning: &Meaning| {
            let title =
                table.column(meaning).and_then(|at| table.columns.get(at)).map_or("", |column| &column.title);
            per_million(title)
        };
        for row in table.items() {
            let get = |meaning: &Meaning| {
                let (figure, span) = table.figure(row, meaning)?;
                let unit = figure.unit;
                Some(Cited::new(figure.clone().scaled(scale(meaning), unit), document.place(span)))
            };
            let (Some(model), Some(input), Some(output)) =
                (table.text(row, &Meaning::Model), get(&Meaning::InputPrice), get(&Meaning::OutputPrice))
            else {
                continue;
            };
            let blended = table.figure(row, &Meaning::Blended);
            let cell = table.text(row, &Meaning::Blended).map_or("", |line| line.text.as_str());
            let tokens = numbers::figures(cell).into_iter().find(|found| found.figure.unit == Unit::Tokens);
            found.push(Price {
                model: model.text.clone(),
                input,
                output,
                blended: blended.map(|(figure, span)| Cited::new(figure.clone(), document.place(span))),
                blended_tokens: tokens.map_or(Decimal::from(1_000_000), |found| found.figure.middle()),
                ratio: section.lines.iter().find_map(|line| ratio(&line.text)),
            });
        }
    }
    team.prices = found;
}

/// What a price is to be multiplied with to hold for a million tokens: `per 1K tokens` times a thousand, `per token` times
/// a million.
fn per_million(title: &str) -> Decimal {
    let lower = title.to_lowercase();
    let million = Decimal::from(1_000_000);
    // `per 100K tokens`, `/ 1M`, `(per 1,000)`.
    let stated = numbers::figures(title).into_iter().find(|found| {
        let round = [1_000, 10_000, 100_000, 1_000_000].map(Decimal::from).contains(&found.figure.low);
        found.figure.unit == Unit::Tokens && found.figure.low >= Decimal::ONE
            || found.figure.unit == Unit::Count && round
    });
    if let Some(scale) = stated.and_then(|found| million.checked_div(found.figure.low)) {
        return scale;
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let each = |pair: &[&str]| matches!(pair, ["per" | "a" | "each", "token" | "tok"]);
    if lower.contains("thousand") || lower.contains("/k") || words.contains(&"ktok") {
        Decimal::ONE_THOUSAND
    } else if words.windows(2).any(each) || lower.contains("/token") || lower.contains("/ token") {
        // `/tokens` does not say of how many.
        if lower.contains("/tokens") || lower.contains("/ tokens") { Decimal::ONE } else { million }
    } else {
        Decimal::ONE
    }
}

/// `3:1 input-to-output ratio`.
fn ratio(text: &str) -> Option<Decimal> {
    let lower = text.to_lowercase();
    if !(lower.contains("input") && lower.contains("output")) {
        return None;
    }
    lower.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',')).find_map(|word| {
        let (one, other) = word.split_once(':')?;
        let (one, other): (Decimal, Decimal) = (one.parse().ok()?, other.parse().ok()?);
        // A quotient of what is far smaller has more digits than there are.
        let sensible = |value: Decimal| value >= Decimal::new(1, 3) && value < Decimal::ONE_THOUSAND;
        (sensible(one) && sensible(other)).then(|| one.checked_div(other)).flatten()
    })
}

/// The models a team runs on, in any of its configurations.
pub fn models_of(team: &Team) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let agents = team.agents.iter().flat_map(|agent| &agent.models);
    let profiles = team.profiles.iter().flat_map(|profile| profile.models.iter().map(|(_, model)| model));
    for model in agents.chain(profiles) {
        if !found.iter().any(|known| models::same(known, &model.value)) {
            found.push(model.value.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_that_cannot_be_divided_are_none() {
        let read = |ratio: &str| super::ratio(&format!("{ratio} input-to-output ratio"));
        assert_eq!(read("3:1"), Some(Decimal::from(3)));
        assert_eq!(read("999:0.0000000000000000000000000001"), None);
        assert_eq!(read("0:1"), None);
    }

    #[test]
    fn prices_for_any_number_of_tokens() {
        for (title, scale) in [
            ("Input (per 1M)", 1),
            ("Input per 100K", 10),
            ("Input / 1K tokens", 1000),
            ("Input per 1,000", 1000),
            ("Input per token", 1_000_000),
            ("Input $/token", 1_000_000),
            ("Input $/MTok", 1),
            ("Input 2025", 1),
        ] {
            assert_eq!(per_million(title), Decimal::from(scale), "{title}");
        }
    }
}
