//! Digests: BLAKE3, in hexadecimal, over length-prefixed parts.

use std::fs::File;
use std::path::Path;

/// Collects parts that keep apart: `["ab", "c"]` and `["a", "bc"]` differ.
#[derive(Default)]
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    /// A digest for one purpose; different purposes never collide.
    pub(crate) fn new(purpose: &str) -> Self {
        let mut digest = Self::default();
        digest.part(purpose);
        digest
    }

    /// A digest that only the holder of the key can make.
    pub(crate) fn keyed(key: &[u8; blake3::KEY_LEN]) -> Self {
        Self(blake3::Hasher::new_keyed(key))
    }

    pub(crate) fn part(&mut self, part: impl AsRef<[u8]>) -> &mut Self {
        let part = part.as_ref();
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// 64 hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// The digest of a file's bytes.
pub(crate) fn file(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
