//! Writes checkpoints with columns of every type, for `tests/interop/run.sh` to read with other tools.
//!
//! Usage: `interop FOLDER`; prints the data file of each node, the record of a
//! checkpoint in layers, and the data file of the same frame.

use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use pipe_core::chrono;
use pipe_core::prelude::*;

type Failure = Box<dyn std::error::Error>;

#[derive(Schema)]
struct Point {
    x: i32,
    label: Option<String>,
}

/// Every type that a column can have, not null.
#[derive(Schema)]
struct Everything {
    bool: bool,
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    f32: f32,
    f64: f64,
    string: String,
    bytes: Vec<u8>,
    date: NaiveDate,
    time: NaiveTime,
    #[column(unit = "ms")]
    datetime_ms: NaiveDateTime,
    datetime_us: NaiveDateTime,
    #[column(unit = "ns")]
    datetime_ns: NaiveDateTime,
    datetime_utc: DateTime<Utc>,
    #[column(zone = "Europe/Berlin")]
    datetime_berlin: DateTime<Utc>,
    #[column(unit = "ms")]
    duration_ms: TimeDelta,
    duration_us: TimeDelta,
    #[column(unit = "ns")]
    duration_ns: TimeDelta,
    list: Vec<i64>,
    list_of_texts: Vec<Option<String>>,
    list_of_lists: Vec<Vec<i16>>,
    record: Point,
    list_of_records: Vec<Point>,
    #[column(name = "Größe – m²")]
    odd_name: f64,
}

/// The same types, where nulls may be.
#[derive(Schema)]
struct Nullable {
    bool: Option<bool>,
    i64: Option<i64>,
    u64: Option<u64>,
    f64: Option<f64>,
    string: Option<String>,
    bytes: Option<Vec<u8>>,
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
    datetime: Option<NaiveDateTime>,
    datetime_utc: Option<DateTime<Utc>>,
    duration: Option<TimeDelta>,
    list: Option<Vec<Option<i64>>>,
    record: Option<Point>,
}

/// Rows come with microseconds; the nanoseconds are added here.
#[step]
fn everything(rows: Frame<Everything>) -> Frame<Everything> {
    let add = |column: &str, nanoseconds: i64, ty: DataType| {
        (col(column).to_physical() + lit(nanoseconds)).cast(ty)
    };
    let nanoseconds = TimeUnit::Nanoseconds;
    rows.lazy()
        .with_columns([
            add("datetime_ns", 806, DataType::Datetime(nanoseconds, None)),
            add("duration_ns", 1, DataType::Duration(nanoseconds)),
        ])
        .into()
}

#[step]
fn nullable(rows: Frame<Nullable>) -> Frame<Nullable> {
    rows
}

#[step]
fn empty(rows: Frame<Everything>) -> Frame<Everything> {
    rows.lazy().limit(0).into()
}

pipeline! {
    fn interop(
        everything: Frame<Everything>,
        nullable: Frame<Nullable>,
    ) -> (Frame<Everything>, Frame<Nullable>, Frame<Everything>) {
        let all = everything(everything);
        let nulls = nullable(nullable);
        let none = empty(all);
        (all, nulls, none)
    }
}

fn day(text: &str) -> Result<NaiveDate, Failure> {
    Ok(text.parse()?)
}

fn moment(text: &str) -> Result<NaiveDateTime, Failure> {
    Ok(text.parse()?)
}

fn point(x: i32, label: Option<&str>) -> Point {
    Point {
        x,
        label: label.map(str::to_owned),
    }
}

