//! [`Call::apply`] beside a model of it in ordinary Rust, over random contracts.
//!
//! The model knows what a clause means; what the algebra adds (hashes, places, fixed sizes, the
//! afterlife of columns that are gone) must not show in the columns that come out. Contracts come
//! from a small generator with fixed seeds: a failing case can be run again by its seed.

use super::call::{BoundInput, BoundName, Call, Outcome};
use super::flow::Flow;
use super::{
    Change, ColumnRef, ColumnSpec, ColumnType, Contract, FlowColumn, InputContract, NamedSchema,
    NewType, OutputContract, Read, TypeRule,
};

/// More than any case needs.
const ROOM: usize = 64;
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const TYPES: [ColumnType; 4] = [
    ColumnType::Int64,
    ColumnType::Float64,
    ColumnType::String,
    ColumnType::Date,
];
const PLACE: &str = "src/lib.rs:1:1";

/// splitmix64
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).expect("a small number")
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// A name by itself, or by the `ColumnName` argument that `arguments` binds to it.
    fn column(&mut self) -> ColumnRef {
        let index = self.below(NAMES.len());
        if self.one_in(4) {
            ColumnRef::Arg(1 + index)
        } else {
            name(NAMES[index])
        }
    }

    fn read(&mut self) -> Read {
        let rule = match self.below(6) {
            0 => TypeRule::Numeric,
            1 => TypeRule::Integer,
            2 => TypeRule::Temporal,
            3 => TypeRule::Any,
            _ => TypeRule::Is(self.pick(&TYPES)),
        };
        Read {
            column: self.column(),
            rule,
            nullable: self.one_in(2),
        }
    }

    fn change(&mut self) -> Change {
        let ty = |random: &mut Self| match random.below(5) {
            0 => NewType::Like(random.column()),
            _ => NewType::Is(random.pick(&TYPES)),
        };
        match self.below(6) {
            0 => Change::Adds(self.column(), ty(self), self.one_in(2)),
            1 => Change::Replaces(self.column(), ty(self), self.one_in(2)),
            2 => Change::Drops(self.column()),
            3 => Change::Renames(self.column(), self.column()),
            4 => Change::NonNull(self.column()),
            _ => Change::NonNullAll,
        }
    }

    /// Columns with different names.
    fn columns(&mut self) -> Vec<ColumnSpec> {
        let kept: Vec<&'static str> = NAMES.into_iter().filter(|_| !self.one_in(3)).collect();
        kept.into_iter()
            .map(|name| spec(name, self.pick(&TYPES), self.one_in(2)))
            .collect()
    }

    fn contract(&mut self) -> Contract {
        let schema = self.one_in(10).then(|| NamedSchema {
            name: "In",
            columns: leak(self.columns()),
            rules: &[],
        });
        let reads = if schema.is_some() {
            Vec::new()
        } else {
            self.some(1, Self::read)
        };
        let input = InputContract {
            arg: 0,
            schema,
            reads: leak(reads),
        };
        let output = match self.below(8) {
            0 => OutputContract::Unknown,
            1 => OutputContract::Schema(NamedSchema {
                name: "Out",
                columns: leak(self.columns()),
                rules: &[],
            }),
            _ => OutputContract::Passes {
                input: 0,
                changes: leak(self.some(3, Self::change)),
            },
        };
        Contract {
            step: "step",
            inputs: leak(vec![input]),
            output,
        }
    }
}

fn leak<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

/// A hash with collisions: bytes must decide.
fn hash(name: &str) -> u64 {
    u64::from(name.as_bytes()[0] % 2)
}

fn name(name: &'static str) -> ColumnRef {
    ColumnRef::Name(name, hash(name))
}

fn spec(name: &'static str, ty: ColumnType, nullable: bool) -> ColumnSpec {
    ColumnSpec {
        name,
        hash: hash(name),
        ty,
        nullable,
    }
}

/// What a clause calls a column in this call.
fn plain(column: ColumnRef) -> &'static str {
    match column {
        ColumnRef::Name(name, _) => name,
        ColumnRef::Arg(arg) => NAMES[arg - 1],
    }
}

fn call(contract: Contract, flow: Flow) -> Call {
    let names = NAMES.iter().enumerate();
    let names = names
        .map(|(i, name)| BoundName {
            arg: 1 + i,
            name,
            hash: hash(name),
        })
        .collect();
    Call {
        contract,
        inputs: leak(vec![BoundInput { arg: 0, flow }]),
        names: leak(names),
        focus: None,
        place: PLACE,
    }
}

