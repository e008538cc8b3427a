//! The data of the examples.

use std::path::PathBuf;

use pipe_core::FrameSchema;
use pipe_core::source::{Csv, InferSchema};

use crate::{assert_printed, read, read_path};

crate::golden!(airlines airports flights planes weather);

fn data(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/data")
        .join(file)
}

#[test]
fn parquet_says_its_types_and_the_data_say_what_is_null() {
    let path = data("flights.parquet");
    assert_printed(&InferSchema::new(&path), flights::TEXT, "flights");
    let frame = read_path(&path, flights::Flight::SCHEMA);
    assert_eq!(frame.shape(), (336_776, 19));
    let nullable = flights::Flight::COLUMNS
        .iter()
        .filter(|column| column.nullable);
    let nullable: Vec<&str> = nullable.map(|column| column.name).collect();
    let expected = [
        "dep_time",
        "dep_delay",
        "arr_time",
        "arr_delay",
        "tailnum",
        "air_time",
    ];
    assert_eq!(nullable, expected);
}

#[test]
fn csv_without_missing_values_needs_no_option() {
    for (file, text, schema, shape) in [
        (
            "airlines",
            airlines::TEXT,
            airlines::Airline::SCHEMA,
            (16, 2),
        ),
        (
            "airports",
            airports::TEXT,
            airports::Airport::SCHEMA,
            (1458, 8),
        ),
    ] {
        let path = data(&format!("{file}.csv"));
        assert_printed(&InferSchema::new(&path), text, file);
        assert_eq!(read_path(&path, schema).shape(), shape);
    }
}

#[test]
fn null_values_make_options() {
    for (file, text, schema, shape) in [
        ("planes", planes::TEXT, planes::Plane::SCHEMA, (3322, 9)),
        (
            "weather",
            weather::TEXT,
            weather::Weather::SCHEMA,
            (26_115, 15),
        ),
    ] {
        let path = data(&format!("{file}.csv"));
        assert_printed(&InferSchema::new(&path).null_values(["NA"]), text, file);
        assert_eq!(
            read(&Csv::new(&path).null_values(["NA"]), schema).shape(),
            shape
        );
    }
}

#[test]
fn a_word_for_no_value_is_pointed_at() {
    let text = InferSchema::new(data("planes.csv")).to_rust().unwrap();
    let note = "    // `i64` but for `NA` in 3299 rows: if that means that there is no value, give `--null-values NA`\n    pub speed: String,\n";
    assert!(text.contains(note), "{text}");
}
