//! Results held against what their contracts say.

use pipe_core::contract::{ColumnSpec, ColumnType, Flow, FlowColumn, NamedSchema};
use pipe_core::graph::NodeOptions;
use polars::prelude::*;

use crate::common::*;

const fn column(name: &'static str, ty: ColumnType, nullable: bool) -> ColumnSpec {
    ColumnSpec {
        name,
        hash: 0,
        ty,
        nullable,
    }
}

const fn live(spec: ColumnSpec) -> FlowColumn {
    FlowColumn::given(spec)
}

const N: ColumnSpec = column("n", ColumnType::Int64, false);
const WHOLE: Flow = Flow {
    columns: &[live(N)],
    open: false,
};
const OPEN: Flow = Flow {
    columns: &[live(N)],
    open: true,
};

fn with_null() -> DataFrame {
    df!("n" => [Some(1i64), None, Some(3)]).unwrap()
}

#[test]
fn nulls_where_none_may_be_commit_nothing() {
    let scratch = Scratch::new();
    let step = Act::new("keeps", only);
    let pipeline = promised(&scratch, &Table::of(with_null()), None, &step, WHOLE);
    let (_, errors) = failed(pipeline.run());
    assert!(
        errors[0].starts_with("node `made` (step `keeps` at src/lib.rs:7:5) failed: "),
        "{}",
        errors[0]
    );
    assert!(
        errors[0].contains(
            "column `n` of node `made` has 1 null of 3 rows, but its contract says it has none"
        ),
        "{}",
        errors[0]
    );
    assert!(scratch.files("made", "parquet").is_empty());
    assert!(scratch.files("made", "json").is_empty());
}

#[test]
fn nulls_of_nested_columns_are_counted_too() -> Tested {
    const LIST: ColumnType = ColumnType::List(&ColumnType::Int64);
    const LISTS: Flow = Flow {
        columns: &[live(column("l", LIST, false))],
        open: false,
    };
    let lists = |lists: Vec<Option<Series>>| -> PolarsResult<DataFrame> {
        let lists: ListChunked = lists.into_iter().collect();
        DataFrame::new(2, vec![lists.with_name("l".into()).into_series().into()])
    };
    let item = |values: &[Option<i64>]| Some(Series::new("".into(), values));
    let step = Act::new("keeps", only);

    // Nulls within lists are none of the column.
    let scratch = Scratch::new();
    let sound = lists(vec![item(&[Some(1), None]), item(&[])])?;
    promised(&scratch, &Table::of(sound), None, &step, LISTS).run()?;

    let scratch = Scratch::new();
    let bad = lists(vec![item(&[Some(1)]), None])?;
    let (_, errors) = failed(promised(&scratch, &Table::of(bad), None, &step, LISTS).run());
    assert!(
        errors[0].contains("column `l` of node `made` has 1 null of 2 rows"),
        "{}",
        errors[0]
    );
    Ok(())
}

#[test]
fn a_result_that_is_not_what_was_promised_is_told_column_by_column() {
    let scratch = Scratch::new();
    let step = Act::new("breaks", |frames| {
        Ok(only(frames)?.select([col("n").cast(DataType::String), lit(1i32).alias("x")]))
    });
    let pipeline = promised(&scratch, &Table::numbers(&[1]), None, &step, WHOLE);
    let (_, errors) = failed(pipeline.run());
    assert!(
        errors[0].contains("column `n`: the contract says i64, the step's result has String"),
        "{}",
        errors[0]
    );
    assert!(
        errors[0]
            .contains("column `x`: the contract says nothing of it, the step's result has i32"),
        "{}",
        errors[0]
    );
}

#[test]
fn a_closed_result_has_the_promised_order_and_an_open_one_keeps_its_columns() -> Tested {
    const TWO: Flow = Flow {
        columns: &[live(N), live(column("m", ColumnType::Int64, true))],
        open: false,
    };
    let table = Table::of(df!("m" => [1i64], "n" => [2i64])?);
    let step = Act::new("keeps", only);
    let scratch = Scratch::new();
    let run = promised(&scratch, &table, None, &step, TWO).run()?;
    assert_eq!(run.output().collect()?.get_column_names(), ["n", "m"]);
    let scratch = Scratch::new();
    let run = promised(&scratch, &table, None, &step, OPEN).run()?;
    assert_eq!(run.output().collect()?.get_column_names(), ["m", "n"]);
    Ok(())
}

