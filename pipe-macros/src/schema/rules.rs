//! Rules on the values of columns: `min`, `max`, `one_of`, `pattern`, `len`, `unique` on a field,
//! `primary_key` and `rule` on the struct.
//!
//! What only the column's type can tell is left to `const` functions of the library, each called at
//! the user's token.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, GenericArgument, Lit, PathArguments, Token, Type, UnOp};

use super::parse::{ColumnField, SchemaStruct};
use crate::errors::Errors;
use crate::names;
use crate::step::body::BodyColumns;
use crate::tokens::{self, at};

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
    span: Span,
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

impl ColumnRules {
    /// Reads one option of `#[column]`; whether it was a rule.
    pub(super) fn parse(
        &mut self,
        meta: &ParseNestedMeta,
        errors: &mut Errors,
    ) -> syn::Result<bool> {
        let Some(option) = meta.path.get_ident() else {
            return Ok(false);
        };
        let (name, span) = (option.to_string(), option.span());
        if !["min", "max", "one_of", "pattern", "len", "unique"].contains(&name.as_str()) {
            return Ok(false);
        }
        if self.said.contains(&name) {
            errors.at(
                span,
                format!("`{name}` is said twice of this column\nhelp: keep one"),
            );
        }
        self.said.push(name.clone());
        match name.as_str() {
            "min" => {
                let value = value(meta, "min = 0", errors)?;
                self.min = value.map(|value| Bound {
                    option: span,
                    value,
                });
            }
            "max" => {
                let value = value(meta, "max = 9", errors)?;
                self.max = value.map(|value| Bound {
                    option: span,
                    value,
                });
            }
            "one_of" => self.one_of = one_of(meta, span, errors)?.map(|values| (span, values)),
            "pattern" => self.pattern = pattern(meta, errors)?.map(|pattern| (span, pattern)),
            "len" => self.len = len(meta, span, errors)?.map(|len| (span, len)),
            _ => {
                if !(meta.input.is_empty() || meta.input.peek(Token![,])) {
                    return Err(meta.input.error("`unique` stands alone\nhelp: `unique`"));
                }
                self.unique = Some(span);
            }
        }
        Ok(true)
    }
}

/// The literal after `min =`. What is no literal is noted, and `None`.
fn value(meta: &ParseNestedMeta, example: &str, errors: &mut Errors) -> syn::Result<Option<Value>> {
    let option = names::readable(&meta.path);
    if !meta.input.peek(Token![=]) {
        return Err(missing(meta, &format!("`{option}` needs a value"), example));
    }
    let expr: Expr = meta.value()?.parse()?;
    Ok(literal(&expr, &option, example, errors))
}

fn literal(expr: &Expr, option: &str, example: &str, errors: &mut Errors) -> Option<Value> {
    let (negative, inner) = match expr {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => (true, &*unary.expr),
        other => (false, other),
    };
    let literal = match inner {
        Expr::Lit(ExprLit {
            lit: Lit::Int(int), ..
        }) if int.suffix().is_empty() => int
            .base10_parse::<i128>()
            .ok()
            .map(|int| Literal::Integer(if negative { -int } else { int })),
        Expr::Lit(ExprLit {
            lit: Lit::Float(float),
            ..
        }) if float.suffix().is_empty() => float
            .base10_parse::<f64>()
            .ok()
            .map(|float| Literal::Float(if negative { -float } else { float })),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if !negative => Some(Literal::Text(text.value())),
        _ => None,
    };
    let text = names::readable(expr).replace("- ", "-");
    let Some(literal) = literal else {
        errors.on(
            expr,
            format!("`{option}` takes a plain number or text, not `{text}`\nhelp: `{example}`"),
        );
        return None;
    };
    let text = match &literal {
        Literal::Text(text) => text.clone(),
        _ => text,
    };
    Some(Value {
        literal,
        text,
        span: expr.span(),
    })
}

fn missing(meta: &ParseNestedMeta, what: &str, example: &str) -> syn::Error {
    syn::Error::new_spanned(&meta.path, format!("{what}\nhelp: `{example}`"))
}

