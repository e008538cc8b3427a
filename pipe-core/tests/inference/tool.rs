//! The binary `pipe`.

use std::process::Command;

fn pipe(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pipe"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_schema_needs_no_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::write(&path, "n|day\n1|2013-01-31\nNA|\n").unwrap();
    let path = path.display().to_string();
    let options = [
        "--separator",
        "|",
        "--null-values",
        "NULL,NA",
        "--name",
        "Entry",
    ];
    let (code, out, err) = pipe(&[&["schema", &path][..], &options].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let expected = r#"use pipe_core::chrono::NaiveDate;
use pipe_core::prelude::*;

/// A row of `data.csv`, as found in 2 rows.
///
/// Read it with `Csv::new("data.csv").separator('|').null_values(["NULL", "NA"])`.
#[derive(Schema)]
pub struct Entry {
    pub n: Option<i64>, // always 1
    pub day: Option<NaiveDate>, // always 2013-01-31
}
"#;
    assert_eq!(out, expected);
    let (code, out, _) = pipe(&[&["schema", &path, "--json"][..], &options].concat());
    assert_eq!(code, Some(0));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["rust"], expected);
}

#[test]
fn errors_end_with_2() {
    for (arguments, message) in [
        (&["schema", "none.csv"][..], "error: none.csv: no such file"),
        (&["schema"], "Usage: pipe schema <FILE>"),
        (
            &["schema", "a.csv", "--separator", ";;"],
            "not a single character",
        ),
        (&[], "Usage: pipe"),
    ] {
        let (code, out, err) = pipe(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(message), "{err}");
    }
}
