//! Which results are stored, where a policy decides it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pipe_core::testing::{assert_frames_equal, assert_nothing_to_run};
use pipe_core::{Action, Checkpoints, Gc, Mode, Pipeline};
use serde_json::json;

use crate::common::*;

const NODES: [&str; 5] = ["read", "clean", "wide", "small", "result"];

struct Chain {
    scratch: Scratch,
    table: Arc<Table>,
}

impl Chain {
    fn new() -> Self {
        Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[1, 2, 3]),
        }
    }

    fn pipeline(&self, checkpoints: Checkpoints) -> Pipeline {
        let mut builder = Pipeline::builder("test").input("numbers", self.table.clone());
        for node in NODES {
            builder = builder.step(node, Act::plus(1));
        }
        let built = builder.build().unwrap();
        built.store(self.scratch.path()).checkpoints(checkpoints)
    }

    /// Lets it be known what the nodes took: seconds to compute and to store.
    fn took(&self, seconds: [(f64, f64); 5]) -> Tested {
        let nodes = NODES.into_iter().zip(seconds);
        let nodes = nodes.map(|(node, (compute, store))| {
            let cost = json!({"compute": compute, "store": store, "bytes": 1000, "whole": 1000});
            (node.to_owned(), cost)
        });
        let costs = json!({"nodes": nodes.collect::<serde_json::Map<_, _>>()});
        let folder = self.scratch.path().join("test");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("costs.json"), costs.to_string())?;
        Ok(())
    }

    fn stored(&self) -> Vec<&'static str> {
        let has = |node: &&str| !self.scratch.files(node, "json").is_empty();
        NODES.into_iter().filter(has).collect()
    }
}

fn auto(seconds: u64) -> Checkpoints {
    Checkpoints::Auto {
        max_recompute: Duration::from_secs(seconds),
    }
}

/// Of each node whether a run would store it, and why.
fn decisions(pipeline: &Pipeline) -> Result<Vec<(bool, String)>, Anything> {
    let nodes = pipeline.plan()?.nodes;
    let decisions = nodes.into_iter().map(|node| {
        assert_eq!(node.action, Action::Run, "{}", node.reason);
        let decided = node.checkpoint.ok_or("nothing was decided")?;
        Ok((decided.stored, decided.reason))
    });
    decisions.collect()
}

fn result_of(pipeline: &Pipeline) -> Result<polars::prelude::DataFrame, Anything> {
    let run = pipeline.run()?;
    Ok(run.output().clone().frame().ok_or("no frame")?.collect()?)
}

#[test]
fn nothing_is_stored_where_nothing_is_to_be() -> Tested {
    let chain = Chain::new();
    let none = chain.pipeline(Checkpoints::None);
    for _ in 0..2 {
        assert_frames_equal(result_of(&none)?, numbers(&[6, 7, 8]));
        assert!(chain.stored().is_empty(), "{:?}", chain.stored());
    }
    let plan = none.plan()?.to_string();
    let line = "is not stored: no checkpoints are wanted";
    assert_eq!(plan.matches(line).count(), 5, "{plan}");
    Ok(())
}

#[test]
fn a_node_says_of_itself_whether_it_is_stored() -> Tested {
    let chain = Chain::new();
    let built = Pipeline::builder("test")
        .input("numbers", chain.table.clone())
        .step("read", Act::plus(1))
        .checkpoint(true)
        .step("clean", Act::plus(1))
        .step("wide", Act::plus(1))
        .checkpoint(false)
        .step("small", Act::plus(1));
    let built = built.build()?.store(chain.scratch.path());
    let run = |checkpoints| built.clone().checkpoints(checkpoints).run();
    run(Checkpoints::None)?;
    assert_eq!(chain.stored(), ["read"]);
    // Of those nobody decides anything.
    let plan = built.clone().checkpoints(Checkpoints::AUTO).plan()?;
    let decided = plan.nodes.iter().map(|node| node.checkpoint.is_some());
    assert_eq!(decided.collect::<Vec<_>>(), [false, true, false, true]);
    run(Checkpoints::AUTO)?;
    assert_eq!(chain.stored(), ["read", "clean", "small"]);
    Ok(())
}

