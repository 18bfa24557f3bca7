//! `weighbridge rules`: what is checked, and where each rule comes from.

use super::args::RulesArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use crate::base::text::visible;
use crate::rules::ours::Example;
use crate::rules::{self, RuleInfo};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Runs.
pub(super) fn run(args: &RulesArgs, printer: &Printer) -> Result<Exit, CliError> {
    let shown: Vec<RuleInfo> = match &args.rule {
        None => rules::all(),
        Some(name) => named(name)?,
    };
    let one = args.rule.is_some() && shown.len() == 1;
    if args.json {
        let text = serde_json::to_string_pretty(&shown).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
        return Ok(Exit::Pass);
    }
    let mut out = String::new();
    for rule in &shown {
        let severity = rule.severity.map_or("varies", crate::base::Severity::name);
        let _ = writeln!(out, "{:<24} {:<8} {}", rule.id, severity, rule.summary);
        if one {
            let _ = writeln!(out, "  group   {}", rule.category);
            let _ = writeln!(out, "  source  {}", rule.source.as_deref().unwrap_or("none named"));
            let origin = rule.since.map_or_else(
                || rules::agnix::RULE_SET.to_owned(),
                |since| format!("weighbridge, since {since}"),
            );
            let _ = writeln!(out, "  from    {origin}");
            if let Some(fix) = rule.fix {
                let _ = writeln!(out, "  fix     {fix}");
            }
            examples(&mut out, rule.examples);
        }
    }
    printer.data(&out)?;
    Ok(Exit::Pass)
}

/// The rule of this name, or those of the group.
fn named(name: &str) -> Result<Vec<RuleInfo>, CliError> {
    if let Some(rule) = rules::find(name) {
        return Ok(vec![rule]);
    }
    let all = rules::all();
    let group: Vec<RuleInfo> = all.iter().filter(|rule| rule.category == name).cloned().collect();
    if !group.is_empty() {
        return Ok(group);
    }
    let names: BTreeSet<&str> =
        all.iter().flat_map(|rule| [rule.id.as_str(), rule.category.as_str()]).collect();
    let near = crate::base::text::nearest(name, names.iter().copied());
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(CliError::Usage {
        message: format!("there is no rule and no group `{}`{near}", visible(name)),
        help: "`weighbridge rules` lists them all".to_owned(),
    })
}

/// What a rule finds and what it leaves alone, as files.
fn examples(out: &mut String, examples: &[Example]) {
    for example in examples {
        let _ = writeln!(out, "\n  {}", if example.bad { "found:" } else { "left alone:" });
        let sides = [("before, ", example.base), ("", example.files)];
        for (side, files) in sides {
            for (path, text) in files {
                let _ = writeln!(out, "    {side}{path}");
                for line in text.lines() {
                    let _ = writeln!(out, "      | {}", visible(line));
                }
            }
        }
    }
}
