//! What runs again after a change, and what does not. `table.md` is the answer; the test makes each
//! change to a program that has run, and finds the table to be true.
//!
//! For every change: the plan, a run over the store of the original, and a run over an empty store.
//! Both runs must give the same rows, so nothing that was reused is stale.

mod counts;
mod moved;
mod neutral;
mod original;
mod workplace;

use std::fmt::Write;
use std::fs;

use pipe_core::source::Csv;
use workplace::{Seen, Workplace};

struct Change {
    what: &'static str,
    /// The node that must run, if one must.
    must_run: Option<&'static str>,
    see: Box<dyn Fn(&Workplace) -> Seen>,
}

fn runs(
    node: &'static str,
    what: &'static str,
    see: impl Fn(&Workplace) -> Seen + 'static,
) -> Change {
    Change {
        what,
        must_run: Some(node),
        see: Box::new(see),
    }
}

fn nothing(what: &'static str, see: impl Fn(&Workplace) -> Seen + 'static) -> Change {
    Change {
        what,
        must_run: None,
        see: Box::new(see),
    }
}

/// The pipeline of a module over the same data and with the same parameters.
macro_rules! edit {
    ($($module:ident)::+) => {
        |at: &Workplace| at.see($($module)::+::orders(at.input(), 1.0, 0.0))
    };
}

fn code() -> Vec<Change> {
    vec![
        runs("total", "body of a step", edit!(counts::code)),
        runs(
            "total",
            "body of a step, equal result",
            edit!(counts::code_with_equal_result),
        ),
        runs(
            "clean",
            "local variable of a body",
            edit!(counts::local_variable),
        ),
        runs(
            "clean",
            "name of an argument of a step",
            edit!(counts::signature),
        ),
        runs("large", "result type of a step", edit!(counts::result_type)),
        runs(
            "gross",
            "clause of a step that is about its result",
            edit!(counts::clause),
        ),
        nothing(
            "clause of a step that is about its input",
            edit!(neutral::clause),
        ),
        runs("large", "version of a step", edit!(counts::version)),
        runs("gross", "helper", edit!(counts::helper)),
        runs(
            "gross",
            "helper of a helper",
            edit!(counts::helper_of_a_helper),
        ),
        runs("large", "constant", edit!(counts::constant)),
        runs(
            "gross",
            "constant of a helper",
            edit!(counts::constant_of_a_helper),
        ),
        runs(
            "clean",
            "another step with the same body",
            edit!(counts::other_step),
        ),
        nothing("helper that is declared as untracked", |at| {
            let seen = edit!(neutral::untracked_helper)(at);
            assert!(!seen.right, "what is not tracked is not seen");
            Seen {
                right: true,
                ..seen
            }
        }),
    ]
}

fn contracts() -> Vec<Change> {
    vec![
        runs(
            "clean",
            "column of the input's schema",
            edit!(counts::contract_of_the_input),
        ),
        runs(
            "regions",
            "column of a result's schema",
            edit!(counts::contract_of_a_result),
        ),
        runs("regions", "rule of a schema", edit!(counts::rule)),
        runs(
            "regions",
            "policy for rows that break a rule",
            edit!(counts::policy),
        ),
    ]
}

fn wiring() -> Vec<Change> {
    vec![
        runs(
            "checked",
            "new node before others, equal result",
            edit!(counts::new_node),
        ),
        runs(
            "southern",
            "new node that takes rows away",
            edit!(counts::new_filter),
        ),
        runs("first", "new output", edit!(neutral::one_more_output)),
        runs(
            "with_tax",
            "binding of an output",
            edit!(counts::output_under_another_name),
        ),
        runs("large", "name of the pipeline", |at| {
            at.see(counts::pipeline_under_another_name::sales(
                at.input(),
                1.0,
                0.0,
            ))
        }),
        nothing(
            "`checkpoint(false)` on a node",
            edit!(neutral::without_checkpoint),
        ),
    ]
}

fn parameters() -> Vec<Change> {
    use original::orders;
    vec![
        runs("total", "parameter of a step", |at| {
            at.see(orders(at.input(), 2.0, 0.0))
        }),
        runs("large", "parameter of a later step", |at| {
            at.see(orders(at.input(), 1.0, 5.0))
        }),
        nothing("back to an earlier parameter", |at| {
            at.see(orders(at.input(), 2.0, 0.0));
            at.see(orders(at.input(), 1.0, 0.0))
        }),
    ]
}

