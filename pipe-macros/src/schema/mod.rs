//! `#[derive(Schema)]`.

mod parse;
mod rules;
mod sample;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::errors::Errors;
use crate::names;
use crate::tokens::{at, ends};
use parse::{ColumnField, SchemaStruct};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: syn::DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let options = parse::struct_options(&input.attrs, &mut errors);
    let private = options.library.private();
    let Some(schema) = parse::parse(&input, options, &mut errors) else {
        return errors.into_tokens(&private);
    };
    // A schema with a mistake still is a schema: frames of it give no errors of their own.
    let code = emit(&schema);
    let sample = schema
        .options
        .sample
        .as_ref()
        .map(|sample| sample::check(sample, &schema, &mut errors));
    let errors = errors.into_tokens(&private);
    quote!(#code #sample #errors)
}

fn emit(schema: &SchemaStruct) -> TokenStream {
    let private = schema.options.library.private();
    let ident = schema.ident;
    let name = names::plain(ident);
    let entries = schema
        .fields
        .iter()
        .map(|field| entry(field, ident, &private));
    let index: Vec<syn::Index> = (0..schema.fields.len()).map(syn::Index::from).collect();
    let idents = schema.fields.iter().map(|field| field.ident);
    let readers = schema
        .fields
        .iter()
        .enumerate()
        .map(|(i, field)| at_type(field, &private, &quote!(field_reader(columns, #i)?)));
    let values = schema.fields.iter().enumerate().map(|(i, field)| {
        let i = syn::Index::from(i);
        at_type(field, &private, &quote!(field(&readers.#i, row)?))
    });
    let prelude = quote!(#private::polars::prelude);
    let options = schema
        .fields
        .iter()
        .enumerate()
        .flat_map(|(i, field)| option_checks(i, field));
    let rules = rules::emit(schema, &private);
    let (checks, conditions, rules) = (rules.checks, rules.conditions, rules.list);
    quote! {
        #[allow(non_upper_case_globals)]
        const _: () = {
            // A field's type that is no column type is one error, as all that needs it to be one stands
            // at the type in the source, and is about the same trait.
            const __FIELDS: &[#private::SchemaField<#ident>] = &[#(#entries),*];
            #conditions
            // The names of the checks are for people. In a block of their own they are no names for the
            // user's conditions.
            {
                #(#options)*
                #checks
            }

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #private::FrameSchema for #ident {
                const NAME: &'static str = #name;
                const COLUMNS: &'static [#private::contract::ColumnSpec] =
                    &[#(__FIELDS[#index].spec),*];
                #rules

                const FIELDS: &'static [#private::SchemaField<Self>] = __FIELDS;

                fn reader(
                    columns: &#private::RowColumns,
                ) -> #prelude::PolarsResult<::std::boxed::Box<dyn #private::ReadRows<Self>>> {
                    let readers = (#(#readers,)*);
                    ::core::result::Result::Ok(#private::RowColumns::rows(move |row| {
                        ::core::result::Result::Ok(Self { #(#idents: #values),* })
                    }))
                }
            }

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #private::ColumnValue for #ident {
                const TYPE: #private::contract::ColumnType = #private::contract::ColumnType::Struct(
                    #name,
                    <Self as #private::FrameSchema>::COLUMNS,
                );
                const RULES: &'static [#private::rules::Rule] = <Self as #private::FrameSchema>::RULES;

                type Writer = #private::StructWriter<Self>;
                type Reader = #private::StructReader<Self>;
                type ListWriter = #private::ListWriter<Self>;
                type ListReader = #private::ListReader<Self>;
            }
        };
    }
}

/// The field's type as a column type. It carries the type's own span: a type that no column can have is
/// an error there.
fn column_value(field: &ColumnField, private: &TokenStream) -> TokenStream {
    let ty = field.ty;
    quote_spanned!(ty.span()=> <#ty as #private::ColumnValue>)
}

/// A call of a function of the field's type, all of it at the type: what rustc has to say about it is the
/// same error as any other that the type is no column type, and shown once.
fn at_type(field: &ColumnField, private: &TokenStream, call: &TokenStream) -> TokenStream {
    let value = column_value(field, private);
    let (_, end) = ends(field.ty);
    let call = at(end, quote!(::#call));
    quote!(#value #call)
}

/// A field's column and how to make it.
fn entry(field: &ColumnField, schema: &syn::Ident, private: &TokenStream) -> TokenStream {
    let ColumnField {
        ident,
        name,
        unit,
        zone,
        ..
    } = field;
    let hash = names::hash(name);
    let value = column_value(field, private);
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
            writer: |ty, capacity| #value::field_writer(|row: &#schema| &row.#ident, ty, capacity),
        }
    }
}

/// A unit or a zone only says something about a column that has one.
fn option_checks(index: usize, field: &ColumnField) -> Vec<TokenStream> {
    let index = syn::Index::from(index);
    let check = |option: &str, span: Span| {
        let name = format_ident!("{option}_of_{}", names::plain(field.ident));
        let check = format_ident!("check_{option}");
        let raise = at(span, quote!(__FIELDS[#index].spec.ty.#check().raise()));
        quote!(const #name: () = #raise;)
    };
    let unit = field
        .unit
        .as_ref()
        .map(|(_, text)| check("unit", text.span()));
    let zone = field.zone.as_ref().map(|text| check("zone", text.span()));
    unit.into_iter().chain(zone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_by_the_library_that_is_named() {
        let code = derive(quote!(
            #[schema(crate = renamed)]
            struct Order<T> {
                id: T,
            }
        ));
        let code = code.to_string();
        assert!(code.contains("renamed :: __private"), "{code}");
        assert!(!code.contains("pipe_core"), "{code}");
    }
}
