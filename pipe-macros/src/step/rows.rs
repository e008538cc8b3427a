//! `#[step(rows)]`: a function of one row.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Ident, Token};

use super::emit::type_name;
use super::options::Change;
use super::running::{duration, whole_number};
use super::{ArgKind, StepArg, StepFn};
use crate::errors::Errors;
use crate::names;
use crate::tokens::at;

/// What stands in the options of a row step.
#[derive(Default)]
pub(crate) struct Rows {
    /// The word `rows`.
    pub(crate) said: Option<Span>,
    on_error: Option<OnError>,
    /// How many calls run at a time.
    concurrency: Option<(Span, u32)>,
    /// How long after one call the next one may begin.
    rate: Option<(Span, Duration)>,
}

/// `on_error = skip`
struct OnError {
    /// The words `on_error`.
    span: Span,
    /// Variant of `Policy`.
    variant: &'static str,
}

const POLICIES: [(&str, &str); 3] = [
    ("fail", "Fail"),
    ("skip", "Skip"),
    ("quarantine", "Quarantine"),
];

impl Rows {
    /// Reads what stands after `on_error`.
    pub(super) fn on_error(&mut self, span: Span, input: ParseStream) -> syn::Result<()> {
        let words = || POLICIES.iter().map(|(word, _)| *word);
        let list = format!("its words: {}", names::list(words()));
        let expected = |span: Span| {
            syn::Error::new(
                span,
                format!(
                    "`on_error` says what happens to rows that the step fails for, in one word\n{list}\nhelp: `on_error = quarantine`"
                ),
            )
        };
        if input.parse::<Token![=]>().is_err() {
            return Err(expected(span));
        }
        if let Ok(text) = input.parse::<syn::LitStr>() {
            let (written, text) = (names::readable(&text), text);
            let help = match words().find(|word| *word == text.value()) {
                Some(word) => format!("help: write it without quotes, `on_error = {word}`"),
                None => "help: `on_error = quarantine`".to_owned(),
            };
            return Err(syn::Error::new(
                text.span(),
                format!("`on_error` is a word, {written} is a text\n{list}\n{help}"),
            ));
        }
        let word = input
            .call(Ident::parse_any)
            .map_err(|error| expected(error.span()))?;
        let given = names::plain(&word);
        let found = POLICIES.iter().find(|(word, _)| *word == given);
        let Some((_, variant)) = found else {
            let help = match &*given {
                "warn" => "help: a row that the step fails for has no result to go on with; `on_error = skip` leaves it out and tells of it".to_owned(),
                _ => names::help(&given, words(), "`on_error = quarantine` puts such rows aside"),
            };
            return Err(syn::Error::new(
                word.span(),
                format!("there is no `on_error = {given}`\n{list}\n{help}"),
            ));
        };
        self.on_error = Some(OnError { span, variant });
        Ok(())
    }
}

/// As many calls of an async row step run at a time where nothing is said.
const CONCURRENCY: u32 = 8;

impl Rows {
    /// Reads what stands after `concurrency`.
    pub(super) fn concurrency(&mut self, span: Span, input: ParseStream) -> syn::Result<()> {
        input.parse::<Token![=]>()?;
        let start = input.span();
        match whole_number(input, "concurrency", "concurrency = 16")? {
            0 => Err(syn::Error::new(
                start,
                "with a `concurrency` of 0 no row would ever be called\nhelp: `concurrency = 16`",
            )),
            number => {
                self.concurrency = Some((span, number));
                Ok(())
            }
        }
    }

    /// Reads what stands after `rate`: `"50/s"`.
    pub(super) fn rate(&mut self, span: Span, input: ParseStream) -> syn::Result<()> {
        input.parse::<Token![=]>()?;
        let value: syn::Expr = input.parse()?;
        let text = match &value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => text.value(),
            _ => names::readable(&value),
        };
        let gap = text.split_once('/').and_then(|(number, unit)| {
            let number: f64 = number.trim().parse().ok().filter(|number| *number > 0.0)?;
            let seconds = match unit.trim() {
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
            Duration::try_from_secs_f64(seconds / number).ok()
        });
        let gap = gap.ok_or_else(|| {
            syn::Error::new_spanned(
                &value,
                format!("`{text}` is no rate\nhelp: a number of calls for a time, such as `\"50/s\"`, `\"100/m\"` or `\"1000/h\"`"),
            )
        })?;
        self.rate = Some((span, gap));
        Ok(())
    }
}

/// Makes the first argument the row.
pub(super) fn mark(args: &mut [StepArg]) {
    if let Some(row) = args.first_mut()
        && row.kind == ArgKind::Value
    {
        row.kind = ArgKind::Row;
    }
}

