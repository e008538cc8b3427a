//! What the compiler checks of a pipeline: each mistake in a `const` of its own, at its own token.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{
    Literal, bound, call, flow, given_arguments, input, literals, outcome, signature, step_alias,
    step_span,
};
use crate::names;
use crate::pipeline::model::{CallArg, FrameRef, Means, Node, Output, Param, ParamKind, Pipeline};
use crate::tokens::at;

pub(super) fn input_flow(i: usize, param: &Param, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let name = input(i);
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

/// What is known of a call: its arguments and the columns that come out.
pub(super) fn node_flow(
    i: usize,
    node: &Node,
    pipeline: &Pipeline,
    private: &TokenStream,
) -> TokenStream {
    let contract = quote!(#private::contract);
    if !node.is_step {
        let outcome = outcome(i);
        return quote! {
            static #outcome: #contract::Outcome<0> = #contract::Outcome::UNKNOWN;
        };
    }
    let (bound, given_name, call, outcome) = (bound(i), given_arguments(i), call(i), outcome(i));
    let path = node.step;
    let span = step_span(node);
    // All of it at the step's name: what is no step says so once.
    let step = step_alias(i);
    let definition = at(span, quote!(<#step as #private::StepDef>));
    let signature = signature(i);
    let count = node.args.len();
    let arguments = node.args.iter().map(|arg| given(arg, pipeline, &contract));
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
    let inputs: Vec<TokenStream> = inputs.collect();
    let texts = literals(node)
        .into_iter()
        .filter(|literal| !literal.repeated);
    let texts = texts.map(|Literal { arg, text, .. }| {
        let hash = names::hash(&text.value());
        quote!(#contract::BoundName { arg: #bound[#arg], name: #text, hash: #hash })
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
    let given = quote! {
        #contract::Call {
            contract: #definition::CONTRACT,
            inputs: &[#(#inputs),*],
            names: &[#(#texts),*],
            focus: ::core::option::Option::None,
            place: #place,
            made: &[],
        }
    };
    // Only a step with two inputs can be a join, which makes names.
    let given = if inputs.len() > 1 {
        quote! {
            {
                const CALL: #contract::Call = #given;
                const NAMES: [u8; CALL.names_len()] = CALL.make_names();
                #contract::Call { made: &NAMES, ..CALL }
            }
        }
    } else {
        given
    };
    quote! {
        type #step = <#path as #itself;
        const #given_name: [#contract::Given; #count] = [#(#arguments),*];
        const #signature: #contract::Signature = #definition::SIGNATURE;
        const #bound: [usize; #count] = #signature.bind(&#given_name);
        const #call: #contract::Call = #given;
        static #outcome: #contract::Outcome<{ #call.len() }> = #call.apply();
    }
}

/// What the compiler checks of one call, each mistake at its own token.
pub(super) fn checks(i: usize, node: &Node, twin: bool, private: &TokenStream) -> TokenStream {
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
    // Where something is wrong, the columns that arguments name are looked for once more, each for a
    // message at its own literal.
    let mut named = 0;
    let columns = literals(node).into_iter().map(|literal| {
        let Literal {
            arg,
            item,
            text,
            repeated,
        } = literal;
        let check = match item {
            Some(item) => format_ident!("column_{}_{}_of_{}", arg + 1, item + 1, label),
            None => format_ident!("column_{}_of_{}", arg + 1, label),
        };
        let report = if repeated {
            quote!(#signature.check_repeated(#bound[#arg], #text))
        } else {
            named += 1;
            let literal = named - 1usize;
            quote!(#outcome.about(&#call, #literal))
        };
        let raise = at(text.span(), quote!(#report.raise()));
        quote!(const #check: () = #raise;)
    });
    let of_step = |check: Ident, function: &str, promise: &str| {
        let (step, function) = (step_alias(i), format_ident!("{function}"));
        let promise = format_ident!("{promise}");
        let report = quote!(
            #private::rules::#function(
                #signature.step,
                <#step as #private::StepDef>::#promise,
            )
        );
        let raise = at(span, quote!(#report.raise()));
        quote!(const #check: () = #raise;)
    };
    let place = (node.options.checkpoint == Some(false)).then(|| {
        let check = format_ident!("rows_aside_of_{label}");
        of_step(check, "check_place", "PUTS_ASIDE")
    });
    let retries = node.options.retry.as_ref().filter(|it| it.attempts > 1);
    let retries = retries.map(|_| {
        let check = format_ident!("retries_of_{label}");
        of_step(check, "check_retry", "RETRIES_ROWS")
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
        #place
        #retries
    }
}

/// Frames that nothing needs. A call that lacks a frame is the better explanation.
pub(super) fn unused_checks(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
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

/// Policies for frames that have no rules. The schemas that could have some are known to the
/// compiler only.
pub(super) fn policy_checks(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let rules = quote!(#private::rules);
    let holder = |schema: &syn::Type| quote!(#rules::Holder::Schema(<#schema as #private::FrameSchema>::SCHEMA));
    let checks = pipeline.policies().map(|(of, name, policy)| {
        let mut holders: Vec<TokenStream> = Vec::new();
        match of {
            FrameRef::Param(i) => match pipeline.arguments[i].kind {
                ParamKind::Typed(schema) => holders.push(holder(schema)),
                ParamKind::Open | ParamKind::Value => {}
            },
            FrameRef::Node(i) if pipeline.nodes[i].is_step => {
                let call = call(i);
                holders.push(quote!(#rules::Holder::Maker(#call.contract)));
            }
            FrameRef::Node(_) => return TokenStream::new(),
        }
        for (i, node) in pipeline.nodes.iter().enumerate() {
            let (call, bound) = (call(i), bound(i));
            for (k, arg) in node.args.iter().enumerate() {
                if arg.means != Means::Frame(of) {
                    continue;
                }
                if !node.is_step {
                    return TokenStream::new();
                }
                holders.push(quote!(#rules::Holder::User(#call.contract, #bound[#k])));
            }
        }
        let results = pipeline.outputs.iter().filter(|output| output.frame == of);
        holders.extend(results.filter_map(Output::schema).map(holder));
        let label = format_ident!("invalid_rows_of_{name}");
        let report = quote!(#rules::check_policy(#name, HOLDERS));
        let report = match of {
            FrameRef::Node(i) => {
                let signature = signature(i);
                quote!(#signature.check_policy(#name, #report))
            }
            FrameRef::Param(_) => report,
        };
        let raise = at(policy.span, quote!(#report.raise()));
        quote! {
            const #label: () = {
                const HOLDERS: &[#rules::Holder] = &[#(#holders),*];
                #raise
            };
        }
    });
    checks.collect()
}

fn given(arg: &CallArg, pipeline: &Pipeline, contract: &TokenStream) -> TokenStream {
    let name = match arg.name {
        Some(name) => {
            let name = names::plain(name);
            quote!(::core::option::Option::Some(#name))
        }
        None => quote!(::core::option::Option::None),
    };
    let kind = match arg.means {
        Means::Frame(FrameRef::Node(i)) if pipeline.nodes[i].is_step => {
            let (signature, text) = (signature(i), names::readable(arg.value));
            quote!(#signature.given(#text))
        }
        Means::Frame(FrameRef::Param(_)) => {
            let text = names::readable(arg.value);
            quote!(#contract::GivenKind::Frame(#text))
        }
        Means::Frame(FrameRef::Node(_)) | Means::Unknown => quote!(#contract::GivenKind::Unknown),
        Means::Text => quote!(#contract::GivenKind::Text),
        Means::Texts(count) => quote!(#contract::GivenKind::Texts(#count)),
        Means::Param(_) | Means::Value => quote!(#contract::GivenKind::Value),
    };
    quote!(#contract::Given { name: #name, kind: #kind })
}

/// What the pipeline's signature says of a result, held against what it is. The type of a value is held
/// against it where the pipeline is put together.
pub(super) fn output_check(
    i: usize,
    output: &Output,
    pipeline: &Pipeline,
    private: &TokenStream,
) -> TokenStream {
    let contract = quote!(#private::contract);
    let number = if i > 0 {
        format!("_{}", i + 1)
    } else {
        String::new()
    };
    let kind = match output.frame {
        FrameRef::Node(i) if pipeline.nodes[i].is_step => {
            let check = format_ident!("kind_of_result{number}");
            let (signature, name) = (signature(i), &pipeline.nodes[i].name);
            let (declared, is_value) = (names::readable(output.ty), output.is_value());
            let raise = at(
                output.span,
                quote!(#signature.check_result(#name, #declared, #is_value).raise()),
            );
            Some(quote!(const #check: () = #raise;))
        }
        _ => None,
    };
    let columns = output.schema().map(|schema| {
        let name = format_ident!("result{number}");
        let flow = flow(output.frame);
        let schema = quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::SCHEMA);
        let check = at(
            output.span,
            quote!(#contract::check_output(#flow, SCHEMA).raise()),
        );
        quote! {
            const #name: () = {
                const SCHEMA: #contract::NamedSchema = #schema;
                #check
            };
        }
    });
    quote!(#kind #columns)
}
