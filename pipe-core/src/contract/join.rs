//! What a join makes of the columns of its two sides, as Polars 0.55 does it.

use super::call::{Call, Found, Outcome, write_origin};
use super::flow::{Fate, FlowColumn, find};
use super::index::Index;
use super::keys::Pair;
use super::{ColumnRef, OutputContract};

/// A join of two inputs.
#[derive(Clone, Copy, Debug)]
pub struct Join {
    /// Index into [`super::Contract::inputs`] of the side whose columns come first.
    pub left: usize,
    /// Index into [`super::Contract::inputs`] of the other side.
    pub right: usize,
    /// The pairs of columns that must be equal; none for a cross join.
    pub keys: &'static [Key],
    /// Which rows come out.
    pub how: How,
    /// Whether the two columns of a key become one.
    pub coalesce: bool,
    /// Whether a null in a key equals another null.
    pub nulls_equal: bool,
    /// What is put behind the names of the right side that the left side has, too.
    pub suffix: &'static str,
}

/// A pair of columns that must be equal.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Of the left side.
    pub left: ColumnRef,
    /// Of the right side.
    pub right: ColumnRef,
}

/// Which rows of a join come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Those with a partner.
    Inner,
    /// All of the left side.
    Left,
    /// All of the right side.
    Right,
    /// All of both sides.
    Full,
    /// Those of the left side with a partner, and only its columns.
    Semi,
    /// Those of the left side without one, and only its columns.
    Anti,
    /// Each of the left side with each of the right side.
    Cross,
}

impl How {
    /// Whether only the left side's columns come out.
    const fn filters(self) -> bool {
        matches!(self, Self::Semi | Self::Anti)
    }
}

impl Call {
    /// Length of [`Call::make_names`].
    #[must_use]
    pub const fn names_len(&self) -> usize {
        let OutputContract::Joins { join, .. } = self.contract.output else {
            return 0;
        };
        let mut len = 0;
        let mut i = 0;
        while i < self.right_len(&join) {
            len += self.right_name(&join, i).len() + join.suffix.len();
            i += 1;
        }
        len
    }

    /// The names that columns of a join's right side have if the left side has them, too: one after the
    /// other for each column. Text cannot be put together during `const` evaluation without a place of
    /// its own, so `pipeline!` gives it one, `Call::made`.
    #[must_use]
    pub const fn make_names<const N: usize>(&self) -> [u8; N] {
        let mut names = [0; N];
        let OutputContract::Joins { join, .. } = self.contract.output else {
            return names;
        };
        let mut rest: &mut [u8] = &mut names;
        let mut i = 0;
        while i < self.right_len(&join) {
            let name = self.right_name(&join, i).as_bytes();
            let (place, behind) = rest.split_at_mut(name.len());
            place.copy_from_slice(name);
            let (place, behind) = behind.split_at_mut(join.suffix.len());
            place.copy_from_slice(join.suffix.as_bytes());
            rest = behind;
            i += 1;
        }
        names
    }

    /// How many columns of the right side come out, gone ones included.
    const fn right_len(&self, join: &Join) -> usize {
        if join.how.filters() {
            0
        } else {
            self.passed_len(&self.contract.inputs[join.right])
        }
    }

