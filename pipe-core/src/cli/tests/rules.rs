//! What the command line says of rows that break rules.

use serde_json::Value;

use super::Said;
use crate::cli::run_with;
use crate::prelude::*;

#[derive(Schema)]
struct Ruled {
    #[column(min = 2)]
    n: i64,
}

#[step]
fn keep(rows: LazyFrame) -> LazyFrame {
    rows
}

pipeline! {
    fn ruling(#[invalid(quarantine)] numbers: Frame<Ruled>) -> LazyFrame {
        let kept = keep(numbers);
        kept
    }

    fn strict(numbers: Frame<Ruled>) -> LazyFrame {
        let kept = keep(numbers);
        kept
    }
}

fn say<D: crate::cli::CommandLine>(folder: &std::path::Path, line: &str) -> Said {
    let path = |name: &str| folder.join(name).display().to_string();
    let (rows, store) = (path("rows.csv"), path("store"));
    let fixed = ["ruling", "--store", &store].map(str::to_owned);
    let words = line.split_whitespace().map(|word| word.replace('@', &rows));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run_with::<D>(fixed.into_iter().chain(words), &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Said {
        code,
        out: text(out),
        err: text(err),
    }
}

#[test]
fn rows_that_were_put_aside_are_told_and_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("rows.csv"), "n\n1\n2\n3\n").expect("a file");
    let say = |line: &str| say::<RulingPipeline>(folder.path(), line);

    let run = say("run --numbers @");
    assert_eq!(run.code, 0, "{}", run.err);
    let told = "numbers: 1 of 3 rows quarantined: n: min 2\n  n: min 2: 1 of 3 rows, first: row 1 (1)\n  they are in ";
    assert!(run.err.contains(told), "{}", run.err);
    assert!(run.err.contains(".quarantine.parquet\n"), "{}", run.err);

    let status = say("status --numbers @");
    assert!(
        status
            .out
            .contains("valid; 1 of 3 rows quarantined: n: min 2"),
        "{}",
        status.out
    );
    let show = say("show numbers --numbers @");
    assert!(show.out.contains("numbers: 2 rows"), "{}", show.out);
    assert!(
        show.out
            .contains("n: min 2: 1 of 3 rows, first: row 1 (1)\nput aside: "),
        "{}",
        show.out
    );
    let shown = say("show numbers --quarantine --numbers @ --json");
    let shown: Value = serde_json::from_str(&shown.out).expect("JSON");
    assert_eq!(
        shown["head"],
        serde_json::json!([{"n": 1, "quarantine_row": 1, "quarantine_reasons": ["n: min 2"]}])
    );
    assert_eq!(shown["rows"], 1);

    let none = say("show kept --quarantine --numbers @");
    assert_eq!(none.code, 2);
    assert!(
        none.err.contains("node `kept` has no quarantined rows"),
        "{}",
        none.err
    );
}

#[test]
fn a_broken_rule_is_one_error_with_all_that_is_wrong() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("rows.csv"), "n\n1\n2\n0\n").expect("a file");
    let run = say::<StrictPipeline>(folder.path(), "run --numbers @");
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .contains("n: min 2: 2 of 3 rows, first: row 1 (1), row 3 (0)"),
        "{}",
        run.err
    );
    assert!(run.err.contains("help: mend the data"), "{}", run.err);
}
