//! The flights example, run as a process. The numbers were computed independently, with Polars in
//! Python, from the same files.

mod common;

use std::fs::{self, File};
use std::path::Path;

use common::{Example, TestResult, nodes};
use pipe_core::polars::prelude::*;
use serde_json::{Value, json};

const NODES: [&str; 14] = [
    "rated",
    "carriers",
    "origins",
    "hours",
    "busy_routes",
    "from_named",
    "routes",
    "equipped",
    "aircraft",
    "observations",
    "bands",
    "weathered",
    "observed",
    "weather_effect",
];

const RESULTS: [&str; 6] = [
    "carriers",
    "origins",
    "hours",
    "routes",
    "aircraft",
    "weather_effect",
];

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

/// The example with the whole year.
fn flights() -> TestResult<Example> {
    Example::new(env!("CARGO_BIN_EXE_flights"), Vec::new())
}

/// The example with the flights of January, for the tests that run it often.
fn january(folder: &Path) -> TestResult<Example> {
    let path = folder.join("january.parquet");
    let year = LazyFrame::scan_parquet(
        format!("{DATA}/flights.parquet").as_str().into(),
        ScanArgsParquet::default(),
    )?;
    let mut january = year.filter(col("month").eq(lit(1))).collect()?;
    ParquetWriter::new(File::create(&path)?).finish(&mut january)?;
    let arguments = vec!["--flights".to_owned(), path.display().to_string()];
    Example::new(env!("CARGO_BIN_EXE_flights"), arguments)
}

fn results(flights: &Example) -> TestResult<Vec<Vec<Value>>> {
    RESULTS.iter().map(|result| flights.rows(result)).collect()
}

/// Whether the numbers of a row are these, to six digits.
fn assert_row(row: &Value, expected: &Value) {
    for (column, expected) in expected.as_object().into_iter().flatten() {
        let equal = match (row[column].as_f64(), expected.as_f64()) {
            (Some(value), Some(expected)) => (value - expected).abs() < 1e-6,
            _ => row[column] == *expected,
        };
        assert!(equal, "{column} is not {expected} in {row}");
    }
}

#[test]
fn steps_keep_their_contracts() -> TestResult {
    flights()?.json("check")?;
    Ok(())
}

#[test]
fn results_are_those_of_the_same_analysis_in_python() -> TestResult {
    let flights = flights()?;
    flights.json("run")?;
    let results = results(&flights)?;
    let [carriers, origins, hours, routes, aircraft, weather] = &results[..] else {
        unreachable!("there are six results")
    };

    assert_eq!(carriers.len(), 16);
    let expressjet = json!({
        "carrier": "EV", "airline": "ExpressJet Airlines Inc.", "flights": 54173,
        "cancelled_share": 0.052_000_073_8, "late_share": 0.304_618_739_8, "mean_delay": 19.955_389_827_9,
    });
    assert_row(&carriers[0], &expressjet);
    assert_row(
        &carriers[15],
        &json!({ "carrier": "HA", "late_share": 0.070_175_438_6 }),
    );

    let codes: Vec<_> = origins.iter().map(|row| &row["origin"]).collect();
    assert_eq!(codes, ["EWR", "JFK", "LGA"]);
    assert_row(
        &origins[0],
        &json!({ "flights": 120_835, "mean_delay": 15.107_954_352_1 }),
    );

    // One flight was scheduled for one o'clock, and it was cancelled: nothing can be said of delays.
    let one = json!({ "hour": 1, "flights": 1, "cancelled_share": 1.0, "late_share": null, "mean_delay": null });
    assert_row(&hours[0], &one);

    assert_eq!(routes.len(), 151);
    let des_moines = json!({
        "origin": "EWR", "origin_name": "Newark Liberty Intl", "dest": "DSM",
        "dest_name": "Des Moines Intl", "flights": 411, "late_share": 0.386_768_447_8,
    });
    assert_row(&routes[0], &des_moines);
    let nameless = routes
        .iter()
        .filter(|row| row["dest_name"].is_null())
        .count();
    assert_eq!(
        nameless, 4,
        "San Juan from two airports, Aguadilla and Ponce are not in the table"
    );

    let classes: Vec<_> = aircraft
        .iter()
        .map(|row| (&row["aircraft"], &row["flights"]))
        .collect();
    assert_eq!(
        json!(classes),
        json!([
            ["mainline", 181_939],
            ["regional", 102_231],
            ["unknown", 52606]
        ])
    );

    assert_eq!(weather.len(), 9);
    let observed: i64 = weather
        .iter()
        .filter_map(|row| row["flights"].as_i64())
        .sum();
    assert_eq!(observed, 335_142);
    let storm = json!({
        "poor_visibility": true, "wind_from": 30.0, "flights": 38,
        "late_share": 0.766_666_666_7, "mean_delay": 75.0,
    });
    assert_row(&weather[8], &storm);
    Ok(())
}

