//! Columns by name, for looking up many of them.

use super::column::same_text;
use super::flow::FlowColumn;

/// A power of two: a hash is cut to its lowest bits.
const BUCKETS: usize = 512;
/// The end of a chain.
const END: usize = usize::MAX;

/// The live columns of an array by the hash of their names. Looking up each column of one frame in
/// another one by one would be what wide joins cost the compiler.
pub(super) struct Index<const N: usize> {
    /// First column of each bucket.
    first: [usize; BUCKETS],
    /// The column after each in its bucket.
    next: [usize; N],
}

impl<const N: usize> Index<N> {
    /// An index of the first `len` columns.
    pub(super) const fn of(columns: &[FlowColumn; N], len: usize) -> Self {
        let mut index = Self {
            first: [END; BUCKETS],
            next: [END; N],
        };
        let mut i = 0;
        while i < len {
            if columns[i].is_live() {
                index.add(columns[i].spec.hash, i);
            }
            i += 1;
        }
        index
    }

    /// Adds the column at `at`.
    pub(super) const fn add(&mut self, hash: u64, at: usize) {
        let bucket = bucket(hash);
        self.next[at] = self.first[bucket];
        self.first[bucket] = at;
    }

    /// Index of the column of that name, if it is still there.
    pub(super) const fn find(
        &self,
        columns: &[FlowColumn; N],
        name: &str,
        hash: u64,
    ) -> Option<usize> {
        let mut i = self.first[bucket(hash)];
        while i != END {
            let column = &columns[i];
            if column.spec.hash == hash && column.is_live() && same_text(column.spec.name, name) {
                return Some(i);
            }
            i = self.next[i];
        }
        None
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "cut to the number of buckets"
)]
const fn bucket(hash: u64) -> usize {
    (hash ^ (hash >> 32)) as usize % BUCKETS
}
