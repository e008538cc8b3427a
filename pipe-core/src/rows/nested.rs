//! Schemas as types of columns: structs.

use polars::prelude::*;

use super::validity::{NullWriter, Nulls};
use super::{CellError, Read, ReadRows, RowColumns, RowWriter, Write};
use crate::contract::ColumnType;
use crate::schema::FrameSchema;

/// A column of structs is a column for each field, and which of them are null.
pub struct StructWriter<S: FrameSchema> {
    rows: RowWriter<S>,
    nulls: NullWriter,
}

impl<S: FrameSchema> Write<S> for StructWriter<S> {
    fn new(_: ColumnType, capacity: usize) -> Self {
        Self {
            rows: RowWriter::with_capacity(capacity),
            nulls: NullWriter::default(),
        }
    }

    fn push(&mut self, value: &S) {
        self.rows.push(Some(value));
        self.nulls.push(true);
    }

    fn push_null(&mut self) {
        self.rows.push(None);
        self.nulls.push(false);
    }

    fn finish(self) -> PolarsResult<Series> {
        let height = self.rows.height;
        let fields = self.rows.columns()?;
        let rows = StructChunked::from_series(PlSmallStr::EMPTY, height, fields.iter())?;
        Ok(rows.with_outer_validity(self.nulls.finish()).into_series())
    }
}

/// Reads structs, whole.
pub struct StructReader<S> {
    rows: Box<dyn ReadRows<S>>,
    nulls: Nulls,
}

impl<S: FrameSchema> Read<S> for StructReader<S> {
    fn new(column: &Series) -> PolarsResult<Self> {
        let column = column.struct_()?;
        let columns = S::COLUMNS.iter().zip(column.fields_as_series());
        let columns = columns.map(|(spec, series)| (spec.name, series.rechunk()));
        let array = column.downcast_as_array();
        Ok(Self {
            rows: S::reader(&RowColumns {
                columns: columns.collect(),
            })?,
            nulls: Nulls::of(array.validity()),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.has(row)
    }

    fn get(&self, row: usize) -> Result<S, CellError> {
        if self.nulls.has(row) {
            return Err(CellError::null());
        }
        self.rows.row(row).map_err(CellError::in_struct)
    }
}
