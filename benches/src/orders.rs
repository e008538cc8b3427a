//! The data of the work W1: orders as CSV, customers as Parquet; the same for the same seed.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta};
use fastrand::Rng;
use pipe_core::prelude::*;

use crate::Failure;

/// Customers that orders are of.
const CUSTOMERS: u32 = 100_000;
/// Orders that are made at once.
const PIECE: u64 = 500_000;
const CATEGORIES: usize = 50;
const STATUSES: [&str; 4] = ["new", "paid", "shipped", "returned"];
const REGIONS: [&str; 8] = [
    "north", "south", "east", "west", "centre", "coast", "islands", "abroad",
];
const SEGMENTS: [&str; 4] = ["consumer", "business", "public", "partner"];
const SECONDS_OF_A_YEAR: i64 = 365 * 86_400;

/// Writes `customers.parquet`.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_customers(path: &Path, seed: u64) -> Result<(), Failure> {
    let mut rng = Rng::with_seed(seed);
    let first_day = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap_or_default();
    let mut regions = Vec::new();
    let mut segments = Vec::new();
    let mut signups = Vec::new();
    for _ in 0..CUSTOMERS {
        regions.push(REGIONS[rng.usize(..REGIONS.len())]);
        segments.push(SEGMENTS[rng.usize(..SEGMENTS.len())]);
        signups.push(first_day + Days::new(rng.u64(..2_000)));
    }
    let mut customers = df!(
        "customer_id" => (0..i64::from(CUSTOMERS)).collect::<Vec<_>>(),
        "region" => regions,
        "segment" => segments,
        "signup" => signups,
    )?;
    ParquetWriter::new(File::create(path)?).finish(&mut customers)?;
    Ok(())
}

/// Writes orders as CSV. One value of a hundred is missing.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_orders(path: &Path, rows: u64, seed: u64) -> Result<(), Failure> {
    let mut file = File::create(path)?;
    let mut start = 0;
    while start < rows {
        let end = rows.min(start + PIECE);
        let mut rng = Rng::with_seed(seed.wrapping_add(start + 1));
        CsvWriter::new(&mut file)
            .include_header(start == 0)
            .with_datetime_format(Some("%Y-%m-%dT%H:%M:%S".into()))
            .finish(&mut piece(start..end, &mut rng)?)?;
        start = end;
    }
    Ok(())
}

fn piece(ids: std::ops::Range<u64>, rng: &mut Rng) -> Result<DataFrame, Failure> {
    let rounded = |value: f64, to: f64| (value * to).round() / to;
    // A sum of two exponential variables: many small prices, few large ones.
    let price = |rng: &mut Rng| -15.0 * ((1.0 - rng.f64()) * (1.0 - rng.f64())).ln();
    let categories: Vec<String> = (0..CATEGORIES).map(|i| format!("cat_{i:02}")).collect();
    let year: NaiveDateTime = DateTime::from_timestamp(1_704_067_200, 0)
        .unwrap_or_default()
        .naive_utc();
    let rows = usize::try_from(ids.end - ids.start)?;
    let mut values = Vec::with_capacity(rows);
    let mut category = Vec::with_capacity(rows);
    let mut quantities = Vec::with_capacity(rows);
    let mut prices = Vec::with_capacity(rows);
    let mut statuses = Vec::with_capacity(rows);
    let mut customers = Vec::with_capacity(rows);
    let mut times = Vec::with_capacity(rows);
    for _ in 0..rows {
        let value = rounded(rng.f64() * 100.0, 1e4);
        values.push((rng.u8(..100) != 0).then_some(value));
        category.push(categories[rng.usize(..CATEGORIES)].as_str());
        quantities.push(rng.i64(1..=20));
        prices.push(rounded(price(rng), 100.0));
        statuses.push(STATUSES[rng.usize(..STATUSES.len())]);
        customers.push(i64::from(rng.u32(..CUSTOMERS)));
        times.push(year + TimeDelta::seconds(rng.i64(0..SECONDS_OF_A_YEAR)));
    }
    let ids = ids.map(i64::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(df!(
        "id" => ids,
        "category" => category,
        "value" => values,
        "qty" => quantities,
        "price" => prices,
        "status" => statuses,
        "customer_id" => customers,
        "ts" => times,
    )?)
}
