//! Media that fail: full, read-only, forbidden, gone in between; and two processes at once.
//!
//! Each is tried twice where that is possible: as it is (a small file system, a read-only one, a
//! process without rights, in namespaces of their own), and as an error put into every single
//! operation on the store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::storage::{Folder, Operation, Storage, StorageErrorKind, Watched};
use pipe_core::{Event, Gc, Mode, NodeProblem, Outcome, Pipeline, RunError, StoreError};
use polars::prelude::*;

use crate::common::*;

/// Two nodes; the second has rows that do not compress.
fn growing(rows: usize) -> (Act, Act, Pipeline) {
    let small = Act::plus(1);
    let large = Act::new("large", move |frames| {
        let last = only(frames)?.collect()?.column("n")?.i64()?.get(0);
        let mut random = u64::try_from(last.unwrap_or(1))?;
        let numbers = (0..rows).map(|_| {
            // Knuth's MMIX generator: no two files of it compress well.
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            random.cast_signed()
        });
        Ok(df!("n" => numbers.collect::<Vec<_>>())?.lazy())
    });
    let pipeline = Pipeline::builder("test")
        .input("numbers", Table::numbers(&[1, 2]))
        .step("small", small.clone())
        .step("large", large.clone())
        .build()
        .unwrap();
    (small, large, pipeline)
}

/// Every file of the nodes that no record names, staged ones too.
fn orphans(store: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for node in ["small", "large"] {
        let folder = store.join("test").join(node);
        let Ok(files) = fs::read_dir(&folder) else {
            continue;
        };
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let names: Vec<_> = names.collect();
        let is_record = |name: &str| Path::new(name).extension().is_some_and(|it| it == "json");
        let records = names.iter().filter(|name| is_record(name));
        let records: String = records
            .map(|name| fs::read_to_string(folder.join(name)).unwrap())
            .collect();
        let orphan = |name: &&String| !is_record(name) && !records.contains(name.as_str());
        found.extend(names.iter().filter(orphan).cloned());
    }
    found
}

#[test]
fn an_error_of_any_operation_is_told_and_the_next_run_is_right() -> Tested {
    let kinds = [
        io::ErrorKind::StorageFull,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ConnectionReset,
    ];
    let (mut tried, mut failed) = (0, 0);
    for kind in kinds {
        // Once, and from then on.
        for forever in [false, true] {
            for at in 1.. {
                let scratch = Scratch::new();
                let count = Arc::new(AtomicUsize::new(0));
                let counted = count.clone();
                let storage = Watched::new(Arc::new(Folder::new(scratch.path())), move |_| {
                    let now = counted.fetch_add(1, Ordering::SeqCst) + 1;
                    if now == at || (forever && now > at) {
                        return Err(io::Error::new(kind, "injected"));
                    }
                    Ok(())
                });
                let (_, _, pipeline) = growing(50);
                let run = pipeline.clone().store(storage).run();
                if count.load(Ordering::SeqCst) < at {
                    break;
                }
                tried += 1;
                if let Err(error) = run {
                    failed += 1;
                    let text = error.to_string();
                    assert!(text.contains("injected"), "{at}: {text}");
                    if kind != io::ErrorKind::ConnectionReset {
                        assert!(text.contains("help: "), "{at}: {text}");
                    }
                }
                let run = pipeline.clone().store(scratch.path()).run()?;
                assert_eq!(run.output().collect()?.height(), 50);
                assert_eq!(orphans(scratch.path()), Vec::<String>::new(), "{at}");
                let run = pipeline.store(scratch.path()).run()?;
                assert_eq!(
                    outcomes(run.report()),
                    [Outcome::Skipped, Outcome::Reused],
                    "{at}"
                );
            }
        }
    }
    println!(
        "{tried} operations failed; {failed} runs failed with them, all were right afterwards"
    );
    // A commit first looks for a record to replace, one for each node. Where only that cannot be read, it
    // is replaced, and nothing is lost; every other error must be told.
    let nodes = 2;
    assert_eq!(tried - failed, nodes * kinds.len());
    assert!(failed > 0);
    Ok(())
}

