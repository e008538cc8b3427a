//! Old checkpoints go, and nothing else.

use std::fs;
use std::time::Duration;

use pipe_core::{Gc, GcReport, Mode, Outcome, Pipeline, StoreError};

use crate::common::*;

const DAY: Duration = Duration::from_hours(24);

/// Two nodes with three checkpoints each: made with 1, 2 and 3; 20, 10 and 0 days ago.
struct Store {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
}

impl Store {
    fn new() -> Result<Self, Anything> {
        let store = Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[1, 2]),
        };
        for (number, days) in [(1, 20), (2, 10), (3, 0)] {
            let run = store.pipeline(number).run()?;
            for node in &run.report().nodes {
                store.write_ago(&node.name, node.key.as_deref().ok_or("no key")?, days * DAY)?;
            }
        }
        Ok(store)
    }

    fn pipeline(&self, number: i64) -> Pipeline {
        pipeline(
            &self.scratch,
            &self.table,
            &[
                ("first", &Act::plus(number), &["numbers"]),
                ("second", &Act::plus(10), &["first"]),
            ],
        )
    }

    /// Lets a checkpoint be of that age.
    fn write_ago(&self, node: &str, key: &str, age: Duration) -> Tested {
        let path = self
            .scratch
            .path()
            .join(format!("test/{node}/{}.json", &key[..16]));
        let written = jiff::Timestamp::now() - age;
        set_in_record(&path, "created", written.to_string().into())
    }

    /// Which of the numbers can be had without running anything.
    fn reused(&self) -> Result<Vec<i64>, Anything> {
        let mut reused = Vec::new();
        for number in [1, 2, 3] {
            let status = self.pipeline(number).status()?;
            if status
                .nodes
                .iter()
                .all(|node| node.state == pipe_core::State::Valid)
            {
                reused.push(number);
            }
        }
        Ok(reused)
    }

    fn gc(&self, gc: Gc, mode: Mode) -> Result<GcReport, StoreError> {
        self.pipeline(3).gc(&gc, mode)
    }

    fn data_bytes(&self) -> u64 {
        let files = ["first", "second"].into_iter();
        let files = files.flat_map(|node| self.scratch.files(node, "parquet"));
        files.map(|file| fs::metadata(file).unwrap().len()).sum()
    }
}

#[test]
fn a_dry_run_says_what_would_go_and_removes_nothing() -> Tested {
    let store = Store::new()?;
    let bytes = store.data_bytes();
    let report = store.gc(Gc::default(), Mode::DryRun)?;
    assert_eq!((report.removed.len(), report.kept), (4, 2));
    assert_eq!(report.removed_bytes + report.kept_bytes, bytes);
    assert!(
        report.to_string().contains("would go; 2 checkpoints stay"),
        "{report}"
    );
    assert_eq!(store.reused()?, [1, 2, 3]);
    assert_eq!(store.data_bytes(), bytes);
    Ok(())
}

#[test]
fn the_newest_are_kept() -> Tested {
    let store = Store::new()?;
    let report = store.gc(Gc::default().keep(2), Mode::Apply)?;
    assert_eq!((report.removed.len(), report.kept), (2, 4));
    assert_eq!(report.removed[0].reason, "not among the newest 2");
    assert_eq!(store.reused()?, [2, 3]);
    assert_eq!(store.data_bytes(), report.kept_bytes);
    store.gc(Gc::default(), Mode::Apply)?;
    assert_eq!(store.reused()?, [3]);
    let again = store.gc(Gc::default(), Mode::Apply)?;
    assert!(
        again
            .to_string()
            .starts_with("nothing to remove; 2 checkpoints stay"),
        "{again}"
    );
    assert!(store.pipeline(3).verify()?.is_sound());
    Ok(())
}

#[test]
fn only_what_is_older_goes() -> Tested {
    let store = Store::new()?;
    store.gc(Gc::default().older_than(15 * DAY), Mode::Apply)?;
    assert_eq!(store.reused()?, [2, 3]);
    // However old: the newest stays.
    let report = store.gc(
        Gc::default().older_than(Duration::ZERO).keep(2),
        Mode::Apply,
    )?;
    assert_eq!(report.removed.len(), 0);
    assert_eq!(store.reused()?, [2, 3]);
    Ok(())
}

