//! Names: hashes of column names, CamelCase, nearest names, readable types.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;

/// FNV-1a. The library only compares these; the bytes of the name decide.
pub(crate) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The name without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// `add_ratio` → `AddRatio`; always an identifier.
pub(crate) fn camel_case(name: &str) -> String {
    let camel: String = name
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            match letters.next() {
                Some(first) => first.to_uppercase().chain(letters).collect::<String>(),
                None => String::new(),
            }
        })
        .collect();
    match camel.chars().next() {
        // `_`, `__`
        None => format!("Unnamed{}", name.len()),
        Some(first) if first.is_numeric() => format!("_{camel}"),
        _ if camel == "Self" => "Self_".to_owned(),
        _ => camel,
    }
}

/// Types and paths as people write them, without the spaces between tokens.
pub(crate) fn readable(tokens: impl ToTokens) -> String {
    tokens
        .to_token_stream()
        .to_string()
        .replace(" :: ", "::")
        .replace(":: ", "::")
        .replace(" < ", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("& ", "&")
}

/// The candidate that `wanted` may be a misspelling of.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = if wanted.len() < 8 {
        1
    } else {
        wanted.len() / 4
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to do about a name that is not known: the nearest one that is, or something else.
pub(crate) fn help<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    match nearest(wanted, candidates) {
        Some(near) => format!("help: did you mean `{near}`?"),
        None => format!("help: {otherwise}"),
    }
}

/// Levenshtein distance with adjacent swaps.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                .min(rows[i - 1][j] + 1)
                .min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `` `a`, `b` and `c` ``
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_well() {
        assert_eq!(camel_case("add_ratio"), "AddRatio");
        assert_eq!(
            ["self_", "_2", "__"].map(camel_case),
            ["Self_", "_2", "Unnamed2"]
        );
        assert_eq!(
            readable(quote::quote!(Option<chrono::DateTime<Utc>>)),
            "Option<chrono::DateTime<Utc>>"
        );
        assert_eq!(
            nearest("departd", ["flights", "departed"]),
            Some("departed")
        );
        assert_eq!(nearest("x", ["flights"]), None);
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
