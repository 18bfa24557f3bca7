//! Measures how often the offline score of `triggers` agrees with authors, and how fast it is:
//! `cargo bench --bench triggers -- LABELLED [OTHERS...] [--write data/trigger-accuracy.json]`.
//!
//! LABELLED is a folder with skills that have trigger sets beside them, OTHERS are folders whose skills only compete.
//! `docs/triggers.md` says which public ones the figures that are shipped come from. Without a folder it measures speed.
#![expect(clippy::print_stdout, clippy::use_debug, reason = "the figures are what it is for")]
#![expect(clippy::expect_used, reason = "whoever measures sees at once what is missing")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use weighbridge::base::{RepoPath, Tree};
use weighbridge::host::os::OsHost;
use weighbridge::host::{Host, ReqwestHttp};
use weighbridge::triggers::catalogue::{Catalogue, Skill};
use weighbridge::triggers::find::Owned;
use weighbridge::triggers::{Measured, assess, find, fit, load};

fn main() {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut out = None;
    // Cargo says `--bench` to every benchmark.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        if word == "--write" { out = words.next() } else { folders.push(PathBuf::from(word)) }
    }
    let host = OsHost::new(Arc::new(ReqwestHttp::new()));
    match folders.split_first() {
        Some((labelled, others)) => measure(&host, labelled, others, out.as_deref()),
        None => speed(),
    }
}

/// A folder's tree and the skills in it.
fn skills(host: &OsHost, folder: &Path) -> (Arc<dyn Tree>, Catalogue) {
    let tree = host.open_dir(&host.current_dir().join(folder)).expect("the folder can be read");
    let paths: Vec<RepoPath> = tree
        .entries()
        .iter()
        .filter(|entry| entry.path.name() == "SKILL.md")
        .map(|entry| entry.path.clone())
        .collect();
    let catalogue = load::catalogue(&*tree, &paths);
    (tree, catalogue)
}

fn measure(host: &OsHost, labelled: &Path, others: &[PathBuf], out: Option<&str>) {
    let (tree, catalogue) = skills(host, labelled);
    let sets = load::sets(&*tree, &load::candidates(&*tree), &catalogue);
    let mut own: Vec<(Skill, Owned)> = Vec::new();
    for owned in sets {
        for error in &owned.set.errors {
            println!("{}:{}: {}", error.place.path, error.place.line(), error.message);
        }
        if let Some(skill) = owned.targets.first().copied().flatten().and_then(|at| catalogue.get(at)) {
            own.push((skill.clone(), owned));
        }
    }
    let others: Vec<Skill> =
        others.iter().flat_map(|folder| skills(host, folder).1.skills().to_vec()).collect();
    let Some(found) = fit::fit(&own, &others, "cargo bench --bench triggers") else {
        println!("two skills with trigger sets are needed");
        return;
    };
    println!(
        "{} prompts of {} skills, {} of them should trigger",
        found.labelled.prompts,
        found.labelled.skills.len(),
        found.labelled.should_trigger
    );
    println!("n-grams: {:?}\nwords:   {:?}\n", found.grams, found.words);
    println!(
        "| skills in the catalogue | agreement | precision | recall | AUC | both measures agree | agreement then |"
    );
    println!("|---|---|---|---|---|---|---|");
    for one in &found.catalogues {
        println!(
            "| {} | {:.1} % | {:.1} % | {:.1} % | {:.3} | {:.1} % | {:.1} % |",
            one.skills,
            one.accuracy * 100.0,
            one.precision * 100.0,
            one.recall * 100.0,
            one.auc,
            one.agreeing * 100.0,
            one.accuracy_agreeing * 100.0
        );
    }
    let mut likeness: Vec<(f64, String, String)> = Vec::new();
    let all = Catalogue::new(own.iter().map(|(skill, _)| skill.clone()).chain(others));
    let scorer = assess::Scorer::new(&all, &found);
    for (place, skill) in all.skills().iter().enumerate() {
        for (other, similarity) in scorer.like(place).into_iter().filter(|(other, _)| *other > place) {
            let Some(other) = all.get(other) else { continue };
            likeness.push((similarity, skill.name.clone(), other.name.clone()));
        }
    }
    likeness.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!("\nThe most alike of {} skills:", all.skills().len());
    for (similarity, one, other) in likeness.iter().take(8) {
        println!("{similarity:.3} {one} {other}");
    }
    if let Some(out) = out {
        let text = serde_json::to_string_pretty(&found).expect("figures") + "\n";
        host.write_file(&host.current_dir().join(out), text.as_bytes()).expect("written");
    }
}

/// 500 skills and 5,000 prompts, made of words that no one chose.
fn speed() {
    let mut state = 7_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Squared: a few words are common, most are rare, as in language.
        let share = (state >> 40) * (state >> 40) / (1 << 24);
        let number = share * 4_000 / (1 << 24);
        format!("w{:x}ord{number:x}", number % 97)
    };
    let mut text = |words: usize| (0..words).map(|_| word()).collect::<Vec<_>>().join(" ");
    let catalogue = Catalogue::new((0..500).filter_map(|number| {
        let path = RepoPath::new(&format!("skills/s{number}/SKILL.md"))?;
        Skill::read(&path, &format!("---\nname: s{number}\ndescription: {}\n---\n", text(80)))
    }));
    let sets: Vec<Owned> = (0..250)
        .filter_map(|number| {
            let prompts: Vec<String> = (0..20).map(|_| text(20)).collect();
            let json = serde_json::json!({ "should_trigger": prompts }).to_string();
            let path = RepoPath::new(&format!("skills/s{number}/evals/trigger-evals.json"))?;
            find::own(&path, &json, find::Likely::Surely, &catalogue)
        })
        .collect();
    let begin = Instant::now();
    let found = assess(&catalogue, &sets, Measured::embedded());
    println!(
        "{} skills, {} prompts, every pair of descriptions: {:.3} s",
        catalogue.skills().len(),
        found.judged.len(),
        begin.elapsed().as_secs_f64()
    );
}
