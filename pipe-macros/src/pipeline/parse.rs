//! Reads the syntax of `pipeline!`: functions whose arguments may have defaults.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Block, Expr, Token, Type, Visibility};

use crate::names;
use crate::paths::Library;

pub(super) struct Pipelines {
    pub(super) library: Library,
    pub(super) functions: Vec<PipelineFn>,
}

/// One pipeline as written.
pub(super) struct PipelineFn {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    pub(super) arguments: Vec<Argument>,
    pub(super) output: Type,
    pub(super) block: Block,
}

/// One argument as written.
pub(super) struct Argument {
    pub(super) attrs: Vec<Attribute>,
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) default: Option<Expr>,
}

const EXAMPLE: &str = "help: `pub fn totals(orders: Frame<Order>, rate: f64 = 1.0) -> Frame<Total> { let total = total(orders, rate); total }`";

impl Parse for Pipelines {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut library = Library::default();
        for attribute in input.call(Attribute::parse_inner)? {
            let parsed = attribute.meta.require_name_value().and_then(|meta| {
                if !meta.path.is_ident("crate") {
                    return Err(syn::Error::new_spanned(
                        &meta.path,
                        "`pipeline!` has no such option\nits options: `#![crate = path]`",
                    ));
                }
                let path = &meta.value;
                syn::parse::Parser::parse2(Library::parse, quote::quote!(= #path))
            });
            library = parsed?;
        }
        if input.is_empty() {
            return Err(syn::Error::new(
                input.span(),
                format!("`pipeline!` defines at least one pipeline\n{EXAMPLE}"),
            ));
        }
        let mut functions = Vec::new();
        while !input.is_empty() {
            functions.push(input.parse()?);
        }
        Ok(Self { library, functions })
    }
}

impl Parse for PipelineFn {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !input.peek(Token![fn]) {
            return Err(input.error(format!("a pipeline is written like a function\n{EXAMPLE}")));
        }
        input.parse::<Token![fn]>()?;
        let ident: Ident = input.parse()?;
        let content;
        syn::parenthesized!(content in input);
        let arguments = Punctuated::<Argument, Token![,]>::parse_terminated(&content)?;
        if !input.peek(Token![->]) {
            return Err(syn::Error::new(
                ident.span(),
                format!(
                    "pipeline `{}` does not say what it returns\nhelp: `-> Frame<S>`, `-> LazyFrame`, or a tuple of them",
                    names::plain(&ident)
                ),
            ));
        }
        input.parse::<Token![->]>()?;
        let output = input.parse()?;
        let block = input.parse()?;
        Ok(Self {
            attrs,
            vis,
            ident,
            arguments: arguments.into_iter().collect(),
            output,
            block,
        })
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let ident: Ident = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(syn::Error::new(
                ident.span(),
                format!(
                    "argument `{ident}` needs a type\nhelp: `{ident}: Frame<S>` for an input, `{ident}: f64` for a parameter"
                ),
            ));
        }
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        let default = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Self {
            attrs,
            ident,
            ty,
            default,
        })
    }
}

/// The documentation of an item, lines joined.
pub(super) fn documentation(attrs: &[Attribute]) -> String {
    let lines = attrs
        .iter()
        .filter(|a| a.path().is_ident("doc"))
        .filter_map(|attribute| {
            let syn::Meta::NameValue(meta) = &attribute.meta else {
                return None;
            };
            let Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) = &meta.value
            else {
                return None;
            };
            Some(text.value().trim().to_owned())
        });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
