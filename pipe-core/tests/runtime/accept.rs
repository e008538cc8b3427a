//! Declaring stored results good after a refactoring.

use std::fs;

use pipe_core::contract::{ColumnSpec, ColumnType, Flow, FlowColumn};
use pipe_core::prelude::*;
use pipe_core::{AcceptError, Mode, Outcome, Pipeline, Refusal, RefusalProblem, State};

use crate::common::*;

use Outcome::{Ran, Reused, Skipped};

/// Three nodes in a row.
struct Chain {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
    steps: [Act; 3],
}

impl Chain {
    /// They have run.
    fn new() -> Result<Self, Anything> {
        let chain = Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[1, 2, 3]),
            steps: [Act::plus(1), Act::plus(10), Act::plus(100)],
        };
        chain.pipeline().run()?;
        Ok(chain)
    }

    fn pipeline(&self) -> Pipeline {
        let [first, second, third] = &self.steps;
        pipeline(
            &self.scratch,
            &self.table,
            &[
                ("first", first, &["numbers"]),
                ("second", second, &["first"]),
                ("third", third, &["second"]),
            ],
        )
    }

    /// Changes the code of a step, as a refactoring does.
    fn refactor(&mut self, step: usize) {
        self.steps[step].code.digest.push_str(" refactored");
    }

    fn calls(&self) -> usize {
        self.steps.iter().map(Act::calls).sum()
    }
}

fn refused(error: AcceptError) -> Vec<Refusal> {
    match error {
        AcceptError::Refused(refused) => refused,
        other => panic!("not refused: {other}"),
    }
}

#[test]
fn a_refactored_step_is_accepted_and_what_comes_after_is_valid() -> Tested {
    let mut chain = Chain::new()?;
    chain.refactor(0);
    let before = chain.scratch.only_file("first", "json");
    let record = fs::read(&before)?;

    let looked = chain.pipeline().accept(["first"], Mode::DryRun)?;
    assert_eq!(looked.accepted[0].changes, ["code of plus changed"]);
    assert_eq!(fs::read(&before)?, record, "a dry run writes nothing");
    assert_eq!(chain.pipeline().status()?.nodes[0].state, State::Stale);

    let accepted = chain.pipeline().accept(["first"], Mode::Apply)?;
    assert_eq!(accepted.accepted, looked.accepted);
    let status = chain.pipeline().status()?;
    let valid = status.nodes.iter().map(|node| node.state);
    assert_eq!(valid.collect::<Vec<_>>(), [State::Valid; 3]);
    assert_eq!(status.nodes[0].reason, "accepted: code of plus changed");
    let explained = chain.pipeline().explain("first")?.to_string();
    assert!(
        explained.contains("is valid: accepted\n") && explained.contains(": code of plus changed"),
        "{explained}"
    );

    // By content the first time, by recipe from then on.
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Reused]);
    assert_eq!(run.report().nodes[2].reason, "inputs have the same content");
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Reused]);
    assert_eq!(run.report().nodes[2].reason, "checkpoint is valid");
    assert_eq!(ints(run.output(), "n"), [Some(112), Some(113), Some(114)]);
    assert_eq!(chain.calls(), 3, "nothing ran again");

    // What was there before is valid still, and so is a look at both.
    chain.steps[0] = Act::plus(1);
    assert_eq!(outcomes(chain.pipeline().run()?.report())[2], Reused);
    assert!(chain.pipeline().verify()?.is_sound());
    Ok(())
}

#[test]
fn what_was_accepted_is_what_later_changes_are_compared_with() -> Tested {
    let mut chain = Chain::new()?;
    chain.refactor(0);
    chain.pipeline().accept(["first"], Mode::Apply)?;
    chain.steps[0] = chain.steps[0].clone().with("more", 1.0);
    let plan = chain.pipeline().plan()?;
    assert_eq!(plan.nodes[0].reason, "parameter more: none -> 1.0");
    let explained = chain.pipeline().explain("first")?;
    assert_eq!(explained.nodes[0].changes, ["parameter more: none -> 1.0"]);
    // Accepted once more, the whole difference is on record.
    let accepted = chain.pipeline().accept(["first"], Mode::Apply)?;
    assert_eq!(
        accepted.accepted[0].changes,
        ["code of plus changed", "parameter more: none -> 1.0"]
    );
    Ok(())
}

#[test]
fn an_accepted_node_may_stay_when_what_is_before_it_comes_out_the_same() -> Tested {
    let mut chain = Chain::new()?;
    chain.refactor(1);
    chain.pipeline().accept(["second"], Mode::Apply)?;
    chain.refactor(0);
    let plan = chain.pipeline().plan()?;
    assert_eq!(plan.nodes[1].action, pipe_core::Action::Maybe, "{plan}");
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Ran, Reused, Reused]);
    Ok(())
}

