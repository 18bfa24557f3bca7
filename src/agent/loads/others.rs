//! Clients of which we know the instruction files only. Rule letters are those of `docs/loads.md`.

use super::{Load, Loads, Repo, shown};
use crate::agent::{AgentFile, Kind, PartName};
use crate::base::RepoPath;

const OPENCODE: &str = "opencode.ai/docs/rules";
const WINDSURF: &str = "docs.windsurf.com/windsurf/cascade/memories";
const CLINE: &str = "docs.cline.bot/customization/cline-rules";
const AMP: &str = "ampcode.com/manual";
const KIRO: &str = "kiro.dev/docs/steering";
const ZED: &str = "zed.dev/docs/ai/instructions";

/// Windsurf cuts longer rule files. Source: W01.
const WINDSURF_RULE_CHARS: u64 = 12_000;

/// O01 to O10: the first file name with a match on the path wins for the whole path.
pub(super) fn opencode(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    let chain = folder.ancestors_from_root();
    let found = |name: &str| -> Vec<&AgentFile> {
        chain.iter().filter_map(|level| repo.in_folder(level, name)).collect()
    };
    let (agents, claude) = (found("AGENTS.md"), found("CLAUDE.md"));
    for file in &agents {
        out.start(file, "every AGENTS.md from the root down to the folder", OPENCODE);
    }
    for file in claude {
        match agents.first() {
            Some(by) => {
                out.shadowed(file, &by.path, "one AGENTS.md on the path hides every CLAUDE.md", OPENCODE)
            }
            None => out.start(
                file,
                "no AGENTS.md is on the path (version 1; version 2 does not read it)",
                OPENCODE,
            ),
        }
    }
    for root in [".opencode/skill", ".opencode/skills", ".claude/skills", ".agents/skills"] {
        for file in repo.skills_in(&RepoPath::root(), root) {
            if file.declares.name.is_none() {
                out.skip(file, "it has no `name`", "dropped silently", OPENCODE);
            } else {
                out.skill(file, OPENCODE);
            }
        }
    }
    out.found
}

/// W01, W02.
pub(super) fn windsurf(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    for file in repo.files() {
        let path = file.path.as_str();
        let is_rule = path.starts_with(".windsurf/rules/") || path.starts_with(".devin/rules/");
        if is_rule && file.bytes > WINDSURF_RULE_CHARS {
            out.unknown(file, "which part of a rule beyond 12,000 characters is kept", WINDSURF);
        } else if is_rule {
            match file.declares.trigger.as_deref() {
                Some("always_on") => out.start(file, "`trigger: always_on`", WINDSURF),
                Some("glob") => {
                    let globs = file.declares.globs.clone().unwrap_or_default();
                    let when = format!("a file matching {} is worked on", shown(&globs));
                    out.on_demand(file, PartName::Body, when, "`trigger: glob`", WINDSURF);
                }
                Some("model_decision") => {
                    out.on_demand(
                        file,
                        PartName::Body,
                        "the model decides",
                        "`trigger: model_decision`",
                        WINDSURF,
                    );
                }
                Some("manual") => {
                    out.on_demand(file, PartName::Body, "someone mentions it", "`trigger: manual`", WINDSURF);
                }
                _ => out.unknown(file, "what a rule without `trigger` does", WINDSURF),
            }
        } else if path == ".windsurfrules" {
            out.start(file, "the old single rule file", WINDSURF);
        }
    }
    nested_agents_md(&mut out, folder, repo, WINDSURF);
    out.found
}

/// L01.
pub(super) fn cline(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    for file in repo.files() {
        let path = file.path.as_str();
        let is_rule = path == ".clinerules" || path.starts_with(".clinerules/");
        match &file.declares.globs {
            Some(globs) if is_rule => {
                let when = format!("a file matching {} is open or mentioned", shown(globs));
                out.on_demand(file, PartName::Body, when, "the rule has `paths`", CLINE);
            }
            None if is_rule => out.start(file, "rules without `paths` load always", CLINE),
            _ if matches!(path, ".cursorrules" | ".windsurfrules" | "AGENTS.md") => {
                out.start(file, "rule files of other clients are read too", CLINE);
            }
            _ => {}
        }
    }
    let _ = folder;
    out.found
}