fn one_of(
    meta: &ParseNestedMeta,
    option: Span,
    errors: &mut Errors,
) -> syn::Result<Option<Vec<Value>>> {
    const EXAMPLE: &str = "one_of(\"a\", \"b\")";
    let listed: Punctuated<Expr, Token![,]> =
        in_parentheses(meta, "`one_of` lists values", EXAMPLE, |content| {
            content.parse_terminated(Expr::parse, Token![,])
        })?;
    if listed.is_empty() {
        errors.at(
            option,
            format!("`one_of` without values lets nothing through\nhelp: `{EXAMPLE}`"),
        );
    }
    let mut values: Vec<Value> = Vec::new();
    for expr in &listed {
        let Some(value) = literal(expr, "one_of", EXAMPLE, errors) else {
            continue;
        };
        if values.iter().any(|other| other.literal == value.literal) {
            errors.at(
                value.span,
                format!("`{}` is in this list twice\nhelp: remove one", value.text),
            );
        } else {
            values.push(value);
        }
    }
    Ok((!values.is_empty()).then_some(values))
}

fn pattern(meta: &ParseNestedMeta, errors: &mut Errors) -> syn::Result<Option<String>> {
    const EXAMPLE: &str = "pattern = \"^N[0-9]+$\"";
    if !meta.input.peek(Token![=]) {
        return Err(missing(
            meta,
            "`pattern` needs a regular expression",
            EXAMPLE,
        ));
    }
    let expr: Expr = meta.value()?.parse()?;
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &expr
    else {
        errors.on(&expr, format!("`pattern` is a string\nhelp: `{EXAMPLE}`"));
        return Ok(None);
    };
    let pattern = text.value();
    if let Err(error) = regex_syntax::parse(&pattern) {
        let (why, place) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
            _ => (error.to_string(), None),
        };
        // The place inside of the text, where it is more than its end.
        let part = place.and_then(|place| pattern.get(place.start.offset..place.end.offset));
        let part = part
            .filter(|part| !part.is_empty())
            .map_or_else(String::new, |part| format!(" at `{part}`"));
        errors.at(
            text.span(),
            format!("`{pattern}` is not a regular expression: {why}{part}\nhelp: a backslash takes the meaning from a sign, as in r\"\\(\"; see https://docs.rs/regex/#syntax"),
        );
        return Ok(None);
    }
    Ok(Some(pattern))
}

fn len(meta: &ParseNestedMeta, option: Span, errors: &mut Errors) -> syn::Result<Option<Len>> {
    const EXAMPLE: &str = "len(min = 1, max = 6)` or `len = 3";
    if meta.input.peek(Token![=]) {
        let expr: Expr = meta.value()?.parse()?;
        let exact = length(&expr, "len", errors);
        return Ok(exact.map(|exact| Len {
            min: Some(exact),
            max: Some(exact),
        }));
    }
    let bounds: Punctuated<syn::MetaNameValue, Token![,]> =
        in_parentheses(meta, "`len` needs a length", EXAMPLE, |content| {
            content.parse_terminated(syn::MetaNameValue::parse, Token![,])
        })?;
    let mut len = Len::default();
    let mut sound = true;
    for bound in &bounds {
        let name = names::readable(&bound.path);
        let place = match name.as_str() {
            "min" => &mut len.min,
            "max" => &mut len.max,
            _ => {
                let near = names::nearest(&name, ["min", "max"]).map_or_else(
                    || format!("`{EXAMPLE}`"),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.on(
                    &bound.path,
                    format!("`len` has no option `{name}`\nits options: `min = 1`, `max = 6`\nhelp: {near}"),
                );
                sound = false;
                continue;
            }
        };
        if place.is_some() {
            errors.on(
                &bound.path,
                format!("`{name}` is said twice of this length\nhelp: keep one"),
            );
        }
        *place = length(&bound.value, &name, errors);
        sound &= place.is_some();
    }
    if bounds.is_empty() {
        errors.at(option, format!("`len` needs a length\nhelp: `{EXAMPLE}`"));
        sound = false;
    }
    if let (Some(min), Some(max)) = (len.min, len.max)
        && min > max
    {
        errors.at(
            option,
            "no value is so long: the `min` of this length is above its `max`\nhelp: exchange them",
        );
        sound = false;
    }
    Ok(sound.then_some(len))
}

fn length(expr: &Expr, option: &str, errors: &mut Errors) -> Option<u64> {
    let length = match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Int(int), ..
        }) => int.base10_parse().ok(),
        _ => None,
    };
    if length.is_none() {
        errors.on(
            expr,
            format!("a length is a whole number that is not negative\nhelp: `{option} = 6`"),
        );
    }
    length
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
    let near = names::nearest(name, known.iter().copied()).map_or_else(String::new, |near| {
        format!("\nhelp: did you mean `{near}`?")
    });
    format!(
        "there is no {what} `{name}` in this schema\nits {what}s: {}{near}",
        names::list(known.iter().copied())
    )
}

