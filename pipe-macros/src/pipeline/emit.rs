//! The code of a pipeline: its type, its node enum, its constructor with the checks, its command
//! line.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::check::{CallArg, FrameRef, Means, Node, Output, Param, ParamKind, Pipeline};
use super::parse::documentation;
use crate::errors::Errors;
use crate::names;
use crate::paths::Library;
use crate::step::emit as step_emit;
use crate::tokens::at;

pub(super) fn emit(pipeline: &Pipeline, library: &Library, errors: Errors) -> TokenStream {
    let private = library.private();
    let sound = errors.is_empty();
    let definition = definition(pipeline, &private, sound);
    let constructor = constructor(pipeline, &private, sound);
    let errors = errors.into_tokens(&private);
    quote!(#definition #constructor #errors)
}

/// `DelaysPipeline`
fn marker(pipeline: &Pipeline) -> Ident {
    let name = names::camel_case(&names::plain(&pipeline.function.ident));
    format_ident!("{name}Pipeline", span = pipeline.function.ident.span())
}

/// The pipeline's type, its node enum and its command line.
fn definition(pipeline: &Pipeline, private: &TokenStream, sound: bool) -> TokenStream {
    let function = pipeline.function;
    let vis = &function.vis;
    let name = names::plain(&function.ident);
    let marker = marker(pipeline);
    let nodes = format_ident!("{}Node", names::camel_case(&name), span = function.ident.span());
    let mut variants: Vec<(Ident, &str)> = Vec::new();
    for node in &pipeline.nodes {
        let variant = format_ident!("{}", names::camel_case(&node.name));
        if variants.iter().all(|(other, _)| *other != variant) {
            variants.push((variant, &node.name));
        }
    }
    let (idents, texts): (Vec<_>, Vec<_>) = variants.into_iter().unzip();
    let variant_docs = texts.iter().map(|text| format!("The result `{text}`."));
    let node_name = if idents.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(Self::#idents => #texts),* })
    };
    let output = &function.output;
    let output = if sound { quote!(#output) } else { quote!(#private::polars::prelude::LazyFrame) };
    let marker_doc = format!("Pipeline `{name}`: made by [`{name}()`], run by `main`.");
    let docs = function.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let nodes_doc = format!("The results of pipeline `{name}`.");
    let command_line = command_line(pipeline, &marker, private, sound);
    quote! {
        #[doc = #marker_doc]
        #[doc = ""]
        #(#docs)*
        #[derive(Debug)]
        #vis enum #marker {}

        #[doc = #nodes_doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #vis enum #nodes { #(#[doc = #variant_docs] #idents),* }

        #[automatically_derived]
        impl #private::NodeName for #nodes {
            fn node_name(&self) -> &str {
                #node_name
            }
        }

        #[automatically_derived]
        impl #private::PipelineDef for #marker {
            type Node = #nodes;
            type Output = #output;
            const NAME: &'static str = #name;
        }

        #command_line

        #[automatically_derived]
        #[allow(dead_code)]
        impl #marker {
            /// Runs the pipeline's command line with the arguments of the process.
            #[must_use]
            #vis fn main() -> ::std::process::ExitCode {
                #private::cli::main::<Self>()
            }
        }
    }
}

