//! What can be done without a pipeline: `pipe schema flights.csv`.

fn main() -> std::process::ExitCode {
    pipe_core::cli::tool()
}
