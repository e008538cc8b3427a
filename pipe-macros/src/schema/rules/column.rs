//! The rules of one field.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, Token, UnOp};

use super::{Bound, ColumnRules, Len, Literal, Value, in_parentheses, missing};
use crate::errors::Errors;
use crate::schema::parse::said_twice;
use crate::{names, tokens};

impl ColumnRules {
    /// Reads one option of `#[column]`; whether it was a rule.
    pub(in crate::schema) fn parse(
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
            errors.at(span, said_twice(&name));
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
    if matches!(literal, Some(Literal::Float(float)) if float.is_infinite()) {
        errors.on(
            expr,
            format!("`{text}` is too large for a number\nhelp: `{example}`"),
        );
        return None;
    }
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
        span: tokens::ends(expr),
    })
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
            errors.on(
                expr,
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
                let help = names::help(&name, ["min", "max"], &format!("`{EXAMPLE}`"));
                errors.on(
                    &bound.path,
                    format!(
                        "`len` has no option `{name}`\nits options: `min = 1`, `max = 6`\n{help}"
                    ),
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
