//! The names in a body that may be the user's own functions and constants.
//!
//! A name means the innermost thing that is bound to it where it stands: `let hours = hours(x);` calls
//! the function, and `hours` is a variable from there on.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::visit::{self, Visit};
use syn::{ImplItem, ItemFn, ItemImpl, Pat, Stmt};

use super::helpers::FOREIGN;
use crate::{macros, names, source_file};
use scopes::{Meaning, Scopes};

mod scopes;
#[cfg(test)]
mod tests;

/// What a body names, each once, in order.
#[derive(Default)]
pub(super) struct OwnCode {
    pub(super) functions: Vec<Used>,
    pub(super) constants: Vec<Used>,
}

/// A function or a constant.
pub(crate) struct Used {
    pub(crate) path: syn::Path,
    /// Where nothing else brings it, the `path` of each `use path::*` in the body: one of them may.
    pub(crate) globs: Vec<syn::Path>,
}

impl OwnCode {
    pub(super) fn of_function(function: &ItemFn, untracked: &[String]) -> Self {
        let mut walk = Walk::new(untracked);
        walk.visit_item_fn(function);
        walk.found
    }

    /// Of all functions of an `impl`.
    pub(super) fn of_impl(item: &ItemImpl, untracked: &[String]) -> Self {
        let mut walk = Walk::new(untracked);
        walk.bind_constants(&item.generics);
        for item in &item.items {
            if let ImplItem::Fn(function) = item {
                walk.visit_impl_item_fn(function);
            }
        }
        walk.found
    }
}

struct Walk<'a> {
    untracked: &'a [String],
    scopes: Scopes,
    /// Whether the pattern being visited may be refuted: then `LIMIT` in it is a constant.
    refutable: bool,
    seen: HashSet<String>,
    found: OwnCode,
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.within(|walk| {
            walk.scopes
                .bind_items(block.stmts.iter().filter_map(|stmt| match stmt {
                    Stmt::Item(item) => Some(item),
                    _ => None,
                }));
            visit::visit_block(walk, block);
        });
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        // The function's own name too: recursion is covered by its own digest.
        self.scopes.bind(&function.sig.ident);
        self.visit_body(&function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.visit_body(&function.sig, &function.block);
    }

    /// Names mean something else in there.
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        let refutable = local
            .init
            .as_ref()
            .is_some_and(|init| init.diverge.is_some());
        self.bind_pat(&local.pat, refutable);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.within(|walk| {
            for input in &closure.inputs {
                walk.bind_pat(input, false);
            }
            walk.visit_expr(&closure.body);
        });
    }

    fn visit_expr_let(&mut self, expr: &'ast syn::ExprLet) {
        self.visit_expr(&expr.expr);
        self.bind_pat(&expr.pat, true);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.within(|walk| {
            walk.visit_expr(&expr.cond);
            walk.visit_block(&expr.then_branch);
        });
        if let Some((_, otherwise)) = &expr.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.within(|walk| {
            walk.visit_expr(&expr.cond);
            walk.visit_block(&expr.body);
        });
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.within(|walk| {
            walk.bind_pat(&expr.pat, false);
            walk.visit_block(&expr.body);
        });
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.within(|walk| {
            walk.refutable = true;
            visit::visit_arm(walk, arm);
        });
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        let plain = pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none();
        if self.refutable && plain && is_screaming(&names::plain(&pat.ident)) {
            self.note(&pat.ident.clone().into());
        } else {
            self.scopes.bind(&pat.ident);
        }
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr_path(&mut self, expr: &'ast syn::ExprPath) {
        if expr.qself.is_none() {
            self.note(&expr.path);
        }
        visit::visit_expr_path(self, expr);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let input = macros::Input::of(mac);
        for value in &input.values {
            // They do not live as long as the body; nothing of them is kept.
            Walk::visit_expr(self, value);
        }
        self.scan(input.others);
        for name in input.captured {
            if is_screaming(&names::plain(&name)) {
                self.note(&name.into());
            }
        }
    }
}

impl<'a> Walk<'a> {
    fn new(untracked: &'a [String]) -> Self {
        Self {
            untracked,
            scopes: Scopes::new(),
            refutable: false,
            seen: HashSet::new(),
            found: OwnCode::default(),
        }
    }

    /// Does something in a scope of its own.
    fn within(&mut self, walk: impl FnOnce(&mut Self)) {
        self.scopes.enter();
        walk(self);
        self.scopes.leave();
    }

