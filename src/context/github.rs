//! Being written.
use super::{ContextError, PipelineContext};
use crate::host::Host;

/// Placeholder.
pub fn detect(host: &dyn Host) -> Result<PipelineContext, ContextError> {
    Ok(super::local::detect(host))
}
