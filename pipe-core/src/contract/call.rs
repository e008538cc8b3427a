//! One call of a step in a pipeline: the columns that come out, and what is wrong with those that
//! go in.

use super::column::{ColumnSpec, ColumnType};
use super::flow::{Fate, Flow, FlowColumn, find, find_spec, write_as, write_missing};
use super::message::Report;
use super::{
    Change, ColumnRef, Contract, InputContract, NamedSchema, NewType, OutputContract, Read,
    TypeRule,
};

/// A frame handed to an argument.
#[derive(Clone, Copy, Debug)]
pub struct BoundInput {
    /// Position among the step's arguments.
    pub arg: usize,
    /// What is known of its columns.
    pub flow: Flow,
}

/// A string literal handed to an argument, which names a column if the argument is a `ColumnName`.
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
    /// The argument whose mistakes are wanted, see [`Call::about`].
    pub focus: Option<usize>,
    /// Where the call stands: `file:line:column`.
    pub place: &'static str,
}

/// What a call makes of its columns, and what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<const N: usize> {
    /// The columns that come out, padded with [`FlowColumn::NOTHING`].
    pub columns: [FlowColumn; N],
    /// Whether unknown columns pass through.
    pub open: bool,
    /// The mistakes; empty if there are none.
    pub report: Report,
}

impl<const N: usize> Outcome<N> {
    /// What is known of the columns that come out.
    #[must_use]
    pub const fn flow(&'static self) -> Flow {
        Flow {
            columns: &self.columns,
            open: self.open,
        }
    }
}

