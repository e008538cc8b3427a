//! Between the macros and the runtime: a pipeline whose wiring the compiler has checked becomes a
//! [`Graph`].

#![allow(missing_docs, reason = "called by generated code only; the doc comments are for its authors")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::LazyFrame;

use crate::contract::{Contract, Flow, NamedSchema, Signature};
use crate::graph::{Graph, Input, Node, NodeOptions, NodeRef};
use crate::pipeline::{Pipeline, PipelineDef};
use crate::source::{KnownFiles, Source, SourceError, SourceIdentity};
use crate::step::{Code, Step};

/// A step made by `#[step]` on a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step",
    label = "not a step",
    note = "write `#[step]` above the function"
)]
pub trait StepDef: Step + Sized + 'static {
    const SIGNATURE: Signature;
    const CONTRACT: Contract;
    /// The parameters that were given so far.
    type Partial: Default;
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

/// The arguments given to a step so far.
pub struct CallArgs<S: StepDef> {
    pub partial: S::Partial,
    /// Frames with the position of their argument.
    pub inputs: Vec<(usize, NodeRef)>,
}

impl<S: StepDef> CallArgs<S> {
    #[must_use]
    pub fn new() -> Self {
        Self { partial: S::Partial::default(), inputs: Vec::new() }
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
    pub helpers: &'static [Helper],
}

impl Code {
    /// The code of a step function.
    #[must_use]
    pub fn of(function: &Helper, version: u32) -> Self {
        let mut helpers = BTreeMap::new();
        collect(function.helpers, &mut helpers);
        Self { digest: function.digest.to_owned(), version, helpers }
    }

    /// The code of a hand-written step.
    #[must_use]
    pub fn of_tokens(digest: &str, version: u32) -> Self {
        Self { digest: digest.to_owned(), version, helpers: BTreeMap::new() }
    }
}

/// Two functions of one name in different modules both count.
fn collect(helpers: &[Helper], into: &mut BTreeMap<String, String>) {
    for helper in helpers {
        let digests = into.entry(helper.name.to_owned()).or_default();
        if !digests.contains(helper.digest) {
            digests.push_str(helper.digest);
            collect(helper.helpers, into);
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
        })
    }

    pub fn input(
        &mut self,
        name: &str,
        source: Result<Arc<dyn Source>, SourceError>,
        schema: Option<NamedSchema>,
    ) -> NodeRef {
        let source = source.unwrap_or_else(|error| Arc::new(Broken(error)));
        self.0.inputs.push(Input { name: name.to_owned(), source, schema });
        NodeRef::Input(self.0.inputs.len() - 1)
    }

    pub fn node<S: StepDef>(
        &mut self,
        name: &str,
        call: CallArgs<S>,
        options: NodeOptions,
        promise: Flow,
        place: &'static str,
    ) -> NodeRef {
        let mut inputs = call.inputs;
        inputs.sort_by_key(|(argument, _)| *argument);
        // A missing argument is a compile error, so this node is never built without one.
        let step = S::finish(call.partial)
            .unwrap_or_else(|| unreachable!("an argument of `{name}` is missing"));
        self.0.nodes.push(Node {
            name: name.to_owned(),
            step: Arc::new(step),
            inputs: inputs.into_iter().map(|(_, input)| input).collect(),
            options,
            promise: Some(promise),
            place: Some(place),
        });
        NodeRef::Node(self.0.nodes.len() - 1)
    }

    #[must_use]
    pub fn finish<D: PipelineDef>(mut self, outputs: Vec<NodeRef>) -> Pipeline<D> {
        self.0.outputs = outputs;
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
    label = "not a `{Self}`"
)]
pub trait OwnedText {
    fn owned(text: &'static str) -> Self;
}

macro_rules! owned_text {
    ($($ty:ty),*) => {$(
        impl OwnedText for $ty {
            fn owned(text: &'static str) -> Self {
                text.into()
            }
        }
    )*};
}

owned_text!(String, crate::step::ColumnName, std::path::PathBuf, &'static str);

/// A string literal as whatever the argument wants.
#[must_use]
pub fn owned_text<T: OwnedText>(text: &'static str) -> T {
    T::owned(text)
}
