//! The dialects of CSV.

use pipe_core::prelude::*;
use pipe_core::source::Source;

use crate::{Folder, read, rows};

#[derive(Schema)]
struct Pair {
    name: Option<String>,
    value: Option<f64>,
}

#[derive(Schema)]
struct Flight {
    dep_delay: Option<i64>,
    carrier: String,
    tailnum: Option<String>,
    time_hour: chrono::DateTime<chrono::Utc>,
}

#[test]
fn the_flights_of_new_york() {
    let folder = Folder::new();
    let path = folder.write(
        "flights.csv",
        "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour
2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z
2013,1,1,533,529,4,850,830,20,UA,1714,N24211,LGA,IAH,227,1416,5,29,2013-01-01T10:00:00Z
2013,1,1,544,545,-1,1004,1022,-18,B6,725,N804JB,JFK,BQN,183,1576,5,45,2013-01-01T10:00:00Z
2013,1,1,NA,1630,NA,NA,1815,NA,EV,4308,N18120,EWR,RDU,NA,416,16,30,2013-01-01T21:00:00Z
2013,1,1,NA,600,NA,NA,901,NA,B6,125,N618JB,JFK,FLL,NA,1069,6,0,2013-01-01T11:00:00Z
2013,1,2,NA,1540,NA,NA,1747,NA,EV,4352,NA,EWR,CVG,NA,569,15,40,2013-01-02T20:00:00Z
",
    );
    let flights = Csv::new(&path).null_values(["NA"]);
    assert_eq!(
        rows(&read::<Flight>(&flights).unwrap()),
        [
            "2 | \"UA\" | \"N14228\" | 2013-01-01 10:00:00 UTC",
            "4 | \"UA\" | \"N24211\" | 2013-01-01 10:00:00 UTC",
            "-1 | \"B6\" | \"N804JB\" | 2013-01-01 10:00:00 UTC",
            "null | \"EV\" | \"N18120\" | 2013-01-01 21:00:00 UTC",
            "null | \"B6\" | \"N618JB\" | 2013-01-01 11:00:00 UTC",
            "null | \"EV\" | null | 2013-01-02 20:00:00 UTC",
        ]
    );
    // Forgetting the null value is the first thing that happens to everybody.
    assert_eq!(
        folder.diagnosed::<Flight>(&Csv::new(&path)),
        "flights.csv, line 5, column `dep_delay`: `NA` is not an i64; help: add \"NA\" to null_values, or repair the file"
    );
}

#[test]
fn separators_quotes_nulls_and_decimal_commas() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "value;name\n1,5;'a;b'\n-;'it''s'\n2;\n\"3\";-\n");
    let csv = Csv::new(path)
        .separator(';')
        .quote(Some('\''))
        .null_values(["-", "\"3\""]);
    assert_eq!(
        rows(&read::<Pair>(&csv.decimal_comma()).unwrap()),
        [
            "\"a;b\" | 1.5",
            "\"it's\" | null",
            "null | 2.0",
            "null | null"
        ]
    );
    let path = folder.write("a.tsv", "name\tvalue\na,b\t1\n");
    assert_eq!(
        rows(&read::<Pair>(&Csv::new(path)).unwrap()),
        ["\"a,b\" | 1.0"]
    );
    let path = folder.write("b.csv", "name,value\n\"a,1\n");
    assert_eq!(
        rows(&read::<Pair>(&Csv::new(path).quote(None)).unwrap()),
        ["\"\"a\" | 1.0"]
    );
}

#[test]
fn comments_skipped_records_blank_lines_and_a_byte_order_mark() {
    let folder = Folder::new();
    let text = "\u{feff}\r\nexported by hand\r\n# a \"comment\r\nname,value\r\n# another\r\na,1\r\n#b,2\r\nc,x\r\n";
    let path = folder.write("a.csv", text.replace(",x", ",3"));
    let csv = |path| Csv::new(path).comment_prefix("#").skip_rows(1);
    assert_eq!(
        rows(&read::<Pair>(&csv(path)).unwrap()),
        ["\"a\" | 1.0", "\"c\" | 3.0"]
    );
    let path = folder.write("a.csv", text);
    assert!(
        folder
            .diagnosed::<Pair>(&csv(path))
            .starts_with("a.csv, line 8, column `value`: `x`"),
        "lines are counted as editors count them"
    );
}

