//! The pages example, run as a process: every page comes, although one request in five fails.

mod common;

use common::{Example, TestResult, nodes};

#[test]
fn every_page_comes() -> TestResult {
    let pages = Example::new(env!("CARGO_BIN_EXE_pages"), Vec::new())?;
    pages.json("check")?;
    let run = pages.json("run")?;
    assert_eq!(nodes(&run, "ran"), ["addresses", "fetched", "counted"]);
    let counted = pages.rows("counted")?;
    assert_eq!(counted.len(), 100);
    for (page, row) in (1..).zip(&counted) {
        assert_eq!(row["path"], format!("/pages/{page}"));
        assert_eq!(row["words"], page % 10 + 1);
    }
    Ok(())
}
