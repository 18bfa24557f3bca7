//! Head and base in, one report out: the only place that decides what runs and what the verdict is.

use super::book::{book, lock_bytes, look_up, prices_in_force};
use super::cache::Cache;
use super::changes::{FileChanges, changes};
use super::cost::{CostInputs, cost, in_force};
use super::dry_run::{self, DryRun, dry_run};
use super::files::{self, file_reports};
use super::inspect::{Depth, Inspection, changed_files, inspect, located, look_at};
use super::loaded::Loaded;
use super::mcp;
use super::notes::{hints, notes};
use super::sink::{Unsettled, settle};
use super::subject::{Charge, Subject, subject};
use super::teams::{self, Specified};
use super::{environments, secrets, triggers};
use crate::agent::Kind;
use crate::agent::loads::readers::{in_use, readers};
use crate::agent::mcp::Recorded;
use crate::base::text::{plural, thousands};
use crate::base::{Change, Client, Finding, RepoPath, Tree, Verdict};
use crate::config::{self, Config, CostConfig};
use crate::context::PipelineContext;
use crate::cost::prices;
use crate::cost::prices::overrides::Overrides;
use crate::cost::project::price::Prices;
use crate::cost::workflow::Workflow;
use crate::eval::{CaseState, Recordings};
use crate::report::cases::CasesReport;
use crate::report::cost::CostReport;
use crate::report::words::cost::always_loaded_line;
use crate::report::{ClientLoad, Compared, FileState, RunReport, StageReport, Tally, Tool};
use crate::rules::agnix::{self, RawFinding};
use crate::rules::compare::Located;
use crate::rules::{ours, verdicts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A revision to judge, or to compare with.
pub struct Side {
    /// What it is called in the report: a commit, a folder, the working tree.
    pub name: String,
    /// Its files.
    pub tree: Arc<dyn Tree>,
}

/// What a run needs to know.
pub struct Inputs<'a> {
    /// What is judged.
    pub head: Side,
    /// What it is compared with.
    pub base: Option<Side>,
    /// Base and head of the whole repository, where only a folder of it is judged: the gate itself lies outside.
    pub whole: Option<(Arc<dyn Tree>, Arc<dyn Tree>)>,
    /// Where policy comes from: the target branch as it is now. `None`: the base, and head where there is none.
    pub policy: Option<Side>,
    /// How many files differ, when git was asked.
    pub changed_files: Option<usize>,
    /// The configuration in force.
    pub config: Config,
    /// The configuration was named on the command line: that of the repository has no say.
    pub config_pinned: bool,
    /// Prices named on the command line; they go before all others.
    pub prices: &'a Overrides,
    /// Clients named on the command line; they go before those of the configuration.
    pub clients: &'a [Client],
    /// Where the run takes place.
    pub context: PipelineContext,
    /// Look at changed files alone, where there is a base.
    pub only_changed: bool,
    /// Run the cost stage too.
    pub with_cost: bool,
    /// Replay cases, from these recordings.
    pub recordings: Option<Recordings>,
    /// Texts of a change, besides agent files, that are searched for secrets at most.
    pub searched_texts: usize,
    /// Results of earlier runs.
    pub cache: &'a Cache,
    /// Now: prices depend on the day.
    pub now: jiff::Timestamp,
    /// What the reader should know besides.
    pub notes: Vec<String>,
    /// Called once for every file that has been looked at.
    pub tick: &'a (dyn Fn() + Sync),
}

/// What came out.
pub struct Outcome {
    /// For the reader.
    pub report: RunReport,
    /// For whoever signs.
    pub subject: Subject,
    /// How a change that is too dear can be merged without a signature: in words.
    pub cheaper: Option<String>,
    /// Head without its secrets: where lines are quoted from.
    pub head: Arc<dyn Tree>,
}

/// What to do about cases without a recording.
const RECORD_ANEW: &str = "record the replies anew where models can be asked, with `weighbridge integration`, and commit \
                           .weighbridge/replies";

