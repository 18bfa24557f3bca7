//! One text in, the secrets in it out.
//!
//! One pass of an automaton over the text says where a secret could begin or be named; everything else is looked at
//! there only, within bounds, so the time grows with the text and not with what a hostile author puts into it.

use super::assign::{self, Assigned, Level};
use super::decode;
use super::handed;
use super::kinds::{self, FORMATS, Kind, NAMED};
use super::mcp;
use super::quiet;
use super::shapes::{self, Hit};
use crate::base::RepoPath;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::bytes::Regex;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// Secrets of one text that are told apart; what follows is hidden, and reported as one.
const MAX_FOUND: usize = 2_000;
/// Beginnings that are tried inside one word: `sk-sk-sk-...` must not take for ever.
const MAX_TRIES: usize = 16;
/// Names of vendors that are looked for without another word are at least this long.
const MIN_VENDOR: usize = 5;
/// How the expression of a UUID begins.
const UUID: &str = "[0-9a-fA-F]{8}(";
/// Bytes behind an access key in which its secret is looked for.
const MAX_PARTNER: usize = 160;

/// A secret in a text. It holds the value, so it can be neither printed nor stored.
pub(super) struct Found {
    /// What it is.
    pub(super) kind: &'static Kind,
    /// Where it stands, in bytes.
    pub(super) range: Range<usize>,
    /// The beginning that the format fixes.
    pub(super) start: &'static str,
    /// The value, decoded.
    pub(super) value: String,
}

/// What has to be looked at where a keyword stands.
#[derive(Clone, Copy)]
enum Look {
    Format(usize, &'static str),
    Name,
    Vendor(usize),
    Server,
    Block,
    Token,
    Address,
    Around(&'static str),
    CurlUser,
    Call(usize),
    Command(handed::Command),
}

/// Parts of names that speak of secrets.
const NAMES: [&str; 12] =
    ["token", "secret", "pass", "pwd", "key", "cred", "auth", "bearer", "jwt", "cookie", "_pat", "_pw"];

struct Index {
    automaton: Option<AhoCorasick>,
    looks: Vec<Look>,
}

static ALL: LazyLock<Index> = LazyLock::new(|| Index::new(true));
static FORMATS_ONLY: LazyLock<Index> = LazyLock::new(|| Index::new(false));

impl Index {
    fn new(with_names: bool) -> Self {
        let mut words: Vec<&str> = Vec::new();
        let mut looks = Vec::new();
        let mut add = |word: &'static str, look: Look| {
            words.push(word);
            looks.push(look);
        };
        for (number, kind) in FORMATS.iter().enumerate() {
            for start in kind.starts {
                add(start, Look::Format(number, start));
            }
        }
        add("-----BEGIN ", Look::Block);
        add("Private-Lines:", Look::Block);
        add("eyJ", Look::Token);
        add("://", Look::Address);
        for mark in ["Q~", "JQQJ9", "+ACR", ":AA", ".atlasv1.", "-us"] {
            add(mark, Look::Around(mark));
        }
        if with_names {
            for name in NAMES {
                add(name, Look::Name);
            }
            for (number, named) in NAMED.iter().enumerate() {
                // Shorter names stand inside of words, and a UUID beside a name is mostly an id.
                let telling = named
                    .words
                    .iter()
                    .filter(|word| word.len() >= MIN_VENDOR && !named.value.starts_with(UUID));
                telling.for_each(|word| add(word, Look::Vendor(number)));
            }
            for key in ["env", "headers", "args"] {
                add(key, Look::Server);
            }
            for (word, index) in handed::CALLS {
                add(word, Look::Call(index));
            }
            for command in handed::COMMANDS {
                add(command.name, Look::Command(command));
            }
            add(" -u ", Look::CurlUser);
            add("--user ", Look::CurlUser);
        }
        let automaton = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(words).ok();
        Self { automaton, looks }
    }
}

/// How strictly the values of a file are judged, from its path and text.
pub(super) fn level_of(path: &RepoPath, text: &str) -> Level {
    let name = path.name().to_ascii_lowercase();
    let folder = path.parent().name().to_ascii_lowercase();
    if ["example", "sample", "template", "dist", "defaults"].iter().any(|word| name.contains(word)) {
        return Level::Strict;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_environment = name.starts_with(".env")
        || matches!(extension, "env" | "tfvars" | "netrc" | "pgpass" | "npmrc" | "pypirc");
    let is_store = matches!(
        name.as_str(),
        "_netrc" | "credentials" | ".git-credentials" | ".dockercfg" | ".my.cnf" | ".boto" | ".s3cfg"
    );
    let is_client = matches!(
        folder.as_str(),
        ".claude"
            | ".cursor"
            | ".vscode"
            | ".gemini"
            | ".codex"
            | "mcp-servers"
            | ".roo"
            | ".kiro"
            | ".windsurf"
            | ".docker"
    );
    let is_data = matches!(
        extension,
        "json"
            | "jsonc"
            | "json5"
            | "yaml"
            | "yml"
            | "toml"
            | "ini"
            | "cfg"
            | "conf"
            | "properties"
            | "xml"
            | "config"
    );
    let servers = || ["mcpServers", "mcp_servers", "mcp-servers"].iter().any(|key| text.contains(key));
    if is_environment || is_store || (is_data && (is_client || name.contains("mcp") || servers())) {
        Level::Liberal
    } else if is_data {
        Level::Data
    } else {
        Level::Strict
    }
}

/// Lines of `NAME=value` up to their end, where no shell and no grammar ends a value earlier.
fn has_whole_lines(path: &RepoPath) -> bool {
    let name = path.name().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    name.starts_with(".env") || matches!(extension, "env" | "properties")
}

/// The secrets of a file, sorted by place, none inside another; and how strictly it was judged.
pub(super) fn file(path: &RepoPath, text: &str) -> (Vec<Found>, Level) {
    let level = level_of(path, text);
    let mut scan = Scan::new(text, level, has_whole_lines(path), &ALL);
    scan.run();
    if path.name().ends_with("pgpass") || path.name() == "pgpass.conf" {
        for range in handed::pgpass(text) {
            scan.handed(Some(range));
        }
    }
    for (range, decoded) in decode::stretches(text) {
        let mut inner = Scan::new(&decoded, Level::Strict, false, &ALL);
        inner.run();
        for found in inner.settled() {
            scan.add(5, found.kind, range.clone(), found.start, found.value);
        }
    }
    (scan.settled(), level)
}

/// What has the form of a secret in any text, whatever stands beside it: the last look at what is printed.
pub(super) fn forms(text: &str) -> Vec<Found> {
    let mut scan = Scan::new(text, Level::Strict, false, &FORMATS_ONLY);
    scan.run();
    scan.settled()
}

struct Scan<'t> {
    text: &'t str,
    level: Level,
    whole_lines: bool,
    index: &'static Index,
    found: Vec<(u8, Found)>,
    /// Where samples stand: the name beside one does not make it a secret.
    samples: Vec<Range<usize>>,
    /// The end of the last name that was read.
    name_done: usize,
    /// The word in which beginnings were tried last: its end, and how many.
    word: (usize, usize),
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, level: Level, whole_lines: bool, index: &'static Index) -> Self {
        Self {
            text,
            level,
            whole_lines,
            index,
            found: Vec::new(),
            samples: Vec::new(),
            name_done: 0,
            word: (0, 0),
        }
    }

