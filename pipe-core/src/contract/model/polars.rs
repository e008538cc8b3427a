//! Joins and unions beside Polars itself, over random data, on the engine that runs pipelines. (The
//! other one fails in rare cases: a coalescing full join makes both columns of a key there, so that
//! `a_right` clashes with a column of that name.)

use polars::prelude::*;

use super::sides::pairs;
use super::{ColumnSpec, Frame, How, Join, OutputContract, Random, Union, UnionHow};
use super::{call, contract, flow, open_input, outcome};
use crate::contract::ColumnType;
use crate::schema::polars_schema;

impl Random {
    /// A frame with these columns; few values, so that keys meet.
    fn data(&mut self, frame: &Frame) -> DataFrame {
        let height = self.below(7);
        let columns = frame
            .columns
            .iter()
            .map(|column| self.values(column, height));
        let columns = columns.collect();
        DataFrame::new(height, columns).expect("columns of one length")
    }

    fn values(&mut self, column: &ColumnSpec, height: usize) -> Column {
        let numbers = (0..height).map(|_| {
            let null = column.nullable && self.one_in(3);
            (!null).then(|| i32::try_from(self.below(3)).expect("a small number"))
        });
        let numbers: Vec<Option<i32>> = numbers.collect();
        let name = column.name.into();
        match column.ty {
            ColumnType::String => {
                let texts = numbers.iter().map(|number| number.map(|n| n.to_string()));
                Column::new(name, texts.collect::<Vec<_>>())
            }
            ty => Column::new(name, numbers)
                .cast(&ty.dtype())
                .expect("a type of the model"),
        }
    }
}

/// The join as a user writes it.
fn joined(join: &Join, left: &DataFrame, right: &DataFrame) -> PolarsResult<DataFrame> {
    let how = match join.how {
        How::Inner => JoinType::Inner,
        How::Left => JoinType::Left,
        How::Right => JoinType::Right,
        How::Full => JoinType::Full,
        How::Semi => JoinType::Semi,
        How::Anti => JoinType::Anti,
        How::Cross => JoinType::Cross,
    };
    let mut args = JoinArgs::new(how).with_suffix(Some(join.suffix.into()));
    args.nulls_equal = join.nulls_equal;
    args.coalesce = match join.how {
        How::Semi | How::Anti | How::Cross => JoinCoalesce::JoinSpecific,
        _ if join.coalesce => JoinCoalesce::CoalesceColumns,
        _ => JoinCoalesce::KeepColumns,
    };
    let (left_on, right_on): (Vec<Expr>, Vec<Expr>) = pairs(join)
        .into_iter()
        .map(|(left, right)| (col(left), col(right)))
        .unzip();
    let joined = left
        .clone()
        .lazy()
        .join(right.clone().lazy(), left_on, right_on, args);
    crate::engine::collect(joined)
}

/// The union as a user writes it.
fn united(union: &Union, frames: &[DataFrame]) -> PolarsResult<DataFrame> {
    let frames: Vec<LazyFrame> = union
        .inputs
        .iter()
        .map(|input| frames[*input].clone().lazy())
        .collect();
    crate::engine::collect(match union.how {
        UnionHow::Vertical => concat(frames, UnionArgs::default())?,
        UnionHow::Diagonal => concat_lf_diagonal(frames, UnionArgs::default())?,
    })
}

/// What the algebra says of these frames, if nothing is wrong.
fn promised(output: OutputContract, frames: &[Frame]) -> Option<Frame> {
    let inputs = (0..frames.len()).map(|i| open_input(i, Vec::new()));
    let contract = contract(inputs.collect(), output);
    let (out, reports) = outcome(call(contract, frames.iter().map(Frame::flow)));
    reports.is_empty().then(|| Frame::of(flow(&out)))
}

/// The schema is the promised one, and there are nulls only where they may be. Notes the columns that
/// may hold nulls, and whether they do.
fn hold(promised: &Frame, actual: &DataFrame, seen: &mut Vec<bool>, case: &str) {
    let schema = polars_schema(&promised.columns);
    assert_eq!(**actual.schema(), schema, "{case}");
    for column in &promised.columns {
        let nulls = actual.column(column.name).expect("a column").null_count();
        if column.nullable {
            seen.push(nulls > 0);
        } else {
            assert_eq!(nulls, 0, "{case}: nulls in `{}`\n{actual}", column.name);
        }
    }
}

