//! Reads a schema struct.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::format_ident;

use super::rules::{ColumnRules, StructRules};
use crate::errors::Errors;
use crate::names;
use crate::paths::Library;
use crate::schema::sample::Sample;

/// A struct with `#[derive(Schema)]`.
pub(super) struct SchemaStruct<'a> {
    pub(super) ident: &'a Ident,
    pub(super) fields: Vec<ColumnField<'a>>,
    pub(super) options: StructOptions,
}

/// The options in `#[schema(…)]`.
#[derive(Default)]
pub(super) struct StructOptions {
    pub(super) library: Library,
    pub(super) rules: StructRules,
    pub(super) sample: Option<Sample>,
}

/// One of its fields.
pub(super) struct ColumnField<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a syn::Type,
    pub(super) name: String,
    /// Variant of `TimeUnit`, and what the user wrote.
    pub(super) unit: Option<(Ident, syn::LitStr)>,
    pub(super) zone: Option<syn::LitStr>,
    pub(super) rules: ColumnRules,
}

pub(super) fn parse<'a>(
    input: &'a syn::DeriveInput,
    mut options: StructOptions,
    errors: &mut Errors,
) -> Option<SchemaStruct<'a>> {
    if !input.generics.params.is_empty() {
        errors.on(
            &input.generics,
            format!(
                "schema `{}` cannot have type parameters\nhelp: write one struct for each set of column types",
                input.ident
            ),
        );
        return None;
    }
    let syn::Data::Struct(syn::DataStruct {
        fields: syn::Fields::Named(fields),
        ..
    }) = &input.data
    else {
        errors.at(
            input.ident.span(),
            format!(
                "`{}` cannot be a schema: a schema is a struct with named fields, one for each column\nhelp: `struct {} {{ id: i64, name: Option<String> }}`",
                input.ident, input.ident
            ),
        );
        return None;
    };
    let fields: Vec<_> = fields
        .named
        .iter()
        .filter_map(|field| column_field(field, errors))
        .collect();
    if fields.is_empty() && errors.is_empty() {
        errors.at(
            input.ident.span(),
            format!("schema `{}` has no columns\nhelp: add a field", input.ident),
        );
    }
    let mut seen: HashMap<&str, &Ident> = HashMap::new();
    for field in &fields {
        if let Some(first) = seen.insert(&field.name, field.ident) {
            errors.at(
                field.ident.span(),
                format!("two fields are column `{}`\nthe other is `{first}`\nhelp: give one of them another name", field.name),
            );
        }
    }
    options.rules.check(&fields, errors);
    Some(SchemaStruct {
        ident: &input.ident,
        fields,
        options,
    })
}

/// What stands in `#[schema(…)]`.
pub(super) fn struct_options(attributes: &[syn::Attribute], errors: &mut Errors) -> StructOptions {
    const OPTIONS: [&str; 4] = ["crate", "primary_key", "rule", "sample"];
    let mut options = StructOptions::default();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("schema")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                options.library = Library::parse(meta.input)?;
            } else if meta.path.is_ident("sample") {
                options.sample = Some(Sample::parse(&meta)?);
            } else if !options.rules.parse(&meta, errors)? {
                let examples = "`primary_key(id)`, `rule(name = col(\"a\").lt(col(\"b\")))`, `sample = \"data/sample.csv\"`, `crate = path`";
                return Err(unknown(&meta, "schema", &OPTIONS, examples));
            }
            Ok(())
        });
        errors.take(parsed);
    }
    options
}

/// An option that an attribute does not have.
fn unknown(
    meta: &syn::meta::ParseNestedMeta,
    attribute: &str,
    options: &[&str],
    examples: &str,
) -> syn::Error {
    let option = names::readable(&meta.path);
    let help = names::help(&option, options.iter().copied(), "remove it");
    syn::Error::new_spanned(
        &meta.path,
        format!("`#[{attribute}]` has no option `{option}`\nits options: {examples}\n{help}"),
    )
}

/// What is wrong with an option that is there already.
pub(super) fn said_twice(option: &str) -> String {
    format!("`{option}` is said twice of this column\nhelp: keep one")
}

/// The string after `name =`.
pub(super) fn text(meta: &syn::meta::ParseNestedMeta, example: &str) -> syn::Result<syn::LitStr> {
    let value: syn::Expr = meta.value()?.parse()?;
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Ok(text),
        other => {
            let name = names::readable(&meta.path);
            Err(syn::Error::new_spanned(
                other,
                format!("`{name}` is a string\nhelp: `{example}`"),
            ))
        }
    }
}

fn column_field<'a>(field: &'a syn::Field, errors: &mut Errors) -> Option<ColumnField<'a>> {
    const OPTIONS: [&str; 9] = [
        "name", "unit", "zone", "min", "max", "one_of", "pattern", "len", "unique",
    ];
    let ident = field.ident.as_ref()?;
    let mut column = ColumnField {
        ident,
        ty: &field.ty,
        name: names::plain(ident),
        unit: None,
        zone: None,
        rules: ColumnRules::default(),
    };
    let mut said: Vec<String> = Vec::new();
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("column")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            let option = names::readable(&meta.path);
            if ["name", "unit", "zone"].contains(&option.as_str()) && said.contains(&option) {
                errors.on(&meta.path, said_twice(&option));
            }
            said.push(option);
            if meta.path.is_ident("name") {
                let name = text(&meta, "name = \"Order ID\"")?;
                column.name = name.value();
                if column.name.is_empty() {
                    return Err(syn::Error::new(name.span(), format!("the name of a column cannot be empty\nhelp: remove this; the column is then called `{ident}`")));
                }
            } else if meta.path.is_ident("unit") {
                let unit = text(&meta, "unit = \"ms\"")?;
                let variant = match unit.value().as_str() {
                    "ns" => "Nanoseconds",
                    "us" => "Microseconds",
                    "ms" => "Milliseconds",
                    other => {
                        return Err(syn::Error::new(
                            unit.span(),
                            format!("`{other}` is not a time unit\nhelp: write \"ns\", \"us\" or \"ms\""),
                        ));
                    }
                };
                column.unit = Some((format_ident!("{variant}"), unit));
            } else if meta.path.is_ident("zone") {
                column.zone = Some(text(&meta, "zone = \"Europe/Berlin\"")?);
            } else if !column.rules.parse(&meta, errors)? {
                let examples = "`name = \"…\"`, `unit = \"ms\"`, `zone = \"Europe/Berlin\"`, `min = 0`, `max = 9`, `one_of(\"a\", \"b\")`, `pattern = \"^N\"`, `len(max = 6)`, `unique`";
                return Err(unknown(&meta, "column", &OPTIONS, examples));
            }
            Ok(())
        });
        errors.take(parsed);
    }
    Some(column)
}
