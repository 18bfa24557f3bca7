//! Passwords that stand under no name: handed to a function after the user, or to a program behind a short option.
//!
//! `NetworkCredential("ada", "...")`, `sshpass -p ...`, `mysql -p...`, and the lines of `.pgpass`.

use super::quiet;
use std::ops::Range;

/// Functions whose arguments are a user and a password, and which of the strings is the password.
pub(super) const CALLS: [(&str, usize); 6] = [
    ("NetworkCredential(", 1),
    ("PasswordCredential(", 1),
    ("BasicAuth(", 1),
    ("BasicAuthentication(", 1),
    ("DirectoryEntry(", 2),
    ("auth=(", 1),
];

/// A program that takes a password behind a short option.
#[derive(Clone, Copy)]
pub(super) struct Command {
    /// How the program is called.
    pub(super) name: &'static str,
    /// The option.
    option: &'static str,
    /// What follows the option is always a password; elsewhere it may be a port, a folder or nothing.
    sure: bool,
}

const fn command(name: &'static str, option: &'static str, sure: bool) -> Command {
    Command { name, option, sure }
}

/// Those that documentation and scripts have most.
pub(super) static COMMANDS: [Command; 12] = [
    command("sshpass ", "-p", true),
    command("psexec ", "-p", true),
    command("psexec.exe ", "-p", true),
    command("mysql ", "-p", false),
    command("mysqldump ", "-p", false),
    command("mysqladmin ", "-p", false),
    command("mariadb ", "-p", false),
    command("login ", "-p", false),
    command("redis-cli ", "-a", false),
    command("ldapsearch ", "-w", false),
    command("-passin ", "pass:", false),
    command("-passout ", "pass:", false),
];

/// Bytes of a call or of a command that are read.
const MAX_READ: usize = 300;

/// The string of a call that is the password, the call's arguments beginning at `at`.
pub(super) fn argument(text: &str, at: usize, index: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut cursor = at;
    let end = (at + MAX_READ).min(bytes.len());
    for number in 0..=index {
        while cursor < end && bytes.get(cursor).is_some_and(u8::is_ascii_whitespace) {
            cursor += 1;
        }
        let quote = *bytes.get(cursor).filter(|byte| matches!(byte, b'"' | b'\''))?;
        let start = cursor + 1;
        let length = bytes.get(start..end)?.iter().position(|byte| *byte == quote || *byte == b'\n')?;
        if bytes.get(start + length) != Some(&quote) {
            return None;
        }
        if number == index {
            let value = text.get(start..start + length)?;
            let closed = matches!(bytes.get(start + length + 1), Some(b')' | b',' | b' ' | b'\n'));
            return (closed && is_password(value)).then_some(start..start + length);
        }
        cursor = start + length + 1;
        while cursor < end && bytes.get(cursor).is_some_and(u8::is_ascii_whitespace) {
            cursor += 1;
        }
        if bytes.get(cursor) != Some(&b',') {
            return None;
        }
        cursor += 1;
    }
    None
}

/// The password behind the option of a command, the rest of whose line begins at `at`.
pub(super) fn option(text: &str, at: usize, command: Command) -> Option<Range<usize>> {
    let option = command.option;
    let mut to = (at + MAX_READ).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let rest = text.get(at..to)?;
    let rest = rest.split(['\n', ';', '|']).next().unwrap_or("");
    let found = if rest.starts_with(option) { 0 } else { rest.find(&format!(" {option}"))? + 1 };
    let mut start = at + found + option.len();
    let bytes = text.as_bytes();
    // `-p secret` for some, `-psecret` for others, `-p=secret` for a few.
    start += usize::from(matches!(bytes.get(start), Some(b' ' | b'=')));
    let quote = bytes.get(start).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    start += usize::from(quote.is_some());
    let ends = |byte: &u8| match quote {
        Some(quote) => *byte == quote || *byte == b'\n',
        None => byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b')' | b'<' | b'>'),
    };
    let length = bytes.get(start..to)?.iter().position(ends).unwrap_or(to.saturating_sub(start));
    let value = text.get(start..start + length)?;
    let telling = command.sure
        || value.bytes().any(|byte| byte.is_ascii_digit())
        || value.bytes().any(|byte| b"!@#$%^&*+".contains(&byte));
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    (telling && !is_number && !value.starts_with(['-', '/', '.']) && is_password(value))
        .then_some(start..start + length)
}

