//! The access log example, run as a process.

mod common;

use common::{Example, TestResult, nodes};
use serde_json::json;

fn access_log() -> TestResult<Example> {
    Example::new(env!("CARGO_BIN_EXE_access_log"), Vec::new())
}

#[test]
fn lines_that_are_no_requests_are_put_aside() -> TestResult {
    let example = access_log()?;
    let run = example.json("run")?;
    assert_eq!(run["status"], "succeeded");
    assert_eq!(nodes(&run, "ran"), ["requests", "paths"]);
    assert_eq!(run["nodes"][0]["invalid"]["rows"], 4);
    assert_eq!(example.rows("requests")?.len(), 196);

    let aside = example.rows("requests --quarantine")?;
    let found = aside.iter().map(|row| {
        let (number, why) = (&row["quarantine_row"], &row["quarantine_reasons"]);
        json!([number, why[0]])
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            json!([42, "there is no time"]),
            json!([88, "there is no request"]),
            json!([89, "`02/Foo/2026:13:10:10 +0100` is no time"]),
            json!([151, "there is no path"]),
        ]
    );
    assert_eq!(aside[0]["line"], "-- MARK --");
    Ok(())
}

#[test]
fn requests_are_counted_by_path() -> TestResult {
    let example = access_log()?;
    example.json("run")?;
    let paths = example.rows("paths")?;
    let requests: u64 = paths
        .iter()
        .filter_map(|row| row["requests"].as_u64())
        .sum();
    assert_eq!((paths.len(), requests), (7, 196));
    Ok(())
}