#[test]
fn a_closure_that_lies_about_its_result_is_found_out() {
    let scratch = Scratch::new();
    let step = Act::new("lies", |frames| {
        let text = |frame: DataFrame| {
            frame
                .lazy()
                .with_column(col("n").cast(DataType::String))
                .collect()
        };
        Ok(only(frames)?.map(text, AllowedOptimizations::empty(), None, Some("lies")))
    });
    let pipeline = promised(&scratch, &Table::numbers(&[1]), None, &step, WHOLE);
    let (_, errors) = failed(pipeline.run());
    assert!(errors[0].contains("Int64"), "{}", errors[0]);
    assert!(scratch.files("made", "json").is_empty());

    let error = pipeline.check().unwrap_err().to_string();
    assert!(
        error.contains("column `n`: the contract says i64, the step's result has String"),
        "{error}"
    );
}

#[test]
fn a_source_with_nulls_where_its_schema_has_none_is_found_out() -> Tested {
    const SCHEMA: NamedSchema = NamedSchema {
        name: "Number",
        columns: &[N],
        rules: &[],
    };
    const ANY: Flow = Flow::UNKNOWN;
    let step = Act::new("sum", |frames| Ok(only(frames)?.select([col("n").sum()])));
    let scratch = Scratch::new();
    let pipeline = promised(&scratch, &Table::of(with_null()), Some(SCHEMA), &step, ANY);
    let (_, errors) = failed(pipeline.run());
    assert!(
        errors[0].contains("column `n` of numbers.csv has nulls"),
        "{}",
        errors[0]
    );

    let scratch = Scratch::new();
    let pipeline = promised(&scratch, &Table::numbers(&[1, 2]), Some(SCHEMA), &step, ANY);
    assert_eq!(ints(pipeline.run()?.output(), "n"), [Some(3)]);
    Ok(())
}

#[test]
fn declared_columns_are_part_of_the_key() -> Tested {
    const STRICT: NamedSchema = NamedSchema {
        name: "Strict",
        columns: &[N],
        rules: &[],
    };
    const LAX: NamedSchema = NamedSchema {
        name: "Strict",
        columns: &[column("n", ColumnType::Int64, true)],
        rules: &[],
    };
    const RENAMED: NamedSchema = NamedSchema {
        name: "Renamed",
        ..STRICT
    };
    let table = Table::numbers(&[1]);
    let (scratch, step) = (Scratch::new(), Act::new("keeps", only));
    promised(&scratch, &table, Some(STRICT), &step, OPEN).run()?;
    let reason = |schema: NamedSchema, promise: Flow| -> Result<String, Anything> {
        let plan = promised(&scratch, &table, Some(schema), &step, promise).plan()?;
        Ok(plan.nodes[0].reason.clone())
    };
    assert_eq!(reason(LAX, OPEN)?, "contract changed");
    assert_eq!(reason(STRICT, WHOLE)?, "contract changed");
    assert_eq!(reason(STRICT, OPEN_NULLABLE)?, "contract changed");
    // The name of the Rust struct says nothing about the data.
    assert_eq!(reason(RENAMED, OPEN)?, "checkpoint is valid");
    Ok(())
}

#[test]
fn check_finds_what_a_body_does_to_its_promise_without_data() -> Tested {
    let scratch = Scratch::new();
    let table = Table::numbers(&[1]);
    let good = Act::new("keeps", only);
    promised(&scratch, &table, None, &good, WHOLE).check()?;

    let breaks = Act::new("breaks", |frames| {
        Ok(only(frames)?.select([col("n").alias("m")]))
    });
    let error = promised(&scratch, &table, None, &breaks, WHOLE)
        .check()
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("column `n`: the contract says i64, the step's result has none of that name"),
        "{text}"
    );

    // What Polars' planner does not notice: a number compared with a text.
    let compares = Act::new("compares", |frames| {
        Ok(only(frames)?.filter(col("n").gt(lit("x"))))
    });
    assert!(
        promised(&scratch, &table, None, &compares, WHOLE)
            .check()
            .is_err()
    );
    assert_eq!(std::fs::read_dir(scratch.path())?.count(), 0);
    Ok(())
}

