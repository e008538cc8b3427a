//! Every source, every rule, every policy.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use pipe_core::prelude::*;
use pipe_core::source::Source;
use pipe_core::{FrameSchema, Outcome, State};

use super::common::*;

/// A way to break one rule in one row, and what is said of it. All in row 5 of 8.
struct Case {
    breaks: fn(&mut Trip),
    rule: &'static str,
    values: &'static str,
}

const CASES: [Case; 10] = [
    Case {
        breaks: |trip| trip.origin = "XXX".into(),
        rule: "origin: one_of \"EWR\", \"JFK\", \"LGA\"",
        values: "origin: \"XXX\", n: 1",
    },
    Case {
        breaks: |trip| trip.distance = Some(-4),
        rule: "distance: min 0",
        values: "distance: -4, origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.distance = Some(5_001),
        rule: "distance: max 5000",
        values: "distance: 5001, origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.speed = 101.0,
        rule: "speed: max 100.5",
        values: "speed: 101.0, origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.tail = Some("D1".into()),
        rule: "tail: pattern \"^N[0-9A-Z]+$\"",
        values: "tail: \"D1\", origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.tail = Some("N123456".into()),
        rule: "tail: len at most 6",
        values: "tail: \"N123456\", origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.id = 2,
        rule: "id: unique",
        values: "id: 2, origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.day = NaiveDate::from_ymd_opt(2012, 12, 31).unwrap(),
        rule: "day: min \"2013-01-01\"",
        values: "day: 2012-12-31, origin: \"JFK\", n: 1",
    },
    Case {
        breaks: |trip| trip.n = 0,
        rule: "primary_key(origin, n)",
        values: "origin: \"JFK\", n: 0",
    },
    Case {
        breaks: |trip| (trip.start, trip.end) = (Some(9), Some(8)),
        rule: "rule ends_after_start",
        values: "end: 8, start: 9, origin: \"JFK\", n: 1",
    },
];

/// The same rows from everywhere that rows can come from.
fn sources(rows: &[Trip], folder: &Path) -> Vec<Arc<dyn Source>> {
    let mut frame = Frame::from_rows(rows).unwrap().collect().unwrap();
    let path = |name: &str| folder.join(name);
    let file = |name: &str| File::create(path(name)).unwrap();
    CsvWriter::new(file("trips.csv"))
        .finish(&mut frame)
        .unwrap();
    ParquetWriter::new(file("trips.parquet"))
        .finish(&mut frame)
        .unwrap();
    JsonWriter::new(file("trips.ndjson"))
        .with_json_format(JsonFormat::JsonLines)
        .finish(&mut frame)
        .unwrap();
    let made = [
        IntoSource::<Trip>::into_source(Csv::new(path("trips.csv"))),
        IntoSource::<Trip>::into_source(Parquet::new(path("trips.parquet"))),
        IntoSource::<Trip>::into_source(NdJson::new(path("trips.ndjson"))),
        IntoSource::<Trip>::into_source(frame),
        rows.to_vec().into_source(),
    ];
    made.into_iter().map(Result::unwrap).collect()
}

#[test]
fn each_rule_from_each_source_under_each_policy() -> Tested {
    for case in &CASES {
        let mut rows = good(8);
        (case.breaks)(&mut rows[4]);
        let folder = Scratch::new();
        for source in sources(&rows, folder.path()) {
            let told = format!("{}: 1 of 8 rows, first: row 5 ({})", case.rule, case.values);
            fails(&source, &told);
            warns(&source, &told);
            quarantines(&source, case, &told)?;
        }
    }
    Ok(())
}

fn fails(source: &Arc<dyn Source>, told: &str) {
    let scratch = Scratch::new();
    let pipeline = strict(source.clone()).store(scratch.store());
    let (report, error) = failed(pipeline.run());
    let headline = format!(
        "node `trips` (step `checked`) failed: 1 of 8 rows of {} breaks rules of `Trip`; nothing was stored\n{told}\n",
        source.describe()
    );
    assert!(error.starts_with(&headline), "{error}\nnot\n{headline}");
    assert_eq!(node(&report, "trips").outcome, Outcome::Failed);
    assert_eq!(node(&report, "total").outcome, Outcome::Skipped);
    assert!(scratch.files("strict", "trips").is_empty());
    assert!(scratch.files("strict", "total").is_empty());
    let status = pipeline.status().unwrap();
    assert!(status.nodes.iter().all(|node| node.state == State::Missing));
}

