//! Steps in processes of their own: the same results, events and retries as in this one, and a process that
//! dies is its node's error.

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use pipe_core::prelude::*;
use tempfile::TempDir;

type Tested = Result<(), Box<dyn std::error::Error>>;

struct Place(TempDir);

impl Place {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let place = Self(tempfile::tempdir()?);
        fs::write(place.0.path().join("rows.csv"), "n\n1\n2\n39\n")?;
        Ok(place)
    }

    fn run(&self, how: &str) -> Result<Output, std::io::Error> {
        Command::new(env!("CARGO_BIN_EXE_processes"))
            .current_dir(self.0.path())
            .args([
                "run",
                "--numbers",
                "rows.csv",
                "--folder",
                ".",
                "--how",
                how,
                "--color=never",
            ])
            .output()
    }

    /// The columns of the result.
    fn stored(&self) -> Result<DataFrame, Box<dyn std::error::Error>> {
        let folder = self.0.path().join("checkpoints/elsewhere/all");
        let parquet = |path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "parquet");
        let files = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        let files: Vec<_> = files.collect::<Result<_, _>>()?;
        let file = files.into_iter().find(parquet).ok_or("no data")?;
        Ok(ParquetReader::new(fs::File::open(file)?).finish()?)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_step_runs_in_another_process_with_the_same_result() -> Tested {
    let place = Place::new()?;
    let output = place.run("well")?;
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{err}");
    let all = place.stored()?;
    assert_eq!(all.column("n")?, df!("n" => [1i64, 2, 39])?.column("n")?);
    assert_eq!(all.column("total")?.i64()?.get(0), Some(42));
    let process = |column: &str| Ok::<_, PolarsError>(all.column(column)?.u32()?.get(0));
    assert_ne!(process("process")?, process("own")?);
    // What the step says is heard here; what the program prints on its way to the step is not.
    assert!(err.contains("attempt 1 of foreign"), "{err}");
    assert_eq!(out.matches("printed on the way").count(), 1, "{out}");
    assert!(out.contains("printed by the step"), "{out}");

    // The next run reuses all of it, and starts nothing.
    fs::remove_file(place.0.path().join("called"))?;
    let again = place.run("well")?;
    assert!(again.status.success());
    assert!(!place.0.path().join("called").exists());
    Ok(())
}

#[test]
fn a_process_that_dies_is_its_nodes_error() -> Tested {
    let cases = [
        (
            "aborts",
            "node `foreign` (step `foreign` at",
            "the step's process gave no result: it was killed by signal 6",
            2,
        ),
        (
            "exits",
            "failed after 2 attempts",
            "it ended with exit code 7 before it had a result",
            2,
        ),
        (
            "panics",
            "the step panicked: no more (at ",
            "processes.rs:",
            2,
        ),
        ("refuses", "failed: refused", "", 1),
        (
            "is down",
            "failed after 2 attempts: down",
            "attempt 1: down",
            2,
        ),
    ];
    for (how, first, second, attempts) in cases {
        let place = Place::new()?;
        let output = place.run(how)?;
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{how}: {err}");
        assert!(err.contains(first) && err.contains(second), "{how}: {err}");
        let said = |attempt| err.contains(&format!("attempt {attempt} of foreign"));
        assert_eq!((said(1), said(2)), (true, attempts == 2), "{how}: {err}");
    }
    Ok(())
}

#[test]
fn a_process_is_tried_again() -> Tested {
    let place = Place::new()?;
    let output = place.run("is down once")?;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(place.stored()?.height(), 3);
    Ok(())
}

#[test]
fn a_step_may_print_any_bytes() -> Tested {
    let place = Place::new()?;
    let output = place.run("prints bytes")?;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = output.stdout.windows(2).any(|two| two == [0xff, 0xfe]);
    assert!(printed, "{:?}", text(&output.stdout));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_process_that_a_step_leaves_behind_is_not_waited_for() -> Tested {
    let place = Place::new()?;
    let output = place.run("leaves another")?;
    fs::write(place.0.path().join("over"), "")?;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(place.stored()?.height(), 3);
    assert!(!place.0.path().join("nobody said so").exists());
    Ok(())
}

/// Ctrl-C reaches all processes of a terminal.
#[cfg(unix)]
#[test]
fn a_step_in_another_process_may_end_early() -> Tested {
    let place = Place::new()?;
    let process = place.0.path().join("process");
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| place.run("waits"));
        let id = loop {
            match fs::read_to_string(&process) {
                Ok(id) if !id.is_empty() => break id,
                _ if run.is_finished() => break String::new(),
                // A file that another process writes: there is nothing to wait on.
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        Command::new("kill").args(["-INT", &id]).status()?;
        run.join()
            .map_err(|_| std::io::Error::other("it panicked"))?
    });
    let err = text(&run?.stderr);
    assert!(err.contains("failed: interrupted"), "{err}");
    Ok(())
}
