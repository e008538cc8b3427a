//! JSON lines.

use pipe_core::prelude::*;
use pipe_core::source::Source;

use crate::{Folder, read, rows};

#[derive(Schema)]
struct Point {
    x: f64,
    label: Option<String>,
}

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
    list: Option<Vec<i64>>,
    at: Option<Point>,
}

const GOOD: &str = r#"{"yes": true, "tiny": -8, "small": -16, "int": -32, "long": -64, "utiny": 8, "usmall": 16, "uint": 32, "ulong": 64, "single": 1.5, "double": 2, "text": "hé", "day": "2013-01-31", "time": "17:30:00", "naive": "2013-01-31T17:30:00", "utc": "2013-01-31T17:30:00Z", "list": [1, null], "at": {"x": 1.5}, "more": []}"#;

#[test]
fn every_type_that_json_has() {
    let folder = Folder::new();
    let path = folder.write("a.ndjson", format!("{GOOD}\n\n{{}}\n{{\"int\": null}}"));
    let frame = read::<Everything>(&NdJson::new(path)).unwrap();
    let nulls = ["null"; 18].join(" | ");
    assert_eq!(
        rows(&frame),
        [
            "true | -8 | -16 | -32 | -64 | 8 | 16 | 32 | 64 | 1.5 | 2.0 | \"hé\" | 2013-01-31 | 17:30:00 | 2013-01-31 17:30:00 | 2013-01-31 17:30:00 UTC | [1, null] | {1.5,null}",
            &nulls,
            &nulls
        ]
    );
}

#[test]
fn a_value_of_another_type_is_an_error_and_never_a_null() {
    let folder = Folder::new();
    let bad = [
        ("yes", r#""true""#),
        ("tiny", "128"),
        ("small", "40000"),
        ("int", "1.5"),
        ("long", r#""7""#),
        ("utiny", "-1"),
        ("usmall", "[]"),
        ("uint", "-1"),
        ("ulong", "-1"),
        ("single", r#""1.5""#),
        ("single", "1e+39"),
        ("double", "true"),
        ("day", r#""31/01/2013""#),
        ("time", "5"),
        ("time", r#""23:59:60""#),
        ("naive", r#""2013-01-31T17:30:00.0000001""#),
        ("naive", r#""2013-01-31T17:30:00Z""#),
        ("utc", r#""2013-01-31T17:30:00""#),
        ("list", "1"),
        ("list", r#"["a"]"#),
        ("list", "[1.5]"),
        ("at", "5"),
        ("at", r#"{"x":"a"}"#),
    ];
    for (column, value) in bad {
        let path = folder.write(
            "a.jsonl",
            format!("{GOOD}\n\n{{\"{column}\": {value}}}\n{GOOD}\n"),
        );
        let found = folder.diagnosed::<Everything>(&NdJson::new(path));
        let start = format!("a.jsonl, line 3, column `{column}`: `{value}` is not a");
        assert!(found.starts_with(&start), "{found}");
        assert!(
            found.contains("; help: ") && found.ends_with(", or repair the file"),
            "{found}"
        );
    }
}

#[derive(Schema)]
struct Event {
    id: i64,
    text: String,
}

#[test]
fn any_value_has_a_text() {
    let folder = Folder::new();
    let path = folder.write(
        "a.ndjson",
        "{\"id\": 1, \"text\": 5}\n{\"id\": 1, \"text\": true}\n",
    );
    assert_eq!(
        rows(&read::<Event>(&NdJson::new(path)).unwrap()),
        ["1 | \"5\"", "1 | \"true\""]
    );
}

#[test]
fn lines_that_are_no_objects() {
    let folder = Folder::new();
    let good = "{\"id\": 1, \"text\": \"a\"}\n";
    let path = folder.write("a.ndjson", format!("{good}\n{{\"id\": 1, \"text\": \n"));
    let found = folder.diagnosed::<Event>(&NdJson::new(path));
    assert!(
        found.starts_with("a.ndjson, line 3: is not JSON: EOF while parsing"),
        "{found}"
    );
    let path = folder.write("a.ndjson", format!("{good}[1]"));
    assert_eq!(
        folder.diagnosed::<Event>(&NdJson::new(path)),
        "a.ndjson, line 2: `[1]` is not a JSON object; help: each line must hold one, such as {\"a\": 1}"
    );
}

#[test]
fn a_byte_order_mark_is_named() {
    let folder = Folder::new();
    let path = folder.write("a.ndjson", "\u{feff}{\"id\": 1, \"text\": \"a\"}\n");
    let found =
        "a.ndjson, line 1: begins with a byte order mark; help: save the file as UTF-8 without one";
    assert_eq!(folder.refused::<Event>(&NdJson::new(&path)), found);
    let inferred = NdJson::new(path).open(None).err();
    assert_eq!(folder.relative(&inferred.unwrap()), found);
}

#[test]
fn nulls_where_none_may_be() {
    let folder = Folder::new();
    folder.write("1.ndjson", "{\"id\": 1, \"text\": \"a\"}\n");
    let source = NdJson::new(folder.path("*.ndjson"));
    let good = "{\"id\": 1, \"text\": \"a\"}\n";
    folder.write(
        "2.ndjson",
        format!("{good}{{\"id\": null, \"text\": \"a\"}}\n{good}"),
    );
    assert_eq!(
        folder.run_fails::<Event>(source.clone()),
        "2.ndjson, line 2, column `id`: is null, but `id: i64` may not be null; help: declare it `Option<i64>`, or repair the file"
    );
    folder.write("2.ndjson", format!("{good}{good}{{\"id\": 3}}"));
    let found = folder.run_fails::<Event>(source);
    assert!(
        found.starts_with("2.ndjson, line 3, column `text`: has no such key, but"),
        "{found}"
    );
}

#[derive(Schema)]
struct Refused {
    bytes: Vec<u8>,
    wait: chrono::TimeDelta,
    days: Vec<chrono::NaiveDate>,
}

#[test]
fn types_without_a_json_form_are_refused_at_once() {
    let folder = Folder::new();
    let path = folder.write("a.ndjson", "{}\n");
    assert_eq!(
        folder.refused::<Refused>(&NdJson::new(path)),
        "a.ndjson, column `bytes`: NDJSON cannot hold `Vec<u8>`; help: declare `String` and convert it in a step, or use Parquet
a.ndjson, column `wait`: NDJSON cannot hold `TimeDelta`; help: declare a number or a `String`, and convert it in a step, or use Parquet
a.ndjson, column `days`: NDJSON cannot hold `Vec<NaiveDate>`; help: declare `String` and convert it in a step, or use Parquet"
    );
}

#[test]
fn without_a_schema_types_are_inferred() {
    let folder = Folder::new();
    let text = "{\"id\": 1}\n".repeat(300) + "{\"id\": 1.5, \"late\": \"x\"}\n";
    let path = folder.write("a.ndjson", text);
    let frame = NdJson::new(path).open(None).unwrap().collect().unwrap();
    assert_eq!(rows(&frame).last().unwrap(), "1.5 | \"x\"");
}
