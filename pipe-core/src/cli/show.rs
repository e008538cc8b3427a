//! `show`: the schema and the first rows of a node's checkpoint.

use std::io::Write;

use polars::prelude::LazyFrame;
use serde_json::json;

use super::Frames;
use super::exit::{Exit, Failure};
use super::preview::Preview;
use super::verbs::Work;
use crate::exec::{NodeStatus, State};
use crate::pipeline::Pipeline;
use crate::store::ClearError;

impl Work<'_, '_> {
    pub(super) fn show(mut self, node: &str, rows: u32) -> Result<Exit, Failure> {
        let graph = self.pipeline.graph();
        let index = graph.node(node).ok_or_else(|| ClearError::UnknownNode {
            pipeline: graph.name.clone(),
            node: node.to_owned(),
            nodes: graph.nodes.iter().map(|node| node.name.clone()).collect(),
        })?;
        let status = self.pipeline.status()?.nodes.swap_remove(index);
        let frame = stored(&self.pipeline, &status)?;
        let schema = columns(frame.clone())?;
        let mut preview = Preview::of(frame, rows)?;
        if self.options.json {
            let columns = schema.iter();
            let columns: Vec<_> = columns
                .map(|(name, ty)| json!({"name": name, "type": ty}))
                .collect();
            self.json(&json!({
                "name": status.name, "step": status.step, "state": status.state,
                "reason": status.reason, "key": status.key, "rows": status.rows,
                "bytes": status.bytes, "schema": columns, "head": preview.json()?,
            }))?;
            return Ok(Exit::Done);
        }
        if status.state != State::Valid {
            let stale = self.console.colours().doubtful("stale:");
            writeln!(self.console.err, "{stale} {}", status.reason)?;
        }
        let widths = schema.iter().map(|(name, _)| name.chars().count());
        let width = widths.max().unwrap_or_default();
        for (name, ty) in &schema {
            writeln!(self.console.out, "{name:<width$}  {ty}")?;
        }
        writeln!(self.console.out)?;
        write!(self.console.out, "{}", preview.text(node, status.rows))?;
        Ok(Exit::Done)
    }
}

/// The data of the checkpoint that the status is about: the valid one, or else the newest.
fn stored(pipeline: &Pipeline<Frames>, status: &NodeStatus) -> Result<LazyFrame, Failure> {
    let store = pipeline.store_of_pipeline();
    let node = &status.name;
    let records = store.records(node)?.sound;
    let key = status.key.as_deref();
    let Some(record) = records
        .iter()
        .find(|record| Some(record.key.as_str()) == key)
    else {
        let message = format!("nothing is stored of node `{node}`");
        return Err(Failure::new(Exit::Usage, message));
    };
    store
        .verify(record, crate::digest::file)
        .map_err(|problem| {
            let message = format!("the checkpoint of node `{node}` is corrupt: {problem}");
            Failure::new(Exit::Failed, message)
        })?;
    Ok(store.scan(record)?)
}

/// Names and types, in the words of a schema.
fn columns(mut frame: LazyFrame) -> Result<Vec<(String, String)>, Failure> {
    let schema = frame.collect_schema()?;
    let columns = schema.iter();
    Ok(columns
        .map(|(name, dtype)| (name.to_string(), crate::describe_dtype(dtype)))
        .collect())
}
