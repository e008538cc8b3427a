//! The code of a pipeline.
//!
//! * `definition`: its type, its node enum, its command line;
//! * `results`: what it returns;
//! * `constructor`: the function that makes it, with
//! * `checks`: the `const` items that check it.
//!
//! The names of those items are made here.

mod checks;
mod constructor;
mod definition;
mod results;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::model::{CallArg, FrameRef, Node, Param, ParamKind, Pipeline};
use crate::errors::Errors;
use crate::names;
use crate::paths::Library;
use crate::tokens::{at, texts};

pub(super) fn emit(pipeline: &Pipeline, library: &Library, errors: Errors) -> TokenStream {
    let private = library.private();
    let definition = definition::definition(pipeline, &private);
    let constructor = constructor::constructor(pipeline, library);
    let errors = errors.into_tokens(&private);
    quote!(#definition #constructor #errors)
}

/// `DelaysPipeline`
fn marker(pipeline: &Pipeline) -> Ident {
    let name = names::camel_case(&names::plain(&pipeline.function.ident));
    format_ident!("{name}Pipeline", span = pipeline.function.ident.span())
}

/// `S` of `Frame<S>`, `()` for a frame without schema.
fn schema_type(param: &Param) -> TokenStream {
    match param.kind {
        ParamKind::Typed(schema) => quote!(#schema),
        ParamKind::Open | ParamKind::Value => quote!(()),
    }
}

/// A value for something of type `wanted`: a string literal becomes whatever owns text, an array of
/// them whatever owns texts.
fn value(expr: &Expr, wanted: &TokenStream, private: &TokenStream) -> TokenStream {
    let role = match (expr, texts(expr)) {
        (_, None) => return quote!(#expr),
        (Expr::Array(array), _) => {
            let count = array.elems.len();
            quote!(OwnedTexts::<#count>)
        }
        _ => quote!(OwnedText),
    };
    let owned = at(expr.span(), quote!((<#wanted as #private::#role>::OWNED)));
    quote_spanned!(expr.span()=> #owned(#expr))
}

fn parameter_type(i: usize) -> Ident {
    format_ident!("__PARAMETER_{i}")
}

/// What is known of a frame's columns.
fn flow(frame: FrameRef) -> TokenStream {
    match frame {
        FrameRef::Param(i) => {
            let input = input(i);
            quote!(#input)
        }
        FrameRef::Node(i) => {
            let outcome = outcome(i);
            quote!(#outcome.flow())
        }
    }
}

/// The `const` that holds what is known of an input's columns.
fn input(i: usize) -> Ident {
    format_ident!("__INPUT_{i}")
}

fn step_alias(i: usize) -> Ident {
    format_ident!("__Step_{i}")
}

fn bound(i: usize) -> Ident {
    format_ident!("__ARGUMENTS_{i}")
}

fn signature(i: usize) -> Ident {
    format_ident!("__SIGNATURE_{i}")
}

fn given_arguments(i: usize) -> Ident {
    format_ident!("__GIVEN_{i}")
}

fn call(i: usize) -> Ident {
    format_ident!("__CALL_{i}")
}

fn outcome(i: usize) -> Ident {
    format_ident!("__OUTCOME_{i}")
}

/// A string literal in a call: an argument, or in an array that is one.
struct Literal<'a> {
    /// Index of the argument.
    arg: usize,
    /// Position in the array, where it is in one.
    item: Option<usize>,
    text: &'a syn::LitStr,
    /// Whether the array has it before.
    repeated: bool,
}

fn literals<'a>(node: &Node<'a>) -> Vec<Literal<'a>> {
    let mut literals = Vec::new();
    for (arg, CallArg { value, .. }) in node.args.iter().enumerate() {
        let texts = texts(value).unwrap_or_default();
        for (i, text) in texts.iter().enumerate() {
            literals.push(Literal {
                arg,
                item: matches!(value, Expr::Array(_)).then_some(i),
                text,
                repeated: texts[..i].iter().any(|other| other.value() == text.value()),
            });
        }
    }
    literals
}

/// The last segment of the called step's path: what the user reads as its name.
fn step_span(node: &Node) -> Span {
    node.step
        .segments
        .last()
        .map_or_else(Span::call_site, |segment| segment.ident.span())
}
