//! Tests of steps and pipelines.
//!
//! A step is a plain function, and a pipeline takes rows as its inputs, so most tests need little of
//! this: a store that goes away, and something that compares frames.
//!
//! ```
//! use pipe_core::prelude::*;
//! use pipe_core::testing::{TestStore, assert_frames_equal};
//!
//! #[derive(Schema)]
//! struct Flight { carrier: String, dep_delay: i64 }
//!
//! #[step(reads(dep_delay: i64), adds(late: bool))]
//! fn rate(flights: LazyFrame, late_after: i64) -> LazyFrame {
//!     flights.with_column(col("dep_delay").gt(lit(late_after)).alias("late"))
//! }
//!
//! pipeline! {
//!     fn late(flights: Frame<Flight>, late_after: i64 = 15) -> LazyFrame {
//!         let rated = rate(flights, late_after);
//!         rated
//!     }
//! }
//!
//! // The step.
//! let rated = rate(df!("dep_delay" => [15_i64, 16])?.lazy(), 15);
//! assert_frames_equal(rated, df!("dep_delay" => [15_i64, 16], "late" => [false, true])?);
//!
//! // The pipeline.
//! let flights = vec![
//!     Flight { carrier: "UA".into(), dep_delay: 15 },
//!     Flight { carrier: "AA".into(), dep_delay: 16 },
//! ];
//! let store = TestStore::new();
//! let run = late(flights, 15).store(&store).run()?;
//! assert_eq!(run.report().ran(), ["rated"]);
//! assert_eq!(run.output().collect()?.column("late")?.bool()?.get(1), Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | | |
//! | --- | --- |
//! | [`TestStore`] | a store in a folder that goes away |
//! | [`Failures`], given to [`Pipeline::inject`](crate::Pipeline::inject) | errors, panics and steps that hang, by node and attempt |
//! | [`TestClock`], given to [`Pipeline::clock`](crate::Pipeline::clock) | retries and timeouts without waiting |
//! | [`Recorder`], given to [`Pipeline::record`](crate::Pipeline::record) | everything that was told of runs |
//! | [`RunReport::ran`](crate::RunReport::ran) | the nodes that ran |
//! | [`assert_frames_equal`], [`assert_same_rows`] | frames, compared |
//! | [`assert_runs_once`], [`assert_nothing_to_run`] | whether a second run has nothing to do |
//! | [`assert_resumes`] | whether results are the same after a failure at any node |
//!
//! Whether steps keep their contracts is told by `DelaysPipeline::check()`, without any data.

mod clock;
mod expect;
mod failures;
mod frames;
mod recorder;
mod store;

pub use clock::TestClock;
pub use expect::{assert_nothing_to_run, assert_resumes, assert_runs_once};
pub(crate) use failures::Fault;
pub use failures::{Attempts, Failures};
pub use frames::{assert_frames_equal, assert_same_rows};
pub use recorder::Recorder;
pub use store::TestStore;
