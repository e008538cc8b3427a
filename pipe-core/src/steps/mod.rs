//! Steps that come with the library.
//!
//! The structs are for pipelines that are built at run time; the functions are the same steps for
//! `pipeline!`, where the compiler checks their columns.

mod arithmetic;
mod checked;
mod filter;
mod nulls;

pub use arithmetic::{AddColumn, Number};
pub use checked::{
    AddColumnStep, DropNullsStep, FilterAboveStep, add_column, drop_nulls, filter_above,
};
pub use filter::Filter;
pub use nulls::DropNulls;
