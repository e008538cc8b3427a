//! What an audit found, for people, events, reports and records.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::text::grouped;

/// Rows of a stored result that break rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// What happened to them.
    pub policy: Policy,
    /// How many they are.
    pub rows: u64,
    /// Of so many.
    pub of: u64,
    /// The rules that they break.
    pub rules: Vec<Violation>,
}

/// A rule that rows break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The schema that has the rule.
    pub schema: String,
    /// The rule: `distance: min 0`.
    pub rule: String,
    /// How many rows break it.
    pub rows: u64,
    /// Of so many.
    pub of: u64,
    /// The first of them.
    pub first: Vec<BadRow>,
}

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its number in the frame, counted from 1.
    pub row: u64,
    /// Its values in the columns that matter: the rule's, and the primary key's.
    pub values: String,
}

impl Display for BadRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", grouped(self.row))?;
        if !self.values.is_empty() {
            write!(f, " ({})", self.values)?;
        }
        Ok(())
    }
}

/// `distance: min 0: 3 of 336,776 rows, first: row 17 (-4), row 90 (-1), row 91 (-2)`
impl Display for Violation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (rows, of) = (grouped(self.rows), grouped(self.of));
        write!(f, "{}: {rows} of {of} rows", self.rule)?;
        for (i, row) in self.first.iter().enumerate() {
            write!(f, "{} {row}", if i == 0 { ", first:" } else { "," })?;
        }
        Ok(())
    }
}

impl Invalid {
    /// How many rows break the rules of which schemas.
    pub(crate) fn headline(&self, rows: &str) -> String {
        let (bad, of) = (grouped(self.rows), grouped(self.of));
        let verb = if self.rows == 1 { "breaks" } else { "break" };
        format!("{bad} of {of} rows{rows} {verb} {}", self.whose())
    }

    /// One line for a list: the first rule and how many more there are.
    pub(crate) fn line(&self) -> String {
        let kept = self.policy.outcome();
        let (bad, of) = (grouped(self.rows), grouped(self.of));
        let rules: Vec<_> = self.rules.iter().map(|found| found.rule.as_str()).collect();
        format!("{bad} of {of} rows {kept}: {}", rules.join(", "))
    }

    fn whose(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for found in &self.rules {
            let name = format!("`{}`", found.schema);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        format!("rules of {}", names.join(" and "))
    }
}
