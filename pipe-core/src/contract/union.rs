//! What a union makes of the columns of its inputs, as Polars 0.55 does it.

use super::InputContract;
use super::call::{Call, Outcome};
use super::flow::{FlowColumn, write_columns, write_schema};
use super::index::Index;
use super::message::{Message, Report};

/// The rows of several inputs in one frame.
#[derive(Clone, Copy, Debug)]
pub struct Union {
    /// Indexes into [`super::Contract::inputs`], in the order in which their rows come out.
    pub inputs: &'static [usize],
    /// Which columns come out.
    pub how: UnionHow,
}

/// Which columns of a union come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnionHow {
    /// Those of the first input; all inputs have the same ones in the same order.
    Vertical,
    /// Those of any input.
    Diagonal,
}

impl Union {
    pub(super) const fn has(&self, input: usize) -> bool {
        let mut i = 0;
        while i < self.inputs.len() {
            if self.inputs[i] == input {
                return true;
            }
            i += 1;
        }
        false
    }
}

impl Call {
    pub(super) const fn union_room(&self, union: &Union) -> usize {
        let mut room = 0;
        let mut i = 0;
        while i < union.inputs.len() {
            room += self.room(union.inputs[i]);
            i += 1;
        }
        room
    }

    /// The rows of all inputs come out.
    pub(super) const fn union<const N: usize>(&self, union: &Union, out: &mut Outcome<N>) {
        self.put(union.inputs[0], out);
        let mut so_far = SoFar {
            closed: if out.open { None } else { Some(0) },
            index: Index::of(&out.columns, out.len),
            unknown: [false; N],
            found: false,
        };
        let mut i = 1;
        while i < union.inputs.len() {
            self.unite(union, i, out, &mut so_far);
            i += 1;
        }
        let mut i = 0;
        while i < out.len {
            if so_far.unknown[i] {
                out.columns[i].doubtful = true;
                self.has_nulls(&mut out.columns[i]);
            }
            i += 1;
        }
        if so_far.found {
            let to = &mut out.report.text;
            to.text("\nhelp: make them agree in an earlier step");
            if let UnionHow::Vertical = union.how {
                to.text(", or unite what they have with `how = diagonal`");
            }
        }
    }

    /// Adds the rows of one more input.
    const fn unite<const N: usize>(
        &self,
        union: &Union,
        nth: usize,
        out: &mut Outcome<N>,
        so_far: &mut SoFar<N>,
    ) {
        let before = out.len;
        let were_closed = !out.open;
        let input = union.inputs[nth];
        self.put(input, out);
        let closed = match self.contract.inputs[input].schema {
            None if self.flow(&self.contract.inputs[input]).open => None,
            _ => Some(nth),
        };
        let mut met = [false; N];
        let mut in_order = true;
        let mut last = 0;
        let mut kept = before;
        let mut i = before;
        while i < out.len {
            let new = out.columns[i];
            // Of what is gone, the first input's is remembered.
            out.columns[i] = FlowColumn::NOTHING;
            if new.is_live() {
                match so_far
                    .index
                    .find(&out.columns, new.spec.name, new.spec.hash)
                {
                    Some(at) => {
                        met[at] = true;
                        in_order &= at >= last;
                        last = at;
                        self.meet(
                            union,
                            input,
                            &mut out.columns[at],
                            &new,
                            &mut out.report,
                            so_far,
                        );
                    }
                    None => {
                        out.columns[kept] = new;
                        so_far.index.add(new.spec.hash, kept);
                        self.lacks(union, so_far.closed, kept, out, so_far);
                        kept += 1;
                    }
                }
            }
            i += 1;
        }
        out.len = kept;
        let mut i = 0;
        while i < before {
            if out.columns[i].is_live() && !met[i] {
                self.lacks(union, closed, i, out, so_far);
            }
            i += 1;
        }
        if matches!(union.how, UnionHow::Vertical)
            && !in_order
            && were_closed
            && closed.is_some()
            && !out.report.found
        {
            self.write_order(union.inputs[0], input, &mut out.report);
        }
        if so_far.closed.is_none() {
            so_far.closed = closed;
        }
    }

