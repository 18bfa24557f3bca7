//! A YAML or JSON document as a value of some type, with the line of whatever is wrong with it.

use super::check::{At, line_of};
use super::{ConfigError, yaml};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

/// Where the parts of a document stand.
#[derive(Clone, Debug)]
pub struct Lines {
    file: String,
    root: yaml::Node,
}

impl Lines {
    /// The line of a value: keys of mappings, numbers for items of lists; of the nearest thing around it where it is
    /// missing.
    pub fn line(&self, path: &[&str]) -> u32 {
        let path: Vec<At> = path
            .iter()
            .map(|step| step.parse().map_or_else(|_| At::Key((*step).to_owned()), At::Item))
            .collect();
        line_of(&self.root, &path)
    }

    /// An error at a value.
    pub fn error(&self, path: &[&str], message: impl Into<String>) -> ConfigError {
        ConfigError { file: self.file.clone(), line: self.line(path), message: message.into() }
    }
}

/// Reads a document; JSON is YAML. An empty one is an empty mapping.
///
/// # Errors
/// What cannot be read, every key that stands twice, or the first value that is not as it should be.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<(T, Lines), Vec<ConfigError>> {
    let error = |line: u32, message: String| ConfigError { file: file.to_owned(), line, message };
    let root = yaml::parse(text, 1)
        .map_err(|wrong| vec![error(wrong.at.line, format!("this is not readable YAML: {wrong}"))])?;
    let twice: Vec<ConfigError> = root
        .duplicate_keys()
        .into_iter()
        .map(|(key, span)| {
            error(span.start.line, format!("the key `{}` stands twice; keep one of them", super::shown(&key)))
        })
        .collect();
    if !twice.is_empty() {
        return Err(twice);
    }
    let value: serde_json::Value = serde_yaml::from_str(text).map_err(|wrong| {
        let line = wrong.location().map_or(1, |location| location.line());
        vec![error(u32::try_from(line).unwrap_or(u32::MAX), super::shown(&wrong.to_string()))]
    })?;
    let value = if value.is_null() { serde_json::json!({}) } else { value };
    match serde_path_to_error::deserialize(value) {
        Ok(read) => Ok((read, Lines { file: file.to_owned(), root })),
        Err(wrong) => {
            let path: Vec<At> = wrong.path().iter().filter_map(step).collect();
            Err(vec![error(line_of(&root, &path), super::shown_long(&wrong.inner().to_string()))])
        }
    }
}

fn step(segment: &Segment) -> Option<At> {
    match segment {
        Segment::Seq { index } => Some(At::Item(*index)),
        Segment::Map { key } => Some(At::Key(key.clone())),
        Segment::Enum { variant } => Some(At::Key(variant.clone())),
        Segment::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn says_the_line_of_what_is_wrong() {
        let wrong = |text: &str| {
            read::<BTreeMap<String, Vec<u32>>>("x.yaml", text).expect_err("wrong")[0].to_string()
        };
        assert_eq!(wrong("a:\n  - 1\n  - two\n"), "x.yaml:3: invalid type: string \"two\", expected u32");
        assert_eq!(wrong("a: [1]\na: [2]\n"), "x.yaml:2: the key `a` stands twice; keep one of them");
        assert!(wrong("a: [1\n").starts_with("x.yaml:2: this is not readable YAML"));
        let (read, lines) = read::<BTreeMap<String, Vec<u32>>>("x.json", "{\"a\":\n [1]}").expect("right");
        assert_eq!(read["a"], [1]);
        assert_eq!(lines.line(&["a", "0"]), 2);
    }
}
