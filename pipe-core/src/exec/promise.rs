//! Holding results against what was promised of them: by contracts, and by the queries that made them.

use polars::prelude::{DataType, LazyFrame, PlSmallStr, PolarsResult, Schema, SchemaRef};

use super::error::{Difference, NodeProblem};
use super::guarded::query;
use crate::contract::Flow;
use crate::engine;
use crate::graph::Node;
use crate::schema::describe_dtype;

/// Holds the schema of a result against the contract.
pub(super) fn as_promised(
    node: &Node,
    mut plan: LazyFrame,
) -> Result<(LazyFrame, SchemaRef), NodeProblem> {
    let schema = query(|| plan.collect_schema())?;
    let Some(promise) = &node.promise else {
        return Ok((plan, schema));
    };
    same(differences(promise, &schema))?;
    if promise.open
        || promise
            .live()
            .map(|c| c.name)
            .eq(schema.iter_names().map(PlSmallStr::as_str))
    {
        return Ok((plan, schema));
    }
    // A declared schema has an order, too.
    let mut plan = plan.select(
        promise
            .live()
            .map(|c| engine::column(c.name))
            .collect::<Vec<_>>(),
    );
    let schema = query(|| plan.collect_schema())?;
    Ok((plan, schema))
}

pub(super) fn same(differences: Vec<Difference>) -> Result<(), NodeProblem> {
    if differences.is_empty() {
        Ok(())
    } else {
        Err(NodeProblem::Contract(differences))
    }
}

/// Polars believes what a closure says of its result; here is what it really is.
pub(super) fn is_what_was_planned(
    node: &Node,
    planned: &Schema,
    actual: &Schema,
) -> Result<(), NodeProblem> {
    if let Some(promise) = &node.promise {
        same(differences(promise, actual))?;
    }
    same(changed(planned, actual))
}

/// Where a schema is not what the contract says, column by column.
pub(super) fn differences(promise: &Flow, schema: &Schema) -> Vec<Difference> {
    let mut found = Vec::new();
    for spec in promise.live() {
        let actual = schema.get(spec.name);
        if actual != Some(&spec.ty.dtype()) {
            found.push(Difference {
                column: spec.name.to_owned(),
                declared: Some(spec.ty.to_string()),
                actual: actual.map(describe_dtype),
            });
        }
    }
    if !promise.open {
        for (name, dtype) in schema.iter() {
            if !promise.live().any(|spec| spec.name == name.as_str()) {
                let (column, actual) = (name.to_string(), Some(describe_dtype(dtype)));
                found.push(Difference {
                    column,
                    declared: None,
                    actual,
                });
            }
        }
    }
    found
}

/// Where a result is not what its query said it would be.
pub(super) fn changed(planned: &Schema, actual: &Schema) -> Vec<Difference> {
    let names = planned
        .iter_names()
        .chain(actual.iter_names().filter(|n| !planned.contains(n)));
    names
        .filter(|name| planned.get(name) != actual.get(name))
        .map(|name| Difference {
            column: name.to_string(),
            declared: planned.get(name).map(describe_dtype),
            actual: actual.get(name).map(describe_dtype),
        })
        .collect()
}

/// Looks for nulls where the contract says there are none.
pub(super) fn audit(
    node: &Node,
    rows: u64,
    nulls: impl Fn(&str) -> PolarsResult<u64>,
) -> Result<(), NodeProblem> {
    let promise = node.promise.iter().flat_map(Flow::live);
    for column in promise.filter(|spec| !spec.nullable).map(|spec| spec.name) {
        let nulls = nulls(column).map_err(NodeProblem::Query)?;
        if nulls > 0 {
            let (node, column) = (node.name.clone(), column.to_owned());
            return Err(NodeProblem::Nulls {
                node,
                column,
                nulls,
                rows,
            });
        }
    }
    Ok(())
}

pub(super) fn count_nulls(frame: LazyFrame, column: &str) -> PolarsResult<u64> {
    let counted = engine::collect(frame.select([engine::column(column).null_count()]))?;
    let count = counted.column(column)?.cast(&DataType::UInt64)?;
    Ok(count.u64()?.get(0).unwrap_or(0))
}
