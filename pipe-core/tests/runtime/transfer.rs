//! Checkpoints that go from one store to another.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::storage::{Folder, Storage, Watched};
use pipe_core::{
    Mode, NodeId, Outcome, Pipeline, Selection, StoreError, TransferError, TransferOutcome,
    TransferReport,
};

use crate::common::*;

use Outcome::{Ran, Reused, Skipped};
use TransferOutcome::{Copied, Damaged, There, Updated};

/// A pipeline of three nodes, the second without checkpoint, that has run here.
struct Here {
    scratch: Scratch,
    table: std::sync::Arc<Table>,
    steps: [Act; 4],
}

impl Here {
    fn new() -> Result<Self, Anything> {
        let here = Self {
            scratch: Scratch::new(),
            table: Table::numbers(&[1, 2]),
            steps: [Act::plus(1), Act::plus(10), Act::plus(100), Act::plus(1000)],
        };
        here.on(&here.scratch).run()?;
        Ok(here)
    }

    /// The pipeline over another store.
    fn on(&self, scratch: &Scratch) -> Pipeline {
        let [first, plan, second, third] = self.steps.clone();
        let built = Pipeline::builder("test")
            .input("numbers", self.table.clone())
            .step("first", first)
            .step("plan", plan)
            .checkpoint(false)
            .step("second", second)
            .step("third", third)
            .build();
        built.unwrap().store(scratch.path())
    }

    fn export(&self, to: &Scratch, selection: &Selection) -> Result<TransferReport, TransferError> {
        self.on(&self.scratch).export(to.path(), selection)
    }

    fn calls(&self) -> usize {
        self.steps.iter().map(Act::calls).sum()
    }
}

fn told(report: &TransferReport) -> Vec<(&str, TransferOutcome)> {
    report
        .checkpoints
        .iter()
        .map(|it| (it.node.as_str(), it.outcome))
        .collect()
}

#[test]
fn another_machine_reuses_what_was_exported() -> Tested {
    let here = Here::new()?;
    let (share, there) = (Scratch::new(), Scratch::new());
    let exported = here.export(&share, &Selection::valid())?;
    let all = [("first", Copied), ("second", Copied), ("third", Copied)];
    assert_eq!(told(&exported), all);
    assert!(exported.is_sound() && exported.without.is_empty());

    let other = here.on(&there);
    let imported = other.import(share.path(), &Selection::valid())?;
    assert_eq!(told(&imported), all);
    let calls = here.calls();
    let run = other.run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Skipped, Reused]);
    assert_eq!(ints(run.output(), "n"), [Some(1112), Some(1113)]);
    let status = other.status()?;
    assert!(
        status
            .nodes
            .iter()
            .all(|node| node.name == "plan" || node.state == pipe_core::State::Valid)
    );
    assert_eq!(here.calls(), calls, "nothing ran again");

    for store in [&here.scratch, &share, &there] {
        let verified = here.on(store).verify()?;
        assert!(verified.is_sound() && verified.left_over.is_empty());
        assert_eq!(verified.sound, 3);
        let same = fs::read(store.only_file("third", "parquet"))?;
        assert_eq!(same, fs::read(here.scratch.only_file("third", "parquet"))?);
    }
    // A share is a store like any other.
    assert_eq!(outcomes(here.on(&share).run()?.report())[3], Reused);
    Ok(())
}

#[test]
fn what_is_there_already_is_left_alone() -> Tested {
    let here = Here::new()?;
    let share = Scratch::new();
    here.export(&share, &Selection::valid())?;
    let record = share.only_file("first", "json");
    let before = (fs::read(&record)?, fs::metadata(&record)?.modified()?);
    let again = here.export(&share, &Selection::valid())?;
    assert_eq!(
        told(&again),
        [("first", There), ("second", There), ("third", There)]
    );
    assert_eq!(
        (fs::read(&record)?, fs::metadata(&record)?.modified()?),
        before
    );
    assert!(
        again
            .to_string()
            .contains("0 checkpoints, 0 B, copied from "),
        "{again}"
    );
    assert!(again.to_string().contains("; 3 there already"), "{again}");

    // Damaged there, it counts as not there.
    fs::write(share.only_file("second", "parquet"), "")?;
    fs::write(share.only_file("third", "json"), "garbage")?;
    let mended = here.export(&share, &Selection::valid())?;
    assert_eq!(
        told(&mended),
        [("first", There), ("second", Copied), ("third", Copied)]
    );
    assert!(here.on(&share).verify()?.is_sound());
    Ok(())
}

