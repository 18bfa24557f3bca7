//! The section on cases at a terminal.

use super::{Page, plain};
use crate::base::text::plural;

/// Troubles that are shown; the rest are counted.
const SHOWN: usize = 20;

impl Page<'_> {
    pub(super) fn cases(&mut self) {
        let Some(cases) = &self.report.cases else { return };
        let troubles = cases.troubles();
        let (compared, triggers) = (cases.compared_lines(), cases.trigger_lines());
        let lists =
            [troubles.len(), cases.weakened.len(), cases.faults.len(), compared.len(), triggers.len()];
        if lists.iter().sum::<usize>() == 0 {
            return;
        }
        self.gap();
        let heading = self.bold("Cases");
        self.line(heading);
        for fault in cases.faults.iter().take(SHOWN) {
            self.wrapped("  cannot be read: ", 4, &plain(fault));
        }
        for trouble in troubles.iter().take(SHOWN) {
            self.line(format!("  {}", plain(&trouble.what)));
            for reason in &trouble.why {
                self.wrapped("    - ", 6, &plain(reason));
            }
        }
        for weaker in cases.weakened.iter().take(SHOWN) {
            self.wrapped("  weaker than base: ", 4, &plain(weaker));
        }
        for line in compared.iter().take(SHOWN) {
            self.wrapped("  against the baseline: ", 4, &plain(line));
        }
        for line in triggers.iter().take(SHOWN) {
            self.wrapped("  ", 4, &plain(line));
        }
        let left: usize = lists.iter().map(|count| count.saturating_sub(SHOWN)).sum();
        if left > 0 {
            self.line(format!("  {} not shown", plural(left, "more line", "more lines")));
        }
    }
}