#[test]
fn several_are_accepted_in_order_and_from_takes_what_needs_it() -> Tested {
    let mut chain = Chain::new()?;
    (0..3).for_each(|step| chain.refactor(step));
    let looked = chain
        .pipeline()
        .accept(["third", "first", "second"], Mode::DryRun)?;
    let names: Vec<_> = looked.accepted.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "third"]);
    let accepted = chain.pipeline().accept_from("first", Mode::Apply)?;
    assert_eq!(accepted.accepted, looked.accepted);
    let run = chain.pipeline().run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Reused]);

    // Only the one that changed has to be accepted.
    chain.refactor(1);
    let accepted = chain.pipeline().accept_from("first", Mode::Apply)?;
    assert_eq!(accepted.accepted.len(), 1);
    assert_eq!(accepted.valid, ["first", "third"]);
    Ok(())
}

#[test]
fn a_valid_node_is_left_as_it_is() -> Tested {
    let chain = Chain::new()?;
    let record = chain.scratch.only_file("second", "json");
    let before = fs::read(&record)?;
    let accepted = chain.pipeline().accept(["second"], Mode::Apply)?;
    assert_eq!((accepted.accepted.len(), accepted.valid.len()), (0, 1));
    assert_eq!(fs::read(&record)?, before);
    Ok(())
}

#[test]
fn changed_data_are_refused() -> Tested {
    let chain = Chain::new()?;
    chain.table.replace(numbers(&[1, 2, 4]));
    let refused = refused(chain.pipeline().accept(["first"], Mode::Apply).unwrap_err());
    let expected = RefusalProblem::Data(vec!["input numbers changed: numbers.csv".into()]);
    assert_eq!(refused[0].problem, expected);
    assert_eq!(
        refused[0].to_string(),
        "node `first` cannot be accepted: the data before it changed: input numbers changed: numbers.csv\nhelp: run it"
    );
    Ok(())
}

#[test]
fn a_node_behind_a_stale_one_is_refused_and_nothing_is_accepted() -> Tested {
    let mut chain = Chain::new()?;
    chain.refactor(0);
    chain.refactor(2);
    let error = chain.pipeline().accept(["third"], Mode::Apply).unwrap_err();
    let refused = refused(error);
    assert_eq!(
        refused[0].problem,
        RefusalProblem::Input {
            input: "second".into(),
            root: "first".into()
        }
    );
    assert!(
        refused[0]
            .to_string()
            .contains("help: accept `first` first, or run it"),
        "{}",
        refused[0]
    );
    // One that could be accepted is not, beside one that cannot.
    chain.refactor(1);
    fs::remove_file(chain.scratch.only_file("second", "json"))?;
    let error = chain
        .pipeline()
        .accept(["first", "second", "third"], Mode::Apply);
    let refused = self::refused(error.unwrap_err());
    let names: Vec<_> = refused.iter().map(|it| it.node.as_str()).collect();
    assert_eq!(names, ["second"]);
    assert_eq!(refused[0].problem, RefusalProblem::Missing);
    assert_eq!(chain.pipeline().status()?.nodes[0].state, State::Stale);
    Ok(())
}

#[test]
fn damaged_and_missing_checkpoints_are_refused() -> Tested {
    let mut chain = Chain::new()?;
    chain.refactor(0);
    let data = chain.scratch.only_file("first", "parquet");
    let mut bytes = fs::read(&data)?;
    bytes[10] ^= 1;
    fs::write(&data, bytes)?;
    let refused = refused(chain.pipeline().accept(["first"], Mode::Apply).unwrap_err());
    assert!(
        matches!(&refused[0].problem, RefusalProblem::Damaged(words) if words.contains("digest")),
        "{}",
        refused[0]
    );
    let error = chain.pipeline().accept(["frist"], Mode::Apply).unwrap_err();
    assert!(error.to_string().contains("did you mean `first`?"));

    let empty = Scratch::new();
    let nothing = chain.pipeline().store(empty.path());
    let refused = self::refused(nothing.accept(["first"], Mode::Apply).unwrap_err());
    assert_eq!(refused[0].problem, RefusalProblem::Missing);
    assert_eq!(fs::read_dir(empty.path())?.count(), 0);
    Ok(())
}

