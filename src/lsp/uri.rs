//! `file:` addresses and paths.

use crate::base::RepoPath;
use crate::base::text::hex;

/// The absolute path a `file:` address names; `None` for other addresses, other machines, and paths that are no text.
pub(super) fn path_of(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let path = rest.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
    if !scheme.eq_ignore_ascii_case("file") || !path.starts_with('/') {
        return None;
    }
    let path = decoded(path.split(['?', '#']).next()?)?;
    if path.contains('\0') {
        return None;
    }
    let inside = RepoPath::root().join(path.trim_start_matches('/'))?;
    Some(format!("/{inside}", inside = inside.as_str()))
}

/// The address of an absolute path.
pub(super) fn uri_of(path: &str) -> String {
    let mut out = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
    }
    out
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        out.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_files_of_this_machine_have_a_path() {
        assert_eq!(path_of("file:///a/b%20c.md").as_deref(), Some("/a/b c.md"));
        assert_eq!(path_of("file://localhost/a/./b/../c").as_deref(), Some("/a/c"));
        assert_eq!(path_of("FILE:///").as_deref(), Some("/"));
        for other in [
            "untitled:Untitled-1",
            "http://x/a",
            "file://server/a",
            "file:///a%zz",
            "file:///%ff",
            "file:///a%00",
            "",
        ] {
            assert_eq!(path_of(other), None, "{other}");
        }
        assert_eq!(path_of("file:///../x"), None);
    }

    proptest! {
        #[test]
        fn an_address_leads_back_to_its_path(parts in proptest::collection::vec("[^/\0]{1,8}", 1..4)) {
            prop_assume!(parts.iter().all(|part| part != "." && part != ".."));
            let path = format!("/{}", parts.join("/"));
            prop_assert_eq!(path_of(&uri_of(&path)), Some(path));
        }

        #[test]
        fn any_text_is_survived(text in "(file://)?.{0,40}") {
            let _ = path_of(&text);
        }
    }
}
