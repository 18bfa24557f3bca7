//! The loop between a model and its tools, as a state machine: it says what it wants to ask next and takes the answer.
//!
//! Tools answer from the fixtures of the case; `Skill`, `Read` and `Task` from the repository. A sub-agent is a conversation
//! on top of the one that called it.

use super::context::{Context, Contexts, READ_TOOL, SKILL_TOOL, TASK_TOOL};
use super::plan::Asked;
use crate::agent::PartName;
use crate::base::RepoPath;
use crate::base::text::thousands;
use crate::case::transcript::Event;
use crate::case::{Case, Transcript};
use crate::chat::{Call, Message, Reply, Request, Sampling, Stop, Tool, ToolResult};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;

/// Tool calls in one answer that are carried out; the rest get an error.
const MAX_CALLS: usize = 64;
/// Characters of a tool's answer that are sent back.
const MAX_RESULT_CHARS: usize = 200_000;
/// Characters of a text that a transcript keeps for the reader.
const MAX_SHOWN_CHARS: usize = 20_000;

/// One run of a case on its way.
pub struct Conversation<'a> {
    case: &'a Case,
    contexts: &'a Contexts<'a>,
    asked: Asked,
    prompts: VecDeque<String>,
    frames: Vec<Frame>,
    transcript: Transcript,
    calls: usize,
    fault: Option<String>,
}

/// One agent at work.
struct Frame {
    /// Its name; empty for the main agent.
    agent: String,
    context: Arc<Context>,
    tools: Vec<Tool>,
    messages: Vec<Message>,
    /// Calls of the last answer that are still to be carried out, and the results so far.
    open: VecDeque<Call>,
    results: Vec<ToolResult>,
}

/// Where a conversation is.
#[derive(Debug)]
pub enum Next {
    /// It wants to ask a model.
    Ask {
        /// The agent that asks; empty for the main one.
        agent: String,
        /// What.
        request: Box<Request>,
        /// Tool calls so far: an answer's calls are numbered on.
        calls: usize,
    },
    /// Everything is said.
    Done,
    /// It cannot go on.
    Stuck(String),
}

impl<'a> Conversation<'a> {
    /// Begins a run of a case.
    ///
    /// # Errors
    /// When the agent cannot be put together.
    pub fn new(case: &'a Case, contexts: &'a Contexts<'a>, asked: Asked) -> Result<Self, String> {
        let context = contexts.of_case(case)?;
        let mut prompts: VecDeque<String> = case.prompts.iter().cloned().collect();
        let first = prompts.pop_front().unwrap_or_default();
        let mut conversation = Self {
            case,
            contexts,
            asked,
            prompts,
            frames: Vec::new(),
            transcript: Transcript { cost: Some(rust_decimal::Decimal::ZERO), ..Transcript::default() },
            calls: 0,
            fault: None,
        };
        conversation.transcript.events.push(Event::User { text: kept(&first) });
        conversation.open(String::new(), context, first);
        Ok(conversation)
    }

    fn open(&mut self, agent: String, context: Arc<Context>, prompt: String) {
        let mut tools = context.tools.clone();
        for (name, fixture) in &self.case.tools {
            tools.retain(|tool| tool.name != *name);
            // What the case does not say of a tool, its MCP server does, where it was recorded.
            let known = self.contexts.recorded_tool(name);
            let description = fixture.description.clone().or_else(|| Some(known?.description.clone()));
            let schema = fixture.input_schema.clone().or_else(|| Some(known?.input_schema.clone()));
            tools.push(Tool {
                name: name.clone(),
                description: description.unwrap_or_default(),
                input_schema: schema.unwrap_or_else(|| serde_json::json!({"type": "object"})),
            });
        }
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        self.frames.push(Frame {
            agent,
            context,
            tools,
            messages: vec![Message::User { text: prompt }],
            open: VecDeque::new(),
            results: Vec::new(),
        });
    }

    /// What it wants next. Asking again without an answer in between gives the same.
    pub fn next(&self) -> Next {
        if let Some(fault) = self.fault.as_ref().filter(|_| !self.case.first_only) {
            return Next::Stuck(fault.clone());
        }
        let Some(frame) = self.frames.last() else { return Next::Done };
        if self.case.first_only && self.transcript.turns > 0 {
            return Next::Done;
        }
        if self.transcript.turns >= self.case.max_turns {
            return Next::Stuck(format!(
                "{} model calls were not enough; raise `max_turns` if that is right",
                self.case.max_turns
            ));
        }
        let model = match frame.agent.as_str() {
            "" => self.asked.clone(),
            // A sub-agent may have a model of its own; the case's model is that of the main agent.
            _ => self.asked.for_agent(frame.context.model.as_deref()),
        };
        let request = Request {
            provider: model.provider,
            api: model.api,
            model: model.model,
            system: frame.context.system.clone(),
            messages: frame.messages.clone(),
            tools: frame.tools.clone(),
            sampling: if frame.agent.is_empty() {
                self.case.sampling.clone()
            } else {
                Sampling { response_schema: None, ..self.case.sampling.clone() }
            },
        };
        Next::Ask { agent: frame.agent.clone(), request: Box::new(request), calls: self.calls }
    }

