//! Digests: BLAKE3, in hexadecimal, over length-prefixed parts.

use std::fs::File;
use std::path::Path;

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
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
