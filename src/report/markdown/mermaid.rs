//! A Mermaid chart that GitHub (Mermaid 11) and GitLab (Mermaid 10) both draw.
//!
//! A pie, because it has a legend; an `xychart` has none. The table beside it says the same in text.

use crate::base::Usd;
use crate::report::cost::CostReport;
use crate::report::escape::{LABEL_CHARACTERS, mermaid_label};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Dollars a month of head by agent, the `slices` largest and the rest; `None` when there is nothing to compare.
pub(super) fn pie(cost: &CostReport, slices: usize) -> Option<String> {
    let mut by_agent: BTreeMap<(&str, &str), Decimal> = BTreeMap::new();
    for workflow in &cost.workflows {
        let Ok(runs) = workflow.runs_per_month.parse::<Decimal>() else { continue };
        for agent in workflow.agents.iter().filter(|agent| agent.state != "removed") {
            // A pie cannot show what is unknown; the note under it does.
            let Some(pair) = agent.per_run else { continue };
            let amount = pair.head.amount().checked_mul(runs)?;
            let sum = by_agent.entry((&workflow.name, &agent.agent)).or_default();
            *sum = sum.checked_add(amount)?;
        }
    }
    let mut all: Vec<((&str, &str), Usd)> =
        by_agent.into_iter().map(|(agent, amount)| (agent, Usd::new(amount).round(2))).collect();
    all.retain(|(_, amount)| *amount > Usd::ZERO);
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if slices < 2 || all.len() < 2 {
        return None;
    }
    let rest = if all.len() > slices { all.split_off(slices - 1) } else { Vec::new() };
    let mut taken = BTreeSet::new();
    // Those with the same label are numbered from the largest on.
    let mut labelled: Vec<(String, Usd)> = all
        .into_iter()
        .map(|((workflow, agent), amount)| (unique(&mut taken, &label(workflow, agent)), amount))
        .collect();
    if !rest.is_empty() {
        let sum: Decimal = rest.iter().map(|(_, amount)| amount.amount()).sum();
        labelled.push((unique(&mut taken, &format!("{} others", rest.len())), Usd::new(sum)));
    }
    let mut out = String::from("pie showData\n    title Dollars per month by agent");
    for (label, amount) in labelled {
        // Writing to a string does not fail.
        let _ = write!(out, "\n    \"{label}\" : {}", amount.amount());
    }
    Some(out)
}

/// The label of a slice. Where there is no room for both, it is the agent that has to be told from others.
fn label(workflow: &str, agent: &str) -> String {
    let agent = mermaid_label(agent);
    let room = LABEL_CHARACTERS.saturating_sub(agent.len() + 1);
    let workflow: String = mermaid_label(workflow).chars().take(room).collect();
    match workflow.trim_end_matches(['-', ' ', '/']) {
        "" => agent,
        workflow => format!("{workflow} {agent}"),
    }
}

/// The label, or one with a number where it is taken: a chart adds up slices of one name.
fn unique(taken: &mut BTreeSet<String>, label: &str) -> String {
    let mut name = label.to_owned();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{label} {number}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::cost::{cost, flooded};
    use proptest::prelude::*;

    #[test]
    fn the_largest_slices_and_the_rest() {
        let chart = pie(&cost(), 4).expect("a chart");
        assert_eq!(
            chart,
            "pie showData\n    title Dollars per month by agent\n    \"support resolver\" : 1418.40\n    \
             \"support triage\" : 357.60\n    \"research reader\" : 136.83\n    \"2 others\" : 132.30"
        );
        assert_eq!(pie(&cost(), 1), None);
    }

    #[test]
    fn no_agent_disappears_in_the_slice_of_another() {
        let slices = |workflow: &str, agents: [&str; 2]| {
            let mut report = flooded(2, "x");
            report.workflows.truncate(1);
            let only = &mut report.workflows[0];
            (only.name, only.runs_per_month) = (workflow.to_owned(), "10".to_owned());
            let mut two: Vec<_> = only.agents.iter().cycle().take(2).cloned().collect();
            for (agent, name) in two.iter_mut().zip(agents) {
                agent.agent = name.to_owned();
            }
            only.agents = two;
            let chart = pie(&report, 8).expect("two agents");
            chart
                .lines()
                .skip(2)
                .map(|line| line.split('"').nth(1).expect("a label").to_owned())
                .collect::<Vec<_>>()
        };
        let long = "customer support of the whole company";
        let mut cut = slices(long, ["resolver", "triage"]);
        cut.sort();
        assert_eq!(cut, ["customer support of the resolver", "customer support of the w triage"]);
        assert_eq!(slices("支援", ["分類", "解決"]), ["unnamed unnamed", "unnamed unnamed 2"]);
        let agents = [
            "an agent with a name that is far too long, one",
            "an agent with a name that is far too long, two",
        ];
        assert_eq!(slices("w", agents).into_iter().collect::<BTreeSet<_>>().len(), 2);
    }

    proptest! {
        #[test]
        fn a_name_stays_in_its_label(text in crate::report::escape::tests::hostile_text()) {
            let mut report = flooded(3, "x");
            for (at, agent) in report.workflows.iter_mut().flat_map(|w| &mut w.agents).enumerate() {
                agent.agent = format!("{at}{text}");
            }
            report.workflows.iter_mut().for_each(|workflow| workflow.runs_per_month = "10".to_owned());
            let chart = pie(&report, 8).expect("several agents");
            for line in chart.lines().skip(2) {
                let (label, amount) = line.trim().split_once(" : ").expect("label and amount");
                let label = label.strip_prefix('"').and_then(|l| l.strip_suffix('"')).expect("quoted");
                prop_assert!(label.chars().all(|c| c.is_ascii_alphanumeric() || " -/".contains(c)), "{}", label);
                prop_assert!(amount.parse::<f64>().is_ok(), "{}", amount);
            }
            prop_assert!(chart.len() < 5_000);
        }
    }
}
