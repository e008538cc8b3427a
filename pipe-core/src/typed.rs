//! Between the macros and the runtime: a pipeline whose wiring the compiler has checked becomes a
//! [`Graph`].

#![allow(
    missing_docs,
    reason = "called by generated code only; the doc comments are for its authors"
)]

use std::path::Path;
use std::sync::Arc;

use polars::prelude::LazyFrame;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::checkpoints::Checkpoints;
use crate::cli::Arguments;
use crate::constant::Constant;
use crate::contract::{Contract, Flow, NamedSchema, OutputContract, Signature};
use crate::environment::Build;
use crate::frame::Frame;
use crate::graph::{Graph, Input, Node, NodeOptions, NodeRef};
use crate::pipeline::{Pipeline, PipelineDef};
use crate::results::Made;
use crate::rules::{NodeRules, Policy};
use crate::secret::Secret;
use crate::source::{KnownFiles, Source, SourceError, SourceIdentity};
use crate::step::{Code, Inputs, OutputKind, Parameters, Step, StepError, StepOutput};

/// A step made by `#[step]` on a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step",
    label = "not a step",
    note = "write `#[step]` above the function"
)]
pub trait StepDef: Step + Sized + 'static {
    /// The step itself: what is none has no such type, and says so once.
    type Itself: StepDef;
    const SIGNATURE: Signature;
    const CONTRACT: Contract;
    /// What it gives: `LazyFrame` for everything that is written as a frame.
    type Output;
    /// Whether it puts rows aside that it fails for.
    const PUTS_ASIDE: bool = false;
    /// Whether it tries rows again that it fails for, each by itself.
    const RETRIES_ROWS: bool = false;
    /// The parameters that were given so far.
    type Partial;
    /// None yet. No `Default`: rustc would compare the impl with every other one there is.
    fn start() -> Self::Partial;
    /// `None` if one is missing.
    fn finish(partial: Self::Partial) -> Option<Self>;
}

/// The argument of a step at position `I`, of type `T`.
pub trait StepArg<const I: usize, T>: StepDef {
    /// Hands it over. A function pointer, so that a wrong type is an error at the user's value and
    /// nowhere else.
    const SET: fn(&mut CallArgs<Self>, T);
}

/// Takes whatever was given for an argument that the step does not have: the compiler has said so.
impl<S: StepDef, T> StepArg<{ Signature::NONE }, T> for S {
    const SET: fn(&mut CallArgs<Self>, T) = |_, _| {};
}

/// The type of the argument at position `I`, `LazyFrame` for a frame: string literals become what it
/// wants, results must be of it.
pub trait StepArgType<const I: usize> {
    type Type;
}

impl<S: StepDef> StepArgType<{ Signature::NONE }> for S {
    type Type = Unbound;
}

/// Takes whatever literals were given for an argument that the step does not have.
pub struct Unbound;

// The types that a step's function mentions are looked at once, where one of the following three is
// made, and used through it afterwards. They have no bounds themselves, so that a type that cannot
// be what it should is one error, at that type.

/// The type of an argument that is a frame.
pub struct InputType<T> {
    pub schema: Option<NamedSchema>,
    pub from_input: fn(LazyFrame) -> Result<T, StepError>,
}

impl<S> InputType<Frame<S>> {
    /// `Frame<S>`.
    #[must_use]
    pub const fn typed(schema: NamedSchema) -> Self {
        Self {
            schema: Some(schema),
            from_input: |lazy| Ok(lazy.into()),
        }
    }
}

impl<T> InputType<T> {
    /// The step's argument. It sees exactly the columns of its schema: Polars then reads no others.
    ///
    /// # Errors
    ///
    /// When there are no more inputs, or an eager one cannot be computed.
    pub fn take(&self, inputs: &mut Inputs) -> Result<T, StepError> {
        let lazy = inputs.next_frame()?;
        let lazy = match self.schema {
            Some(schema) => lazy.select(
                schema
                    .columns
                    .iter()
                    .map(|c| crate::engine::column(c.name))
                    .collect::<Vec<_>>(),
            ),
            None => lazy,
        };
        (self.from_input)(lazy)
    }
}

/// The type of a result.
pub struct OutputType<T> {
    pub kind: OutputKind,
    pub schema: Option<NamedSchema>,
    pub into_output: fn(T) -> Result<StepOutput, StepError>,
}

/// The type of an argument that is a value.
pub struct ParameterType<T> {
    pub copy: fn(&T) -> T,
    pub add: fn(&mut Parameters, &str, &T) -> Result<(), StepError>,
}

/// A value that a step can take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a step",
    label = "neither a frame nor a value that can be part of a key",
    note = "a value is cloned for every run, serialised for the key of the step's checkpoint, and sent to the thread that runs it:\nwrite `#[derive(Clone, serde::Serialize)]` above its type",
    note = "a frame is written `Frame<S>`, `LazyFrame` or `DataFrame` here; a type alias hides it"
)]
pub trait StepParameter: Sized {
    const TYPE: ParameterType<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Serialize + Send + Sync + 'static> StepParameter for T {
    const TYPE: ParameterType<Self> = ParameterType {
        copy: T::clone,
        add: |parameters, name, value| parameters.add(name, value),
    };
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Serialize + Send + Sync + 'static> StepParameter for Secret<T> {
    const TYPE: ParameterType<Self> = ParameterType {
        copy: Self::clone,
        add: |parameters, name, value| parameters.add(name, value),
    };
}

