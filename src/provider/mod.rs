//! Model endpoints: how many tokens a text has ([`count`]), and what a model answers ([`ask`]).

pub mod ask;
pub mod count;
mod retry;
