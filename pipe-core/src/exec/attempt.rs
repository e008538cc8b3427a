//! One attempt at one node: a function of the node, its inputs and where the result goes.

use polars::prelude::{DataFrame, LazyFrame, Schema};

use super::error::{Difference, NodeProblem};
use super::guarded::{guarded, query, unwritten};
use super::layered::{self, Below, Layered};
use super::promise::{as_promised, audit, count_nulls, is_what_was_planned, same};
use super::staged::{StagedContents, StagedResult, stage_frame, stage_stream};
use crate::engine::Engine;
use crate::graph::Node;
use crate::rows::Ledger;
use crate::rules::{Audit, Audited, Invalid, Policy, Unfit};
use crate::step::{Inputs, OutputKind, StepOutput, Value};
use crate::store::{Footer, Store};

/// Where a node's result goes.
#[derive(Clone)]
pub(super) enum Target {
    /// Nowhere yet: a frame becomes part of the queries of the nodes that use it.
    Plan,
    /// The run keeps it.
    Memory,
    /// The store.
    Checkpoint {
        store: Store,
        /// Whether the frame is computed as a whole and then written, and not written while it is
        /// computed.
        collect: bool,
    },
}

/// A node's result.
pub(super) enum Product {
    Plan(Box<LazyFrame>),
    Memory(DataFrame, Option<Invalid>),
    Value(Value),
    /// Audited, not committed.
    Staged(Box<StagedResult>),
}

/// Calls the step.
pub(super) fn call(node: &Node, inputs: Inputs) -> Result<StepOutput, NodeProblem> {
    guarded(|| node.step.process(inputs))?.map_err(NodeProblem::Step)
}

/// Computes what the step built.
///
/// What is computed is audited: columns that the contract says are without nulls are, and rows keep
/// the rules of the schemas that they have. A result that becomes part of another query is not
/// computed here, and so not audited; one with rules is computed whatever becomes of it.
pub(super) fn compute(
    node: &Node,
    output: StepOutput,
    target: &Target,
    engine: Engine,
    below: &[Below],
) -> Result<Product, NodeProblem> {
    match (output, node.step.output()) {
        (StepOutput::Frame(plan), OutputKind::Frame) => {
            frame(node, plan, None, target, engine, below)
        }
        (StepOutput::Rows(rows), OutputKind::Frame) => {
            let (plan, ledger) = rows.into_parts();
            let result = frame(node, plan, Some(&ledger), target, engine, &[]);
            match ledger.panic() {
                Some(panic) => Err(NodeProblem::Panic(panic)),
                None => result,
            }
        }
        (StepOutput::Value(value), OutputKind::Value(_)) => self::value(node, value, target),
        (StepOutput::Frame(_) | StepOutput::Rows(_), OutputKind::Value(kind)) => {
            let wanted = kind.type_name();
            let problem =
                format!("the step says that it returns a `{wanted}`, but returned a frame");
            Err(NodeProblem::WrongResult(problem))
        }
        (StepOutput::Value(value), OutputKind::Frame) => {
            let found = value.kind().type_name();
            let problem =
                format!("the step says that it returns a frame, but returned a `{found}`");
            Err(NodeProblem::WrongResult(problem))
        }
    }
}

fn value(node: &Node, value: Value, target: &Target) -> Result<Product, NodeProblem> {
    let Target::Checkpoint { store, .. } = target else {
        return Ok(Product::Value(value));
    };
    let json = guarded(|| stored_as(&value))??;
    let mut data = store.stage(&node.name).map_err(NodeProblem::Store)?;
    data.write_bytes(&json).map_err(unwritten)?;
    Ok(Product::Staged(Box::new(StagedResult {
        data: Some(data),
        kept: None,
        contents: StagedContents::Value(value),
        invalid: None,
        quarantine: None,
    })))
}

/// A value's JSON, which must give the value back.
pub(super) fn stored_as(value: &Value) -> Result<Vec<u8>, NodeProblem> {
    let name = value.kind().type_name();
    let help = "give its type another form for serde, or use `#[checkpoint(false)]`";
    let problem =
        |said: &str| NodeProblem::WrongResult(format!("the value of type `{name}` {said}; {help}"));
    let json = value.json();
    let json = json.map_err(|error| problem(&format!("cannot be stored: {error}")))?;
    match value.kind().read(&json).and_then(|again| again.json()) {
        Ok(again) if again == json => Ok(json),
        Ok(_) => Err(problem(
            "is another one once it was stored as JSON and read again",
        )),
        Err(error) => Err(problem(&format!(
            "cannot be read once it was stored as JSON: {error}"
        ))),
    }
}

