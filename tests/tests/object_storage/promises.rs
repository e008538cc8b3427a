//! The promises of storages, held by each of them.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::object_store::memory::InMemory;
use pipe_core::storage::conformance::{self, Promise};
use pipe_core::storage::{Folder, ObjectStorage, Storage, StorageError};

use crate::common::{Process, Server, Tested, URL, later};

/// A name for each machine that opens a store.
fn machine() -> String {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    COUNTER.fetch_add(1, Ordering::Relaxed).to_string()
}

fn shared(storage: impl Storage + 'static) -> Arc<dyn Storage> {
    Arc::new(storage)
}

#[test]
fn in_folders() -> Tested {
    let folder = tempfile::tempdir()?;
    let open = || Ok(shared(Folder::new(folder.path())));
    conformance::run(open)?;
    // Files are renamed so fast that a few races would tell nothing.
    for _ in 0..20 {
        Promise::Races.check(&open)?;
    }
    Ok(())
}

#[test]
fn in_memory_on_one_machine_and_on_several() -> Tested {
    let folder = tempfile::tempdir()?;
    let store = Arc::new(InMemory::new());
    let open = |cache: &str| {
        let cache = folder.path().join(cache);
        ObjectStorage::new(store.clone(), "some/prefix", cache).map(shared)
    };
    conformance::run(|| open("one"))?;
    conformance::run(|| open(&machine()))?;
    conformance::run(|| {
        let cache = folder.path().join(machine());
        ObjectStorage::new(Arc::new(InMemory::new()), "", cache).map(shared)
    })
    .expect_err("each opens another store");
    Ok(())
}

#[test]
fn on_a_server_from_one_machine_and_from_several() -> Tested {
    let server = Server::start();
    conformance::run(|| server.storage(&machine()).map(shared))?;
    // What is large is no different from one machine, and slow here.
    let others = Promise::ALL.iter().filter(|it| **it != Promise::Large);
    for promise in others {
        promise.check(&|| server.storage("one").map(shared))?;
    }
    Ok(())
}

/// Each of these requests is done, not answered, sent again, and refused then.
#[test]
fn on_a_server_whose_answers_get_lost() -> Tested {
    for promise in [Promise::Conditions, Promise::Lock, Promise::Logs] {
        for answers in [1, 3] {
            let server = Server::that_loses(answers);
            promise.check(&|| server.storage(&machine()).map(shared))?;
        }
    }
    Ok(())
}

/// A process takes the lock and is killed.
fn die(mut holder: Command, folder: &str) {
    let mut holder = Process::start(holder.arg(folder).stdout(Stdio::piped()));
    assert_eq!(holder.first_line(), "locked");
    holder.kill();
}

#[test]
fn locks_of_processes_that_were_killed() -> Tested {
    let program = env!("CARGO_BIN_EXE_lock_holder");
    let place = tempfile::tempdir()?;
    let open = || -> Result<_, StorageError> { Ok(shared(Folder::new(place.path()))) };
    conformance::abandoned_lock(&open, |folder| {
        let mut holder = Command::new(program);
        holder.arg(place.path());
        die(holder, folder);
    })?;

    let server = Server::start();
    let killed = |folder: &str| {
        let mut holder = server.program(program, "one");
        holder.arg(URL);
        die(holder, folder);
    };
    // Another machine has to wait until the lease has ended.
    let at_once = conformance::abandoned_lock(&|| server.storage("other").map(shared), killed);
    let at_once = at_once.expect_err("it may still be there").to_string();
    assert!(
        at_once.contains("more seconds unless it goes on"),
        "{at_once}"
    );
    let open = || Ok(shared(server.storage("other")?.clock(later)));
    conformance::abandoned_lock(&open, killed)?;
    Ok(())
}