impl Outcome<0> {
    /// What comes out of something that is no step, which is reported elsewhere.
    pub const UNKNOWN: Self = Self {
        columns: [],
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
            OutputContract::Passes { input, changes } => {
                // Adding and renaming append one entry each, and so does a read that finds nothing;
                // everything else changes in place.
                let input = &self.contract.inputs[input];
                let mut len = self.passed_len(input) + input.reads.len();
                let mut i = 0;
                while i < changes.len() {
                    if let Change::Adds(..) | Change::Replaces(..) | Change::Renames(..) =
                        changes[i]
                    {
                        len += 1;
                    }
                    i += 1;
                }
                len
            }
        }
    }

    /// The same call, reporting only mistakes about columns that the argument at this position names;
    /// without it, only the other ones are reported. So each is an error at the right token.
    #[must_use]
    pub const fn about(self, arg: usize) -> Self {
        Self {
            focus: Some(arg),
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
            OutputContract::Passes { input, changes } => self.pass(input, changes, &mut out),
        }
        out
    }

    /// The frame handed to an input. An argument that was not given is reported elsewhere; here its
    /// frame may have every column.
    const fn flow(&self, input: &InputContract) -> Flow {
        let mut i = 0;
        while i < self.inputs.len() {
            if self.inputs[i].arg == input.arg {
                return self.inputs[i].flow;
            }
            i += 1;
        }
        Flow::UNKNOWN
    }

    /// The column a contract means in this call; `None` where the argument is missing, which is
    /// reported elsewhere.
    const fn name(&self, column: ColumnRef) -> Option<(&'static str, u64)> {
        match column {
            ColumnRef::Name(name, hash) => Some((name, hash)),
            ColumnRef::Arg(arg) => {
                let mut i = 0;
                while i < self.names.len() {
                    if self.names[i].arg == arg {
                        return Some((self.names[i].name, self.names[i].hash));
                    }
                    i += 1;
                }
                None
            }
        }
    }

    const fn check_input(&self, input: &InputContract, report: &mut Report) {
        let flow = self.flow(input);
        if let Some(schema) = input.schema {
            let mut i = 0;
            while i < schema.columns.len() {
                let wanted = schema.columns[i];
                let read = Read {
                    column: ColumnRef::Name(wanted.name, wanted.hash),
                    rule: TypeRule::Is(wanted.ty),
                    nullable: wanted.nullable,
                };
                self.check_read(flow, read, report);
                i += 1;
            }
        }
        let mut i = 0;
        while i < input.reads.len() {
            self.check_read(flow, input.reads[i], report);
            i += 1;
        }
    }

    const fn check_read(&self, flow: Flow, read: Read, report: &mut Report) {
        let Some((name, hash)) = self.name(read.column) else {
            return;
        };
        let Read {
            column,
            rule,
            nullable,
        } = read;
        let at = match verdict(flow, name, hash, rule, nullable) {
            Verdict::Fine => return,
            Verdict::Missing => {
                let to = report.next_about(column);
                self.write_reads(name, rule, nullable, to);
                to.text(", which is not there");
                write_missing(flow.columns, name, hash, report);
                return;
            }
            Verdict::Wrong(at) => at,
        };
        let there = flow.columns[at];
        let to = report.next_about(column);
        self.write_reads(name, rule, nullable, to);
        if accepts(rule, there.spec.ty) {
            to.text(", but it may be null here");
            write_origin(&there, to);
            to.text("\nhelp: fill or drop its nulls in an earlier step, or read it as ");
            match rule {
                TypeRule::Is(ty) => write_as(name, ty, true, to),
                _ => {
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
            write_origin(&there, to);
            to.text("\nhelp: convert it in an earlier step, or change the type that `");
            to.text(self.contract.step);
            to.text("` reads");
        }
    }

    const fn write_reads(
        &self,
        name: &str,
        rule: TypeRule,
        nullable: bool,
        to: &mut super::Message,
    ) {
        to.text("step `");
        to.text(self.contract.step);
        to.text("` reads column ");
        match rule {
            TypeRule::Is(ty) => write_as(name, ty, nullable, to),
            TypeRule::Any => {
                to.text("`");
                to.text(name);
                to.text("`");
            }
            _ => {
                to.text("`");
                to.text(name);
                to.text(": ");
                to.text(rule_name(rule));
                to.text("`");
            }
        }
    }

    /// Exactly the schema's columns come out; the inputs' other columns are remembered as dropped.
    const fn close<const N: usize>(&self, schema: NamedSchema, out: &mut Outcome<N>) {
        let mut len = 0;
        while len < schema.columns.len() {
            out.columns[len] = self.made(schema.columns[len]);
            len += 1;
        }
        let mut i = 0;
        while i < self.contract.inputs.len() {
            let flow = self.flow(&self.contract.inputs[i]);
            let mut j = 0;
            while j < flow.columns.len() {
                let column = flow.columns[j];
                let kept = find_spec(schema.columns, column.spec.name, column.spec.hash).is_some();
                if column.is_live() && !kept {
                    out.columns[len] = self.lost(column, Fate::Dropped);
                    len += 1;
                }
                j += 1;
            }
            i += 1;
        }
    }

    const fn passed_len(&self, input: &InputContract) -> usize {
        match input.schema {
            Some(schema) => schema.columns.len(),
            None => self.flow(input).columns.len(),
        }
    }

    /// The columns of one input come out, changed.
    const fn pass<const N: usize>(&self, input: usize, changes: &[Change], out: &mut Outcome<N>) {
        let input = &self.contract.inputs[input];
        let flow = self.flow(input);
        let mut len = 0;
        if let Some(schema) = input.schema {
            while len < schema.columns.len() {
                out.columns[len] = FlowColumn::given(schema.columns[len]);
                len += 1;
            }
        } else {
            // Element by element this would be most of what a long pipeline costs the compiler.
            len = flow.columns.len();
            out.columns
                .split_at_mut(len)
                .0
                .copy_from_slice(flow.columns);
            out.open = flow.open;
        }
        // What was reported about a read is not reported again downstream.
        let mut i = if out.report.found {
            0
        } else {
            input.reads.len()
        };
        while i < input.reads.len() {
            let read = input.reads[i];
            if let Some((name, hash)) = self.name(read.column) {
                match verdict(flow, name, hash, read.rule, read.nullable) {
                    Verdict::Fine => {}
                    Verdict::Wrong(at) => out.columns[at].doubtful = true,
                    Verdict::Missing => {
                        let ty = ColumnType::Boolean;
                        out.columns[len] = self.doubtful(ColumnSpec {
                            name,
                            hash,
                            ty,
                            nullable: true,
                        });
                        len += 1;
                    }
                }
            }
            i += 1;
        }
        let mut i = 0;
        while i < changes.len() {
            self.change(changes[i], flow, out, &mut len);
            i += 1;
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of change")]
    const fn change<const N: usize>(
        &self,
        change: Change,
        before: Flow,
        out: &mut Outcome<N>,
        len: &mut usize,
    ) {
        match change {
            Change::Adds(column, ty, nullable) => {
                let Some((name, hash)) = self.name(column) else {
                    return;
                };
                let Some(ty) = self.new_type(ty, before) else {
                    return;
                };
                let spec = ColumnSpec {
                    name,
                    hash,
                    ty,
                    nullable,
                };
                if let Some(at) = find(&out.columns, name, hash) {
                    self.already_there("adds column", column, &out.columns[at], &mut out.report);
                    out.columns[at] = self.doubtful(spec);
                } else {
                    out.columns[*len] = self.made(spec);
                    *len += 1;
                }
            }
            Change::Replaces(column, ty, nullable) => {
                let Some((name, hash)) = self.name(column) else {
                    return;
                };
                let Some(ty) = self.new_type(ty, before) else {
                    return;
                };
                let spec = ColumnSpec {
                    name,
                    hash,
                    ty,
                    nullable,
                };
                if let Some(at) = find(&out.columns, name, hash) {
                    out.columns[at] = self.made(spec);
                } else {
                    self.not_there("replaces", column, out);
                    // In an open frame it may well have been there.
                    let doubtful = !out.open;
                    out.columns[*len] = FlowColumn {
                        doubtful,
                        ..self.made(spec)
                    };
                    *len += 1;
                }
            }
            Change::Drops(column) => {
                let Some((name, hash)) = self.name(column) else {
                    return;
                };
                if let Some(at) = find(&out.columns, name, hash) {
                    out.columns[at] = self.lost(out.columns[at], Fate::Dropped);
                } else {
                    self.not_there("drops", column, out);
                }
            }
            Change::Renames(old, new) => {
                let Some((from, from_hash)) = self.name(old) else {
                    return;
                };
                let Some((name, hash)) = self.name(new) else {
                    return;
                };
                let Some(at) = find(&out.columns, from, from_hash) else {
                    self.not_there("renames", old, out);
                    return;
                };
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
                out.columns[*len] = self.lost(out.columns[at], Fate::Renamed(name));
                *len += 1;
                out.columns[at] = FlowColumn {
                    doubtful,
                    ..self.made(spec)
                };
            }
            Change::NonNull(column) => {
                let Some((name, hash)) = self.name(column) else {
                    return;
                };
                if let Some(at) = find(&out.columns, name, hash) {
                    out.columns[at].spec.nullable = false;
                } else {
                    self.not_there("promises `non_null` of", column, out);
                }
            }
            Change::NonNullAll => {
                let mut i = 0;
                while i < *len {
                    out.columns[i].spec.nullable = false;
                    i += 1;
                }
            }
        }
    }

    /// `like(x)` takes the type of `x` before the step; where `x` is missing, its read says so.
    const fn new_type(&self, ty: NewType, before: Flow) -> Option<ColumnType> {
        match ty {
            NewType::Is(ty) => Some(ty),
            NewType::Like(column) => {
                let Some((name, hash)) = self.name(column) else {
                    return None;
                };
                match find(before.columns, name, hash) {
                    Some(at) => Some(before.columns[at].spec.ty),
                    None => None,
                }
            }
        }
    }

    const fn made(&self, spec: ColumnSpec) -> FlowColumn {
        FlowColumn {
            spec,
            fate: Fate::Live,
            step: self.contract.step,
            place: self.place,
            doubtful: false,
        }
    }

    const fn doubtful(&self, spec: ColumnSpec) -> FlowColumn {
        FlowColumn {
            doubtful: true,
            ..self.made(spec)
        }
    }

    const fn lost(&self, column: FlowColumn, fate: Fate) -> FlowColumn {
        FlowColumn {
            fate,
            ..self.made(column.spec)
        }
    }

    const fn already_there(
        &self,
        verb: &str,
        column: ColumnRef,
        there: &FlowColumn,
        report: &mut Report,
    ) {
        let to = report.next_about(column);
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

    const fn not_there<const N: usize>(&self, verb: &str, column: ColumnRef, out: &mut Outcome<N>) {
        let Some((name, hash)) = self.name(column) else {
            return;
        };
        if out.open {
            return;
        }
        let to = out.report.next_about(column);
        to.text("step `");
        to.text(self.contract.step);
        to.text("` ");
        to.text(verb);
        to.text(" column `");
        to.text(name);
        to.text("`, which is not there");
        write_missing(&out.columns, name, hash, &mut out.report);
    }
}

/// What a read finds.
enum Verdict {
    Fine,
    Missing,
    /// The column at this index has another type, or may be null.
    Wrong(usize),
}

const fn verdict(flow: Flow, name: &str, hash: u64, rule: TypeRule, nullable: bool) -> Verdict {
    match find(flow.columns, name, hash) {
        None if flow.open => Verdict::Fine,
        None => Verdict::Missing,
        Some(at) => {
            let there = &flow.columns[at];
            let fits = accepts(rule, there.spec.ty) && (nullable || !there.spec.nullable);
            if fits || there.doubtful {
                Verdict::Fine
            } else {
                Verdict::Wrong(at)
            }
        }
    }
}

/// Where a column came from, if a step made it.
const fn write_origin(column: &FlowColumn, to: &mut super::Message) {
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
