//! `#[step]` on `impl Step for …`: fills in the name and the code's identity.

use proc_macro2::TokenStream;
use quote::quote;

use super::helpers::Helpers;
use super::options::Options;
use crate::errors::Errors;
use crate::{names, tokens, tracked};

/// What an `impl` can say of itself.
const OPTIONS: [&str; 3] = ["version", "untracked", "crate"];

/// Options that would do nothing here.
fn refuse(options: &Options, errors: &mut Errors) {
    for option in options.given() {
        let help = match option.to_string().as_str() {
            known if OPTIONS.contains(&known) => continue,
            "retry" | "timeout" | "resources" | "process" => {
                "write `fn options(&self) -> StepOptions` in the `impl`"
            }
            _ => "remove it: the contract of a step that is written by hand is not checked",
        };
        errors.on(
            option,
            format!("`{option}` is for steps that are functions\nits options here: `version` and `untracked`\nhelp: {help}"),
        );
    }
}

pub(super) fn expand(
    mut implementation: syn::ItemImpl,
    options: &Options,
    mut errors: Errors,
) -> TokenStream {
    let is_step = implementation
        .trait_
        .as_ref()
        .and_then(|(path, _)| path.segments.last())
        .is_some_and(|segment| segment.ident == "Step");
    if !is_step {
        errors.on(
            &implementation.self_ty,
            "`#[step]` goes on a function or on an `impl Step for …`\nhelp: remove it here",
        );
        let errors = errors.into_tokens(&options.library.private());
        return quote!(#implementation #errors);
    }
    refuse(options, &mut errors);
    let private = options.library.private();
    let version = options.version.unwrap_or(0);
    let name = names::readable(&implementation.self_ty);
    let has = |method: &str| {
        implementation
            .items
            .iter()
            .any(|item| matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == method))
    };
    let mut generated = Vec::new();
    if !has("name") {
        generated.push(quote! {
            fn name(&self) -> &str { #name }
        });
    }
    if !has("code") {
        let helpers = Helpers::of_impl(&implementation, &options.untracked);
        helpers.report(&format!("step `{name}`"), "step", &mut errors);
        let digest = tokens::of_impl(&implementation);
        let code = tracked::helper(&name, &digest, &private, &helpers);
        generated.push(quote! {
            fn code(&self) -> #private::Code { #private::Code::of(&#code, #version) }
        });
    }
    implementation
        .items
        .extend(generated.into_iter().map(syn::ImplItem::Verbatim));
    let errors = errors.into_tokens(&private);
    quote!(#implementation #errors)
}
