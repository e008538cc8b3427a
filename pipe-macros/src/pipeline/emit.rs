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
    let definition = definition(pipeline, &private);
    let constructor = constructor(pipeline, &private);
    let errors = errors.into_tokens(&private);
    quote!(#definition #constructor #errors)
}

/// `DelaysPipeline`
fn marker(pipeline: &Pipeline) -> Ident {
    let name = names::camel_case(&names::plain(&pipeline.function.ident));
    format_ident!("{name}Pipeline", span = pipeline.function.ident.span())
}

/// The pipeline's type, its node enum and its command line.
fn definition(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let function = pipeline.function;
    let vis = &function.vis;
    let name = names::plain(&function.ident);
    let marker = marker(pipeline);
    let nodes = format_ident!(
        "{}Node",
        names::camel_case(&name),
        span = function.ident.span()
    );
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
    let output = if pipeline.returns_frames {
        quote!(#output)
    } else {
        quote!(#private::polars::prelude::LazyFrame)
    };
    // At the type, for a schema that is less public than its pipeline.
    let equals = at(function.output.span(), quote!(type Output =));
    let end = at(function.output.span(), quote!(;));
    let marker_doc = format!("Pipeline `{name}`: made by [`{name}()`], run by `main`.");
    let docs = function.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let nodes_doc = format!("The results of pipeline `{name}`.");
    let command_line = command_line(pipeline, &marker, private);
    let parameters = parameter_types(pipeline, private);
    quote! {
        #[doc = #marker_doc]
        #[doc = ""]
        #(#docs)*
        #[derive(::core::fmt::Debug)]
        #vis enum #marker {}

        #[doc = #nodes_doc]
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash,
        )]
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
            #equals #output #end
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

            #parameters
        }
    }
}

/// What is done with the types of the parameters. Each is looked at here and nowhere else: one that
/// cannot be a parameter's is one error, at the type itself.
fn parameter_types(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    if !pipeline.takes_values {
        return TokenStream::new();
    }
    let parameters = pipeline
        .arguments
        .iter()
        .enumerate()
        .filter(|(_, param)| !param.kind.is_frame());
    parameters
        .map(|(i, param)| {
            let (name, ty) = (parameter_type(i), &param.argument.ty);
            let value = quote_spanned!(ty.span()=> <#ty as #private::PipelineParameter>::TYPE);
            quote! {
                #[doc(hidden)]
                const #name: #private::PipelineParameterType<#ty> = #value;
            }
        })
        .collect()
}

fn parameter_type(i: usize) -> Ident {
    format_ident!("__PARAMETER_{i}")
}

fn command_line(pipeline: &Pipeline, marker: &Ident, private: &TokenStream) -> TokenStream {
    let function = pipeline.function;
    // The user's defaults stand in the same function.
    let given = Ident::new("given", Span::mixed_site());
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
    let body = if pipeline.takes_values {
        let constructor = &function.ident;
        let idents: Vec<Ident> = (0..pipeline.arguments.len())
            .map(|i| Ident::new(&format!("argument_{i}"), Span::mixed_site()))
            .collect();
        let values = pipeline
            .arguments
            .iter()
            .enumerate()
            .map(|(i, param)| argument(i, param, &given, private));
        quote! {
            #(let #idents = #values;)*
            #given.finish()?;
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
                #given: &mut #private::cli::Arguments,
            ) -> ::core::result::Result<#private::Pipeline<Self>, #private::cli::ArgumentError> {
                #body
            }
        }
    }
}

