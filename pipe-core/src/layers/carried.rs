//! Which columns of a plan are columns of the frame below it, and which are made.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;
use polars_plan::plans::{AExpr, IR, IRPlan};
use polars_plan::prelude::Node;

use super::Origin;

/// The columns that a plan of `select`, `with_columns` and renamings gives, in order; `None` if it is made of
/// more than these. The plan is over an empty frame: that suffices to resolve it.
pub(super) fn origins(
    plan: DslPlan,
    flags: OptFlags,
) -> PolarsResult<Option<Vec<(PlSmallStr, Origin)>>> {
    let resolved = LazyFrame::from_logical_plan(plan, flags).to_alp()?;
    Ok(of(&resolved, resolved.lp_top))
}

fn of(plan: &IRPlan, node: Node) -> Option<Vec<(PlSmallStr, Origin)>> {
    match plan.lp_arena.get(node) {
        IR::DataFrameScan {
            schema,
            output_schema,
            ..
        } => {
            let names = output_schema.as_ref().unwrap_or(schema).iter_names();
            let carried = names.map(|name| (name.clone(), Origin::Below(name.clone())));
            Some(carried.collect())
        }
        IR::SimpleProjection { input, columns } => {
            let below = of(plan, *input)?;
            let taken = columns.iter_names().map(|name| {
                let origin = origin_of(&below, name)?;
                Some((name.clone(), origin))
            });
            taken.collect()
        }
        IR::Select { input, expr, .. } => {
            let below = of(plan, *input)?;
            let chosen = expr.iter().map(|expr| {
                let origin = match plan.expr_arena.get(expr.node()) {
                    AExpr::Column(name) => origin_of(&below, name)?,
                    _ => Origin::Made,
                };
                Some((expr.output_name().clone(), origin))
            });
            chosen.collect()
        }
        IR::HStack { input, exprs, .. } => {
            let below = of(plan, *input)?;
            let mut columns = below.clone();
            for expr in exprs {
                let origin = match plan.expr_arena.get(expr.node()) {
                    AExpr::Column(name) => origin_of(&below, name)?,
                    _ => Origin::Made,
                };
                let name = expr.output_name();
                match columns.iter_mut().find(|(column, _)| column == name) {
                    Some((_, there)) => *there = origin,
                    None => columns.push((name.clone(), origin)),
                }
            }
            Some(columns)
        }
        _ => None,
    }
}

fn origin_of(below: &[(PlSmallStr, Origin)], name: &PlSmallStr) -> Option<Origin> {
    let found = below.iter().find(|(column, _)| column == name);
    found.map(|(_, origin)| origin.clone())
}
