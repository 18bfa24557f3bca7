//! Escaping: one function for each kind of place that untrusted text is written to.
//!
//! Paths, messages, titles and branch names come from the change under judgement. Each function here makes
//! such text inert in one destination: it shows the reader what is there, and can do nothing else. None of
//! them adds invisible characters, so what is copied from a report is what was in the file.

use crate::base::text::{is_deceptive, visible};

/// Inline Markdown that renders as `text` on GitHub and on GitLab, and as nothing but text.
///
/// Both forges look for references (`@user`, `#12`, `!12`, `~label`, `$12`, `%milestone`, `&epic`, commit
/// ids, bare addresses) in the text of the rendered page, after entities have been decoded; so an entity
/// alone does not stop a notification. A character between tags does, because a reference must lie within one
/// stretch of text. The result has no line break, no raw `<` except that of our own tags, and may stand at
/// the beginning of a line.
pub fn markdown(text: &str) -> String {
    inline(text, Context::Text)
}

/// Inline code for any text: survives backticks, line breaks, and pipes inside tables.
///
/// Simple text is put between backticks; anything else into a `code` element, where nothing has a meaning.
pub fn markdown_code(text: &str) -> String {
    let text = visible(text);
    let simple = |character: char| {
        character.is_alphanumeric()
            || matches!(character, '_' | '-' | '.' | '/' | ':' | '(' | ')' | ',' | '+' | '=' | '\'' | ' ')
    };
    // Markdown strips spaces at the ends of code and joins those within.
    let spaced = text.trim() != text || text.contains("  ");
    if !text.is_empty() && !spaced && text.chars().all(simple) {
        return format!("`{text}`");
    }
    format!("<code>{}</code>", inline(&text, Context::Code))
}

/// One line of JSON or of a command in a fenced block: it can neither end the block nor begin a new line, and looks
/// like no marker.
pub fn fenced(text: &str) -> String {
    visible(text).replace('`', "\\u0060").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// Inline Markdown for a sentence in which backticks mark code, as our own messages do.
///
/// Text between a pair of backticks becomes inline code, the rest is [`markdown`]; where the backticks do not
/// pair up, all of it is plain text.
pub fn markdown_prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    // Two neighbouring code spans would make one fence of two backticks.
    let last = parts.len().saturating_sub(1);
    let apart = parts.iter().enumerate().all(|(at, part)| at == 0 || at == last || !part.is_empty());
    if !paired || !apart {
        return markdown(text);
    }
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| match (at % 2, at) {
            (1, _) => markdown_code(part),
            (_, 0) => markdown(part),
            _ => inline(part, Context::Within),
        })
        .collect()
}

/// Text of an HTML element or of a quoted attribute.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            character => out.push(character),
        }
    }
    out
}

/// A text cell of a CSV file, quoted where needed, that no spreadsheet takes for a formula.
///
/// Numbers are written as they are, not through this.
pub fn csv(text: &str) -> String {
    let text = visible(text);
    // The full-width forms are formulas too, in some languages of the most used spreadsheet.
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let quote = if text.trim_start().starts_with(formula) { "'" } else { "" };
    if quote.is_empty() && !text.contains([',', '"', ';', '\'']) && text.trim() == text {
        return text;
    }
    format!("\"{quote}{}\"", text.replace('"', "\"\""))
}

/// The value of a property of a GitHub workflow command: `file=` and `title=` in `::error file=..,title=..::`.
pub fn workflow_property(text: &str) -> String {
    workflow_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The message of a GitHub workflow command, the part after the second `::`. Line breaks survive.
pub fn workflow_data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => out.push_str("%25"),
            '\r' => {}
            '\n' => out.push_str("%0A"),
            '\t' => out.push(' '),
            character if is_deceptive(character) => out.extend(character.escape_unicode()),
            character => out.push(character),
        }
    }
    out
}

/// One line of a terminal or of a CI log: no control character passes, and none of the runner's commands.
///
/// GitHub's runner obeys `::command::` at the beginning of a log line and `##[command]` anywhere in it.
pub fn terminal(text: &str) -> String {
    let text = visible(text).replace("##[", "##\\u{5b}");
    let blank = text.len() - text.trim_start().len();
    match (text.get(..blank), text.get(blank..).and_then(|rest| rest.strip_prefix("::"))) {
        (Some(indent), Some(rest)) => format!("{indent}\\u{{3a}}:{rest}"),
        _ => text,
    }
}

/// Several lines of a terminal.
pub fn terminal_lines(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => terminal(line) + "\n",
            None => terminal(line),
        })
        .collect()
}

