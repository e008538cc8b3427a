//! What is kept in memory, and for how long.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, Weak};

use pipe_core::testing::TestStore;
use pipe_core::{Pipeline, StepError, StepOutput};
use polars::prelude::*;

use super::task::Task;
use crate::common::{Anything, Tested, ints};

/// Tells whether anybody still has what a plan holds.
#[derive(Clone, Default)]
struct Watched(Arc<Mutex<Option<Weak<Vec<u8>>>>>);

/// A closure in the plan of a frame: it lives as long as somebody has the plan.
fn held_by_plan(frame: LazyFrame, held: Arc<Vec<u8>>) -> LazyFrame {
    let keep = move |frame: DataFrame| {
        std::hint::black_box(&held);
        Ok(frame)
    };
    frame.map(keep, AllowedOptimizations::default(), None, Some("keeps"))
}

/// The plan of a node that is not stored is let go as soon as the last node that uses it has run.
#[test]
fn frames_are_dropped_after_their_last_use() -> Tested {
    let (store, watched) = (TestStore::new(), Watched::default());
    let (made, seen) = (watched.clone(), watched.clone());
    let makes = Task::new(move |mut inputs| {
        let held = Arc::new(vec![0_u8; 16]);
        *made.0.lock().map_err(|_| "poisoned")? = Some(Arc::downgrade(&held));
        Ok(held_by_plan(inputs.next_frame()?, held).into())
    });
    let looks = Task::new(move |mut inputs| {
        let held = seen.0.lock().map_err(|_| "poisoned")?.clone();
        if held.ok_or("it was made")?.strong_count() > 0 {
            return Err("the frame is still there".into());
        }
        Ok(inputs.next_frame()?.into())
    });
    let pipeline = Pipeline::builder("test")
        .source("numbers", df!("n" => [1_i64])?)
        .step("made", makes)
        .checkpoint(false)
        .step("used", Task::pass())
        .step("used_again", Task::pass())
        .step("looks", looks)
        .build()?;
    // With one job, what has run is over before the next starts.
    let pipeline = pipeline.store(&store).jobs(NonZero::<usize>::MIN);
    assert_eq!(ints(pipeline.run()?.output(), "n"), [Some(1)]);
    Ok(())
}

fn rows(count: i64) -> Result<DataFrame, Anything> {
    let numbers: Vec<i64> = (0..count).map(|i| (i * 7919) % 1_000_003).collect();
    let texts: Vec<_> = numbers.iter().map(|n| format!("row {}", n % 97)).collect();
    Ok(df!("n" => numbers, "text" => texts)?)
}

fn several_steps(rows: DataFrame) -> Result<Pipeline, Anything> {
    let step = |body: fn(LazyFrame) -> LazyFrame| {
        Task::new(move |mut inputs| -> Result<StepOutput, StepError> {
            Ok(body(inputs.next_frame()?).into())
        })
    };
    let half = step(|rows| rows.filter((col("n") % lit(2)).eq(lit(0))));
    let more = step(|rows| rows.with_column((col("n") * lit(3)).alias("more")));
    let few = step(|rows| {
        rows.group_by([col("text")])
            .agg([col("more").sum()])
            .sort(["text"], SortMultipleOptions::default())
    });
    Ok(Pipeline::builder("test")
        .packages(pipe_core::packages!())
        .source("rows", rows)
        .step("half", half)
        .step("more", more)
        .step("few", few)
        .build()?)
}

/// The data of all checkpoints, by name.
fn data(store: &TestStore) -> Result<BTreeMap<String, Vec<u8>>, Anything> {
    let mut data = BTreeMap::new();
    for node in ["half", "more", "few"] {
        for file in store.files("test", node, "parquet") {
            let name = format!("{node}: {:?}", file.file_name());
            data.insert(name, std::fs::read(file)?);
        }
    }
    Ok(data)
}

#[test]
fn frames_that_do_not_fit_are_streamed_to_the_same_bytes() -> Tested {
    for count in [10, 300_000] {
        let rows = rows(count)?;
        let (in_memory, streamed) = (TestStore::new(), TestStore::new());
        let pipeline = several_steps(rows)?;
        pipeline.clone().store(&in_memory).memory(u64::MAX).run()?;
        pipeline.clone().store(&streamed).memory(0).run()?;
        let (in_memory, streamed) = (data(&in_memory)?, data(&streamed)?);
        assert_eq!(in_memory.len(), 3);
        assert!(in_memory == streamed, "{count} rows: the bytes differ");
    }
    Ok(())
}