    /// The name of a column of the right side, whether or not it is still there.
    const fn right_name(&self, join: &Join, at: usize) -> &'static str {
        let input = &self.contract.inputs[join.right];
        match input.schema {
            Some(schema) => schema.columns[at].name,
            None => self.flow(input).columns[at].spec.name,
        }
    }

    pub(super) const fn join_room(&self, join: &Join) -> usize {
        let mut room = self.room(join.left);
        if !join.how.filters() {
            room += self.room(join.right);
        }
        let mut i = 0;
        while i < join.keys.len() {
            room += 2 * self.count(join.keys[i].left);
            i += 1;
        }
        room
    }

    /// The columns of both sides come out.
    pub(super) const fn join<const N: usize>(&self, join: &Join, out: &mut Outcome<N>) {
        self.check_keys(join, &mut out.report);
        self.put(join.left, out);
        let middle = out.len;
        if !join.how.filters() {
            self.put(join.right, out);
        }
        if matches!(join.how, How::Right | How::Full) {
            self.may_be_null(out, 0, middle);
        }
        if matches!(join.how, How::Left | How::Full) {
            self.may_be_null(out, middle, out.len);
        }
        let mut i = 0;
        while i < join.keys.len() {
            let mut n = 0;
            while let Some(pair) = self.pair(join.keys[i], n) {
                self.join_key(join, pair, middle, out);
                n += 1;
            }
            i += 1;
        }
        if !join.how.filters() {
            self.rename_right(join, middle, out);
        }
    }

    /// The key's columns come out: both or one, with nulls or without.
    const fn join_key<const N: usize>(
        &self,
        join: &Join,
        pair: Pair,
        middle: usize,
        out: &mut Outcome<N>,
    ) {
        let (left, right) = (
            self.look_up(join.left, pair.left),
            self.look_up(join.right, pair.right),
        );
        let (columns, rest) = out.columns.split_at(middle);
        let left_at = find(columns, pair.left.name, pair.left.hash);
        let right_at = match find(rest, pair.right.name, pair.right.hash) {
            Some(at) if !join.how.filters() => Some(middle + at),
            _ => None,
        };
        // Where one side's nulls cannot be seen, the other side's decide.
        let or_null = left.may_be_null(false) || right.may_be_null(false);
        let and_null = left.may_be_null(true) && right.may_be_null(true);
        let wrong = self.wrong_with(join, pair).is_some();
        if let Some(at) = left_at {
            let column = &mut out.columns[at];
            match join.how {
                How::Right if join.coalesce => column.fate = Fate::Nothing,
                How::Full if join.coalesce => column.spec.nullable = or_null,
                // A null has no partner, or only another null.
                How::Inner | How::Semi => column.spec.nullable = join.nulls_equal && and_null,
                _ => {}
            }
            column.doubtful |= wrong;
        } else if let Found::Missing = left {
            self.assume(pair.left, out);
        }
        if let Some(at) = right_at {
            let column = &mut out.columns[at];
            match join.how {
                How::Inner | How::Left | How::Full if join.coalesce => column.fate = Fate::Nothing,
                How::Inner => column.spec.nullable = join.nulls_equal && and_null,
                _ => {}
            }
            column.doubtful |= wrong;
        } else if let Found::Missing = right
            && !join.how.filters()
        {
            self.assume(pair.right, out);
        }
    }

    /// Rows without a partner have nulls in these columns.
    const fn may_be_null<const N: usize>(&self, out: &mut Outcome<N>, from: usize, to: usize) {
        let mut i = from;
        while i < to {
            let column = &mut out.columns[i];
            if column.is_live() && !column.spec.nullable {
                column.spec.nullable = true;
                column.step = self.contract.step;
                column.place = self.place;
            }
            i += 1;
        }
    }

    /// Columns of the right side from `middle` on whose name the left side has get the suffix.
    const fn rename_right<const N: usize>(&self, join: &Join, middle: usize, out: &mut Outcome<N>) {
        let given = self.right_len(join);
        let mut index = Index::of(&out.columns, middle);
        let mut clashes = [false; N];
        let mut i = middle;
        while i < middle + given {
            let FlowColumn { spec, .. } = out.columns[i];
            if out.columns[i].is_live() {
                clashes[i] = index.find(&out.columns, spec.name, spec.hash).is_some();
            }
            i += 1;
        }
        let mut i = middle;
        while i < middle + given {
            if out.columns[i].is_live() && !clashes[i] {
                index.add(out.columns[i].spec.hash, i);
            }
            i += 1;
        }
        let mut text = self.made;
        let mut i = middle;
        while i < middle + given && !text.is_empty() {
            let (name, rest) =
                text.split_at(self.right_name(join, i - middle).len() + join.suffix.len());
            text = rest;
            if clashes[i]
                && let Ok(name) = core::str::from_utf8(name)
            {
                let hash = continue_hash(out.columns[i].spec.hash, join.suffix);
                if let Some(other) = index.find(&out.columns, name, hash) {
                    self.write_clash(join, name, i, other, out);
                    out.columns[i].fate = Fate::Nothing;
                    out.columns[other].doubtful = true;
                } else {
                    let column = &mut out.columns[i];
                    column.spec.name = name;
                    column.spec.hash = hash;
                    column.step = self.contract.step;
                    column.place = self.place;
                    index.add(hash, i);
                }
            }
            i += 1;
        }
    }

    const fn write_clash<const N: usize>(
        &self,
        join: &Join,
        name: &str,
        at: usize,
        other: usize,
        out: &mut Outcome<N>,
    ) {
        let (clashing, there) = (out.columns[at], out.columns[other]);
        let to = out.report.next_about(None);
        to.text("column `");
        to.text(clashing.spec.name);
        to.text("` of `");
        to.text(self.contract.inputs[join.right].name);
        to.text("` comes out of step `");
        to.text(self.contract.step);
        to.text("` as `");
        to.text(name);
        to.text("`, which is already there as ");
        there.spec.write(to);
        write_origin(&there, to);
        to.text("\nhelp: join with another suffix, `joins(…, suffix = \"…\")`, or rename one of the two in an earlier step");
    }
}

impl Found {
    /// Whether the column may hold nulls; `unknown` where nothing is known of it.
    const fn may_be_null(self, unknown: bool) -> bool {
        match self {
            Self::There(column) => column.spec.nullable,
            Self::Missing | Self::Unknown => unknown,
        }
    }
}

/// FNV-1a goes on where it stopped.
pub(super) const fn continue_hash(mut hash: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}
