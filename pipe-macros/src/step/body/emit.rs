//! The checks that only the compiler can make: names that may be in a schema.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::emit::{schema_name, schemas};
use super::super::options::DynamicNames;
use super::super::{ArgKind, StepFn};
use super::check::{Doubtful, contract_names, doubts, has_hidden_schema};
use crate::names;
use crate::tokens::at;

/// One check for each name in doubt; nothing at all where there is none.
pub(in crate::step) fn checks(step: &StepFn, private: &TokenStream) -> TokenStream {
    if matches!(step.options.dynamic_names, DynamicNames::All) {
        return TokenStream::new();
    }
    let doubts = doubts(step);
    if doubts.is_empty() {
        return TokenStream::new();
    }
    let contract = quote!(#private::contract);
    let checks = doubts.iter().enumerate().map(|(i, doubt)| {
        let forms = doubt.forms.iter().map(|form| {
            let hash = names::hash(form);
            quote!((#form, #hash))
        });
        let check = format_ident!("column_{}_of_the_body", i + 1);
        let place = match doubt.place {
            Doubtful::Named => quote!(Named),
            Doubtful::Text => quote!(Text),
            Doubtful::Made => quote!(Made),
        };
        let raise = at(
            doubt.name.span,
            quote!(#contract::check_body_name(&__BODY, #contract::BodyPlace::#place, &[#(#forms),*])),
        );
        quote!(const #check: () = #raise;)
    });
    let name = &step.name;
    let in_clauses = contract_names(step);
    let mut made: Vec<&str> = Vec::new();
    for name in &step.body.made {
        if !made.contains(&name.as_str())
            && !in_clauses.contains(&name.as_str())
            && step.body.mentions(name)
        {
            made.push(name);
        }
    }
    let closed = step.is_closed();
    let reads = step.inputs().any(|input| input.kind == ArgKind::Open);
    let unseen = step.body.calls_unseen;
    let mut columns: Vec<TokenStream> = schemas(step)
        .into_iter()
        .map(|schema| {
            let schema = schema_name(step, schema);
            quote!(#schema.columns)
        })
        .collect();
    if has_hidden_schema(step) {
        columns.push(quote!(#contract::columns_of(__OUTPUT.schema)));
    }
    quote! {
        const __BODY: #contract::BodyNames = #contract::BodyNames {
            step: #name,
            clauses: &[#(#in_clauses),*],
            made: &[#(#made),*],
            schemas: &[#(#columns),*],
            reads: #reads,
            closed: #closed,
            unseen: #unseen,
        };
        #(#checks)*
    }
}
