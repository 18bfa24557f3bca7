//! What may be shown of a value: nothing of a secret, no password of an address, no more than fits a cell.

use super::Kind;
use crate::agent::view::{Node, Shape, Value, shape};
use crate::base::text::{plural, truncate_end, visible};
use crate::secrets::{self, scrub};

/// Characters of a value.
const MAX_VALUE: usize = 120;
/// Items of a list that are shown.
const MAX_ITEMS: usize = 12;

/// A text of the repository, for a cell. Secrets go before it is cut: of half a secret nobody knows the form.
pub(super) fn shown(text: &str) -> String {
    visible(&truncate_end(&scrub(text.trim()), MAX_VALUE))
}

/// A value of this kind, under this key.
pub(super) fn of(kind: Kind, key: &str, node: &Node) -> String {
    if kind == Kind::Secret || (is_text(node) && secrets::speaks_of_secret(key)) {
        return of_secret(node);
    }
    match &node.value {
        Value::Scalar { text, .. } if node.is_null() || text.trim().is_empty() => "empty".to_owned(),
        Value::Scalar { text, .. } => shown(&without_credentials(text)),
        Value::Sequence(items) => {
            let all: Vec<String> = items
                .iter()
                .take(MAX_ITEMS)
                .map(|item| without_credentials(item.text().unwrap_or("…")))
                .collect();
            let left = items.len().saturating_sub(MAX_ITEMS);
            let more = if left > 0 { format!(" and {left} more") } else { String::new() };
            shown(&format!("{}{more}", all.join(", ")))
        }
        Value::Mapping(pairs) if pairs.is_empty() => "empty".to_owned(),
        Value::Mapping(pairs) => plural(pairs.len(), "key", "keys"),
        Value::Alias => "an alias".to_owned(),
    }
}

/// That a secret is set, and by which reference; never its value.
pub(super) fn of_secret(node: &Node) -> String {
    match &node.value {
        Value::Scalar { .. } if node.non_empty().is_none() => "empty".to_owned(),
        Value::Scalar { text, .. } if variable(text).is_some() => {
            format!("${{{}}}", variable(text).unwrap_or(""))
        }
        Value::Scalar { text, .. } if !secrets::is_reference(text) => "set".to_owned(),
        // Where a vault keeps it is nobody's business here.
        Value::Scalar { .. } | Value::Mapping(_) => "reference".to_owned(),
        Value::Sequence(_) | Value::Alias => "set".to_owned(),
    }
}

fn is_text(node: &Node) -> bool {
    matches!(shape(node), Shape::Text | Shape::Null | Shape::List)
}

/// The name in `${NAME}`: a default beside it (`${NAME:-...}`) may be the secret itself.
fn variable(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("${")?.strip_suffix('}')?;
    let name = inside.strip_prefix("env:").unwrap_or(inside);
    let name = name.split(":-").next().unwrap_or(name);
    let is_name = (1..=80).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !matches!(scrub(name), std::borrow::Cow::Owned(_))).then_some(name)
}

/// An address without its user, password and query, where credentials stand.
fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let Some((scheme, rest)) = word.split_once("://") else {
            out.push_str(word);
            continue;
        };
        let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?…"));
        // A password may hold a slash: what counts is the last at sign of all.
        let (user, host) = rest.rsplit_once('@').map_or(("", rest), |(_, host)| ("…@", host));
        for part in [scheme, "://", user, host, query] {
            out.push_str(part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml::parse;

    fn value(kind: Kind, key: &str, yaml: &str) -> String {
        of(kind, key, &parse(yaml, 1).unwrap())
    }

    #[test]
    fn of_a_secret_only_that_it_is_set() {
        for yaml in ["hunter2-and-more", "'hunter2-and-more'", "[hunter2-and-more]", "$hunter2/x"] {
            assert_eq!(value(Kind::Secret, "X", yaml), "set", "{yaml}");
        }
        assert_eq!(value(Kind::Data, "db_password", "hunter2"), "set");
        assert_eq!(value(Kind::Secret, "X", "'${PROD_DB}'"), "${PROD_DB}");
        assert_eq!(value(Kind::Secret, "X", "'${PROD_DB:-hunter2}'"), "${PROD_DB}");
        assert_eq!(value(Kind::Secret, "X", "op://prod/db/password"), "reference");
        assert_eq!(value(Kind::Secret, "X", "{from: vault, path: a/b}"), "reference");
        assert_eq!(value(Kind::Secret, "X", "null"), "empty");
    }

    #[test]
    fn addresses_lose_their_credentials() {
        assert_eq!(
            value(
                Kind::Data,
                "orders",
                "postgres://bob:p@ss/wd@db.internal/orders?sslmode=x&password=hunter2"
            ),
            "postgres://…@db.internal/orders?…"
        );
        assert_eq!(value(Kind::Data, "orders", "fixtures/orders.json"), "fixtures/orders.json");
        assert_eq!(value(Kind::Budget, "at", "[50, 80, 100]"), "50, 80, 100");
        assert_eq!(value(Kind::Budget, "token_budget", "4000"), "4000");
    }

    #[test]
    fn what_hides_is_shown_and_what_is_long_is_cut() {
        assert_eq!(shown("a\u{202e}b\u{1b}[31m"), "a\\u{202e}b\\u{1b}[31m");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), MAX_VALUE);
    }
}
