//! The cost on the page: what changes, why, what it is made of, how sure that is, and what is allowed.

use super::charts::{self, Slice, Stacked};
use super::page::{Column, Page, share};
use crate::base::text::{plural, thousands, truncate_end};
use crate::base::{Place, Usd, Verdict};
use crate::report::cost::{AgentReport, CostReport, Curve, KindReport, UsdPair, WorkflowReport};
use crate::report::links::BlobLinks;
use crate::report::markdown::cost::{kinds, of_kind, runs};
use crate::report::words::{self, cost as say};

/// Rows of a table; the rest are counted.
const ROWS: usize = 200;

pub(super) fn sections(page: &mut Page, cost: &CostReport, links: &BlobLinks) {
    let place = cost.environment.as_ref().map(|name| format!(" in {}", truncate_end(name, 60)));
    page.section(&format!("Cost{}", place.unwrap_or_default()));
    tiles(page, cost);
    page.end_section();
    why(page, cost, links);
    budgets(page, cost);
    workflows(page, cost);
    breakdown(page, cost);
    curves(page, cost);
    environments(page, cost);
    assumptions(page, cost);
}

fn tiles(page: &mut Page, cost: &CostReport) {
    let known = cost.coverage.total == 0 || cost.coverage.priced > 0;
    let shown = |text: String| if known { text } else { "unknown".to_owned() };
    let mut tiles = vec![(shown(words::money::usd_from_to(cost.per_month)), "expected per month".to_owned())];
    if let Some(by) = words::money::usd_difference(cost.per_month) {
        let percent = words::money::usd_percent(cost.per_month).unwrap_or_default();
        let range = cost.difference_range.map(|range| format!("; {}", say::difference_range(range)));
        tiles.push((shown(by), format!("change per month {percent}{}", range.unwrap_or_default())));
    }
    if let Some(range) = cost.month_range {
        tiles.push((
            shown(range.p90.to_string()),
            format!("nine months of ten are below; half below {}", range.p50),
        ));
    }
    tiles.push((
        format!("{} of {}", thousands(cost.coverage.priced), thousands(cost.coverage.total)),
        "agents have a price".to_owned(),
    ));
    page.raw("<div class=\"tiles\">\n");
    for (figure, text) in tiles {
        page.raw("<div class=\"tile\"><b>").text(figure).raw("</b> <span>").text(text).raw("</span></div>\n");
    }
    page.raw("</div>\n");
    let mut notes = vec![format!("Coverage: {}", say::coverage(cost))];
    notes.extend(
        cost.coverage
            .unread
            .iter()
            .map(|text| format!("Found and not read, so not in these figures: {text}")),
    );
    notes.extend(say::price_change(cost));
    page.bullets(&notes, ROWS);
}

/// A waterfall: each cause begins where the one before ended.
fn why(page: &mut Page, cost: &CostReport, links: &BlobLinks) {
    let Some(causes) = say::causes(cost, ROWS) else { return };
    let mut exact: Vec<Usd> = cost.causes.iter().map(|cause| cause.per_month).collect();
    exact.sort_by_key(|amount| std::cmp::Reverse(amount.amount().abs()));
    let mut ends = vec![Usd::ZERO];
    for amount in &exact {
        let last = ends.last().copied().unwrap_or_default();
        ends.push(last.checked_add(*amount).unwrap_or(last));
    }
    let low = ends.iter().copied().min().unwrap_or_default();
    let width = ends.iter().copied().max().and_then(|high| high.checked_sub(low)).unwrap_or_default();
    let at = |amount: Option<&Usd>| {
        amount.and_then(|amount| amount.checked_sub(low)).map_or(0.0, |part| share(part, width))
    };
    let zero = at(Some(&Usd::ZERO));
    page.section(&format!("Why {} per month", causes.total));
    page.table(
        "Each bar begins where the one above ends; the line is no change",
        &[Column::text("cause"), Column::figures("per month"), Column::text("")],
    );
    for (index, cause) in causes.shown.iter().enumerate() {
        page.row();
        page.open_cell();
        if let Some(path) = &cause.path {
            page.link(
                links.place(&Place::file(path.clone())).as_deref(),
                &truncate_end(&path.to_string(), 120),
            );
            page.raw(": ");
        }
        page.prose(&truncate_end(&cause.words, 300));
        page.close_cell();
        page.cell(&cause.amount);
        let (from, to) = (at(ends.get(index)), at(ends.get(index + 1)));
        picture(page, |page| {
            charts::bar(page, &cause.amount, if to < from { "less" } else { "more" }, from, to, Some(zero))
        });
    }
    if let Some((more, amount)) = &causes.rest {
        page.row();
        page.cell(more);
        page.cell(amount);
        let (from, to) = (at(ends.get(causes.shown.len())), at(ends.last()));
        picture(page, |page| {
            charts::bar(page, amount, if to < from { "less" } else { "more" }, from, to, Some(zero))
        });
    }
    page.row();
    page.cell("together");
    page.cell(&causes.total);
    let to = at(ends.last());
    picture(page, |page| {
        charts::bar(page, &causes.total, if to < zero { "less" } else { "more" }, zero, to, Some(zero))
    });
    page.end_table();
    page.end_section();
}

