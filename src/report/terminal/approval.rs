//! The section on signatures at a terminal.

use super::{Page, plain};
use crate::base::text::plural;

/// Rows of each list; the rest are counted.
const SHOWN: usize = 12;

impl Page<'_> {
    pub(super) fn approval(&mut self) {
        let Some(approval) = &self.report.approval else { return };
        self.gap();
        let heading = self.bold("Signatures");
        self.line(heading);
        if let Some(emergency) = &approval.emergency {
            self.wrapped("  let through in an emergency by ", 4, &plain(emergency));
        }
        for fault in approval.faults.iter().take(SHOWN) {
            self.wrapped("  cannot be decided: ", 4, &plain(fault));
        }
        for ask in approval.asks.iter().take(SHOWN) {
            let signed = if ask.missing == 0 {
                format!("signed by {}", ask.signed_by.join(", "))
            } else {
                plural(ask.missing as usize, "signature missing", "signatures missing")
            };
            let text = format!("{} To sign: {}. {}", ask.why, ask.by, signed);
            self.wrapped(&format!("  {}: ", plain(&ask.rule)), 4, &plain(&text));
        }
        if !approval.passes && !approval.command.is_empty() {
            self.wrapped("  to sign, comment: ", 4, &plain(&approval.command));
        }
        for statement in approval.statements.iter().rev().take(SHOWN) {
            let mark = match statement.effect() {
                "yes" => "counts",
                "no" => "does not count",
                other => other,
            };
            let text = format!("{} by {} {mark}: {}", statement.with, statement.by, statement.reason);
            self.wrapped("  - ", 4, &plain(&text));
        }
        for note in approval.notes.iter().take(SHOWN) {
            self.wrapped("  note: ", 4, &plain(note));
        }
    }
}
