//! JSON: the report as it is, for programs, and the schema that describes it.

use super::{ReportError, RunReport};

/// The report as indented JSON with a final line break.
///
/// # Errors
/// On a value that JSON cannot hold: our own bug.
pub fn render(report: &RunReport) -> Result<String, ReportError> {
    with_line_break(serde_json::to_string_pretty(report))
}

/// The JSON Schema (draft 2020-12) of [`render`], published as `schema/report.schema.json`.
///
/// # Errors
/// As [`render`].
pub fn schema() -> Result<String, ReportError> {
    with_line_break(serde_json::to_string_pretty(&schemars::schema_for!(RunReport)))
}

fn with_line_break(json: serde_json::Result<String>) -> Result<String, ReportError> {
    json.map(|json| json + "\n")
        .map_err(|error| ReportError::Format { format: "JSON", reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_report_follows_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(&schema().expect("a schema")).expect("JSON");
        let validator = jsonschema::validator_for(&schema).expect("a sound schema");
        for report in
            [sample::report(), sample::without_base(), sample::empty(), sample::flooded(3, "\u{0}<!--")]
        {
            let json: serde_json::Value =
                serde_json::from_str(&render(&report).expect("JSON")).expect("JSON");
            let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new());
            assert_eq!(json["schema_version"], super::super::SCHEMA_VERSION);
        }
        assert!(!validator.is_valid(&serde_json::json!({"schema_version": 1})));
    }

    #[test]
    fn same_input_same_bytes() {
        assert_eq!(render(&sample::report()), render(&sample::report()));
        assert!(render(&sample::report()).expect("JSON").ends_with("}\n"));
    }
}
