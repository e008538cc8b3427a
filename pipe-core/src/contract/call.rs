//! One call of a step in a pipeline: the columns that come out, and what is wrong with those that
//! go in.

use super::flow::{Fate, Flow, FlowColumn, find, find_spec};
use super::message::Report;
use super::read::{Verdict, verdict};
use super::{Change, ColumnRef, Contract, InputContract, Key, NamedSchema, OutputContract};

/// A frame handed to an argument.
#[derive(Clone, Copy, Debug)]
pub struct BoundInput {
    /// Position among the step's arguments.
    pub arg: usize,
    /// What is known of its columns.
    pub flow: Flow,
}

/// A string literal handed to an argument, by itself or in an array; it names a column if the argument is
/// a `ColumnName` or a `ColumnNames`.
#[derive(Clone, Copy, Debug)]
pub struct BoundName {
    /// Position among the step's arguments.
    pub arg: usize,
    /// The literal.
    pub name: &'static str,
    /// Its hash.
    pub hash: u64,
}

/// A contract together with the arguments of one call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// What the step declares.
    pub contract: Contract,
    /// The frames it is given.
    pub inputs: &'static [BoundInput],
    /// The column names it is given.
    pub names: &'static [BoundName],
    /// The literal whose mistakes are wanted, see [`Call::about`].
    pub focus: Option<usize>,
    /// Where the call stands: `file:line:column`.
    pub place: &'static str,
    /// The names that a join makes, see [`Call::make_names`].
    pub made: &'static [u8],
}

/// A column that a clause means in one call.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) hash: u64,
    /// Index into [`Call::names`], where a literal names it.
    pub(super) literal: Option<usize>,
}

/// What a call makes of its columns, and what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<const N: usize> {
    /// The columns that come out, padded with [`FlowColumn::NOTHING`].
    pub columns: [FlowColumn; N],
    /// How many of them there are, gone ones included.
    pub len: usize,
    /// Whether unknown columns pass through.
    pub open: bool,
    /// The mistakes; empty if there are none.
    pub report: Report,
}

impl<const N: usize> Outcome<N> {
    /// What is known of the result's columns.
    #[must_use]
    pub const fn flow(&'static self) -> Flow {
        let (columns, _) = self.columns.split_at(self.len);
        Flow {
            columns,
            open: self.open,
        }
    }

    /// The mistakes in the call whose outcome this is about the column that a literal names, see
    /// [`Call::about`].
    #[must_use]
    pub const fn about(&self, call: &Call, literal: usize) -> Report {
        if self.report.found {
            call.about(literal).apply::<N>().report
        } else {
            Report::new()
        }
    }

    /// Says nothing more about what comes out.
    const fn lose_track(&mut self) {
        self.open = true;
        let mut i = 0;
        while i < self.len {
            self.columns[i].doubtful = true;
            i += 1;
        }
    }

    pub(super) const fn push(&mut self, column: FlowColumn) {
        self.columns[self.len] = column;
        self.len += 1;
    }
}

impl Outcome<0> {
    /// What comes out of something that is no step, which is reported elsewhere.
    pub const UNKNOWN: Self = Self {
        columns: [],
        len: 0,
        open: true,
        report: Report::new(),
    };
}

