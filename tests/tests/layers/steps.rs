//! How what a step did is stored: as a layer, and of what, or as a whole new frame. Each of these is held
//! against the frame without checkpoints, too: what is stored does not depend on whether a step is what it
//! seems to be.

use pipe_core::prelude::*;
use pipe_core::testing::{TestStore, assert_frames_equal, assert_same_rows};
use pipe_core::{Code, Environment};

type Tested = Result<(), Box<dyn std::error::Error>>;
type Body = fn(LazyFrame) -> PolarsResult<LazyFrame>;

/// Any function as a step.
struct Does(Body);

impl Step for Does {
    fn name(&self) -> &'static str {
        "does"
    }

    fn code(&self) -> Code {
        Code::by_hand("does")
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(self.0(inputs.only()?)?.into())
    }
}

/// What is stored of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    /// The frame.
    Whole,
    /// Columns that were made.
    Columns,
    /// Which rows were kept.
    Rows,
    /// Both.
    RowsAndColumns,
    /// Nothing: all of it is there already.
    RecordOnly,
}
use Stored::{Columns, RecordOnly, Rows, RowsAndColumns, Whole};

fn frame() -> PolarsResult<DataFrame> {
    let numbers: Vec<i64> = (0..2_000).map(|n| n * 7_919 % 1_000).collect();
    let texts: Vec<_> = numbers
        .iter()
        .map(|n| (n % 5 > 0).then(|| format!("text {n}")))
        .collect();
    let more: Vec<_> = numbers.iter().map(|n| n % 17).collect();
    let frame = df!("n" => numbers, "text" => texts, "m" => more)?;
    let list = concat_list([col("n"), col("m")])?.alias("list");
    frame.lazy().with_column(list).collect()
}

fn pipeline(body: Body, store: &TestStore) -> Result<Pipeline, Box<dyn std::error::Error>> {
    let pipeline = Pipeline::builder("steps")
        .source("source", frame()?)
        .step("before", Does(Ok))
        .step("tested", Does(body))
        .step("after", Does(|frame| Ok(frame.select([len()]))))
        .environment(Environment::None)
        .build()?;
    Ok(pipeline.store(store))
}

/// What is in the store of a step's result, in memory and streamed; the result is what it should be.
#[track_caller]
fn stored(body: Body, expected: Stored) -> Tested {
    stored_as(body, expected, expected)
}

#[track_caller]
fn stored_as(body: Body, in_memory: Stored, streamed: Stored) -> Tested {
    for (memory, expected) in [(u64::MAX, in_memory), (0, streamed)] {
        let store = TestStore::new();
        let pipeline = pipeline(body, &store)?.memory(memory);
        pipeline.run()?;
        let files = store.files("steps", "tested", "parquet");
        let rows = |path: &std::path::PathBuf| path.to_string_lossy().ends_with(".rows.parquet");
        let (rows, data): (Vec<_>, Vec<_>) = files.iter().partition(|path| rows(path));
        let [record] = store
            .files("steps", "tested", "json")
            .try_into()
            .map_err(|_| "one record")?;
        let is_layer = std::fs::read_to_string(record)?.contains("\"layout\": \"layers\"");
        let found = match (is_layer, rows.len(), data.len()) {
            (false, 0, 1) => Whole,
            (true, 0, 1) => Columns,
            (true, 1, 0) => Rows,
            (true, 1, 1) => RowsAndColumns,
            (true, 0, 0) => RecordOnly,
            other => return Err(format!("strange files: {other:?}").into()),
        };
        assert_eq!(found, expected, "with {memory} bytes of memory");
        let stored = pipeline.stored("tested")?.ok_or("no checkpoint")?;
        assert_frames_equal(stored, body(frame()?.lazy())?);
    }
    Ok(())
}

#[test]
fn a_column_is_a_column_however_it_is_made() -> Tested {
    stored(
        |it| Ok(it.with_column((col("n") * lit(2)).alias("twice"))),
        Columns,
    )?;
    stored(|it| Ok(it.with_column(col("n") * lit(2))), Columns)?;
    stored(
        |it| Ok(it.with_column(col("n").fill_null(lit(0)).cast(DataType::String).alias("t"))),
        Columns,
    )
}

#[test]
fn a_column_that_looks_across_rows_is_stored_as_its_values() -> Tested {
    stored(
        |it| Ok(it.with_column(col("n").sum().over([col("m")])?.alias("window"))),
        Columns,
    )?;
    stored(
        |it| Ok(it.with_column(col("n").shift(lit(1)).alias("before"))),
        Columns,
    )?;
    // Only this column is moved about: the others stay where they are.
    stored(
        |it| Ok(it.with_column(col("n").sort(SortOptions::default()))),
        Columns,
    )?;
    stored(|it| Ok(it.with_column(col("n").reverse())), Columns)?;
    stored(
        |it| Ok(it.with_column(col("n").mean().alias("mean"))),
        Columns,
    )
}

