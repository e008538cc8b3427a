//! Calls the function of a step, at once or `async`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::emit::type_name;
use super::{ArgKind, StepFn, rows};
use crate::tokens;

/// Calls the function.
pub(super) fn process(
    step: &StepFn,
    inputs: &Ident,
    private: &TokenStream,
    lenient: bool,
) -> TokenStream {
    // Not every step has inputs; what is allowed here is about this code, not about the user's.
    let not_run = |why: &str| {
        quote! {
            #[allow(unused_mut, unused_variables)]
            fn process(
                &self,
                mut #inputs: #private::Inputs,
            ) -> ::core::result::Result<#private::StepOutput, #private::StepError> {
                ::core::result::Result::Err(::core::convert::Into::into(#why))
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
            #private::Judge { into_output: __OUTPUT.into_output, when: #when }.output(#result)
        },
        None => quote!((__OUTPUT.into_output)(#result)),
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
