//! A Mermaid chart that GitHub (Mermaid 11) and GitLab (Mermaid 10) both draw.
//!
//! A pie, because it has a legend; an `xychart` has none. The table beside it says the same in text.

use crate::base::Usd;
use crate::report::cost::CostReport;
use crate::report::escape::mermaid_label;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Dollars a month of head by agent, the `slices` largest and the rest; `None` when there is nothing to compare.
pub(super) fn pie(cost: &CostReport, slices: usize) -> Option<String> {
    let mut by_label: BTreeMap<String, Decimal> = BTreeMap::new();
    for workflow in &cost.workflows {
        let Ok(runs) = workflow.runs_per_month.parse::<Decimal>() else { continue };
        for agent in workflow.agents.iter().filter(|agent| agent.state != "removed") {
            // A pie cannot show what is unknown; the note under it does.
            let Some(pair) = agent.per_run else { continue };
            let amount = pair.head.amount().checked_mul(runs)?;
            let sum =
                by_label.entry(mermaid_label(&format!("{} {}", workflow.name, agent.agent))).or_default();
            *sum = sum.checked_add(amount)?;
        }
    }
    let mut all: Vec<(String, Usd)> =
        by_label.into_iter().map(|(label, amount)| (label, Usd::new(amount).round(2))).collect();
    all.retain(|(_, amount)| *amount > Usd::ZERO);
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if slices < 2 || all.len() < 2 {
        return None;
    }
    if all.len() > slices {
        let rest = all.split_off(slices - 1);
        let sum: Decimal = rest.iter().map(|(_, amount)| amount.amount()).sum();
        all.push((format!("{} others", rest.len()), Usd::new(sum)));
    }
    let mut out = String::from("pie showData\n    title Dollars per month by agent");
    for (label, amount) in all {
        // Writing to a string does not fail.
        let _ = write!(out, "\n    \"{label}\" : {}", amount.amount());
    }
    Some(out)
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
