//! Costs against tokens and models, at list price and without a cache; and prices against the book.

use super::ledger::{Group, Ledger, Stated, Value};
use super::sums::subject;
use super::{Book, COST, PRICE};
use crate::agent::team::document::Role;
use crate::agent::team::names::{self, Match};
use crate::agent::team::numbers::{self, Figure, Unit};
use crate::agent::team::spec::{Placed, Price, Team, Topic};
use crate::agent::team::tables::{Kind, Meaning, TypedRow};
use crate::agent::team::{models, profiles::models_of};
use rust_decimal::Decimal;

/// Dollars per million tokens.
#[derive(Clone, Copy)]
struct Rate {
    input: Decimal,
    output: Decimal,
}

/// The tokens of a row.
enum Tokens<'a> {
    Split(&'a Figure, &'a Figure),
    Total(&'a Figure),
}

impl Tokens<'_> {
    /// What they cost on the cheapest and on the dearest of some models.
    fn price(&self, rates: &[Rate]) -> Option<Value> {
        let million = Decimal::from(1_000_000);
        let mut bounds: Option<(Decimal, Decimal)> = None;
        let mut slack = Decimal::ZERO;
        for rate in rates {
            let (low, high, loose) = match self {
                Self::Split(input, output) => (
                    input.low * rate.input + output.low * rate.output,
                    input.high * rate.input + output.high * rate.output,
                    input.half() * rate.input + output.half() * rate.output,
                ),
                Self::Total(all) => {
                    let (cheap, dear) = (rate.input.min(rate.output), rate.input.max(rate.output));
                    (all.low * cheap, all.high * dear, all.half() * dear)
                }
            };
            slack = slack.max(loose / million);
            let (low, high) = (low / million, high / million);
            bounds = Some(bounds.map_or((low, high), |(least, most)| (least.min(low), most.max(high))));
        }
        bounds.map(|(low, high)| Value { low, high, slack })
    }

    fn words(&self) -> String {
        match self {
            Self::Split(input, output) => {
                format!("{} input and {} output tokens", input.text.trim(), output.text.trim())
            }
            Self::Total(all) => {
                let text = all.text.trim();
                let token = if text.to_lowercase().contains("token") { "" } else { " tokens" };
                format!("{text}{token}, all input to all output,")
            }
        }
    }
}

fn plausible(value: Decimal) -> bool {
    value >= Decimal::ZERO && value <= Decimal::from(1_000_000)
}

/// The list prices of a model, for prompts of every size: which of them holds, a document does not say.
fn from_book(book: Book<'_>, model: &str) -> Option<Vec<Rate>> {
    let rates = book(model)?;
    let all = rates.tiers().iter().map(|tier| &tier.per_million);
    let all: Vec<Rate> = all.map(|rate| Rate { input: rate.input, output: rate.output }).collect();
    (!all.is_empty() && all.iter().all(|rate| plausible(rate.input) && plausible(rate.output))).then_some(all)
}

/// The lowest and the highest of some rates.
fn range(rates: &[Rate], get: fn(&Rate) -> Decimal) -> Option<Value> {
    let (low, high) = (rates.iter().map(get).min()?, rates.iter().map(get).max()?);
    Some(Value { low, high, slack: Decimal::ZERO })
}

/// `Sonnet`: a line of Claude models of which each version has prices of its own.
fn lacks_version(model: &str) -> bool {
    let lower = model.to_lowercase();
    !lower.contains(|c: char| c.is_ascii_digit())
        && ["opus", "sonnet", "haiku", "fable", "mythos"].iter().any(|line| lower.contains(line))
}

/// What the team itself says a model charges.
fn own_price<'a>(team: &'a Team, model: &str) -> Option<&'a Price> {
    team.prices.iter().find(|price| models::same(&price.model, model))
}

pub(super) fn check(team: &Team, placed: &Placed, book: Book<'_>, ledger: &mut Ledger) {
    let Some(document) = team.document(placed) else { return };
    let table = &placed.table;
    let scenario = document.role == Role::Scenario;
    let Some(column) = table.column(&Meaning::Cost) else { return };
    for row in table.items() {
        let Some(cell) = row.cells.get(column) else { continue };
        let Some(figure) = &cell.figure else { continue };
        let get = |meaning| table.figure(row, &meaning).map(|(figure, _)| figure);
        let tokens = match (get(Meaning::Input), get(Meaning::Output), get(Meaning::Tokens)) {
            (Some(input), Some(output), _) => Tokens::Split(input, output),
            (_, _, Some(all)) => Tokens::Total(all),
            _ => continue,
        };
        let models = match table.kind {
            Kind::Agents => of_agent(team, placed, row),
            // Phases with a table of their own are held against that one.
            Kind::Phases if scenario || (placed.topic == Topic::Phases && !has_rows(team, row)) => {
                of_phase(team, placed, row)
            }
            Kind::Profiles => of_profile(team, placed, row),
            _ => continue,
        };
        let name = names::clean(&row.label.text);
        let stated = Stated {
            what: match table.kind {
                Kind::Profiles => format!("the cost of the configuration {name}"),
                _ => format!("the cost of {name} in {}", subject(team, placed)),
            },
            place: document.place(cell.line.span),
            figure,
            rule: COST,
            // A scenario that was computed with one wrong rate is wrong throughout: one finding for it.
            group: match table.kind {
                _ if scenario => Group::Table(table.span),
                Kind::Agents => Group::Alike(format!("{} {}", document.path, table.span.start.line)),
                _ => Group::Alike(name),
            },
        };
        hold(team, book, stated, &tokens, &models, ledger);
    }
}

