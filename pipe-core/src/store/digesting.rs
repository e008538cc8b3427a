//! Writing and digesting in one pass.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};

use polars::io::utils::file::WritableTrait;

use crate::storage::{Content, StagedWriter};

/// Bytes that are collected before they are written. What is larger goes through as it is.
const BUFFER: usize = 1 << 17;

/// What became of a writer, which Polars takes away and closes.
#[derive(Clone, Default)]
pub(super) struct Outcome(Arc<Mutex<Ended>>);

#[derive(Default)]
pub(super) struct Ended {
    /// There once everything was written. A writer is closed after some failed queries too.
    pub(super) written: Option<Content>,
    /// The first error.
    pub(super) error: Option<io::Error>,
}

impl Outcome {
    pub(super) fn take(&self) -> Ended {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, change: impl FnOnce(&mut Ended)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Digests what it writes, and says at the end what that was.
///
/// On the thread that writes: what was just written is in the processor's cache. A thread of its own
/// was slower, as the query has all cores busy.
pub struct DigestingWriter {
    writer: BufWriter<Box<dyn StagedWriter>>,
    hasher: blake3::Hasher,
    bytes: u64,
    outcome: Outcome,
}

impl DigestingWriter {
    /// Writes to this; what became of it is told to `outcome`.
    pub(super) fn new(writer: Box<dyn StagedWriter>, outcome: Outcome) -> Self {
        Self {
            writer: BufWriter::with_capacity(BUFFER, writer),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            outcome,
        }
    }

    /// For benchmarks of it.
    #[must_use]
    pub fn alone(writer: Box<dyn StagedWriter>) -> Self {
        Self::new(writer, Outcome::default())
    }

    /// Keeps the first error, and gives Polars one of its kind.
    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let again = io::Error::new(error.kind(), error.to_string());
            self.outcome.set(|ended| {
                ended.error.get_or_insert(error);
            });
            again
        })
    }
}

impl Write for DigestingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.writer.write(bytes);
        let count = self.noted(count)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.writer.flush();
        self.noted(flushed)
    }
}

impl WritableTrait for DigestingWriter {
    fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        let finished = self.writer.get_mut().finish();
        self.noted(finished)?;
        let written = Content {
            bytes: self.bytes,
            digest: self.hasher.finalize().to_string(),
        };
        self.outcome.set(|ended| ended.written = Some(written));
        Ok(())
    }

    /// [`StagedWriter::finish`] does what the storage promises.
    fn sync_all(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl StagedWriter for Memory {
        fn finish(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_digest_is_that_of_what_was_written() -> io::Result<()> {
        // Nothing, less than a buffer, exactly one, and several with flushes in between.
        for (pieces, piece) in [(0, 0), (3, 1000), (1, BUFFER), (40, 100_003)] {
            let (memory, outcome) = (Memory::default(), Outcome::default());
            let mut writer = DigestingWriter::new(Box::new(memory.clone()), outcome.clone());
            for number in 0..pieces {
                let number = u8::try_from(number).expect("a small number");
                writer.write_all(&vec![number; piece])?;
                if number % 7 == 0 {
                    writer.flush()?;
                }
            }
            writer.close()?;
            let bytes = memory.0.lock().expect("a lock").clone();
            assert_eq!(bytes.len(), pieces * piece);
            let expected = Content {
                bytes: bytes.len() as u64,
                digest: blake3::hash(&bytes).to_string(),
            };
            assert_eq!(outcome.take().written, Some(expected));
        }
        Ok(())
    }
}