fn picture(page: &mut Page, draw: impl FnOnce(&mut Page)) {
    page.open_picture();
    draw(page);
    page.close_cell();
}

fn budgets(page: &mut Page, cost: &CostReport) {
    if cost.budgets.is_empty() {
        return;
    }
    page.section("Budgets");
    page.table(
        "The line is the limit",
        &[
            Column::text("budget"),
            Column::figures("used"),
            Column::figures("limit"),
            Column::text("result"),
            Column::text(""),
            Column::text("what would satisfy it"),
        ],
    );
    for budget in cost.budgets.iter().take(ROWS) {
        page.row();
        page.open_cell();
        page.text(truncate_end(&budget.what, 200))
            .raw(" <span class=\"quiet\">")
            .text(truncate_end(&budget.place, 120));
        if let Some(owner) = &budget.owner {
            page.raw(", owned by ").text(truncate_end(owner, 80));
        }
        page.raw("</span>");
        page.close_cell();
        page.cell(&truncate_end(&say::budget_used(budget), 80));
        page.cell(&truncate_end(&budget.limit, 60));
        let percent =
            budget.percent.map(|percent| format!(" ({} %)", thousands(percent))).unwrap_or_default();
        let level = truncate_end(&budget.level, 80);
        page.verdict_cell(
            &format!("{level}{percent}"),
            if budget.level == "unknown" { Verdict::Warn } else { budget.verdict },
        );
        match budget.percent {
            Some(percent) => {
                // The scale ends at one and a half times the limit.
                let used = share(Usd::new(percent.into()), Usd::new(150.into())).min(1.0);
                let class = if percent > 100 { "more" } else { "used" };
                picture(page, |page| {
                    charts::bar(page, &format!("{percent} % of the limit"), class, 0.0, used, Some(2.0 / 3.0))
                });
            }
            None => picture(page, |_| {}),
        }
        page.cell(&truncate_end(budget.remedy.as_deref().unwrap_or(""), 300));
    }
    page.end_table();
    more(page, cost.budgets.len(), "budget", "budgets");
    page.end_section();
}

fn more(page: &mut Page, total: usize, one: &str, many: &str) {
    if total > ROWS {
        let left = plural(total - ROWS, &format!("more {one}"), &format!("more {many}"));
        page.paragraph(&format!("{left} not shown here: the JSON report has them all."));
    }
}

fn workflows(page: &mut Page, cost: &CostReport) {
    if cost.workflows.is_empty() {
        return;
    }
    let widest =
        cost.workflows.iter().filter_map(|workflow| workflow.month_range).map(|range| range.p90).max();
    page.section("Workflows");
    page.table(
        "Range: eight months of ten lie within the bar; its mark is the middle",
        &[
            Column::text("workflow"),
            Column::figures("runs per month"),
            Column::figures("per run"),
            Column::figures("per month"),
            Column::figures("change per month"),
            Column::text("range per month"),
        ],
    );
    for workflow in cost.workflows.iter().take(ROWS) {
        page.row();
        page.open_cell();
        page.text(truncate_end(&workflow.name, 100)).raw(" <span class=\"quiet\">");
        page.text(format!("{}; {}", truncate_end(&workflow.source, 120), workflow.estimator)).raw("</span>");
        page.close_cell();
        page.cell(&runs(&workflow.runs_per_month));
        page.cell(&say::amount_of(workflow, workflow.per_run));
        page.cell(&say::amount_of(workflow, workflow.per_month));
        page.cell(&say::change_of(workflow, workflow.per_month));
        let known = workflow.agents.iter().any(|agent| agent.per_run.is_some());
        let range = workflow.month_range.filter(|_| known);
        picture(page, |page| {
            page.text(range.map_or_else(|| "unknown".to_owned(), say::range));
            if let (Some(range), Some(widest)) = (range, widest) {
                let at = |amount| share(amount, widest);
                charts::range(page, &say::range(range), at(range.p10), at(range.p50), at(range.p90));
            }
        });
    }
    page.end_table();
    more(page, cost.workflows.len(), "workflow", "workflows");
    page.end_section();
}

