//! The check of what a pipeline returns.

use super::NamedSchema;
use super::flow::{Flow, FlowColumn, find, find_spec, write_as};
use super::message::{Message, Report};
use super::nearest::Nearest;

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
