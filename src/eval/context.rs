//! What an agent has before it is asked anything: its system prompt piece by piece, the tools on offer, and what they read.
//!
//! The pieces are those of the loads model. A client's own prompt and its built-in tools are not in the repository and not
//! sent: what is tested is the repository's part.

use crate::agent::mcp::listing::recorded;
use crate::agent::{AgentFile, Effect, Kind, PartName, Repo, loads, read};
use crate::base::tree::BlobId;
use crate::base::{Client, RepoPath, Tree};
use crate::case::{Case, Target};
use crate::chat::{SystemPart, Tool};
use crate::cost::always_loaded::choose_model;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

/// Larger files are not sent, in bytes.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// The tool that reads a skill.
pub const SKILL_TOOL: &str = "Skill";
/// The tool that reads a file beside a skill.
pub const READ_TOOL: &str = "Read";
/// The tool that hands an errand to a sub-agent.
pub const TASK_TOOL: &str = "Task";

/// What an agent has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// The model its file or the client's settings name.
    pub model: Option<String>,
    /// Its system prompt.
    pub system: Vec<SystemPart>,
    /// Tools that are ours to answer: `Skill`, `Read`, `Task`.
    pub tools: Vec<Tool>,
    /// Its skills by name: the file.
    pub skills: BTreeMap<String, RepoPath>,
    /// The sub-agents it can hand an errand to, by name: the file.
    pub agents: BTreeMap<String, RepoPath>,
    /// The client, for the sub-agents.
    pub client: Option<Client>,
    /// The folder, for the sub-agents.
    pub folder: RepoPath,
}

/// Makes contexts, each once.
pub struct Contexts<'a> {
    tree: &'a dyn Tree,
    repo: &'a Repo,
    clients: &'a [Client],
    known: Mutex<BTreeMap<Asked, Result<Arc<Context>, String>>>,
    recorded: OnceLock<BTreeMap<String, Tool>>,
}

/// What a context was asked for: client, folder, sub-agent.
type Asked = (Client, RepoPath, Option<RepoPath>);

impl<'a> Contexts<'a> {
    /// From a revision and the clients it is judged for.
    pub fn new(tree: &'a dyn Tree, repo: &'a Repo, clients: &'a [Client]) -> Self {
        Self { tree, repo, clients, known: Mutex::default(), recorded: OnceLock::new() }
    }

