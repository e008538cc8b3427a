//! What is said and done when something is wrong.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::object_store::memory::InMemory;
use pipe_core::storage::{ObjectStorage, Storage, StorageError, StorageErrorKind, Watched};
use pipe_core::{Outcome, RunError, StoreError};

use crate::common::{Server, Tested, URL, later, names, orders, outcomes, warnings};

/// The object of the last node that ends like this.
fn last(server: &Server, extension: &str) -> PathBuf {
    let names = server.objects("orders/regions");
    let name = names.iter().find(|name| name.ends_with(extension));
    server.file("orders/regions").join(name.expect("an object"))
}

fn flip(path: &Path) -> Tested {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes)?;
    Ok(())
}

#[test]
fn who_verifies_does_not_believe_this_machines_copy() -> Tested {
    let server = Server::start();
    let pipeline = orders().store(server.storage("one")?);
    outcomes(&pipeline)?;
    assert!(pipeline.verify()?.is_sound());
    flip(&last(&server, "parquet"))?;
    let verified = pipeline.verify()?;
    assert_eq!(verified.problems.len(), 1, "{verified}");
    Ok(())
}

#[test]
fn damaged_and_deleted_objects_are_made_again() -> Tested {
    type Damage = fn(&Server) -> Tested;
    let cases: [(&str, Damage); 5] = [
        ("is missing", |server| {
            Ok(fs::remove_file(last(server, "parquet"))?)
        }),
        ("bytes, its record says", |server| {
            let path = last(server, "parquet");
            let bytes = fs::read(&path)?;
            Ok(fs::write(&path, &bytes[..bytes.len() / 2])?)
        }),
        ("is not what was written", |server| {
            flip(&last(server, "parquet"))
        }),
        ("cannot be read", |server| {
            Ok(fs::write(last(server, "json"), "{")?)
        }),
        ("", |server| Ok(fs::remove_file(last(server, "json"))?)),
    ];
    for (problem, damage) in cases {
        let server = Server::start();
        outcomes(&orders().store(server.storage("one")?))?;
        damage(&server)?;
        let (pipeline, told) = warnings(orders().store(server.storage("another")?));
        let ran = [Outcome::Skipped, Outcome::Reused, Outcome::Ran];
        assert_eq!(outcomes(&pipeline)?, ran, "{problem}");
        drop(pipeline);
        let told: Vec<_> = told.iter().collect();
        match problem {
            "" => assert!(told.is_empty(), "{told:?}"),
            problem => {
                assert_eq!(told.len(), 1, "{told:?}");
                assert!(
                    told[0].contains("regions: ") && told[0].contains(problem),
                    "{told:?}"
                );
            }
        }
        let reused = [Outcome::Skipped, Outcome::Skipped, Outcome::Reused];
        for machine in ["one", "another", "a third"] {
            let pipeline = orders().store(server.storage(machine)?);
            assert_eq!(outcomes(&pipeline)?, reused, "{problem} on {machine}");
        }
    }
    Ok(())
}

