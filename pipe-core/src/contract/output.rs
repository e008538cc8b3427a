//! Checks that stand outside a call: what a pipeline returns, and the names in a step's body.

use super::column::ColumnSpec;
use super::column::same_text;
use super::flow::{Flow, FlowColumn, find, find_spec, write_as};
use super::message::{Message, Report};
use super::nearest::Nearest;
use super::{ColumnRef, NamedSchema};

/// Compares a returned frame with the schema that the pipeline's signature declares.
#[must_use]
pub const fn check_output(flow: Flow, schema: NamedSchema) -> Report {
    let mut report = Report::new();
    let mut i = 0;
    while i < schema.columns.len() {
        let wanted = schema.columns[i];
        match find(flow.columns, wanted.name, wanted.hash) {
            None if flow.open => {}
            None => {
                let to = differs(&mut report, schema);
                wanted.write(to);
                to.text(" is missing");
                offer_undeclared(flow, schema, wanted.name, to);
            }
            Some(at) => {
                let there = flow.columns[at].spec;
                if flow.columns[at].doubtful {
                    // Reported where it became so.
                } else if !there.ty.same(wanted.ty) || (there.nullable && !wanted.nullable) {
                    let to = differs(&mut report, schema);
                    wanted.write(to);
                    to.text(" is ");
                    write_as(there.name, there.ty, there.nullable, to);
                    to.text(" here");
                }
            }
        }
        i += 1;
    }
    let mut i = 0;
    while i < flow.columns.len() {
        let there = flow.columns[i];
        if is_undeclared(&there, schema) {
            let to = differs(&mut report, schema);
            there.spec.write(to);
            to.text(" is here, but not in `");
            to.text(schema.name);
            to.text("`");
        }
        i += 1;
    }
    if !report.text.is_empty() {
        report
            .text
            .text("\nhelp: end with a step that returns `Frame<");
        report.text.text(schema.name);
        report.text.text(">`, or change the declared result");
    }
    report
}

const fn is_undeclared(there: &FlowColumn, schema: NamedSchema) -> bool {
    there.is_live()
        && !there.doubtful
        && find_spec(schema.columns, there.spec.name, there.spec.hash).is_none()
}

/// Headline at the first difference, then one line for each.
const fn differs(report: &mut Report, schema: NamedSchema) -> &mut Message {
    if report.text.is_empty() {
        report
            .text
            .text("the returned frame does not have schema `");
        report.text.text(schema.name);
        report.text.text("`:");
    }
    report.text.text("\n  ");
    &mut report.text
}

/// A missing column beside an undeclared one of nearly the same name is a misspelling.
const fn offer_undeclared(flow: Flow, schema: NamedSchema, name: &'static str, to: &mut Message) {
    let mut nearest = Nearest::to(name);
    let mut i = 0;
    while i < flow.columns.len() {
        let there = flow.columns[i];
        if is_undeclared(&there, schema) {
            nearest.offer(there.spec.name);
        }
        i += 1;
    }
    if let Some(near) = nearest.found() {
        to.text(" (is it `");
        to.text(near);
        to.text("`?)");
    }
}

/// The columns a step's body may name.
#[derive(Clone, Copy, Debug)]
pub struct BodyNames {
    /// The function's name.
    pub step: &'static str,
    /// Columns that the contract names.
    pub contract: &'static [ColumnRef],
    /// Columns that the body makes (`.alias("…")` and the like).
    pub made: &'static [(&'static str, u64)],
    /// Schemas of typed inputs and outputs.
    pub schemas: &'static [&'static [ColumnSpec]],
}

/// Checks one column name in the body of a step.
#[must_use]
pub const fn check_body_name(body: &BodyNames, name: &'static str, hash: u64) -> Report {
    // Nearly every name is right: the other ones' message is not prepared for them.
    if is_made(body, name, hash)
        || is_noted(body, body.contract.len(), body.schemas.len(), name, hash)
    {
        return Report::new();
    }
    let mut nearest = Nearest::to(name);
    let mut known = Message::new();
    let mut i = 0;
    while i < body.contract.len() {
        if let ColumnRef::Name(other, other_hash) = body.contract[i]
            && !is_noted(body, i, 0, other, other_hash)
        {
            note(other, &mut nearest, &mut known);
        }
        i += 1;
    }
    let mut s = 0;
    while s < body.schemas.len() {
        let schema = body.schemas[s];
        let mut i = 0;
        while i < schema.len() {
            if !is_noted(body, body.contract.len(), s, schema[i].name, schema[i].hash) {
                note(schema[i].name, &mut nearest, &mut known);
            }
            i += 1;
        }
        s += 1;
    }
    let mut i = 0;
    while i < body.made.len() {
        let (other, other_hash) = body.made[i];
        if !is_noted(
            body,
            body.contract.len(),
            body.schemas.len(),
            other,
            other_hash,
        ) {
            note(other, &mut nearest, &mut known);
        }
        i += 1;
    }
    let mut report = Report::new();
    let to = report.next();
    to.text("column `");
    to.text(name);
    to.text("` is neither in the contract of step `");
    to.text(body.step);
    to.text("` nor made in its body\ncolumns it may use: ");
    to.text(if known.is_empty() {
        "none"
    } else {
        known.as_str()
    });
    if let Some(near) = nearest.found() {
        to.text("\nhelp: did you mean `");
        to.text(near);
        to.text("`?");
    } else if !has_columns(body.schemas) {
        to.text("\nhelp: declare it: `#[step(reads(");
        to.text(name);
        to.text(": …))]`");
    } else {
        to.text("\nhelp: add it to the schema of the frame that it comes from");
    }
    report
}

/// Whether the body makes the column.
const fn is_made(body: &BodyNames, name: &str, hash: u64) -> bool {
    let mut i = 0;
    while i < body.made.len() {
        let (other, other_hash) = body.made[i];
        if other_hash == hash && same_text(other, name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a column is among the contract's first `contract` columns or in the first `schemas`
/// schemas: then it is listed already.
const fn is_noted(
    body: &BodyNames,
    contract: usize,
    schemas: usize,
    name: &str,
    hash: u64,
) -> bool {
    let mut i = 0;
    while i < contract {
        if let ColumnRef::Name(other, other_hash) = body.contract[i]
            && other_hash == hash
            && same_text(other, name)
        {
            return true;
        }
        i += 1;
    }
    let mut s = 0;
    while s < schemas {
        if find_spec(body.schemas[s], name, hash).is_some() {
            return true;
        }
        s += 1;
    }
    false
}

const fn has_columns(schemas: &[&[ColumnSpec]]) -> bool {
    let mut i = 0;
    while i < schemas.len() {
        if !schemas[i].is_empty() {
            return true;
        }
        i += 1;
    }
    false
}

const fn note(name: &'static str, nearest: &mut Nearest, known: &mut Message) {
    nearest.offer(name);
    if !known.is_empty() {
        known.text(", ");
    }
    known.text("`");
    known.text(name);
    known.text("`");
}
