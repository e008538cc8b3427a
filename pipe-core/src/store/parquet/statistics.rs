//! What a column of a row group says of its values: the least, the greatest, how many are missing.
//!
//! Polars' encoders say it of each page, and its writer makes one of them all. But it compares unsigned numbers as signed
//! ones, takes the bounds of some pages for those of all where others have `NaN`, and counts what is missing in a column
//! with a dictionary once for each of its pages. Whoever reads would skip rows that it looks for. So they are made one
//! here, and the writer finds them with the last page alone.

use std::cmp::Ordering;

use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::error::ParquetResult;
use polars_parquet::parquet::page::{DataPage, DataPageHeader, Page};
use polars_parquet::parquet::schema::types::{IntegerType, PrimitiveLogicalType, PrimitiveType};
use polars_parquet::parquet::statistics::{
    BinaryStatistics, ParquetStatistics, PrimitiveStatistics, Statistics,
};
use polars_parquet::parquet::types::NativeType;

/// What the pages of a column of a row group say together, as far as they are there.
#[derive(Default)]
pub(super) struct Together {
    pages: usize,
    /// Whether one of them says nothing.
    is_silent: bool,
    nulls: Option<i64>,
    /// And whether they are those of any value.
    bounds: Option<(Statistics, bool)>,
}

impl Together {
    /// The next page. The last one says what is in all of them, the others nothing.
    pub(super) fn next(&mut self, page: Page, is_last: bool) -> ParquetResult<Page> {
        let Page::Data(page) = page else {
            return Ok(page);
        };
        if is_last && self.pages == 0 {
            return Ok(Page::Data(page));
        }
        self.pages += 1;
        // Of a dictionary's column, each page says what is in all of them.
        if self.pages == 1 || !page.header().is_dictionary_encoded() {
            self.add(&page)?;
        }
        let said = if is_last { self.said() } else { None };
        Ok(Page::Data(saying(page, said)))
    }

    fn add(&mut self, page: &DataPage) -> ParquetResult<()> {
        let Some(statistics) = page.statistics().transpose()? else {
            self.is_silent = true;
            return Ok(());
        };
        let missing = statistics.null_count();
        let has_values =
            missing.is_none_or(|missing| missing.cast_unsigned() < page.num_values() as u64);
        self.nulls = match self.bounds {
            None => missing,
            Some(_) => self.nulls.zip(missing).map(|(all, missing)| all + missing),
        };
        self.bounds = Some(match self.bounds.take() {
            Some((all, true)) if has_values => (both(all, statistics), true),
            Some((all, true)) => (all, true),
            _ => (statistics, has_values),
        });
        Ok(())
    }

    fn said(&mut self) -> Option<ParquetStatistics> {
        let (bounds, _) = self.bounds.take().filter(|_| !self.is_silent)?;
        Some(ParquetStatistics {
            null_count: self.nulls,
            ..bounds.serialize()
        })
    }
}

/// The bounds of the values of both. Of other types than these, one page is written.
fn both(one: Statistics, other: Statistics) -> Statistics {
    use Statistics::{Binary, Double, Float, Int32, Int64};
    match (one, other) {
        (Int32(one), Int32(other)) if is_unsigned(&one.primitive_type) => {
            Int32(of_both(one, &other, |a, b| {
                a.cast_unsigned().cmp(&b.cast_unsigned())
            }))
        }
        (Int64(one), Int64(other)) if is_unsigned(&one.primitive_type) => {
            Int64(of_both(one, &other, |a, b| {
                a.cast_unsigned().cmp(&b.cast_unsigned())
            }))
        }
        (Int32(one), Int32(other)) => Int32(of_both(one, &other, i32::cmp)),
        (Int64(one), Int64(other)) => Int64(of_both(one, &other, i64::cmp)),
        (Float(one), Float(other)) => Float(of_both(one, &other, f32::total_cmp)),
        (Double(one), Double(other)) => Double(of_both(one, &other, f64::total_cmp)),
        (Binary(one), Binary(other)) => Binary(BinaryStatistics {
            min_value: bound(one.min_value, other.min_value, Ordering::is_le, Vec::cmp),
            max_value: bound(one.max_value, other.max_value, Ordering::is_ge, Vec::cmp),
            ..one
        }),
        (mut one, _) => {
            one.clear_min();
            one.clear_max();
            one
        }
    }
}

fn of_both<T: NativeType>(
    one: PrimitiveStatistics<T>,
    other: &PrimitiveStatistics<T>,
    order: impl Fn(&T, &T) -> Ordering,
) -> PrimitiveStatistics<T> {
    PrimitiveStatistics {
        min_value: bound(one.min_value, other.min_value, Ordering::is_le, &order),
        max_value: bound(one.max_value, other.max_value, Ordering::is_ge, &order),
        ..one
    }
}

/// The outer one of two bounds; none where one of them is not known.
fn bound<T>(
    one: Option<T>,
    other: Option<T>,
    is_outer: impl Fn(Ordering) -> bool,
    order: impl Fn(&T, &T) -> Ordering,
) -> Option<T> {
    let (one, other) = one.zip(other)?;
    Some(if is_outer(order(&one, &other)) {
        one
    } else {
        other
    })
}

fn is_unsigned(ty: &PrimitiveType) -> bool {
    use IntegerType::{UInt8, UInt16, UInt32, UInt64};
    matches!(
        ty.logical_type,
        Some(PrimitiveLogicalType::Integer(
            UInt8 | UInt16 | UInt32 | UInt64
        ))
    )
}

fn saying(mut page: DataPage, statistics: Option<ParquetStatistics>) -> DataPage {
    let mut header = page.header().clone();
    match &mut header {
        DataPageHeader::V1(header) => header.statistics = statistics,
        DataPageHeader::V2(header) => header.statistics = statistics,
    }
    let rows = page.num_rows().unwrap_or_else(|| page.num_values());
    let values = std::mem::take(page.buffer_mut());
    DataPage::new(header, CowBuffer::Owned(values), page.descriptor, rows)
}
