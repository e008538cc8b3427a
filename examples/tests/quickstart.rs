//! The quickstart example, run as a process.

mod common;

use common::{Example, TestResult, nodes};
use serde_json::json;

fn quickstart() -> TestResult<Example> {
    Example::new(env!("CARGO_BIN_EXE_quickstart"), Vec::new())
}

#[test]
fn steps_keep_their_contracts() -> TestResult {
    quickstart()?.json("check")?;
    Ok(())
}

#[test]
fn rows_with_nulls_and_small_values_are_gone() -> TestResult {
    let quickstart = quickstart()?;
    let run = quickstart.json("run")?;
    assert_eq!(run["status"], "succeeded");
    assert_eq!(
        nodes(&run, "ran"),
        ["clean", "tripled", "featured", "large"]
    );

    let large = quickstart.rows("large")?;
    assert_eq!(large.len(), 16);
    let first = json!({
        "id": 2, "category": "B", "value": 5, "status": "inactive", "feature1": 15, "feature2": 35,
    });
    assert_eq!(large[0], first);
    let feature2: i64 = large
        .iter()
        .filter_map(|row| row["feature2"].as_i64())
        .sum();
    assert_eq!(feature2, 1652);
    Ok(())
}

#[test]
fn another_threshold_runs_only_the_filter_and_going_back_runs_nothing() -> TestResult {
    let quickstart = quickstart()?;
    quickstart.json("run")?;
    let again = quickstart.json("run")?;
    assert!(nodes(&again, "ran").is_empty(), "{again}");

    let higher = quickstart.json("run --threshold 50")?;
    assert_eq!(nodes(&higher, "ran"), ["large"]);
    assert_eq!(quickstart.rows("large --threshold 50")?.len(), 6);

    let back = quickstart.json("run")?;
    assert!(nodes(&back, "ran").is_empty(), "{back}");
    Ok(())
}

#[test]
fn what_was_cleared_runs_again() -> TestResult {
    let quickstart = quickstart()?;
    quickstart.json("run")?;
    let before = quickstart.rows("large")?;
    quickstart.json("clear --from featured")?;
    let run = quickstart.json("run")?;
    assert_eq!(nodes(&run, "reused"), ["tripled"]);
    assert_eq!(nodes(&run, "ran"), ["featured", "large"]);
    assert_eq!(quickstart.rows("large")?, before);
    Ok(())
}

#[test]
fn a_parameter_of_another_type_is_refused() -> TestResult {
    let output = quickstart()?.call("run --threshold high")?;
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr)?;
    assert!(
        message.contains("--threshold high: not a `i64`"),
        "{message}"
    );
    Ok(())
}
