//! How a step wants to be run: retries, timeout, resources, and where.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Ident, Token};

use super::{StepFn, rows};
use crate::names;

/// How a step wants to be run. None of it is part of keys.
#[derive(Default)]
pub(crate) struct Running {
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Duration>,
    /// How much it takes of each.
    pub(crate) resources: Vec<(String, u32)>,
    /// The word `process`.
    pub(crate) process: Option<Span>,
}

/// `retry(attempts = 3, base = "200ms", max = "1m", factor = 2.0, jitter = 0.1, when = is_transient)`
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) attempts: u32,
    base: Option<Duration>,
    max: Option<Duration>,
    factor: Option<f64>,
    jitter: Option<f64>,
    pub(crate) when: Option<syn::Path>,
}

const RETRY: [&str; 6] = ["attempts", "base", "max", "factor", "jitter", "when"];

/// The longest wait where nothing is said: that of `Retry::new`.
const LONGEST: Duration = Duration::from_mins(1);

impl Retry {
    pub(crate) fn parse(span: Span, content: ParseStream) -> syn::Result<Self> {
        let mut attempts = None;
        let mut retry = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        while !content.is_empty() {
            let name = content.call(Ident::parse_any)?;
            if seen.contains(&name) {
                return Err(syn::Error::new(
                    name.span(),
                    format!("`{name}` is given twice\nhelp: remove one of the two"),
                ));
            }
            let text = name.to_string();
            if !RETRY.contains(&text.as_str()) {
                let help = names::help(&text, RETRY, "remove it");
                return Err(syn::Error::new(
                    name.span(),
                    format!(
                        "`retry` has no option `{name}`\nits options: {}\n{help}",
                        names::list(RETRY)
                    ),
                ));
            }
            content.parse::<Token![=]>()?;
            match text.as_str() {
                "attempts" => attempts = Some(parse_attempts(content)?),
                "base" => retry.base = Some(parse_duration(content)?),
                "max" => retry.max = Some(parse_duration(content)?),
                "factor" => retry.factor = Some(parse_factor(content)?),
                "jitter" => retry.jitter = Some(parse_jitter(content)?),
                _ => retry.when = Some(parse_function(content)?),
            }
            seen.push(name);
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        match (retry.base, retry.max) {
            (Some(base), Some(max)) if base > max => {
                return Err(syn::Error::new(
                    span,
                    "`retry` waits longer at first (`base`) than at most (`max`)\nhelp: raise `max` or lower `base`",
                ));
            }
            (Some(base), None) if base > LONGEST => {
                return Err(syn::Error::new(
                    span,
                    "`retry` waits longer at first (`base`) than at most, which is a minute if nothing is said\nhelp: say how long to wait at most: `max = \"1h\"`",
                ));
            }
            _ => {}
        }
        retry.attempts = attempts.ok_or_else(|| {
            syn::Error::new(
                span,
                "`retry` needs a number of attempts\nhelp: `retry(attempts = 3)`",
            )
        })?;
        Ok(retry)
    }

    /// A `Retry` of the library.
    pub(crate) fn tokens(&self, private: &TokenStream) -> TokenStream {
        let attempts = self.attempts;
        let field = |name: &str, value: Option<TokenStream>| {
            let name = quote::format_ident!("{name}");
            value.map(|value| quote!(#name: #value,))
        };
        let fields = [
            field("base", self.base.map(duration)),
            field("max", self.max.map(duration)),
            field("factor", self.factor.map(|factor| quote!(#factor))),
            field("jitter", self.jitter.map(|jitter| quote!(#jitter))),
            field(
                "when",
                self.when
                    .as_ref()
                    .map(|_| quote!(::core::option::Option::Some(#private::may_pass))),
            ),
        ];
        quote!(#private::Retry { #(#fields)* ..#private::Retry::new(#attempts) })
    }
}

impl Running {
    /// Reads what stands in the brackets of `resources(…)`.
    pub(super) fn parse_resources(&mut self, span: Span, content: ParseStream) -> syn::Result<()> {
        const EXAMPLE: &str =
            "help: `resources(db = 1)`; the run says how much there is: `.limit(\"db\", 2)`";
        if content.is_empty() {
            return Err(syn::Error::new(
                span,
                format!("`resources()` names no resource\n{EXAMPLE}"),
            ));
        }
        while !content.is_empty() {
            let Ok(name) = content.call(Ident::parse_any) else {
                return Err(content.error(format!("a resource has a plain name\n{EXAMPLE}")));
            };
            if !content.peek(Token![=]) {
                return Err(syn::Error::new(
                    name.span(),
                    format!(
                        "how much of `{name}` does the step take?\nhelp: `resources({name} = 1)`"
                    ),
                ));
            }
            content.parse::<Token![=]>()?;
            let start = content.span();
            let amount = whole_number(
                content,
                &format!("the amount of `{name}`"),
                &format!("{name} = 1"),
            )?;
            let name_text = names::plain(&name);
            if amount == 0 {
                return Err(syn::Error::new(
                    start,
                    format!(
                        "a step that takes nothing of `{name}` need not say so\nhelp: remove it, or `{name} = 1`"
                    ),
                ));
            }
            if self.resources.iter().any(|(other, _)| *other == name_text) {
                return Err(syn::Error::new(
                    name.span(),
                    format!("resource `{name}` is given twice\nhelp: remove one of the two"),
                ));
            }
            self.resources.push((name_text, amount));
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    /// `Step::options`, where there is anything to say.
    pub(super) fn method(&self, step: &StepFn, private: &TokenStream) -> Option<TokenStream> {
        let some = |value: TokenStream| quote!(::core::option::Option::Some(#value));
        // Where rows are tried again, the step is not.
        let retry = self.retry.as_ref().filter(|_| !step.calls_rows());
        let retry = retry.map(|retry| {
            let retry = some(retry.tokens(private));
            quote!(options.retry = #retry;)
        });
        let timeout = self.timeout.map(|timeout| {
            let timeout = some(duration(timeout));
            quote!(options.timeout = #timeout;)
        });
        let resources = (!self.resources.is_empty()).then(|| {
            let (names, amounts): (Vec<_>, Vec<_>) = self.resources.iter().cloned().unzip();
            quote!(options.resources = ::std::vec![#((<::std::string::String as ::core::convert::From<&str>>::from(#names), #amounts)),*];)
        });
        let place = match (step.is_async(), self.process) {
            (true, _) => Some(quote!(options.place = #private::Where::Async;)),
            (false, Some(_)) => Some(quote!(options.place = #private::Where::Process;)),
            (false, None) => None,
        };
        let puts_aside = rows::puts_rows_aside(step);
        let puts_aside = puts_aside.then(|| quote!(options.puts_aside = true;));
        let said = [retry, timeout, resources, place, puts_aside];
        said.iter().any(Option::is_some).then(|| {
            quote! {
                fn options(&self) -> #private::StepOptions {
                    let mut options = <#private::StepOptions as ::core::default::Default>::default();
                    #(#said)*
                    options
                }
            }
        })
    }
}

/// A duration as code.
pub(crate) fn duration(duration: Duration) -> TokenStream {
    let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    quote!(::core::time::Duration::from_nanos(#nanos))
}

/// A time that an attempt may take: `"30s"`
pub(crate) fn parse_timeout(input: ParseStream) -> syn::Result<Duration> {
    let start = input.span();
    let timeout = parse_duration(input)?;
    if timeout.is_zero() {
        return Err(syn::Error::new(
            start,
            "with a `timeout` of no time no attempt could succeed\nhelp: say how long one may take, such as `\"30s\"`, or remove it",
        ));
    }
    Ok(timeout)
}

fn parse_attempts(input: ParseStream) -> syn::Result<u32> {
    let start = input.span();
    match whole_number(input, "`attempts`", "attempts = 3")? {
        0 => Err(syn::Error::new(
            start,
            "a step runs at least once\nhelp: `attempts = 1` is a step without retries, `attempts = 3` tries twice more",
        )),
        attempts => Ok(attempts),
    }
}

pub(super) fn whole_number(input: ParseStream, what: &str, example: &str) -> syn::Result<u32> {
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
            format!("{what} is a whole number\nhelp: `{example}`"),
        )
    })
}

fn parse_factor(input: ParseStream) -> syn::Result<f64> {
    const HELP: &str = "help: `factor = 2.0` doubles the wait each time";
    let (factor, span) = number(input, "factor", HELP)?;
    if factor >= 1.0 {
        Ok(factor)
    } else {
        Err(syn::Error::new(
            span,
            format!("with a `factor` below 1 the waits would shrink\n{HELP}"),
        ))
    }
}

fn parse_jitter(input: ParseStream) -> syn::Result<f64> {
    const HELP: &str = "help: `jitter = 0.2` makes each wait longer or shorter by up to a fifth";
    let (jitter, span) = number(input, "jitter", HELP)?;
    if (0.0..=1.0).contains(&jitter) {
        Ok(jitter)
    } else {
        Err(syn::Error::new(
            span,
            format!("`jitter` is a part of the wait, from 0 to 1\n{HELP}"),
        ))
    }
}

fn number(input: ParseStream, name: &str, help: &str) -> syn::Result<(f64, Span)> {
    let value: syn::Expr = input.parse()?;
    let number = syn::parse2::<syn::Lit>(quote!(#value)).ok();
    let number = number.and_then(|literal| match literal {
        syn::Lit::Float(float) => float.base10_parse::<f64>().ok(),
        syn::Lit::Int(int) => int.base10_parse::<f64>().ok(),
        _ => None,
    });
    match number {
        Some(number) if number.is_infinite() => Err(syn::Error::new_spanned(
            &value,
            format!("`{name}` is too large for a number\n{help}"),
        )),
        Some(number) => Ok((number, value.span())),
        None => Err(syn::Error::new_spanned(
            &value,
            format!("`{name}` is a number\n{help}"),
        )),
    }
}

fn parse_function(input: ParseStream) -> syn::Result<syn::Path> {
    let value: syn::Expr = input.parse()?;
    match value {
        syn::Expr::Path(syn::ExprPath {
            path, qself: None, ..
        }) => Ok(path),
        other => Err(syn::Error::new_spanned(
            other,
            "`when` is the name of a function that says whether an error may pass\nhelp: `when = is_transient`, with `fn is_transient(error: &MyError) -> bool`",
        )),
    }
}

/// A duration: `"200ms"`, `"1.5s"`, `"2m"`, `"1h"`
pub(crate) fn parse_duration(input: ParseStream) -> syn::Result<Duration> {
    const HELP: &str =
        "help: a number and a unit, such as `\"200ms\"`, `\"1.5s\"`, `\"2m\"` or `\"1h\"`";
    let value: syn::Expr = input.parse()?;
    let syn::Expr::Lit(syn::ExprLit {
        lit: syn::Lit::Str(literal),
        ..
    }) = &value
    else {
        return Err(syn::Error::new_spanned(
            &value,
            format!("a duration is a string\n{HELP}"),
        ));
    };
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
