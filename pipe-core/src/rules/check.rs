//! Rules that cannot be, found while the compiler runs. Each function is about one token of the user.

use super::Rule;
use super::literal::{Held, Literal, Misfit};
use crate::contract::{ColumnSpec, ColumnType, Contract, NamedSchema, OutputContract, Report};

/// What a rule is for, beside what its column is.
const fn misplaced(spec: ColumnSpec, option: &str, wants: &str) -> Report {
    let mut report = Report::new();
    let to = report.next();
    to.text("column ");
    spec.write(to);
    to.text(" cannot have `");
    to.text(option);
    to.text("`\nit is for ");
    to.text(wants);
    to.text("\nhelp: remove it");
    report
}

const fn is_ordered(ty: ColumnType) -> bool {
    ty.is_integer() || ty.is_float() || ty.is_temporal()
}

/// Whether a column can have `min` and `max`.
#[must_use]
pub const fn check_range(spec: ColumnSpec, option: &str) -> Report {
    if is_ordered(spec.ty) {
        return Report::new();
    }
    let mut report = misplaced(spec, option, "numbers, dates, times and durations");
    if has_len(spec.ty) {
        let to = report.more();
        to.text("; for how long a value may be there is `len(");
        to.text(option);
        to.text(" = …)`");
    }
    report
}

/// Whether a column can have `one_of`.
#[must_use]
pub const fn check_one_of(spec: ColumnSpec) -> Report {
    if is_ordered(spec.ty) || matches!(spec.ty, ColumnType::String) {
        Report::new()
    } else {
        misplaced(spec, "one_of", "texts, numbers, dates, times and durations")
    }
}

/// Whether a column can have `pattern`.
#[must_use]
pub const fn check_pattern(spec: ColumnSpec) -> Report {
    if matches!(spec.ty, ColumnType::String) {
        Report::new()
    } else {
        misplaced(spec, "pattern", "texts")
    }
}

/// Whether a column can have `len`.
#[must_use]
pub const fn check_len(spec: ColumnSpec) -> Report {
    if has_len(spec.ty) {
        return Report::new();
    }
    let mut report = misplaced(spec, "len", "texts, lists and bytes");
    if is_ordered(spec.ty) {
        report
            .more()
            .text("; for how large a value may be there are `min` and `max`");
    }
    report
}

const fn has_len(ty: ColumnType) -> bool {
    matches!(
        ty,
        ColumnType::String | ColumnType::Binary | ColumnType::List(_)
    )
}

/// Whether values of a column can be told apart, as `unique` and `primary_key` have to.
#[must_use]
pub const fn check_unique(spec: ColumnSpec, option: &str) -> Report {
    if matches!(spec.ty, ColumnType::List(_) | ColumnType::Struct(..)) {
        misplaced(spec, option, "columns that are no lists and no structs")
    } else {
        Report::new()
    }
}

/// Whether a column can be part of a primary key.
#[must_use]
pub const fn check_key_column(spec: ColumnSpec) -> Report {
    if spec.nullable {
        let mut report = Report::new();
        let to = report.next();
        to.text("column ");
        spec.write(to);
        to.text(" cannot be part of the primary key: it may be null\nhelp: declare it without `Option`, or leave it out of the key");
        report
    } else {
        check_unique(spec, "primary_key")
    }
}

/// Whether a literal is a value of its column. Nothing is said of columns that cannot have the rule
/// that it stands in: that has been said. `texts` says whether columns of texts can.
#[must_use]
pub const fn check_literal(
    spec: ColumnSpec,
    literal: Literal,
    written: &str,
    texts: bool,
) -> Report {
    let mut report = Report::new();
    let ty = spec.ty;
    let is_wanted = is_ordered(ty) || (texts && matches!(ty, ColumnType::String));
    if !is_wanted {
        return report;
    }
    let Err(misfit) = literal.held_by(ty) else {
        return report;
    };
    let to = report.next();
    to.text("`");
    to.text(written);
    to.text("` ");
    match misfit {
        Misfit::Kind => to.text("is no value of column "),
        Misfit::Range => to.text("does not fit in column "),
        Misfit::Form => {
            to.text("is not ");
            to.text(form(ty).0);
            to.text(" for column ");
        }
        Misfit::Fine => to.text("lies between two values of column "),
    }
    spec.write(to);
    if matches!(misfit, Misfit::Range) && ty.is_integer() {
        to.text("\nits type holds ");
        to.text(range_text(ty));
    }
    to.text("\nhelp: ");
    to.text(match misfit {
        Misfit::Range => "choose one that fits, or another type for the column",
        Misfit::Fine => "round it, or give the column a finer `unit`",
        Misfit::Kind | Misfit::Form => form(ty).1,
    });
    report
}

