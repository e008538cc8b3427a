//! Putting frames together: columns beside each other, rows by masks.

use polars::prelude::*;
use polars_arrow::array::BooleanArray;
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;

use crate::engine::column;

/// Names a mask, where no column of a user's is.
const KEPT: &str = "kept";

/// Where a column of a frame is: its name, the number of the piece, its name there.
pub(crate) type Place = (PlSmallStr, usize, PlSmallStr);

/// Some of a frame's columns, and of more rows.
pub(crate) struct Piece {
    pub(crate) frame: LazyFrame,
    /// Which of the rows are in the frame; all of them if there is no mask.
    pub(crate) kept: Option<BooleanChunked>,
}

/// A frame of columns of several pieces. Only those are asked for that have a column of it, and only their
/// columns are read that are wanted of the frame.
pub(crate) fn assemble(
    columns: &[Place],
    pieces: usize,
    mut piece: impl FnMut(usize) -> PolarsResult<Piece>,
) -> PolarsResult<LazyFrame> {
    // Users' columns may have any name, and two pieces the same.
    let by_number = |number: usize| PlSmallStr::from_string(format!("column {number}"));
    let mut parts = Vec::new();
    let mut are_chosen = false;
    for i in 0..pieces {
        let here = columns.iter().enumerate().filter(|(_, it)| it.1 == i);
        let here = here.map(|(number, it)| column(it.2.clone()).alias(by_number(number)));
        let here: Vec<_> = here.collect();
        if here.is_empty() {
            continue;
        }
        let Piece { frame, kept } = piece(i)?;
        let frame = frame.select(here);
        are_chosen |= kept.is_some();
        parts.push(match kept {
            Some(kept) => with_rows(frame, kept, &KEPT.into())?,
            None => frame,
        });
    }
    // Polars makes filters one, but not those above and below frames beside each other: what a user's predicate sees are
    // rows of the frame.
    let frame = if parts.len() == 1 && !are_chosen {
        parts.swap_remove(0)
    } else {
        beside(parts)?
    };
    let names = columns.iter().enumerate();
    let names = names.map(|(number, it)| col(by_number(number)).alias(it.0.clone()));
    Ok(frame.select(names.collect::<Vec<_>>()))
}

/// The rows of a frame that a mask keeps. No column of the frame has the name.
pub(super) fn with_rows(
    frame: LazyFrame,
    kept: BooleanChunked,
    name: &PlSmallStr,
) -> PolarsResult<LazyFrame> {
    let kept = kept.with_name(name.clone()).into_column();
    let mask = DataFrame::new(kept.len(), vec![kept])?.lazy();
    let kept = beside(vec![frame, mask])?.filter(col(name.clone()));
    Ok(kept.drop(by_name([name.clone()], true, false)))
}

/// Frames of one height beside each other: another height is an error, and not filled with nulls.
fn beside(frames: Vec<LazyFrame>) -> PolarsResult<LazyFrame> {
    let options = HConcatOptions {
        strict: true,
        ..HConcatOptions::default()
    };
    concat_lf_horizontal(frames, options)
}

/// A mask over all rows, of one over those that another mask keeps.
pub(crate) fn within(outer: &BooleanChunked, inner: &BooleanChunked) -> BooleanChunked {
    let (outer, inner) = (bits(outer), bits(inner));
    let mut inner = inner.iter();
    let both = outer.iter().map(|kept| kept && inner.next() == Some(true));
    let both = BooleanArray::new(ArrowDataType::Boolean, both.collect(), None);
    BooleanChunked::with_chunk(PlSmallStr::EMPTY, both)
}

/// What a mask keeps.
fn bits(mask: &BooleanChunked) -> Bitmap {
    mask.rechunk().downcast_as_array().true_and_valid()
}