#[test]
fn a_column_of_an_opaque_function_is_stored_as_its_values() -> Tested {
    let shuffled: Body = |frame| {
        let turned = |column: pipe_core::polars::prelude::Column| {
            let (front, mut back) = column.split_at(700);
            back.append(&front)?;
            Ok(back)
        };
        let field = |_: &Schema, field: &Field| Ok(field.clone());
        Ok(frame.with_column(col("n").map(turned, field).alias("turned")))
    };
    // Piece by piece it would do something else: streamed it is not computed here.
    let store = TestStore::new();
    let pipeline = pipeline(shuffled, &store)?;
    pipeline.run()?;
    assert_eq!(store.files("steps", "tested", "parquet").len(), 1);
    let stored = pipeline.stored("tested")?.ok_or("no checkpoint")?;
    assert_frames_equal(stored, shuffled(frame()?.lazy())?);
    Ok(())
}

#[test]
fn rows_are_chosen_by_any_predicate() -> Tested {
    stored(|it| Ok(it.filter(col("n").gt(lit(100)))), Rows)?;
    stored(|it| Ok(it.drop_nulls(None)), Rows)?;
    stored(
        |it| Ok(it.filter(col("n").gt(col("n").mean().over([col("m")])? - lit(300)))),
        Rows,
    )?;
    stored(
        |it| {
            Ok(it
                .filter(col("n").gt(lit(100)))
                .filter(col("m").lt(lit(15))))
        },
        Rows,
    )?;
    stored(|it| Ok(it.filter(col("n").gt_eq(lit(0)))), RecordOnly)?;
    // Null is no.
    stored(|it| Ok(it.filter(col("text").gt(lit("text 3")))), Rows)
}

#[test]
fn rows_and_columns_of_one_step_are_one_layer() -> Tested {
    stored(
        |it| {
            Ok(it
                .filter(col("n").gt(lit(100)))
                .with_column(lit(1).alias("one")))
        },
        RowsAndColumns,
    )?;
    // Made before rows are chosen: streamed, they would be computed twice.
    stored_as(
        |it| {
            Ok(it
                .with_column((col("n") * col("m")).alias("both"))
                .filter(col("both").gt(lit(100))))
        },
        RowsAndColumns,
        Whole,
    )
}

#[test]
fn choosing_and_renaming_columns_makes_no_data() -> Tested {
    stored(
        |it| Ok(it.select([col("m"), col("n"), col("text")])),
        RecordOnly,
    )?;
    stored(|it| Ok(it.drop(by_name(["m"], true, false))), RecordOnly)?;
    stored(|it| Ok(it.rename(["n"], ["number"], true)), RecordOnly)?;
    stored(|it| Ok(it.rename(["n", "m"], ["m", "n"], true)), RecordOnly)?;
    stored(|it| Ok(it.with_column(col("n").alias("same"))), RecordOnly)?;
    stored(Ok, RecordOnly)
}

#[test]
fn what_moves_or_multiplies_rows_is_a_whole_frame() -> Tested {
    stored(
        |it| {
            Ok(it.sort(
                ["n", "text"],
                SortMultipleOptions::default().with_maintain_order(true),
            ))
        },
        Whole,
    )?;
    stored(
        |it| Ok(it.unique_stable(None, UniqueKeepStrategy::First)),
        Whole,
    )?;
    stored(
        |it| Ok(it.group_by_stable([col("n")]).agg([col("m").sum()])),
        Whole,
    )?;
    stored(|it| concat([it.clone(), it], UnionArgs::default()), Whole)?;
    stored(|it| Ok(it.with_row_index("row", None)), Whole)?;
    stored(|it| Ok(it.slice(3, 1_500)), Whole)?;
    let exploded: Body = |it| {
        let options = ExplodeOptions {
            empty_as_null: true,
            keep_nulls: true,
        };
        Ok(it.explode(by_name(["list"], true, false), options))
    };
    stored(exploded, Whole)
}

#[test]
fn an_opaque_function_of_the_frame_makes_a_whole_frame() -> Tested {
    stored(
        |it| {
            let shuffled = |frame: DataFrame| Ok(frame.reverse());
            Ok(it.map(
                shuffled,
                AllowedOptimizations::default(),
                None,
                Some("shuffled"),
            ))
        },
        Whole,
    )
}

