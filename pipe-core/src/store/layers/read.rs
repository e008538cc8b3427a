//! The frame that layers make up, lazily: only the files are opened that have a wanted column.

use std::fs::File;
use std::path::PathBuf;

use polars::prelude::*;

use super::rows::{as_mask, within};
use super::{Layers, Place};

/// In the queries over one file; no column of it has the name.
const KEPT: &str = "kept";

/// The frame. `paths` are those of the record's files.
pub(in crate::store) fn scan(layers: &Layers, paths: &[PathBuf]) -> PolarsResult<LazyFrame> {
    let mut parts = Vec::new();
    // Which rows of a layer are there at the top. All if there is no mask.
    let mut kept: Option<BooleanChunked> = None;
    for (number, layer) in layers.stack.iter().enumerate().rev() {
        let columns = layers.columns.iter().enumerate();
        let columns: Vec<_> = columns.filter(|(_, place)| place.layer == number).collect();
        if let Some(data) = layer.data.filter(|_| !columns.is_empty()) {
            parts.push(part(&paths[data], &columns, kept.as_ref())?);
        }
        if let (Some(file), Some(below)) = (layer.kept, number.checked_sub(1)) {
            let frame = ParquetReader::new(File::open(&paths[file])?).finish()?;
            let mask = as_mask(&frame, layers.stack[below].rows, layer.rows)?;
            kept = Some(match kept {
                None => mask,
                Some(above) => within(&mask, &above),
            });
        }
    }
    let options = HConcatOptions {
        strict: true,
        ..HConcatOptions::default()
    };
    let beside = if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        concat_lf_horizontal(parts, options)?
    };
    let columns = layers.columns.iter().enumerate();
    let named = columns.map(|(i, place)| col(by_number(i)).alias(place.name.as_str()));
    Ok(beside.select(named.collect::<Vec<_>>()))
}

/// Columns of one file, by their numbers in the frame, with the rows that are left at the top.
fn part(
    path: &std::path::Path,
    columns: &[(usize, &Place)],
    kept: Option<&BooleanChunked>,
) -> PolarsResult<LazyFrame> {
    let columns = columns.iter();
    let numbered = columns.map(|(i, place)| col(place.column.as_str()).alias(by_number(*i)));
    let numbered: Vec<_> = numbered.collect();
    let all = crate::store::scan([path.to_owned()])?.select(numbered);
    let Some(kept) = kept else {
        return Ok(all);
    };
    crate::layers::with_rows(all, kept.clone(), &KEPT.into())
}

/// Users' columns may have any name.
fn by_number(column: usize) -> PlSmallStr {
    format!("column {column}").into()
}