#[test]
fn what_is_not_known_yet_is_stored_and_measured() -> Tested {
    let chain = Chain::new();
    let auto = chain.pipeline(Checkpoints::AUTO);
    let decided = decisions(&auto)?;
    assert!(decided.iter().all(|(stored, _)| *stored), "{decided:?}");
    assert_eq!(decided[0].1, "nobody knows yet what it takes");
    assert_eq!(decided[4].1, "the pipeline returns it");
    auto.run()?;
    assert_eq!(chain.stored(), NODES);
    let costs = fs::read(chain.scratch.path().join("test/costs.json"))?;
    let costs: serde_json::Value = serde_json::from_slice(&costs)?;
    for node in NODES {
        let cost = &costs["nodes"][node];
        assert!(
            cost["compute"].as_f64().is_some_and(|it| it > 0.0),
            "{cost}"
        );
        assert!(cost["store"].as_f64().is_some_and(|it| it > 0.0), "{cost}");
        assert!(cost["bytes"].as_u64().is_some_and(|it| it > 0), "{cost}");
    }
    assert!(auto.verify()?.is_sound(), "{:?}", auto.verify()?);
    // What was measured stays when checkpoints go.
    auto.gc(&Gc::default().keep(0), Mode::Apply)?;
    auto.clear_all()?;
    assert!(chain.stored().is_empty(), "{:?}", chain.stored());
    let decided = decisions(&auto)?;
    assert_ne!(decided[0].1, "nobody knows yet what it takes");
    Ok(())
}

#[test]
fn what_is_worth_it_is_stored() -> Tested {
    let chain = Chain::new();
    // Read and cleaned in no time; `wide` takes longer to store than to compute; `small` takes nothing.
    chain.took([(0.1, 0.4), (0.1, 0.4), (1.0, 0.5), (1.0, 0.001), (0.1, 0.4)])?;
    let auto = chain.pipeline(Checkpoints::AUTO);
    let decided = decisions(&auto)?;
    let stored: Vec<_> = decided.iter().map(|(stored, _)| *stored).collect();
    assert_eq!(stored, [false, false, false, true, true], "{decided:?}");
    assert_eq!(
        decided[2].1,
        "that takes 500 ms and saves 1.20 s if it is needed again"
    );
    assert_eq!(
        decided[3].1,
        "that takes 1 ms and saves 2.20 s if it is needed again"
    );
    let plan = auto.plan()?.to_string();
    assert!(plan.contains("is not stored: that takes 500 ms"), "{plan}");
    assert!(
        plan.contains("no checkpoint; is stored: that takes 1 ms"),
        "{plan}"
    );

    assert_frames_equal(result_of(&auto)?, numbers(&[6, 7, 8]));
    assert_eq!(chain.stored(), ["small", "result"]);
    assert_nothing_to_run(&auto);
    // What one way has stored is valid in every other.
    for checkpoints in [Checkpoints::Every, Checkpoints::None] {
        let again = chain.pipeline(checkpoints).run()?;
        assert!(again.report().ran().is_empty(), "{}", again.report());
    }
    // Without the result what it is made of is used, whatever the policy: nothing else is computed.
    for checkpoints in [Checkpoints::AUTO, Checkpoints::None, Checkpoints::Every] {
        auto.clear("result")?;
        let again = chain.pipeline(checkpoints).run()?;
        assert_eq!(again.report().ran(), ["result"], "{}", again.report());
    }
    Ok(())
}

#[test]
fn a_failure_loses_no_more_than_it_may() -> Tested {
    let chain = Chain::new();
    chain.took([
        (10.0, 8.0),
        (10.0, 8.0),
        (10.0, 8.0),
        (10.0, 8.0),
        (10.0, 8.0),
    ])?;
    let stored = |seconds| -> Result<Vec<bool>, Anything> {
        let decided = decisions(&chain.pipeline(auto(seconds)))?;
        Ok(decided.iter().map(|(stored, _)| *stored).collect())
    };
    assert_eq!(stored(60)?, [false, false, false, false, true]);
    // Two at a time: while the third runs, all three may be lost.
    assert_eq!(stored(25)?, [false, true, false, true, true]);
    assert_eq!(stored(15)?, [true, true, true, true, true]);
    let decided = decisions(&chain.pipeline(auto(25)))?;
    assert_eq!(
        decided[1].1, "without it a failure could lose 30 s",
        "{decided:?}"
    );
    // A node that takes too long by itself is lost anyway: what is quick before it is not stored for that.
    chain.took([(1.0, 8.0), (1.0, 8.0), (50.0, 8.0), (1.0, 8.0), (1.0, 8.0)])?;
    assert_eq!(stored(25)?, [false, false, true, false, true]);
    Ok(())
}

