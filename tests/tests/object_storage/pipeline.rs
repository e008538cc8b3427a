//! A pipeline whose store is on a server.

use std::fs;
use std::sync::Arc;

use pipe_core::storage::StorageErrorKind;
use pipe_core::storage::conformance::Promise;
use pipe_core::{Outcome, RunError, StoreError};

use crate::common::{Server, Tested, later, names, orders, outcomes};

const RAN: [Outcome; 3] = [Outcome::Ran; 3];
const REUSED: [Outcome; 3] = [Outcome::Skipped, Outcome::Skipped, Outcome::Reused];

#[test]
fn the_same_as_in_a_folder_and_reused_from_anywhere() -> Tested {
    let (server, folder) = (Server::start(), tempfile::tempdir()?);
    assert_eq!(outcomes(&orders().store(folder.path()))?, RAN);
    assert_eq!(outcomes(&orders().store(server.storage("one")?))?, RAN);
    for node in ["priced", "rated", "regions"] {
        let path = format!("orders/{node}");
        let objects = server.objects(&path);
        assert_eq!(objects.len(), 2, "data and a record: {objects:?}");
        assert_eq!(objects, names(&folder.path().join(&path)));
        for data in objects.iter().filter(|name| name.ends_with("parquet")) {
            let here = fs::read(folder.path().join(&path).join(data))?;
            assert!(here == fs::read(server.file(&path).join(data))?, "{data}");
        }
    }
    for machine in ["one", "another", "a third"] {
        let pipeline = orders().store(server.storage(machine)?);
        assert_eq!(pipeline.status()?.nodes.len(), 3);
        assert_eq!(outcomes(&pipeline)?, REUSED, "on {machine}");
    }
    // Whoever needs other data computes no more than what is affected.
    let other = pipe_tests::orders::orders(crate::common::data(), 2.0);
    let run = other.store(server.storage("another")?).run()?;
    let outcome = |node: usize| run.report().nodes[node].outcome;
    assert_eq!(outcome(0), Outcome::Reused);
    assert_eq!(outcome(1), Outcome::Ran);
    Ok(())
}

#[test]
fn within_a_runtime_of_the_caller() -> Tested {
    let server = Server::start();
    let run = |machine: &str| -> Result<_, Box<dyn std::error::Error>> {
        Ok(outcomes(&orders().store(server.storage(machine)?))?)
    };
    // Polars itself wants a runtime of several threads, if any. Storages do not mind.
    let single = tokio::runtime::Builder::new_current_thread().build()?;
    single.block_on(async { Promise::Seen.check(&|| Ok(Arc::new(server.storage("one")?))) })?;
    assert_eq!(run("one")?, RAN);
    let several = tokio::runtime::Runtime::new()?;
    assert_eq!(several.block_on(async { run("another") })?, REUSED);
    Ok(())
}

#[test]
fn killed_in_the_middle_and_resumed() -> Tested {
    let server = Server::start();
    let mut killed =
        crate::common::Process::start(server.command_line("one", "run").env("HOLD", "1"));
    killed.wait_for("holding");
    killed.kill();

    // Nobody elsewhere can know yet that it is gone.
    let elsewhere = orders().store(server.storage("another")?);
    let Err(RunError::Store(error @ StoreError::InUse { .. })) = elsewhere.run() else {
        panic!("its lease has not ended");
    };
    let error = error.to_string();
    for part in [
        "process ",
        " on ",
        " since ",
        " more seconds",
        "s3://bucket/some/prefix/orders/.lock",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let elsewhere = orders().store(server.storage("another")?.clock(later));
    let resumed = [Outcome::Reused, Outcome::Ran, Outcome::Ran];
    assert_eq!(outcomes(&elsewhere)?, resumed);
    assert_eq!(server.objects("orders/runs").len(), 2, "both have a log");
    Ok(())
}

#[test]
fn on_the_same_machine_a_killed_run_keeps_nobody_out() -> Tested {
    let server = Server::start();
    for _ in 0..2 {
        let mut killed =
            crate::common::Process::start(server.command_line("one", "run").env("HOLD", "1"));
        killed.wait_for("holding");
        killed.kill();
    }
    let output = server.command_line("one", "run").arg("--json").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["nodes"][0]["outcome"], "reused");
    assert_eq!(report["nodes"][1]["outcome"], "ran");
    Ok(())
}

#[test]
fn two_at_once() -> Tested {
    let server = Server::start();
    let mut first =
        crate::common::Process::start(server.command_line("one", "run").env("HOLD", "1"));
    first.wait_for("holding");
    for machine in ["one", "another"] {
        let second = server.command_line(machine, "run").output()?;
        let said = String::from_utf8_lossy(&second.stderr);
        assert_eq!(second.status.code(), Some(3), "{said}");
        assert!(
            said.contains("pipeline `orders` is in use by process "),
            "{said}"
        );
    }
    // Readers need no lock.
    let status = server.command_line("another", "status").output()?;
    assert!(status.status.success());
    let first = first.finish();
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert_eq!(
        outcomes(&orders().store(server.storage("another")?))?,
        REUSED
    );
    Ok(())
}

#[test]
fn the_server_goes_away_in_the_middle() -> Tested {
    let mut server = Server::start();
    let mut run = crate::common::Process::start(server.command_line("one", "run").env("HOLD", "1"));
    run.wait_for("holding");
    server.stop();
    let run = run.finish();
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{said}");
    let expected = format!("no connection to {}", server.endpoint);
    for part in [
        &*expected,
        "check that the server runs",
        "what was committed is safe",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let Err(RunError::Store(StoreError::Storage(error))) =
        orders().store(server.storage("one")?).run()
    else {
        panic!("it is still away");
    };
    assert_eq!(error.kind, StorageErrorKind::Other);

    server.start_again();
    let resumed = [Outcome::Reused, Outcome::Ran, Outcome::Ran];
    // The lock could not be given back.
    let storage = server.storage("one")?.clock(later);
    assert_eq!(outcomes(&orders().store(storage))?, resumed);
    Ok(())
}
