//! The work W1: seven steps over orders, as a pipeline and by hand.
//!
//! Read, drop nulls, two features, filter, join with customers, aggregate.

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use pipe_core::Checkpoints;
use pipe_core::prelude::*;

use crate::{Failure, by_hand};

/// An order as it comes.
#[derive(Schema)]
pub struct Order {
    id: i64,
    category: String,
    value: Option<f64>,
    qty: i64,
    price: f64,
    status: String,
    customer_id: i64,
    ts: NaiveDateTime,
}

/// Who ordered.
#[derive(Schema)]
#[expect(clippy::struct_field_names, reason = "they are the columns' names")]
pub struct Customer {
    customer_id: i64,
    region: String,
    segment: String,
    signup: NaiveDate,
}

/// What comes out.
#[derive(Schema)]
pub struct Sales {
    region: String,
    category: String,
    orders: u32,
    value_sum: f64,
    feature1_sum: f64,
    feature2_mean: f64,
    qty_sum: i64,
}

/// The orders as they are read.
#[step]
pub fn read(orders: Frame<Order>) -> Frame<Order> {
    orders
}

/// Drops orders with nulls.
#[step(non_null(*))]
pub fn drop_nulls(orders: LazyFrame) -> LazyFrame {
    orders.drop_nulls(None)
}

/// A multiple of the value.
#[step(reads(value: f64), adds(feature1: f64))]
pub fn feature1(orders: LazyFrame, factor: i32) -> LazyFrame {
    orders.with_column((col("value") * lit(factor)).alias("feature1"))
}

/// A mixture of three columns.
#[step(reads(value: f64, qty: i64, price: f64), adds(feature2: f64))]
pub fn feature2(orders: LazyFrame) -> LazyFrame {
    orders.with_column((col("value") * lit(7) + col("qty") * col("price")).alias("feature2"))
}

/// Keeps what is large.
#[step(reads(feature1: f64))]
pub fn keep_large(orders: LazyFrame) -> LazyFrame {
    orders.filter(col("feature1").gt(lit(10)))
}

/// Adds the customer.
#[step(joins(orders, customers, on(customer_id)))]
pub fn with_customers(orders: LazyFrame, customers: Frame<Customer>) -> LazyFrame {
    let key = || [col("customer_id")];
    // Otherwise Polars takes up to ten million orders into memory to find out which side is small.
    let how = JoinArgs {
        build_side: Some(JoinBuildSide::ForceRight),
        ..JoinArgs::new(JoinType::Inner)
    };
    orders.join(customers.lazy(), key(), key(), how)
}

/// Sums up by region and category.
#[step(
    reads(region: String, category: String, value: f64, feature1: f64, feature2: f64, qty: i64),
    returns(Sales)
)]
pub fn sum_up(orders: LazyFrame) -> LazyFrame {
    orders
        .group_by([col("region"), col("category")])
        .agg([
            len().alias("orders"),
            col("value").sum().alias("value_sum"),
            col("feature1").sum().alias("feature1_sum"),
            col("feature2").mean().alias("feature2_mean"),
            col("qty").sum().alias("qty_sum"),
        ])
        .sort(["region", "category"], SortMultipleOptions::default())
}

pipeline! {
    /// A checkpoint after every step.
    pub fn full(orders: Frame<Order>, customers: Frame<Customer>, factor: i32 = 3) -> Frame<Sales> {
        let orders_read = read(orders);
        let complete = drop_nulls(orders_read);
        let first = feature1(complete, factor);
        let second = feature2(first);
        let large = keep_large(second);
        let joined = with_customers(large, customers);
        let sales = sum_up(joined);
        sales
    }
}

pipeline! {
    /// One checkpoint: the result.
    pub fn bare(orders: Frame<Order>, customers: Frame<Customer>, factor: i32 = 3) -> Frame<Sales> {
        #[checkpoint(false)]
        let orders_read = read(orders);
        #[checkpoint(false)]
        let complete = drop_nulls(orders_read);
        #[checkpoint(false)]
        let first = feature1(complete, factor);
        #[checkpoint(false)]
        let second = feature2(first);
        #[checkpoint(false)]
        let large = keep_large(second);
        #[checkpoint(false)]
        let joined = with_customers(large, customers);
        let sales = sum_up(joined);
        sales
    }
}

/// What comes in.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The orders, CSV.
    pub orders: PathBuf,
    /// The customers, Parquet.
    pub customers: PathBuf,
    /// Where checkpoints go.
    pub state: PathBuf,
}

/// Bytes of frames that the pipelines may keep.
const MEMORY: u64 = 4 << 30;

/// A way to do the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By hand: one query, nothing stored, and Polars finds out the types of the orders.
    Guessed,
    /// By hand: one query, nothing stored. Here and below the types are declared.
    Fused,
    /// By hand: each step is streamed into a file, and the next one scans it.
    Sinks,
    /// By hand: each step is computed in memory, written to a file and handed on.
    Eager,
    /// The pipeline with a checkpoint after every step.
    Full,
    /// The same, each checkpoint the whole frame.
    Whole,
    /// The pipeline with one checkpoint, the result.
    Bare,
    /// The pipeline with those checkpoints that are worth it, by what is known of an earlier run.
    Auto,
}

