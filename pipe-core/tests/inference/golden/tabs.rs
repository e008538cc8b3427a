use pipe_core::prelude::*;

/// A row of `tabs-*.tsv`, as found in 2 rows.
#[derive(Schema)]
pub struct Tab {
    pub n: f64, // 1 to 2.5
    pub text: Option<String>,
}
