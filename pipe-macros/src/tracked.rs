//! `#[tracked]`: helper functions whose code counts.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::Parse;

use crate::errors::Errors;
use crate::paths::Library;
use crate::step::helpers::Helpers;
use crate::step::own_code::Used;
use crate::tokens::at;
use crate::{names, tokens};

pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::default();
    if let Err(error) =
        syn::parse::Parser::parse2(|input: syn::parse::ParseStream| options.parse(input), args)
    {
        errors.push(error);
    }
    let private = options.library.private();
    let Ok(function) = syn::parse2::<syn::ItemFn>(item.clone()) else {
        errors.on(
            item,
            "`#[tracked]` goes on a function\nhelp: other code is covered by the version of its crate",
        );
        let errors = errors.into_tokens(&private);
        return quote!(#item #errors);
    };
    let helpers = Helpers::of(&function, &options.untracked);
    helpers.report(
        &format!("helper `{}`", function.sig.ident),
        "tracked",
        &mut errors,
    );
    let marker = marker(&function, &private, &helpers);
    let errors = errors.into_tokens(&private);
    quote!(#function #marker #errors)
}

#[derive(Default)]
struct Options {
    library: Library,
    untracked: Vec<String>,
}

impl Options {
    fn parse(&mut self, input: syn::parse::ParseStream) -> syn::Result<()> {
        while !input.is_empty() {
            if input.peek(syn::Token![crate]) {
                input.parse::<syn::Token![crate]>()?;
                self.library = Library::parse(input)?;
            } else {
                let name: syn::Ident = input.parse()?;
                if name != "untracked" {
                    return Err(syn::Error::new(
                        name.span(),
                        format!(
                            "`#[tracked]` has no option `{name}`\nits options: `untracked(…)` and `crate = …`\nhelp: remove it"
                        ),
                    ));
                }
                let content;
                syn::parenthesized!(content in input);
                let names = content.parse_terminated(syn::Ident::parse, syn::Token![,])?;
                self.untracked.extend(names.iter().map(names::plain));
            }
            if !input.is_empty() {
                input.parse::<syn::Token![,]>()?;
            }
        }
        Ok(())
    }
}

/// A type with the function's name that carries the digest of its code. Functions and types live in
/// different namespaces, so one `use` brings both.
fn marker(function: &syn::ItemFn, private: &TokenStream, helpers: &Helpers) -> TokenStream {
    let vis = &function.vis;
    let name = &function.sig.ident;
    let implementation = implementation(function, private, helpers);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #vis struct #name {}
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #private::Tracked for #name {
            #implementation
        }
    }
}

/// The constants of `Tracked`: the digest of this function, the helpers that it calls, the
/// constants that it reads.
pub(crate) fn implementation(
    function: &syn::ItemFn,
    private: &TokenStream,
    helpers: &Helpers,
) -> TokenStream {
    let name = names::plain(&function.sig.ident);
    let helper = helper(&name, &tokens::of_function(function), private, helpers);
    quote!(const HELPER: #private::Helper = #helper;)
}

/// A `Helper`: some code, and what it uses.
pub(crate) fn helper(
    name: &str,
    digest: &str,
    private: &TokenStream,
    helpers: &Helpers,
) -> TokenStream {
    let constants = helpers.constants.iter().map(|constant| {
        let path = &constant.path;
        let name = names::readable(path);
        let span = path
            .segments
            .last()
            .map_or_else(Span::call_site, |last| last.ident.span());
        let value = at(span, quote!(#private::ConstantValue::text(&#path)));
        let value = where_it_is(constant, value);
        quote!(#private::Constant { name: #name, value: || #value })
    });
    let helpers = helpers.tracked.iter().map(|function| {
        let path = &function.path;
        // Only the path's own tokens carry the user's span: a function without `#[tracked]` is an
        // error there.
        let helper = where_it_is(function, quote!(<#path as #private::Tracked>::HELPER));
        // A function, since two functions may call each other.
        quote!(|| #helper)
    });
    quote! {
        #private::Helper {
            name: #name,
            digest: #digest,
            helpers: &[#(#helpers),*],
            constants: &[#(#constants),*],
        }
    }
}

/// Code that stands outside of the body, with the globs that stand in it.
fn where_it_is(used: &Used, code: TokenStream) -> TokenStream {
    let globs = &used.globs;
    if globs.is_empty() {
        return code;
    }
    // The name is brought by one of them at most.
    quote!({ #(#[allow(unused_imports)] use #globs::*;)* #code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_by_the_library_that_is_named() {
        let code = expand(
            quote!(crate = renamed),
            &quote!(
                struct Order;
            ),
        );
        let code = code.to_string();
        assert!(code.contains("renamed :: __private"), "{code}");
        assert!(!code.contains("pipe_core"), "{code}");
    }
}
