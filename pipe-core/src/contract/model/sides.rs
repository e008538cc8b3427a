//! What comes out of several inputs.

use super::clauses::model;
use super::*;

const HOWS: [How; 7] = [
    How::Inner,
    How::Left,
    How::Right,
    How::Full,
    How::Semi,
    How::Anti,
    How::Cross,
];

impl Random {
    pub(super) fn join(&mut self) -> Join {
        let how = self.pick(&HOWS);
        let keys = match how {
            How::Cross => Vec::new(),
            _ => self.keys(),
        };
        Join {
            left: 0,
            right: 1,
            keys: leak(keys),
            how,
            coalesce: matches!(how, How::Inner | How::Left | How::Right | How::Full)
                && self.one_in(2),
            nulls_equal: self.one_in(3),
            suffix: self.pick(&["_right", "_2"]),
        }
    }

    /// Pairs of columns, no column twice.
    fn keys(&mut self) -> Vec<Key> {
        if self.one_in(12) {
            let (left, right) = (ColumnRef::Arg(LIST), ColumnRef::Arg(LIST));
            return vec![Key { left, right }];
        }
        let mut keys: Vec<Key> = Vec::new();
        for _ in 0..=self.below(2) {
            let left = self.column();
            // Columns of one type are four places apart.
            let right = match self.below(4) {
                0 => self.column(),
                1 => NAMES
                    .get(NAMES.iter().position(|n| *n == plain(left)).unwrap_or(0) + 4)
                    .map_or(left, |other| name(other)),
                _ => left,
            };
            let taken =
                |key: &Key| plain(key.left) == plain(left) || plain(key.right) == plain(right);
            if !keys.iter().any(taken) {
                keys.push(Key { left, right });
            }
        }
        keys
    }

    pub(super) fn union(&mut self) -> Union {
        Union {
            inputs: self.pick(&[&[0, 1][..], &[1, 0], &[0, 1, 2]]),
            how: self.pick(&[UnionHow::Vertical, UnionHow::Diagonal]),
        }
    }

    /// Frames that can often be joined or united.
    pub(super) fn frames(&mut self) -> Vec<Frame> {
        let mut first = Frame {
            columns: self.frame(),
            open: self.one_in(8),
        };
        // What joins made elsewhere.
        for name in ["a_right", "b_2"] {
            if self.one_in(6) {
                first.columns.push(spec(name, ColumnType::Int64, false));
            }
        }
        let mut frames = vec![first.clone()];
        for _ in 0..2 {
            let mut other = first.clone();
            if self.one_in(2) {
                other.columns = self.frame();
            }
            for column in &mut other.columns {
                column.nullable ^= self.one_in(3);
            }
            if self.one_in(8) && other.columns.len() > 1 {
                other.columns.swap(0, 1);
            }
            other.open ^= self.one_in(8);
            frames.push(other);
        }
        frames
    }

    fn contract_of_several(&mut self, frames: &[Frame]) -> Contract {
        let inputs = (0..3).map(|i| {
            let schema = self.one_in(6).then(|| NamedSchema {
                name: "In",
                columns: leak(frames[i].columns.clone()),
                rules: &[],
            });
            let reads = if schema.is_none() && self.one_in(3) {
                self.some(1, Self::read)
            } else {
                Vec::new()
            };
            InputContract {
                schema,
                ..open_input(i, reads)
            }
        });
        let inputs = inputs.collect();
        let changes = if self.one_in(2) {
            leak(self.some(2, |random| random.change(3)))
        } else {
            &[]
        };
        let output = match self.below(7) {
            0..2 => {
                let union = self.union();
                OutputContract::Unions { union, changes }
            }
            2..6 => {
                let join = self.join();
                OutputContract::Joins { join, changes }
            }
            _ => {
                let input = self.below(3);
                OutputContract::Passes { input, changes }
            }
        };
        contract(inputs, output)
    }
}

/// The pairs of columns that must be equal.
pub(super) fn pairs(join: &Join) -> Vec<(&'static str, &'static str)> {
    let keys = join.keys.iter();
    keys.flat_map(|key| plains(key.left).into_iter().zip(plains(key.right)))
        .collect()
}