/// Text for an XML library: leaves out what XML 1.0 forbids even as a character reference.
pub fn xml(text: &str) -> String {
    text.chars()
        .filter(|character| {
            matches!(character,
                '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
        })
        .flat_map(|character| {
            // Bidirectional and zero-width characters are legal XML, and just as deceptive there.
            let escaped = (is_deceptive(character) && character != '\r').then(|| character.escape_unicode());
            let plain = escaped.is_none().then_some(character);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// Longer labels of a chart are cut.
pub const LABEL_CHARACTERS: usize = 32;

/// A quoted label of a Mermaid chart: letters and digits of ASCII, and little else, at most 32 of them.
///
/// Versions of Mermaid differ in what a quoted text may hold (backticks and `1.` begin Markdown in some), so
/// everything else becomes a hyphen.
pub fn mermaid_label(text: &str) -> String {
    let mut label = String::new();
    for character in text.chars() {
        match character {
            character if character.is_ascii_alphanumeric() || matches!(character, ' ' | '/') => {
                label.push(character)
            }
            _ if label.ends_with('-') => {}
            _ => label.push('-'),
        }
    }
    let label: String = label.trim_matches(['-', ' ', '/']).chars().take(LABEL_CHARACTERS).collect();
    if label.is_empty() { "unnamed".to_owned() } else { label }
}

/// The source of a Mermaid chart of ours, inside a fence: whatever our charts do not need is left out, so that
/// it can neither close the fence nor begin a directive.
pub fn mermaid_source(text: &str) -> String {
    let plain =
        |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '\n' | '"' | ':' | '.' | ',' | '-' | '/');
    text.chars().filter(plain).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// Possibly at the beginning of a line.
    Text,
    /// After other text of the same line.
    Within,
    /// Inside a `code` element, where references are not looked for but inline Markdown still is.
    Code,
}

fn inline(text: &str, context: Context) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut previous: Option<char> = None;
    let mut rest = text.as_str();
    if context == Context::Text {
        rest = line_start(rest, &mut out);
        previous = out.chars().next_back();
    }
    while let Some(character) = rest.chars().next() {
        let in_word = previous.is_some_and(char::is_alphanumeric);
        if context != Context::Code
            && !in_word
            && let Some((id, after)) = commit_id(rest)
        {
            out.push_str("<code>");
            out.push_str(id);
            out.push_str("</code>");
            previous = id.chars().next_back();
            rest = after;
            continue;
        }
        rest = rest.get(character.len_utf8()..).unwrap_or("");
        escape_one(character, previous, rest, &mut out);
        previous = Some(character);
    }
    out
}

/// What would begin a block, a list or (on GitLab) a quick action when it stands first on a line.
fn line_start<'a>(text: &'a str, out: &mut String) -> &'a str {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = text.split_at_checked(digits).unwrap_or(("", text));
    let Some(first) = rest.chars().next() else { return text };
    let starts_block = match first {
        '.' | ')' => digits > 0,
        '-' | '+' | '=' | '/' | ' ' | ':' => digits == 0,
        _ => false,
    };
    if !starts_block {
        return text;
    }
    out.push_str(number);
    entity(first, out);
    rest.get(first.len_utf8()..).unwrap_or("")
}

/// A word that could be the id of a commit: both forges link 7 to 40 hexadecimal digits.
fn commit_id(text: &str) -> Option<(&str, &str)> {
    let length = text.len() - text.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
    let (id, after) = text.split_at_checked(length)?;
    let ends = after.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '_');
    (length >= 7 && ends).then_some((id, after))
}

fn escape_one(character: char, previous: Option<char>, rest: &str, out: &mut String) {
    let next = rest.chars().next();
    match character {
        character if could_refer(character, rest, out) => apart(character, out),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '"' => out.push_str("&quot;"),
        // Within a word an underscore is only itself, and paths and keys are full of them.
        '_' if previous.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric) => {
            out.push('_');
        }
        '`' | '|' | '\\' | '*' | ']' | '~' | '#' | '_' => entity(character, out),
        character => out.push(character),
    }
}

/// True where a forge could see the beginning of a reference, an address, mathematics or an emoji.
fn could_refer(character: char, rest: &str, before: &str) -> bool {
    let next = rest.chars().next();
    match character {
        '@' | '$' | '[' => true,
        '#' | '!' | '%' | '~' | '&' => {
            next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '"' | '_' | '{'))
        }
        '{' => matches!(next, Some('+' | '-')),
        ':' => rest.starts_with("//") || scheme_before(before) || emoji(rest),
        '.' => ends_with_ignoring_case(before, "www"),
        '-' => ends_with_ignoring_case(before, "gh") && next.is_some_and(|next| next.is_ascii_digit()),
        _ => false,
    }
}

fn apart(character: char, out: &mut String) {
    out.push_str("<span>");
    entity(character, out);
    out.push_str("</span>");
}

fn entity(character: char, out: &mut String) {
    out.push_str("&#");
    out.push_str(&u32::from(character).to_string());
    out.push(';');
}

fn scheme_before(out: &str) -> bool {
    ["mailto", "xmpp", "http", "https", "ftp"].iter().any(|scheme| ends_with_ignoring_case(out, scheme))
}

fn emoji(rest: &str) -> bool {
    let name = rest.len()
        - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-')).len();
    name > 0 && rest.get(name..).is_some_and(|after| after.starts_with(':'))
}

fn ends_with_ignoring_case(text: &str, end: &str) -> bool {
    text.len()
        .checked_sub(end.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
pub(crate) mod tests;
