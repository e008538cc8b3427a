//! Stores with files that are damaged, missing, left over, newer, or in use.

use std::fs;
use std::sync::{Arc, Mutex};

use pipe_core::{Event, Outcome, Pipeline, RunError, State, StoreError};

use crate::common::*;

struct Stored {
    scratch: Scratch,
    step: Act,
    pipeline: Pipeline,
}

/// A pipeline of one node that has run.
fn stored() -> Result<Stored, Anything> {
    let (scratch, step) = (Scratch::new(), Act::plus(1));
    let pipeline = pipeline(
        &scratch,
        &Table::numbers(&[1, 2]),
        &[("made", &step, &["numbers"])],
    );
    pipeline.run()?;
    Ok(Stored {
        scratch,
        step,
        pipeline,
    })
}

impl Stored {
    /// The checkpoint counts as missing, with this problem, and the next run makes a good one.
    fn is_made_again(&self, problem: &str) -> Tested {
        let status = self.pipeline.status()?;
        assert_eq!(status.nodes[0].state, State::Corrupt, "{status}");
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = events.clone();
        let pipeline = self.pipeline.clone();
        let run = pipeline
            .on_event(move |event| heard.lock().unwrap().push(event.clone()))
            .run()?;
        assert_eq!(ints(run.output(), "n"), [Some(2), Some(3)]);
        assert_eq!(self.step.calls(), 2);
        let reason = &run.report().nodes[0].reason;
        assert!(
            reason.contains("checkpoint is corrupt") && reason.contains(problem),
            "{reason}"
        );
        let warned = events.lock().unwrap().iter().any(|event| {
            matches!(event, Event::CheckpointCorrupt { node, problem: told }
                if node == "made" && told.contains(problem))
        });
        assert!(warned);
        let run = self.pipeline.run()?;
        assert_eq!(outcomes(run.report()), [Outcome::Reused]);
        Ok(())
    }
}

#[test]
fn truncated_data_are_a_miss() -> Tested {
    let stored = stored()?;
    let data = stored.scratch.only_file("made", "parquet");
    let bytes = fs::read(&data)?;
    fs::write(&data, &bytes[..bytes.len() - 1])?;
    stored.is_made_again("its record says")
}

#[test]
fn a_flipped_bit_is_a_miss() -> Tested {
    let stored = stored()?;
    let data = stored.scratch.only_file("made", "parquet");
    let mut bytes = fs::read(&data)?;
    bytes[10] ^= 1;
    fs::write(&data, bytes)?;
    stored.is_made_again("its digest differs")
}

#[test]
fn missing_data_are_a_miss() -> Tested {
    let stored = stored()?;
    fs::remove_file(stored.scratch.only_file("made", "parquet"))?;
    stored.is_made_again("is missing")
}

#[test]
fn a_garbage_record_is_a_miss() -> Tested {
    let stored = stored()?;
    fs::write(
        stored.scratch.only_file("made", "json"),
        "{\"format\": 1, \"pip",
    )?;
    stored.is_made_again("cannot be read")
}

#[test]
fn a_record_of_another_node_is_a_miss() -> Tested {
    let stored = stored()?;
    let same = Act::plus(1);
    // A node that does the same has the same key.
    let nodes: [(&str, &Act, &[&str]); 1] = [("other", &same, &["numbers"])];
    pipeline(&stored.scratch, &Table::numbers(&[1, 2]), &nodes).run()?;
    let record = |node| stored.scratch.only_file(node, "json");
    assert_eq!(record("other").file_name(), record("made").file_name());
    fs::copy(record("other"), record("made"))?;
    stored.is_made_again("belongs to node `other`")
}

#[test]
fn a_record_under_the_name_of_another_key_is_a_miss() -> Tested {
    let stored = stored()?;
    let record = stored.scratch.only_file("made", "json");
    fs::rename(&record, record.with_file_name("0123456789abcdef.json"))?;
    stored.is_made_again("another key")
}

#[test]
fn an_edited_record_is_a_miss() -> Tested {
    for (from, to) in [
        ("\"number\": \"1.0\"", "\"number\": \"2.0\""),
        ("\"node\": \"made\"", "\"node\": \"mode\""),
        ("\"rows\": 2", "\"rows\": 3"),
        ("\"created\": \"2", "\"created\": \"1"),
        ("\"format\": 1", "\"format\": 3"),
        ("\"check\": \"", "\"check\": \"0"),
        ("\n", " "),
    ] {
        let stored = stored()?;
        let record = stored.scratch.only_file("made", "json");
        let text = fs::read_to_string(&record)?;
        assert!(text.contains(from), "{from}");
        fs::write(&record, text.replacen(from, to, 1))?;
        stored.is_made_again("is not what was written")?;
    }
    Ok(())
}

#[test]
fn a_record_without_its_check_is_a_miss() -> Tested {
    let stored = stored()?;
    let record = stored.scratch.only_file("made", "json");
    let text = fs::read_to_string(&record)?;
    fs::write(&record, text.replace("\"check\"", "\"Check\""))?;
    stored.is_made_again("lacks its check")
}

#[test]
fn a_newer_record_is_refused_and_kept() -> Tested {
    let stored = stored()?;
    let record = stored.scratch.only_file("made", "json");
    let newer = "{\"format\": 3, \"and\": \"what nobody knows yet\"}";
    fs::write(&record, newer)?;
    let error = stored.pipeline.run().unwrap_err();
    assert!(
        matches!(
            error,
            RunError::Store(StoreError::Newer {
                found: 3,
                known: 2,
                ..
            })
        ),
        "{error}"
    );
    assert!(stored.pipeline.plan().is_err());
    assert_eq!(fs::read_to_string(&record)?, newer);
    assert!(stored.scratch.only_file("made", "parquet").exists());
    Ok(())
}

