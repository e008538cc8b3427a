//! Results of which only what is new is stored, above a checkpoint of a node before.

use std::sync::Arc;

use polars::prelude::{DataType, LazyFrame, Schema, SchemaRef};

use super::error::NodeProblem;
use super::guarded::{guarded, query};
use super::promise::{audit, changed, count_nulls, is_what_was_planned, same};
use super::staged::{
    Above, StagedContents, StagedResult, stage_columns, stage_frame, stage_stream,
};
use crate::engine::Engine;
use crate::graph::Node;
use crate::layers::{self, Acts, Layer, Origin, Parts};
use crate::store::{Footer, Record, StagedData, Store, is_read_back, kept_rows};

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
    /// From how many rows on a frame is a long one.
    pub(super) long: usize,
}

/// What came of a step that did little to its frame.
pub(super) enum Layered {
    /// What is new was written.
    Staged(Box<StagedResult>),
    /// It is computed, and to be written as a whole.
    Whole(Parts),
}

/// Computes the result of a step from what it was given, and writes what is new in it. `None` if it has to be
/// computed as a whole.
pub(super) fn in_memory(
    node: &Node,
    plan: &LazyFrame,
    schema: &SchemaRef,
    below: &[Below],
    store: &Store,
    engine: Engine,
) -> Result<Option<Layered>, NodeProblem> {
    let Some((acts, below)) = recognise(plan, below) else {
        return Ok(None);
    };
    let frame = match &below.parts {
        Some(parts) => parts.clone(),
        None => query(|| Parts::stored(below.given.clone(), below.record.rows))?,
    };
    // What fails, Polars may leave out of the plan as a whole. If not, it says best what is wrong.
    let computed = query(|| layers::compute(&frame, &acts, engine, below.long));
    let Ok(Some(computed)) = computed else {
        return Ok(None);
    };
    let parts = computed.parts;
    let rows = parts.rows() as u64;
    is_what_was_planned(node, schema, &parts.schema())?;
    guarded(|| audit(node, rows, |column| parts.nulls(column, engine)))??;
    let layer = computed.layer;
    let Some(layer) = layer.filter(|layer| is_worth_it(layer, schema, rows, below)) else {
        return Ok(Some(Layered::Whole(parts)));
    };
    let made = if layer.made().next().is_none() {
        None
    } else {
        let columns = query(|| parts.select(layer.made(), engine))?;
        Some(stage_columns(store, node, &columns)?)
    };
    let staged = staged(
        store,
        node,
        (schema, rows),
        made,
        (below, layer),
        Some(parts),
    )?;
    Ok(Some(Layered::Staged(staged)))
}

/// Streams what is new in the result of a step to where it goes. `None` if it has to be computed as a whole.
pub(super) fn streamed(
    node: &Node,
    plan: &LazyFrame,
    schema: &SchemaRef,
    below: &[Below],
    store: &Store,
) -> Result<Option<Box<StagedResult>>, NodeProblem> {
    let Some((acts, below)) = recognise(plan, below) else {
        return Ok(None);
    };
    // As above.
    let streamed = query(|| layers::plan(&below.given, below.record.rows, &acts));
    let streamed = streamed
        .ok()
        .flatten()
        .filter(|it| is_worth_it(&it.layer, schema, it.rows, below));
    let Some(streamed) = streamed else {
        return Ok(None);
    };
    let made = match &streamed.made {
        Some(plan) => {
            let (data, footer) = match stage_stream(store, node, plan) {
                Err(NodeProblem::Query(_) | NodeProblem::Panic(_)) => return Ok(None),
                staged => staged?,
            };
            if footer.rows != streamed.rows {
                return Ok(None);
            }
            let names = streamed.layer.made();
            let planned = names.filter_map(|name| Some((name.clone(), schema.get(name)?.clone())));
            same(changed(&planned.collect(), &footer.schema))?;
            Some((data, footer))
        }
        None => None,
    };
    let most = query(|| store.most_nulls(&below.record))?;
    let nulls = |column: &str| match (streamed.layer.origin_of(column), &made) {
        (Some(Origin::Made), Some((data, footer))) => match footer.nulls(column) {
            Some(nulls) => Ok(nulls),
            None => count_nulls(data.scan()?, column),
        },
        // There are no more in some of its rows.
        (Some(Origin::Below(name)), _) if most.get(name.as_str()) == Some(&0) => Ok(0),
        _ => count_nulls(streamed.frame.clone(), column),
    };
    guarded(|| audit(node, streamed.rows, nulls))??;
    let (frame, made) = ((schema, streamed.rows), made.map(|(data, _)| data));
    staged(store, node, frame, made, (below, streamed.layer), None).map(Some)
}

/// A layer of which the columns that were made are written.
fn staged(
    store: &Store,
    node: &Node,
    (schema, rows): (&SchemaRef, u64),
    made: Option<StagedData>,
    (below, layer): (&Below, Layer),
    parts: Option<Parts>,
) -> Result<Box<StagedResult>, NodeProblem> {
    let kept = match &layer.kept {
        Some(mask) => {
            let rows = query(|| kept_rows(mask))?;
            Some(stage_frame(store, node, &rows)?)
        }
        None => None,
    };
    let above = Above {
        below: below.record.clone(),
        layer,
    };
    let footer = Footer::without_file(schema.clone(), rows);
    Ok(Box::new(StagedResult {
        data: made,
        kept,
        contents: StagedContents::Layer(footer, above, parts),
        invalid: None,
        quarantine: None,
    }))
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
