//! What stands around a password, and whether that is enough to believe in one that looks like none.
//!
//! People choose words. Such a value is believed only where the grammar says that it is a literal and a password: a
//! connection string, a variable of a shell, a pair of user and password. It is always a matter of its name alone.

use super::names::Says;
use super::quiet;
use std::ops::Range;

/// What stands around a pair besides its name.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a pair, each asked for by name")]
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// `NAME=value` as shells have it, before a command or another assignment too.
    shell: bool,
    /// The same on a line of its own, as in `.env`.
    variable: bool,
    /// The name of a user, written out, stands right before.
    user: bool,
    /// A header on a command line: `-H "Token: ..."`.
    header: bool,
    /// A connection string: `Server=...;User Id=...;Password=...`.
    connection: bool,
    /// The same value stands right before, as the name of a user or of a service.
    repeated: bool,
    /// A sentence: `the password is "..."`.
    sentence: bool,
    /// A comment that shows how something is called.
    comment: bool,
}

/// Bytes before a password in which the name of its user, or the rest of its connection string, is looked for.
const MAX_BEFORE: usize = 240;

/// The text before `at`, as much of it as matters.
fn text_before(text: &str, at: usize) -> &str {
    let mut from = at.saturating_sub(MAX_BEFORE);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..at).unwrap_or("")
}

/// Whether the line before the one that holds `at` is `login ada` of .netrc.
pub(super) fn follows_login(text: &str, at: usize) -> bool {
    let mut lines = text_before(text, at).rsplit('\n');
    let last = lines.nth(1).unwrap_or("").trim();
    last.strip_prefix("login ").is_some_and(|user| !user.trim().contains(' '))
}

impl Place {
    /// What stands around the name that ends at `end`, `before` being its line up to it.
    pub(super) fn of(
        text: &str,
        before: Range<usize>,
        end: usize,
        value: &Range<usize>,
        says: Says,
        context: &str,
    ) -> Self {
        let bytes = text.as_bytes();
        let name = text.get(before.end..end).unwrap_or("");
        let head = text.get(before.clone()).unwrap_or("").trim_start_matches(['#', ' ', '\t']);
        let shell = is_in_capitals(name)
            && value.start == end + 1
            && bytes.get(end) == Some(&b'=')
            && before.end.checked_sub(1).and_then(|at| bytes.get(at)).is_none_or(u8::is_ascii_whitespace)
            && bytes.get(value.end).is_none_or(u8::is_ascii_whitespace);
        let alone = matches!(head.trim_end(), "" | "export" | "set" | "SET" | "ENV");
        let variable = shell && alone && name.contains('_');
        let header = context.contains("-h \"") || context.contains("-h '") || context.contains("--header ");
        if says != Says::Password {
            return Self { shell, variable, header, ..Self::default() };
        }
        let around = text_before(text, before.end);
        let line = around.rsplit('\n').next().unwrap_or("").to_ascii_lowercase();
        let connection = line.contains(';')
            && [
                "server=",
                "data source=",
                "uid=",
                "user id=",
                "user=",
                "initial catalog=",
                "database=",
                "host=",
            ]
            .iter()
            .any(|key| line.contains(key));
        let repeated =
            text.get(value.clone()).is_some_and(|value| value.len() >= 3 && around.contains(value));
        let between = text.get(end..value.start).unwrap_or("");
        let sentence = matches!(between, " is '" | " is \"" | " is `") && context.contains("the ");
        let comment = head.starts_with("//") || head.starts_with('*');
        Self { shell, variable, user: names_a_user(around), header, connection, repeated, sentence, comment }
    }
}