/// Mistakes in the arguments of a row step.
pub(super) fn check_arguments(name: &str, args: &[StepArg], at: Span, errors: &mut Errors) {
    match args.first() {
        None => errors.at(
            at,
            format!("row step `{name}` takes no row\nhelp: its first argument is a struct with `#[derive(Schema)]`"),
        ),
        Some(first) if first.kind == ArgKind::NodeValue => {
            let ty = names::readable(&first.ty);
            errors.on(
                &first.ty,
                format!("a row step takes its row by value, `&{ty}` is a reference\nhelp: take `{ty}`"),
            );
        }
        Some(first) if first.kind != ArgKind::Row => {
            let (given, help) = (names::readable(&first.ty), row_help(first));
            errors.on(
                &first.ty,
                format!("a row step takes one row, `{given}` is none\n{help}"),
            );
        }
        Some(_) => {}
    }
    for frame in args.iter().skip(1).filter(|arg| arg.kind.is_frame()) {
        errors.on(
            &frame.ty,
            format!("a row step has one input, the frame that its rows are of\nhelp: remove `{}`, or join the two in a step before", frame.name),
        );
    }
}

fn row_help(arg: &StepArg) -> String {
    match super::mentioned_schema(&arg.ty) {
        Some(schema) => format!("help: take `{}`", names::readable(schema)),
        None => "help: take a struct with `#[derive(Schema)]`".to_owned(),
    }
}

/// Mistakes in the options: what only row steps have, and what they have not.
pub(super) fn check(step: &StepFn, errors: &mut Errors) {
    let options = &step.options;
    let concurrency = options
        .rows
        .concurrency
        .map(|(span, _)| ("concurrency", span));
    let rate = options.rows.rate.map(|(span, _)| ("rate", span));
    if step.understood && !step.calls_rows() {
        for (option, span) in concurrency.into_iter().chain(rate) {
            errors.at(
                span,
                format!("`{option}` is for row steps that are `async`\nhelp: `#[step(rows, concurrency = 16)] async fn …`, or remove it"),
            );
        }
    }
    if !step.is_of_rows() {
        if let Some(on_error) = &options.rows.on_error {
            errors.at(
                on_error.span,
                "`on_error` is for row steps\nhelp: `#[step(rows, on_error = skip)]`, or remove it",
            );
        }
        return;
    }
    if let Some(process) = options.running.process {
        errors.at(process, "a row step cannot have a process of its own yet\nhelp: remove `process`, or take the frame, `Frame<S>`, and its rows with `collect_rows`");
    }
    let retry = options.running.retry.as_ref();
    if let Some(when) = retry.and_then(|retry| retry.when.as_ref())
        && !step.is_async()
    {
        errors.on(when, "a row step is tried again as a whole, whatever the errors of its rows\nhelp: remove `when`");
    }
    let mut superfluous = |clause: &str, span: Span| {
        errors.at(
            span,
            format!(
                "the schemas of a row step say what it reads and makes\nhelp: remove `{clause}`"
            ),
        );
    };
    if let Some(read) = options.reads.first() {
        superfluous("reads", read.column.span);
    }
    if let Some(change) = options.changes.first() {
        let clause = match change {
            Change::Adds(_) => "adds",
            Change::Replaces(_) => "replaces",
            Change::Drops(_) => "drops",
            Change::Renames(_) => "renames",
            Change::NonNull(_) | Change::NonNullAll(_) => "non_null",
        };
        superfluous(clause, super::check::change_span(change));
    }
    if let Some(returns) = &options.returns {
        superfluous("returns", returns.span());
    }
    if let Some(passes) = &options.passes {
        superfluous("passes", passes.span());
    }
    if let Some(join) = &options.joins {
        superfluous("joins", join.span);
    }
    if let Some(union) = &options.unions {
        superfluous("unions", union.span);
    }
}

