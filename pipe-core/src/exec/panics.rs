//! Where a panic happened, which unwinding does not tell.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, Once, PoisonError};

/// Panics that are remembered: more than ever unwind at one time.
const REMEMBERED: usize = 64;

/// The panics of this process, with their places: the newest last.
static PANICS: Mutex<VecDeque<(String, String)>> = Mutex::new(VecDeque::new());

/// Has the places of panics noted from now on. They may happen on threads of Polars, and are told by
/// their message when they arrive.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic: &PanicHookInfo| {
            if let Some(place) = panic.location() {
                let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
                if panics.len() == REMEMBERED {
                    panics.pop_front();
                }
                panics.push_back((message(panic.payload()), place.to_string()));
            }
            before(panic);
        }));
    });
}

/// What a panic said, and where, if that was noted.
pub(crate) fn describe(panic: &(dyn Any + Send)) -> String {
    let mut message = message(panic);
    let panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    // A thread of Polars that waits for another one panics of the other's panic, and quotes it.
    let quoted = |message: &String| {
        let mut panics = panics.iter().rev();
        let quotes = |said: &str| !said.is_empty() && message.contains(&format!("{said:?}"));
        let found = panics.find(|(said, _)| message.contains("JoinError") && quotes(said));
        found.map(|(said, _)| said.clone())
    };
    while let Some(said) = quoted(&message) {
        message = said;
    }
    let place = panics.iter().rev().find(|(said, _)| *said == message);
    match place {
        Some((_, place)) => format!("{message} (at {place})"),
        None => message,
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it gave no message".to_owned())
}