fn warns(source: &Arc<dyn Source>, told: &str) {
    let scratch = Scratch::new();
    let pipeline = super::common::told(source.clone()).store(scratch.store());
    let run = pipeline.run().unwrap();
    assert_eq!(violations(run.report(), "trips"), [told]);
    let total = run.output().collect().unwrap();
    assert_eq!(
        total.column("trips").unwrap().u32().unwrap().get(0),
        Some(8)
    );
    assert_eq!(scratch.files("told", "trips").len(), 2);
}

fn quarantines(source: &Arc<dyn Source>, case: &Case, told: &str) -> Tested {
    let scratch = Scratch::new();
    let pipeline = sorted(source.clone()).store(scratch.store());
    let run = pipeline.run()?;
    assert_eq!(violations(run.report(), "trips"), [told]);
    assert_eq!(
        run.output().collect()?.column("trips")?.u32()?.get(0),
        Some(7)
    );
    let ids = run.node("trips").unwrap().collect()?;
    let ids: Vec<_> = ids.column("id")?.u64()?.iter().flatten().collect();
    assert_eq!(ids, [0, 1, 2, 3, 5, 6, 7], "the others, in their order");

    let aside = pipeline
        .quarantined(SortedNode::Trips)?
        .unwrap()
        .collect()?;
    assert_eq!(aside.column("quarantine_row")?.u64()?.get(0), Some(5));
    let reasons = aside.column("quarantine_reasons")?.list()?.get_as_series(0);
    let reasons = reasons.unwrap();
    let reasons: Vec<_> = reasons.str()?.iter().flatten().collect();
    assert_eq!(reasons, [case.rule]);
    let names: Vec<_> = Trip::COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(aside.get_column_names()[..names.len()], names);
    assert_eq!((aside.height(), aside.width()), (1, names.len() + 2));

    // The file that the report names can be opened by anybody.
    let path = node(run.report(), "trips").quarantine.clone().unwrap();
    let read = ParquetReader::new(File::open(path)?).finish()?;
    assert!(read.equals_missing(&aside));
    Ok(())
}

#[test]
fn rows_that_keep_the_rules_are_no_news() -> Tested {
    let folder = Scratch::new();
    for source in sources(&good(8), folder.path()) {
        let scratch = Scratch::new();
        let pipeline = sorted(source).store(scratch.store());
        let run = pipeline.run()?;
        assert_eq!(node(run.report(), "trips").invalid, None);
        assert_eq!(
            run.output().collect()?.column("trips")?.u32()?.get(0),
            Some(8)
        );
        assert!(pipeline.quarantined(SortedNode::Trips)?.is_none());
        assert_eq!(scratch.files("sorted", "trips").len(), 2, "data and record");
    }
    Ok(())
}

#[test]
fn a_row_that_breaks_several_rules_is_one_row_with_several_reasons() -> Tested {
    let scratch = Scratch::new();
    let mut rows = good(8);
    rows[1].distance = Some(-1);
    for trip in [1, 6] {
        rows[trip].origin = "XXX".into();
    }
    let pipeline = sorted(rows).store(scratch.store());
    let run = pipeline.run()?;
    let invalid = node(run.report(), "trips").invalid.clone().unwrap();
    assert_eq!((invalid.rows, invalid.of, invalid.rules.len()), (2, 8, 2));
    let aside = pipeline
        .quarantined(SortedNode::Trips)?
        .unwrap()
        .collect()?;
    let reasons = aside.column("quarantine_reasons")?.list()?.clone();
    let counts: Vec<_> = (0..2)
        .map(|row| reasons.get_as_series(row).unwrap().len())
        .collect();
    assert_eq!(counts, [2, 1]);
    Ok(())
}

#[test]
fn what_a_file_has_wrong_is_still_told_with_its_place() -> Tested {
    let scratch = Scratch::new();
    let path = scratch.path().join("trips.csv");
    let header = "origin,n,distance,speed,tail,id,day,start,end\n";
    std::fs::write(&path, format!("{header}EWR,0,far,1.0,N1,0,2013-01-01,,\n"))?;
    let (_, error) = failed(strict(Csv::new(&path)).store(scratch.store()).run());
    assert!(error.contains("trips.csv"), "{error}");
    assert!(
        error.contains("line 2") && error.contains("`distance`"),
        "{error}"
    );

    std::fs::write(&path, format!("{header},0,5,1.0,N1,0,2013-01-01,,\n"))?;
    let (_, error) = failed(strict(Csv::new(&path)).store(scratch.store()).run());
    assert!(
        error
            .contains("trips.csv, line 2, column `origin`: is empty, but `origin: String` may not"),
        "{error}"
    );
    Ok(())
}