/// What is done with the type of the row.
pub(super) fn input(ty: &syn::Type, private: &TokenStream) -> (TokenStream, TokenStream) {
    let rows = quote_spanned!(ty.span()=> <#ty as #private::FrameSchema>::ROWS);
    (quote!(#private::RowInput<#ty>), rows)
}

/// What is done with the type of the result.
pub(super) fn output(ty: &syn::Type, private: &TokenStream) -> TokenStream {
    let result = quote_spanned!(ty.span()=> <#ty as #private::RowOutput>::RESULT);
    quote!(const __OUTPUT: #private::RowResult<#ty> = #result;)
}

fn policy(step: &StepFn) -> Ident {
    let said = step.options.rows.on_error.as_ref();
    format_ident!("{}", said.map_or("Fail", |on_error| on_error.variant))
}

/// The policy among the parameters: under a name that no argument can have.
const ON_ERROR: &str = "#on_error";

/// What happens to rows that the step fails for, as a part of its key.
pub(super) fn parameter(step: &StepFn, parameters: &Ident) -> Option<TokenStream> {
    if !step.is_of_rows() {
        return None;
    }
    let policy = policy(step).to_string().to_lowercase();
    Some(quote!(#parameters.add(#ON_ERROR, &#policy)?;))
}

/// The call of the function for each row.
pub(super) fn process(step: &StepFn, inputs: &Ident, private: &TokenStream) -> TokenStream {
    let hidden = |name: &str| Ident::new(name, Span::mixed_site());
    let [row, itself, frame, context] = ["row", "step", "frame", "context"].map(hidden);
    let (name, policy) = (&step.name, policy(step));
    let function = &step.function.sig.ident;
    let (mut values, mut takes) = (Vec::new(), Vec::new());
    let mut given = Vec::new();
    for (i, arg) in step.args.iter().enumerate() {
        let (ty, field) = (type_name(i), &arg.ident);
        given.push(match arg.kind {
            ArgKind::Row | ArgKind::Typed | ArgKind::Open => quote!(#row),
            ArgKind::NodeValue => {
                let value = hidden(&format!("value_{i}"));
                let given = quote!(&*#value);
                takes.push(quote!(#ty.take));
                values.push(value);
                given
            }
            ArgKind::Value | ArgKind::ColumnName | ArgKind::ColumnNames => {
                quote!((#ty.copy)(&#itself.#field))
            }
        });
    }
    if let Some(position) = step.context {
        given.insert(position, quote!(&#context));
    }
    let row_type = type_name(0);
    let before = quote! {
        let #itself = ::core::clone::Clone::clone(self);
        let #context = ::core::clone::Clone::clone(#inputs.context());
        let #frame = #inputs.next_frame()?;
        #(let #values = (#takes)(&mut #inputs)?;)*
        let #row = #private::RowStep {
            name: #name,
            input: #row_type,
            result: __OUTPUT,
            on_error: #private::rules::Policy::#policy,
        };
    };
    let again = quote!(::core::clone::Clone::clone(&#context));
    // A function of the row alone uses no context.
    let process = |how: TokenStream| {
        quote! {
            #[allow(unused_mut, unused_variables)]
            fn process(
                &self,
                mut #inputs: #private::Inputs,
            ) -> ::core::result::Result<#private::StepOutput, #private::StepError> {
                #before
                #how
            }
        }
    };
    if !step.is_async() {
        return process(quote!(#row.process(#frame, #again, move |#row| #function(#(#given),*))));
    }
    let none = process(quote!(#row.process_none(#frame, #again)));
    let calls = calls(step, private);
    let may_pass = step.options.running.retry.as_ref().and_then(|retry| {
        let when = retry.when.as_ref()?;
        Some(quote!(::core::option::Option::Some(|result| {
            ::core::matches!(result, ::core::result::Result::Err(error) if #when(error))
        })))
    });
    let may_pass = may_pass.unwrap_or_else(|| quote!(::core::option::Option::None));
    // What keeps a call from being sent to another thread is told at the function's name.
    let process_async = Ident::new(
        "process_async",
        function.span().resolved_at(Span::mixed_site()),
    );
    let copies = [&itself, &context].into_iter().chain(&values);
    quote! {
        #none

        #[allow(unused_mut, unused_variables)]
        fn process_async(&self, mut #inputs: #private::Inputs) -> #private::StepFuture<'_> {
            ::std::boxed::Box::pin(async move {
                #before
                #row.#process_async(#frame, #again, #calls, #may_pass, move |#row| {
                    #(let #copies = ::core::clone::Clone::clone(&#copies);)*
                    async move { #function(#(#given),*).await }
                })
            })
        }
    }
}

/// How the rows are called.
fn calls(step: &StepFn, private: &TokenStream) -> TokenStream {
    let rows = &step.options.rows;
    let concurrency = rows.concurrency.map_or(CONCURRENCY, |(_, number)| number);
    let concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
    let gap = duration(rows.rate.map_or(Duration::ZERO, |(_, gap)| gap));
    let retry = match &step.options.running.retry {
        Some(retry) => {
            let retry = retry.tokens(private);
            quote!(::core::option::Option::Some(#retry))
        }
        None => quote!(::core::option::Option::None),
    };
    quote!(#private::Calls { concurrency: #concurrency, gap: #gap, retry: #retry })
}

/// That the function can fail, where something is said about rows that it fails for.
pub(super) fn checks(step: &StepFn) -> Option<TokenStream> {
    let on_error = step.options.rows.on_error.as_ref()?;
    let name = &step.name;
    let raise = at(
        on_error.span,
        quote!(__OUTPUT.check_on_error(#name).raise()),
    );
    Some(quote!(const ON_ERROR: () = #raise;))
}

/// Says that rows are tried again, for nodes that would be, too.
pub(super) fn retries_rows(step: &StepFn) -> Option<TokenStream> {
    let retries = step.calls_rows() && step.options.running.retry.is_some();
    retries.then(|| {
        quote!(
            const RETRIES_ROWS: bool = true;
        )
    })
}

/// Whether rows are put aside.
pub(super) fn puts_rows_aside(step: &StepFn) -> bool {
    step.is_of_rows() && policy(step) == "Quarantine"
}

/// Says so, for the pipelines in which there is no place for them.
pub(super) fn puts_aside(step: &StepFn) -> Option<TokenStream> {
    puts_rows_aside(step).then(|| {
        quote!(
            const PUTS_ASIDE: bool = true;
        )
    })
}
