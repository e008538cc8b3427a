//! Command lines from their arguments to what they print, on a small pipeline.

mod contracts;
mod rules;
mod stored;
mod values;

use std::io;

use serde_json::{Value, json};

use crate::storage::{Folder, Storage};

use super::{Program, command, entry, execute, run_with};
use crate::cli::console::Console;
use crate::prelude::*;

#[derive(Schema)]
struct Row {
    n: i64,
}

#[step(reads(n: i64), adds(scaled: f64))]
fn scale_up(rows: LazyFrame, scale: f64) -> Result<LazyFrame, StepError> {
    if scale < 0.0 {
        let cause = io::Error::other("it was made of glass");
        return Err(Caused(cause).into());
    }
    Ok(rows.with_column((col("n") * lit(scale)).alias("scaled")))
}

#[step]
fn first(rows: LazyFrame, count: u32) -> LazyFrame {
    rows.limit(count)
}

pipeline! {
    /// Scales numbers.
    ///
    /// For tests.
    fn scaling(
        /// The numbers.
        rows: Frame<Row>,
        /// What to multiply them with.
        scale: f64 = 2.0,
        count: u32,
    ) -> LazyFrame {
        let scaled = scale_up(rows, scale);
        let few = first(scaled, count);
        few
    }
}

/// An error with a cause of its own.
#[derive(Debug, thiserror::Error)]
#[error("the scale broke")]
struct Caused(#[source] io::Error);

/// What a command line did.
struct Said {
    code: u8,
    out: String,
    err: String,
}

/// A folder with numbers and a place for a store.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("rows.csv"), "n\n1\n2\n3\n").expect("a file");
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs a command line with a store here; `@` stands for this folder.
    fn say(&self, line: &str) -> Said {
        let words = line
            .split_whitespace()
            .map(|word| word.replace('@', &self.path("")));
        let store = [
            "scaling".to_owned(),
            "--store".to_owned(),
            self.path("store"),
        ];
        say(store.into_iter().chain(words))
    }
}

fn say(args: impl IntoIterator<Item = String>) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run_with::<ScalingPipeline>(args, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Said {
        code,
        out: text(out),
        err: text(err),
    }
}

/// The JSON that a verb printed, without what differs between runs.
fn stable(out: &str) -> Value {
    assert_eq!(out.lines().count(), 1, "{out}");
    let mut value: Value = serde_json::from_str(out).expect("JSON");
    let nodes = value["nodes"].as_array_mut().into_iter().flatten();
    for node in nodes {
        for (name, field) in node.as_object_mut().expect("an object") {
            if ["seconds", "bytes", "age_seconds"].contains(&name.as_str()) && field.is_number() {
                *field = "number".into();
            }
            if name == "key" && field.is_string() {
                *field = "key".into();
            }
        }
    }
    for name in ["run", "seconds"] {
        if let Some(field) = value.get_mut(name) {
            *field = name.into();
        }
    }
    value
}

#[test]
fn the_command_is_sound() {
    command::command(&Program::One(entry::<ScalingPipeline>()), "scaling").debug_assert();
}

#[test]
fn flags_of_every_pipeline_are_reserved() {
    let command = command::command(&Program::One(entry::<ScalingPipeline>()), "scaling");
    let commands = [&command].into_iter().chain(command.get_subcommands());
    for flag in commands
        .flat_map(clap::Command::get_arguments)
        .filter_map(|a| a.get_long())
    {
        let own = ["arg-rows", "scale", "count"].contains(&flag);
        assert!(own || super::arguments::RESERVED.contains(&flag), "{flag}");
    }
}

#[test]
fn without_a_verb_there_is_help() {
    let said = say(["scaling".to_owned()]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    for line in [
        "Scales numbers.",
        "Usage: scaling [OPTIONS] <VERB>",
        "--scale <f64>      What to multiply them with. [default: 2.0]",
        "--arg-rows <PATH>  The numbers. [Frame<Row>] [required]",
        "--count <u32>      [required]",
        "3  the store is in use",
    ] {
        assert!(said.err.contains(line), "{line}\n{}", said.err);
    }
    let said = say(["scaling".to_owned(), "--help".to_owned()]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.contains("For tests."), "{}", said.out);
}

#[test]
fn all_wrong_arguments_are_reported_at_once() {
    let said = Bench::new().say("run --scale much --arg-rows rows.doc");
    assert_eq!(said.code, 2);
    let lines: Vec<_> = said.err.lines().collect();
    assert_eq!(lines.len(), 3, "{}", said.err);
    assert!(lines[0].starts_with("error: --arg-rows: rows.doc: unknown file format"));
    assert!(lines[1].starts_with("error: --scale much: not a `f64`"));
    assert_eq!(lines[2], "error: argument --count is missing");
}

#[test]
fn unknown_flags_and_verbs_get_the_nearest() {
    let bench = Bench::new();
    let said = bench.say("run --scal 3");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--scale"), "{}", said.err);
    let said = bench.say("pln");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("plan"), "{}", said.err);
}

