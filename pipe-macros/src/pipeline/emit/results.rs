//! What a pipeline returns: how the results of a run become what its signature says.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::pipeline::check::kind;
use crate::pipeline::model::{ParamKind, Pipeline};

/// What the signature says, if it can be.
pub(super) fn output_type(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    if pipeline.output_fits {
        let output = &pipeline.function.output;
        quote!(#output)
    } else {
        quote!(#private::polars::prelude::LazyFrame)
    }
}

/// What the results of a run become.
pub(super) fn results(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let types: Vec<&Type> = match &pipeline.function.output {
        _ if !pipeline.output_fits => Vec::new(),
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        other => vec![other],
    };
    let of = |i: usize| format_ident!("__TYPE_{i}");
    let declared = types.iter().enumerate().map(|(i, ty)| {
        let name = of(i);
        let value = match kind(ty) {
            ParamKind::Typed(_) => quote!(#private::PipelineResultType::TYPED),
            ParamKind::Open => quote!(#private::PipelineResultType::OPEN),
            ParamKind::Value => quote_spanned!(ty.span()=> <#ty as #private::PipelineResult>::TYPE),
        };
        quote!(const #name: #private::PipelineResultType<#ty> = #value;)
    });
    let declared: Vec<TokenStream> = declared.collect();
    let names: Vec<Ident> = (0..types.len()).map(of).collect();
    let next = quote!(::core::iter::Iterator::next(&mut results));
    let (taken, copied) = match &pipeline.function.output {
        _ if !pipeline.output_fits => (
            quote!(#next?.frame()),
            quote!(::core::clone::Clone::clone(output)),
        ),
        Type::Tuple(_) => {
            let positions = (0..types.len()).map(syn::Index::from);
            (
                quote!(::core::option::Option::Some((#((#names.take)(#next?)?,)*))),
                quote!((#((#names.copy)(&output.#positions),)*)),
            )
        }
        _ => (
            quote!(#((#names.take)(#next?))*),
            quote!(#((#names.copy)(output))*),
        ),
    };
    quote! {
        fn output(
            results: ::std::vec::Vec<#private::StepOutput>,
        ) -> ::core::option::Option<Self::Output> {
            #(#declared)*
            let mut results = ::core::iter::IntoIterator::into_iter(results);
            #taken
        }

        fn copy(output: &Self::Output) -> Self::Output {
            #(#declared)*
            #copied
        }
    }
}
