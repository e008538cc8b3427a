//! What the names of local variables stand for.

use std::collections::HashMap;

use syn::visit::{self, Visit};
use syn::{Expr, Lit, LitStr, Pat};

use super::places;
use crate::names;
use crate::step::{ArgKind, StepArg};

/// How far a variable is followed to where it was made: no farther than people would.
const FARTHEST: usize = 12;

/// What an expression is, as far as it can be told without types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A frame, or a grouped one.
    Frame,
    /// An expression over columns, or a selector.
    Expression,
    /// What holds neither frames nor names of columns.
    Value,
    /// A `ColumnName` argument or something made of it: in the contract by itself.
    ColumnName,
    Unknown,
}

/// The variables of a function.
pub(super) struct Scope<'a> {
    variables: HashMap<String, Vec<Binding<'a>>>,
}

/// One place that binds a name.
#[derive(Clone, Copy)]
struct Binding<'a> {
    /// What it stands for, where that is written down.
    init: Option<&'a Expr>,
    /// Whether it stands for that until the end.
    fixed: bool,
    kind: Kind,
    parameter: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn of(args: &[StepArg], block: &'a syn::Block) -> Self {
        let mut scope = Self {
            variables: HashMap::new(),
        };
        for arg in args {
            let kind = match arg.kind {
                kind if kind.is_frame() => Kind::Frame,
                ArgKind::Value | ArgKind::NodeValue if places::is_plain_value(&arg.ty) => {
                    Kind::Value
                }
                ArgKind::Value | ArgKind::NodeValue => Kind::Unknown,
                _ => Kind::ColumnName,
            };
            let parameter = Binding {
                init: None,
                fixed: false,
                kind,
                parameter: true,
            };
            scope.bind(arg.name.clone(), parameter);
        }
        scope.visit_block(block);
        scope
    }

    fn bind(&mut self, name: String, binding: Binding<'a>) {
        self.variables.entry(name).or_default().push(binding);
    }

    fn bind_local(&mut self, name: &syn::Ident, init: Option<&'a Expr>, fixed: bool) {
        let binding = Binding {
            init,
            fixed,
            kind: Kind::Unknown,
            parameter: false,
        };
        self.bind(names::plain(name), binding);
    }

    pub(super) fn binds(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// Whether a variable may be anything, as far as can be seen: a parameter of a type of the user's.
    pub(super) fn hides(&self, name: &str) -> bool {
        let bindings = self.variables.get(name).into_iter().flatten();
        bindings.clone().any(|binding| binding.parameter)
            && self.kind_of_variable(name, &mut Vec::new()) == Kind::Unknown
    }

    /// What a name stands for wherever it is used: it is bound once and never assigned to.
    pub(super) fn value_of(&self, path: &syn::Path) -> Option<&'a Expr> {
        let name = names::plain(path.get_ident()?);
        match self.variables.get(&name).map(Vec::as_slice) {
            Some([only]) if only.fixed => only.init,
            _ => None,
        }
    }

    pub(super) fn kind(&self, expr: &Expr) -> Kind {
        self.kind_within(expr, &mut Vec::new())
    }

    fn kind_within(&self, expr: &Expr, within: &mut Vec<String>) -> Kind {
        match expr {
            Expr::Paren(inner) => self.kind_within(&inner.expr, within),
            Expr::Group(inner) => self.kind_within(&inner.expr, within),
            Expr::Reference(inner) => self.kind_within(&inner.expr, within),
            Expr::Try(inner) => self.kind_within(&inner.expr, within),
            Expr::Unary(inner) => self.kind_within(&inner.expr, within),
            Expr::Binary(binary) => match self.kind_within(&binary.left, within) {
                Kind::Expression => Kind::Expression,
                _ => self.kind_within(&binary.right, within),
            },
            Expr::MethodCall(call) => {
                let method = call.method.to_string();
                match self.kind_within(&call.receiver, within) {
                    Kind::ColumnName if method == "col" => Kind::Expression,
                    Kind::Frame if places::leaves_the_frame(&method) => Kind::Unknown,
                    kind => kind,
                }
            }
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => self.kind_of_call(&path.path, call, within),
                _ => Kind::Unknown,
            },
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => self.kind_of_variable(&names::plain(name), within),
                None => Kind::Value,
            },
            Expr::Lit(_) | Expr::Closure(_) | Expr::Range(_) => Kind::Value,
            _ => Kind::Unknown,
        }
    }

    fn kind_of_call(
        &self,
        path: &syn::Path,
        call: &syn::ExprCall,
        within: &mut Vec<String>,
    ) -> Kind {
        match (places::function(path), call.args.first()) {
            (places::Function::Wrapper, Some(inner)) => self.kind_within(inner, within),
            (places::Function::Expression, _) => Kind::Expression,
            (places::Function::Value, _) => Kind::Value,
            _ => Kind::Unknown,
        }
    }

    fn kind_of_variable(&self, name: &str, within: &mut Vec<String>) -> Kind {
        if within.len() > FARTHEST {
            return Kind::Unknown;
        }
        let mut found = None;
        for binding in self.variables.get(name).into_iter().flatten() {
            let kind = match binding.init {
                // `let flights = flights.filter(…)`: the other one decides.
                Some(_) if within.iter().any(|outer| outer == name) => continue,
                Some(init) => {
                    within.push(name.to_owned());
                    let kind = self.kind_within(init, within);
                    within.pop();
                    kind
                }
                None => binding.kind,
            };
            if found.is_some_and(|found| found != kind) {
                return Kind::Unknown;
            }
            found = Some(kind);
        }
        found.unwrap_or(Kind::Unknown)
    }

    /// The names that an expression gives where names are wanted: itself, or those in an array.
    pub(super) fn names<'e>(&self, expr: &'e Expr) -> Names<'e>
    where
        'a: 'e,
    {
        let mut names = Names::default();
        self.add_names(expr, 0, &mut names);
        names
    }

    fn add_names<'e>(&self, expr: &'e Expr, depth: usize, names: &mut Names<'e>)
    where
        'a: 'e,
    {
        if depth > FARTHEST {
            names.unseen = true;
            return;
        }
        let depth = depth + 1;
        match expr {
            Expr::Lit(literal) => {
                if let Lit::Str(text) = &literal.lit {
                    names.literals.push(text);
                }
            }
            Expr::Array(array) => {
                for element in &array.elems {
                    self.add_names(element, depth, names);
                }
            }
            Expr::Reference(inner) => self.add_names(&inner.expr, depth, names),
            Expr::Paren(inner) => self.add_names(&inner.expr, depth, names),
            Expr::Group(inner) => self.add_names(&inner.expr, depth, names),
            Expr::Cast(inner) => self.add_names(&inner.expr, depth, names),
            Expr::Block(block) => self.add_tail(&block.block, depth, names),
            Expr::If(choice) => {
                self.add_tail(&choice.then_branch, depth, names);
                if let Some((_, otherwise)) = &choice.else_branch {
                    self.add_names(otherwise, depth, names);
                }
            }
            Expr::Match(choice) => {
                for arm in &choice.arms {
                    self.add_names(&arm.body, depth, names);
                }
            }
            Expr::MethodCall(call) if places::keeps_names(&call.method.to_string()) => {
                self.add_names(&call.receiver, depth, names);
            }
            Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if places::makes_a_name(&path.path)) => {
                for argument in &call.args {
                    self.add_names(argument, depth, names);
                }
            }
            Expr::Path(path) if path.path.is_ident("None") => {}
            Expr::Path(path) => match self.value_of(&path.path) {
                Some(value) => self.add_names(value, depth, names),
                None => names.unseen |= !self.is_no_name(expr),
            },
            Expr::Closure(_) | Expr::Range(_) => {}
            _ => names.unseen |= !self.is_no_name(expr),
        }
    }

    fn add_tail<'e>(&self, block: &'e syn::Block, depth: usize, names: &mut Names<'e>)
    where
        'a: 'e,
    {
        match block.stmts.last() {
            Some(syn::Stmt::Expr(tail, None)) => self.add_names(tail, depth, names),
            _ => names.unseen = true,
        }
    }

    /// Whether what stands where a name could is an expression, whose names are seen on their own, or
    /// a column that the contract names by an argument.
    fn is_no_name(&self, expr: &Expr) -> bool {
        matches!(self.kind(expr), Kind::Expression | Kind::ColumnName)
    }
}

/// Names at one place.
#[derive(Default)]
pub(super) struct Names<'e> {
    pub(super) literals: Vec<&'e LitStr>,
    /// Whether there may be others, known only at run time.
    pub(super) unseen: bool,
}

impl<'a> Visit<'a> for Scope<'a> {
    fn visit_local(&mut self, local: &'a syn::Local) {
        let pattern = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            other => other,
        };
        match (pattern, &local.init) {
            (Pat::Ident(name), Some(init))
                if name.by_ref.is_none() && name.subpat.is_none() && init.diverge.is_none() =>
            {
                let fixed = name.mutability.is_none();
                self.bind_local(&name.ident, Some(&init.expr), fixed);
                self.visit_expr(&init.expr);
            }
            _ => visit::visit_local(self, local),
        }
    }

    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        self.bind_local(&pattern.ident, None, false);
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_item_const(&mut self, constant: &'a syn::ItemConst) {
        self.bind_local(&constant.ident, Some(&constant.expr), true);
        visit::visit_item_const(self, constant);
    }

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        self.bind_local(&item.ident, Some(&item.expr), true);
        visit::visit_item_static(self, item);
    }

    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        self.bind_local(&function.sig.ident, None, true);
        visit::visit_item_fn(self, function);
    }
}
