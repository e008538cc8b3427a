//! Tokens: where they stand, and their digest.
//!
//! The digest of a piece of code is equal for equal tokens, whatever the comments and the formatting.
//!
//! Tokens are hashed one by one, kind and text, length-prefixed; the text of a whole token stream is
//! not stable between compiler versions.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::visit_mut::{self, VisitMut};

use crate::macros;

/// Counted up when the way of hashing changes: every checkpoint is stale then.
const FORMAT: &str = "pipe code 1";

/// The digest of a function: signature and body. Documentation, lints and visibility do not count.
pub(crate) fn of_function(function: &syn::ItemFn) -> String {
    let mut function = function.clone();
    function.vis = syn::Visibility::Inherited;
    Normalize.visit_item_fn_mut(&mut function);
    digest(function.to_token_stream())
}

/// The digest of an expression.
pub(crate) fn of_expression(expr: &syn::Expr) -> String {
    let mut expr = expr.clone();
    Normalize.visit_expr_mut(&mut expr);
    digest(expr.to_token_stream())
}

/// The digest of a hand-written `impl Step for …`.
pub(crate) fn of_impl(item: &syn::ItemImpl) -> String {
    let mut item = item.clone();
    Normalize.visit_item_impl_mut(&mut item);
    digest(item.to_token_stream())
}

/// Removes what rustfmt may add or take away, and attributes that do not change what code does.
struct Normalize;

impl VisitMut for Normalize {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        const IGNORED: [&str; 11] = [
            "doc",
            "allow",
            "expect",
            "warn",
            "deny",
            "forbid",
            "must_use",
            "deprecated",
            "inline",
            "cold",
            "track_caller",
        ];
        attributes.retain(|a| {
            let tool = a
                .path()
                .segments
                .first()
                .is_some_and(|first| first.ident == "rustfmt");
            !tool && !IGNORED.iter().any(|name| a.path().is_ident(name))
        });
    }

    // In these brackets a single argument may have a comma after it; elsewhere `(x,)` is a tuple.

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        call.args.pop_punct();
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        call.args.pop_punct();
    }

    fn visit_pat_tuple_struct_mut(&mut self, pat: &mut syn::PatTupleStruct) {
        visit_mut::visit_pat_tuple_struct_mut(self, pat);
        pat.elems.pop_punct();
    }

    fn visit_signature_mut(&mut self, signature: &mut syn::Signature) {
        visit_mut::visit_signature_mut(self, signature);
        signature.inputs.pop_punct();
    }

    fn visit_type_fn_ptr_mut(&mut self, function: &mut syn::TypeFnPtr) {
        visit_mut::visit_type_fn_ptr_mut(self, function);
        function.inputs.pop_punct();
    }

    fn visit_parenthesized_generic_arguments_mut(
        &mut self,
        arguments: &mut syn::ParenthesizedGenericArguments,
    ) {
        visit_mut::visit_parenthesized_generic_arguments_mut(self, arguments);
        arguments.inputs.pop_punct();
    }

    // These are no brackets to the compiler.

    fn visit_angle_bracketed_generic_arguments_mut(
        &mut self,
        arguments: &mut syn::AngleBracketedGenericArguments,
    ) {
        visit_mut::visit_angle_bracketed_generic_arguments_mut(self, arguments);
        arguments.args.pop_punct();
    }

    fn visit_generics_mut(&mut self, generics: &mut syn::Generics) {
        visit_mut::visit_generics_mut(self, generics);
        generics.params.pop_punct();
    }

    fn visit_where_clause_mut(&mut self, clause: &mut syn::WhereClause) {
        visit_mut::visit_where_clause_mut(self, clause);
        clause.predicates.pop_punct();
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        // What it makes is a text with the spaces in it.
        if !mac.path.is_ident("stringify") {
            mac.tokens = self.input(mac);
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        visit_mut::visit_expr_closure_mut(self, closure);
        closure.inputs.pop_punct();
        if matches!(closure.output, syn::ReturnType::Default) {
            unwrap_block(&mut closure.body);
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        visit_mut::visit_arm_mut(self, arm);
        unwrap_block(&mut arm.body);
        arm.comma = Some(syn::token::Comma::default());
    }
}

impl Normalize {
    /// The input of a macro: as expressions where it is a list of them, as it is formatted then.
    fn input(&mut self, mac: &syn::Macro) -> TokenStream {
        if let Some(mut list) = macros::arguments(mac) {
            for expr in &mut list {
                self.visit_expr_mut(expr);
            }
            return list.into_token_stream();
        }
        // `vec![value; count]`
        let repeated = |input: ParseStream| {
            let value: syn::Expr = input.parse()?;
            let semicolon: syn::Token![;] = input.parse()?;
            Ok((value, semicolon, input.parse::<syn::Expr>()?))
        };
        if let Ok((mut value, semicolon, mut count)) = mac.parse_body_with(repeated) {
            self.visit_expr_mut(&mut value);
            self.visit_expr_mut(&mut count);
            return quote!(#value #semicolon #count);
        }
        spaced(mac.tokens.clone())
    }
}

/// The pairs of signs that mean something else with a space between them.
const PAIRS: [&str; 22] = [
    "!=", "%=", "&&", "&=", "*=", "+=", "-=", "->", "..", ".=", "/=", "::", "<-", "<<", "<=", "==",
    "=>", ">=", ">>", "^=", "|=", "||",
];

/// The same tokens, with signs joined only where that means something: `a,-b` is `a, -b`.
fn spaced(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let sign = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
        _ => None,
    };
    let spaced = tokens.iter().enumerate().map(|(i, token)| match token {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), spaced(group.stream()));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => {
            let signs = [Some(token), tokens.get(i + 1)].map(sign);
            let pair: String = signs.into_iter().flatten().collect();
            // The sign of a lifetime belongs to its name.
            let joint = punct.as_char() == '\'' || PAIRS.contains(&pair.as_str());
            if joint {
                token.clone()
            } else {
                TokenTree::Punct(Punct::new(punct.as_char(), Spacing::Alone))
            }
        }
        other => other.clone(),
    });
    spaced.collect()
}

