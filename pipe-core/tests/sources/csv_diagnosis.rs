//! Where exactly a CSV file is wrong.

use std::fmt::Write;

use pipe_core::prelude::*;
use pipe_core::source::Source;

use crate::{Folder, read, rows};

#[derive(Schema)]
struct Pair {
    name: String,
    value: i64,
}

#[test]
fn the_first_line_of_data() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,abc\nb,def\n");
    assert_eq!(
        folder.diagnosed::<Pair>(&Csv::new(path)),
        "a.csv, line 2, column `value`: `abc` is not an i64; help: declare it `Option<i64>` and add \"abc\" to null_values, or repair the file"
    );
}

#[test]
fn the_last_line_without_line_break() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,1\nb,1.5");
    let found = folder.diagnosed::<Pair>(&Csv::new(path));
    assert!(
        found.starts_with("a.csv, line 3, column `value`: `1.5` is not an i64"),
        "{found}"
    );
}

#[test]
fn after_cells_of_several_lines_and_blank_lines() {
    let folder = Folder::new();
    let path = folder.write(
        "a.csv",
        "name,value\n\"a\nb\n\nc\",1\nd,2\n\n\"e\"\"\n\",\"x\"\n",
    );
    let lines = folder.diagnosed::<Optional>(&Csv::new(path));
    assert!(
        lines.starts_with("a.csv, line 8, column `value`: `x` is not an i64"),
        "{lines}"
    );
}

#[derive(Schema)]
struct Optional {
    name: Option<String>,
    value: Option<i64>,
}

#[test]
fn the_second_file_of_a_glob() {
    let folder = Folder::new();
    folder.write("1.csv", "name,value\na,1\n");
    folder.write("2.csv", "value,name\n1,a\n?,b\n");
    let found = folder.diagnosed::<Pair>(&Csv::new(folder.path("*.csv")));
    assert!(
        found.starts_with("2.csv, line 3, column `value`: `?` is not an i64"),
        "{found}"
    );
}

#[test]
fn far_down_in_a_large_file() {
    let folder = Folder::new();
    let mut text = String::from("name,value\n");
    for i in 0..200_000 {
        writeln!(text, "\"name\n{i}\",{i}").unwrap();
    }
    let path = folder.write("a.csv", text + "last,oops\nlast,oops\n");
    let found = folder.diagnosed::<Pair>(&Csv::new(path));
    assert!(
        found.starts_with("a.csv, line 400002, column `value`: `oops`"),
        "{found}"
    );
}

#[test]
fn too_many_fields_and_too_few() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,1\nb,2,3\n");
    assert_eq!(
        folder.diagnosed::<Pair>(&Csv::new(path)),
        "a.csv, line 3: has 3 fields, but there are 2 columns; help: quote the field that holds a separator, or repair the file"
    );
    let path = folder.write("a.csv", "name,value\na\nb,2\n");
    let csv = Csv::new(path);
    assert_eq!(
        rows(&read::<Pair>(&csv).unwrap()),
        ["\"a\" | null", "\"b\" | 2"]
    );
    assert_eq!(
        folder.run_fails::<Pair>(csv),
        "a.csv, line 2, column `value`: is missing: the record has 1 field, but `value: i64` may not be null; help: declare it `Option<i64>`, or repair the file"
    );
}

const UNCLOSED: &str = "a quote is opened in this record and never closed; help: close it, or switch quoting off with `.quote(None)`";

#[test]
fn a_quote_that_is_never_closed() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,1\n\"b,2\nc,3\n");
    assert_eq!(
        folder.diagnosed::<Pair>(&Csv::new(path)),
        format!("a.csv, line 3: {UNCLOSED}")
    );
}

#[derive(Schema)]
struct Value {
    value: Option<i64>,
}