fn frame(
    node: &Node,
    plan: LazyFrame,
    rows: Option<&Ledger>,
    target: &Target,
    engine: Engine,
    below: &[Below],
) -> Result<Product, NodeProblem> {
    let (plan, schema) = as_promised(node, plan)?;
    let rules = if node.rules.is_empty() {
        None
    } else {
        Some(Audit::new(&node.rules, &schema))
    };
    let plan = match &rules {
        Some(rules) => {
            same(unfit(rules))?;
            query(|| rules.watch(plan))?
        }
        None => plan,
    };
    match target {
        Target::Plan if rules.is_none() && rows.is_none_or(Ledger::fail_at_once) => {
            Ok(Product::Plan(Box::new(plan)))
        }
        Target::Plan | Target::Memory => {
            let frame = collect(node, plan, &schema, engine)?;
            let audited = verdict(node, rows, rules.as_ref(), frame.height() as u64)?;
            match (audited.invalid, audited.quarantine) {
                // There is no checkpoint to put them beside, and they must not be lost.
                (Some(invalid), Some(_)) if rules.is_none() => Err(NodeProblem::Rows(invalid)),
                (Some(invalid), Some(_)) => Err(broken(node, invalid)),
                (invalid, _) => Ok(Product::Memory(frame, invalid)),
            }
        }
        Target::Checkpoint {
            store,
            collect: whole,
        } => {
            let below = if rules.is_none() && rows.is_none() {
                below
            } else {
                &[]
            };
            let (data, footer, kept) = if *whole {
                let frame = match layered::in_memory(node, &plan, &schema, below, store, engine)? {
                    Some(Layered::Staged(staged)) => return Ok(Product::Staged(staged)),
                    Some(Layered::Whole(parts)) => {
                        query(|| crate::engine::collect_on(engine, parts.lazy()?))?
                    }
                    None => collect(node, plan, &schema, engine)?,
                };
                let data = stage_frame(store, node, &frame)?;
                match Footer::of(&frame) {
                    Some(footer) => (data, footer, Some(frame)),
                    None => {
                        let footer = data.footer().map_err(NodeProblem::Query)?;
                        (data, footer, None)
                    }
                }
            } else {
                if let Some(staged) = layered::streamed(node, &plan, &schema, below, store)? {
                    return Ok(Product::Staged(staged));
                }
                let (data, footer) = stage_stream(store, node, &plan)?;
                is_what_was_planned(node, &schema, &footer.schema)?;
                audit(node, footer.rows, |column| match footer.nulls(column) {
                    Some(nulls) => Ok(nulls),
                    None => count_nulls(data.scan()?, column),
                })?;
                (data, footer, None)
            };
            let audited = verdict(node, rows, rules.as_ref(), footer.rows)?;
            let quarantine = match audited.quarantine {
                Some(rows) => Some(stage_frame(store, node, &rows)?),
                None => None,
            };
            Ok(Product::Staged(Box::new(StagedResult {
                data: Some(data),
                kept: None,
                contents: StagedContents::Frame(footer, kept),
                invalid: audited.invalid,
                quarantine,
            })))
        }
    }
}

/// Computes a frame, so that what it reads is not needed any more.
pub(super) fn collected(frame: LazyFrame, engine: Engine) -> Result<StepOutput, NodeProblem> {
    query(|| crate::engine::collect_on(engine, frame)).map(StepOutput::from)
}

/// Computes a frame in memory, and audits it.
fn collect(
    node: &Node,
    plan: LazyFrame,
    schema: &Schema,
    engine: Engine,
) -> Result<DataFrame, NodeProblem> {
    let frame = query(|| crate::engine::collect_on(engine, plan))?;
    is_what_was_planned(node, schema, frame.schema())?;
    let nulls = |column: &str| Ok(frame.column(column)?.null_count() as u64);
    audit(node, frame.height() as u64, nulls)?;
    Ok(frame)
}

/// What came of the rows and of the rules, now that the result was computed.
fn verdict(
    node: &Node,
    rows: Option<&Ledger>,
    rules: Option<&Audit>,
    passed: u64,
) -> Result<Audited, NodeProblem> {
    let held = match rules {
        Some(rules) => rules.finish(passed).map_err(NodeProblem::Query)?,
        None => Audited::NOTHING,
    };
    let failed = match rows {
        Some(rows) => rows.finish(passed + held.taken_out()),
        None => Ok(Audited::NOTHING),
    };
    let failed = failed.map_err(NodeProblem::Query)?;
    let is_error = |audited: &Audited| {
        let invalid = audited.invalid.as_ref();
        invalid.is_some_and(|invalid| invalid.policy == Policy::Fail)
    };
    match (failed, held) {
        (failed, _) if is_error(&failed) => match failed.invalid {
            Some(invalid) => Err(NodeProblem::Rows(invalid)),
            None => Ok(Audited::NOTHING),
        },
        (_, held) if is_error(&held) => match held.invalid {
            Some(invalid) => Err(broken(node, invalid)),
            None => Ok(Audited::NOTHING),
        },
        (failed, held) => failed.and(held).map_err(NodeProblem::Query),
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
