//! Steps for pipelines that are built at run time.

mod add_column;
mod drop_nulls;
mod filter;

pub use add_column::{AddColumn, Number};
pub use drop_nulls::DropNulls;
pub use filter::Filter;
