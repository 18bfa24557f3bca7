//! The kinds of credentials that are known, one family in each file, and how to find the one at hand quickly.
//!
//! A kind says how its values begin and what follows. Both are taken from what the vendor documents or shows, and are
//! ours; where no length is documented the pattern asks for enough to be no accident. Expressions are compiled when
//! their beginning is seen for the first time, so that a small file costs next to nothing.

mod clouds;
mod databases;
mod forges;
mod messaging;
mod models;
mod monitoring;
mod named;
mod payments;
mod tools;
mod trackers;

use regex::bytes::{Regex, RegexBuilder};
use std::sync::{LazyLock, OnceLock};

pub(super) use named::NAMED;

/// What kind of credential a value is.
#[derive(Debug)]
pub(super) struct Kind {
    /// Stable id, for baselines and programs: `anthropic-api-key`.
    pub(super) id: &'static str,
    /// For people, without an article: `Anthropic API key`.
    pub(super) title: &'static str,
    /// What its values begin with. The format fixes it, so it may be shown.
    pub(super) starts: &'static [&'static str],
    /// What follows, as an expression over bytes.
    pub(super) rest: &'static str,
    /// The beginning alone says little: what follows has to look random.
    pub(super) weak: bool,
    /// Where the vendor documents or shows the format.
    pub(super) source: &'static str,
}

/// A kind with a telling beginning.
const fn k(
    id: &'static str,
    title: &'static str,
    starts: &'static [&'static str],
    rest: &'static str,
    source: &'static str,
) -> Kind {
    Kind { id, title, starts, rest, weak: false, source }
}

/// A kind whose beginning also stands in ordinary words.
const fn w(
    id: &'static str,
    title: &'static str,
    starts: &'static [&'static str],
    rest: &'static str,
    source: &'static str,
) -> Kind {
    Kind { id, title, starts, rest, weak: true, source }
}

/// A kind that the engine finds by other means than a beginning.
const fn other(id: &'static str, title: &'static str, source: &'static str) -> Kind {
    Kind { id, title, starts: &[], rest: "", weak: false, source }
}

macro_rules! others {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $title:literal, $source:literal;)+) => {
        $($(#[doc = $doc])+ pub(super) static $name: Kind = other($id, $title, $source);)+
        /// Kinds that are found by other means than a beginning.
        static OTHERS: &[&Kind] = &[$(&$name,)+];
    };
}

others! {
    /// A value under a name that says it is secret.
    GENERIC = "named-secret", "value under a name that says it is secret",
        "https://cwe.mitre.org/data/definitions/798.html";
    /// A password in an address.
    URL_PASSWORD = "url-password", "password in an address",
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1";
    /// A password in the address of a database or broker.
    DATABASE_URL = "database-url-password", "password in a database address",
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS";
    /// A private key block.
    PRIVATE_KEY = "private-key", "private key", "https://www.rfc-editor.org/rfc/rfc7468";
    /// A JSON Web Token.
    JWT = "json-web-token", "JSON Web Token", "https://www.rfc-editor.org/rfc/rfc7519";
    /// User and password of HTTP basic authentication.
    BASIC_AUTH = "basic-authorization", "user and password of HTTP basic authentication",
        "https://www.rfc-editor.org/rfc/rfc7617";
    /// A client secret of Microsoft Entra ID, whose mark stands in its middle.
    ENTRA = "azure-client-secret", "client secret of Microsoft Entra ID",
        "https://learn.microsoft.com/en-us/purview/sit-defn-client-secret-api-key";
    /// A key of Azure with Microsoft's signature in its middle.
    AZURE_KEY = "azure-api-key", "Azure API key",
        "https://learn.microsoft.com/en-us/purview/sit-defn-azure-cognitive-search-api-key";
    /// A token of a Telegram bot, whose mark stands in its middle.
    TELEGRAM = "telegram-bot-token", "Telegram bot token",
        "https://core.telegram.org/bots/api#authorizing-your-bot";
    /// A token of HCP Terraform, whose mark stands in its middle.
    TERRAFORM = "terraform-cloud-token", "HCP Terraform token",
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens";
    /// A key of Mailchimp, whose mark stands at its end.
    MAILCHIMP = "mailchimp-api-key", "Mailchimp API key",
        "https://mailchimp.com/developer/marketing/guides/quick-start/";
    /// A token of a Discord bot: an account number as base64, a time and a signature.
    DISCORD = "discord-bot-token", "Discord bot token",
        "https://discord.com/developers/docs/reference#authentication";
}

/// Every kind with a beginning, in a fixed order.
pub(super) static FORMATS: LazyLock<Vec<&'static Kind>> = LazyLock::new(|| {
    [
        models::KINDS,
        forges::KINDS,
        clouds::KINDS,
        databases::KINDS,
        trackers::KINDS,
        messaging::KINDS,
        payments::KINDS,
        monitoring::KINDS,
        tools::KINDS,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// How many kinds have a form of their own.
#[cfg(test)]
pub(super) fn formats() -> usize {
    FORMATS.len() + OTHERS.len()
}

/// Every kind there is, with its title and where its format is documented.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let formats = FORMATS.iter().copied().chain(OTHERS.iter().copied());
    let named = NAMED.iter().map(|named| &named.kind);
    formats.chain(named).map(|kind| (kind.id, kind.title, kind.source))
}

static COMPILED: LazyLock<Vec<OnceLock<Option<Regex>>>> =
    LazyLock::new(|| FORMATS.iter().map(|_| OnceLock::new()).collect());

/// Bytes of what follows that are looked at.
const MAX_REST: usize = 4096;

/// How many bytes of `after`, which follows the beginning of a value of the kind with this number, belong to it.
pub(super) fn length_of_rest(number: usize, after: &[u8]) -> Option<usize> {
    let kind = FORMATS.get(number)?;
    let compiled = COMPILED.get(number)?.get_or_init(|| expression(kind.rest)).as_ref()?;
    let after = after.get(..MAX_REST).unwrap_or(after);
    compiled.find(after).map(|found| found.end())
}

/// An expression that begins where the text begins.
pub(super) fn expression(rest: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{rest})")).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_every_expression_compiles() {
        let mut ids: Vec<&str> = all().map(|(id, ..)| id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(count >= 150, "{count}");
        for kind in FORMATS.iter() {
            assert!(expression(kind.rest).is_some(), "{}", kind.id);
            assert!(!kind.starts.is_empty() && kind.starts.iter().all(|s| s.len() >= 2), "{}", kind.id);
        }
        assert!(all().all(|(_, title, source)| source.starts_with("https://") && !title.is_empty()));
        for named in NAMED {
            assert!(expression(named.value).is_some(), "{}", named.kind.id);
        }
    }
}
