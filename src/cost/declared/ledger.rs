//! The claims that were checked.

use crate::agent::team::numbers::{Figure, Unit, show_range};
use crate::base::{Place, Span};
use rust_decimal::Decimal;

/// Claims of one team that are kept; a hostile one could make more than anybody reads.
const MAX_CLAIMS: usize = 5_000;

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What follows from other figures can be written like this.
    Confirmed,
    /// It cannot.
    Contradicted,
    /// It cannot be told, and why.
    Unverifiable(String),
}

/// What a claim was held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    /// In words: `its 6 agents sum to 348K`.
    pub text: String,
    /// The lower end of what was computed.
    pub low: Decimal,
    /// The upper end.
    pub high: Decimal,
}

/// A figure, model or number of agents that a document states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The subject of the sentence: `the cost of CFO`.
    pub what: String,
    /// Where it is stated.
    pub place: Place,
    /// As it was written.
    pub declared: String,
    /// What it was held against; `None` when nothing could be.
    pub computed: Option<Computed>,
    /// What became of it.
    pub verdict: Verdict,
    /// The rule that finds it when it is contradicted.
    pub rule: &'static str,
    /// Which claims one finding speaks for.
    pub group: Group,
}

/// Which claims are wrong together, so that one finding speaks for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Those about this very figure.
    Figure,
    /// Those about this line.
    Row,
    /// Those of the same kind with the same numbers.
    Alike(String),
    /// Those of the table.
    Table(Span),
}

impl Claim {
    /// Both numbers in one sentence.
    pub fn sentence(&self) -> String {
        match (&self.computed, &self.verdict) {
            (_, Verdict::Unverifiable(reason)) => {
                format!("{}, which cannot be checked: {reason}", self.stated())
            }
            (Some(computed), _) => format!("{}; {}", self.stated(), computed.text),
            (None, _) => self.stated(),
        }
    }

    fn stated(&self) -> String {
        let plural = self.name() == "tokens" || self.name().ends_with(" tokens");
        let verb = if plural { "are" } else { "is" };
        format!("{} {verb} given as {}", self.what, self.declared)
    }

    /// The first words of the subject: `input tokens`.
    pub fn name(&self) -> &str {
        let what = self.what.strip_prefix("the ").unwrap_or(&self.what);
        what.split(" of ").next().unwrap_or(what)
    }
}

/// A figure to check.
pub(super) struct Stated<'a> {
    pub(super) what: String,
    pub(super) place: Place,
    pub(super) figure: &'a Figure,
    pub(super) rule: &'static str,
    pub(super) group: Group,
}

/// Values between two bounds, and by how much they may be off because what they are made of was rounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) low: Decimal,
    pub(super) high: Decimal,
    pub(super) slack: Decimal,
}

impl Value {
    pub(super) const fn exact(value: Decimal) -> Self {
        Self { low: value, high: value, slack: Decimal::ZERO }
    }

    /// The value of a figure, which may lie half a unit beside what is written.
    pub(super) fn of(figure: &Figure) -> Self {
        Self { low: figure.low, high: figure.high, slack: figure.half() }
    }

    pub(super) fn times(self, factor: Decimal) -> Self {
        let (one, other) = (self.low * factor, self.high * factor);
        Self { low: one.min(other), high: one.max(other), slack: self.slack * factor.abs() }
    }

    /// The sum of figures. Sums are made of what is written, so only parts that are coarser than the sum count as
    /// rounded.
    pub(super) fn sum<'a>(parts: impl Iterator<Item = &'a Figure>, precision: Decimal) -> Self {
        parts.fold(Self::exact(Decimal::ZERO), |sum, part| Self {
            low: sum.low + part.low,
            high: sum.high + part.high,
            slack: sum.slack + if part.precision > precision { part.half() } else { Decimal::ZERO },
        })
    }
}

#[derive(Default)]
pub(super) struct Ledger {
    claims: Vec<Claim>,
    left_out: usize,
}

impl Ledger {
    fn push(&mut self, claim: Claim) {
        if self.claims.len() < MAX_CLAIMS {
            self.claims.push(claim);
        } else {
            self.left_out += 1;
        }
    }

    /// Holds a figure against a value. `words` says where the value comes from, with `{}` for the value.
    pub(super) fn hold(&mut self, stated: Stated<'_>, value: Value, words: &str) {
        let fits = stated.figure.covers(value.low - value.slack, value.high + value.slack);
        self.judge(stated, value, words, fits);
    }

    /// The same for a figure that is a limit: only more than it contradicts it.
    pub(super) fn hold_up_to(&mut self, stated: Stated<'_>, value: Value, words: &str) {
        let fits = value.low - value.slack <= stated.figure.high + stated.figure.tolerance();
        self.judge(stated, value, words, fits);
    }

    fn judge(&mut self, stated: Stated<'_>, value: Value, words: &str, fits: bool) {
        let text = words.replace("{}", &show_range(value.low, value.high, stated.figure.unit));
        self.push(Claim {
            what: stated.what,
            place: stated.place,
            declared: declared(stated.figure),
            computed: Some(Computed { text, low: value.low, high: value.high }),
            verdict: if fits { Verdict::Confirmed } else { Verdict::Contradicted },
            rule: stated.rule,
            group: stated.group,
        });
    }

    /// A figure that cannot be checked.
    pub(super) fn open(&mut self, stated: Stated<'_>, reason: impl Into<String>) {
        self.push(Claim {
            what: stated.what,
            place: stated.place,
            declared: declared(stated.figure),
            computed: None,
            verdict: Verdict::Unverifiable(reason.into()),
            rule: stated.rule,
            group: stated.group,
        });
    }

    /// A claim in words that is either so or not.
    pub(super) fn say(
        &mut self,
        what: String,
        place: Place,
        declared: &str,
        text: String,
        fits: bool,
        rule: &'static str,
    ) {
        self.push(Claim {
            what,
            place,
            declared: declared.to_owned(),
            computed: Some(Computed { text, low: Decimal::ZERO, high: Decimal::ZERO }),
            verdict: if fits { Verdict::Confirmed } else { Verdict::Contradicted },
            rule,
            group: Group::Figure,
        });
    }

    pub(super) fn finish(mut self) -> Vec<Claim> {
        self.claims.sort_by(|one, other| {
            (&one.place, one.rule, &one.what, &one.declared).cmp(&(
                &other.place,
                other.rule,
                &other.what,
                &other.declared,
            ))
        });
        self.claims.dedup();
        if let (1.., Some(last)) = (self.left_out, self.claims.last().cloned()) {
            let reason = format!("there are {} more than are checked", self.left_out);
            let what = "the number of further claims".to_owned();
            self.claims.push(Claim { what, computed: None, verdict: Verdict::Unverifiable(reason), ..last });
        }
        self.claims
    }
}

fn declared(figure: &Figure) -> String {
    let text = figure.text.trim();
    if figure.unit == Unit::Tokens && !text.to_lowercase().contains("token") {
        format!("{text} tokens")
    } else {
        text.to_owned()
    }
}
