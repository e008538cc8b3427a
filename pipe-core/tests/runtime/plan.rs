//! What a plan says of the time that a run will take.

use std::fs;

use pipe_core::{Action, Pipeline, Plan};

use crate::common::*;

struct Chain {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
}

impl Chain {
    fn pipeline(&self, number: i64, last: &str) -> Pipeline {
        let built = Pipeline::builder("test")
            .input("numbers", self.table.clone())
            .step("first", Act::plus(number))
            .step("plan", Act::plus(10))
            .checkpoint(false)
            .step("second", Act::plus(100))
            .step(last, Act::plus(1000))
            .build();
        built.unwrap().store(self.scratch.path())
    }

    /// Lets the checkpoint of a node have taken so long.
    fn took(&self, node: &str, seconds: f64) -> Tested {
        let path = self.scratch.only_file(node, "json");
        let record: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
        let took = record["seconds"].as_f64();
        assert!(took.is_some_and(|seconds| seconds > 0.0), "{took:?}");
        set_in_record(&path, "seconds", seconds.into())
    }
}

fn last_line(plan: &Plan) -> String {
    let text = plan.to_string();
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_plan_says_what_its_nodes_took_last_time() -> Tested {
    let chain = Chain {
        scratch: Scratch::new(),
        table: Table::numbers(&[1, 2]),
    };
    let new = chain.pipeline(1, "third").plan()?;
    assert!(new.nodes.iter().all(|node| node.seconds_last.is_none()));
    assert!(!new.to_string().contains("about"), "{new}");

    chain.pipeline(1, "third").run()?;
    for (node, seconds) in [("first", 2.5), ("second", 60.0), ("third", 300.0)] {
        chain.took(node, seconds)?;
    }
    let valid = chain.pipeline(1, "third").plan()?;
    assert!(valid.nodes.iter().all(|node| node.seconds_last.is_none()));
    assert!(!valid.to_string().contains("about"), "{valid}");

    let changed = chain.pipeline(2, "third").plan()?;
    let told: Vec<_> = changed
        .nodes
        .iter()
        .map(|node| (node.action, node.seconds_last))
        .collect();
    assert_eq!(
        told,
        [
            (Action::Run, Some(2.5)),
            (Action::Maybe, None),
            (Action::Maybe, Some(60.0)),
            (Action::Maybe, Some(300.0)),
        ]
    );
    assert_eq!(
        last_line(&changed),
        "about 2.50 s, 6 min if all that may run does, by what these nodes took last time"
    );

    let renamed = chain.pipeline(1, "fourth").plan()?;
    assert_eq!(renamed.nodes[3].seconds_last, None);
    let all = chain.pipeline(1, "fourth").resume(false).plan()?;
    assert_eq!(
        last_line(&all),
        "about 62 s, by what these nodes took last time; 1 has never run"
    );
    Ok(())
}
