//! What stands in `#[step(…)]`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token};

use super::clause::{ColumnWord, Columns, Rename, TypedColumn};
use super::join::{JoinClause, UnionClause};
use super::rows::Rows;
use super::running::{Retry, Running, parse_timeout, whole_number};
use crate::errors::Errors;
use crate::names;
use crate::paths::Library;

/// The options of a step.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) reads: Vec<TypedColumn>,
    /// In the order they were written.
    pub(crate) changes: Vec<Change>,
    pub(crate) returns: Option<syn::Type>,
    pub(crate) passes: Option<Ident>,
    pub(crate) joins: Option<JoinClause>,
    pub(crate) unions: Option<UnionClause>,
    pub(crate) rows: Rows,
    pub(crate) running: Running,
    pub(crate) version: Option<u32>,
    pub(crate) untracked: Vec<String>,
    pub(crate) dynamic_names: DynamicNames,
    pub(crate) library: Library,
    /// The names of the options that were written, perhaps not as they should be.
    given: Vec<Ident>,
}

/// A clause that changes the columns that pass through.
pub(crate) enum Change {
    Adds(TypedColumn),
    Replaces(TypedColumn),
    Drops(ColumnWord),
    Renames(Rename),
    NonNull(ColumnWord),
    /// The `*`.
    NonNullAll(Span),
}

/// `dynamic_names`, `dynamic_names("late_share")`: names of columns that the body computes.
#[derive(Default)]
pub(crate) enum DynamicNames {
    #[default]
    None,
    /// No name in the body is checked.
    All,
    These(Vec<LitStr>),
}

impl DynamicNames {
    /// Whether a name is not to be checked.
    pub(crate) fn exempts(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::These(names) => names.iter().any(|exempt| exempt.value() == name),
        }
    }
}

const NAMES: [&str; 21] = [
    "reads",
    "adds",
    "replaces",
    "drops",
    "renames",
    "non_null",
    "returns",
    "passes",
    "joins",
    "unions",
    "rows",
    "on_error",
    "concurrency",
    "rate",
    "retry",
    "timeout",
    "resources",
    "process",
    "version",
    "untracked",
    "dynamic_names",
];

/// Those that are said once; the others add up.
const ONCE: [&str; 15] = [
    "returns",
    "passes",
    "joins",
    "unions",
    "rows",
    "on_error",
    "concurrency",
    "rate",
    "retry",
    "timeout",
    "resources",
    "process",
    "version",
    "dynamic_names",
    "crate",
];

