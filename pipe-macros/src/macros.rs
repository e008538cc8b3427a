//! The input of macros, as far as it can be read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use crate::names;

/// Macros whose texts may read variables and constants: `format!("{LIMIT}")`.
const FORMATTING: [&str; 5] = ["format", "format_args", "panic", "write", "writeln"];

/// The arguments of a macro that takes expressions, such as `vec!`.
pub(crate) fn arguments(mac: &syn::Macro) -> Option<Punctuated<Expr, Token![,]>> {
    mac.parse_body_with(Punctuated::parse_terminated).ok()
}

/// What a macro is given.
#[derive(Default)]
pub(crate) struct Input {
    /// Expressions; of `rows = n`, the `n`.
    pub(crate) values: Vec<Expr>,
    /// What its text reads by name.
    pub(crate) captured: Vec<Ident>,
    /// What is no list of expressions.
    pub(crate) others: TokenStream,
}

impl Input {
    pub(crate) fn of(mac: &syn::Macro) -> Self {
        let mut input = Self::default();
        let mut named = Vec::new();
        let tokens = &mac.tokens;
        if let Some(arguments) = arguments(mac) {
            for argument in arguments {
                match argument {
                    Expr::Assign(assign) => {
                        named.extend(name(&assign.left));
                        input.values.push(*assign.right);
                    }
                    other => input.values.push(other),
                }
            }
        } else if let Ok(repeat) = syn::parse2::<syn::ExprRepeat>(quote!([#tokens])) {
            // `vec![value; count]`
            input.values.extend([*repeat.expr, *repeat.len]);
        } else {
            input.others = tokens.clone();
        }
        let last = mac.path.segments.last();
        if last.is_some_and(|last| FORMATTING.iter().any(|name| last.ident == name)) {
            input.captured = captured(tokens);
            input
                .captured
                .retain(|ident| !named.contains(&names::plain(ident)));
        }
        input
    }
}

/// The name of an argument.
fn name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.get_ident().map(names::plain),
        _ => None,
    }
}

/// The names that the texts among tokens read, each at its text.
fn captured(tokens: &TokenStream) -> Vec<Ident> {
    let mut captured = Vec::new();
    for token in tokens.clone() {
        let TokenTree::Literal(literal) = token else {
            continue;
        };
        let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else {
            continue;
        };
        let names = read_by(&text.value());
        captured.extend(names.iter().map(|name| Ident::new(name, literal.span())));
    }
    captured
}

/// The names in `"{LIMIT:>WIDTH$.PREC$}"`.
fn read_by(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let text = text.replace("{{", "");
    for piece in text.split('{').skip(1) {
        let piece = piece.split('}').next().unwrap_or_default();
        let (name, form) = piece.split_once(':').unwrap_or((piece, ""));
        names.push(name.trim());
        let numbers = form.rsplit_once('$').map_or("", |(numbers, _)| numbers);
        names.extend(numbers.split('$').map(|number| {
            let before = number.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
            // `0WIDTH` is a zero and a name.
            number[before.len()..].trim_start_matches(|c: char| c.is_ascii_digit())
        }));
    }
    let names = names.into_iter();
    // `{}` and `{0}` read no name.
    let names = names.filter(|name| syn::parse_str::<Ident>(name).is_ok());
    names.map(str::to_owned).collect()
}
