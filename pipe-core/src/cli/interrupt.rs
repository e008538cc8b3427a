//! Ctrl-C, and a request to end the process.

use std::io::Write;
use std::sync::Once;
use std::sync::OnceLock;

use super::exit::Exit;
use crate::cancellation::Cancellation;

/// Stops the run that is given this at the first Ctrl-C, and the process at the second. What a stopped process
/// leaves in a store the next run puts in order.
pub(super) fn watch() -> Cancellation {
    static CANCELLATION: OnceLock<Cancellation> = OnceLock::new();
    static ONCE: Once = Once::new();
    let cancellation = CANCELLATION.get_or_init(Cancellation::new);
    ONCE.call_once(|| {
        let watched = at_each_request(|| {
            let cancellation = CANCELLATION.get_or_init(Cancellation::new);
            if cancellation.is_cancelled() {
                std::process::exit(Exit::Cancelled as i32);
            }
            cancellation.cancel();
        });
        if let Err(error) = watched {
            let _ = writeln!(std::io::stderr(), "warning: Ctrl-C stops at once: {error}");
        }
    });
    cancellation.clone()
}

/// Calls this, on a thread of its own, whenever somebody wants the process to end.
#[cfg(unix)]
fn at_each_request(stop: fn()) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || signals.forever().for_each(|_| stop()))?;
    Ok(())
}

#[cfg(not(unix))]
fn at_each_request(_: fn()) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
