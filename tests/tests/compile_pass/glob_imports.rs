//! Both preludes, and everything of ours beside them.

#![allow(
    unused_imports,
    reason = "the prelude brings Polars' too; a crate with its own Polars imports both"
)]

use pipe_core::polars::prelude::*;
use pipe_core::prelude::*;

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
}

struct Reversed;

#[step]
impl Step for Reversed {
    fn parameters(&self, _: &mut Parameters) -> Result<(), StepError> {
        Ok(())
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(inputs.only()?.reverse().into())
    }
}

#[tracked]
fn minutes(column: &ColumnName) -> Expr {
    column.col()
}

#[step(reads(column: integer))]
fn late(flights: LazyFrame, column: ColumnName) -> PolarsResult<LazyFrame> {
    let _ = flights.explain(false)?;
    Ok(flights.filter(minutes(&column).gt(lit(15))))
}

pipeline! {
    fn delays(flights: Frame<Flight> = Csv::new("flights.csv")) -> Frame<Flight> {
        let known = pipe_core_like::known(flights);
        let late = late(known, "dep_delay");
        let all = nullable(late);
        all
    }
}

#[step(returns(Flight))]
fn nullable(flights: LazyFrame) -> LazyFrame {
    flights
}

mod pipe_core_like {
    use super::*;

    #[step(non_null(dep_delay))]
    pub(super) fn known(flights: LazyFrame) -> LazyFrame {
        flights.drop_nulls(Some(by_name(["dep_delay"], true, false)))
    }
}

#[test]
fn both_preludes_go_together() {
    fn is_source<T: IntoSource<Flight>>() {}
    is_source::<Csv>();
    is_source::<Parquet>();
    is_source::<NdJson>();
    let _: fn(Csv) -> Pipeline<DelaysPipeline> = delays;
    assert_eq!(Flight::COLUMNS.len(), 2);
    assert_eq!(
        <Option<i64> as ColumnValue>::TYPE,
        <i64 as ColumnValue>::TYPE
    );
    assert_eq!(Reversed.name(), "Reversed");
    assert_eq!(DelaysPipeline::NAME, "delays");
    let _: Code = Reversed.code();
    // Polars' own names still mean Polars' own things.
    let _: (
        Option<Schema>,
        Option<Column>,
        Option<Field>,
        Option<DataType>,
    ) = (None, None, None, None);
    let _: Option<Frame<Flight>> = None;
    let _: Option<Run<DelaysPipeline>> = None;
    let _ = Flight {
        carrier: String::new(),
        dep_delay: None,
    };
}
