//! What the names in a body mean where they stand.
//!
//! Items in a body see no variables around them; but where a name would be one, it does not compile, so
//! nothing is made of that here.

use std::collections::{HashMap, HashSet};

use syn::{Ident, Item, Token};

use crate::{names, source_file};

/// What a name means.
pub(super) enum Meaning {
    /// A variable, or an item in the body: its code is part of the body's.
    Local,
    /// What a `use` in the body brings.
    Import(Vec<Ident>),
}

/// The names of one block.
#[derive(Default)]
struct Scope {
    /// Variables, functions, constants and imports.
    names: HashMap<String, Meaning>,
    /// Modules and types.
    types: HashSet<String>,
    /// The `path` of each `use path::*`, as it is written.
    globs: Vec<(Option<Token![::]>, Vec<Ident>)>,
}

/// The scopes around a point, innermost last.
pub(super) struct Scopes(Vec<Scope>);

impl Scopes {
    pub(super) fn new() -> Self {
        Self(vec![Scope::default()])
    }

    pub(super) fn enter(&mut self) {
        self.0.push(Scope::default());
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// What a bare name means.
    pub(super) fn of_name(&self, name: &str) -> Option<&Meaning> {
        self.0.iter().rev().find_map(|scope| scope.names.get(name))
    }

    /// What the name at the beginning of a path means.
    pub(super) fn of_path(&self, name: &str) -> Option<&Meaning> {
        self.0.iter().rev().find_map(|scope| {
            if scope.types.contains(name) {
                return Some(&Meaning::Local);
            }
            let meaning = scope.names.get(name);
            meaning.filter(|meaning| matches!(meaning, Meaning::Import(_)))
        })
    }

    /// The `path` of each `use path::*` that may bring what is the user's own and not in the body.
    pub(super) fn globs(&self) -> Vec<syn::Path> {
        let globs = self.0.iter().rev().flat_map(|scope| &scope.globs);
        let outside = globs.filter_map(|(leading_colon, path)| {
            let mut path = path.clone();
            if leading_colon.is_none() {
                match self.of_path(&names::plain(path.first()?)) {
                    Some(Meaning::Local) => return None,
                    Some(Meaning::Import(import)) => {
                        path.splice(..1, import.iter().cloned());
                    }
                    None => {}
                }
            }
            if source_file::is_library(&names::plain(path.first()?)) {
                return None;
            }
            Some(syn::Path {
                leading_colon: *leading_colon,
                segments: path.into_iter().map(syn::PathSegment::from).collect(),
            })
        });
        outside.collect()
    }

    fn innermost(&mut self, bind: impl FnOnce(&mut Scope)) {
        if let Some(scope) = self.0.last_mut() {
            bind(scope);
        }
    }

    fn bind_to(&mut self, name: &Ident, meaning: Meaning) {
        self.innermost(|scope| {
            scope.names.insert(names::plain(name), meaning);
        });
    }

    /// A variable, a function or a constant.
    pub(super) fn bind(&mut self, name: &Ident) {
        self.bind_to(name, Meaning::Local);
    }

    fn bind_type(&mut self, name: &Ident) {
        self.innermost(|scope| {
            scope.types.insert(names::plain(name));
        });
    }

    /// The items of a block: they are there from its beginning.
    pub(super) fn bind_items<'a>(&mut self, items: impl Iterator<Item = &'a Item>) {
        for item in items {
            match item {
                Item::Fn(function) => self.bind(&function.sig.ident),
                Item::Const(constant) => self.bind(&constant.ident),
                Item::Static(item) => self.bind(&item.ident),
                Item::Mod(item) => self.bind_type(&item.ident),
                Item::Enum(item) => self.bind_type(&item.ident),
                Item::Struct(item) => self.bind_type(&item.ident),
                Item::Trait(item) => self.bind_type(&item.ident),
                Item::Type(item) => self.bind_type(&item.ident),
                Item::Use(item) => {
                    self.bind_imports(item.leading_colon, &item.tree, &mut Vec::new());
                }
                _ => {}
            }
        }
    }

    fn bind_imports(
        &mut self,
        colon: Option<Token![::]>,
        tree: &syn::UseTree,
        path: &mut Vec<Ident>,
    ) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.push(tree.ident.clone());
                self.bind_imports(colon, &tree.tree, path);
                path.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.bind_imports(colon, tree, path);
                }
            }
            syn::UseTree::Name(name) => self.bind_import(None, &name.ident, path),
            syn::UseTree::Rename(renamed) => {
                self.bind_import(Some(&renamed.rename), &renamed.ident, path);
            }
            syn::UseTree::Glob(_) => {
                let glob = (colon, path.clone());
                self.innermost(|scope| scope.globs.push(glob));
            }
        }
    }

    /// `use path::{self, ident, ident as name};`
    fn bind_import(&mut self, name: Option<&Ident>, ident: &Ident, path: &[Ident]) {
        let itself = (*ident != "self").then_some(ident);
        let import: Vec<_> = path.iter().chain(itself).cloned().collect();
        if let Some(name) = name.or(import.last()).cloned() {
            self.bind_to(&name, Meaning::Import(import));
        }
    }
}
