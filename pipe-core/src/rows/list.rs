//! Lists.

use polars::prelude::*;
use polars_arrow::array::{LIST_VALUES_NAME, ListArray};
use polars_arrow::datatypes::{ArrowDataType, Field as ArrowField};
use polars_arrow::offset::{Offsets, OffsetsBuffer};

use super::validity::{NullWriter, Nulls};
use super::{CellError, Read, Write};
use crate::contract::ColumnType;
use crate::rules::Rule;
use crate::schema::ColumnValue;

#[diagnostic::do_not_recommend]
impl<T: ColumnValue> ColumnValue for Vec<T> {
    const TYPE: ColumnType = T::LIST;
    const RULES: &'static [Rule] = T::RULES;

    type Writer = T::ListWriter;
    type Reader = T::ListReader;
    type ListWriter = ListWriter<Self>;
    type ListReader = ListReader<Self>;
}

/// The items of all lists are one column; each list is a range of it.
pub struct ListWriter<T: ColumnValue> {
    items: T::Writer,
    lengths: Vec<usize>,
    nulls: NullWriter,
}

impl<T: ColumnValue> Write<Vec<T>> for ListWriter<T> {
    fn new(ty: ColumnType, capacity: usize) -> Self {
        let item = match ty {
            ColumnType::List(item) => *item,
            _ => T::TYPE,
        };
        Self {
            items: T::Writer::new(item, capacity),
            lengths: Vec::with_capacity(capacity),
            nulls: NullWriter::default(),
        }
    }

    fn push(&mut self, value: &Vec<T>) {
        for item in value {
            self.items.push(item);
        }
        self.lengths.push(value.len());
        self.nulls.push(true);
    }

    fn push_null(&mut self) {
        self.lengths.push(0);
        self.nulls.push(false);
    }

    fn finish(self) -> PolarsResult<Series> {
        let items = self.items.finish()?.rechunk();
        let values = items.to_arrow(0, CompatLevel::newest());
        let field = ArrowField::new(LIST_VALUES_NAME, values.dtype().clone(), true);
        let lists = ListArray::<i64>::try_new(
            ArrowDataType::LargeList(Box::new(field)),
            Offsets::try_from_lengths(self.lengths.into_iter())?.into(),
            values,
            self.nulls.finish(),
        )?;
        Series::try_from((PlSmallStr::EMPTY, lists.boxed()))
    }
}

/// Reads lists, whole.
pub struct ListReader<T: ColumnValue> {
    items: T::Reader,
    offsets: OffsetsBuffer<i64>,
    nulls: Nulls,
}

impl<T: ColumnValue> Read<Vec<T>> for ListReader<T> {
    fn new(column: &Series) -> PolarsResult<Self> {
        let lists = column.list()?;
        let array = lists.downcast_as_array();
        Ok(Self {
            items: T::Reader::new(&lists.get_inner())?,
            offsets: array.offsets().clone(),
            nulls: Nulls::of(array.validity()),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.has(row)
    }

    fn get(&self, row: usize) -> Result<Vec<T>, CellError> {
        if self.nulls.has(row) {
            return Err(CellError::null());
        }
        let (start, end) = self.offsets.start_end(row);
        let item = |i: usize| self.items.get(i).map_err(|error| error.in_item(i - start));
        (start..end).map(item).collect()
    }
}
