//! Figures in sentences: sums in parentheses, products, buffers, numbers of agents.

use super::ledger::{Group, Ledger, Stated, Value};
use super::{AGENTS, SUM};
use crate::agent::team::document::{Document, Line, Role, Section};
use crate::agent::team::models;
use crate::agent::team::names::Match;
use crate::agent::team::numbers::{self, Figure, Found, Unit};
use crate::agent::team::spec::Team;
use crate::agent::team::tables::Meaning;
use crate::base::Place;
use rust_decimal::Decimal;

/// Words of one sentence that are looked at.
const MAX_WORDS: usize = 400;

pub(super) fn check(team: &Team, ledger: &mut Ledger) {
    for (number, document) in team.documents.iter().enumerate() {
        for (at, section) in document.sections.iter().enumerate() {
            for line in &section.lines {
                let place = document.place(line.span);
                let found: Vec<Found> = numbers::figures(&line.text)
                    .into_iter()
                    .map(|found| Found { range: found.range, figure: found.figure.loosely() })
                    .collect();
                // Beyond their first sections, instructions speak of the work and not of the team.
                if matches!(document.role, Role::Agent(_)) {
                    if at < 3 {
                        sums(&line.text, &found, &place, ledger);
                    }
                    continue;
                }
                sums(&line.text, &found, &place, ledger);
                products(&line.text, &found, &place, ledger);
                buffers(team, (number, at), line, &found, &place, ledger);
                crowds(team, document, section, line, ledger);
            }
        }
    }
    limits(team, ledger);
}

fn stated<'a>(figure: &'a Figure, what: &str, place: &Place, rule: &'static str) -> Stated<'a> {
    Stated { what: what.to_owned(), place: place.clone(), figure, rule, group: Group::Figure }
}

fn between<'a>(text: &'a str, one: &Found, other: &Found) -> &'a str {
    text.get(one.range.end..other.range.start).unwrap_or("")
}

/// `~130K tokens (50K vision + 80K synthesis)`.
fn sums(text: &str, found: &[Found], place: &Place, ledger: &mut Ledger) {
    for (at, whole) in found.iter().enumerate() {
        let mut parts: Vec<&Figure> = Vec::new();
        let mut last = whole;
        for part in found.iter().skip(at + 1) {
            let gap = between(text, last, part);
            let opens = parts.is_empty() && gap.trim_end().ends_with('(') && gap.len() <= 20;
            let goes_on = !parts.is_empty()
                && gap.trim_end().ends_with('+')
                && !gap.contains([')', '(', '.'])
                && gap.len() <= 40;
            if !(opens || goes_on) || part.figure.unit != whole.figure.unit {
                break;
            }
            parts.push(&part.figure);
            last = part;
        }
        let closed = text
            .get(last.range.end..)
            .unwrap_or("")
            .chars()
            .take(40)
            .take_while(|c| *c != '+')
            .any(|c| c == ')');
        if parts.len() >= 2 && closed && whole.figure.unit != Unit::Count {
            let value = Value::sum(parts.iter().copied(), whole.figure.precision);
            ledger.hold(
                stated(&whole.figure, "the sum", place, SUM),
                value,
                "what stands in parentheses sums to {}",
            );
        }
    }
}

/// `6 x 20K output tokens = ~120K`.
fn products(text: &str, found: &[Found], place: &Place, ledger: &mut Ledger) {
    for window in found.windows(3) {
        let [times, each, product] = window else { continue };
        let sign = between(text, times, each).trim();
        let equals = between(text, each, product);
        if times.figure.unit == Unit::Count
            && matches!(sign, "x" | "×" | "*" | "times")
            && equals.trim_end().ends_with('=')
            && equals.len() <= 40
            && each.figure.unit == product.figure.unit
        {
            let value = Value::of(&each.figure).times(times.figure.middle());
            let words = format!("{} times {} is {{}}", times.figure.text.trim(), each.figure.text.trim());
            ledger.hold(stated(&product.figure, "the product", place, SUM), value, &words);
        }
    }
}

fn is_spare(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["buffer", "overhead", "contingency", "headroom", "margin", "above estimated", "on top"]
        .iter()
        .any(|word| lower.contains(word))
}

