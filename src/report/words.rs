//! The sentences that every report for people shares. Plain text: escape it for wherever it is printed.

pub mod cost;
pub mod money;

use super::{ClientLoad, FileState, RunReport, StageReport, Tally};
use crate::base::text::{plural, signed, thousands};
use crate::base::{Change, Client, Count, RepoPath, Severity, Verdict};
pub use cost::sentence as cost;
pub use money::{cents_that_add_up, price_change, usd_change};
use std::collections::{BTreeMap, BTreeSet};

/// `blocked: 2 new errors`, `pass with warnings: 3 new warnings`, `pass`, `nothing to check: no agent files`.
pub fn headline(report: &RunReport) -> String {
    let words = report.verdict.words();
    match reason(report) {
        Some(reason) => format!("{words}: {}", without_prefix(&reason, words)),
        None => words.to_owned(),
    }
}

fn reason(report: &RunReport) -> Option<String> {
    let new = new_tally(report);
    let of_stages = |except: &str| -> Vec<String> {
        report
            .stages
            .iter()
            .filter(|stage| stage.verdict == report.verdict && stage.id != except)
            .map(|stage| match &report.cases {
                Some(cases)
                    if stage.verdict != Verdict::Skip
                        && matches!(stage.id.as_str(), "dry-run" | "integration") =>
                {
                    cases.headline()
                }
                _ => stage.summary.clone(),
            })
            .filter(|summary| !summary.is_empty())
            .collect()
    };
    let parts = match report.verdict {
        Verdict::Pass => vec![],
        Verdict::Block if new.errors > 0 => {
            let mut parts = vec![counted(new.errors, "error", report.has_base())];
            parts.extend(of_stages("validate"));
            parts
        }
        Verdict::Warn if new.warnings > 0 => vec![counted(new.warnings, "warning", report.has_base())],
        _ => of_stages("").into_iter().take(1).collect(),
    };
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn without_prefix<'a>(text: &'a str, words: &str) -> &'a str {
    text.strip_prefix(words).map_or(text, |rest| rest.trim_start_matches([':', ' ']))
}

