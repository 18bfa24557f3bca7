//! Claude Code. Rule numbers C01 to C5B are those of `docs/loads.md`.

use super::{Effect, Load, Loads, Repo, shown};
use crate::agent::{AgentFile, HeaderState, Kind, PartName};
use crate::base::RepoPath;
use std::collections::BTreeSet;

const MEMORY: &str = "code.claude.com/docs/en/memory";
const SKILLS: &str = "code.claude.com/docs/en/skills";
const AGENTS: &str = "code.claude.com/docs/en/sub-agents";
const MCP: &str = "code.claude.com/docs/en/mcp";

/// Larger instruction files are skipped whole. Source: C06.
const MAX_MEMORY_BYTES: u64 = 4 * 1024 * 1024;
/// How far imports reach. Source: C20.
const MAX_HOPS: usize = 4;
/// The names that switch `AGENTS.md` off. Source: C10, C11.
const FAMILY: [&str; 3] = ["CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md"];

/// What Claude Code reads for a task in `folder`.
pub(super) fn loads(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let chain = folder.ancestors_from_root();
    let mut out = Loads { found: instruction_chain(folder, repo) };
    rules(&mut out, folder, &chain, repo);
    below(&mut out, folder, repo);
    skills(&mut out, folder, &chain, repo);
    agents(&mut out, &chain, repo);
    servers(&mut out, folder, repo);
    out.found
}

/// The CLAUDE.md and AGENTS.md files on the path to `folder`, with their imports.
pub(super) fn instruction_chain(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    let mut seen = BTreeSet::new();
    let chain = folder.ancestors_from_root();
    // C01, C02: from the root down to the folder, all of them, the nearest last.
    let mut first_of_family = None;
    for level in &chain {
        for name in FAMILY {
            let Some(file) = repo.in_folder(level, name) else { continue };
            first_of_family.get_or_insert_with(|| file.path.clone());
            let reason = "every CLAUDE.md from the root down to the folder is read";
            memory(&mut out, file, repo, &mut seen, folder, 0, reason);
        }
    }
    agents_md(&mut out, folder, &chain, repo, first_of_family.as_ref(), &mut seen);
    out.found
}

fn memory(
    out: &mut Loads,
    file: &AgentFile,
    repo: &Repo,
    seen: &mut BTreeSet<RepoPath>,
    folder: &RepoPath,
    hops: usize,
    reason: &str,
) {
    // C15: a link and its target, or two imports of one file, are read once.
    let real = file.link.clone().unwrap_or_else(|| file.path.clone());
    if !seen.insert(real) {
        return;
    }
    if file.bytes > MAX_MEMORY_BYTES {
        out.skip(file, "it is larger than 4 MiB", reason, MEMORY);
        return;
    }
    out.start(file, reason, MEMORY);
    for import in &file.declares.imports {
        let Some(target) = file.path.parent().join(&import.target) else { continue };
        let Some(imported) = repo.get(&target) else { continue };
        let reason = format!("imported by {}", file.path);
        if hops >= MAX_HOPS {
            out.skip(imported, "imports reach four hops and this is the fifth", reason, MEMORY);
        } else if !target.is_within(folder) {
            // C22: the import leaves the folder the client was started in.
            if seen.contains(&target) {
                continue;
            }
            let when = "the user approves imports from outside the start folder, once".to_owned();
            out.add(imported, PartName::Whole, Effect::OnDemand { when }, reason, MEMORY);
        } else {
            memory(out, imported, repo, seen, folder, hops + 1, &reason);
        }
    }
}

fn agents_md(
    out: &mut Loads,
    folder: &RepoPath,
    chain: &[RepoPath],
    repo: &Repo,
    first_of_family: Option<&RepoPath>,
    seen: &mut BTreeSet<RepoPath>,
) {
    for level in chain {
        for name in ["AGENTS.md", ".claude/AGENTS.md"] {
            let Some(file) = repo.in_folder(level, name) else { continue };
            let real = file.link.as_ref().unwrap_or(&file.path);
            match first_of_family {
                // C11: one file of the family anywhere on the path switches every AGENTS.md off.
                Some(by) if !seen.contains(real) => {
                    out.shadowed(
                        file,
                        by,
                        "AGENTS.md is read only where no CLAUDE.md is on the path",
                        MEMORY,
                    );
                }
                Some(_) => {}
                None => {
                    memory(out, file, repo, seen, folder, 0, "no CLAUDE.md is on the path (since v2.1.277)")
                }
            }
        }
        // C13
        if let Some(file) = repo.in_folder(level, "AGENTS.override.md") {
            out.skip(file, "Claude Code does not know AGENTS.override.md", "it is a name of Codex", MEMORY);
        }
    }
}

fn rules(out: &mut Loads, folder: &RepoPath, chain: &[RepoPath], repo: &Repo) {
    for level in chain {
        let Some(root) = level.join(".claude/rules") else { continue };
        for file in repo.below(&root).filter(|file| file.kind == Kind::ClaudeRule) {
            match (&file.declares.globs, file.declares.header) {
                // C31: unparseable front matter makes the rule load always.
                (_, HeaderState::Broken) => {
                    out.start(file, "its front matter cannot be read, so the rule loads always", MEMORY);
                }
                (Some(globs), _) => {
                    let when = format!("a file matching {} is read or written", shown(globs));
                    out.on_demand(file, PartName::Body, when, "the rule has `paths`", MEMORY);
                }
                (None, _) if level == folder => out.start(file, "rules without `paths` load always", MEMORY),
                // C32
                (None, _) => {
                    out.unknown(file, "whether rules of the folders above the start folder are read", MEMORY)
                }
            }
        }
    }
}

