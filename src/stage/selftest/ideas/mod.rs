//! The ways to weaken a gate that are tried, grouped by what they turn on.

mod approvals;
mod around;
mod budgets;
mod figures;
mod places;
mod prices;
mod triggers;
mod workflows;

use super::scene::Weakening;

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Weakening> {
    [
        budgets::ALL,
        approvals::ALL,
        figures::ALL,
        prices::ALL,
        places::ALL,
        triggers::ALL,
        workflows::ALL,
        around::ALL,
    ]
    .into_iter()
    .flatten()
}
