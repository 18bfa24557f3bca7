//! What clients do with settings: those they cannot read, and the keys that count for nothing there.

use super::mcp::RELAXED;
use super::{Bench, Outcome, Reader, elsewhere};
use crate::agent::loads::readers::readers;
use crate::agent::mcp::jsonc;
use crate::agent::view::{Data, FileView, Node, Shape, shape};
use crate::base::{Client, Span};

/// The modes in which Claude Code can start.
pub(super) const MODES: [&str; 7] =
    ["default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan", "manual"];

/// Claude Code and Cursor read plain JSON; Gemini CLI reads comments, and no trailing commas; `OpenCode` reads both;
/// Codex reads TOML.
pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    for client in readers(view.path, view.kind) {
        let (error, why) = match view.data() {
            Data::Broken(error) => (error, "it cannot be read"),
            Data::Read(_, Some(error)) if matches!(client, Client::ClaudeCode | Client::Cursor) => {
                (error, RELAXED)
            }
            Data::Read(_, Some(error))
                if *client == Client::GeminiCli && jsonc::has_trailing_comma(view.text) =>
            {
                (error, "it has trailing commas, which are no JSON")
            }
            Data::Read(root, _) => {
                if view.path.name() != "hooks.json" {
                    elsewhere::judge(*client, root, bench);
                    if *client == Client::ClaudeCode {
                        claude_code(root, bench);
                    }
                }
                continue;
            }
            Data::None => continue,
        };
        let span = Some(Span::at(error.at.line, error.at.column));
        bench.say((Reader::Client(*client), Outcome::Rejected), "header", why, span, source(*client));
    }
}

/// Keys of `.claude/settings.json` whose values count for nothing.
fn claude_code(root: &Node, bench: &mut Bench) {
    let me = (Reader::Client(Client::ClaudeCode), Outcome::LoadsWithChanges);
    let from = source(Client::ClaudeCode);
    if let Some((key, _)) = root.pairs().iter().find(|(key, _)| key.text() == Some("mcpServers")) {
        let why = "it looks for servers in .mcp.json, and `mcpServers` counts for nothing here";
        bench.say(me, "mcpServers", why, Some(key.span), "https://code.claude.com/docs/en/mcp");
        bench.advise("move them to .mcp.json at the root of the repository");
    }
    let mode = root.get("permissions").and_then(|permissions| permissions.get("defaultMode"));
    if let Some(mode) = mode.filter(|mode| !mode.text().is_some_and(|mode| MODES.contains(&mode))) {
        let why = format!("`permissions.defaultMode` is not one of {}", MODES.join(", "));
        bench.say(me, "defaultMode", why, Some(mode.span), "https://code.claude.com/docs/en/permissions");
    }
    for (key, wanted, words) in [
        ("model", Shape::Text, "a text"),
        ("env", Shape::Map, "an object"),
        ("permissions", Shape::Map, "an object"),
    ] {
        if let Some(value) =
            root.get(key).filter(|value| !matches!(shape(value), Shape::Null) && shape(value) != wanted)
        {
            let why = format!("`{key}` is {} where {words} belongs", shape(value).words());
            bench.say(me, key, why, Some(value.span), from);
        }
    }
}

const fn source(client: Client) -> &'static str {
    match client {
        Client::ClaudeCode => "https://code.claude.com/docs/en/settings",
        Client::Codex => "https://developers.openai.com/codex/config",
        Client::GeminiCli => "https://geminicli.com/docs/get-started/configuration",
        Client::OpenCode => "https://opencode.ai/docs/config",
        _ => "https://cursor.com/docs",
    }
}
