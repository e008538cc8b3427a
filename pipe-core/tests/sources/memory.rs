//! Frames in memory and rows.

use pipe_core::prelude::*;
use pipe_core::source::{Memory, NothingKnown, Source};

use crate::{Folder, read, rows};

#[derive(Schema)]
struct Order {
    id: i64,
    note: Option<String>,
}

fn digest(frame: DataFrame) -> String {
    Memory::new(frame)
        .identity(&mut NothingKnown)
        .unwrap()
        .digest
}

#[test]
fn rows_and_frames_are_sources() {
    let orders = vec![
        Order { id: 1, note: None },
        Order {
            id: 2,
            note: Some("x".into()),
        },
    ];
    let source = orders.into_source().unwrap();
    assert_eq!(
        rows(&read::<Order>(&*source).unwrap()),
        ["1 | null", "2 | \"x\""]
    );
    assert_eq!(source.describe(), "frame in memory (2 rows)");

    let frame = df!("more" => [1.5], "note" => ["x"], "id" => [7i64]).unwrap();
    let source = IntoSource::<Order>::into_source(frame).unwrap();
    assert_eq!(rows(&read::<Order>(&*source).unwrap()), ["7 | \"x\""]);
}

#[test]
fn a_frame_of_another_shape_is_refused() {
    let frame = df!("note" => [1i32], "ID" => [7i64]).unwrap();
    assert_eq!(
        Folder::new().refused::<Order>(&Memory::new(frame)),
        "frame in memory (1 row): no column `id: i64` of `Order`; the columns are `note`, `ID`; help: did you mean `ID`?
frame in memory (1 row), column `note`: has the type i32, but is declared `String` in `Order`; help: change the field's type to i32, and convert it in a step if need be"
    );
}

#[test]
fn the_first_null_has_a_row() {
    let source =
        Memory::new(df!("id" => [Some(1i64), None, None], "note" => ["a", "b", "c"]).unwrap());
    assert_eq!(
        Folder::new().run_fails::<Order>(source),
        "frame in memory (3 rows), row 2, column `id`: is null, but `id: i64` may not be null; help: declare it `Option<i64>`, or repair the frame"
    );
}

#[test]
fn the_identity_of_a_frame_is_its_content() {
    let frame = df!("a" => [Some(1i64), None, Some(3)], "b" => ["x", "", "a text longer than twelve bytes"]).unwrap();
    let whole = digest(frame.clone());
    assert_eq!(whole, digest(frame.clone()));
    let chunked = frame.slice(0, 1).vstack(&frame.slice(1, 2)).unwrap();
    assert_eq!(chunked.first_col_n_chunks(), 2);
    assert_eq!(whole, digest(chunked), "chunks do not count");
    let longer = frame.vstack(&frame).unwrap();
    assert_eq!(
        whole,
        digest(longer.slice(3, 3)),
        "nor does what lies outside of a slice"
    );
    let masked =
        df!("a" => [1i64, 2, 3], "b" => ["x", "", "a text longer than twelve bytes"]).unwrap();
    let masked = masked
        .lazy()
        .with_column(
            when(col("a").neq(lit(2)))
                .then(col("a"))
                .otherwise(lit(NULL)),
        )
        .collect()
        .unwrap();
    assert_eq!(whole, digest(masked), "nor under nulls");
    let mut sorted = frame.clone();
    sorted
        .sort_in_place(["a"], SortMultipleOptions::default().with_nulls_last(false))
        .unwrap();
    let same = df!("a" => [None, Some(1i64), Some(3)], "b" => ["", "x", "a text longer than twelve bytes"]).unwrap();
    assert_eq!(
        digest(sorted),
        digest(same),
        "nor that it is known to be sorted"
    );

    let mut renamed = frame.clone();
    renamed.rename("a", "c".into()).unwrap();
    assert_ne!(whole, digest(renamed));
    assert_ne!(whole, digest(frame.reverse()));
    assert_ne!(whole, digest(frame.head(Some(2))));
    let narrow = frame
        .lazy()
        .with_column(col("a").cast(DataType::Int32))
        .collect()
        .unwrap();
    assert_ne!(whole, digest(narrow));
    assert_ne!(
        digest(df!("b" => [""]).unwrap()),
        digest(df!("b" => [None::<&str>]).unwrap())
    );
    assert_ne!(digest(DataFrame::empty()), whole);
}