/// What a join makes of its two sides.
pub(super) fn join(join: &Join, left: &Frame, right: &Frame) -> Option<Frame> {
    let pairs = pairs(join);
    for (l, r) in &pairs {
        let there = |frame: &Frame, name: &str| frame.open || frame.at(name).is_some();
        if !there(left, l) || !there(right, r) {
            return None;
        }
        if let (Some(l), Some(r)) = (left.get(l), right.get(r))
            && l.ty != r.ty
        {
            return None;
        }
    }
    let is_left_key = |name: &str| pairs.iter().any(|(l, _)| *l == name);
    let is_right_key = |name: &str| pairs.iter().any(|(_, r)| *r == name);
    let partner = |name: &str| {
        let of_left = pairs.iter().find(|(l, _)| *l == name);
        of_left.and_then(|(_, r)| right.get(r))
    };
    let partner_of_right = |name: &str| {
        let of_right = pairs.iter().find(|(_, r)| *r == name);
        of_right.and_then(|(l, _)| left.get(l))
    };
    // A key without nulls, unless a null equals a null and both sides have some.
    let matched = |own: ColumnSpec, other: Option<ColumnSpec>| {
        join.nulls_equal && own.nullable && other.is_none_or(|other| other.nullable)
    };
    let mut columns: Vec<ColumnSpec> = Vec::new();
    for column in &left.columns {
        let key = is_left_key(column.name);
        let nullable = match join.how {
            How::Inner | How::Semi if key => matched(*column, partner(column.name)),
            How::Inner | How::Semi | How::Left | How::Anti | How::Cross => column.nullable,
            How::Right if key && join.coalesce => continue,
            How::Full if key && join.coalesce => {
                column.nullable || partner(column.name).is_some_and(|other| other.nullable)
            }
            How::Right | How::Full => true,
        };
        columns.push(ColumnSpec {
            nullable,
            ..*column
        });
    }
    if matches!(join.how, How::Semi | How::Anti) {
        return Some(Frame {
            columns,
            open: left.open,
        });
    }
    for column in &right.columns {
        let key = is_right_key(column.name);
        let nullable = match join.how {
            How::Inner | How::Left | How::Full if key && join.coalesce => continue,
            How::Inner if key => matched(*column, partner_of_right(column.name)),
            How::Left | How::Full => true,
            _ => column.nullable,
        };
        let gone = join.how == How::Right && join.coalesce && is_left_key(column.name);
        let name = if left.at(column.name).is_some() && !gone {
            format!("{}{}", column.name, join.suffix).leak()
        } else {
            column.name
        };
        columns.push(spec(name, column.ty, nullable));
    }
    let mut names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    (names.len() == all).then_some(Frame {
        columns,
        open: left.open || right.open,
    })
}

/// What a union makes of its inputs.
pub(super) fn union(union: &Union, seen: &[Frame]) -> Option<Frame> {
    let frames: Vec<&Frame> = union.inputs.iter().map(|input| &seen[*input]).collect();
    let open = frames.iter().any(|frame| frame.open);
    let mut columns: Vec<ColumnSpec> = Vec::new();
    for column in frames.iter().flat_map(|frame| &frame.columns) {
        if columns.iter().any(|known| known.name == column.name) {
            continue;
        }
        let there: Vec<Option<ColumnSpec>> =
            frames.iter().map(|frame| frame.get(column.name)).collect();
        if there.iter().flatten().any(|other| other.ty != column.ty) {
            return None;
        }
        let lacking = frames
            .iter()
            .any(|f| f.at(column.name).is_none() && !f.open);
        if lacking && union.how == UnionHow::Vertical {
            return None;
        }
        let nullable = there
            .iter()
            .any(|other| other.is_none_or(|other| other.nullable));
        columns.push(ColumnSpec {
            nullable,
            ..*column
        });
    }
    if union.how == UnionHow::Vertical {
        let names = |frame: &Frame| frame.columns.iter().map(|c| c.name).collect::<Vec<_>>();
        // Nothing is said of the order of what comes after an open one.
        let mut known = frames.iter().take_while(|frame| !frame.open);
        if known.any(|frame| names(frame) != names(frames[0])) {
            return None;
        }
    }
    Some(Frame { columns, open })
}

#[test]
fn joins_and_unions_mean_what_they_say() {
    let (mut right, mut wrong) = (0, 0);
    for seed in 0..12_000 {
        let mut random = Random(seed);
        let frames = random.frames();
        let contract = random.contract_of_several(&frames);
        let (out, reports) = outcome(call(contract, frames.iter().map(Frame::flow)));
        match model(contract, &frames) {
            None => {
                assert!(
                    !reports.is_empty(),
                    "seed {seed}: nothing reported\n{contract:#?}\n{frames:#?}"
                );
                wrong += 1;
            }
            Some(wanted) => {
                assert!(
                    reports.is_empty(),
                    "seed {seed}: {reports:#?}\n{contract:#?}\n{frames:#?}"
                );
                assert_eq!(
                    Frame::of(flow(&out)),
                    wanted,
                    "seed {seed}\n{contract:#?}\n{frames:#?}"
                );
                right += 1;
            }
        }
    }
    assert!(
        right > 3_000 && wrong > 3_000,
        "{right} right, {wrong} wrong: too one-sided"
    );
}

#[test]
fn every_join_and_union_goes_through_after_every_mistake() {
    for seed in 0..6_000 {
        let mut random = Random(seed);
        let mut flows: Vec<Flow> = random.frames().iter().map(Frame::flow).collect();
        for _ in 0..2 {
            let frames = random.frames();
            let contract = random.contract_of_several(&frames);
            let (out, _) = outcome(call(contract, flows.clone()));
            flows[1] = flow(&out);
        }
    }
}

#[test]
fn a_mistake_in_a_join_or_union_is_not_reported_again_downstream() {
    for seed in 0..6_000 {
        let mut random = Random(seed);
        let frames = random.frames();
        let with = random.contract_of_several(&frames);
        let (out, _) = outcome(call(with, frames.iter().map(Frame::flow)));
        // Each column that is there has its type and nulls as the next step reads them, or is doubtful.
        let reads = Frame::of(flow(&out)).columns;
        let reads = reads.iter().map(|column| Read {
            column: name(column.name),
            rule: TypeRule::Is(column.ty),
            nullable: column.nullable,
            optional: false,
        });
        let output = OutputContract::Passes {
            input: 0,
            changes: &[],
        };
        let next = contract(vec![open_input(0, reads.collect())], output);
        let (_, again) = outcome(call(next, [flow(&out)]));
        assert!(again.is_empty(), "seed {seed}: {again:#?}\n{with:#?}");
    }
}
