//! What is kept in memory, and for how long.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Weak};

use pipe_core::testing::TestStore;
use pipe_core::{Event, Outcome, Pipeline, StepError, StepOutput};
use polars::prelude::*;

use super::task::{Task, hear};
use crate::common::{Anything, Tested, failed, ints};

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

/// What a step is given: whether it is in memory, or read from the store.
#[derive(Clone, Default)]
struct Given(Arc<Mutex<Option<String>>>);

impl Given {
    fn task(&self, parameter: i64) -> Task {
        let given = self.0.clone();
        let mut task = Task::new(move |mut inputs| {
            let frame = inputs.next_frame()?;
            *given.lock().map_err(|_| "poisoned")? = Some(frame.describe_plan()?);
            Ok(frame.select([len().alias("n")]).into())
        });
        task.parameter = parameter;
        task
    }

    fn is_in_memory(&self) -> Result<bool, Anything> {
        let plan = self.0.lock().map_err(|_| "poisoned")?.clone();
        Ok(plan.ok_or("it was given")?.starts_with("DF "))
    }
}

fn passes(parameter: i64) -> Task {
    let mut task = Task::pass();
    task.parameter = parameter;
    task
}

fn counts() -> Task {
    Task::new(|mut inputs| Ok(inputs.next_frame()?.select([len().alias("n")]).into()))
}

/// As much as two frames of so many rows take, less a little.
const ALMOST_TWO: (i64, u64) = (10_000, 150_000);

/// `made` is handed on in memory; `planned` is not stored; `counted` comes out valid without it. Then there
/// is room for `next` again.
#[test]
fn what_only_a_plan_that_nobody_asks_for_reads_is_let_go() -> Tested {
    let (store, given) = (TestStore::new(), Given::default());
    let (count, memory) = ALMOST_TWO;
    let numbers = rows(count)?.select(["n"])?;
    for parameter in [0, 1] {
        let pipeline = Pipeline::builder("test")
            .source("numbers", numbers.clone())
            .step_on("made", passes(parameter), ["numbers"])
            .step_on("planned", Task::pass(), ["made"])
            .checkpoint(false)
            .step_on("counted", counts(), ["planned"])
            .step_on("next", passes(parameter), ["numbers", "counted"])
            .step_on("looks", given.task(parameter), ["next"])
            .build()?;
        let run = pipeline.store(&store).memory(memory).run()?;
        let ran: &[&str] = match parameter {
            0 => &["made", "planned", "counted", "next", "looks"],
            _ => &["made", "next", "looks"],
        };
        assert_eq!(run.report().ran(), ran);
    }
    assert!(given.is_in_memory()?);
    Ok(())
}

/// `used` is lost while `planned`, which was for it, is under way.
#[test]
fn what_only_a_plan_of_a_lost_node_reads_is_let_go() -> Tested {
    let (store, given) = (TestStore::new(), Given::default());
    let (count, memory) = ALMOST_TWO;
    let numbers = rows(count)?.select(["n"])?;
    let (lost, is_lost) = channel();
    let (planned, is_planned) = channel();
    let (is_lost, is_planned) = (Mutex::new(is_lost), Mutex::new(is_planned));
    let waits = |heard: Mutex<Receiver<()>>| {
        Task::new(move |mut inputs| {
            let heard = heard.lock().map_err(|_| "poisoned")?;
            hear(&heard)?;
            Ok(inputs.next_frame()?.into())
        })
    };
    let bad = Task::new(|_| Err("down".into()));
    let pipeline = Pipeline::builder("test")
        .source("numbers", numbers.clone())
        .source("few", df!("n" => [1_i64])?)
        .step_on("made", Task::pass(), ["numbers"])
        .step_on("planned", waits(is_lost), ["made"])
        .checkpoint(false)
        .step_on("bad", bad, ["made"])
        .step_on("used", Task::pass(), ["planned", "bad"])
        .step_on("gate", waits(is_planned), ["few"])
        .step_on("next", Task::pass(), ["numbers", "gate"])
        .step_on("looks", given.task(0), ["next"])
        .outputs(["used", "looks"])
        .build()?;
    let pipeline = pipeline.store(&store).memory(memory);
    let pipeline = pipeline.jobs(NonZero::new(4).ok_or("four")?);
    let run = pipeline.on_event(move |event| {
        // Nobody listens where the run is over.
        let _ = match event {
            Event::NodeFailed { node, .. } if node == "bad" => lost.send(()),
            Event::NodeFinished { node, .. } if node == "planned" => planned.send(()),
            _ => Ok(()),
        };
    });
    let (report, errors) = failed(run.run());
    assert_eq!(errors, ["node `bad` (step `task`) failed: down"]);
    assert_eq!(report.with(Outcome::Skipped), ["used"]);
    assert!(given.is_in_memory()?);
    Ok(())
}
