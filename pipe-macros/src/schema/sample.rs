//! `#[schema(sample = "data/sample.csv")]`: the struct held against a sample of the data.
//!
//! Every column must be in the sample. Values are held against types only where nobody can mean it
//! otherwise: a number or a `bool` that may not be null has no value, or one that is none.

mod content;
mod values;

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;

use super::parse::{ColumnField, SchemaStruct, text};
use crate::errors::Errors;
use crate::names;
use crate::source_file;
use content::Content;

/// A longer sample would be a burden for every compilation.
const LARGEST: u64 = 16 << 20;

/// What the user wrote.
pub(super) struct Sample {
    path: syn::LitStr,
    separator: Option<u8>,
}

const EXAMPLE: &str = "sample(path = \"data/sample.csv\", separator = \";\")";

impl Sample {
    /// Reads what stands after `sample`: `= "…"`, or options in parentheses.
    pub(super) fn parse(meta: &ParseNestedMeta) -> syn::Result<Self> {
        if !meta.input.peek(syn::token::Paren) {
            return Ok(Self {
                path: text(meta, "sample = \"data/sample.csv\"")?,
                separator: None,
            });
        }
        let (mut path, mut separator) = (None, None);
        meta.parse_nested_meta(|option| {
            if option.path.is_ident("path") {
                path = Some(text(&option, "path = \"data/sample.csv\"")?);
            } else if option.path.is_ident("separator") {
                let given = text(&option, "separator = \";\"")?;
                let [byte] = given.value().into_bytes()[..] else {
                    let message = format!(
                        "`{}` cannot separate fields\nhelp: write one ASCII character, such as \";\"",
                        given.value()
                    );
                    return Err(syn::Error::new(given.span(), message));
                };
                separator = Some(byte);
            } else {
                return Err(option.error(format!(
                    "`sample` has no option `{}`\nits options: `path = \"…\"`, `separator = \";\"`\n{}",
                    names::readable(&option.path),
                    names::help(&names::readable(&option.path), ["path", "separator"], "remove it"),
                )));
            }
            Ok(())
        })?;
        let path =
            path.ok_or_else(|| meta.error(format!("`sample` needs a path\nhelp: `{EXAMPLE}`")))?;
        Ok(Self { path, separator })
    }

    /// The file: in the folder of `Cargo.toml`, or in that of the source file.
    fn find(&self) -> Option<PathBuf> {
        let written = self.path.value();
        let beside_manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let source = source_file::path_of(self.path.span());
        let beside_source = source.and_then(|file| Some(file.parent()?.to_owned()));
        [beside_manifest, beside_source]
            .into_iter()
            .flatten()
            .map(|folder| folder.join(&written))
            .find(|file| file.exists())
    }

    /// The text of the file, or what is wrong with it.
    fn read(&self, file: &Path) -> Result<String, String> {
        let written = self.path.value();
        let unreadable = |error: std::io::Error| {
            format!("`{written}` cannot be read: {error}\nhelp: name a CSV or NDJSON file")
        };
        let metadata = std::fs::metadata(file).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(format!(
                "`{written}` is a folder\nhelp: name a CSV or NDJSON file in it"
            ));
        }
        if metadata.len() > LARGEST {
            return Err(format!(
                "`{written}` is larger than {} MB, and is read whenever this is compiled\nhelp: keep only its first rows",
                LARGEST >> 20
            ));
        }
        let bytes = std::fs::read(file).map_err(unreadable)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| format!("`{written}` is not UTF-8 text\nhelp: convert it"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if text.trim().is_empty() {
            return Err(format!(
                "`{written}` is empty\nhelp: write a header line and some rows into it"
            ));
        }
        Ok(text.to_owned())
    }
}

/// Notes what is not as in the sample. What comes back makes a change of the sample a change of the crate.
pub(super) fn check(sample: &Sample, schema: &SchemaStruct, errors: &mut Errors) -> TokenStream {
    let written = sample.path.value();
    let at_path = |errors: &mut Errors, message| {
        errors.at(sample.path.span(), message);
        TokenStream::new()
    };
    let Some(file) = sample.find() else {
        let message = format!(
            "there is no file `{written}`\nlooked for beside `Cargo.toml` and beside this source file\nhelp: write its path from one of these folders"
        );
        return at_path(errors, message);
    };
    let content = sample
        .read(&file)
        .and_then(|text| Content::parse(&text, &written, sample.separator));
    let content = match content {
        Ok(content) => content,
        Err(message) => return at_path(errors, message),
    };
    let missing = |field: &&ColumnField| !content.columns.contains(&field.name);
    let near = |field: &ColumnField| nearest(&field.name, &content).is_some();
    let absent: Vec<&ColumnField> = schema.fields.iter().filter(missing).collect();
    if absent.len() == schema.fields.len() && !absent.is_empty() && !absent.iter().any(|f| near(f))
    {
        // The mistake is rather in the sample, and one.
        at_path(
            errors,
            content.no_column(&written, &names::plain(schema.ident)),
        );
    } else {
        for field in absent {
            errors.at(
                field.ident.span(),
                missing_column(field, &content, &written),
            );
        }
        for field in &schema.fields {
            if let Some(message) = values::first_mistake(field, &content, &written) {
                errors.on(field.ty, message);
            }
        }
    }
    let file = std::path::absolute(&file).unwrap_or(file);
    match file.to_str() {
        Some(file) => quote!(
            const _: &[u8] = ::core::include_bytes!(#file);
        ),
        None => TokenStream::new(),
    }
}

fn nearest<'a>(name: &str, content: &'a Content) -> Option<&'a str> {
    names::nearest(name, content.columns.iter().map(String::as_str))
}

fn missing_column(field: &ColumnField, content: &Content, written: &str) -> String {
    const LISTED: usize = 16;
    let name = &field.name;
    let mut columns: Vec<String> = content.columns.iter().map(|c| format!("`{c}`")).collect();
    if columns.len() > LISTED {
        let more = columns.len() - LISTED;
        columns.truncate(LISTED);
        columns.push(format!("and {more} more"));
    }
    let help = match nearest(name, content) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "add the column to the sample, or remove the field".to_owned(),
    };
    format!(
        "column `{name}` is not in `{written}`\nits columns: {}\nhelp: {help}",
        columns.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use quote::quote;

    /// The code for a schema with a sample in the examples' data.
    fn code(sample: &str) -> String {
        let sample = format!("../examples/data/{sample}");
        crate::schema::derive(quote! {
            #[schema(sample = #sample)]
            struct Airline {
                carrier: String,
                name: Option<String>,
            }
        })
        .to_string()
    }

    #[test]
    fn a_change_of_the_sample_is_a_change_of_the_crate() {
        let code = code("airlines.csv");
        let path = "/examples/data/airlines.csv\"";
        assert!(
            code.contains(":: include_bytes ! (\"/") && code.contains(path),
            "{code}"
        );
        assert!(!code.contains("mistake"), "{code}");
    }

    #[test]
    fn without_a_file_there_is_nothing_to_include() {
        let code = code("trains.csv");
        assert!(!code.contains("include_bytes"), "{code}");
        assert!(
            code.contains("there is no file `../examples/data/trains.csv`"),
            "{code}"
        );
    }
}
