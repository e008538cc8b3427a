//! The verbs about what is stored: their words, their JSON, their exit codes.

use std::fs;
use std::path::PathBuf;

use polars::prelude::{ParquetReader, SerReader};
use serde_json::{Value, json};

use super::{Bench, Row, Said};
use crate::cli::run_with;
use crate::prelude::*;

const ARGUMENTS: &str = "--arg-rows @/rows.csv --count 2";

/// A pipeline that has run, and then with another scale.
fn twice() -> Bench {
    let bench = Bench::new();
    for scale in ["2", "3"] {
        let run = bench.say(&format!("run -q {ARGUMENTS} --scale {scale}"));
        assert_eq!(run.code, 0, "{}", run.err);
    }
    bench
}

/// What a verb prints as JSON.
fn json(said: &Said) -> Value {
    assert_eq!(said.out.lines().count(), 1, "{}{}", said.out, said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

/// A stored file of a node.
fn file(bench: &Bench, node: &str, extension: &str) -> PathBuf {
    let folder = fs::read_dir(bench.path(&format!("store/scaling/{node}"))).expect("a folder");
    let mut files = folder.map(|entry| entry.expect("an entry").path());
    let file = files.find(|path| path.extension().is_some_and(|it| it == extension));
    file.expect("a file")
}

#[test]
fn explain_says_why() {
    let bench = twice();
    let changed = bench.say(&format!("explain few {ARGUMENTS} --scale 4"));
    let lines: Vec<_> = changed.out.lines().collect();
    assert_eq!(lines[0], "few (first) may run: an input runs again");
    assert_eq!(lines[1], "  scaled (scale_up) runs: something changed");
    // The newer of two that are equally near.
    assert_eq!(lines[2], "    - parameter scale: 3.0 -> 4.0");
    assert!(lines[3].starts_with("    compared with "), "{lines:?}");
    assert_eq!((changed.code, lines.len()), (0, 4));

    let valid = bench.say(&format!("explain few {ARGUMENTS} --json"));
    let valid = json(&valid);
    assert_eq!(valid["nodes"][0]["action"], "reuse");
    assert_eq!(valid["nodes"][0]["checkpoint"]["rows"], 2);
    let unknown = bench.say(&format!("explain fw {ARGUMENTS}"));
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("did you mean `few`?"),
        "{}",
        unknown.err
    );
}

#[test]
fn verify_needs_no_sources_and_fails_on_damage() {
    let bench = twice();
    let sound = bench.say("verify --count 1");
    assert_eq!(sound.code, 0, "{}", sound.err);
    assert!(
        sound.out.starts_with("4 checkpoints sound, "),
        "{}",
        sound.out
    );
    let data = file(&bench, "few", "parquet");
    fs::write(&data, "").expect("a file");
    let damaged = bench.say("verify --count 1");
    assert_eq!((damaged.code, damaged.err.as_str()), (1, ""));
    let name = data.file_name().expect("a name").to_string_lossy();
    let line = format!("damaged: few: {name} has 0 bytes, its record says ");
    assert!(damaged.out.starts_with(&line), "{}", damaged.out);
    let found = bench.say("verify --count 1 --json");
    assert_eq!(found.code, 1);
    let found = json(&found);
    assert_eq!(
        (&found["sound"], &found["problems"][0]["kind"]),
        (&json!(3), &json!("data"))
    );
}

#[test]
fn accept_shows_what_it_accepts_and_refuses_with_a_way_out() {
    let bench = twice();
    let looked = bench.say(&format!("accept scaled {ARGUMENTS} --scale 4 --dry-run"));
    assert_eq!(looked.code, 0, "{}", looked.err);
    assert!(
        looked.out.starts_with("would accept scaled (scale_up): "),
        "{}",
        looked.out
    );
    assert!(
        looked.out.ends_with("  - parameter scale: 3.0 -> 4.0\n"),
        "{}",
        looked.out
    );
    let behind = bench.say(&format!("accept few {ARGUMENTS} --scale 4"));
    assert_eq!((behind.code, behind.out.as_str()), (1, ""));
    assert_eq!(
        behind.err,
        "error: node `few` cannot be accepted: its input `scaled` has no valid checkpoint\nhelp: accept `scaled` first, or run it\n"
    );
    let accepted = bench.say(&format!(
        "accept --from scaled {ARGUMENTS} --scale 4 --json"
    ));
    let accepted = json(&accepted);
    assert_eq!(accepted["accepted"][0]["name"], "scaled");
    assert_eq!(accepted["valid"], json!(["few"]));
    let status = bench.say(&format!("status {ARGUMENTS} --scale 4"));
    let line = "valid, accepted: parameter scale: 3.0 -> 4.0";
    assert!(status.out.contains(line), "{}", status.out);
    let valid = bench.say(&format!("accept scaled {ARGUMENTS} --scale 4"));
    assert_eq!(
        (valid.code, valid.out.as_str()),
        (0, "valid already: scaled\n")
    );
    assert_eq!(bench.say(&format!("accept {ARGUMENTS}")).code, 2);
    let both = bench.say(&format!("accept few --from scaled {ARGUMENTS}"));
    assert_eq!(both.code, 2);
}

#[test]
fn gc_says_what_would_go_before_it_goes() {
    let bench = twice();
    let looked = bench.say("gc --keep 1 --count 1");
    assert_eq!(looked.code, 0, "{}", looked.err);
    assert!(
        looked.out.ends_with("help: `--delete` removes them\n"),
        "{}",
        looked.out
    );
    let removed = bench.say("gc --keep 1 --delete --count 1 --json");
    let removed = json(&removed);
    assert_eq!(removed["removed"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&removed["kept"], &removed["dry_run"]),
        (&json!(2), &json!(false))
    );
    let quiet = bench.say("gc --keep 1 --delete --count 1 --quiet");
    assert_eq!((quiet.code, quiet.out.as_str()), (0, ""));
    let nothing = bench.say("gc --older-than 30d --max-bytes 10GB --count 1");
    assert!(
        nothing
            .out
            .starts_with("nothing to remove; 2 checkpoints stay, "),
        "{}",
        nothing.out
    );
    let full = bench.say("gc --max-bytes 1KB --count 1");
    assert!(
        full.out
            .contains("too much, but the newest of every node are kept"),
        "{}",
        full.out
    );
    for wrong in [
        "gc",
        "gc --older-than soon",
        "gc --older-than -3d",
        "gc --max-bytes much",
    ] {
        assert_eq!(bench.say(&format!("{wrong} --count 1")).code, 2, "{wrong}");
    }
}

#[test]
fn diff_shows_rows_side_by_side() {
    let bench = twice();
    let diff = bench.say("diff scaled -n 2 --count 1");
    assert_eq!(diff.code, 0, "{}", diff.err);
    let expected = "\
what they were made of:
  - parameter scale: 2.0 -> 3.0
columns and types: the same
3 rows compared by row number: 3 differ
  scaled  3

row  column  old  new
1    scaled  2.0  3.0
2    scaled  4.0  6.0
";
    assert!(diff.out.ends_with(expected), "{}", diff.out);
    let by = bench.say("diff scaled --by n -n 1 --count 1 --json");
    let by = json(&by);
    assert_eq!(
        by["first"],
        json!([{"by": {"n": 1}, "in": "both", "values": [{"column": "scaled", "old": 2.0, "new": 3.0}]}])
    );
    // Without its sources nobody knows which one is valid.
    assert_eq!(by["new"]["is_valid"], false);
    let marked = json(&bench.say(&format!("diff scaled {ARGUMENTS} --scale 3 --json")));
    assert_eq!(
        (&marked["new"]["is_valid"], &marked["old"]["is_valid"]),
        (&json!(true), &json!(false))
    );
    let unknown = bench.say("diff scaled zz --count 1");
    assert_eq!(unknown.code, 2);
    assert!(
        unknown
            .err
            .contains("no checkpoint whose key begins with `zz`"),
        "{}",
        unknown.err
    );
}

#[test]
fn save_writes_one_file_for_other_tools() {
    let bench = twice();
    let path = PathBuf::from(bench.path("out/few.parquet"));
    let save = format!("save few {} {ARGUMENTS} --scale 3", path.display());
    let said = bench.say(&save);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.starts_with("saved few to "), "{}", said.out);
    assert!(said.out.contains(": 2 rows, "), "{}", said.out);
    let file = fs::File::open(&path).expect("a file");
    let rows = ParquetReader::new(file)
        .finish()
        .map(|frame| frame.height());
    assert_eq!(rows.expect("Parquet"), 2);
    // One that is there is replaced, and nothing else is left in its folder.
    let again = json(&bench.say(&format!("{save} --json")));
    assert_eq!((&again["node"], &again["rows"]), (&json!("few"), &json!(2)));
    let folder = path.parent().expect("a folder");
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), 1);

    let never = bench.say(&format!(
        "save few {} {ARGUMENTS} --scale 9",
        path.display()
    ));
    assert_eq!(never.code, 2);
    let expected = "node `few` has no valid checkpoint\nhelp: run the pipeline; if";
    assert!(never.err.contains(expected), "{}", never.err);
    let nowhere = bench.say(&format!("save few / {ARGUMENTS} --scale 3"));
    assert_ne!(nowhere.code, 0);
    assert!(nowhere.err.contains("cannot write /"), "{}", nowhere.err);
}

