//! Digests: BLAKE3, in hexadecimal, over length-prefixed parts.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

mod large;

use large::LARGE;

/// Collects parts that keep apart: `["ab", "c"]` and `["a", "bc"]` differ.
pub(crate) struct Digest {
    /// All parts: hashing them at once takes a fraction of the time of one after the other.
    parts: Vec<u8>,
    key: Option<[u8; blake3::KEY_LEN]>,
}

impl Digest {
    /// A digest for one purpose; different purposes never collide.
    pub(crate) fn new(purpose: &str) -> Self {
        let mut digest = Self {
            parts: Vec::with_capacity(512),
            key: None,
        };
        digest.part(purpose);
        digest
    }

    /// A digest that only the holder of the key can make.
    pub(crate) fn keyed(key: &[u8; blake3::KEY_LEN]) -> Self {
        Self {
            parts: Vec::new(),
            key: Some(*key),
        }
    }

    pub(crate) fn part(&mut self, part: impl AsRef<[u8]>) -> &mut Self {
        let part = part.as_ref();
        self.count(part.len());
        self.parts.extend_from_slice(part);
        self
    }

    /// How many parts follow, where that is not always the same.
    pub(crate) fn count(&mut self, parts: usize) -> &mut Self {
        self.parts.extend_from_slice(&(parts as u64).to_le_bytes());
        self
    }

    /// 64 hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        let hash = match &self.key {
            Some(key) => blake3::keyed_hash(key, &self.parts),
            None => blake3::hash(&self.parts),
        };
        hash.to_hex().as_str().to_owned()
    }
}

/// The digest of a file's bytes.
pub(crate) fn file(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length >= LARGE {
        return Ok(large::file(path, length)?.to_hex().to_string());
    }
    of(file)
}

/// The digest of all there is to read.
fn of(mut reader: impl Read) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    // Many files are small: the buffer of `update_reader` takes longer to be made than they to be read.
    let mut start = [0; 4096];
    loop {
        match reader.read(&mut start) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(count) => {
                hasher.update(&start[..count]);
                if count == start.len() {
                    break;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    hasher.update_reader(reader)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and is interrupted before each.
    struct Slowly<'a>(&'a [u8], usize, bool);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.2 = !self.2;
            if self.2 {
                return Err(ErrorKind::Interrupted.into());
            }
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, rest) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = rest;
            Ok(count)
        }
    }

    #[test]
    fn every_byte_counts_however_it_is_read() -> std::io::Result<()> {
        for length in [0, 1, 4095, 4096, 4097, 8192, 100_003] {
            let bytes: Vec<u8> = (0..length).map(|i: u32| i.to_le_bytes()[0]).collect();
            let digest = blake3::hash(&bytes).to_hex().to_string();
            assert_eq!(of(&bytes[..])?, digest);
            for piece in [1, 1000, 4096, 5000] {
                assert_eq!(
                    of(Slowly(&bytes, piece, false))?,
                    digest,
                    "{length}, {piece}"
                );
            }
        }
        Ok(())
    }
}
