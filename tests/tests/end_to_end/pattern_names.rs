//! Columns that are named as Polars writes patterns: each is found by its name, and no other by it.

use pipe_core::prelude::*;
use pipe_core::testing::{TestStore, assert_frames_equal};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[derive(Schema)]
struct Odd {
    #[column(name = "^a$", min = 0)]
    pattern: i64,
    a: i64,
    #[column(name = "*")]
    star: String,
}

/// The same in another order.
#[derive(Schema)]
struct Turned {
    #[column(name = "*")]
    star: String,
    a: i64,
    #[column(name = "^a$", unique)]
    pattern: i64,
}

#[step]
fn turned(rows: Frame<Odd>) -> Frame<Turned> {
    rows.lazy().into()
}

#[step(rows)]
fn raised(row: Turned) -> Turned {
    Turned {
        pattern: row.pattern + 100,
        ..row
    }
}

#[step]
fn without_first(rows: LazyFrame) -> LazyFrame {
    rows.filter(Expr::Column("^a$".into()).gt(lit(100)))
}

pipeline! {
    fn odd(rows: Frame<Odd>) -> LazyFrame {
        let turned = turned(rows);
        let raised = raised(turned);
        let rest = without_first(raised);
        let all = without_first(rest);
        all
    }
}

#[test]
fn each_is_found_by_its_name() -> Tested {
    let store = TestStore::new();
    let rows = df!("^a$" => [0_i64, 1, 2], "a" => [-7_i64, -8, -8], "*" => ["x", "y", "z"])?;
    let expected = df!("*" => ["y", "z"], "a" => [-8_i64, -8], "^a$" => [101_i64, 102])?;
    let pipeline = odd(rows).store(&store).small_layers();
    assert_frames_equal(pipeline.run()?.output().lazy(), expected.clone());
    // From the store: `rest` is a layer.
    let stored = pipeline.stored(OddNode::Rest)?.ok_or("a checkpoint")?;
    assert_frames_equal(stored, expected);
    Ok(())
}
