//! What stands above a pipeline, a `let` and before an argument: `#[environment(…)]`,
//! `#[checkpoint(…)]`, `#[retry(…)]`, `#[timeout(…)]`, `#[invalid(…)]`.

use std::time::Duration;

use quote::format_ident;
use syn::spanned::Spanned;

use super::checkpoints::Checkpoints;
use super::model::{Param, Policy};
use crate::errors::Errors;
use crate::names;
use crate::step::options::{self, Options};
use crate::step::running::{Retry, parse_timeout};

/// Whether an attribute says something to rustc of whatever it stands above.
pub(super) fn is_lint(attribute: &syn::Attribute) -> bool {
    const LINTS: [&str; 5] = ["allow", "deny", "expect", "forbid", "warn"];
    LINTS.iter().any(|lint| attribute.path().is_ident(lint))
}

/// What stands above a pipeline.
pub(super) struct PipelineOptions {
    /// Variant of `Environment`: what of the build its keys say.
    pub(super) environment: &'static str,
    pub(super) checkpoints: Option<Checkpoints>,
}

const PIPELINE: [&str; 2] = ["environment", "checkpoint"];

/// Reads the attributes of a pipeline.
pub(super) fn of_pipeline(attrs: &[syn::Attribute], errors: &mut Errors) -> PipelineOptions {
    let mut found = None;
    let mut checkpoints = None;
    for attribute in attrs {
        let path = attribute.path();
        if path.is_ident("environment") {
            found = ENVIRONMENT
                .read(attribute, found.is_some(), errors)
                .or(found);
        } else if path.is_ident("checkpoint") {
            checkpoints =
                Checkpoints::read(attribute, checkpoints.is_some(), errors).or(checkpoints);
        } else if !path.is_ident("doc") && !is_lint(attribute) {
            let name = names::readable(path);
            let help = names::help(&name, PIPELINE, "remove it");
            errors.on(
                path,
                format!("a pipeline has no option `{name}`\nits options: `#[environment(polars)]`, `#[checkpoint(auto)]`\n{help}"),
            );
        }
    }
    PipelineOptions {
        environment: found.unwrap_or(ENVIRONMENT.words[0].1),
        checkpoints,
    }
}

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

/// What stands above a `let`.
#[derive(Default)]
pub(super) struct NodeOptions {
    pub(super) checkpoint: Option<bool>,
    pub(super) retry: Option<Retry>,
    pub(super) timeout: Option<Duration>,
    pub(super) invalid: Option<Policy>,
}

const NODE: [&str; 4] = ["checkpoint", "retry", "timeout", "invalid"];

/// Reads the attributes of a `let`.
pub(super) fn of_node(attrs: &[syn::Attribute], errors: &mut Errors) -> NodeOptions {
    let mut options = NodeOptions::default();
    let mut seen: Vec<&'static str> = Vec::new();
    for attribute in attrs {
        let path = attribute.path();
        if path.is_ident("doc") {
            continue;
        }
        let Some(option) = NODE.into_iter().find(|option| path.is_ident(option)) else {
            let name = names::readable(path);
            let help = match name.as_str() {
                "resources" | "process" => format!(
                    "help: say it of the step: `#[step({})]`",
                    options::example(&name)
                ),
                _ => names::help(&name, NODE, "remove it"),
            };
            errors.on(
                path,
                format!("a node has no option `{name}`\nits options: `#[checkpoint(false)]`, `#[retry(attempts = 3)]`, `#[timeout(\"30s\")]`, `#[invalid(quarantine)]`\n{help}"),
            );
            continue;
        };
        if option == "invalid" {
            policy(attribute, &mut options.invalid, errors);
            continue;
        }
        if seen.contains(&option) {
            errors.on(
                path,
                format!("`{option}` is said twice of this node\nhelp: keep one"),
            );
            continue;
        }
        seen.push(option);
        match option {
            "checkpoint" => match attribute.parse_args::<syn::LitBool>() {
                Ok(value) => options.checkpoint = Some(value.value),
                Err(error) => errors.at(
                    error.span(),
                    "`checkpoint` is on or off\nhelp: `#[checkpoint(false)]`",
                ),
            },
            "retry" => options.retry = retry(attribute, errors),
            _ => match attribute.meta.require_list() {
                Ok(_) => options.timeout = errors.take(attribute.parse_args_with(parse_timeout)),
                Err(_) => errors.on(
                    path,
                    "`timeout` says how long an attempt may take\nhelp: `#[timeout(\"30s\")]`",
                ),
            },
        }
    }
    if let Some(policy) = &options.invalid
        && policy.variant == "Quarantine"
        && options.checkpoint == Some(false)
    {
        errors.at(
            policy.span,
            "rows cannot be put aside here: without a checkpoint there is nothing to put them beside\nhelp: remove `#[checkpoint(false)]`, or keep such rows with `#[invalid(warn)]`",
        );
    }
    options
}

