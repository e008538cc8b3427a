//! The work W1 as one fused Polars query, hand-written: what Rust Polars costs with this workspace's
//! release profile. `benches/fused.py` is the same query on Polars' own Python wheel.
//!
//! Usage: `fused ORDERS.csv|ORDERS.parquet CUSTOMERS.parquet`; prints the seconds of each of five runs.

use std::time::Instant;

use pipe_core::polars::prelude::*;

fn query(orders: &str, customers: &str) -> PolarsResult<LazyFrame> {
    let path = PlRefPath::new(orders);
    let orders = if orders.ends_with(".parquet") {
        LazyFrame::scan_parquet(path, ScanArgsParquet::default())?
    } else {
        LazyCsvReader::new(path)
            .with_try_parse_dates(true)
            .finish()?
    };
    let customers = LazyFrame::scan_parquet(PlRefPath::new(customers), ScanArgsParquet::default())?;
    Ok(orders
        .drop_nulls(None)
        .with_column((col("value") * lit(3)).alias("feature1"))
        .with_column((col("value") * lit(7) + col("qty") * col("price")).alias("feature2"))
        .filter(col("feature1").gt(lit(10)))
        .join(
            customers,
            [col("customer_id")],
            [col("customer_id")],
            JoinArgs::new(JoinType::Inner),
        )
        .group_by([col("region"), col("category")])
        .agg([
            len().alias("orders"),
            col("value").sum().alias("value_sum"),
            col("feature1").sum().alias("feature1_sum"),
            col("feature2").mean().alias("feature2_mean"),
            col("qty").sum().alias("qty_sum"),
        ])
        .sort(["region", "category"], SortMultipleOptions::default()))
}

fn main() -> PolarsResult<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [orders, customers] = &arguments[..] else {
        polars_bail!(InvalidOperation: "usage: fused ORDERS.csv CUSTOMERS.parquet");
    };
    for _ in 0..5 {
        let start = Instant::now();
        let result = query(orders, customers)?
            .collect_with_engine(Engine::Streaming)?
            .unwrap_single();
        println!(
            "{:.3} s, {} rows",
            start.elapsed().as_secs_f64(),
            result.height()
        );
    }
    Ok(())
}
