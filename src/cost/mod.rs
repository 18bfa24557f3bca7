//! Cost: count tokens, price them, and compare two revisions.
//!
//! Values in, values out: no text is read here that was not handed in, and the clock is a parameter.

pub mod always_loaded;
pub mod assumed;
#[doc(hidden)]
pub mod backtest;
pub mod budget;
pub mod calibrate;
pub mod declared;
pub mod difference;
pub mod environment;
pub mod prices;
pub mod project;
pub mod random;
pub mod rates;
pub mod recorded;
pub mod replay;
pub mod sensitivity;
pub mod tokens;
pub mod tools;
pub mod what_if;
pub mod workflow;