impl Options {
    /// Reads all options; a mistake in one does not hide those in the others.
    pub(crate) fn parse(args: proc_macro2::TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let parser = |input: ParseStream| {
            while !input.is_empty() {
                options.one(input, errors)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = syn::parse::Parser::parse2(parser, args) {
            errors.push(error);
        }
        options
    }

    /// The names of the options that were written, in order.
    pub(super) fn given(&self) -> &[Ident] {
        &self.given
    }

    /// Whether the option was written, though perhaps not as it should be.
    pub(super) fn says(&self, option: &str) -> bool {
        self.given.iter().any(|given| given == option)
    }

    /// Reads one option. An error inside its brackets is collected, one outside of them ends the list.
    fn one(&mut self, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let name = input.call(Ident::parse_any)?;
        let text = name.to_string();
        if ONCE.contains(&text.as_str()) && self.says(&text) {
            errors.at(
                name.span(),
                format!("`{name}` is given twice\nhelp: remove one of the two"),
            );
        }
        self.given.push(name.clone());
        match text.as_str() {
            "rows" => self.rows.said = Some(name.span()),
            "on_error" => self.rows.on_error(name.span(), input)?,
            "concurrency" => self.rows.concurrency(name.span(), input)?,
            "rate" => self.rows.rate(name.span(), input)?,
            "crate" => self.library = Library::parse(input)?,
            "version" => {
                input.parse::<Token![=]>()?;
                self.version = errors.take(whole_number(input, "`version`", "version = 2"));
            }
            "timeout" if input.peek(Token![=]) => {
                input.parse::<Token![=]>()?;
                self.running.timeout = errors.take(parse_timeout(input));
            }
            "process" if !input.peek(syn::token::Paren) && !input.peek(Token![=]) => {
                self.running.process = Some(name.span());
            }
            "timeout" | "process" => {
                let message = if text == "process" {
                    "`process` is a word by itself\nhelp: `#[step(process)]`"
                } else {
                    "`timeout` says how long an attempt may take\nhelp: `timeout = \"30s\"`"
                };
                errors.at(name.span(), message);
                // Its value would only be reported again.
                if input.parse::<Option<Token![=]>>()?.is_some() {
                    input.parse::<syn::Expr>()?;
                } else if input.peek(syn::token::Paren) {
                    input.parse::<proc_macro2::Group>()?;
                }
            }
            "dynamic_names" if !input.peek(syn::token::Paren) => {
                self.dynamic_names = DynamicNames::All;
            }
            _ if NAMES.contains(&text.as_str()) => {
                if !input.peek(syn::token::Paren) {
                    return Err(syn::Error::new(
                        name.span(),
                        format!("`{name}` needs brackets\nhelp: `{}`", example(&text)),
                    ));
                }
                let content;
                syn::parenthesized!(content in input);
                let parsed = self.clause(&text, name.span(), &content);
                if let Err(error) = parsed {
                    // syn says what it expects, not what an option looks like.
                    let message = error.to_string();
                    let help = if message.contains("help: ") {
                        String::new()
                    } else {
                        format!("\nhelp: `{}`", example(&text))
                    };
                    errors.at(error.span(), message + &help);
                    // What is left in the brackets would only be reported again.
                    content.parse::<proc_macro2::TokenStream>()?;
                }
            }
            _ => {
                let help = names::help(&text, NAMES, "remove it");
                return Err(syn::Error::new(
                    name.span(),
                    format!(
                        "`#[step]` has no option `{name}`\nits options: {}\n{help}",
                        names::list(NAMES)
                    ),
                ));
            }
        }
        Ok(())
    }

    fn clause(&mut self, name: &str, span: Span, content: ParseStream) -> syn::Result<()> {
        match name {
            "reads" => self.reads.extend(list::<TypedColumn>(content)?),
            "adds" => self
                .changes
                .extend(list(content)?.into_iter().map(Change::Adds)),
            "replaces" => self
                .changes
                .extend(list(content)?.into_iter().map(Change::Replaces)),
            "drops" => self
                .changes
                .extend(list(content)?.into_iter().map(Change::Drops)),
            "renames" => self
                .changes
                .extend(list(content)?.into_iter().map(Change::Renames)),
            "non_null" => match content.parse()? {
                Columns::All(star) => self.changes.push(Change::NonNullAll(star)),
                Columns::These(columns) => {
                    self.changes
                        .extend(columns.into_iter().map(Change::NonNull));
                }
            },
            "returns" => self.returns = Some(content.parse()?),
            "passes" => self.passes = Some(content.call(Ident::parse_any)?),
            "joins" => self.joins = Some(JoinClause::parse(span, content)?),
            "unions" => self.unions = Some(UnionClause::parse(span, content)?),
            "retry" => self.running.retry = Some(Retry::parse(span, content)?),
            "resources" => self.running.parse_resources(span, content)?,
            "untracked" => {
                let names = Punctuated::<Ident, Token![,]>::parse_terminated(content)?;
                self.untracked.extend(names.iter().map(names::plain));
            }
            "dynamic_names" if content.is_empty() => {
                return Err(syn::Error::new(
                    span,
                    "`dynamic_names()` lets no name pass\nhelp: say which, `dynamic_names(\"late_share\")`, or `dynamic_names` for all",
                ));
            }
            "dynamic_names" => self.dynamic_names = DynamicNames::These(list(content)?),
            other => unreachable!("`{other}` is in NAMES but has no clause"),
        }
        if content.is_empty() {
            Ok(())
        } else {
            Err(content.error(format!("`{name}` ends here\nhelp: `{}`", example(name))))
        }
    }
}

fn list<T: Parse>(content: ParseStream) -> syn::Result<Vec<T>> {
    let list = Punctuated::<T, Token![,]>::parse_terminated(content)?;
    Ok(list.into_iter().collect())
}

pub(crate) fn example(name: &str) -> &'static str {
    match name {
        "reads" => "reads(price: f64, comment: Option<String>, qty: integer)",
        "adds" => "adds(total: f64)",
        "replaces" => "replaces(price: f64)",
        "drops" => "drops(comment, discount)",
        "renames" => "renames(old_name => new_name)",
        "non_null" => "non_null(price)",
        "returns" => "returns(Order)",
        "passes" => "passes(orders)",
        "joins" => "joins(orders, customers, on(customer_id), how = left)",
        "unions" => "unions(orders, more_orders)",
        "retry" => "retry(attempts = 3, base = \"200ms\")",
        "timeout" => "timeout = \"30s\"",
        "resources" => "resources(db = 1)",
        "process" => "process",
        "untracked" => "untracked(helper)",
        "dynamic_names" => "dynamic_names(\"late_share\")",
        _ => "version = 2",
    }
}
