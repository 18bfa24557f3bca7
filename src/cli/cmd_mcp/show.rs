//! What servers offer, for people and as JSON. All of it is text of somebody else.

use super::super::args::McpCommand;
use super::super::error::CliError;
use super::{Asked, Outcome};
use crate::agent::mcp::listing::key;
use crate::agent::mcp::{Difference, Listing, What};
use crate::base::text::{plural, truncate_end, visible};
use crate::base::{Client, Count, Family};
use crate::cost::tokens::default_family;
use crate::cost::tools::{ServerWeight, weigh_tool};
use anyhow::Context as _;
use std::fmt::Write as _;

const FAMILIES: [Family; 4] = [Family::O200k, Family::ClaudeV3, Family::ClaudeV48, Family::Gemini];
/// Characters of a name or a description that are shown.
const SHOWN: usize = 300;
/// Rows of tools of one server that are shown to people.
const MAX_ROWS: usize = 200;

/// For people.
pub(super) fn text(asked: &[Asked], command: &McpCommand) -> String {
    let mut out = String::new();
    for one in asked {
        let place = format!("{}:{}", one.server.place.path, one.server.place.line());
        let _infallible = write!(out, "{} ({})  ", name(&one.server.name), visible(&place));
        match &one.outcome {
            Outcome::Refused(reason) => {
                let _infallible = writeln!(out, "not started: {}", visible(reason));
            }
            Outcome::Failed(reason) => {
                let _infallible = writeln!(out, "FAILED: {}", visible(reason));
            }
            Outcome::Listed(listing) => listed(&mut out, one, listing, command),
        }
        for remark in &one.remarks {
            let _infallible = writeln!(out, "  {}", visible(remark));
        }
        for difference in one.drift.iter().flatten() {
            changed(&mut out, difference);
        }
        out.push('\n');
    }
    if asked.is_empty() {
        out.push_str("no file here configures an MCP server\n");
    }
    out
}

fn name(text: &str) -> String {
    visible(&truncate_end(text, 80))
}

fn offers(listing: &Listing) -> String {
    let mut words = vec![plural(listing.tools.len(), "tool", "tools")];
    for (items, one, many) in [
        (&listing.prompts, "prompt", "prompts"),
        (&listing.resources, "resource", "resources"),
        (&listing.templates, "resource template", "resource templates"),
    ] {
        if !items.is_empty() {
            words.push(plural(items.len(), one, many));
        }
    }
    format!("{}; protocol {}", words.join(", "), name(&listing.protocol))
}

fn listed(out: &mut String, one: &Asked, listing: &Listing, command: &McpCommand) {
    let _infallible = writeln!(out, "{}", offers(listing));
    if !matches!(command, McpCommand::List(_)) {
        return;
    }
    let weights: Vec<(String, [Count; 4])> = listing
        .tools
        .iter()
        .map(|tool| (name(key(tool)), FAMILIES.map(|family| weigh_tool(tool).count(family))))
        .collect();
    let width = weights.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(4).max(9);
    let row = |out: &mut String, name: &str, cells: [String; 4]| {
        let _infallible = write!(out, "  {name:width$}");
        for cell in cells {
            let _infallible = write!(out, "  {cell:>11}");
        }
        out.push('\n');
    };
    row(out, "tool", FAMILIES.map(|family| family.name().to_owned()));
    for (name, counts) in weights.iter().take(MAX_ROWS) {
        row(out, name, counts.map(|count| count.to_string()));
    }
    if weights.len() > MAX_ROWS {
        let _infallible = writeln!(out, "  and {} more; all are in --format json", weights.len() - MAX_ROWS);
    }
    let whole = ServerWeight::of(listing, one.server.always_load, String::new());
    row(out, "all", FAMILIES.map(|family| whole.full.count(family).to_string()));
    for (client, count, how) in clients(&whole) {
        let _infallible = writeln!(out, "  {}: {count} tokens with every call ({how})", client.title());
    }
}

/// What each client that can be configured here sends with every call.
fn clients(whole: &ServerWeight) -> Vec<(Client, Count, &'static str)> {
    [Client::ClaudeCode, Client::Codex, Client::Copilot, Client::Cursor, Client::GeminiCli]
        .into_iter()
        .map(|client| {
            let how = match client {
                Client::ClaudeCode if whole.always_load => "schemas and instructions, cut at 2 KB each",
                Client::ClaudeCode => "names and instructions; schemas when a tool is needed",
                _ => "schemas and instructions",
            };
            (client, whole.sent_by(client).count(default_family(client)), how)
        })
        .collect()
}

fn changed(out: &mut String, difference: &Difference) {
    let mark = if difference.is_drift() { "!" } else { "-" };
    let _infallible = writeln!(out, "  {mark} {}", visible(&difference.words()));
    if let What::Description { before, after } = &difference.what {
        let _infallible = writeln!(out, "      before: {}", visible(&truncate_end(before, SHOWN)));
        let _infallible = writeln!(out, "      now:    {}", visible(&truncate_end(after, SHOWN)));
    }
}

/// For programs.
pub(super) fn json(asked: &[Asked]) -> Result<String, CliError> {
    let servers: Vec<serde_json::Value> = asked.iter().map(server).collect();
    let value = serde_json::json!({ "servers": servers });
    let text = serde_json::to_string_pretty(&value).context("the result as JSON")?;
    Ok(format!("{text}\n"))
}

fn server(one: &Asked) -> serde_json::Value {
    let (outcome, reason, listing) = match &one.outcome {
        Outcome::Refused(reason) => ("not-started", Some(reason), None),
        Outcome::Failed(reason) => ("failed", Some(reason), None),
        Outcome::Listed(listing) => ("listed", None, Some(listing)),
    };
    let offer = listing.map(|listing| {
        let whole = ServerWeight::of(listing, one.server.always_load, String::new());
        let tools: Vec<serde_json::Value> = listing
            .tools
            .iter()
            .map(|tool| serde_json::json!({"name": key(tool), "tokens": weigh_tool(tool).counts(&FAMILIES)}))
            .collect();
        let clients: Vec<serde_json::Value> = clients(&whole)
            .into_iter()
            .map(|(client, count, how)| serde_json::json!({"client": client, "tokens": count, "how": how}))
            .collect();
        serde_json::json!({
            "protocol_version": listing.protocol,
            "server_info": listing.info,
            "instructions": listing.instructions.is_some(),
            "tools": tools,
            "prompts": listing.prompts.iter().map(key).collect::<Vec<_>>(),
            "resources": listing.resources.iter().map(key).collect::<Vec<_>>(),
            "resource_templates": listing.templates.iter().map(key).collect::<Vec<_>>(),
            "tokens": whole.full.counts(&FAMILIES),
            "clients": clients,
        })
    });
    serde_json::json!({
        "name": one.server.name,
        "client": one.server.client,
        "place": one.server.place,
        "outcome": outcome,
        "reason": reason,
        "offers": offer,
        "differences": one.drift,
        "remarks": one.remarks,
    })
}
