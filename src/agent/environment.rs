//! The names of environments, the four that everybody has, and of the sections that their files may have.

/// The four, and the names people give them, in the order in which a change goes through them.
pub const FOUR: [(&str, &[&str]); 4] = [
    ("local", &["local", "dev", "development"]),
    ("ci", &["ci", "test", "testing", "integration", "ci-cd"]),
    ("staging", &["staging", "stage", "preprod", "pre-production"]),
    ("production", &["production", "prod", "live"]),
];

/// The one of the four that a name stands for; any other name stands for itself.
pub fn canonical(name: &str) -> &str {
    FOUR.iter().find(|(_, names)| names.contains(&name)).map_or(name, |(canonical, _)| canonical)
}

/// Environments in the order in which a change goes through them; others by name, after the four.
pub fn order(name: &str) -> (usize, &str) {
    let place = FOUR.iter().position(|(canonical_name, _)| *canonical_name == canonical(name));
    (place.unwrap_or(FOUR.len()), name)
}

/// What everything below a key of an environment's file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where data comes from.
    Data,
    /// Secrets, by name.
    Secrets,
    /// Environment variables, by name.
    Variables,
    /// Switches.
    Flags,
    /// What models cost there.
    Prices,
    /// How often workflows run.
    Volume,
    /// What may be spent.
    Budget,
}

impl Section {
    /// The section that a key opens, in the spellings people use.
    pub fn of(key: &str) -> Option<Self> {
        Some(match key {
            "data" | "data_source" | "data_sources" | "datasource" | "datasources" | "dataset"
            | "datasets" | "database" | "databases" | "sources" | "fixtures" | "storage"
            | "knowledge_base" | "vector_store" => Self::Data,
            "secret" | "secrets" | "credentials" | "required_secrets" => Self::Secrets,
            "env" | "variables" | "env_vars" | "environment_variables" => Self::Variables,
            "flags" | "features" | "feature_flags" => Self::Flags,
            "prices" => Self::Prices,
            "workflows" | "runs_per_month" => Self::Volume,
            "budget" | "budgets" | "limits" | "cost" | "tokens" | "token_budgets" => Self::Budget,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stand_for_the_four_environments() {
        let names = ["dev", "development", "local", "ci", "test", "stage", "prod", "eu-west"];
        assert_eq!(
            names.map(canonical),
            ["local", "local", "local", "ci", "ci", "staging", "production", "eu-west"]
        );
    }

    #[test]
    fn a_change_goes_from_local_to_production() {
        let mut names = ["apac", "production", "stage", "ci", "local"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["local", "ci", "stage", "production", "apac"]);
    }
}