#[test]
fn arguments_stand_before_and_after_the_verb() {
    let bench = Bench::new();
    let before = bench.say("--arg-rows @/rows.csv --count 1 plan --json");
    let after = bench.say("--json plan --count 1 --arg-rows @/rows.csv");
    assert_eq!((before.code, &before.err), (0, &String::new()));
    assert_eq!(before.out, after.out);
}

#[test]
fn run_prints_results_and_a_summary() {
    let bench = Bench::new();
    let said = bench.say("run --arg-rows @/rows.csv --count 2");
    assert_eq!(said.code, 0, "{}", said.err);
    let mut lines = said.out.lines();
    assert_eq!(lines.next(), Some("few: 2 rows, 2 columns"));
    assert!(said.out.contains("│ 2   ┆ 4.0    │"), "{}", said.out);
    let lines: Vec<_> = said.err.lines().collect();
    assert_eq!(lines.len(), 6, "{}", said.err);
    assert!(lines[0].ends_with(" of scaling: 2 nodes to run"));
    assert_eq!(lines[1], "started   scaled  no checkpoint");
    assert!(lines[2].starts_with("finished  scaled  3 rows, "));
    assert!(lines[5].contains(" succeeded in ") && lines[5].ends_with(": 2 ran"));
    assert!(
        !said
            .err
            .contains(|char: char| char.is_control() && char != '\n')
    );

    let quiet = bench.say("run -q --arg-rows @/rows.csv --count 2");
    assert_eq!((quiet.code, quiet.out + &quiet.err), (0, String::new()));
}

#[test]
fn json_has_the_documented_shapes() {
    let bench = Bench::new();
    let arguments = "--arg-rows @/rows.csv --count 2 --json";
    let plan = bench.say(&format!("plan {arguments}"));
    let node = |name, step, key: Value| json!({"name": name, "step": step, "action": "run", "reason": "no checkpoint", "key": key});
    let nodes = json!([
        node("scaled", "scale_up", "key".into()),
        node("few", "first", Value::Null)
    ]);
    assert_eq!(
        stable(&plan.out),
        json!({"pipeline": "scaling", "nodes": nodes})
    );

    let run = bench.say(&format!("run {arguments}"));
    let node = |name, step, rows| {
        json!({
            "name": name, "step": step, "outcome": "ran", "reason": "no checkpoint",
            "attempts": 1, "rows": rows, "bytes": "number", "seconds": "number", "key": "key",
        })
    };
    let nodes = json!([node("scaled", "scale_up", 3), node("few", "first", 2)]);
    assert_eq!(
        stable(&run.out),
        json!({"run": "run", "status": "succeeded", "seconds": "seconds", "nodes": nodes})
    );

    let status = bench.say(&format!("status {arguments}"));
    let status = stable(&status.out);
    assert_eq!(status["nodes"][1]["state"], "valid");
    assert_eq!(status["nodes"][1]["age_seconds"], "number");

    let show = bench.say(&format!("show few {arguments}"));
    let show: Value = serde_json::from_str(&show.out).expect("JSON");
    assert_eq!(
        show["head"],
        json!([{"n": 1, "scaled": 2.0}, {"n": 2, "scaled": 4.0}])
    );
    assert_eq!(show["schema"][1], json!({"name": "scaled", "type": "f64"}));

    let graph = bench.say("graph --count 1 --json");
    let graph: Value = serde_json::from_str(&graph.out).expect("JSON");
    assert_eq!(graph["nodes"][1]["inputs"], json!(["scaled"]));
    assert_eq!(graph["outputs"], json!(["few"]));

    let check = bench.say("check --count 1 --json");
    let found = json!({
        "pipeline": "scaling", "status": "succeeded", "problems": [],
        "lock_file": null, "changes": [],
    });
    assert_eq!(
        serde_json::from_str::<Value>(&check.out).expect("JSON"),
        found
    );

    let cleared = bench.say("clear --from scaled --count 1 --json");
    let found = json!({"pipeline": "scaling", "cleared": ["scaled", "few"]});
    assert_eq!(
        serde_json::from_str::<Value>(&cleared.out).expect("JSON"),
        found
    );
}