impl Parse for Condition {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
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
            columns: BodyColumns::of_expression(&expr).named,
            name,
            expr,
        })
    }
}

/// The code of a schema's rules.
pub(super) struct Emitted {
    /// The checks, and the functions that make conditions.
    pub(super) items: TokenStream,
    /// The rules as an associated constant; empty if there are none.
    pub(super) list: TokenStream,
}

pub(super) fn emit(schema: &SchemaStruct, private: &TokenStream) -> Emitted {
    let mut rules = Rules {
        library: quote!(#private::rules),
        items: TokenStream::new(),
        list: Vec::new(),
    };
    for (i, field) in schema.fields.iter().enumerate() {
        rules.field(i, field);
    }
    let conditions = &schema.options.rules;
    rules.primary_key(conditions, &schema.fields);
    for (i, condition) in conditions.conditions.iter().enumerate() {
        rules.condition(i, condition, private);
    }
    let (library, list) = (rules.library, rules.list);
    let list = if list.is_empty() {
        TokenStream::new()
    } else {
        quote!(const RULES: &'static [#library::Rule] = &[#(#list),*];)
    };
    Emitted {
        items: rules.items,
        list,
    }
}

/// Collects the code of rules.
struct Rules {
    library: TokenStream,
    items: TokenStream,
    list: Vec<TokenStream>,
}

impl Rules {
    fn field(&mut self, i: usize, field: &ColumnField) {
        let library = self.library.clone();
        let (name, rules) = (&field.name, &field.rules);
        let index = syn::Index::from(i);
        let spec = quote!(FIELDS.#index.spec);
        let ident = names::plain(field.ident);
        if !is_plain(field.ty) {
            let check = quote!(check_nested(#spec, FIELDS.#index.rules));
            self.check(&format!("rules_of_{ident}"), field.ty.span(), &check);
        }
        let bounds = [("min", "Min", &rules.min), ("max", "Max", &rules.max)];
        for (option, variant, bound) in bounds {
            let Some(bound) = bound else { continue };
            let label = format!("{option}_of_{ident}");
            self.check(&label, bound.option, &quote!(check_range(#spec, #option)));
            self.value(&label, &spec, &bound.value, false);
            let (variant, literal) = (format_ident!("{variant}"), bound.value.tokens(&library));
            self.rule(&[name], &quote!(#variant(#literal)));
        }
        if let (Some(min), Some(max)) = (&rules.min, &rules.max) {
            let (least, most) = (min.value.tokens(&library), max.value.tokens(&library));
            let check = quote!(check_order(#spec, #least, #most));
            self.check(&format!("order_of_{ident}"), max.value.span, &check);
        }
        if let Some((option, values)) = &rules.one_of {
            let label = format!("one_of_{ident}");
            self.check(&label, *option, &quote!(check_one_of(#spec)));
            for (k, value) in values.iter().enumerate() {
                self.value(&format!("{label}_{k}"), &spec, value, true);
            }
            let values = values.iter().map(|value| value.tokens(&library));
            self.rule(&[name], &quote!(OneOf(&[#(#values),*])));
        }
        if let Some((option, pattern)) = &rules.pattern {
            let label = format!("pattern_of_{ident}");
            self.check(&label, *option, &quote!(check_pattern(#spec)));
            self.rule(&[name], &quote!(Pattern(#pattern)));
        }
        if let Some((option, len)) = &rules.len {
            let label = format!("len_of_{ident}");
            self.check(&label, *option, &quote!(check_len(#spec)));
            let [min, max] = [len.min, len.max].map(|bound| match bound {
                Some(bound) => quote!(::core::option::Option::Some(#bound)),
                None => quote!(::core::option::Option::None),
            });
            self.rule(&[name], &quote!(Len { min: #min, max: #max }));
        }
        if let Some(option) = rules.unique {
            let check = quote!(check_unique(#spec, "unique"));
            self.check(&format!("unique_{ident}"), option, &check);
            self.rule(&[name], &quote!(Unique));
        }
    }

    fn primary_key(&mut self, rules: &StructRules, fields: &[ColumnField]) {
        for (i, span) in &rules.key {
            let index = syn::Index::from(*i);
            let label = format!("key_{}", names::plain(fields[*i].ident));
            self.check(&label, *span, &quote!(check_key_column(FIELDS.#index.spec)));
        }
        let key: Vec<&String> = rules.key.iter().map(|(i, _)| &fields[*i].name).collect();
        if !key.is_empty() {
            self.rule(&key, &quote!(PrimaryKey));
        }
    }

    fn condition(&mut self, i: usize, condition: &Condition, private: &TokenStream) {
        let function = format_ident!("__condition_{i}");
        let (name, expr) = (names::plain(&condition.name), &condition.expr);
        let code = tokens::of_expression(expr);
        self.items.extend(quote! {
            fn #function() -> #private::polars::prelude::Expr {
                #expr
            }
        });
        let mut columns: Vec<&String> = Vec::new();
        for (column, _) in &condition.columns {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let check = quote!(Condition { name: #name, code: #code, expr: #function });
        self.rule(&columns, &check);
    }

    fn value(&mut self, label: &str, spec: &TokenStream, value: &Value, texts: bool) {
        let (literal, text) = (value.tokens(&self.library), &value.text);
        let check = quote!(check_literal(#spec, #literal, #text, #texts));
        self.check(&format!("value_of_{label}"), value.span, &check);
    }

    /// A `const` that calls a check of the library at the user's token.
    fn check(&mut self, label: &str, span: Span, call: &TokenStream) {
        let (name, library) = (format_ident!("{label}"), &self.library);
        let raise = at(span, quote!(#library::#call.raise()));
        self.items.extend(quote!(const #name: () = #raise;));
    }

    fn rule(&mut self, columns: &[&String], check: &TokenStream) {
        let library = &self.library;
        self.list.push(quote! {
            #library::Rule { columns: &[#(#columns),*], check: #library::Check::#check }
        });
    }
}

impl Value {
    fn tokens(&self, library: &TokenStream) -> TokenStream {
        match &self.literal {
            Literal::Integer(value) => quote!(#library::Literal::Integer(#value)),
            Literal::Float(value) => quote!(#library::Literal::Float(#value)),
            Literal::Text(value) => quote!(#library::Literal::Text(#value)),
        }
    }
}

/// Whether a type is none of the user's own, so that it cannot be a schema.
fn is_plain(ty: &Type) -> bool {
    const PLAIN: [&str; 15] = [
        "bool",
        "i8",
        "i16",
        "i32",
        "i64",
        "u8",
        "u16",
        "u32",
        "u64",
        "f32",
        "f64",
        "String",
        "NaiveDate",
        "NaiveTime",
        "NaiveDateTime",
    ];
    let Type::Path(path) = ty else {
        return true;
    };
    let Some(last) = path.path.segments.last() else {
        return true;
    };
    let name = last.ident.to_string();
    match &last.arguments {
        PathArguments::AngleBracketed(of) if name == "Option" || name == "Vec" => {
            of.args.iter().all(|of| match of {
                GenericArgument::Type(ty) => is_plain(ty),
                _ => true,
            })
        }
        PathArguments::None => PLAIN.contains(&name.as_str()) || name == "TimeDelta",
        // `DateTime<Utc>`
        _ => true,
    }
}