/// Takes an argument of that name off the command line, or else its default.
pub type ReadArgument<T> = fn(&mut Arguments, &str, Option<fn() -> T>) -> Option<T>;

/// The type of a pipeline's parameter.
pub struct PipelineParameterType<T> {
    pub copy: fn(&T) -> T,
    pub read: ReadArgument<T>,
    pub is_secret: bool,
}

/// A value that a pipeline can take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a pipeline",
    label = "neither a frame nor a value that can be read from the command line",
    note = "write `#[derive(Clone, serde::Deserialize)]` above its type",
    note = "a frame is written `Frame<S>`, `LazyFrame` or `DataFrame` here; a type alias hides it"
)]
pub trait PipelineParameter: Sized {
    const TYPE: PipelineParameterType<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + DeserializeOwned> PipelineParameter for T {
    const TYPE: PipelineParameterType<Self> = PipelineParameterType {
        copy: T::clone,
        read: |given, name, default| given.value(name, default),
        is_secret: false,
    };
}

#[diagnostic::do_not_recommend]
impl<T: Clone + DeserializeOwned> PipelineParameter for Secret<T> {
    const TYPE: PipelineParameterType<Self> = PipelineParameterType {
        copy: Self::clone,
        read: |given, name, default| given.secret(name, default),
        is_secret: true,
    };
}

/// The arguments given to a step so far.
pub struct CallArgs<S: StepDef> {
    pub partial: S::Partial,
    /// Frames and values with the position of their argument.
    pub inputs: Vec<(usize, NodeRef)>,
}

impl<S: StepDef> CallArgs<S> {
    #[must_use]
    pub fn new() -> Self {
        Self {
            partial: S::start(),
            inputs: Vec::new(),
        }
    }
}

impl<S: StepDef> Default for CallArgs<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// A function whose code is part of the keys of the steps that call it.
#[diagnostic::on_unimplemented(
    message = "the code of `{Self}` is not tracked: a change in it would go unnoticed",
    label = "not tracked",
    note = "write `#[tracked]` above the function, or opt out with `#[step(untracked({Self}))]`"
)]
pub trait Tracked {
    const HELPER: Helper;
}

/// The code of a function and of those that it calls.
#[derive(Clone, Copy, Debug)]
pub struct Helper {
    pub name: &'static str,
    pub digest: &'static str,
    /// Functions, since two may call each other.
    pub helpers: &'static [fn() -> Helper],
    pub constants: &'static [Constant],
}

impl Code {
    /// The code of a step.
    #[must_use]
    pub fn of(step: &Helper, version: u32) -> Self {
        let mut code = Self {
            version,
            ..Self::by_hand(step.digest)
        };
        code.add_used(step);
        code
    }

    /// Adds what a function uses, directly or not. Two functions of one name in different modules both
    /// count, and so do two constants.
    fn add_used(&mut self, function: &Helper) {
        for constant in function.constants {
            let values = self.constants.entry(constant.name.to_owned()).or_default();
            let value = (constant.value)();
            if values.is_empty() {
                *values = value;
            } else if values.split('\n').all(|known| known != value) {
                values.push('\n');
                values.push_str(&value);
            }
        }
        for helper in function.helpers {
            let helper = helper();
            let digests = self.helpers.entry(helper.name.to_owned()).or_default();
            if !digests.contains(helper.digest) {
                digests.push_str(helper.digest);
                self.add_used(&helper);
            }
        }
    }
}

/// Builds the graph of a checked pipeline.
pub struct PipelineBuilder(Graph);