/// C05, C12, C32: files below the folder are read when the client works there.
fn below(out: &mut Loads, folder: &RepoPath, repo: &Repo) {
    for file in repo.below(folder) {
        let home = file.path.parent();
        let owner = if home.name() == ".claude" { home.parent() } else { home.clone() };
        if owner == *folder {
            continue;
        }
        let when = format!("a file in {owner} is read or written");
        match file.kind {
            Kind::ClaudeMd => {
                out.on_demand(file, PartName::Whole, when, "a CLAUDE.md below the start folder", MEMORY);
            }
            Kind::AgentsMd if file.path.name() == "AGENTS.md" => {
                let family = FAMILY.iter().find_map(|name| repo.in_folder(&home, name));
                match family {
                    Some(by) => out.shadowed(file, &by.path, "its folder has a CLAUDE.md", MEMORY),
                    None => out.on_demand(file, PartName::Whole, when, "its folder has no CLAUDE.md", MEMORY),
                }
            }
            _ => {}
        }
    }
}

/// C40 to C49: skills and commands from the folder up to the repository root; listed, then read when used.
fn skills(out: &mut Loads, folder: &RepoPath, chain: &[RepoPath], repo: &Repo) {
    for level in chain {
        for file in repo.skills_in(level, ".claude/skills") {
            // C40: a folder below `skills`; of deeper ones the page says nothing.
            let root = level.join(".claude/skills").unwrap_or_default();
            let inside = file.path.relative_to(&root).unwrap_or_default();
            if inside.matches('/').count() > 1 {
                out.unknown(file, super::DEEP_FOR_CLAUDE, SKILLS);
            } else if file.declares.hidden_from_model {
                out.on_demand(
                    file,
                    PartName::Body,
                    "the user types its command",
                    "`disable-model-invocation` keeps it out of the listing",
                    SKILLS,
                );
            } else {
                out.skill(file, SKILLS);
            }
        }
        let Some(root) = level.join(".claude/commands") else { continue };
        for file in repo.below(&root).filter(|file| file.kind == Kind::Command) {
            if !file.declares.hidden_from_model {
                out.add(file, PartName::Listing, Effect::Loaded, "commands are listed like skills", SKILLS);
            }
            out.on_demand(file, PartName::Body, "the command is used", "bodies are read when used", SKILLS);
        }
    }
    // C4A
    for level in chain {
        for file in repo.skills_in(level, ".agents/skills") {
            out.skip(file, "Claude Code does not read .agents/skills", "it reads .claude/skills", SKILLS);
        }
    }
    // C41
    for file in repo.below(folder).filter(|file| file.kind == Kind::Skill) {
        let Some((owner, _)) = file.path.as_str().split_once("/.claude/skills/") else { continue };
        let Some(owner) = RepoPath::new(owner).filter(|owner| owner != folder && owner.is_within(folder))
        else {
            continue;
        };
        let when = format!("a file in {owner} is read or edited");
        out.on_demand(file, PartName::Listing, when, "skills below the start folder appear later", SKILLS);
    }
}

/// C50 to C53: sub-agents from the folder up to the repository root.
fn agents(out: &mut Loads, chain: &[RepoPath], repo: &Repo) {
    let mut names = std::collections::BTreeMap::new();
    for level in chain.iter().rev() {
        let Some(root) = level.join(".claude/agents") else { continue };
        for file in repo.below(&root).filter(|file| file.kind == Kind::SubAgent) {
            if let Some(why) = refused(file) {
                out.skip(file, why, "the sub-agent is dropped without a message", AGENTS);
                continue;
            }
            let name = file.declares.name.clone().unwrap_or_default();
            if let Some(by) = names.get(&name) {
                out.shadowed(file, by, format!("two sub-agents are named {name}"), AGENTS);
                continue;
            }
            names.insert(name, file.path.clone());
            out.add(
                file,
                PartName::Listing,
                Effect::Loaded,
                "sub-agents are listed by name and description",
                AGENTS,
            );
            out.on_demand(
                file,
                PartName::Body,
                "the sub-agent is started, in its own context",
                "the prompt of a sub-agent is its body",
                AGENTS,
            );
        }
    }
}

/// Why Claude Code drops a sub-agent without saying so.
fn refused(file: &AgentFile) -> Option<&'static str> {
    let declares = &file.declares;
    match (declares.header, declares.name.as_deref()) {
        (HeaderState::Broken, _) => Some("its front matter cannot be read"),
        (HeaderState::Absent, _) => Some("it has no front matter"),
        (_, None) => Some("it has no `name`"),
        (_, Some(name)) if name.starts_with('-') => Some("its name begins with `-`"),
        (_, Some(name)) if name.contains(':') => Some("its name contains `:`"),
        _ if declares.description_chars.is_none() => Some("it has no `description`"),
        _ => None,
    }
}

/// C54, C55: server names now, tool schemas when they are searched for.
fn servers(out: &mut Loads, folder: &RepoPath, repo: &Repo) {
    for level in folder.ancestors_from_root() {
        let Some(file) = repo.in_folder(&level, ".mcp.json") else { continue };
        if level == *folder {
            out.on_demand(
                file,
                PartName::Whole,
                "a server's tools are searched for; their schemas come from the server",
                "the servers of the start folder are connected",
                MCP,
            );
        } else {
            out.unknown(file, "whether servers of the folders above the start folder are connected", MCP);
        }
    }
}