#[test]
fn a_failed_run_prints_its_report_and_every_cause_once() {
    let said = Bench::new().say("run --arg-rows @/rows.csv --count 2 --scale -1 --json");
    assert_eq!(said.code, 1);
    let report = stable(&said.out);
    assert_eq!(report["status"], "failed");
    assert_eq!(report["nodes"][0]["outcome"], "failed");
    assert_eq!(report["nodes"][1]["outcome"], "skipped");
    let block = said.err.split("error: ").nth(1).expect("a block");
    let lines: Vec<_> = block.lines().collect();
    assert!(lines[0].ends_with("failed: the scale broke"), "{block}");
    assert_eq!(lines[1], "  caused by: it was made of glass");
    assert!(lines[2].starts_with("run "), "{block}");
}

#[test]
fn sources_that_cannot_be_read_are_a_matter_of_configuration() {
    let said = Bench::new().say("run --arg-rows @/none.csv --count 2");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: ") && said.err.contains("none.csv"));
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
}

#[test]
fn a_store_in_use_has_its_own_exit_code() {
    let bench = Bench::new();
    let storage = Folder::new(bench.path("store"));
    let lock = storage.lock("scaling").expect("the lock");
    let said = bench.say("run --arg-rows @/rows.csv --count 2");
    assert_eq!(said.code, 3, "{}", said.err);
    drop(lock);
}

#[test]
fn unknown_nodes_get_the_nearest() {
    let bench = Bench::new();
    for line in [
        "clear scald",
        "clear --from scald",
        "show scald --arg-rows @/rows.csv",
    ] {
        let said = bench.say(&format!("{line} --count 1"));
        assert_eq!(said.code, 2);
        assert!(said.err.contains("did you mean `scaled`?"), "{}", said.err);
    }
}

#[test]
fn colours_are_there_on_demand_only() {
    let bench = Bench::new();
    assert!(
        bench
            .say("clear scald --count 1")
            .err
            .starts_with("error: ")
    );
    let said = bench.say("clear scald --count 1 --color always");
    assert!(said.err.starts_with("\u{1b}["), "{}", said.err);
}

#[test]
fn clear_wants_to_know_what() {
    let bench = Bench::new();
    assert_eq!(bench.say("clear --count 1").code, 2);
    assert_eq!(bench.say("clear few --all --count 1").code, 2);
    let said = bench.say("clear --all --count 1");
    assert_eq!((said.code, said.out.as_str()), (0, "nothing to clear\n"));
}

#[test]
fn several_pipelines_are_told_apart_by_name() {
    let program = Program::Several(vec![entry::<ScalingPipeline>()]);
    let say = |args: &[&str]| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = execute(
            &program,
            args.iter().copied(),
            &mut Console::new(&mut out, &mut err),
        );
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (exit as u8, text(out), text(err))
    };
    let (code, out, _) = say(&["many", "list"]);
    assert_eq!((code, out.as_str()), (0, "scaling  Scales numbers.\n"));
    let (code, out, _) = say(&["many", "scaling", "graph", "--count", "1"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("scaling\n"), "{out}");
    let (code, _, err) = say(&["many"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("Usage: many [OPTIONS] <PIPELINE> <VERB>"),
        "{err}"
    );
    let (code, _, err) = say(&["many", "scaling"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("Usage: many scaling [OPTIONS] <VERB>"),
        "{err}"
    );
}

/// A pipe whose reader has gone.
struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

/// A disk without room.
struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_a_normal_end_and_a_full_disk_is_not() {
    let args = ["scaling", "graph", "--count", "1"];
    assert_eq!(
        run_with::<ScalingPipeline>(args, &mut Closed, &mut Closed),
        0
    );
    let mut err = Vec::new();
    assert_eq!(run_with::<ScalingPipeline>(args, &mut Full, &mut err), 2);
    let err = String::from_utf8(err).expect("UTF-8");
    assert!(err.starts_with("error: cannot write: "), "{err}");
}
