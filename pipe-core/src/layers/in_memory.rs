//! Computing a result whose frame below is in memory: only what is new.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

use super::acts::{Act, Acts, Columns, Join};
use super::carried::origins;
use super::{KEPT, Layer, Layered, Origin, unused};
use crate::engine::{Engine, collect_on};

const ROW: &str = "__pipe_row";

/// Does to a frame what the acts say. `None` if it cannot be done in this way: nobody has lost anything
/// but the time, and the plan can be computed as a whole.
pub(crate) fn compute(
    below: &DataFrame,
    acts: &Acts,
    engine: Engine,
) -> PolarsResult<Option<Layered>> {
    let mut work = Work::on(below, acts.flags, engine);
    let mut rest = acts.acts.iter().peekable();
    while let Some(act) = rest.next() {
        let done = match act {
            Act::Columns(first) => {
                let mut columns = vec![first];
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
    frame: DataFrame,
    flags: OptFlags,
    engine: Engine,
    /// Which rows of the frame below are left.
    kept: Option<BooleanChunked>,
    /// Whether they are there once each, and in their order.
    in_order: bool,
    columns: Vec<(PlSmallStr, Origin)>,
}

impl Work {
    fn on(below: &DataFrame, flags: OptFlags, engine: Engine) -> Self {
        let names = below.schema().iter_names();
        Self {
            frame: below.clone(),
            flags,
            engine,
            kept: None,
            in_order: true,
            columns: names
                .map(|name| (name.clone(), Origin::Below(name.clone())))
                .collect(),
        }
    }

    fn done(self) -> Layered {
        let layer = self.in_order.then_some(Layer {
            kept: self.kept,
            columns: self.columns,
        });
        Layered {
            frame: self.frame,
            layer,
        }
    }

    fn plan(&self) -> DslPlan {
        self.frame.clone().lazy().logical_plan
    }

    fn lazy(&self, plan: DslPlan) -> LazyFrame {
        LazyFrame::from_logical_plan(plan, self.flags)
    }

    fn collect(&self, plan: LazyFrame) -> PolarsResult<DataFrame> {
        collect_on(self.engine, plan)
    }

    /// A column of a plan that has as many values as there are rows, whatever the others have: one that
    /// costs little. Without it, a plan of nothing but sums would have one row.
    fn anchor(&self, columns: &[(PlSmallStr, Origin)]) -> Option<PlSmallStr> {
        let carried = columns.iter().filter_map(|(name, origin)| match origin {
            Origin::Below(below) => Some((name, self.frame.schema().get(below)?)),
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

    fn columns(&mut self, acts: &[&Columns]) -> PolarsResult<bool> {
        let over = |below: DslPlan| acts.iter().fold(below, |below, act| act.over(below));
        let empty = self.frame.clear().lazy().logical_plan;
        let Some(after) = origins(over(empty), self.flags)? else {
            return Ok(false);
        };
        let Some(anchor) = self.anchor(&after) else {
            return Ok(false);
        };
        let made = after.iter().filter(|(_, origin)| *origin == Origin::Made);
        let made: Vec<_> = made.map(|(name, _)| col(name.clone())).collect();
        let new = if made.is_empty() {
            DataFrame::empty_with_height(self.frame.height())
        } else {
            let made = [made, vec![col(anchor)]].concat();
            self.collect(self.lazy(over(self.plan())).select(made))?
        };
        if new.height() != self.frame.height() {
            return Ok(false);
        }
        let columns = after.iter().map(|(name, origin)| match origin {
            Origin::Below(below) => {
                let column = self.frame.column(below)?.clone();
                Ok(column.with_name(name.clone()))
            }
            Origin::Made => new.column(name).cloned(),
        });
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        self.frame = DataFrame::new(self.frame.height(), columns)?;
        self.columns = super::through(&self.columns, after);
        Ok(true)
    }

    fn filter(&mut self, predicate: &Expr) -> PolarsResult<bool> {
        let schema = self.frame.schema();
        let kept = unused(KEPT, schema);
        let Some(anchor) = schema.iter_names().next().cloned() else {
            return Ok(false);
        };
        let plan = self.frame.clone().lazy();
        let plan = plan.with_optimizations(self.flags);
        let plan = plan.with_column(predicate.clone().alias(kept.clone()));
        let mask = self.collect(plan.select([col(kept.clone()), col(anchor)]))?;
        let mask = mask.column(&kept)?;
        // Of another type, or length: what is wrong with it, the whole plan says best.
        let (DataType::Boolean, true) = (mask.dtype(), mask.len() == self.frame.height()) else {
            return Ok(false);
        };
        let mask = mask.bool()?.fill_null_with_values(false)?;
        if !mask.all() {
            self.frame = self.frame.filter(&mask)?;
            self.keep(mask);
        }
        Ok(true)
    }

    fn join(&mut self, join: &Join) -> PolarsResult<bool> {
        let schema = self.frame.schema().clone();
        let row = unused(ROW, &schema);
        let left = self.frame.clone().lazy();
        let left = left.with_row_index(row.clone(), None);
        let mut joined = self.lazy(join.over(left.logical_plan));
        let after = joined.collect_schema()?;
        if after
            .iter_names()
            .take(schema.len() + 1)
            .ne([&row].into_iter().chain(schema.iter_names()))
        {
            return Ok(false);
        }
        let added: Vec<_> = after.iter_names().skip(schema.len() + 1).cloned().collect();
        let wanted = added.iter().chain([&row]).cloned().map(col);
        let new = self.collect(joined.select(wanted.collect::<Vec<_>>()))?;
        let rows = new.column(&row)?.idx()?.rechunk().into_owned();
        self.choose(&rows)?;
        let made = added.iter().map(|name| new.column(name).cloned());
        let made = made.collect::<PolarsResult<Vec<_>>>()?;
        let mut columns = self.frame.columns().to_vec();
        columns.extend(made);
        self.frame = DataFrame::new(new.height(), columns)?;
        let added = added.into_iter().map(|name| (name, Origin::Made));
        self.columns.extend(added);
        Ok(true)
    }

    /// Takes the rows of these numbers, in this order.
    fn choose(&mut self, rows: &IdxCa) -> PolarsResult<()> {
        let height = self.frame.height();
        let numbers = rows.cont_slice()?;
        if !numbers.is_sorted_by(|a, b| a < b) {
            self.in_order = false;
            self.frame = self.frame.take(rows)?;
        } else if numbers.len() < height {
            let mut kept = vec![false; height];
            for &row in numbers {
                kept[row as usize] = true;
            }
            let kept = BooleanChunked::from_slice(KEPT.into(), &kept);
            self.frame = self.frame.filter(&kept)?;
            self.keep(kept);
        }
        Ok(())
    }

    /// Notes which of the rows that were left are left now.
    fn keep(&mut self, mask: BooleanChunked) {
        self.kept = Some(match self.kept.take() {
            None => mask,
            Some(before) => within(&before, &mask),
        });
    }
}

/// A mask over all rows, of one over those that another mask keeps.
pub(crate) fn within(outer: &BooleanChunked, inner: &BooleanChunked) -> BooleanChunked {
    let mut inner = inner.iter();
    let both = outer.iter().map(|kept| {
        let kept = kept == Some(true) && inner.next().flatten() == Some(true);
        Some(kept)
    });
    both.collect()
}
