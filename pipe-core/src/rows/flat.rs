//! Truth values, texts and bytes: columns of one Polars array each, read without a copy of it.

use polars::prelude::*;
use polars_arrow::array::{Array as _, BinaryViewArray, BooleanArray, Utf8ViewArray};

use super::list::{ListReader, ListWriter};
use super::validity::Nulls;
use super::{CellError, Read, Write};
use crate::contract::ColumnType;
use crate::schema::ColumnValue;

#[diagnostic::do_not_recommend]
impl ColumnValue for bool {
    const TYPE: ColumnType = ColumnType::Boolean;

    type Writer = BooleanWriter;
    type Reader = BooleanReader;
    type ListWriter = ListWriter<Self>;
    type ListReader = ListReader<Self>;
}

#[diagnostic::do_not_recommend]
impl ColumnValue for String {
    const TYPE: ColumnType = ColumnType::String;

    type Writer = TextWriter;
    type Reader = TextReader;
    type ListWriter = ListWriter<Self>;
    type ListReader = ListReader<Self>;
}

/// The writer and the reader of a type: its builder and its array, how a value goes in, and how it comes out.
macro_rules! flat {
    (
        $ty:ty,
        $writer:ident($builder:ty, $put:expr),
        $reader:ident($array:ty, $of:ident, $get:expr)
    ) => {
        pub struct $writer($builder);

        impl Write<$ty> for $writer {
            fn new(_: ColumnType, capacity: usize) -> Self {
                Self(<$builder>::new(PlSmallStr::EMPTY, capacity))
            }

            #[inline]
            fn push(&mut self, value: &$ty) {
                let put: fn(&mut $builder, &$ty) = $put;
                put(&mut self.0, value);
            }

            fn push_null(&mut self) {
                self.0.append_null();
            }

            fn finish(self) -> PolarsResult<Series> {
                Ok(self.0.finish().into_series())
            }
        }

        pub struct $reader {
            values: $array,
            nulls: Nulls,
        }

        impl Read<$ty> for $reader {
            fn new(column: &Series) -> PolarsResult<Self> {
                let values = column.$of()?.downcast_as_array().clone();
                Ok(Self {
                    nulls: Nulls::of(values.validity()),
                    values,
                })
            }

            fn is_null(&self, row: usize) -> bool {
                self.nulls.has(row)
            }

            #[inline]
            fn get(&self, row: usize) -> Result<$ty, CellError> {
                if self.nulls.has(row) {
                    return Err(CellError::null());
                }
                let get: fn(&$array, usize) -> $ty = $get;
                Ok(get(&self.values, row))
            }
        }
    };
}

flat!(
    bool,
    BooleanWriter(BooleanChunkedBuilder, |to, value| to.append_value(*value)),
    BooleanReader(BooleanArray, bool, |from, row| from.values().get_bit(row))
);

// Texts and bytes go into buffers that they share; none has memory of its own.
flat!(
    String,
    TextWriter(StringChunkedBuilder, |to, value| to
        .append_value(value.as_str())),
    TextReader(Utf8ViewArray, str, |from, row| from.value(row).to_owned())
);

flat!(
    Vec<u8>,
    BytesWriter(BinaryChunkedBuilder, |to, value| to
        .append_value(value.as_slice())),
    BytesReader(BinaryViewArray, binary, |from, row| from
        .value(row)
        .to_vec())
);
