//! Paths, globs, headers, identities.

use std::sync::Arc;

use pipe_core::prelude::*;
use pipe_core::source::{KnownFiles, NothingKnown, Source, from_path};

use crate::{Folder, file_name, rows};

#[derive(Schema)]
struct Flight {
    carrier: String,
    dep_delay: Option<i64>,
}

#[test]
fn files_that_are_not_there() {
    let folder = Folder::new();
    let path = folder.path("none.csv");
    let error = Csv::new(&path).open(None).err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "{0}: no such file; looked for {0}; help: check the path",
            path.display()
        )
    );
    assert!(
        Csv::new("none.csv")
            .open(None)
            .err()
            .unwrap()
            .to_string()
            .contains("looked for /")
    );
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(folder.path("no*.csv"))),
        "no*.csv: no file matches; looked for no*.csv; help: check the pattern"
    );
    assert!(
        folder
            .refused::<Flight>(&Parquet::new(folder.path("[.parquet")))
            .starts_with("[.parquet: not a valid pattern")
    );
}

#[test]
fn files_that_are_not_files_of_data() {
    let folder = Folder::new();
    folder.write("flights/1.csv", "");
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(folder.path("flights"))),
        "flights: is a folder; help: name the files in it, such as `flights/*`"
    );
    let empty = "flights/1.csv: is empty; help: check what should have written it";
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(folder.path("flights/1.csv"))),
        empty
    );
    assert_eq!(
        folder.refused::<Flight>(&NdJson::new(folder.path("flights/*"))),
        empty
    );
    assert_eq!(
        folder.refused::<Flight>(&Parquet::new(folder.path("flights/*"))),
        empty
    );
    let path = folder.write("blank.csv", "\n\n");
    assert!(
        folder
            .refused::<Flight>(&Csv::new(path))
            .starts_with("blank.csv: is empty")
    );
    let path = folder.write("a.csv", b"\x1f\x8b\x08\x00");
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(path)),
        "a.csv: is compressed; help: decompress it first"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.write("a.csv", "carrier,dep_delay\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        return; // root reads everything
    }
    assert!(
        folder
            .refused::<Flight>(&Csv::new(path))
            .starts_with("a.csv: permission denied; help: ")
    );
}

#[test]
fn a_name_that_looks_like_a_glob() {
    let folder = Folder::new();
    for name in ["a[1].csv", "b*.ndjson"] {
        let text = if name.ends_with("csv") {
            "x\n1\n"
        } else {
            "{\"x\": 1}\n"
        };
        let path = folder.write(name, text);
        let lazy = from_path(&path).unwrap().open(None).unwrap();
        assert_eq!(rows(&lazy.collect().unwrap()), ["1"]);
    }
}

#[test]
fn missing_columns_are_all_named_with_what_there_is() {
    let folder = Folder::new();
    folder.write("1.csv", "carrier,dep_dely,x\n");
    folder.write("2.csv", "Carrier,dep_delay\n");
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(folder.path("*.csv"))),
        "1.csv: no column `dep_delay: Option<i64>` of `Flight`; the columns are `carrier`, `dep_dely`, `x`; help: did you mean `dep_dely`?
2.csv: no column `carrier: String` of `Flight`; the columns are `Carrier`, `dep_delay`; help: did you mean `Carrier`?"
    );
    let path = folder.write("3.csv", "carrier,x\n");
    assert!(
        folder
            .refused::<Flight>(&Csv::new(path))
            .ends_with("help: check the source, or remove the field from `Flight`")
    );
}

#[test]
fn headers_that_are_none() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "UA,2\nB6,3\n");
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(path)),
        "a.csv: its first line `UA,2` names no column of `Flight`; help: add `.header(false)` if the file has no header line, or `.skip_rows(n)` if it comes later"
    );
    let path = folder.write("a.csv", "Carrier,delay\n");
    assert!(
        folder
            .refused::<Flight>(&Csv::new(path))
            .contains("did you mean `Carrier`?")
    );
    let path = folder.write("a.csv", "carrier;dep_delay\n");
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(path)),
        "a.csv: its first line `carrier;dep_delay` names no column of `Flight`; help: it looks separated by ';': add `.separator(';')`"
    );
    let path = folder.write("a.csv", "carrier,dep_delay,carrier\nUA,1,B6\n");
    assert_eq!(
        folder.refused::<Flight>(&Csv::new(path)),
        "a.csv, column `carrier`: is twice in the header; help: rename one of them"
    );
}

fn digest(source: &dyn Source) -> String {
    source.identity(&mut NothingKnown).unwrap().digest
}

