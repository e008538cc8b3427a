//! The function that makes a pipeline.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::checks::{checks, input_flow, node_flow, output_check, policy_checks, unused_checks};
use super::{
    bound, call, flow, marker, parameter_type, schema_type, signature, step_alias, step_span, value,
};
use crate::names;
use crate::paths::Library;
use crate::pipeline::attributes::{NodeOptions, is_lint};
use crate::pipeline::model::{FrameRef, Means, Output, ParamKind, Pipeline};
use crate::step::running::duration;
use crate::tokens::at;

/// The function that makes the pipeline. The checks are `const` items in it: they see the same names
/// as the user's own code, and rustc evaluates them whether or not anybody calls it.
pub(super) fn constructor(pipeline: &Pipeline, library: &Library) -> TokenStream {
    let outside = library.private();
    let (bring, private) = &library.shortened();
    let function = pipeline.function;
    let (vis, ident) = (&function.vis, &function.ident);
    let attributes = function.attrs.iter();
    let docs = attributes.clone().filter(|a| a.path().is_ident("doc"));
    let lints = attributes.filter(|attribute| is_lint(attribute));
    let marker = marker(pipeline);
    let params = pipeline.arguments.iter().map(|param| {
        let (ident, ty) = (&param.argument.ident, &param.argument.ty);
        if param.kind.is_frame() {
            let schema = schema_type(param);
            quote_spanned!(ty.span()=> #ident: impl #outside::IntoSource<#schema>)
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
        .map(|(i, node)| node_flow(i, node, pipeline, private));
    let checks = pipeline.nodes.iter().enumerate().map(|(i, node)| {
        let twin = pipeline.nodes[..i]
            .iter()
            .any(|other| other.name == node.name);
        checks(i, node, twin, private)
    });
    let outputs = pipeline
        .outputs
        .iter()
        .enumerate()
        .map(|(i, output)| output_check(i, output, pipeline, private));
    let unused = unused_checks(pipeline, private);
    let policies = policy_checks(pipeline, private);
    let build = if pipeline.takes_values {
        build(pipeline, private)
    } else {
        quote!(::core::unreachable!())
    };
    quote! {
        #(#docs)*
        #(#lints)*
        #[allow(
            unused,
            non_upper_case_globals,
            non_camel_case_types,
            clippy::all,
            clippy::pedantic,
            clippy::restriction
        )]
        #vis fn #ident(#(#params),*) -> #outside::Pipeline<#marker> {
            #bring
            #(#inputs)*
            #(#flows)*
            // Their names are for people. In a block of their own they are no names for the user's
            // expressions, which stand behind it.
            {
                #(#checks)*
                #(#outputs)*
                #unused
                #policies
            }
            #build
        }
    }
}

/// The code that runs.
fn build(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let graph = Ident::new("graph", Span::mixed_site());
    let name = names::plain(&pipeline.function.ident);
    let inputs = pipeline
        .arguments
        .iter()
        .enumerate()
        .filter(|(_, p)| p.kind.is_frame())
        .map(|(i, param)| {
            let (variable, ident, name) = (
                self::variable(FrameRef::Param(i)),
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
        let variable = self::variable(FrameRef::Node(i));
        let (step, bound, flow, place) = (step_alias(i), bound(i), flow(FrameRef::Node(i)), call(i));
        let span = step_span(node);
        let known = node.args.iter().enumerate().filter(|(_, arg)| arg.means != Means::Unknown);
        let set = known.map(|(k, arg)| {
            let position = quote!({ #bound[#k] });
            let value = match arg.means {
                Means::Frame(made) => {
                    let wanted = at(span, quote!(<#step as #private::StepArgType<#position>>::Type));
                    let bound = quote!(#bound[#k] != #private::contract::Signature::NONE);
                    hand_over(made, &wanted, &bound, arg.value.span(), private)
                }
                Means::Param(i) => {
                    // A binding of the same name, so that a wrong type is an error at the name.
                    let (value, parameter) = (arg.value, parameter_type(i));
                    quote_spanned!(value.span()=> { let #value = (#marker::#parameter.copy)(&#value); #value })
                }
                Means::Text | Means::Texts(_) | Means::Value | Means::Unknown => {
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
        let options = node_options(&node.options, private);
        let new = at(span, quote!(#private::CallArgs::<#step>::new()));
        quote! {
            let #variable = {
                let mut #call_variable = #new;
                #(#set)*
                #graph.node(
                    #name,
                    #call_variable,
                    #options,
                    #flow,
                    #place.place,
                )
            };
        }
    });
    // A function that is no step gives something that comes from nowhere; it is a compile error.
    let missing = pipeline
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| !node.is_step)
        .map(|(i, _)| {
            let variable = self::variable(FrameRef::Node(i));
            quote!(let #variable = #private::Made::<()>::by(#private::NodeRef::Node(0));)
        });
    let rules = rules(pipeline, &graph, private);
    let outputs = pipeline
        .outputs
        .iter()
        .map(|output| returned(output, pipeline, private));
    quote! {
        let mut #graph = #private::PipelineBuilder::new(#name);
        #(#inputs)*
        #(#missing)*
        #(#nodes)*
        #rules
        #graph.finish(::std::vec![#(#outputs),*])
    }
}

/// Something that is made in the pipeline, where an argument or the result takes a `wanted`. All of it
/// stands where the user names it: a value of another type is an error there, if it is not explained by
/// another mistake and so not `checked`.
fn hand_over(
    made: FrameRef,
    wanted: &TokenStream,
    checked: &TokenStream,
    span: Span,
    private: &TokenStream,
) -> TokenStream {
    let checked = at(span, quote!(#private::Checked<{ #checked }>));
    let hands = at(span, quote!(#private::Hands));
    let mut variable = variable(made);
    variable.set_span(Span::mixed_site().located_at(span));
    quote_spanned!(span=> (<#checked as #hands<_, #wanted>>::OVER)(#variable))
}

/// A result of the pipeline.
fn returned(output: &Output, pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let made = match output.frame {
        FrameRef::Node(i) if output.is_value() => {
            let (signature, ty) = (signature(i), output.ty);
            let is_value = if pipeline.nodes[i].is_step {
                quote!(#signature.returns_value())
            } else {
                quote!(false)
            };
            hand_over(output.frame, &quote!(#ty), &is_value, output.span, private)
        }
        frame => variable(frame).into_token_stream(),
    };
    quote!(#made.node)
}

/// What stands above the `let`.
fn node_options(options: &NodeOptions, private: &TokenStream) -> TokenStream {
    let checkpoint = options
        .checkpoint
        .map(|checkpoint| quote!(checkpoint: #checkpoint, checkpoint_is_given: true,));
    let retry = options.retry.as_ref().map(|retry| {
        let retry = retry.tokens(private);
        quote!(retry: ::core::option::Option::Some(#retry),)
    });
    let timeout = options.timeout.map(|timeout| {
        let timeout = duration(timeout);
        quote!(timeout: ::core::option::Option::Some(#timeout),)
    });
    quote! {
        #private::NodeOptions {
            #checkpoint
            #retry
            #timeout
            ..<#private::NodeOptions as ::core::default::Default>::default()
        }
    }
}

/// The variable that holds a frame of the graph.
fn variable(frame: FrameRef) -> Ident {
    match frame {
        FrameRef::Param(i) => Ident::new(&format!("input_{i}"), Span::mixed_site()),
        FrameRef::Node(i) => Ident::new(&format!("node_{i}"), Span::mixed_site()),
    }
}

/// The rules of the declared results, and what happens to rows that break rules.
fn rules(pipeline: &Pipeline, graph: &Ident, private: &TokenStream) -> TokenStream {
    let returned = pipeline.outputs.iter().filter_map(|output| {
        let (frame, schema) = (variable(output.frame), output.schema()?);
        Some(quote!(#graph.returns(#frame, <#schema as #private::FrameSchema>::SCHEMA);))
    });
    let policies = pipeline.policies().map(|(of, _, policy)| {
        let (frame, variant) = (variable(of), &policy.variant);
        quote!(#graph.invalid(#frame, #private::rules::Policy::#variant);)
    });
    quote!(#(#returned)* #(#policies)*)
}