#[test]
fn a_checkpoint_that_goes_away_while_it_is_used_is_named() -> Tested {
    let scratch = Scratch::new();
    let table = Table::numbers(&[1, 2]);
    let (first, mut second) = (Act::plus(1), Act::plus(2));
    let nodes = |second: &Act| {
        pipeline(
            &scratch,
            &table,
            &[
                ("first", &first, &["numbers"]),
                ("second", second, &["first"]),
            ],
        )
    };
    nodes(&second).run()?;
    // The second runs again, and reads the first; it is removed after it was verified.
    second.parameters.insert("other", 1.0);
    let data = scratch.only_file("first", "parquet");
    let gone = data.clone();
    let run = nodes(&second).on_event(move |event| {
        if matches!(event, Event::NodeReused { .. }) {
            fs::remove_file(&gone).unwrap();
        }
    });
    let (_, failures) = failed(run.run());
    assert!(
        failures[0].contains("the checkpoint of node `first` went away while the run used it")
            && failures[0].contains("is missing")
            && failures[0].contains("run again"),
        "{failures:?}"
    );
    assert_eq!(scratch.files("second", "staged"), Vec::<PathBuf>::new());
    let run = nodes(&second).run()?;
    assert_eq!(outcomes(run.report()), [Outcome::Ran, Outcome::Ran]);
    assert_eq!(ints(run.output(), "n"), [Some(4), Some(5)]);
    Ok(())
}

/// What another process does with a store: this test binary, started again.
fn other_process(work: &str, store: &Path) -> Command {
    as_child(Command::new(std::env::current_exe().unwrap()), work, store)
}

fn as_child(mut command: Command, work: &str, store: &Path) -> Command {
    command
        .args(["--exact", "faults::other_process_entry", "--ignored"])
        .arg("--nocapture")
        .env("PIPE_TEST_WORK", work)
        .env("PIPE_TEST_STORE", store)
        .stdin(Stdio::null());
    command
}

/// The same in namespaces of its own; `None` where the system does not allow them.
fn isolated(namespaces: &[&str], work: &str, store: &Path) -> Option<Command> {
    let allowed = Command::new("unshare")
        .args(namespaces)
        .arg("true")
        .output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("not tried: this system allows no namespaces ({namespaces:?})");
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(namespaces)
        .arg(std::env::current_exe().unwrap());
    Some(as_child(command, work, store))
}

fn succeeds(mut command: Command) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "{out}");
}

/// Not a test: what the others start as a process of its own.
#[test]
#[ignore = "started by other tests"]
fn other_process_entry() -> Tested {
    let Ok(work) = std::env::var("PIPE_TEST_WORK") else {
        return Ok(());
    };
    let store = PathBuf::from(std::env::var_os("PIPE_TEST_STORE").unwrap());
    match work.as_str() {
        "full" => on_a_full_disk(&store),
        "read-only" => on_a_read_only_folder(&store),
        "forbidden" => in_a_forbidden_folder(&store),
        "hold" => hold(&store),
        "run" => growing(50)
            .2
            .store(store)
            .run()
            .map(|_| ())
            .map_err(Into::into),
        other => panic!("no work {other}"),
    }
}

fn mount(options: &[&str], at: &Path) {
    let status = Command::new("mount").args(options).arg(at).status();
    assert!(status.unwrap().success(), "mount {options:?}");
}

/// Left-overs that cannot be removed now are not forgotten.
#[test]
fn who_fails_to_tidy_leaves_it_to_the_next() -> Tested {
    let scratch = Scratch::new();
    let (_, _, pipeline) = growing(50);
    pipeline.clone().store(scratch.path()).run()?;
    let orphan = scratch.path().join("test/small/0123456789abcdef.staged");
    let broken = || {
        let fails = |operation| match operation {
            Operation::Remove => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Ok(()),
        };
        pipeline
            .clone()
            .store(Watched::new(Arc::new(Folder::new(scratch.path())), fails))
    };
    let works: [fn(&Pipeline) -> bool; 3] = [
        |pipeline| pipeline.run().is_err(),
        |pipeline| pipeline.clear("large").is_err(),
        |pipeline| pipeline.gc(&Gc::default().keep(0), Mode::Apply).is_err(),
    ];
    for (number, fails) in works.into_iter().enumerate() {
        fs::write(&orphan, "12")?;
        fs::write(scratch.path().join("test/.lock"), "process 1 since then")?;
        assert!(fails(&broken()), "{number}");
        assert!(orphan.exists());
        pipeline.clone().store(scratch.path()).run()?;
        assert!(!orphan.exists(), "{number}");
    }
    Ok(())
}