/// Takes one argument off the command line; its default is only evaluated where it is needed.
fn argument(i: usize, param: &Param, given: &Ident, private: &TokenStream) -> TokenStream {
    let name = &param.name;
    let default = param.argument.default.as_ref();
    match param.kind {
        ParamKind::Value => {
            let (ty, parameter) = (&param.argument.ty, parameter_type(i));
            let default = match default {
                Some(default) => {
                    let default = value(default, &quote!(#ty), private);
                    quote!(::core::option::Option::Some(|| -> #ty { #default }))
                }
                None => quote!(::core::option::Option::None),
            };
            quote!((Self::#parameter.read)(#given, #name, #default))
        }
        ParamKind::Typed(_) | ParamKind::Open => {
            let schema = schema_type(param);
            let default = match default {
                Some(default) => {
                    let into_source = at(
                        default.span(),
                        quote!(#private::IntoSource::<#schema>::into_source),
                    );
                    quote!(::core::option::Option::Some(|| #into_source(#default)))
                }
                None => quote! {
                    ::core::option::Option::None::<fn() -> ::core::result::Result<
                        ::std::sync::Arc<dyn #private::Source>,
                        #private::SourceError,
                    >>
                },
            };
            quote!(#given.source(#name, #default))
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

/// A value for something of type `wanted`: a string literal becomes whatever owns text.
fn value(expr: &Expr, wanted: &TokenStream, private: &TokenStream) -> TokenStream {
    match expr {
        Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(_),
            ..
        }) => {
            let owned = at(
                expr.span(),
                quote!((<#wanted as #private::OwnedText>::OWNED)),
            );
            quote_spanned!(expr.span()=> #owned(#expr))
        }
        _ => quote!(#expr),
    }
}

/// The function that makes the pipeline. The checks are `const` items in it: they see the same names
/// as the user's own code, and rustc evaluates them whether or not anybody calls it.
fn constructor(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
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
    let inputs = pipeline
        .arguments
        .iter()
        .enumerate()
        .map(|(i, param)| input_flow(i, param, private));
    let flows = pipeline
        .nodes
        .iter()
        .enumerate()
        .map(|(i, node)| node_flow(i, node, private));
    let checks = pipeline.nodes.iter().enumerate().map(|(i, node)| {
        let twin = pipeline.nodes[..i]
            .iter()
            .any(|other| other.name == node.name);
        checks(i, node, twin)
    });
    let outputs = pipeline
        .outputs
        .iter()
        .enumerate()
        .filter_map(|(i, output)| output_check(i, output, private));
    let unused = unused_checks(pipeline, private);
    let build = if pipeline.takes_values {
        build(pipeline, private)
    } else {
        quote!(::core::unreachable!())
    };
    quote! {
        #(#docs)*
        #[allow(
            unused,
            non_upper_case_globals,
            non_camel_case_types,
            clippy::all,
            clippy::pedantic,
            clippy::restriction
        )]
        #vis fn #ident(#(#params),*) -> #private::Pipeline<#marker> {
            #(#inputs)*
            #(#flows)*
            // Their names are for people. In a block of their own they are no names for the user's
            // expressions, which stand behind it.
            {
                #(#checks)*
                #(#outputs)*
                #unused
            }
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
            let columns =
                quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::COLUMNS);
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

/// What is known of a call: its arguments and the columns that come out.
fn node_flow(i: usize, node: &Node, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let flow_name = flow(FrameRef::Node(i));
    if !node.is_step {
        return quote!(const #flow_name: #contract::Flow = #contract::Flow::UNKNOWN;);
    }
    let (bound, given_name, call, outcome) = (bound(i), given_arguments(i), call(i), outcome(i));
    let path = node.step;
    let span = step_span(node);
    // All of it at the step's name: what is no step says so once.
    let step = step_alias(i);
    let definition = at(span, quote!(<#step as #private::StepDef>));
    let signature = signature(i);
    let count = node.args.len();
    let given = node.args.iter().map(|arg| given(arg, &contract));
    let inputs = node
        .args
        .iter()
        .enumerate()
        .filter_map(|(k, arg)| match arg.means {
            Means::Frame(frame) => {
                let flow = flow(frame);
                Some(quote!(#contract::BoundInput { arg: #bound[#k], flow: #flow }))
            }
            _ => None,
        });
    let texts = node.args.iter().enumerate().filter_map(|(k, arg)| {
        let text = text(arg)?;
        let hash = names::hash(&text.value());
        Some(quote!(#contract::BoundName { arg: #bound[#k], name: #text, hash: #hash }))
    });
    let place = at(
        span,
        quote!(::core::concat!(
            ::core::file!(),
            ":",
            ::core::line!(),
            ":",
            ::core::column!()
        )),
    );
    let itself = at(span, quote!(#private::StepDef>::Itself));
    quote! {
        type #step = <#path as #itself;
        const #given_name: [#contract::Given; #count] = [#(#given),*];
        const #signature: #contract::Signature = #definition::SIGNATURE;
        const #bound: [usize; #count] = #signature.bind(&#given_name);
        const #call: #contract::Call = #contract::Call {
            contract: #definition::CONTRACT,
            inputs: &[#(#inputs),*],
            names: &[#(#texts),*],
            focus: ::core::option::Option::None,
            place: #place,
        };
        static #outcome: #contract::Outcome<{ #call.len() }> = #call.apply();
        const #flow_name: #contract::Flow =
            #contract::Flow { columns: &#outcome.columns, open: #outcome.open };
    }
}

/// The string literal that an argument is.
fn text<'a>(arg: &CallArg<'a>) -> Option<&'a syn::LitStr> {
    match arg.value {
        Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text),
        _ => None,
    }
}

/// What the compiler checks of one call, each mistake at its own token.
fn checks(i: usize, node: &Node, twin: bool) -> TokenStream {
    if !node.is_step {
        return TokenStream::new();
    }
    // A name that was given twice is reported; here it must not be a mistake once more.
    let label = if twin {
        format!("{}_{i}", node.name)
    } else {
        node.name.clone()
    };
    let (bound, given_name, call, outcome) = (bound(i), given_arguments(i), call(i), outcome(i));
    let signature = signature(i);
    let span = step_span(node);
    let arguments = node.args.iter().enumerate().map(|(k, arg)| {
        let check = format_ident!("argument_{}_of_{}", k + 1, label);
        let span = arg.name.map_or_else(|| arg.value.span(), Ident::span);
        let raise = at(span, quote!(#signature.check(&#given_name, #k).raise()));
        quote!(const #check: () = #raise;)
    });
    // A column that an argument names is looked for once more, for a message at that argument.
    let columns = node.args.iter().enumerate().filter_map(|(k, arg)| {
        let text = text(arg)?;
        let check = format_ident!("column_{}_of_{}", k + 1, label);
        let raise = at(
            text.span(),
            quote!(#call.about(#bound[#k]).apply::<{ #call.len() }>().report.raise()),
        );
        Some(quote!(const #check: () = #raise;))
    });
    let missing = format_ident!("arguments_of_{label}");
    let raise_missing = at(span, quote!(#signature.check_missing(&#given_name).raise()));
    let others = format_ident!("columns_of_{label}");
    let raise_others = at(span, quote!(#outcome.report.raise()));
    quote! {
        #(#arguments)*
        const #missing: () = #raise_missing;
        #(#columns)*
        const #others: () = #raise_others;
    }
}

/// Frames that nothing needs. A call that lacks a frame is the better explanation.
fn unused_checks(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    if pipeline.unused.is_empty() {
        return TokenStream::new();
    }
    let complete = pipeline
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.is_step)
        .map(|(i, _)| {
            let (signature, bound) = (signature(i), bound(i));
            quote!(#signature.has_frames(&#bound))
        });
    let checks = pipeline.unused.iter().map(|(ident, message)| {
        let name = format_ident!("use_of_{}", names::plain(ident));
        let raise = at(
            ident.span(),
            quote!(#private::contract::mistake_if(COMPLETE, #message)),
        );
        quote!(const #name: () = #raise;)
    });
    quote! {
        const COMPLETE: bool = true #(&& #complete)*;
        #(#checks)*
    }
}

/// The last segment of the called step's path: what the user reads as its name.
fn step_span(node: &Node) -> Span {
    node.step
        .segments
        .last()
        .map_or_else(Span::call_site, |segment| segment.ident.span())
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
        Means::Param(_) | Means::Value => quote!(#contract::GivenKind::Value),
    };
    quote!(#contract::Given { name: #name, kind: #kind })
}

fn output_check(i: usize, output: &Output, private: &TokenStream) -> Option<TokenStream> {
    let schema = output.schema?;
    let contract = quote!(#private::contract);
    let name = if i == 0 {
        format_ident!("result")
    } else {
        format_ident!("result_{}", i + 1)
    };
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
    let inputs = pipeline
        .arguments
        .iter()
        .enumerate()
        .filter(|(_, p)| p.kind.is_frame())
        .map(|(i, param)| {
            let (variable, ident, name) = (
                frame(FrameRef::Param(i)),
                &param.argument.ident,
                &param.name,
            );
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
    let marker = marker(pipeline);
    let call_variable = Ident::new("call", Span::mixed_site());
    let nodes = pipeline.nodes.iter().enumerate().filter(|(_, node)| node.is_step).map(|(i, node)| {
        let variable = frame(FrameRef::Node(i));
        let (step, bound, flow, place) = (step_alias(i), bound(i), flow(FrameRef::Node(i)), call(i));
        let span = step_span(node);
        let known = node.args.iter().enumerate().filter(|(_, arg)| arg.means != Means::Unknown);
        let set = known.map(|(k, arg)| {
            let position = quote!({ #bound[#k] });
            let value = match arg.means {
                Means::Frame(input) => {
                    let input = frame(input);
                    quote!(#input)
                }
                Means::Param(i) => {
                    // A binding of the same name, so that a wrong type is an error at the name.
                    let (value, parameter) = (arg.value, parameter_type(i));
                    quote_spanned!(value.span()=> { let #value = (#marker::#parameter.copy)(&#value); #value })
                }
                Means::Text | Means::Value | Means::Unknown => {
                    let wanted = quote!(<#step as #private::StepArgType<#position>>::Type);
                    self::value(arg.value, &wanted, private)
                }
            };
            // All but the value stands at the step's name: a value of the wrong type is an error at
            // the value and nowhere else.
            let set = at(span, quote!((<#step as #private::StepArg<#position, _>>::SET)));
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
        let new = at(span, quote!(#private::CallArgs::<#step>::new()));
        quote! {
            let #variable = {
                let mut #call_variable = #new;
                #(#set)*
                #graph.node(
                    #name,
                    #call_variable,
                    #private::NodeOptions { checkpoint: #checkpoint, retry: #retry },
                    #flow,
                    #place.place,
                )
            };
        }
    });
    // A function that is no step leaves a frame that comes from nowhere; it is a compile error.
    let missing = pipeline
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| !node.is_step)
        .map(|(i, _)| {
            let variable = frame(FrameRef::Node(i));
            quote!(let #variable = #private::NodeRef::Node(0);)
        });
    let outputs = pipeline.outputs.iter().map(|output| frame(output.frame));
    quote! {
        let mut #graph = #private::PipelineBuilder::new(#name);
        #(#inputs)*
        #(#missing)*
        #(#nodes)*
        #graph.finish(::std::vec![#(#outputs),*])
    }
}
