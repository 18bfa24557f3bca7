//! What a client says it can do.

use super::diagnostics::Style;
use super::text::Encoding;
use serde_json::Value;

/// What the client can do.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol has one answer for each")]
pub(super) struct Abilities {
    pub(super) style: Style,
    /// Edits may say which version of a document they are for.
    pub(super) versioned_edits: bool,
    /// Edits may have places that a person fills in.
    pub(super) snippets: bool,
    /// It watches files when it is asked to.
    pub(super) watches: bool,
    /// It asks for hints again when it is told to.
    pub(super) refreshes: bool,
}

impl Abilities {
    /// From the parameters of `initialize`.
    pub(super) fn of(params: &Value) -> Self {
        let has = |pointer: &str| params.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
        let encodings = params.pointer("/capabilities/general/positionEncodings").and_then(Value::as_array);
        let utf8 = encodings.is_some_and(|offered| offered.iter().any(|one| one == "utf-8"));
        let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
        let of_diagnostics = "/capabilities/textDocument/publishDiagnostics";
        Self {
            style: Style {
                encoding,
                related: has(&format!("{of_diagnostics}/relatedInformation")),
                linked: has(&format!("{of_diagnostics}/codeDescriptionSupport")),
            },
            versioned_edits: has("/capabilities/workspace/workspaceEdit/documentChanges"),
            snippets: has("/capabilities/workspace/workspaceEdit/snippetEditSupport"),
            watches: has("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
            refreshes: has("/capabilities/workspace/inlayHint/refreshSupport"),
        }
    }
}
