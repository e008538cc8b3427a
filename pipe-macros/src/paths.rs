//! The one place that knows where `pipe-core` is.

use proc_macro2::TokenStream;
use quote::quote;

/// Path of the library in the user's crate; `crate = path` overrides it.
#[derive(Clone, Default)]
pub(crate) struct Library(Option<syn::Path>);

impl Library {
    /// Reads the path after `crate`.
    pub(crate) fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        input.parse::<syn::Token![=]>()?;
        Ok(Self(Some(syn::Path::parse_mod_style(input)?)))
    }

    /// What generated code calls.
    pub(crate) fn private(&self) -> TokenStream {
        match &self.0 {
            Some(path) => quote!(#path::__private),
            None => quote!(::pipe_core::__private),
        }
    }

    /// The same under a short name, with what brings the name into a block. Generated code consists of
    /// paths to a good part: this halves what the compiler has to read.
    pub(crate) fn shortened(&self) -> (TokenStream, TokenStream) {
        let private = self.private();
        (quote!(use #private as __pipe;), quote!(__pipe))
    }
}
