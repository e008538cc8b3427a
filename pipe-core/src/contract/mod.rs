//! What steps do to the columns of a frame, as data that the compiler can compute with.
//!
//! `#[derive(Schema)]` and `#[step]` write values of the types in this module; `pipeline!` writes
//! the `const` items that push them through the functions of this module. Nothing here knows
//! Polars, allocates, or can fail at run time.
//!
//! Two rules keep the errors good, and everything else follows from them:
//!
//! 1. **Flow is total.** [`Call::apply`] never panics. Where a column is missing it is assumed to be
//!    there, so that one mistake is reported once and does not hide or cause others.
//! 2. **Checks are separate.** What was found wrong travels beside the flow as a [`Report`]; only
//!    [`Report::raise`] panics, in a `const` of its own that carries the span of the user's token.

mod arguments;
mod body;
mod call;
mod change;
mod column;
mod flow;
mod index;
mod join;
mod keys;
mod message;
mod misfit;
#[cfg(test)]
mod model;
pub(crate) mod nearest;
mod output;
mod read;
mod union;

pub use arguments::{Arg, ArgKind, Given, GivenKind, Signature};
pub use body::{BodyNames, BodyPlace, check_body_name};
pub use call::{BoundInput, BoundName, Call, Outcome};
pub use column::{ColumnSpec, ColumnType, TimeUnit};
pub use flow::{Fate, Flow, FlowColumn};
pub use join::{How, Join, Key};
pub use keys::Side;
pub use message::{Message, Report, mistake, mistake_if};
pub(crate) use nearest::distance;
pub use output::check_output;
pub use union::{Union, UnionHow};

/// A step's contract: what it needs of its inputs and what it makes of them.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// The function's name.
    pub step: &'static str,
    /// One entry for every argument that is a frame, in order.
    pub inputs: &'static [InputContract],
    /// What comes out.
    pub output: OutputContract,
}

/// What a step needs of one of its inputs.
#[derive(Clone, Copy, Debug)]
pub struct InputContract {
    /// The argument's name.
    pub name: &'static str,
    /// Position among all arguments of the function.
    pub arg: usize,
    /// The schema of a `Frame<S>` argument; `None` for an open frame.
    pub schema: Option<NamedSchema>,
    /// The columns an open frame must have.
    pub reads: &'static [Read],
}

/// A schema with the name that users know it by.
#[derive(Clone, Copy, Debug)]
pub struct NamedSchema {
    /// The Rust struct's name.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [ColumnSpec],
    /// What must hold of the values in them.
    pub rules: &'static [crate::rules::Rule],
}

/// A column that a step reads.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Which.
    pub column: ColumnRef,
    /// The type it must have.
    pub rule: TypeRule,
    /// Whether nulls are welcome.
    pub nullable: bool,
    /// Whether the column may be missing.
    pub optional: bool,
}

/// A column named in a contract, or several of them.
#[derive(Clone, Copy, Debug)]
pub enum ColumnRef {
    /// By its own name and the name's hash, which the macro computed.
    Name(&'static str, u64),
    /// By the value of the `ColumnName` or `ColumnNames` argument at this position: one column for each
    /// name that the call gives.
    Arg(usize),
}

/// The types a read accepts.
#[derive(Clone, Copy, Debug)]
pub enum TypeRule {
    /// Exactly this one.
    Is(ColumnType),
    /// Integers and floats.
    Numeric,
    /// Signed and unsigned integers.
    Integer,
    /// `f32`, `f64`.
    Float,
    /// Dates, times, datetimes, durations.
    Temporal,
    /// Every type.
    Any,
}

impl Contract {
    /// The contract of a step that has a compile error of its own: everything passes.
    pub const LENIENT: Self = Self {
        step: "",
        inputs: &[],
        output: OutputContract::Unknown,
    };
}

/// The columns of a schema, if there is one.
#[must_use]
pub const fn columns_of(schema: Option<NamedSchema>) -> &'static [ColumnSpec] {
    match schema {
        Some(schema) => schema.columns,
        None => &[],
    }
}

/// What a step puts out.
#[derive(Clone, Copy, Debug)]
pub enum OutputContract {
    /// Nothing is known of it.
    Unknown,
    /// Exactly the columns of a schema.
    Schema(NamedSchema),
    /// The columns of one input, changed.
    Passes {
        /// Index into [`Contract::inputs`].
        input: usize,
        /// Applied in order.
        changes: &'static [Change],
    },
    /// The columns of two inputs, side by side, changed.
    Joins {
        /// Which, and how.
        join: Join,
        /// Applied in order.
        changes: &'static [Change],
    },
    /// The columns of several inputs, one above the other, changed.
    Unions {
        /// Which, and how.
        union: Union,
        /// Applied in order.
        changes: &'static [Change],
    },
}

/// One change to the columns that pass through a step.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// A column that was not there.
    Adds(ColumnRef, NewType, bool),
    /// A column that was there and has this type afterwards.
    Replaces(ColumnRef, NewType, bool),
    /// A column that was there and is gone afterwards.
    Drops(ColumnRef),
    /// A column under a new name.
    Renames(ColumnRef, ColumnRef),
    /// A column without nulls afterwards.
    NonNull(ColumnRef),
    /// All columns without nulls afterwards.
    NonNullAll,
}

/// The type of a new column.
#[derive(Clone, Copy, Debug)]
pub enum NewType {
    /// This one.
    Is(ColumnType),
    /// The type of a column that is there before the step: of the input at this index, or of whichever
    /// input passes through.
    Like(Option<usize>, ColumnRef),
}
