//! The digest of a large file, read and hashed in pieces side by side.
//!
//! BLAKE3 is a tree over chunks of the input: what a piece comes to depends on the piece and on where it begins,
//! and pieces are put together in the end. The digest is the one that reading from start to end gives.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use blake3::{Hash, Hasher};

use crate::parallel;

/// Bytes that are read and hashed at once: a power of two, so that each but the last is a whole subtree.
const PIECE: u64 = 1 << 20;

/// Files of fewer bytes are read from start to end: to start threads takes as long.
pub(super) const LARGE: u64 = 8 * PIECE;

/// More threads than this wait for the medium.
const THREADS: usize = 8;

/// The digest of the first `length` bytes of a file, more than a piece. An error if it has become shorter.
pub(super) fn file(path: &Path, length: u64) -> io::Result<Hash> {
    let pieces = usize::try_from(length.div_ceil(PIECE)).map_err(io::Error::other)?;
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<Vec<(usize, ChainingValue)>> {
        let (mut file, mut done) = (File::open(path)?, Vec::new());
        let mut buffer = vec![0; usize::try_from(PIECE).map_err(io::Error::other)?];
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return Ok(done);
            }
            let start = piece as u64 * PIECE;
            let bytes = PIECE.min(length - start);
            let bytes = usize::try_from(bytes).map_err(io::Error::other)?;
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut buffer[..bytes])?;
            let mut hasher = Hasher::new();
            hasher.set_input_offset(start).update(&buffer[..bytes]);
            done.push((piece, hasher.finalize_non_root()));
        }
    };
    let threads = parallel::threads();
    let found = std::thread::scope(|scope| {
        // Where no thread can be started, this one does it all.
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads.min(THREADS)).filter_map(start).collect();
        let mut found = work()?;
        for other in others {
            let lost = |_| Err(io::Error::other("a thread that read it panicked"));
            found.extend(other.join().unwrap_or_else(lost)?);
        }
        Ok::<_, io::Error>(found)
    })?;
    let mut values = vec![[0; 32]; pieces];
    for (piece, value) in found {
        values[piece] = value;
    }
    let (left, right) = halves(&values, length);
    Ok(merge_subtrees_root(&left, &right, Mode::Hash))
}

/// The values of both halves of a tree of several pieces.
fn halves(values: &[ChainingValue], length: u64) -> (ChainingValue, ChainingValue) {
    let left = left_subtree_len(length);
    // The left half is a power of two, and not less than a piece: it ends where a piece does.
    let pieces = usize::try_from(left / PIECE).unwrap_or(usize::MAX);
    let (before, after) = values.split_at(pieces);
    (of(before, left), of(after, length - left))
}

fn of(values: &[ChainingValue], length: u64) -> ChainingValue {
    if let [value] = values {
        return *value;
    }
    let (left, right) = halves(values, length);
    merge_subtrees_non_root(&left, &right, Mode::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_digest_of_all_bytes() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        let piece = usize::try_from(PIECE).map_err(io::Error::other)?;
        let bytes: Vec<u8> = (0..9 * piece + 1025)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
            .collect();
        let mut lengths = vec![piece + 1, piece + 1024, piece + 1025];
        for pieces in 2..=9 {
            let end = pieces * piece;
            lengths.extend([end - 1, end, end + 1, end + 1024, end + 1025]);
        }
        for length in lengths {
            let bytes = &bytes[..length];
            std::fs::write(&path, bytes)?;
            let digest = blake3::hash(bytes);
            assert_eq!(file(&path, length as u64)?, digest, "{length} bytes");
            // Whichever way it is read.
            let digest = digest.to_hex();
            assert_eq!(crate::digest::file(&path)?, digest.as_str());
        }
        Ok(())
    }

    #[test]
    fn a_file_that_has_become_shorter_is_an_error() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        std::fs::write(&path, vec![7; 100])?;
        let error = file(&path, LARGE).err().map(|error| error.kind());
        assert_eq!(error, Some(io::ErrorKind::UnexpectedEof));
        Ok(())
    }
}
