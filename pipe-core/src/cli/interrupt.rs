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
        let watched = ctrlc::set_handler(|| {
            let cancellation = CANCELLATION.get_or_init(Cancellation::new);
            if cancellation.is_cancelled() {
                std::process::exit(Exit::Cancelled as i32);
            }
            cancellation.cancel();
        });
        // Somebody else watches: then it is theirs.
        if let Err(error) = watched {
            let _ = writeln!(std::io::stderr(), "warning: Ctrl-C stops at once: {error}");
        }
    });
    cancellation.clone()
}
