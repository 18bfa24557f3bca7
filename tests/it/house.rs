//! The house keeps its own rules: which room may use which, how long files are, and what is written about them.

use crate::common::{files_below, read, source_root};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use weighbridge::cli::exit::Exit;
use weighbridge::host::Var;

/// Files that may have more than 600 lines, with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

fn rust_files() -> Vec<PathBuf> {
    let files: Vec<PathBuf> = files_below(&source_root().join("src"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(files.len() > 80, "the sources are gone");
    files
}

/// The rooms of the table in the crate's documentation, and what each may use.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = read(&source_root().join("src/lib.rs"));
    let mut rooms: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("//! | [`")) {
        let cells: Vec<&str> = line.trim_start_matches("//! ").split('|').map(str::trim).collect();
        rooms.push((cells[1].trim_matches(['[', ']', '`']).to_owned(), cells[3].to_owned()));
    }
    let mut above: BTreeSet<String> = BTreeSet::new();
    let mut found = BTreeMap::new();
    for (room, may) in rooms {
        let allowed = match may.as_str() {
            "nothing" => BTreeSet::new(),
            "everything" => above.clone(),
            list => match list.strip_prefix("everything above but ") {
                Some(but) => above.iter().filter(|room| !names(but).contains(*room)).cloned().collect(),
                None => names(list),
            },
        };
        above.insert(room.clone());
        found.insert(room, allowed);
    }
    found
}

fn names(list: &str) -> BTreeSet<String> {
    list.replace(" and ", ", ").split(", ").map(str::to_owned).collect()
}