/// What the author should do, in one sentence without a full stop.
pub fn what_to_do(report: &RunReport) -> String {
    let new = new_tally(report);
    let base = report.has_base();
    let merge = report.context.change.is_some();
    let hint = |otherwise: &str| report.hints.first().cloned().unwrap_or_else(|| otherwise.to_owned());
    match report.verdict {
        Verdict::Block if new.errors > 0 => {
            let these = if new.errors == 1 { "the" } else { "these" };
            let what = counted(new.errors, "error", base).replacen("1 ", "", usize::from(new.errors == 1));
            format!("{} {these} {what}", if merge { "To merge, fix" } else { "Fix" })
        }
        Verdict::Block => hint("The stages below say what stands in the way"),
        Verdict::NeedsApproval => match report.hints.first() {
            Some(hint) if merge => format!("To merge: {hint}"),
            _ => capital(&hint("Someone with the right to do so has to sign before this may merge")),
        },
        Verdict::Error => hint("Mend the cause named here and run again: until then this is not a pass"),
        Verdict::Warn if new.warnings > 0 => {
            let what = counted(new.warnings, "warning", base);
            format!(
                "Nothing stands in the way; {what} {} worth a look",
                if new.warnings == 1 { "is" } else { "are" }
            )
        }
        Verdict::Warn => hint("Nothing stands in the way; the stages below say what is worth a look"),
        Verdict::Pass if base => "Nothing to do: this change adds no errors and no warnings".to_owned(),
        Verdict::Pass => "Nothing to do: no errors and no warnings".to_owned(),
        Verdict::Skip => hint("Nothing was judged, so this says nothing about the change"),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The tally of the findings that count against the change.
pub fn new_tally(report: &RunReport) -> Tally {
    Tally::of(report.findings_that_are(Change::New))
}

/// `2 new errors` with a base, `2 errors` without.
pub fn counted(count: usize, what: &str, has_base: bool) -> String {
    let new = if has_base { "new " } else { "" };
    plural(count, &format!("{new}{what}"), &format!("{new}{what}s"))
}

/// `2 new errors, 1 new warning, 1 fixed, 41 unchanged`; without a base `2 errors, 1 warning`.
pub fn findings_line(report: &RunReport) -> String {
    let new = new_tally(report);
    let base = report.has_base();
    let mut parts: Vec<String> = [(new.errors, "error"), (new.warnings, "warning"), (new.infos, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what, base))
        .collect();
    if parts.is_empty() {
        parts.push(if base { "nothing new" } else { "no findings" }.to_owned());
    }
    for (change, word) in [(Change::Fixed, "fixed"), (Change::Unchanged, "unchanged")] {
        let count = report.findings_that_are(change).count();
        if count > 0 {
            parts.push(format!("{} {word}", thousands(count as u64)));
        }
    }
    parts.join(", ")
}

/// `~5,390 → ~7,400 (+2,010, +37 %)`, `7,400 (unchanged)` or, without a base, `7,400`.
pub fn token_change(head: Count, base: Option<Count>) -> String {
    change(head, base, true)
}

/// As [`token_change`] without the percentage, for narrow columns.
pub fn token_change_short(head: Count, base: Option<Count>) -> String {
    change(head, base, false)
}

fn change(head: Count, base: Option<Count>, with_percent: bool) -> String {
    // Nothing is nothing, not an estimate of it.
    let show = |count: Count| if count.tokens == 0 { "0".to_owned() } else { count.to_string() };
    let now = show(head);
    match base {
        None => now,
        Some(base) if base.tokens == head.tokens => format!("{now} (unchanged)"),
        Some(base) => {
            let delta = difference(head.tokens, base.tokens);
            let percent = percent(head.tokens, base.tokens).filter(|_| with_percent);
            let percent = percent.map(|percent| format!(", {percent}")).unwrap_or_default();
            format!("{} → {now} ({}{percent})", show(base), signed(delta))
        }
    }
}

/// `+37 %`; `None` when there was nothing before.
fn percent(head: u64, base: u64) -> Option<String> {
    let delta = i128::from(head) - i128::from(base);
    let base = i128::from(base);
    Some(percent_of_tenths((delta * 1000).checked_div(base)?, delta < 0))
}

fn percent_of_tenths(tenths: i128, is_less: bool) -> String {
    let size = tenths.unsigned_abs();
    let sign = if is_less { "-" } else { "+" };
    match size {
        0 => format!("{sign}under 0.1 %"),
        1..100 => format!("{sign}{}.{} %", size / 10, size % 10),
        _ => format!("{sign}{} %", thousands(u64::try_from((size + 5) / 10).unwrap_or(u64::MAX))),
    }
}

/// `head - base`, held within the range.
pub fn difference(head: u64, base: u64) -> i64 {
    let size = i64::try_from(head.abs_diff(base)).unwrap_or(i64::MAX);
    if head < base { -size } else { size }
}

/// One part of a file that explains the tokens of the clients that read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The file.
    pub path: RepoPath,
    /// The part of it, `whole` for all of it.
    pub part: String,
    /// `+2,010 tokens: read by Claude Code on every call`.
    pub effect: String,
}

/// What explains the tokens read on every call, the largest first: differences with a base, sizes without.
pub fn causes(report: &RunReport) -> Vec<Cause> {
    let base = report.has_base();
    let mut by_part: BTreeMap<(&RepoPath, &str), Vec<(Client, i64)>> = BTreeMap::new();
    for load in &report.always_loaded {
        for piece in &load.pieces {
            let before = if base { piece.base_tokens.unwrap_or(0) } else { 0 };
            let tokens = difference(piece.head_tokens, before);
            if tokens != 0 {
                by_part.entry((&piece.path, &piece.part)).or_default().push((load.client, tokens));
            }
        }
    }
    let mut causes: Vec<(u64, Cause)> = by_part
        .into_iter()
        .map(|((path, part), tokens)| {
            let size = tokens.iter().map(|(_, tokens)| tokens.unsigned_abs()).max().unwrap_or(0);
            (size, Cause { path: path.clone(), part: part.to_owned(), effect: cause_text(&tokens, base) })
        })
        .collect();
    causes.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    causes.into_iter().map(|(_, cause)| cause).collect()
}

fn cause_text(tokens: &[(Client, i64)], base: bool) -> String {
    let figure = |tokens: i64| if base { signed(tokens) } else { thousands(tokens.unsigned_abs()) };
    let first = tokens.first().map_or(0, |(_, tokens)| *tokens);
    if tokens.iter().all(|(_, tokens)| *tokens == first) {
        let clients: Vec<&str> = tokens.iter().map(|(client, _)| client.title()).collect();
        return format!("{} tokens: read by {} on every call", figure(first), list(&clients));
    }
    let each: Vec<String> = tokens
        .iter()
        .enumerate()
        .map(|(at, (client, tokens))| {
            let unit = if at == 0 { " tokens" } else { "" };
            format!("{}{unit} for {}", figure(*tokens), client.title())
        })
        .collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    format!("{}, read on every call", list(&each))
}

/// A piece that a client does not read, or not in full: truncated, skipped or shadowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callout {
    /// The file.
    pub path: RepoPath,
    /// The part of it.
    pub part: String,
    /// `truncated to 32,768 bytes (Codex)`.
    pub effect: String,
    /// False when neither the file nor what is read of it differs from the base: it was so before.
    pub touched: bool,
}

