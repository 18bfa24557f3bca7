//! What clients do with settings that they cannot read.

use super::{Bench, Outcome, Reader};
use crate::agent::loads::readers::readers;
use crate::agent::view::{Data, FileView};
use crate::base::{Client, Span};

/// Claude Code and Cursor read plain JSON; Gemini CLI and `OpenCode` read comments too; Codex reads TOML.
pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    for client in readers(view.path, view.kind) {
        let (error, why) = match view.data() {
            Data::Broken(error) => (error, "it cannot be read"),
            Data::Read(_, Some(error)) if matches!(client, Client::ClaudeCode | Client::Cursor) => {
                (error, "it has comments or trailing commas, which are no JSON")
            }
            _ => continue,
        };
        let span = Some(Span::at(error.at.line, error.at.column));
        bench.say((Reader::Client(*client), Outcome::Rejected), "header", why, span, source(*client));
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
