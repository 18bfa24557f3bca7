//! What differs between two texts, line by line, as people read it.

use gix_imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};

/// The unified difference of two texts with three lines around each change; empty when there is none.
pub fn unified_diff(name: &str, before: &str, after: &str) -> String {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let body = diff
        .unified_diff(&BasicLineDiffPrinter(&input.interner), UnifiedDiffConfig::default(), &input)
        .to_string();
    if body.is_empty() { body } else { format!("--- {name}\n+++ {name}\n{body}") }
}

#[cfg(test)]
mod tests {
    use super::unified_diff;

    #[test]
    fn shows_what_changed_and_where() {
        let before = "a\nb\nc\nd\ne\nf\n";
        assert_eq!(
            unified_diff("x.md", before, "a\nb\nc\nD\ne\nf\n"),
            "--- x.md\n+++ x.md\n@@ -1,6 +1,6 @@\n a\n b\n c\n-d\n+D\n e\n f\n"
        );
        assert_eq!(unified_diff("x.md", before, before), "");
        assert!(
            unified_diff("x.md", "a", "b").contains("No newline")
                || !unified_diff("x.md", "a", "b").is_empty()
        );
    }
}