/// Whether a user is named, in quotes, in the text before a password: `user = 'ada'`, `"login": "ada"`.
fn names_a_user(before: &str) -> bool {
    let lower = before.to_ascii_lowercase();
    let at = ["user", "login"].iter().filter_map(|word| lower.rfind(word)).max();
    let Some(rest) = at.and_then(|at| lower.get(at..)) else { return false };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '-');
    let rest = rest.trim_start_matches(['"', '\'', ' ', '\t']);
    let Some(rest) = rest.strip_prefix("=>").or_else(|| rest.strip_prefix([':', '='])) else { return false };
    let rest = rest.trim_start().trim_start_matches('\\');
    let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { return false };
    let value = rest.get(1..).and_then(|rest| rest.split(quote).next()).unwrap_or("");
    value.len() >= 3 && !quiet::is_reference(value) && !quiet::is_placeholder(value)
}

/// `DB_PASSWORD`, as variables of the environment are written.
pub(super) fn is_in_capitals(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
}

impl Place {
    /// What a person would choose for a password, where everything around it says that it is one. Documentation is full
    /// of such pairs too, so words that speak of secrets do not count. `firm` is tied to its name by more than
    /// standing near it.
    pub(super) fn says_chosen(self, value: &str, says: Says, firm: bool, quoted: bool) -> bool {
        if self.sentence {
            let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            return value.len() >= 8 && is_word && !self.repeated && !quiet::is_leet_vocabulary(value);
        }
        if says != Says::Password || !firm {
            // `-H "Api-Token: ..."`: the value is a literal, and short tokens do not look random.
            let of_header = self.header && firm && says == Says::Secret;
            return of_header && value.len() >= 10 && has_three_classes(value) && is_mixed(value);
        }
        if self.connection {
            // The grammar leaves no doubt; only what is no more than a word for it is left.
            return value.len() >= 6 && !quiet::is_vocabulary(&value.to_ascii_lowercase());
        }
        let known = self.repeated || value.ends_with('@') || quiet::is_leet_vocabulary(value);
        if self.variable {
            let plain = value.bytes().all(|byte| byte.is_ascii_graphic()) && !is_path(value);
            return value.len() >= 6 && plain && !known;
        }
        if !quoted {
            return self.shell && !known && is_mixed(value) && !is_path(value);
        }
        let no_code =
            |more: &[char]| !value.contains(['(', '{', '<', '%', '.', ':', '/']) && !value.contains(more);
        // `CHALLENGE_PASSWORD: "challengePassword"` is the name once more.
        let is_phrase = !known && !self.comment && !value.contains("Password");
        (is_mixed(value) && !self.repeated && no_code(&[' ']))
            || (has_inner_symbol(value) && known == begins_a_variable(value))
            || (is_phrase && value.len() >= 12 && value.bytes().all(|byte| byte.is_ascii_lowercase()))
            || (is_phrase && self.user && value.len() >= 6 && no_code(&['$', '[']))
    }
}

/// `super$ecret`, `Prestig#`: letters with a symbol or a few.
fn has_inner_symbol(value: &str) -> bool {
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let symbols = value.bytes().filter(|byte| is_symbol(*byte)).count();
    let inner = value.bytes().skip(1).any(is_symbol);
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_symbol(byte));
    inner && plain && symbols <= 3 && letters >= 6 && value.len() >= 10 && !value.contains("pass")
}

/// Letters and digits, not only words.
pub(super) fn is_mixed(value: &str) -> bool {
    value.len() >= 8
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !quiet::is_wordy(value)
        && !quiet::is_leet_vocabulary(value)
}

/// Lower case, upper case and digits.
fn has_three_classes(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}

/// Letters, digits and many symbols in no order, as generators of passwords make them.
pub(super) fn is_generated_with_symbols(value: &str) -> bool {
    let symbols: std::collections::BTreeSet<u8> = value.bytes().filter(u8::is_ascii_punctuation).collect();
    value.len() >= 24
        && symbols.len() >= 8
        && has_three_classes(value)
        && !value.contains([' ', '\n'])
        && !["${", "{{", "()", "://", "=>", "<%", "[^", "A-Z", "a-z", "0-9", "){", "]["]
            .iter()
            .any(|mark| value.contains(mark))
}

