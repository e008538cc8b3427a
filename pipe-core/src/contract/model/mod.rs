//! [`Call::apply`] beside a model of it in ordinary Rust, over random contracts.
//!
//! The model knows what a clause means; what the algebra adds (hashes, places, fixed sizes, the
//! afterlife of columns that are gone) must not show in the columns that come out. Contracts come
//! from a small generator with fixed seeds: a failing case can be run again by its seed.
//!
//! * `clauses`: what is read, and what changes;
//! * `sides`: what comes out of several inputs;
//! * `polars`: joins and unions beside Polars itself, over random data.

mod clauses;
mod polars;
mod sides;

use super::call::{BoundInput, BoundName, Call, Outcome};
use super::flow::Flow;
use super::join::continue_hash;
use super::{
    Change, ColumnRef, ColumnSpec, ColumnType, Contract, FlowColumn, How, InputContract, Join, Key,
    NamedSchema, NewType, OutputContract, Read, TypeRule, Union, UnionHow,
};

/// More than any case needs.
const ROOM: usize = 96;
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const TYPES: [ColumnType; 4] = [
    ColumnType::Int64,
    ColumnType::Float64,
    ColumnType::String,
    ColumnType::Date,
];
/// The argument that names two columns; the one at `i` names `NAMES[i]`.
const LIST: usize = 50;
const LISTED: [&str; 2] = ["b", "d"];
/// The first argument that is a frame.
const FRAMES: usize = 100;
const SIDES: [&str; 3] = ["left", "right", "third"];

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

    /// A name by itself, or by the `ColumnName` argument that `call` binds to it.
    fn column(&mut self) -> ColumnRef {
        let index = self.below(NAMES.len());
        if self.one_in(4) {
            ColumnRef::Arg(index)
        } else {
            name(NAMES[index])
        }
    }

    /// The same, or the argument that names several.
    fn columns(&mut self) -> ColumnRef {
        if self.one_in(8) {
            ColumnRef::Arg(LIST)
        } else {
            self.column()
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
            column: self.columns(),
            rule,
            nullable: self.one_in(2),
            optional: self.one_in(5),
        }
    }

    /// A change in a step with so many inputs.
    fn change(&mut self, inputs: usize) -> Change {
        let ty = |random: &mut Self| match random.below(5) {
            0 => {
                let input = random.one_in(2).then(|| random.below(inputs));
                NewType::Like(input, random.column())
            }
            _ => NewType::Is(random.pick(&TYPES)),
        };
        match self.below(6) {
            0 => Change::Adds(self.columns(), ty(self), self.one_in(2)),
            1 => Change::Replaces(self.columns(), ty(self), self.one_in(2)),
            2 => Change::Drops(self.columns()),
            3 => Change::Renames(self.column(), self.column()),
            4 => Change::NonNull(self.columns()),
            _ => Change::NonNullAll,
        }
    }

    /// Columns with different names, mostly of the types that they have elsewhere.
    fn frame(&mut self) -> Vec<ColumnSpec> {
        let mut columns = Vec::new();
        for (i, name) in NAMES.into_iter().enumerate() {
            if !self.one_in(3) {
                let ty = if self.one_in(8) {
                    self.pick(&TYPES)
                } else {
                    TYPES[i % TYPES.len()]
                };
                columns.push(spec(name, ty, self.one_in(2)));
            }
        }
        columns
    }
}

fn leak<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

/// A hash with collisions: bytes must decide. Like the real one, it can go on at the end of a name.
fn hash(name: &str) -> u64 {
    let (first, rest) = name.split_at(1);
    continue_hash(u64::from(first.as_bytes()[0] % 2), rest)
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
        ColumnRef::Arg(arg) => NAMES[arg],
    }
}

/// The columns that a clause means in this call.
fn plains(column: ColumnRef) -> Vec<&'static str> {
    match column {
        ColumnRef::Arg(LIST) => LISTED.to_vec(),
        other => vec![plain(other)],
    }
}

fn open_input(at: usize, reads: Vec<Read>) -> InputContract {
    InputContract {
        name: SIDES[at],
        arg: FRAMES + at,
        schema: None,
        reads: leak(reads),
    }
}

fn contract(inputs: Vec<InputContract>, output: OutputContract) -> Contract {
    Contract {
        step: "step",
        inputs: leak(inputs),
        output,
    }
}

fn call(contract: Contract, flows: impl IntoIterator<Item = Flow>) -> Call {
    let single = NAMES.iter().enumerate();
    let listed = LISTED.iter().map(|name| (LIST, name));
    let names = single.chain(listed).map(|(arg, name)| BoundName {
        arg,
        name,
        hash: hash(name),
    });
    let inputs = flows.into_iter().enumerate().map(|(i, flow)| BoundInput {
        arg: FRAMES + i,
        flow,
    });
    let call = Call {
        contract,
        inputs: leak(inputs.collect()),
        names: leak(names.collect()),
        focus: None,
        place: "src/lib.rs:1:1",
        made: &[],
    };
    // What `pipeline!` does, which knows the length.
    let made = call.make_names::<1024>();
    Call {
        made: leak(made[..call.names_len()].to_vec()),
        ..call
    }
}

/// What comes out of a call, and everything that is reported, at the step, its arguments and its keys.
fn outcome(call: Call) -> (Outcome<ROOM>, Vec<String>) {
    assert!(call.len() <= ROOM);
    let out: Outcome<ROOM> = call.apply();
    assert!(out.len <= call.len(), "`len` is too small");
    let keys = match call.contract.output {
        OutputContract::Joins { join, .. } => join.keys.len(),
        _ => 0,
    };
    let keys = (0..keys).flat_map(|key| {
        [super::Side::Left, super::Side::Right].map(|side| call.contract.check_key(key, side))
    });
    let about = (0..call.names.len()).map(|literal| out.about(&call, literal));
    let all = [out.report].into_iter().chain(about).chain(keys);
    let reports = all.map(|report| report.as_str().to_owned());
    let reports = reports.filter(|text| !text.is_empty()).collect();
    (out, reports)
}

fn flow(out: &Outcome<ROOM>) -> Flow {
    Flow {
        columns: leak(out.columns[..out.len].to_vec()),
        open: out.open,
    }
}

/// A frame as the model knows it: what is known of its columns, and whether there may be others.
#[derive(Clone, Debug, PartialEq)]
struct Frame {
    columns: Vec<ColumnSpec>,
    open: bool,
}

impl Frame {
    fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn get(&self, name: &str) -> Option<ColumnSpec> {
        self.at(name).map(|at| self.columns[at])
    }

    fn flow(&self) -> Flow {
        let columns = self.columns.iter();
        Flow {
            columns: leak(columns.map(|column| FlowColumn::given(*column)).collect()),
            open: self.open,
        }
    }

    fn of(flow: Flow) -> Self {
        Self {
            columns: flow.live().copied().collect(),
            open: flow.open,
        }
    }
}
