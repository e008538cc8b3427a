//! Each format with all that it can hold.

use std::fs::{self, File};

use pipe_core::prelude::*;
use pipe_core::source::{Csv, InferSchema};

use crate::{assert_printed, read, read_path};

crate::golden!(kinds codes semicolons tabs events stored);

#[test]
fn csv_with_every_type_and_unruly_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kinds.csv");
    let text = "\
flag,count,big,Mean Value,type,2nd,day,at,taken,stamp,precise,id,ID,empty,name
true,1,1,0.5,a,x,2013-01-31,17:30:00,2013-01-31T17:30:00,2013-01-31T17:30:00Z,2013-01-31 17:30:00.123456789,7,1,,\"a, b\"
false,-2,18446744073709551615,,b,,2013-02-01,08:00:00.5,2013-02-01 08:00:00,2013-02-01T08:00:00+01:00,2013-02-01 08:00:00,8,2,,\"\"
";
    fs::write(&path, text).unwrap();
    assert_printed(&InferSchema::new(&path), kinds::TEXT, "kinds");
    let frame = read_path(&path, kinds::Kind::SCHEMA);
    assert_eq!(frame.shape(), (2, 15));
    assert_eq!(
        frame.column("big").unwrap().u64().unwrap().get(1),
        Some(u64::MAX)
    );
    assert_eq!(
        frame.column("name").unwrap().str().unwrap().get(1),
        Some("")
    );
    let precise = frame.column("precise").unwrap().get(0).unwrap().to_string();
    assert_eq!(precise, "2013-01-31 17:30:00.123456789");
    let stamp = frame.column("stamp").unwrap().get(1).unwrap().to_string();
    assert_eq!(stamp, "2013-02-01 07:00:00 UTC");
}

#[test]
fn every_row_counts_and_numbers_that_are_codes_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("codes.csv");
    let header = "late_text,late_null,late_float,zip,account\n".to_owned();
    let rows = (0..150_000).map(|i| format!("{i},{i},{i},{:05},{i}\n", i % 100_000));
    let last = "x,,0.5,00501,99999999999999999999\n".to_owned();
    let lines = [header].into_iter().chain(rows).chain([last]);
    fs::write(&path, lines.collect::<String>()).unwrap();
    assert_printed(&InferSchema::new(&path), codes::TEXT, "codes");
    let frame = read_path(&path, codes::Code::SCHEMA);
    assert_eq!(frame.height(), 150_001);
    assert_eq!(
        frame.column("zip").unwrap().str().unwrap().get(7),
        Some("00007")
    );
}

#[test]
fn csv_options_are_those_of_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("semicolons.csv");
    fs::write(&path, "\u{feff}a;b\n1;-\n2;NULL\n3;4\n").unwrap();
    let schema = InferSchema::new(&path)
        .name("Pair")
        .separator(';')
        .null_values(["-", "NULL"]);
    assert_printed(&schema, semicolons::TEXT, "semicolons");
    let csv = Csv::new(&path).separator(';').null_values(["-", "NULL"]);
    let frame = read(&csv, semicolons::Pair::SCHEMA);
    assert_eq!(
        frame,
        df!("a" => [1_i64, 2, 3], "b" => [None, None, Some(4_i64)]).unwrap()
    );

    // A glob, separated by tabs because of its extension.
    for (name, row) in [("tabs-1.tsv", "1\tx"), ("tabs-2.tsv", "2.5\t")] {
        fs::write(folder.path().join(name), format!("n\ttext\n{row}\n")).unwrap();
    }
    let glob = folder.path().join("tabs-*.tsv");
    assert_printed(&InferSchema::new(&glob), tabs::TEXT, "tabs");
    let frame = read_path(&glob, tabs::Tab::SCHEMA);
    assert_eq!(
        frame,
        df!("n" => [1.0, 2.5], "text" => [Some("x"), None]).unwrap()
    );
}

#[test]
fn ndjson_with_structs_lists_and_missing_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let text = r#"{"id": 1, "at": "2013-01-31T17:30:00Z", "user": {"name": "a", "age": 3, "address": {"city": "x"}}, "tags": ["p", null], "items": [{"sku": "s", "n": 1}], "score": 1, "mixed": 1, "never": null}