    /// What it asks first, which stands for the configuration.
    pub fn first_request(&self) -> Option<Request> {
        match self.next() {
            Next::Ask { request, .. } => Some(*request),
            Next::Done | Next::Stuck(_) => None,
        }
    }

    /// Takes an answer.
    pub fn answer(&mut self, reply: &Reply) {
        self.transcript.turns += 1;
        match reply.usage {
            Some(usage) => self.transcript.usage = self.transcript.usage.plus(usage),
            None => self.transcript.unmeasured += 1,
        }
        self.transcript.stop = Some(reply.stop);
        let Some(frame) = self.frames.last_mut() else { return };
        if !reply.text.is_empty() {
            self.transcript.events.push(Event::Agent { agent: frame.agent.clone(), text: kept(&reply.text) });
        }
        self.calls += reply.calls.len();
        frame.messages.push(Message::Assistant { text: reply.text.clone(), calls: reply.calls.clone() });
        if reply.calls.is_empty() {
            let said = reply.text.clone();
            self.finish(said);
        } else {
            frame.open = reply.calls.iter().cloned().collect();
            frame.results.clear();
        }
        self.work();
    }

    /// Adds what a run cost; `None` when that is not known.
    pub fn charge(&mut self, cost: Option<rust_decimal::Decimal>) {
        self.transcript.cost = self.transcript.cost.zip(cost).and_then(|(sum, cost)| sum.checked_add(cost));
    }

    /// Adds the time a call took, and how often it was sent again.
    pub fn waited(&mut self, milliseconds: u64, retries: u32) {
        self.transcript.latency_ms =
            Some(self.transcript.latency_ms.unwrap_or(0).saturating_add(milliseconds));
        self.transcript.retries = self.transcript.retries.saturating_add(retries);
    }

    /// What happened so far.
    pub fn transcript(self) -> Transcript {
        self.transcript
    }

    /// An agent has said its last word: the one that called it gets it, or the user goes on.
    fn finish(&mut self, said: String) {
        if self.frames.len() > 1 {
            self.frames.pop();
            if let Some(call) = self.frames.last_mut().and_then(|frame| frame.open.pop_front()) {
                let failed = matches!(self.transcript.stop, Some(Stop::Refusal));
                self.result(&call, said, failed);
            }
            return;
        }
        self.transcript.answer = said;
        match self.prompts.pop_front() {
            Some(prompt) => {
                self.transcript.events.push(Event::User { text: kept(&prompt) });
                if let Some(frame) = self.frames.last_mut() {
                    frame.messages.push(Message::User { text: prompt });
                }
            }
            None => self.frames.clear(),
        }
    }

    /// Carries out open calls until a model has to be asked.
    fn work(&mut self) {
        loop {
            let Some(frame) = self.frames.last_mut() else { return };
            let Some(call) = frame.open.front().cloned() else {
                if !frame.results.is_empty() {
                    let results = std::mem::take(&mut frame.results);
                    frame.messages.push(Message::Tools { results });
                }
                return;
            };
            if frame.results.len() >= MAX_CALLS {
                frame.open.pop_front();
                self.result(&call, format!("more than {MAX_CALLS} calls in one answer"), true);
                continue;
            }
            self.transcript.tools.push(call.name.clone());
            if call.name == TASK_TOOL && !self.case.tools.contains_key(TASK_TOOL) {
                match self.errand(&call) {
                    // The call stays open until the sub-agent has finished.
                    Ok(()) => return,
                    Err(reason) => self.drop_first(&call, reason, true),
                }
                continue;
            }
            match self.carry_out(&call) {
                Ok(result) => self.drop_first(&call, result, false),
                Err(Failed::Tool(reason)) => self.drop_first(&call, reason, true),
                Err(Failed::Case(fault)) => {
                    self.fault = Some(fault);
                    return;
                }
            }
        }
    }