    fn run(&mut self) {
        let Some(automaton) = &self.index.automaton else { return };
        let (text, looks) = (self.text, &self.index.looks);
        for hit in automaton.find_overlapping_iter(text) {
            if self.found.len() >= MAX_FOUND {
                return;
            }
            let Some(look) = looks.get(hit.pattern().as_usize()) else { continue };
            match *look {
                Look::Format(number, start) => self.format(number, start, hit.start()),
                Look::Name => self.name(hit.start()),
                Look::Server if self.level == Level::Liberal => self.server(hit.start()),
                Look::Server => {}
                Look::Vendor(number) => self.vendor(number, hit.start()),
                Look::Block => self.shape(0, shapes::key_block(text, hit.start())),
                Look::Token => self.token(hit.start()),
                Look::Address => {
                    self.shape(3, shapes::address(text, hit.start(), self.level == Level::Strict))
                }
                Look::Around(mark) => {
                    if self.is(mark, hit.start()) {
                        self.shape(2, shapes::around(text, mark, hit.start()));
                    }
                }
                Look::CurlUser => self.shape(3, shapes::curl_user(text, hit.end())),
                Look::Call(index) => self.handed(handed::argument(text, hit.end(), index)),
                Look::Command(command) => self.handed(handed::option(text, hit.end(), command)),
            }
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// Beginnings have a case, names have none, and the automaton knows only one kind.
    fn is(&self, word: &str, at: usize) -> bool {
        self.text.as_bytes().get(at..at + word.len()) == Some(word.as_bytes())
    }

    /// True when no word goes on into the place: `\n` and `%3D` before it are no letters.
    fn begins(&self, at: usize, weak: bool) -> bool {
        let Some(before) = at.checked_sub(1).map(|at| self.byte(at)) else { return true };
        if weak && matches!(before, b'-' | b'_' | b'.' | b'/' | b'+') {
            return false;
        }
        if !before.is_ascii_alphanumeric() && before < 0x80 {
            return true;
        }
        let escaped = at >= 2 && self.byte(at - 2) == b'\\' && matches!(before, b'n' | b't' | b'r');
        escaped || (at >= 3 && self.byte(at - 3) == b'%' && before.is_ascii_hexdigit())
    }

    fn format(&mut self, number: usize, start: &'static str, at: usize) {
        let Some(kind) = FORMATS.get(number) else { return };
        let begins = start.starts_with(|c: char| !c.is_ascii_alphanumeric()) || self.begins(at, kind.weak);
        if !begins || !self.is(start, at) || !self.may_try(at) {
            return;
        }
        let from = at + start.len();
        let after = self.text.as_bytes().get(from..).unwrap_or(&[]);
        let Some(length) = kinds::length_of_rest(number, after) else { return };
        let next = self.byte(from + length);
        if next.is_ascii_alphanumeric() || next == b'_' || (kind.weak && next == b'-') {
            return;
        }
        let Some(body) = self.text.get(from..from + length) else { return };
        let made_up = quiet::is_sample(body) || (kind.weak && !quiet::looks_random(body));
        if !made_up {
            self.add(1, kind, at..from + length, start, format!("{start}{body}"));
            if kind.id == "aws-access-key-id" {
                self.partner(from + length);
            }
        }
    }

    /// The secret half of a key pair of AWS, which has no mark, right behind the half that has one.
    fn partner(&mut self, from: usize) {
        let bytes = self.text.as_bytes();
        let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
        let end = (from + MAX_PARTNER).min(bytes.len());
        let mut at = from;
        while at < end {
            let length = bytes.iter().skip(at).take(64).take_while(|byte| inside(byte)).count();
            let value = self.text.get(at..at + length).filter(|_| length == 40).unwrap_or("");
            if quiet::looks_random(value) && !quiet::is_sample(value) {
                let value = value.to_owned();
                self.add(3, kind_of("aws_secret", &value), at..at + length, "", value);
                return;
            }
            at += length.max(1);
        }
    }

    /// Counts the beginnings tried in one word.
    fn may_try(&mut self, at: usize) -> bool {
        if at >= self.word.0 {
            let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'.');
            let length = self.text.as_bytes().iter().skip(at).take(8192).take_while(inside).count();
            self.word = (at + length, 0);
        }
        self.word.1 += 1;
        self.word.1 <= MAX_TRIES
    }

    fn token(&mut self, at: usize) {
        if !self.is("eyJ", at) || !self.begins(at, false) {
            return;
        }
        match shapes::token(self.text, at) {
            Some((hit, true)) => self.shape(2, Some(hit)),
            Some(((_, range), false)) => self.samples.push(range),
            None => {}
        }
    }

    fn shape(&mut self, rank: u8, hit: Option<Hit>) {
        if let Some((kind, range)) = hit
            && let Some(value) = self.text.get(range.clone())
        {
            self.add(rank, kind, range, "", value.to_owned());
        }
    }

    fn name(&mut self, at: usize) {
        if at < self.name_done {
            return;
        }
        self.name_done = assign::end_of_name(self.text.as_bytes(), at);
        let Some(assigned) = assign::read(self.text, at, self.whole_lines) else { return };
        self.assigned(&assigned);
    }

    fn assigned(&mut self, assigned: &Assigned<'_>) {
        if assigned.is_basic() || assigned.holds_a_pair() {
            return self.basic(assigned);
        }
        if let Some(inner) = assign::default_of(assigned.value) {
            let range = assigned.range.start + inner.start..assigned.range.start + inner.end;
            let Some(value) = self.text.get(range.clone()) else { return };
            if assigned.with(value, range.clone()).is_secret(self.level) {
                self.add(4, kind_of(&assigned.context, value), range, "", value.to_owned());
            }
            return;
        }
        let kind = kind_of(&assigned.context, assigned.value);
        // What people choose has no form, whoever the vendor is.
        let kind = if assigned.looks_chosen() { &kinds::GENERIC } else { kind };
        let of_vendor = !std::ptr::eq(kind, &raw const kinds::GENERIC) && assigned.may_be_of_a_vendor();
        if of_vendor || assigned.is_secret(self.level) {
            self.add(4, kind, assigned.range.clone(), "", assigned.value.to_owned());
        }
    }

    /// A password without a name.
    fn handed(&mut self, range: Option<Range<usize>>) {
        if let Some(value) = range.clone().and_then(|range| self.text.get(range)) {
            self.add(4, &kinds::GENERIC, range.unwrap_or_default(), "", value.to_owned());
        }
    }

    /// Values of an MCP server that need no name to be suspected.
    fn server(&mut self, at: usize) {
        for range in mcp::suspects(self.text, at) {
            let Some(value) = self.text.get(range.clone()) else { continue };
            self.add(6, &kinds::GENERIC, range, "", value.to_owned());
        }
    }

    /// The name of a vendor and right behind it what its keys look like: `jira Z7Vo...`, `cohere = "..."`.
    fn vendor(&mut self, number: usize, at: usize) {
        let bytes = self.text.as_bytes();
        let end = assign::end_of_name(bytes, at);
        let between =
            |byte: &&u8| matches!(**byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'`' | b'(' | b'\t' | b'>');
        let gap = bytes.iter().skip(end).take(6).take_while(between).count();
        let from = end + gap;
        let inside =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-' | b'+' | b'/' | b'=');
        let length = bytes.iter().skip(from).take(129).take_while(inside).count();
        let Some(value) = self.text.get(from..from + length).filter(|value| gap > 0 && value.len() >= 20)
        else {
            return;
        };
        let (Some(named), Some(true)) = (NAMED.get(number), fits(number, value)) else { return };
        if quiet::looks_random(value) && !quiet::is_sample(value) && !quiet::is_digest(value) {
            self.add(4, &named.kind, from..from + length, "", value.to_owned());
        }
    }

    /// `Authorization: Basic` and base64 of user and password.
    fn basic(&mut self, assigned: &Assigned<'_>) {
        let Some(plain) = decode::base64(assigned.value.as_bytes()) else {
            // A password need not be text.
            if assigned.value.len() >= 40
                && quiet::looks_random(assigned.value)
                && !quiet::is_reference(assigned.value)
            {
                let value = assigned.value.to_owned();
                self.add(4, &kinds::BASIC_AUTH, assigned.range.clone(), "", value);
            }
            return;
        };
        let Some((_, password)) = plain.split_once(':') else { return };
        let made_up = password.len() < 4
            || quiet::is_placeholder(password)
            || quiet::is_reference(password)
            || quiet::is_leet_vocabulary(password);
        let weak = quiet::is_wordy(password) && self.level == Level::Strict;
        if !made_up && !weak {
            self.add(2, &kinds::BASIC_AUTH, assigned.range.clone(), "", password.to_owned());
        }
    }

    fn add(
        &mut self,
        rank: u8,
        kind: &'static Kind,
        range: Range<usize>,
        start: &'static str,
        value: String,
    ) {
        self.found.push((rank, Found { kind, range, start, value }));
    }

    /// The surer of two that overlap is kept.
    fn settled(mut self) -> Vec<Found> {
        self.found
            .sort_by_key(|(rank, found)| (*rank, found.range.start, std::cmp::Reverse(found.range.end)));
        let samples = self.samples;
        self.found.retain(|(rank, found)| {
            *rank < 4
                || !samples
                    .iter()
                    .any(|sample| sample.start < found.range.end && found.range.start < sample.end)
        });
        let mut kept: BTreeMap<usize, Found> = BTreeMap::new();
        for (_, found) in self.found {
            let before = kept.range(..found.range.end).next_back();
            if before.is_none_or(|(_, other)| other.range.end <= found.range.start) {
                kept.insert(found.range.start, found);
            }
        }
        kept.into_values().collect()
    }
}

/// Whether a value looks like those of a kind that is known by its name.
fn fits(number: usize, value: &str) -> Option<bool> {
    static COMPILED: LazyLock<Vec<OnceLock<Option<Regex>>>> =
        LazyLock::new(|| NAMED.iter().map(|_| OnceLock::new()).collect());
    let slot = COMPILED.get(number)?;
    let regex = slot.get_or_init(|| kinds::expression(NAMED.get(number)?.value)).as_ref()?;
    Some(regex.is_match(value.as_bytes()))
}

/// What a value is, by the name it stands under.
fn kind_of(context: &str, value: &str) -> &'static Kind {
    if shapes::is_discord_token(value) {
        return &kinds::DISCORD;
    }
    let named = NAMED.iter().enumerate().find(|(number, named)| {
        named.words.iter().any(|word| context.contains(word)) && fits(*number, value) == Some(true)
    });
    named.map_or(&kinds::GENERIC, |(_, named)| &named.kind)
}