/// `~$25 (with 20% buffer: ~$30)`, `A 20% buffer (~$3.50) ... total to approximately $21`.
fn buffers(
    team: &Team,
    at: (usize, usize),
    line: &Line,
    found: &[Found],
    place: &Place,
    ledger: &mut Ledger,
) {
    let text = &line.text;
    let Some((spot, percent)) = found.iter().enumerate().find(|(_, found)| {
        let near = text.get(found.range.end..).unwrap_or("").chars().take(24).collect::<String>();
        found.figure.unit == Unit::Percent && found.figure.low > Decimal::ZERO && is_spare(&near)
    }) else {
        return;
    };
    let amounts = |unit: Unit| found.iter().enumerate().filter(move |(_, found)| found.figure.unit == unit);
    let unit = if amounts(Unit::Dollars).next().is_some() { Unit::Dollars } else { Unit::Tokens };
    let amounts: Vec<(usize, &Found)> = amounts(unit).collect();
    let base = base_total(team, at, line, unit);
    // A scenario tells of buffers of its own; only what follows a table of costs is about the team.
    if base.is_none() && team.documents.get(at.0).is_some_and(|document| document.role == Role::Scenario) {
        return;
    }
    let raised = |base: Value| {
        let (low, high) =
            (percent.figure.low / Decimal::ONE_HUNDRED, percent.figure.high / Decimal::ONE_HUNDRED);
        let (low, high) = (base.times(Decimal::ONE + low), base.times(Decimal::ONE + high));
        Value { low: low.low, high: high.high, slack: high.slack }
    };
    let share = |base: Value| {
        let (low, high) = (
            base.times(percent.figure.low / Decimal::ONE_HUNDRED),
            base.times(percent.figure.high / Decimal::ONE_HUNDRED),
        );
        Value { low: low.low, high: high.high, slack: high.slack }
    };
    let what = format!("the total with a buffer of {}", percent.figure.text.trim());
    match amounts.as_slice() {
        [] => {}
        [(only, amount)] if *only < spot => ledger.open(
            stated(&amount.figure, &what, place, SUM),
            "it is not said whether the buffer is in the figure",
        ),
        [(_, amount)] => {
            let direct = between(text, percent, amount);
            let is_share = direct.trim_end().ends_with('(') && direct.len() <= 24;
            let Some((base, words)) = base else {
                return ledger.open(stated(&amount.figure, &what, place, SUM), "no total stands above it");
            };
            if is_share {
                let what = format!("a buffer of {}", percent.figure.text.trim());
                ledger.hold(
                    stated(&amount.figure, &what, place, SUM),
                    share(base),
                    &format!("of {words} it is {{}}"),
                );
            } else {
                ledger.hold(
                    stated(&amount.figure, &what, place, SUM),
                    raised(base),
                    &format!("{words} with it is {{}}"),
                );
            }
        }
        [(first_at, first), .., (_, last)] => {
            let direct = between(text, percent, first);
            if *first_at > spot && direct.trim_end().ends_with('(') && direct.len() <= 24 {
                let Some((base, words)) = base else { return };
                let what_share = format!("a buffer of {}", percent.figure.text.trim());
                ledger.hold(
                    stated(&first.figure, &what_share, place, SUM),
                    share(base),
                    &format!("of {words} it is {{}}"),
                );
                ledger.hold(
                    stated(&last.figure, &what, place, SUM),
                    raised(base),
                    &format!("{words} with it is {{}}"),
                );
            } else {
                let words = format!("{} with it is {{}}", first.figure.text.trim());
                ledger.hold(
                    stated(&last.figure, &what, place, SUM),
                    raised(Value::of(&first.figure)),
                    &words,
                );
            }
        }
    }
}

/// The total of the table above a line, in its section or, for the whole document, the total of the phases.
fn base_total(team: &Team, at: (usize, usize), line: &Line, unit: Unit) -> Option<(Value, String)> {
    let meaning = if unit == Unit::Dollars { Meaning::Cost } else { Meaning::Tokens };
    let here = team.tables.iter().rfind(|placed| {
        (placed.document, placed.section) == at && placed.table.span.end <= line.span.start
    })?;
    let total = here.table.total()?;
    let (figure, _) = here.table.figure(total, &meaning)?;
    Some((Value::of(figure), figure.text.trim().to_owned()))
}

fn number(word: &str) -> Option<usize> {
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    let lower = word.to_lowercase();
    words
        .iter()
        .position(|known| *known == lower)
        .or_else(|| lower.parse().ok().filter(|count| *count < 1000))
}

/// `The team consists of 6 specialized agents. Three operate on Opus 4.6.`
fn crowds(team: &Team, document: &Document, section: &Section, line: &Line, ledger: &mut Ledger) {
    if document.role != Role::Team
        || team.agents.len() < 2
        || section.titles().any(|title| title.to_lowercase().contains("example"))
    {
        return;
    }
    let place = document.place(line.span);
    let mut rest = line.text.as_str();
    // `4.6.` does not end a sentence.
    while !rest.is_empty() {
        let end = rest.match_indices(". ").map(|(at, _)| at + 1).next().unwrap_or(rest.len());
        let sentence = rest.get(..end).unwrap_or(rest);
        crowd(team, sentence, &place, ledger);
        rest = rest.get(end..).unwrap_or("").trim_start();
    }
}

