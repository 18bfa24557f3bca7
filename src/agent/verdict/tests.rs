//! A file for every rule of a reader, and what comes out; `tests/families` has many more.

use super::*;
use crate::agent::file;
use crate::base::BlobId;

fn rulings(path: &str, kind: Kind, text: &str) -> Vec<Ruling> {
    let path = RepoPath::new(path).unwrap();
    let read = file::read(&path, kind, BlobId([0; 20]), text.as_bytes());
    of_file(&FileView::new((&path, kind), text, (&read.header, &read.split), false))
}

fn outcomes(rulings: &[Ruling]) -> Vec<&'static str> {
    let readers = [Client::ClaudeCode, Client::Codex, Client::GeminiCli].map(Reader::Client);
    let all = readers.into_iter().chain([Reader::ClaudeApi, Reader::AgentSkills]);
    all.map(|reader| of_reader(rulings, reader).0.name()).collect()
}

#[test]
fn one_skill_and_five_readers() {
    let skill = |text: &str| rulings(".claude/skills/pdf/SKILL.md", Kind::Skill, text);
    let good = "---\nname: pdf\ndescription: Reads PDF files. Use when asked to.\n---\nbody\n";
    assert_eq!(outcomes(&skill(good)), ["loads"; 5]);
    let long = format!("---\nname: pdf\ndescription: {}\n---\n", "d".repeat(1025));
    let found = skill(&long);
    assert_eq!(outcomes(&found), ["loads", "skipped", "loads", "rejected", "rejected"]);
    let among = [Reader::Client(Client::ClaudeCode), Reader::ClaudeApi, Reader::Client(Client::Codex)];
    assert_eq!(
        sentence(&found, &among, &["description"]).unwrap(),
        "Claude Code loads it; Codex skips it (its description has 1,025 characters and 1,024 are the limit); \
         the Claude API rejects it (its description has 1,025 characters and 1,024 are the limit)"
    );
    let colon = "---\nname: pdf\ndescription: Use when: asked\n---\n";
    assert_eq!(outcomes(&skill(colon)), ["loads", "skipped", "loads", "rejected", "rejected"]);
    let bom = format!("\u{feff}{good}");
    assert_eq!(outcomes(&skill(&bom)), ["loads", "skipped", "skipped", "rejected", "rejected"]);
    let extra = "---\nname: pdf\ndescription: d\nwhen_to_use: now\n---\n";
    assert_eq!(outcomes(&skill(extra)), ["loads", "loads", "loads", "rejected", "rejected"]);
}

#[test]
fn hostile_headers_are_judged_too() {
    for text in
        ["---", "---\n---", "---\n- a\n---\n", "---\n[\n---\n", "---\n? a\n: b\n---\n", "\u{feff}", ""]
    {
        for kind in [Kind::Skill, Kind::SubAgent, Kind::Mcp] {
            rulings("a/SKILL.md", kind, text);
            rulings(".claude/agents/x.md", kind, text);
            rulings(".mcp.json", kind, text);
        }
    }
}
