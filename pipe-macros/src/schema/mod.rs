//! `#[derive(Schema)]`.

mod parse;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::errors::Errors;
use crate::names;
use parse::{ColumnField, SchemaStruct};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: syn::DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let Some(schema) = parse::parse(&input, &mut errors) else {
        return errors.into_tokens();
    };
    // A schema with a mistake still is a schema: frames of it give no errors of their own.
    let code = emit(&schema);
    let errors = errors.into_tokens();
    quote!(#code #errors)
}

fn emit(schema: &SchemaStruct) -> TokenStream {
    let private = schema.library.private();
    let ident = schema.ident;
    let name = names::plain(ident);
    let columns = schema.fields.iter().map(|field| spec(field, &private));
    let fields: Vec<&Ident> = schema.fields.iter().map(|field| field.ident).collect();
    let values: Vec<Ident> = (0..fields.len()).map(|i| format_ident!("column_{i}")).collect();
    let series = schema.fields.iter().zip(&values).enumerate().map(|(i, (field, values))| {
        let ty = field.ty;
        quote_spanned!(ty.span()=> #private::column::<#ty>(&Self::COLUMNS[#i], #values)?)
    });
    quote! {
        #[automatically_derived]
        impl #private::FrameSchema for #ident {
            const NAME: &'static str = #name;
            const COLUMNS: &'static [#private::contract::ColumnSpec] = &[#(#columns),*];

            fn into_columns(
                rows: ::std::vec::Vec<Self>,
            ) -> #private::polars::prelude::PolarsResult<
                ::std::vec::Vec<#private::polars::prelude::Column>,
            > {
                #(let mut #values = ::std::vec::Vec::with_capacity(rows.len());)*
                for row in rows {
                    #(#values.push(::core::option::Option::Some(row.#fields));)*
                }
                ::core::result::Result::Ok(::std::vec![#(#series),*])
            }
        }

        #[automatically_derived]
        impl #private::ColumnValue for #ident {
            const TYPE: #private::contract::ColumnType =
                #private::contract::ColumnType::Struct(#name, <Self as #private::FrameSchema>::COLUMNS);

            fn series(
                name: #private::polars::prelude::PlSmallStr,
                values: ::std::vec::Vec<::core::option::Option<Self>>,
            ) -> #private::polars::prelude::PolarsResult<#private::polars::prelude::Series> {
                #private::struct_series::<Self>(name, values)
            }
        }
    }
}

/// The `ColumnSpec` of a field. The field's type carries its own span: a type that no column can
/// have is an error there.
fn spec(field: &ColumnField, private: &TokenStream) -> TokenStream {
    let ColumnField { ty, name, unit, zone, .. } = field;
    let hash = names::hash(name);
    let value = quote_spanned!(ty.span()=> <#ty as #private::ColumnValue>);
    let unit = unit.as_ref().map(|unit| quote!(.with_unit(#private::contract::TimeUnit::#unit)));
    let zone = zone.as_ref().map(|zone| quote!(.with_zone(#zone)));
    quote! {
        #private::contract::ColumnSpec {
            name: #name,
            hash: #hash,
            ty: #value::TYPE #unit #zone,
            nullable: #value::NULLABLE,
        }
    }
}