/// Runs the stages and reports.
pub fn run(inputs: &Inputs<'_>) -> Outcome {
    let (declared, excluded) = (&inputs.config.declared, &inputs.config.excluded);
    let only = only_changed(inputs);
    let look = |side: &Side| inspect(&side.tree, declared, excluded, only.clone(), inputs.cache, inputs.tick);
    let head = look(&inputs.head);
    let base = inputs.base.as_ref().map(look);
    let clients = clients(inputs, &head, base.as_ref());
    let changes = changes(base.as_ref(), &head);
    let mut price_faults = Vec::new();
    let own = &base.as_ref().unwrap_or(&head).tree;
    let policy = inputs.policy.as_ref().map_or(own, |side| &side.tree);
    let (cost, source) = ((&inputs.config.cost, inputs.prices), Arc::new(inputs.cache));
    let book = book(&**policy, cost, source, inputs.now, &mut price_faults);
    let (head_teams, base_teams) =
        (teams::teams(&head, inputs.cache), base.as_ref().map(|base| teams::teams(base, inputs.cache)));
    let (found, before, mut cost_notes) =
        all_findings(inputs, (&head, &head_teams), base.as_ref().zip(base_teams.as_deref()), &clients, &book);
    let settled = settle(found, before, &inputs.config.levels, &**policy, &changes.renames);
    let findings = settled.findings;
    let reads = if inputs.with_cost { &clients[..] } else { &[] };
    let loaded = Loaded::new(reads, &head, base.as_ref());
    let families = loaded.families();
    let files = file_reports(&head, base.as_ref(), &changes, &files::when(&loaded.loads()), &families);
    let always = loaded.reports(&changes, &|model, tokens, billing| {
        prices::input_price(&book.quote(model).ok()?.rates, tokens, billing)
    });
    let validated = validate_stage(&findings, &files, &changes, base.is_some(), head.only.is_some());
    let mut stages = vec![unless_unreadable(validated, "what was accepted", &settled.faults)];
    let replayed = cases(inputs, &head, base.as_ref(), &clients, &book);
    cost_notes.extend(replayed.notes);
    let cases = replayed.cases.map(|(report, stage)| {
        stages.push(stage);
        report
    });
    let mut cost_report = None;
    let mut charge = Charge { complete: true, ..Charge::default() };
    if inputs.with_cost {
        let more = (
            teams::workflows(&head_teams, &head, &clients),
            base.as_ref().map_or_else(Vec::new, |base| {
                teams::workflows(base_teams.as_deref().unwrap_or_default(), base, &clients)
            }),
        );
        let projected = project(
            inputs,
            (&head, base.as_ref()),
            &clients,
            &changes,
            (&**policy, &book),
            (more, &mut cost_notes),
        );
        let stage = match projected {
            Some((report, stage, found)) => {
                cost_report = Some(report);
                charge = found;
                stage
            }
            None => cost_stage(&always, files.is_empty()),
        };
        stages.push(unless_unreadable(stage, "the prices in force", &price_faults));
    }
    let verdict = stages.iter().map(|stage| stage.verdict).max().unwrap_or(Verdict::Skip);
    let mut notes = notes(inputs, &head, &clients, &families, always.is_empty());
    notes.splice(0..0, settled.notes.into_iter().chain(cost_notes));
    let mut hints =
        if head.only.is_some() { Vec::new() } else { hints(&findings, &files, base.is_some(), &clients) };
    if cases.as_ref().is_some_and(|cases: &CasesReport| cases.count(CaseState::NotRecorded) > 0) {
        hints.insert(0, RECORD_ANEW.to_owned());
    }
    let compared = Compared {
        head: inputs.head.name.clone(),
        base: inputs.base.as_ref().map(|base| base.name.clone()),
        changed_files: inputs.changed_files,
    };
    let mut report = RunReport {
        verdict,
        stages,
        findings,
        silenced: settled.silenced,
        files,
        always_loaded: always,
        cost: cost_report,
        environments: if head.only.is_some() { None } else { environments::report(&head, base.as_ref()) },
        cases,
        notes,
        hints,
        ..RunReport::empty(tool(book.list_name()), inputs.context.clone(), compared)
    };
    let whole = whole_of(inputs);
    let mut subject = subject(&report, charge, &head, whole, policy, &inputs.config);
    // Whoever silences an error loosens the gate, wherever that is written.
    subject.policy_changes.extend(settled.loosened);
    let cheaper = report.cost.as_ref().and_then(way_to_merge);
    secrets::scrub_report(&mut report);
    Outcome { report, subject, cheaper, head: head.tree }
}