#[test]
fn damaged_checkpoints_are_not_copied() -> Tested {
    let here = Here::new()?;
    let share = Scratch::new();
    let data = here.scratch.only_file("second", "parquet");
    let mut bytes = fs::read(&data)?;
    bytes[30] ^= 4;
    fs::write(&data, bytes)?;
    let exported = here.export(&share, &Selection::all())?;
    assert_eq!(
        told(&exported),
        [("first", Copied), ("second", Damaged), ("third", Copied)]
    );
    assert!(!exported.is_sound());
    assert!(
        exported.checkpoints[1]
            .problem
            .as_ref()
            .is_some_and(|it| it.contains("digest"))
    );
    assert!(share.files("second", "json").is_empty());
    assert!(share.files("second", "parquet").is_empty());
    assert!(share.files("second", "staged").is_empty());
    assert!(here.on(&share).verify()?.is_sound());
    // Of the valid ones it is none.
    let valid = here.export(&Scratch::new(), &Selection::valid())?;
    assert_eq!(told(&valid), [("first", Copied), ("third", Copied)]);
    assert_eq!(valid.without, ["second"]);
    Ok(())
}

#[test]
fn valid_ones_only_or_all_and_only_of_some_nodes() -> Tested {
    let mut here = Here::new()?;
    here.steps[3] = Act::plus(2000);
    here.on(&here.scratch).run()?;
    let last = || Selection::valid().only([NodeId::from("third")]);
    let (share, there) = (Scratch::new(), Scratch::new());
    assert_eq!(told(&here.export(&share, &last())?), [("third", Copied)]);
    assert_eq!(share.files("third", "json").len(), 1);
    // One output is enough for the other machine.
    here.on(&there).import(share.path(), &last())?;
    let run = here.on(&there).run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Skipped, Reused]);
    assert_eq!(ints(run.output(), "n"), [Some(2112), Some(2113)]);

    let all = here.export(&share, &Selection::all())?;
    let third = told(&all).into_iter().filter(|(node, _)| *node == "third");
    assert_eq!(
        third.collect::<Vec<_>>(),
        [("third", Copied), ("third", There)]
    );
    here.steps[3] = Act::plus(1000);
    assert_eq!(outcomes(here.on(&share).run()?.report())[3], Reused);

    let unknown = Selection::valid().only([NodeId::from("thrid")]);
    let error = here.export(&share, &unknown).unwrap_err().to_string();
    assert!(error.contains("did you mean `third`?"), "{error}");
    Ok(())
}

/// A checkpoint that is valid by content only is valid by itself where it goes.
#[test]
fn what_is_valid_by_content_goes_with_the_recipe_of_now() -> Tested {
    let mut here = Here::new()?;
    here.steps[0].code.digest = "refactored".into();
    here.on(&here.scratch).accept(["first"], Mode::Apply)?;
    let share = Scratch::new();
    let last = Selection::valid().only([NodeId::from("third")]);
    here.export(&share, &last)?;
    let run = here.on(&share).run()?;
    assert_eq!(outcomes(run.report()), [Skipped, Skipped, Skipped, Reused]);
    Ok(())
}

#[test]
fn what_was_accepted_meanwhile_is_added() -> Tested {
    let mut here = Here::new()?;
    let share = Scratch::new();
    here.export(&share, &Selection::valid())?;
    here.steps[0].code.digest = "refactored".into();
    here.on(&here.scratch).accept(["first"], Mode::Apply)?;
    let again = here.export(&share, &Selection::valid())?;
    assert_eq!(
        told(&again),
        [("first", Updated), ("second", Updated), ("third", Updated)]
    );
    let status = here.on(&share).status()?;
    assert_eq!(status.nodes[0].reason, "accepted: code of plus changed");
    assert_eq!(outcomes(here.on(&share).run()?.report())[3], Reused);
    Ok(())
}

#[test]
fn rows_that_were_put_aside_go_too() -> Tested {
    use pipe_core::prelude::*;
    #[derive(Schema)]
    struct Positive {
        #[column(min = 0)]
        n: i64,
    }
    let (here, there) = (Scratch::new(), Scratch::new());
    let build = |scratch: &Scratch| {
        let built = Pipeline::builder("test")
            .input("numbers", Table::numbers(&[1, -5]))
            .step("made", Act::plus(0))
            .rules_of::<Positive>()
            .invalid(pipe_core::rules::Policy::Quarantine)
            .build();
        built.unwrap().store(scratch.path())
    };
    build(&here).run()?;
    build(&there).import(here.path(), &Selection::valid())?;
    let aside = build(&there).quarantined("made")?.ok_or("nothing aside")?;
    assert_eq!(ints(aside, "n"), [Some(-5)]);
    Ok(())
}