/// M01.
pub(super) fn amp(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    for level in folder.ancestors_from_root() {
        let names = ["AGENTS.md", "AGENT.md", "CLAUDE.md"];
        let found: Vec<&AgentFile> = names.iter().filter_map(|name| repo.in_folder(&level, name)).collect();
        for (index, file) in found.iter().enumerate() {
            match found.first().filter(|_| index > 0) {
                Some(by) => out.shadowed(file, &by.path, "the first of AGENTS.md, AGENT.md, CLAUDE.md", AMP),
                None => out.start(file, "AGENTS.md of the folder and the folders above", AMP),
            }
        }
    }
    for file in repo.below(folder).filter(|file| file.path.name() == "AGENTS.md") {
        let home = file.path.parent();
        if home != *folder {
            let when = format!("a file in {home} is read");
            out.on_demand(file, PartName::Whole, when, "an AGENTS.md below the folder", AMP);
        }
    }
    for file in repo.skills_in(&RepoPath::root(), ".agents/skills") {
        out.skill(file, AMP);
    }
    out.found
}

/// K01.
pub(super) fn kiro(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    for file in repo.files().filter(|file| file.path.as_str().starts_with(".kiro/steering/")) {
        match file.declares.trigger.as_deref() {
            None | Some("always") => out.start(file, "steering files are included always by default", KIRO),
            Some("fileMatch") => {
                let globs = file.declares.globs.clone().unwrap_or_default();
                let when = format!("a file matching {} is worked on", shown(&globs));
                out.on_demand(file, PartName::Body, when, "`inclusion: fileMatch`", KIRO);
            }
            Some("auto") => {
                out.on_demand(file, PartName::Body, "its description fits", "`inclusion: auto`", KIRO)
            }
            Some(_) => {
                out.on_demand(file, PartName::Body, "someone mentions it", "`inclusion: manual`", KIRO)
            }
        }
    }
    for file in repo.files().filter(|file| file.path.name() == "AGENTS.md") {
        out.start(file, "AGENTS.md files are always included", KIRO);
    }
    let _ = folder;
    out.found
}

/// Z01: exactly one project file, the first of nine names at the root.
pub(super) fn zed(repo: &Repo) -> Vec<Load> {
    const NAMES: [&str; 9] = [
        ".rules",
        ".cursorrules",
        ".windsurfrules",
        ".clinerules",
        ".github/copilot-instructions.md",
        "AGENT.md",
        "AGENTS.md",
        "CLAUDE.md",
        "GEMINI.md",
    ];
    let mut out = Loads::default();
    let mut first: Option<&AgentFile> = None;
    for file in NAMES.iter().filter_map(|name| repo.in_folder(&RepoPath::root(), name)) {
        if let Some(by) = first {
            out.shadowed(file, &by.path, "only the first of nine file names is read", ZED);
        } else {
            first = Some(file);
            out.start(file, "the first of nine file names", ZED);
        }
    }
    for file in repo.skills_in(&RepoPath::root(), ".agents/skills") {
        out.skill(file, ZED);
    }
    out.found
}

fn nested_agents_md(out: &mut Loads, folder: &RepoPath, repo: &Repo, source: &'static str) {
    for file in repo.files().filter(|file| file.kind == Kind::AgentsMd && file.path.name() == "AGENTS.md") {
        let home = file.path.parent();
        if home.is_root() {
            out.start(file, "an AGENTS.md at the root is always on", source);
        } else if home.is_within(folder) || folder.is_within(&home) {
            let when = format!("a file in {home} is read or edited");
            out.on_demand(file, PartName::Whole, when, "an AGENTS.md below the root", source);
        }
    }
}
