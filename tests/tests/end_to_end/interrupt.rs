//! Ctrl-C: the first ends a run cleanly, the second at once; the next run goes on from there.
#![cfg(unix)]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

type Tested = Result<(), Box<dyn std::error::Error>>;

/// Far longer than anything takes here: what does not come by then never comes.
const FOREVER: Duration = Duration::from_mins(2);

struct Place(TempDir);

impl Place {
    fn new() -> Result<Self, std::io::Error> {
        let place = Self(tempfile::tempdir()?);
        fs::write(place.path("rows.csv"), "n\n1\n2\n")?;
        Ok(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn start(&self) -> Result<Child, std::io::Error> {
        Command::new(env!("CARGO_BIN_EXE_patient"))
            .current_dir(self.0.path())
            .args(["run", "--numbers", "rows.csv", "--folder", ".", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    /// Starts a run, and waits until its second step has begun.
    fn begin(&self) -> Result<Child, Box<dyn std::error::Error>> {
        let mut child = self.start()?;
        wait_until(|| self.path("begun").exists() || matches!(child.try_wait(), Ok(Some(_))))?;
        if child.try_wait()?.is_some() {
            return Err(format!("{:?}", child.wait_with_output()?).into());
        }
        Ok(child)
    }

    /// The outcome of each node, as the run says it at its end.
    fn outcomes(output: &Output) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let nodes = report["nodes"].as_array().ok_or("no nodes")?;
        let outcome =
            |node: &serde_json::Value| node["outcome"].as_str().unwrap_or_default().to_owned();
        Ok(nodes.iter().map(outcome).collect())
    }
}

fn interrupt(child: &Child) -> Tested {
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()?;
    assert!(killed.success());
    Ok(())
}

fn wait_until(mut condition: impl FnMut() -> bool) -> Tested {
    let started = Instant::now();
    while !condition() {
        if started.elapsed() > FOREVER {
            return Err("it never comes".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

#[test]
fn the_first_lets_nodes_end_and_starts_none() -> Tested {
    let place = Place::new()?;
    let child = place.begin()?;
    interrupt(&child)?;
    // The run says that it is stopping before the step may go on.
    let log = || {
        let runs = fs::read_dir(place.path("checkpoints/patient/runs"))
            .into_iter()
            .flatten();
        let texts = runs
            .flatten()
            .filter_map(|entry| fs::read_to_string(entry.path()).ok());
        texts.collect::<String>()
    };
    wait_until(|| log().contains("\"event\":\"run_stopping\",\"running\":[\"second\"]"))?;
    fs::write(place.path("go on"), "")?;
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert_eq!(Place::outcomes(&output)?, ["ran", "ran", "cancelled"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("the run was cancelled"));

    let output = place.start()?.wait_with_output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(Place::outcomes(&output)?, ["skipped", "reused", "ran"]);
    Ok(())
}

#[test]
fn a_step_that_looks_may_end_early() -> Tested {
    let place = Place::new()?;
    fs::write(place.path("heeds"), "")?;
    let child = place.begin()?;
    interrupt(&child)?;
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert_eq!(Place::outcomes(&output)?, ["ran", "cancelled", "skipped"]);
    Ok(())
}

#[test]
fn the_second_stops_at_once_and_the_store_resumes() -> Tested {
    let place = Place::new()?;
    let mut child = place.begin()?;
    // Signals that come together may be taken for one: so again, until it has ended.
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        assert!(started.elapsed() < FOREVER, "it never ends");
        interrupt(&child)?;
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(4));

    fs::write(place.path("go on"), "")?;
    let output = place.start()?.wait_with_output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(Place::outcomes(&output)?, ["reused", "ran", "ran"]);
    Ok(())
}
