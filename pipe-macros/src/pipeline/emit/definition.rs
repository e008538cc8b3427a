//! The pipeline's type, its node enum and its command line.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::results::{output_type, results};
use super::{marker, parameter_type, schema_type, value};
use crate::pipeline::model::{Param, ParamKind, Pipeline};
use crate::pipeline::parse::documentation;
use crate::tokens::at;
use crate::{names, packages};

/// The pipeline's type, its node enum and its command line.
pub(super) fn definition(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let function = pipeline.function;
    let vis = &function.vis;
    let name = names::plain(&function.ident);
    let marker = marker(pipeline);
    let nodes = format_ident!(
        "{}Node",
        names::camel_case(&name),
        span = function.ident.span()
    );
    let mut variants: Vec<(Ident, &str)> = Vec::new();
    for (_, name) in pipeline.stored() {
        let variant = format_ident!("{}", names::camel_case(name));
        if variants.iter().all(|(other, _)| *other != variant) {
            variants.push((variant, name));
        }
    }
    let (idents, texts): (Vec<_>, Vec<_>) = variants.into_iter().unzip();
    let variant_docs = texts.iter().map(|text| format!("The result `{text}`."));
    let node_name = if idents.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(Self::#idents => #texts),* })
    };
    let output = output_type(pipeline, private);
    // At the type, for a schema that is less public than its pipeline.
    let equals = at(function.output.span(), quote!(type Output =));
    let end = at(function.output.span(), quote!(;));
    let marker_doc = format!("Pipeline `{name}`: made by [`{name}()`], run by `main`.");
    let docs = function.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let nodes_doc = format!("The results of pipeline `{name}`.");
    let outputs = pipeline.outputs.iter().map(|output| match output.schema() {
        Some(schema) => {
            let schema = quote_spanned!(schema.span()=> <#schema as #private::FrameSchema>::SCHEMA);
            quote!(::core::option::Option::Some(#schema))
        }
        None => quote!(::core::option::Option::None),
    });
    let options = options(pipeline, private);
    let results = results(pipeline, private);
    let command_line = command_line(pipeline, &marker, private);
    let parameters = parameter_types(pipeline, private);
    let check = check(pipeline, private);
    let defaults = defaults(pipeline, private);
    quote! {
        #[doc = #marker_doc]
        #[doc = ""]
        #(#docs)*
        #[derive(::core::fmt::Debug)]
        #vis enum #marker {}

        #[doc = #nodes_doc]
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash,
        )]
        #vis enum #nodes { #(#[doc = #variant_docs] #idents),* }

        #[automatically_derived]
        impl #private::NodeName for #nodes {
            fn node_name(&self) -> &str {
                #node_name
            }
        }

        #[automatically_derived]
        impl #private::PipelineDef for #marker {
            type Node = #nodes;
            #equals #output #end
            const NAME: &'static str = #name;
            const CRATE_FOLDER: ::core::option::Option<&'static str> =
                ::core::option_env!("CARGO_MANIFEST_DIR");
            const OUTPUTS: &'static [::core::option::Option<#private::contract::NamedSchema>] =
                &[#(#outputs),*];
            #options

            #results
        }

        #command_line

        #[automatically_derived]
        #[allow(dead_code)]
        impl #marker {
            /// Runs the pipeline's command line with the arguments of the process.
            #[must_use]
            #vis fn main() -> ::std::process::ExitCode {
                #private::cli::main::<Self>()
            }

            #check

            #defaults

            #parameters
        }
    }
}

