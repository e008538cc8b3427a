//! What a step returns: whether its words are those of a frame, and what is done with its type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::StepFn;
use super::emit::schema_name;

/// What is done with a result that is written as a frame.
pub(super) fn of_frame(step: &StepFn, ty: &syn::Type, private: &TokenStream) -> TokenStream {
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
        const __OUTPUT: #private::OutputType<#ty> = #private::OutputType {
            kind: #private::OutputKind::Frame,
            schema: #schema,
            into_output: #into_output,
        };
    }
}

/// What is done with a result that is not.
pub(super) fn of_value(ty: &syn::Type, value: &syn::Type, private: &TokenStream) -> TokenStream {
    let result = quote_spanned!(value.span()=> <#value as #private::StepResult>::TYPE);
    let into_result = (!std::ptr::eq(ty, value)).then(|| {
        let into_result =
            quote_spanned!(ty.span()=> <#ty as #private::Fallible<#value>>::INTO_RESULT);
        quote! {
            const __INTO_RESULT: fn(#ty) -> ::core::result::Result<#value, #private::StepError> =
                #into_result;
        }
    });
    let into_output = match into_result {
        Some(_) => quote!(|result| __INTO_RESULT(result).map(__RESULT.into_output)),
        None => quote!(|value| ::core::result::Result::Ok((__RESULT.into_output)(value))),
    };
    quote! {
        const __RESULT: #private::ResultType<#value> = #result;
        #into_result
        const __OUTPUT: #private::OutputType<#ty> = #private::OutputType {
            kind: __RESULT.kind,
            schema: __RESULT.schema,
            into_output: #into_output,
        };
    }
}

/// The `T` of a type that is called `…Result<T, …>`.
pub(super) fn of_result(ty: &syn::Type) -> Option<&syn::Type> {
    let last = last_segment(ty)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(ty) if last.ident.to_string().ends_with("Result") => Some(ty),
        _ => None,
    }
}

/// Whether a type is written as a frame, perhaps in a `Result` by another name.
pub(super) fn mentions_frame(ty: &syn::Type) -> bool {
    let Some(last) = last_segment(ty) else {
        return false;
    };
    let first = match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.first(),
        _ => None,
    };
    matches!(
        last.ident.to_string().as_str(),
        "Frame" | "LazyFrame" | "DataFrame"
    ) || matches!(first, Some(syn::GenericArgument::Type(ty)) if mentions_frame(ty))
}

pub(super) fn last_segment(ty: &syn::Type) -> Option<&syn::PathSegment> {
    match ty {
        syn::Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}
