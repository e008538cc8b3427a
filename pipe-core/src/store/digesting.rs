//! Writing and digesting in one pass.

use std::io::{self, BufWriter, Write};

use crate::storage::{Content, StagedWriter};

/// Bytes that are collected before they are written. What is larger goes through as it is.
const BUFFER: usize = 1 << 17;

/// Digests what it writes, and says at the end what that was.
///
/// On the thread that writes: what was just written is in the processor's cache. A thread of its own
/// was slower, as the query has all cores busy.
pub struct DigestingWriter {
    writer: BufWriter<Box<dyn StagedWriter>>,
    hasher: blake3::Hasher,
    bytes: u64,
    /// The first one. Who writes a format has other words for it, about the format.
    error: Option<io::Error>,
}

impl DigestingWriter {
    /// Writes to this.
    #[must_use]
    pub fn new(writer: Box<dyn StagedWriter>) -> Self {
        Self {
            writer: BufWriter::with_capacity(BUFFER, writer),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            error: None,
        }
    }

    /// All was written.
    ///
    /// # Errors
    ///
    /// The first one, if something could not be written, now or before.
    pub fn finish(&mut self) -> io::Result<Content> {
        self.check()?;
        self.writer.flush()?;
        self.writer.get_mut().finish()?;
        Ok(Content {
            bytes: self.bytes,
            digest: self.hasher.finalize().to_string(),
        })
    }

    /// The first error, if something could not be written.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Keeps the first error, and gives one of its kind.
    fn noted<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let again = io::Error::new(error.kind(), error.to_string());
            self.error.get_or_insert(error);
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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
            let memory = Memory::default();
            let mut writer = DigestingWriter::new(Box::new(memory.clone()));
            for number in 0..pieces {
                let number = u8::try_from(number).expect("a small number");
                writer.write_all(&vec![number; piece])?;
                if number % 7 == 0 {
                    writer.flush()?;
                }
            }
            let written = writer.finish()?;
            let bytes = memory.0.lock().expect("a lock").clone();
            assert_eq!(bytes.len(), pieces * piece);
            let expected = Content {
                bytes: bytes.len() as u64,
                digest: blake3::hash(&bytes).to_string(),
            };
            assert_eq!(written, expected);
        }
        Ok(())
    }
}