impl Way {
    /// All of them, each with its name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("fused, types guessed", Self::Guessed),
        ("fused", Self::Fused),
        ("sinks", Self::Sinks),
        ("eager", Self::Eager),
        ("full", Self::Full),
        ("full, whole frames", Self::Whole),
        ("bare", Self::Bare),
        ("auto", Self::Auto),
    ];

    /// Does the work.
    ///
    /// # Errors
    ///
    /// When a step or a pipeline fails.
    pub fn run(self, paths: &Paths) -> Result<DataFrame, Failure> {
        match self {
            Self::Guessed => fused(scan_orders_guessing(paths)?, paths),
            Self::Fused => fused(scan_orders(paths)?, paths),
            Self::Sinks => sinks(paths),
            Self::Eager => eager(paths),
            Self::Full | Self::Whole | Self::Auto => {
                let pipeline = full(Csv::new(&paths.orders), &*paths.customers, 3);
                // Ten million orders do not fit into what is kept unless told otherwise.
                let pipeline = pipeline.memory(MEMORY).layers(self != Self::Whole);
                let pipeline = match self {
                    Self::Auto => pipeline.checkpoints(Checkpoints::AUTO),
                    _ => pipeline,
                };
                Ok(pipeline.store(&*paths.state).run()?.output().collect()?)
            }
            Self::Bare => {
                let pipeline = bare(Csv::new(&paths.orders), &*paths.customers, 3);
                Ok(pipeline.store(&*paths.state).run()?.output().collect()?)
            }
        }
    }
}

/// With the declared types, and the time in its one format: what the pipeline does.
///
/// # Errors
///
/// When the file cannot be opened.
pub fn scan_orders(paths: &Paths) -> PolarsResult<LazyFrame> {
    let columns = [
        ("id", DataType::Int64),
        ("category", DataType::String),
        ("value", DataType::Float64),
        ("qty", DataType::Int64),
        ("price", DataType::Float64),
        ("status", DataType::String),
        ("customer_id", DataType::Int64),
        ("ts", DataType::String),
    ];
    let schema = Schema::from_iter(columns.map(|(name, dtype)| Field::new(name.into(), dtype)));
    let format = StrptimeOptions {
        format: Some("%Y-%m-%dT%H:%M:%S".into()),
        ..StrptimeOptions::default()
    };
    let time =
        col("ts")
            .str()
            .to_datetime(Some(TimeUnit::Microseconds), None, format, lit("raise"));
    let orders = LazyCsvReader::new(PlRefPath::try_from_path(&paths.orders)?)
        .with_schema(Some(schema.into()))
        .finish()?;
    Ok(orders.with_column(time))
}

/// As it is usually written: Polars finds out the types, and the format of times.
fn scan_orders_guessing(paths: &Paths) -> PolarsResult<LazyFrame> {
    LazyCsvReader::new(PlRefPath::try_from_path(&paths.orders)?)
        .with_try_parse_dates(true)
        .finish()
}

/// A step, and the name of its file.
type Named = (&'static str, Box<dyn FnOnce(LazyFrame) -> LazyFrame>);

/// The steps in their order, after reading.
fn steps(customers: LazyFrame) -> [Named; 6] {
    [
        ("drop", Box::new(drop_nulls)),
        ("feature1", Box::new(|orders| feature1(orders, 3))),
        ("feature2", Box::new(feature2)),
        ("filter", Box::new(keep_large)),
        (
            "join",
            Box::new(|orders| with_customers(orders, customers.into())),
        ),
        ("agg", Box::new(sum_up)),
    ]
}

fn fused(orders: LazyFrame, paths: &Paths) -> Result<DataFrame, Failure> {
    let steps = steps(by_hand::scan(&paths.customers)?).into_iter();
    let query = steps.fold(orders, |orders, (_, step)| step(orders));
    Ok(by_hand::compute(query, Engine::Streaming)?)
}

fn sinks(paths: &Paths) -> Result<DataFrame, Failure> {
    std::fs::create_dir_all(&paths.state)?;
    let file = |name: &str| paths.state.join(name).with_extension("parquet");
    let mut orders = by_hand::sink(scan_orders(paths)?, &file("read"))?;
    for (name, step) in steps(by_hand::scan(&paths.customers)?) {
        orders = by_hand::sink(step(orders), &file(name))?;
    }
    Ok(by_hand::compute(orders, Engine::Streaming)?)
}

fn eager(paths: &Paths) -> Result<DataFrame, Failure> {
    std::fs::create_dir_all(&paths.state)?;
    let keep = |name: &str, query: LazyFrame| -> Result<DataFrame, Failure> {
        let mut frame = by_hand::compute(query, Engine::InMemory)?;
        by_hand::write(
            &mut frame,
            &paths.state.join(name).with_extension("parquet"),
        )?;
        Ok(frame)
    };
    let mut orders = keep("read", scan_orders(paths)?)?;
    for (name, step) in steps(by_hand::scan(&paths.customers)?) {
        orders = keep(name, step(orders.lazy()))?;
    }
    Ok(orders)
}

/// Says where two results differ; sums of floats may in their last digits, as they are added in any order.
///
/// # Errors
///
/// The first difference.
pub fn compare(expected: &DataFrame, found: &DataFrame) -> Result<(), Failure> {
    if expected.schema() != found.schema() || expected.height() != found.height() {
        return Err(format!("results differ: {expected:?}\n{found:?}").into());
    }
    for (a, b) in expected.columns().iter().zip(found.columns()) {
        let same = if a.dtype().is_float() {
            let pairs = a.f64()?.iter().zip(b.f64()?.iter());
            pairs.into_iter().all(|pair| match pair {
                (Some(a), Some(b)) => (a - b).abs() <= a.abs() * 1e-9,
                (a, b) => a == b,
            })
        } else {
            a.equals_missing(b)
        };
        if !same {
            return Err(format!("column `{}` differs: {a:?}\n{b:?}", a.name()).into());
        }
    }
    Ok(())
}
