//! Computing a result whose frame below is in memory: only what is new.

use polars::prelude::*;
use polars_plan::dsl::DslPlan;

use super::acts::{Act, Acts, Columns};
use super::carried::{needed, origins};
use super::{
    KEPT, Layer, Layered, Origin, Parts, Selected, through, untouched, unused, within, without_rows,
};
use crate::engine::{Engine, collect_on, column};

mod join;
mod look_up;

/// Does to a frame what the acts say. `None` if it cannot be done in this way: nobody has lost anything
/// but the time, and the plan can be computed as a whole. A frame is a long one from so many rows on.
pub(crate) fn compute(
    below: &Parts,
    acts: &Acts,
    engine: Engine,
    long: usize,
) -> PolarsResult<Option<Layered>> {
    let mut work = Work {
        long,
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
    /// From how many rows on only what is needed is read, and joins with short frames are looked up.
    long: usize,
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

    fn lazy(&self, plan: DslPlan) -> LazyFrame {
        LazyFrame::from_logical_plan(plan, self.flags)
    }

    /// The columns of the frame that a query reads; `None` where it does not matter.
    fn read_by(
        &self,
        query: impl Fn(DslPlan) -> PolarsResult<LazyFrame>,
    ) -> PolarsResult<Option<Vec<PlSmallStr>>> {
        if self.parts.rows() < self.long {
            return Ok(None);
        }
        needed(&self.parts.schema(), query).map(Some)
    }

    /// The frame, of which only these columns will be read.
    fn for_reading(&self, columns: Option<&[PlSmallStr]>) -> PolarsResult<DslPlan> {
        let frame = match columns {
            Some(columns) => self.parts.for_reading(columns),
            None => self.parts.lazy(),
        };
        Ok(frame?.logical_plan)
    }

    fn columns(&mut self, acts: &[&Columns]) -> PolarsResult<bool> {
        let over = |below: DslPlan| acts.iter().fold(below, |below, act| act.over(below));
        let schema = self.parts.schema();
        let Some(after) = origins(over(without_rows(&schema)), self.flags)? else {
            return Ok(false);
        };
        let made = after.iter().filter(|(_, origin)| *origin == Origin::Made);
        let made: Vec<_> = made.map(|(name, _)| name).collect();
        if made.len() == after.len() {
            return Ok(false);
        }
        let new = if made.is_empty() {
            DataFrame::empty_with_height(self.parts.rows())
        } else {
            let mut wanted: Vec<_> = made.iter().copied().cloned().map(column).collect();
            let query = |below| self.lazy(over(below));
            let mut read = self.read_by(|below| Ok(query(below).select(&wanted)))?;
            let Some(anchor) = anchor(&after, &schema, read.as_mut()) else {
                return Ok(false);
            };
            wanted.push(column(anchor));
            let plan = query(self.for_reading(read.as_deref())?).select(wanted);
            let computed = collect_on(self.engine, plan)?;
            computed.select(made.into_iter().cloned())?
        };
        if new.height() != self.parts.rows() {
            return Ok(false);
        }
        self.parts.with_columns(&after, Selected::Frame(new));
        self.columns = through(&self.columns, after);
        Ok(true)
    }

    fn filter(&mut self, predicate: &Expr) -> PolarsResult<bool> {
        let schema = self.parts.schema();
        let kept = unused(KEPT, &[&schema]);
        let query = |below| {
            let mask = predicate.clone().alias(kept.clone());
            self.lazy(below).with_column(mask)
        };
        let mut read = self.read_by(|below| Ok(query(below).select([col(kept.clone())])))?;
        let Some(anchor) = anchor(&untouched(&schema), &schema, read.as_mut()) else {
            return Ok(false);
        };
        let plan = query(self.for_reading(read.as_deref())?);
        let mask = collect_on(
            self.engine,
            plan.select([col(kept.clone()), column(anchor)]),
        )?;
        let Some(mask) = super::mask(mask.column(&kept)?, self.parts.rows() as u64)? else {
            return Ok(false);
        };
        if !mask.all() {
            self.keep(mask);
        }
        Ok(true)
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

/// A column of a plan that has as many values as there are rows, whatever the others have: one that is read anyway,
/// or that costs little, which is then read as well. Without it, a plan of nothing but sums would have one row.
fn anchor(
    columns: &[(PlSmallStr, Origin)],
    below: &Schema,
    read: Option<&mut Vec<PlSmallStr>>,
) -> Option<PlSmallStr> {
    let carried = columns.iter().filter_map(|(name, origin)| match origin {
        Origin::Below(column) => Some((name, column, below.get(column)?)),
        Origin::Made => None,
    });
    let cost = |dtype: &DataType| match dtype {
        DataType::Boolean => 1,
        numeric if numeric.is_primitive_numeric() || numeric.is_temporal() => 8,
        DataType::String => 32,
        _ => 1_000,
    };
    let is_read = |column| read.as_ref().is_some_and(|read| read.contains(column));
    let cheapest = carried.min_by_key(|(_, column, dtype)| (!is_read(column), cost(dtype)));
    let (name, column, _) = cheapest?;
    if let Some(read) = read
        && !read.contains(column)
    {
        read.push(column.clone());
    }
    Some(name.clone())
}