/// Whether a `$` stands before a letter.
fn begins_a_variable(value: &str) -> bool {
    let pairs = value.bytes().zip(value.bytes().skip(1));
    pairs.into_iter().any(|(one, other)| one == b'$' && (other.is_ascii_alphabetic() || other == b'_'))
}

const fn is_symbol(byte: u8) -> bool {
    matches!(byte, b'!' | b'@' | b'#' | b'$' | b'^' | b'&' | b'*' | b'?' | b'~' | b'+')
}

fn is_path(value: &str) -> bool {
    value.starts_with(['/', '~', '.', '-', '<', '(', '[', '{']) || value.contains(['(', '{', '<', '/'])
}

#[cfg(test)]
mod tests {
    use super::super::assign::{self, Level};

    /// Whether the value under the last name in a text is taken for a secret in prose or code.
    fn is_secret(text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        let at = ["password", "pwd", "_pass=", "token:"]
            .iter()
            .filter_map(|name| lower.rfind(name))
            .max()
            .unwrap();
        assign::read(text, at, false).is_some_and(|found| found.is_secret(Level::Strict))
    }

    #[test]
    fn chosen_passwords_are_believed_where_the_grammar_says_so() {
        for text in [
            ":password => '@'",
            "user = 'ada'  # a comment\npassword = '@'",
            "{username: \"ada\", password: \"@\"}",
            "DB_PASSWORD=@ # local",
            "export APP_PASSWORD=@",
            "Server=db,1433;Database=shop;User ID=ada;Password=@;Encrypt=true",
            "PG_USER=ada. PG_PASSWORD=@",
            "<add key=\"MailPassword\" value=\"@\"/>",
            "variable \"db_password\" {\n  default = \"@\"\n}",
            "machine git.internal.net\n  login ada\n  password @",
            "sql://host/shop?user=ada&password=@",
        ] {
            assert!(is_secret(&text.replace('@', "4zkq7wtx")), "{text}");
        }
        for (text, value, expected) in [
            ("password = \"@\"", "Prestwick#", true),
            // A `$` before a letter begins a variable, unless it stands for a letter itself.
            ("password = \"@\"", "prest$wickx", false),
            ("password = \"@\"", "super$ecret", true),
            ("login: 'ada', password: '@'", "blueberry pie", true),
            ("login: '{name}', password: '@'", "blueberry pie", false),
            ("BACKUP_PASSWORD=@", "whiteduke", true),
            ("The default password is '@'", "blooberry", true),
            ("The default password is '@'", "changeme", false),
            ("curl -H \"Api-Token: @\"", "4zKq7wTxPL", true),
            ("oauth:\n  password: \"@\"", "7`D'}/vYR)T;W\\5]EBrf;_&k>qX??]G&3CF=;@vyr", true),
        ] {
            let text = text.replacen('@', value, 1);
            assert_eq!(is_secret(&text), expected, "{text}");
        }
    }

    #[test]
    fn words_references_and_code_are_left_alone() {
        for text in [
            "password = \"password123\"",
            "password: 'P@ssw0rd'",
            "user = 'ada'\npassword = get_password(user)",
            "user = \"{name}\"\npassword = \"{secret}\"",
            "POSTGRES_USER=shop\nPOSTGRES_PASSWORD=shop",
            "      - POSTGRES_PASSWORD=whiteduke",
            "DB_PASSWORD=changeme",
            "DB_PASSWORD=$SECRET",
            "Server=db;User Id=ada;Password=password;",
            "this.addPassword = \"#add-password\";",
            "{clientPassword:\"\",check(e){return!e.a&&[1,2].b>=7?e:{X:`${1}#`}},c:\"\"}",
            &" * user: 'ada',\n * password: '@'".replace('@', "ahotproject"),
            "token:\"],[/(^|[^A-Za-z0-9+])QZIA[A-Z0-9]{16}(?![A-Za-z0-9+=])/g,\"",
            "passwordLabel: \"Password:\", rememberLabel: \"Remember me:\"",
            "username: string\npassword: string",
            "the password is required",
            "curl -H \"Api-Token: your-token\"",
        ] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
