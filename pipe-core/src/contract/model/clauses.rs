//! What is read, and what changes.

use super::*;

impl Random {
    fn contract(&mut self) -> Contract {
        let schema = self.one_in(10).then(|| NamedSchema {
            name: "In",
            columns: leak(self.frame()),
            rules: &[],
        });
        let reads = if schema.is_some() {
            Vec::new()
        } else {
            self.some(1, Self::read)
        };
        let input = InputContract {
            schema,
            ..open_input(0, reads)
        };
        let output = match self.below(8) {
            0 => OutputContract::Unknown,
            1 => OutputContract::Schema(NamedSchema {
                name: "Out",
                columns: leak(self.frame()),
                rules: &[],
            }),
            _ => OutputContract::Passes {
                input: 0,
                changes: leak(self.some(3, |random| random.change(1))),
            },
        };
        contract(vec![input], output)
    }
}

/// What a step sees of a frame; `None` if it is not what the step reads.
pub(super) fn seen(input: &InputContract, frame: &Frame) -> Option<Frame> {
    let fits = |name: &str, rule: TypeRule, nullable: bool| match frame.get(name) {
        None => frame.open,
        Some(there) => {
            let right = match rule {
                TypeRule::Is(ty) => there.ty == ty,
                TypeRule::Numeric => matches!(there.ty, ColumnType::Int64 | ColumnType::Float64),
                TypeRule::Integer => there.ty == ColumnType::Int64,
                TypeRule::Float => there.ty == ColumnType::Float64,
                TypeRule::Temporal => there.ty == ColumnType::Date,
                TypeRule::Any => true,
            };
            right && (nullable || !there.nullable)
        }
    };
    for read in input.reads {
        for name in plains(read.column) {
            let missing = read.optional && frame.at(name).is_none();
            if !missing && !fits(name, read.rule, read.nullable) {
                return None;
            }
        }
    }
    let Some(schema) = input.schema else {
        return Some(frame.clone());
    };
    let columns = schema.columns.to_vec();
    let fits = columns
        .iter()
        .all(|c| fits(c.name, TypeRule::Is(c.ty), c.nullable));
    fits.then_some(Frame {
        columns,
        open: false,
    })
}

/// What a contract makes of frames; `None` if something is wrong.
pub(super) fn model(contract: Contract, frames: &[Frame]) -> Option<Frame> {
    let inputs = contract.inputs.iter().zip(frames);
    let seen: Vec<Frame> = inputs
        .map(|(input, frame)| seen(input, frame))
        .collect::<Option<_>>()?;
    let (passed, mut out, changes) = match contract.output {
        OutputContract::Unknown => {
            return Some(Frame {
                columns: Vec::new(),
                open: true,
            });
        }
        OutputContract::Schema(schema) => {
            return Some(Frame {
                columns: schema.columns.to_vec(),
                open: false,
            });
        }
        OutputContract::Passes { input, changes } => (vec![input], seen[input].clone(), changes),
        OutputContract::Joins { join, changes } => (
            vec![join.left, join.right],
            sides::join(&join, &seen[join.left], &seen[join.right])?,
            changes,
        ),
        OutputContract::Unions { union, changes } => {
            (union.inputs.to_vec(), sides::union(&union, &seen)?, changes)
        }
    };
    for change in changes {
        apply(*change, &seen, &passed, &mut out)?;
    }
    Some(out)
}

/// The type of a new column.
enum Known {
    Type(ColumnType),
    /// A column that it is to be like may be there; nothing is known of it.
    Nothing,
}

/// `None`: a column that it is to be like is not there.
fn new_type(ty: NewType, before: &[Frame], passed: &[usize]) -> Option<Known> {
    let (input, column) = match ty {
        NewType::Is(ty) => return Some(Known::Type(ty)),
        NewType::Like(input, column) => (input, column),
    };
    let mut inputs: Vec<usize> = input.map_or(passed.to_vec(), |input| vec![input]);
    inputs.sort_unstable();
    for input in inputs {
        if let Some(there) = before[input].get(plain(column)) {
            return Some(Known::Type(there.ty));
        }
        if before[input].open {
            return Some(Known::Nothing);
        }
    }
    None
}