#[test]
fn without_a_header_the_schema_names_the_columns() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "a,1\nb,2\n");
    let csv = Csv::new(&path).header(false);
    assert_eq!(
        rows(&read::<Pair>(&csv).unwrap()),
        ["\"a\" | 1.0", "\"b\" | 2.0"]
    );
    let path = folder.write("a.csv", "a,1,x\n");
    assert_eq!(
        folder.refused::<Pair>(&Csv::new(path).header(false)),
        "a.csv: its first line has 3 fields, but `Pair` has 2; help: without a header line the schema names all columns, in order"
    );
    let path = folder.write("a.csv", "x,1\ny,bad\n");
    let found = folder.diagnosed::<Pair>(&Csv::new(path).header(false));
    assert!(
        found.starts_with("a.csv, line 2, column `value`: `bad` is not an f64"),
        "{found}"
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    let folder = Folder::new();
    let path = folder.write("a.csv", b"name,value\nok,1\ncaf\xe9,2\n");
    assert_eq!(
        folder.diagnosed::<Pair>(&Csv::new(&path)),
        "a.csv, line 3, column `name`: `caf\u{fffd}` is not UTF-8; help: convert the file, or read it with `.lossy()`"
    );
    let frame = read::<Pair>(&Csv::new(path).lossy()).unwrap();
    assert_eq!(rows(&frame), ["\"ok\" | 1.0", "\"caf\u{fffd}\" | 2.0"]);
}

#[test]
fn options_that_cannot_be() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\n");
    assert_eq!(
        folder.refused::<Pair>(&Csv::new(&path).separator('→').quote(Some('\n'))),
        "a.csv: separator cannot be \"→\"; help: only ASCII characters can be
a.csv: quote cannot be \"\\n\"; help: a line break ends the record"
    );
    assert_eq!(
        folder.refused::<Pair>(&Csv::new(&path).decimal_comma()),
        "a.csv: separator cannot be \",\"; help: another option has this character"
    );
}

#[test]
fn other_columns_are_never_parsed() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "junk,value,junk,name\n??,1,\"x\",a\n,2,,b\n");
    assert_eq!(
        rows(&read::<Pair>(&Csv::new(path)).unwrap()),
        ["\"a\" | 1.0", "\"b\" | 2.0"]
    );
}

#[test]
fn files_of_a_glob_may_order_their_columns_differently() {
    let folder = Folder::new();
    folder.write("0.csv", "name,value\n");
    folder.write("2.csv", "value,name\n2,b\n");
    folder.write("1.csv", "name,value\na,1\n");
    folder.write("3.csv", "more,value,name\n!,3,c\n");
    let csv = Csv::new(folder.path("*.csv"));
    assert_eq!(
        rows(&read::<Pair>(&csv).unwrap()),
        ["\"a\" | 1.0", "\"b\" | 2.0", "\"c\" | 3.0"],
        "sorted by name"
    );
    let error = csv.open(None).err().unwrap();
    assert_eq!(
        folder.relative(&error),
        "2.csv: its columns differ from those of 0.csv; help: give the source a schema
3.csv: its columns differ from those of 0.csv; help: give the source a schema"
    );
}

#[test]
fn without_a_schema_types_are_inferred() {
    let folder = Folder::new();
    let text = "id,name,day\n".to_owned() + &"7,n,2013-01-01\n".repeat(300);
    let path = folder.write("a.csv", text + "0.5,n,2013-01-01\n");
    let mut lazy = Csv::new(path).open(None).unwrap();
    let schema = lazy.collect_schema().unwrap();
    let types: Vec<String> = schema.iter_values().map(ToString::to_string).collect();
    assert_eq!(types, ["f64", "str", "str"]);
}

#[test]
fn what_is_not_used_is_not_read() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "name,value\na,1\nb,bad\n");
    let lazy = Csv::new(&path)
        .open(Some(<Pair as FrameSchema>::SCHEMA))
        .unwrap();
    let names = lazy.clone().select([col("name")]);
    assert_eq!(rows(&names.collect().unwrap()), ["\"a\"", "\"b\""]);
    let plan = lazy
        .filter(col("name").eq(lit("a")))
        .select([col("value")])
        .explain(true)
        .unwrap();
    assert!(
        plan.contains("PROJECT") && plan.contains("SELECTION"),
        "{plan}"
    );
}
