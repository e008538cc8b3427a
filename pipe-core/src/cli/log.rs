//! `tracing` on the terminal.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::console::{Colours, Pipe};
use super::options::Options;

/// Sends log lines to standard error, around progress bars. `-v` and `-vv` say how many, `RUST_LOG`
/// says it better.
pub(super) fn install(options: &Options, bars: MultiProgress, colours: Colours) {
    let default = match options.verbose {
        // The progress shows the events of the run.
        0 if options.quiet => "error,pipe=off",
        0 => "warn,pipe=off",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // Fails where the program has installed its own: that one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(AroundBars(bars))
        .with_ansi(colours.0)
        .with_target(false)
        .try_init();
    // A panic in a step becomes the step's error; the hook adds the place, without a backtrace.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or_default().to_owned();
        let log = move || tracing::error!(target: "panic", "panic at {place}: {message}");
        // indicatif draws nothing on a thread that panics: the line would run into the bars.
        let _ = std::thread::spawn(log).join();
    }));
}

/// Whether the log shows the events of runs, so that nothing else needs to.
pub(super) fn has_events() -> bool {
    tracing::enabled!(target: "pipe", tracing::Level::INFO)
}

/// Takes the progress bars away while a line is written.
struct AroundBars(MultiProgress);

impl<'a> MakeWriter<'a> for AroundBars {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

struct Line<'a>(&'a MultiProgress);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An error here would be reported by `eprintln!`, which panics if nobody reads any more.
        self.0.suspend(|| Pipe(io::stderr()).write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
