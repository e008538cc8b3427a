//! The shapes that scripts and people read.

use serde_json::{Value, json};

use crate::common::*;

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn json_of_run_plan_and_status() -> Tested {
    let scratch = Scratch::new();
    let pipeline = pipeline(
        &scratch,
        &Table::numbers(&[1, 2]),
        &[("made", &Act::plus(1), &["numbers"])],
    );

    let plan = serde_json::to_value(pipeline.plan()?)?;
    assert_eq!(keys(&plan), ["nodes", "pipeline"]);
    assert_eq!(plan["nodes"][0]["action"], "run");
    assert_eq!(plan["nodes"][0]["reason"], "no checkpoint");
    let status = serde_json::to_value(pipeline.status()?)?;
    assert_eq!(status["nodes"][0]["state"], "missing");

    let run = pipeline.run()?;
    let report = serde_json::to_value(run.report())?;
    assert_eq!(keys(&report), ["nodes", "run", "seconds", "status"]);
    assert_eq!(report["status"], "succeeded");
    let node = &report["nodes"][0];
    assert_eq!(
        keys(node),
        [
            "attempts", "bytes", "key", "name", "outcome", "reason", "rows", "seconds", "step"
        ]
    );
    assert_eq!(node["outcome"], "ran");
    assert_eq!(node["rows"], 2);
    assert_eq!(node["key"].as_str().map(str::len), Some(64));

    let status = serde_json::to_value(pipeline.status()?)?;
    let node = &status["nodes"][0];
    assert_eq!(node["state"], "valid");
    assert!(node["bytes"].is_u64() && node["age_seconds"].is_u64());
    let plan = serde_json::to_value(pipeline.plan()?)?;
    assert_eq!(plan["nodes"][0]["action"], "reuse");
    assert_eq!(plan["nodes"][0]["key"], node["key"]);

    let id = run.report().run.as_str();
    let log = std::fs::read_to_string(scratch.path().join(format!("test/runs/{id}.jsonl")))?;
    let events: Vec<Value> = log
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let kinds: Vec<_> = events.iter().map(|event| event["event"].clone()).collect();
    assert_eq!(
        json!(kinds),
        json!([
            "run_started",
            "node_started",
            "node_finished",
            "run_finished"
        ])
    );
    assert!(events.iter().all(|event| event["time"].is_string()));
    assert_eq!(id.len(), "2026-11-20T10-04-00Z-7f3a".len());
    Ok(())
}

#[test]
fn tables_for_people() -> Tested {
    let scratch = Scratch::new();
    let table = Table::numbers(&[1]);
    let first = Act::plus(1);
    let nodes: [(&str, &Act, &[&str]); 2] = [
        ("first", &first, &["numbers"]),
        ("second", &Act::new("bad", |_| Err("no".into())), &["first"]),
    ];
    let pipeline = pipeline(&scratch, &table, &nodes);
    let (report, _) = failed(pipeline.run());
    let text = report.to_string();
    assert!(
        text.lines()
            .next()
            .unwrap_or_default()
            .starts_with("ran     first"),
        "{text}"
    );
    assert!(text.contains("failed  second"), "{text}");
    let status = pipeline.status()?.to_string();
    let lines: Vec<_> = status.lines().collect();
    assert!(lines[0].starts_with("[x]  first"), "{status}");
    assert!(
        lines[1].starts_with("[ ]  second") && lines[1].ends_with("missing"),
        "{status}"
    );
    Ok(())
}
