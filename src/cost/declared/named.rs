//! Models that are named in more than one place.

use super::MODEL;
use super::ledger::Ledger;
use crate::agent::team::{Cited, Team, models};

pub(super) fn check(team: &Team, ledger: &mut Ledger) {
    for agent in &team.agents {
        compare(&format!("the model of {}", agent.name), &agent.models.iter().collect::<Vec<_>>(), ledger);
    }
    for profile in team.profiles.iter().filter(|profile| !profile.default) {
        for (number, agent) in team.agents.iter().enumerate() {
            let named = profile.models.iter().filter(|(agent, _)| *agent == number).map(|(_, model)| model);
            let what = format!("the model of {} under {}", agent.name, profile.name);
            compare(&what, &named.collect::<Vec<_>>(), ledger);
        }
    }
}

/// The first place against each other one.
fn compare(what: &str, named: &[&Cited<String>], ledger: &mut Ledger) {
    let Some((first, others)) = named.split_first() else { return };
    for other in others {
        let text = format!("{} has {}", first.words(), first.value);
        let fits = models::same(&first.value, &other.value);
        ledger.say(what.to_owned(), other.place.clone(), &other.value, text, fits, MODEL);
    }
}
