//! The columns that a step's body names and makes, and whether they are those of its contract.
//!
//! What the macro can decide by itself it decides: a name that stands in a clause costs the compiler
//! nothing. Only where schemas may have the name, `const` evaluation decides ([`emit`]).

mod check;
mod collect;
mod emit;
mod expand;
mod outcome;
mod places;
mod scope;
#[cfg(test)]
mod tests;

use proc_macro2::Span;
use syn::{ItemFn, LitStr, Pat};

pub(super) use check::check;
pub(super) use emit::checks;

use super::StepArg;
use collect::Collector;
use expand::Macros;
use scope::Scope;

/// What a body does with names of columns.
#[derive(Default)]
pub(crate) struct Body {
    /// Columns that must be there, and whether each is a string where an expression is wanted.
    named: Vec<(Name, bool)>,
    /// Columns that it makes, wherever.
    made: Vec<String>,
    /// Of these, what surely comes out.
    comes_out: Vec<Name>,
    /// Every string literal, with what tells it from others.
    texts: Vec<(String, usize)>,
    /// What is put before and after the names of columns.
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// Whether it makes names that cannot be seen here, so that none can be called wrong.
    makes_unseen: bool,
    /// Whether it may touch columns without naming them, or is still to be written.
    touches_unnamed: bool,
    /// Whether it calls code that is not here and may do both.
    calls_unseen: bool,
    projection: Projection,
    meeting: Meeting,
}

/// Where a body lets only those columns pass that it names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Projection {
    #[default]
    Nowhere,
    Somewhere,
    /// All that comes out.
    AtTheEnd,
}

/// How several frames become one in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Meeting {
    #[default]
    None,
    Joins,
    Otherwise,
}

/// A string literal that names a column.
#[derive(Clone)]
struct Name {
    text: String,
    span: Span,
    /// Tells it from other literals of the same text.
    id: usize,
}

impl Name {
    fn of(literal: &LitStr) -> Self {
        Self {
            text: literal.value(),
            span: literal.span(),
            id: collect::identity(literal),
        }
    }
}

/// The columns that an expression names, each with its literal.
pub(crate) fn columns_of(expr: &syn::Expr) -> Vec<(String, Span)> {
    let mut block: syn::Block = syn::parse_quote!({ #expr });
    Macros::expand(&mut block);
    let mut body = Body::default();
    Collector::run(&Scope::of(&[], &block), &block, &mut body);
    let named = body.named.into_iter().filter(|(_, text)| !text);
    named.map(|(name, _)| (name.text, name.span)).collect()
}

impl Body {
    pub(crate) fn of(function: &ItemFn, args: &[StepArg]) -> Self {
        let mut block = (*function.block).clone();
        let macros = Macros::expand(&mut block);
        let scope = Scope::of(args, &block);
        let outcome = outcome::of(&scope, &block);
        let mut body = Self {
            comes_out: outcome.made,
            projection: outcome.projection,
            calls_unseen: macros.unknown,
            touches_unnamed: macros.unknown || macros.unfinished || hands_back(&block, args),
            ..Self::default()
        };
        Collector::run(&scope, &block, &mut body);
        // Not a literal of the tree: no other one is the same.
        body.texts
            .extend(macros.texts.into_iter().map(|text| (text, 0)));
        body
    }

    /// Whether a literal of this text is anywhere in it.
    fn mentions(&self, text: &str) -> bool {
        self.texts.iter().any(|(other, _)| other == text)
    }

    /// Whether a name is used at another place than where it is made.
    fn mentions_again(&self, name: &Name) -> bool {
        let elsewhere = |(text, id): &(String, usize)| *text == name.text && *id != name.id;
        self.texts.iter().any(elsewhere)
            || self.named.iter().any(|(other, _)| other.text == name.text)
    }
}

/// `fn clean(orders: LazyFrame) -> LazyFrame { orders }`: no step does nothing.
fn hands_back(block: &syn::Block, args: &[StepArg]) -> bool {
    match &block.stmts[..] {
        [syn::Stmt::Expr(syn::Expr::Path(path), None)] => {
            args.iter().any(|arg| path.path.is_ident(&arg.ident))
        }
        _ => false,
    }
}

/// The name that a pattern binds, if it is no more than a name.
pub(crate) fn simple_pattern(pat: &Pat) -> Option<&syn::Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}
