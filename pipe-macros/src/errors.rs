//! A collector of compile errors.
//!
//! Mistakes become `const` items that panic, like those that `const` evaluation finds itself: rustc
//! shows all of them together with its own errors. After a `compile_error!` it would keep back every
//! unresolved name in the crate; that is left to input that cannot be parsed at all.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

use crate::tokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<Mistake>);

/// What is wrong, and the tokens from `start` to `end` that are shown for it.
struct Mistake {
    start: Span,
    end: Span,
    message: String,
}

impl Errors {
    /// Notes a mistake at the given place.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.0.push(Mistake {
            start: span,
            end: span,
            message: message.into(),
        });
    }

    /// Notes a mistake that covers the given tokens.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        let (start, end) = tokens::ends(tokens);
        self.0.push(Mistake {
            start,
            end,
            message: message.into(),
        });
    }

    /// Notes an error that syn found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        for error in error {
            self.at(error.span(), error.to_string());
        }
    }

    /// Unwraps a result, noting its error.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// One item for each mistake.
    pub(crate) fn into_tokens(self, private: &TokenStream) -> TokenStream {
        self.0
            .into_iter()
            .map(
                |Mistake {
                     start,
                     end,
                     message,
                 }| {
                    let call = quote!(#private::contract::mistake(#message));
                    let call = tokens::between(start, end, call);
                    quote!(const _: () = #call;)
                },
            )
            .collect()
    }
}
