//! The code of rules.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

use super::{ColumnField, Condition, Literal, StructRules, Value};
use crate::schema::parse::SchemaStruct;
use crate::{names, tokens};

/// The code of a schema's rules.
pub(in crate::schema) struct Emitted {
    pub(in crate::schema) checks: TokenStream,
    /// The functions that make conditions.
    pub(in crate::schema) conditions: TokenStream,
    /// The rules as an associated constant; empty if there are none.
    pub(in crate::schema) list: TokenStream,
}

pub(in crate::schema) fn emit(schema: &SchemaStruct, private: &TokenStream) -> Emitted {
    let mut rules = Rules {
        library: quote!(#private::rules),
        checks: TokenStream::new(),
        made: TokenStream::new(),
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
        checks: rules.checks,
        conditions: rules.made,
        list,
    }
}

/// Collects the code of rules.
struct Rules {
    library: TokenStream,
    checks: TokenStream,
    /// The functions that make conditions.
    made: TokenStream,
    list: Vec<TokenStream>,
}

impl Rules {
    fn field(&mut self, i: usize, field: &ColumnField) {
        let library = self.library.clone();
        let (name, rules) = (&field.name, &field.rules);
        let index = syn::Index::from(i);
        let spec = quote!(__FIELDS[#index].spec);
        let ident = names::plain(field.ident);
        if !is_plain(field.ty) {
            let check = quote!(check_nested(#spec, __FIELDS[#index].rules));
            self.check(&format!("rules_of_{ident}"), tokens::ends(field.ty), &check);
        }
        let bounds = [("min", "Min", &rules.min), ("max", "Max", &rules.max)];
        for (option, variant, bound) in bounds {
            let Some(bound) = bound else { continue };
            let label = format!("{option}_of_{ident}");
            let check = quote!(check_range(#spec, #option));
            self.check(&label, one(bound.option), &check);
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
            self.check(&label, one(*option), &quote!(check_one_of(#spec)));
            for (k, value) in values.iter().enumerate() {
                self.value(&format!("{label}_{k}"), &spec, value, true);
            }
            let values = values.iter().map(|value| value.tokens(&library));
            self.rule(&[name], &quote!(OneOf(&[#(#values),*])));
        }
        if let Some((option, pattern)) = &rules.pattern {
            let label = format!("pattern_of_{ident}");
            self.check(&label, one(*option), &quote!(check_pattern(#spec)));
            self.rule(&[name], &quote!(Pattern(#pattern)));
        }
        if let Some((option, len)) = &rules.len {
            let label = format!("len_of_{ident}");
            self.check(&label, one(*option), &quote!(check_len(#spec)));
            let [min, max] = [len.min, len.max].map(|bound| match bound {
                Some(bound) => quote!(::core::option::Option::Some(#bound)),
                None => quote!(::core::option::Option::None),
            });
            self.rule(&[name], &quote!(Len { min: #min, max: #max }));
        }
        if let Some(option) = rules.unique {
            let check = quote!(check_unique(#spec, "unique"));
            self.check(&format!("unique_{ident}"), one(option), &check);
            self.rule(&[name], &quote!(Unique));
        }
    }

    fn primary_key(&mut self, rules: &StructRules, fields: &[ColumnField]) {
        for (i, span) in &rules.key {
            let index = syn::Index::from(*i);
            let label = format!("key_{}", names::plain(fields[*i].ident));
            self.check(
                &label,
                one(*span),
                &quote!(check_key_column(__FIELDS[#index].spec)),
            );
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
        let into = quote_spanned!(expr.span()=> #private::rules::IntoCondition::into_condition);
        self.made.extend(quote! {
            fn #function() -> #private::polars::prelude::PolarsResult<#private::polars::prelude::Expr> {
                #into(#expr)
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
    fn check(&mut self, label: &str, (start, end): (Span, Span), call: &TokenStream) {
        let (name, library) = (format_ident!("{label}"), &self.library);
        let raise = tokens::between(start, end, quote!(#library::#call.raise()));
        self.checks.extend(quote!(const #name: () = #raise;));
    }

    fn rule(&mut self, columns: &[&String], check: &TokenStream) {
        let library = &self.library;
        self.list.push(quote! {
            #library::Rule { columns: &[#(#columns),*], check: #library::Check::#check }
        });
    }
}

/// From a token to itself.
fn one(span: Span) -> (Span, Span) {
    (span, span)
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