fn apply(change: Change, before: &[Frame], passed: &[usize], out: &mut Frame) -> Option<()> {
    // Where a column is not known in an open frame, it may well be there.
    let or_open = |found: Option<usize>, open: bool| match found {
        None if !open => None,
        found => Some(found),
    };
    match change {
        Change::Adds(column, ty, nullable) => {
            for name in plains(column) {
                let ty = new_type(ty, before, passed)?;
                if out.at(name).is_some() {
                    return None;
                }
                match ty {
                    Known::Type(ty) => out.columns.push(spec(name, ty, nullable)),
                    Known::Nothing => out.open = true,
                }
            }
        }
        Change::Replaces(column, ty, nullable) => {
            for name in plains(column) {
                let ty = new_type(ty, before, passed)?;
                let there = or_open(out.at(name), out.open)?;
                match (ty, there) {
                    (Known::Type(ty), Some(at)) => out.columns[at] = spec(name, ty, nullable),
                    (Known::Type(ty), None) => out.columns.push(spec(name, ty, nullable)),
                    // It is there, and nothing is known of it.
                    (Known::Nothing, there) => {
                        out.open = true;
                        if let Some(at) = there {
                            out.columns.remove(at);
                        }
                    }
                }
            }
        }
        Change::Drops(column) => {
            for name in plains(column) {
                if let Some(at) = or_open(out.at(name), out.open)? {
                    out.columns.remove(at);
                }
            }
        }
        Change::Renames(from, to) => {
            if let Some(at) = or_open(out.at(plain(from)), out.open)? {
                if out.at(plain(to)).is_some() {
                    return None;
                }
                let old = out.columns[at];
                out.columns[at] = spec(plain(to), old.ty, old.nullable);
            }
        }
        Change::NonNull(column) => {
            for name in plains(column) {
                if let Some(at) = or_open(out.at(name), out.open)? {
                    out.columns[at].nullable = false;
                }
            }
        }
        Change::NonNullAll => {
            for column in &mut out.columns {
                column.nullable = false;
            }
        }
    }
    Some(())
}

#[test]
fn contracts_mean_what_they_say() {
    let (mut right, mut wrong) = (0, 0);
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let mut frame = Frame {
            columns: random.frame(),
            open: random.one_in(5),
        };
        let mut flow = frame.flow();
        // Several steps: what was lost on the way must not come back.
        for _ in 0..4 {
            let contract = random.contract();
            let (out, reports) = outcome(call(contract, [flow]));
            let Some(wanted) = model(contract, &[frame.clone()]) else {
                assert!(
                    !reports.is_empty(),
                    "seed {seed}: nothing reported\n{contract:#?}\n{frame:#?}"
                );
                wrong += 1;
                break;
            };
            assert!(
                reports.is_empty(),
                "seed {seed}: {reports:#?}\n{contract:#?}"
            );
            flow = super::flow(&out);
            assert_eq!(Frame::of(flow), wanted, "seed {seed}\n{contract:#?}");
            frame = wanted;
            right += 1;
        }
    }
    assert!(
        right > 10_000 && wrong > 5_000,
        "{right} right, {wrong} wrong: too one-sided"
    );
}

#[test]
fn what_was_reported_once_is_not_reported_again() {
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let frame = Frame {
            columns: random.frame(),
            open: false,
        };
        let reads = random.some(4, Random::read);
        let output = OutputContract::Passes {
            input: 0,
            changes: &[],
        };
        let contract = contract(vec![open_input(0, reads)], output);
        let (first, _) = outcome(call(contract, [frame.flow()]));
        let (_, again) = outcome(call(contract, [flow(&first)]));
        assert!(again.is_empty(), "seed {seed}: {again:#?}\n{contract:#?}");
    }
}

#[test]
fn every_contract_goes_through_after_every_mistake() {
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let mut flow = Frame {
            columns: random.frame(),
            open: false,
        }
        .flow();
        for _ in 0..3 {
            let (out, _) = outcome(call(random.contract(), [flow]));
            flow = super::flow(&out);
        }
    }
}
