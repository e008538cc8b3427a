//! Random pipelines with random failures, held against a model that runs one node after the other and
//! knows nothing of the library: same results, same nodes that run, same number of attempts, no node
//! twice, no more of a resource than there is, and an end. Some are killed and go on.

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

mod dag;
mod expected;
#[cfg(unix)]
mod killed;
mod runs;
mod seen;
mod steps;

/// Threads that make cases, each from a seed of its own, and cases of each.
const THREADS: u8 = 4;
const CASES: u32 = 250;

#[test]
fn a_thousand_random_pipelines() {
    let seen = seen::Seen::default();
    let work = |thread| random_pipelines(thread, &seen);
    let errors: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(held) => held,
            Err(_) => Err("the model panicked".into()),
        });
        joined.filter_map(Result::err).collect()
    });
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    println!("{seen:?}");
    seen.enough();
}

fn random_pipelines(thread: u8, seen: &seen::Seen) -> Result<(), String> {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[thread; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let held = runner.run(&dag::dags(), |dag| {
        runs::hold(&dag, seen).map_err(TestCaseError::fail)
    });
    held.map_err(|error| error.to_string())
}