#[test]
fn export_and_import_carry_checkpoints_from_store_to_store() {
    let bench = twice();
    let exported = bench.say(&format!("export @/share {ARGUMENTS} --scale 2"));
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert_eq!(
        exported
            .out
            .lines()
            .filter(|line| line.starts_with("copied  "))
            .count(),
        2
    );
    let other = format!("--store @/other {ARGUMENTS} --scale 2");
    let import = |line: &str| {
        let fixed = ["scaling".to_owned()].into_iter();
        let words = line.split_whitespace();
        super::say(fixed.chain(words.map(|word| word.replace('@', &bench.path("")))))
    };
    let imported = json(&import(&format!("import @/share scaled {other} --json")));
    assert_eq!(imported["checkpoints"][0]["outcome"], "copied");
    assert_eq!(imported["checkpoints"].as_array().map(Vec::len), Some(1));
    assert_eq!(import(&format!("import @/share {other}")).code, 0);
    let run = json(&import(&format!("run {other} --json")));
    assert_eq!(run["nodes"][1]["outcome"], "reused");
    // All of them need no sources.
    let all = bench.say("export @/all --all --count 1 --json");
    assert_eq!(json(&all)["checkpoints"].as_array().map(Vec::len), Some(4));
    fs::write(file(&bench, "few", "parquet"), "").expect("a file");
    let damaged = bench.say("export @/more --all --count 1");
    assert_eq!(damaged.code, 1);
    assert!(
        damaged.out.contains("1 checkpoint damaged and not copied"),
        "{}",
        damaged.out
    );
}

