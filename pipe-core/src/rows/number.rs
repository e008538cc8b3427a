//! Numbers.

use polars::prelude::*;
use polars_arrow::array::PrimitiveArray;

use super::flat::{BytesReader, BytesWriter};
use super::list::{ListReader, ListWriter};
use super::validity::Nulls;
use super::{CellError, Read, Write};
use crate::contract::ColumnType;
use crate::schema::ColumnValue;

pub struct NumberWriter<T: PolarsNumericType>(PrimitiveChunkedBuilder<T>);

impl<T: PolarsNumericType> NumberWriter<T> {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, capacity))
    }

    #[inline]
    pub(super) fn append(&mut self, value: Option<T::Native>) {
        match value {
            Some(value) => self.0.append_value(value),
            None => self.0.append_null(),
        }
    }

    pub(super) fn array(self) -> ChunkedArray<T> {
        self.0.finish()
    }
}

impl<T> Write<T::Native> for NumberWriter<T>
where
    T: PolarsNumericType,
    ChunkedArray<T>: IntoSeries,
{
    fn new(_: ColumnType, capacity: usize) -> Self {
        Self::with_capacity(capacity)
    }

    #[inline]
    fn push(&mut self, value: &T::Native) {
        self.0.append_value(*value);
    }

    fn push_null(&mut self) {
        self.0.append_null();
    }

    fn finish(self) -> PolarsResult<Series> {
        Ok(self.array().into_series())
    }
}

pub struct NumberReader<T: PolarsNumericType> {
    values: PrimitiveArray<T::Native>,
    nulls: Nulls,
}

impl<T: PolarsNumericType> NumberReader<T> {
    /// A reader of a column in one piece.
    pub(super) fn of(column: &ChunkedArray<T>) -> Self {
        let values = column.downcast_as_array().clone();
        Self {
            nulls: Nulls::of(values.validity()),
            values,
        }
    }

    #[inline]
    pub(super) fn value(&self, row: usize) -> Result<T::Native, CellError> {
        match self.values.values().get(row) {
            Some(value) if !self.nulls.has(row) => Ok(*value),
            _ => Err(CellError::null()),
        }
    }

    #[inline]
    pub(super) fn null(&self, row: usize) -> bool {
        self.nulls.has(row)
    }
}

impl<T: PolarsNumericType> Read<T::Native> for NumberReader<T> {
    fn new(column: &Series) -> PolarsResult<Self> {
        let column: &ChunkedArray<T> = column.as_ref().as_ref();
        Ok(Self::of(column))
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        self.null(row)
    }

    #[inline]
    fn get(&self, row: usize) -> Result<T::Native, CellError> {
        self.value(row)
    }
}

macro_rules! numbers {
    ($($rust:ty => $column:ident, $polars:ident);* $(;)?) => {$(
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $rust {
            const TYPE: ColumnType = ColumnType::$column;

            type Writer = NumberWriter<$polars>;
            type Reader = NumberReader<$polars>;
            type ListWriter = ListWriter<Self>;
            type ListReader = ListReader<Self>;
        }
    )*};
}

numbers! {
    i8 => Int8, Int8Type;
    i16 => Int16, Int16Type;
    i32 => Int32, Int32Type;
    i64 => Int64, Int64Type;
    u16 => UInt16, UInt16Type;
    u32 => UInt32, UInt32Type;
    u64 => UInt64, UInt64Type;
    f32 => Float32, Float32Type;
    f64 => Float64, Float64Type;
}

#[diagnostic::do_not_recommend]
impl ColumnValue for u8 {
    const TYPE: ColumnType = ColumnType::UInt8;
    /// `Vec<u8>` is bytes, not a list of numbers.
    const LIST: ColumnType = ColumnType::Binary;

    type Writer = NumberWriter<UInt8Type>;
    type Reader = NumberReader<UInt8Type>;
    type ListWriter = BytesWriter;
    type ListReader = BytesReader;
}
