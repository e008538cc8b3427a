//! Why a node would run or be reused.

use pipe_core::{Action, NodeExplanation};
use polars::prelude::{UnionArgs, concat};

use crate::common::*;

/// Three nodes in a row and one beside them.
struct Chain {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
    first: Act,
    second: Act,
    third: Act,
}

impl Chain {
    fn new() -> Self {
        Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[1, 2, 3]),
            first: Act::plus(1),
            second: Act::plus(10),
            third: Act::new("stack", |frames| Ok(concat(frames, UnionArgs::default())?)),
        }
    }

    fn pipeline(&self) -> pipe_core::Pipeline {
        pipeline(
            &self.scratch,
            &self.table,
            &[
                ("first", &self.first, &["numbers"]),
                ("second", &self.second, &["first"]),
                // Reads the first node directly and by way of the second.
                ("third", &self.third, &["second", "first"]),
            ],
        )
    }

    fn explain(&self, node: &str) -> Result<Vec<NodeExplanation>, Anything> {
        Ok(self.pipeline().explain(node)?.nodes)
    }
}

fn names(nodes: &[NodeExplanation]) -> Vec<(&str, Action)> {
    nodes
        .iter()
        .map(|node| (node.name.as_str(), node.action))
        .collect()
}

#[test]
fn a_node_that_never_ran_has_no_checkpoint() -> Tested {
    let chain = Chain::new();
    let nodes = chain.explain("first")?;
    assert_eq!(names(&nodes), [("first", Action::Run)]);
    assert_eq!(nodes[0].reason, "has no checkpoint");
    assert!(nodes[0].checkpoint.is_none());
    assert_eq!(std::fs::read_dir(chain.scratch.path())?.count(), 0);
    let error = chain.explain("frist").unwrap_err().to_string();
    assert!(error.contains("did you mean `first`?"), "{error}");
    Ok(())
}

#[test]
fn a_valid_node_says_by_what_and_from_which_run() -> Tested {
    let mut chain = Chain::new();
    let run = chain.pipeline().run()?;
    let run = run.report();
    let nodes = chain.explain("third")?;
    assert_eq!(names(&nodes), [("third", Action::Reuse)]);
    let checkpoint = nodes[0].checkpoint.as_ref().ok_or("no checkpoint")?;
    assert_eq!(Some(&checkpoint.key), run.nodes[2].key.as_ref());
    assert_eq!((checkpoint.rows, &checkpoint.run), (6, &run.run));
    assert!(checkpoint.seconds.is_some() && checkpoint.bytes > 0);
    assert!(nodes[0].reason.starts_with("made from what is there now"));

    // Another code with the same result: what comes after is valid by content.
    chain.first.code.digest = "other".into();
    let nodes: [(&str, &Act, &[&str]); 1] = [("first", &chain.first, &["numbers"])];
    pipeline(&chain.scratch, &chain.table, &nodes).run()?;
    let nodes = chain.explain("third")?;
    assert_eq!(
        nodes[0].reason,
        "its inputs have the content that it was made from"
    );
    Ok(())
}

#[test]
fn the_root_of_a_rerun_is_followed_upstream_and_no_node_comes_twice() -> Tested {
    let mut chain = Chain::new();
    chain.pipeline().run()?;
    chain.table.replace(numbers(&[4]));
    chain.second = Act::plus(20);
    let explained = chain.pipeline().explain("third")?;
    let nodes = &explained.nodes;
    assert_eq!(
        names(nodes),
        [
            ("third", Action::Maybe),
            ("second", Action::Run),
            ("first", Action::Run)
        ]
    );
    assert_eq!(nodes[0].waits_for, ["second", "first"]);
    assert_eq!(nodes[0].changes, Vec::<String>::new());
    assert_eq!(nodes[1].changes, ["parameter number: 10.0 -> 20.0"]);
    assert_eq!(nodes[2].changes, ["input numbers changed: numbers.csv"]);
    let text = explained.to_string();
    assert_eq!(text.matches("first (plus)").count(), 1, "{text}");
    assert!(
        text.contains("\n    first (plus) runs: something changed\n      - input numbers"),
        "{text}"
    );
    Ok(())
}

#[test]
fn the_nearest_checkpoint_is_compared_and_not_the_newest() -> Tested {
    let mut chain = Chain::new();
    chain.pipeline().run()?;
    chain.first = Act::plus(7).with("more", 1.0);
    chain.pipeline().run()?;
    // One part away from the older one, two from the newer one.
    chain.first = Act::plus(1);
    chain.first.code.digest = "other".into();
    let nodes = chain.explain("first")?;
    assert_eq!(nodes[0].changes, ["code of plus changed"]);
    Ok(())
}

#[test]
fn damage_is_told_with_its_file() -> Tested {
    let chain = Chain::new();
    chain.pipeline().run()?;
    let data = chain.scratch.only_file("first", "parquet");
    std::fs::write(&data, "")?;
    let explained = chain.pipeline().explain("first")?;
    let node = &explained.nodes[0];
    assert_eq!(node.action, Action::Run);
    let file = data.file_name().unwrap().to_string_lossy().into_owned();
    assert!(node.damage[0].starts_with(&file), "{:?}", node.damage);
    assert!(explained.to_string().contains("- damaged: "), "{explained}");
    Ok(())
}

#[test]
fn a_node_that_is_not_stored_leads_to_what_is_before_it() -> Tested {
    let chain = Chain::new();
    let build = |number: i64| {
        pipe_core::Pipeline::builder("test")
            .input("numbers", chain.table.clone())
            .step("first", Act::plus(number))
            .step("plan", Act::plus(10))
            .checkpoint(false)
            .step("last", Act::plus(100))
            .build()
            .map(|pipeline| pipeline.store(chain.scratch.path()))
    };
    build(1)?.run()?;
    let nodes = build(2)?.explain("last")?.nodes;
    assert_eq!(
        names(&nodes),
        [
            ("last", Action::Maybe),
            ("plan", Action::Maybe),
            ("first", Action::Run)
        ]
    );
    assert_eq!(nodes[1].reason, "is not stored");
    Ok(())
}
