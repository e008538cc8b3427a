//! Which columns of a plan are columns of the frame below it, which are made, and which columns below a query needs.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;
use polars_plan::plans::ArenaLpIter;
use polars_plan::plans::{AExpr, IR, IRPlan};
use polars_plan::prelude::Node;

use super::{Origin, origin_of, without_rows};

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
                let origin = origin_of(&below, name).cloned()?;
                Some((name.clone(), origin))
            });
            taken.collect()
        }
        IR::Select { input, expr, .. } => {
            let below = of(plan, *input)?;
            let chosen = expr.iter().map(|expr| {
                let origin = match plan.expr_arena.get(expr.node()) {
                    AExpr::Column(name) => origin_of(&below, name).cloned()?,
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
                    AExpr::Column(name) => origin_of(&below, name).cloned()?,
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

/// The columns of a frame that a query over it reads, when it was optimized.
pub(super) fn needed(
    schema: &Schema,
    query: impl Fn(DslPlan) -> PolarsResult<LazyFrame>,
) -> PolarsResult<Vec<PlSmallStr>> {
    let optimized = query(without_rows(schema))?.to_alp_optimized()?;
    let nodes = optimized.lp_arena.iter(optimized.lp_top);
    let scans = nodes.filter_map(|(_, node)| match node {
        // Another frame that looks like it makes it more columns, which does no harm.
        IR::DataFrameScan {
            df,
            schema: all,
            output_schema,
        } if df.height() == 0 && df.schema().iter_names().eq(schema.iter_names()) => {
            Some(output_schema.as_ref().unwrap_or(all))
        }
        _ => None,
    });
    let names = scans.flat_map(|schema| schema.iter_names());
    Ok(names.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_needs_what_it_reads() -> PolarsResult<()> {
        let names = ["a", "b", "c", "d"];
        let schema = Schema::from_iter(names.map(|name| Field::new(name.into(), DataType::Int64)));
        let needed_by = |query: &dyn Fn(LazyFrame) -> LazyFrame| {
            let flags = OptFlags::default();
            let query = |below| Ok(query(LazyFrame::from_logical_plan(below, flags)));
            needed(&schema, query)
        };
        let sum = |lazy: LazyFrame| lazy.with_column((col("a") + col("c")).alias("sum"));
        assert_eq!(
            needed_by(&|lazy| sum(lazy).select([col("sum")]))?,
            ["a", "c"]
        );
        assert_eq!(needed_by(&|lazy| sum(lazy).select([col("b")]))?, ["b"]);
        assert_eq!(needed_by(&|lazy| sum(lazy))?, names);
        let other = df!("d" => [1_i64], "e" => [2])?.lazy();
        let joined = |lazy: LazyFrame| {
            let lazy = lazy.with_row_index("row", None);
            let joined = lazy.inner_join(other.clone(), col("d"), col("d"));
            joined.select([col("row"), col("e")])
        };
        assert_eq!(needed_by(&joined)?, ["d"]);
        Ok(())
    }
}
