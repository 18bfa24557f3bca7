//! Answers to what a client asks about a document.

use super::abilities::Abilities;
use super::actions::{self, Action};
use super::completion::completion;
use super::diagnostics::diagnostic;
use super::fix;
use super::hints::hints;
use super::hover::hover;
use super::session::{BAD_PARAMS, Document, Refused, Session, uri_in};
use super::workspace::Judged;
use crate::agent::Kind;
use crate::base::{Finding, RepoPath};
use crate::config;
use serde_json::{Value, json};
use std::ops::Range;

/// Fixes that are tried out for one request: each takes a look at the whole file.
const MAX_TRIED: usize = 50;

impl Session<'_> {
    /// What is known of an open document, up to date; `None` for a document outside of every folder.
    fn known<'p>(&mut self, params: &'p Value) -> Result<Option<Known<'_, 'p>>, Refused> {
        let uri = uri_in(params).ok_or(BAD_PARAMS)?;
        // The answer is about what the client has been told, so it is told first.
        self.judge();
        self.publish();
        let known = || {
            let (at, path) = self.place(uri)?;
            let document = self.documents.get(uri)?;
            let judged = self.workspaces.get(at)?.judged.as_ref()?;
            Some(Known { uri, path, document, judged })
        };
        Ok(known())
    }

    pub(super) fn hover(&mut self, params: &Value) -> Result<Value, Refused> {
        let encoding = self.abilities.style.encoding;
        let position = params.get("position").ok_or(BAD_PARAMS)?;
        let Some(known) = self.known(params)? else { return Ok(Value::Null) };
        let text = &known.document.text;
        let at = text.offset(position, encoding).ok_or(BAD_PARAMS)?;
        let under: Vec<(&Finding, Range<usize>)> = known.touching(&(at..at));
        let Some(range) = under.iter().map(|(_, range)| range.clone()).min_by_key(ExactSizeIterator::len)
        else {
            return Ok(Value::Null);
        };
        let findings: Vec<&Finding> = under.iter().map(|(finding, _)| *finding).collect();
        let contents = json!({"kind": "markdown", "value": hover(&findings)});
        Ok(json!({"contents": contents, "range": text.range(&range, encoding)}))
    }

    pub(super) fn inlay_hints(&mut self, params: &Value) -> Result<Value, Refused> {
        let encoding = self.abilities.style.encoding;
        let range = params.get("range").ok_or(BAD_PARAMS)?;
        let Some(known) = self.known(params)? else { return Ok(Value::Null) };
        let text = &known.document.text;
        let within = text.bytes(range, encoding).ok_or(BAD_PARAMS)?;
        Ok(Value::Array(hints(known.judged, &known.path, text, &within, encoding)))
    }

    pub(super) fn code_actions(&mut self, params: &Value) -> Result<Value, Refused> {
        let abilities = self.abilities;
        let range = params.get("range").ok_or(BAD_PARAMS)?;
        let only = params.pointer("/context/only").and_then(Value::as_array);
        if only.is_some_and(|only| only.iter().all(|kind| kind != "quickfix" && kind != "")) {
            return Ok(json!([]));
        }
        let Some(known) = self.known(params)? else { return Ok(json!([])) };
        let text = &known.document.text;
        let within = text.bytes(range, abilities.style.encoding).ok_or(BAD_PARAMS)?;
        let findings = known.touching(&within);
        if findings.is_empty() {
            return Ok(json!([]));
        }
        let file = known.judged.head.repo.get(&known.path);
        let kind = file.map_or(Kind::Other, |file| file.kind);
        let tree = &known.judged.head.tree;
        let fixes = fix::fixes(&known.path, kind, text.as_str(), tree, known.judged.of(&known.path));
        let (mut first, mut last) = (Vec::new(), Vec::new());
        let mut tried = 0;
        for (finding, _) in findings {
            let shown = diagnostic(finding, known.uri, text, abilities.style);
            for fix in fixes.iter().filter(|fix| actions::is_for(fix, finding)) {
                tried += 1;
                if tried <= MAX_TRIED && fix::settles(fix, (&known.path, kind), text.as_str(), tree) {
                    first.push(known.as_json(&actions::edit(fix), &shown, abilities));
                }
            }
            let ignore = actions::ignore(finding, &known.path, kind, text);
            last.extend(ignore.map(|action| known.as_json(&action, &shown, abilities)));
        }
        first.extend(last);
        Ok(Value::Array(first))
    }

    pub(super) fn completions(&mut self, params: &Value) -> Result<Value, Refused> {
        let encoding = self.abilities.style.encoding;
        let uri = uri_in(params).ok_or(BAD_PARAMS)?;
        let position = params.get("position").ok_or(BAD_PARAMS)?;
        let is_config = self.place(uri).is_some_and(|(_, path)| path.as_str() == config::FILE_NAME);
        let Some(document) = self.documents.get(uri).filter(|_| is_config) else { return Ok(json!([])) };
        let at = document.text.offset(position, encoding).ok_or(BAD_PARAMS)?;
        Ok(Value::Array(completion(document.text.as_str(), at)))
    }
}

/// An open document and what was found in it.
struct Known<'s, 'p> {
    uri: &'p str,
    path: RepoPath,
    document: &'s Document,
    judged: &'s Judged,
}

impl<'s> Known<'s, '_> {
    /// The findings that touch these bytes, with theirs.
    fn touching(&self, bytes: &Range<usize>) -> Vec<(&'s Finding, Range<usize>)> {
        let all = self.judged.of(&self.path).iter();
        let all = all.map(|finding| (finding, self.document.text.seen(finding.place.span)));
        all.filter(|(_, range)| range.start <= bytes.end && bytes.start <= range.end).collect()
    }

    fn as_json(&self, action: &Action, diagnostic: &Value, abilities: Abilities) -> Value {
        let range = self.document.text.range(&action.range, abilities.style.encoding);
        let place = action.place.as_ref().filter(|_| abilities.snippets && abilities.versioned_edits);
        let edit = match place {
            Some(place) => {
                json!({"range": range, "snippet": {"kind": "snippet", "value": snippet(&action.replacement, place)}})
            }
            None => json!({"range": range, "newText": action.replacement}),
        };
        let edit = if abilities.versioned_edits {
            let document = json!({"uri": self.uri, "version": self.document.version});
            json!({"documentChanges": [{"textDocument": document, "edits": [edit]}]})
        } else {
            let mut changes = serde_json::Map::new();
            changes.insert(self.uri.to_owned(), json!([edit]));
            json!({"changes": changes})
        };
        json!({
            "title": action.title,
            "kind": "quickfix",
            "diagnostics": [diagnostic],
            "isPreferred": action.preferred,
            "edit": edit,
        })
    }
}

/// A text in which one place is to be filled in, in the syntax of snippets.
fn snippet(text: &str, place: &Range<usize>) -> String {
    let escaped = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
    };
    let (before, word) = (escaped(text.get(..place.start)), escaped(text.get(place.clone())));
    format!("{before}${{1:{word}}}{}", escaped(text.get(place.end..)))
}
