//! Environments side by side, for every renderer.

use crate::base::RepoPath;
use crate::base::text::plural;
use serde::Serialize;

/// The environments of head, and what the change does to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct EnvironmentsReport {
    /// One table for each folder `environments/`, sorted by path.
    pub tables: Vec<ParityTable>,
    /// Folders that are left out: there are too many.
    pub tables_left_out: usize,
}

/// The environments of one folder side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ParityTable {
    /// The folder.
    pub folder: RepoPath,
    /// Its environments, from local to production.
    pub environments: Vec<EnvironmentColumn>,
    /// Environments that the README beside them says there are none of.
    pub absent: Vec<String>,
    /// What they set, sorted by what it is about and its name. Never the value of a secret or a variable.
    pub rows: Vec<ParityRow>,
    /// Rows that are left out: those that agree go first.
    pub rows_left_out: usize,
    /// What could not be read in head, so that it is missing in the rows.
    pub unread: Vec<String>,
}

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct EnvironmentColumn {
    /// Its name.
    pub name: String,
    /// Relation to the base.
    pub state: ColumnState,
}

/// Relation of an environment to the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnState {
    /// In both; also every environment when there is no base.
    Present,
    /// In head only.
    Added,
    /// In base only.
    Removed,
}

/// One setting in every environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ParityRow {
    /// What it is about: `model`, `price`, `runs`, `budget`, `data source`, `secret`, `variable`, `flag`, `other`.
    pub kind: String,
    /// What it is called: an agent, the keys that lead to it, the name of a secret.
    pub name: String,
    /// Whether the environments of head agree.
    pub standing: Standing,
    /// True when the change alters a cell.
    pub changed: bool,
    /// One for each environment, in their order.
    pub cells: Vec<ParityCell>,
}

/// Whether environments agree in a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// All say the same.
    Same,
    /// They differ, in something in which they may.
    MayDiffer,
    /// They differ in what has to be the same everywhere.
    MustNotDiffer,
}

impl Standing {
    /// In words, since colour carries nothing alone.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::MayDiffer => "differs",
            Self::MustNotDiffer => "must not differ",
        }
    }
}

/// What one environment sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ParityCell {
    /// The value in head, as it may be shown; `not set` or `as default` where there is none. Of secrets and variables:
    /// `set`, `named`, `empty`, `reference` or `${NAME}`.
    pub head: String,
    /// True when head sets it.
    pub set: bool,
    /// What base had, where that was something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

impl ParityCell {
    /// `0.40`, `0.20 → 0.40`.
    pub fn words(&self) -> String {
        self.base.as_ref().map_or_else(|| self.head.clone(), |base| format!("{base} → {}", self.head))
    }
}

impl ParityRow {
    /// True when it is worth a look: it differs, or the change alters it.
    pub fn speaks(&self) -> bool {
        self.changed || self.standing != Standing::Same
    }

    /// `must not differ; changed here`.
    pub fn words(&self) -> String {
        let changed = if self.changed { "; changed here" } else { "" };
        format!("{}{changed}", self.standing.words())
    }
}

impl ParityTable {
    /// Rows with this standing.
    pub fn count(&self, standing: Standing) -> usize {
        self.rows.iter().filter(|row| row.standing == standing).count()
    }

    /// `4 environments: 6 settings differ, 1 of them must not; 2 changed here`.
    pub fn summary(&self) -> String {
        let here = self.environments.iter().filter(|one| one.state != ColumnState::Removed).count();
        let (may, must_not) = (self.count(Standing::MayDiffer), self.count(Standing::MustNotDiffer));
        let differ = match may + must_not {
            0 if here < 2 => plural(self.rows.len(), "setting", "settings"),
            0 => "no setting differs".to_owned(),
            count => plural(count, "setting differs", "settings differ"),
        };
        let wrong = if must_not > 0 { format!(", {must_not} of them must not") } else { String::new() };
        let changed = self.rows.iter().filter(|row| row.changed).count();
        let changed = if changed > 0 { format!("; {changed} changed here") } else { String::new() };
        format!("{}: {differ}{wrong}{changed}", plural(here, "environment", "environments"))
    }

    /// The heading of each column: the environment, and that it is new or gone.
    pub fn headings(&self) -> Vec<String> {
        let heading = |one: &EnvironmentColumn| match one.state {
            ColumnState::Present => one.name.clone(),
            ColumnState::Added => format!("{} (new)", one.name),
            ColumnState::Removed => format!("{} (removed)", one.name),
        };
        self.environments.iter().map(heading).collect()
    }

    /// What the reader should know besides: absent environments, what could not be read, what is left out.
    pub fn remarks(&self) -> Vec<String> {
        let absent = (!self.absent.is_empty()).then(|| {
            format!("{}/README.md says that there is no {}", self.folder, self.absent.join(", no "))
        });
        let left_out = (self.rows_left_out > 0).then(|| {
            format!("{} left out here", plural(self.rows_left_out, "more setting is", "more settings are"))
        });
        let unread = self.unread.iter().map(|fault| format!("not read, so missing here: {fault}"));
        absent.into_iter().chain(left_out).chain(unread).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_table_sums_itself_up() {
        let table = sample::environments::hostile().tables.remove(0);
        assert_eq!(table.summary(), "3 environments: 4 settings differ, 1 of them must not; 2 changed here");
        assert_eq!(table.headings(), ["local", "staging (new)", "production", "old (removed)"]);
        assert_eq!(table.rows[0].cells[2].words(), "claude-sonnet-5-5 → claude-opus-5-5");
    }

    #[test]
    fn one_environment_alone_cannot_differ() {
        let mut table = sample::environments::hostile().tables.remove(0);
        table.environments.truncate(1);
        table.rows.truncate(1);
        (table.rows[0].standing, table.rows[0].changed) = (Standing::Same, false);
        assert_eq!(table.summary(), "1 environment: 1 setting");
    }
}
