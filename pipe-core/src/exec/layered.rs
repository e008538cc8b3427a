//! Results of which only what is new is stored, above a checkpoint of a node before.

use std::sync::Arc;

use polars::prelude::{DataFrame, LazyFrame, PolarsResult};

use super::error::NodeProblem;
use crate::engine::Engine;
use crate::layers::{self, Acts, Layer, frame_of};
use crate::store::{Footer, Record, StagedData, Store, kept_rows, may_be_small};

/// Layers that a checkpoint has at most.
const DEEPEST: usize = 32;

/// How many times the values of a frame may have to be read for it.
const MOST_READ: u64 = 2;

/// A frame that a step was given, and the checkpoint that has it.
#[derive(Clone)]
pub(super) struct Below {
    pub(super) given: LazyFrame,
    pub(super) record: Arc<Record>,
}

/// A frame, and what it is above a checkpoint.
pub(super) struct Layered {
    pub(super) frame: DataFrame,
    pub(super) above: Option<Above>,
}

/// What is new in a frame.
pub(super) struct Above {
    pub(super) below: Arc<Record>,
    pub(super) layer: Layer,
}

/// What was staged of it.
pub(super) struct StagedLayer {
    /// The columns that were made, if any were.
    pub(super) made: Option<StagedData>,
    /// Which rows are kept, if not all of them are.
    pub(super) kept: Option<StagedData>,
}

/// Computes the result of a step from what it was given, if it is little more than that. `None` if it has to
/// be computed as a whole.
pub(super) fn compute(
    plan: &LazyFrame,
    below: &[Below],
    engine: Engine,
) -> PolarsResult<Option<Layered>> {
    let given: Vec<_> = below.iter().map(|below| &below.given).collect();
    let Some(acts) = Acts::of(plan, &given) else {
        return Ok(None);
    };
    let below = &below[acts.input];
    let Some(frame) = frame_of(&below.given) else {
        return Ok(None);
    };
    let Some(computed) = layers::compute(frame, &acts, engine)? else {
        return Ok(None);
    };
    let layer = computed.layer;
    let layer = layer.filter(|layer| is_worth_it(layer, &computed.frame, &below.record));
    Ok(Some(Layered {
        frame: computed.frame,
        above: layer.map(|layer| Above {
            below: below.record.clone(),
            layer,
        }),
    }))
}

/// Whether it is better to store a layer than the frame: it is much less, and reading it again is little
/// more.
fn is_worth_it(layer: &Layer, frame: &DataFrame, below: &Record) -> bool {
    let rows = frame.height() as u64;
    // Small results have one form, whatever they were made from. Others must be read as they are.
    if may_be_small(rows, frame.width()) || Footer::of(frame).is_none() {
        return false;
    }
    let size = |name| {
        frame
            .column(name)
            .map_or(0, |it| it.as_materialized_series().estimated_size())
    };
    let made: usize = layer.made().map(|name| size(name.as_str())).sum();
    let kept = layer.kept.as_ref().map_or(0, |kept| kept.len() / 8);
    let written = (made + kept) as u64;
    let read: u64 = layer
        .columns
        .iter()
        .map(|(_, origin)| match origin {
            layers::Origin::Below(column) => below.values_to_read(column),
            layers::Origin::Made => rows,
        })
        .sum();
    let values = rows.saturating_mul(frame.width() as u64);
    below.depth() < DEEPEST
        && written.saturating_mul(2) <= frame.estimated_size() as u64
        && read <= values.saturating_mul(MOST_READ)
}

/// Writes what is new.
pub(super) fn stage(
    store: &Store,
    node: &str,
    frame: &DataFrame,
    layer: &Layer,
) -> Result<StagedLayer, NodeProblem> {
    let stage = |frame: &DataFrame| {
        let mut data = store.stage(node).map_err(NodeProblem::Store)?;
        super::attempt::write(|| data.write_frame(frame))?;
        Ok::<_, NodeProblem>(data)
    };
    let made: Vec<_> = layer.made().cloned().collect();
    let columns = super::attempt::query(|| frame.select(made.iter().cloned()))?;
    let made = (!made.is_empty()).then(|| stage(&columns)).transpose()?;
    let kept = match &layer.kept {
        Some(mask) => Some(stage(&super::attempt::query(|| kept_rows(mask))?)?),
        None => None,
    };
    Ok(StagedLayer { made, kept })
}
