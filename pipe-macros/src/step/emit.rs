//! The code of a step: its function, its struct, its contract, its checks.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::clause::{ColumnTypeWord, ColumnWord, TypedColumn};
use super::options::{Change, Retry};
use super::{ArgKind, StepArg, StepFn};
use crate::errors::Errors;
use crate::tokens::at;
use crate::{names, tracked};

pub(super) fn emit(step: &StepFn, broken: bool, errors: Errors) -> TokenStream {
    let function = &step.function;
    let structure = structure(step);
    // A broken step exists all the same, so that pipelines that call it give no errors of their own.
    let contract = if broken { Contract::Lenient } else { Contract::Declared };
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
    let docs = step.function.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let summary = format!("Step `{}` with its parameters.", step.name);
    let fields = parameters(step).map(|arg| {
        let StepArg { ident, ty, name, .. } = arg;
        let doc = format!("Argument `{name}`.");
        quote!(#[doc = #doc] pub #ident: #ty)
    });
    let alias_doc = format!("[`{ident}`] under the name of its function.");
    quote! {
        #[doc = #summary]
        #[doc = ""]
        #(#docs)*
        #[derive(Clone)]
        #vis struct #ident { #(#fields),* }

        #[doc = #alias_doc]
        #[allow(non_camel_case_types)]
        #vis type #alias = #ident;
    }
}

fn parameters(step: &StepFn) -> impl Iterator<Item = &StepArg> {
    step.args.iter().filter(|arg| !arg.kind.is_frame())
}

enum Contract {
    Declared,
    Lenient,
}

fn implementation(step: &StepFn, contract: Contract) -> TokenStream {
    let private = step.options.library.private();
    let lenient = matches!(contract, Contract::Lenient);
    let runtime = runtime(step, &private, lenient);
    let arguments = arguments(step, &private);
    let (contract, body) = match contract {
        Contract::Declared => (declared(step, &private), body_checks(step, &private)),
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
                ArgKind::Typed | ArgKind::Open => "Frame",
                ArgKind::Value => "Value",
                ArgKind::ColumnName => "ColumnName",
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
    let types: Vec<&syn::Type> = parameters(step).map(|arg| &arg.ty).collect();
    quote! {
        #[allow(non_upper_case_globals, dead_code)]
        const _: () = {
            #runtime

            #[automatically_derived]
            impl #private::StepDef for #ident {
                const SIGNATURE: #private::contract::Signature = #private::contract::Signature {
                    step: #name,
                    args: &[#(#signature),*],
                    broken: #lenient,
                };
                #contract
                type Partial = Partial;

                fn finish(partial: Self::Partial) -> ::core::option::Option<Self> {
                    ::core::option::Option::Some(Self { #(#fields: partial.#fields?),* })
                }
            }

            #[derive(Default)]
            pub struct Partial { #(#fields: ::core::option::Option<#types>),* }

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
    let add = parameters(step).map(|arg| {
        let (ident, name) = (&arg.ident, &arg.name);
        quote_spanned!(arg.ty.span()=> parameters.add(#name, &self.#ident)?;)
    });
    let retry = step.options.retry.as_ref().map(|retry| {
        let retry = self::retry(retry, private);
        quote! {
            fn retry(&self) -> ::core::option::Option<#private::Retry> {
                ::core::option::Option::Some(#retry)
            }
        }
    });
    let process = if lenient {
        // A function that could not be understood is not called.
        quote!(::core::result::Result::Err("the step has a compile error".into()))
    } else {
        let given = step.args.iter().map(|arg| {
            let (ident, ty) = (&arg.ident, &arg.ty);
            if arg.kind.is_frame() {
                quote_spanned!(ty.span()=> <#ty as #private::FromInput>::from_input(inputs.next_frame()?)?)
            } else {
                quote_spanned!(ty.span()=> ::core::clone::Clone::clone(&self.#ident))
            }
        });
        let output = output_span(step);
        quote_spanned!(output=> #private::IntoOutput::into_output(#function(#(#given),*)))
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
                parameters: &mut #private::Parameters,
            ) -> ::core::result::Result<(), #private::StepError> {
                #(#add)*
                ::core::result::Result::Ok(())
            }

            #retry

            #[allow(unused_mut, unused_variables)]
            fn process(
                &self,
                mut inputs: #private::Inputs,
            ) -> ::core::result::Result<#private::polars::prelude::LazyFrame, #private::StepError> {
                #process
            }
        }

        #[automatically_derived]
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
    let base = retry.base.as_ref().map(duration).map(|base| quote!(base: #base,));
    let max = retry.max.as_ref().map(duration).map(|max| quote!(max: #max,));
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
                (quote!(#private::NodeRef), quote!(call.inputs.push((#i, value))))
            } else {
                let ty = &arg.ty;
                (
                    quote!(#ty),
                    quote!(call.partial.#name = ::core::option::Option::Some(value)),
                )
            };
            quote! {
                #[automatically_derived]
                impl #private::StepArg<#i, #ty> for #ident {
                    const SET: fn(&mut #private::CallArgs<Self>, #ty) = |call, value| #set;
                }
            }
        })
        .collect()
}

fn declared(step: &StepFn, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let name = &step.name;
    let inputs = step.args.iter().enumerate().filter(|(_, arg)| arg.kind.is_frame()).map(|(i, arg)| {
        let ty = &arg.ty;
        let schema = quote_spanned!(ty.span()=> <#ty as #private::FromInput>::SCHEMA);
        let reads = step
            .options
            .reads
            .iter()
            .filter(|read| match &read.input {
                Some(input) => *input == arg.ident,
                None => arg.kind == ArgKind::Open,
            })
            .map(|read| read_tokens(step, read, private));
        quote! {
            #contract::InputContract { arg: #i, schema: #schema, reads: &[#(#reads),*] }
        }
    });
    let output = output(step, private);
    quote! {
        const CONTRACT: #contract::Contract = #contract::Contract {
            step: #name,
            inputs: &[#(#inputs),*],
            output: #output,
        };
    }
}

/// Where the result's type stands.
fn output_span(step: &StepFn) -> Span {
    match &step.function.sig.output {
        syn::ReturnType::Type(_, ty) => ty.span(),
        syn::ReturnType::Default => step.function.sig.ident.span(),
    }
}

fn output(step: &StepFn, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    if let Some(schema) = &step.options.returns {
        let schema = quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::SCHEMA);
        return quote!(#contract::OutputContract::Schema(#schema));
    }
    let syn::ReturnType::Type(_, ty) = &step.function.sig.output else {
        return quote!(#contract::OutputContract::Unknown);
    };
    let schema = quote_spanned!(ty.span()=> <#ty as #private::IntoOutput>::SCHEMA);
    let open = match step.passed() {
        Some(input) => {
            let changes = step.options.changes.iter().map(|change| change_tokens(step, change, private));
            quote!(#contract::OutputContract::Passes { input: #input, changes: &[#(#changes),*] })
        }
        None => quote!(#contract::OutputContract::Unknown),
    };
    quote! {
        match #schema {
            ::core::option::Option::Some(schema) => #contract::OutputContract::Schema(schema),
            ::core::option::Option::None => #open,
        }
    }
}

fn read_tokens(step: &StepFn, read: &TypedColumn, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let column = column_ref(step, &read.column, private);
    let (rule, nullable) = match &read.ty {
        ColumnTypeWord::Rust(ty) => {
            let value = quote_spanned!(ty.span()=> <#ty as #private::ColumnValue>);
            (quote!(#contract::TypeRule::Is(#value::TYPE)), quote!(#value::NULLABLE))
        }
        ColumnTypeWord::Class(class, nullable) => {
            // The word in the contract is `numeric`; only its variant is written here.
            let class = Ident::new(&class.to_string(), Span::call_site());
            (quote!(#contract::TypeRule::#class), quote!(#nullable))
        }
        // Reported by the checks.
        ColumnTypeWord::Like(..) => (quote!(#contract::TypeRule::Any), quote!(true)),
    };
    quote!(#contract::Read { column: #column, rule: #rule, nullable: #nullable })
}

fn change_tokens(step: &StepFn, change: &Change, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let new = |column: &TypedColumn| {
        let name = column_ref(step, &column.column, private);
        match &column.ty {
            ColumnTypeWord::Rust(ty) => {
                let value = quote_spanned!(ty.span()=> <#ty as #private::ColumnValue>);
                quote!(#name, #contract::NewType::Is(#value::TYPE), #value::NULLABLE)
            }
            ColumnTypeWord::Like(other, nullable) => {
                let other = column_ref(step, other, private);
                quote!(#name, #contract::NewType::Like(#other), #nullable)
            }
            // Reported by the checks.
            ColumnTypeWord::Class(..) => {
                quote!(#name, #contract::NewType::Like(#name), true)
            }
        }
    };
    match change {
        Change::Adds(column) => {
            let new = new(column);
            quote!(#contract::Change::Adds(#new))
        }
        Change::Replaces(column) => {
            let new = new(column);
            quote!(#contract::Change::Replaces(#new))
        }
        Change::Drops(column) => {
            let column = column_ref(step, column, private);
            quote!(#contract::Change::Drops(#column))
        }
        Change::Renames(rename) => {
            let from = column_ref(step, &rename.from, private);
            let to = column_ref(step, &rename.to, private);
            quote!(#contract::Change::Renames(#from, #to))
        }
        Change::NonNull(column) => {
            let column = column_ref(step, column, private);
            quote!(#contract::Change::NonNull(#column))
        }
        Change::NonNullAll => quote!(#contract::Change::NonNullAll),
    }
}

/// A column of a contract: by its name, or by the `ColumnName` argument of that name.
fn column_ref(step: &StepFn, column: &ColumnWord, private: &TokenStream) -> TokenStream {
    let argument = step
        .args
        .iter()
        .position(|arg| column.bare && arg.kind == ArgKind::ColumnName && arg.name == column.name);
    match argument {
        Some(argument) => quote!(#private::contract::ColumnRef::Arg(#argument)),
        None => {
            let (name, hash) = (&column.name, names::hash(&column.name));
            quote!(#private::contract::ColumnRef::Name(#name, #hash))
        }
    }
}

/// One check for each column that the body names.
fn body_checks(step: &StepFn, private: &TokenStream) -> TokenStream {
    if step.columns.opaque || step.columns.named.is_empty() {
        return TokenStream::new();
    }
    let contract = quote!(#private::contract);
    let name = &step.name;
    let known = contract_columns(step).map(|column| column_ref(step, column, private));
    let made = step.columns.made.iter().map(|name| {
        let hash = names::hash(name);
        quote!((#name, #hash))
    });
    let inputs = step.inputs().filter(|input| input.kind == ArgKind::Typed).map(|input| {
        let ty = &input.ty;
        quote_spanned!(ty.span()=> #contract::columns_of(<#ty as #private::FromInput>::SCHEMA))
    });
    let returns = step.options.returns.as_ref().map(|schema| {
        quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::COLUMNS)
    });
    let output = match &step.function.sig.output {
        syn::ReturnType::Type(_, ty) if step.returns_typed() => Some(
            quote_spanned!(ty.span()=> #contract::columns_of(<#ty as #private::IntoOutput>::SCHEMA)),
        ),
        _ => None,
    };
    let schemas = inputs.chain(returns).chain(output);
    let checks = step.columns.named.iter().enumerate().map(|(i, (name, span))| {
        let hash = names::hash(name);
        let check = format_ident!("column_{}_of_the_body", i + 1);
        let raise = at(*span, quote!(#contract::check_body_name(&BODY, #name, #hash).raise()));
        quote!(const #check: () = #raise;)
    });
    quote! {
        const BODY: #contract::BodyNames = #contract::BodyNames {
            step: #name,
            contract: &[#(#known),*],
            made: &[#(#made),*],
            schemas: &[#(#schemas),*],
        };
        #(#checks)*
    }
}

/// Every column that a clause names.
fn contract_columns(step: &StepFn) -> impl Iterator<Item = &ColumnWord> {
    let reads = step.options.reads.iter().map(|read| &read.column);
    let changes = step.options.changes.iter().flat_map(|change| match change {
        Change::Adds(column) | Change::Replaces(column) => vec![&column.column],
        Change::Drops(column) | Change::NonNull(column) => vec![column],
        Change::Renames(rename) => vec![&rename.from, &rename.to],
        Change::NonNullAll => Vec::new(),
    });
    reads.chain(changes)
}
