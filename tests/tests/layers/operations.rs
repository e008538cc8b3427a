//! What random pipelines do to their frames.

use pipe_core::prelude::*;
use serde::Serialize;

/// One operation, of a kind, on columns that are told by number: whatever a frame's columns are, it has
/// them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Operation {
    pub(crate) kind: Kind,
    pub(crate) a: usize,
    pub(crate) b: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Kind {
    /// Columns made of others, row by row.
    Computed,
    Replaced,
    Literal,
    FilledNulls,
    Cast,
    Swapped,
    /// Columns that look across rows.
    SortedColumn,
    Shifted,
    Reversed,
    Window,
    Broadcast,
    OpaqueColumn,
    LiteralOfSomeLength,
    /// Rows chosen.
    Filtered,
    FilteredTwice,
    FilteredByWindow,
    DroppedNulls,
    FewRows,
    NoRows,
    AllRows,
    /// Columns chosen.
    Selected,
    Dropped,
    Renamed,
    SelectedAndComputed,
    FilteredAndComputed,
    ComputedThenFiltered,
    /// Joins.
    JoinedToUnique,
    LeftJoined,
    JoinedToMany,
    Semi,
    Anti,
    /// Whole new frames.
    Sorted,
    Unique,
    Sliced,
    Exploded,
    Grouped,
    Stacked,
    Numbered,
    OpaqueFrame,
    Identity,
}

/// How many of the kinds do little to a frame; they are the first.
pub(crate) const LITTLE: usize = 26;

pub(crate) const KINDS: [Kind; 40] = [
    Kind::Computed,
    Kind::Replaced,
    Kind::Literal,
    Kind::FilledNulls,
    Kind::Cast,
    Kind::Swapped,
    Kind::SortedColumn,
    Kind::Shifted,
    Kind::Reversed,
    Kind::Window,
    Kind::Broadcast,
    Kind::OpaqueColumn,
    Kind::LiteralOfSomeLength,
    Kind::Filtered,
    Kind::FilteredTwice,
    Kind::FilteredByWindow,
    Kind::DroppedNulls,
    Kind::FewRows,
    Kind::NoRows,
    Kind::AllRows,
    Kind::Selected,
    Kind::Dropped,
    Kind::Renamed,
    Kind::SelectedAndComputed,
    Kind::FilteredAndComputed,
    Kind::ComputedThenFiltered,
    Kind::JoinedToUnique,
    Kind::LeftJoined,
    Kind::JoinedToMany,
    Kind::Semi,
    Kind::Anti,
    Kind::Sorted,
    Kind::Unique,
    Kind::Sliced,
    Kind::Exploded,
    Kind::Grouped,
    Kind::Stacked,
    Kind::Numbered,
    Kind::OpaqueFrame,
    Kind::Identity,
];