/// More than are looked at one after the other.
#[test]
fn of_many_outputs_all_damage_is_told_once_and_in_order() -> Tested {
    let scratch = Scratch::new();
    let names: Vec<_> = (0..60).map(|i| format!("n{i}")).collect();
    let mut builder = Pipeline::builder("test")
        .packages(pipe_core::packages!())
        .input("numbers", Table::numbers(&[1, 2]));
    for name in &names {
        builder = builder.step_on(name, Act::plus(1), ["numbers"]);
    }
    let pipeline = builder.outputs(&names).build()?.store(scratch.path());
    assert_eq!(pipeline.run()?.report().ran().len(), names.len());
    assert!(pipeline.run()?.report().ran().is_empty());

    let spoil = || -> Tested {
        fs::remove_file(scratch.only_file("n7", "parquet"))?;
        fs::write(scratch.only_file("n20", "json"), "garbage")?;
        let data = scratch.only_file("n41", "parquet");
        let mut bytes = fs::read(&data)?;
        bytes[10] ^= 1;
        Ok(fs::write(data, bytes)?)
    };
    for _ in 0..5 {
        spoil()?;
        assert_eq!(pipeline.plan()?.warnings.len(), 3);
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let run = pipeline.clone().on_event(move |event| {
            if let Event::CheckpointCorrupt { node, problem } = event {
                heard.lock().unwrap().push(format!("{node}: {problem}"));
            }
        });
        assert_eq!(run.run()?.report().ran(), ["n7", "n20", "n41"]);
        let told = told.lock().unwrap();
        // Outputs are decided from the last one on.
        let [bits, garbage, missing] = &told[..] else {
            return Err(format!("{told:?}").into());
        };
        assert!(
            bits.starts_with("n41: ") && bits.contains("digest"),
            "{bits}"
        );
        assert!(garbage.starts_with("n20: record "), "{garbage}");
        assert!(missing.starts_with("n7: "), "{missing}");
    }
    assert!(pipeline.run()?.report().ran().is_empty());

    // What ends a run is met in its turn: that of the last.
    for node in ["n3", "n50"] {
        let newer = "{\"format\": 3, \"and\": \"what nobody knows yet\"}";
        fs::write(scratch.only_file(node, "json"), newer)?;
    }
    let error = pipeline.run().unwrap_err().to_string();
    assert!(error.contains("n50"), "{error}");
    Ok(())
}

#[test]
fn a_record_of_a_format_that_is_gone_says_what_to_do() -> Tested {
    let stored = stored()?;
    let record = stored.scratch.only_file("made", "json");
    fs::write(&record, "{\"format\": 0}")?;
    stored.is_made_again("too old to be read; clear it, or leave it to `gc`")
}

#[test]
fn left_overs_are_swept_and_other_files_are_not() -> Tested {
    let stored = stored()?;
    let folder = stored.scratch.path().join("test/made");
    let write = |name: &str| fs::write(folder.join(name), "x");
    write("0123456789abcdef.parquet")?;
    write("0123456789abcdef.staged")?;
    write("notes.parquet")?;
    // As a process leaves it that did not come to its end.
    fs::write(stored.scratch.path().join("test/.lock"), "process 1\n")?;
    let run = stored.pipeline.run()?;
    assert_eq!(outcomes(run.report()), [Outcome::Reused]);
    assert!(!folder.join("0123456789abcdef.parquet").exists());
    assert!(!folder.join("0123456789abcdef.staged").exists());
    assert!(folder.join("notes.parquet").exists());
    stored.pipeline.clear_all()?;
    assert!(folder.join("notes.parquet").exists());
    Ok(())
}

#[test]
fn one_writer_at_a_time_and_readers_do_not_mind() -> Tested {
    let stored = stored()?;
    let lock = fs::File::open(stored.scratch.path().join("test/.lock"))?;
    lock.try_lock()?;
    let error = stored.pipeline.run().unwrap_err();
    assert!(matches!(error, RunError::Store(StoreError::InUse { .. })));
    assert!(
        error
            .to_string()
            .starts_with("pipeline `test` is in use by another process ("),
        "{error}"
    );
    assert!(stored.pipeline.clear_all().is_err());
    assert_eq!(stored.pipeline.status()?.nodes[0].state, State::Valid);
    stored.pipeline.plan()?;
    drop(lock);
    stored.pipeline.run()?;
    Ok(())
}

#[test]
fn garbage_among_the_known_digests_is_ignored() -> Tested {
    let stored = stored()?;
    fs::write(stored.scratch.path().join("test/files.json"), "[1, 2")?;
    assert_eq!(outcomes(stored.pipeline.run()?.report()), [Outcome::Reused]);
    Ok(())
}

#[test]
fn folder_names_that_look_like_patterns_are_just_names() -> Tested {
    let scratch = tempfile::tempdir()?;
    let pipeline = Pipeline::builder("test")
        .input("numbers", Table::numbers(&[1]))
        .step("made", Act::plus(1))
        .build()?
        .store(scratch.path().join("day=01/[a]*"));
    pipeline.run()?;
    let run = pipeline.run()?;
    assert_eq!(outcomes(run.report()), [Outcome::Reused]);
    assert_eq!(run.output().collect()?.get_column_names(), ["n"]);
    Ok(())
}
