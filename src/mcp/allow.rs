//! Which servers may be started here. A server is a program of somebody else, and it is started with our rights.

use crate::agent::mcp::Server;
use crate::context::{Event, Forge, PipelineContext};

/// Why nothing may be started in this job, whatever is allowed.
///
/// A job that a stranger's change set off, or that holds more rights than the change it looks at, starts nothing that
/// the change may have written.
pub fn forbidden(context: &PipelineContext) -> Option<String> {
    let by_change =
        context.forge != Forge::Local && (context.change.is_some() || context.event == Event::Change);
    let from_fork = context.change.as_ref().is_some_and(|change| change.from_fork);
    let privileged = context.event_name == "pull_request_target"
        || matches!(context.event, Event::WorkflowRun | Event::Comment);
    if context.forge != Forge::Local && privileged {
        return Some(format!(
            "no MCP server is started in a job of the event {}: it has the rights of the repository, and what it would \
             start may come from the change",
            crate::base::text::visible(&context.event_name)
        ));
    }
    (by_change && from_fork).then(|| {
        "no MCP server is started for a change from a fork: its author would choose what runs here".to_owned()
    })
}

/// Why a server is not started; `None` when it may be.
///
/// It has to be named, on the command line or by the policy. A change may alter what a name stands for, so a name in the
/// policy counts only for the configuration that the target branch has under that name.
pub fn refused(
    server: &Server,
    typed: &[String],
    policy: &[String],
    trusted: Option<&[Server]>,
) -> Option<String> {
    if typed.contains(&server.name) {
        return None;
    }
    let shown = crate::base::text::visible(&server.name);
    if !policy.contains(&server.name) {
        return Some(format!(
            "it is not allowed: add `{shown}` to `mcp.allow` in weighbridge.yaml, or give `--allow {shown}`"
        ));
    }
    let same = |other: &Server| {
        (&other.name, other.client, &other.transport) == (&server.name, server.client, &server.transport)
    };
    let is_trusted = trusted.is_none_or(|servers| servers.iter().any(same));
    (!is_trusted).then(|| {
        format!(
            "the change configures it differently from the target branch, for which `mcp.allow` names it: look at it, \
             then give `--allow {shown}`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::mcp::servers::of_file;
    use crate::base::{Client, RepoPath};
    use crate::context::ChangeRequest;
    use crate::host::MemoryHost;

    fn servers(command: &str) -> Vec<Server> {
        let text = format!("{{\"mcpServers\": {{\"a\": {{\"command\": \"{command}\"}}}}}}");
        of_file(&RepoPath::new(".mcp.json").unwrap(), Client::ClaudeCode, &text).unwrap()
    }

    #[test]
    fn a_name_is_needed_and_stands_for_what_the_target_branch_has() {
        let (ours, theirs) = (servers("good"), servers("evil"));
        let allowed = ["a".to_owned()];
        assert!(refused(&ours[0], &[], &[], None).unwrap().contains("mcp.allow"));
        assert_eq!(refused(&ours[0], &[], &allowed, None), None);
        assert_eq!(refused(&ours[0], &[], &allowed, Some(&ours)), None);
        assert!(refused(&theirs[0], &[], &allowed, Some(&ours)).unwrap().contains("differently"));
        assert!(refused(&ours[0], &[], &allowed, Some(&[])).is_some());
        assert_eq!(refused(&theirs[0], &allowed, &[], Some(&ours)), None);
    }

    #[test]
    fn strangers_start_nothing() {
        let mut context = crate::context::local::detect(&MemoryHost::new());
        assert_eq!(forbidden(&context), None);
        context.forge = Forge::Github;
        context.event = Event::Change;
        context.event_name = "pull_request".to_owned();
        context.change = Some(ChangeRequest { from_fork: false, ..ChangeRequest::numbered(1) });
        assert_eq!(forbidden(&context), None);
        context.change = Some(ChangeRequest::numbered(1));
        assert!(forbidden(&context).unwrap().contains("fork"));
        context.change = None;
        context.event_name = "pull_request_target".to_owned();
        assert!(forbidden(&context).unwrap().contains("pull_request_target"));
        context.event = Event::WorkflowRun;
        context.event_name = "workflow_run".to_owned();
        assert!(forbidden(&context).is_some());
    }
}
