//! What stands in `#[step(…)]`.

use std::collections::HashSet;
use std::time::Duration;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token};

use super::clause::{ColumnWord, Columns, Rename, TypedColumn};
use super::join::{JoinClause, UnionClause};
use super::rows::Rows;
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
    pub(crate) retry: Option<Retry>,
    pub(crate) version: Option<u32>,
    pub(crate) untracked: Vec<String>,
    pub(crate) dynamic_names: DynamicNames,
    pub(crate) library: Library,
    /// Names of the options that are said once and were read.
    given: HashSet<String>,
}

/// A clause that changes the columns that pass through.
pub(crate) enum Change {
    Adds(TypedColumn),
    Replaces(TypedColumn),
    Drops(ColumnWord),
    Renames(Rename),
    NonNull(ColumnWord),
    NonNullAll,
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

/// `retry(attempts = 3, base = "200ms", max = "1m", factor = 2.0)`
pub(crate) struct Retry {
    pub(crate) attempts: u32,
    pub(crate) base: Option<Duration>,
    pub(crate) max: Option<Duration>,
    pub(crate) factor: Option<f64>,
}

const NAMES: [&str; 16] = [
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
    "retry",
    "version",
    "untracked",
    "dynamic_names",
];

/// Those that are said once; the others add up.
const ONCE: [&str; 10] = [
    "returns",
    "passes",
    "joins",
    "unions",
    "rows",
    "on_error",
    "retry",
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

    /// Whether the option was written, though perhaps not as it should be.
    pub(super) fn says(&self, option: &str) -> bool {
        self.given.contains(option)
    }

    /// Reads one option. An error inside its brackets is collected, one outside of them ends the list.
    fn one(&mut self, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let name = input.call(Ident::parse_any)?;
        let text = name.to_string();
        if ONCE.contains(&text.as_str()) && !self.given.insert(text.clone()) {
            errors.at(
                name.span(),
                format!("`{name}` is given twice\nhelp: remove one of the two"),
            );
        }
        match text.as_str() {
            "rows" => self.rows.said = Some(name.span()),
            "on_error" => self.rows.on_error(name.span(), input)?,
            "crate" => self.library = Library::parse(input)?,
            "version" => {
                input.parse::<Token![=]>()?;
                self.version = errors.take(whole_number(input, "version", "version = 2"));
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
                Columns::All => self.changes.push(Change::NonNullAll),
                Columns::These(columns) => {
                    self.changes
                        .extend(columns.into_iter().map(Change::NonNull));
                }
            },
            "returns" => self.returns = Some(content.parse()?),
            "passes" => self.passes = Some(content.call(Ident::parse_any)?),
            "joins" => self.joins = Some(JoinClause::parse(span, content)?),
            "unions" => self.unions = Some(UnionClause::parse(span, content)?),
            "retry" => self.retry = Some(Retry::parse(span, content)?),
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

fn example(name: &str) -> &'static str {
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
        "untracked" => "untracked(helper)",
        "dynamic_names" => "dynamic_names(\"late_share\")",
        _ => "version = 2",
    }
}

impl Retry {
    fn parse(span: Span, content: ParseStream) -> syn::Result<Self> {
        let mut attempts = None;
        let mut retry = Self {
            attempts: 1,
            base: None,
            max: None,
            factor: None,
        };
        while !content.is_empty() {
            let name = content.call(Ident::parse_any)?;
            content.parse::<Token![=]>()?;
            match name.to_string().as_str() {
                "attempts" => attempts = Some(parse_attempts(content)?),
                "base" => retry.base = Some(parse_duration(content)?),
                "max" => retry.max = Some(parse_duration(content)?),
                "factor" => retry.factor = Some(parse_factor(content)?),
                _ => {
                    return Err(syn::Error::new(
                        name.span(),
                        format!(
                            "`retry` has no option `{name}`\nits options: `attempts`, `base`, `max` and `factor`"
                        ),
                    ));
                }
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        if let (Some(base), Some(max)) = (retry.base, retry.max)
            && base > max
        {
            return Err(syn::Error::new(
                span,
                "`retry` waits longer at first (`base`) than at most (`max`)\nhelp: raise `max` or lower `base`",
            ));
        }
        retry.attempts = attempts.ok_or_else(|| {
            syn::Error::new(
                span,
                "`retry` needs a number of attempts\nhelp: `retry(attempts = 3)`",
            )
        })?;
        Ok(retry)
    }
}

fn parse_attempts(input: ParseStream) -> syn::Result<u32> {
    let start = input.span();
    match whole_number(input, "attempts", "attempts = 3")? {
        0 => Err(syn::Error::new(
            start,
            "a step runs at least once\nhelp: `attempts = 1` is a step without retries, `attempts = 3` tries twice more",
        )),
        attempts => Ok(attempts),
    }
}

fn whole_number(input: ParseStream, name: &str, example: &str) -> syn::Result<u32> {
    let value: syn::Expr = input.parse()?;
    let number = match &value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(number),
            ..
        }) => number.base10_parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        syn::Error::new_spanned(
            &value,
            format!("`{name}` is a whole number\nhelp: `{example}`"),
        )
    })
}

fn parse_factor(input: ParseStream) -> syn::Result<f64> {
    let literal: syn::Lit = input.parse()?;
    let factor = match &literal {
        syn::Lit::Float(float) => float.base10_parse::<f64>()?,
        syn::Lit::Int(int) => int.base10_parse::<f64>()?,
        _ => {
            return Err(syn::Error::new(
                literal.span(),
                "`factor` is a number\nhelp: `factor = 2.0` doubles the wait each time",
            ));
        }
    };
    if factor >= 1.0 {
        Ok(factor)
    } else {
        Err(syn::Error::new(
            literal.span(),
            "with a `factor` below 1 the waits would shrink\nhelp: `factor = 2.0` doubles the wait each time",
        ))
    }
}

/// `"200ms"`, `"1.5s"`, `"2m"`, `"1h"`
fn parse_duration(input: ParseStream) -> syn::Result<Duration> {
    const HELP: &str =
        "help: a number and a unit, such as `\"200ms\"`, `\"1.5s\"`, `\"2m\"` or `\"1h\"`";
    let literal: LitStr = input.parse().map_err(|error: syn::Error| {
        syn::Error::new(error.span(), format!("a duration is a string\n{HELP}"))
    })?;
    let text = literal.value();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * seconds).ok())
        .ok_or_else(|| {
            syn::Error::new(
                literal.span(),
                format!("`{text}` is not a duration\n{HELP}"),
            )
        })
}