fn rows() -> Result<Vec<Everything>, Failure> {
    let usual = Everything {
        bool: true,
        i8: 1,
        i16: -2,
        i32: 3,
        i64: -4,
        u8: 5,
        u16: 6,
        u32: 7,
        u64: 8,
        f32: 0.5,
        f64: 0.1,
        string: "north".into(),
        bytes: vec![0, 255, 10],
        date: day("2013-01-31")?,
        time: "05:06:07.000000008".parse()?,
        datetime_ms: moment("2013-01-31T05:06:07.123")?,
        datetime_us: moment("2013-01-31T05:06:07.123456")?,
        datetime_ns: moment("2013-01-31T05:06:07.123456")?,
        datetime_utc: moment("2013-07-01T12:00:00.000001")?.and_utc(),
        datetime_berlin: moment("2013-07-01T12:00:00.000001")?.and_utc(),
        duration_ms: TimeDelta::milliseconds(90_061_001),
        duration_us: TimeDelta::microseconds(-1),
        duration_ns: TimeDelta::seconds(1),
        list: vec![1, 2, 3],
        list_of_texts: vec![Some("a".into()), None, Some(String::new())],
        list_of_lists: vec![vec![1], vec![], vec![2, 3]],
        record: point(1, Some("one")),
        list_of_records: vec![point(1, None), point(2, Some("two"))],
        odd_name: 1.5,
    };
    // The ends of the ranges, as far as other tools have them.
    let extreme = Everything {
        bool: false,
        i8: i8::MIN,
        i16: i16::MIN,
        i32: i32::MIN,
        i64: i64::MIN,
        u8: u8::MAX,
        u16: u16::MAX,
        u32: u32::MAX,
        u64: u64::MAX,
        f32: f32::MAX,
        f64: f64::NEG_INFINITY,
        string: "“Zürich” 🛫\n\t\"x\",\u{0}".into(),
        bytes: vec![],
        date: day("1582-10-15")?,
        time: "23:59:59.999999999".parse()?,
        datetime_ms: moment("1900-02-28T23:59:59.999")?,
        datetime_us: moment("1969-12-31T23:59:59.999999")?,
        datetime_ns: moment("2262-04-11T23:47:16.854775")?,
        // An hour that Berlin has twice.
        datetime_utc: moment("2013-10-27T01:30:00")?.and_utc(),
        datetime_berlin: moment("2013-10-27T01:30:00")?.and_utc(),
        duration_ms: TimeDelta::milliseconds(-1),
        duration_us: TimeDelta::days(36_500),
        duration_ns: TimeDelta::seconds(-1),
        list: vec![],
        list_of_texts: vec![],
        list_of_lists: vec![],
        record: point(-1, None),
        list_of_records: vec![],
        odd_name: f64::MIN_POSITIVE,
    };
    Ok(vec![usual, extreme])
}

fn rows_with_nulls() -> Result<Vec<Nullable>, Failure> {
    let nothing = || Nullable {
        bool: None,
        i64: None,
        u64: None,
        f64: None,
        string: None,
        bytes: None,
        date: None,
        time: None,
        datetime: None,
        datetime_utc: None,
        duration: None,
        list: None,
        record: None,
    };
    let something = Nullable {
        bool: Some(false),
        i64: Some(0),
        u64: Some(0),
        f64: Some(f64::NAN),
        string: Some(String::new()),
        bytes: Some(vec![0]),
        date: Some(day("1970-01-01")?),
        time: Some(NaiveTime::MIN),
        datetime: Some(moment("1970-01-01T00:00:00")?),
        datetime_utc: Some(DateTime::UNIX_EPOCH),
        duration: Some(TimeDelta::zero()),
        list: Some(vec![None, Some(0)]),
        record: Some(point(0, None)),
    };
    Ok(vec![nothing(), something, nothing()])
}

fn file(store: &Path, pipeline: &str, node: &str, extension: &str) -> Result<String, Failure> {
    for entry in std::fs::read_dir(store.join(pipeline).join(node))? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            return Ok(path.display().to_string());
        }
    }
    Err(format!("node `{node}` has no file `.{extension}`").into())
}

#[step(non_null(x))]
fn complete(numbers: LazyFrame) -> LazyFrame {
    numbers.drop_nulls(Some(by_name(["x"], true, false)))
}

#[step(reads(x: i64), adds(twice: i64))]
fn twice(numbers: LazyFrame) -> LazyFrame {
    numbers.with_column((col("x") * lit(2)).alias("twice"))
}