    /// An input has a column that is there already.
    const fn meet<const N: usize>(
        &self,
        union: &Union,
        input: usize,
        there: &mut FlowColumn,
        new: &FlowColumn,
        report: &mut Report,
        so_far: &mut SoFar<N>,
    ) {
        if !there.doubtful && !new.doubtful && !there.spec.ty.same(new.spec.ty) {
            let to = self.differs(union, so_far, report);
            self.write_in(union.inputs[0], there, to);
            to.text(" and ");
            self.write_in(input, new, to);
            there.doubtful = true;
        }
        there.doubtful |= new.doubtful;
        if new.spec.nullable {
            self.has_nulls(there);
        }
    }

    /// One of the inputs lacks the column at `at`: it has nulls there, or that is a mistake. `nth` is
    /// none where nobody knows whether it lacks it.
    const fn lacks<const N: usize>(
        &self,
        union: &Union,
        nth: Option<usize>,
        at: usize,
        out: &mut Outcome<N>,
        so_far: &mut SoFar<N>,
    ) {
        let column = &mut out.columns[at];
        let Some(nth) = nth else {
            so_far.unknown[at] = true;
            return;
        };
        if let UnionHow::Diagonal = union.how {
            self.has_nulls(column);
        } else if !column.doubtful {
            let to = self.differs(union, so_far, &mut out.report);
            column.spec.write(to);
            to.text(" is not in `");
            to.text(self.contract.inputs[union.inputs[nth]].name);
            to.text("`");
            column.doubtful = true;
        }
    }

    const fn has_nulls(&self, column: &mut FlowColumn) {
        if !column.spec.nullable {
            column.spec.nullable = true;
            column.step = self.contract.step;
            column.place = self.place;
        }
    }

    /// Headline at the first difference, then one line for each.
    const fn differs<'a, const N: usize>(
        &self,
        union: &Union,
        so_far: &mut SoFar<N>,
        report: &'a mut Report,
    ) -> &'a mut Message {
        if so_far.found {
            report.text.text("\n  ");
            return &mut report.text;
        }
        so_far.found = true;
        let to = report.next_about(None);
        to.text("step `");
        to.text(self.contract.step);
        to.text(match union.how {
            UnionHow::Vertical => "` unites frames that do not have the same columns: ",
            UnionHow::Diagonal => "` unites frames that have columns of different types: ",
        });
        let mut i = 0;
        while i < union.inputs.len() {
            if i > 0 {
                to.text(if i + 1 == union.inputs.len() {
                    " and "
                } else {
                    ", "
                });
            }
            to.text("`");
            to.text(self.contract.inputs[union.inputs[i]].name);
            to.text("`");
            i += 1;
        }
        to.text("\n  ");
        to
    }

    /// `` `orders.id: i64` ``
    const fn write_in(&self, input: usize, column: &FlowColumn, to: &mut Message) {
        to.text("`");
        to.text(self.contract.inputs[input].name);
        to.text(".");
        to.text(column.spec.name);
        to.text(": ");
        super::column::write_type(column.spec.ty, column.spec.nullable, to);
        to.text("`");
    }

    /// Polars compares the columns one by one.
    const fn write_order(&self, a: usize, b: usize, report: &mut Report) {
        let (a, b) = (&self.contract.inputs[a], &self.contract.inputs[b]);
        let to = report.next_about(None);
        to.text("step `");
        to.text(self.contract.step);
        to.text("` unites `");
        to.text(a.name);
        to.text("` and `");
        to.text(b.name);
        to.text("`, which have the same columns in different orders");
        self.write_columns_of(a, to);
        self.write_columns_of(b, to);
        to.text("\nhelp: unite them by name with `how = diagonal`, or reorder one of the two in an earlier step");
    }

    const fn write_columns_of(&self, input: &InputContract, to: &mut Message) {
        match input.schema {
            Some(schema) => write_schema(schema, to),
            None => write_columns(self.flow(input).columns, input.name, to),
        }
    }
}

/// What is known after some of the inputs.
struct SoFar<const N: usize> {
    index: Index<N>,
    /// The first of them of which all columns are known.
    closed: Option<usize>,
    /// Columns that an open frame may or may not have: nothing is known of their nulls.
    unknown: [bool; N],
    /// Whether a difference was found.
    found: bool,
}