/// The only files that are looked at, where that was asked for and there is a base.
fn only_changed(inputs: &Inputs<'_>) -> Option<Arc<BTreeSet<RepoPath>>> {
    let base = inputs.base.as_ref().filter(|_| inputs.only_changed)?;
    let sides = (&*base.tree, &*inputs.head.tree);
    Some(Arc::new(changed_files(sides, &inputs.config.declared, &inputs.config.excluded, inputs.cache)))
}

/// Base and head of the whole repository.
fn whole_of<'a>(inputs: &'a Inputs<'_>) -> Option<(&'a dyn Tree, &'a dyn Tree)> {
    match (&inputs.whole, &inputs.base) {
        (Some((before, after)), _) => Some((&**before, &**after)),
        // As they are: a secret is part of what is signed for, and only its digest is kept.
        (None, Some(base)) => Some((&*base.tree, &*inputs.head.tree)),
        (None, None) => None,
    }
}

/// The cases of head, from recordings.
fn cases(
    inputs: &Inputs<'_>,
    head: &Inspection,
    base: Option<&Inspection>,
    clients: &[Client],
    book: &prices::Book<'_>,
) -> DryRun {
    let Some(recordings) = inputs.recordings.as_ref() else { return DryRun::default() };
    let (evaluation, now) = (&inputs.config.evaluation, inputs.now);
    let prices: Prices<'_> = &|name| look_up(book, name);
    dry_run(&dry_run::Inputs { head, base, clients, evaluation, recordings, prices, now })
}

