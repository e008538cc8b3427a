//! The names in a body that may be the user's own functions and constants.
//!
//! A name means the innermost thing that is bound to it where it stands: `let hours = hours(x);` calls
//! the function, and `hours` is a variable from there on.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::visit::{self, Visit};
use syn::{ImplItem, Item, ItemFn, ItemImpl, Pat, Stmt};

use super::body::macro_arguments;
use super::helpers::FOREIGN;
use crate::{names, source_file};

#[cfg(test)]
mod tests;

/// Macros whose texts may read constants: `format!("{LIMIT}")`.
const FORMATTING: [&str; 5] = ["format", "format_args", "panic", "write", "writeln"];

/// What a body names, each once, in order.
#[derive(Default)]
pub(super) struct OwnCode {
    pub(super) functions: Vec<syn::Path>,
    pub(super) constants: Vec<syn::Path>,
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

/// What a name means.
enum Meaning {
    /// A variable, or an item in the body: its code is part of the body's.
    Local,
    /// What a `use` in the body brings.
    Import(Vec<Ident>),
}

struct Walk<'a> {
    untracked: &'a [String],
    scopes: Vec<HashMap<String, Meaning>>,
    /// Whether the pattern being visited may be refuted: then `LIMIT` in it is a constant.
    refutable: bool,
    seen: HashSet<String>,
    found: OwnCode,
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.within(|walk| {
            for stmt in &block.stmts {
                if let Stmt::Item(item) = stmt {
                    walk.bind_item(item);
                }
            }
            visit::visit_block(walk, block);
        });
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        // The function's own name too: recursion is covered by its own digest.
        self.bind(&function.sig.ident);
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
            self.bind(&pat.ident);
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
        match macro_arguments(mac) {
            Some(arguments) => {
                for argument in &arguments {
                    // The arguments do not live as long as the body; nothing of them is kept.
                    Walk::visit_expr(self, argument);
                }
            }
            None => {
                let tokens = &mac.tokens;
                // `vec![value; count]`
                match syn::parse2::<syn::ExprRepeat>(quote!([#tokens])) {
                    Ok(repeat) => Walk::visit_expr_repeat(self, &repeat),
                    Err(_) => self.scan(tokens.clone()),
                }
            }
        }
        if mac
            .path
            .segments
            .last()
            .is_some_and(|last| FORMATTING.iter().any(|name| last.ident == name))
        {
            self.note_captured(mac.tokens.clone());
        }
    }
}

impl<'a> Walk<'a> {
    fn new(untracked: &'a [String]) -> Self {
        Self {
            untracked,
            scopes: vec![HashMap::new()],
            refutable: false,
            seen: HashSet::new(),
            found: OwnCode::default(),
        }
    }

    /// Does something in a scope of its own.
    fn within(&mut self, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(HashMap::new());
        walk(self);
        self.scopes.pop();
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

    fn insert(&mut self, name: &Ident, meaning: Meaning) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(names::plain(name), meaning);
        }
    }

    fn bind(&mut self, name: &Ident) {
        self.insert(name, Meaning::Local);
    }

    fn bind_pat(&mut self, pat: &Pat, refutable: bool) {
        let outer = std::mem::replace(&mut self.refutable, refutable);
        self.visit_pat(pat);
        self.refutable = outer;
    }

    /// `const N: usize` among the generics.
    fn bind_constants(&mut self, generics: &syn::Generics) {
        for constant in generics.const_params() {
            self.bind(&constant.ident);
        }
    }

    fn bind_item(&mut self, item: &Item) {
        match item {
            Item::Fn(function) => self.bind(&function.sig.ident),
            Item::Const(constant) => self.bind(&constant.ident),
            Item::Static(item) => self.bind(&item.ident),
            Item::Use(item) => self.bind_imports(&item.tree, &mut Vec::new()),
            _ => {}
        }
    }

    fn bind_imports(&mut self, tree: &syn::UseTree, path: &mut Vec<Ident>) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.push(tree.ident.clone());
                self.bind_imports(&tree.tree, path);
                path.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.bind_imports(tree, path);
                }
            }
            syn::UseTree::Name(name) => self.bind_import(None, &name.ident, path),
            syn::UseTree::Rename(renamed) => {
                self.bind_import(Some(&renamed.rename), &renamed.ident, path);
            }
            syn::UseTree::Glob(_) => {}
        }
    }

    /// `use path::{self, ident, ident as name};`
    fn bind_import(&mut self, name: Option<&Ident>, ident: &Ident, path: &[Ident]) {
        let itself = (*ident != "self").then_some(ident);
        let import: Vec<_> = path.iter().chain(itself).cloned().collect();
        if let Some(name) = name.or(import.last()).cloned() {
            self.insert(&name, Meaning::Import(import));
        }
    }

    fn meaning(&self, name: &str) -> Option<&Meaning> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
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
        if path.leading_colon.is_none() {
            match self.meaning(&names::plain(&first.ident)) {
                Some(Meaning::Local) if path.segments.len() == 1 => return,
                Some(Meaning::Import(import)) => path = imported(import, &path),
                _ => {}
            }
        }
        let Some(meant) = path.segments.last().map(|last| names::plain(&last.ident)) else {
            return;
        };
        let to = if starts_lower(&meant) {
            &mut self.found.functions
        } else if is_screaming(&meant) {
            &mut self.found.constants
        } else {
            // Types and variants.
            return;
        };
        let opted_out = self.untracked.contains(&name) || self.untracked.contains(&meant);
        if !opted_out && may_be_own(&path, &meant) && self.seen.insert(names::readable(&path)) {
            to.push(path);
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

    /// Notes the constants that a text reads.
    fn note_captured(&mut self, tokens: TokenStream) {
        for token in tokens {
            let TokenTree::Literal(literal) = token else {
                continue;
            };
            let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else {
                continue;
            };
            for piece in text.value().replace("{{", "").split('{').skip(1) {
                let name: String = piece
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if is_screaming(&name)
                    && let Ok(ident) = syn::parse_str::<Ident>(&name)
                {
                    let ident = Ident::new(&ident.to_string(), literal.span());
                    self.note(&ident.into());
                }
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