/// For each workflow: a run by agent, base and head; then its agents by kind of token.
fn breakdown(page: &mut Page, cost: &CostReport) {
    let kinds = kinds(cost);
    if cost.workflows.iter().all(|workflow| workflow.agents.is_empty()) {
        return;
    }
    let has_base = cost.per_month.base.is_some();
    page.section("What one run is made of");
    for workflow in cost.workflows.iter().take(ROWS) {
        page.raw("<h3>").text(truncate_end(&workflow.name, 100)).raw("</h3>\n");
        by_agent(page, workflow);
        let mut columns = vec![Column::text("agent"), Column::figures("per run")];
        columns.extend(kinds.iter().enumerate().map(|(key, kind)| Column::keyed(kind, key)));
        columns.push(Column::text(if has_base {
            "by kind of token, base above head"
        } else {
            "by kind of token"
        }));
        page.table("", &columns);
        for (key, agent) in workflow.agents.iter().enumerate().take(ROWS) {
            page.row();
            page.open_cell();
            page.key(key);
            page.text(truncate_end(&agent.agent, 80)).raw(" <span class=\"quiet\">");
            page.text(format!("{}, {}", truncate_end(&agent.phase, 60), truncate_end(&agent.model, 80)));
            page.raw("</span>");
            page.close_cell();
            page.cell(&say::agent_cost(agent));
            for kind in &kinds {
                page.cell(&of_kind(agent, kind));
            }
            picture(page, |page| by_kind(page, agent, &kinds));
        }
        page.end_table();
        more(page, workflow.agents.len(), "agent", "agents");
    }
    page.end_section();
}

fn by_agent(page: &mut Page, workflow: &WorkflowReport) {
    let of = |head: bool, pair: UsdPair| if head { Some(pair.head) } else { pair.base };
    let sum = |head| {
        let parts = workflow.agents.iter().filter_map(|agent| of(head, agent.per_run?));
        parts.fold(Usd::ZERO, |sum, part| sum.checked_add(part).unwrap_or(sum))
    };
    let widest = sum(true).max(sum(false));
    let bar = |name, head| Stacked {
        name,
        parts: workflow
            .agents
            .iter()
            .enumerate()
            .filter_map(|(key, agent)| {
                let amount = of(head, agent.per_run?).filter(|amount| *amount > Usd::ZERO)?;
                Some((key, share(amount, widest), format!("{}: {amount}", truncate_end(&agent.agent, 80))))
            })
            .collect(),
    };
    let bars: Vec<Stacked> =
        [bar("base", false), bar("head", true)].into_iter().filter(|bar| !bar.parts.is_empty()).collect();
    if !bars.is_empty() {
        charts::stack(page, "One run by agent; the letters are those of the table below", &bars);
    }
    let without = say::unpriced(workflow);
    if without > 0 {
        page.paragraph(&format!(
            "Without {}, for which no price is known.",
            plural(without, "agent", "agents")
        ));
    }
}

fn by_kind(page: &mut Page, agent: &AgentReport, kinds: &[&str]) {
    let sum = |of: fn(&KindReport) -> Usd| {
        agent.by_kind.iter().fold(Usd::ZERO, |sum, kind| sum.checked_add(of(kind)).unwrap_or(sum))
    };
    let base_of: fn(&KindReport) -> Usd = |kind| kind.base_per_run.unwrap_or_default();
    let widest = sum(|kind| kind.per_run).max(sum(base_of));
    if agent.per_run.is_none() || widest == Usd::ZERO {
        page.raw("<span class=\"quiet\">").text(if agent.per_run.is_none() { "unknown" } else { "" });
        page.raw("</span>");
        return;
    }
    let slices = |word: &str, of: fn(&KindReport) -> Usd| -> Vec<Slice> {
        let used = agent.by_kind.iter().filter(|kind| of(kind) > Usd::ZERO);
        used.map(|kind| {
            let key = kinds.iter().position(|name| *name == kind.kind).unwrap_or(0);
            (key, share(of(kind), widest), format!("{word}, {}: {}", truncate_end(&kind.kind, 40), of(kind)))
        })
        .collect()
    };
    let (base, head) = (slices("base", base_of), slices("head", |kind| kind.per_run));
    charts::parts(page, "The kinds of token in the order of the columns, base above head", &base, &head);
}