/// Everything that is reported, at the step and at its arguments.
fn reports(call: Call) -> Vec<String> {
    let about = (1..=NAMES.len()).map(|arg| call.about(arg).apply::<ROOM>().report);
    let all = [call.apply::<ROOM>().report].into_iter().chain(about);
    all.map(|report| report.as_str().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

/// A frame as the model knows it: what is known of its columns, and whether there may be others.
#[derive(Clone)]
struct Frame {
    columns: Vec<ColumnSpec>,
    open: bool,
}

impl Frame {
    fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn flow(&self) -> Flow {
        let columns = self
            .columns
            .iter()
            .map(|column| FlowColumn::given(*column))
            .collect();
        Flow {
            columns: leak(columns),
            open: self.open,
        }
    }
}

/// What a contract makes of a frame; `None` if something is wrong.
fn model(contract: Contract, frame: &Frame) -> Option<Frame> {
    let input = &contract.inputs[0];
    let fits = |name: &str, rule: TypeRule, nullable: bool| match frame.at(name) {
        None => frame.open,
        Some(at) => {
            let there = frame.columns[at];
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
    let wanted = input.schema.map_or(&[][..], |schema| schema.columns);
    let given = wanted
        .iter()
        .all(|c| fits(c.name, TypeRule::Is(c.ty), c.nullable))
        && input
            .reads
            .iter()
            .all(|read| fits(plain(read.column), read.rule, read.nullable));
    if !given {
        return None;
    }
    match contract.output {
        OutputContract::Unknown => Some(Frame {
            columns: Vec::new(),
            open: true,
        }),
        OutputContract::Schema(schema) => Some(Frame {
            columns: schema.columns.to_vec(),
            open: false,
        }),
        OutputContract::Passes { changes, .. } => {
            let mut out = match input.schema {
                Some(schema) => Frame {
                    columns: schema.columns.to_vec(),
                    open: false,
                },
                None => frame.clone(),
            };
            changes
                .iter()
                .try_for_each(|change| apply(*change, frame, &mut out))?;
            Some(out)
        }
    }
}

fn apply(change: Change, before: &Frame, out: &mut Frame) -> Option<()> {
    let known = |ty: NewType| match ty {
        NewType::Is(ty) => Some(ty),
        NewType::Like(column) => before.at(plain(column)).map(|at| before.columns[at].ty),
    };
    // Where the type cannot be known, nothing is: the read of that column says so, if there is one.
    match change {
        Change::Adds(column, ty, nullable) => {
            let Some(ty) = known(ty) else { return Some(()) };
            if out.at(plain(column)).is_some() {
                return None;
            }
            out.columns.push(spec(plain(column), ty, nullable));
        }
        Change::Replaces(column, ty, nullable) => {
            let Some(ty) = known(ty) else { return Some(()) };
            let new = spec(plain(column), ty, nullable);
            match out.at(plain(column)) {
                Some(at) => out.columns[at] = new,
                None if out.open => out.columns.push(new),
                None => return None,
            }
        }
        Change::Drops(column) => match out.at(plain(column)) {
            Some(at) => drop(out.columns.remove(at)),
            None if out.open => {}
            None => return None,
        },
        Change::Renames(from, to) => match (out.at(plain(from)), out.at(plain(to))) {
            (Some(at), None) => {
                let old = out.columns[at];
                out.columns[at] = spec(plain(to), old.ty, old.nullable);
            }
            (None, _) if out.open => {}
            _ => return None,
        },
        Change::NonNull(column) => match out.at(plain(column)) {
            Some(at) => out.columns[at].nullable = false,
            None if out.open => {}
            None => return None,
        },
        Change::NonNullAll => out
            .columns
            .iter_mut()
            .for_each(|column| column.nullable = false),
    }
    Some(())
}

#[test]
fn contracts_mean_what_they_say() {
    let (mut right, mut wrong) = (0, 0);
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let mut frame = Frame {
            columns: random.columns(),
            open: random.one_in(5),
        };
        let mut flow = frame.flow();
        // Several steps: what was lost on the way must not come back.
        for _ in 0..4 {
            let contract = random.contract();
            let call = call(contract, flow);
            assert!(call.len() <= ROOM, "seed {seed}");
            let out: Outcome<ROOM> = call.apply();
            let reports = reports(call);
            let Some(wanted) = model(contract, &frame) else {
                assert!(
                    !reports.is_empty(),
                    "seed {seed}: nothing reported\n{contract:#?}\n{:#?}",
                    frame.columns
                );
                wrong += 1;
                break;
            };
            assert!(
                reports.is_empty(),
                "seed {seed}: {reports:#?}\n{contract:#?}"
            );
            flow = Flow {
                columns: leak(out.columns[..call.len()].to_vec()),
                open: out.open,
            };
            let columns: Vec<ColumnSpec> = flow.live().copied().collect();
            assert_eq!(
                (&columns, flow.open),
                (&wanted.columns, wanted.open),
                "seed {seed}\n{contract:#?}"
            );
            let used = out
                .columns
                .iter()
                .rposition(|c| !matches!(c.fate, super::Fate::Nothing));
            assert!(
                used.is_none_or(|last| last < call.len()),
                "seed {seed}: `len` is too small"
            );
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
            columns: random.columns(),
            open: false,
        };
        let reads = leak(random.some(4, Random::read));
        let contract = Contract {
            step: "step",
            inputs: leak(vec![InputContract {
                arg: 0,
                schema: None,
                reads,
            }]),
            output: OutputContract::Passes {
                input: 0,
                changes: &[],
            },
        };
        let first = call(contract, frame.flow()).apply::<ROOM>();
        let columns = first
            .columns
            .iter()
            .filter(|c| !matches!(c.fate, super::Fate::Nothing));
        let flow = Flow {
            columns: leak(columns.copied().collect()),
            open: first.open,
        };
        let again = reports(call(contract, flow));
        assert!(again.is_empty(), "seed {seed}: {again:#?}\n{reads:#?}");
    }
}

#[test]
fn every_contract_goes_through_after_every_mistake() {
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let mut flow = Frame {
            columns: random.columns(),
            open: false,
        }
        .flow();
        for _ in 0..3 {
            let call = call(random.contract(), flow);
            let out: Outcome<ROOM> = call.apply();
            flow = Flow {
                columns: leak(out.columns[..call.len()].to_vec()),
                open: out.open,
            };
        }
    }
}