/// Inputs of one node: while it runs, all of them may be lost.
#[test]
fn what_is_lost_together_counts_together() -> Tested {
    let chain = Chain::new();
    let built = Pipeline::builder("test")
        .input("numbers", chain.table.clone())
        .step_on("read", Act::plus(1), ["numbers"])
        .step_on("clean", Act::plus(1), ["numbers"])
        .step_on("wide", Act::plus(1), ["read", "clean"]);
    let auto = built
        .build()?
        .store(chain.scratch.path())
        .checkpoints(auto(30));
    chain.took([(20.0, 8.0), (20.0, 8.0), (1.0, 8.0), (0.0, 0.0), (0.0, 0.0)])?;
    let decided = decisions(&auto)?;
    assert_eq!(
        decided[1],
        (true, "without it a failure could lose 41 s".to_owned()),
        "{decided:?}"
    );
    assert!(!decided[0].0, "{decided:?}");
    Ok(())
}

/// What is stored is used, also where what came after it is damaged.
#[test]
fn damage_is_mended_from_the_checkpoint_before() -> Tested {
    for checkpoints in [Checkpoints::None, Checkpoints::AUTO] {
        let chain = Chain::new();
        chain.pipeline(Checkpoints::Every).run()?;
        chain.took([(1.0, 10.0); 5])?;
        let result = chain.scratch.only_file("result", "parquet");
        fs::write(result, "damaged")?;
        let again = chain.pipeline(checkpoints).run()?;
        assert_eq!(again.report().ran(), ["result"], "{}", again.report());
    }
    Ok(())
}

#[test]
fn what_several_read_is_stored_unless_it_is_quicker_to_compute_again() -> Tested {
    let chain = Chain::new();
    let built = Pipeline::builder("test")
        .input("numbers", chain.table.clone())
        .step("read", Act::plus(1))
        .step_on("clean", Act::plus(1), ["read"])
        .step_on("wide", Act::plus(1), ["read"])
        .step_on("small", Act::plus(1), ["read"])
        .outputs(["clean", "wide", "small"]);
    let built = built.build()?.store(chain.scratch.path());
    let auto = built.checkpoints(Checkpoints::AUTO);
    for (compute, stored) in [(0.4, false), (0.6, true)] {
        chain.took([
            (compute, 1.0),
            (0.1, 1.0),
            (0.1, 1.0),
            (0.1, 1.0),
            (0.0, 0.0),
        ])?;
        assert_eq!(decisions(&auto)?[0].0, stored, "{compute} s");
    }
    Ok(())
}

#[test]
fn costs_that_nobody_can_read_are_none() -> Tested {
    let chain = Chain::new();
    chain.took([(0.1, 0.4); 5])?;
    let path = chain.scratch.path().join("test/costs.json");
    fs::write(&path, "{\"nodes\": ")?;
    let decided = decisions(&chain.pipeline(Checkpoints::AUTO))?;
    assert_eq!(decided[0].1, "nobody knows yet what it takes");
    Ok(())
}

/// A pipeline that is decided anew at each run stays right, whatever is decided.
#[test]
fn it_changes_nothing_but_what_is_stored() -> Tested {
    let chain = Chain::new();
    let mut decided = BTreeSet::new();
    for round in 0..8_i64 {
        let values: Vec<_> = (round..round + 3).collect();
        chain.table.replace(numbers(&values));
        // Every other node is slow to store, another one each time.
        let costs = std::array::from_fn(|node| {
            let slow = (round >> (node % 3)) % 2 == 0;
            (1.0, if slow { 10.0 } else { 0.001 })
        });
        chain.took(costs)?;
        let auto = chain.pipeline(Checkpoints::AUTO);
        let nodes = auto.plan()?.nodes.into_iter();
        decided.insert(
            nodes
                .map(|node| node.checkpoint.is_some_and(|it| it.stored))
                .collect::<Vec<_>>(),
        );
        let expected: Vec<_> = values.iter().map(|n| n + 5).collect();
        assert_frames_equal(result_of(&auto)?, numbers(&expected));
        assert_nothing_to_run(&auto);
        assert_nothing_to_run(&chain.pipeline(Checkpoints::Every));
    }
    // Each of the first three is stored or not, whatever the others are.
    assert_eq!(decided.len(), 8, "{decided:?}");
    Ok(())
}
