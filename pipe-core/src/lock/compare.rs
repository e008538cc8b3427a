//! How two contracts differ, and what that means for others.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::model::{Column, Contracts, Frame};

/// What a change means for those who supply an input or read an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeClass {
    /// More than before. An input accepts all data that it accepted; an output has all that it had.
    Widening,
    /// Less than before. An input refuses some values; in an output some values no longer come.
    Narrowing,
    /// What held does not hold any more, whatever the values.
    Breaking,
    /// Neither more nor less.
    Neutral,
}

/// Which end of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What it takes.
    Input,
    /// What it gives.
    Output,
}

/// One difference between what was locked and what the code says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What kind of difference.
    pub class: ChangeClass,
    /// Whether it is about an input or an output.
    pub side: Side,
    /// The input's or the output's name.
    pub frame: String,
    /// The column; `None` if it is about the whole frame.
    pub column: Option<String>,
    /// What is different.
    pub what: String,
    /// What that means for others.
    pub meaning: &'static str,
}

impl Display for ChangeClass {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Widening => "widening",
            Self::Narrowing => "narrowing",
            Self::Breaking => "breaking",
            Self::Neutral => "neutral",
        })
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Input => "input",
            Side::Output => "output",
        };
        write!(f, "{:<9}  {side} `{}`", self.class, self.frame)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}: {}", self.what, self.meaning)
    }
}

/// What happened to a frame, a column or a rule.
#[derive(Clone, Copy)]
enum Event {
    NewFrame,
    FrameGone,
    NewColumn,
    ColumnGone,
    OtherType,
    Nullable,
    NonNull,
    NewRule,
    RuleGone,
    OtherOrder,
}

impl Event {
    fn class(self, side: Side) -> (ChangeClass, &'static str) {
        use ChangeClass::{Breaking, Narrowing, Neutral, Widening};
        match (side, self) {
            (Side::Input, Self::NewFrame) => (Breaking, "who runs the pipeline must give it"),
            (Side::Input, Self::FrameGone) => {
                (Breaking, "who runs the pipeline must not give it any more")
            }
            (Side::Input, Self::NewColumn) => (Breaking, "data without it are refused"),
            (Side::Input, Self::ColumnGone) => (
                Widening,
                "all data that were accepted still are, those without it as well",
            ),
            (Side::Input, Self::OtherType) => (Breaking, "data of the former type are refused"),
            (Side::Input, Self::NonNull) => (Narrowing, "data with nulls there are refused now"),
            (Side::Input, Self::NewRule) => (Narrowing, "data that break it are refused now"),
            (Side::Input, Self::Nullable | Self::RuleGone) => {
                (Widening, "all data that were accepted still are")
            }
            (Side::Input, Self::OtherOrder) => (
                Neutral,
                "columns are found by name, but in files without a header line by position",
            ),
            (Side::Output, Self::NewFrame | Self::NewColumn) => {
                (Widening, "readers of the others notice nothing")
            }
            (Side::Output, Self::FrameGone | Self::ColumnGone) => {
                (Breaking, "its readers find nothing")
            }
            (Side::Output, Self::OtherType) => (Breaking, "readers get another type"),
            (Side::Output, Self::Nullable) => (
                Breaking,
                "readers that rely on a value in every row get nulls",
            ),
            (Side::Output, Self::NonNull) => {
                (Narrowing, "readers that are ready for nulls notice nothing")
            }
            (Side::Output, Self::NewRule) => (
                Narrowing,
                "values that break it no longer come, which readers do not notice",
            ),
            (Side::Output, Self::RuleGone) => {
                (Breaking, "readers that rely on it get values that break it")
            }
            (Side::Output, Self::OtherOrder) => (
                Neutral,
                "readers find columns by name; those that count them find others",
            ),
        }
    }
}

