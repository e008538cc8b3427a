//! Everything that is stored, held against its records.

use std::fs;

use pipe_core::{Pipeline, StoreProblemKind};

use crate::common::*;

struct Stored {
    scratch: Scratch,
    pipeline: Pipeline,
}

/// Two nodes that have run.
fn stored() -> Result<Stored, Anything> {
    let scratch = Scratch::new();
    let table = Table::numbers(&[1, 2]);
    let nodes: [(&str, &Act, &[&str]); 2] = [
        ("first", &Act::plus(1), &["numbers"]),
        ("second", &Act::plus(10), &["first"]),
    ];
    let pipeline = pipeline(&scratch, &table, &nodes);
    pipeline.run()?;
    Ok(Stored { scratch, pipeline })
}

/// The only problem.
fn problem(stored: &Stored) -> Result<(StoreProblemKind, String), Anything> {
    let verified = stored.pipeline.verify()?;
    assert!(!verified.is_sound());
    assert_eq!((verified.sound, verified.problems.len()), (1, 1));
    let problem = &verified.problems[0];
    assert_eq!(problem.node, "first");
    assert!(
        verified.to_string().contains(&problem.problem),
        "{verified}"
    );
    Ok((problem.kind, problem.problem.clone()))
}

#[test]
fn what_was_written_is_sound() -> Tested {
    let stored = stored()?;
    let verified = stored.pipeline.verify()?;
    assert!(verified.is_sound(), "{verified}");
    assert_eq!(verified.sound, 2);
    let bytes = ["first", "second"].map(|node| stored.scratch.only_file(node, "parquet"));
    let bytes = bytes.map(|file| fs::metadata(file).unwrap().len());
    assert_eq!(verified.bytes, bytes.iter().sum::<u64>());
    assert_eq!((verified.other_files, verified.left_over.len()), (0, 0));
    assert_eq!(verified.in_use_by, None);
    assert_eq!(verified.former_nodes, Vec::<String>::new());
    Ok(())
}

#[test]
fn nothing_is_sound_and_stays_nothing() -> Tested {
    let scratch = Scratch::new();
    let step = Act::plus(1);
    let pipeline = pipeline(
        &scratch,
        &Table::numbers(&[1]),
        &[("a", &step, &["numbers"])],
    );
    assert!(pipeline.verify()?.is_sound());
    assert_eq!(fs::read_dir(scratch.path())?.count(), 0);
    Ok(())
}

/// The digest that a look at the time stamps would let pass is computed anew.
#[test]
fn a_flipped_bit_is_found_even_where_time_stamps_are_the_same() -> Tested {
    let stored = stored()?;
    let data = stored.scratch.only_file("first", "parquet");
    let modified = fs::metadata(&data)?.modified()?;
    let mut bytes = fs::read(&data)?;
    bytes[20] ^= 1;
    fs::write(&data, bytes)?;
    fs::File::options()
        .write(true)
        .open(&data)?
        .set_modified(modified)?;
    let (kind, words) = problem(&stored)?;
    assert_eq!(kind, StoreProblemKind::Data);
    assert!(words.contains("its digest differs"), "{words}");
    Ok(())
}

#[test]
fn missing_data_and_garbage_records_are_found() -> Tested {
    let missing = stored()?;
    fs::remove_file(missing.scratch.only_file("first", "parquet"))?;
    assert!(problem(&missing)?.1.ends_with("is missing"));

    let garbage = stored()?;
    fs::write(garbage.scratch.only_file("first", "json"), "{")?;
    let (kind, words) = problem(&garbage)?;
    assert_eq!(kind, StoreProblemKind::Record);
    assert!(words.contains("cannot be read"), "{words}");
    // Its data are kept for whoever looks, and are not called left over.
    assert!(garbage.pipeline.verify()?.left_over.is_empty());
    Ok(())
}

#[test]
fn newer_records_are_told_and_do_not_stop_the_others() -> Tested {
    let stored = stored()?;
    let record = stored.scratch.only_file("first", "json");
    fs::write(&record, "{\"format\": 9}")?;
    let (kind, words) = problem(&stored)?;
    assert_eq!(kind, StoreProblemKind::Newer);
    assert!(words.contains("has format 9"), "{words}");
    Ok(())
}

#[test]
fn left_overs_former_nodes_and_files_of_others_are_counted() -> Tested {
    let stored = stored()?;
    let folder = stored.scratch.path().join("test");
    fs::write(folder.join("first/0123456789abcdef.staged"), "12")?;
    fs::write(folder.join("first/0123456789abcdef.parquet"), "123")?;
    fs::write(folder.join("first/notes.txt"), "mine")?;
    fs::write(folder.join("readme.md"), "mine")?;
    let one = pipeline(
        &stored.scratch,
        &Table::numbers(&[1, 2]),
        &[("first", &Act::plus(1), &["numbers"])],
    );
    let verified = one.verify()?;
    assert!(verified.is_sound());
    assert_eq!((verified.sound, verified.other_files), (2, 2));
    let mut left: Vec<_> = verified
        .left_over
        .iter()
        .map(|it| (it.file.as_str(), it.bytes))
        .collect();
    left.sort_unstable();
    assert_eq!(
        left,
        [
            ("first/0123456789abcdef.parquet", 3),
            ("first/0123456789abcdef.staged", 2)
        ]
    );
    assert_eq!(verified.former_nodes, ["second"]);
    assert!(folder.join("first/0123456789abcdef.staged").exists());
    Ok(())
}

#[test]
fn a_run_that_goes_on_is_mentioned() -> Tested {
    use pipe_core::storage::{Folder, Storage};
    let stored = stored()?;
    let lock = Folder::new(stored.scratch.path()).lock("test")?;
    let verified = stored.pipeline.verify()?;
    let holder = verified.in_use_by.clone().ok_or("nobody")?;
    assert!(
        holder.starts_with(&format!("process {} since", std::process::id())),
        "{holder}"
    );
    assert!(verified.to_string().contains("note: in use by process"));
    drop(lock);
    assert_eq!(stored.pipeline.verify()?.in_use_by, None);
    Ok(())
}