#[test]
fn joins_are_what_polars_makes_of_them() {
    let (mut right, mut wrong, mut seen) = (0, 0, Vec::new());
    for seed in 0..2000 {
        let mut random = Random(seed);
        let mut frames = random.frames();
        frames.truncate(2);
        for frame in &mut frames {
            frame.open = false;
        }
        let join = random.join();
        let output = OutputContract::Joins { join, changes: &[] };
        let data: Vec<DataFrame> = frames.iter().map(|frame| random.data(frame)).collect();
        let case = format!("seed {seed}\n{join:#?}\n{}\n{}", data[0], data[1]);
        let Some(promised) = promised(output, &frames) else {
            let types_differ = pairs(&join).iter().any(|(left, right)| {
                let types = (frames[0].get(left), frames[1].get(right));
                matches!(types, (Some(left), Some(right)) if left.ty != right.ty)
            });
            // Polars converts some keys; the contract wants them to be of one type.
            assert!(
                types_differ || joined(&join, &data[0], &data[1]).is_err(),
                "Polars joins what the algebra calls wrong: {case}"
            );
            wrong += 1;
            continue;
        };
        let actual = joined(&join, &data[0], &data[1]);
        let actual = actual.unwrap_or_else(|error| panic!("{error}\n{case}"));
        hold(&promised, &actual, &mut seen, &case);
        right += 1;
    }
    assert!(right > 500 && wrong > 500, "{right} right, {wrong} wrong");
    let nulls = seen.iter().filter(|nulls| **nulls).count();
    assert!(nulls * 3 > seen.len(), "{nulls} of {}", seen.len());
}

/// Whatever the algebra says may hold nulls after a join without nulls in its inputs, does so in some case.
#[test]
fn joins_make_nulls_where_the_algebra_says_so() {
    for how in [How::Inner, How::Left, How::Right, How::Full] {
        for coalesce in [true, false] {
            let mut promise: Option<Frame> = None;
            let mut nulls = [0; 5];
            for seed in 0..50 {
                let mut random = Random(seed);
                let side = |names: [&'static str; 2]| Frame {
                    columns: names
                        .map(|name| super::spec(name, ColumnType::Int64, false))
                        .to_vec(),
                    open: false,
                };
                let frames = [side(["a", "b"]), side(["a", "c"])];
                let join = Join {
                    keys: super::leak(vec![super::Key {
                        left: super::name("a"),
                        right: super::name("a"),
                    }]),
                    how,
                    coalesce,
                    nulls_equal: false,
                    ..random.join()
                };
                let output = OutputContract::Joins { join, changes: &[] };
                let data = frames.each_ref().map(|frame| random.data(frame));
                let actual = joined(&join, &data[0], &data[1]).expect("a join");
                for (i, column) in actual.columns().iter().enumerate() {
                    nulls[i] += column.null_count();
                }
                promise = promised(output, &frames);
            }
            let promise = promise.expect("nothing wrong");
            for (column, nulls) in promise.columns.iter().zip(nulls) {
                assert_eq!(
                    column.nullable,
                    nulls > 0,
                    "{how:?}, coalesce {coalesce}: {column:?}"
                );
            }
        }
    }
}

#[test]
fn unions_are_what_polars_makes_of_them() {
    let (mut right, mut wrong, mut seen) = (0, 0, Vec::new());
    for seed in 0..2000 {
        let mut random = Random(seed);
        let mut frames = random.frames();
        for frame in &mut frames {
            frame.open = false;
        }
        let union = random.union();
        let output = OutputContract::Unions {
            union,
            changes: &[],
        };
        let data: Vec<DataFrame> = frames.iter().map(|frame| random.data(frame)).collect();
        let case = format!("seed {seed}\n{union:#?}\n{}\n{}", data[0], data[1]);
        let actual = united(&union, &data);
        match promised(output, &frames) {
            None => {
                assert!(
                    actual.is_err(),
                    "Polars unites what the algebra calls wrong: {case}"
                );
                wrong += 1;
            }
            Some(promised) => {
                let actual = actual.unwrap_or_else(|error| panic!("{error}\n{case}"));
                hold(&promised, &actual, &mut seen, &case);
                right += 1;
            }
        }
    }
    assert!(right > 500 && wrong > 500, "{right} right, {wrong} wrong");
    let nulls = seen.iter().filter(|nulls| **nulls).count();
    assert!(nulls * 3 > seen.len(), "{nulls} of {}", seen.len());
}
