//! A pipeline whose steps run in processes of their own, for `tests/processes.rs`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use pipe_core::prelude::*;

#[derive(Schema)]
struct Row {
    n: i64,
}

/// The process that it runs in, and how it ends.
#[step(process, adds(process: u32), retry(attempts = 2, base = "1ms", when = is_down), timeout = "60s")]
fn foreign(
    rows: LazyFrame,
    how: String,
    folder: PathBuf,
    context: &StepContext,
) -> Result<LazyFrame, StepError> {
    context.log(format!(
        "attempt {} of {}",
        context.attempt(),
        context.node()
    ));
    println!("printed by the step");
    let first = !folder.join("called").exists();
    std::fs::write(folder.join("called"), context.run())?;
    match how.as_str() {
        "aborts" => std::process::abort(),
        "exits" => std::process::exit(7),
        "panics" => panic!("no more"),
        "refuses" => Err("refused".into()),
        "is down" => Err("down".into()),
        "is down once" if first => Err("down".into()),
        "prints bytes" => {
            std::io::stdout().write_all(b"\xff\xfe\n")?;
            Ok(rows.with_column(this_process("process")))
        }
        "leaves another" => {
            leave_another()?;
            Ok(rows.with_column(this_process("process")))
        }
        "waits" => {
            std::fs::write(folder.join("process"), std::process::id().to_string())?;
            while !context.is_cancelled() {
                std::thread::yield_now();
            }
            Err("interrupted".into())
        }
        _ => Ok(rows.with_column(this_process("process"))),
    }
}

#[tracked]
fn this_process(column: &str) -> Expr {
    lit(std::process::id()).cast(DataType::UInt32).alias(column)
}

/// Starts a process that has the output of this one, and goes on for a minute if nobody says that it is over.
#[tracked]
fn leave_another() -> std::io::Result<()> {
    const GOES_ON: &str = "i=0
        until [ -e over ] || [ $i = 60 ]; do i=$((i + 1)); sleep 1; done
        [ -e over ] || touch 'nobody said so'";
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", GOES_ON])
        .stderr(std::process::Stdio::null())
        .spawn()?;
    Ok(())
}

fn is_down(error: &StepError) -> bool {
    error.to_string() == "down"
}

#[step(process, reads(n: i64))]
fn total(rows: DataFrame) -> PolarsResult<i64> {
    Ok(rows.column("n")?.i64()?.sum().unwrap_or(0))
}

#[step(adds(total: i64), adds(own: u32))]
fn with_total(rows: LazyFrame, total: &i64) -> LazyFrame {
    rows.with_columns([
        lit(*total).cast(DataType::Int64).alias("total"),
        this_process("own"),
    ])
}

pipeline! {
    fn elsewhere(numbers: Frame<Row>, how: String, folder: PathBuf) -> LazyFrame {
        #[checkpoint(false)]
        let foreign = foreign(numbers, how, folder);
        let total = total(foreign);
        let all = with_total(foreign, total);
        all
    }
}

fn main() -> ExitCode {
    println!("printed on the way");
    ElsewherePipeline::main()
}
