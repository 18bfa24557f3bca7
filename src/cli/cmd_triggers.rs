//! `weighbridge triggers`: which prompts of the trigger sets each skill's description attracts, as a table.

use super::args::{TableFormat, TriggersArgs};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::base::RepoPath;
use crate::base::text::{plural, thousands, truncate_end};
use crate::host::Host;
use crate::report::escape;
use crate::stage::inspect::{Depth, look};
use crate::stage::triggers::{Triggers, triggers};
use crate::triggers::{Assessment, Judged, Label, Measured, Outcome, assess};
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;

/// Characters of a prompt in the table.
const PROMPT_CHARS: usize = 72;

#[derive(Serialize)]
struct Shown<'a> {
    score: String,
    skills: usize,
    prompts: Vec<Prompt<'a>>,
    collisions: Vec<Alike<'a>>,
    errors: Vec<Problem<'a>>,
    left_out: usize,
}

#[derive(Serialize)]
struct Prompt<'a> {
    skill: Option<&'a str>,
    set: &'a RepoPath,
    line: u32,
    query: &'a str,
    label: Label,
    verdict: &'static str,
    taken_by: Option<&'a str>,
    rival: Option<&'a str>,
    margin: Option<f64>,
    sure: bool,
    agrees: Option<bool>,
}

#[derive(Serialize)]
struct Alike<'a> {
    skills: [&'a str; 2],
    similarity: f64,
}

#[derive(Serialize)]
struct Problem<'a> {
    set: &'a RepoPath,
    line: u32,
    message: &'a str,
    help: &'a str,
}

/// Runs.
pub(super) fn run(args: &TriggersArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let root = source::root(args.path.as_ref(), host)?;
    let tree = host.open_dir(&host.real_path(&root)?)?;
    let Some(found) = triggers(&look(&tree, Depth::Read, &|| ())) else {
        printer.remark(
            "there are no trigger sets here: a set is a file such as <skill>/evals/trigger-evals.json with prompts \
             that should and should not start the skill; docs/triggers.md has the shapes",
        );
        return Ok(Exit::Pass);
    };
    let measured = Measured::embedded();
    let assessment = assess(&found.catalogue, &found.sets, measured);
    let mut shown = show(&found, &assessment, measured);
    if let Some(name) = &args.skill {
        let Some(skill) = found.catalogue.named(name).and_then(|place| found.catalogue.get(place)) else {
            return Err(CliError::Usage {
                message: format!(
                    "`{}` is no listed skill of this repository, or several are called so",
                    escape::terminal(name)
                ),
                help: "name the folder of a skill; without --skill all are shown".to_owned(),
            });
        };
        shown.prompts.retain(|prompt| prompt.skill == Some(skill.name.as_str()));
        shown.collisions.retain(|alike| alike.skills.contains(&skill.name.as_str()));
    }
    match args.format {
        TableFormat::Json => {
            let text = serde_json::to_string_pretty(&shown).context("the result as JSON")?;
            printer.data(&format!("{text}\n"))?;
        }
        TableFormat::Terminal => printer.data(&as_text(&shown))?,
    }
    Ok(Exit::Pass)
}

fn show<'a>(found: &'a Triggers, assessment: &Assessment, measured: &Measured) -> Shown<'a> {
    let name = |place: usize| found.catalogue.get(place).map(|skill| skill.name.as_str());
    let prompt = |judged: &Judged| {
        let set = &found.sets.get(judged.set)?.set;
        let query = set.queries.get(judged.query)?;
        let scored = &judged.scored;
        let (verdict, taken_by) = match scored.outcome {
            Outcome::Attracted => ("attracted", None),
            Outcome::NotAttracted => ("not attracted", None),
            Outcome::Taken { by } => ("taken", name(by)),
        };
        Some(Prompt {
            skill: judged.target.and_then(name),
            set: &set.path,
            line: query.span.start.line,
            query: &query.text,
            label: query.label,
            verdict,
            taken_by,
            rival: scored.rival.and_then(name),
            // Rounded, so that the last digits of a sum are nobody's business.
            margin: scored.margin.is_finite().then(|| (scored.margin * 1e4).round() / 1e4),
            sure: scored.sure,
            agrees: judged.agrees,
        })
    };
    let alike = assessment.collisions.iter().filter_map(|found| {
        let skills = [name(found.one)?, name(found.other)?];
        Some(Alike { skills, similarity: (found.similarity * 1e4).round() / 1e4 })
    });
    let errors = found.sets.iter().flat_map(|owned| owned.set.errors.iter().map(move |error| (owned, error)));
    let mut prompts: Vec<Prompt<'_>> = assessment.judged.iter().filter_map(prompt).collect();
    prompts.sort_by_key(|prompt| (prompt.skill, prompt.set, prompt.line));
    Shown {
        score: measured.words(found.catalogue.skills().len()),
        skills: found.catalogue.skills().len(),
        prompts,
        collisions: alike.collect(),
        errors: errors
            .map(|(owned, error)| Problem {
                set: &owned.set.path,
                line: error.place.line(),
                message: &error.message,
                help: &error.help,
            })
            .collect(),
        left_out: assessment.left_out,
    }
}