#[test]
fn the_store_that_is_written_must_be_free_and_the_other_need_not() -> Tested {
    let here = Here::new()?;
    let share = Scratch::new();
    let lock = Folder::new(here.scratch.path()).lock("test")?;
    here.export(&share, &Selection::valid())?;
    drop(lock);
    let lock = Folder::new(share.path()).lock("test")?;
    let error = here.export(&share, &Selection::valid()).unwrap_err();
    assert!(
        matches!(error, TransferError::Store(StoreError::InUse { .. })),
        "{error}"
    );
    drop(lock);
    // Nothing to copy creates nothing.
    let (from, to) = (Scratch::new(), Scratch::new());
    let nothing = here.on(&to).import(from.path(), &Selection::valid())?;
    assert!(nothing.checkpoints.is_empty());
    assert_eq!(nothing.without, ["first", "second", "third"]);
    assert_eq!(fs::read_dir(to.path())?.count(), 0);
    let error = here
        .on(&to)
        .export("gopher://x", &Selection::all())
        .unwrap_err();
    assert!(error.to_string().contains("gopher://"), "{error}");
    Ok(())
}

/// Whoever takes the lock after a crash removes what the crash left: nobody else will know of it.
#[test]
fn a_lock_that_a_crash_left_is_swept_by_whoever_takes_it() -> Tested {
    let mut here = Here::new()?;
    let folder = here.scratch.path().join("test");
    let crash = || -> Tested {
        fs::write(folder.join("first/0123456789abcdef.staged"), "x")?;
        fs::write(folder.join(".lock"), "process 1\n")?;
        Ok(())
    };
    let swept = || !folder.join("first/0123456789abcdef.staged").exists();
    crash()?;
    here.on(&here.scratch).clear("third")?;
    assert!(swept());
    crash()?;
    here.steps[0].code.digest = "refactored".into();
    here.on(&here.scratch).accept(["first"], Mode::Apply)?;
    assert!(swept());
    let share = Scratch::new();
    here.export(&share, &Selection::valid())?;
    crash()?;
    here.on(&here.scratch)
        .import(share.path(), &Selection::all())?;
    assert!(swept());
    assert_eq!(outcomes(here.on(&here.scratch).run()?.report())[3], Ran);
    Ok(())
}

/// A storage that fails from its n-th operation on.
fn failing(scratch: &Scratch, after: usize) -> Watched {
    let count = AtomicUsize::new(0);
    Watched::new(Arc::new(Folder::new(scratch.path())), move |_| {
        if count.fetch_add(1, Ordering::Relaxed) < after {
            Ok(())
        } else {
            Err(std::io::Error::other("the medium is gone"))
        }
    })
}

/// Wherever it ends, what is in the other store is sound, and the next one brings the rest.
#[test]
fn an_export_that_fails_anywhere_leaves_nothing_wrong() -> Tested {
    let here = Here::new()?;
    let mut failures = 0;
    for after in 0.. {
        let share = Scratch::new();
        let home = here.on(&here.scratch);
        let exported = home.export(failing(&share, after), &Selection::valid());
        let verified = here.on(&share).verify()?;
        assert!(verified.is_sound(), "after {after}: {verified}");
        here.export(&share, &Selection::valid())?;
        assert_eq!(here.on(&share).verify()?.sound, 3, "after {after}");
        if exported.is_ok() {
            break;
        }
        failures += 1;
    }
    // Of each of three checkpoints data and record are written, finished and published.
    assert!(failures > 18, "{failures}");
    Ok(())
}

/// Wherever it ends, what is left is sound: records go before their data.
#[test]
fn a_gc_that_fails_anywhere_leaves_nothing_wrong() -> Tested {
    let mut failures = 0;
    for after in 0.. {
        let mut here = Here::new()?;
        here.steps[0] = Act::plus(2);
        here.on(&here.scratch).run()?;
        let failing = here.on(&here.scratch).store(failing(&here.scratch, after));
        let collected = failing.gc(&pipe_core::Gc::default(), Mode::Apply);
        let verified = here.on(&here.scratch).verify()?;
        assert!(verified.is_sound(), "after {after}: {verified}");
        let collected_then = here
            .on(&here.scratch)
            .gc(&pipe_core::Gc::default(), Mode::Apply)?;
        assert_eq!(collected_then.kept, 3, "after {after}");
        let verified = here.on(&here.scratch).verify()?;
        assert!(verified.left_over.is_empty(), "after {after}: {verified}");
        if collected.is_ok() {
            break;
        }
        failures += 1;
    }
    // Three records and their data are removed.
    assert!(failures > 6, "{failures}");
    Ok(())
}
