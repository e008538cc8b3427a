//! What is computed in layers is what Polars computes, of frames that are so long that only what is needed is read.

use super::*;
use crate::engine::{Engine, collect_on};

type Step = Box<dyn Fn(LazyFrame) -> LazyFrame>;

const ROWS: i64 = 110_000;

fn long() -> PolarsResult<DataFrame> {
    let numbers: Vec<_> = (0..ROWS).collect();
    let keys: Vec<_> = numbers
        .iter()
        .map(|n| (n % 13 > 0).then_some(n * 7919 % 1_009))
        .collect();
    let texts: Vec<_> = keys
        .iter()
        .map(|key| key.map(|key| format!("key {key}")))
        .collect();
    let halves: Vec<_> = numbers.iter().map(|n| *n as f64 / 2.0).collect();
    df!("n" => numbers, "key" => keys, "text" => texts, "half" => halves)
}

/// Keys that are all different, some of them missing; columns of names that the long frame has, too.
fn short(rows: i64) -> PolarsResult<DataFrame> {
    let keys: Vec<_> = (0..rows).map(|n| (n != 3).then_some(n * 2)).collect();
    let texts: Vec<_> = keys
        .iter()
        .map(|key| key.map(|key| format!("key {key}")))
        .collect();
    let values: Vec<_> = (0..rows)
        .map(|n| (n % 5 > 0).then(|| format!("value {n}")))
        .collect();
    let halves: Vec<_> = (0..rows).map(|n| n as f64).collect();
    df!("half" => halves, "key" => keys, "text" => texts, "value" => values)
}

fn join(right: &DataFrame, on: &'static str, how: JoinType) -> Step {
    let right = right.clone();
    Box::new(move |lazy| {
        let how = JoinArgs {
            maintain_order: MaintainOrderJoin::Left,
            ..JoinArgs::new(how.clone())
        };
        lazy.join(right.clone().lazy(), [col(on)], [col(on)], how)
    })
}

/// Does the steps one after the other, each above what the one before has left, and compares after each.
fn check(name: &str, steps: &[Step]) -> PolarsResult<Vec<Layered>> {
    check_over(long()?, name, steps)
}

fn check_over(mut frame: DataFrame, name: &str, steps: &[Step]) -> PolarsResult<Vec<Layered>> {
    let mut all = Vec::new();
    let mut parts = Parts::of(&frame);
    for (number, step) in steps.iter().enumerate() {
        let given = parts.lazy()?;
        let acts = Acts::of(&step(given.clone()), &[&given]).expect("what can be said in layers");
        let layered = compute(&parts, &acts, Engine::Streaming, 1 << 16)?.expect("a layer");
        frame = collect_on(Engine::InMemory, step(frame.lazy()))?;
        parts = layered.parts.clone();
        let found = collect_on(Engine::Streaming, parts.lazy()?)?;
        assert_eq!(found.schema(), frame.schema(), "{name}, step {number}");
        assert!(
            found.equals_missing(&frame),
            "{name}, step {number}:\n{found}\n{frame}"
        );
        assert_eq!(parts.rows(), frame.height());
        for (column, values) in frame.schema().iter_names().zip(frame.columns()) {
            let nulls = parts.nulls(column, Engine::Streaming)?;
            assert_eq!(
                nulls,
                values.null_count() as u64,
                "{name}, step {number}, {column}"
            );
        }
        // What would be written.
        if let Some(layer) = &layered.layer {
            let made: Vec<_> = layer.made().cloned().collect();
            let selected = parts.select(&made, Engine::Streaming)?.into_frame()?;
            assert!(
                selected.equals_missing(&frame.select(made)?),
                "{name}, step {number}"
            );
        }
        all.push(layered);
    }
    Ok(all)
}

fn is_looked_up(layered: &Layered) -> PolarsResult<bool> {
    let layer = layered.layer.as_ref().expect("a layer");
    let made = layered.parts.select(layer.made(), Engine::Streaming)?;
    Ok(matches!(made, Selected::Picked(_)))
}