{"id": 2, "at": "2013-02-01T17:30:00Z", "user": {"name": "b", "age": null, "address": {"city": "y"}}, "tags": [], "items": [{"sku": "t", "n": 2.5}, {"sku": "u"}], "score": 0.5, "mixed": "x", "last": true}
{"id": 3, "at": "2013-02-02T17:30:00Z", "tags": ["q"], "items": [], "score": 2, "mixed": [1], "last": false}
"#;
    fs::write(&path, text).unwrap();
    assert_printed(&InferSchema::new(&path), events::TEXT, "events");
    let frame = read_path(&path, events::Event::SCHEMA);
    assert_eq!(frame.shape(), (3, 9));
    assert_eq!(
        frame.column("score").unwrap().f64().unwrap().get(0),
        Some(1.0)
    );
    assert_eq!(
        frame.column("mixed").unwrap().str().unwrap().get(2),
        Some("[1]")
    );
    let user = frame
        .column("user")
        .unwrap()
        .struct_()
        .unwrap()
        .field_by_name("age")
        .unwrap();
    assert_eq!(user.get(0).unwrap(), AnyValue::Int64(3));
}

#[test]
fn ndjson_integers_of_more_than_64_bits_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sums.ndjson");
    let big = u128::from(u64::MAX) + 1;
    let text = format!(
        "{{\"huge\": {big}, \"low\": -{big}, \"float\": 1e20, \"far\": 1e300}}\n{{\"huge\": 1, \"low\": 1, \"float\": 1.5, \"far\": 1}}\n"
    );
    fs::write(&path, text).unwrap();
    let found = InferSchema::new(&path).to_rust().unwrap();
    for field in ["huge: String", "low: String", "float: f64", "far: f64"] {
        assert!(found.contains(&format!("pub {field},")), "{found}");
    }
    let note = "// integers that do not fit in 64 bits; as `f64` they would lose digits";
    assert_eq!(found.matches(note).count(), 2, "{found}");
    let frame = read_path(&path, Sum::SCHEMA);
    let texts: Vec<_> = frame
        .column("huge")
        .unwrap()
        .str()
        .unwrap()
        .iter()
        .collect();
    assert_eq!(texts, [Some(&*big.to_string()), Some("1")]);
}

#[derive(Schema)]
struct Sum {
    huge: String,
}

/// Frames as Parquet holds them, with everything that a field needs options for.
fn stored_frame() -> DataFrame {
    let instants = Series::new("utc ms".into(), [1_i64, 2]);
    let zone = |name| TimeZone::opt_try_new(Some(name)).unwrap();
    let cast = |series: &Series, name: &str, dtype: DataType| {
        series
            .cast(&dtype)
            .unwrap()
            .with_name(name.into())
            .into_column()
    };
    let numbers = Series::new("small".into(), [1_u8, 2]);
    let inner = df!("x" => [Some(1_i64), None], "Y" => ["a", "b"]).unwrap();
    let ints = ListChunked::from_iter([Some(Series::new("".into(), [Some(1_i32), None])), None]);
    let bytes = ListChunked::from_iter([1_u8, 2].map(|i| Some(Series::new("".into(), [i]))));
    let times = ListChunked::from_iter([1_i64, 2].map(|i| {
        let times = Series::new("".into(), [i]);
        Some(
            times
                .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
                .unwrap(),
        )
    }));
    let ms = TimeUnit::Milliseconds;
    let ns = TimeUnit::Nanoseconds;
    DataFrame::new(
        2,
        vec![
            cast(&instants, "utc ms", DataType::Datetime(ms, zone("UTC"))),
            cast(
                &instants,
                "berlin",
                DataType::Datetime(ns, zone("Europe/Berlin")),
            ),
            cast(
                &instants,
                "naive",
                DataType::Datetime(TimeUnit::Microseconds, None),
            ),
            cast(&instants, "took", DataType::Duration(ms)),
            cast(&numbers, "small", DataType::UInt8),
            inner.into_struct("pair".into()).into_series().into_column(),
            ints.into_series().with_name("ints".into()).into_column(),
            bytes
                .into_series()
                .with_name("bytes_or_list".into())
                .into_column(),
            times.into_series().with_name("times".into()).into_column(),
            Series::new_null("nothing".into(), 2).into_column(),
        ],
    )
    .unwrap()
}

#[test]
fn parquet_with_units_zones_and_types_that_no_schema_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stored.parquet");
    let mut frame = stored_frame();
    ParquetWriter::new(File::create(&path).unwrap())
        .finish(&mut frame)
        .unwrap();
    assert_printed(&InferSchema::new(&path), stored::TEXT, "stored");
    let read = read_path(&path, stored::Stored::SCHEMA);
    let readable = frame.drop_many(["bytes_or_list", "times", "nothing"]);
    assert_eq!(read.schema(), readable.schema());
    assert!(read.equals_missing(&readable), "{read}\n{readable}");
}
