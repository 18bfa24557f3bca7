//! The cost section at a terminal: workflows in columns, why, budgets, the widest assumption, coverage.

use super::{Page, pad, plain, short, style_of};
use crate::base::text::{plural, truncate_end};
use crate::report::cost::CostReport;
use crate::report::markdown::cost::runs;
use crate::report::words::{self, cost as say};
use unicode_width::UnicodeWidthStr;

/// Rows of each list; the rest are counted.
const SHOWN: usize = 12;

impl Page<'_> {
    pub(super) fn cost(&mut self) {
        let Some(cost) = &self.report.cost else { return };
        self.gap();
        let place = cost.environment.as_deref().map(|name| format!(" in {}", truncate_end(&plain(name), 40)));
        let heading = self.bold(format!("Cost{}", place.unwrap_or_default()));
        self.line(heading);
        self.wrapped("  ", 2, &plain(&say::headline(cost)));
        self.cost_causes(cost);
        if let Some(text) = say::price_change(cost) {
            self.wrapped("  ", 4, &text);
        }
        self.cost_workflows(cost);
        self.cost_budgets(cost);
        if let Some((first, ends)) =
            cost.assumptions.first().and_then(|first| Some((first, say::ends(first)?)))
        {
            let text = format!("{} ({}; {}): {ends}", first.what, first.value, first.origin);
            self.wrapped("  widest assumption: ", 4, &plain(&text));
        }
        self.wrapped("  coverage: ", 4, &plain(&say::coverage(cost)));
        for text in cost.coverage.unread.iter().take(SHOWN) {
            self.wrapped("  not read: ", 4, &plain(text));
        }
        self.more(cost.coverage.unread.len(), "place", "places");
    }

    fn more(&mut self, total: usize, one: &str, many: &str) {
        if total > SHOWN {
            let left = plural(total - SHOWN, &format!("more {one}"), &format!("more {many}"));
            self.line(format!("  {left}: --format json has them all"));
        }
    }

    fn cost_causes(&mut self, cost: &CostReport) {
        let Some(causes) = say::causes(cost, SHOWN) else { return };
        let range = cost.difference_range.map(|range| format!(" ({})", say::difference_range(range)));
        self.wrapped("  why ", 4, &format!("{} per month{}:", causes.total, range.unwrap_or_default()));
        let mut rows: Vec<(String, String)> = causes
            .shown
            .into_iter()
            .map(|cause| {
                let path = cause.path.map(|path| format!("{}: ", short(&path)));
                (cause.amount, format!("{}{}", path.unwrap_or_default(), plain(&cause.words)))
            })
            .collect();
        rows.extend(causes.rest.map(|(more, amount)| (amount, more)));
        let width = rows.iter().map(|(amount, _)| amount.width()).max().unwrap_or(0);
        for (amount, text) in rows {
            self.wrapped(&format!("    {amount:>width$}  "), width + 6, &text);
        }
    }

    /// In columns where the terminal is wide enough, otherwise one under the other.
    fn cost_workflows(&mut self, cost: &CostReport) {
        if cost.workflows.is_empty() {
            return;
        }
        let has_base = cost.per_month.base.is_some();
        let mut rows: Vec<Vec<String>> = vec![
            ["workflow", "runs per month", "per run", "per month", "change per month"]
                .map(str::to_owned)
                .into(),
        ];
        rows.extend(cost.workflows.iter().take(SHOWN).map(|workflow| {
            vec![
                truncate_end(&plain(&workflow.name), 30),
                plain(&runs(&workflow.runs_per_month)),
                say::amount_of(workflow, workflow.per_run),
                say::amount_of(workflow, workflow.per_month),
                say::change_of(workflow, workflow.per_month),
            ]
        }));
        let columns = if has_base { 5 } else { 4 };
        for row in &mut rows {
            row.truncate(columns);
        }
        let width =
            |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let total: usize = widths.iter().map(|width| width + 2).sum();
        if total <= self.options.width {
            for row in &rows {
                let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
                    // Names to the left, figures to the right.
                    if at == 0 {
                        pad(cell, *width)
                    } else {
                        format!("{}{cell}", " ".repeat(width - cell.width()))
                    }
                });
                let line: Vec<String> = cells.collect();
                self.line(format!("  {}", line.join("  ")).trim_end());
            }
        } else {
            let names = rows.first().cloned().unwrap_or_default();
            for row in rows.iter().skip(1) {
                for (at, (name, cell)) in names.iter().zip(row).enumerate() {
                    if at == 0 {
                        self.wrapped("  ", 4, cell);
                    } else {
                        self.wrapped(&format!("    {name}: "), 6, cell);
                    }
                }
            }
        }
        self.more(cost.workflows.len(), "workflow", "workflows");
    }

    fn cost_budgets(&mut self, cost: &CostReport) {
        let (shown, others) = say::budgets(cost);
        for budget in shown.iter().take(SHOWN) {
            let percent = budget.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
            let owner = budget.owner.as_ref().map(|owner| format!("; owned by {owner}")).unwrap_or_default();
            let level = self.paint(style_of(budget.verdict), plain(&truncate_end(&budget.level, 60)));
            let text = format!(
                "{}: {} of {}{percent}; {}{owner}",
                budget.what,
                words::cost::budget_used(budget),
                budget.limit,
                budget.place
            );
            self.wrapped(&format!("  budget {level}: "), 4, &plain(&text));
            if let Some(remedy) = &budget.remedy {
                self.wrapped("    to satisfy it: ", 6, &plain(remedy));
            }
        }
        self.more(shown.len(), "budget", "budgets");
        if others > 0 {
            let others = plural(others, "budget", "budgets");
            self.line(format!("  {others} under 70 % and not changed by this change"));
        }
    }
}
