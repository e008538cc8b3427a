//! `#[step]`.

pub(crate) mod body;
mod call;
mod check;
mod clause;
mod contract;
pub(crate) mod emit;
mod hand_written;
pub(crate) mod helpers;
mod join;
pub(crate) mod options;
mod output;
pub(crate) mod own_code;
pub(crate) mod rows;
pub(crate) mod running;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use crate::errors::Errors;
use crate::names;
use options::Options;
use output::{last_segment, mentions_frame, of_result};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(args, &mut errors);
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(syn::Item::Fn(function)) => {
            if let Some(receiver) = function.sig.receiver() {
                // Inside of an `impl`, only what a method may stand beside can be emitted.
                let error = syn::Error::new_spanned(
                    receiver,
                    "a step is a plain function, it has no `self`\nhelp: move it out of the `impl` and make what it needs of `self` its arguments",
                )
                .to_compile_error();
                return quote!(#function #error);
            }
            let step = StepFn::new(function, options, &mut errors);
            rows::check(&step, &mut errors);
            check::check(&step, &mut errors);
            // Only what was found so far makes the contract unusable.
            let broken = !errors.is_empty();
            if !broken {
                body::check(&step, &mut errors);
            }
            step.helpers
                .report(&format!("step `{}`", step.name), "step", &mut errors);
            emit::emit(&step, broken, errors)
        }
        Ok(syn::Item::Impl(implementation)) => {
            hand_written::expand(implementation, &options, errors)
        }
        Ok(_) => {
            errors.on(
                &item,
                "`#[step]` goes on a function or on an `impl Step for …`\nhelp: `#[step] fn clean(orders: LazyFrame) -> LazyFrame { … }`",
            );
            let errors = errors.into_tokens(&options.library.private());
            quote!(#item #errors)
        }
        Err(error) => {
            // Half-typed code: what there is goes on to rustc, which says it best.
            let _ = error;
            item
        }
    }
}

/// A function with `#[step]`.
pub(crate) struct StepFn {
    pub(crate) function: syn::ItemFn,
    pub(crate) options: Options,
    /// The function's name, without `r#`.
    pub(crate) name: String,
    /// The generated struct.
    pub(crate) ident: Ident,
    /// Without the context. Empty where the signature has a mistake.
    pub(crate) args: Vec<StepArg>,
    /// Where in the function's arguments the run's context stands.
    pub(crate) context: Option<usize>,
    /// Whether the signature is one that a step can have.
    pub(crate) understood: bool,
    pub(crate) body: body::Body,
    pub(crate) helpers: helpers::Helpers,
}

/// One of its arguments.
pub(crate) struct StepArg {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    /// Of `&T`, the `T`.
    pub(crate) ty: syn::Type,
    pub(crate) kind: ArgKind,
}

/// What an argument takes, as far as its type's name says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArgKind {
    /// `Frame<S>`
    Typed,
    /// `LazyFrame`, `DataFrame`
    Open,
    /// A row of a frame, where the step is one of rows.
    Row,
    /// `&T`: what an earlier step returned.
    NodeValue,
    Value,
    ColumnName,
    ColumnNames,
}

impl ArgKind {
    pub(crate) fn is_frame(self) -> bool {
        matches!(self, Self::Typed | Self::Open | Self::Row)
    }

    /// Whether it takes what is known before anything runs: it is a field of the step's struct then.
    pub(crate) fn is_parameter(self) -> bool {
        matches!(self, Self::Value | Self::ColumnName | Self::ColumnNames)
    }
}

impl StepFn {
    fn new(function: syn::ItemFn, options: Options, errors: &mut Errors) -> Self {
        let name = names::plain(&function.sig.ident);
        // The suffix keeps it apart from the user's own types: step `departed` beside schema `Departed`.
        let ident = format_ident!(
            "{}Step",
            names::camel_case(&name),
            span = function.sig.ident.span()
        );
        let before = errors.len();
        let mut args: Vec<StepArg> = Vec::new();
        let mut context = None;
        for (i, arg) in function.sig.inputs.iter().enumerate() {
            match self::context(arg) {
                Some(ty) if context.is_some() => errors.on(
                    ty,
                    "a step takes its `&StepContext` once\nhelp: remove this argument",
                ),
                Some(_) => context = Some(i),
                None => args.extend(step_arg(arg, errors)),
            }
        }
        check::check_signature(&function.sig, &name, errors);
        if let Some(said) = options.rows.said
            && errors.len() == before
        {
            rows::mark(&mut args);
            rows::check_arguments(&name, &args, said, errors);
        }
        let understood = errors.len() == before;
        if !understood {
            args.clear();
        }
        let body = match options.rows.said {
            // Its body is about a row, which has fields that rustc knows.
            Some(_) => body::Body::default(),
            None => body::Body::of(&function, &args),
        };
        let helpers = helpers::Helpers::of(&function, &options.untracked);
        Self {
            function,
            options,
            name,
            ident,
            args,
            context,
            understood,
            body,
            helpers,
        }
    }