    fn visit_body(&mut self, signature: &syn::Signature, block: &syn::Block) {
        self.within(|walk| {
            walk.bind_constants(&signature.generics);
            for input in &signature.inputs {
                if let syn::FnArg::Typed(input) = input {
                    walk.bind_pat(&input.pat, false);
                }
            }
            walk.visit_block(block);
        });
    }

    fn bind_pat(&mut self, pat: &Pat, refutable: bool) {
        let outer = std::mem::replace(&mut self.refutable, refutable);
        self.visit_pat(pat);
        self.refutable = outer;
    }

    /// `const N: usize` among the generics.
    fn bind_constants(&mut self, generics: &syn::Generics) {
        for constant in generics.const_params() {
            self.scopes.bind(&constant.ident);
        }
    }

    /// Notes a path if it may be to something of the user's own.
    fn note(&mut self, path: &syn::Path) {
        let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else {
            return;
        };
        // As it is written: that is what the user opts out with.
        let name = names::plain(&last.ident);
        let mut path = path.clone();
        for segment in &mut path.segments {
            segment.arguments = syn::PathArguments::None;
        }
        if path.is_ident("self") {
            return;
        }
        let mut globs = Vec::new();
        if path.leading_colon.is_none() {
            let first = names::plain(&first.ident);
            let meaning = if path.segments.len() == 1 {
                self.scopes.of_name(&first)
            } else {
                self.scopes.of_path(&first)
            };
            match meaning {
                Some(Meaning::Local) => return,
                Some(Meaning::Import(import)) => path = imported(import, &path),
                None if ["crate", "self", "super"].contains(&first.as_str()) => {}
                None => globs = self.scopes.globs(),
            }
        }
        let Some(meant) = path.segments.last().map(|last| names::plain(&last.ident)) else {
            return;
        };
        let to = if is_screaming(&meant) {
            &mut self.found.constants
        } else if starts_lower(&meant) {
            &mut self.found.functions
        } else {
            // Types and variants.
            return;
        };
        let opted_out = self.untracked.contains(&name) || self.untracked.contains(&meant);
        if !opted_out
            && may_be_own(&path, &meant)
            && self.seen.insert(names::readable(quote!(#path #(#globs)*)))
        {
            to.push(Used { path, globs });
        }
    }

    /// Finds calls and constants where a macro's input is no list of expressions. Names of functions
    /// and constants of this file only: others may be anything.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) => {
                    let after_dot = i > 0
                        && matches!(&tokens[i - 1], TokenTree::Punct(dot) if matches!(dot.as_char(), '.' | ':'));
                    let is_call = matches!(tokens.get(i + 1), Some(TokenTree::Group(group)) if group.delimiter() == proc_macro2::Delimiter::Parenthesis);
                    let name = names::plain(ident);
                    if !after_dot
                        && (is_call || is_screaming(&name))
                        && source_file::is_defined_here(ident)
                    {
                        self.note(&ident.clone().into());
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a path means whose first segment is imported, at its last segment's place.
fn imported(import: &[Ident], path: &syn::Path) -> syn::Path {
    let rest = path.segments.iter().skip(1).map(|segment| &segment.ident);
    let span = path
        .segments
        .last()
        .map_or_else(proc_macro2::Span::call_site, |last| last.ident.span());
    let segments = import.iter().chain(rest).map(|ident| {
        let mut ident = ident.clone();
        ident.set_span(span);
        syn::PathSegment::from(ident)
    });
    syn::Path {
        leading_colon: None,
        segments: segments.collect(),
    }
}

fn may_be_own(path: &syn::Path, name: &str) -> bool {
    let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else {
        return false;
    };
    if path.segments.len() == 1 {
        return path.leading_colon.is_none()
            && (!FOREIGN.contains(&name) || source_file::is_own_name(&last.ident))
            && !source_file::is_foreign(&last.ident);
    }
    let local = first.ident == "crate"
        || first.ident == "self"
        || first.ident == "super"
        || source_file::is_own_module(&first.ident);
    let of_a_type = path
        .segments
        .iter()
        .rev()
        .nth(1)
        .is_some_and(|segment| !starts_lower(&segment.ident.to_string()));
    local && !of_a_type
}

/// `MAX_DELAY`
fn is_screaming(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase)
}

fn starts_lower(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|c| c.is_lowercase() || c == '_')
}