#[test]
fn every_type_comes_back_as_it_was() -> Tested {
    let frame = df!("n" => [Some(1i64), None])?.lazy().with_columns([
        lit(NULL).alias("null"),
        lit(1.5f32).alias("f32"),
        lit("x")
            .cast(DataType::from_categories(Categories::global()))
            .alias("categorical"),
        lit("x").cast(DataType::Binary).alias("binary"),
        col("n").cast(DataType::Int8).alias("i8"),
        col("n").cast(DataType::UInt16).alias("u16"),
        col("n").cast(DataType::Boolean).alias("bool"),
        col("n").cast(DataType::Date).alias("date"),
        col("n").cast(DataType::Time).alias("time"),
        col("n")
            .cast(DataType::Datetime(TimeUnit::Nanoseconds, None))
            .alias("ns"),
        col("n")
            .cast(DataType::Datetime(
                TimeUnit::Milliseconds,
                TimeZone::opt_try_new(Some("Europe/Berlin"))?,
            ))
            .alias("zoned"),
        col("n")
            .cast(DataType::Duration(TimeUnit::Milliseconds))
            .alias("duration"),
        as_struct(vec![col("n"), lit("y").alias("s")]).alias("struct"),
        concat_list([col("n")])?.alias("list"),
    ]);
    let frame = frame.collect()?;
    for frame in [frame.clone(), frame.head(Some(0))] {
        let scratch = Scratch::new();
        let step = Act::new("keeps", only);
        let run = promised(
            &scratch,
            &Table::of(frame.clone()),
            None,
            &step,
            OPEN_NULLABLE,
        )
        .run()?;
        let stored = run.output().collect()?;
        assert_eq!(stored.schema(), frame.schema());
        assert!(stored.equals_missing(&frame));
    }
    Ok(())
}

const OPEN_NULLABLE: Flow = Flow {
    columns: &[live(column("n", ColumnType::Int64, true))],
    open: true,
};

#[test]
fn nulls_are_counted_over_the_whole_file() {
    let scratch = Scratch::new();
    let values: Vec<_> = (0..300_000i64)
        .map(|i| (i % 25_000 != 7).then_some(i))
        .collect();
    let table = Table::of(df!("n" => values).unwrap());
    let pipeline = promised(&scratch, &table, None, &Act::new("keeps", only), WHOLE);
    let (_, errors) = failed(pipeline.run());
    assert!(
        errors[0].contains("has 12 nulls of 300000 rows, but its contract says it has none"),
        "{}",
        errors[0]
    );
}

#[test]
fn an_output_without_checkpoint_is_audited_too() {
    let scratch = Scratch::new();
    let step = Act::new("keeps", only);
    let pipeline = promised_with(
        &scratch,
        &Table::of(with_null()),
        None,
        &step,
        WHOLE,
        NodeOptions {
            checkpoint: false,
            ..NodeOptions::default()
        },
    );
    let (_, errors) = failed(pipeline.run());
    assert!(errors[0].contains("has 1 null of 3 rows"), "{}", errors[0]);
}

#[test]
fn a_broken_contract_is_not_tried_again() {
    let scratch = Scratch::new();
    let step = Act::new("keeps", only).retries(3);
    let (report, _) = failed(promised(&scratch, &Table::of(with_null()), None, &step, WHOLE).run());
    assert_eq!(report.nodes[0].attempts, 1);
}

#[test]
fn a_closure_that_lies_is_found_out_without_contract_and_checkpoint_too() -> Tested {
    let scratch = Scratch::new();
    let step = Act::new("lies", |frames| {
        let text = |frame: DataFrame| {
            frame
                .lazy()
                .with_column(col("n").cast(DataType::String))
                .collect()
        };
        Ok(only(frames)?.map(text, AllowedOptimizations::empty(), None, Some("lies too")))
    });
    let pipeline = pipe_core::Pipeline::builder("test")
        .input("numbers", Table::numbers(&[1]))
        .step("made", step)
        .checkpoint(false)
        .build()?
        .store(scratch.path());
    let (_, errors) = failed(pipeline.run());
    assert!(errors[0].contains("column `n`"), "{}", errors[0]);
    Ok(())
}
