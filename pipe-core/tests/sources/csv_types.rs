//! Every type of a schema against CSV.

use pipe_core::prelude::*;

use crate::{Folder, read, rows};

#[derive(Schema)]
struct Everything {
    yes: Option<bool>,
    tiny: Option<i8>,
    small: Option<i16>,
    int: Option<i32>,
    long: Option<i64>,
    utiny: Option<u8>,
    usmall: Option<u16>,
    uint: Option<u32>,
    ulong: Option<u64>,
    single: Option<f32>,
    double: Option<f64>,
    text: Option<String>,
    day: Option<chrono::NaiveDate>,
    time: Option<chrono::NaiveTime>,
    naive: Option<chrono::NaiveDateTime>,
    utc: Option<chrono::DateTime<chrono::Utc>>,
}

const HEADER: &str =
    "yes,tiny,small,int,long,utiny,usmall,uint,ulong,single,double,text,day,time,naive,utc\n";
const GOOD: &str = "true,-8,-16,-32,-64,8,16,32,64,1.5,-2.5e3,hé,2013-01-31,17:30:00,2013-01-31T17:30:00,2013-01-31T17:30:00Z\n";

#[test]
fn every_type_that_has_a_text_form_is_read() {
    let folder = Folder::new();
    let other = "FALSE,127,0,0,0,255,0,0,18446744073709551615,inf,NaN,\"\",2013-12-01,00:00:00.5,2013-01-31 17:30:00.25,2013-01-31 19:30:00+02:00\n";
    let nulls = ",".repeat(15) + "\n";
    let path = folder.write("all.csv", format!("{HEADER}{GOOD}{other}{nulls}"));
    let frame = read::<Everything>(&Csv::new(path)).unwrap();
    assert_eq!(
        rows(&frame),
        [
            "true | -8 | -16 | -32 | -64 | 8 | 16 | 32 | 64 | 1.5 | -2500.0 | \"hé\" | 2013-01-31 | 17:30:00 | 2013-01-31 17:30:00 | 2013-01-31 17:30:00 UTC",
            "false | 127 | 0 | 0 | 0 | 255 | 0 | 0 | 18446744073709551615 | inf | NaN | \"\" | 2013-12-01 | 00:00:00.500 | 2013-01-31 17:30:00.250 | 2013-01-31 17:30:00 UTC",
            "null | null | null | null | null | null | null | null | null | null | null | null | null | null | null | null",
        ]
    );
}

#[test]
fn a_value_that_does_not_parse_is_an_error_and_never_a_null() {
    let folder = Folder::new();
    let good: Vec<&str> = GOOD.trim().split(',').collect();
    let bad = [
        (
            "yes",
            "yes",
            "`yes` is not a bool; help: write it as true or false",
        ),
        (
            "tiny",
            "128",
            "`128` is not an i8; help: add \"128\" to null_values, or repair the file",
        ),
        ("small", "x", "`x` is not an i16"),
        ("int", "1.5", "`1.5` is not an i32"),
        ("long", "9223372036854775808", "is not an i64"),
        ("utiny", "-1", "`-1` is not a u8"),
        ("usmall", "65536", "`65536` is not a u16"),
        ("uint", "0x1", "`0x1` is not a u32"),
        ("ulong", "1 000", "`1 000` is not a u64"),
        ("single", "1.5.5", "`1.5.5` is not an f32"),
        ("single", "1e39", "`1e39` is not an f32"),
        ("single", "-3.5e38", "`-3.5e38` is not an f32"),
        ("double", "abc", "`abc` is not an f64"),
        (
            "day",
            "31/01/2013",
            "`31/01/2013` is not a NaiveDate; help: write it as 2013-01-31, add",
        ),
        ("day", "2013-02-30", "`2013-02-30` is not a NaiveDate"),
        (
            "time",
            "25:00:00",
            "`25:00:00` is not a NaiveTime; help: write it as 17:30:00",
        ),
        ("time", "23:59:60", "`23:59:60` is not a NaiveTime"),
        (
            "naive",
            "2013-01-31T23:59:60",
            "is not a NaiveDateTime; help: write it",
        ),
        (
            "naive",
            "2013-01-31T17:30:00.123456789",
            "is not a NaiveDateTime; help: declare it with `#[column(unit = \"ns\")]`, add",
        ),
        (
            "naive",
            "2013-01-31",
            "is not a NaiveDateTime; help: write it as 2013-01-31T17:30:00,",
        ),
        ("naive", "2013-01-31T17:30:00Z", "is not a NaiveDateTime"),
        (
            "utc",
            "2013-01-31T17:30:00",
            "is not a DateTime<Utc>; help: write it as 2013-01-31T17:30:00Z",
        ),
    ];
    for (column, value, message) in bad {
        let index = HEADER
            .trim()
            .split(',')
            .position(|name| name == column)
            .unwrap();
        let mut cells = good.clone();
        cells[index] = value;
        let path = folder.write("bad.csv", format!("{HEADER}{GOOD}{}\n", cells.join(",")));
        let found = folder.diagnosed::<Everything>(&Csv::new(path));
        assert!(
            found.starts_with(&format!("bad.csv, line 3, column `{column}`: ")),
            "{found}"
        );
        assert!(found.contains(message), "{found}");
    }
}

