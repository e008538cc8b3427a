//! The command line of [`pipe_tests::orders`].

use pipe_tests::orders::OrdersPipeline;

fn main() -> std::process::ExitCode {
    OrdersPipeline::main()
}
