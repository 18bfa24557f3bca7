//! `weighbridge loads --verdicts`: what each reader does with each file.

use crate::agent::Kind;
use crate::agent::verdict::{Outcome, Reader, Ruling, of_reader, readers_of, with_chain};
use crate::base::{Client, RepoPath};
use crate::report::escape;
use crate::stage::inspect::Inspection;
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;

/// One file.
#[derive(Serialize)]
struct FileVerdicts<'a> {
    path: &'a RepoPath,
    kind: &'static str,
    readers: Vec<ReaderVerdict<'a>>,
}

/// One reader of it.
#[derive(Serialize)]
struct ReaderVerdict<'a> {
    reader: &'static str,
    /// The gravest of what it does.
    verdict: Outcome,
    /// It looks where the file lies; the verdict of a reader that does not says what it would do with a copy.
    reads_here: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason<'a>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    verdict: Outcome,
    about: &'a str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    source: &'a str,
}

/// The verdicts on the files below a folder, as text or JSON. Files that no reader looks at have none.
pub(super) fn shown(
    inspection: &Inspection,
    folder: &RepoPath,
    clients: &[Client],
    json: bool,
) -> anyhow::Result<String> {
    let rulings = with_chain(&inspection.repo, &inspection.rulings, clients);
    let files: Vec<FileVerdicts<'_>> = inspection
        .repo
        .files()
        .filter(|file| file.path.is_within(folder))
        .filter_map(|file| {
            let own = rulings.get(&file.path).map_or(&[][..], Vec::as_slice);
            let here = readers_of(&file.path, file.kind);
            let readers: Vec<ReaderVerdict<'_>> = shown_readers(file.kind, &here, own, clients)
                .into_iter()
                .map(|reader| one(reader, &here, own))
                .collect();
            (!readers.is_empty()).then_some(FileVerdicts {
                path: &file.path,
                kind: file.kind.name(),
                readers,
            })
        })
        .collect();
    if json {
        let text = serde_json::to_string_pretty(&files).context("the result as JSON")?;
        return Ok(format!("{text}\n"));
    }
    let mut out = String::new();
    for file in &files {
        as_text(&mut out, file);
    }
    Ok(out)
}

/// The judged clients that look here, the gates, and for skills the judged clients that look elsewhere.
fn shown_readers(kind: Kind, here: &[Reader], own: &[Ruling], clients: &[Client]) -> Vec<Reader> {
    let mut readers: Vec<Reader> = here
        .iter()
        .copied()
        .filter(|reader| match reader {
            Reader::Client(client) => clients.contains(client),
            _ => true,
        })
        .collect();
    let elsewhere =
        clients.iter().map(|client| Reader::Client(*client)).filter(|reader| !here.contains(reader));
    readers.extend(
        elsewhere.filter(|reader| kind == Kind::Skill || own.iter().any(|ruling| ruling.reader == *reader)),
    );
    readers
}

fn one<'a>(reader: Reader, here: &[Reader], own: &'a [Ruling]) -> ReaderVerdict<'a> {
    let (verdict, reasons) = of_reader(own, reader);
    let reasons = reasons
        .into_iter()
        .map(|ruling| Reason {
            verdict: ruling.outcome,
            about: &ruling.about,
            why: &ruling.why,
            line: ruling.span.map(|span| span.start.line),
            source: &ruling.source,
        })
        .collect();
    ReaderVerdict { reader: reader.name(), verdict, reads_here: here.contains(&reader), reasons }
}

fn as_text(out: &mut String, file: &FileVerdicts<'_>) {
    let _ = writeln!(out, "{} [{}]", escape::terminal(file.path.as_str()), file.kind);
    for reader in &file.readers {
        let elsewhere =
            if reader.reads_here { "" } else { "  (it does not look here; a copy where it does)" };
        let _ = writeln!(out, "  {:<12} {}{elsewhere}", reader.reader, reader.verdict.name());
        for reason in &reader.reasons {
            let line = reason.line.map_or_else(String::new, |line| format!(", line {line}"));
            let also = if reason.verdict == reader.verdict {
                String::new()
            } else {
                format!("{}: ", reason.verdict.name())
            };
            let _ = writeln!(
                out,
                "               {also}{}{line}  <{}>",
                escape::terminal(reason.why),
                reason.source
            );
        }
    }
    out.push('\n');
}
