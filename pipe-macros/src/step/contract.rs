//! The contract of a step as code.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::clause::{ColumnTypeWord, ColumnWord, TypedColumn};
use super::emit::{schema_name, type_name};
use super::join::{JoinClause, KeyWords};
use super::options::Change;
use super::{ArgKind, StepFn};
use crate::names;
use crate::tokens::at;

pub(super) fn declared(step: &StepFn, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    let name = &step.name;
    let inputs = step
        .args
        .iter()
        .enumerate()
        .filter(|(_, arg)| arg.kind.is_frame())
        .map(|(i, arg)| {
            let ty = type_name(i);
            let reads = step
                .options
                .reads
                .iter()
                .filter(|read| match &read.input {
                    Some(input) => names::plain(input) == arg.name,
                    None => arg.kind == ArgKind::Open,
                })
                .map(|read| read_tokens(step, read, private));
            let name = &arg.name;
            quote! {
                #contract::InputContract {
                    name: #name,
                    arg: #i,
                    schema: #ty.schema,
                    reads: &[#(#reads),*],
                }
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

fn output(step: &StepFn, private: &TokenStream) -> TokenStream {
    let contract = quote!(#private::contract);
    if step.value().is_some() {
        // A frame by another name has a schema, a value has no columns.
        return quote! {
            match __OUTPUT.schema {
                ::core::option::Option::Some(schema) => #contract::OutputContract::Schema(schema),
                ::core::option::Option::None => #contract::OutputContract::Unknown,
            }
        };
    }
    if let Some(schema) = &step.options.returns {
        let schema = schema_name(step, schema);
        return quote!(#contract::OutputContract::Schema(#schema));
    }
    let changes = step.options.changes.iter();
    let changes = changes.map(|change| change_tokens(step, change, private));
    let changes = quote!(changes: &[#(#changes),*]);
    let open = if let Some(join) = &step.options.joins {
        let join = join.tokens(step, |word| column_ref(step, word, private), &contract);
        quote!(#contract::OutputContract::Joins { join: #join, #changes })
    } else if let Some(union) = &step.options.unions {
        let union = union.tokens(step, &contract);
        quote!(#contract::OutputContract::Unions { union: #union, #changes })
    } else if let Some(input) = step.passed() {
        quote!(#contract::OutputContract::Passes { input: #input, #changes })
    } else {
        quote!(#contract::OutputContract::Unknown)
    };
    quote! {
        match __OUTPUT.schema {
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
            (
                quote!(#contract::TypeRule::Is(#value::TYPE)),
                quote!(#value::NULLABLE),
            )
        }
        ColumnTypeWord::Class(class, nullable) => {
            // The word in the contract is `numeric`; only its variant is written here.
            let class = Ident::new(&class.to_string(), Span::call_site());
            (quote!(#contract::TypeRule::#class), quote!(#nullable))
        }
        // Reported by the checks.
        ColumnTypeWord::Like(..) => (quote!(#contract::TypeRule::Any), quote!(true)),
    };
    let optional = read.optional.is_some();
    quote! {
        #contract::Read {
            column: #column,
            rule: #rule,
            nullable: #nullable,
            optional: #optional,
        }
    }
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
            ColumnTypeWord::Like(input, other, nullable) => {
                let other = column_ref(step, other, private);
                let input = match input.as_ref().and_then(|input| step.input(input)) {
                    Some(input) => quote!(::core::option::Option::Some(#input)),
                    None => quote!(::core::option::Option::None),
                };
                quote!(#name, #contract::NewType::Like(#input, #other), #nullable)
            }
            // Reported by the checks.
            ColumnTypeWord::Class(..) => {
                quote!(#name, #contract::NewType::Like(::core::option::Option::None, #name), true)
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
        Change::NonNullAll(_) => quote!(#contract::Change::NonNullAll),
    }
}

/// A column of a contract: by its name, or by the `ColumnName` or `ColumnNames` argument of that name.
fn column_ref(step: &StepFn, column: &ColumnWord, private: &TokenStream) -> TokenStream {
    match step.argument(column) {
        Some(argument) => quote!(#private::contract::ColumnRef::Arg(#argument)),
        None => {
            let (name, hash) = (&column.name, names::hash(&column.name));
            quote!(#private::contract::ColumnRef::Name(#name, #hash))
        }
    }
}

/// The keys of a join that its typed sides must have, each at its own word.
pub(super) fn key_checks(step: &StepFn, private: &TokenStream) -> TokenStream {
    let Some(JoinClause { keys, .. }) = &step.options.joins else {
        return TokenStream::new();
    };
    let contract = quote!(#private::contract);
    let ident = &step.ident;
    let sides = |(i, KeyWords { left, right }): (usize, &KeyWords)| {
        [("Left", left.span), ("Right", right.span)].map(|(side, span)| {
            let check = format_ident!("{}_key_{}", side.to_lowercase(), i + 1);
            let side = format_ident!("{side}");
            let definition = quote!(<#ident as #private::StepDef>::CONTRACT);
            let raise = at(
                span,
                quote!(#definition.check_key(#i, #contract::Side::#side).raise()),
            );
            quote!(const #check: () = #raise;)
        })
    };
    keys.iter().enumerate().flat_map(sides).collect()
}
