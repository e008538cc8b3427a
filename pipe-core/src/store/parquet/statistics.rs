//! What a column of a row group says of its values: the least, the greatest, how many are missing.
//!
//! Polars' encoders say it of each page, and its writer makes one of them all. But it compares unsigned numbers as signed
//! ones, takes the bounds of some pages for those of all where others have `NaN`, and counts what is missing in a column
//! with a dictionary once for each of its pages. Whoever reads would skip rows that it looks for. So they are made one
//! here, and the writer finds them with the first page alone.

use std::cmp::Ordering;

use polars::prelude::PolarsResult;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::error::ParquetResult;
use polars_parquet::parquet::page::{DataPage, DataPageHeader, Page};
use polars_parquet::parquet::schema::types::{IntegerType, PrimitiveLogicalType, PrimitiveType};
use polars_parquet::parquet::statistics::{
    BinaryStatistics, ParquetStatistics, PrimitiveStatistics, Statistics,
};
use polars_parquet::parquet::types::NativeType;

/// Pages of a column of a row group, which say together what is in them.
pub(super) fn of_all(pages: Vec<Page>) -> PolarsResult<Vec<Page>> {
    let data: Vec<_> = pages.iter().filter_map(of_values).collect();
    let [first, _, ..] = data.as_slice() else {
        return Ok(pages);
    };
    let mut statistics = if first.header().is_dictionary_encoded() {
        // Each of them has those of all.
        raw(first).cloned()
    } else {
        together(&data)?
    };
    let say = |page| match page {
        Page::Data(page) => Page::Data(saying(page, statistics.take())),
        Page::Dict(page) => Page::Dict(page),
    };
    Ok(pages.into_iter().map(say).collect())
}

/// What all pages say together; `None` if one says nothing.
fn together(pages: &[&DataPage]) -> ParquetResult<Option<ParquetStatistics>> {
    let mut nulls = Some(0);
    let mut all: Option<Statistics> = None;
    for page in pages {
        let Some(statistics) = page.statistics().transpose()? else {
            return Ok(None);
        };
        let missing = statistics.null_count();
        nulls = nulls.zip(missing).map(|(nulls, missing)| nulls + missing);
        // A page without values has no bounds.
        if missing.is_none_or(|missing| missing.cast_unsigned() < page.num_values() as u64) {
            all = Some(match all {
                None => statistics,
                Some(all) => both(all, statistics),
            });
        }
    }
    let all = all
        .map(|all| all.serialize())
        .or_else(|| raw(pages[0]).cloned());
    Ok(all.map(|all| ParquetStatistics {
        null_count: nulls,
        ..all
    }))
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

fn of_values(page: &Page) -> Option<&DataPage> {
    match page {
        Page::Data(page) => Some(page),
        Page::Dict(_) => None,
    }
}

fn raw(page: &DataPage) -> Option<&ParquetStatistics> {
    match page.header() {
        DataPageHeader::V1(header) => header.statistics.as_ref(),
        DataPageHeader::V2(header) => header.statistics.as_ref(),
    }
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