/// The rooms a source text mentions, comments and tests left out: `crate::room` and `crate::{room, room}`.
fn mentioned(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let word = |text: &str| -> String {
            text.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut part = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && character == ',') {
                    found.insert(word(&part));
                    part.clear();
                } else {
                    part.push(character);
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            found.insert(word(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn no_arrow_points_the_wrong_way() {
    let table = table();
    assert_eq!(table.len(), 22, "the table in src/lib.rs has changed its shape: {table:?}");
    assert_eq!(table["base"], BTreeSet::new());
    assert!(!table["report"].contains("host") && !table["stage"].contains("forge"));
    let mut wrong = Vec::new();
    for path in rust_files() {
        let name = path.to_string_lossy().into_owned();
        let room = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let is_test = name.ends_with("tests.rs") || name == "report/sample.rs";
        let Some(allowed) = table.get(&room).filter(|_| !is_test) else { continue };
        for used in mentioned(&read(&source_root().join("src").join(&path))) {
            if table.contains_key(&used) && used != room && !allowed.contains(&used) {
                wrong.push(format!("src/{name}: `{room}` uses `{used}`, and may use only {allowed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nThe table in src/lib.rs says which room may use which.", wrong.join("\n"));
}

#[test]
fn mentions_are_found_in_every_form() {
    let text = "use crate::base::{Client, x};\nuse crate::{config, host::Var, report::{a, b}};\n// crate::forge\n\
                fn f() -> crate::agent::Kind {}\n#[cfg(test)]\nuse crate::cli;";
    let found: Vec<String> = mentioned(text).into_iter().collect();
    assert_eq!(found, ["agent", "base", "config", "host", "report"]);
}

#[test]
fn every_room_is_in_the_table_and_in_the_library() {
    let table = table();
    let library = read(&source_root().join("src/lib.rs"));
    for room in rooms() {
        assert!(table.contains_key(&room), "src/{room} is missing in the table of src/lib.rs");
        assert!(library.contains(&format!("pub mod {room};")), "src/{room} is no module");
    }
}

/// The folders right below `src`.
fn rooms() -> BTreeSet<String> {
    let files = files_below(&source_root().join("src")).into_iter();
    let folder = |path: PathBuf| {
        path.parent().and_then(|parent| parent.iter().next()).map(|name| name.to_string_lossy().into_owned())
    };
    files.filter_map(folder).collect()
}

#[test]
fn files_are_short_and_begin_by_saying_what_they_are() {
    let mut wrong = Vec::new();
    let sources = rust_files().into_iter().map(|path| Path::new("src").join(path));
    let tests =
        files_below(&source_root().join("tests/it")).into_iter().map(|path| Path::new("tests/it").join(path));
    for path in sources.chain(tests) {
        let text = read(&source_root().join(&path));
        let name = path.display().to_string();
        if text.lines().count() > 600 && !LONG_FILES.iter().any(|(listed, _)| *listed == name) {
            wrong.push(format!("{name} has {} lines: does it still hold one idea?", text.lines().count()));
        }
        // Unit tests of the file beside them need no introduction.
        if !text.starts_with("//!") && !name.ends_with("tests.rs") {
            wrong.push(format!("{name} does not begin by saying what it is (`//!`)"));
        }
        for mark in
            [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")]
        {
            if text.contains(mark) {
                wrong.push(format!("{name} holds a {mark}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (listed, reason) in LONG_FILES {
        assert!(reason.len() > 20 && read(&source_root().join(listed)).lines().count() > 600, "{listed}");
    }
}

#[test]
fn the_map_names_every_folder() {
    let map = read(&source_root().join("ARCHITECTURE.md"));
    if map.is_empty() {
        // It is written last.
        return;
    }
    for room in rooms() {
        assert!(
            map.contains(&format!("`{room}`")) || map.contains(&format!("src/{room}")),
            "ARCHITECTURE.md does not name src/{room}"
        );
    }
}

#[test]
fn the_table_of_exit_codes_is_that_of_the_code() {
    let page = read(&source_root().join("docs/cli.md"));
    assert!(!page.is_empty(), "docs/cli.md is missing: run `cargo run -- generate` and commit it");
    let (_, table) = page.split_once("## Exit codes").expect("docs/cli.md has a table of exit codes");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let expected: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |", exit.code(), exit.doc())).collect();
    assert_eq!(rows, expected);
    let mut codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
    codes.dedup();
    assert_eq!(codes.len(), Exit::ALL.len(), "two ways to end have one code");
}

/// `name: value` lines of a section of a YAML file, at one depth.
fn section<'a>(text: &'a str, start: &str, indent: usize) -> Vec<(&'a str, &'a str)> {
    let after = text.split_once(start).unwrap_or_else(|| panic!("no {start:?}")).1;
    let margin = " ".repeat(indent);
    after
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with(&margin))
        .filter_map(|line| line.strip_prefix(&margin))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
        .collect()
}

#[test]
fn every_input_of_the_action_reaches_a_known_variable_or_is_an_argument() {
    /// What these say is an argument of its own in a list, which no shell reads.
    const ARGUMENTS: [&str; 2] = ["command", "change"];
    let action = read(&source_root().join("action.yml"));
    let inputs = section(&action, "\ninputs:\n", 2);
    let environment = section(&action, "\n  env:\n", 4);
    assert!(inputs.len() >= 8 && environment.len() >= 8, "{inputs:?} {environment:?}");
    let arguments = action.split_once("\n  args:\n").unwrap().1.split("\n  env:\n").next().unwrap();
    for (input, _) in &inputs {
        if ARGUMENTS.contains(input) {
            assert!(arguments.contains(&format!("inputs.{input}")), "the input {input} goes nowhere");
            continue;
        }
        let value = format!("${{{{ inputs.{input} }}}}");
        let variable = environment.iter().find(|(_, given)| *given == value);
        let (variable, _) = variable.unwrap_or_else(|| panic!("the input {input} goes nowhere"));
        assert!(
            Var::ALL.iter().any(|var| var.name() == *variable),
            "{variable} is not a variable the program knows"
        );
    }
    assert_eq!(inputs.len(), environment.len() + ARGUMENTS.len());
    assert_eq!(
        section(&action, "\noutputs:\n", 2).iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["verdict", "report", "json"]
    );
}

#[test]
fn the_template_for_gitlab_is_one_text_in_two_places() {
    let template = read(&source_root().join("gitlab-ci-template.yml"));
    assert!(!template.is_empty() && template == read(&source_root().join("templates/weighbridge.yml")));
    let job = template.split_once("\n---\n").unwrap().1;
    for (variable, _) in section(job, "\n  variables:\n", 4) {
        let known = variable == "GIT_DEPTH" || Var::ALL.iter().any(|var| var.name() == variable);
        assert!(known, "{variable} is not a variable the program knows");
    }
}

#[test]
fn nothing_is_called_by_a_variable_of_another_name() {
    for path in rust_files() {
        let text = read(&source_root().join("src").join(&path));
        let is_the_list = path.to_string_lossy().ends_with("env_vars.rs");
        for name in text.split('"').filter(|part| part.starts_with("WEIGHBRIDGE_") && !is_the_list) {
            assert!(Var::ALL.iter().any(|var| var.name() == name), "{}: {name}", path.display());
        }
    }
}