/// What is not read, or not in full, by path.
pub fn callouts(report: &RunReport) -> Vec<Callout> {
    let unchanged: BTreeSet<&RepoPath> = report
        .files
        .iter()
        .filter(|file| file.state == FileState::Unchanged)
        .map(|file| &file.path)
        .collect();
    let mut by_effect: BTreeMap<(&RepoPath, &str, &str), (Vec<&str>, bool)> = BTreeMap::new();
    for load in &report.always_loaded {
        for piece in &load.pieces {
            if ["truncated", "skipped", "shadowed"].iter().any(|word| piece.effect.starts_with(word)) {
                let same = unchanged.contains(&piece.path) && piece.base_tokens == Some(piece.head_tokens);
                let key = (&piece.path, piece.part.as_str(), piece.effect.as_str());
                let (clients, touched) = by_effect.entry(key).or_default();
                clients.push(load.client.title());
                *touched |= !(report.has_base() && same);
            }
        }
    }
    by_effect
        .into_iter()
        .map(|((path, part, effect), (clients, touched))| Callout {
            path: path.clone(),
            part: part.to_owned(),
            effect: format!("{effect} ({})", list(&clients)),
            touched,
        })
        .collect()
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Where the price of a client's load comes from.
pub fn model_note(load: &ClientLoad) -> String {
    format!("{} is priced as {}: {}", load.client.title(), load.model, load.model_reason)
}

/// The last line of a report for people.
pub fn last_line(report: &RunReport) -> String {
    let mut parts = vec![format!("{}: {}", report.verdict.words(), findings_line(report))];
    if matches!(report.verdict, Verdict::Skip | Verdict::Error | Verdict::NeedsApproval) {
        parts = vec![headline(report), findings_line(report)];
    }
    let of_files = |stage: &StageReport| !matches!(stage.id.as_str(), "dry-run" | "integration" | "secrets");
    if report.files.is_empty() && !report.stages.iter().any(of_files) && !report.stages.is_empty() {
        return headline(report);
    }
    if !report.files.is_empty() {
        let files = report.files.iter().filter(|file| file.state != FileState::Removed).count();
        parts.push(plural(files, "agent file", "agent files"));
    }
    if let Some(tokens) = heaviest(report) {
        parts.push(format!("{} tokens", short(tokens)));
    }
    parts.join(" · ")
}

/// Tokens of all agent files of head, by the tokenizer that counts most.
fn heaviest(report: &RunReport) -> Option<u64> {
    let mut by_family: BTreeMap<crate::base::Family, u64> = BTreeMap::new();
    for count in report.files.iter().flat_map(|file| &file.parts).flat_map(|part| &part.head) {
        let sum = by_family.entry(count.family).or_default();
        *sum = sum.saturating_add(count.tokens);
    }
    by_family.into_values().max()
}

/// `917`, `12.3k`, `1.2M`.
fn short(value: u64) -> String {
    match value {
        0..10_000 => thousands(value),
        10_000..1_000_000 => format!("{}.{}k", value / 1_000, value % 1_000 / 100),
        _ => format!("{}.{}M", thousands(value / 1_000_000), value % 1_000_000 / 100_000),
    }
}

/// A severity in the words of reports for people: `error`, `warning`, `note`.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        other => other.name(),
    }
}

/// A sentence without its full stop: ours have none, and those of other rule sets may.
pub fn without_full_stop(sentence: &str) -> &str {
    let sentence = sentence.trim_end();
    if sentence.ends_with("...") { sentence } else { sentence.strip_suffix('.').unwrap_or(sentence) }
}

/// The stage's verdict in the words of headlines.
pub const fn stage_result(stage: &StageReport) -> &'static str {
    match stage.verdict {
        Verdict::Skip => "skipped",
        other => other.words(),
    }
}

