//! The keys of a join: there on both sides, and of one type.

use super::call::{Call, Found, Named, write_origin};
use super::column::write_type;
use super::flow::{write_lacking, write_missing};
use super::join::{Join, Key};
use super::message::{Message, Report};
use super::{Contract, OutputContract};

/// A side of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one whose columns come first.
    Left,
    /// The other one.
    Right,
}

/// A key in one call.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) left: Named,
    pub(super) right: Named,
}

impl Contract {
    /// What is wrong with a key of the join whatever frames it is given: with the schema of a typed
    /// side, at that side's word; with the types in two schemas, at the right one's.
    #[must_use]
    pub const fn check_key(&self, key: usize, side: Side) -> Report {
        let mut report = Report::new();
        let call = Call::without_frames(*self);
        if let OutputContract::Joins { join, .. } = self.output
            && let Some(pair) = call.pair(join.keys[key], 0)
            && let (Some(Side::Left), Side::Left) | (Some(Side::Right), Side::Right) =
                (call.wrong_with(&join, pair), side)
        {
            call.write_key(&join, pair, &mut report);
        }
        report
    }
}

impl Call {
    /// A call of which nothing is known but the step.
    const fn without_frames(contract: Contract) -> Self {
        Self {
            contract,
            inputs: &[],
            names: &[],
            focus: None,
            place: "",
            made: &[],
        }
    }

    /// The `n`th pair of columns that a key means in this call.
    pub(super) const fn pair(&self, key: Key, n: usize) -> Option<Pair> {
        match (self.nth(key.left, n), self.nth(key.right, n)) {
            (Some(left), Some(right)) => Some(Pair { left, right }),
            _ => None,
        }
    }

    /// What is wrong with the keys in this call. What [`Contract::check_key`] says is not said again.
    pub(super) const fn check_keys(&self, join: &Join, report: &mut Report) {
        let alone = Self::without_frames(self.contract);
        let mut i = 0;
        while i < join.keys.len() {
            let said = match alone.pair(join.keys[i], 0) {
                Some(pair) => alone.wrong_with(join, pair).is_some(),
                None => false,
            };
            let mut n = 0;
            while let Some(pair) = self.pair(join.keys[i], n) {
                if !said && self.wrong_with(join, pair).is_some() {
                    self.write_key(join, pair, report);
                }
                n += 1;
            }
            i += 1;
        }
    }

    /// The side at whose word a mistake in a key is shown, if there is one.
    pub(super) const fn wrong_with(&self, join: &Join, pair: Pair) -> Option<Side> {
        let left = self.look_up(join.left, pair.left);
        let right = self.look_up(join.right, pair.right);
        match (left, right) {
            (Found::Missing, _) => Some(Side::Left),
            (_, Found::Missing) => Some(Side::Right),
            (Found::There(left), Found::There(right))
                if !left.doubtful && !right.doubtful && !left.spec.ty.same(right.spec.ty) =>
            {
                Some(Side::Right)
            }
            _ => None,
        }
    }

    const fn write_key(&self, join: &Join, pair: Pair, report: &mut Report) {
        let left = self.look_up(join.left, pair.left);
        let right = self.look_up(join.right, pair.right);
        let literal = match (left, right, pair.left.literal) {
            (Found::Missing, _, literal) => literal,
            (_, Found::Missing, _) | (_, _, None) => pair.right.literal,
            (_, _, literal) => literal,
        };
        let to = report.next_about(literal);
        to.text("step `");
        to.text(self.contract.step);
        to.text("` joins on ");
        self.write_side(join.left, pair.left, left, to);
        to.text(" and ");
        self.write_side(join.right, pair.right, right, to);
        match (left, right) {
            (Found::Missing, Found::Missing) => {
                to.text(", which are both not there");
                self.write_missing_side(join.left, pair.left, report);
                self.write_missing_side(join.right, pair.right, report);
            }
            (Found::Missing, _) => {
                self.write_not_there(join.left, pair.left, to);
                self.write_missing_side(join.left, pair.left, report);
            }
            (_, Found::Missing) => {
                self.write_not_there(join.right, pair.right, to);
                self.write_missing_side(join.right, pair.right, report);
            }
            (Found::There(left), Found::There(right)) => {
                to.text(", which have different types");
                write_origin(&left, to);
                write_origin(&right, to);
                to.text("\nhelp: convert one of the two in an earlier step");
            }
            _ => {}
        }
    }

    /// `` `orders.customer_id: i64` ``
    const fn write_side(&self, input: usize, named: Named, found: Found, to: &mut Message) {
        to.text("`");
        to.text(self.contract.inputs[input].name);
        to.text(".");
        to.text(named.name);
        if let Found::There(there) = found {
            to.text(": ");
            write_type(there.spec.ty, there.spec.nullable, to);
        }
        to.text("`");
    }

    const fn write_not_there(&self, input: usize, named: Named, to: &mut Message) {
        to.text(", but `");
        to.text(self.contract.inputs[input].name);
        to.text("` has no column `");
        to.text(named.name);
        to.text("`");
    }

    /// What a side has instead of a key.
    const fn write_missing_side(&self, input: usize, named: Named, report: &mut Report) {
        let input = &self.contract.inputs[input];
        if let Some(schema) = input.schema {
            write_lacking(schema, named.name, &mut report.text);
        } else {
            let columns = self.flow(input).columns;
            write_missing(columns, input.name, named.name, named.hash, report);
        }
    }
}
