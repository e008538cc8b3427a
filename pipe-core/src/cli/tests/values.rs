//! What the command line shows of values.

use serde_json::{Value, json};

use super::Said;
use crate::cli::run_with;
use crate::prelude::*;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Model {
    mean: f64,
}

#[step]
fn double(x: i64) -> i64 {
    x * 2
}

#[step]
fn train(x: &i64, scale: f64) -> Model {
    let mean = f64::from(u8::try_from(*x).unwrap_or_default()) * scale;
    Model { mean }
}

pipeline! {
    fn training(x: i64, scale: f64 = 0.5) -> (Model, i64) {
        let doubled = double(x);
        #[timeout("1m")]
        let model = train(doubled, scale);
        (model, doubled)
    }
}

fn say(folder: &std::path::Path, line: &str) -> Said {
    let store = folder.display().to_string();
    let fixed = ["training", "--store", &store].map(str::to_owned);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = line.split_whitespace().map(ToOwned::to_owned);
    let code = run_with::<TrainingPipeline>(fixed.into_iter().chain(words), &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Said {
        code,
        out: text(out),
        err: text(err),
    }
}

#[test]
fn values_are_printed_as_json() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let say = |line: &str| say(folder.path(), line);

    let run = say("run --x 5");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.out, "model:\n{\n  \"mean\": 5.0\n}\ndoubled: 10\n");

    let show = say("show doubled --x 5");
    assert_eq!((show.code, show.out.as_str()), (0, "doubled: 10\n"));
    let show = say("show model --x 5 --json");
    let show: Value = serde_json::from_str(&show.out).expect("JSON");
    assert_eq!(show["value"], json!({"mean": 5.0}));
    let aside = say("show model --x 5 --quarantine");
    assert_eq!(aside.code, 2);
    assert!(
        aside
            .err
            .contains("node `model` is a value: it has no rows"),
        "{}",
        aside.err
    );

    let graph = say("graph --x 5");
    assert!(
        graph
            .out
            .contains("step  model    train(doubled)  Model, output"),
        "{}",
        graph.out
    );
    let graph = say("graph --x 5 --json");
    let graph: Value = serde_json::from_str(&graph.out).expect("JSON");
    assert_eq!(graph["nodes"][0]["value"], "i64");
}
