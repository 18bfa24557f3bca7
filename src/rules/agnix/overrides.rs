//! Where agnix is overruled: what it says is not what the client does, or not as grave as it says. Each with its reason.
//!
//! What depends on the clients of a repository is settled later, by their verdicts (`rules::verdicts`).

use super::RawFinding;
use crate::agent::{FileView, Kind};
use crate::base::Severity;

/// A correction.
pub struct Override {
    /// The rule of agnix.
    pub rule: &'static str,
    /// The severity in its place; `None` takes the finding away.
    pub severity: Option<Severity>,
    /// When it applies.
    when: fn(&RawFinding, &FileView<'_>) -> bool,
    /// Why.
    pub reason: &'static str,
    /// Who says so.
    pub source: &'static str,
}

const NAMES_MODEL_ELSEWHERE: fn(&RawFinding, &FileView<'_>) -> bool =
    |_, view| view.key("model").and_then(crate::agent::view::Node::text).is_some_and(is_model_elsewhere);
const NAMES_MODEL_OF_SESSION: fn(&RawFinding, &FileView<'_>) -> bool =
    |_, view| view.key("model").and_then(crate::agent::view::Node::text).is_some_and(is_model_of_session);
const ALWAYS: fn(&RawFinding, &FileView<'_>) -> bool = |_, _| true;

/// All corrections.
pub static OVERRIDES: &[Override] = &[
    Override {
        rule: "REF-001",
        severity: None,
        when: |_, view| {
            !matches!(
                view.kind,
                Kind::ClaudeMd | Kind::AgentsMd | Kind::ClaudeRule | Kind::Imported | Kind::GeminiMd
            )
        },
        reason: "only instruction files import `@path`; in skills, agents and their references it is text",
        source: "https://code.claude.com/docs/en/memory",
    },
    Override {
        rule: "CC-AG-003",
        severity: None,
        when: NAMES_MODEL_ELSEWHERE,
        reason: "Bedrock, Vertex and Foundry have ids of their own for the same models",
        source: "https://code.claude.com/docs/en/model-config",
    },
    Override {
        rule: "CC-AG-003",
        severity: Some(Severity::Warning),
        when: NAMES_MODEL_OF_SESSION,
        reason: "the setting for a session takes the name; whether a sub-agent does is not documented",
        source: "https://code.claude.com/docs/en/model-config",
    },
    Override {
        rule: "CC-SK-001",
        severity: Some(Severity::Warning),
        when: NAMES_MODEL_OF_SESSION,
        reason: "the setting for a session takes the name; whether a skill does is not documented",
        source: "https://code.claude.com/docs/en/model-config",
    },
    Override {
        rule: "CC-SK-001",
        severity: None,
        when: NAMES_MODEL_ELSEWHERE,
        reason: "Bedrock, Vertex and Foundry have ids of their own for the same models",
        source: "https://code.claude.com/docs/en/model-config",
    },
    Override {
        rule: "CC-SK-008",
        severity: Some(Severity::Warning),
        when: ALWAYS,
        reason: "a name in `allowed-tools` that no tool has allows nothing; the skill loads",
        source: "https://code.claude.com/docs/en/skills",
    },
    Override {
        rule: "CC-AG-010",
        severity: Some(Severity::Warning),
        when: ALWAYS,
        reason: "a name in `disallowedTools` that no tool has takes nothing away; the agent loads",
        source: "https://code.claude.com/docs/en/sub-agents",
    },
    Override {
        rule: "CC-AG-009",
        severity: Some(Severity::Warning),
        when: |_, view| view.plugin,
        reason: "whoever installs a plugin may have tools that its author had; unknown ones are not given",
        source: "https://code.claude.com/docs/en/sub-agents",
    },
    Override {
        rule: "REF-002",
        severity: Some(Severity::Warning),
        when: ALWAYS,
        reason: "no client follows Markdown links when it loads a file; a broken one costs the model a failed look",
        source: "https://agentskills.io/specification",
    },
];

/// `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `arn:aws:bedrock:...`, `claude-opus-4-6@20260205`.
fn is_model_elsewhere(model: &str) -> bool {
    model.starts_with("arn:aws") || model.contains("anthropic.claude-") || model.contains("anthropic/claude-")
}

/// `default`, `best`, `opusplan`, `sonnet[1m]`, and the short names in capitals.
fn is_model_of_session(model: &str) -> bool {
    let lower = model.to_ascii_lowercase();
    let plain = lower.strip_suffix("[1m]").unwrap_or(&lower);
    matches!(plain, "default" | "best" | "opusplan" | "fable" | "sonnet" | "opus" | "haiku")
}

/// Applies the corrections to the findings on a file.
pub fn adjust(findings: &mut Vec<RawFinding>, view: &FileView<'_>) {
    tools(findings, view);
    for finding in findings.iter_mut() {
        super::places::point(finding, view);
        super::words::advise(finding, view);
    }
    findings.retain_mut(|finding| {
        for one in OVERRIDES {
            if one.rule == finding.rule && (one.when)(finding, view) {
                match one.severity {
                    None => return false,
                    Some(severity) => finding.severity = severity,
                }
            }
        }
        true
    });
}

/// A tool that Claude Code does not know is one it does not give; only an agent that is left without any does not
/// start. Agents are full of tools of other clients and other versions.
///
/// Source: <https://code.claude.com/docs/en/sub-agents>.
fn tools(findings: &mut [RawFinding], view: &FileView<'_>) {
    const UNKNOWN_TOOL: &str = "CC-AG-009";
    if view.kind != Kind::SubAgent || !findings.iter().any(|finding| finding.rule == UNKNOWN_TOOL) {
        return;
    }
    let listed = view.key("tools").map_or(0, |tools| tools.strings().len());
    let unknown = findings.iter().filter(|finding| finding.rule == UNKNOWN_TOOL).count();
    let everything = view.key("tools").is_some_and(|tools| tools.strings().iter().any(|tool| tool == "*"));
    let severity = match (everything, unknown >= listed.min(super::MAX_OF_RULE)) {
        // Not documented, and used for "all".
        (true, _) => Severity::Info,
        (false, true) => Severity::Error,
        (false, false) => Severity::Warning,
    };
    findings
        .iter_mut()
        .filter(|finding| finding.rule == UNKNOWN_TOOL)
        .for_each(|finding| finding.severity = severity);
}
