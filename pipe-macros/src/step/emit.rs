//! The code of a step: its function, its struct, and what the runtime calls.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::body;
use super::contract::{declared, key_checks};
use super::options::Retry;
use super::rows;
use super::{ArgKind, StepArg, StepFn, mentioned_schema};
use crate::errors::Errors;
use crate::{names, tracked};

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
    step.args.iter().filter(|arg| !arg.kind.is_frame())
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
        if !arg.kind.is_frame() {
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
        syn::ReturnType::Type(_, ty) if step.understood && step.options.rows.said.is_some() => {
            Some(rows::output(ty, private))
        }
        syn::ReturnType::Type(_, ty) if step.understood => {
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
            Some(quote! {
                const OUTPUT: #private::OutputType<#ty> =
                    #private::OutputType { schema: #schema, into_output: #into_output };
            })
        }
        _ => None,
    };
    quote!(#(#schemas)* #(#arguments)* #output)
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
            (declared(step, &private), quote!(#body #keys))
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
                ArgKind::ColumnName => "ColumnName",
                ArgKind::ColumnNames => "ColumnNames",
            }
        );
        let (name, ty) = (&arg.name, names::readable(&arg.ty));
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
        .filter(|(_, arg)| !arg.kind.is_frame())
        .map(|(i, arg)| {
            let (ty, field) = (type_name(i), &arg.ident);
            quote!(#field: (#ty.copy)(&self.#field))
        });
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
                    broken: #lenient,
                };
                #contract
                type Itself = Self;
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
    let function = &step.function.sig.ident;
    let version = step.options.version.unwrap_or(0);
    let helper = tracked::implementation(&step.function, private, &step.helpers);
    // The user's function may have the name of any of these.
    let inputs = Ident::new("inputs", Span::mixed_site());
    let values = Ident::new("parameters", Span::mixed_site());
    let add = step
        .args
        .iter()
        .enumerate()
        .filter(|(_, arg)| !arg.kind.is_frame())
        .map(|(i, arg)| {
            let (ty, field, name) = (type_name(i), &arg.ident, &arg.name);
            quote!((#ty.add)(#values, #name, &self.#field)?;)
        })
        .chain(rows::parameter(step, &values));
    let retry = step.options.retry.as_ref().map(|retry| {
        let retry = self::retry(retry, private);
        quote! {
            fn options(&self) -> #private::StepOptions {
                let mut options = #private::StepOptions::default();
                options.retry = ::core::option::Option::Some(#retry);
                options
            }
        }
    });
    let process = if lenient {
        // A function that could not be understood is not called.
        quote!(::core::result::Result::Err(
            "the step has a compile error".into()
        ))
    } else {
        let receiver = match step.options.rows.said {
            Some(_) => Ident::new("step", Span::mixed_site()),
            None => Ident::new("self", Span::call_site()),
        };
        let given = step.args.iter().enumerate().map(|(i, arg)| {
            let (ty, field) = (type_name(i), &arg.ident);
            if arg.kind.is_frame() {
                quote!(#ty.take(&mut #inputs)?)
            } else {
                quote!((#ty.copy)(&#receiver.#field))
            }
        });
        let given: Vec<TokenStream> = given.collect();
        match step.options.rows.said {
            Some(_) => rows::process(step, &given, &inputs, private),
            None => quote!((OUTPUT.into_output)(#function(#(#given),*))),
        }
    };
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

            #retry

            #[allow(unused_mut, unused_variables)]
            fn process(
                &self,
                mut #inputs: #private::Inputs,
            ) -> ::core::result::Result<#private::StepOutput, #private::StepError> {
                #process
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #private::Tracked for #ident {
            #helper
        }
    }
}

pub(crate) fn retry(retry: &Retry, private: &TokenStream) -> TokenStream {
    let attempts = retry.attempts;
    let duration = |duration: &std::time::Duration| {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        quote!(::core::time::Duration::from_nanos(#nanos))
    };
    let base = retry
        .base
        .as_ref()
        .map(duration)
        .map(|base| quote!(base: #base,));
    let max = retry
        .max
        .as_ref()
        .map(duration)
        .map(|max| quote!(max: #max,));
    let factor = retry.factor.map(|factor| quote!(factor: #factor,));
    quote!(#private::Retry { #base #max #factor ..#private::Retry::new(#attempts) })
}

/// How `pipeline!` hands over arguments: by position, each with its type.
fn arguments(step: &StepFn, private: &TokenStream) -> TokenStream {
    let ident = &step.ident;
    step.args
        .iter()
        .enumerate()
        .map(|(i, arg)| {
            let name = &arg.ident;
            let (ty, set) = if arg.kind.is_frame() {
                (
                    quote!(#private::NodeRef),
                    quote!(call.inputs.push((#i, value))),
                )
            } else {
                let ty = &arg.ty;
                (
                    quote!(#ty),
                    quote!(call.partial.#name = ::core::option::Option::Some(value)),
                )
            };
            let wanted = if arg.kind.is_frame() {
                TokenStream::new()
            } else {
                quote! {
                    #[automatically_derived]
                    impl #private::StepArgType<#i> for #ident {
                        type Type = #ty;
                    }
                }
            };
            quote! {
                #wanted
                #[automatically_derived]
                impl #private::StepArg<#i, #ty> for #ident {
                    const SET: fn(&mut #private::CallArgs<Self>, #ty) = |call, value| #set;
                }
            }
        })
        .collect()
}
