//! Values that may be null.

use polars::prelude::*;

use super::list::{ListReader, ListWriter};
use super::{CellError, Read, Write};
use crate::contract::ColumnType;
use crate::rules::Rule;
use crate::schema::ColumnValue;

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> ColumnValue for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;
    const RULES: &'static [Rule] = T::RULES;

    type Writer = OptionWriter<T>;
    type Reader = OptionReader<T>;
    type ListWriter = ListWriter<Self>;
    type ListReader = ListReader<Self>;
}

pub struct OptionWriter<T: ColumnValue>(T::Writer);

impl<T: ColumnValue> Write<Option<T>> for OptionWriter<T> {
    fn new(ty: ColumnType, capacity: usize) -> Self {
        Self(T::Writer::new(ty, capacity))
    }

    #[inline]
    fn push(&mut self, value: &Option<T>) {
        match value {
            Some(value) => self.0.push(value),
            None => self.0.push_null(),
        }
    }

    fn push_null(&mut self) {
        self.0.push_null();
    }

    fn finish(self) -> PolarsResult<Series> {
        self.0.finish()
    }
}

pub struct OptionReader<T: ColumnValue>(T::Reader);

impl<T: ColumnValue> Read<Option<T>> for OptionReader<T> {
    fn new(column: &Series) -> PolarsResult<Self> {
        T::Reader::new(column).map(Self)
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        self.0.is_null(row)
    }

    #[inline]
    fn get(&self, row: usize) -> Result<Option<T>, CellError> {
        if self.0.is_null(row) {
            return Ok(None);
        }
        self.0.get(row).map(Some)
    }
}