#[test]
fn a_file_that_ends_inside_of_quotes() {
    let folder = Folder::new();
    for (line, text) in [
        (2, "name,value\n\"a\",\"12"),
        (2, "name,value\n\"a\",\"2"),
        (3, "name,value\na,1\nb,\""),
        (3, "name,value\na,1\nb,\"2\n"),
        (3, "name,value\r\na,1\r\nb,\"2\r\n\r\n"),
        (3, "name,value\na,1\n\"b"),
        // Records of several lines, one of them with an even number of quotes in the last.
        (2, "name,value\n\"a\n\",\""),
        (2, "name,value\n\"a\n\"\"b\",\"1"),
        (2, "name,value\n\"a\nb\",\"1"),
        (2, "name,value\n5\" pipe,\"1"),
        (1, "name,\"value"),
    ] {
        let path = folder.write("a.csv", text);
        let found = folder.refused::<Value>(&Csv::new(path));
        assert_eq!(found, format!("a.csv, line {line}: {UNCLOSED}"), "{text:?}");
    }
    for (text, expected) in [
        ("name,value\n\"a\",\"12\"", ["12"]),
        ("name,value\n\"a\n,\",\"12\"\n", ["12"]),
        ("value,name\n1,\"a\n\"\"\"", ["1"]),
        ("value,name\n1,\"\"", ["1"]),
        // A quote inside of a field is a letter to Polars.
        ("name,value\n5\" pipe,1", ["1"]),
    ] {
        let path = folder.write("a.csv", text);
        let frame = read::<Value>(&Csv::new(path)).unwrap();
        assert_eq!(rows(&frame), expected, "{text:?}");
    }
    let path = folder.write("a.csv", "name,value\na,1\n#\"");
    let frame = read::<Value>(&Csv::new(path).comment_prefix("#")).unwrap();
    assert_eq!(rows(&frame), ["1"]);
    let path = folder.write("a.csv", "value\n\"a");
    let frame = read::<Text>(&Csv::new(path).quote(None)).unwrap();
    assert_eq!(rows(&frame), ["\"\"a\""]);
}

#[derive(Schema)]
struct Text {
    value: String,
}

#[test]
fn nulls_where_none_may_be() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,\n");
    assert_eq!(
        folder.run_fails::<Pair>(Csv::new(path)),
        "a.csv, line 2, column `value`: is empty, but `value: i64` may not be null; help: declare it `Option<i64>`, or repair the file"
    );
    let path = folder.write("a.csv", "name,value\n\"\",1\n,2\nNA,3\n");
    assert_eq!(
        folder.run_fails::<Pair>(Csv::new(&path)),
        "a.csv, line 3, column `name`: is empty, but `name: String` may not be null; help: declare it `Option<String>`, or repair the file"
    );
    let path = folder.write("a.csv", "name,value\n\"\",1\nNA,3\n");
    let found = folder.run_fails::<Pair>(Csv::new(&path).null_values(["NA"]));
    assert!(
        found.starts_with("a.csv, line 3, column `name`: `NA` is null, but"),
        "{found}"
    );
}

#[test]
fn errors_that_are_not_the_files_fault() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,1\nb,bad\n");
    let schema = Some(<Pair as FrameSchema>::SCHEMA);
    let csv = Csv::new(path);
    let other = PolarsError::ColumnNotFound("unable to find column \"x\"".into());
    assert!(
        csv.diagnose(schema, &other).is_none(),
        "no error of reading"
    );
    let cast = col("name").strict_cast(DataType::Int64).alias("number");
    let mine = csv
        .open(schema)
        .unwrap()
        .select([cast])
        .collect()
        .unwrap_err();
    assert!(
        csv.diagnose(schema, &mine).is_none(),
        "a cast in a step, of another column: {mine}"
    );
    let renamed = csv
        .open(schema)
        .unwrap()
        .select([col("name").alias("renamed")]);
    let cast = col("renamed").strict_cast(DataType::Int64);
    let mine = renamed.select([cast]).collect().unwrap_err();
    assert!(mine.to_string().contains("column 'renamed'"), "{mine}");
    assert!(
        csv.diagnose(schema, &mine).is_none(),
        "a column that is none of the file: {mine}"
    );
}

#[test]
fn without_a_schema() {
    let folder = Folder::new();
    let mut text = String::from("name,value\n");
    for i in 0..100_001 {
        writeln!(text, "n,{i}").unwrap();
    }
    let path = folder.write("a.csv", text + "n,1.5\n");
    let csv = Csv::new(path);
    let error = csv.open(None).unwrap().collect().unwrap_err();
    let found = folder.relative(&csv.diagnose(None, &error).unwrap());
    assert!(
        found.starts_with("a.csv, line 100003, column `value`: `1.5` is not an i64"),
        "{found}"
    );
}

#[test]
fn very_long_cells_are_cut() {
    let folder = Folder::new();
    let path = folder.write("a.csv", format!("name,value\na,{}\n", "ö".repeat(10_000)));
    let found = folder.diagnosed::<Pair>(&Csv::new(path));
    assert!(
        found.contains("ö…` is not an i64") && found.len() < 1000,
        "{found}"
    );
}