/// `{ x }` → `x`
fn unwrap_block(expr: &mut syn::Expr) {
    if let syn::Expr::Block(block) = expr
        && block.label.is_none()
        && block.attrs.is_empty()
        && let [syn::Stmt::Expr(inner, None)] = &mut block.block.stmts[..]
    {
        *expr = inner.clone();
    }
}

fn digest(tokens: TokenStream) -> String {
    let mut hasher = blake3::Hasher::new();
    part(&mut hasher, "format", FORMAT);
    stream(&mut hasher, tokens);
    hasher.finalize().to_hex().as_str()[..32].to_owned()
}

/// The same tokens, all of them at `span`: an error in them then is an error exactly there. Numbers stay
/// where they are: lints would take what the user wrote there for their digits.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut group = Group::new(group.delimiter(), at(span, group.stream()));
                group.set_span(span);
                TokenTree::Group(group)
            }
            TokenTree::Literal(literal)
                if literal
                    .to_string()
                    .starts_with(|c: char| c.is_ascii_digit()) =>
            {
                TokenTree::Literal(literal)
            }
            mut other => {
                other.set_span(span);
                other
            }
        })
        .collect()
}

/// The same tokens, for an error that is underlined from `start` to `end`: rustc does so from the
/// first token of a call to its last.
pub(crate) fn between(start: Span, end: Span, tokens: TokenStream) -> TokenStream {
    let tokens = at(end, tokens).into_iter().enumerate();
    tokens
        .map(|(i, mut token)| {
            if i == 0 {
                token.set_span(start);
            }
            token
        })
        .collect()
}

/// Where tokens start and end.
pub(crate) fn ends(tokens: impl ToTokens) -> (Span, Span) {
    let tokens: Vec<TokenTree> = tokens.to_token_stream().into_iter().collect();
    let span = |token: Option<&TokenTree>| token.map_or_else(Span::call_site, TokenTree::span);
    (span(tokens.first()), span(tokens.last()))
}

/// The string literals that an expression is: one, or an array of nothing else.
pub(crate) fn texts(expr: &syn::Expr) -> Option<Vec<&syn::LitStr>> {
    match expr {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(vec![text]),
        syn::Expr::Array(array) => {
            let all = array.elems.iter().map(|element| match element {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(text),
                _ => None,
            });
            all.collect()
        }
        _ => None,
    }
}

fn part(hasher: &mut blake3::Hasher, kind: &str, text: &str) {
    for piece in [kind, text] {
        hasher.update(&(piece.len() as u64).to_le_bytes());
        hasher.update(piece.as_bytes());
    }
}

fn stream(hasher: &mut blake3::Hasher, tokens: TokenStream) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for token in &tokens {
        match token {
            TokenTree::Ident(ident) => part(hasher, "ident", &ident.to_string()),
            TokenTree::Literal(literal) => part(hasher, "literal", &literal.to_string()),
            TokenTree::Punct(punct) => {
                // `a && b` and `a & &b` differ only in spacing.
                let kind = match punct.spacing() {
                    Spacing::Joint => "joint",
                    Spacing::Alone => "punct",
                };
                part(hasher, kind, &punct.as_char().to_string());
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                part(hasher, "open", open);
                stream(hasher, without_trailing_comma(group));
                part(hasher, "close", close);
            }
        }
    }
}

