//! Weighbridge: the gate that every change to AI-agent configuration passes before it merges.
pub mod base;
pub mod host;
pub mod context;
pub mod agent;
pub mod cost;
pub mod report;
pub mod rules;
pub mod forge;
