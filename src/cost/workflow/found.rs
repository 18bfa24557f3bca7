//! Workflows of a repository: those its configuration names, else those that follow from its files.

use super::defaults::{self, Role};
use super::{Behaviour, Phase, Piece, Sent, Step, Workflow};
use crate::agent::loads::readers::readers;
use crate::agent::{AgentFile, Effect, Kind, PartName, Repo, loads};
use crate::base::{Client, RepoPath};
use crate::config::CostConfig;
use crate::config::cost::{RawBehaviour, RawPhase, RawStep, RawWorkflow};
use crate::cost::always_loaded::{Scales, choose_model};
use crate::cost::assumed::{Assumed, Origin};
use crate::cost::tokens::Weight;
use crate::cost::tools::ServerWeight;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Sub-agents of one default workflow that are told apart; real repositories have up to a few hundred.
const MAX_SUB_AGENTS: usize = 2_000;

/// What workflows are made from.
pub struct Source<'a> {
    /// What is said about cost.
    pub config: &'a CostConfig,
    /// The agent files.
    pub repo: &'a Repo,
    /// Their weights.
    pub scales: &'a dyn Scales,
    /// The clients to judge for.
    pub clients: &'a [Client],
    /// What the tools of servers weigh, as far as it is recorded.
    pub tools: &'a BTreeMap<String, ServerWeight>,
}

/// The workflows of a revision by the rules of `docs/cost.md`: those the configuration names; else one for each
/// client, and one for each folder of sub-agents that no client reads from the root (a plugin).
pub fn workflows(source: &Source<'_>) -> Vec<Workflow> {
    let chains = Chains { source, known: std::cell::RefCell::new(BTreeMap::new()) };
    if !source.config.workflows.is_empty() {
        let declared = source.config.workflows.iter();
        return declared.map(|(name, workflow)| chains.declared(name, workflow)).collect();
    }
    let mut found: Vec<Workflow> =
        source.clients.iter().filter_map(|client| chains.of_client(*client)).collect();
    found.extend(chains.of_plugins());
    found
}

struct Chains<'a> {
    source: &'a Source<'a>,
    known: std::cell::RefCell<BTreeMap<Client, Vec<Sent>>>,
}