fn crowd(team: &Team, sentence: &str, place: &Place, ledger: &mut Ledger) {
    let words: Vec<&str> = sentence
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | '-'))
        .map(|word| word.trim_end_matches(['.', ':', '!']))
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect();
    let lower = sentence.to_lowercase();
    // `7 agents` of a scenario may be fewer than all, and `a team of 5 agents` any team; only sentences about this one
    // count.
    let about_team =
        ["consists of", "agent team", "our team of", "this team of", "the team of", "the team has"]
            .iter()
            .any(|words| lower.contains(words))
            && !["typical", "elsewhere", "usual", "other teams", "most teams", "for example", "e.g."]
                .iter()
                .any(|words| lower.contains(words));
    for (at, word) in words.iter().enumerate() {
        let Some(count) = number(word) else { continue };
        let after = |steps: usize| {
            words.get(at + 1..).unwrap_or(&[]).iter().take(steps).map(|word| word.to_lowercase())
        };
        let runs = after(3).position(|word| {
            matches!(
                word.as_str(),
                "operate" | "operates" | "run" | "runs" | "use" | "uses" | "are" | "is" | "work"
            )
        });
        if let Some(runs) = runs {
            let tail = words
                .get(at + 2 + runs..)
                .unwrap_or(&[])
                .iter()
                .take(4)
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            if let [model] = models::mentions(&tail).as_slice() {
                let real = team
                    .agents
                    .iter()
                    .filter(|agent| agent.models.first().is_some_and(|own| models::same(&own.value, model)));
                let real = real.count();
                let what = format!("the number of agents on {model}");
                let text = format!("the team has {real} on it");
                ledger.say(what, place.clone(), word, text, real == count, AGENTS);
                continue;
            }
        }
        let plain = |word: &str| {
            matches!(
                word,
                "specialized"
                    | "specialised"
                    | "ai"
                    | "agent"
                    | "agents"
                    | "autonomous"
                    | "expert"
                    | "different"
            )
        };
        let mut next = after(3).take_while(|word| plain(word));
        if about_team && next.any(|word| word.starts_with("agent")) && count >= 2 {
            let text = format!("{} are introduced", team.agents.len());
            ledger.say(
                "the number of agents of the team".to_owned(),
                place.clone(),
                word,
                text,
                count == team.agents.len(),
                AGENTS,
            );
        }
    }
    // `The CEO operates on Opus 4.6`: one agent, by name.
    for verb in [" operates on ", " runs on "] {
        let Some((subject, model)) = sentence.split_once(verb) else { continue };
        let subject = subject.trim().trim_start_matches("The ").trim_start_matches("the ");
        let model: String = model.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
        let named = models::mentions(&model);
        let (Match::One(agent), [model]) = (team.agent(subject), named.as_slice()) else { continue };
        let Some(agent) =
            team.agents.get(agent).filter(|_| number(subject.split(' ').next().unwrap_or("")).is_none())
        else {
            continue;
        };
        let Some(own) = agent.models.first() else { continue };
        let text = format!("{} has {}", own.words(), own.value);
        let what = format!("the model of {}", agent.name);
        ledger.say(what, place.clone(), model, text, models::same(&own.value, model), super::MODEL);
    }
}

/// `max_total_tokens: 840000  # 700K base + 20% buffer`.
fn limits(team: &Team, ledger: &mut Ledger) {
    for limit in &team.limits {
        let what = format!("the limit {}", limit.key);
        let found = numbers::figures(&limit.comment);
        let stated = Stated {
            what,
            place: limit.value.place.clone(),
            figure: &limit.value.value,
            rule: SUM,
            group: Group::Figure,
        };
        let base = found.iter().find(|found| found.figure.unit == limit.value.value.unit);
        let percent = found.iter().find(|found| found.figure.unit == Unit::Percent);
        match (base, percent) {
            (Some(base), Some(percent)) if is_spare(&limit.comment) => {
                let factor = Decimal::ONE + percent.figure.middle() / Decimal::ONE_HUNDRED;
                let words = format!(
                    "its comment, {} and {}, comes to {{}}",
                    base.figure.text.trim(),
                    percent.figure.text.trim()
                );
                ledger.hold(stated, Value::of(&base.figure).times(factor), &words);
            }
            // Without a buffer, a figure of the comment may be anything: a threshold, what it was before.
            _ => {}
        }
    }
}
