//! What a step did to its frame, where that is little: columns added, rows chosen, columns left out.
//!
//! A checkpoint of such a result need not have the whole frame again. It is a *layer* on the checkpoint
//! below it: the columns that were made, and which rows were kept. What counts is what the plan is made
//! of that the step returned, never what its contract says:
//!
//! * `select` and `with_columns`, whatever is in them: a column that is named and nothing else is carried
//!   over as it is; all others are made. The values of these are stored, so it does not matter whether
//!   an expression looks across rows, is random or calls a closure. Rows stay as they are: the heights
//!   are compared.
//! * `filter`, whatever the predicate: it is evaluated once, and the rows that it chose are stored.
//! * a join to the right of the frame: which of its rows are there afterwards is seen by numbers that they
//!   carry through the join. If no row is there twice, rows were chosen and columns added.
//!
//! Everything else makes a whole new frame. [`Acts::of`] reads the plan, [`carried`] finds out which
//! columns are which, [`in_memory`] and [`streamed`] compute, [`assemble()`] puts together.

mod acts;
mod assemble;
mod carried;
mod in_memory;
mod parts;
mod picked;
mod streamed;

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

pub(crate) use acts::Acts;
pub(crate) use assemble::{Piece, Place, assemble, within};
pub(crate) use in_memory::compute;
pub(crate) use parts::{Parts, Selected};
pub(crate) use picked::Picked;
pub(crate) use streamed::plan;

/// Names a mask beside a user's columns, unless one of these has the name.
const KEPT: &str = "__pipe_kept";

/// What a frame is, above the frame that it was made from.
#[derive(Debug)]
pub(crate) struct Layered {
    pub(crate) parts: Parts,
    /// What it takes over from the frame below; `None` if nothing can be said.
    pub(crate) layer: Option<Layer>,
}

/// What is new in a frame, and what is not.
#[derive(Debug)]
pub(crate) struct Layer {
    /// Which rows of the frame below are there, in their order; all of them if there is no mask.
    pub(crate) kept: Option<BooleanChunked>,
    /// Where the columns come from, in the order of the frame.
    pub(crate) columns: Vec<(PlSmallStr, Origin)>,
}

/// Where a column comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is this column of the frame below, as far as its rows are there.
    Below(PlSmallStr),
    /// It was made.
    Made,
}

impl Layer {
    /// Where a column comes from.
    pub(crate) fn origin_of(&self, column: &str) -> Option<&Origin> {
        origin_of(&self.columns, column)
    }

    /// The columns that were made.
    pub(crate) fn made(&self) -> impl Iterator<Item = &PlSmallStr> {
        let made = self
            .columns
            .iter()
            .filter(|(_, origin)| *origin == Origin::Made);
        made.map(|(name, _)| name)
    }
}

fn origin_of<'a>(columns: &'a [(PlSmallStr, Origin)], name: &str) -> Option<&'a Origin> {
    let found = columns.iter().find(|(column, _)| column == name);
    found.map(|(_, origin)| origin)
}

/// Columns of columns: where they come from in the end.
fn through(
    below: &[(PlSmallStr, Origin)],
    columns: Vec<(PlSmallStr, Origin)>,
) -> Vec<(PlSmallStr, Origin)> {
    let columns = columns.into_iter().map(|(name, origin)| {
        let before = match &origin {
            Origin::Below(before) => origin_of(below, before),
            Origin::Made => None,
        };
        (name, before.cloned().unwrap_or(Origin::Made))
    });
    columns.collect()
}

/// The columns of a frame to which nothing was done.
fn untouched(schema: &Schema) -> Vec<(PlSmallStr, Origin)> {
    let names = schema.iter_names();
    let columns = names.map(|name| (name.clone(), Origin::Below(name.clone())));
    columns.collect()
}

/// What a predicate said: which of so many rows are kept. `None` if it is of another type, or says less: what is wrong with
/// it, the whole plan says best.
fn mask(said: &Column, rows: u64) -> PolarsResult<Option<BooleanChunked>> {
    if said.dtype() != &DataType::Boolean || said.len() as u64 != rows {
        return Ok(None);
    }
    said.bool()?.fill_null_with_values(false).map(Some)
}

/// A frame of these columns: to see what a plan comes to, that suffices.
fn without_rows(schema: &Schema) -> DslPlan {
    DataFrame::empty_with_schema(schema).lazy().logical_plan
}

/// A name that no column of these frames has.
fn unused(name: &'static str, frames: &[&Schema]) -> PlSmallStr {
    let mut name = PlSmallStr::from_static(name);
    while frames.iter().any(|frame| frame.contains(&name)) {
        name = format!("{name}_").into();
    }
    name
}

#[cfg(test)]
mod tests;
