//! Rules on the values of columns: `min`, `max`, `one_of`, `pattern`, `len`, `unique` on a field
//! (`column`), `primary_key` and `rule` on the struct.
//!
//! What only the column's type can tell is left to `const` functions of the library, each called at
//! the user's token (`emit`).

mod column;
mod emit;

use proc_macro2::{Ident, Span};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Token};

use super::parse::ColumnField;
use crate::errors::Errors;
use crate::names;
use crate::step::body;
pub(super) use emit::emit;

/// The rules of one field.
#[derive(Default)]
pub(super) struct ColumnRules {
    /// The options that were there, right or wrong.
    said: Vec<String>,
    min: Option<Bound>,
    max: Option<Bound>,
    one_of: Option<(Span, Vec<Value>)>,
    pattern: Option<(Span, String)>,
    len: Option<(Span, Len)>,
    unique: Option<Span>,
}

/// `min = 0`
struct Bound {
    option: Span,
    value: Value,
}

/// A literal that a value is compared with.
struct Value {
    literal: Literal,
    /// As the user wrote it.
    text: String,
    span: (Span, Span),
}

#[derive(PartialEq)]
enum Literal {
    Integer(i128),
    Float(f64),
    Text(String),
}

/// `len = 3`, `len(min = 1, max = 6)`
#[derive(Default)]
struct Len {
    min: Option<u64>,
    max: Option<u64>,
}

/// The rules of a struct.
#[derive(Default)]
pub(super) struct StructRules {
    primary_key: Option<Vec<Ident>>,
    /// Its fields, by position.
    key: Vec<(usize, Span)>,
    conditions: Vec<Condition>,
}

/// `rule(name = expression)`
struct Condition {
    name: Ident,
    expr: Expr,
    columns: Vec<(String, Span)>,
}

impl StructRules {
    /// Reads one option of `#[schema]`; whether it was a rule.
    pub(super) fn parse(
        &mut self,
        meta: &ParseNestedMeta,
        errors: &mut Errors,
    ) -> syn::Result<bool> {
        if meta.path.is_ident("primary_key") {
            const EXAMPLE: &str = "primary_key(id)";
            let columns: Punctuated<Ident, Token![,]> =
                in_parentheses(meta, "`primary_key` lists fields", EXAMPLE, |content| {
                    content.parse_terminated(Ident::parse, Token![,])
                })?;
            let span = meta.path.span();
            if self.primary_key.is_some() {
                errors.at(
                    span,
                    "a schema has one primary key, this is the second\nhelp: list all its fields in one: `primary_key(a, b)`; for columns that have no value twice on their own there is `#[column(unique)]`",
                );
            } else if columns.is_empty() {
                errors.at(
                    span,
                    format!("a primary key has at least one field\nhelp: `{EXAMPLE}`"),
                );
            } else {
                self.primary_key = Some(columns.into_iter().collect());
            }
            return Ok(true);
        }
        if meta.path.is_ident("rule") {
            const EXAMPLE: &str = "rule(ends_after_start = col(\"end\").gt_eq(col(\"start\")))";
            let conditions: Punctuated<Condition, Token![,]> = in_parentheses(
                meta,
                "`rule` needs a name and a condition",
                EXAMPLE,
                |content| content.parse_terminated(Condition::parse, Token![,]),
            )?;
            if conditions.is_empty() {
                errors.on(
                    &meta.path,
                    format!("`rule` needs a name and a condition\nhelp: `{EXAMPLE}`"),
                );
            }
            for condition in conditions {
                let name = &condition.name;
                if self.conditions.iter().any(|other| other.name == *name) {
                    errors.at(
                        name.span(),
                        format!(
                            "two rules have the name `{name}`\nhelp: give one of them another name"
                        ),
                    );
                }
                self.conditions.push(condition);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Looks for the columns that are named, now that all are known.
    pub(super) fn check(&mut self, fields: &[ColumnField], errors: &mut Errors) {
        let columns: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        for (name, span) in self.conditions.iter().flat_map(|it| &it.columns) {
            if !columns.contains(&name.as_str()) {
                errors.at(*span, unknown_name("column", name, &columns));
            }
        }
        let idents: Vec<String> = fields
            .iter()
            .map(|field| names::plain(field.ident))
            .collect();
        for ident in self.primary_key.iter().flatten() {
            let name = names::plain(ident);
            match idents.iter().position(|field| *field == name) {
                Some(position) if self.key.iter().any(|(other, _)| *other == position) => {
                    errors.at(
                        ident.span(),
                        format!("`{name}` is in the primary key twice\nhelp: remove one"),
                    );
                }
                Some(position) => self.key.push((position, ident.span())),
                None => {
                    let known: Vec<&str> = idents.iter().map(String::as_str).collect();
                    errors.at(ident.span(), unknown_name("field", &name, &known));
                }
            }
        }
    }
}

fn unknown_name(what: &str, name: &str, known: &[&str]) -> String {
    let help = names::help(
        name,
        known.iter().copied(),
        &format!("add a field `{name}`"),
    );
    format!(
        "there is no {what} `{name}` in this schema\nits {what}s: {}\n{help}",
        names::list(known.iter().copied())
    )
}

impl Parse for Condition {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if input.peek(syn::token::Paren) || input.peek(Token![.]) || input.peek(Token![::]) {
            return Err(syn::Error::new(
                name.span(),
                "this condition has no name\nhelp: say what holds: `ends_after_start = col(\"end\").gt_eq(col(\"start\"))`",
            ));
        }
        if !input.peek(Token![=]) {
            return Err(syn::Error::new(
                name.span(),
                format!(
                    "rule `{name}` has no condition\nhelp: `{name} = col(\"a\").lt_eq(col(\"b\"))`"
                ),
            ));
        }
        input.parse::<Token![=]>()?;
        let expr: Expr = input.parse()?;
        Ok(Self {
            columns: body::columns_of(&expr),
            name,
            expr,
        })
    }
}

fn missing(meta: &ParseNestedMeta, what: &str, example: &str) -> syn::Error {
    syn::Error::new_spanned(&meta.path, format!("{what}\nhelp: `{example}`"))
}

/// Reads what stands in parentheses after an option.
fn in_parentheses<T>(
    meta: &ParseNestedMeta,
    otherwise: &str,
    example: &str,
    read: impl FnOnce(ParseStream) -> syn::Result<T>,
) -> syn::Result<T> {
    if !meta.input.peek(syn::token::Paren) {
        return Err(missing(meta, otherwise, example));
    }
    let content;
    syn::parenthesized!(content in meta.input);
    read(&content)
}