#[test]
fn the_checkpoint_of_the_same_data_and_fewest_changes_is_taken() -> Tested {
    let mut chain = Chain::new()?;
    let key = chain.pipeline().status()?.nodes[0].key.clone();
    // Newer, but with another parameter, and then one of other data.
    chain.steps[0] = Act::plus(5);
    chain.pipeline().run()?;
    chain.steps[0] = Act::plus(1);
    chain.table.replace(numbers(&[9]));
    chain.pipeline().run()?;
    chain
        .table
        .version
        .store(0, std::sync::atomic::Ordering::Relaxed);
    chain.refactor(0);
    let accepted = chain.pipeline().accept(["first"], Mode::Apply)?;
    assert_eq!(accepted.accepted[0].changes, ["code of plus changed"]);
    assert_eq!(Some(&accepted.accepted[0].key), key.as_ref());
    Ok(())
}

#[test]
fn the_lock_is_needed_to_accept_and_not_to_look() -> Tested {
    let mut chain = Chain::new()?;
    chain.refactor(0);
    let lock = fs::File::open(chain.scratch.path().join("test/.lock"))?;
    lock.try_lock()?;
    chain.pipeline().accept(["first"], Mode::DryRun)?;
    let error = chain.pipeline().accept(["first"], Mode::Apply).unwrap_err();
    assert!(matches!(error, AcceptError::Store(_)), "{error}");
    Ok(())
}

const fn column(name: &'static str, ty: ColumnType, nullable: bool) -> FlowColumn {
    FlowColumn::given(ColumnSpec {
        name,
        hash: 0,
        ty,
        nullable,
    })
}

/// A result of one column `n` that may be null, made once; then this is promised of it.
fn accept_promise(promise: Flow) -> Result<Option<RefusalProblem>, Anything> {
    const BEFORE: Flow = Flow {
        columns: &[column("n", ColumnType::Int64, true)],
        open: false,
    };
    let scratch = Scratch::new();
    let table = Table::of(df!("n" => [Some(1i64), None])?);
    let step = Act::new("keeps", only);
    promised(&scratch, &table, None, &step, BEFORE).run()?;
    let now = promised(&scratch, &table, None, &step, promise);
    assert_eq!(now.status()?.nodes[0].state, State::Stale);
    match now.accept(["made"], Mode::Apply) {
        Ok(_) => {
            assert_eq!(outcomes(now.run()?.report()), [Reused]);
            assert_eq!(step.calls(), 1);
            Ok(None)
        }
        Err(AcceptError::Refused(mut refused)) => Ok(Some(refused.remove(0).problem)),
        Err(error) => Err(error.into()),
    }
}

#[test]
fn columns_that_the_stored_data_do_not_have_are_refused() -> Tested {
    const N: FlowColumn = column("n", ColumnType::Int64, true);
    const OTHER_TYPE: Flow = Flow {
        columns: &[column("n", ColumnType::Float64, true)],
        open: false,
    };
    const NO_NULLS: Flow = Flow {
        columns: &[column("n", ColumnType::Int64, false)],
        open: false,
    };
    const ONE_MORE: Flow = Flow {
        columns: &[N, column("m", ColumnType::Int64, true)],
        open: false,
    };
    let refused = |promise| -> Result<String, Anything> {
        match accept_promise(promise)? {
            Some(RefusalProblem::Columns(words)) => Ok(words.join("; ")),
            other => Err(format!("{other:?}").into()),
        }
    };
    assert_eq!(refused(OTHER_TYPE)?, "column `n`: declared f64, stored i64");
    assert_eq!(refused(NO_NULLS)?, "column `n` has nulls");
    assert_eq!(refused(ONE_MORE)?, "column `m` is not stored");
    let gone = refused(Flow::UNKNOWN)?;
    assert_eq!(gone, "column `n` is not declared any more");
    // What the data keep is fine: the same columns, and perhaps more.
    let opened = Flow {
        columns: &[N],
        open: true,
    };
    assert_eq!(accept_promise(opened)?, None);
    Ok(())
}

#[derive(Schema)]
struct Positive {
    #[column(min = 0)]
    n: i64,
}

#[test]
fn other_rules_are_refused() -> Tested {
    let scratch = Scratch::new();
    let step = Act::plus(1);
    let table = Table::numbers(&[1, -5]);
    let build = || {
        Pipeline::builder("test")
            .input("numbers", table.clone())
            .step("made", step.clone())
    };
    build().build()?.store(scratch.path()).run()?;
    let ruled = build()
        .rules_of::<Positive>()
        .build()?
        .store(scratch.path());
    let refused = refused(ruled.accept(["made"], Mode::Apply).unwrap_err());
    assert!(
        matches!(&refused[0].problem, RefusalProblem::Rules(words) if words[0].contains("n: min 0")),
        "{}",
        refused[0]
    );
    Ok(())
}
