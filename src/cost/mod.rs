//! Cost: count tokens, price them, and compare two revisions.
//!
//! Values in, values out: no text is read here that was not handed in, and the clock is a parameter.

pub mod always_loaded;
pub mod assumed;
pub mod declared;
pub mod prices;
pub mod rates;
pub mod tokens;
pub mod workflow;
