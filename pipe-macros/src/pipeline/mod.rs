//! `pipeline!`.

mod attributes;
mod check;
mod checkpoints;
mod emit;
mod model;
mod parse;
mod scope;

use proc_macro2::TokenStream;

use crate::errors::Errors;

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    match syn::parse2::<parse::Pipelines>(input) {
        Ok(pipelines) => pipelines
            .functions
            .into_iter()
            .map(|function| {
                let mut errors = Errors::default();
                let pipeline = check::check(&function, &mut errors);
                emit::emit(&pipeline, &pipelines.library, errors)
            })
            .collect(),
        Err(error) => error.to_compile_error(),
    }
}
