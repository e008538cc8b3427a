//! Rules on values: what the type of a column cannot say.
//!
//! `#[derive(Schema)]` writes them as `const` data beside the columns; `check` finds rules that cannot
//! be while the compiler runs; `attach` finds the nodes whose rows they are about; `audit` holds the
//! rows against them while they flow into the checkpoint.

use std::collections::BTreeMap;

use polars::prelude::{Expr, PolarsResult};
use serde::{Deserialize, Serialize};

use crate::contract::{ColumnSpec, NamedSchema};

mod attach;
mod audit;
mod check;
mod condition;
mod findings;
mod literal;

pub(crate) use attach::attach;
pub(crate) use audit::{Audit, Audited, Unfit, quarantined};
pub use check::{
    Holder, check_key_column, check_len, check_literal, check_nested, check_one_of, check_order,
    check_pattern, check_place, check_policy, check_range, check_retry, check_unique,
};
pub use findings::{BadRow, Invalid, Violation};
pub use literal::Literal;

/// One rule of a schema. It holds for values that are not null.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The columns that it looks at.
    pub columns: &'static [&'static str],
    /// What must hold.
    pub check: Check,
}

/// What must hold of the values in a rule's columns.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Check {
    /// Not less than this; NaN is.
    Min(Literal),
    /// Not more than this; NaN is.
    Max(Literal),
    /// One of these.
    OneOf(&'static [Literal]),
    /// A text in which this regular expression matches somewhere.
    Pattern(&'static str),
    /// Characters of a text, items of a list, bytes of a binary value.
    Len {
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
    /// No value twice.
    Unique,
    /// No combination of values twice.
    PrimaryKey,
    /// A condition over several columns.
    Condition {
        /// What the user calls it.
        name: &'static str,
        /// Digest of its tokens.
        code: &'static str,
        /// The condition. Where it is null, the rule holds.
        expr: fn() -> PolarsResult<Expr>,
    },
}

/// What may be written as a condition: an expression, or a `Result` of one, as `.over(…)` gives.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition for rows",
    label = "not an expression",
    note = "write an expression that is true for good rows, such as `col(\"start\").lt_eq(col(\"end\"))`"
)]
pub trait IntoCondition {
    /// The expression.
    ///
    /// # Errors
    ///
    /// When it could not be built.
    fn into_condition(self) -> PolarsResult<Expr>;
}

#[diagnostic::do_not_recommend]
impl IntoCondition for Expr {
    fn into_condition(self) -> PolarsResult<Expr> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoCondition for PolarsResult<Expr> {
    fn into_condition(self) -> PolarsResult<Expr> {
        self
    }
}

/// What happens to rows that break a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Their node fails, and nothing of it is stored.
    #[default]
    Fail,
    /// They go on with the others, and people are told.
    Warn,
    /// They are left out, and people are told.
    Skip,
    /// They are put aside, into a file beside the checkpoint; the others go on.
    Quarantine,
}

impl Policy {
    /// The word that stands in `#[invalid(…)]`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Quarantine => "quarantine",
        }
    }

    /// What becomes of the rows, in a word or two.
    pub(crate) fn outcome(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantined",
            Self::Skip => "left out",
            Self::Warn | Self::Fail => "kept",
        }
    }
}

/// The rules that the rows of one frame of a pipeline are held against.
#[derive(Clone, Debug, Default)]
pub struct NodeRules {
    /// The schemas whose rules these are.
    pub schemas: Vec<NamedSchema>,
    /// What happens to rows that break one.
    pub policy: Policy,
    /// What the rows are called in messages, where they come from a source: `flights.csv`.
    pub source: Option<String>,
}

/// A rule of a node, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) schema: NamedSchema,
    pub(crate) rule: &'static Rule,
}

/// A rule as part of a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RulePart {
    /// The schema that has it: for messages, no part of the key.
    pub(crate) of: String,
    /// What it is beside its words: the code of a condition.
    pub(crate) code: String,
}

impl NodeRules {
    /// Adds the rules of a schema, if it has any.
    pub(crate) fn add(&mut self, schema: NamedSchema) {
        if !schema.rules.is_empty() {
            self.schemas.push(schema);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.schemas.iter().all(|schema| schema.rules.is_empty())
    }

    /// Every rule once, whoever has it.
    pub(crate) fn all(&self) -> Vec<Held> {
        let mut all: Vec<Held> = Vec::new();
        for &schema in &self.schemas {
            for rule in schema.rules {
                let same = |held: &Held| {
                    held.rule.words() == rule.words() && held.rule.code() == rule.code()
                };
                if !all.iter().any(same) {
                    all.push(Held { schema, rule });
                }
            }
        }
        all
    }

    /// The rules as part of a key, by their words.
    pub(crate) fn parts(&self) -> BTreeMap<String, RulePart> {
        let mut parts: BTreeMap<String, RulePart> = BTreeMap::new();
        for Held { schema, rule } in self.all() {
            let part = parts.entry(rule.words()).or_insert_with(|| RulePart {
                of: schema.name.to_owned(),
                code: String::new(),
            });
            // Two schemas may have different conditions of one name.
            part.code.push_str(&rule.code());
        }
        parts
    }
}

impl Held {
    /// What the schema says of a column.
    pub(crate) fn column(&self, name: &str) -> Option<&'static ColumnSpec> {
        self.schema.columns.iter().find(|spec| spec.name == name)
    }

    /// The columns that say which row a row is: its schema's primary key.
    pub(crate) fn key(&self) -> &'static [&'static str] {
        let mut rules = self.schema.rules.iter();
        let key = rules.find(|rule| matches!(rule.check, Check::PrimaryKey));
        key.map_or(&[], |key| key.columns)
    }
}

impl Rule {
    /// The rule as people read it: `distance: min 0`. Equal words mean equal rules, except for
    /// conditions, which have code.
    pub(crate) fn words(&self) -> String {
        let column = self.columns.first().copied().unwrap_or_default();
        match self.check {
            Check::Min(least) => format!("{column}: min {least}"),
            Check::Max(most) => format!("{column}: max {most}"),
            Check::OneOf(values) => {
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                format!("{column}: one_of {}", values.join(", "))
            }
            Check::Pattern(pattern) => format!("{column}: pattern {pattern:?}"),
            Check::Len { min, max } => match (min, max) {
                (Some(min), Some(max)) if min == max => format!("{column}: len {min}"),
                (Some(min), Some(max)) => format!("{column}: len {min} to {max}"),
                (Some(min), None) => format!("{column}: len at least {min}"),
                (None, Some(max)) => format!("{column}: len at most {max}"),
                (None, None) => format!("{column}: len"),
            },
            Check::Unique => format!("{column}: unique"),
            Check::PrimaryKey => format!("primary_key({})", self.columns.join(", ")),
            Check::Condition { name, .. } => format!("rule {name}"),
        }
    }

    /// What a condition is: its tokens, and the values that it was built with.
    fn code(&self) -> String {
        match self.check {
            Check::Condition { code, expr, .. } => format!("{code} {:?};", expr()),
            _ => String::new(),
        }
    }
}
