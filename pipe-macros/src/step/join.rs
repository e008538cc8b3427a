//! The clauses `joins(…)` and `unions(…)`: what stands in them, and mistakes that show without types.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, LitBool, LitStr, Token};

use super::check::no_such_input;
use super::clause::ColumnWord;
use super::{ArgKind, StepFn};
use crate::errors::Errors;
use crate::names;

const HOWS: [&str; 7] = ["inner", "left", "right", "full", "semi", "anti", "cross"];
const UNION_HOWS: [&str; 2] = ["vertical", "diagonal"];
const OPTIONS: [&str; 5] = ["on", "how", "suffix", "coalesce", "nulls_equal"];

/// `joins(orders, customers, on(customer_id, code => faa), how = left, suffix = "_customer")`
pub(crate) struct JoinClause {
    /// The word `joins`.
    pub(crate) span: Span,
    pub(crate) left: Ident,
    pub(crate) right: Ident,
    pub(crate) keys: Vec<KeyWords>,
    /// The word `on`.
    on: Option<Span>,
    how: Word<&'static str>,
    suffix: Word<String>,
    coalesce: Word<bool>,
    nulls_equal: Word<bool>,
}

/// A value that was said, and where.
type Word<T> = Option<(T, Span)>;

/// `customer_id` or `code => faa`
pub(crate) struct KeyWords {
    pub(crate) left: ColumnWord,
    pub(crate) right: ColumnWord,
}

/// `unions(a, b, how = diagonal)`
pub(crate) struct UnionClause {
    /// The word `unions`.
    pub(crate) span: Span,
    pub(crate) inputs: Vec<Ident>,
    how: Word<&'static str>,
}

