//! The attributes of OTLP JSON: lists of keys and typed values, nested in resource, scope and record.

use super::fields;
use serde_json::Value;
use std::collections::HashMap;

/// The attributes that hold for one record; the innermost wins.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes(HashMap<String, Value>);

impl Attributes {
    /// These, and those of a holder inside.
    pub(super) fn with(&self, holder: &Value) -> Self {
        let mut all = self.clone();
        for attribute in holder.get("attributes").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(key), Some(value)) = (
                attribute.get("key").and_then(Value::as_str),
                attribute.get("value").and_then(|value| value.as_object()?.values().next()),
            ) {
                all.0.insert(key.to_owned(), value.clone());
            }
        }
        all
    }

    /// The name under the first of these keys that is there.
    pub(super) fn name(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.0.get(*key).and_then(fields::name).filter(|name| !name.is_empty()))
    }

    /// The count under the first of these keys that is there.
    pub(super) fn count(&self, keys: &[&str]) -> Result<Option<u64>, String> {
        let found = keys.iter().find_map(|key| self.0.get(*key).map(|value| (key, value)));
        found.map_or(Ok(None), |(key, value)| {
            fields::count(value).map_err(|reason| format!("{key}: {reason}"))
        })
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}