#[test]
fn the_oldest_go_until_the_rest_fits() -> Tested {
    let store = Store::new()?;
    let all = store.data_bytes();
    let report = store.gc(Gc::default().max_bytes(all), Mode::DryRun)?;
    assert_eq!((report.removed.len(), report.over_bytes), (0, None));
    // One byte less: one checkpoint, of the oldest.
    let report = store.gc(Gc::default().max_bytes(all - 1), Mode::DryRun)?;
    assert_eq!(report.removed.len(), 1);
    assert!(report.removed[0].age_seconds > 19 * 86_400);

    let report = store.gc(Gc::default().max_bytes(1), Mode::Apply)?;
    assert_eq!((report.removed.len(), report.kept), (4, 2));
    assert_eq!(report.over_bytes, Some(report.kept_bytes - 1));
    assert!(
        report
            .to_string()
            .contains("the newest of every node are kept"),
        "{report}"
    );
    assert_eq!(store.reused()?, [3]);
    Ok(())
}

#[test]
fn age_and_size_add_up() -> Tested {
    let store = Store::new()?;
    let all = store.data_bytes();
    let gc = Gc::default().older_than(15 * DAY).max_bytes(all);
    let report = store.gc(gc, Mode::DryRun)?;
    assert_eq!(report.removed.len(), 2, "{report}");
    assert!(report.removed.iter().all(|it| it.reason == "too old"));
    Ok(())
}

#[test]
fn nodes_that_are_gone_are_not_kept() -> Tested {
    let store = Store::new()?;
    let one = pipeline(
        &store.scratch,
        &store.table,
        &[("first", &Act::plus(3), &["numbers"])],
    );
    let report = one.gc(&Gc::default().keep(9), Mode::Apply)?;
    assert_eq!((report.removed.len(), report.kept), (3, 3));
    assert!(report.removed.iter().all(|it| it.node == "second"));
    assert!(!store.scratch.path().join("test/second").exists());
    assert!(one.verify()?.former_nodes.is_empty());
    Ok(())
}

#[test]
fn left_overs_and_useless_records_go_and_newer_ones_and_other_files_stay() -> Tested {
    let store = Store::new()?;
    let folder = store.scratch.path().join("test/first");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text);
    write("0123456789abcdef.staged", "12")?;
    write("0123456789abcdef.aaaaaaaaaaaaaaaa.parquet", "123")?;
    write("0123456789abcdef.aaaaaaaaaaaaaaaa.value.json", "12345")?;
    write("1111111111111111.json", "garbage")?;
    write("1111111111111111.aaaaaaaaaaaaaaaa.parquet", "1234")?;
    write("2222222222222222.json", "{\"format\": 7}")?;
    write("2222222222222222.aaaaaaaaaaaaaaaa.parquet", "1234")?;
    write("notes.txt", "mine")?;
    write("notes.json", "mine")?;
    write("notes.staged", "mine")?;
    write("../notes.staged", "mine")?;
    let report = store.gc(Gc::default().keep(3), Mode::Apply)?;
    assert_eq!(report.removed.len(), 0);
    assert_eq!(
        (report.left_over.len(), report.unusable.len(), report.newer),
        (3, 1, 1)
    );
    assert_eq!(report.removed_bytes, 2 + 3 + 5 + 7 + 4);
    let exists = |name: &str| folder.join(name).exists();
    assert!(!exists("0123456789abcdef.staged") && !exists("1111111111111111.json"));
    assert!(!exists("0123456789abcdef.aaaaaaaaaaaaaaaa.parquet"));
    assert!(!exists("1111111111111111.aaaaaaaaaaaaaaaa.parquet"));
    assert!(exists("2222222222222222.json"));
    assert!(exists("2222222222222222.aaaaaaaaaaaaaaaa.parquet"));
    assert!(!exists("0123456789abcdef.aaaaaaaaaaaaaaaa.value.json"));
    assert!(exists("notes.txt") && exists("notes.json"));
    assert!(exists("notes.staged") && exists("../notes.staged"));
    Ok(())
}

#[test]
fn the_lock_is_needed_to_remove_and_not_to_look() -> Tested {
    let store = Store::new()?;
    let lock = fs::File::open(store.scratch.path().join("test/.lock"))?;
    lock.try_lock()?;
    assert_eq!(store.gc(Gc::default(), Mode::DryRun)?.removed.len(), 4);
    let error = store.gc(Gc::default(), Mode::Apply).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    drop(lock);
    let empty = Scratch::new();
    let nothing = store.pipeline(3).store(empty.path());
    nothing.gc(&Gc::default(), Mode::Apply)?;
    assert_eq!(fs::read_dir(empty.path())?.count(), 0);
    let run = store.pipeline(3).run()?;
    assert_eq!(outcomes(run.report())[1], Outcome::Reused);
    Ok(())
}
