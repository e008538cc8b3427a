//! What the clauses of a contract do to the columns that pass through a step.

use super::call::{Call, Found, Named, Outcome, write_origin};
use super::column::{ColumnSpec, ColumnType, same_text};
use super::flow::{Fate, FlowColumn, find, write_missing};
use super::message::Report;
use super::{Change, ColumnRef, NewType, OutputContract};

/// The type of a new column.
#[derive(Clone, Copy)]
enum Known {
    Type(ColumnType),
    /// `like(x)` of a column about which something was reported.
    Doubtful,
    /// `like(x)` of a column that an open frame may have.
    Unknown,
}

impl Call {
    /// Applies the changes in order.
    pub(super) const fn change_all<const N: usize>(
        &self,
        changes: &[Change],
        out: &mut Outcome<N>,
    ) {
        let mut i = 0;
        while i < changes.len() {
            match changes[i] {
                Change::NonNullAll => {
                    let mut i = 0;
                    while i < out.len {
                        out.columns[i].spec.nullable = false;
                        i += 1;
                    }
                }
                Change::Adds(column, ..)
                | Change::Replaces(column, ..)
                | Change::Drops(column)
                | Change::Renames(column, _)
                | Change::NonNull(column) => {
                    let mut n = 0;
                    while let Some(named) = self.nth(column, n) {
                        self.change(changes[i], named, out);
                        n += 1;
                    }
                }
            }
            i += 1;
        }
    }

    const fn change<const N: usize>(&self, change: Change, named: Named, out: &mut Outcome<N>) {
        let Named { name, hash, .. } = named;
        let there = find(&out.columns, name, hash);
        match change {
            Change::Adds(_, ty, nullable) => {
                let ty = self.new_type(named, ty, &mut out.report);
                let column = self.new_column(named, ty, nullable);
                if let Some(at) = there {
                    self.already_there("adds column", named, &out.columns[at], &mut out.report);
                    if let Some(column) = column {
                        out.columns[at] = column;
                    }
                    out.columns[at].doubtful = true;
                } else if let Some(column) = column {
                    out.push(column);
                } else {
                    out.open = true;
                }
            }
            Change::Replaces(_, ty, nullable) => {
                let ty = self.new_type(named, ty, &mut out.report);
                let column = self.new_column(named, ty, nullable);
                if there.is_none() {
                    self.not_there("replaces", named, out);
                }
                match (column, there) {
                    (Some(column), Some(at)) => out.columns[at] = column,
                    (Some(mut column), None) => {
                        // In an open frame it may well have been there.
                        column.doubtful |= !out.open;
                        out.push(column);
                    }
                    (None, there) => {
                        if let Some(at) = there {
                            out.columns[at] = FlowColumn::NOTHING;
                        }
                        out.open = true;
                    }
                }
            }
            Change::Drops(_) => match there {
                Some(at) => out.columns[at] = self.lost(out.columns[at], Fate::Dropped),
                None => self.not_there("drops", named, out),
            },
            Change::Renames(_, new) => {
                let Some(new) = self.nth(new, 0) else {
                    return;
                };
                match there {
                    Some(at) => self.rename(at, new, out),
                    None => self.not_there("renames", named, out),
                }
            }
            Change::NonNull(_) => match there {
                Some(at) => out.columns[at].spec.nullable = false,
                None => self.not_there("promises `non_null` of", named, out),
            },
            // Names no column.
            Change::NonNullAll => {}
        }
    }

    const fn rename<const N: usize>(&self, at: usize, new: Named, out: &mut Outcome<N>) {
        let Named { name, hash, .. } = new;
        if let Some(other) = find(&out.columns, name, hash) {
            self.already_there(
                "renames a column to",
                new,
                &out.columns[other],
                &mut out.report,
            );
            out.columns[other].fate = Fate::Nothing;
            out.columns[at].doubtful = true;
        }
        let spec = ColumnSpec {
            name,
            hash,
            ..out.columns[at].spec
        };
        let doubtful = out.columns[at].doubtful;
        out.push(self.lost(out.columns[at], Fate::Renamed(name)));
        out.columns[at] = FlowColumn {
            doubtful,
            ..self.made(spec)
        };
    }

    /// The column that is added or replaces another; none where nothing can be said of its type. Then it
    /// is one of those that an open frame may have.
    const fn new_column(&self, named: Named, ty: Known, nullable: bool) -> Option<FlowColumn> {
        let (ty, doubtful) = match ty {
            Known::Type(ty) => (ty, false),
            Known::Doubtful => (ColumnType::Boolean, true),
            Known::Unknown => return None,
        };
        let column = self.made(ColumnSpec {
            name: named.name,
            hash: named.hash,
            ty,
            nullable,
        });
        Some(FlowColumn { doubtful, ..column })
    }