fn hold(
    team: &Team,
    book: Book<'_>,
    stated: Stated<'_>,
    tokens: &Tokens<'_>,
    models: &[String],
    ledger: &mut Ledger,
) {
    if models.is_empty() {
        return ledger.open(stated, "it is not said which model runs it");
    }
    let mut rates = Vec::new();
    for model in models {
        match from_book(book, model) {
            Some(found) => rates.extend(found),
            None => return ledger.open(stated, format!("the price of `{model}` is not known")),
        }
    }
    let Some(value) = tokens.price(&rates) else { return };
    let own: Vec<Rate> = models
        .iter()
        .filter_map(|model| own_price(team, model))
        .map(|price| Rate { input: price.input.value.low, output: price.output.value.low })
        .filter(|rate| plausible(rate.input) && plausible(rate.output))
        .collect();
    let fits = |value: Value| stated.figure.covers(value.low - value.slack, value.high + value.slack);
    let list = models.join(", ");
    let mut words = format!("{} on {list} cost {{}} at list price", tokens.words());
    if !fits(value) {
        // The cause is what is worth correcting, and it is reported where it stands.
        let price = own_price(team, models.first().map_or("", String::as_str));
        let by_own = own.len() == models.len() && tokens.price(&own).is_some_and(fits);
        if let Some(place) = blended_cause(team, tokens, models, stated.figure) {
            words = format!("{words}; it follows from the blended rate in {place}");
        } else if let (true, Some(price)) = (by_own, price) {
            words = format!("{words}; it follows from the team's own prices in {}", price.input.words());
        }
    }
    ledger.hold(stated, value, &words);
}

/// The place of a blended rate from which a cost follows.
fn blended_cause(team: &Team, tokens: &Tokens<'_>, models: &[String], figure: &Figure) -> Option<String> {
    let all = match tokens {
        Tokens::Split(input, output) => input.middle() + output.middle(),
        Tokens::Total(all) => all.middle(),
    };
    models.iter().find_map(|model| {
        let price = own_price(team, model)?;
        let blended = price.blended.as_ref()?;
        let cost = all / price.blended_tokens.max(Decimal::ONE) * blended.value.middle();
        figure.covers(cost, cost).then(|| blended.words())
    })
}

fn has_rows(team: &Team, row: &TypedRow) -> bool {
    match team.phase(&row.label.text, None) {
        Match::One(phase) => team.phases.get(phase).is_some_and(|phase| !phase.rows.is_empty()),
        Match::Ambiguous | Match::None => false,
    }
}

/// `Opus` where the team runs on one Opus only is that one.
fn complete(team: &Team, names: Vec<String>) -> Vec<String> {
    let known = models_of(team);
    names
        .into_iter()
        .map(|name| {
            let mut fits = known.iter().filter(|model| models::same(model, &name));
            match (fits.next(), fits.next()) {
                (Some(only), None) => only.clone(),
                _ => name,
            }
        })
        .collect()
}

fn of_agent(team: &Team, placed: &Placed, row: &TypedRow) -> Vec<String> {
    if let Some(model) = placed.table.text(row, &Meaning::Model) {
        return vec![model.text.clone()];
    }
    let Some(name) = placed.table.text(row, &Meaning::Agent) else { return Vec::new() };
    match team.agent(&name.text) {
        Match::One(agent) => {
            let model = team.agents.get(agent).and_then(|agent| agent.models.first());
            model.map(|model| model.value.clone()).into_iter().collect()
        }
        Match::Ambiguous | Match::None => Vec::new(),
    }
}

