//! One attempt at one node: a function of the node, its input frames and where the result goes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::*;

use super::error::{Difference, NodeProblem};
use crate::contract::Flow;
use crate::graph::Node;
use crate::rules::{Audit, Audited, Invalid, Policy, Unfit};
use crate::schema::describe_dtype;
use crate::step::{Inputs, StepOutput};
use crate::store::{Footer, StagedData, Store, WriteError};

/// Where a node's result goes.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// Nowhere yet: it becomes part of the queries of the nodes that use it.
    Plan,
    /// The run keeps it.
    Memory,
    /// The store.
    Checkpoint(&'a Store),
}

/// A node's result.
pub(super) enum Product {
    Plan(Box<LazyFrame>),
    Memory(DataFrame, Audited),
    /// Audited, not committed.
    Staged(Box<StagedResult>),
}

/// A result that was computed into the store, but is no part of it yet.
pub(super) struct StagedResult {
    pub(super) data: StagedData,
    pub(super) footer: Footer,
    pub(super) invalid: Option<Invalid>,
    /// The rows that were put aside.
    pub(super) quarantine: Option<StagedData>,
}

/// Calls the step and computes what it built.
///
/// What is computed is audited: columns that the contract says are without nulls are, and rows keep
/// the rules of the schemas that they have. A result that becomes part of another query is not
/// computed here, and so not audited; one with rules is computed whatever becomes of it.
pub(super) fn attempt(
    node: &Node,
    inputs: Vec<LazyFrame>,
    target: Target,
) -> Result<Product, NodeProblem> {
    let (plan, schema) = plan(node, inputs)?;
    let rules = if node.rules.is_empty() {
        None
    } else {
        Some(Audit::new(&node.rules, &schema))
    };
    let plan = match &rules {
        Some(rules) => {
            same(unfit(rules))?;
            compute(|| rules.watch(plan))?
        }
        None => plan,
    };
    match target {
        Target::Plan if rules.is_none() => Ok(Product::Plan(Box::new(plan))),
        Target::Plan | Target::Memory => {
            let frame = compute(|| crate::engine::collect(plan))?;
            is_what_was_planned(node, &schema, frame.schema())?;
            let nulls = |column: &str| Ok(frame.column(column)?.null_count() as u64);
            let rows = frame.height() as u64;
            audit(node, rows, nulls)?;
            let audited = verdict(node, rules.as_ref(), rows)?;
            if let Audited {
                invalid: Some(invalid),
                quarantine: Some(_),
            } = audited
            {
                // There is no checkpoint to put them beside, and they must not be lost.
                return Err(broken(node, invalid));
            }
            Ok(Product::Memory(frame, audited))
        }
        Target::Checkpoint(store) => {
            let mut staged = store.stage(&node.name).map_err(NodeProblem::Store)?;
            write(&mut staged, plan)?;
            let footer = staged.footer().map_err(NodeProblem::Query)?;
            is_what_was_planned(node, &schema, &footer.schema)?;
            audit(node, footer.rows, |column| match footer.nulls(column) {
                Some(nulls) => Ok(nulls),
                None => count_nulls(staged.scan()?, column),
            })?;
            let Audited {
                invalid,
                quarantine,
            } = verdict(node, rules.as_ref(), footer.rows)?;
            let quarantine = match quarantine {
                Some(rows) => {
                    let mut staged = store.stage(&node.name).map_err(NodeProblem::Store)?;
                    write(&mut staged, rows.lazy())?;
                    Some(staged)
                }
                None => None,
            };
            Ok(Product::Staged(Box::new(StagedResult {
                data: staged,
                footer,
                invalid,
                quarantine,
            })))
        }
    }
}

/// What came of the rules, now that the result was computed.
fn verdict(node: &Node, rules: Option<&Audit>, passed: u64) -> Result<Audited, NodeProblem> {
    let Some(rules) = rules else {
        return Ok(Audited::NOTHING);
    };
    let audited = rules.finish(passed).map_err(NodeProblem::Query)?;
    match audited.invalid {
        Some(invalid) if invalid.policy == Policy::Fail => Err(broken(node, invalid)),
        _ => Ok(audited),
    }
}

fn broken(node: &Node, invalid: Invalid) -> NodeProblem {
    let source_name = node.rules.source.clone();
    NodeProblem::Rules {
        source_name,
        invalid,
    }
}

/// Columns that rules are about and that the result does not have.
fn unfit(rules: &Audit) -> Vec<Difference> {
    let difference = |unfit: Unfit| Difference {
        column: unfit.column,
        declared: Some(unfit.declared),
        actual: unfit.actual,
    };
    rules.unfit().into_iter().map(difference).collect()
}

/// Calls the step and holds the schema of its result against the contract.
pub(super) fn plan(
    node: &Node,
    inputs: Vec<LazyFrame>,
) -> Result<(LazyFrame, SchemaRef), NodeProblem> {
    let output = guarded(|| node.step.process(Inputs::new(inputs)))?.map_err(NodeProblem::Step)?;
    let StepOutput::Frame(mut plan) = output else {
        return Err(NodeProblem::Step("the step returned a value".into()));
    };
    let schema = compute(|| plan.collect_schema())?;
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
    let mut plan = plan.select(promise.live().map(|c| col(c.name)).collect::<Vec<_>>());
    let schema = compute(|| plan.collect_schema())?;
    Ok((plan, schema))
}

fn compute<T>(query: impl FnOnce() -> PolarsResult<T>) -> Result<T, NodeProblem> {
    guarded(query)?.map_err(NodeProblem::Query)
}

fn write(staged: &mut StagedData, query: LazyFrame) -> Result<(), NodeProblem> {
    guarded(|| staged.write(query))?.map_err(|error| match error {
        WriteError::Query(error) => NodeProblem::Query(error),
        WriteError::Storage(error) => NodeProblem::Store(error.into()),
    })
}

/// Turns a panic into an error. Nothing that the closure may have left half done is used after it.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, NodeProblem> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| NodeProblem::Panic(message(&*panic)))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no message".to_owned())
}

fn same(differences: Vec<Difference>) -> Result<(), NodeProblem> {
    if differences.is_empty() {
        Ok(())
    } else {
        Err(NodeProblem::Contract(differences))
    }
}

/// Polars believes what a closure says of its result; here is what it really is.
fn is_what_was_planned(node: &Node, planned: &Schema, actual: &Schema) -> Result<(), NodeProblem> {
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
fn changed(planned: &Schema, actual: &Schema) -> Vec<Difference> {
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
fn audit(
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
    let counted = crate::engine::collect(frame.select([col(column).null_count()]))?;
    let count = counted.column(column)?.cast(&DataType::UInt64)?;
    Ok(count.u64()?.get(0).unwrap_or(0))
}
