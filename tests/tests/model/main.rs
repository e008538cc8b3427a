//! Random pipelines with random failures, held against a model that runs one node after the other and
//! knows nothing of the library: same results, same nodes that run, same number of attempts, no node
//! twice, no more of a resource than there is, and an end.

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

mod dag;
mod expected;
mod runs;
mod steps;

/// Pipelines of each of the tests below.
const CASES: u32 = 250;

fn random_pipelines(seed: u8) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let held = runner.run(&dag::dags(), |dag| {
        runs::hold(&dag).map_err(TestCaseError::fail)
    });
    if let Err(error) = held {
        panic!("{error}");
    }
}

#[test]
fn random_pipelines_1() {
    random_pipelines(1);
}

#[test]
fn random_pipelines_2() {
    random_pipelines(2);
}

#[test]
fn random_pipelines_3() {
    random_pipelines(3);
}

#[test]
fn random_pipelines_4() {
    random_pipelines(4);
}
