//! `#[invalid(…)]` on frames: what happens to rows that break rules.

use quote::format_ident;
use syn::spanned::Spanned;

use super::model::Policy;
use crate::errors::Errors;
use crate::names;

const POLICIES: [(&str, &str); 3] = [
    ("fail", "Fail"),
    ("warn", "Warn"),
    ("quarantine", "Quarantine"),
];

/// Reads one `#[invalid(…)]` into its place.
pub(super) fn read(attribute: &syn::Attribute, policy: &mut Option<Policy>, errors: &mut Errors) {
    const LIST: &str = "policies: `fail`, `warn`, `quarantine`";
    let span = attribute.path().span();
    if policy.is_some() {
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
            *policy = Some(Policy { variant, span });
        }
        None => {
            let near = names::nearest(&name, POLICIES.iter().map(|(policy, _)| *policy))
                .map_or_else(String::new, |near| {
                    format!("\nhelp: did you mean `{near}`?")
                });
            errors.at(
                word.span(),
                format!("there is no policy `{name}` for rows that break rules\n{LIST}{near}"),
            );
        }
    }
}
