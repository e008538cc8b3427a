//! The macros of `pipe-core`. Use them through `pipe_core::prelude`.
//!
//! Each macro goes through the same stages: **parse** reads the user's tokens, **check** finds
//! mistakes that need no types, **emit** writes code. Only parse and check can fail; they collect
//! their errors in `errors::Errors` so that independent mistakes show together. After an error the
//! user's own items are still emitted, so that one mistake does not cause others.

mod errors;
mod macros;
mod names;
mod packages;
mod paths;
mod pipeline;
mod schema;
mod source_file;
mod step;
mod tokens;
mod tracked;

use proc_macro::TokenStream;

/// Makes a struct the schema of a frame: each field is a column.
///
/// `#[column(name = "Order ID")]` gives a column a name that no field can have; `unit = "ms"` and
/// `zone = "Europe/Berlin"` say what a datetime's Rust type does not.
///
/// Rules on values: `#[column(min = 0, max = 9)]`, `one_of("a", "b")`, `pattern = "^N"`,
/// `len(max = 6)`, `unique`; on the struct `#[schema(primary_key(a, b))]` and
/// `#[schema(rule(ends_after_start = col("end").gt_eq(col("start"))))]`.
///
/// `#[schema(sample = "data/sample.csv")]` holds the struct against a sample of the data while it is
/// compiled: each column must be in its header, and numbers that may not be null must be numbers in
/// its first 1000 rows. The sample is a CSV or NDJSON file in the folder of `Cargo.toml`, or else in
/// that of the source file; `sample(path = "…", separator = ";")` says what separates its fields.
#[proc_macro_derive(Schema, attributes(column, schema))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    schema::derive(input.into()).into()
}

/// Makes a step of a function, or identifies the code of a hand-written `impl Step for …`.
///
/// The function stays as it is and callable. Beside it stands a struct with its parameters.
#[proc_macro_attribute]
pub fn step(args: TokenStream, item: TokenStream) -> TokenStream {
    step::expand(args.into(), item.into()).into()
}

/// Puts the code of a helper function into the keys of the steps that call it.
#[proc_macro_attribute]
pub fn tracked(args: TokenStream, item: TokenStream) -> TokenStream {
    tracked::expand(args.into(), &item.into()).into()
}

/// The packages that the crate depends on, for `pipe_core::packages!`.
#[doc(hidden)]
#[proc_macro]
pub fn locked_packages(_: TokenStream) -> TokenStream {
    packages::locked().into()
}

/// Defines a pipeline: a function signature, `let` bindings that call steps, and what it returns.
#[proc_macro]
pub fn pipeline(input: TokenStream) -> TokenStream {
    pipeline::expand(input.into()).into()
}