/// What stands above the pipeline.
fn options(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    let options = &pipeline.options;
    let environment = format_ident!("{}", options.environment);
    let checkpoints = options.checkpoints.map(|checkpoints| {
        let checkpoints = checkpoints.tokens(private);
        quote!(const CHECKPOINTS: #private::Checkpoints = #checkpoints;)
    });
    let packages = (options.environment == "Lockfile").then(|| {
        let list = packages::locked();
        quote! {
            const PACKAGES: #private::Packages = #private::Packages::found(#list);
        }
    });
    quote! {
        const ENVIRONMENT: #private::Environment = #private::Environment::#environment;
        #packages
        #checkpoints
    }
}

/// One line for a unit test: the pipeline's check, with arguments only for what has neither a schema
/// nor a default.
fn check(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    if !pipeline.takes_values {
        return TokenStream::new();
    }
    let function = pipeline.function;
    let (vis, constructor) = (&function.vis, &function.ident);
    let mut taken = Vec::new();
    let given = pipeline.arguments.iter().enumerate().map(|(i, param)| {
        let ty = &param.argument.ty;
        // One of them may have the name of the pipeline, which is called here.
        let mut ident = param.argument.ident.clone();
        ident.set_span(ident.span().resolved_at(Span::mixed_site()));
        match (&param.kind, &param.argument.default) {
            // Its schema is all that is looked at.
            (ParamKind::Typed(schema), _) => quote!(::std::vec::Vec::<#schema>::new()),
            (ParamKind::Value | ParamKind::Open, Some(_)) => {
                let default = default_of(i);
                quote!(Self::#default())
            }
            (ParamKind::Value, None) => {
                taken.push(quote!(#ident: #ty));
                quote!(#ident)
            }
            (ParamKind::Open, None) => {
                taken.push(quote!(#ident: impl #private::IntoSource<()>));
                quote!(#ident)
            }
        }
    });
    let given: Vec<_> = given.collect();
    quote! {
        /// Runs every step on frames without rows and holds the results against the contracts: for a
        /// unit test. Takes what has neither a schema nor a default.
        ///
        /// # Errors
        ///
        /// All differences between what the contracts say and what the steps do.
        #vis fn check(#(#taken),*) -> ::core::result::Result<(), #private::CheckError> {
            #constructor(#(#given),*).check()
        }
    }
}

/// What is done with the types of the parameters. Each is looked at here and nowhere else: one that
/// cannot be a parameter's is one error, at the type itself.
fn parameter_types(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    if !pipeline.takes_values {
        return TokenStream::new();
    }
    let parameters = pipeline
        .arguments
        .iter()
        .enumerate()
        .filter(|(_, param)| !param.kind.is_frame());
    parameters
        .map(|(i, param)| {
            let (name, ty) = (parameter_type(i), &param.argument.ty);
            let value = quote_spanned!(ty.span()=> <#ty as #private::PipelineParameter>::TYPE);
            quote! {
                #[doc(hidden)]
                const #name: #private::PipelineParameterType<#ty> = #value;
            }
        })
        .collect()
}

fn command_line(pipeline: &Pipeline, marker: &Ident, private: &TokenStream) -> TokenStream {
    let function = pipeline.function;
    // The user's defaults stand in the same function.
    let given = Ident::new("given", Span::mixed_site());
    let doc = documentation(&function.attrs);
    let specs = pipeline.arguments.iter().enumerate().map(|(i, param)| {
        let (name, doc) = (&param.name, documentation(&param.argument.attrs));
        let ty = names::readable(&param.argument.ty);
        let default = match &param.argument.default {
            Some(default) => {
                let text = names::readable(default);
                quote!(::core::option::Option::Some(#text))
            }
            None => quote!(::core::option::Option::None),
        };
        let is_source = param.kind.is_frame();
        let is_secret = if is_source || !pipeline.takes_values {
            quote!(false)
        } else {
            let parameter = parameter_type(i);
            quote!(#marker::#parameter.is_secret)
        };
        quote! {
            #private::cli::ArgumentSpec {
                name: #name,
                doc: #doc,
                ty: #ty,
                is_source: #is_source,
                default: #default,
                is_secret: #is_secret,
            }
        }
    });
    let body = if pipeline.takes_values {
        let constructor = &function.ident;
        let idents: Vec<Ident> = (0..pipeline.arguments.len())
            .map(|i| Ident::new(&format!("argument_{i}"), Span::mixed_site()))
            .collect();
        let values = pipeline
            .arguments
            .iter()
            .enumerate()
            .map(|(i, param)| argument(i, param, &given));
        quote! {
            #(let #idents = #values;)*
            #given.finish()?;
            // Every argument is there: `finish` has reported the others.
            let (#(::core::option::Option::Some(#idents),)*) = (#(#idents,)*) else {
                return ::core::result::Result::Err(<#private::cli::ArgumentError as ::core::default::Default>::default());
            };
            ::core::result::Result::Ok(#constructor(#(#idents),*))
        }
    } else {
        quote!(::core::unreachable!())
    };
    quote! {
        #[automatically_derived]
        impl #private::cli::CommandLine for #marker {
            const DOC: &'static str = #doc;
            const ARGUMENTS: &'static [#private::cli::ArgumentSpec] = &[#(#specs),*];

            #[allow(unused_variables, irrefutable_let_patterns)]
            fn from_arguments(
                #given: &mut #private::cli::Arguments,
            ) -> ::core::result::Result<#private::Pipeline<Self>, #private::cli::ArgumentError> {
                #body
            }
        }
    }
}

/// The default of the argument at `i`.
fn default_of(i: usize) -> Ident {
    format_ident!("__default_{i}")
}

/// The defaults, each a function: evaluated only where it is needed, and wrong in one place only.
fn defaults(pipeline: &Pipeline, private: &TokenStream) -> TokenStream {
    if !pipeline.takes_values {
        return TokenStream::new();
    }
    let defaults = pipeline.arguments.iter().enumerate();
    let defaults =
        defaults.filter_map(|(i, param)| Some((i, param, param.argument.default.as_ref()?)));
    defaults
        .map(|(i, param, default)| {
            let name = default_of(i);
            let (result, value) = match param.kind {
                ParamKind::Value => {
                    let ty = &param.argument.ty;
                    (quote!(#ty), value(default, &quote!(#ty), private))
                }
                ParamKind::Typed(_) | ParamKind::Open => {
                    let schema = schema_type(param);
                    let into_source = at(
                        default.span(),
                        quote!(#private::IntoSource::<#schema>::into_source),
                    );
                    let result = quote!(
                        ::core::result::Result<
                            ::std::sync::Arc<dyn #private::Source>,
                            #private::SourceError,
                        >
                    );
                    (result, quote!(#into_source(#default)))
                }
            };
            quote! {
                #[doc(hidden)]
                fn #name() -> #result { #value }
            }
        })
        .collect()
}

/// Takes one argument off the command line.
fn argument(i: usize, param: &Param, given: &Ident) -> TokenStream {
    let name = &param.name;
    let function = default_of(i);
    let default = match param.argument.default {
        Some(_) => quote!(::core::option::Option::Some(Self::#function)),
        None => quote!(::core::option::Option::None),
    };
    match param.kind {
        ParamKind::Value => {
            let parameter = parameter_type(i);
            quote!((Self::#parameter.read)(#given, #name, #default))
        }
        ParamKind::Typed(_) | ParamKind::Open => {
            quote!(#given.source(#name, #default))
        }
    }
}
