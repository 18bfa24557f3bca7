//! The names of environments: the four that everybody has, and what people call them.

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
