//! `#[derive(Schema)]`.

mod parse;
mod rules;
mod sample;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::errors::Errors;
use crate::names;
use crate::paths::Library;
use crate::tokens::at;
use parse::{ColumnField, SchemaStruct};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: syn::DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let Some(schema) = parse::parse(&input, &mut errors) else {
        return errors.into_tokens(&Library::default().private());
    };
    // A schema with a mistake still is a schema: frames of it give no errors of their own.
    let code = emit(&schema);
    let sample = schema
        .options
        .sample
        .as_ref()
        .map(|sample| sample::check(sample, &schema, &mut errors));
    let errors = errors.into_tokens(&schema.options.library.private());
    quote!(#code #sample #errors)
}

fn emit(schema: &SchemaStruct) -> TokenStream {
    let private = schema.options.library.private();
    let ident = schema.ident;
    let name = names::plain(ident);
    let types = schema.fields.iter().map(|field| field.ty);
    let entries = schema.fields.iter().map(|field| entry(field, &private));
    let index: Vec<syn::Index> = (0..schema.fields.len()).map(syn::Index::from).collect();
    let prelude = quote!(#private::polars::prelude);
    let options = schema
        .fields
        .iter()
        .enumerate()
        .flat_map(|(i, field)| option_checks(i, field));
    let rules = rules::emit(schema, &private);
    let (rule_items, rules) = (rules.items, rules.list);
    quote! {
        #[allow(non_upper_case_globals)]
        const _: () = {
            // Everything that needs a field's type to be a column type stands in this one item: where
            // it is not, that is one error.
            const FIELDS: &(#(#private::SchemaField<#ident, #types>,)*) = &(#(#entries,)*);
            #(#options)*
            #rule_items

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #private::FrameSchema for #ident {
                const NAME: &'static str = #name;
                const COLUMNS: &'static [#private::contract::ColumnSpec] =
                    &[#(FIELDS.#index.spec),*];
                #rules

                const FIELDS: &'static [&'static dyn #private::RowField<Self>] =
                    &[#(&FIELDS.#index),*];
            }

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #private::ColumnValue for #ident {
                const TYPE: #private::contract::ColumnType = #private::contract::ColumnType::Struct(
                    #name,
                    <Self as #private::FrameSchema>::COLUMNS,
                );
                const RULES: &'static [#private::rules::Rule] = <Self as #private::FrameSchema>::RULES;

                fn series(
                    name: #prelude::PlSmallStr,
                    values: ::std::vec::Vec<::core::option::Option<&Self>>,
                ) -> #prelude::PolarsResult<#prelude::Series> {
                    #private::struct_series::<Self>(name, values)
                }
            }
        };
    }
}

/// A field's column and how to make it. The field's type carries its own span: a type that no column
/// can have is an error there.
fn entry(field: &ColumnField, private: &TokenStream) -> TokenStream {
    let ColumnField {
        ident,
        ty,
        name,
        unit,
        zone,
        ..
    } = field;
    let hash = names::hash(name);
    let value = quote_spanned!(ty.span()=> <#ty as #private::ColumnValue>);
    let unit = unit
        .as_ref()
        .map(|(unit, _)| quote!(.with_unit(#private::contract::TimeUnit::#unit)));
    let zone = zone.as_ref().map(|zone| quote!(.with_zone(#zone)));
    quote! {
        #private::SchemaField {
            spec: #private::contract::ColumnSpec {
                name: #name,
                hash: #hash,
                ty: #value::TYPE #unit #zone,
                nullable: #value::NULLABLE,
            },
            rules: #value::RULES,
            get: |row| &row.#ident,
            series: #value::series,
        }
    }
}

/// A unit or a zone only says something about a column that has one.
fn option_checks(index: usize, field: &ColumnField) -> Vec<TokenStream> {
    let index = syn::Index::from(index);
    let check = |option: &str, span: Span| {
        let name = format_ident!("{option}_of_{}", names::plain(field.ident));
        let check = format_ident!("check_{option}");
        let raise = at(span, quote!(FIELDS.#index.spec.ty.#check().raise()));
        quote!(const #name: () = #raise;)
    };
    let unit = field
        .unit
        .as_ref()
        .map(|(_, text)| check("unit", text.span()));
    let zone = field.zone.as_ref().map(|text| check("zone", text.span()));
    unit.into_iter().chain(zone).collect()
}