    /// The context of a case.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of_case(&self, case: &Case) -> Result<Arc<Context>, String> {
        match &case.target {
            Target::Model { system } => {
                let part = SystemPart { source: "system".to_owned(), text: system.clone() };
                let system = if system.is_empty() { Vec::new() } else { vec![part] };
                Ok(Arc::new(Context { system, ..Context::default() }))
            }
            Target::Client { client, folder, agent } => {
                let client = client.or_else(|| self.clients.first().copied()).ok_or(
                    "no client reads anything here; name one with `client` in the settings of the case",
                )?;
                self.of_agent(client, folder, agent.as_ref())
            }
        }
    }

    /// The context of a client's main agent, or of a sub-agent.
    ///
    /// # Errors
    /// When the sub-agent has no file, or a file cannot be read.
    pub fn of_agent(
        &self,
        client: Client,
        folder: &RepoPath,
        agent: Option<&RepoPath>,
    ) -> Result<Arc<Context>, String> {
        let asked = (client, folder.clone(), agent.cloned());
        if let Ok(known) = self.known.lock()
            && let Some(found) = known.get(&asked)
        {
            return found.clone();
        }
        let made = self.make(client, folder, agent).map(Arc::new);
        if let Ok(mut known) = self.known.lock() {
            known.insert(asked, made.clone());
        }
        made
    }

    fn make(&self, client: Client, folder: &RepoPath, agent: Option<&RepoPath>) -> Result<Context, String> {
        let mut context = Context {
            model: Some(choose_model(client, self.repo).model),
            client: Some(client),
            folder: folder.clone(),
            ..Context::default()
        };
        if let Some(path) = agent {
            let file = self.repo.get(path).ok_or_else(|| format!("there is no agent file {path}"))?;
            context.system.push(self.part(path, PartName::Body, None)?);
            if let Some(model) = file.declares.model.as_deref().filter(|model| *model != "inherit") {
                context.model = Some(model.to_owned());
            }
        }
        for load in loads(client, folder, self.repo) {
            let cut = match load.effect {
                Effect::Loaded => None,
                Effect::Truncated { bytes } => Some(bytes),
                _ => continue,
            };
            let Some(file) = self.repo.get(&load.path) else { continue };
            // A sub-agent gets the project's instructions and its own prompt, not the client's listing.
            if file.kind == Kind::Mcp || (agent.is_some() && load.part == PartName::Listing) {
                continue;
            }
            if load.part == PartName::Listing {
                match file.kind {
                    Kind::Skill if !file.declares.hidden_from_model => {
                        context.skills.insert(skill_name(file), load.path.clone());
                    }
                    Kind::SubAgent => {
                        let name = file.declares.name.clone().unwrap_or_else(|| stem(&load.path));
                        context.agents.insert(name, load.path.clone());
                    }
                    _ => {}
                }
            }
            context.system.push(self.part(&load.path, load.part, cut)?);
        }
        context.tools = own_tools(&context);
        Ok(context)
    }

    fn part(&self, path: &RepoPath, part: PartName, cut: Option<u64>) -> Result<SystemPart, String> {
        let text = self.text(path, part)?;
        let source =
            if part == PartName::Whole { path.to_string() } else { format!("{path} ({})", part.name()) };
        let Some(bytes) = cut else { return Ok(SystemPart { source, text }) };
        let at = text.floor_char_boundary(usize::try_from(bytes).unwrap_or(usize::MAX));
        Ok(SystemPart { source, text: text.get(..at).unwrap_or_default().to_owned() })
    }

    /// The text of a part of an agent file as a client sends it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn text(&self, path: &RepoPath, part: PartName) -> Result<String, String> {
        let kind = self.repo.get(path).map_or(Kind::Other, |file| file.kind);
        let bytes = self.tree.read(path, MAX_FILE_BYTES).map_err(|error| error.to_string())?;
        let file = read(path, kind, BlobId([0; 20]), &bytes);
        if file.text.is_none() {
            return Err(format!("{path} is not UTF-8"));
        }
        Ok(file.part(part).into_owned())
    }

    /// A tool of an MCP server, `mcp__server__tool`, as the recorded list of the server describes it.
    pub fn recorded_tool(&self, name: &str) -> Option<&Tool> {
        let known = self.recorded.get_or_init(|| {
            let text = |value: &Value, key: &str| {
                value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let listings = recorded(self.tree).into_iter().filter_map(|recorded| recorded.listing.ok());
            let tools = listings.flat_map(|listing| {
                let named = listing.tools.iter().map(|tool| Tool {
                    name: format!("mcp__{}__{}", listing.server, text(tool, "name")),
                    description: text(tool, "description"),
                    input_schema: tool
                        .get("inputSchema")
                        .cloned()
                        .unwrap_or_else(|| json!({"type": "object"})),
                });
                named.collect::<Vec<Tool>>()
            });
            tools.map(|tool| (tool.name.clone(), tool)).collect()
        });
        known.get(name)
    }

    /// A file beside a skill, for the `Read` tool.
    ///
    /// # Errors
    /// When there is none, or it is no text.
    pub fn file(&self, path: &RepoPath) -> Result<String, String> {
        let bytes = self.tree.read(path, MAX_FILE_BYTES).map_err(|error| error.to_string())?;
        String::from_utf8(bytes.to_vec()).map_err(|_bytes| format!("{path} is no text"))
    }
}

fn skill_name(file: &AgentFile) -> String {
    file.path.parent().name().to_owned()
}

fn stem(path: &RepoPath) -> String {
    path.name().trim_end_matches(".md").trim_end_matches(".agent").to_owned()
}

/// The tools that follow from what the agent has. Their words are ours and fixed: a client's own are not published.
fn own_tools(context: &Context) -> Vec<Tool> {
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let mut tools = Vec::new();
    if !context.skills.is_empty() {
        tools.push(Tool {
            name: READ_TOOL.to_owned(),
            description:
                "Reads a file that a skill refers to. The path is relative to the root of the repository."
                    .to_owned(),
            input_schema: object(json!({"path": {"type": "string"}}), &["path"]),
        });
        tools.push(Tool {
            name: SKILL_TOOL.to_owned(),
            description: "Reads the instructions of one of the skills in your list. Use it before you do what a skill is for."
                .to_owned(),
            input_schema: object(json!({"skill": {"type": "string"}}), &["skill"]),
        });
    }
    if !context.agents.is_empty() {
        tools.push(Tool {
            name: TASK_TOOL.to_owned(),
            description: "Hands an errand to one of the agents in your list and returns what it answers."
                .to_owned(),
            input_schema: object(
                json!({"agent": {"type": "string"}, "prompt": {"type": "string"}}),
                &["agent", "prompt"],
            ),
        });
    }
    tools
}