impl JoinClause {
    pub(super) fn parse(span: Span, content: ParseStream) -> syn::Result<Self> {
        let side = || {
            let is_option = content.peek2(syn::token::Paren) || content.peek2(Token![=]);
            if is_option || !content.peek(Ident::peek_any) {
                let at = if content.is_empty() {
                    span
                } else {
                    content.span()
                };
                return Err(syn::Error::new(
                    at,
                    "a join has two sides, each the name of an input",
                ));
            }
            let side = content.call(Ident::parse_any)?;
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
            Ok(side)
        };
        let mut join = Self {
            span,
            left: side()?,
            right: side()?,
            keys: Vec::new(),
            on: None,
            how: None,
            suffix: None,
            coalesce: None,
            nulls_equal: None,
        };
        let mut given = HashSet::new();
        while !content.is_empty() {
            let name = content.call(Ident::parse_any)?;
            if !given.insert(name.to_string()) {
                return Err(syn::Error::new(
                    name.span(),
                    format!("`{name}` is given twice\nhelp: remove one of the two"),
                ));
            }
            match name.to_string().as_str() {
                "on" => {
                    let keys;
                    syn::parenthesized!(keys in content);
                    join.on = Some(name.span());
                    let words = keys.call(Punctuated::<_, Token![,]>::parse_terminated)?;
                    join.keys = words.into_iter().collect();
                }
                "how" => join.how = Some(how(content, "join", &HOWS)?),
                "suffix" => join.suffix = Some(suffix(content)?),
                "coalesce" => join.coalesce = Some(on_or_off(content, "coalesce")?),
                "nulls_equal" => join.nulls_equal = Some(on_or_off(content, "nulls_equal")?),
                _ => return Err(no_option(&name, "joins", &OPTIONS)),
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(join)
    }

    fn how(&self) -> &'static str {
        self.how.map_or("inner", |(how, _)| how)
    }

    /// The end of the names that clashing columns get.
    pub(crate) fn suffix(&self) -> &str {
        self.suffix
            .as_ref()
            .map_or("_right", |(suffix, _)| suffix.as_str())
    }

    /// Mistakes in the clause.
    pub(super) fn check(&self, step: &StepFn, errors: &mut Errors) {
        check_inputs(step, "joined", &[&self.left, &self.right], errors);
        let how = self.how();
        match self.on {
            Some(on) if how == "cross" => errors.at(
                on,
                "a cross join has no keys: each row meets each\nhelp: remove `on`, or another `how`",
            ),
            None if how != "cross" => errors.at(
                self.span,
                "a join needs the columns that must be equal\nhelp: `on(customer_id)`, or `on(code => faa)` where the names differ",
            ),
            Some(on) if self.keys.is_empty() => {
                errors.at(on, "`on` names no column\nhelp: `on(customer_id)`");
            }
            _ => {}
        }
        let mut seen = HashSet::new();
        let with_itself = self.left == self.right;
        for KeyWords { left, right } in self.keys.iter().filter(|_| !with_itself) {
            for (side, word) in [(&self.left, left), (&self.right, right)] {
                if !seen.insert((side.to_string(), step.meaning(word))) {
                    errors.at(
                        word.span,
                        format!(
                            "column `{}` of `{side}` is a key twice\nhelp: remove one of the two",
                            word.name
                        ),
                    );
                    break;
                }
            }
            let lists = [left, right].map(|word| step.is_list(word));
            if let [true, false] | [false, true] = lists {
                errors.at(
                    right.span,
                    "a list of columns and one column are no pairs\nhelp: `on(keys)`, where both sides have them under the same names",
                );
            }
        }
        let silent: &[(&str, Option<Span>)] = &match how {
            "semi" | "anti" => [
                ("suffix", self.suffix.as_ref().map(|(_, span)| *span)),
                ("coalesce", self.coalesce.map(|(_, span)| span)),
            ],
            "cross" => [
                ("coalesce", self.coalesce.map(|(_, span)| span)),
                ("nulls_equal", self.nulls_equal.map(|(_, span)| span)),
            ],
            _ => [("", None), ("", None)],
        };
        for (option, span) in silent {
            if let Some(span) = span {
                let why = if how == "cross" {
                    "it has no keys"
                } else {
                    "only the left side's columns come out"
                };
                errors.at(
                    *span,
                    format!(
                        "`{option}` means nothing in {} {how} join: {why}\nhelp: remove it",
                        article(how)
                    ),
                );
            }
        }
    }

    /// The value of `contract::Join`.
    pub(super) fn tokens(
        &self,
        step: &StepFn,
        column: impl Fn(&ColumnWord) -> TokenStream,
        contract: &TokenStream,
    ) -> TokenStream {
        // A name that is no input was reported.
        let (left, right) = (step.input(&self.left), step.input(&self.right));
        let (left, right) = (left.unwrap_or(0), right.unwrap_or(0));
        let keys = self.keys.iter().map(|key| {
            let (left, right) = (column(&key.left), column(&key.right));
            quote!(#contract::Key { left: #left, right: #right })
        });
        let how = format_ident!("{}", names::camel_case(self.how()));
        // What Polars does where nothing is said.
        let by_default = matches!(self.how(), "inner" | "left" | "right");
        let coalesce = self.coalesce.map_or(by_default, |(value, _)| value);
        let nulls_equal = self.nulls_equal.is_some_and(|(value, _)| value);
        let suffix = self.suffix();
        quote! {
            #contract::Join {
                left: #left,
                right: #right,
                keys: &[#(#keys),*],
                how: #contract::How::#how,
                coalesce: #coalesce,
                nulls_equal: #nulls_equal,
                suffix: #suffix,
            }
        }
    }
}

impl syn::parse::Parse for KeyWords {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let left: ColumnWord = input.parse()?;
        let right = if input.peek(Token![=>]) {
            input.parse::<Token![=>]>()?;
            input.parse()?
        } else {
            left.clone()
        };
        Ok(Self { left, right })
    }
}

impl UnionClause {
    pub(super) fn parse(span: Span, content: ParseStream) -> syn::Result<Self> {
        let mut union = Self {
            span,
            inputs: Vec::new(),
            how: None,
        };
        while !content.is_empty() {
            let name = content.call(Ident::parse_any)?;
            if !content.peek(Token![=]) {
                union.inputs.push(name);
            } else if name == "how" && union.how.is_none() {
                union.how = Some(how(content, "union", &UNION_HOWS)?);
            } else if name == "how" {
                return Err(syn::Error::new(
                    name.span(),
                    "`how` is given twice\nhelp: remove one of the two",
                ));
            } else {
                return Err(no_option(&name, "unions", &["how"]));
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        if union.inputs.len() < 2 {
            return Err(syn::Error::new(
                span,
                "a union needs at least two inputs\nhelp: `unions(orders, more_orders)`",
            ));
        }
        Ok(union)
    }

    /// Mistakes in the clause.
    pub(super) fn check(&self, step: &StepFn, errors: &mut Errors) {
        let inputs: Vec<&Ident> = self.inputs.iter().collect();
        check_inputs(step, "united", &inputs, errors);
    }

    /// The value of `contract::Union`.
    pub(super) fn tokens(&self, step: &StepFn, contract: &TokenStream) -> TokenStream {
        let inputs = self.inputs.iter().filter_map(|input| step.input(input));
        let how = self.how.map_or("vertical", |(how, _)| how);
        let how = format_ident!("{}", names::camel_case(how));
        quote!(#contract::Union { inputs: &[#(#inputs),*], how: #contract::UnionHow::#how })
    }
}

/// Each must be an input, and another one.
fn check_inputs(step: &StepFn, verb: &str, inputs: &[&Ident], errors: &mut Errors) {
    let mut seen = HashSet::new();
    for input in inputs {
        if step.input(input).is_none() {
            errors.at(input.span(), no_such_input(step, input));
        } else if !seen.insert(names::plain(input)) {
            errors.at(
                input.span(),
                format!("`{input}` is {verb} with itself\nhelp: name another input; a frame that is needed twice is two arguments, and is passed twice"),
            );
        }
    }
}

fn how<const N: usize>(
    input: ParseStream,
    what: &str,
    hows: &[&'static str; N],
) -> syn::Result<(&'static str, Span)> {
    input.parse::<Token![=]>()?;
    let word = input.call(Ident::parse_any)?;
    let text = word.to_string();
    match hows.iter().find(|how| **how == text) {
        Some(how) => Ok((how, word.span())),
        None => {
            let meant = match text.to_lowercase().as_str() {
                // As SQL and other libraries call it.
                "outer" | "full_outer" => "full".to_owned(),
                other => other.to_owned(),
            };
            let help = names::help(&meant, *hows, "choose one of them");
            Err(syn::Error::new(
                word.span(),
                format!(
                    "there is no {what} `{word}`\nkinds: {}\n{help}",
                    names::list(*hows)
                ),
            ))
        }
    }
}

fn suffix(input: ParseStream) -> syn::Result<(String, Span)> {
    const HELP: &str = "help: `suffix = \"_customer\"`";
    input.parse::<Token![=]>()?;
    let text: LitStr = input
        .parse()
        .map_err(|error| syn::Error::new(error.span(), format!("`suffix` is a string\n{HELP}")))?;
    if text.value().is_empty() {
        return Err(syn::Error::new(
            text.span(),
            format!("without a `suffix` two columns would have one name\n{HELP}"),
        ));
    }
    Ok((text.value(), text.span()))
}

fn on_or_off(input: ParseStream, name: &str) -> syn::Result<(bool, Span)> {
    input.parse::<Token![=]>()?;
    let value: LitBool = input.parse().map_err(|error| {
        syn::Error::new(
            error.span(),
            format!("`{name}` is on or off\nhelp: `{name} = true`"),
        )
    })?;
    Ok((value.value, value.span))
}

fn no_option(name: &Ident, clause: &str, options: &[&str]) -> syn::Error {
    let help = names::help(&name.to_string(), options.iter().copied(), "remove it");
    syn::Error::new(
        name.span(),
        format!(
            "`{clause}` has no option `{name}`\nits options: {}\n{help}",
            names::list(options.iter().copied())
        ),
    )
}

fn article(how: &str) -> &'static str {
    if how == "anti" { "an" } else { "a" }
}

impl StepFn {
    /// Whether a join may have made the name: the body cannot tell which columns clash.
    pub(super) fn may_be_suffixed(&self, name: &str) -> bool {
        let join = self.options.joins.as_ref();
        join.is_some_and(|join| name.ends_with(join.suffix()))
    }

    /// Whether a word names a `ColumnNames` argument.
    pub(super) fn is_list(&self, word: &ColumnWord) -> bool {
        self.argument(word)
            .is_some_and(|i| self.args[i].kind == ArgKind::ColumnNames)
    }

    /// What a word stands for: an argument, or else the column of that name.
    pub(super) fn meaning<'a>(&self, word: &'a ColumnWord) -> (Option<usize>, &'a str) {
        (self.argument(word), &word.name)
    }

    /// Position of the argument that names the column or the columns.
    pub(super) fn argument(&self, word: &ColumnWord) -> Option<usize> {
        self.args.iter().position(|arg| {
            word.bare
                && matches!(arg.kind, ArgKind::ColumnName | ArgKind::ColumnNames)
                && arg.name == word.name
        })
    }
}
