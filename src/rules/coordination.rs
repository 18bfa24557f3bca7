//! Whether a team can work together as its documents say: targets exist, phases are in order, loops end, nobody
//! overwrites what another writes.
//!
//! `docs/coordination.md` says what is read. What is not clearly wrong is not a finding.

use crate::agent::team::Team;
use crate::agent::team::coordination::{Coordination, Message, read};
use crate::agent::team::document::Role;
use crate::agent::team::names::{Match, Name};
use crate::base::text::{truncate_end, visible};
use crate::base::{Finding, Place, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// A message or hand-off goes to nobody of the team.
pub const UNKNOWN_TARGET: &str = "unknown-handoff-target";
/// An example of a message has a type that is not declared.
pub const UNDECLARED_TYPE: &str = "undeclared-message-type";
/// An example of a message is neither YAML nor JSON.
pub const UNREADABLE: &str = "unreadable-message-example";
/// Phases contradict each other.
pub const INCONSISTENT_PHASE: &str = "inconsistent-phase";
/// A loop has no end that is written down.
pub const UNBOUNDED_LOOP: &str = "unbounded-loop";
/// An agent is in no phase, and nobody hands it anything.
pub const UNREACHABLE: &str = "unreachable-agent";
/// Two agents write one file at the same time.
pub const SHARED_WRITERS: &str = "shared-file-writers";

/// Names that are no agents and may be sent to.
const OUTSIDE: [&str; 24] = [
    "user",
    "users",
    "human",
    "humans",
    "all",
    "everyone",
    "team",
    "broadcast",
    "system",
    "orchestrator",
    "any",
    "agent",
    "agent-name",
    "agent_name",
    "recipient",
    "sender",
    "target",
    "name",
    "end",
    "done",
    "none",
    "*",
    "customer",
    "maintainer",
];

/// What is wrong with how a team works together.
pub fn check(team: &Team) -> Vec<Finding> {
    let found = read(team);
    let mut findings = Vec::new();
    targets(team, &found, &mut findings);
    types(&found, &mut findings);
    phases(team, &found, &mut findings);
    loops(&found, &mut findings);
    writers(team, &found, &mut findings);
    unreachable(team, &found, &mut findings);
    for error in &found.unreadable {
        let message = format!("this example of a message cannot be read: {}", visible(&error.value));
        findings.push(finding(UNREADABLE, &error.place, message, "correct the example: agents copy it"));
    }
    findings.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
    findings.dedup_by(|one, other| one.sort_key() == other.sort_key());
    findings
}

fn finding(rule: &str, place: &Place, message: impl Into<String>, help: &str) -> Finding {
    Finding::new(rule, Severity::Warning, place.clone(), message).with_help(help)
}

fn shown(text: &str) -> String {
    truncate_end(&visible(text), 80)
}

/// True for what is outside the team, or a place for a name.
fn is_outside(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    OUTSIDE.contains(&lower.as_str())
        || name.contains(['[', '<', '{', '|', '$', '/', '@'])
        || name.contains("...")
        || lower.contains("user")
        || lower.starts_with("all ")
}

/// True when somebody of the repository's team goes by a name: in the roster, or with instructions of their own.
fn is_known(team: &Team, name: &str) -> bool {
    let wanted = Name::new(name);
    !matches!(team.agent(name), Match::None)
        || team.strangers.iter().any(|stranger| Name::new(&stranger.value).is_like(&wanted))
        || team.documents.iter().any(|document| {
            matches!(&document.role, Role::Agent(folder) if Name::new(&folder.replace('-', " ")).is_like(&wanted))
        })
}

fn targets(team: &Team, found: &Coordination, findings: &mut Vec<Finding>) {
    // With fewer there is nothing to hold a name against.
    if team.agents.len() < 2 || !team.left_out.is_empty() {
        return;
    }
    for message in &found.messages {
        for (end, name) in
            std::iter::once(("comes from", &message.from)).chain(message.to.iter().map(|to| ("goes to", to)))
        {
            if !is_outside(&name.value) && !is_known(team, &name.value) {
                let words = format!("this {end} `{}`, and the team has no such agent", shown(&name.value));
                let help = "use the name of one of the team's agents, or introduce the agent";
                findings.push(finding(UNKNOWN_TARGET, &name.place, words, help));
            }
        }
    }
    for step in &found.unknown_steps {
        if !is_outside(&step.value) && !is_known(team, &step.value) {
            let words =
                format!("a step of this chain is `{}`, and the team has no such agent", shown(&step.value));
            let help = "use the name of one of the team's agents, or introduce the agent";
            findings.push(finding(UNKNOWN_TARGET, &step.place, words, help));
        }
    }
}

fn types(found: &Coordination, findings: &mut Vec<Finding>) {
    for (path, known) in &found.types {
        for kind in found.messages.iter().filter_map(|message| message.kind.as_ref()) {
            let is_declared = known.iter().any(|known| known.eq_ignore_ascii_case(kind.value.trim()));
            if kind.place.path == *path && !is_declared && !is_outside(&kind.value) {
                let list = shown(&known.join("`, `"));
                let words = format!("`{}` is none of the message types above: `{list}`", shown(&kind.value));
                findings.push(finding(
                    UNDECLARED_TYPE,
                    &kind.place,
                    words,
                    "declare the type, or use another",
                ));
            }
        }
    }
}

fn phases(team: &Team, found: &Coordination, findings: &mut Vec<Finding>) {
    let numbers: BTreeSet<u32> = team.phases.iter().filter_map(|phase| phase.number).collect();
    let is_unknown = |number: u32| numbers.len() >= 2 && !numbers.contains(&number);
    for dependency in &found.dependencies {
        let (phase, on) = (dependency.phase, dependency.on.value);
        let words = if on == phase {
            format!("phase {phase} waits for itself")
        } else if is_unknown(on) {
            format!("phase {phase} waits for phase {on}, and there is none")
        } else if on > phase {
            format!("phase {phase} waits for phase {on}, which comes after it")
        } else {
            continue;
        };
        findings.push(finding(
            INCONSISTENT_PHASE,
            &dependency.on.place,
            words,
            "name the phase that comes before",
        ));
    }
    for phase in found.messages.iter().filter_map(|message| message.phase.as_ref()) {
        if is_unknown(phase.value) && phase.value > 0 {
            let words = format!("this is sent in phase {}, and there is none", phase.value);
            findings.push(finding(INCONSISTENT_PHASE, &phase.place, words, "use the number of a phase"));
        }
    }
    for phase in &found.both_ways {
        let words = format!(
            "phase {} is parallel in one place and sequential in another of this document",
            phase.value
        );
        findings.push(finding(INCONSISTENT_PHASE, &phase.place, words, "say the same in both places"));
    }
}

fn loops(found: &Coordination, findings: &mut Vec<Finding>) {
    for step in &found.loops {
        let words = format!("nothing ends this loop when it does not succeed: \"{}\"", shown(&step.value));
        let help = "say after how many rounds, and what happens then";
        findings.push(finding(UNBOUNDED_LOOP, &step.place, words, help));
    }
    let edges: Vec<&Message> = found.messages.iter().filter(|message| message.is_edge).collect();
    if let Some(first) = edges.iter().find(|edge| is_trapped(&edges, edge)) {
        let words = format!(
            "hand-offs from `{}` come back to it, and none leaves the circle",
            shown(&first.from.value)
        );
        let help = "add a hand-off to somebody outside, or say when or how often it happens";
        findings.push(finding(UNBOUNDED_LOOP, &first.from.place, words, help));
    }
}

/// True when everything that can be reached over hand-offs from here leads back here, without a condition on the way.
fn is_trapped(edges: &[&Message], start: &Message) -> bool {
    let plain = |name: &str| name.trim().to_lowercase();
    let mut next: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for edge in edges {
        let targets = edge.to.iter().map(|to| (plain(&to.value), edge.has_condition));
        next.entry(plain(&edge.from.value)).or_default().extend(targets);
    }
    let from = plain(&start.from.value);
    let reach = |from: &str| -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(here) = open.pop() {
            for (to, _) in next.get(&here).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        seen
    };
    let reached = reach(&from);
    reached.contains(&from)
        && reached.iter().all(|name| {
            reach(name).contains(&from)
                && next.get(name).is_some_and(|targets| targets.iter().all(|(_, condition)| !condition))
        })
}

fn writers(team: &Team, found: &Coordination, findings: &mut Vec<Finding>) {
    for (place, write) in found.writes.iter().enumerate() {
        let phase = team.phases.get(write.phase);
        if write.is_guarded || !phase.is_some_and(|phase| phase.parallel) {
            continue;
        }
        let other = found.writes.iter().take(place).find(|other| {
            other.phase == write.phase
                && other.agent != write.agent
                && other.target.value == write.target.value
        });
        let names = (other.and_then(|other| team.agents.get(other.agent)), team.agents.get(write.agent));
        if let (Some(other), Some(own)) = names {
            let words = format!(
                "`{}` and `{}` both write `{}` in a parallel phase, and no owner or lock is named",
                shown(&other.name),
                shown(&own.name),
                shown(&write.target.value)
            );
            let help = "give the file one owner in this phase, or say who holds its lock when";
            findings.push(finding(SHARED_WRITERS, &write.target.place, words, help));
        }
    }
}

/// Agents that the documents introduce and never put to work. Only where it is clear who works in every phase.
fn unreachable(team: &Team, found: &Coordination, findings: &mut Vec<Finding>) {
    let is_clear = team.phases.len() >= 2
        && team
            .phases
            .iter()
            .all(|phase| !phase.members.is_empty() || phase.rows.iter().any(|row| row.agent.is_some()))
        && team.left_out.is_empty();
    let sent = |place: usize| {
        let targets = found.messages.iter().flat_map(|message| &message.to);
        let is_all =
            |name: &str| matches!(name.to_lowercase().as_str(), "all" | "everyone" | "team" | "broadcast");
        let mut targets = targets.map(|to| to.value.as_str());
        targets.any(|name| is_all(name) || team.agent(name) == Match::One(place))
    };
    for (place, agent) in team.agents.iter().enumerate().filter(|_| is_clear) {
        let works = team.phases.iter().any(|phase| {
            phase.members.iter().any(|member| member.value == place)
                || phase.rows.iter().any(|row| row.agent == Some(place) || row.agent.is_none())
        });
        if !works && agent.active_in.is_empty() && !found.in_chains.contains(&place) && !sent(place) {
            let words = format!("`{}` is in no phase, and nobody hands it anything", shown(&agent.name));
            let help = "say in which phase it works, or who calls it when";
            findings.push(finding(UNREACHABLE, &agent.place, words, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::team::{self, File};
    use crate::base::RepoPath;

    const SPEC: &str = "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n";

    fn check_text(orchestration: &str) -> Vec<(String, u32, String)> {
        let paths = ["t/TEAM_SPEC.md", "t/ORCHESTRATION.md"].map(|path| RepoPath::new(path).expect("inside"));
        let files = [File { path: &paths[0], text: SPEC }, File { path: &paths[1], text: orchestration }];
        let team = team::read(&RepoPath::new("t").expect("inside"), &files);
        assert_eq!(team.agents.len(), 3, "{team:#?}");
        check(&team)
            .into_iter()
            .map(|found| (found.rule.clone(), found.place.line(), found.message))
            .collect()
    }

    fn rules(orchestration: &str) -> Vec<(String, u32)> {
        check_text(orchestration).into_iter().map(|(rule, line, _)| (rule, line)).collect()
    }

    const PHASES: &str = "# How\n\n## Phase 1: Plan (Sequential)\n\n### Coordinator\n- Plan\n\n## Phase 2: Build (Parallel)\n\n### Builder\n- Write src/a.ts\n\n### Reviewer\n- Write docs/b.md\n\n**Depends on:** Phase 1 plan.\n\n";

    #[test]
    fn a_team_in_order_has_no_findings() {
        let text = format!(
            "{PHASES}## Message Types\n\n| Type | Purpose |\n|---|---|\n| `TASK` | a |\n| `DONE` | b |\n\n## Message Format\n\n```yaml\ntype: TASK\nfrom: coordinator\nto: [builder, reviewer]\nphase: 2\n```\n\n```\nCoordinator → Builder → Reviewer\n```\n\n```\nPhase 1 (sequential): Coordinator\nPhase 2 (parallel): Builder + Reviewer\n```\n"
        );
        assert_eq!(check_text(&text), []);
    }

    #[test]
    fn messages_are_held_against_the_team() {
        let text = format!(
            "{PHASES}## Message Types\n\n| Type | Purpose |\n|---|---|\n| `TASK` | a |\n| `DONE` | b |\n\n## Message Format\n\n```yaml\ntype: ORDER\nfrom: coordinator\nto: deployer\nphase: 7\n```\n\n```yaml\ntype: TASK\nfrom: [agent-name]\nto: user\n```\n"
        );
        let first = u32::try_from(text.lines().position(|line| line == "type: ORDER").expect("there") + 1)
            .expect("few");
        assert_eq!(
            rules(&text),
            [
                (UNDECLARED_TYPE.to_owned(), first),
                (UNKNOWN_TARGET.to_owned(), first + 2),
                (INCONSISTENT_PHASE.to_owned(), first + 3)
            ]
        );
        let broken = "# How\n\n## Message Format\n\n```yaml\ntype: TASK\nto: a: b\n```\n";
        assert_eq!(rules(broken), [(UNREADABLE.to_owned(), 7)]);
        // Elsewhere an example may be anything.
        assert_eq!(rules("# How\n\n## Other\n\n```yaml\nto: a: b\n```\n"), []);
    }

    #[test]
    fn chains_name_agents() {
        assert_eq!(
            rules("# How\n\n```\nCoordinator → Builder → Deployer → Reviewer\n```\n"),
            [(UNKNOWN_TARGET.to_owned(), 4)]
        );
        assert_eq!(
            rules("# How\n\n```\nCoordinator → Builder\n→ Deployer → Reviewer\n```\n"),
            [(UNKNOWN_TARGET.to_owned(), 4)]
        );
        assert_eq!(
            rules(
                "# How\n\n```\n[Read plan] → [Write code] → [Send to Deployer]\nIdea → Plan → Product\n```\n"
            ),
            []
        );
    }

    #[test]
    fn phases_wait_for_what_comes_before() {
        for (on, words) in
            [("Phase 3", "comes after"), ("Phase 2", "itself"), ("Phase 9", "there is none"), ("Phase 1", "")]
        {
            let text = format!(
                "# How\n\n## Phase 1: Plan\n\nx\n\n## Phase 2: Build\n\n**Depends on:** {on} plan.\n\n## Phase 3: Test\n\nx\n"
            );
            let found = check_text(&text);
            assert_eq!(found.len(), usize::from(!words.is_empty()), "{on}: {found:?}");
            assert!(found.iter().all(|(rule, line, message)| rule == INCONSISTENT_PHASE
                && *line == 9
                && message.contains(words)));
        }
        let both = "# How\n\n```\nPhase 1 (parallel): Coordinator + Builder\n```\n\n## Phase 1: Plan (Sequential)\n\nx\n\n## Phase 2: Do (Sequential)\n\nx\n";
        assert_eq!(rules(both), [(INCONSISTENT_PHASE.to_owned(), 4)]);
    }

    #[test]
    fn loops_end() {
        let phase = |line: &str| {
            format!("# How\n\n## Phase 1: Review\n\n- Read\n- {line}\n\n## Phase 2: Ship\n\nx\n")
        };
        assert_eq!(
            rules(&phase("Re-review until all blockers are resolved")),
            [(UNBOUNDED_LOOP.to_owned(), 6)]
        );
        assert_eq!(rules(&phase("Re-review until all blockers are resolved (max 3 cycles)")), []);
        let edges = |exit: &str| {
            format!(
                "# How\n\n```yaml\nhandoffs:\n  - {{from: builder, to: reviewer}}\n  - {{from: reviewer, to: builder}}\n{exit}```\n"
            )
        };
        assert_eq!(rules(&edges("")), [(UNBOUNDED_LOOP.to_owned(), 5)]);
        assert_eq!(rules(&edges("  - {from: reviewer, to: coordinator}\n")), []);
        assert_eq!(rules(&edges("").replace("to: builder}", "to: builder, when: blockers}")), []);
    }

    #[test]
    fn everybody_is_put_to_work() {
        let without = PHASES.replace("### Reviewer", "### Builder");
        assert_eq!(rules(&without), [(UNREACHABLE.to_owned(), 7)]);
        assert_eq!(rules(&format!("{without}```\nCoordinator → Builder → Reviewer\n```\n")), []);
        assert_eq!(rules(&format!("{without}```yaml\ntype: x\nfrom: builder\nto: reviewer\n```\n")), []);
        // Who builds is not said, so perhaps it does.
        assert_eq!(rules(&without.replace("### Builder\n", "### Somebody\n")), []);
    }

    #[test]
    fn one_file_has_one_writer_at_a_time() {
        let twice = PHASES.replace("docs/b.md", "src/a.ts");
        assert_eq!(rules(&twice), [(SHARED_WRITERS.to_owned(), 14)]);
        assert_eq!(rules(&twice.replace("(Parallel)", "(Sequential)")), []);
        assert_eq!(
            rules(&twice.replace("- Write src/a.ts\n\n### R", "- Write src/a.ts under a lock\n\n### R")),
            []
        );
    }
}
