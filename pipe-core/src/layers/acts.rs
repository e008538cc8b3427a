//! Reading a plan: what it does to one of the frames that the step was given.

use std::sync::Arc;

use polars::prelude::*;
use polars_plan::dsl::{DslPlan, JoinOptions};
use polars_plan::plans::DslFunction;

/// What a plan does to a frame, one after the other.
#[derive(Debug)]
pub(crate) struct Acts {
    /// Which of the frames.
    pub(crate) input: usize,
    pub(super) done: Vec<Act>,
    pub(super) flags: OptFlags,
}

/// One thing that is done to a frame.
#[derive(Debug)]
pub(super) enum Act {
    /// Columns are made, renamed or left out.
    Columns(Box<Columns>),
    /// Rows are chosen.
    Filter(Expr),
    /// It is joined with something to its right.
    Join(Box<Join>),
}

/// A plan without what it is done to.
#[derive(Debug)]
pub(super) struct Columns(DslPlan);

/// A join without what is to the left of it.
#[derive(Debug, Clone)]
pub(super) struct Join {
    right: Arc<DslPlan>,
    on: (Vec<Expr>, Vec<Expr>),
    options: Arc<JoinOptions>,
}

impl Acts {
    /// What a step's result is, seen from one of the frames that it was given; `None` if it is more than
    /// can be said in layers.
    pub(crate) fn of(result: &LazyFrame, given: &[&LazyFrame]) -> Option<Self> {
        let mut acts = Vec::new();
        let mut plan = &result.logical_plan;
        loop {
            plan = bare(plan);
            let input = given
                .iter()
                .position(|it| is_same(plan, bare(&it.logical_plan)));
            if let Some(input) = input {
                acts.reverse();
                let flags = result.get_current_optimizations();
                return Some(Self {
                    input,
                    done: acts,
                    flags,
                });
            }
            let (act, below) = Act::of(plan)?;
            acts.push(act);
            plan = below;
        }
    }
}

impl Act {
    /// What a plan does last, and what it does it to.
    fn of(plan: &DslPlan) -> Option<(Self, &DslPlan)> {
        match plan {
            DslPlan::Filter { input, predicate } => Some((Self::Filter(predicate.clone()), input)),
            DslPlan::HStack { input, .. }
            | DslPlan::Select { input, .. }
            | DslPlan::MapFunction {
                input,
                function: DslFunction::Rename { .. } | DslFunction::FillNan(_),
            } => Some((Self::Columns(Box::new(Columns(plan.clone()))), input)),
            DslPlan::Join {
                input_left,
                input_right,
                left_on,
                right_on,
                predicates,
                options,
            } => {
                let join = Join {
                    right: input_right.clone(),
                    on: (left_on.clone(), right_on.clone()),
                    options: options.clone(),
                };
                let can_be_said = predicates.is_empty() && join.keeps_the_left();
                can_be_said.then(|| (Self::Join(Box::new(join)), &**input_left))
            }
            _ => None,
        }
    }
}

impl Columns {
    /// The same done to another plan.
    pub(super) fn over(&self, below: DslPlan) -> DslPlan {
        let input = Arc::new(below);
        match self.0.clone() {
            DslPlan::HStack { exprs, options, .. } => DslPlan::HStack {
                input,
                exprs,
                options,
            },
            DslPlan::Select { expr, options, .. } => DslPlan::Select {
                expr,
                input,
                options,
            },
            DslPlan::MapFunction { function, .. } => DslPlan::MapFunction { input, function },
            // `Act::of` makes no others.
            other => other,
        }
    }
}

impl Join {
    /// Whether the columns of the left frame come out as they are, and its rows in their order if the
    /// join is told so.
    fn keeps_the_left(&self) -> bool {
        let arguments = &self.options.args;
        let how = matches!(
            arguments.how,
            JoinType::Inner | JoinType::Left | JoinType::Semi | JoinType::Anti
        );
        let order = matches!(
            arguments.maintain_order,
            MaintainOrderJoin::None | MaintainOrderJoin::Left | MaintainOrderJoin::LeftRight
        );
        // A selector would see the column with the numbers of the rows, too.
        let is_selector = |expr: &Expr| expr.into_iter().any(|it| matches!(it, Expr::Selector(_)));
        let named = !self.on.0.iter().any(is_selector);
        how && order && named && arguments.slice.is_none()
    }

    /// The right frame.
    pub(super) fn right(&self) -> DslPlan {
        DslPlan::clone(&self.right)
    }

    /// The same join, with this to the right.
    pub(super) fn with_right(&self, right: DslPlan) -> Self {
        Self {
            right: Arc::new(right),
            on: self.on.clone(),
            options: self.options.clone(),
        }
    }

    pub(super) fn how(&self) -> &JoinType {
        &self.options.args.how
    }