impl Chains<'_> {
    /// What a client sends with every call of a task at the root.
    fn chain(&self, client: Client) -> Vec<Sent> {
        if let Some(known) = self.known.borrow().get(&client) {
            return known.clone();
        }
        let chain = self.read_chain(client);
        self.known.borrow_mut().insert(client, chain.clone());
        chain
    }

    fn read_chain(&self, client: Client) -> Vec<Sent> {
        let source = self.source;
        let prompt = defaults::system_prompt(client);
        let mut sent = vec![Sent {
            piece: Piece::Client { what: "system prompt".to_owned() },
            weight: same_everywhere(prompt.value),
            probability: Assumed { value: Decimal::ONE, origin: prompt.origin },
            late: false,
        }];
        let trigger = match source.config.assumptions.behaviour.skill_trigger {
            Some(share) => {
                Assumed::declared(share, source.config.place(&["assumptions", "behaviour", "skill_trigger"]))
            }
            None => defaults::skill_trigger(),
        };
        for load in loads(client, &RepoPath::root(), source.repo) {
            let kind = source.repo.get(&load.path).map(|file| file.kind);
            let (weight, late) = match load.effect {
                Effect::Loaded => (source.scales.weigh(&load.path, load.part), false),
                Effect::Truncated { bytes } => (source.scales.weigh_prefix(&load.path, bytes), false),
                Effect::OnDemand { .. } if kind == Some(Kind::Skill) && load.part == PartName::Body => {
                    (source.scales.weigh(&load.path, load.part), true)
                }
                _ => continue,
            };
            if kind == Some(Kind::Mcp) {
                continue;
            }
            let probability = if late { trigger.clone() } else { always() };
            let piece = Piece::File { path: load.path, part: load.part.name().to_owned() };
            sent.push(Sent { piece, weight, probability, late });
        }
        for file in source.repo.files().filter(|file| file.kind == Kind::Mcp) {
            if !file.path.parent().is_root() && !file.path.parent().name().starts_with('.')
                || !readers(&file.path, file.kind).contains(&client)
            {
                continue;
            }
            for name in &file.declares.servers {
                let tools = if let Some(recorded) = source.tools.get(name) {
                    recorded.assumed(client)
                } else {
                    let tools = defaults::server_tools(client);
                    Assumed { value: same_everywhere(tools.value), origin: tools.origin }
                };
                sent.push(Sent {
                    piece: Piece::Server { name: name.clone(), path: file.path.clone() },
                    weight: tools.value,
                    probability: Assumed { value: Decimal::ONE, origin: tools.origin },
                    late: false,
                });
            }
        }
        sent
    }

    fn declared(&self, name: &str, workflow: &RawWorkflow) -> Workflow {
        let config = self.source.config;
        let at = |rest: &[&str]| {
            let mut path = vec!["workflows", name];
            path.extend(rest);
            config.place(&path)
        };
        let client = workflow
            .client
            .as_deref()
            .and_then(Client::from_name)
            .or_else(|| self.source.clients.first().copied())
            .unwrap_or(Client::ClaudeCode);
        let runs_per_month = workflow.runs_per_month.map_or_else(
            || self.runs(),
            |runs| Assumed::declared(defaults::spread(runs), at(&["runs_per_month"])),
        );
        let mut unread = Vec::new();
        let mut phase_of = |name: String, iterations, steps: &[RawStep], prefix: &[&str]| Phase {
            name,
            iterations,
            steps: steps
                .iter()
                .enumerate()
                .map(|(index, step)| {
                    let index = index.to_string();
                    let place = |key: &str| {
                        let mut path = prefix.to_vec();
                        path.extend(["steps", &index, key]);
                        at(&path)
                    };
                    self.step(step, client, &place, &mut unread)
                })
                .collect(),
        };
        let phases: Vec<Phase> = if workflow.phases.is_empty() {
            // Steps follow each other; that matters for time, not for money.
            vec![phase_of("steps".to_owned(), always(), &workflow.steps, &[])]
        } else {
            let phases = workflow.phases.iter().enumerate();
            phases
                .map(|(index, phase): (usize, &RawPhase)| {
                    let index = index.to_string();
                    let iterations = phase.iterations.map_or_else(always, |iterations| {
                        Assumed::declared(iterations, at(&["phases", &index, "iterations"]))
                    });
                    phase_of(phase.name.clone(), iterations, &phase.steps, &["phases", &index])
                })
                .collect()
        };
        Workflow { name: name.to_owned(), source: at(&[]), runs_per_month, phases, unread }
    }

    fn step(
        &self,
        step: &RawStep,
        client: Client,
        place: &dyn Fn(&str) -> String,
        unread: &mut Vec<String>,
    ) -> Step {
        let client = step.client.as_deref().and_then(Client::from_name).unwrap_or(client);
        let file = self.agent_file(&step.agent);
        if file.is_none() {
            unread.push(format!(
                "{}: no file of an agent `{}` was found, so only what its client reads is sent",
                place("agent"),
                step.agent
            ));
        }
        let mut sent = self.chain(client);
        if let Some(share) = step.skill_trigger {
            for piece in sent.iter_mut().filter(|piece| piece.late) {
                piece.probability = Assumed::declared(share, place("skill_trigger"));
            }
        }
        sent.extend(file.map(|file| self.prompt_of(file)));
        let model = match &step.model {
            Some(model) => Assumed::declared(model.clone(), place("model")),
            None => self.model_of(file, client),
        };
        Step {
            agent: step.agent.clone(),
            client,
            model,
            sent,
            behaviour: self.behaviour(client, Role::Main, &step.behaviour(), place),
            parallel: step
                .parallel
                .map_or_else(one_at_a_time, |parallel| Assumed::declared(parallel, place("parallel"))),
            retries: step
                .retries
                .map_or_else(no_retries, |retries| Assumed::declared(retries, place("retries"))),
            probability: step
                .probability
                .map_or_else(always, |share| Assumed::declared(share, place("probability"))),
        }
    }

    fn behaviour(
        &self,
        client: Client,
        role: Role,
        own: &RawBehaviour,
        place: &dyn Fn(&str) -> String,
    ) -> Behaviour {
        let config = self.source.config;
        let general = |key: &str| config.place(&["assumptions", "behaviour", key]);
        Behaviour::Turns(defaults::behaviour(client, role, own, place, &config.assumptions, &general))
    }

    /// The file of an agent by its name: what the file declares, what it or its folder is called.
    fn agent_file(&self, name: &str) -> Option<&AgentFile> {
        let files = || self.source.repo.files();
        let sub_agents = || files().filter(|file| file.kind == Kind::SubAgent);
        sub_agents()
            .find(|file| file.declares.name.as_deref() == Some(name))
            .or_else(|| sub_agents().find(|file| stem(&file.path) == name))
            .or_else(|| files().find(|file| file.kind == Kind::AgentsMd && file.path.parent().name() == name))
    }

    /// An agent's own prompt.
    fn prompt_of(&self, file: &AgentFile) -> Sent {
        let part = if file.parts.contains(&PartName::Body) { PartName::Body } else { PartName::Whole };
        Sent {
            piece: Piece::File { path: file.path.clone(), part: part.name().to_owned() },
            weight: self.source.scales.weigh(&file.path, part),
            probability: always(),
            late: false,
        }
    }

    fn model_of(&self, file: Option<&AgentFile>, client: Client) -> Assumed<String> {
        let own = file.and_then(|file| {
            let model = file.declares.model.as_deref().filter(|model| *model != "inherit")?;
            Some(Assumed::declared(model.to_owned(), file.path.to_string()))
        });
        own.unwrap_or_else(|| {
            let chosen = choose_model(client, self.source.repo);
            Assumed { value: chosen.model, origin: Origin::Default { source: chosen.reason } }
        })
    }

    /// The default workflow of a client: one run of its main agent, with one errand among its sub-agents.
    fn of_client(&self, client: Client) -> Option<Workflow> {
        let sent = self.chain(client);
        let nothing = |_: &str| String::new();
        let own = RawBehaviour::default();
        // An agent that the client skips gets no errands.
        let unread: BTreeSet<RepoPath> = loads(client, &RepoPath::root(), self.source.repo)
            .into_iter()
            .filter(|load| matches!(load.effect, Effect::Skipped { .. } | Effect::Shadowed { .. }))
            .map(|load| load.path)
            .collect();
        let agents: Vec<&AgentFile> = self
            .source
            .repo
            .files()
            .filter(|file| file.kind == Kind::SubAgent && is_project_agent(&file.path))
            .filter(|file| readers(&file.path, file.kind).contains(&client))
            .filter(|file| !unread.contains(&file.path))
            .take(MAX_SUB_AGENTS)
            .collect();
        let reads_files = sent.iter().any(|sent| !matches!(sent.piece, Piece::Client { .. }));
        if !reads_files && agents.is_empty() {
            return None;
        }
        let main = Step {
            agent: "main agent".to_owned(),
            client,
            model: self.model_of(None, client),
            sent,
            behaviour: self.behaviour(client, Role::Main, &own, &nothing),
            parallel: one_at_a_time(),
            retries: no_retries(),
            probability: always(),
        };
        let mut phases = vec![Phase { name: "task".to_owned(), iterations: always(), steps: vec![main] }];
        if !agents.is_empty() {
            phases.push(self.errands(client, &agents));
        }
        Some(Workflow {
            name: client.name().to_owned(),
            source: "default".to_owned(),
            runs_per_month: self.runs(),
            phases,
            unread: Vec::new(),
        })
    }

    fn runs(&self) -> Assumed<crate::cost::assumed::Spread> {
        let config = self.source.config;
        match config.assumptions.runs_per_month {
            Some(runs) => {
                Assumed::declared(defaults::spread(runs), config.place(&["assumptions", "runs_per_month"]))
            }
            None => defaults::runs_per_month(),
        }
    }

    /// One errand a run, as likely for each agent as for the others.
    fn errands(&self, client: Client, agents: &[&AgentFile]) -> Phase {
        let count = Decimal::from(agents.len());
        let share = (Decimal::ONE / count).round_dp(9);
        let nothing = |_: &str| String::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let steps = agents.iter().map(|file| {
            let mut agent = file.declares.name.clone().unwrap_or_else(|| stem(&file.path).to_owned());
            let seen = names.entry(agent.clone()).or_default();
            *seen += 1;
            if *seen > 1 {
                agent = file.path.to_string();
            }
            let mut sent = vec![self.prompt_of(file)];
            // A sub-agent gets the instructions of the project and its own prompt, not the client's listing.
            sent.extend(self.chain(client).into_iter().filter(|sent| is_instruction(&sent.piece)));
            Step {
                agent,
                client,
                model: self.model_of(Some(file), client),
                sent,
                behaviour: self.behaviour(client, Role::SubAgent, &RawBehaviour::default(), &nothing),
                parallel: one_at_a_time(),
                retries: no_retries(),
                probability: Assumed::default(share, "one errand a run, spread evenly over the sub-agents"),
            }
        });
        Phase { name: "errands".to_owned(), iterations: always(), steps: steps.collect() }
    }

    /// One workflow for each plugin with sub-agents: they are in force where the plugin is installed, not here.
    fn of_plugins(&self) -> Vec<Workflow> {
        let mut plugins: BTreeMap<RepoPath, Vec<&AgentFile>> = BTreeMap::new();
        let agents = self.source.repo.files().filter(|file| file.kind == Kind::SubAgent);
        for file in agents.filter(|file| !is_project_agent(&file.path)).take(MAX_SUB_AGENTS) {
            plugins.entry(file.path.parent().parent()).or_default().push(file);
        }
        let client = self.source.clients.first().copied().unwrap_or(Client::ClaudeCode);
        plugins
            .into_iter()
            .map(|(folder, agents)| Workflow {
                name: if folder.is_root() { "agents".to_owned() } else { folder.to_string() },
                source: "default: one errand a run among the sub-agents of this folder".to_owned(),
                runs_per_month: self.runs(),
                phases: vec![self.errands(client, &agents)],
                unread: Vec::new(),
            })
            .collect()
    }
}

fn is_instruction(piece: &Piece) -> bool {
    matches!(piece, Piece::File { path, .. }
        if matches!(path.name(), "CLAUDE.md" | "AGENTS.md" | "GEMINI.md" | "CLAUDE.local.md" | "AGENTS.override.md"))
        || matches!(piece, Piece::Client { .. })
}

/// True below `.claude/agents` and its like at the root: in force for every task here.
fn is_project_agent(path: &RepoPath) -> bool {
    path.parts().next().is_some_and(|first| first.starts_with('.'))
}

/// The name of a file without its endings.
fn stem(path: &RepoPath) -> &str {
    path.name().split('.').next().unwrap_or("")
}

fn one_at_a_time() -> Assumed<u32> {
    Assumed::default(1, "one at a time")
}

fn no_retries() -> Assumed<Decimal> {
    Assumed::default(Decimal::ZERO, "no retries")
}

fn always() -> Assumed<Decimal> {
    Assumed::default(Decimal::ONE, "always")
}

/// A count that is not known in any one tokenizer.
const fn same_everywhere(tokens: u64) -> Weight {
    Weight { bytes: 0, o200k: tokens, claude_v3: tokens, claude_v48: tokens, gemini: tokens }
}