impl Call {
    /// Room that [`Call::apply`] needs.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.contract.output {
            OutputContract::Unknown => 0,
            OutputContract::Schema(schema) => {
                let mut len = schema.columns.len();
                let mut i = 0;
                while i < self.contract.inputs.len() {
                    len += count_live(self.flow(&self.contract.inputs[i]).columns);
                    i += 1;
                }
                len
            }
            OutputContract::Passes { input, changes } => self.room(input) + self.new_room(changes),
            OutputContract::Joins { join, changes } => {
                self.join_room(&join) + self.new_room(changes)
            }
            OutputContract::Unions { union, changes } => {
                self.union_room(&union) + self.new_room(changes)
            }
        }
    }

    /// Room for what [`Call::put`] writes: a read that finds nothing appends a column.
    pub(super) const fn room(&self, input: usize) -> usize {
        let input = &self.contract.inputs[input];
        let mut room = self.passed_len(input);
        let mut i = 0;
        while i < input.reads.len() {
            room += self.count(input.reads[i].column);
            i += 1;
        }
        room
    }

    /// Adding and renaming append one entry each; everything else changes in place.
    const fn new_room(&self, changes: &[Change]) -> usize {
        let mut room = 0;
        let mut i = 0;
        while i < changes.len() {
            if let Change::Adds(column, ..)
            | Change::Replaces(column, ..)
            | Change::Renames(column, _) = changes[i]
            {
                room += self.count(column);
            }
            i += 1;
        }
        room
    }

    /// The same call, reporting only mistakes about the column that the literal at this index of
    /// [`Call::names`] names; without it, only the other ones are reported. So each is an error at the
    /// right token.
    #[must_use]
    pub const fn about(self, literal: usize) -> Self {
        Self {
            focus: Some(literal),
            ..self
        }
    }

    /// Whether no column can come out.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pushes the columns through the step. Total: mistakes go into the report, never into a panic.
    #[must_use]
    pub const fn apply<const N: usize>(&self) -> Outcome<N> {
        let mut out = Outcome {
            columns: [FlowColumn::NOTHING; N],
            len: 0,
            open: false,
            report: Report::about(self.focus),
        };
        let mut i = 0;
        while i < self.contract.inputs.len() {
            self.check_input(&self.contract.inputs[i], &mut out.report);
            i += 1;
        }
        match self.contract.output {
            OutputContract::Unknown => out.open = true,
            OutputContract::Schema(schema) => self.close(schema, &mut out),
            OutputContract::Passes { input, changes } => {
                self.put(input, &mut out);
                self.change_all(changes, &mut out);
            }
            OutputContract::Joins { join, changes } => {
                self.join(&join, &mut out);
                self.change_all(changes, &mut out);
            }
            OutputContract::Unions { union, changes } => {
                self.union(&union, &mut out);
                self.change_all(changes, &mut out);
            }
        }
        if self.lacks_a_name() {
            out.lose_track();
        }
        out
    }

    /// Whether a clause is about a column that an argument names and the call does not give, which is
    /// reported there.
    const fn lacks_a_name(&self) -> bool {
        let (keys, changes): (&[Key], _) = match self.contract.output {
            OutputContract::Joins { join, changes } => (join.keys, changes),
            OutputContract::Passes { changes, .. } | OutputContract::Unions { changes, .. } => {
                (&[], changes)
            }
            OutputContract::Unknown | OutputContract::Schema(_) => return false,
        };
        let mut i = 0;
        while i < keys.len() {
            if self.nth(keys[i].left, 0).is_none() || self.nth(keys[i].right, 0).is_none() {
                return true;
            }
            i += 1;
        }
        let mut i = 0;
        while i < changes.len() {
            let lacks = match changes[i] {
                Change::Adds(column, ..)
                | Change::Replaces(column, ..)
                | Change::Drops(column)
                | Change::NonNull(column) => self.nth(column, 0).is_none(),
                Change::Renames(from, to) => {
                    self.nth(from, 0).is_none() || self.nth(to, 0).is_none()
                }
                Change::NonNullAll => false,
            };
            if lacks {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The frame handed to an input. An argument that was not given is reported elsewhere; here its
    /// frame may have every column.
    pub(super) const fn flow(&self, input: &InputContract) -> Flow {
        let mut i = 0;
        while i < self.inputs.len() {
            if self.inputs[i].arg == input.arg {
                return self.inputs[i].flow;
            }
            i += 1;
        }
        Flow::UNKNOWN
    }

    /// The `n`th column that a clause means in this call: one, or as many as the literals of a
    /// `ColumnNames`. None where the argument is missing, which is reported elsewhere.
    pub(super) const fn nth(&self, column: ColumnRef, mut n: usize) -> Option<Named> {
        match column {
            ColumnRef::Name(name, hash) if n == 0 => Some(Named {
                name,
                hash,
                literal: None,
            }),
            ColumnRef::Name(..) => None,
            ColumnRef::Arg(arg) => {
                let mut i = 0;
                while i < self.names.len() {
                    let BoundName {
                        arg: bound,
                        name,
                        hash,
                    } = self.names[i];
                    if bound == arg {
                        if n == 0 {
                            return Some(Named {
                                name,
                                hash,
                                literal: Some(i),
                            });
                        }
                        n -= 1;
                    }
                    i += 1;
                }
                None
            }
        }
    }

    /// How many columns a clause means in this call.
    pub(super) const fn count(&self, column: ColumnRef) -> usize {
        let mut n = 0;
        while self.nth(column, n).is_some() {
            n += 1;
        }
        n
    }

    /// What an input knows of a column: the schema of a typed one, the frame that an open one is given.
    pub(super) const fn look_up(&self, input: usize, named: Named) -> Found {
        let input = &self.contract.inputs[input];
        if let Some(schema) = input.schema {
            return match find_spec(schema.columns, named.name, named.hash) {
                Some(at) => Found::There(FlowColumn::given(schema.columns[at])),
                None => Found::Missing,
            };
        }
        let flow = self.flow(input);
        match find(flow.columns, named.name, named.hash) {
            Some(at) => Found::There(flow.columns[at]),
            None if flow.open => Found::Unknown,
            None => Found::Missing,
        }
    }

    /// The name of an input, where there are several.
    pub(super) const fn whose(&self, input: &InputContract) -> &'static str {
        if self.contract.inputs.len() > 1 {
            input.name
        } else {
            ""
        }
    }

    /// Exactly the schema's columns come out; the inputs' other columns are remembered as dropped.
    const fn close<const N: usize>(&self, schema: NamedSchema, out: &mut Outcome<N>) {
        let mut i = 0;
        while i < schema.columns.len() {
            out.push(self.made(schema.columns[i]));
            i += 1;
        }
        let mut i = 0;
        while i < self.contract.inputs.len() {
            let flow = self.flow(&self.contract.inputs[i]);
            let mut j = 0;
            while j < flow.columns.len() {
                let column = flow.columns[j];
                let kept = find_spec(schema.columns, column.spec.name, column.spec.hash).is_some();
                if column.is_live() && !kept {
                    out.push(self.lost(column, Fate::Dropped));
                }
                j += 1;
            }
            i += 1;
        }
    }

    pub(super) const fn passed_len(&self, input: &InputContract) -> usize {
        match input.schema {
            Some(schema) => schema.columns.len(),
            None => self.flow(input).columns.len(),
        }
    }

    /// Appends the columns of one input.
    pub(super) const fn put<const N: usize>(&self, input: usize, out: &mut Outcome<N>) {
        let input = &self.contract.inputs[input];
        let flow = self.flow(input);
        let start = out.len;
        if let Some(schema) = input.schema {
            let mut i = 0;
            while i < schema.columns.len() {
                out.push(FlowColumn::given(schema.columns[i]));
                i += 1;
            }
        } else {
            // Element by element this would be most of what a long pipeline costs the compiler.
            let (_, rest) = out.columns.split_at_mut(start);
            let (place, _) = rest.split_at_mut(flow.columns.len());
            place.copy_from_slice(flow.columns);
            out.len += flow.columns.len();
            out.open |= flow.open;
        }
        // What was reported about a read is not reported again downstream.
        let mut i = if out.report.found {
            0
        } else {
            input.reads.len()
        };
        while i < input.reads.len() {
            let read = input.reads[i];
            let mut n = 0;
            while let Some(named) = self.nth(read.column, n) {
                match verdict(flow, named, &read) {
                    Verdict::Fine => {}
                    Verdict::Wrong(at) => out.columns[start + at].doubtful = true,
                    Verdict::Missing => self.assume(named, out),
                }
                n += 1;
            }
            i += 1;
        }
    }
}

/// What is known of a column.
#[derive(Clone, Copy)]
pub(super) enum Found {
    There(FlowColumn),
    Missing,
    /// It may be among the columns that nobody declared.
    Unknown,
}

/// Where a column came from, if a step made it.
pub(super) const fn write_origin(column: &FlowColumn, to: &mut super::Message) {
    if column.step.is_empty() {
        return;
    }
    to.text("\nstep `");
    to.text(column.step);
    to.text("` made it at ");
    to.text(column.place);
}

const fn count_live(columns: &[FlowColumn]) -> usize {
    let mut count = 0;
    let mut i = 0;
    while i < columns.len() {
        if columns[i].is_live() {
            count += 1;
        }
        i += 1;
    }
    count
}