    /// `like(x)` takes the type that `x` has before the step.
    const fn new_type(&self, new: Named, ty: NewType, report: &mut Report) -> Known {
        let (input, column) = match ty {
            NewType::Is(ty) => return Known::Type(ty),
            NewType::Like(input, column) => (input, column),
        };
        let Some(named) = self.nth(column, 0) else {
            return Known::Doubtful;
        };
        let mut lacking = 0;
        let mut i = 0;
        while i < self.contract.inputs.len() {
            if self.passes(i, input) {
                match self.look_up(i, named) {
                    Found::There(there) if there.doubtful => return Known::Doubtful,
                    Found::There(there) => return Known::Type(there.spec.ty),
                    Found::Unknown => return Known::Unknown,
                    Found::Missing => lacking = i,
                }
            }
            i += 1;
        }
        // A read of it has said so already.
        if !self.reads(column) {
            let input = &self.contract.inputs[lacking];
            let to = report.next_about(named.literal);
            to.text("step `");
            to.text(self.contract.step);
            to.text("` gives column `");
            to.text(new.name);
            to.text("` the type of column `");
            to.text(named.name);
            to.text("`, which is not there");
            let (flow, whose) = (self.flow(input), self.whose(input));
            write_missing(flow.columns, whose, named.name, named.hash, report);
        }
        Known::Doubtful
    }

    /// Whether the columns of an input are meant where the input at `named` is, or else where none is.
    const fn passes(&self, input: usize, named: Option<usize>) -> bool {
        if let Some(named) = named {
            return named == input;
        }
        match self.contract.output {
            OutputContract::Unknown | OutputContract::Schema(_) => false,
            OutputContract::Passes { input: passed, .. } => passed == input,
            OutputContract::Joins { join, .. } => join.left == input || join.right == input,
            OutputContract::Unions { union, .. } => union.has(input),
        }
    }

    /// Whether a read wants the column to be there.
    const fn reads(&self, column: ColumnRef) -> bool {
        let mut i = 0;
        while i < self.contract.inputs.len() {
            let reads = self.contract.inputs[i].reads;
            let mut j = 0;
            while j < reads.len() {
                let same = match (reads[j].column, column) {
                    (ColumnRef::Name(a, hash_a), ColumnRef::Name(b, hash_b)) => {
                        hash_a == hash_b && same_text(a, b)
                    }
                    (ColumnRef::Arg(a), ColumnRef::Arg(b)) => a == b,
                    _ => false,
                };
                if same && !reads[j].optional {
                    return true;
                }
                j += 1;
            }
            i += 1;
        }
        false
    }

    pub(super) const fn made(&self, spec: ColumnSpec) -> FlowColumn {
        FlowColumn {
            spec,
            fate: Fate::Live,
            step: self.contract.step,
            place: self.place,
            doubtful: false,
        }
    }

    /// Appends a column that should be there, but is not, which was reported.
    pub(super) const fn assume<const N: usize>(&self, named: Named, out: &mut Outcome<N>) {
        if let Some(at) = find(&out.columns, named.name, named.hash) {
            // Another input has one of that name.
            out.columns[at].doubtful = true;
        } else if let Some(column) = self.new_column(named, Known::Doubtful, true) {
            out.push(column);
        }
    }

    pub(super) const fn lost(&self, column: FlowColumn, fate: Fate) -> FlowColumn {
        FlowColumn {
            fate,
            ..self.made(column.spec)
        }
    }

    const fn already_there(
        &self,
        verb: &str,
        named: Named,
        there: &FlowColumn,
        report: &mut Report,
    ) {
        let to = report.next_about(named.literal);
        to.text("step `");
        to.text(self.contract.step);
        to.text("` ");
        to.text(verb);
        to.text(" `");
        to.text(there.spec.name);
        to.text("`, which is already there as ");
        there.spec.write(to);
        write_origin(there, to);
        to.text("\nhelp: choose another name, or write `replaces(");
        to.text(there.spec.name);
        to.text(": …)` if the old values are meant to go");
    }

    const fn not_there<const N: usize>(&self, verb: &str, named: Named, out: &mut Outcome<N>) {
        if out.open {
            return;
        }
        let to = out.report.next_about(named.literal);
        to.text("step `");
        to.text(self.contract.step);
        to.text("` ");
        to.text(verb);
        to.text(" column `");
        to.text(named.name);
        to.text("`, which is not there");
        write_missing(&out.columns, "", named.name, named.hash, &mut out.report);
    }
}
