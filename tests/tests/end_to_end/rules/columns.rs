//! What is special about types and names of columns.

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use pipe_core::prelude::*;

use super::common::*;

#[step]
fn pass(rows: LazyFrame) -> LazyFrame {
    rows
}

/// Limits, lengths, units, zones, NaN.
#[derive(Schema, Clone)]
#[schema(rule(no_condition = col("large").gt(lit(1)), other = col("large").gt_eq(lit(0))))]
struct Special {
    #[column(min = 18_446_744_073_709_551_615, one_of(18_446_744_073_709_551_615))]
    large: u64,
    #[column(max = 0.1, min = -0.5)]
    single: f32,
    #[column(min = 0)]
    whole: f64,
    #[column(len = 2)]
    list: Vec<i64>,
    #[column(len(min = 1, max = 2))]
    bytes: Option<Vec<u8>>,
    #[column(len = 2)]
    text: String,
    #[column(min = "2013-01-01T05:00Z", unit = "ms", zone = "Europe/Berlin")]
    at: DateTime<Utc>,
    #[column(one_of("2013-01-01", "2013-01-01 12:00"))]
    day: NaiveDateTime,
    #[column(max = "05:00:00.5")]
    clock: NaiveTime,
    #[column(min = "-90s", unit = "ns")]
    took: TimeDelta,
}

pipeline! {
    fn special(#[invalid(warn)] rows: Frame<Special>) -> LazyFrame {
        let kept = pass(rows);
        kept
    }
}

fn sound() -> Special {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    Special {
        large: u64::MAX,
        single: 0.1,
        whole: 0.0,
        list: vec![1, 2],
        bytes: None,
        text: "äö".into(),
        at: at(1_357_016_400),
        day: at(1_357_041_600).naive_utc(),
        clock: NaiveTime::from_hms_milli_opt(5, 0, 0, 500).unwrap(),
        took: TimeDelta::seconds(-90),
    }
}

/// What is done to a row, and the rules that it breaks then.
type Break = (fn(&mut Special), &'static [&'static str]);

#[test]
fn limits_are_exact_in_every_type() {
    let run = |row: Special| -> Vec<String> {
        let scratch = Scratch::new();
        let run = special(vec![row]).store(scratch.store()).run().unwrap();
        let invalid = node(run.report(), "rows").invalid.clone();
        let rules = invalid.map_or_else(Vec::new, |invalid| invalid.rules);
        rules.into_iter().map(|found| found.rule).collect()
    };
    assert_eq!(run(sound()), [""; 0]);
    let breaks: &[Break] = &[
        (
            |row| row.large -= 1,
            &[
                "large: min 18446744073709551615",
                "large: one_of 18446744073709551615",
            ],
        ),
        (|row| row.single = 0.100_000_01, &["single: max 0.1"]),
        (|row| row.single = -0.500_000_1, &["single: min -0.5"]),
        (
            |row| row.single = f32::NAN,
            &["single: min -0.5", "single: max 0.1"],
        ),
        (|row| row.whole = f64::NAN, &["whole: min 0"]),
        (|row| row.list.push(3), &["list: len 2"]),
        (|row| row.bytes = Some(vec![]), &["bytes: len 1 to 2"]),
        (
            |row| row.bytes = Some(vec![1, 2, 3]),
            &["bytes: len 1 to 2"],
        ),
        (|row| row.text.push('x'), &["text: len 2"]),
        (
            |row| row.at -= TimeDelta::milliseconds(1),
            &["at: min \"2013-01-01T05:00Z\""],
        ),
        (
            |row| row.day += TimeDelta::microseconds(1),
            &["day: one_of \"2013-01-01\", \"2013-01-01 12:00\""],
        ),
        (
            |row| row.clock += TimeDelta::nanoseconds(1),
            &["clock: max \"05:00:00.5\""],
        ),
        (
            |row| row.took -= TimeDelta::microseconds(1),
            &["took: min \"-90s\""],
        ),
    ];
    for (spoil, rules) in breaks {
        let mut row = sound();
        spoil(&mut row);
        assert_eq!(run(row), *rules);
    }
}

#[derive(Schema)]
#[schema(rule(sum = col("n") + lit(1)))]
struct NoCondition {
    n: i64,
}

/// Names that the audit might want for itself.
#[derive(Schema)]
struct Taken {
    #[column(name = "audit 0", max = 1)]
    a: i64,
    #[column(name = "audit 1")]
    b: i64,
    #[column(name = "quarantine_row")]
    c: i64,
    #[column(name = "quarantine_reasons")]
    d: i64,
}

pipeline! {
    fn no_condition(rows: Frame<NoCondition>) -> LazyFrame {
        let kept = pass(rows);
        kept
    }

    fn taken(#[invalid(quarantine)] rows: Frame<Taken>) -> LazyFrame {
        let kept = pass(rows);
        kept
    }
}

#[test]
fn a_condition_that_is_none_is_found_by_check() {
    let error = no_condition(Vec::new()).check().unwrap_err().to_string();
    assert!(
        error.contains(
            "rule `sum` of `NoCondition` is no condition: its expression has type i64, not bool"
        ),
        "{error}"
    );
}

#[test]
fn no_column_is_lost_because_of_its_name() -> Tested {
    let scratch = Scratch::new();
    let rows = (0..3)
        .map(|a| Taken {
            a,
            b: a,
            c: a,
            d: a,
        })
        .collect::<Vec<_>>();
    let pipeline = taken(rows).store(scratch.store());
    let kept = pipeline.run()?.output().collect()?;
    let own = ["audit 0", "audit 1", "quarantine_row", "quarantine_reasons"];
    assert_eq!(
        (kept.get_column_names(), kept.height()),
        (own.map(PlSmallStr::from).iter().collect(), 2)
    );
    let aside = pipeline.quarantined(TakenNode::Rows)?.unwrap().collect()?;
    assert_eq!(aside.column("quarantine_row_")?.u64()?.get(0), Some(3));
    assert_eq!(aside.column("quarantine_reasons_")?.list()?.len(), 1);
    Ok(())
}

/// At most two rows of one group. `.over` gives a `Result`: `?` is allowed in a rule.
#[derive(Schema, Clone)]
#[schema(rule(few_of_a_kind = len().over([col("kind")])?.lt_eq(lit(2))))]
struct Grouped {
    kind: String,
    n: i64,
}

pipeline! {
    fn grouped(#[invalid(quarantine)] rows: Frame<Grouped>) -> LazyFrame {
        let kept = pass(rows);
        kept
    }
}

#[test]
fn a_condition_can_be_about_groups_of_rows() -> Tested {
    let scratch = Scratch::new();
    let row = |kind: &str, n| Grouped {
        kind: kind.into(),
        n,
    };
    let rows = vec![row("a", 1), row("b", 2), row("a", 3), row("a", 4)];
    let grouped = grouped(rows).store(scratch.store());
    let kept = grouped.run()?.output().collect()?;
    assert_eq!(kept, df!("kind" => ["b"], "n" => [2_i64])?);
    let aside = grouped
        .quarantined(GroupedNode::Rows)?
        .map(LazyFrame::collect);
    assert_eq!(aside.transpose()?.map(|frame| frame.height()), Some(3));
    Ok(())
}