/// What a value of a type is called, and how to write one.
const fn form(ty: ColumnType) -> (&'static str, &'static str) {
    match ty {
        ColumnType::String => ("a text", "write a text, such as \"EWR\""),
        ColumnType::Float32 | ColumnType::Float64 => ("a number", "write a number, such as 0.5"),
        ColumnType::Date => ("a date", "write a date, such as \"2013-01-31\""),
        ColumnType::Time => (
            "a time",
            "write a time, such as \"05:00\" or \"05:00:07.25\"",
        ),
        ColumnType::Datetime(_, None) => (
            "a date with time",
            "write a date or a date with time, such as \"2013-01-31\" or \"2013-01-31T05:00\"",
        ),
        ColumnType::Datetime(_, Some(_)) => (
            "a date with time in UTC",
            "write a date or a date with time in UTC, such as \"2013-01-31\" or \"2013-01-31T05:00Z\"",
        ),
        ColumnType::Duration(_) => (
            "a duration",
            "write a whole number and a unit, such as \"90s\", \"-5m\", \"36h\" or \"2d\"",
        ),
        _ => ("a whole number", "write a whole number, such as 5"),
    }
}

const fn range_text(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Int8 => "-128 to 127",
        ColumnType::Int16 => "-32,768 to 32,767",
        ColumnType::Int32 => "-2,147,483,648 to 2,147,483,647",
        ColumnType::Int64 => "-9,223,372,036,854,775,808 to 9,223,372,036,854,775,807",
        ColumnType::UInt8 => "0 to 255",
        ColumnType::UInt16 => "0 to 65,535",
        ColumnType::UInt32 => "0 to 4,294,967,295",
        _ => "0 to 18,446,744,073,709,551,615",
    }
}

/// Whether there are values between `min` and `max`, where both are values.
#[must_use]
pub const fn check_order(spec: ColumnSpec, min: Literal, max: Literal) -> Report {
    let mut report = Report::new();
    let empty = match (min.held_by(spec.ty), max.held_by(spec.ty)) {
        (Ok(Held::Integer(min)), Ok(Held::Integer(max))) => min > max,
        (Ok(Held::Float(min)), Ok(Held::Float(max))) => min > max,
        _ => false,
    };
    if empty {
        let to = report.next();
        to.text("column ");
        spec.write(to);
        to.text(" can have no value: its `min` is above its `max`\nhelp: exchange them");
    }
    report
}

/// Rules of a schema that is the type of a column: they would not be held.
#[must_use]
pub const fn check_nested(spec: ColumnSpec, rules: &[Rule]) -> Report {
    let mut report = Report::new();
    if !rules.is_empty() {
        let to = report.next();
        to.text("the schema inside of column ");
        spec.write(to);
        to.text(" has rules, which are held in frames of it and not in columns\nhelp: use a schema without rules here, and say what must hold as `#[schema(rule(…))]`");
    }
    report
}

/// Something that may have rules for a frame.
#[derive(Clone, Copy, Debug)]
pub enum Holder {
    /// The declared schema of an input, or of what the pipeline returns.
    Schema(NamedSchema),
    /// The step whose result the frame is.
    Maker(Contract),
    /// A step that takes the frame as this argument.
    User(Contract, usize),
}

impl Holder {
    const fn has_rules(self) -> bool {
        match self {
            Self::Schema(schema) => !schema.rules.is_empty(),
            Self::Maker(contract) => match contract.output {
                OutputContract::Schema(schema) => !schema.rules.is_empty(),
                _ => is_lenient(&contract),
            },
            Self::User(contract, arg) => {
                let mut i = 0;
                while i < contract.inputs.len() {
                    if contract.inputs[i].arg == arg
                        && let Some(schema) = contract.inputs[i].schema
                        && !schema.rules.is_empty()
                    {
                        return true;
                    }
                    i += 1;
                }
                is_lenient(&contract)
            }
        }
    }
}

/// Of a step with a mistake nothing is known.
const fn is_lenient(contract: &Contract) -> bool {
    contract.step.is_empty()
}

/// Whether a frame for whose bad rows there is a policy has any rules.
#[must_use]
pub const fn check_policy(frame: &str, holders: &[Holder]) -> Report {
    let mut report = Report::new();
    let mut i = 0;
    while i < holders.len() {
        if holders[i].has_rules() {
            return report;
        }
        i += 1;
    }
    let to = report.next();
    to.text("`");
    to.text(frame);
    to.text("` has no rules that its rows could break\nrules stand in its schema, and in the schemas of the steps that use it: `#[column(min = 0)]`\nhelp: state one, or remove this");
    report
}

/// What is wrong with tries of a node whose step tries its rows again.
#[must_use]
pub const fn check_retry(step: &str, retries_rows: bool) -> Report {
    let mut report = Report::new();
    if retries_rows {
        let to = report.next();
        to.text("step `");
        to.text(step);
        to.text("` tries each row again by itself: tries of the node would multiply with those\nhelp: say how often in the step's `retry(attempts = …)`, and remove `#[retry(…)]` here");
    }
    report
}

/// What is wrong with a row step that has no checkpoint to put rows beside.
#[must_use]
pub const fn check_place(step: &str, puts_aside: bool) -> Report {
    let mut report = Report::new();
    if puts_aside {
        let to = report.next();
        to.text("step `");
        to.text(step);
        to.text("` puts rows aside, but there is no checkpoint here to put them beside\nhelp: remove `#[checkpoint(false)]`, or let the step leave such rows out with `on_error = skip`");
    }
    report
}
