//! Which rows of a layer are kept in the one above it, as a file says it.

use polars::prelude::*;

/// One value for each row below: whether it is kept.
const KEPT: &str = "kept";

/// The numbers of the rows that are kept.
const ROW: &str = "row";

/// A number takes as much as so many truth values.
const BITS: usize = 32;

/// What is written of a mask: the mask, or numbers where these are less.
pub(crate) fn as_frame(mask: &BooleanChunked) -> PolarsResult<DataFrame> {
    let kept = mask.sum().map_or(0, |kept| kept as usize);
    let column = if kept.saturating_mul(BITS) < mask.len() {
        let numbers = (0..).zip(mask.iter());
        let numbers = numbers.filter(|(_, kept)| *kept == Some(true));
        let numbers: Vec<IdxSize> = numbers.map(|(row, _)| row).collect();
        IdxCa::from_vec(ROW.into(), numbers).into_column()
    } else {
        mask.clone().with_name(KEPT.into()).into_column()
    };
    DataFrame::new(column.len(), vec![column])
}

/// The mask over so many rows that a file says; it keeps as many as the layer above has.
pub(super) fn as_mask(frame: &DataFrame, below: u64, above: u64) -> PolarsResult<BooleanChunked> {
    let unfit = || polars_err!(ComputeError: "the rows of a layer do not fit the layer below it");
    let (below, above) = (usize::try_from(below), usize::try_from(above));
    let (Ok(below), Ok(above), [column]) = (below, above, frame.columns()) else {
        return Err(unfit());
    };
    let mask = if column.dtype() == &DataType::Boolean {
        column.bool()?.clone()
    } else {
        let mut kept = vec![false; below];
        for row in column.idx()?.iter() {
            let row = row.and_then(|row| kept.get_mut(row as usize));
            *row.ok_or_else(unfit)? = true;
        }
        BooleanChunked::from_slice(KEPT.into(), &kept)
    };
    let keeps = mask.sum().map_or(0, |kept| kept as usize);
    if mask.len() == below && keeps == above && mask.null_count() == 0 {
        Ok(mask)
    } else {
        Err(unfit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_the_same_again() -> PolarsResult<()> {
        for (rows, every) in [
            (0, 1),
            (1, 1),
            (100, 1),
            (100, 3),
            (1_000, 500),
            (1_000, 2_000),
        ] {
            let kept = (0..rows).map(|row| row % every == every / 2);
            let mask: BooleanChunked = kept.map(Some).collect();
            let frame = as_frame(&mask)?;
            let count = u64::from(mask.sum().unwrap_or(0));
            let again = as_mask(&frame, rows, count)?;
            let values = |mask: &BooleanChunked| mask.iter().collect::<Vec<_>>();
            assert_eq!(values(&again), values(&mask), "{rows} rows, every {every}.");
            assert!(as_mask(&frame, rows + 1, count + 1).is_err());
        }
        let few: BooleanChunked = (0..1_000).map(|row| Some(row == 7)).collect();
        assert_eq!(as_frame(&few)?.height(), 1);
        Ok(())
    }

    #[test]
    fn a_row_that_is_not_there_is_an_error() -> PolarsResult<()> {
        let rows = df!("row" => [3_u32])?;
        assert!(as_mask(&rows, 3, 1).is_err());
        let kept: Vec<_> = as_mask(&rows, 4, 1)?.iter().collect();
        assert_eq!(kept, [Some(false), Some(false), Some(false), Some(true)]);
        Ok(())
    }
}
