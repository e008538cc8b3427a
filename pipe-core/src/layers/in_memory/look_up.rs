//! For each row of a long frame, the one row of a short one that has its key: what a join with a table of customers,
//! products or days comes to. Polars joins any two frames, and makes pairs of row numbers, of which those of the long
//! frame are put into order afterwards; here there is nothing to put into order.

use std::convert::Infallible;
use std::hash::Hash;

use polars::polars_utils::aliases::{InitHashMaps, PlHashMap};
use polars::prelude::*;
use polars_arrow::array::{Array, PrimitiveArray};
use polars_arrow::bitmap::BitmapBuilder;

use crate::parallel;

/// Keys that are looked up at once.
const AT_ONCE: usize = 1 << 16;

/// The numbers of the rows that have these keys; none for a key that no row has, and for a missing one. `None` if several
/// rows have the same key, or keys are not such as are looked up here.
pub(super) fn look_up(keys: &Column, among: &Column) -> PolarsResult<Option<IdxCa>> {
    let is_of_numbers = |dtype: &DataType| match dtype {
        DataType::Date | DataType::Time | DataType::Datetime(..) | DataType::Duration(_) => true,
        dtype => dtype.is_integer(),
    };
    let dtype = keys.dtype();
    if dtype != among.dtype() || !(is_of_numbers(dtype) || dtype == &DataType::String) {
        return Ok(None);
    }
    let keys = keys.as_materialized_series().to_physical_repr();
    let among = among.as_materialized_series().to_physical_repr();
    Ok(match keys.dtype() {
        DataType::Int64 => numbers(keys.i64()?, among.i64()?),
        DataType::UInt64 => numbers(keys.u64()?, among.u64()?),
        DataType::Int32 => numbers(keys.i32()?, among.i32()?),
        DataType::UInt32 => numbers(keys.u32()?, among.u32()?),
        DataType::String => {
            let arrays = keys.str()?.downcast_iter().collect();
            find(arrays, among.str()?.iter(), |texts, row| texts.get(row))
        }
        _ => None,
    })
}

fn numbers<T>(keys: &ChunkedArray<T>, among: &ChunkedArray<T>) -> Option<IdxCa>
where
    T: PolarsNumericType,
    T::Native: Hash + Eq,
{
    let arrays = keys.downcast_iter().collect();
    find(
        arrays,
        among.iter(),
        |keys: &PrimitiveArray<T::Native>, row| keys.get(row),
    )
}

fn find<'a, A: Array, K: Copy + Eq + Hash + Send + Sync>(
    keys: Vec<&'a A>,
    among: impl Iterator<Item = Option<K>>,
    key: impl Fn(&'a A, usize) -> Option<K> + Sync,
) -> Option<IdxCa> {
    let mut rows = PlHashMap::new();
    for (row, key) in among.enumerate() {
        let Some(key) = key else { continue };
        if rows.insert(key, IdxSize::try_from(row).ok()?).is_some() {
            return None;
        }
    }
    // In one piece from the beginning: to put it together in the end would take as much memory again.
    let all = keys.iter().map(|keys| keys.len()).sum();
    let (mut values, mut valid) = (Vec::with_capacity(all), BitmapBuilder::with_capacity(all));
    let pieces = keys.into_iter().flat_map(|keys| {
        let starts = (0..keys.len()).step_by(AT_ONCE);
        starts.map(move |start| (keys, start..keys.len().min(start + AT_ONCE)))
    });
    let look_up = |(keys, range): (&'a A, std::ops::Range<usize>)| {
        let found = range.map(|row| rows.get(&key(keys, row)?).copied());
        found.collect::<PrimitiveArray<IdxSize>>()
    };
    let Ok(()) = parallel::in_order(pieces, parallel::threads(), look_up, |found| {
        values.extend_from_slice(found.values());
        match found.validity() {
            Some(found) => valid.extend_from_bitmap(found),
            None => valid.extend_constant(found.len(), true),
        }
        Ok::<_, Infallible>(())
    });
    Some(IdxCa::from_vec_validity(
        PlSmallStr::EMPTY,
        values,
        valid.into_opt_validity(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_the_row_that_a_join_finds() -> Result<(), Box<dyn std::error::Error>> {
        let keys: Vec<_> = (0..200_000_i64)
            .map(|n| (n % 17 > 0).then_some(n * 7919 % 30_011))
            .collect();
        let among: Vec<_> = (0..20_000_i64)
            .map(|n| (n != 500).then_some(n * 3))
            .collect();
        let left = Column::new("key".into(), keys);
        let right = Column::new("key".into(), among);
        let micros = DataType::Datetime(TimeUnit::Microseconds, None);
        for dtype in [
            DataType::Int64,
            DataType::UInt64,
            DataType::Int32,
            DataType::UInt32,
            DataType::Date,
            DataType::Time,
            micros,
            DataType::String,
        ] {
            let (left, right) = (left.cast(&dtype)?, right.cast(&dtype)?);
            let found = look_up(&left, &right)?.ok_or("keys to look up")?;
            let left = DataFrame::new(left.len(), vec![left])?.lazy();
            let right = DataFrame::new(right.len(), vec![right])?
                .lazy()
                .with_row_index("row", None);
            let how = JoinArgs {
                maintain_order: MaintainOrderJoin::Left,
                ..JoinArgs::new(JoinType::Left)
            };
            let joined = left.join(right, [col("key")], [col("key")], how);
            let joined = crate::engine::collect(joined)?;
            let expected = joined.column("row")?.idx()?;
            assert!(expected.null_count() > 0 && expected.null_count() < expected.len());
            assert!(found.iter().eq(expected.iter()), "{dtype}");
        }
        Ok(())
    }

    #[test]
    fn other_keys_are_left_to_a_join() -> PolarsResult<()> {
        let column = |values: &[i64]| Column::new("key".into(), values);
        let twice = look_up(&column(&[1, 2]), &column(&[1, 3, 1]))?;
        assert!(twice.is_none());
        let other_type = column(&[1]).cast(&DataType::Int32)?;
        assert!(look_up(&column(&[1, 2]), &other_type)?.is_none());
        let floats = column(&[1, 2]).cast(&DataType::Float64)?;
        assert!(look_up(&floats, &floats)?.is_none());
        Ok(())
    }
}