/// Everything that is found in head, and in base where there is one, with notes about the teams of head.
fn all_findings(
    inputs: &Inputs<'_>,
    (head, head_teams): (&Inspection, &[Specified<'_>]),
    base: Option<(&Inspection, &[Specified<'_>])>,
    clients: &[Client],
    book: &prices::Book<'_>,
) -> (Unsettled, Option<Unsettled>, Vec<String>) {
    let base_lists = base.map(|(base, _)| mcp::lists(base));
    let all = |side: &Inspection, teams: &[Specified<'_>], lists: Option<&[Recorded]>| {
        let mut all = countable(side, clients);
        let of_servers = mcp::findings(side, lists).into_iter();
        all.extend(of_servers.map(|finding| Located { finding, line_digest: 0, value: None }));
        let (of_teams, said) = teams::findings(teams, inputs.with_cost.then_some(book));
        all.extend(of_teams);
        if inputs.with_cost && side.only.is_none() {
            let (config, typed) = (&inputs.config.cost, inputs.prices);
            let source = Arc::new(inputs.cache);
            let priced = environments::Priced { policy: book, config, typed, source, now: inputs.now };
            all.extend(environments::findings(side, &priced));
        }
        (Unsettled { found: all, ignores: side.ignores.clone() }, said)
    };
    let (mut found, said) = all(head, head_teams, base_lists.as_deref());
    let mut before = base.map(|(base, teams)| all(base, teams, None).0);
    // A skill's description is judged by those beside it, which are not looked at then.
    if head.only.is_none() {
        let before = before.as_mut().map(|before| &mut before.found);
        triggers::add(head, base.map(|(base, _)| base), &mut found.found, before);
    }
    let mut said = said;
    if let (Some((base, _)), Some(before)) = (base, before.as_mut()) {
        let of_change = ours::check_change(&base.repo, &head.repo).into_iter();
        found.found.extend(of_change.map(|finding| Located { finding, line_digest: 0, value: None }));
        let (now, earlier, note) = secrets::in_change(head, base, inputs.searched_texts, inputs.cache);
        found.add(now);
        before.add(earlier);
        said.extend(note);
    }
    (found, before, said)
}

/// Where what a stage goes by cannot be read, nothing can be said.
fn unless_unreadable(mut stage: StageReport, what: &str, faults: &[String]) -> StageReport {
    if !faults.is_empty() {
        stage.verdict = Verdict::Error;
        stage.summary = format!("{what} cannot be read: {}", faults.join("; "));
    }
    stage
}

/// This program, with the price list it goes by.
pub(super) fn tool(price_book: String) -> Tool {
    Tool {
        name: "weighbridge",
        version: env!("CARGO_PKG_VERSION"),
        rule_set: agnix::RULE_SET.to_owned(),
        price_book,
    }
}

/// The cost of the workflows of head against those of base.
fn project(
    inputs: &Inputs<'_>,
    (head, base): (&Inspection, Option<&Inspection>),
    clients: &[Client],
    changes: &FileChanges,
    (policy, policy_book): (&dyn Tree, &prices::Book<'_>),
    (more, notes): ((Vec<Workflow>, Vec<Workflow>), &mut Vec<String>),
) -> Option<(CostReport, StageReport, Charge)> {
    let config = base.filter(|_| !inputs.config_pinned).and_then(|base| proposed(head, base, notes));
    notes.extend(policy_book.age_warning(inputs.now));
    // Base and head are priced with one book; what head does to the prices themselves is a line of its own.
    let new_lock = base.is_some_and(|base| lock_bytes(&*base.tree) != lock_bytes(&*head.tree));
    let new_prices = config.as_ref().is_some_and(|config| config.prices != inputs.config.cost.prices);
    let head_book = (new_lock || new_prices).then(|| {
        let config = config.as_ref().unwrap_or(&inputs.config.cost);
        book(&*head.tree, (config, inputs.prices), Arc::new(inputs.cache), inputs.now, notes)
    });
    let new_prices = head_book.as_ref().map(|book| |name: &str| look_up(book, name));
    let inputs = CostInputs {
        head,
        base,
        policy: &inputs.config.cost,
        proposed: config.as_ref(),
        policy_tree: policy,
        clients,
        renames: &changes.renames,
        prices: &|name| look_up(policy_book, name),
        new_prices: new_prices.as_ref().map(|look_up| look_up as _),
        more,
    };
    cost(&inputs, notes)
}

/// Head as an editor shows it.
pub struct Overview {
    /// What was found, as `validate` says it.
    pub findings: Vec<Finding>,
    /// What cannot be read, so that nothing is known of what was accepted.
    pub faults: Vec<String>,
    /// The files and their weights.
    pub head: Inspection,
    /// The clients it was judged for.
    pub clients: Vec<Client>,
}

/// What the validate stage finds in head alone, with what it looked at, and no report.
pub fn overview(inputs: &Inputs<'_>) -> Overview {
    let files = (&inputs.config.declared, &inputs.config.excluded);
    let head = inspect(&inputs.head.tree, files.0, files.1, None, inputs.cache, inputs.tick);
    let clients = clients(inputs, &head, None);
    let policy = inputs.policy.as_ref().map_or(&head.tree, |side| &side.tree);
    let source = Arc::new(inputs.cache);
    let book = book(&**policy, (&inputs.config.cost, inputs.prices), source, inputs.now, &mut Vec::new());
    let found = {
        let teams = teams::teams(&head, inputs.cache);
        all_findings(inputs, (&head, &teams), None, &clients, &book).0
    };
    let mut settled = settle(found, None, &inputs.config.levels, &**policy, &BTreeMap::new());
    settled.findings.iter_mut().for_each(secrets::scrub_finding);
    Overview { findings: settled.findings, faults: settled.faults, head, clients }
}

/// The workflows of head with their prices, for planning.
///
/// # Errors
/// What is wrong with the prices in force.
pub fn with_workflows<R>(
    inputs: &Inputs<'_>,
    plan: impl FnOnce(&[Workflow], Prices<'_>) -> R,
) -> Result<R, Vec<String>> {
    let files = (&inputs.config.declared, &inputs.config.excluded);
    let head = look_at(&inputs.head.tree, files, Depth::Weigh, inputs.tick);
    let clients = clients(inputs, &head, None);
    let source = Arc::new(inputs.cache);
    let book = prices_in_force(&*head.tree, &inputs.config.cost, inputs.prices, source, inputs.now)?;
    let more = teams::workflows(&teams::teams(&head, inputs.cache), &head, &clients);
    let found = in_force(&head, &inputs.config.cost, &clients, &more);
    Ok(plan(&found, &|name| look_up(&book, name)))
}

/// Runs cases over head with the prices in force, and a report that has only them.
///
/// # Errors
/// What is wrong with the prices in force.
pub fn with_cases<R>(
    inputs: &Inputs<'_>,
    run: impl FnOnce(&Inspection, &[Client], Prices<'_>) -> R,
) -> Result<(RunReport, R), Vec<String>> {
    let files = (&inputs.config.declared, &inputs.config.excluded);
    let head = look_at(&inputs.head.tree, files, Depth::Read, inputs.tick);
    let clients = clients(inputs, &head, None);
    let source = Arc::new(inputs.cache);
    let own = inputs.base.as_ref().unwrap_or(&inputs.head);
    let policy = inputs.policy.as_ref().unwrap_or(own);
    let book = prices_in_force(&*policy.tree, &inputs.config.cost, inputs.prices, source, inputs.now)?;
    let result = run(&head, &clients, &|name| look_up(&book, name));
    let compared = Compared { head: inputs.head.name.clone(), base: None, changed_files: None };
    let report = RunReport::empty(tool(book.list_name()), inputs.context.clone(), compared);
    Ok((report, result))
}

/// How a change that costs too much can be merged.
fn way_to_merge(cost: &CostReport) -> Option<String> {
    let exceeded = cost.budgets.iter().find(|budget| budget.verdict == Verdict::NeedsApproval)?;
    let owner = exceeded.owner.as_deref().unwrap_or("whoever owns the budget");
    let raised = format!("have {owner} raise the budget in {}", exceeded.place);
    Some(match &exceeded.remedy {
        Some(remedy) => format!("{remedy}, or {raised}"),
        None => raised,
    })
}

/// What head's weighbridge.yaml says about cost, when it is not that of base.
fn proposed(head: &Inspection, base: &Inspection, notes: &mut Vec<String>) -> Option<CostConfig> {
    let path = RepoPath::new(config::FILE_NAME)?;
    let read = |inspection: &Inspection| inspection.tree.read(&path, config::MAX_BYTES).ok();
    let text = read(head)?;
    if read(base).as_deref() == Some(&*text) {
        return None;
    }
    match config::parse(config::FILE_NAME, &String::from_utf8_lossy(&text)) {
        Ok(config) => Some(config.cost),
        Err(errors) => {
            notes.extend(errors.iter().take(3).map(|error| format!("in head, {error}")));
            None
        }
    }
}

/// The clients to judge for: named, configured, or seen in either revision.
fn clients(inputs: &Inputs<'_>, head: &Inspection, base: Option<&Inspection>) -> Vec<Client> {
    let named: BTreeSet<Client> = match (inputs.clients, inputs.config.clients.as_slice()) {
        ([], []) => {
            let sides = std::iter::once(head).chain(base);
            in_use(sides.flat_map(|side| side.repo.files()).map(|file| (&file.path, file.kind)))
        }
        ([], configured) => configured.iter().copied().collect(),
        (typed, _) => typed.iter().copied().collect(),
    };
    named.into_iter().collect()
}

/// The findings of a revision that count for these clients.
fn countable(inspection: &Inspection, clients: &[Client]) -> Vec<Located> {
    let mut found: Vec<Located> = inspection
        .findings
        .iter()
        .filter(|(path, raw, _)| {
            let kind = inspection.repo.get(path).map_or(Kind::Other, |file| file.kind);
            concerns(path, kind, raw, clients)
        })
        .map(|(path, raw, digest)| located(path, raw, *digest))
        .collect();
    let kind = |path: &RepoPath| inspection.repo.get(path).map_or(Kind::Other, |file| file.kind);
    for finding in verdicts::settle(&mut found, &inspection.rulings, &kind, clients) {
        found.push(Located { finding, line_digest: 0, value: None });
    }
    let ours = ours::check_repo(&inspection.repo).into_iter();
    let ours = ours.filter(|finding| finding.clients.iter().any(|client| clients.contains(client)));
    let all = ours::check_tree(&*inspection.tree, &inspection.repo).into_iter();
    let all = all.filter(|finding| {
        let about = &finding.clients;
        let counts = about.is_empty() || about.iter().any(|client| clients.contains(client));
        counts && !inspection.excluded.is_match(finding.place.path.as_str())
    });
    found.extend(ours.chain(all).map(|finding| Located { finding, line_digest: 0, value: None }));
    found
}

/// A rule about one client has a say only about files which that client reads.
fn concerns(path: &RepoPath, kind: Kind, raw: &RawFinding, clients: &[Client]) -> bool {
    let Some(tool) = raw.tool.as_deref() else {
        return raw.clients.is_empty() || raw.clients.iter().any(|client| clients.contains(client));
    };
    match agnix::client_of_tool(tool) {
        Some(client) if kind == Kind::Other => clients.contains(&client),
        Some(client) => clients.contains(&client) && readers(path, kind).contains(&client),
        None => agnix::folder_of_tool(tool).is_some_and(|folder| {
            path.as_str().starts_with(folder) || path.as_str().contains(&format!("/{folder}"))
        }),
    }
}

fn validate_stage(
    findings: &[Finding],
    files: &[crate::report::FileReport],
    changes: &FileChanges,
    has_base: bool,
    only_changed: bool,
) -> StageReport {
    let id = "validate".to_owned();
    if files.is_empty() && findings.is_empty() {
        let summary = if only_changed {
            "nothing to check: no agent file has changed".to_owned()
        } else {
            "nothing to check: there are no agent files here".to_owned()
        };
        return StageReport { id, verdict: Verdict::Skip, summary };
    }
    let of = |change| Tally::of(findings.iter().filter(|finding| finding.change == change));
    let (new, fixed, unchanged) = (of(Change::New), of(Change::Fixed), of(Change::Unchanged));
    let verdict = if new.errors > 0 {
        Verdict::Block
    } else if new.warnings > 0 {
        Verdict::Warn
    } else {
        Verdict::Pass
    };
    let checked = files.iter().filter(|file| file.state != FileState::Removed).count();
    let summary = if has_base {
        let touched = changes.states.values().filter(|state| **state != FileState::Unchanged).count();
        format!(
            "{} of {} changed; new: {}; fixed: {}; unchanged: {}",
            thousands(touched as u64),
            plural(checked, "agent file", "agent files"),
            new.words(),
            fixed.words(),
            unchanged.words()
        )
    } else {
        format!("{}; {}", plural(checked, "agent file", "agent files"), new.words())
    };
    StageReport { id, verdict, summary }
}

fn cost_stage(always: &[ClientLoad], is_empty: bool) -> StageReport {
    let id = "cost".to_owned();
    if is_empty {
        let summary = "nothing to weigh: there are no agent files here".to_owned();
        return StageReport { id, verdict: Verdict::Skip, summary };
    }
    if always.is_empty() {
        let summary = "nothing to weigh: no client reads anything for a task at the repository root; \
                       `weighbridge loads FOLDER` shows other folders"
            .to_owned();
        return StageReport { id, verdict: Verdict::Skip, summary };
    }
    // A price that is not known is worth a look, and hides nothing that is.
    let unpriced = always.iter().any(|load| load.fresh_per_1000.is_none());
    let verdict = if unpriced { Verdict::Warn } else { Verdict::Pass };
    StageReport { id, verdict, summary: always_loaded_line(always) }
}