#[derive(Schema)]
struct Photo {
    n: i64,
    bytes: Vec<u8>,
    parts: Option<Vec<Vec<u8>>>,
    place: Option<Place>,
}

#[derive(Schema)]
struct Place {
    code: Option<Vec<u8>>,
}

#[step(rows)]
fn photograph(row: Row) -> Photo {
    let bytes = b"a\"\\\xff\0".to_vec();
    let code = (row.n == 1).then(|| b"JFK".to_vec());
    Photo {
        n: row.n,
        parts: (row.n < 3).then(|| vec![bytes.clone(), Vec::new()]),
        place: (row.n < 3).then_some(Place { code }),
        bytes,
    }
}

pipeline! {
    fn photos(rows: Frame<Row>) -> Frame<Photo> {
        let taken = photograph(rows);
        taken
    }
}

#[test]
fn bytes_are_shown_as_texts() {
    let bench = Bench::new();
    let say = |line: &str| {
        let line = format!("photos --store @/store {line} --arg-rows @/rows.csv");
        let words = line.replace('@', &bench.path(""));
        let words = words.split_whitespace().map(ToOwned::to_owned);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run_with::<PhotosPipeline>(words, &mut out, &mut err);
        assert_eq!(code, 0, "{}", String::from_utf8_lossy(&err));
        String::from_utf8(out).expect("UTF-8")
    };
    say("run -q");
    let shown: Value = serde_json::from_str(&say("show taken --json")).expect("JSON");
    let bytes = r#"a\"\\\xff\x00"#;
    assert_eq!(
        shown["head"],
        json!([
            {"n": 1, "bytes": bytes, "parts": [bytes, ""], "place": {"code": "JFK"}},
            {"n": 2, "bytes": bytes, "parts": [bytes, ""], "place": {"code": null}},
            {"n": 3, "bytes": bytes, "parts": null, "place": null},
        ])
    );
}