fn filter(predicate: Expr) -> Step {
    Box::new(move |lazy| lazy.filter(predicate.clone()))
}

fn add(column: Expr) -> Step {
    Box::new(move |lazy| lazy.with_column(column.clone()))
}

#[test]
fn joins_with_short_frames_are_looked_up() -> PolarsResult<()> {
    for rows in [0, 1, 500] {
        let right = short(rows)?;
        for on in ["key", "text"] {
            for how in [
                JoinType::Inner,
                JoinType::Left,
                JoinType::Semi,
                JoinType::Anti,
            ] {
                let name = format!("{how:?} join with {rows} rows on {on}");
                let adds = matches!(how, JoinType::Inner | JoinType::Left);
                let steps = [
                    add((col("n") + col("key")).alias("sum")),
                    filter((col("n") % lit(3)).neq(lit(0))),
                    join(&right, on, how),
                    add((col("half") * col("n")).alias("product")),
                    filter((col("n") % lit(5)).neq(lit(0))),
                    Box::new(|lazy: LazyFrame| lazy.rename(["n"], ["number"], true)),
                ];
                let layered = check(&name, &steps)?;
                assert!(layered.iter().all(|it| it.layer.is_some()), "{name}");
                assert_eq!(is_looked_up(&layered[2])?, adds, "{name}");
            }
        }
    }
    Ok(())
}

#[test]
fn other_joins_are_what_polars_makes_of_them() -> PolarsResult<()> {
    let right = short(500)?;
    let twice = right.vstack(&right)?;
    let two_keys: Step = {
        let right = right.clone();
        Box::new(move |lazy| {
            let keys = || [col("key"), col("text")];
            let how = JoinArgs {
                maintain_order: MaintainOrderJoin::Left,
                ..JoinArgs::new(JoinType::Left)
            };
            lazy.join(right.clone().lazy(), keys(), keys(), how)
        })
    };
    let missing_are_equal: Step = {
        let right = right.clone();
        Box::new(move |lazy| {
            let how = JoinArgs {
                maintain_order: MaintainOrderJoin::Left,
                nulls_equal: true,
                ..JoinArgs::new(JoinType::Inner)
            };
            lazy.join(right.clone().lazy(), [col("key")], [col("key")], how)
        })
    };
    let both_keys_stay: Step = {
        let right = right.clone();
        Box::new(move |lazy| {
            let how = JoinArgs {
                maintain_order: MaintainOrderJoin::Left,
                coalesce: JoinCoalesce::KeepColumns,
                ..JoinArgs::new(JoinType::Left)
            };
            lazy.join(right.clone().lazy(), [col("key")], [col("key")], how)
        })
    };
    let joins = [
        (
            "several rows with a key",
            join(&twice, "key", JoinType::Left),
            false,
        ),
        ("floats", join(&right, "half", JoinType::Inner), false),
        (
            "as long as the left one",
            join(&short(ROWS)?, "key", JoinType::Inner),
            false,
        ),
        ("two keys", two_keys, false),
        ("missing keys are equal", missing_are_equal, false),
        ("both keys stay", both_keys_stay, true),
    ];
    for (name, step, looked_up) in joins {
        let steps = [
            filter(col("n").gt(lit(7))),
            step,
            filter(col("n").gt(lit(9))),
        ];
        let layered = check(name, &steps)?;
        if layered[1].layer.is_some() {
            assert_eq!(is_looked_up(&layered[1])?, looked_up, "{name}");
        } else {
            assert_eq!(name, "several rows with a key");
        }
    }
    Ok(())
}

