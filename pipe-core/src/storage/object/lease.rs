//! The right to write below a folder of an object store, for a while.
//!
//! Object stores have no locks that end with their holder. So the lock is an object with a time at
//! which it ends, written by condition and again and again while its holder lives. Who finds one that
//! has ended replaces it, by condition: of several only one can.
//!
//! Clocks of machines differ, and a holder may be held up for longer than his lease. Then two hold it
//! for a moment. That is no danger: data are named by their content, records are published by
//! condition, nothing is believed without its digest. The worst is that the new holder sweeps data
//! whose record the old one is about to write: that checkpoint is found to be incomplete by whoever
//! reads it, and computed again.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::{Client, Remote};
use crate::storage::{Condition, Guard, Release, StorageError, StorageErrorKind, Version};
use crate::store::unique;

/// How long a lease lasts unless it is renewed.
pub(super) const LEASE: Duration = Duration::from_mins(1);

/// How often it is tried to take a lock that others want as well, or to give it back.
const TRIES: usize = 8;

/// What is in a lock that was given back by somebody who may have left something behind.
const LEFT_OVER: &[u8] = b"left over";

/// Tells the time.
#[derive(Clone)]
pub(super) struct Clock(pub(super) Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::try_from((self.0)()).unwrap_or(Timestamp::MAX)
    }
}

/// What a lease is taken with.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) length: Duration,
    pub(super) clock: Clock,
    /// Which cache this machine has: its lock has been taken already.
    pub(super) cache: String,
}

/// What is in the lock while somebody holds it. Given back, it is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    /// Which of all leases it is.
    lease: String,
    host: String,
    process: u32,
    cache: String,
    since: Timestamp,
    ends: Timestamp,
}