/// A comma before a closing bracket comes and goes with line breaks, except in `(x,)`.
fn without_trailing_comma(group: &Group) -> TokenStream {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    let mut tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let commas = tokens.iter().filter(|token| is_comma(token)).count();
    let tuple_of_one = group.delimiter() == Delimiter::Parenthesis && commas == 1;
    if tokens.last().is_some_and(is_comma) && !tuple_of_one {
        tokens.pop();
    }
    tokens.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        of_function(&syn::parse_str(text).expect("a function"))
    }

    #[test]
    fn comments_formatting_and_documentation_do_not_count() {
        let tidy =
            code("fn f(a: LazyFrame, b: f64) -> LazyFrame { a.select([g(b, 1), h(|x| x + 1)]) }");
        let untidy = code(
            "/// Says what it does.\n#[allow(unused)]\npub fn f(\n  a: LazyFrame, // the frame\n  b: f64,\n) -> LazyFrame {\n  /* now */ a.select([\n g(\n b,\n 1,\n ),\n h(\n|x| { x + 1 },\n),\n ],)\n}",
        );
        assert_eq!(tidy, untidy);
    }

    #[test]
    fn every_token_counts() {
        let base = code("fn f(a: LazyFrame) -> LazyFrame { g(a, 1) }");
        for other in [
            "fn f(a: LazyFrame) -> LazyFrame { g(a, 2) }",
            "fn f(a: LazyFrame) -> LazyFrame { h(a, 1) }",
            "fn f(b: LazyFrame) -> LazyFrame { g(b, 1) }",
            "fn f(a: LazyFrame) -> DataFrame { g(a, 1) }",
            "fn f(a: LazyFrame) -> LazyFrame { g((a,), 1) }",
            "fn f(a: LazyFrame) -> LazyFrame { g((a, 1)) }",
        ] {
            assert_ne!(base, code(other), "{other}");
        }
        assert_ne!(code("fn f() { (a,) }"), code("fn f() { (a) }"));
    }

    #[test]
    fn formatting_in_macros_does_not_count() {
        for (tidy, untidy) in [
            ("vec![a, -b]", "vec![a,-b]"),
            ("vec![g(x), -b]", "vec![g(x,),-b,]"),
            ("vec![g(x); -1]", "vec![g(x,);-1]"),
            ("vec![vec![-a, -b]]", "vec![vec![-a,-b]]"),
            ("m!(a if -b => c)", "m!(a if-b=>c)"),
            (
                "assert!(matches!(a, Some(0) if -b < 1))",
                "assert!(matches!(a, Some(0) if-b< 1))",
            ),
        ] {
            let [tidy, untidy] = [tidy, untidy].map(|text| code(&format!("fn f() {{ {text} }}")));
            assert_eq!(tidy, untidy);
        }
    }

    #[test]
    fn every_token_in_macros_counts() {
        for (one, other) in [
            (r#"format!("a, -b")"#, r#"format!("a,-b")"#),
            (r#"format!("a {}", b)"#, r#"format!("a  {}", b)"#),
            ("vec![a && b]", "vec![a & &b]"),
            ("vec![(a,)]", "vec![(a)]"),
            ("vec![a; b]", "vec![a, b]"),
            ("m!(a if b && c)", "m!(a if b & &c)"),
            ("m!(a if b == c)", "m!(a if b = = c)"),
            ("m!(if (a,))", "m!(if (a))"),
            ("m!(a)", "m![a]"),
            ("stringify!(a, -b)", "stringify!(a,-b)"),
        ] {
            let [a, b] = [one, other].map(|text| code(&format!("fn f() {{ {text} }}")));
            assert_ne!(a, b, "{one} {other}");
        }
    }

    #[test]
    fn commas_at_the_ends_of_lists_of_types_do_not_count() {
        let tidy =
            "fn f<A, B>(a: fn(A) -> B) -> impl Fn(A) -> C where A: X { h::<A, B>(|a, b| a) }";
        let untidy =
            "fn f<A, B,>(a: fn(A,) -> B) -> impl Fn(A,) -> C where A: X, { h::<A, B,>(|a, b,| a) }";
        assert_eq!(code(tidy), code(untidy));
        assert_ne!(code("fn f() -> (A,) { a }"), code("fn f() -> (A) { a }"));
    }
}