/// The first 12 digits of a commit id; anything else as it is.
pub fn short_revision(revision: &str) -> &str {
    let is_id = revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { revision.get(..12).unwrap_or(revision) } else { revision }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Family, Method};
    use crate::report::sample;

    #[test]
    fn the_headline_names_the_reason() {
        assert_eq!(headline(&sample::report()), "blocked: 2 new errors; 1 case failed");
        assert_eq!(headline(&sample::without_base()), "blocked: 2 errors; 1 case failed");
        assert_eq!(headline(&sample::clean()), "pass");
        assert_eq!(
            headline(&sample::empty()),
            "nothing to check: no agent configuration files in this repository"
        );
        let mut report = sample::report();
        report.stages.iter_mut().for_each(|stage| stage.verdict = Verdict::Block);
        assert_eq!(
            headline(&report),
            "blocked: 2 new errors; 1 case failed; +~1,985 tokens on every call of Claude Code; no budget is set"
        );
        report.verdict = Verdict::Error;
        assert_eq!(headline(&report), "could not be checked");
    }

    #[test]
    fn the_cost_in_a_sentence() {
        assert_eq!(
            cost(&sample::report()).as_deref(),
            Some(
                "Claude Code reads ~1,985 tokens more on every call (+36 %): +$5.95 uncached or +$0.59 cached per 1,000 calls"
            )
        );
        assert_eq!(
            cost(&sample::without_base()).as_deref(),
            Some(
                "Claude Code reads ~7,510 tokens on every call: $22.53 uncached or $2.25 cached per 1,000 calls"
            )
        );
        let mut report = sample::report();
        report.always_loaded.iter_mut().for_each(|load| load.base = Some(load.head));
        assert_eq!(
            cost(&report).as_deref(),
            Some(
                "Claude Code reads the same on every call at another price: +$5.95 uncached or +$0.59 cached per 1,000 calls"
            )
        );
        for price in report
            .always_loaded
            .iter_mut()
            .flat_map(|load| [&mut load.fresh_per_1000, &mut load.cached_per_1000])
        {
            for price in price.iter_mut() {
                price.base = Some(price.head);
            }
        }
        assert_eq!(cost(&report).as_deref(), Some("What clients read on every call stays the same"));
        report.always_loaded.clear();
        assert_eq!(cost(&report), None);
    }

    #[test]
    fn the_last_line_counts() {
        assert_eq!(
            last_line(&sample::report()),
            "blocked: 2 new errors, 2 new warnings, 1 new note, 1 fixed, 2 unchanged · 6 agent files · 8,120 tokens"
        );
        assert_eq!((short(12_345).as_str(), short(1_234_567).as_str()), ("12.3k", "1.2M"));
    }

    #[test]
    fn changes_in_words() {
        let count = |tokens| Count { tokens, family: Family::O200k, method: Method::Exact };
        assert_eq!(token_change(count(1500), Some(count(1000))), "1,000 → 1,500 (+500, +50 %)");
        assert_eq!(token_change(count(990), Some(count(1000))), "1,000 → 990 (-10, -1.0 %)");
        assert_eq!(token_change(count(5), Some(count(0))), "0 → 5 (+5)");
        assert_eq!(token_change(count(5), Some(count(5))), "5 (unchanged)");
        // Held at the end of the range rather than wrapped.
        assert_eq!(percent(u64::MAX, 1).as_deref(), Some("+18,446,744,073,709,551,615 %"));
    }

    #[test]
    fn causes_and_callouts() {
        let causes: Vec<String> = causes(&sample::report())
            .into_iter()
            .map(|c| format!("{} {}: {}", c.path, c.part, c.effect))
            .collect();
        assert_eq!(
            causes,
            [
                "AGENTS.md whole: +2,010 tokens for Claude Code and +1,512 for Codex, read on every call",
                ".claude/agents/triage.md listing entry: -80 tokens: read by Claude Code on every call",
            ]
        );
        let callouts: Vec<String> =
            callouts(&sample::report()).into_iter().map(|c| format!("{} {}", c.effect, c.touched)).collect();
        assert_eq!(
            callouts,
            [
                "skipped: no `description` (Claude Code) true",
                "truncated to 32,768 bytes (Codex) true",
                "shadowed by docs/AGENTS.override.md (Codex) false",
            ]
        );
    }
}
