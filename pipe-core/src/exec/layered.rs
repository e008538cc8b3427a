//! Results of which only what is new is stored, above a checkpoint of a node before.

use std::sync::Arc;

use polars::prelude::{DataType, LazyFrame, PolarsResult, Schema};

use super::attempt;
use super::error::NodeProblem;
use crate::engine::Engine;
use crate::layers::{self, Acts, Layer, Layered as Computed, Origin, Parts, Streamed};
use crate::store::{Footer, Record, StagedData, Store, is_read_back, kept_rows, may_be_small};

/// Layers that a checkpoint has at most.
const DEEPEST: usize = 32;

/// How many times the values of a frame may have to be read for it.
const MOST_READ: u64 = 2;

/// A frame that a step was given, and the checkpoint that has it.
#[derive(Clone)]
pub(super) struct Below {
    pub(super) given: LazyFrame,
    pub(super) record: Arc<Record>,
    /// The frame, if it is in memory.
    pub(super) parts: Option<Parts>,
    /// How many values a layer's frame has at least.
    pub(super) smallest: u64,
}

/// A frame, and what it is above a checkpoint.
pub(super) struct Layered {
    pub(super) parts: Parts,
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
    let Some((acts, below)) = recognise(plan, below) else {
        return Ok(None);
    };
    let frame = match &below.parts {
        Some(parts) => parts.clone(),
        None => Parts::stored(below.given.clone(), below.record.rows)?,
    };
    let Some(Computed { parts, layer }) = layers::compute(&frame, &acts, engine)? else {
        return Ok(None);
    };
    let rows = parts.rows() as u64;
    let layer = layer.filter(|layer| is_worth_it(layer, &parts.schema(), rows, below));
    Ok(Some(Layered {
        parts,
        above: layer.map(|layer| Above {
            below: below.record.clone(),
            layer,
        }),
    }))
}

/// What of a step's result is new, above what it was given from the store. `None` if it has to be computed
/// as a whole.
pub(super) fn streamed(
    plan: &LazyFrame,
    schema: &Schema,
    below: &[Below],
) -> PolarsResult<Option<(Streamed, Arc<Record>)>> {
    let Some((acts, below)) = recognise(plan, below) else {
        return Ok(None);
    };
    let streamed = layers::plan(&below.given, below.record.rows, &acts)?;
    let streamed = streamed.filter(|it| is_worth_it(&it.layer, schema, it.rows, below));
    Ok(streamed.map(|streamed| (streamed, below.record.clone())))
}

fn recognise<'a>(plan: &LazyFrame, below: &'a [Below]) -> Option<(Acts, &'a Below)> {
    let given: Vec<_> = below.iter().map(|below| &below.given).collect();
    let acts = Acts::of(plan, &given)?;
    let below = &below[acts.input];
    Some((acts, below))
}

/// Whether it is better to store a layer than the frame: it is much less, and reading it again is little
/// more. What is stored is part of keys; so this depends on nothing that differs between two runs.
fn is_worth_it(layer: &Layer, schema: &Schema, rows: u64, below: &Below) -> bool {
    let values = rows.saturating_mul(schema.len() as u64);
    // What is read must be what was written.
    if values < below.smallest || !is_read_back(schema) || below.record.depth() >= DEEPEST {
        return false;
    }
    let widths = layer.columns.iter().map(|(name, origin)| {
        let width = schema.get(name).map_or(0, width);
        match origin {
            Origin::Below(column) => (width * rows, 0, width * below.record.values_to_read(column)),
            Origin::Made => (width * rows, width * rows, width * rows),
        }
    });
    let mask = layer.kept.as_ref().map_or(0, |kept| kept.len() as u64 / 8);
    let (whole, made, read) = widths.fold((0, 0, 0), |(a, b, c), (x, y, z)| (a + x, b + y, c + z));
    (made + mask) * 2 <= whole && read <= whole * MOST_READ
}

/// Bytes that a value takes, roughly.
fn width(dtype: &DataType) -> u64 {
    match dtype {
        DataType::Boolean | DataType::Int8 | DataType::UInt8 => 1,
        DataType::Int16 | DataType::UInt16 => 2,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 | DataType::Date => 4,
        DataType::String | DataType::Binary => 16,
        DataType::List(inner) => 4 * width(inner),
        DataType::Struct(fields) => fields.iter().map(|field| width(field.dtype())).sum(),
        _ => 8,
    }
}

/// Streams what is new to where it goes. `None` if it is not as high as the frame.
pub(super) fn stage_streamed(
    store: &Store,
    node: &str,
    streamed: &Streamed,
) -> Result<Option<(StagedLayer, Option<Footer>)>, NodeProblem> {
    let stage = || store.stage(node).map_err(NodeProblem::Store);
    let mut footer = None;
    let made = match &streamed.made {
        Some(plan) => {
            let mut data = stage()?;
            attempt::write(|| data.write(plan.clone()))?;
            let written = data.footer().map_err(NodeProblem::Query)?;
            if written.rows != streamed.rows {
                return Ok(None);
            }
            if may_be_small(written.rows, written.schema.len()) {
                // Written again as it would have been had it been computed in memory.
                let frame = attempt::query(|| crate::engine::collect(data.scan()?))?;
                data = stage()?;
                attempt::write(|| data.write_frame(&frame))?;
            }
            footer = Some(written);
            Some(data)
        }
        None => None,
    };
    let kept = stage_rows(store, node, &streamed.layer)?;
    Ok(Some((StagedLayer { made, kept }, footer)))
}

fn stage_rows(store: &Store, node: &str, layer: &Layer) -> Result<Option<StagedData>, NodeProblem> {
    let Some(mask) = &layer.kept else {
        return Ok(None);
    };
    let rows = attempt::query(|| kept_rows(mask))?;
    let mut data = store.stage(node).map_err(NodeProblem::Store)?;
    attempt::write(|| data.write_frame(&rows))?;
    Ok(Some(data))
}

/// Writes what is new.
pub(super) fn stage(
    store: &Store,
    node: &str,
    parts: &Parts,
    layer: &Layer,
    engine: Engine,
) -> Result<StagedLayer, NodeProblem> {
    let made = if layer.made().next().is_none() {
        None
    } else {
        let columns = attempt::query(|| parts.select(layer.made(), engine))?;
        let mut data = store.stage(node).map_err(NodeProblem::Store)?;
        attempt::write(|| data.write_frame(&columns))?;
        Some(data)
    };
    let kept = stage_rows(store, node, layer)?;
    Ok(StagedLayer { made, kept })
}
