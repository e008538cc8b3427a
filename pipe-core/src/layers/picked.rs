//! Rows of a frame by their numbers, as a join finds them: what would fill as much memory as the joined frame again, as
//! soon as somebody put it together, is looked up where it is used.

use polars::prelude::*;
use polars_arrow::array::Array;

/// Names the numbers, where no column of a user's is.
const NUMBER: &str = "number";

/// So many rows of a frame, some of them perhaps often, others not at all.
#[derive(Clone)]
pub(crate) struct Picked {
    numbers: DataFrame,
    from: DataFrame,
}

impl Picked {
    /// The rows of these numbers; one that is missing is a row of nulls.
    pub(crate) fn new(numbers: &IdxCa, mut from: DataFrame) -> PolarsResult<Self> {
        // In several pieces, each number would have to be searched for.
        from.rechunk_mut();
        let numbers = numbers.rechunk();
        let mut array = numbers.downcast_as_array().clone();
        // Quicker, too, if it is known that none is missing.
        if array.null_count() == 0 {
            array = array.with_validity(None);
        }
        let numbers = IdxCa::with_chunk(NUMBER.into(), array).into_column();
        Ok(Self {
            numbers: DataFrame::new(numbers.len(), vec![numbers])?,
            from,
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.numbers.height()
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.from.schema()
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        self.numbers.estimated_size() + self.from.estimated_size()
    }

    /// Some of its columns, as they are named.
    pub(super) fn select(&self, columns: Vec<Column>) -> PolarsResult<Self> {
        Ok(Self {
            numbers: self.numbers.clone(),
            from: DataFrame::new(self.from.height(), columns)?,
        })
    }

    /// The column that values are looked up in.
    pub(super) fn column(&self, name: &str) -> PolarsResult<&Column> {
        self.from.column(name)
    }

    /// Whether no value of a column is missing.
    pub(super) fn is_complete(&self, name: &str) -> PolarsResult<bool> {
        let nulls = self
            .numbers
            .columns()
            .iter()
            .chain([self.from.column(name)?]);
        Ok(nulls.map(Column::null_count).all(|nulls| nulls == 0))
    }

    /// Some of its rows, put together.
    pub(crate) fn slice(&self, start: i64, length: usize) -> PolarsResult<DataFrame> {
        let numbers = self.numbers.slice(start, length);
        let numbers = numbers.column(NUMBER)?.idx()?;
        self.from.take(numbers)
    }

    pub(super) fn lazy(&self) -> LazyFrame {
        let columns = self.from.columns().iter().map(|column| {
            let (from, name) = (column.clone(), column.name().clone());
            let field = Field::new(name.clone(), column.dtype().clone());
            let look_up = move |numbers: Column| from.take(numbers.idx()?);
            col(NUMBER)
                .map(look_up, move |_, _| Ok(field.clone()))
                .alias(name)
        });
        self.numbers
            .clone()
            .lazy()
            .select(columns.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, collect_on};

    /// Two columns of one type: their look-ups must not be taken for one.
    #[test]
    fn rows_are_looked_up_by_their_numbers() -> PolarsResult<()> {
        let from =
            df!("a" => ["x", "y", "z"], "b" => ["X", "Y", "Z"], "n" => [Some(1), None, Some(3)])?;
        let numbers = [Some(2), Some(0), None, Some(2), Some(1)];
        let picked = Picked::new(&IdxCa::from_slice_options("any".into(), &numbers), from)?;
        let expected = df!(
            "a" => [Some("z"), Some("x"), None, Some("z"), Some("y")],
            "b" => [Some("Z"), Some("X"), None, Some("Z"), Some("Y")],
            "n" => [Some(3), Some(1), None, Some(3), None],
        )?;
        for engine in [Engine::Streaming, Engine::InMemory] {
            let read = collect_on(engine, picked.lazy())?;
            assert!(read.equals_missing(&expected), "{read}");
            let one = collect_on(
                engine,
                picked.lazy().select([col("b"), col("a").alias("b2")]),
            )?;
            assert!(one.column("b")?.equals_missing(expected.column("b")?));
            assert!(
                one.column("b2")?
                    .as_materialized_series()
                    .equals_missing(expected.column("a")?.as_materialized_series())
            );
        }
        assert!(picked.slice(0, 5)?.equals_missing(&expected));
        assert!(picked.slice(2, 2)?.equals_missing(&expected.slice(2, 2)));
        assert!(!picked.is_complete("a")?);
        Ok(())
    }
}