fn inputs() -> Vec<Change> {
    let now = edit!(original);
    vec![
        runs("clean", "row that a step keeps", move |at| {
            at.append("west,9.0,7,\n");
            now(at)
        }),
        runs("clean", "row that a step drops", move |at| {
            at.append("west,,7,\n");
            now(at)
        }),
        runs("clean", "column that nobody reads", move |at| {
            at.edit(|text| text.replace("urgent", "Urgent"));
            now(at)
        }),
        runs(
            "clean",
            "digit, with length and time as they were",
            move |at| {
                let time = fs::metadata(at.input()).and_then(|file| file.modified());
                at.edit(|text| text.replace("2.0", "2.5"));
                at.set_time(time.expect("a time"));
                now(at)
            },
        ),
        runs("clean", "name of the input file", |at| {
            at.see(original::orders(at.rename("sales.csv"), 1.0, 0.0))
        }),
        runs("clean", "option that the file is read with", |at| {
            let source = Csv::new(at.input()).null_values(["none"]);
            at.see(original::orders(source, 1.0, 0.0))
        }),
        nothing("folder of the input file", |at| {
            at.see(original::orders(
                at.rename("elsewhere/orders.csv"),
                1.0,
                0.0,
            ))
        }),
        nothing("time of the input file", move |at| {
            at.set_time(std::time::SystemTime::UNIX_EPOCH);
            now(at)
        }),
        nothing("file of the same content instead", move |at| {
            at.replace();
            now(at)
        }),
    ]
}

fn looks() -> Vec<Change> {
    vec![
        nothing("no change", edit!(original)),
        nothing("comments, documentation", edit!(neutral::comments)),
        nothing("formatting", edit!(neutral::formatting)),
        nothing("lints, derives, visibility", edit!(neutral::attributes)),
        nothing(
            "order of items; items nobody uses",
            edit!(neutral::order_of_items),
        ),
        nothing("other file, other modules", edit!(moved)),
        nothing("retries", edit!(neutral::retry)),
        nothing("timeouts, resources and processes", edit!(neutral::limits)),
        nothing("order of bindings and parameters; defaults", |at| {
            at.see(neutral::order_of_bindings::orders(0.0, at.input(), 1.0))
        }),
        nothing(
            "names of bindings, inputs, parameters",
            edit!(neutral::names),
        ),
        nothing("name of a schema", edit!(neutral::name_of_a_schema)),
    ]
}

fn store() -> Vec<Change> {
    let now = edit!(original);
    vec![
        runs("gross", "checkpoint of an output is gone", move |at| {
            at.clear("gross");
            now(at)
        }),
        nothing("checkpoint that only others need is gone", move |at| {
            at.clear("total");
            now(at)
        }),
        nothing("folder of the store", move |at| {
            at.move_store();
            now(at)
        }),
    ]
}

#[test]
fn what_runs_again_is_what_the_table_says() {
    let topics = [
        ("Code", code()),
        ("Contracts", contracts()),
        ("Wiring", wiring()),
        ("Parameters", parameters()),
        ("Input files", inputs()),
        ("Store", store()),
        ("Looks", looks()),
    ];
    let mut table = HEADER.to_owned();
    for (topic, changes) in topics {
        writeln!(table, "| **{topic}** | | | |").expect("text");
        for change in changes {
            let (what, seen) = (change.what, (change.see)(&Workplace::new()));
            assert!(seen.right, "{what}: a stale result was used");
            match change.must_run {
                Some(node) => assert!(seen.ran.iter().any(|ran| ran == node), "{what}: {seen:?}"),
                None => assert!(seen.ran.is_empty(), "{what}: {seen:?}"),
            }
            let cell = |parts: &[String], between: &str| match parts {
                [] => "–".to_owned(),
                parts => parts.join(between),
            };
            let (ran, spared) = (cell(&seen.ran, " "), cell(&seen.spared, " "));
            let why = cell(&seen.why, "; ");
            writeln!(table, "| {what} | {ran} | {spared} | {why} |").expect("text");
        }
    }
    println!("{table}");
    for (found, written) in table.lines().zip(include_str!("table.md").lines()) {
        assert_eq!(found, written, "table.md is not what was found");
    }
    assert!(table == include_str!("table.md"), "table.md ends elsewhere");
}

const HEADER: &str = "\
# What runs again after a change

`staleness/main.rs` makes each of these changes to a pipeline that has run, and holds what happens against
this table. *Spared* are nodes that `plan` could not rule out, because something before them runs, and
whose inputs came out as they were.

```text
orders ─ clean ─┬─ total ─┬─ large
                │         └─ regions
                └─ gross
```

| change | runs again | spared | because |
| --- | --- | --- | --- |
";
