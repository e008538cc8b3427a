//! Everything that must compile, and without a warning.
//!
//! These are modules of an ordinary test and not pass cases of trybuild: they use the build that is
//! there, where trybuild would build Polars a second time and link a binary for each of them.

#![deny(warnings, missing_docs, unreachable_pub, clippy::pedantic)]

mod bodies;
mod functions;
mod glob_imports;
mod names;
mod no_prelude;
mod renamed;
mod sample;
mod several_inputs;
mod shadowing;
mod types;
mod unused;
mod values;
mod visibility;
