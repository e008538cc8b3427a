//! `#[checkpoint(auto, max_recompute = "30s")]` above a pipeline: which of its nodes are stored.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;

use crate::errors::Errors;
use crate::names;
use crate::step::running::{duration, parse_duration};

/// Which nodes are stored that do not say it themselves.
#[derive(Clone, Copy)]
pub(super) enum Checkpoints {
    Every,
    None,
    Auto { max_recompute: Option<Duration> },
}

const WORDS: [&str; 3] = ["every", "none", "auto"];
const MAX_RECOMPUTE: &str = "max_recompute";
const LIST: &str = "it is one of: `every`, `none`, `auto`";
const EXAMPLE: &str = "`#[checkpoint(auto, max_recompute = \"30s\")]`";

impl Checkpoints {
    pub(super) fn read(
        attribute: &syn::Attribute,
        is_said: bool,
        errors: &mut Errors,
    ) -> Option<Self> {
        if is_said {
            let problem = "`checkpoint` is said twice of this pipeline\nhelp: keep one";
            errors.at(attribute.path().span(), problem);
            return None;
        }
        if attribute.meta.require_list().is_err() {
            errors.on(attribute.path(), nothing_said());
            return None;
        }
        errors.take(attribute.parse_args_with(parse))
    }

    /// What the library calls it.
    pub(super) fn tokens(self, private: &TokenStream) -> TokenStream {
        match self {
            Self::Every => quote!(#private::Checkpoints::Every),
            Self::None => quote!(#private::Checkpoints::None),
            Self::Auto {
                max_recompute: None,
            } => quote!(#private::Checkpoints::AUTO),
            Self::Auto {
                max_recompute: Some(time),
            } => {
                let time = duration(time);
                quote!(#private::Checkpoints::Auto { max_recompute: #time })
            }
        }
    }
}

fn nothing_said() -> String {
    format!("`checkpoint` says which nodes of a pipeline are stored\n{LIST}\nhelp: {EXAMPLE}")
}

fn parse(input: ParseStream) -> syn::Result<Checkpoints> {
    if let Ok(on) = input.fork().parse::<syn::LitBool>() {
        let (word, does) = if on.value {
            ("every", "stores every node")
        } else {
            ("none", "stores none")
        };
        return Err(syn::Error::new(
            input.span(),
            format!(
                "of a pipeline, `checkpoint` is no matter of on or off\n{LIST}\nhelp: `#[checkpoint({word})]` {does}"
            ),
        ));
    }
    let word: Ident = input
        .call(Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), nothing_said()))?;
    let given = names::plain(&word);
    let mut checkpoints = match given.as_str() {
        "every" => Checkpoints::Every,
        "none" => Checkpoints::None,
        "auto" => Checkpoints::Auto {
            max_recompute: None,
        },
        _ => {
            let otherwise = format!("{EXAMPLE} stores what is worth it");
            let help = names::help(&given, WORDS, &otherwise);
            let problem = format!("there are no checkpoints `{given}`\n{LIST}\n{help}");
            return Err(syn::Error::new(word.span(), problem));
        }
    };
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        let option: Ident = input.call(Ident::parse_any)?;
        let name = names::plain(&option);
        if name != MAX_RECOMPUTE {
            let help = names::help(&name, [MAX_RECOMPUTE], "remove it");
            let problem = format!(
                "`checkpoint` has no option `{name}`\nits options: `max_recompute = \"30s\"`, how much work a failure may lose\n{help}"
            );
            return Err(syn::Error::new(option.span(), problem));
        }
        input.parse::<Token![=]>().map_err(|error| {
            let problem = "`max_recompute` says how much work a failure may lose\nhelp: `max_recompute = \"30s\"`";
            syn::Error::new(error.span(), problem)
        })?;
        let time = parse_duration(input)?;
        match &mut checkpoints {
            Checkpoints::Auto {
                max_recompute: Some(_),
            } => {
                let problem = "`max_recompute` is said twice\nhelp: keep one";
                return Err(syn::Error::new(option.span(), problem));
            }
            Checkpoints::Auto { max_recompute } => *max_recompute = Some(time),
            Checkpoints::Every | Checkpoints::None => {
                let problem = format!(
                    "`max_recompute` is for `auto`: with `{given}` there is nothing to decide\nhelp: remove it, or {EXAMPLE}"
                );
                return Err(syn::Error::new(option.span(), problem));
            }
        }
    }
    Ok(checkpoints)
}
