//! More rows than one piece of a stream has.

use pipe_core::prelude::*;

use super::common::*;

const ROWS: i64 = 250_000;

/// Rows in which every rule is broken in the same places: the last rows of the frame, some in the
/// middle, and duplicates of far-away rows.
fn spoilt() -> Vec<Trip> {
    let mut rows = good(ROWS);
    for i in [100_001, 120_000, 199_999, 249_998, 249_999_u32] {
        rows[i as usize].distance = Some(-i64::from(i));
    }
    for i in [150_000, 240_000] {
        rows[i].id = 3;
    }
    rows
}

const TOLD: [&str; 2] = [
    "distance: min 0: 5 of 250,000 rows, first: row 100,002 (distance: -100001, origin: \"LGA\", n: 33333), row 120,001 (distance: -120000, origin: \"EWR\", n: 40000), row 200,000 (distance: -199999, origin: \"JFK\", n: 66666)",
    "id: unique: 2 of 250,000 rows, first: row 150,001 (id: 3, origin: \"EWR\", n: 50000), row 240,001 (id: 3, origin: \"EWR\", n: 80000)",
];

#[test]
fn the_first_rows_are_the_first_rows_and_the_order_stays() -> Tested {
    let scratch = Scratch::new();
    let rows = Frame::from_rows(spoilt())?.collect()?;
    let pipeline = sorted(rows).store(scratch.store());
    let mut files = Vec::new();
    for _ in 0..4 {
        let run = pipeline.clone().resume(false).run()?;
        assert_eq!(violations(run.report(), "trips"), TOLD);
        let ids = run.node("trips").unwrap().select([col("id")]).collect()?;
        let ids: Vec<u64> = ids.column("id")?.u64()?.iter().flatten().collect();
        assert_eq!(ids.len(), 249_993);
        assert!(ids.is_sorted(), "row order");
        let aside = pipeline
            .quarantined(SortedNode::Trips)?
            .unwrap()
            .collect()?;
        assert_eq!(
            crate::rows_put_aside(&aside)?,
            [
                100_002, 120_001, 150_001, 200_000, 240_001, 249_999, 250_000
            ]
        );
        let path = node(run.report(), "trips").quarantine.clone().unwrap();
        files.push(std::fs::read(path)?);
    }
    assert!(
        files.iter().all(|file| *file == files[0]),
        "the same bytes every time"
    );
    Ok(())
}

#[test]
fn the_same_rows_give_the_same_bytes_with_and_without_rules() -> Tested {
    // Rules that hold leave no trace in what is stored.
    #[derive(Schema)]
    struct Bare {
        id: u64,
    }
    #[derive(Schema)]
    struct Ruled {
        #[column(unique, min = 0)]
        id: u64,
    }
    #[step]
    fn bare(rows: LazyFrame) -> Frame<Bare> {
        rows.into()
    }
    #[step]
    fn ruled(rows: LazyFrame) -> Frame<Ruled> {
        rows.into()
    }
    pipeline! {
        fn both(rows: Frame<Bare>) -> (Frame<Bare>, Frame<Ruled>) {
            let plain = bare(rows);
            let held = ruled(rows);
            (plain, held)
        }
    }
    let scratch = Scratch::new();
    let rows = df!("id" => (0..ROWS.cast_unsigned()).collect::<Vec<_>>())?;
    both(rows).store(scratch.store()).run()?;
    let data = |node: &str| {
        let files = scratch.files("both", node);
        let name = files
            .iter()
            .find(|name| name.ends_with(".parquet"))
            .unwrap();
        std::fs::read(scratch.store().join("both").join(node).join(name)).unwrap()
    };
    assert!(data("plain") == data("held"));
    Ok(())
}

#[derive(Schema)]
struct Even {
    #[column(max = 249_900, unique)]
    id: u64,
}

#[step]
fn evens(rows: LazyFrame) -> Frame<Even> {
    rows.filter((col("id") % lit(2_u64)).eq(lit(0_u64)))
        .select([col("id")])
        .into()
}

pipeline! {
    fn even(rows: LazyFrame) -> LazyFrame {
        #[invalid(warn)]
        let evens = evens(rows);
        evens
    }
}

#[test]
fn rows_are_counted_in_the_frame_that_has_the_rules() -> Tested {
    let scratch = Scratch::new();
    let path = scratch.path().join("rows.parquet");
    let mut rows = df!("id" => (0..ROWS.cast_unsigned()).collect::<Vec<_>>())?;
    ParquetWriter::new(std::fs::File::create(&path)?)
        .with_row_group_size(Some(10_000))
        .finish(&mut rows)?;
    let run = even(Parquet::new(&path)).store(scratch.store()).run()?;
    assert_eq!(
        violations(run.report(), "evens"),
        [
            "id: max 249900: 49 of 125,000 rows, first: row 124,952 (249902), row 124,953 (249904), row 124,954 (249906)"
        ]
    );
    Ok(())
}