#[step(reads(twice: i64))]
fn most(numbers: LazyFrame) -> LazyFrame {
    numbers.filter(col("twice").gt(lit(700)))
}

#[step(renames(label => name), adds(half: i64), reads(x: i64))]
fn named(numbers: LazyFrame) -> LazyFrame {
    let half = (col("x") / lit(2)).cast(DataType::Int64).alias("half");
    numbers.with_column(half).rename(["label"], ["name"], true)
}

#[step]
fn as_it_is(numbers: LazyFrame) -> LazyFrame {
    numbers
}

#[derive(Schema)]
struct Number {
    x: Option<i64>,
    label: Option<String>,
}

pipeline! {
    fn layers(numbers: Frame<Number>) -> LazyFrame {
        let read = as_it_is(numbers);
        let complete = complete(read);
        let twice = twice(complete);
        let most = most(twice);
        // A layer on layers; what the pipeline returns is one file.
        let named = named(most);
        let whole = as_it_is(named);
        whole
    }
}

fn numbers() -> Vec<Number> {
    let number = |n: i64| Number {
        x: (n % 7 > 0).then_some(n),
        label: (n % 3 > 0).then(|| format!("number {n}")),
    };
    (0..3_000).map(number).collect()
}

/// Of more values than are looked at to see how a column is best written.
#[derive(Schema)]
struct Many {
    in_order: i64,
    small: Option<i64>,
    jumps: i64,
    narrow: i16,
    positive: u16,
    whole: i32,
    falling: u64,
    day: NaiveDate,
    at: Option<NaiveDateTime>,
    price: f64,
    status: Option<String>,
    long: String,
    texts: String,
}

pipeline! {
    fn many(rows: Frame<Many>) -> Frame<Many> {
        let all = many_rows(rows);
        all
    }
}

#[step]
fn many_rows(rows: Frame<Many>) -> Frame<Many> {
    rows
}

/// `check.py` makes the same.
fn all_the_rows() -> Result<Vec<Many>, Failure> {
    let (epoch, noon) = (day("1970-01-01")?, moment("2013-07-01T12:00:00")?);
    let row = |n: i32| -> Result<Many, Failure> {
        let (long, mixed) = (i64::from(n), i64::from(n) * 7919);
        Ok(Many {
            in_order: long + 1_000,
            small: (n % 7 > 0).then_some(mixed % 100_003),
            jumps: if n % 2 == 0 {
                i64::MIN + long
            } else {
                i64::MAX - long
            },
            narrow: i16::try_from(mixed % 65_536 - 32_768)?,
            positive: u16::try_from(mixed % 65_536)?,
            whole: i32::try_from(mixed % 1_000_003)?,
            falling: u64::MAX - u64::try_from(n)?,
            day: epoch + TimeDelta::days(mixed % 20_011),
            at: (n % 11 > 0).then_some(noon + TimeDelta::seconds(long)),
            price: f64::from(i32::try_from(mixed % 100_003)?) / 4.0,
            status: ["", "new", "paid", "shipped"]
                .get(usize::try_from(mixed % 5)?)
                .map(ToString::to_string),
            long: format!("a text that is too long {}", mixed % 6),
            texts: format!("text {}", mixed % 100_003),
        })
    };
    (0..130_000).map(row).collect()
}

fn write(folder: &Path) -> Result<(), Failure> {
    layers(numbers()).store(folder).run()?;
    interop(rows()?, rows_with_nulls()?).store(folder).run()?;
    many(all_the_rows()?).store(folder).run()?;
    for node in ["all", "nulls", "none"] {
        println!("{}", file(folder, "interop", node, "parquet")?);
    }
    println!("{}", file(folder, "many", "all", "parquet")?);
    println!("{}", file(folder, "layers", "named", "json")?);
    println!("{}", file(folder, "layers", "whole", "parquet")?);
    Ok(())
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: interop FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
