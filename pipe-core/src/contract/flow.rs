//! The columns that are known at one point of a pipeline.

use super::NamedSchema;
use super::column::{ColumnSpec, ColumnType, same_text, write_type};
use super::message::{Message, Report};
use super::nearest::Nearest;

/// Columns listed in a message before it says "and n more".
const LISTED: usize = 16;

/// The columns of a frame between two steps.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Live columns in frame order, and the ones that were lost on the way, for the messages.
    pub columns: &'static [FlowColumn],
    /// Whether there may be columns that nobody declared.
    pub open: bool,
}

/// A column at one point of a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct FlowColumn {
    /// Name, type and nullability at this point.
    pub spec: ColumnSpec,
    /// Whether it is still there.
    pub fate: Fate,
    /// The step that made it or lost it; empty for columns of a pipeline input.
    pub step: &'static str,
    /// Where that step is called: `file:line:column`.
    pub place: &'static str,
    /// Whether a mistake was reported about it: then nothing more is said about it downstream.
    pub doubtful: bool,
}

/// What became of a column.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It is there.
    Live,
    /// A step dropped it, or put out a schema without it.
    Dropped,
    /// A step gave it this name.
    Renamed(&'static str),
    /// No column: fills a flow up to its length.
    Nothing,
}

impl FlowColumn {
    /// A filler.
    pub const NOTHING: Self = Self {
        spec: ColumnSpec {
            name: "",
            hash: 0,
            ty: ColumnType::Boolean,
            nullable: true,
        },
        fate: Fate::Nothing,
        step: "",
        place: "",
        doubtful: false,
    };

    /// A column of a pipeline input.
    #[must_use]
    pub const fn given(spec: ColumnSpec) -> Self {
        Self {
            spec,
            fate: Fate::Live,
            ..Self::NOTHING
        }
    }

    /// Whether the column is there.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.fate, Fate::Live)
    }
}

impl Flow {
    /// A frame of which nothing is known.
    pub const UNKNOWN: Self = Self {
        columns: &[],
        open: true,
    };

    /// The columns of a pipeline input.
    #[must_use]
    pub const fn input<const N: usize>(schema: &[ColumnSpec]) -> [FlowColumn; N] {
        let mut columns = [FlowColumn::NOTHING; N];
        let mut i = 0;
        while i < schema.len() {
            columns[i] = FlowColumn::given(schema[i]);
            i += 1;
        }
        columns
    }

    /// The live columns.
    pub fn live(&self) -> impl Iterator<Item = &'static ColumnSpec> + use<> {
        self.columns
            .iter()
            .filter(|column| column.is_live())
            .map(|column| &column.spec)
    }
}

/// Index of the live column of that name.
pub(super) const fn find(columns: &[FlowColumn], name: &str, hash: u64) -> Option<usize> {
    let mut i = 0;
    while i < columns.len() {
        let column = &columns[i];
        if column.spec.hash == hash && column.is_live() && same_text(column.spec.name, name) {
            return Some(i);
        }
        i += 1;
    }
    None
}

pub(super) const fn find_spec(columns: &[ColumnSpec], name: &str, hash: u64) -> Option<usize> {
    let mut i = 0;
    while i < columns.len() {
        if columns[i].hash == hash && same_text(columns[i].name, name) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Explains why a column is not there: what is, who lost it, which name is near. `whose` is the name of
/// the input that lacks it, where there are several.
pub(super) const fn write_missing(
    columns: &[FlowColumn],
    whose: &'static str,
    name: &'static str,
    hash: u64,
    report: &mut Report,
) {
    report.list(columns, whose);
    let to = &mut report.text;
    let mut i = columns.len();
    while i > 0 {
        i -= 1;
        let column = &columns[i];
        if column.spec.hash == hash && same_text(column.spec.name, name) {
            if let Fate::Renamed(new) = column.fate {
                to.text("\nstep `");
                to.text(column.step);
                to.text("` renamed it to `");
                to.text(new);
                to.text("` at ");
                to.text(column.place);
                to.text("\nhelp: use its new name `");
                to.text(new);
                to.text("`");
                return;
            }
            if let Fate::Dropped = column.fate {
                to.text("\nstep `");
                to.text(column.step);
                to.text("` dropped it at ");
                to.text(column.place);
                to.text("\nhelp: move this before that step, or keep the column there");
                return;
            }
        }
    }
    let mut nearest = Nearest::to(name);
    let mut i = 0;
    while i < columns.len() {
        if columns[i].is_live() {
            nearest.offer(columns[i].spec.name);
        }
        i += 1;
    }
    if let Some(near) = nearest.found() {
        to.text("\nhelp: did you mean `");
        to.text(near);
        to.text("`?");
    } else {
        to.text("\nhelp: add it in an earlier step, or pass a frame that has it");
    }
}

/// `columns here: …`
pub(super) const fn write_columns(columns: &[FlowColumn], whose: &str, to: &mut Message) {
    if whose.is_empty() {
        to.text("\ncolumns here: ");
    } else {
        to.text("\ncolumns of `");
        to.text(whose);
        to.text("`: ");
    }
    let mut list = List::new();
    let mut i = 0;
    while i < columns.len() {
        if columns[i].is_live() {
            list.add(&columns[i].spec, to);
        }
        i += 1;
    }
    list.end(to);
}

/// `` columns of `Order`: … ``
pub(super) const fn write_schema(schema: NamedSchema, to: &mut Message) {
    to.text("\ncolumns of `");
    to.text(schema.name);
    to.text("`: ");
    let mut list = List::new();
    let mut i = 0;
    while i < schema.columns.len() {
        list.add(&schema.columns[i], to);
        i += 1;
    }
    list.end(to);
}

/// What a schema has instead of a column.
pub(super) const fn write_lacking(schema: NamedSchema, name: &'static str, to: &mut Message) {
    write_schema(schema, to);
    let mut nearest = Nearest::to(name);
    let mut i = 0;
    while i < schema.columns.len() {
        nearest.offer(schema.columns[i].name);
        i += 1;
    }
    if let Some(near) = nearest.found() {
        to.text("\nhelp: did you mean `");
        to.text(near);
        to.text("`?");
    } else {
        to.text("\nhelp: add it to `");
        to.text(schema.name);
        to.text("`");
    }
}

/// Columns separated by commas, the first of many.
struct List {
    added: usize,
}

impl List {
    const fn new() -> Self {
        Self { added: 0 }
    }

    const fn add(&mut self, column: &ColumnSpec, to: &mut Message) {
        if self.added < LISTED {
            if self.added > 0 {
                to.text(", ");
            }
            column.write(to);
        }
        self.added += 1;
    }

    const fn end(self, to: &mut Message) {
        if self.added == 0 {
            to.text("none");
        }
        if self.added > LISTED {
            to.text(" and ");
            to.number(self.added - LISTED);
            to.text(" more");
        }
    }
}

/// `` `name: Type` `` with another nullability than the column's own.
pub(super) const fn write_as(name: &str, ty: ColumnType, nullable: bool, to: &mut Message) {
    to.text("`");
    to.text(name);
    to.text(": ");
    write_type(ty, nullable, to);
    to.text("`");
}