/// Whatever a step does, it finds the columns that it needs.
#[test]
fn steps_read_what_they_need() -> PolarsResult<()> {
    let steps = [
        filter(col("key").is_not_null()),
        add((col("half") + lit(1)).alias("more")),
        add(col("n").sum().alias("sum")),
        add(all()
            .exclude_cols(["text"])
            .as_expr()
            .max()
            .name()
            .suffix(" at most")),
        add(lit(3).alias("three")),
        filter(col("more").gt(col("half").mean())),
        Box::new(|lazy: LazyFrame| {
            lazy.select([col("text"), (col("n") - col("three")).alias("n")])
        }),
        add(col("text")
            .count()
            .over([col("text")])
            .expect("a window")
            .alias("count")),
        filter(lit(true)),
        Box::new(|lazy: LazyFrame| lazy.drop_nulls(None)),
    ];
    check("steps", &steps).map(|_| ())
}

/// `col` takes such names for patterns, and finds other columns by them.
#[test]
fn columns_may_be_named_like_patterns() -> PolarsResult<()> {
    for rows in [3, ROWS] {
        let numbers: Vec<_> = (0..rows).collect();
        let others: Vec<_> = numbers.iter().map(|n| n * 7 % 5).collect();
        let texts: Vec<_> = numbers.iter().map(|n| format!("text {n}")).collect();
        let frame = df!("^a$" => &numbers, "a" => others, "*" => texts)?;
        let named = |name: &str| Expr::Column(name.into());
        let steps: [Step; 4] = [
            filter(named("^a$").neq(lit(1))),
            add((named("^a$") + named("a")).alias("^b$")),
            add((named("^b$") * lit(2)).alias("b")),
            filter(named("^b$").gt(lit(1))),
        ];
        check_over(frame, "patterns", &steps)?;
    }
    Ok(())
}

/// Of a frame whose rows are chosen by a mask, a predicate sees those that are there.
#[test]
fn predicates_see_no_rows_that_were_removed() -> PolarsResult<()> {
    let below = Parts::of(&df!("x" => [Some(1_i64), None, Some(3)])?);
    let given = below.lazy()?;
    let filtered = given.clone().filter(col("x").is_not_null());
    let acts = Acts::of(&filtered, &[&given]).expect("what can be said in layers");
    let parts = compute(&below, &acts, Engine::InMemory, 1 << 16)?
        .expect("a layer")
        .parts;
    let seen = |column: Column| {
        polars_ensure!(column.null_count() == 0, ComputeError: "a row that was removed");
        Ok(column.is_not_null().into_column())
    };
    let dtype = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::Boolean));
    let predicate = col("x").map(seen, dtype);
    for engine in [Engine::InMemory, Engine::Streaming] {
        let query = parts
            .lazy()?
            .filter(predicate.clone())
            .sort(["x"], SortMultipleOptions::default());
        assert_eq!(collect_on(engine, query)?, df!("x" => [1_i64, 3])?);
    }
    Ok(())
}

#[test]
fn joined_columns_may_be_named_like_ours() -> PolarsResult<()> {
    let right = df!("key" => [0_i64, 2], "__pipe_row" => ["a", "b"], "kept" => ["c", "d"])?;
    for how in [
        JoinType::Left,
        JoinType::Inner,
        JoinType::Semi,
        JoinType::Anti,
    ] {
        check("joined", &[join(&right, "key", how.clone())])?;
        check_over(
            long()?.head(Some(100)),
            "joined",
            &[join(&right, "key", how)],
        )?;
    }
    Ok(())
}

/// Columns that nobody has any more take no memory.
#[test]
fn what_no_column_is_of_is_let_go() -> PolarsResult<()> {
    let steps: [Step; 3] = [
        Box::new(|lazy| lazy.with_column((col("n") * lit(2)).alias("m"))),
        Box::new(|lazy| lazy.filter(col("m").gt(lit(10)))),
        Box::new(|lazy| lazy.select([col("m")])),
    ];
    let done = check("let go", &steps)?;
    let sizes: Vec<_> = done.iter().map(|layered| layered.parts.size()).collect();
    assert!(sizes[2] * 3 < sizes[1], "{sizes:?}");
    Ok(())
}