#[test]
fn nothing_that_is_much_is_a_layer() -> Tested {
    // As much as the frame.
    stored(
        |it| {
            Ok(it.select([
                col("n"),
                (col("m") * lit(2)).alias("a"),
                col("m").alias("b") + lit(1),
            ]))
        },
        Whole,
    )?;
    // All of it is new.
    stored(
        |it| {
            Ok(it.select([
                col("n") + lit(1),
                col("m") + lit(1),
                col("text").fill_null(lit("-")),
            ]))
        },
        Whole,
    )?;
    // Little is left: to read it, all that was there would have to be read.
    stored(|it| Ok(it.filter(col("m").eq(lit(3)))), Whole)
}

#[test]
fn a_literal_of_another_length_is_the_error_that_it_is() -> Tested {
    let store = TestStore::new();
    let body: Body = |it| Ok(it.with_column(lit(Series::new("l".into(), [1_i64, 2])).alias("l")));
    let error = pipeline(body, &store)?.run().err().ok_or("it must fail")?;
    assert!(error.to_string().contains("tested"), "{error}");
    let as_long: Body = |it| {
        let values: Vec<i64> = (0..2_000).collect();
        Ok(it.with_column(lit(Series::new("l".into(), values)).alias("l")))
    };
    stored(as_long, Columns)
}

/// To the right of joins.
fn right(times: i64) -> PolarsResult<LazyFrame> {
    let keys: Vec<i64> = (0..17 * times).map(|key| key % 17).collect();
    let names: Vec<_> = keys.iter().map(|key| format!("name {key}")).collect();
    Ok(df!("m" => keys, "name" => names)?.lazy())
}

fn join(frame: LazyFrame, right: LazyFrame, how: JoinType) -> LazyFrame {
    let arguments = JoinArgs {
        maintain_order: MaintainOrderJoin::Left,
        ..JoinArgs::new(how)
    };
    frame.join(right, [col("m")], [col("m")], arguments)
}

#[test]
fn a_join_that_keeps_each_row_once_adds_columns() -> Tested {
    stored_as(|it| Ok(join(it, right(1)?, JoinType::Left)), Columns, Whole)?;
    stored_as(
        |it| Ok(join(it, right(1)?, JoinType::Inner)),
        Columns,
        Whole,
    )?;
    let few: Body = |it| {
        Ok(join(
            it,
            right(1)?.filter(col("m").lt(lit(14))),
            JoinType::Inner,
        ))
    };
    stored_as(few, RowsAndColumns, Whole)?;
    stored_as(
        |it| Ok(join(it, right(1)?.slice(2, 14), JoinType::Semi)),
        Rows,
        Whole,
    )?;
    stored_as(
        |it| Ok(join(it, right(1)?.slice(0, 2), JoinType::Anti)),
        Rows,
        Whole,
    )
}

#[test]
fn a_join_that_multiplies_rows_makes_a_whole_frame() -> Tested {
    stored(|it| Ok(join(it, right(2)?, JoinType::Inner)), Whole)?;
    stored(|it| Ok(join(it, right(2)?, JoinType::Left)), Whole)?;
    stored(|it| Ok(join(it, right(1)?, JoinType::Full)), Whole)
}

#[test]
fn a_join_in_any_order_keeps_the_order_of_the_frame() -> Tested {
    let store = TestStore::new();
    let body: Body = |it| {
        let arguments = JoinArgs::new(JoinType::Inner);
        Ok(it.join(right(1)?, [col("m")], [col("m")], arguments))
    };
    let pipeline = pipeline(body, &store)?;
    pipeline.run()?;
    let stored = pipeline
        .stored("tested")?
        .ok_or("no checkpoint")?
        .collect()?;
    assert_same_rows(stored.clone(), body(frame()?.lazy())?);
    assert_frames_equal(
        stored.lazy().select([col("n")]),
        frame()?.lazy().select([col("n")]),
    );
    Ok(())
}

/// Polars takes predicates down to where rows are read, so that what comes before sees fewer rows.
#[test]
fn what_polars_never_computes_is_no_error() -> Tested {
    fn small() -> Expr {
        col("n").strict_cast(DataType::Int8)
    }
    stored(
        |it| Ok(it.filter(col("n").lt(lit(100)).and(small().gt_eq(lit(0))))),
        Whole,
    )?;
    stored(
        |it| {
            Ok(it
                .with_column(small().alias("s"))
                .filter(col("n").lt(lit(100))))
        },
        Whole,
    )
}
