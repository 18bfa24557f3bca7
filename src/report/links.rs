//! Addresses of files on the forge, and percent-encoding.

use crate::base::Place;
use crate::context::{Forge, PipelineContext};

/// The longest address that is made or accepted, in bytes: browsers and proxies refuse longer ones, and a
/// report has better use for the room.
const LONGEST: usize = 2_000;

/// Makes the web address of a file at the head commit.
///
/// Without a forge, a head commit or a sound `http(s)` server address there are no links: a report never
/// guesses one.
#[derive(Clone, Debug)]
pub struct BlobLinks {
    prefix: Option<String>,
    forge: Forge,
}

impl BlobLinks {
    /// Links for the repository and head commit of this context.
    pub fn new(context: &PipelineContext) -> Self {
        Self { prefix: prefix(context), forge: context.forge }
    }

    /// The address of a place, down to its lines; `None` when there are no links.
    pub fn place(&self, place: &Place) -> Option<String> {
        let prefix = self.prefix.as_deref()?;
        let mut url = format!("{prefix}/{}", percent_encode(place.path.as_str()));
        if let Some(span) = place.span {
            // Markdown is shown rendered, without lines, unless the source is asked for.
            let is_markdown =
                place.path.extension().is_some_and(|ext| ["md", "mdc", "markdown"].contains(&ext));
            let plain = if is_markdown { "?plain=1" } else { "" };
            let (first, last) = (span.start.line.max(1), super::last_line(span));
            url = match (last > first, self.forge) {
                (false, _) => format!("{url}{plain}#L{first}"),
                (true, Forge::Gitlab) => format!("{url}{plain}#L{first}-{last}"),
                (true, _) => format!("{url}{plain}#L{first}-L{last}"),
            };
        }
        (url.len() <= LONGEST).then_some(url)
    }
}

fn prefix(context: &PipelineContext) -> Option<String> {
    let server = web_address(context.server_url.as_deref()?)?.trim_end_matches('/');
    let repository = context.repository.as_deref().filter(|name| !name.is_empty())?;
    let sha = context
        .head_sha
        .as_deref()
        .filter(|sha| sha.len() >= 7 && sha.chars().all(|c| c.is_ascii_hexdigit()))?;
    let repository = percent_encode(repository);
    match context.forge {
        Forge::Github => Some(format!("{server}/{repository}/blob/{sha}")),
        Forge::Gitlab => Some(format!("{server}/{repository}/-/blob/{sha}")),
        Forge::Local => None,
    }
}

/// The address itself if it is `http(s)` and made of characters that mean nothing to Markdown or HTML.
pub fn web_address(address: &str) -> Option<&str> {
    let sound = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/' | ':' | '%' | '?' | '=' | '#' | '~')
    };
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    (address.len() <= LONGEST && !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(sound))
        .then_some(address)
}

/// Percent-encodes a path for an address: everything but unreserved characters and `/`.
pub fn percent_encode(path: &str) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or('0');
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Position, RepoPath, Span};
    use crate::report::sample;

    fn place(path: &str, lines: Option<(u32, u32)>) -> Place {
        let span = lines.map(|(first, last)| Span {
            start: Position { line: first, column: 1 },
            end: Position { line: last, column: 5 },
        });
        Place { path: RepoPath::new(path).expect("inside"), span }
    }

    #[test]
    fn links_to_the_head_commit() {
        let mut context = sample::context();
        let links = BlobLinks::new(&context);
        assert_eq!(
            links.place(&place("a b/(x)#?.md", Some((3, 3)))).as_deref(),
            Some(
                "https://github.com/acme/agents/blob/4f1c9a2b77de0123456789abcdef0123456789ab/a%20b/%28x%29%23%3F.md?plain=1#L3"
            )
        );
        context.forge = Forge::Gitlab;
        assert_eq!(
            BlobLinks::new(&context).place(&place("x.json", Some((3, 9)))).as_deref(),
            Some(
                "https://github.com/acme/agents/-/blob/4f1c9a2b77de0123456789abcdef0123456789ab/x.json#L3-9"
            )
        );
    }

    #[test]
    fn no_link_rather_than_a_bad_one() {
        for server in
            ["javascript:alert(1)", "https://x y", "https://", "https:///x", "https://a)b", "ftp://x"]
        {
            let context = PipelineContext { server_url: Some(server.to_owned()), ..sample::context() };
            assert_eq!(BlobLinks::new(&context).place(&place("x", None)), None, "{server}");
        }
        assert_eq!(BlobLinks::new(&sample::context()).place(&place(&"x".repeat(LONGEST), None)), None);
        let context = PipelineContext { head_sha: Some("main".to_owned()), ..sample::context() };
        assert_eq!(BlobLinks::new(&context).place(&place("x", None)), None);
    }
}