/// Records go first, so what breaks off leaves data that no record names.
#[test]
fn what_clearing_leaves_behind_is_swept() -> Tested {
    for tidy in [
        |pipeline: &Pipeline| pipeline.clear_all().is_ok(),
        |pipeline: &Pipeline| pipeline.gc(&Gc::default().keep(0), Mode::Apply).is_ok(),
    ] {
        let mut broken_off = 0;
        for at in 1.. {
            let scratch = Scratch::new();
            growing(50).2.store(scratch.path()).run()?;
            let count = AtomicUsize::new(0);
            let storage =
                Watched::new(
                    Arc::new(Folder::new(scratch.path())),
                    move |operation| match operation {
                        Operation::Remove if count.fetch_add(1, Ordering::SeqCst) + 1 == at => {
                            Err(io::ErrorKind::PermissionDenied.into())
                        }
                        _ => Ok(()),
                    },
                );
            if tidy(&growing(50).2.store(storage)) {
                break;
            }
            broken_off += 1;
            // The same nodes with other results: nothing else would name what was left.
            let run = growing(60).2.store(scratch.path()).resume(false).run()?;
            assert_eq!(run.output().collect()?.height(), 60);
            assert_eq!(orphans(scratch.path()), Vec::<String>::new(), "{at}");
        }
        // A record and its data, of each of two nodes.
        assert_eq!(broken_off, 4);
    }
    Ok(())
}

#[test]
fn a_full_disk_stops_one_node_and_loses_nothing() {
    let scratch = Scratch::new();
    let own = ["--user", "--map-root-user", "--mount"];
    if let Some(command) = isolated(&own, "full", scratch.path()) {
        succeeds(command);
    }
}

fn on_a_full_disk(store: &Path) -> Tested {
    mount(&["-t", "tmpfs", "-o", "size=400k", "tmpfs"], store);
    let (small, _, pipeline) = growing(200_000);
    let pipeline = pipeline.store(store);
    let (report, failures) = failed(pipeline.run());
    assert_eq!(outcomes(&report), [Outcome::Ran, Outcome::Failed]);
    assert!(
        failures[0].contains("No space left on device"),
        "{failures:?}"
    );
    assert!(failures[0].contains("help: make room"), "{failures:?}");
    assert_eq!(orphans(store), Vec::<String>::new());

    mount(&["-o", "remount,size=20m"], store);
    let run = pipeline.run()?;
    assert_eq!(outcomes(run.report()), [Outcome::Reused, Outcome::Ran]);
    assert_eq!(run.output().collect()?.height(), 200_000);
    assert_eq!(small.calls(), 1);

    // Who makes room needs none.
    let mut filler = fs::File::create(store.join("filler"))?;
    let full = io::copy(&mut io::repeat(1), &mut filler).unwrap_err();
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    let gone = pipeline.gc(&Gc::default().keep(0), Mode::Apply)?;
    assert_eq!(gone.removed.len(), 2);
    Ok(())
}

#[test]
fn a_read_only_folder_can_be_read() {
    let scratch = Scratch::new();
    let own = ["--user", "--map-root-user", "--mount"];
    if let Some(command) = isolated(&own, "read-only", scratch.path()) {
        succeeds(command);
    }
}

fn on_a_read_only_folder(store: &Path) -> Tested {
    let (_, _, pipeline) = growing(50);
    let pipeline = pipeline.store(store);
    pipeline.run()?;
    let text = store.display().to_string();
    mount(&["--bind", &text], store);
    mount(&["-o", "remount,bind,ro"], store);
    can_be_read_only(&pipeline)
}

