//! The clauses of a contract: `reads(dep_delay: i64, orders.id: Option<numeric>)`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token};

use crate::names;

/// A column named in a clause, by a bare name or by a string.
#[derive(Clone)]
pub(crate) struct ColumnWord {
    pub(crate) name: String,
    /// Bare names may mean a `ColumnName` argument, strings never do.
    pub(crate) bare: bool,
    pub(crate) span: Span,
}

/// `column: type`, perhaps with the input it belongs to: `orders.column: type`.
pub(crate) struct TypedColumn {
    pub(crate) input: Option<Ident>,
    pub(crate) column: ColumnWord,
    /// The `?` of `column?: type`.
    pub(crate) optional: Option<Span>,
    pub(crate) ty: ColumnTypeWord,
}

/// The type of a column in a clause.
pub(crate) enum ColumnTypeWord {
    /// A Rust type, `Option` included.
    Rust(Box<syn::Type>),
    /// A class of types: variant of `TypeRule`, and whether nulls are welcome.
    Class(Ident, bool),
    /// The type of another column, perhaps of a certain input, and whether it may be null.
    Like(Option<Ident>, ColumnWord, bool),
}

/// `a => b`
pub(crate) struct Rename {
    pub(crate) from: ColumnWord,
    pub(crate) to: ColumnWord,
}

/// `*` or a list of columns.
pub(crate) enum Columns {
    All(Span),
    These(Vec<ColumnWord>),
}

impl Parse for ColumnWord {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            return Ok(Self {
                name: name.value(),
                bare: false,
                span: name.span(),
            });
        }
        let name = input.call(Ident::parse_any).map_err(|_| {
            input.error(
                "expected a column: its name, or \"its name\" where that is no Rust identifier",
            )
        })?;
        Ok(Self {
            name: names::plain(&name),
            bare: true,
            span: name.span(),
        })
    }
}

impl Parse for TypedColumn {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let of = qualifier(input)?;
        let column: ColumnWord = input.parse()?;
        let optional: Option<Token![?]> = input.parse()?;
        if !input.peek(Token![:]) {
            return Err(syn::Error::new(
                column.span,
                format!(
                    "column `{0}` needs a type\nhelp: `{0}: f64`, `{0}: Option<String>`, or a class such as `{0}: numeric`",
                    column.name
                ),
            ));
        }
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        Ok(Self {
            input: of,
            column,
            optional: optional.map(|mark| mark.spans[0]),
            ty,
        })
    }
}

/// The `orders.` of `orders.price`.
fn qualifier(input: ParseStream) -> syn::Result<Option<Ident>> {
    if !(input.peek(Ident::peek_any) && input.peek2(Token![.])) {
        return Ok(None);
    }
    let of = input.call(Ident::parse_any)?;
    input.parse::<Token![.]>()?;
    Ok(Some(of))
}

/// Whether `Option<like(…)>` comes next, which is no type for syn.
fn is_optional_like(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<Ident>().is_ok_and(|word| word == "Option")
        && ahead.parse::<Token![<]>().is_ok()
        && ahead.parse::<Ident>().is_ok_and(|word| word == "like")
        && ahead.peek(syn::token::Paren)
}

impl Parse for ColumnTypeWord {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if is_optional_like(input) {
            input.parse::<Ident>()?;
            input.parse::<Token![<]>()?;
            let ty = input.parse()?;
            input.parse::<Token![>]>()?;
            return Ok(match ty {
                Self::Like(of, column, _) => Self::Like(of, column, true),
                other => other,
            });
        }
        if input.peek(Ident) && input.peek2(syn::token::Paren) {
            let word: Ident = input.parse()?;
            if word != "like" {
                return Err(syn::Error::new(
                    word.span(),
                    format!(
                        "`{word}(…)` is not a column type\nhelp: `like(column)` takes the type of a column that the step reads"
                    ),
                ));
            }
            let content;
            syn::parenthesized!(content in input);
            return Ok(Self::Like(qualifier(&content)?, content.parse()?, false));
        }
        let ty: syn::Type = input.parse()?;
        if let Some(class) = class_of(&ty) {
            return Ok(Self::Class(class, false));
        }
        if let Some(class) = option_of(&ty).and_then(class_of) {
            return Ok(Self::Class(class, true));
        }
        Ok(Self::Rust(Box::new(ty)))
    }
}

/// The variant of `TypeRule` that a word such as `numeric` means.
fn class_of(ty: &syn::Type) -> Option<Ident> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let word = path.path.get_ident()?;
    let variant = match word.to_string().as_str() {
        "numeric" => "Numeric",
        "integer" => "Integer",
        "float" => "Float",
        "temporal" => "Temporal",
        "any" => "Any",
        _ => return None,
    };
    Some(Ident::new(variant, word.span()))
}

/// The `T` of `Option<T>`.
fn option_of(ty: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(ty) if last.ident == "Option" => Some(ty),
        _ => None,
    }
}

impl Parse for Rename {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let from: ColumnWord = input.parse()?;
        if !input.peek(Token![=>]) {
            return Err(syn::Error::new(
                from.span,
                format!(
                    "a renaming needs both names\nhelp: `renames({} => new_name)`",
                    from.name
                ),
            ));
        }
        input.parse::<Token![=>]>()?;
        Ok(Self {
            from,
            to: input.parse()?,
        })
    }
}

impl Parse for Columns {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![*]) {
            let star: Token![*] = input.parse()?;
            return Ok(Self::All(star.span));
        }
        let columns = Punctuated::<ColumnWord, Token![,]>::parse_terminated(input)?;
        Ok(Self::These(columns.into_iter().collect()))
    }
}