    fn drop_first(&mut self, call: &Call, content: String, failed: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.open.pop_front();
        }
        self.result(call, content, failed);
    }

    fn result(&mut self, call: &Call, content: String, failed: bool) {
        let content = match content.char_indices().nth(MAX_RESULT_CHARS) {
            Some((at, _)) => content.get(..at).unwrap_or_default().to_owned(),
            None => content,
        };
        let Some(frame) = self.frames.last_mut() else { return };
        self.transcript.events.push(Event::Call {
            agent: frame.agent.clone(),
            tool: call.name.clone(),
            arguments: call.arguments.clone(),
            result: kept(&content),
            failed,
        });
        frame.results.push(ToolResult { call: call.id.clone(), name: call.name.clone(), content, failed });
    }

    /// Begins a sub-agent's errand.
    fn errand(&mut self, call: &Call) -> Result<(), String> {
        let wanted = text(&call.arguments, "agent");
        let prompt = text(&call.arguments, "prompt").to_owned();
        let frame = self.frames.last().ok_or("nobody calls")?;
        let Some(path) = frame.context.agents.get(wanted).cloned() else {
            let shown = shown(wanted);
            self.transcript.undeclared.push(format!("agent {shown}"));
            return Err(format!("there is no agent {shown}"));
        };
        let client = frame.context.client.ok_or("no client runs sub-agents here")?;
        let folder = frame.context.folder.clone();
        let context = self.contexts.of_agent(client, &folder, Some(&path))?;
        let name = wanted.to_owned();
        self.open(name, context, prompt);
        Ok(())
    }

    fn carry_out(&mut self, call: &Call) -> Result<String, Failed> {
        if let Some(fixture) = self.case.tools.get(&call.name) {
            let Some(reply) = fixture.replies.iter().find(|reply| reply.fits(&call.arguments)) else {
                return Err(Failed::Case(format!(
                    "the tool {} has no reply for {}; add one to the case",
                    shown(&call.name),
                    shown(&call.arguments.to_string())
                )));
            };
            return match (&reply.result, &reply.error) {
                (_, Some(error)) => Err(Failed::Tool(error.clone())),
                (Some(Value::String(text)), None) => Ok(text.clone()),
                (Some(value), None) => Ok(value.to_string()),
                (None, None) => Ok(String::new()),
            };
        }
        let offered =
            self.frames.last().is_some_and(|frame| frame.tools.iter().any(|tool| tool.name == call.name));
        match call.name.as_str() {
            SKILL_TOOL if offered => self.skill(text(&call.arguments, "skill")),
            READ_TOOL if offered => self.file(text(&call.arguments, "path")),
            _ => {
                let name = shown(&call.name);
                self.transcript.undeclared.push(format!("tool {name}"));
                Err(Failed::Tool(format!("there is no tool {name}")))
            }
        }
    }

    fn skill(&mut self, name: &str) -> Result<String, Failed> {
        let path = self.frames.last().and_then(|frame| frame.context.skills.get(name)).cloned();
        let Some(path) = path else {
            self.transcript.undeclared.push(format!("skill {}", shown(name)));
            return Err(Failed::Tool(format!("there is no skill {}", shown(name))));
        };
        if !self.transcript.skills.iter().any(|known| known == name) {
            self.transcript.skills.push(name.to_owned());
        }
        let body = self.contexts.text(&path, PartName::Body).map_err(Failed::Tool)?;
        Ok(format!("Base directory for this skill: {}\n\n{}", path.parent(), body.trim_start_matches('\n')))
    }

    /// Reads a file, but only inside the folder of a skill of this agent.
    fn file(&self, wanted: &str) -> Result<String, Failed> {
        let path =
            RepoPath::new(wanted).ok_or_else(|| Failed::Tool("the path leaves the repository".to_owned()))?;
        let skills = self.frames.last().map(|frame| &frame.context.skills);
        let allowed =
            skills.is_some_and(|skills| skills.values().any(|skill| path.is_within(&skill.parent())));
        if !allowed {
            return Err(Failed::Tool(format!("{} is in no folder of a skill", shown(wanted))));
        }
        self.contexts.file(&path).map_err(Failed::Tool)
    }
}

/// Why a call has no result.
enum Failed {
    /// The tool fails, and the model is told.
    Tool(String),
    /// The case is not complete.
    Case(String),
}

fn text<'v>(arguments: &'v Value, key: &str) -> &'v str {
    arguments.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A text as the reader gets it: assertions have seen the whole.
fn kept(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((at, _)) => {
            format!(
                "{} … ({} bytes in all)",
                text.get(..at).unwrap_or_default(),
                thousands(text.len() as u64)
            )
        }
        None => text.to_owned(),
    }
}

fn shown(text: &str) -> String {
    crate::base::text::truncate_end(&crate::base::text::visible(text), 120)
}