#[test]
fn a_folder_without_permission_to_write_can_be_read() {
    let scratch = Scratch::new();
    growing(50).2.store(scratch.path()).run().unwrap();
    let mut folders = vec![scratch.path().to_owned()];
    folders
        .extend(["test", "test/small", "test/large", "test/runs"].map(|f| scratch.path().join(f)));
    for folder in &folders {
        set_mode(folder, 0o555);
    }
    set_mode(&scratch.path().join("test/.lock"), 0o444);
    // Outside of its own user namespace, root may write everywhere.
    if let Some(command) = isolated(&["--user"], "forbidden", scratch.path()) {
        succeeds(command);
    }
    for folder in &folders {
        set_mode(folder, 0o755);
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn in_a_forbidden_folder(store: &Path) -> Tested {
    can_be_read_only(&growing(50).2.store(store))
}

/// What reads works, what writes says what to do.
fn can_be_read_only(pipeline: &Pipeline) -> Tested {
    match pipeline.run() {
        Err(RunError::Store(StoreError::Storage(error))) => {
            assert_eq!(error.kind, StorageErrorKind::Denied, "{error}");
            assert!(error.to_string().contains("help: give a store"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    let status = pipeline.status()?;
    assert!(
        status
            .nodes
            .iter()
            .all(|node| node.state == pipe_core::State::Valid)
    );
    pipeline.plan()?;
    let stored = pipeline.stored("large")?.unwrap();
    assert_eq!(stored.collect()?.height(), 50);
    Ok(())
}

#[test]
fn of_two_processes_one_writes_and_the_other_is_told_who() -> Tested {
    use std::io::{BufRead, BufReader, Write};
    let scratch = Scratch::new();
    let mut command = other_process("hold", scratch.path());
    let mut first = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    // It says when it is in the middle of its run, and goes on when it is told to.
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    while lines.next().unwrap()? != "in the middle" {}

    let (small, _, pipeline) = growing(50);
    let pipeline = pipeline.store(scratch.path());
    let error = pipeline.run().unwrap_err();
    assert!(matches!(error, RunError::Store(StoreError::InUse { .. })));
    let holder = format!("is in use by process {} since", first.id());
    assert!(error.to_string().contains(&holder), "{error}");
    // Whoever only looks is not kept waiting.
    pipeline.plan()?;
    pipeline.status()?;

    writeln!(first.stdin.take().unwrap(), "go on")?;
    lines.for_each(drop);
    assert!(first.wait()?.success());
    let run = pipeline.run()?;
    assert_eq!(outcomes(run.report()), [Outcome::Skipped, Outcome::Reused]);
    assert_eq!(small.calls(), 0);
    Ok(())
}

/// Runs, and waits for a line before its first commit.
fn hold(store: &Path) -> Tested {
    let waited = AtomicUsize::new(0);
    let folder: Arc<dyn Storage> = Arc::new(Folder::new(store));
    let storage = Watched::new(folder, move |operation| {
        if operation == Operation::Publish && waited.fetch_add(1, Ordering::SeqCst) == 0 {
            println!("\nin the middle");
            io::stdin().read_line(&mut String::new())?;
        }
        Ok(())
    });
    growing(50).2.store(storage).run()?;
    Ok(())
}

#[test]
fn many_processes_at_once_are_one_after_the_other() -> Tested {
    let scratch = Scratch::new();
    let start = || {
        let mut command = other_process("run", scratch.path());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let children = (0..6).map(|_| start()).collect::<io::Result<Vec<_>>>()?;
    let mut succeeded = 0;
    for child in children {
        let output = child.wait_with_output()?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            succeeded += 1;
        } else {
            assert!(told.contains("InUse"), "{told}");
        }
    }
    assert!(succeeded > 0);
    let run = growing(50).2.store(scratch.path()).run()?;
    assert_eq!(outcomes(run.report()), [Outcome::Skipped, Outcome::Reused]);
    assert_eq!(orphans(scratch.path()), Vec::<String>::new());
    Ok(())
}

#[test]
fn a_problem_of_the_store_is_the_nodes_problem() {
    let scratch = Scratch::new();
    let folder: Arc<dyn Storage> = Arc::new(Folder::new(scratch.path()));
    let storage = Watched::new(folder, |operation| match operation {
        Operation::Publish => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    });
    let error = growing(50).2.store(storage).run().unwrap_err();
    let RunError::Failed { failures, .. } = error else {
        panic!("{error}");
    };
    assert!(matches!(
        *failures[0].problem,
        NodeProblem::Store(StoreError::Storage(_))
    ));
}
