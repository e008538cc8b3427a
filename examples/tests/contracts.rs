//! `contracts.lock`: what the examples take and give is what was locked, and what a change is called.

#[allow(dead_code, reason = "the other tests use the rest of it")]
mod common;

use std::fs;
use std::path::Path;

use common::{Example, TestResult};
use serde_json::{Value, json};

fn flights() -> TestResult<Example> {
    Example::new(env!("CARGO_BIN_EXE_flights"), Vec::new())
}

fn quickstart() -> TestResult<Example> {
    Example::new(env!("CARGO_BIN_EXE_quickstart"), Vec::new())
}

const LOCKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts.lock");

#[test]
fn the_examples_take_and_give_what_was_locked() -> TestResult {
    for example in [flights()?, quickstart()?] {
        let check = example.json("check")?;
        assert_eq!(check["lock_file"], LOCKED, "{check}");
        assert_eq!(check["changes"], json!([]));
    }
    Ok(())
}

#[test]
fn locking_them_anew_writes_the_same_file() -> TestResult {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("contracts.lock");
    let lock = format!("lock --lock-file {}", copy.display());
    let first = quickstart()?.json(&lock)?;
    assert_eq!(
        (&first["new"], &first["others"]),
        (&json!(true), &json!([]))
    );
    let second = flights()?.json(&lock)?;
    assert_eq!(second["others"], json!(["quickstart"]));
    assert_eq!(fs::read_to_string(&copy)?, fs::read_to_string(LOCKED)?);
    Ok(())
}

/// What `check` finds against the committed lock file with one edit in it.
fn check_after(folder: &Path, from: &str, to: &str) -> TestResult<(Option<i32>, Value, String)> {
    let copy = folder.join("edited.lock");
    let locked = fs::read_to_string(LOCKED)?;
    assert!(locked.contains(from), "{from}");
    fs::write(&copy, locked.replacen(from, to, 1))?;
    let said = flights()?.call(&format!("check --lock-file {}", copy.display()))?;
    let error = String::from_utf8(said.stderr)?;
    Ok((
        said.status.code(),
        serde_json::from_slice(&said.stdout)?,
        error,
    ))
}

#[test]
fn a_change_is_found_named_and_accepted() -> TestResult {
    let folder = tempfile::tempdir()?;
    let seats = "[pipelines.flights.inputs.planes.columns]\ntailnum = \"String\"\nseats = \"i64\"";
    for (from, to, class, column, what) in [
        (
            seats,
            &*seats.replace("i64", "Option<i64>"),
            "narrowing",
            "seats",
            "must not be null any more",
        ),
        (
            seats,
            &seats.replace("\nseats = \"i64\"", ""),
            "breaking",
            "seats",
            "is needed now, as `i64`",
        ),
        (
            "poor_visibility = \"bool\"",
            "",
            "widening",
            "poor_visibility",
            "is new, of type `bool`",
        ),
        (
            "wind_from = \"f64\"",
            "wind_from = \"f64\"\nwind_to = \"f64\"",
            "breaking",
            "wind_to",
            "is gone",
        ),
    ] {
        let (code, check, error) = check_after(folder.path(), from, to)?;
        assert_eq!(
            (code, &check["status"]),
            (Some(1), &json!("failed")),
            "{error}"
        );
        let changes = check["changes"].as_array().map_or(&[][..], Vec::as_slice);
        let [change] = changes else {
            panic!("one change: {check}")
        };
        assert_eq!(
            (&change["class"], &change["column"], &change["what"]),
            (&json!(class), &json!(column), &json!(what)),
        );
        let edited = folder.path().join("edited.lock");
        let accept = format!("lock --lock-file {}", edited.display());
        assert!(
            error.starts_with(
                "error: what pipeline `flights` takes and gives is not what edited.lock says\n"
            ),
            "{error}"
        );
        assert!(error.contains(&format!("\n  {class:<9}  ")), "{error}");
        assert!(
            error.ends_with(&format!(
                "\nhelp: if this is meant, accept it with `flights {accept}`\n"
            )),
            "{error}"
        );

        let accepted = flights()?.json(&accept)?;
        assert_eq!(accepted["changes"], check["changes"]);
        assert_eq!(fs::read_to_string(&edited)?, fs::read_to_string(LOCKED)?);
        flights()?.json(&format!("check --lock-file {}", edited.display()))?;
    }
    Ok(())
}

#[test]
fn a_lock_file_that_cannot_be_compared_is_an_error() -> TestResult {
    let folder = tempfile::tempdir()?;
    for (from, to, message) in [
        ("format = 1", "format = 2", "has format 2"),
        ("format = 1", "format = ", "is no TOML"),
    ] {
        let (code, check, error) = check_after(folder.path(), from, to)?;
        assert_eq!((code, &check["status"]), (Some(2), &json!("failed")));
        assert!(
            error.contains(message) && error.contains("help: "),
            "{error}"
        );
    }
    let missing = folder.path().join("none.lock");
    let said = flights()?.call(&format!("check --lock-file {}", missing.display()))?;
    assert_eq!(said.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_pipeline_that_is_gone_is_taken_out_on_demand() -> TestResult {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("contracts.lock");
    fs::copy(LOCKED, &copy)?;
    let place = format!("--lock-file {}", copy.display());
    let said = flights()?.call(&format!("lock --remove quickstat {place}"))?;
    assert_eq!(said.status.code(), Some(2));
    let error = String::from_utf8(said.stderr)?;
    assert!(
        error.contains("no pipeline `quickstat`; help: did you mean `quickstart`?"),
        "{error}"
    );
    flights()?.json(&format!("lock --remove quickstart {place}"))?;
    assert!(!fs::read_to_string(&copy)?.contains("quickstart"));

    // Then there is nothing to compare with, which is said and is no error.
    let said = quickstart()?.call(&format!("check {place}"))?;
    assert_eq!(said.status.code(), Some(0));
    let note = String::from_utf8(said.stderr)?;
    assert!(
        note.starts_with("note: pipeline `quickstart` is not in contracts.lock"),
        "{note}"
    );
    Ok(())
}
