//! Values of a sample against the types of fields.

use serde_json::Value;

use super::content::{Cell, Content};
use crate::schema::parse::ColumnField;

/// A type that is certain from its name alone.
#[derive(Clone, Copy)]
enum Kind {
    Integer,
    Float,
    Boolean,
    Text,
}

/// What is wrong with a value.
enum Mistake {
    /// There is none.
    Null,
    /// A text that is not of the type; it may stand for "no value".
    Text(String),
    /// A JSON value of another type.
    Json(String),
}

/// What is wrong with the first value that cannot be one of the field's type.
pub(super) fn first_mistake(field: &ColumnField, content: &Content, path: &str) -> Option<String> {
    if !content.columns.contains(&field.name) {
        return None;
    }
    let (ty, optional) = plain(field.ty)?;
    let (line, mistake) = content
        .cells(&field.name)
        .find_map(|(line, cell)| Some((line, mistake(&cell, &ty, optional)?)))?;
    let name = &field.name;
    let declared = if optional {
        format!("Option<{ty}>")
    } else {
        ty.clone()
    };
    Some(match mistake {
        Mistake::Null => format!(
            "column `{name}: {declared}` has no value in line {line} of `{path}`\nhelp: write `Option<{ty}>`: the column may be null"
        ),
        Mistake::Text(text) => format!(
            "column `{name}: {declared}` is `{text}` in line {line} of `{path}`\nhelp: {}",
            text_help(&text, &ty)
        ),
        Mistake::Json(value) => format!(
            "column `{name}: {declared}` is `{value}` in line {line} of `{path}`\nhelp: write the type that it has there, or `String`, which takes every value"
        ),
    })
}

/// The name of a type, and whether it stands in an `Option`. Only of types whose names cannot mean
/// anything else.
fn plain(ty: &syn::Type) -> Option<(String, bool)> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    match &last.arguments {
        syn::PathArguments::None if path.path.segments.len() == 1 => {
            let name = last.ident.to_string();
            kind(&name).map(|_| (name, false))
        }
        syn::PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
            let syn::GenericArgument::Type(inner) = arguments.args.first()? else {
                return None;
            };
            match plain(inner)? {
                (name, false) => Some((name, true)),
                (_, true) => None,
            }
        }
        _ => None,
    }
}

fn kind(ty: &str) -> Option<Kind> {
    Some(match ty {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => Kind::Integer,
        "f32" | "f64" => Kind::Float,
        "bool" => Kind::Boolean,
        "String" => Kind::Text,
        _ => return None,
    })
}

fn mistake(cell: &Cell, ty: &str, optional: bool) -> Option<Mistake> {
    let kind = kind(ty)?;
    match cell {
        // Which texts are null is said elsewhere, in the options of the source.
        Cell::Text(_) if optional => None,
        Cell::Text(text) => text_mistake(text.unwrap_or_default(), kind, ty),
        Cell::Json(None | Some(Value::Null)) => (!optional).then_some(Mistake::Null),
        Cell::Json(Some(value)) => {
            let fits = match kind {
                Kind::Integer => {
                    value.is_number() && (value.is_f64() || is_integer(&value.to_string(), ty))
                }
                Kind::Float => value.is_number(),
                Kind::Boolean => value.is_boolean(),
                Kind::Text => true,
            };
            // A number with a fraction in a column of integers.
            let fraction = matches!(kind, Kind::Integer)
                && value.is_f64()
                && value.as_f64().is_some_and(|number| number.fract() != 0.0);
            (!fits || fraction).then(|| Mistake::Json(shortened(&value.to_string())))
        }
    }
}

fn text_mistake(text: &str, kind: Kind, ty: &str) -> Option<Mistake> {
    let number = text.trim_start();
    let fits = match kind {
        // An empty text is a `String` if it stands in quotes.
        Kind::Text => return None,
        Kind::Integer => is_integer(number, ty),
        // Of the source's options one reads `1,5` as a number.
        Kind::Float => number.parse::<f64>().is_ok() || number.contains(','),
        Kind::Boolean => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
    };
    if fits {
        None
    } else if text.is_empty() {
        Some(Mistake::Null)
    } else {
        Some(Mistake::Text(shortened(text)))
    }
}

/// What to write for a column with such a text.
fn text_help(text: &str, ty: &str) -> String {
    /// Words that stand for "no value" in many files.
    const PLACEHOLDERS: [&str; 8] = ["NA", "N/A", "n/a", "NULL", "null", "None", "-", "?"];
    if PLACEHOLDERS.contains(&text) {
        return format!(
            "write `Option<{ty}>`, and read the file with `.null_values([{text:?}])`; or write `String`"
        );
    }
    let wider = ["i64", "u64"].into_iter().find(|ty| is_integer(text, ty));
    let float = text.parse::<f64>().is_ok().then_some("f64");
    format!("write `{}`", wider.or(float).unwrap_or("String"))
}

fn is_integer(text: &str, ty: &str) -> bool {
    match ty {
        "i8" => text.parse::<i8>().is_ok(),
        "i16" => text.parse::<i16>().is_ok(),
        "i32" => text.parse::<i32>().is_ok(),
        "i64" => text.parse::<i64>().is_ok(),
        "u8" => text.parse::<u8>().is_ok(),
        "u16" => text.parse::<u16>().is_ok(),
        "u32" => text.parse::<u32>().is_ok(),
        _ => text.parse::<u64>().is_ok(),
    }
}

/// As much of a value as a message can take.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