/// All differences, inputs before outputs, frames by name, columns in the order of the code.
pub(super) fn changes(locked: &Contracts, actual: &Contracts) -> Vec<Change> {
    let mut found = Vec::new();
    for (side, locked, actual) in [
        (Side::Input, &locked.inputs, &actual.inputs),
        (Side::Output, &locked.outputs, &actual.outputs),
    ] {
        frames(side, locked, actual, &mut found);
    }
    found
}

fn frames(
    side: Side,
    locked: &BTreeMap<String, Frame>,
    actual: &BTreeMap<String, Frame>,
    found: &mut Vec<Change>,
) {
    for (name, frame) in actual {
        let mut to = About {
            side,
            frame: name,
            found,
        };
        match locked.get(name) {
            None => to.note(None, Event::NewFrame, "is new"),
            Some(before) => to.compare(before, frame),
        }
    }
    for name in locked.keys().filter(|name| !actual.contains_key(*name)) {
        let mut to = About {
            side,
            frame: name,
            found,
        };
        to.note(None, Event::FrameGone, "is gone");
    }
}

/// Notes the differences of one frame.
struct About<'a> {
    side: Side,
    frame: &'a str,
    found: &'a mut Vec<Change>,
}

impl About<'_> {
    fn note(&mut self, column: Option<&Column>, event: Event, what: impl Into<String>) {
        let (class, meaning) = event.class(self.side);
        self.found.push(Change {
            class,
            side: self.side,
            frame: self.frame.to_owned(),
            column: column.map(|column| column.name.clone()),
            what: what.into(),
            meaning,
        });
    }

    fn compare(&mut self, locked: &Frame, actual: &Frame) {
        for column in &actual.columns {
            match locked.column(&column.name) {
                Some(before) => self.compare_column(before, column),
                None => {
                    let what = match self.side {
                        Side::Input => format!("is needed now, as `{}`", column.written()),
                        Side::Output => format!("is new, of type `{}`", column.written()),
                    };
                    self.note(Some(column), Event::NewColumn, what);
                }
            }
        }
        let gone = locked
            .columns
            .iter()
            .filter(|c| actual.column(&c.name).is_none());
        for column in gone {
            let what = match self.side {
                Side::Input => "is not needed any more",
                Side::Output => "is gone",
            };
            self.note(Some(column), Event::ColumnGone, what);
        }
        self.rules(None, &locked.rules, &actual.rules);
        // Of the columns that are in both.
        let before = locked
            .columns
            .iter()
            .filter(|c| actual.column(&c.name).is_some());
        let after = actual
            .columns
            .iter()
            .filter(|c| locked.column(&c.name).is_some());
        if !before.map(|c| &c.name).eq(after.map(|c| &c.name)) {
            self.note(
                None,
                Event::OtherOrder,
                "its columns stand in another order",
            );
        }
    }

    fn compare_column(&mut self, locked: &Column, actual: &Column) {
        if locked.ty != actual.ty {
            let what = format!("was `{}`, is `{}`", locked.written(), actual.written());
            self.note(Some(actual), Event::OtherType, what);
        } else if actual.nullable && !locked.nullable {
            self.note(Some(actual), Event::Nullable, "may be null now");
        } else if locked.nullable && !actual.nullable {
            let what = match self.side {
                Side::Input => "must not be null any more",
                Side::Output => "is never null any more",
            };
            self.note(Some(actual), Event::NonNull, what);
        }
        self.rules(Some(actual), &locked.rules, &actual.rules);
    }

    fn rules(&mut self, column: Option<&Column>, locked: &[String], actual: &[String]) {
        for rule in actual.iter().filter(|rule| !locked.contains(rule)) {
            self.note(column, Event::NewRule, format!("rule `{rule}` is new"));
        }
        for rule in locked.iter().filter(|rule| !actual.contains(rule)) {
            self.note(column, Event::RuleGone, format!("rule `{rule}` is gone"));
        }
    }
}

#[cfg(test)]
mod tests;