impl Operation {
    /// Does it. `other` is another frame of the pipeline.
    #[expect(clippy::too_many_lines, reason = "a table of operations")]
    pub(crate) fn apply(self, mut frame: LazyFrame, other: LazyFrame) -> PolarsResult<LazyFrame> {
        let schema = frame.collect_schema()?;
        let names: Vec<_> = schema.iter_names().cloned().collect();
        let any = |n: usize| names[n % names.len()].clone();
        let numbers = schema
            .iter()
            .filter(|(_, dtype)| dtype.is_primitive_numeric());
        let numbers: Vec<_> = numbers.map(|(name, _)| name.clone()).collect();
        // Nested columns are no keys.
        let keys = schema.iter().filter(|(_, dtype)| !dtype.is_nested());
        let keys: Vec<_> = keys.map(|(name, _)| name.clone()).collect();
        let key = |n: usize| match keys.len() {
            0 => lit(7),
            count => col(keys[n % count].clone()),
        };
        let number = |n: usize| match numbers.len() {
            0 => lit(7),
            count => col(numbers[n % count].clone()),
        };
        let Self { kind, a, b } = self;
        let is_named = b.is_multiple_of(2);
        // Polars streams no window over literals alone.
        if matches!(kind, Kind::Window | Kind::FilteredByWindow)
            && (numbers.is_empty() || keys.is_empty())
        {
            return Ok(frame);
        }
        let fresh = format!("new {a} {b}");
        let threshold = lit(i64::try_from(b % 50).unwrap_or(0));
        let large = number(a).gt(threshold);
        let made = (number(a) * lit(2) + number(b)).alias(fresh.as_str());
        let over = number(b).sum().over([key(a)])?;
        Ok(match kind {
            Kind::Computed => frame.with_column(made),
            Kind::Replaced => frame.with_column(number(b).alias(any(a))),
            Kind::Literal => frame.with_column(lit(5).alias(fresh)),
            Kind::FilledNulls => frame.with_column(number(a).fill_null(lit(1)).alias(fresh)),
            Kind::Cast => frame.with_column(number(a).cast(DataType::String).alias(fresh)),
            Kind::Swapped => {
                let (one, two) = (any(a), any(b));
                if one == two {
                    return Ok(frame);
                }
                frame.rename([one.clone(), two.clone()], [two, one], true)
            }
            Kind::SortedColumn => {
                frame.with_column(number(a).sort(SortOptions::default()).alias(fresh))
            }
            Kind::Shifted => frame.with_column(col(any(a)).shift(lit(1)).alias(fresh)),
            Kind::Reversed => frame.with_column(col(any(a)).reverse()),
            Kind::Window => frame.with_column(over.alias(fresh)),
            Kind::Broadcast => frame.with_column(number(a).sum().alias(fresh)),
            Kind::OpaqueColumn => {
                // Polars takes it to be one value at a time, and so it must be.
                let thrice = |column: Column| Ok((column.i64()? * 3).into_column());
                let id = |_: &Schema, _: &Field| Ok(Field::new("id".into(), DataType::Int64));
                let moved = number(a).cast(DataType::Int64).map(thrice, id);
                frame.with_column(moved.alias(fresh))
            }
            Kind::LiteralOfSomeLength => {
                // As long as the frame is high, if that is known to be one.
                let frame = frame.slice(0, 1);
                frame.with_column(lit(Series::new("l".into(), [4_i64])).alias(fresh))
            }
            Kind::Filtered => frame.filter(large),
            Kind::FilteredTwice => frame.filter(large).filter(number(b).lt(lit(900))),
            Kind::FilteredByWindow => frame.filter(over.gt(lit(20))),
            Kind::DroppedNulls => {
                let chosen = (a % 3 > 0).then(|| by_name([any(a), any(b)], true, false));
                frame.drop_nulls(chosen)
            }
            Kind::FewRows => frame.filter((number(a) % lit(97)).eq(lit(3))),
            Kind::NoRows => frame.filter(lit(false)),
            Kind::AllRows => frame.filter(lit(true)),
            Kind::Selected => {
                let count = 1 + b % names.len();
                let chosen = (0..count).map(|i| any(a + i));
                let chosen = chosen.collect::<Vec<_>>();
                frame.select(chosen.into_iter().map(col).collect::<Vec<_>>())
            }
            Kind::Dropped if names.len() > 1 => frame.drop(by_name([any(a)], true, false)),
            Kind::Renamed => frame.rename([any(a)], [fresh], true),
            Kind::SelectedAndComputed => frame.select([
                col(any(a)).alias("kept as"),
                made,
                number(b).max().alias("most"),
            ]),
            Kind::FilteredAndComputed => frame.filter(large).with_column(made),
            Kind::ComputedThenFiltered => frame
                .with_column(made)
                .filter(col(fresh.as_str()).gt(lit(30))),
            Kind::JoinedToUnique => join(frame, (number(a), is_named), small(), JoinType::Inner),
            Kind::LeftJoined => join(frame, (number(a), is_named), small(), JoinType::Left),
            Kind::JoinedToMany => {
                let many = concat([small(), small()], UnionArgs::default())?;
                join(frame, (number(a), is_named), many, JoinType::Inner)
            }
            Kind::Semi => join(frame, (number(a), is_named), small(), JoinType::Semi),
            Kind::Anti => join(frame, (number(a), is_named), small(), JoinType::Anti),
            Kind::Sorted => {
                let options = SortMultipleOptions::default().with_maintain_order(true);
                frame.sort_by_exprs([number(a)], options)
            }
            Kind::Unique => {
                let chosen = Some(vec![number(a).cast(DataType::String)]);
                frame.unique_stable_generic(chosen, UniqueKeepStrategy::First)
            }
            Kind::Sliced => frame.slice(i64::try_from(a % 10).unwrap_or(0), 1_200),
            Kind::Exploded if schema.contains("list") => {
                let options = ExplodeOptions {
                    empty_as_null: true,
                    keep_nulls: true,
                };
                frame.explode(by_name(["list"], true, false), options)
            }
            Kind::Grouped => {
                let groups = frame.group_by_stable([(number(a) % lit(700)).alias("group")]);
                groups.agg([len().alias("size"), number(b).max().alias("most")])
            }
            Kind::Stacked => {
                let mut other = other;
                if other.collect_schema()? == schema {
                    concat([frame, other], UnionArgs::default())?.slice(0, 2_000)
                } else {
                    concat([frame.clone(), frame], UnionArgs::default())?.slice(0, 2_000)
                }
            }
            Kind::Numbered => frame.with_row_index(fresh, None),
            Kind::OpaqueFrame => {
                let turned = |frame: DataFrame| Ok(frame.reverse());
                let name = "turned";
                frame.map(turned, AllowedOptimizations::empty(), None, Some(name))
            }
            Kind::Dropped | Kind::Exploded | Kind::Identity => frame,
        })
    }
}

/// To the right of joins: each number once.
fn small() -> LazyFrame {
    let keys: Vec<i64> = (0..60).collect();
    let texts = keys.iter().map(|key| format!("text {key}"));
    let texts = Column::new("text".into(), texts.collect::<Vec<_>>());
    let keys = Column::new("right key".into(), keys);
    match DataFrame::new(60, vec![keys, texts]) {
        Ok(frame) => frame.lazy(),
        Err(_) => LazyFrame::default(),
    }
}

/// In the order of the left side, so that there is one right answer. By the name of a column its rows may be looked up.
fn join(
    frame: LazyFrame,
    (key, is_named): (Expr, bool),
    right: LazyFrame,
    how: JoinType,
) -> LazyFrame {
    let arguments = JoinArgs {
        maintain_order: MaintainOrderJoin::Left,
        ..JoinArgs::new(how)
    };
    let key = key.cast(DataType::Int64) % lit(70);
    if is_named {
        let frame = frame.with_column(key.alias("join key"));
        frame.join(right, [col("join key")], [col("right key")], arguments)
    } else {
        frame.join(right, [key], [col("right key")], arguments)
    }
}
