//! The code of a step: its function, its struct, and what the runtime calls.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::body;
use super::contract::{declared, key_checks};
use super::rows;
use super::{ArgKind, StepArg, StepFn, mentioned_schema};
use crate::errors::Errors;
use crate::{names, tokens, tracked};

pub(super) fn emit(step: &StepFn, broken: bool, errors: Errors) -> TokenStream {
    let function = &step.function;
    let structure = structure(step);
    // A broken step exists all the same, so that pipelines that call it give no errors of their own.
    let contract = if broken {
        Contract::Lenient
    } else {
        Contract::Declared
    };
    let implementation = implementation(step, contract);
    let errors = errors.into_tokens(&step.options.library.private());
    // A step must take its arguments by value; a lint must not tell the user otherwise.
    quote! {
        #[allow(clippy::needless_pass_by_value)]
        #function
        #structure
        #implementation
        #errors
    }
}

/// The struct with the step's parameters, and its other name.
fn structure(step: &StepFn) -> TokenStream {
    let vis = &step.function.vis;
    let ident = &step.ident;
    let alias = &step.function.sig.ident;
    let docs = step
        .function
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("doc"));
    let summary = format!("Step `{}` with its parameters.", step.name);
    let fields = parameters(step).map(|arg| {
        let StepArg {
            ident, ty, name, ..
        } = arg;
        let doc = format!("Argument `{name}`.");
        quote!(#[doc = #doc] pub #ident: #ty)
    });
    let alias_doc = format!("[`{ident}`] under the name of its function.");
    // Where a step is misspelled, rustc points at the alias of the nearest: at its function's name.
    let here = Span::call_site().located_at(alias.span());
    let alias = quote_spanned!(here=> type #alias = #ident;);
    quote! {
        #[doc = #summary]
        #[doc = ""]
        #(#docs)*
        #[allow(dead_code)]
        #vis struct #ident { #(#fields),* }

        #[doc = #alias_doc]
        #[allow(non_camel_case_types, dead_code)]
        #vis #alias
    }
}

fn parameters(step: &StepFn) -> impl Iterator<Item = &StepArg> {
    step.args.iter().filter(|arg| arg.kind.is_parameter())
}

/// The `const` that holds what is done with the type of the argument at `i`.
pub(super) fn type_name(i: usize) -> Ident {
    format_ident!("ARGUMENT_{i}")
}

/// The `const` that holds the schema: one for all places that name it, so that a type that is no
/// schema is one mistake.
pub(super) fn schema_name(step: &StepFn, schema: &syn::Type) -> Ident {
    let same = |other: &&syn::Type| names::readable(other) == names::readable(schema);
    let index = schemas(step).iter().position(same).unwrap_or_default();
    format_ident!("SCHEMA_{index}")
}

/// The schemas that the step names, each once.
pub(super) fn schemas(step: &StepFn) -> Vec<&syn::Type> {
    let inputs = step.inputs().filter(|input| input.kind == ArgKind::Typed);
    let inputs = inputs.filter_map(|input| mentioned_schema(&input.ty));
    let all = inputs
        .chain(&step.options.returns)
        .chain(step.returned_schema());
    let mut seen = HashSet::new();
    all.filter(|schema| seen.insert(names::readable(schema)))
        .collect()
}

/// What is done with the types that the function mentions. Each is looked at here and nowhere else:
/// one that cannot be what it should is one error, at the type itself.
fn types(step: &StepFn, private: &TokenStream) -> TokenStream {
    let schemas = schemas(step).into_iter().map(|schema| {
        let name = schema_name(step, schema);
        let value = quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::SCHEMA);
        quote!(const #name: #private::contract::NamedSchema = #value;)
    });
    let arguments = step.args.iter().enumerate().map(|(i, arg)| {
        let (name, ty) = (type_name(i), &arg.ty);
        if arg.kind == ArgKind::NodeValue {
            let value = quote_spanned!(ty.span()=> <#ty as #private::ValueInput>::TYPE);
            return quote!(const #name: #private::ValueInputType<#ty> = #value;);
        }
        if arg.kind.is_parameter() {
            let value = quote_spanned!(ty.span()=> <#ty as #private::StepParameter>::TYPE);
            return quote!(const #name: #private::ParameterType<#ty> = #value;);
        }
        if arg.kind == ArgKind::Row {
            let (ty, value) = rows::input(ty, private);
            return quote!(const #name: #ty = #value;);
        }
        let value = match mentioned_schema(ty) {
            Some(schema) => {
                let schema = schema_name(step, schema);
                quote!(#private::InputType::typed(#schema))
            }
            None => {
                let from_input = quote_spanned!(ty.span()=> <#ty as #private::FromInput>::from_input);
                quote!(#private::InputType { schema: ::core::option::Option::None, from_input: #from_input })
            }
        };
        quote!(const #name: #private::InputType<#ty> = #value;)
    });
    let output = match &step.function.sig.output {
        syn::ReturnType::Type(_, ty) if step.understood && step.is_of_rows() => {
            Some(rows::output(ty, private))
        }
        syn::ReturnType::Type(_, ty) if step.understood => Some(match step.value() {
            Some(value) => value_output(ty, value, private),
            None => frame_output(step, ty, private),
        }),
        _ => None,
    };
    quote!(#(#schemas)* #(#arguments)* #output)
}

/// What is done with a result that is written as a frame.
fn frame_output(step: &StepFn, ty: &syn::Type, private: &TokenStream) -> TokenStream {
    let (schema, into_output) = match step.returned_schema() {
        Some(schema) => {
            let schema = schema_name(step, schema);
            (
                quote!(::core::option::Option::Some(#schema)),
                quote_spanned!(ty.span()=> <#ty as #private::IntoOutput>::into_output),
            )
        }
        None => (
            quote_spanned!(ty.span()=> <#ty as #private::KnownOutput>::SCHEMA),
            quote_spanned!(ty.span()=> <#ty as #private::KnownOutput>::INTO_OUTPUT),
        ),
    };
    quote! {
        const OUTPUT: #private::OutputType<#ty> = #private::OutputType {
            kind: #private::OutputKind::Frame,
            schema: #schema,
            into_output: #into_output,
        };
    }
}

/// What is done with a result that is not.
fn value_output(ty: &syn::Type, value: &syn::Type, private: &TokenStream) -> TokenStream {
    let result = quote_spanned!(value.span()=> <#value as #private::StepResult>::TYPE);
    let into_result = (!std::ptr::eq(ty, value)).then(|| {
        let into_result =
            quote_spanned!(ty.span()=> <#ty as #private::Fallible<#value>>::INTO_RESULT);
        quote! {
            const INTO_RESULT: fn(#ty) -> ::core::result::Result<#value, #private::StepError> =
                #into_result;
        }
    });
    let into_output = match into_result {
        Some(_) => quote!(|result| INTO_RESULT(result).map(RESULT.into_output)),
        None => quote!(|value| ::core::result::Result::Ok((RESULT.into_output)(value))),
    };
    quote! {
        const RESULT: #private::ResultType<#value> = #result;
        #into_result
        const OUTPUT: #private::OutputType<#ty> = #private::OutputType {
            kind: RESULT.kind,
            schema: RESULT.schema,
            into_output: #into_output,
        };
    }
}

#[derive(Clone, Copy)]
enum Contract {
    Declared,
    Lenient,
}

fn implementation(step: &StepFn, contract: Contract) -> TokenStream {
    let (bring, private) = step.options.library.shortened();
    let lenient = matches!(contract, Contract::Lenient);
    let types = types(step, &private);
    let runtime = runtime(step, &private, lenient);
    let arguments = arguments(step, &private);
    let (contract, body) = match contract {
        Contract::Declared => {
            let (body, keys) = (body::checks(step, &private), key_checks(step, &private));
            let rows = rows::checks(step);
            (declared(step, &private), quote!(#body #keys #rows))
        }
        Contract::Lenient => (
            quote! {
                const CONTRACT: #private::contract::Contract =
                    #private::contract::Contract::LENIENT;
            },
            TokenStream::new(),
        ),
    };
    let ident = &step.ident;
    let name = &step.name;
    let signature = step.args.iter().map(|arg| {
        let kind = format_ident!(
            "{}",
            match arg.kind {
                ArgKind::Typed | ArgKind::Open | ArgKind::Row => "Frame",
                ArgKind::Value => "Value",
                ArgKind::NodeValue => "NodeValue",
                ArgKind::ColumnName => "ColumnName",
                ArgKind::ColumnNames => "ColumnNames",
            }
        );
        let (name, ty) = (&arg.name, names::readable(&arg.ty));
        let ty = match arg.kind {
            ArgKind::NodeValue => format!("&{ty}"),
            _ => ty,
        };
        quote! {
            #private::contract::Arg {
                name: #name,
                kind: #private::contract::ArgKind::#kind,
                ty: #ty,
            }
        }
    });
    let fields: Vec<&Ident> = parameters(step).map(|arg| &arg.ident).collect();
    let field_types: Vec<&syn::Type> = parameters(step).map(|arg| &arg.ty).collect();
    let copies = step
        .args
        .iter()
        .enumerate()
        .filter(|(_, arg)| arg.kind.is_parameter())
        .map(|(i, arg)| {
            let (ty, field) = (type_name(i), &arg.ident);
            quote!(#field: (#ty.copy)(&self.#field))
        });
    // Before its type is known to be one of a value: that is one mistake, elsewhere.
    let (output, value) = match step.value().filter(|_| step.understood) {
        Some(ty) => {
            let text = names::readable(ty);
            let value = quote! {
                match OUTPUT.kind {
                    #private::OutputKind::Value(_) => ::core::option::Option::Some(#text),
                    #private::OutputKind::Frame => ::core::option::Option::None,
                }
            };
            (quote!(#ty), value)
        }
        None => (
            quote!(#private::polars::prelude::LazyFrame),
            quote!(::core::option::Option::None),
        ),
    };
    let puts_aside = rows::puts_aside(step);
    quote! {
        #[allow(non_upper_case_globals, dead_code)]
        const _: () = {
            #bring
            #types
            #runtime

            #[automatically_derived]
            impl ::core::clone::Clone for #ident {
                fn clone(&self) -> Self {
                    Self { #(#copies),* }
                }
            }

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #private::StepDef for #ident {
                const SIGNATURE: #private::contract::Signature = #private::contract::Signature {
                    step: #name,
                    args: &[#(#signature),*],
                    value: #value,
                    broken: #lenient,
                };
                #contract
                #puts_aside
                type Itself = Self;
                type Output = #output;
                type Partial = __Partial;

                fn start() -> Self::Partial {
                    __Partial { #(#fields: ::core::option::Option::None),* }
                }

                fn finish(partial: Self::Partial) -> ::core::option::Option<Self> {
                    ::core::option::Option::Some(Self { #(#fields: partial.#fields?),* })
                }
            }

            pub struct __Partial { #(#fields: ::core::option::Option<#field_types>),* }

            #arguments
            #body
        };
    }
}

/// What the executor calls.
fn runtime(step: &StepFn, private: &TokenStream, lenient: bool) -> TokenStream {
    let ident = &step.ident;
    let name = &step.name;
    let version = step.options.version.unwrap_or(0);
    let helper = tracked::implementation(&step.function, private, &step.helpers);
    // The user's function may have the name of any of these.
    let inputs = Ident::new("inputs", Span::mixed_site());
    let values = Ident::new("parameters", Span::mixed_site());
    let add = step
        .args
        .iter()
        .enumerate()
        .filter(|(_, arg)| arg.kind.is_parameter())
        .map(|(i, arg)| {
            let (ty, field, name) = (type_name(i), &arg.ident, &arg.name);
            quote!((#ty.add)(#values, #name, &self.#field)?;)
        })
        .chain(rows::parameter(step, &values));
    let options = step.options.running.method(step, private);
    let process = process(step, &inputs, private, lenient);
    let output = step.value().filter(|_| step.understood).map(|_| {
        quote! {
            fn output(&self) -> #private::OutputKind {
                OUTPUT.kind
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #private::Step for #ident {
            fn name(&self) -> &str {
                #name
            }

            fn code(&self) -> #private::Code {
                #private::Code::of(&<Self as #private::Tracked>::HELPER, #version)
            }

            #[allow(unused_variables)]
            fn parameters(
                &self,
                #values: &mut #private::Parameters,
            ) -> ::core::result::Result<(), #private::StepError> {
                #(#add)*
                ::core::result::Result::Ok(())
            }

            #options

            #output

            #process
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #private::Tracked for #ident {
            #helper
        }
    }
}

/// Calls the function.
fn process(step: &StepFn, inputs: &Ident, private: &TokenStream, lenient: bool) -> TokenStream {
    let not_run = |why: &str| {
        quote! {
            #[allow(unused_mut, unused_variables)]
            fn process(
                &self,
                mut #inputs: #private::Inputs,
            ) -> ::core::result::Result<#private::StepOutput, #private::StepError> {
                ::core::result::Result::Err(#why.into())
            }
        }
    };
    if lenient {
        // A function that could not be understood is not called.
        return not_run("the step has a compile error");
    }
    if step.is_of_rows() {
        return rows::process(step, inputs, private);
    }
    let function = &step.function.sig.ident;
    let mut given: Vec<TokenStream> = step
        .args
        .iter()
        .enumerate()
        .map(|(i, arg)| {
            let (ty, field) = (type_name(i), &arg.ident);
            match arg.kind {
                ArgKind::Typed | ArgKind::Open | ArgKind::Row => quote!(#ty.take(&mut #inputs)?),
                ArgKind::NodeValue => quote!(&*(#ty.take)(&mut #inputs)?),
                ArgKind::Value | ArgKind::ColumnName | ArgKind::ColumnNames => {
                    quote!((#ty.copy)(&self.#field))
                }
            }
        })
        .collect();
    let context = step.context.map(|position| {
        let context = Ident::new("context", Span::mixed_site());
        given.insert(position, quote!(&#context));
        quote!(let #context = ::core::clone::Clone::clone(#inputs.context());)
    });
    let retry = step.options.running.retry.as_ref();
    let output = |result: TokenStream| match retry.and_then(|retry| retry.when.as_ref()) {
        Some(when) => quote! {
            #private::Judge { into_output: OUTPUT.into_output, when: #when }.output(#result)
        },
        None => quote!((OUTPUT.into_output)(#result)),
    };
    if !step.is_async() {
        let output = output(quote!(#function(#(#given),*)));
        return quote! {
            #[allow(unused_mut, unused_variables)]
            fn process(
                &self,
                mut #inputs: #private::Inputs,
            ) -> ::core::result::Result<#private::StepOutput, #private::StepError> {
                #context
                #output
            }
        };
    }
    let process = not_run("the step is `async`: it is run by `process_async`");
    let output = output(quote!(#function(#(#given),*).await));
    // What keeps it from being sent to another thread is told at the function's name.
    let future = tokens::at(
        step.function
            .sig
            .ident
            .span()
            .resolved_at(Span::mixed_site()),
        quote!(::std::boxed::Box::pin),
    );
    quote! {
        #process

        #[allow(unused_mut, unused_variables)]
        fn process_async(&self, mut #inputs: #private::Inputs) -> #private::StepFuture<'_> {
            #future(async move {
                #context
                #output
            })
        }
    }
}

/// How `pipeline!` hands over arguments: by position, each with its type.
fn arguments(step: &StepFn, private: &TokenStream) -> TokenStream {
    let ident = &step.ident;
    step.args
        .iter()
        .enumerate()
        .map(|(i, arg)| {
            let name = &arg.ident;
            let given = &arg.ty;
            let input = quote!(call.inputs.push((#i, value.node)));
            let parameter = quote!(call.partial.#name = ::core::option::Option::Some(value));
            let frame = quote!(#private::polars::prelude::LazyFrame);
            let (wanted, ty, set) = match arg.kind {
                ArgKind::Typed | ArgKind::Open | ArgKind::Row => {
                    (frame.clone(), quote!(#private::Made<#frame>), input)
                }
                ArgKind::NodeValue => (quote!(#given), quote!(#private::Made<#given>), input),
                ArgKind::Value | ArgKind::ColumnName | ArgKind::ColumnNames => {
                    (quote!(#given), quote!(#given), parameter)
                }
            };
            quote! {
                #[automatically_derived]
                impl #private::StepArgType<#i> for #ident {
                    type Type = #wanted;
                }
                #[automatically_derived]
                impl #private::StepArg<#i, #ty> for #ident {
                    const SET: fn(&mut #private::CallArgs<Self>, #ty) = |call, value| #set;
                }
            }
        })
        .collect()
}
