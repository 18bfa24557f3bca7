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

#[test]
fn a_sentence_about_a_part_names_nobody_who_refuses_another() {
    let text = "---\nname: a<b\ndescription: d\ndisable-model-invocation: [true]\n---\n";
    let found = rulings(".claude/skills/pdf/SKILL.md", Kind::Skill, text);
    let among = [Reader::Client(Client::ClaudeCode), Reader::ClaudeApi, Reader::AgentSkills];
    let words = sentence(&found, &among, &["disable-model-invocation"]);
    assert_eq!(words, None, "Claude Code minds the name more, and both gates refuse the skill");
    let words = sentence(&found, &among, &["name"]).unwrap();
    assert!(words.contains("Claude Code may or may not") && !words.contains("load it;"), "{words}");
}

#[test]
fn the_gravest_of_many_rulings_are_kept() {
    let keys: Vec<String> = (0..300).map(|number| format!("k{number}: 1\n")).collect();
    let text = format!("---\nname: 12\ndescription: d\n{}---\n", keys.concat());
    let found = rulings(".claude/agents/a.md", Kind::SubAgent, &text);
    assert_eq!(found.len(), MAX_OF_FILE);
    assert_eq!(of_reader(&found, Reader::Client(Client::ClaudeCode)).0, Outcome::Skipped);
}

#[test]
fn bytes_that_are_no_text_are_refused_by_those_who_are_known_to() {
    let skill = RepoPath::new(".agents/skills/pdf/SKILL.md").unwrap();
    let found = of_unreadable(&skill, Kind::Skill);
    assert_eq!(outcomes(&found), ["loads", "skipped", "unknown", "rejected", "rejected"]);
    let servers = of_unreadable(&RepoPath::new(".mcp.json").unwrap(), Kind::Mcp);
    assert!(servers.iter().all(|ruling| ruling.outcome == Outcome::Unknown) && servers.len() == 2);
    assert!(of_unreadable(&RepoPath::new("docs/mcp.json").unwrap(), Kind::Mcp).is_empty());
}

#[test]
fn what_is_missing_has_a_place_and_faults_have_a_remedy() {
    let found = rulings(".claude/skills/pdf/SKILL.md", Kind::Skill, "---\nname: pdf\n---\n");
    assert!(found.iter().all(|ruling| ruling.span.is_some()), "{found:?}");
    let servers = |text: &str| rulings(".mcp.json", Kind::Mcp, text);
    for (text, wanted) in [
        (r#"{"mcpServers":{"a":{"url":"https://x.example"}}}"#, "add \"type\": \"http\""),
        (r#"{"mcpServers":{"a":{"serverUrl":"https://x.example"}}}"#, "rename `serverUrl` to `url`"),
        (r#"{"mcpServers":{"a":{"type":"HTTP","url":"https://x.example"}}}"#, "write \"type\": \"http\""),
        (
            r#"{"mcpServers":{"a":{"type":"streamableHttp","url":"https://x.example"}}}"#,
            "write \"type\": \"http\"",
        ),
        (r#"{"mcp_servers":{"a":{"command":"x"}}}"#, "rename `mcp_servers` to `mcpServers`"),
    ] {
        let found = servers(text);
        assert!(found[0].help.as_deref().is_some_and(|help| help.starts_with(wanted)), "{text}: {found:?}");
    }
}