    /// The key to the left and the one to the right, if the join finds rows by one key and asks nothing of those to
    /// the left.
    pub(super) fn keys(&self) -> Option<(PlSmallStr, PlSmallStr)> {
        let arguments = &self.options.args;
        let asks_nothing = matches!(
            arguments.validation,
            JoinValidation::ManyToMany | JoinValidation::ManyToOne
        );
        match (&*self.on.0, &*self.on.1) {
            ([Expr::Column(left)], [Expr::Column(right)])
                if asks_nothing && !arguments.nulls_equal =>
            {
                Some((left.clone(), right.clone()))
            }
            _ => None,
        }
    }

    /// Which columns of the right frame are those that the join adds; `None` if that is not clear.
    pub(super) fn added(
        &self,
        left: &Schema,
        right: &Schema,
        added: &[PlSmallStr],
    ) -> Option<Vec<PlSmallStr>> {
        let suffix = self.options.args.suffix();
        let renamed = right.iter_names().map(|name| {
            let there = left.contains(name);
            let renamed = if there {
                format!("{name}{suffix}").into()
            } else {
                name.clone()
            };
            (renamed, name)
        });
        let mut renamed: PlIndexMap<PlSmallStr, &PlSmallStr> = renamed.collect();
        if renamed.len() != right.len() {
            return None;
        }
        let columns = added.iter().map(|name| renamed.swap_remove(name).cloned());
        columns.collect()
    }

    /// The join, with this to the left, in the order of the left.
    pub(super) fn over(&self, left: DslPlan) -> DslPlan {
        let mut options = JoinOptions::clone(&self.options);
        if options.args.maintain_order == MaintainOrderJoin::None {
            options.args.maintain_order = MaintainOrderJoin::Left;
        }
        DslPlan::Join {
            input_left: Arc::new(left),
            input_right: self.right.clone(),
            left_on: self.on.0.clone(),
            right_on: self.on.1.clone(),
            predicates: Vec::new(),
            options: Arc::new(options),
        }
    }
}

/// The plan as it was written: one whose schema was asked for is wrapped.
fn bare(mut plan: &DslPlan) -> &DslPlan {
    while let DslPlan::IR { dsl, .. } = plan {
        plan = dsl;
    }
    plan
}

/// Whether two plans are one: not equal ones, but copies of the same.
fn is_same(one: &DslPlan, other: &DslPlan) -> bool {
    match (one, other) {
        (DslPlan::DataFrameScan { df: one, .. }, DslPlan::DataFrameScan { df: other, .. }) => {
            Arc::ptr_eq(one, other)
        }
        (
            DslPlan::Scan { cached_ir: one, .. },
            DslPlan::Scan {
                cached_ir: other, ..
            },
        ) => Arc::ptr_eq(one, other),
        // What the store gives ends in one of these.
        (
            DslPlan::Select {
                input: one,
                expr: columns,
                ..
            },
            DslPlan::Select {
                input: other,
                expr: others,
                ..
            },
        ) => Arc::ptr_eq(one, other) && columns == others,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> PolarsResult<LazyFrame> {
        Ok(df!("a" => [1, 2, 3], "b" => ["x", "y", "z"])?.lazy())
    }

    fn input_of(result: &LazyFrame, given: &[&LazyFrame]) -> Option<usize> {
        Acts::of(result, given).map(|acts| acts.input)
    }

    #[test]
    fn a_plan_over_a_frame_is_recognised_by_the_very_frame() -> PolarsResult<()> {
        let (given, equal) = (frame()?, frame()?);
        let result = given
            .clone()
            .filter(col("a").gt(lit(1)))
            .with_column(lit(1));
        assert_eq!(input_of(&result, &[&equal, &given]), Some(1));
        assert_eq!(input_of(&result, &[&equal]), None);
        Ok(())
    }

    #[test]
    fn a_plan_whose_schema_was_asked_for_is_recognised() -> PolarsResult<()> {
        let mut given = frame()?;
        let mut result = given.clone().select([col("b")]);
        result.collect_schema()?;
        let result = result.with_column(lit(1).alias("c"));
        assert_eq!(input_of(&result, &[&given]), Some(0));
        given.collect_schema()?;
        assert_eq!(input_of(&result, &[&given]), Some(0));
        Ok(())
    }

    #[test]
    fn what_moves_rows_makes_a_whole_new_frame() -> PolarsResult<()> {
        let given = frame()?;
        let others = [
            given.clone().sort(["a"], SortMultipleOptions::default()),
            given.clone().group_by([col("b")]).agg([col("a").sum()]),
            given.clone().slice(1, 2),
            given.clone().unique(None, UniqueKeepStrategy::First),
            given.clone().with_row_index("n", None),
            concat([given.clone(), given.clone()], UnionArgs::default())?,
            given.clone().join(
                frame()?,
                [col("a")],
                [col("a")],
                JoinArgs::new(JoinType::Full),
            ),
            // The given frame is to the right.
            frame()?.join(
                given.clone(),
                [col("a")],
                [col("a")],
                JoinArgs::new(JoinType::Inner),
            ),
        ];
        for other in others {
            assert_eq!(
                input_of(&other, &[&given]),
                None,
                "{}",
                other.describe_plan()?
            );
        }
        Ok(())
    }
}
