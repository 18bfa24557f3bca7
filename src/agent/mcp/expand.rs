//! Variables in the configuration of a server, filled in as each client does it.

use crate::base::Client;
use std::collections::BTreeSet;

/// What is known where the server would be started.
pub struct World<'a> {
    /// The value of a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The root of the repository.
    pub folder: &'a str,
    /// The user's home.
    pub home: Option<&'a str>,
}

/// What was found while filling in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Variables of the environment that were filled in, and their values: these may be credentials.
    pub values: BTreeSet<(String, String)>,
    /// What could not be filled in, and what the client makes of it.
    pub remarks: BTreeSet<String>,
    /// What only a person could answer: the server cannot be started.
    pub unanswerable: BTreeSet<String>,
}

/// Fills in the variables of a text by the rules of a client.
///
/// Claude Code knows `${VAR}` and `${VAR:-default}` and leaves what is unset as it stands. Cursor and VS Code know
/// `${env:VAR}` and places of the workspace, and VS Code asks people for `${input:...}`. Codex fills in nothing.
pub fn expand(text: &str, client: Client, world: &World<'_>, found: &mut Found) -> String {
    if client == Client::Codex {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, remaining)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let value = if client == Client::ClaudeCode {
            of_claude(name, world, found)
        } else {
            of_editor(name, client, world, found)
        };
        if let Some(value) = value {
            out.push_str(&value);
            rest = remaining;
        } else {
            // It stays as it is; something inside it may still be a variable.
            out.push_str("${");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.starts_with(|c: char| !c.is_ascii_digit())
}

fn taken(name: &str, value: &str, found: &mut Found) -> String {
    if !value.is_empty() {
        found.values.insert((name.to_owned(), value.to_owned()));
    }
    value.to_owned()
}

fn of_claude(written: &str, world: &World<'_>, found: &mut Found) -> Option<String> {
    let (name, default) = match written.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (written, None),
    };
    if !is_name(name) {
        return None;
    }
    match ((world.variable)(name), default) {
        (Some(value), _) => Some(taken(name, &value, found)),
        (None, Some(default)) => Some(default.to_owned()),
        (None, None) => {
            found.remarks.insert(format!("{name} is not set; Claude Code passes `${{{name}}}` as it stands"));
            None
        }
    }
}

fn of_editor(written: &str, client: Client, world: &World<'_>, found: &mut Found) -> Option<String> {
    if let Some(name) = written.strip_prefix("env:") {
        let Some(value) = (world.variable)(name) else {
            found.remarks.insert(format!("{name} is not set; {} passes an empty text", client.title()));
            return Some(String::new());
        };
        return Some(taken(name, &value, found));
    }
    if written.starts_with("input:") || written.starts_with("command:") {
        found.unanswerable.insert(format!("${{{written}}} asks a person"));
        return None;
    }
    match written {
        "workspaceFolder" => Some(world.folder.to_owned()),
        "workspaceFolderBasename" => Some(world.folder.rsplit('/').next().unwrap_or(world.folder).to_owned()),
        "userHome" => world.home.map(str::to_owned),
        "pathSeparator" | "/" => Some("/".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(text: &str, client: Client) -> (String, Found) {
        let variable = |name: &str| (name == "KEY").then(|| "s3cret".to_owned());
        let world = World { variable: &variable, folder: "/repo/shop", home: Some("/users/me") };
        let mut found = Found::default();
        let text = expand(text, client, &world, &mut found);
        (text, found)
    }

    #[test]
    fn claude_code_knows_defaults_and_leaves_what_is_unset() {
        let (text, found) = filled("a ${KEY} ${NO:-b c} ${NO} $KEY ${1X} ${", Client::ClaudeCode);
        assert_eq!(text, "a s3cret b c ${NO} $KEY ${1X} ${");
        assert_eq!(found.values, BTreeSet::from([("KEY".to_owned(), "s3cret".to_owned())]));
        assert_eq!(found.remarks.len(), 1);
        assert_eq!(filled("${env:KEY}", Client::ClaudeCode).0, "${env:KEY}");
        assert_eq!(filled("${KEY:-x}", Client::ClaudeCode).0, "s3cret");
    }

    #[test]
    fn editors_know_the_workspace_and_ask_people() {
        for client in [Client::Cursor, Client::Copilot] {
            let (text, found) =
                filled("${env:KEY} ${env:NO} ${workspaceFolder}${/}x ${userHome} ${KEY}", client);
            assert_eq!(text, "s3cret  /repo/shop/x /users/me ${KEY}");
            assert_eq!((found.values.len(), found.remarks.len()), (1, 1));
        }
        let (text, found) = filled("${workspaceFolderBasename} ${input:key}", Client::Copilot);
        assert_eq!((text.as_str(), found.unanswerable.len()), ("shop ${input:key}", 1));
    }

    #[test]
    fn codex_fills_in_nothing() {
        assert_eq!(
            filled("${KEY} ${env:KEY}", Client::Codex),
            ("${KEY} ${env:KEY}".to_owned(), Found::default())
        );
    }

    proptest! {
        #[test]
        fn a_text_without_variables_stays(text in "[^$]{0,60}") {
            for client in Client::ALL {
                prop_assert_eq!(&filled(&text, *client).0, &text);
            }
        }

        #[test]
        fn hostile_text_is_filled_in_too(text in "(\\$\\{|\\}|KEY|:-|env:|a){0,20}") {
            filled(&text, Client::ClaudeCode);
            filled(&text, Client::Cursor);
        }
    }
}
