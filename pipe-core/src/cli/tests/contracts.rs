//! The verbs `schema` and `lock`, and what `check` says of the lock file.

use super::Bench;

#[test]
fn a_schema_needs_none_of_the_pipelines_arguments() {
    let bench = Bench::new();
    let said = bench.say("schema @/rows.csv");
    let expected = "\
use pipe_core::prelude::*;

/// A row of `rows.csv`, as found in 3 rows.
#[derive(Schema)]
pub struct Row {
    pub n: i64, // 1 to 3
}
";
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, expected),
        "{}",
        said.err
    );
    let said = bench.say("schema @/none.csv");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("none.csv: no such file"), "{}", said.err);
}

#[test]
fn contracts_are_locked_and_compared_by_verbs() {
    let bench = Bench::new();
    let check = "check --count 1 --lock-file @/contracts.lock";
    let missing = bench.say(check);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    let lock = bench.say("lock --count 1 --lock-file @/contracts.lock");
    assert_eq!(
        (lock.code, lock.out.as_str()),
        (0, "scaling is in contracts.lock now\n")
    );
    let same = bench.say(check);
    let nothing = "2 nodes checked and the lock file compared, no differences\n";
    assert_eq!(
        (same.code, same.out.as_str(), same.err.as_str()),
        (0, nothing, "")
    );

    let path = bench.path("contracts.lock");
    let text = std::fs::read_to_string(&path).expect("a lock file");
    std::fs::write(&path, text.replacen("\"i64\"", "\"Option<i64>\"", 1)).expect("a file");
    let changed = bench.say(check);
    let error = format!(
        "error: what pipeline `scaling` takes and gives is not what contracts.lock says
  narrowing  input `rows`, column `n`: must not be null any more: data with nulls there are refused now
help: if this is meant, accept it with `scaling lock --lock-file {path}`\n"
    );
    assert_eq!((changed.code, changed.out.as_str()), (1, ""));
    assert_eq!(changed.err.replace("//", "/"), error.replace("//", "/"));
    let accepted = bench.say("lock --count 1 --lock-file @/contracts.lock");
    assert!(
        accepted
            .out
            .contains("accepted:\n  narrowing  input `rows`"),
        "{}",
        accepted.out
    );
    assert_eq!(bench.say(check).code, 0);

    // Without a lock file where one could be, that is said once, and is no error.
    let said = bench.say("check --count 1");
    assert_eq!(said.code, 0);
    assert_eq!(
        said.err,
        "note: there is no contracts.lock, so what the pipeline takes and gives was not compared; `scaling lock` writes it\n"
    );
    assert_eq!(bench.say("check --count 1 --quiet").err, "");
}