fn as_text(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}; {}\n", shown.score, plural(shown.skills, "skill competes", "skills compete"));
    for group in shown.prompts.chunk_by(|one, other| one.skill == other.skill) {
        let title = group
            .first()
            .and_then(|prompt| prompt.skill)
            .map_or_else(|| "no skill".to_owned(), escape::terminal);
        let judged = group.iter().filter(|prompt| prompt.agrees.is_some()).count();
        let right = group.iter().filter(|prompt| prompt.agrees == Some(true)).count();
        let _ = writeln!(
            out,
            "{title}: {} of {} as labelled",
            thousands(right as u64),
            plural(judged, "prompt", "prompts")
        );
        for prompt in group {
            let mark = match prompt.agrees {
                Some(true) => "ok",
                Some(false) => "NO",
                None => "-",
            };
            let wanted = match prompt.label {
                Label::Triggers => "should",
                Label::Stays => "should not",
                Label::Either => "either",
            };
            let verdict = match prompt.taken_by {
                Some(by) => format!("taken by {}", escape::terminal(by)),
                None => prompt.verdict.to_owned(),
            };
            let margin = prompt.margin.map_or_else(|| "-".to_owned(), |margin| format!("{margin:+.2}"));
            let doubt = if prompt.sure { "" } else { ", the measures differ" };
            let _ = writeln!(
                out,
                "  {mark:>2}  {wanted:<10}  {margin:>6}  {}\n                          {verdict}{doubt}; {}:{}",
                truncate_end(&escape::terminal(prompt.query), PROMPT_CHARS),
                escape::terminal(prompt.set.as_str()),
                prompt.line
            );
        }
        out.push('\n');
    }
    for alike in &shown.collisions {
        let [one, other] = alike.skills.map(escape::terminal);
        let _ =
            writeln!(out, "{one} and {other} are {:.0} % alike as text", (alike.similarity * 100.0).floor());
    }
    for error in &shown.errors {
        let _ = writeln!(
            out,
            "{}:{}: {}; {}",
            escape::terminal(error.set.as_str()),
            error.line,
            escape::terminal(error.message),
            error.help
        );
    }
    if shown.left_out > 0 {
        let _ = writeln!(out, "{} prompts more were not judged", thousands(shown.left_out as u64));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{MemoryTree, Tree};
    use std::sync::Arc;

    #[test]
    fn the_table_says_verdict_margin_place_and_accuracy() {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([
            (
                "skills/desk/SKILL.md",
                "---\nname: desk\ndescription: Extract tables from PDF documents, split PDF files\n---\n",
            ),
            (
                "skills/desk/evals/trigger-evals.json",
                "[\n{\"query\": \"split this pdf\\u001b[31m file\", \"should_trigger\": true},\n{\"query\": \"what is the weather in Bern\", \"should_trigger\": true},\n{\"query\": 1}]",
            ),
        ]));
        let found = triggers(&look(&tree, Depth::Read, &|| ())).expect("a set");
        let measured = Measured::embedded();
        let assessment = assess(&found.catalogue, &found.sets, measured);
        let text = as_text(&show(&found, &assessment, measured));
        let has = |words: &str| assert!(text.contains(words), "{words} is not in\n{text}");
        has("offline text score, agrees with authors' labels in ");
        has("1 skill competes");
        has("desk: 1 of 2 prompts as labelled");
        has("attracted; skills/desk/evals/trigger-evals.json:2");
        has("not attracted; skills/desk/evals/trigger-evals.json:3");
        has("trigger-evals.json:4: this row says nothing of whether the skill should start");
        assert!(!text.contains('\u{1b}'));
    }
}
