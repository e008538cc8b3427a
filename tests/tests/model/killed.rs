//! Random pipelines in processes that are killed in the middle of a run, and go on in this one.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use pipe_core::Event;
use pipe_core::testing::TestStore;
use pipe_tests::killed::{is_killed, kills_at, start};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::dag::{Dag, Mode, Run, dags};
use crate::expected::World;
use crate::runs::{Verdict, one_run, pipeline};
use crate::steps::Watch;

/// How many are killed.
const KILLED: usize = 50;

/// Of these; the others end before it comes to that.
const CASES: u8 = 200;

/// What a child is told.
const CASE: &str = "PIPE_MODEL_CASE";
const FOLDER: &str = "PIPE_MODEL_FOLDER";
const MOMENT: &str = "PIPE_MODEL_MOMENT";

#[test]
fn fifty_killed_runs_go_on() -> Verdict {
    let (mut killed, mut stored) = (0, 0);
    for case in 0..CASES {
        if let Some(committed) = kill_and_go_on(case).map_err(|wrong| {
            let dag = dag(case).unwrap_or_else(|error| panic!("{error}"));
            format!("case {case}: {wrong}\n{dag:#?}")
        })? {
            killed += 1;
            stored += committed;
        }
        if killed == KILLED {
            println!("{killed} runs were killed; {stored} nodes had been stored and were used");
            assert!(
                stored >= KILLED / 2,
                "the runs were killed too early: {stored}"
            );
            return Ok(());
        }
    }
    Err(format!("only {killed} runs were killed"))
}

fn dag(case: u8) -> Verdict<Dag> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[100 + case / 2; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tree = dags().new_tree(&mut runner);
    if case % 2 == 1 {
        tree = dags().new_tree(&mut runner);
    }
    Ok(tree.map_err(|reason| reason.to_string())?.current())
}

/// The run that is killed: faults and all.
fn first_run(dag: &Dag) -> Run {
    Run {
        changes: Vec::new(),
        mode: Mode::KeepGoing,
        ..dag.runs[0].clone()
    }
}

/// How many nodes had been stored when the run was killed; `None` if it came to its end before.
fn kill_and_go_on(case: u8) -> Verdict<Option<usize>> {
    let (dag, folder) = (dag(case)?, TestStore::new());
    let nodes = dag.nodes.iter().filter(|node| node.checkpoint).count();
    // A run has some operations of its own, and a node about eight.
    let moment = 5 + usize::from(case) * 7919 % (8 * nodes + 1);
    let path = folder.path().to_str().ok_or("a folder of another name")?;
    let (given, at) = (case.to_string(), moment.to_string());
    let variables = [(CASE, &*given), (FOLDER, path), (MOMENT, &*at)];
    let output = start("killed::child", &variables).map_err(|error| error.to_string())?;
    if !is_killed(&output) {
        let text = String::from_utf8_lossy(&output.stdout);
        let ended = output.status.success();
        return if ended {
            Ok(None)
        } else {
            Err(text.into_owned())
        };
    }
    let store = folder.path().join("store");
    let has_record = |node: &usize| {
        let files = fs::read_dir(store.join(format!("model/n{node}")));
        let mut files = files.into_iter().flatten().flatten();
        // `key.json`; the data of values are `key.content.value.json`.
        files.any(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.split_once('.').is_some_and(|(_, end)| end == "json")
        })
    };
    let stored: Vec<usize> = (0..dag.nodes.len()).filter(has_record).collect();
    let told = fs::read_to_string(folder.path().join("finished")).unwrap_or_default();
    for node in told.lines().filter_map(|line| line.parse::<usize>().ok()) {
        if dag.nodes[node].checkpoint && !stored.contains(&node) {
            return Err(format!(
                "n{node} was told to be finished, but is not stored"
            ));
        }
    }
    let mut world = World::new(&dag);
    let expected = world.expect(&first_run(&dag));
    world.learn(&expected, &stored, &[]);
    for _ in 0..2 {
        one_run(&dag, &mut world, &Run::sound(), &store)?;
    }
    Ok(Some(stored.len()))
}

/// Runs a case, and kills itself before an operation on its store.
#[test]
#[ignore = "started by `fifty_killed_runs_go_on`"]
fn child() -> Verdict {
    let variable = |name| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let case = variable(CASE)?
        .parse::<u8>()
        .map_err(|error| error.to_string())?;
    let moment = variable(MOMENT)?.parse::<usize>();
    let moment = moment.map_err(|error| error.to_string())?;
    let folder = variable(FOLDER)?;
    let dag = dag(case)?;
    let storage = kills_at(Path::new(&folder).join("store"), moment);
    let finished = Path::new(&folder).join("finished");
    let finished = OpenOptions::new().create(true).append(true).open(finished);
    let finished = finished.map_err(|error| error.to_string())?;
    let world = World::new(&dag);
    let pipeline = pipeline(
        &dag,
        &world,
        &first_run(&dag),
        &Arc::<Watch>::default(),
        storage.into(),
    );
    let pipeline = pipeline.on_event(move |event| {
        if let Event::NodeFinished { node, .. } = event {
            // One that cannot be told is not held against anything.
            let _ = writeln!(&finished, "{}", node.trim_start_matches('n'));
        }
    });
    // It may well fail, as was injected.
    let _ = pipeline.run();
    Ok(())
}