#[test]
fn each_parameter_runs_what_depends_on_it_and_nothing_else() -> TestResult {
    let folder = tempfile::tempdir()?;
    let flights = january(folder.path())?;
    assert_eq!(nodes(&flights.json("run")?, "ran"), NODES);
    let first = results(&flights)?;

    let again = flights.json("run")?;
    assert!(nodes(&again, "ran").is_empty(), "{again}");
    assert_eq!(nodes(&again, "reused"), RESULTS);

    let weather = ["bands", "weathered", "observed", "weather_effect"];
    for (parameter, expected) in [
        (
            "--min-flights 1000",
            &["busy_routes", "from_named", "routes"][..],
        ),
        ("--regional-seats 80", &["equipped", "aircraft"]),
        ("--wind-step 5", &weather),
        ("--poor-below 1", &weather),
    ] {
        let plan = flights.json(&format!("plan {parameter}"))?;
        let untouched = plan["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|node| node["action"] == "reuse" || node["action"] == "skip");
        assert_eq!(
            untouched.count(),
            NODES.len() - expected.len(),
            "{parameter}: {plan}"
        );
        assert_eq!(
            nodes(&flights.json(&format!("run {parameter}"))?, "ran"),
            expected,
            "{parameter}"
        );
    }

    // Everything but the weather by itself knows what is late.
    let late = flights.json("run --late-after 60")?;
    let expected: Vec<_> = NODES
        .into_iter()
        .filter(|node| *node != "observations")
        .collect();
    assert_eq!(nodes(&late, "ran"), expected);

    let back = flights.json("run")?;
    assert!(nodes(&back, "ran").is_empty(), "{back}");
    assert_eq!(results(&flights)?, first);
    Ok(())
}

#[test]
fn a_change_runs_as_far_as_it_changes_anything() -> TestResult {
    let folder = tempfile::tempdir()?;
    let flights = january(folder.path())?;
    flights.json("run")?;
    let weather = fs::read_to_string(format!("{DATA}/weather.csv"))?;
    let copy = folder.path().join("weather.csv");
    let ran_after_change = |from: &str, to: &str| -> TestResult<Vec<String>> {
        assert_eq!(weather.matches(from).count(), 1, "{from}");
        fs::write(&copy, weather.replace(from, to))?;
        let run = flights.json(&format!("run --weather {}", copy.display()))?;
        Ok(nodes(&run, "ran"))
    };

    let six_o_clock = "EWR,2013,1,1,6,37.94,28.04,67.21,240,11.5078";
    // The temperature: no step reads it.
    let warmer = "EWR,2013,1,1,6,40.01,28.04,67.21,240,11.5078";
    assert_eq!(ran_after_change(six_o_clock, warmer)?, ["observations"]);
    // The wind, but within its band: the flights have the same weather.
    let breeze = "EWR,2013,1,1,6,37.94,28.04,67.21,240,12.6585";
    assert_eq!(
        ran_after_change(six_o_clock, breeze)?,
        ["observations", "bands", "weathered"]
    );
    let storm = "EWR,2013,1,1,6,37.94,28.04,67.21,240,34.5233";
    assert_eq!(
        ran_after_change(six_o_clock, storm)?,
        [
            "observations",
            "bands",
            "weathered",
            "observed",
            "weather_effect"
        ]
    );
    Ok(())
}
