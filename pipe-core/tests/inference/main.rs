//! Schemas from data: what is printed for a file is compiled, and reads that very file.
//!
//! The files in `golden/` are what is printed, byte for byte, and at the same time modules of this
//! test.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod errors;
mod examples;
mod formats;
mod tool;

use std::path::Path;

use pipe_core::contract::NamedSchema;
use pipe_core::polars::prelude::*;
use pipe_core::source::from_path;
use pipe_core::source::{InferSchema, Source};

/// Compiles a golden file as a module.
macro_rules! golden {
    ($($name:ident)*) => {$(
        #[allow(unreachable_pub, clippy::struct_field_names, reason = "data have any names, modules any place")]
        mod $name {
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inference/golden/", stringify!($name), ".rs"));
            pub const TEXT: &str = include_str!(
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inference/golden/", stringify!($name), ".rs")
            );
        }
    )*};
}
pub(crate) use golden;

/// What is printed is the golden text. `BLESS=1` writes it anew.
fn assert_printed(schema: &InferSchema, golden: &str, file: &str) {
    let text = schema.to_rust().unwrap();
    if std::env::var_os("BLESS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inference/golden");
        std::fs::write(folder.join(file).with_extension("rs"), &text).unwrap();
    } else {
        assert_eq!(text, golden, "{file}");
    }
}

/// The frame that a source has by the printed schema, whose nullability must be that of the data.
fn read(source: &dyn Source, schema: NamedSchema) -> DataFrame {
    let frame = source.open(Some(schema)).unwrap().collect().unwrap();
    for column in schema.columns {
        let nulls = frame.column(column.name).unwrap().null_count();
        assert_eq!(column.nullable, nulls > 0, "{column} with {nulls} nulls");
    }
    frame
}

/// The same, for a source that its path says everything about.
fn read_path(path: &Path, schema: NamedSchema) -> DataFrame {
    read(&*from_path(path).unwrap(), schema)
}