    /// The open inputs with their position among all inputs.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &StepArg> {
        self.args.iter().filter(|arg| arg.kind.is_frame())
    }

    /// Whether its function is one of a row.
    pub(crate) fn is_of_rows(&self) -> bool {
        self.options.rows.said.is_some()
    }

    /// Whether its function is an `async` one of a row.
    pub(crate) fn calls_rows(&self) -> bool {
        self.is_of_rows() && self.is_async()
    }

    pub(crate) fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// What it returns, bare, and whether it may fail, as far as the words tell: `(u64, true)` of
    /// `io::Result<u64>`.
    pub(crate) fn returned(&self) -> Option<(&syn::Type, bool)> {
        match &self.function.sig.output {
            syn::ReturnType::Type(_, ty) => Some(match of_result(ty) {
                Some(ty) => (ty, true),
                None => (ty, false),
            }),
            syn::ReturnType::Default => None,
        }
    }

    /// The type of its result where that does not look like a frame.
    pub(crate) fn value(&self) -> Option<&syn::Type> {
        if self.is_of_rows() {
            return None;
        }
        let (ty, _) = self.returned()?;
        (!mentions_frame(ty)).then_some(ty)
    }

    /// The `S` where the return type says `Frame<S>`, bare or in a `Result`.
    pub(crate) fn returned_schema(&self) -> Option<&syn::Type> {
        if self.is_of_rows() {
            return None;
        }
        match &self.function.sig.output {
            syn::ReturnType::Type(_, ty) => mentioned_schema(ty),
            syn::ReturnType::Default => None,
        }
    }

    /// Index, among the inputs, of the one of that name.
    pub(crate) fn input(&self, named: &Ident) -> Option<usize> {
        let named = names::plain(named);
        self.inputs().position(|input| input.name == named)
    }

    /// Whether the columns of the result are exactly those of a schema.
    pub(crate) fn is_closed(&self) -> bool {
        let options = &self.options;
        options.returns.is_some() || self.returned_schema().is_some() || self.is_of_rows()
    }

    /// Index, among the inputs, of the one whose columns pass through.
    pub(crate) fn passed(&self) -> Option<usize> {
        match &self.options.passes {
            Some(named) => self.input(named),
            None => {
                let mut open = self
                    .inputs()
                    .enumerate()
                    .filter(|(_, i)| i.kind == ArgKind::Open);
                match (open.next(), open.next()) {
                    (Some((only, _)), None) => Some(only),
                    (None, None) if self.inputs().count() == 1 => Some(0),
                    _ => None,
                }
            }
        }
    }
}

/// The `S` of a `Frame<S>` in a type.
pub(crate) fn mentioned_schema(ty: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    if last.ident == "Frame" {
        types.next()
    } else {
        types.find_map(mentioned_schema)
    }
}

/// The type of an argument that is the run's context. It has no name in calls, so it needs none here.
fn context(arg: &syn::FnArg) -> Option<&syn::Type> {
    match arg {
        syn::FnArg::Typed(arg) => match &*arg.ty {
            syn::Type::Reference(reference) if reference.mutability.is_none() => {
                is_context(&reference.elem).then_some(&*arg.ty)
            }
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    }
}

fn is_context(ty: &syn::Type) -> bool {
    last_segment(ty).is_some_and(|last| last.ident == "StepContext")
}

fn step_arg(arg: &syn::FnArg, errors: &mut Errors) -> Option<StepArg> {
    let arg = match arg {
        syn::FnArg::Typed(arg) => arg,
        // Reported before.
        syn::FnArg::Receiver(_) => return None,
    };
    if is_context(&arg.ty) {
        errors.on(
            &arg.ty,
            format!(
                "a step borrows its context, `{0}` is no reference\nhelp: take `&{0}`",
                names::readable(&arg.ty)
            ),
        );
        return None;
    }
    let Some(ident) = body::simple_pattern(&arg.pat) else {
        errors.on(
            &arg.pat,
            "an argument of a step needs a name\nhelp: `orders: LazyFrame`; take it apart in the body",
        );
        return None;
    };
    let (ty, kind) = match &*arg.ty {
        syn::Type::Reference(reference) => {
            if let Some(message) = check::wrong_reference(reference) {
                errors.on(reference, message);
                return None;
            }
            (&reference.elem, ArgKind::NodeValue)
        }
        _ => (&arg.ty, kind_of(&arg.ty)),
    };
    Some(StepArg {
        ident: ident.clone(),
        name: names::plain(ident),
        ty: (**ty).clone(),
        kind,
    })
}

/// What to take instead of a reference to `ty`.
pub(crate) fn owned(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        syn::Type::Slice(slice) => format!("Vec<{}>", names::readable(&slice.elem)),
        _ => names::readable(ty.to_token_stream()),
    }
}

fn kind_of(ty: &syn::Type) -> ArgKind {
    let syn::Type::Path(path) = ty else {
        return ArgKind::Value;
    };
    match path
        .path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
        .as_deref()
    {
        Some("Frame") => ArgKind::Typed,
        Some("LazyFrame" | "DataFrame") => ArgKind::Open,
        Some("ColumnName") => ArgKind::ColumnName,
        Some("ColumnNames") => ArgKind::ColumnNames,
        _ => ArgKind::Value,
    }
}
