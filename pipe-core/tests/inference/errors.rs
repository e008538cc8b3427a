//! Files that there is no schema for.

use std::fs;

use pipe_core::source::InferSchema;

fn error(file: &str, content: Option<&[u8]>, with: impl Fn(InferSchema) -> InferSchema) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    if let Some(content) = content {
        fs::write(&path, content).unwrap();
    }
    let error = with(InferSchema::new(&path)).to_rust().unwrap_err();
    error
        .to_string()
        .replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_cannot_be_read_is_said() {
    for (file, content, message) in [
        ("none.csv", None, "none.csv: no such file"),
        ("none-*.csv", None, "none-*.csv: no file matches"),
        ("empty.csv", Some(&b""[..]), "empty.csv: is empty"),
        ("empty.parquet", Some(b""), "empty.parquet: is empty"),
        ("empty.ndjson", Some(b""), "empty.ndjson: is empty"),
        ("notes.txt", Some(b"a"), "notes.txt: unknown file format"),
        (
            "a.parquet",
            Some(b"a,b\n1,2\n"),
            "a.parquet: is not a Parquet file",
        ),
        (
            "a.ndjson",
            Some(b"{\"a\": 1}\n{\"a\": \n"),
            "a.ndjson, line 2: is not JSON",
        ),
        (
            "a.ndjson",
            Some(b"{\"a\": 1}\n[1]\n"),
            "a.ndjson, line 2: `[1]` is not a JSON object",
        ),
        (
            "a.ndjson",
            Some(b"{}\n"),
            "a.ndjson: no object in it has a key",
        ),
        (
            "a.csv",
            Some(b"a,b\n1,2,3\n"),
            "a.csv, line 2: has 3 fields, but there are 2 columns",
        ),
        (
            "a.csv",
            Some(b"a,b\n1,\xff\n"),
            "a.csv, line 2, column `b`: `\u{fffd}` is not UTF-8",
        ),
        (
            "a.csv",
            Some(b"a,b\n1,\"x\n"),
            "a.csv, line 2: a quote is opened",
        ),
        (
            "a.csv",
            Some(b"a,a\n1,2\n"),
            "a.csv, column `a`: is twice in the header",
        ),
        (
            "a.csv",
            Some(b"a;b\n1;2\n"),
            "it looks separated by ';'; help: give `--separator ';'`",
        ),
        ("a.csv", Some(&[0x1f, 0x8b, 8, 0]), "a.csv: is compressed"),
    ] {
        let error = error(file, content, |schema| schema);
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn options_must_fit() {
    let parquet = Some(&b"x"[..]);
    let name = error("a.csv", Some(b"a\n"), |schema| schema.name("my row"));
    assert_eq!(
        name,
        "`my row` cannot be the name of a struct; help: letters, digits and `_`, as in `MyRow`"
    );
    let separator = error("a.parquet", parquet, |schema| schema.separator(';'));
    assert_eq!(
        separator,
        "a separator is for CSV files, and a.parquet is none; help: leave it out"
    );
    let nulls = error("a.parquet", parquet, |schema| schema.null_values(["NA"]));
    assert!(
        nulls.starts_with("a list of null values is for CSV files"),
        "{nulls}"
    );
    let quote = error("a.csv", Some(b"a\n"), |schema| schema.separator('"'));
    assert!(quote.contains("separator cannot be"), "{quote}");
}

#[test]
fn columns_without_values_or_names_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "a,,c\n").unwrap();
    let text = InferSchema::new(&path).to_rust().unwrap();
    let fields = "\
    // no row has a value: nothing is known of its type
    pub a: String,
    // no row has a value: nothing is known of its type
    // Column 2 has no name, so no field can be it: name it in the file, or do without it.
";
    assert!(text.contains(fields), "{text}");
}
