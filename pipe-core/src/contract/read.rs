//! What a step reads, held against the columns that it is given.

use super::call::{Call, Named, write_origin};
use super::column::ColumnType;
use super::flow::{Flow, FlowColumn, find, write_as, write_missing};
use super::message::Report;
use super::{ColumnRef, InputContract, Read, TypeRule};

impl Call {
    /// Notes what one input lacks.
    pub(super) const fn check_input(&self, input: &InputContract, report: &mut Report) {
        let flow = self.flow(input);
        if let Some(schema) = input.schema {
            let mut i = 0;
            while i < schema.columns.len() {
                let wanted = schema.columns[i];
                let read = Read {
                    column: ColumnRef::Name(wanted.name, wanted.hash),
                    rule: TypeRule::Is(wanted.ty),
                    nullable: wanted.nullable,
                    optional: false,
                };
                self.check_read(input, flow, read, report);
                i += 1;
            }
        }
        let mut i = 0;
        while i < input.reads.len() {
            self.check_read(input, flow, input.reads[i], report);
            i += 1;
        }
    }

    const fn check_read(&self, input: &InputContract, flow: Flow, read: Read, report: &mut Report) {
        let mut n = 0;
        while let Some(named) = self.nth(read.column, n) {
            match verdict(flow, named, &read) {
                Verdict::Fine => {}
                Verdict::Missing => {
                    let whose = self.whose(input);
                    let to = report.next_about(named.literal);
                    self.write_reads(named.name, read, whose, to);
                    to.text(", which is not there");
                    write_missing(flow.columns, whose, named.name, named.hash, report);
                }
                Verdict::Wrong(at) => {
                    let to = report.next_about(named.literal);
                    self.write_reads(named.name, read, self.whose(input), to);
                    self.write_wrong(named.name, read, &flow.columns[at], to);
                }
            }
            n += 1;
        }
    }

    const fn write_wrong(
        &self,
        name: &str,
        read: Read,
        there: &FlowColumn,
        to: &mut super::Message,
    ) {
        if accepts(read.rule, there.spec.ty) {
            to.text(", but it may be null here");
            write_origin(there, to);
            to.text("\nhelp: fill or drop its nulls in an earlier step, or read it as ");
            match read.rule {
                TypeRule::Is(ty) => write_as(name, ty, true, to),
                rule => {
                    to.text("`");
                    to.text(name);
                    to.text(": Option<");
                    to.text(rule_name(rule));
                    to.text(">`");
                }
            }
        } else {
            to.text(", but it is ");
            there.spec.write(to);
            to.text(" here");
            write_origin(there, to);
            to.text("\nhelp: convert it in an earlier step, or change the type that `");
            to.text(self.contract.step);
            to.text("` reads");
        }
    }

    const fn write_reads(&self, name: &str, read: Read, whose: &str, to: &mut super::Message) {
        to.text("step `");
        to.text(self.contract.step);
        to.text("` reads column ");
        match read.rule {
            TypeRule::Is(ty) => write_as(name, ty, read.nullable, to),
            TypeRule::Any => {
                to.text("`");
                to.text(name);
                to.text("`");
            }
            rule => {
                to.text("`");
                to.text(name);
                to.text(": ");
                to.text(rule_name(rule));
                to.text("`");
            }
        }
        if !whose.is_empty() {
            to.text(" of `");
            to.text(whose);
            to.text("`");
        }
    }
}

/// What a read finds.
pub(super) enum Verdict {
    Fine,
    Missing,
    /// The column at this index has another type, or may be null.
    Wrong(usize),
}

pub(super) const fn verdict(flow: Flow, named: Named, read: &Read) -> Verdict {
    match find(flow.columns, named.name, named.hash) {
        None if flow.open || read.optional => Verdict::Fine,
        None => Verdict::Missing,
        Some(at) => {
            let there = &flow.columns[at];
            let fits = accepts(read.rule, there.spec.ty) && (read.nullable || !there.spec.nullable);
            if fits || there.doubtful {
                Verdict::Fine
            } else {
                Verdict::Wrong(at)
            }
        }
    }
}

const fn accepts(rule: TypeRule, ty: ColumnType) -> bool {
    match rule {
        TypeRule::Is(wanted) => wanted.same(ty),
        TypeRule::Numeric => ty.is_integer() || ty.is_float(),
        TypeRule::Integer => ty.is_integer(),
        TypeRule::Float => ty.is_float(),
        TypeRule::Temporal => ty.is_temporal(),
        TypeRule::Any => true,
    }
}

const fn rule_name(rule: TypeRule) -> &'static str {
    match rule {
        TypeRule::Numeric => "numeric",
        TypeRule::Integer => "integer",
        TypeRule::Float => "float",
        TypeRule::Temporal => "temporal",
        TypeRule::Any | TypeRule::Is(_) => "any",
    }
}
