//! What rules cost: the same rows written to a checkpoint without rules, with rules that look at each
//! row by itself, and with a primary key, which needs all rows at once.
//!
//! Usage: `rules [ROWS]`, ten million unless told otherwise; prints the seconds of each of five runs.

use std::process::ExitCode;

use pipe_core::prelude::*;

#[derive(Schema)]
struct Order {
    id: i64,
    region: String,
    qty: i64,
    price: f64,
}

#[derive(Schema)]
#[schema(rule(no_large_gifts = col("price").gt(lit(0.0)).or(col("qty").lt(lit(100)))))]
struct Checked {
    #[column(min = 0)]
    id: i64,
    #[column(
        one_of("north", "east", "south", "west"),
        pattern = "^[a-z]+$",
        len(max = 5)
    )]
    region: String,
    #[column(min = 0, max = 1_000)]
    qty: i64,
    #[column(min = 0.0)]
    price: f64,
}

#[derive(Schema)]
#[schema(primary_key(id))]
struct Keyed {
    id: i64,
    region: String,
    qty: i64,
    price: f64,
}

#[step]
fn bare(orders: LazyFrame) -> Frame<Order> {
    orders.into()
}

#[step]
fn checked(orders: LazyFrame) -> Frame<Checked> {
    orders.into()
}

#[step]
fn keyed(orders: LazyFrame) -> Frame<Keyed> {
    orders.into()
}

pipeline! {
    fn orders(orders: Frame<Order>) -> (LazyFrame, LazyFrame, LazyFrame) {
        let without_rules = bare(orders);
        let with_rules = checked(orders);
        let with_key = keyed(orders);
        (without_rules, with_rules, with_key)
    }
}

fn rows(count: i64) -> PolarsResult<DataFrame> {
    let ids = df!("id" => (0..count).collect::<Vec<_>>())?.lazy();
    let is = |rest: i64| (col("id") % lit(4)).eq(lit(rest));
    let region = when(is(0))
        .then(lit("north"))
        .when(is(1))
        .then(lit("east"))
        .when(is(2))
        .then(lit("south"))
        .otherwise(lit("west"));
    let mixed = || (col("id") * lit(48_271)) % lit(2_147_483_647);
    ids.with_columns([
        region.alias("region"),
        (mixed() % lit(1_000)).alias("qty"),
        (mixed().cast(DataType::Float64) / lit(1e6)).alias("price"),
    ])
    .collect()
}

fn measure(count: i64) -> Result<(), Box<dyn std::error::Error>> {
    let store = std::env::temp_dir().join(format!("pipe-rules-{}", std::process::id()));
    let pipeline = orders(rows(count)?).store(&store).resume(false);
    for _ in 0..5 {
        let run = pipeline.run()?;
        let nodes = run.report().nodes.iter();
        let times: Vec<_> = nodes
            .map(|node| format!("{} {:.3} s", node.name, node.seconds))
            .collect();
        println!("{}", times.join(", "));
    }
    std::fs::remove_dir_all(store)?;
    Ok(())
}

fn main() -> ExitCode {
    let count = std::env::args().nth(1).map(|count| count.parse());
    match count.unwrap_or(Ok(10_000_000)).map(measure) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        Err(_) => {
            eprintln!("usage: rules [ROWS]");
            ExitCode::FAILURE
        }
    }
}
