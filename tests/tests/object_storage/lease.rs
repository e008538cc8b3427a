//! The lock of a store in object storage.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use pipe_core::storage::{Storage, StorageErrorKind};

use crate::common::{Server, Tested, later};

#[test]
fn it_is_renewed_while_its_holder_lives() -> Tested {
    // Some of the renewals are done and not answered.
    let server = Server::that_loses(3);
    let storage = server.storage("one")?.lease(Duration::from_millis(30));
    let guard = storage.lock("orders")?;
    let first = storage.read("orders/.lock")?;
    let patience = Instant::now() + Duration::from_secs(30);
    let mut renewed = first;
    for _ in 0..4 {
        let before = renewed.version;
        loop {
            renewed = storage.read("orders/.lock")?;
            if renewed.version != before {
                break;
            }
            assert!(Instant::now() < patience, "nobody renews it");
        }
    }
    drop(guard);
    let left = storage.read("orders/.lock")?;
    assert!(left.bytes.is_empty(), "it is given back");
    Ok(())
}

#[test]
fn who_was_replaced_does_not_give_back_what_is_not_his() -> Tested {
    let server = Server::start();
    let late = server.storage("one")?.lock("orders")?;
    let guard = server.storage("another")?.clock(later).lock("orders")?;
    assert!(guard.was_abandoned());
    drop(late);
    let third = server.storage("a third")?.lock("orders");
    let third = third.expect_err("it has a holder");
    assert_eq!(third.kind, StorageErrorKind::Locked);
    drop(guard);
    assert!(!server.storage("a third")?.lock("orders")?.was_abandoned());
    Ok(())
}

#[test]
fn what_is_no_lease_is_taken_over() -> Tested {
    let server = Server::start();
    let storage = server.storage("one")?;
    drop(storage.lock("orders")?);
    std::fs::write(server.file("orders/.lock"), "garbage")?;
    assert!(storage.lock("orders")?.was_abandoned());
    Ok(())
}

#[test]
fn logs_are_put_from_time_to_time() -> Tested {
    let server = Server::start();
    let seconds = Arc::new(AtomicU64::new(0));
    let turned = seconds.clone();
    let clock =
        move || SystemTime::UNIX_EPOCH + Duration::from_secs(turned.load(Ordering::Relaxed));
    let storage = server.storage("one")?.clock(clock);
    let mut log = storage.log("orders/runs/log")?;
    let stored = || Ok::<_, Box<dyn std::error::Error>>(storage.read("orders/runs/log")?.bytes);
    writeln!(log, "first")?;
    assert_eq!(stored()?, b"", "each line would be a request");
    seconds.store(11, Ordering::Relaxed);
    writeln!(log, "second")?;
    assert_eq!(stored()?, b"first\nsecond\n");
    writeln!(log, "third")?;
    assert_eq!(stored()?, b"first\nsecond\n");
    drop(log);
    assert_eq!(stored()?, b"first\nsecond\nthird\n");
    Ok(())
}