fn of_phase(team: &Team, placed: &Placed, row: &TypedRow) -> Vec<String> {
    let cells: Vec<&str> = row.cells.iter().map(|cell| cell.line.text.as_str()).collect();
    let named = models::mentions(&cells.join(" | "));
    if !named.is_empty() {
        return complete(team, named);
    }
    let mut found: Vec<&str> = Vec::new();
    if let Some(active) = placed.table.text(row, &Meaning::Active)
        && let Some(inside) = active.text.split_once('(').map(|(_, inside)| inside.trim_end_matches(')'))
    {
        for part in inside.split(['+', ',', '/']) {
            if let Match::One(agent) = team.agent(part)
                && let Some(model) = team.agents.get(agent).and_then(|agent| agent.models.first())
            {
                found.push(&model.value);
            }
        }
    }
    if let Match::One(phase) = team.phase(&row.label.text, None)
        && let Some(phase) = team.phases.get(phase)
    {
        found
            .extend(phase.rows.iter().filter_map(|row| row.model.as_ref().map(|model| model.value.as_str())));
        let members = phase.members.iter().filter_map(|member| team.agents.get(member.value)?.models.first());
        found.extend(members.map(|model| model.value.as_str()));
    }
    if found.is_empty() {
        // Whoever works there is one of the team: what it costs lies between its cheapest and its dearest model.
        found.extend(
            team.agents.iter().filter_map(|agent| agent.models.first().map(|model| model.value.as_str())),
        );
    }
    let mut distinct: Vec<String> = Vec::new();
    for model in found {
        if !distinct.iter().any(|known| models::same(known, model)) {
            distinct.push(model.to_owned());
        }
    }
    distinct
}

fn of_profile(team: &Team, placed: &Placed, row: &TypedRow) -> Vec<String> {
    let mut counted = Vec::new();
    for (column, cell) in placed.table.columns.iter().zip(&row.cells) {
        if let (Meaning::AgentsOn(model), Some(count)) = (&column.meaning, &cell.figure)
            && count.high > Decimal::ZERO
        {
            counted.push(model.clone());
        }
    }
    if !counted.is_empty() {
        return complete(team, counted);
    }
    let profile = team.profile(&row.label.text).or_else(|| {
        let label = row.label.text.to_lowercase();
        team.profiles.iter().find(|profile| label.contains(&profile.name.to_lowercase()))
    });
    let mut found: Vec<String> = Vec::new();
    for (_, model) in profile.iter().flat_map(|profile| &profile.models) {
        if !found.iter().any(|known| models::same(known, &model.value)) {
            found.push(model.value.clone());
        }
    }
    if found.is_empty() { complete(team, models::mentions(&row.label.text)) } else { found }
}

/// Price lists against the book, and blended rates against the prices beside them.
pub(super) fn check_prices(team: &Team, book: Book<'_>, ledger: &mut Ledger) {
    for price in &team.prices {
        // `Opus` where the team runs on one Opus only is that one.
        let model = complete(team, vec![price.model.clone()]).pop().unwrap_or_else(|| price.model.clone());
        let real = from_book(book, &model).unwrap_or_default();
        let pairs = [
            ("input", &price.input, range(&real, |rate| rate.input)),
            ("output", &price.output, range(&real, |rate| rate.output)),
        ];
        for (kind, cited, real) in pairs {
            let stated = Stated {
                what: format!("the {kind} price of {} per million tokens", price.model),
                place: cited.place.clone(),
                figure: &cited.value,
                rule: PRICE,
                group: Group::Figure,
            };
            match real {
                _ if lacks_version(&model) => {
                    ledger.open(stated, format!("which version of `{}` is meant is not said", price.model));
                }
                Some(real) => ledger.hold(stated, real, "the vendor's list has {}"),
                None => ledger.open(stated, format!("the price of `{}` is not known", price.model)),
            }
        }
        blended(price, ledger);
    }
}

fn blended(price: &Price, ledger: &mut Ledger) {
    let Some(blended) = &price.blended else { return };
    let (input, output) = (Value::of(&price.input.value), Value::of(&price.output.value));
    if !plausible(input.high) || !plausible(output.high) {
        return;
    }
    let share = price.blended_tokens / Decimal::from(1_000_000);
    let (value, words) = if let Some(ratio) = price.ratio {
        let mixed = (input.high * ratio + output.high) / (ratio + Decimal::ONE) * share;
        let value = Value { low: mixed, high: mixed, slack: (input.slack + output.slack) * share };
        (value, format!("the prices beside it, {} to 1, come to {{}}", ratio.round_dp(2).normalize()))
    } else {
        let (one, other) = (input.high * share, output.high * share);
        let value = Value { low: one.min(other), high: one.max(other), slack: Decimal::ZERO };
        (value, "the prices beside it allow {}".to_owned())
    };
    let stated = Stated {
        what: format!(
            "the blended rate of {} for {} tokens",
            price.model,
            numbers::show(price.blended_tokens, Unit::Tokens)
        ),
        place: blended.place.clone(),
        figure: &blended.value,
        rule: COST,
        group: Group::Figure,
    };
    ledger.hold(stated, value, &words);
}
