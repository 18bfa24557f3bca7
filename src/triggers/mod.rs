//! Triggers: does a skill's description still attract its prompts? Without a model, from text alone.
//!
//! Authors keep sets of prompts that should, and should not, start a skill. [`set`] reads them in the shapes in use,
//! [`find`] knows where they lie and whose they are, [`index`] scores a prompt against every description of the
//! catalogue, [`mod@assess`] says who gets it, [`mod@compare`] what a change of descriptions did to that. The score is no
//! model: it agrees with authors as often as [`measured`] says, and every message says so. `docs/triggers.md`.

pub mod assess;
pub mod catalogue;
pub mod compare;
pub mod find;
pub mod findings;
pub mod fit;
pub mod index;
pub mod json;
pub mod load;
pub mod measured;
pub mod set;
pub mod text;

pub use assess::{Assessment, Judged, Outcome, assess};
pub use catalogue::{Catalogue, Skill};
pub use compare::{Drift, Shift, compare};
pub use measured::Measured;
pub use set::{Label, Query, SetError, TriggerSet};