#[test]
fn frames_of_every_type_have_an_identity() {
    let millis = Series::new("d".into(), [0i64, 1])
        .cast(&DataType::Duration(TimeUnit::Milliseconds))
        .unwrap();
    let micros = Series::new("d".into(), [0i64, 1])
        .cast(&DataType::Duration(TimeUnit::Microseconds))
        .unwrap();
    let frame = |series: Series| DataFrame::new(2, vec![series.into_column()]).unwrap();
    assert_ne!(digest(frame(millis)), digest(frame(micros)));
    let time = Series::new("d".into(), [0i64, 1])
        .cast(&DataType::Time)
        .unwrap();
    let list = Series::new(
        "d".into(),
        [
            Series::new("".into(), [1i64]),
            Series::new("".into(), [2i64]),
        ],
    );
    assert_ne!(digest(frame(time)), digest(frame(list)));
}

#[derive(Schema)]
struct Event {
    #[column(unit = "ns")]
    at: chrono::NaiveDateTime,
    #[column(unit = "ns")]
    seen: Option<chrono::DateTime<chrono::Utc>>,
    #[column(unit = "ns")]
    took: chrono::TimeDelta,
    micros: chrono::NaiveDateTime,
    tries: Vec<chrono::TimeDelta>,
}

fn event(year: i32) -> Event {
    let day = chrono::NaiveDate::from_ymd_opt(year, 1, 2).unwrap();
    let at = day.and_hms_nano_opt(3, 4, 5, 123_456_789).unwrap();
    let nanos = chrono::TimeDelta::nanoseconds;
    Event {
        at,
        seen: Some(at.and_utc()),
        took: nanos(1),
        micros: day.and_hms_micro_opt(3, 4, 5, 123_456).unwrap(),
        tries: vec![nanos(2_000), nanos(3_000)],
    }
}

#[test]
fn rows_keep_the_digits_that_their_columns_have() {
    let source = vec![event(2013), event(1969)].into_source().unwrap();
    let text = |year| {
        let at = format!("{year}-01-02 03:04:05.123456");
        format!("{at}789 | {at}789 UTC | 1ns | {at} | [2µs, 3µs]")
    };
    assert_eq!(
        rows(&read::<Event>(&*source).unwrap()),
        [text(2013), text(1969)]
    );
}

#[derive(Schema)]
struct Epoch {
    #[column(unit = "ns")]
    at: chrono::NaiveDateTime,
}

#[derive(Schema)]
struct Long {
    at: chrono::NaiveDateTime,
    spans: Vec<chrono::TimeDelta>,
}

#[test]
fn times_that_are_too_far_away_for_nanoseconds_are_no_other_times() {
    let far = event(3000);
    let error = vec![Epoch { at: far.at }]
        .into_source()
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("column `at`: 3000-01-02 03:04:05.123456789 does not fit: the column is in nanoseconds, which reach from 1677 to 2262")
            && error.contains("help: `#[column(unit = \"us\")]`"),
        "{error}"
    );
    let long = Long {
        at: far.micros,
        spans: vec![chrono::TimeDelta::days(365_000), chrono::TimeDelta::zero()],
    };
    let short = Long {
        at: event(2013).micros,
        spans: Vec::new(),
    };
    let source = vec![long, short].into_source().unwrap();
    assert_eq!(
        rows(&read::<Long>(&*source).unwrap()),
        [
            "3000-01-02 03:04:05.123456 | [365000d, 0µs]",
            "2013-01-02 03:04:05.123456 | []"
        ]
    );
}
