//! Which format a file is in, seen from its content: names of files say nothing.

use super::csv;
use super::fields;
use super::generic::Mapping;
use super::records::records;
use serde_json::Value;

/// So many records are looked at; a transcript may begin with lines that say nothing.
const LOOKED_AT: usize = 1000;

/// A format that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// The result of a run of Claude Code, or the stream of messages that ends with it.
    ClaudeResult,
    /// A transcript of Claude Code.
    ClaudeTranscript,
    /// OTLP as JSON: logs and spans.
    Otlp,
    /// Spend logs of `LiteLLM` as JSON.
    LiteLlm,
    /// Spend logs of `LiteLLM` as CSV.
    LiteLlmCsv,
    /// JSON with a mapping.
    Generic,
    /// CSV with a mapping.
    GenericCsv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::ClaudeResult,
        Self::ClaudeTranscript,
        Self::Otlp,
        Self::LiteLlm,
        Self::LiteLlmCsv,
        Self::Generic,
        Self::GenericCsv,
    ];

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeResult => "the result of a Claude Code run (`--output-format json` or `stream-json`)",
            Self::ClaudeTranscript => "a Claude Code transcript",
            Self::Otlp => "OTLP JSON with `claude_code.api_request` events or `gen_ai.usage.*` spans",
            Self::LiteLlm => "LiteLLM spend logs as JSON",
            Self::LiteLlmCsv => "LiteLLM spend logs as CSV",
            Self::Generic => "JSON lines with a mapping",
            Self::GenericCsv => "CSV with a mapping",
        }
    }

    /// All of them, for an error.
    pub fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// The format of a file.
pub(crate) fn detect(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Format, String> {
    if bytes.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut parsed = 0_usize;
    let (mut metrics, mut idle) = (false, false);
    for record in records(bytes).take(LOOKED_AT) {
        let Ok(value) = serde_json::from_slice::<Value>(record.bytes) else { continue };
        if !value.is_object() {
            continue;
        }
        parsed += 1;
        if let Some(format) = of_record(&value) {
            return Ok(format);
        }
        metrics |= value.get("resourceMetrics").is_some();
        idle |= is_idle(&value);
        if let Some(mapping) = mapping
            && mapping.fits(|column| fields::at(&value, column).is_some())
        {
            return Ok(Format::Generic);
        }
    }
    if idle {
        return Ok(Format::ClaudeTranscript);
    }
    if metrics {
        let reason =
            "it holds OTLP metrics, which sum up what log events and spans say for each call; give those";
        return Err(reason.to_owned());
    }
    if parsed == 0 {
        let header = csv::Table::new(bytes).header;
        let has = |column: &str| header.iter().any(|name| name == column);
        if has("request_id") && has("prompt_tokens") && has("spend") {
            return Ok(Format::LiteLlmCsv);
        }
        return match mapping {
            Some(mapping) if mapping.fits(has) => Ok(Format::GenericCsv),
            Some(mapping) => {
                Err(format!("it has none of the columns {}", mapping.token_columns().join(", ")))
            }
            None => Err("no record of it is JSON, and its first line is no known header".to_owned()),
        };
    }
    Err(match mapping {
        Some(mapping) => format!("no record has one of the fields {}", mapping.token_columns().join(", ")),
        None => "its records are of an unknown kind; a mapping can say what their fields mean".to_owned(),
    })
}

/// Whether a transcript has this line that says nothing of a session; sessions in which nothing was asked have no other.
fn is_idle(value: &Value) -> bool {
    let kind = value.get("type").and_then(Value::as_str);
    (kind == Some("summary") && value.get("summary").is_some())
        || (kind == Some("file-history-snapshot") && value.get("snapshot").is_some())
}

fn of_record(value: &Value) -> Option<Format> {
    let has = |key: &str| value.get(key).is_some();
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    if has("resourceLogs") || has("resourceSpans") {
        Some(Format::Otlp)
    } else if (has("session_id") || has("modelUsage"))
        && ["result", "system", "assistant", "user", "stream_event"].contains(&kind)
    {
        Some(Format::ClaudeResult)
    } else if has("sessionId") && has("type") {
        Some(Format::ClaudeTranscript)
    } else if has("request_id") && has("prompt_tokens") && (has("spend") || has("startTime")) {
        Some(Format::LiteLlm)
    } else {
        None
    }
}
