//! The code of a step: its function, its struct, and what the runtime calls.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::body;
use super::contract::{declared, key_checks};
use super::{ArgKind, StepArg, StepFn, mentioned_schema};
use super::{call, output, rows};
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
    // How a step takes its arguments says what they are; a lint must not tell the user otherwise.
    quote! {
        #[allow(
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::ptr_arg
        )]
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
    format_ident!("__ARGUMENT_{i}")
}

/// The `const` that holds the schema: one for all places that name it, so that a type that is no
/// schema is one mistake.
pub(super) fn schema_name(step: &StepFn, schema: &syn::Type) -> Ident {
    let same = |other: &&syn::Type| names::readable(other) == names::readable(schema);
    let index = schemas(step).iter().position(same).unwrap_or_default();
    format_ident!("__SCHEMA_{index}")
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
            Some(value) => output::of_value(ty, value, private),
            None => output::of_frame(step, ty, private),
        }),
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
    let signature = signature(step, lenient, &private);
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
    let output = match step.value().filter(|_| step.understood) {
        Some(ty) => quote!(#ty),
        None => quote!(#private::polars::prelude::LazyFrame),
    };
    let (puts_aside, retries_rows) = (rows::puts_aside(step), rows::retries_rows(step));
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
                const SIGNATURE: #private::contract::Signature = #signature;
                #contract
                #puts_aside
                #retries_rows
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
            // The names of the checks are for people. In a block of their own they are no names for the
            // user's functions and constants, which are named above.
            {
                #body
            }
        };
    }
}

/// The arguments and the result, in words.
fn signature(step: &StepFn, broken: bool, private: &TokenStream) -> TokenStream {
    let name = &step.name;
    let args = step.args.iter().map(|arg| {
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
        let ty = names::readable(&arg.ty);
        let ty = match arg.kind {
            ArgKind::NodeValue => format!("&{ty}"),
            _ => ty,
        };
        let name = &arg.name;
        quote! {
            #private::contract::Arg {
                name: #name,
                kind: #private::contract::ArgKind::#kind,
                ty: #ty,
            }
        }
    });
    // Under another name a frame does not look like one.
    let value = match step.value().filter(|_| step.understood) {
        Some(ty) => {
            let ty = names::readable(ty);
            quote! {
                match __OUTPUT.kind {
                    #private::OutputKind::Value(_) => ::core::option::Option::Some(#ty),
                    #private::OutputKind::Frame => ::core::option::Option::None,
                }
            }
        }
        None => quote!(::core::option::Option::None),
    };
    quote! {
        #private::contract::Signature {
            step: #name,
            args: &[#(#args),*],
            value: #value,
            broken: #broken,
        }
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
    let process = call::process(step, &inputs, private, lenient);
    let output = step.value().filter(|_| step.understood).map(|_| {
        quote! {
            fn output(&self) -> #private::OutputKind {
                __OUTPUT.kind
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
