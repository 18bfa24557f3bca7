//! A laptop, or a CI system we do not know.

use super::{Event, Forge, PipelineContext, RunOrder};
use crate::host::{Host, Var};

/// The context outside a known CI system.
pub fn detect(host: &dyn Host) -> PipelineContext {
    let notes = host.env(Var::Ci).map(|_| {
        "CI is set, but this is neither GitHub Actions nor GitLab CI: nothing is posted, the exit code and \
         the report files are the result"
            .to_owned()
    });
    PipelineContext {
        forge: Forge::Local,
        event: Event::Local,
        event_name: "local".to_owned(),
        repository: None,
        project_id: None,
        api_url: None,
        server_url: None,
        head_sha: None,
        base: None,
        change: None,
        actor: None,
        run_url: None,
        run: RunOrder::default(),
        notes: notes.into_iter().collect(),
    }
}
