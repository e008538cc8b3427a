//! What stands above a `let` and before an argument: `#[checkpoint(…)]`, `#[retry(…)]`,
//! `#[invalid(…)]`.

use quote::format_ident;
use syn::spanned::Spanned;

use super::model::{Param, Policy};
use crate::errors::Errors;
use crate::names;
use crate::step::options::{Options, Retry};

const POLICIES: [(&str, &str); 3] = [
    ("fail", "Fail"),
    ("warn", "Warn"),
    ("quarantine", "Quarantine"),
];

/// Reads the attributes of an argument.
pub(super) fn of_argument(param: &mut Param, errors: &mut Errors) {
    let argument = param.argument;
    for attribute in &argument.attrs {
        let path = attribute.path();
        if path.is_ident("invalid") {
            if param.kind.is_frame() {
                policy(attribute, &mut param.invalid, errors);
            } else {
                errors.on(
                    path,
                    format!("`{}` is a value: it has no rows that could break rules\nhelp: remove this; `#[invalid(…)]` is for frames", param.name),
                );
            }
        } else if !path.is_ident("doc") {
            errors.on(
                path,
                format!(
                    "an argument has no option `{}`\nits options: `#[invalid(quarantine)]`\nhelp: remove it",
                    names::readable(path)
                ),
            );
        }
    }
}

/// Reads the attributes of a `let`.
pub(super) fn of_node(
    attrs: &[syn::Attribute],
    errors: &mut Errors,
) -> (Option<bool>, Option<Retry>, Option<Policy>) {
    let (mut checkpoint, mut retry, mut invalid) = (None, None, None);
    for attribute in attrs {
        let path = attribute.path();
        if path.is_ident("checkpoint") {
            match attribute.parse_args::<syn::LitBool>() {
                Ok(value) => checkpoint = Some(value.value),
                Err(error) => errors.at(
                    error.span(),
                    "`checkpoint` is on or off\nhelp: `#[checkpoint(false)]`",
                ),
            }
        } else if path.is_ident("retry") {
            match attribute.meta.require_list() {
                Ok(list) => {
                    let tokens = &list.tokens;
                    let options = Options::parse(quote::quote!(retry(#tokens)), errors);
                    retry = options.retry;
                }
                Err(error) => errors.push(error),
            }
        } else if path.is_ident("invalid") {
            policy(attribute, &mut invalid, errors);
        } else if !path.is_ident("doc") {
            errors.on(
                path,
                format!("a node has no option `{}`\nits options: `#[checkpoint(false)]`, `#[retry(attempts = 3)]`, `#[invalid(quarantine)]`\nhelp: remove it", names::readable(path)),
            );
        }
    }
    if let Some(policy) = &invalid
        && policy.variant == "Quarantine"
        && checkpoint == Some(false)
    {
        errors.at(
            policy.span,
            "rows cannot be put aside here: without a checkpoint there is nothing to put them beside\nhelp: remove `#[checkpoint(false)]`, or keep such rows with `#[invalid(warn)]`",
        );
    }
    (checkpoint, retry, invalid)
}

/// Reads one `#[invalid(…)]` into its place.
fn policy(attribute: &syn::Attribute, place: &mut Option<Policy>, errors: &mut Errors) {
    const LIST: &str = "policies: `fail`, `warn`, `quarantine`";
    let span = attribute.path().span();
    if place.is_some() {
        errors.at(
            span,
            "`invalid` is said twice of this frame\nhelp: keep one",
        );
        return;
    }
    let word = match attribute.parse_args::<syn::Ident>() {
        Ok(word) => word,
        Err(error) => {
            let at = if matches!(attribute.meta, syn::Meta::List(_)) {
                error.span()
            } else {
                span
            };
            errors.at(
                at,
                format!("`invalid` says what happens to rows that break rules, in one word\n{LIST}\nhelp: `#[invalid(quarantine)]`"),
            );
            return;
        }
    };
    let name = names::plain(&word);
    match POLICIES.iter().find(|(policy, _)| *policy == name) {
        Some((_, variant)) => {
            let variant = format_ident!("{variant}");
            *place = Some(Policy { variant, span });
        }
        None => {
            let policies = POLICIES.iter().map(|(policy, _)| *policy);
            let help = names::help(
                &name,
                policies,
                "`#[invalid(quarantine)]` puts such rows aside",
            );
            errors.at(
                word.span(),
                format!("there is no policy `{name}` for rows that break rules\n{LIST}\n{help}"),
            );
        }
    }
}
