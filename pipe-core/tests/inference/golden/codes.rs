use pipe_core::prelude::*;

/// A row of `codes.csv`, as found in 150001 rows.
#[derive(Schema)]
pub struct Code {
    pub late_text: String,
    pub late_null: Option<i64>, // 0 to 149999
    pub late_float: f64, // 0 to 149999
    // digits, but with leading zeros such as `00000`: a number would lose them
    pub zip: String,
    // integers that do not fit in 64 bits; as `f64` they would lose digits
    pub account: String,
}
