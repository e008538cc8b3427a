//! `show`: the schema and the first rows of a node's checkpoint.

use std::io::Write;

use polars::prelude::LazyFrame;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::preview::{self, Preview};
use super::verbs::Work;
use crate::exec::NodeStatus;
use crate::step::{StepOutput, Value};

impl Work<'_, '_> {
    pub(super) fn show(mut self, node: &str, rows: u32, quarantine: bool) -> Result<Exit, Failure> {
        let stored = self.pipeline.stored_result(&node.into())?;
        let mut status = self.pipeline.status()?.nodes.into_iter();
        let status = status.find(|status| status.name == node);
        let (Some(stored), Some(status)) = (stored, &status) else {
            let message = format!(
                "node `{node}` has no valid checkpoint{}",
                why(status.as_ref())
            );
            return Err(Failure::new(Exit::Usage, message));
        };
        let frame = match stored {
            StepOutput::Frame(frame) => frame,
            StepOutput::Rows(rows) => rows.into_plan(),
            StepOutput::Value(_) if quarantine => {
                let message = format!("node `{node}` is a value: it has no rows");
                return Err(Failure::new(Exit::Usage, message));
            }
            StepOutput::Value(value) => return self.show_value(status, &value),
        };
        let aside = self.pipeline.quarantined(node)?;
        let (frame, count) = match aside {
            Some(aside) if quarantine => (aside, status.invalid.as_ref().map(|i| i.rows)),
            None if quarantine => {
                let message = format!("node `{node}` has no quarantined rows");
                return Err(Failure::new(Exit::Usage, message));
            }
            _ => (frame, status.rows),
        };
        let schema = columns(frame.clone())?;
        let preview = Preview::of(frame, rows)?;
        if self.options.json {
            let columns = schema.iter();
            let columns: Vec<_> = columns
                .map(|(name, ty)| json!({"name": name, "type": ty}))
                .collect();
            self.json(&json!({
                "name": status.name, "step": status.step, "key": status.key, "rows": count,
                "bytes": status.bytes, "schema": columns, "head": preview.json()?,
                "invalid": status.invalid, "quarantine": status.quarantine,
            }))?;
            return Ok(Exit::Done);
        }
        let widths = schema.iter().map(|(name, _)| name.chars().count());
        let width = widths.max().unwrap_or_default();
        for (name, ty) in &schema {
            writeln!(self.console.out, "{name:<width$}  {ty}")?;
        }
        writeln!(self.console.out)?;
        write!(self.console.out, "{}", preview.text(node, count))?;
        for found in status.invalid.iter().flat_map(|invalid| &invalid.rules) {
            writeln!(self.console.out, "{found}")?;
        }
        if let Some(path) = &status.quarantine {
            writeln!(self.console.out, "put aside: {}", path.display())?;
        }
        Ok(Exit::Done)
    }

    fn show_value(mut self, status: &NodeStatus, value: &Value) -> Result<Exit, Failure> {
        if self.options.json {
            self.json(&json!({
                "name": status.name, "step": status.step, "key": status.key, "bytes": status.bytes,
                "type": value.kind().type_name(), "value": preview::json(value)?,
            }))?;
        } else {
            write!(self.console.out, "{}", preview::value(&status.name, value)?)?;
        }
        Ok(Exit::Done)
    }
}

/// What `status` says of a node whose checkpoint cannot be shown.
fn why(status: Option<&NodeStatus>) -> String {
    match status {
        Some(status) if !status.reason.is_empty() => format!(": {}", status.reason),
        _ => String::new(),
    }
}

/// Names and types, in the words of a schema.
fn columns(mut frame: LazyFrame) -> Result<Vec<(String, String)>, Failure> {
    let schema = frame.collect_schema()?;
    let columns = schema.iter();
    Ok(columns
        .map(|(name, dtype)| (name.to_string(), crate::describe_dtype(dtype)))
        .collect())
}
