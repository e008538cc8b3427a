//! Computing a result whose frame below is in memory: only what is new.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

use super::acts::{Act, Acts, Columns, Join};
use super::carried::origins;
use super::{KEPT, Layer, Layered, Origin, Parts, through, untouched, unused, within};
use crate::engine::{Engine, collect_on};

const ROW: &str = "__pipe_row";

/// Does to a frame what the acts say. `None` if it cannot be done in this way: nobody has lost anything
/// but the time, and the plan can be computed as a whole.
pub(crate) fn compute(below: &Parts, acts: &Acts, engine: Engine) -> PolarsResult<Option<Layered>> {
    let mut work = Work {
        parts: below.clone(),
        flags: acts.flags,
        engine,
        kept: None,
        in_order: true,
        columns: untouched(&below.schema()),
    };
    let mut rest = acts.done.iter().peekable();
    while let Some(act) = rest.next() {
        let done = match act {
            Act::Columns(first) => {
                let mut columns = vec![&**first];
                while let Some(Act::Columns(next)) = rest.peek() {
                    columns.push(next);
                    rest.next();
                }
                work.columns(&columns)?
            }
            Act::Filter(predicate) => work.filter(predicate)?,
            Act::Join(join) => work.join(join)?,
        };
        if !done {
            return Ok(None);
        }
    }
    Ok(Some(work.done()))
}

/// A frame on its way.
struct Work {
    parts: Parts,
    flags: OptFlags,
    engine: Engine,
    /// Which rows of the frame below are left.
    kept: Option<BooleanChunked>,
    /// Whether they are there once each, and in their order.
    in_order: bool,
    columns: Vec<(PlSmallStr, Origin)>,
}

impl Work {
    fn done(self) -> Layered {
        let layer = self.in_order.then_some(Layer {
            kept: self.kept,
            columns: self.columns,
        });
        Layered {
            parts: self.parts,
            layer,
        }
    }

    fn plan(&self) -> PolarsResult<DslPlan> {
        Ok(self.parts.lazy()?.logical_plan)
    }

    fn lazy(&self, plan: DslPlan) -> LazyFrame {
        LazyFrame::from_logical_plan(plan, self.flags)
    }

    fn collect(&self, plan: LazyFrame) -> PolarsResult<DataFrame> {
        collect_on(self.engine, plan)
    }

    fn columns(&mut self, acts: &[&Columns]) -> PolarsResult<bool> {
        let over = |below: DslPlan| acts.iter().fold(below, |below, act| act.over(below));
        let schema = self.parts.schema();
        let empty = DataFrame::empty_with_schema(&schema).lazy().logical_plan;
        let Some(after) = origins(over(empty), self.flags)? else {
            return Ok(false);
        };
        let Some(anchor) = anchor(&after, &schema) else {
            return Ok(false);
        };
        let made = after.iter().filter(|(_, origin)| *origin == Origin::Made);
        let made: Vec<_> = made.map(|(name, _)| name).collect();
        let new = if made.is_empty() {
            DataFrame::empty_with_height(self.parts.rows())
        } else {
            let wanted = made.iter().copied().chain([&anchor]).cloned().map(col);
            let plan = self
                .lazy(over(self.plan()?))
                .select(wanted.collect::<Vec<_>>());
            self.collect(plan)?.select(made.into_iter().cloned())?
        };
        if new.height() != self.parts.rows() {
            return Ok(false);
        }
        self.parts.with_columns(&after, new);
        self.columns = through(&self.columns, after);
        Ok(true)
    }

    fn filter(&mut self, predicate: &Expr) -> PolarsResult<bool> {
        let schema = self.parts.schema();
        let kept = unused(KEPT, &schema);
        let Some(anchor) = anchor(&untouched(&schema), &schema) else {
            return Ok(false);
        };
        let plan = self.lazy(self.plan()?);
        let plan = plan.with_column(predicate.clone().alias(kept.clone()));
        let mask = self.collect(plan.select([col(kept.clone()), col(anchor)]))?;
        let mask = mask.column(&kept)?;
        // Of another type, or length: what is wrong with it, the whole plan says best.
        let (DataType::Boolean, true) = (mask.dtype(), mask.len() == self.parts.rows()) else {
            return Ok(false);
        };
        let mask = mask.bool()?.fill_null_with_values(false)?;
        if !mask.all() {
            self.keep(mask);
        }
        Ok(true)
    }

    fn join(&mut self, join: &Join) -> PolarsResult<bool> {
        let schema = self.parts.schema();
        let row = unused(ROW, &schema);
        let left = self.lazy(self.plan()?).with_row_index(row.clone(), None);
        let mut joined = self.lazy(join.over(left.logical_plan));
        let after = joined.collect_schema()?;
        let left = [&row].into_iter().chain(schema.iter_names());
        if after.iter_names().take(schema.len() + 1).ne(left) {
            return Ok(false);
        }
        let added: Vec<_> = after.iter_names().skip(schema.len() + 1).cloned().collect();
        let wanted = added.iter().chain([&row]).cloned().map(col);
        // The streaming engine takes five times as long to join in order.
        let joined = joined.select(wanted.collect::<Vec<_>>());
        let new = collect_on(Engine::InMemory, joined)?;
        let rows = new.column(&row)?.idx()?.rechunk().into_owned();
        let new = new.select(added.iter().cloned())?;
        self.choose(&rows)?;
        let there = untouched(&schema).into_iter();
        let made = added.iter().map(|name| (name.clone(), Origin::Made));
        let after: Vec<_> = there.chain(made).collect();
        self.parts.with_columns(&after, new);
        self.columns = through(&self.columns, after);
        Ok(true)
    }

    /// Takes the rows of these numbers, in this order.
    fn choose(&mut self, rows: &IdxCa) -> PolarsResult<()> {
        let height = self.parts.rows();
        let numbers = rows.cont_slice()?;
        if !numbers.is_sorted_by(|a, b| a < b) {
            self.in_order = false;
            let whole = self.collect(self.parts.lazy()?)?;
            self.parts = Parts::of(&whole.take(rows)?);
        } else if numbers.len() < height {
            let mut kept = vec![false; height];
            for &row in numbers {
                kept[row as usize] = true;
            }
            self.keep(BooleanChunked::from_slice(KEPT.into(), &kept));
        }
        Ok(())
    }

    /// Notes which of the rows that were left are left now.
    fn keep(&mut self, mask: BooleanChunked) {
        self.parts.keep(&mask);
        self.kept = Some(match self.kept.take() {
            None => mask,
            Some(before) => within(&before, &mask),
        });
    }
}

/// A column of a plan that has as many values as there are rows, whatever the others have: one that costs
/// little. Without it, a plan of nothing but sums would have one row.
fn anchor(columns: &[(PlSmallStr, Origin)], below: &Schema) -> Option<PlSmallStr> {
    let carried = columns.iter().filter_map(|(name, origin)| match origin {
        Origin::Below(column) => Some((name, below.get(column)?)),
        Origin::Made => None,
    });
    let cost = |dtype: &DataType| match dtype {
        DataType::Boolean => 1,
        numeric if numeric.is_primitive_numeric() || numeric.is_temporal() => 8,
        DataType::String => 32,
        _ => 1_000,
    };
    let cheapest = carried.min_by_key(|(_, dtype)| cost(dtype));
    cheapest.map(|(name, _)| name.clone())
}
