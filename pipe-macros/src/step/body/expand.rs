//! A body with its macros written out, as far as they can be: `vec![a, b]` is an array.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Stmt, Token};

use crate::macros::arguments;

/// Macros that neither name columns nor make any, beyond what stands in their arguments.
const HARMLESS: &[&str] = &[
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "df",
    "ensure",
    "env",
    "eprintln",
    "error",
    "file",
    "format",
    "info",
    "line",
    "matches",
    "panic",
    "polars_bail",
    "polars_ensure",
    "polars_err",
    "println",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// What writing out the macros of a body has shown.
#[derive(Default)]
pub(super) struct Macros {
    /// Whether there is one that may do anything.
    pub(super) unknown: bool,
    /// Whether the body is still to be written.
    pub(super) unfinished: bool,
    /// The string literals of those that could not be written out.
    pub(super) texts: Vec<String>,
}

impl Macros {
    /// Writes out the macros of a body.
    pub(super) fn expand(block: &mut syn::Block) -> Self {
        let mut macros = Self::default();
        macros.visit_block_mut(block);
        macros
    }

    fn written_out(&mut self, mac: &syn::Macro) -> Option<Expr> {
        let name = mac.path.segments.last()?.ident.to_string();
        self.unknown |= !HARMLESS.contains(&name.as_str());
        self.unfinished |= name == "todo" || name == "unimplemented";
        let expr = match name.as_str() {
            "df" => columns_of(mac),
            "vec" => array(mac),
            _ => arguments(mac).map(tuple),
        };
        if expr.is_none() {
            self.note_texts(mac.tokens.clone());
        }
        expr
    }

    fn note_texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.note_texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = syn::parse_str::<syn::LitStr>(&literal.to_string());
                    self.texts.extend(text.map(|text| text.value()));
                }
                _ => {}
            }
        }
    }
}

impl VisitMut for Macros {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(mac) = expr
            && let Some(written_out) = self.written_out(&mac.mac)
        {
            *expr = written_out;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Macro(mac) = stmt
            && let Some(written_out) = self.written_out(&mac.mac)
        {
            *stmt = Stmt::Expr(written_out, mac.semi_token);
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }
}

fn array(mac: &syn::Macro) -> Option<Expr> {
    Some(Expr::Array(syn::ExprArray {
        attrs: Vec::new(),
        bracket_token: syn::token::Bracket::default(),
        elems: arguments(mac)?,
    }))
}

fn tuple(elems: Punctuated<Expr, Token![,]>) -> Expr {
    Expr::Tuple(syn::ExprTuple {
        attrs: Vec::new(),
        paren_token: syn::token::Paren::default(),
        elems,
    })
}

/// `df!("a" => x, "b" => y)` as `df("a", x, "b", y)`.
fn columns_of(mac: &syn::Macro) -> Option<Expr> {
    let columns: Punctuated<KeyAndValues, Token![,]> =
        mac.parse_body_with(Punctuated::parse_terminated).ok()?;
    let name = &mac.path.segments.last()?.ident;
    let args: Punctuated<Expr, Token![,]> = columns
        .into_iter()
        .flat_map(|column| [column.key, column.values])
        .collect();
    Some(syn::parse_quote!(#name(#args)))
}

struct KeyAndValues {
    key: Expr,
    values: Expr,
}

impl Parse for KeyAndValues {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let key = input.parse()?;
        input.parse::<Token![=>]>()?;
        Ok(Self {
            key,
            values: input.parse()?,
        })
    }
}
