//! `contracts.lock` by way of the library: what is written for which pipeline, and what `check` makes
//! of it.

use std::fs;

use pipe_core::graph::{Graph, Input, NodeRef};
use pipe_core::prelude::*;
use pipe_core::rules::NodeRules;
use pipe_core::{ChangeClass, LockError, NodeId};

use crate::common::{Act, Scratch, Table, Tested};

#[derive(Schema)]
struct Airport {
    code: String,
    runways: Option<Vec<i32>>,
}

#[derive(Schema)]
struct Flight {
    id: i64,
    origin: Airport,
    stops: Vec<Airport>,
    #[column(name = "Air \"Time\"", unit = "ms")]
    air_time: Option<pipe_core::chrono::TimeDelta>,
}

#[derive(Schema)]
struct Id {
    id: Option<i64>,
}

#[derive(Schema)]
#[schema(primary_key(code, terminal))]
#[schema(rule(short_name = col("code").neq(col("name"))))]
struct Gate {
    #[column(len = 3, one_of("EWR", "JFK"))]
    code: String,
    #[column(min = 1)]
    terminal: i64,
    name: String,
}

#[step]
fn gates_of(gates: Frame<Gate>) -> Frame<Gate> {
    gates.lazy().filter(col("terminal").gt(lit(1))).into()
}

pipeline! {
    /// A schema with rules on both ends.
    fn gating(gates: Frame<Gate>) -> Frame<Gate> {
        let open = gates_of(gates);
        open
    }
}

#[test]
fn rules_are_part_of_a_contract() -> Tested {
    let scratch = Scratch::new();
    let path = scratch.path().join("contracts.lock");
    let pipeline = gating(Vec::<Gate>::new()).lock_file(&path);
    pipeline.lock()?;
    let text = fs::read_to_string(&path)?;
    for line in [
        "code = { type = \"String\", rules = [",
        "len 3",
        "terminal = { type = \"i64\", rules = [\"min 1\"] }",
        "name = \"String\"",
        "primary_key(code, terminal)",
        "rule short_name, code ",
    ] {
        // As an input, and as an output.
        assert_eq!(text.matches(line).count(), 2, "{line:?} in {text}");
    }
    fs::write(&path, text.replacen("\"min 1\"", "\"min 0\"", 1))?;
    let error = pipeline.check().unwrap_err().to_string();
    assert!(
        error.contains("`min 1` is new") && error.contains("`min 0` is gone"),
        "{error}"
    );
    Ok(())
}

#[step(reads(id: i64), adds(next: like(id)))]
fn number(flights: LazyFrame) -> LazyFrame {
    flights.with_column((col("id") + lit(1)).alias("next"))
}

#[step(reads(id: i64), returns(Id))]
fn ids(flights: LazyFrame) -> LazyFrame {
    flights.select([col("id")])
}

pipeline! {
    /// Declared and open frames on both ends.
    fn numbering(flights: Frame<Flight>, others: LazyFrame) -> (LazyFrame, Frame<Id>, LazyFrame) {
        let numbered = number(flights);
        let declared = ids(numbered);
        (numbered, declared, others)
    }
}

fn numbers() -> Pipeline<NumberingPipeline> {
    numbering(Vec::<Flight>::new(), DataFrame::empty())
}

const LOCKED: &str = r#"
format = 1

[pipelines.numbering.inputs.flights.columns]
id = "i64"
origin = "struct { code: String, runways: Option<Vec<i32>> }"
stops = "Vec<struct { code: String, runways: Option<Vec<i32>> }>"
'Air "Time"' = "Option<TimeDelta in ms>"

[pipelines.numbering.inputs.others.columns]

[pipelines.numbering.outputs.declared.columns]
id = "Option<i64>"

[pipelines.numbering.outputs.numbered.columns]
id = "i64"
origin = "struct { code: String, runways: Option<Vec<i32>> }"
stops = "Vec<struct { code: String, runways: Option<Vec<i32>> }>"
'Air "Time"' = "Option<TimeDelta in ms>"
next = "i64"

[pipelines.numbering.outputs.others.columns]
"#;

#[test]
fn what_is_declared_is_locked_and_what_follows_where_nothing_is() -> Tested {
    let scratch = Scratch::new();
    let path = scratch.path().join("contracts.lock");
    let pipeline = numbers().lock_file(&path);
    let locked = pipeline.lock()?;
    assert!(locked.new && locked.changes.is_empty() && locked.others.is_empty());
    let text = fs::read_to_string(&path)?;
    let (header, contracts) = text.split_once("\n\n").unwrap();
    assert!(header.lines().all(|line| line.starts_with("# ")), "{text}");
    assert_eq!(format!("\n{contracts}"), LOCKED);
    pipeline.check()?;
    assert!(!pipeline.lock()?.new);
    assert_eq!(fs::read_to_string(&path)?, text);
    Ok(())
}