fn retry(attribute: &syn::Attribute, errors: &mut Errors) -> Option<Retry> {
    let tokens = match attribute.meta.require_list() {
        Ok(list) => &list.tokens,
        Err(_) => {
            errors.on(
                attribute.path(),
                "`retry` says how often to try\nhelp: `#[retry(attempts = 3)]`",
            );
            return None;
        }
    };
    let retry = Options::parse(quote::quote!(retry(#tokens)), errors)
        .running
        .retry?;
    if let Some(when) = &retry.when {
        errors.on(
            when,
            "which errors may pass is said of the step, where its error type is known\nhelp: `#[step(retry(attempts = 3, when = …))]`; a node that says how often to try keeps it",
        );
    }
    Some(retry)
}

/// Reads one `#[invalid(…)]` into its place.
fn policy(attribute: &syn::Attribute, place: &mut Option<Policy>, errors: &mut Errors) {
    if let Some(variant) = INVALID.read(attribute, place.is_some(), errors) {
        *place = Some(Policy {
            variant: format_ident!("{variant}"),
            span: attribute.path().span(),
        });
    }
}

/// An attribute that is one word of a few.
struct Choice {
    name: &'static str,
    /// What it is said of.
    of: &'static str,
    says: &'static str,
    /// What a word stands for.
    what: &'static str,
    /// What that is for.
    scope: &'static str,
    list: &'static str,
    /// The words, and what the library calls them.
    words: &'static [(&'static str, &'static str)],
    example: &'static str,
    does: &'static str,
}

const INVALID: Choice = Choice {
    name: "invalid",
    of: "frame",
    says: "what happens to rows that break rules",
    what: "policy",
    scope: " for rows that break rules",
    list: "policies",
    words: &[
        ("fail", "Fail"),
        ("warn", "Warn"),
        ("skip", "Skip"),
        ("quarantine", "Quarantine"),
    ],
    example: "#[invalid(quarantine)]",
    does: "puts such rows aside",
};

/// The first word is what holds where nothing is said.
const ENVIRONMENT: Choice = Choice {
    name: "environment",
    of: "pipeline",
    says: "what of the build counts for checkpoints",
    what: "environment",
    scope: " that checkpoints could depend on",
    list: "environments",
    words: &[
        ("lockfile", "Lockfile"),
        ("polars", "Polars"),
        ("none", "None"),
    ],
    example: "#[environment(polars)]",
    does: "lets no other package count",
};

impl Choice {
    /// What the word in the attribute stands for.
    fn read(
        &self,
        attribute: &syn::Attribute,
        is_said: bool,
        errors: &mut Errors,
    ) -> Option<&'static str> {
        let Self {
            name,
            of,
            says,
            what,
            list,
            example,
            does,
            ..
        } = self;
        let span = attribute.path().span();
        if is_said {
            errors.at(
                span,
                format!("`{name}` is said twice of this {of}\nhelp: keep one"),
            );
            return None;
        }
        let words = || self.words.iter().map(|(word, _)| *word);
        let known: Vec<_> = words().map(|word| format!("`{word}`")).collect();
        let list = format!("{list}: {}", known.join(", "));
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
                    format!("`{name}` says {says}, in one word\n{list}\nhelp: `{example}`"),
                );
                return None;
            }
        };
        let given = names::plain(&word);
        let found = self.words.iter().find(|(word, _)| *word == given);
        if found.is_none() {
            let help = names::help(&given, words(), &format!("`{example}` {does}"));
            errors.at(
                word.span(),
                format!("there is no {what} `{given}`{}\n{list}\n{help}", self.scope),
            );
        }
        found.map(|(_, variant)| *variant)
    }
}