impl Note {
    fn new(terms: &Terms) -> Self {
        let since = terms.clock.now();
        Self {
            lease: unique(),
            host: hostname::get().map_or_else(|_| "?".into(), |name| name.display().to_string()),
            process: std::process::id(),
            cache: terms.cache.clone(),
            since,
            ends: after(since, terms.length),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, StorageError> {
        let json = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        json.map_err(StorageError::io("write", "the lock"))
    }

    /// Whether its holder can still be there.
    ///
    /// The holder has the lock of his cache as well, which is a file that the system unlocks when he
    /// ends. Who has that lock now, on the same machine, knows that he is gone.
    fn is_over(&self, mine: &Self) -> bool {
        let same_cache = (&self.host, &self.cache) == (&mine.host, &mine.cache);
        same_cache || self.ends <= mine.since
    }

    fn holder(&self, now: Timestamp) -> String {
        let left = self.ends.duration_since(now).as_secs().max(0) + 1;
        format!(
            "process {} on {} since {:.0}, for {left} more seconds unless it goes on",
            self.process, self.host, self.since
        )
    }
}

/// Who has a lock by what is in it.
pub(super) fn holder(lock: &[u8], now: Timestamp) -> Option<String> {
    let note = serde_json::from_slice::<Note>(lock);
    note.ok().map(|note| note.holder(now))
}

fn after(time: Timestamp, length: Duration) -> Timestamp {
    time.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// Takes the lock, and keeps it until the guard is dropped. `local` is the lock of the cache.
pub(super) fn take(
    client: &Arc<Client>,
    path: String,
    terms: Terms,
    mut local: Guard,
) -> Result<Guard, StorageError> {
    let note = Note::new(&terms);
    let path = Arc::<str>::from(path);
    let (mine, at) = (note.clone(), path.clone());
    let (abandoned, version) =
        client.wait(|remote| async move { remote.take(&at, &mine).await })?;
    let (mine, at, remote) = (note.clone(), path.clone(), client.remote.clone());
    let kept = client.spawn(async move { remote.keep(&at, mine, version, &terms).await });
    let client = client.clone();
    Ok(Guard::new(abandoned, move |release| {
        if let Some(kept) = kept {
            kept.abort();
        }
        let left = match release {
            Release::Clean => Vec::new(),
            // No note, so free, and not empty, so abandoned.
            Release::WithLeftovers => {
                local.expect_leftovers();
                LEFT_OVER.to_vec()
            }
        };
        // A lock that cannot be given back ends by itself.
        let given = client.wait(|remote| async move { remote.give_back(&path, &note, left).await });
        if let Err(error) = given {
            tracing::warn!(target: "pipe", %error, "the lock is free when its lease ends");
        }
        drop(local);
    }))
}

impl Remote {
    /// Whether the last holder went without giving it back, and the version of what is there now.
    async fn take(&self, path: &str, note: &Note) -> Result<(bool, Version), StorageError> {
        let mut tries = 0..TRIES;
        loop {
            let (condition, abandoned) = match self.read(path).await {
                Err(error) if error.kind == StorageErrorKind::NotFound => (Condition::New, false),
                Err(error) => return Err(error),
                Ok(lock) => {
                    // What is no note was written by nobody who could be asked to wait for.
                    if let Ok(other) = serde_json::from_slice::<Note>(&lock.bytes)
                        && !other.is_over(note)
                    {
                        let (kind, by) = (StorageErrorKind::Locked, other.holder(note.since));
                        return Err(StorageError::new("lock", self.url(path), kind, by));
                    }
                    let abandoned = !lock.bytes.is_empty();
                    (Condition::Replaces(lock.version), abandoned)
                }
            };
            match self.put(path, note.bytes()?, condition).await {
                Ok(version) => return Ok((abandoned, version)),
                // Somebody else was quicker: see who.
                Err(error)
                    if error.kind == StorageErrorKind::Conflict && tries.next().is_some() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Renews the lease until it is lost.
    async fn keep(&self, path: &str, mut note: Note, mut version: Version, terms: &Terms) {
        loop {
            tokio::time::sleep(terms.length / 3).await;
            match self.renew(path, &mut note, version.clone(), terms).await {
                Ok(Some(renewed)) => version = renewed,
                Ok(None) => {
                    let lock = self.url(path);
                    tracing::warn!(target: "pipe", lock, "another run took over the lock, as this one did not renew it in time; both go on, and do some work twice at worst");
                    return;
                }
                // There is time for another try before it ends.
                Err(error) => {
                    tracing::warn!(target: "pipe", %error, "the lock was not renewed");
                }
            }
        }
    }

    /// Lets the lease end later; `None` if somebody else has it.
    async fn renew(
        &self,
        path: &str,
        note: &mut Note,
        mut version: Version,
        terms: &Terms,
    ) -> Result<Option<Version>, StorageError> {
        note.ends = after(terms.clock.now(), terms.length);
        for _ in 0..TRIES {
            let renewed = self.put(path, note.bytes()?, Condition::Replaces(version));
            match renewed.await {
                Err(error) if error.kind == StorageErrorKind::Conflict => {}
                renewed => return renewed.map(Some),
            }
            // An earlier renewal may have been done without an answer.
            match self.mine(path, note).await? {
                Some(found) => version = found,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The lock's version, if this lease is in it.
    async fn mine(&self, path: &str, note: &Note) -> Result<Option<Version>, StorageError> {
        let lock = match self.read(path).await {
            Err(error) if error.kind == StorageErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        let found = serde_json::from_slice::<Note>(&lock.bytes);
        let mine = found.is_ok_and(|found| found.lease == note.lease);
        Ok(mine.then_some(lock.version))
    }

    /// Puts this into the lock if this lease is still in it.
    async fn give_back(&self, path: &str, note: &Note, left: Vec<u8>) -> Result<(), StorageError> {
        let mut tries = 0..TRIES;
        while let Some(version) = self.mine(path, note).await? {
            match self
                .put(path, left.clone(), Condition::Replaces(version))
                .await
            {
                // A renewal was under way.
                Err(error)
                    if error.kind == StorageErrorKind::Conflict && tries.next().is_some() => {}
                given => return given.map(|_| ()),
            }
        }
        Ok(())
    }
}
