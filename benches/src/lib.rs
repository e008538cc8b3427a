//! What the benchmarks share: data, the work W1, shapes of graphs, and processes that are measured.

pub mod by_hand;
pub mod measure;
pub mod orders;
pub mod shapes;

pub mod w1;

/// Whatever stops a benchmark.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