#[derive(Schema)]
struct InNanoseconds {
    #[column(unit = "ns")]
    naive: chrono::NaiveDateTime,
    #[column(zone = "Europe/Berlin", unit = "ms")]
    local: chrono::DateTime<chrono::Utc>,
}

#[test]
fn time_units_and_zones_are_those_of_the_schema() {
    let folder = Folder::new();
    let path = folder.write(
        "a.csv",
        "local,naive\n2013-01-31T17:30:00Z,2013-01-31T17:30:00.123456789\n2013-01-31T17:30:00+01:00,2013-01-31T17:30:00\n",
    );
    assert_eq!(
        rows(&read::<InNanoseconds>(&Csv::new(path)).unwrap()),
        [
            "2013-01-31 17:30:00.123456789 | 2013-01-31 18:30:00 CET",
            "2013-01-31 17:30:00 | 2013-01-31 17:30:00 CET"
        ]
    );
}

#[derive(Schema)]
struct Distant {
    #[column(unit = "ns")]
    naive: chrono::NaiveDateTime,
    #[column(unit = "ns")]
    utc: chrono::DateTime<chrono::Utc>,
}

/// Polars makes dates of the year 1816 of them.
#[test]
fn times_that_are_too_far_away_for_nanoseconds_are_errors() {
    let folder = Folder::new();
    let near = "2262-04-11T23:47:16";
    for (naive, utc, column) in [
        ("9999-12-31T00:00:00", near, "naive"),
        ("9999-12-31T00:00:00.5", near, "naive"),
        (near, "9999-12-31T00:00:00", "utc"),
        (near, "1000-01-01T00:00:00", "utc"),
    ] {
        let good = format!("{near},{near}Z");
        let path = folder.write("a.csv", format!("naive,utc\n{good}\n{naive},{utc}Z\n"));
        let found = folder.diagnosed::<Distant>(&Csv::new(path));
        let start = format!("a.csv, line 3, column `{column}`: ");
        assert!(found.starts_with(&start), "{found}");
        assert!(
            found.contains("; help: declare it with `#[column(unit = \"us\")]`, "),
            "{found}"
        );
    }
}

#[derive(Schema)]
struct Single {
    single: f32,
}

#[test]
fn numbers_become_the_nearest_f32() {
    let folder = Folder::new();
    let path = folder.write(
        "a.csv",
        "single\n0.1\n16777217\n3.4028235e38\n-inf\nNaN\n1e-50\n",
    );
    let frame = read::<Single>(&Csv::new(path)).unwrap();
    let read: Vec<Option<f32>> = frame
        .column("single")
        .unwrap()
        .f32()
        .unwrap()
        .iter()
        .collect();
    let nearest = [
        0.1,
        16_777_216.0,
        f32::MAX,
        f32::NEG_INFINITY,
        f32::NAN,
        0.0,
    ];
    assert_eq!(format!("{read:?}"), format!("{:?}", nearest.map(Some)));
}

#[derive(Schema)]
struct Point {
    x: f64,
}

#[derive(Schema)]
struct NotText {
    id: i64,
    items: Vec<f64>,
    bytes: Vec<u8>,
    wait: chrono::TimeDelta,
    at: Point,
}

#[test]
fn types_without_a_text_form_are_refused_at_once() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "id,items,bytes,wait,at\n1,2,3,4,5\n");
    assert_eq!(
        folder.refused::<NotText>(&Csv::new(path)),
        "a.csv, column `items`: CSV cannot hold `Vec<f64>`; help: declare a `String` and take it apart in a step, or use NDJSON or Parquet
a.csv, column `bytes`: CSV cannot hold `Vec<u8>`; help: declare `String` and convert it in a step, or use Parquet
a.csv, column `wait`: CSV cannot hold `TimeDelta`; help: declare a number or a `String`, and convert it in a step, or use Parquet
a.csv, column `at`: CSV cannot hold `Point`; help: declare a `String` and take it apart in a step, or use NDJSON or Parquet"
    );
}

#[derive(Schema)]
struct Day {
    day: chrono::NaiveDate,
}

#[test]
fn dates_of_two_forms_do_not_mix() {
    // Polars' own reader takes whatever form the first value of a chunk has.
    let folder = Folder::new();
    let path = folder.write("a.csv", "day\n2013-01-31\n01/02/2013\n");
    assert!(
        folder
            .diagnosed::<Day>(&Csv::new(&path))
            .starts_with("a.csv, line 3, column `day`")
    );
    let path = folder.write("a.csv", "day\n01/02/2013\n2013-01-31\n");
    assert!(
        folder
            .diagnosed::<Day>(&Csv::new(&path))
            .starts_with("a.csv, line 2, column `day`")
    );
}

#[derive(Schema)]
struct Named {
    #[column(name = "*")]
    star: i64,
    #[column(name = "^a.*$")]
    regex: i64,
}

#[test]
fn column_names_are_only_names() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "ab,*,^a.*$\nx,1,2\n");
    assert_eq!(rows(&read::<Named>(&Csv::new(path)).unwrap()), ["1 | 2"]);
}
