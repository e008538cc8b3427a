//! The frame that layers make up, lazily: only the files are opened that have a wanted column.

use std::fs::File;
use std::path::PathBuf;

use polars::prelude::*;

use super::Layers;
use super::rows::as_mask;
use crate::layers::{Piece, Place, assemble, within};

/// The frame. `paths` are those of the record's files.
pub(in crate::store) fn scan(layers: &Layers, paths: &[PathBuf]) -> PolarsResult<LazyFrame> {
    // Which rows of each layer are there at the top. All if there is no mask.
    let mut kept: Vec<Option<BooleanChunked>> = vec![None; layers.stack.len()];
    for (number, layer) in layers.stack.iter().enumerate().skip(1).rev() {
        let below = number - 1;
        kept[below] = match layer.kept {
            None => kept[number].clone(),
            Some(file) => {
                let frame = ParquetReader::new(File::open(&paths[file])?).finish()?;
                let mask = as_mask(&frame, layers.stack[below].rows, layer.rows)?;
                let above = kept[number].as_ref();
                Some(above.map_or_else(|| mask.clone(), |above| within(&mask, above)))
            }
        };
    }
    let columns = layers.columns.iter().map(|it| -> Place {
        let (name, column) = (it.name.as_str().into(), it.column.as_str().into());
        (name, it.layer, column)
    });
    let columns: Vec<_> = columns.collect();
    assemble(&columns, layers.stack.len(), |number| {
        let unfit = || polars_err!(ComputeError: "a layer has no file with its columns");
        let data = layers.stack[number].data.ok_or_else(unfit)?;
        Ok(Piece {
            frame: crate::store::scan([paths[data].clone()])?,
            kept: kept[number].take(),
        })
    })
}