#[test]
fn an_identity_is_content_names_order_and_options() {
    let folder = Folder::new();
    let a = folder.write("one/a.csv", "x\n1\n");
    let moved = folder.write("two/a.csv", "x\n1\n");
    let named = folder.write("two/b.csv", "x\n1\n");
    assert_eq!(
        digest(&Csv::new(&a)),
        digest(&Csv::new(&moved)),
        "another folder"
    );
    assert_ne!(
        digest(&Csv::new(&a)),
        digest(&Csv::new(&named)),
        "another name"
    );
    assert_ne!(
        digest(&Csv::new(&a)),
        digest(&NdJson::new(&a)),
        "another format"
    );
    let options = [
        Csv::new(&a),
        Csv::new(&a).separator(';'),
        Csv::new(&a).quote(None),
        Csv::new(&a).null_values(["NA"]),
        Csv::new(&a).null_values(["N", "A"]),
        Csv::new(&a).header(false),
        Csv::new(&a).comment_prefix("#"),
        Csv::new(&a).skip_rows(1),
        Csv::new(&a).lossy(),
        Csv::new(&a).separator(';').decimal_comma(),
    ];
    let digests: std::collections::HashSet<String> = options.iter().map(|o| digest(o)).collect();
    assert_eq!(digests.len(), options.len());
    assert_eq!(
        digest(&Csv::new(&a).separator(',')),
        digest(&Csv::new(&a)),
        "the default"
    );
    let before = digest(&Csv::new(&a));
    folder.write("one/a.csv", "x\n2\n");
    assert_ne!(digest(&Csv::new(&a)), before, "other content");
}

struct Counting(Vec<String>);

impl KnownFiles for Counting {
    fn digest(&mut self, path: &std::path::Path) -> std::io::Result<String> {
        self.0.push(file_name(path));
        Ok(format!("digest of {}", file_name(path)))
    }
}

#[test]
fn an_identity_lists_the_files_in_order() {
    let folder = Folder::new();
    folder.write("b.parquet", "x");
    folder.write("a.parquet", "x");
    let mut known = Counting(Vec::new());
    let identity = Parquet::new(folder.path("*.parquet"))
        .identity(&mut known)
        .unwrap();
    assert_eq!(known.0, ["a.parquet", "b.parquet"]);
    let files = identity
        .files
        .iter()
        .map(|f| (folder.relative(&f.path), f.digest.clone()));
    assert_eq!(
        files.collect::<Vec<_>>(),
        [
            ("a.parquet".into(), "digest of a.parquet".into()),
            ("b.parquet".into(), "digest of b.parquet".into())
        ]
    );
}

#[test]
fn the_same_source_at_another_path() {
    let folder = Folder::new();
    let path = folder.write("b.txt", "carrier;dep_delay\nUA;-\n");
    let csv = Csv::new("a.csv").separator(';').null_values(["-"]);
    let moved = csv.at(&path).unwrap();
    assert_eq!(moved.describe(), path.display().to_string());
    let lazy = moved.open(Some(<Flight as FrameSchema>::SCHEMA)).unwrap();
    assert_eq!(rows(&lazy.collect().unwrap()), ["\"UA\" | null"]);
    let path = folder.write("b.ndjson", "{\"carrier\": \"UA\"}\n");
    let lazy = csv
        .at(&path)
        .unwrap()
        .open(Some(<Flight as FrameSchema>::SCHEMA))
        .unwrap();
    assert_eq!(rows(&lazy.collect().unwrap()), ["\"UA\" | null"]);
    assert!(
        Parquet::new("a.parquet")
            .at("x.dat".as_ref())
            .unwrap()
            .describe()
            == "x.dat"
    );
}

#[test]
fn paths_are_sources_by_their_extension() {
    let folder = Folder::new();
    let path = folder.write("b.TSV", "carrier\tdep_delay\nUA\t1\n");
    let sources: [Arc<dyn Source>; 3] = [
        IntoSource::<Flight>::into_source(path.as_path()).unwrap(),
        IntoSource::<Flight>::into_source(path.clone()).unwrap(),
        IntoSource::<Flight>::into_source(path.to_str().unwrap()).unwrap(),
    ];
    for source in sources {
        let lazy = source.open(Some(<Flight as FrameSchema>::SCHEMA)).unwrap();
        assert_eq!(rows(&lazy.collect().unwrap()), ["\"UA\" | 1"]);
    }
    let error = IntoSource::<Flight>::into_source("a.xlsx").err().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("a.xlsx: unknown file format; known extensions are")
    );
}

#[test]
fn a_header_alone_is_a_frame_without_rows() {
    let folder = Folder::new();
    for text in ["carrier,dep_delay", "dep_delay,carrier\n"] {
        let path = folder.write("a.csv", text);
        assert_eq!(crate::read::<Flight>(&Csv::new(path)).unwrap().height(), 0);
    }
}
