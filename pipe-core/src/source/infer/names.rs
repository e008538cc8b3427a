//! Names of columns as names of fields, names of files as names of structs.

use std::collections::HashSet;

/// Words that cannot be names, but raw ones: `r#type`.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Words that cannot even be raw names.
const NEVER: [&str; 4] = ["crate", "self", "super", "Self"];

/// Types that fields are written with: a struct of such a name would hide them.
const TAKEN: [&str; 9] = [
    "DateTime",
    "NaiveDate",
    "NaiveDateTime",
    "NaiveTime",
    "Option",
    "String",
    "TimeDelta",
    "Utc",
    "Vec",
];

/// The words of a name: `depDelay`, `Dep Delay` and `dep-delay` are `dep delay`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &letter) in letters.iter().enumerate() {
        if letter == '_' || !unicode_ident::is_xid_continue(letter) {
            words.push(String::new());
            continue;
        }
        let before = i.checked_sub(1).map(|i| letters[i]);
        let after = letters.get(i + 1);
        // `HTTPServer` is `http server`.
        let begins = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|after| after.is_lowercase()));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn begins_a_name(text: &str) -> bool {
    text.chars().next().is_some_and(unicode_ident::is_xid_start)
}

/// A field for a column: its name as an identifier that no other field has.
pub(super) fn field_name(column: &str, position: usize, taken: &mut HashSet<String>) -> String {
    let mut name = words(column).join("_");
    if name.is_empty() {
        name = format!("column_{}", position + 1);
    }
    if !begins_a_name(&name) || NEVER.contains(&name.as_str()) {
        name = format!("_{name}");
    }
    let name = unique(name, taken);
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// The name itself, or with the first number behind it that makes it a new one.
pub(super) fn unique(name: String, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let name = names.find(|name| !taken.contains(name)).unwrap_or(name);
    taken.insert(name.clone());
    name
}

/// Whether macros give the column of this field the name without being told.
pub(super) fn is_name_of(field: &str, column: &str) -> bool {
    // The compiler normalises letters with accents.
    column.is_ascii() && field.strip_prefix("r#").unwrap_or(field) == column
}

/// The name of a struct: `flights-2013` → `Flights2013`.
pub(super) fn struct_name(name: &str) -> String {
    let capital = |word: String| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters.clone()).collect::<String>()
    };
    let words: Vec<String> = words(name).into_iter().map(capital).collect();
    // Two numbers side by side would become another number.
    let mut camel = String::new();
    for word in words {
        let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
        if digit(camel.chars().last()) && digit(word.chars().next()) {
            camel.push('_');
        }
        camel += &word;
    }
    if camel.is_empty() {
        "Row".to_owned()
    } else if !begins_a_name(&camel) || NEVER.contains(&camel.as_str()) {
        format!("Row{camel}")
    } else if TAKEN.contains(&camel.as_str()) {
        format!("{camel}Row")
    } else {
        camel
    }
}

/// Whether a struct can be called so.
pub(super) fn is_type_name(name: &str) -> bool {
    begins_a_name(name)
        && name.chars().all(unicode_ident::is_xid_continue)
        && ![&KEYWORDS[..], &NEVER, &TAKEN].concat().contains(&name)
}

/// What one of them is called: `flights` → `flight`.
pub(super) fn singular(name: &str) -> String {
    let endings = [
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ss", "ss"),
        ("us", "us"),
        ("is", "is"),
        ("s", ""),
    ];
    let lower = name.to_ascii_lowercase();
    for (ending, instead) in endings {
        if lower.len() > ending.len() + 1
            && lower.ends_with(ending)
            && let Some(stem) = name.get(..name.len() - ending.len())
        {
            return format!("{stem}{instead}");
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_identifiers() {
        for (column, field) in [
            ("dep_delay", "dep_delay"),
            ("Dep Delay", "dep_delay"),
            ("depDelay", "dep_delay"),
            ("HTTPServer", "http_server"),
            ("arr-time (min)", "arr_time_min"),
            ("2nd stop", "_2nd_stop"),
            ("type", "r#type"),
            ("Self", "_self"),
            ("Größe – m²", "größe_m"),
            ("日付", "日付"),
            ("%", "column_7"),
            ("id2", "id2"),
        ] {
            assert_eq!(field_name(column, 6, &mut HashSet::new()), field);
        }
    }

    #[test]
    fn no_two_fields_have_one_name() {
        let mut taken = HashSet::new();
        let columns = ["a b", "a_b", "A-B", "a_b_2"];
        let fields: Vec<String> = columns
            .iter()
            .map(|c| field_name(c, 0, &mut taken))
            .collect();
        assert_eq!(fields, ["a_b", "a_b_2", "a_b_3", "a_b_2_2"]);
    }

    #[test]
    fn structs_are_called_like_one_row() {
        for (stem, name) in [
            ("flights", "Flight"),
            ("weather", "Weather"),
            ("daily-deliveries", "DailyDelivery"),
            ("status", "Status"),
            ("classes", "Class"),
            ("flights_2013_01", "Flights2013_01"),
            ("2013", "Row2013"),
            ("strings", "StringRow"),
            ("", "Row"),
        ] {
            assert_eq!(struct_name(&singular(stem)), name);
        }
        assert!(is_type_name("Flight2"));
        for name in ["", "2x", "a b", "String", "type", "Self"] {
            assert!(!is_type_name(name), "{name}");
        }
    }
}
