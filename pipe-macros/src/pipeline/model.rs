//! A pipeline with its names resolved: what `check` makes and `emit` reads.

use proc_macro2::{Ident, Span};
use syn::{Expr, Type};

use super::attributes::{NodeOptions, PipelineOptions};
use super::parse::{Argument, PipelineFn};

/// A pipeline with its names resolved.
pub(super) struct Pipeline<'a> {
    pub(super) function: &'a PipelineFn,
    pub(super) arguments: Vec<Param<'a>>,
    pub(super) nodes: Vec<Node<'a>>,
    /// What is returned: the frame, its name's token, its declared type.
    pub(super) outputs: Vec<Output<'a>>,
    pub(super) options: PipelineOptions,
    /// Frames that nothing needs, with what to say about them if all calls have their arguments.
    pub(super) unused: Vec<(&'a Ident, String)>,
    /// Whether the arguments have types that arguments can have.
    pub(super) takes_values: bool,
    /// Whether the output types are possible, and one for each result.
    pub(super) output_fits: bool,
}

/// An argument of the pipeline.
pub(super) struct Param<'a> {
    pub(super) argument: &'a Argument,
    pub(super) name: String,
    pub(super) kind: ParamKind<'a>,
    pub(super) invalid: Option<Policy>,
}

pub(super) enum ParamKind<'a> {
    /// `Frame<S>`, with `S`
    Typed(&'a Type),
    /// `LazyFrame`, `DataFrame`
    Open,
    Value,
}

impl ParamKind<'_> {
    pub(super) fn is_frame(&self) -> bool {
        !matches!(self, Self::Value)
    }
}

/// A `let` that calls a step.
pub(super) struct Node<'a> {
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    pub(super) step: &'a syn::Path,
    /// Whether it may be one; `false` for a function of this file without `#[step]`.
    pub(super) is_step: bool,
    pub(super) args: Vec<CallArg<'a>>,
    pub(super) options: NodeOptions,
}

/// `#[invalid(…)]`: what happens to rows that break rules.
pub(super) struct Policy {
    /// Variant of `Policy`.
    pub(super) variant: Ident,
    /// The word `invalid`.
    pub(super) span: Span,
}

impl<'a> Pipeline<'a> {
    /// The frames that have a policy for rows that break rules, by name.
    pub(super) fn policies(&self) -> impl Iterator<Item = (FrameRef, &str, &Policy)> {
        let params = self.arguments.iter().enumerate().filter_map(|(i, param)| {
            Some((FrameRef::Param(i), &*param.name, param.invalid.as_ref()?))
        });
        let nodes = self.nodes.iter().enumerate().filter_map(|(i, node)| {
            Some((
                FrameRef::Node(i),
                &*node.name,
                node.options.invalid.as_ref()?,
            ))
        });
        params.chain(nodes)
    }

    /// The names of all that has a place in the store as far as can be seen here: of nodes, and of
    /// inputs for whose bad rows there is a policy, so that they have rules.
    pub(super) fn stored(&self) -> impl Iterator<Item = (&'a Ident, &str)> {
        let params = self
            .arguments
            .iter()
            .filter(|param| param.invalid.is_some());
        let params = params.map(|param| (&param.argument.ident, &*param.name));
        let nodes = self.nodes.iter().map(|node| (node.ident, &*node.name));
        params.chain(nodes)
    }
}

/// An argument of a call.
pub(super) struct CallArg<'a> {
    pub(super) name: Option<&'a Ident>,
    pub(super) value: &'a Expr,
    pub(super) means: Means,
}

/// What an argument of a call is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    Frame(FrameRef),
    /// A name that is not known, reported already.
    Unknown,
    Text,
    /// An array of so many string literals.
    Texts(usize),
    /// A parameter of the pipeline by its bare name.
    Param(usize),
    Value,
}

/// A frame of the pipeline.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FrameRef {
    Param(usize),
    Node(usize),
}

/// A returned frame.
pub(super) struct Output<'a> {
    pub(super) frame: FrameRef,
    pub(super) span: Span,
    /// The type that the signature says.
    pub(super) ty: &'a Type,
    pub(super) declared: ParamKind<'a>,
}

impl<'a> Output<'a> {
    /// Whether the signature says that it is a value.
    pub(super) fn is_value(&self) -> bool {
        matches!(self.declared, ParamKind::Value)
    }

    /// The `S` of `Frame<S>`.
    pub(super) fn schema(&self) -> Option<&'a Type> {
        match self.declared {
            ParamKind::Typed(schema) => Some(schema),
            ParamKind::Open | ParamKind::Value => None,
        }
    }
}
