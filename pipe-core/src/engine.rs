//! The one place that hands a query to Polars.
//!
//! Common-subplan elimination is off: Polars 0.55.2 merges different `map` closures of one name, and
//! evaluates a random node once for two branches. The engine is named, because `Auto` changes its
//! meaning between releases.

use polars::prelude::*;

fn settings(lazy: LazyFrame) -> LazyFrame {
    lazy.with_comm_subplan_elim(false)
}

/// Computes a frame, or runs a sink, on the streaming engine.
pub(crate) fn collect(lazy: LazyFrame) -> PolarsResult<DataFrame> {
    // `unwrap_single` panics only for the result of `collect_all`, which this is not.
    Ok(settings(lazy)
        .collect_with_engine(Engine::Streaming)?
        .unwrap_single())
}
