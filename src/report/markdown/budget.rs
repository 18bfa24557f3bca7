//! How much a text may hold, and in which order it gives things up.

/// What a destination accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Unicode scalar values.
    pub chars: usize,
    /// Bytes of UTF-8.
    pub bytes: usize,
}

impl Limit {
    /// A comment on GitHub: it refuses 65,536 characters by its own words and 262,144 bytes by measurement.
    pub const GITHUB_COMMENT: Self = Self { chars: 65_000, bytes: 200_000 };
    /// A note on GitLab: 1 MiB, documented as "1 megabyte".
    pub const GITLAB_NOTE: Self = Self { chars: 1_000_000, bytes: 1_000_000 };
    /// Summary and text of a check run: 65,535, which behaves as bytes.
    pub const CHECK_OUTPUT: Self = Self { chars: 65_535, bytes: 65_535 };
    /// A step summary: 1 MiB for each step.
    pub const STEP_SUMMARY: Self = Self { chars: 1 << 20, bytes: 1 << 20 };

    /// The limit less room for something else, for example a marker of `bytes` ASCII characters.
    #[must_use]
    pub const fn reserve(self, bytes: usize) -> Self {
        Self { chars: self.chars.saturating_sub(bytes), bytes: self.bytes.saturating_sub(bytes) }
    }

    /// True when the text fits.
    pub fn allows(self, text: &str) -> bool {
        text.len() <= self.bytes && (text.len() <= self.chars || text.chars().count() <= self.chars)
    }
}

/// How many of each thing are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) infos: usize,
    pub(super) fixed: usize,
    pub(super) unchanged: usize,
    pub(super) causes: usize,
    pub(super) callouts: usize,
    /// Rows: a file has one for each part.
    pub(super) files: usize,
    pub(super) notes: usize,
    pub(super) hints: usize,
    pub(super) stages: usize,
    pub(super) clients: usize,
    /// Runs of cases that did not pass, cases that did, and what became weaker.
    pub(super) cases: usize,
    /// What asks for signatures.
    pub(super) asks: usize,
    /// Statements about signatures, the latest.
    pub(super) statements: usize,
    /// Why the cost changes, and the budgets in danger.
    pub(super) cost: usize,
    /// Workflows.
    pub(super) workflows: usize,
    /// Rows of each table of details of the cost: agents, environments, assumptions.
    pub(super) cost_details: usize,
    /// Settings of environments.
    pub(super) environments: usize,
    /// Slices of the chart; none, no chart.
    pub(super) chart: usize,
    /// Characters of one message, path or name.
    pub(super) text: usize,
}

impl Budget {
    /// For a comment: the difference, not the repository.
    pub(super) const COMMENT: Self = Self {
        errors: 50,
        warnings: 20,
        infos: 30,
        fixed: 30,
        unchanged: 0,
        causes: 8,
        callouts: 12,
        files: 40,
        notes: 20,
        hints: 3,
        stages: 20,
        clients: 12,
        cases: 20,
        asks: 20,
        statements: 20,
        cost: 10,
        workflows: 20,
        cost_details: 30,
        environments: 30,
        chart: 8,
        text: 600,
    };

    /// For a page of its own.
    pub(super) const SUMMARY: Self = Self {
        errors: 1_000,
        warnings: 1_000,
        infos: 1_000,
        fixed: 500,
        unchanged: 500,
        causes: 50,
        callouts: 100,
        files: 1_000,
        notes: 100,
        hints: 10,
        cases: 100,
        asks: 50,
        statements: 100,
        cost: 50,
        workflows: 200,
        cost_details: 500,
        environments: 300,
        ..Self::COMMENT
    };

    /// Only the outcome.
    pub(super) const NOTHING: Self = Self {
        errors: 0,
        warnings: 0,
        infos: 0,
        fixed: 0,
        unchanged: 0,
        causes: 0,
        callouts: 0,
        files: 0,
        notes: 0,
        hints: 0,
        stages: 0,
        clients: 0,
        cases: 0,
        asks: 0,
        statements: 0,
        cost: 0,
        workflows: 0,
        cost_details: 0,
        environments: 0,
        chart: 0,
        text: 60,
    };

    /// Ever smaller budgets: the least important part goes first, and each part shrinks before it goes.
    pub(super) fn ladder(self) -> Vec<Self> {
        let steps: [fn(&mut Self); 25] = [
            |b| b.infos = b.infos.min(100),
            |b| b.infos = b.infos.min(10),
            |b| b.infos = 0,
            |b| (b.unchanged, b.statements) = (b.unchanged.min(50), b.statements.min(20)),
            |b| b.unchanged = 0,
            |b| b.fixed = b.fixed.min(10),
            |b| b.fixed = 0,
            |b| (b.causes, b.callouts) = (b.causes.min(5), b.callouts.min(5)),
            |b| {
                (b.chart, b.cost_details, b.environments) =
                    (0, b.cost_details.min(10), b.environments.min(10))
            },
            |b| b.files = b.files.min(200),
            |b| b.files = b.files.min(20),
            |b| b.files = 0,
            |b| (b.cost_details, b.workflows, b.environments) = (0, b.workflows.min(10), 0),
            |b| b.warnings = b.warnings.min(200),
            |b| b.warnings = b.warnings.min(20),
            |b| (b.text, b.notes, b.statements) = (b.text.min(200), b.notes.min(5), b.statements.min(5)),
            |b| b.warnings = b.warnings.min(5),
            |b| b.errors = b.errors.min(200),
            |b| b.errors = b.errors.min(50),
            |b| (b.warnings, b.causes, b.callouts, b.cost) = (0, b.causes.min(2), 0, b.cost.min(5)),
            |b| (b.errors, b.text, b.notes, b.hints) = (b.errors.min(10), 100, 0, b.hints.min(1)),
            |b| (b.statements, b.asks) = (0, b.asks.min(5)),
            |b| b.cases = b.cases.min(5),
            |b| (b.errors, b.stages, b.clients, b.workflows) = (b.errors.min(3), 6, 4, b.workflows.min(3)),
            |b| (b.errors, b.causes, b.hints, b.cost, b.workflows, b.text) = (1, 0, 0, 1, 0, 60),
        ];
        let mut current = self;
        steps
            .into_iter()
            .map(|step| {
                step(&mut current);
                current
            })
            .collect()
    }
}
