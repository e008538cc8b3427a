//! Random pipelines of layers in processes that are killed in the middle of a run, and go on in this one.

use pipe_core::testing::{TestStore, assert_frames_equal, assert_nothing_to_run};
use pipe_tests::killed::{is_killed, kills_at, start};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::cases::{Case, cases};
use crate::equivalence::{count_layers, pipeline, source};

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// How many are killed.
const KILLED: usize = 50;

/// Of these; the others fail, or end before it comes to that.
const CASES: u8 = 200;

/// What a child is told.
const CASE: &str = "PIPE_LAYERS_CASE";
const STORE: &str = "PIPE_LAYERS_STORE";
const MOMENT: &str = "PIPE_LAYERS_MOMENT";

fn case(number: u8) -> Tested<Case> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[number; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tree = cases().new_tree(&mut runner);
    Ok(tree.map_err(|reason| reason.to_string())?.current())
}

#[test]
fn fifty_killed_runs_go_on() -> Tested {
    let (mut killed, mut layers) = (0, 0);
    for number in 0..CASES {
        if let Some(stored) = kill_and_go_on(number)? {
            killed += 1;
            layers += stored;
        }
        if killed == KILLED {
            println!("{killed} runs were killed; {layers} layers had been stored");
            assert!(layers >= KILLED / 2, "they were killed too early: {layers}");
            return Ok(());
        }
    }
    Err(format!("only {killed} runs were killed").into())
}

/// How many layers had been stored when the run was killed; `None` if it came to its end before.
fn kill_and_go_on(number: u8) -> Tested<Option<usize>> {
    let (case, store) = (case(number)?, TestStore::new());
    // A run has some operations of its own, and a node about ten.
    let moment = 20 + usize::from(number) * 7919 % (10 * case.nodes.len());
    let folder = store.path().to_str().ok_or("a folder of another name")?;
    let (given, at) = (number.to_string(), moment.to_string());
    let variables = [(CASE, &*given), (STORE, folder), (MOMENT, &*at)];
    let output = start("killed::child", &variables)?;
    if !is_killed(&output) {
        return Ok(None);
    }
    let layers = count_layers(&store, &case);
    let frame = source(&case)?;
    let expected = TestStore::new();
    let expected = pipeline(&case, &frame, &expected).layers(false).run();
    let again = pipeline(&case, &frame, &store);
    // Not every random pipeline comes to its end.
    let Ok(expected) = expected else {
        assert!(again.run().is_err(), "case {number} must fail as well");
        return Ok(None);
    };
    // The lock was never given back: whoever takes it sweeps up.
    let run = again.run()?;
    let (found, expected) = (run.output().frame(), expected.output().frame());
    assert_frames_equal(
        found.ok_or("no frame")?,
        expected.ok_or("no frame expected")?,
    );
    assert_nothing_to_run(&again);
    let verified = again.verify()?;
    assert!(verified.is_sound(), "case {number}: {verified}");
    assert!(verified.left_over.is_empty(), "case {number}: {verified}");
    Ok(Some(layers))
}

/// Runs a case, and kills itself before an operation on its store.
#[test]
#[ignore = "started by `fifty_killed_runs_go_on`"]
fn child() -> Tested {
    let (number, moment) = (std::env::var(CASE)?, std::env::var(MOMENT)?);
    let (case, moment) = (case(number.parse()?)?, moment.parse::<usize>()?);
    let storage = kills_at(std::env::var(STORE)?, moment);
    // It may well fail, as the pipeline is a random one.
    let _ = pipeline(&case, &source(&case)?, storage).run();
    Ok(())
}
