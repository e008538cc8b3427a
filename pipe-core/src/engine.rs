//! The one place that hands a query to Polars.
//!
//! Common-subplan elimination is off: Polars 0.55.2 merges different `map` closures of one name, and
//! evaluates a random node once for two branches. The engine is named, because `Auto` changes its
//! meaning between releases.

use polars::prelude::{DataFrame, Expr, LazyFrame, PlSmallStr, PolarsResult};

/// The column of exactly this name: `col` takes `*` and `^…$` for patterns, and finds others by them.
pub(crate) fn column(name: impl Into<PlSmallStr>) -> Expr {
    Expr::Column(name.into())
}

fn settings(lazy: LazyFrame) -> LazyFrame {
    lazy.with_comm_subplan_elim(false)
}

/// How a frame is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// In pieces that flow by, on all cores.
    Streaming,
    /// As a whole, one operation after the other: for a small frame in a hundredth of the time that it
    /// takes to set up the other.
    InMemory,
}

/// Computes a frame, or runs a sink, on the streaming engine.
pub(crate) fn collect(lazy: LazyFrame) -> PolarsResult<DataFrame> {
    collect_on(Engine::Streaming, lazy)
}

/// Computes a frame.
pub(crate) fn collect_on(engine: Engine, lazy: LazyFrame) -> PolarsResult<DataFrame> {
    let engine = match engine {
        Engine::Streaming => polars::prelude::Engine::Streaming,
        Engine::InMemory => polars::prelude::Engine::InMemory,
    };
    // `unwrap_single` panics only for the result of `collect_all`, which this is not.
    Ok(settings(lazy).collect_with_engine(engine)?.unwrap_single())
}