impl PipelineBuilder {
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Graph {
            name: name.to_owned(),
            inputs: Vec::new(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            build: Build::default(),
            checkpoints: Checkpoints::default(),
        })
    }

    pub fn input(
        &mut self,
        name: &str,
        source: Result<Arc<dyn Source>, SourceError>,
        schema: Option<NamedSchema>,
    ) -> Made<LazyFrame> {
        let source = source.unwrap_or_else(|error| Arc::new(Broken(error)));
        self.0.inputs.push(Input {
            name: name.to_owned(),
            source,
            schema,
            rules: NodeRules::default(),
        });
        Made::by(NodeRef::Input(self.0.inputs.len() - 1))
    }

    pub fn node<S: StepDef>(
        &mut self,
        name: &str,
        call: CallArgs<S>,
        mut options: NodeOptions,
        promise: Flow,
        place: &'static str,
    ) -> Made<S::Output> {
        let mut inputs = call.inputs;
        inputs.sort_by_key(|(argument, _)| *argument);
        for &(argument, input) in &inputs {
            let contract = S::CONTRACT.inputs.iter().find(|i| i.arg == argument);
            if let Some(schema) = contract.and_then(|contract| contract.schema) {
                self.0.hold(input, schema);
            }
        }
        let mut rules = NodeRules::default();
        if let OutputContract::Schema(schema) = S::CONTRACT.output {
            rules.add(schema);
        }
        // A missing argument is a compile error, so this node is never built without one.
        let step = S::finish(call.partial)
            .unwrap_or_else(|| unreachable!("an argument of `{name}` is missing"));
        // Which errors may pass is the step's to say.
        if let Some(retry) = &mut options.retry {
            retry.when = step.options().retry.and_then(|own| own.when);
        }
        self.0.nodes.push(Node {
            name: name.to_owned(),
            step: Arc::new(step),
            inputs: inputs.into_iter().map(|(_, input)| input).collect(),
            options,
            // A value has no columns.
            promise: S::SIGNATURE.value.is_none().then_some(promise),
            place: Some(place),
            rules,
        });
        Made::by(NodeRef::Node(self.0.nodes.len() - 1))
    }

    /// Says what happens to rows of a frame that break a rule.
    pub fn invalid<T>(&mut self, frame: Made<T>, policy: Policy) {
        self.0.rules_of(frame.node).policy = policy;
    }

    /// Says that a frame is returned as one of this schema.
    pub fn returns<T>(&mut self, frame: Made<T>, schema: NamedSchema) {
        self.0.hold(frame.node, schema);
    }

    #[must_use]
    pub fn finish<D: PipelineDef>(mut self, outputs: Vec<NodeRef>) -> Pipeline<D> {
        self.0.outputs = outputs;
        self.0.build = Build {
            environment: D::ENVIRONMENT,
            packages: D::PACKAGES,
        };
        self.0.checkpoints = D::CHECKPOINTS;
        Pipeline::from_graph(self.0)
    }
}

/// A source that could not even be made; it says so when it is opened.
struct Broken(SourceError);

impl Source for Broken {
    fn describe(&self) -> String {
        self.0.source_name.clone()
    }

    fn open(&self, _: Option<NamedSchema>) -> Result<LazyFrame, SourceError> {
        Err(self.0.clone())
    }

    fn identity(&self, _: &mut dyn KnownFiles) -> Result<SourceIdentity, SourceError> {
        Err(self.0.clone())
    }

    fn at(&self, path: &Path) -> Option<Arc<dyn Source>> {
        crate::source::from_path(path).ok()
    }
}

/// A type that a string literal in a pipeline can become.
#[diagnostic::on_unimplemented(
    message = "expected `{Self}`, found a string",
    label = "not a `{Self}`",
    note = "a string literal can be a `String`, `ColumnName`, `PathBuf` or `&'static str`"
)]
pub trait OwnedText: Sized {
    const OWNED: fn(&'static str) -> Self;
}

macro_rules! owned_text {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl OwnedText for $ty {
            const OWNED: fn(&'static str) -> Self = Into::into;
        }
    )*};
}

owned_text!(
    String,
    crate::step::ColumnName,
    std::path::PathBuf,
    &'static str
);

#[diagnostic::do_not_recommend]
impl OwnedText for Unbound {
    const OWNED: fn(&'static str) -> Self = |_| Self;
}

/// A type that an array of `N` string literals in a pipeline can become.
#[diagnostic::on_unimplemented(
    message = "expected `{Self}`, found an array",
    label = "not a `{Self}`",
    note = "an array of string literals can be a `ColumnNames`, a `Vec<String>` or a `[String; {N}]`"
)]
pub trait OwnedTexts<const N: usize>: Sized {
    const OWNED: fn([&'static str; N]) -> Self;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> OwnedTexts<N> for crate::step::ColumnNames {
    const OWNED: fn([&'static str; N]) -> Self = Into::into;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, T: OwnedText> OwnedTexts<N> for Vec<T> {
    const OWNED: fn([&'static str; N]) -> Self = |texts| texts.map(T::OWNED).into();
}

#[diagnostic::do_not_recommend]
impl<const N: usize, T: OwnedText> OwnedTexts<N> for [T; N] {
    const OWNED: fn([&'static str; N]) -> Self = |texts| texts.map(T::OWNED);
}

#[diagnostic::do_not_recommend]
impl<const N: usize> OwnedTexts<N> for Unbound {
    const OWNED: fn([&'static str; N]) -> Self = |_| Self;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_of_one_name_are_told_apart() {
        fn code(values: [fn() -> String; 2]) -> Code {
            let mut code = Code::by_hand("step");
            for value in values {
                let constant = Constant {
                    name: "LIMIT",
                    value,
                };
                code.add_used(&Helper {
                    name: "helper",
                    digest: "",
                    helpers: &[],
                    constants: Box::leak(Box::new([constant])),
                });
            }
            code
        }

        let one = code([|| "1".into(), || "23".into()]);
        let other = code([|| "12".into(), || "3".into()]);
        assert_ne!(one, other);
    }
}