fn command_line(
    pipeline: &Pipeline,
    marker: &Ident,
    private: &TokenStream,
    sound: bool,
) -> TokenStream {
    let function = pipeline.function;
    let doc = documentation(&function.attrs);
    let specs = pipeline.arguments.iter().map(|param| {
        let (name, doc) = (&param.name, documentation(&param.argument.attrs));
        let ty = names::readable(&param.argument.ty);
        let default = match &param.argument.default {
            Some(default) => {
                let text = names::readable(default);
                quote!(::core::option::Option::Some(#text))
            }
            None => quote!(::core::option::Option::None),
        };
        let is_source = param.kind.is_frame();
        quote! {
            #private::cli::ArgumentSpec {
                name: #name,
                doc: #doc,
                ty: #ty,
                is_source: #is_source,
                default: #default,
            }
        }
    });
    let body = if sound {
        let constructor = &function.ident;
        let idents: Vec<Ident> =
            (0..pipeline.arguments.len()).map(|i| format_ident!("argument_{i}")).collect();
        let values = pipeline.arguments.iter().map(|param| argument(param, private));
        quote! {
            #(let #idents = #values;)*
            given.finish()?;
            // Every argument is there: `finish` has reported the others.
            let (#(::core::option::Option::Some(#idents),)*) = (#(#idents,)*) else {
                return ::core::result::Result::Err(#private::cli::ArgumentError::default());
            };
            ::core::result::Result::Ok(#constructor(#(#idents),*))
        }
    } else {
        quote!(::core::unreachable!())
    };
    quote! {
        #[automatically_derived]
        impl #private::cli::CommandLine for #marker {
            const DOC: &'static str = #doc;
            const ARGUMENTS: &'static [#private::cli::ArgumentSpec] = &[#(#specs),*];

            #[allow(unused_variables, irrefutable_let_patterns)]
            fn from_arguments(
                given: &mut #private::cli::Arguments,
            ) -> ::core::result::Result<#private::Pipeline<Self>, #private::cli::ArgumentError> {
                #body
            }
        }
    }
}

/// Takes one argument off the command line; its default is only evaluated where it is needed.
fn argument(param: &Param, private: &TokenStream) -> TokenStream {
    let name = &param.name;
    let default = param.argument.default.as_ref();
    match param.kind {
        ParamKind::Value => {
            let ty = &param.argument.ty;
            let default = default.map(|default| owned_text(default, private));
            let default = match default {
                Some(default) => quote!(::core::option::Option::Some(|| -> #ty { #default })),
                None => quote!(::core::option::Option::None::<fn() -> #ty>),
            };
            quote_spanned!(ty.span()=> given.value::<#ty>(#name, #default))
        }
        ParamKind::Typed(_) | ParamKind::Open => {
            let schema = schema_type(param);
            let default = match default {
                Some(default) => quote_spanned! {default.span()=>
                    ::core::option::Option::Some(|| #private::IntoSource::<#schema>::into_source(#default))
                },
                None => quote! {
                    ::core::option::Option::None::<fn() -> ::core::result::Result<
                        ::std::sync::Arc<dyn #private::Source>,
                        #private::SourceError,
                    >>
                },
            };
            quote!(given.source(#name, #default))
        }
    }
}

/// `S` of `Frame<S>`, `()` for a frame without schema.
fn schema_type(param: &Param) -> TokenStream {
    match param.kind {
        ParamKind::Typed(schema) => quote!(#schema),
        ParamKind::Open | ParamKind::Value => quote!(()),
    }
}

/// A string literal becomes whatever owns text: `String`, `ColumnName`.
fn owned_text(expr: &Expr, private: &TokenStream) -> TokenStream {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(_), .. }) => {
            quote_spanned!(expr.span()=> #private::owned_text(#expr))
        }
        _ => quote!(#expr),
    }
}

/// The function that makes the pipeline. The checks are `const` items in it: they see the same names
/// as the user's own code, and rustc evaluates them whether or not anybody calls it.
fn constructor(pipeline: &Pipeline, private: &TokenStream, sound: bool) -> TokenStream {
    let function = pipeline.function;
    let (vis, ident) = (&function.vis, &function.ident);
    let docs = function.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let marker = marker(pipeline);
    let params = pipeline.arguments.iter().map(|param| {
        let (ident, ty) = (&param.argument.ident, &param.argument.ty);
        if param.kind.is_frame() {
            let schema = schema_type(param);
            quote_spanned!(ty.span()=> #ident: impl #private::IntoSource<#schema>)
        } else {
            quote!(#ident: #ty)
        }
    });
    let inputs = pipeline.arguments.iter().enumerate().map(|(i, param)| input_flow(i, param, private));
    let nodes = pipeline.nodes.iter().enumerate().map(|(i, node)| {
        let twin = pipeline.nodes[..i].iter().any(|other| other.name == node.name);
        checks(i, node, twin, private)
    });
    let outputs = pipeline
        .outputs
        .iter()
        .enumerate()
        .filter_map(|(i, output)| output_check(i, output, private));
    let build = if sound { build(pipeline, private) } else { quote!(::core::unreachable!()) };
    quote! {
        #(#docs)*
        #[allow(
            unused_variables,
            dead_code,
            non_upper_case_globals,
            non_camel_case_types,
            clippy::too_many_arguments,
            clippy::too_many_lines,
            clippy::items_after_statements,
            clippy::needless_pass_by_value,
            clippy::clone_on_copy,
            clippy::must_use_candidate,
            clippy::useless_conversion
        )]
        #vis fn #ident(#(#params),*) -> #private::Pipeline<#marker> {
            #(#inputs)*
            #(#nodes)*
            #(#outputs)*
            #build
        }
    }
}

/// The `const` that holds what is known of a frame's columns.
fn flow(frame: FrameRef) -> Ident {
    match frame {
        FrameRef::Param(i) => format_ident!("__INPUT_{i}"),
        FrameRef::Node(i) => format_ident!("__FLOW_{i}"),
    }
}

fn input_flow(i: usize, param: &Param, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let name = flow(FrameRef::Param(i));
    match param.kind {
        ParamKind::Typed(schema) => {
            let columns = quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::COLUMNS);
            quote! {
                const #name: #contract::Flow = {
                    const COLUMNS: &[#contract::ColumnSpec] = #columns;
                    #contract::Flow {
                        columns: &#contract::Flow::input::<{ COLUMNS.len() }>(COLUMNS),
                        open: false,
                    }
                };
            }
        }
        ParamKind::Open => quote!(const #name: #contract::Flow = #contract::Flow::UNKNOWN;),
        ParamKind::Value => TokenStream::new(),
    }
}

fn step_alias(i: usize) -> Ident {
    format_ident!("__Step_{i}")
}

fn bound(i: usize) -> Ident {
    format_ident!("__ARGUMENTS_{i}")
}

/// What the compiler checks of one call, each mistake at its own token.
fn checks(i: usize, node: &Node, twin: bool, private: &TokenStream) -> TokenStream {
    // A name that was given twice is reported; here it must not be a mistake once more.
    let label = if twin { format!("{}_{i}", node.name) } else { node.name.clone() };
    let contract = quote!(#private::contract);
    let (step, path) = (step_alias(i), node.step);
    let (bound, flow_name) = (bound(i), flow(FrameRef::Node(i)));
    if !node.is_step {
        return quote!(const #flow_name: #contract::Flow = #contract::Flow::UNKNOWN;);
    }
    let given_name = format_ident!("__GIVEN_{i}");
    let call = format_ident!("__CALL_{i}");
    let outcome = format_ident!("__OUTCOME_{i}");
    let count = node.args.len();
    let given = node.args.iter().map(|arg| given(arg, &contract));
    let span = step_span(node);
    let signature = quote!(<#step as #private::StepDef>::SIGNATURE);

    let inputs = node.args.iter().enumerate().filter_map(|(k, arg)| match arg.means {
        Means::Frame(frame) => {
            let flow = flow(frame);
            Some(quote!(#contract::BoundInput { arg: #bound[#k], flow: #flow }))
        }
        _ => None,
    });
    let texts = node.args.iter().enumerate().filter_map(|(k, arg)| {
        let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = arg.value else { return None };
        let hash = names::hash(&text.value());
        Some(quote!(#contract::BoundName { arg: #bound[#k], name: #text, hash: #hash }))
    });
    let argument_checks = node.args.iter().enumerate().map(|(k, arg)| {
        let check = format_ident!("argument_{}_of_{}", k + 1, label);
        let span = arg.name.map_or_else(|| arg.value.span(), Ident::span);
        let raise = at(span, quote!(#signature.check(&#given_name, #k).raise()));
        quote!(const #check: () = #raise;)
    });
    let missing = format_ident!("arguments_of_{label}");
    let columns = format_ident!("columns_of_{label}");
    let raise_missing = at(span, quote!(#signature.check_missing(&#given_name).raise()));
    let raise_columns = at(span, quote!(#outcome.report.raise()));
    let place = at(
        span,
        quote!(::core::concat!(::core::file!(), ":", ::core::line!(), ":", ::core::column!())),
    );
    quote! {
        type #step = #path;
        const #given_name: [#contract::Given; #count] = [#(#given),*];
        const #bound: [usize; #count] = #signature.bind(&#given_name);
        #(#argument_checks)*
        const #missing: () = #raise_missing;
        const #call: #contract::Call = #contract::Call {
            contract: <#step as #private::StepDef>::CONTRACT,
            inputs: &[#(#inputs),*],
            names: &[#(#texts),*],
            place: #place,
        };
        const #outcome: #contract::Outcome<{ #call.len() }> = #call.apply();
        const #columns: () = #raise_columns;
        const #flow_name: #contract::Flow =
            #contract::Flow { columns: &#outcome.columns, open: #outcome.open };
    }
}

/// The last segment of the called step's path: what the user reads as its name.
fn step_span(node: &Node) -> Span {
    node.step.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span())
}

fn given(arg: &CallArg, contract: &TokenStream) -> TokenStream {
    let name = match arg.name {
        Some(name) => {
            let name = names::plain(name);
            quote!(::core::option::Option::Some(#name))
        }
        None => quote!(::core::option::Option::None),
    };
    let kind = match arg.means {
        Means::Frame(_) => {
            let text = names::readable(arg.value);
            quote!(#contract::GivenKind::Frame(#text))
        }
        Means::Unknown => quote!(#contract::GivenKind::Unknown),
        Means::Text => quote!(#contract::GivenKind::Text),
        Means::Param | Means::Value => quote!(#contract::GivenKind::Value),
    };
    quote!(#contract::Given { name: #name, kind: #kind })
}

fn output_check(i: usize, output: &Output, private: &TokenStream) -> Option<TokenStream> {
    let schema = output.schema?;
    let contract = quote!(#private::contract);
    let name = if i == 0 { format_ident!("result") } else { format_ident!("result_{}", i + 1) };
    let flow = flow(output.frame);
    let schema = quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::SCHEMA);
    let span = output.span;
    let check = at(span, quote!(#contract::check_output(#flow, SCHEMA).raise()));
    Some(quote! {
        const #name: () = {
            const SCHEMA: #contract::NamedSchema = #schema;
            #check
        };
    })
}

/// The code that runs.
fn build(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let graph = Ident::new("graph", Span::mixed_site());
    let name = names::plain(&pipeline.function.ident);
    let frame = |frame: FrameRef| match frame {
        FrameRef::Param(i) => Ident::new(&format!("input_{i}"), Span::mixed_site()),
        FrameRef::Node(i) => Ident::new(&format!("node_{i}"), Span::mixed_site()),
    };
    let inputs = pipeline.arguments.iter().enumerate().filter(|(_, p)| p.kind.is_frame()).map(|(i, param)| {
        let (variable, ident, name) = (frame(FrameRef::Param(i)), &param.argument.ident, &param.name);
        let schema = schema_type(param);
        let declared = match param.kind {
            ParamKind::Typed(schema) => {
                quote!(::core::option::Option::Some(<#schema as #private::FrameSchema>::SCHEMA))
            }
            ParamKind::Open | ParamKind::Value => quote!(::core::option::Option::None),
        };
        quote! {
            let #variable = #graph.input(
                #name,
                #private::IntoSource::<#schema>::into_source(#ident),
                #declared,
            );
        }
    });
    let nodes = pipeline.nodes.iter().enumerate().map(|(i, node)| {
        let variable = frame(FrameRef::Node(i));
        let (step, bound, flow) = (step_alias(i), bound(i), flow(FrameRef::Node(i)));
        let call = Ident::new("call", Span::mixed_site());
        let set = node.args.iter().enumerate().map(|(k, arg)| {
            let value = match arg.means {
                Means::Frame(input) => {
                    let input = frame(input);
                    quote!(#input)
                }
                Means::Param => {
                    let value = arg.value;
                    // As a method: rustc then compares the types of the values, not of references.
                    quote_spanned!(value.span()=> #value.clone())
                }
                Means::Text | Means::Value | Means::Unknown => owned_text(arg.value, private),
            };
            // All but the value stands at the step's name: a value of the wrong type is an error at
            // the value and nowhere else.
            let span = step_span(node);
            let set = at(span, quote!((<#step as #private::StepArg<{ #bound[#k] }, _>>::SET)));
            let call = Ident::new("call", Span::mixed_site().located_at(span));
            quote_spanned!(span=> #set(&mut #call, #value);)
        });
        let name = &node.name;
        let checkpoint = node.checkpoint.unwrap_or(true);
        let retry = match &node.retry {
            Some(retry) => {
                let retry = step_emit::retry(retry, private);
                quote!(::core::option::Option::Some(#retry))
            }
            None => quote!(::core::option::Option::None),
        };
        let place = format_ident!("__CALL_{i}");
        quote! {
            let #variable = {
                let mut #call = #private::CallArgs::<#step>::new();
                #(#set)*
                #graph.node(
                    #name,
                    #call,
                    #private::NodeOptions { checkpoint: #checkpoint, retry: #retry },
                    #flow,
                    #place.place,
                )
            };
        }
    });
    let outputs = pipeline.outputs.iter().map(|output| frame(output.frame));
    quote! {
        let mut #graph = #private::PipelineBuilder::new(#name);
        #(#inputs)*
        #(#nodes)*
        #graph.finish(::std::vec![#(#outputs),*])
    }
}
