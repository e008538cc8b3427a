//! Texts.

use polars::prelude::*;
use polars_arrow::array::{Array as _, Utf8ViewArray};

use super::list::{ListReader, ListWriter};
use super::validity::Nulls;
use super::{CellError, Read, Write};
use crate::contract::ColumnType;
use crate::schema::ColumnValue;

#[diagnostic::do_not_recommend]
impl ColumnValue for String {
    const TYPE: ColumnType = ColumnType::String;

    type Writer = TextWriter;
    type Reader = TextReader;
    type ListWriter = ListWriter<Self>;
    type ListReader = ListReader<Self>;
}

/// Texts go into buffers that they share; none has memory of its own.
pub struct TextWriter(StringChunkedBuilder);

impl Write<String> for TextWriter {
    fn new(_: ColumnType, capacity: usize) -> Self {
        Self(StringChunkedBuilder::new(PlSmallStr::EMPTY, capacity))
    }

    #[inline]
    fn push(&mut self, value: &String) {
        self.0.append_value(value.as_str());
    }

    fn push_null(&mut self) {
        self.0.append_null();
    }

    fn finish(self) -> PolarsResult<Series> {
        Ok(self.0.finish().into_series())
    }
}

pub struct TextReader {
    values: Utf8ViewArray,
    nulls: Nulls,
}

impl Read<String> for TextReader {
    fn new(column: &Series) -> PolarsResult<Self> {
        let values = column.str()?.downcast_as_array().clone();
        Ok(Self {
            nulls: Nulls::of(values.validity()),
            values,
        })
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.has(row)
    }

    #[inline]
    fn get(&self, row: usize) -> Result<String, CellError> {
        if self.nulls.has(row) {
            return Err(CellError::null());
        }
        Ok(self.values.value(row).to_owned())
    }
}