/// The passwords of a `.pgpass`: `host:port:database:user:password`.
pub(super) fn pgpass(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(2_000) {
        let body = line.trim_end();
        // A colon or backslash in a field is escaped.
        let mut escaped = false;
        let colons = body.bytes().enumerate().filter(|(_, byte)| {
            let is_colon = *byte == b':' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            is_colon
        });
        if let Some((colon, _)) = colons.take(4).nth(3)
            && !body.starts_with('#')
            && body.get(colon + 1..).is_some_and(is_password)
        {
            found.push(at + colon + 1..at + body.len());
        }
        at += line.len();
    }
    found
}

/// Whether what stands in the place of a password is one.
fn is_password(value: &str) -> bool {
    value.len() >= 6
        && !value.contains([' ', '(', '{'])
        && !quiet::is_reference(value)
        && !quiet::is_placeholder(value)
        && !quiet::is_leet_vocabulary(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after<'t>(
        text: &'t str,
        mark: &str,
        find: impl Fn(&'t str, usize) -> Option<Range<usize>>,
    ) -> Option<&'t str> {
        let at = text.find(mark).unwrap() + mark.len();
        text.get(find(text, at)?)
    }

    #[test]
    fn passwords_of_calls_are_read() {
        for text in [
            "new NetworkCredential(\"ada@mail.net\", \"@\");",
            "NetworkCredential( 'ada', '@')",
            "NetworkCredential(\"ada\",\n    \"@\", \"domain\")",
        ] {
            let text = text.replace('@', "zk4lpq7wtx");
            let found = after(&text, "NetworkCredential(", |text, at| argument(text, at, 1));
            assert_eq!(found, Some("zk4lpq7wtx"), "{text}");
        }
        let third = "DirectoryEntry(\"LDAP://a\", \"ada\", \"zk4lpq7wtx\")";
        assert_eq!(after(third, "DirectoryEntry(", |text, at| argument(text, at, 2)), Some("zk4lpq7wtx"));
        for text in [
            "NetworkCredential(user, password)",
            "NetworkCredential(\"ada\", password)",
            "NetworkCredential(\"ada\", \"password\")",
            "NetworkCredential(\"ada\", \"${PASSWORD}\")",
            "NetworkCredential(\"ada\"",
            "NetworkCredential(\"ada\", \"<password>\")",
        ] {
            assert_eq!(after(text, "NetworkCredential(", |text, at| argument(text, at, 1)), None, "{text}");
        }
    }

    #[test]
    fn passwords_of_commands_are_read() {
        for (text, mark, short) in [
            ("sshpass -p @ ssh ada@host", "sshpass ", "-p"),
            ("sshpass -p '@' ssh ada@host", "sshpass ", "-p"),
            ("mysql -u root -p@ shop", "mysql ", "-p"),
            ("docker login -u ada -p @", "login ", "-p"),
            ("redis-cli -h cache -a @ ping", "redis-cli ", "-a"),
            ("openssl rsa -passin pass:@ -in key", "-passin ", "pass:"),
        ] {
            let text = text.replacen('@', "zk4lpq7wtx", 1);
            let found = after(&text, mark, |text, at| option(text, at, command(mark, short, false)));
            assert_eq!(found, Some("zk4lpq7wtx"), "{text}");
        }
        for (text, mark, short) in [
            ("mysql -u root -p shop", "mysql ", "-p"),
            ("mysql -u root -p$PASSWORD shop", "mysql ", "-p"),
            ("mysql --port 3306", "mysql ", "-p"),
            ("ssh login then docker run -p 8080:80 x", "login ", "-p"),
            ("login page; mkdir -p src/auth2", "login ", "-p"),
            ("sshpass -p <password> ssh", "sshpass ", "-p"),
            ("sshpass -p \"$(cat file)\" ssh", "sshpass ", "-p"),
        ] {
            assert_eq!(
                after(text, mark, |text, at| option(text, at, command(mark, short, false))),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn after_some_options_any_word_is_a_password() {
        let text = "psexec \\\\10.0.0.7 -u Administrator -p @ cmd".replace('@', "whiteduke");
        let found = after(&text, "psexec ", |text, at| option(text, at, command("psexec ", "-p", true)));
        assert_eq!(found, Some("whiteduke"));
        let text = "psexec -u Administrator -p %PASSWORD% -i cmd";
        assert_eq!(after(text, "psexec ", |text, at| option(text, at, command("psexec ", "-p", true))), None);
    }

    #[test]
    fn pgpass_is_read_by_its_fields() {
        let text = "# host:port:database:user:password\ndb.internal:5432:*:ada:zk4l\\:pq7wtx\nlocalhost:5432:a:b:password\nshort\n";
        let found: Vec<&str> = pgpass(text).into_iter().map(|range| text.get(range).unwrap()).collect();
        assert_eq!(found, ["zk4l\\:pq7wtx"]);
    }
}