#[test]
fn check_fails_if_a_struct_inside_has_changed() -> Tested {
    let scratch = Scratch::new();
    let path = scratch.path().join("contracts.lock");
    let pipeline = numbers().lock_file(&path);
    pipeline.lock()?;
    let text = fs::read_to_string(&path)?;
    fs::write(
        &path,
        text.replacen("code: String", "code: Option<String>", 1),
    )?;
    let error = pipeline.check().unwrap_err();
    assert!(error.nodes.is_empty() && error.sources.is_empty());
    let Some(LockError::Changed(found)) = error.lock.as_deref() else {
        panic!("{error}")
    };
    assert_eq!(found.changes.len(), 1);
    assert_eq!(found.changes[0].class, ChangeClass::Breaking);
    assert_eq!(found.changes[0].column.as_deref(), Some("origin"));
    let message = error.to_string();
    assert!(
        message.contains("\nhelp: if this is meant, accept it with the verb `lock`"),
        "{message}"
    );
    assert_eq!(pipeline.lock()?.changes, found.changes);
    pipeline.check()?;
    Ok(())
}

#[test]
fn differences_in_steps_and_in_the_lock_file_show_together() -> Tested {
    #[step(reads(id: i64), adds(next: f64))]
    fn wrong(flights: LazyFrame) -> LazyFrame {
        flights.with_column((col("id") + lit(1)).alias("next"))
    }
    pipeline! {
        fn both(flights: Frame<Flight>) -> LazyFrame {
            let numbered = wrong(flights);
            numbered
        }
    }
    let scratch = Scratch::new();
    let path = scratch.path().join("contracts.lock");
    let pipeline = both(Vec::<Flight>::new()).lock_file(&path);
    pipeline.lock()?;
    let text = fs::read_to_string(&path)?;
    fs::write(&path, text.replace("next = \"f64\"\n", ""))?;
    let error = pipeline.check().unwrap_err();
    assert_eq!(error.nodes.len(), 1);
    assert!(matches!(error.lock.as_deref(), Some(LockError::Changed(_))));
    Ok(())
}

#[test]
fn a_pipeline_without_a_crate_has_no_lock_file_unless_told() -> Tested {
    let scratch = Scratch::new();
    let build = || {
        Pipeline::builder("dynamic")
            .input("numbers", Table::numbers(&[1]))
            .step("next", Act::plus(1))
            .build()
    };
    build()?.check()?;
    let error = build()?.lock().unwrap_err();
    assert!(matches!(error, LockError::NoPlace { .. }), "{error}");
    let pipeline = build()?.lock_file(scratch.path().join("my.lock"));
    let missing = pipeline.check().unwrap_err();
    assert!(
        matches!(missing.lock.as_deref(), Some(LockError::Read { .. })),
        "{missing}"
    );
    pipeline.lock()?;
    pipeline.check()?;
    Ok(())
}

/// A pipeline that was compiled on another machine.
#[derive(Clone, Copy)]
struct Elsewhere;

impl PipelineDef for Elsewhere {
    type Node = NodeId;
    type Output = LazyFrame;
    const NAME: &'static str = "elsewhere";
    const CRATE_FOLDER: Option<&'static str> = Some("/no/such/folder/of/a/crate");

    fn output(results: Vec<StepOutput>) -> Option<Self::Output> {
        results.into_iter().next()?.frame()
    }

    fn copy(output: &Self::Output) -> Self::Output {
        output.clone()
    }
}

#[test]
fn without_the_folder_of_the_crate_nothing_is_compared() -> Tested {
    let graph = Graph {
        name: Elsewhere::NAME.into(),
        inputs: vec![Input {
            name: "numbers".into(),
            source: Table::numbers(&[1]),
            schema: None,
            rules: NodeRules::default(),
        }],
        nodes: Vec::new(),
        outputs: vec![NodeRef::Input(0)],
        build: pipe_core::Build::default(),
        checkpoints: pipe_core::Checkpoints::default(),
    };
    let pipeline = Pipeline::<Elsewhere>::from_graph(graph);
    pipeline.check()?;
    assert!(matches!(pipeline.lock(), Err(LockError::Write { .. })));
    Ok(())
}
