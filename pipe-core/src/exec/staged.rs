//! Results on their way into the store.

use std::sync::Arc;
use std::time::Duration;

use polars::prelude::{DataFrame, LazyFrame};

use super::error::NodeProblem;
use super::guarded::{query, write};
use crate::graph::Node;
use crate::layers::{Layer, Parts, Selected};
use crate::rules::Invalid;
use crate::step::Value;
use crate::store::{Footer, Record, StagedData, Store, may_be_small};

/// A result that was computed into the store, but is no part of it yet.
pub(super) struct StagedResult {
    pub(super) data: Option<StagedData>,
    /// Of a layer which rows of the frame below are kept.
    pub(super) kept: Option<StagedData>,
    pub(super) contents: StagedContents,
    pub(super) invalid: Option<Invalid>,
    /// The rows that were put aside.
    pub(super) quarantine: Option<StagedData>,
}

impl StagedResult {
    /// How long it took to write what was in memory; `None` if it was computed while it was written.
    pub(super) fn took(&self) -> Option<Duration> {
        let all = [&self.data, &self.kept, &self.quarantine];
        all.into_iter().flatten().map(StagedData::took).sum()
    }
}

/// What was staged.
pub(super) enum StagedContents {
    /// A frame, and the frame itself where it is in memory and reading it again would give the same.
    Frame(Footer, Option<DataFrame>),
    /// A frame of which only what is new above a checkpoint was staged.
    Layer(Footer, Above, Option<Parts>),
    Value(Value),
}

/// What is new in a frame.
pub(super) struct Above {
    pub(super) below: Arc<Record>,
    pub(super) layer: Layer,
}

/// Writes a frame that is in memory.
pub(super) fn stage_frame(
    store: &Store,
    node: &Node,
    frame: &DataFrame,
) -> Result<StagedData, NodeProblem> {
    let mut data = store.stage(&node.name).map_err(NodeProblem::Store)?;
    write(|| data.write_frame(frame))?;
    Ok(data)
}

/// Writes columns of a frame, however they are in memory.
pub(super) fn stage_columns(
    store: &Store,
    node: &Node,
    columns: &Selected,
) -> Result<StagedData, NodeProblem> {
    let picked = match columns {
        Selected::Frame(frame) => return stage_frame(store, node, frame),
        Selected::Picked(picked) => picked,
    };
    if may_be_small(picked.rows() as u64, picked.schema().len()) {
        let frame = query(|| picked.slice(0, picked.rows()))?;
        return stage_frame(store, node, &frame);
    }
    let mut data = store.stage(&node.name).map_err(NodeProblem::Store)?;
    write(|| data.write_picked(picked))?;
    Ok(data)
}

/// Streams a frame to where it goes, and says what is there.
pub(super) fn stage_stream(
    store: &Store,
    node: &Node,
    plan: &LazyFrame,
) -> Result<(StagedData, Footer), NodeProblem> {
    let mut data = store.stage(&node.name).map_err(NodeProblem::Store)?;
    write(|| data.write(plan.clone()))?;
    let footer = data.footer().map_err(NodeProblem::Query)?;
    if !may_be_small(footer.rows, footer.schema.len()) {
        return Ok((data, footer));
    }
    // Written again as it would have been had it been computed in memory.
    let frame = query(|| crate::engine::collect(data.scan()?))?;
    let data = stage_frame(store, node, &frame)?;
    let footer = data.footer().map_err(NodeProblem::Query)?;
    Ok((data, footer))
}