#[test]
fn the_cache_is_not_believed_and_does_not_grow() -> Tested {
    let server = Server::start();
    let cached = |node: &str| server.cache("one").join("orders").join(node);
    let pipeline = || server.storage("one").map(|storage| orders().store(storage));
    let reused = [Outcome::Skipped, Outcome::Skipped, Outcome::Reused];
    outcomes(&pipeline()?)?;
    let names_of = |node: &str| names(&cached(node));
    assert_eq!(names_of("regions"), server.objects("orders/regions"));
    let data = |node: &str| {
        let names = names_of(node);
        let name = names.iter().find(|name| name.ends_with("parquet"));
        cached(node).join(name.expect("data"))
    };

    flip(&data("regions"))?;
    let (told_of, told) = warnings(pipeline()?);
    assert_eq!(outcomes(&told_of)?, reused, "it is fetched again");
    drop(told_of);
    assert_eq!(told.iter().count(), 0, "the store is sound");

    fs::remove_dir_all(server.cache("one"))?;
    assert_eq!(outcomes(&pipeline()?)?, reused);
    assert_eq!(names_of("regions").len(), 1, "what was needed");

    // Others clear the store; what they left here goes with the next run.
    fs::write(cached("regions").join("0123456789abcdef.staged"), "half")?;
    orders().store(server.storage("another")?).clear_all()?;
    let other = pipe_tests::orders::orders(crate::common::data(), 3.0);
    other.store(server.storage("one")?).run()?;
    let left = names_of("regions");
    let staged = left.iter().filter(|name| name.ends_with("staged"));
    assert_eq!(staged.count(), 1, "somebody may be writing it");
    let objects = server.objects("orders/regions");
    let others: Vec<_> = left
        .iter()
        .filter(|name| !name.ends_with("staged"))
        .collect();
    assert_eq!(others, objects.iter().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_wrong_secret() -> Tested {
    let server = Server::start();
    let wrong = "a-secret-that-nobody-may-see";
    let client = server.client().with_secret_access_key(wrong);
    let storage = ObjectStorage::s3(client, URL)?.cache(server.cache("one"));
    let Err(RunError::Store(StoreError::Storage(error))) = orders().store(storage).run() else {
        panic!("nobody gets in");
    };
    assert_eq!(error.kind, StorageErrorKind::Denied);

    let run = server
        .command_line("one", "run")
        .env("AWS_SECRET_ACCESS_KEY", wrong)
        .output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{said}");
    for part in [
        "s3://bucket/some/prefix/orders/.lock: access is refused",
        "SignatureDoesNotMatch",
        "help: check AWS_ACCESS_KEY_ID",
    ] {
        assert!(said.contains(part), "{said}");
    }
    for text in [said.into_owned(), error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(wrong), "{text}");
    }
    Ok(())
}

/// What the command line says, and how it ends.
fn fails(command: &mut std::process::Command) -> Result<String, Box<dyn std::error::Error>> {
    let output = command.output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{said}");
    Ok(said)
}

#[test]
fn stores_that_are_not_there() -> Tested {
    let mut server = Server::start();
    let status = |server: &Server, store: &str| {
        let mut command = server.program(env!("CARGO_BIN_EXE_orders"), "one");
        command.args(["status", "--store", store, "--orders"]);
        command.arg(crate::common::data());
        command
    };
    let said = fails(&mut status(&server, "s3://other/prefix"))?;
    assert!(said.contains("there is no such bucket"), "{said}");
    let said = fails(&mut status(&server, "s3://"))?;
    assert!(said.contains("it names no bucket"), "{said}");
    let said = fails(&mut status(&server, "s3://user:hidden@bucket/prefix"))?;
    assert!(said.contains("a bucket has no user"), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    let said = fails(&mut status(&server, "gs://user:hidden@bucket/prefix"))?;
    assert!(said.contains("cannot reach stores with `gs://`"), "{said}");
    assert!(!said.contains("hidden"), "{said}");

    let keyless = |variable: &str| {
        let mut command = status(&server, URL);
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        // Where a machine of the cloud has its own; nobody is there.
        command.env("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9");
        command.env(variable, "incomplete");
        fails(&mut command)
    };
    let said = keyless("NOT_A_KEY")?;
    assert!(said.contains("no credentials are given"), "{said}");
    let said = keyless("AWS_ACCESS_KEY_ID")?;
    assert!(said.contains("check the environment variables"), "{said}");
    let said = fails(status(&server, URL).env("AWS_ALLOW_HTTP", "false"))?;
    assert!(said.contains("set AWS_ALLOW_HTTP=true"), "{said}");
    let said = fails(status(&server, URL).env("AWS_ENDPOINT_URL", "localhost"))?;
    assert!(
        said.contains("the server's address is no URL: localhost"),
        "{said}"
    );

    server.stop();
    let at = server.endpoint.replace("://", "://user:hidden@");
    let said = fails(status(&server, URL).env("AWS_ENDPOINT_URL", at))?;
    let expected = format!("no connection to {} (Connection refused", server.endpoint);
    assert!(said.contains(&expected), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    Ok(())
}

#[test]
fn reading_a_store_creates_nothing() -> Tested {
    let server = Server::start();
    let pipeline = orders().store(server.storage("one")?);
    pipeline.plan()?;
    pipeline.status()?;
    assert!(pipeline.clear_all()?.is_empty());
    assert!(server.storage("one")?.list("")?.is_empty());
    assert!(!server.file("").exists());
    Ok(())
}

/// The server does a request and is gone before it answers; what was under way goes on with another one.
#[test]
fn the_server_ends_at_every_request() -> Tested {
    for request in 1.. {
        let mut server = Server::that_ends_at(request);
        let run = orders().store(server.storage("one")?).run();
        if run.is_ok() && !server.has_ended() {
            println!("{} requests, 0 wrong results", request - 1);
            return Ok(());
        }
        server.start_again();
        let storage = || Ok::<_, StorageError>(server.storage("one")?.clock(later));
        outcomes(&orders().store(storage()?))?;
        let reused = [Outcome::Skipped, Outcome::Skipped, Outcome::Reused];
        assert_eq!(outcomes(&orders().store(storage()?))?, reused);
        for node in ["priced", "rated", "regions"] {
            let objects = server.objects(&format!("orders/{node}"));
            assert_eq!(objects.len(), 2, "after request {request}: {objects:?}");
        }
    }
    Ok(())
}

/// The same for what the store asks of any storage.
#[test]
fn every_operation_fails_once() -> Tested {
    for failing in 1.. {
        let (store, folder) = (Arc::new(InMemory::new()), tempfile::tempdir()?);
        let storage = ObjectStorage::new(store, "", folder.path())?;
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let fragile = Watched::new(Arc::new(storage.clone()), move |_| {
            let now = counted.fetch_add(1, Ordering::Relaxed) + 1;
            if now == failing {
                return Err(io::Error::other("it fails"));
            }
            Ok(())
        });
        let _ = orders().store(fragile).run();
        outcomes(&orders().store(storage.clone()))?;
        let reused = [Outcome::Skipped, Outcome::Skipped, Outcome::Reused];
        assert_eq!(outcomes(&orders().store(storage.clone()))?, reused);
        if count.load(Ordering::Relaxed) < failing {
            println!("{} operations, 0 wrong results", failing - 1);
            break;
        }
    }
    Ok(())
}