fn curves(page: &mut Page, cost: &CostReport) {
    /// More make a page nobody scrolls through.
    const SHOWN: usize = 24;
    let known: Vec<&Curve> = cost.curves.iter().filter(|curve| !curve.points.is_empty()).collect();
    if known.is_empty() {
        return;
    }
    page.section("Cost of a run as turns add up");
    page.paragraph("Every turn sends again what came before. The line is head; dashed is base.");
    page.raw("<div class=\"curves\">\n");
    for curve in known.iter().take(SHOWN) {
        let name = format!("{}: {}", truncate_end(&curve.workflow, 60), truncate_end(&curve.agent, 60));
        page.raw("<figure>");
        charts::curve(page, curve, &name);
        page.raw("<figcaption><strong>")
            .text(&name)
            .raw("</strong><br>")
            .text(last_point(curve))
            .raw("</figcaption>");
        points(page, curve);
        page.raw("</figure>\n");
    }
    page.raw("</div>\n");
    if known.len() > SHOWN {
        page.paragraph(&format!(
            "{} not shown here.",
            plural(known.len() - SHOWN, "more agent", "more agents")
        ));
    }
    page.end_section();
}

fn last_point(curve: &Curve) -> String {
    let Some(last) = curve.points.last() else { return String::new() };
    let base = curve.base_points.iter().find(|point| point.turns == last.turns).map(|point| point.usd);
    let turns = plural(usize::try_from(last.turns).unwrap_or(usize::MAX), "turn", "turns");
    format!("{turns}: {}", words::usd_change(UsdPair { base, head: last.usd }, false))
}

fn points(page: &mut Page, curve: &Curve) {
    page.raw("<details><summary>figures</summary>\n");
    page.table("", &[Column::text("turns"), Column::figures("base"), Column::figures("head")]);
    for point in curve.points.iter().take(60) {
        let base = curve.base_points.iter().find(|base| base.turns == point.turns);
        page.row();
        page.cell(&thousands(point.turns));
        page.cell(&base.map_or_else(|| "none".to_owned(), |base| base.usd.to_string()));
        page.cell(&point.usd.to_string());
    }
    page.end_table();
    page.raw("</details>");
}

fn environments(page: &mut Page, cost: &CostReport) {
    if cost.environments.is_empty() {
        return;
    }
    page.section("Environments");
    page.table(
        "",
        &[
            Column::text("environment"),
            Column::text("what differs"),
            Column::figures("per month"),
            Column::figures("budget per month"),
            Column::text("result"),
        ],
    );
    for environment in cost.environments.iter().take(ROWS) {
        page.row();
        page.cell(&truncate_end(&environment.name, 80));
        page.cell(&truncate_end(&environment.overrides.join("; "), 400));
        page.cell(&words::usd_change(environment.per_month, true));
        page.cell(
            &environment.budget_per_month.map_or_else(|| "none".to_owned(), |budget| budget.to_string()),
        );
        page.verdict_cell(say::environment_result(environment), environment.verdict);
    }
    page.end_table();
    more(page, cost.environments.len(), "environment", "environments");
    page.end_section();
}

fn assumptions(page: &mut Page, cost: &CostReport) {
    if cost.assumptions.is_empty() {
        return;
    }
    let effects = || cost.assumptions.iter().filter_map(|assumption| assumption.effect);
    let low = effects().map(|ends| ends.low).min().unwrap_or_default();
    let high = effects().map(|ends| ends.high).max().unwrap_or_default();
    let at = |amount: Usd| {
        let (part, whole) = (amount.checked_sub(low), high.checked_sub(low));
        part.zip(whole).map_or(0.0, |(part, whole)| share(part, whole))
    };
    page.section("Assumptions");
    page.table(
        "The one that widens the range most comes first; the line is today's expectation",
        &[
            Column::text("assumption"),
            Column::text("value"),
            Column::text("from"),
            Column::figures("total at its ends"),
            Column::text(""),
        ],
    );
    for assumption in cost.assumptions.iter().take(ROWS) {
        page.row();
        page.cell(&truncate_end(&assumption.what, 200));
        page.cell(&truncate_end(&assumption.value, 200));
        page.cell(&truncate_end(&assumption.origin, 200));
        page.cell(&say::ends(assumption).unwrap_or_else(|| "not varied".to_owned()));
        picture(page, |page| {
            if let Some(ends) = assumption.effect {
                let title = say::ends(assumption).unwrap_or_default();
                charts::bar(
                    page,
                    &title,
                    "used",
                    at(ends.low),
                    at(ends.high),
                    Some(at(cost.per_month.head).max(0.0)),
                );
            }
        });
    }
    page.end_table();
    more(page, cost.assumptions.len(), "assumption", "assumptions");
    page.end_section();
}
