//! Model endpoints. So far one question is asked of them: how many tokens a text has.

pub mod count;
