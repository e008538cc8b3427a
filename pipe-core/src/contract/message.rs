//! Text built during `const` evaluation.
//!
//! A `panic!("{}", text)` in a `const fn` shows `text` as the headline of the compile error, line
//! breaks kept, so a whole explanation fits.

use super::column::same_text;
use super::flow::{FlowColumn, write_columns};

/// Long enough for a headline, a dozen columns and a help line; what does not fit is cut.
const CAPACITY: usize = 2000;

/// A text that grows in place.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    bytes: [u8; CAPACITY],
    len: usize,
    /// Swallows what is written.
    pub(super) muted: bool,
}

impl Message {
    /// An empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            len: 0,
            muted: false,
        }
    }

    /// Appends `text`, or nothing where it does not fit whole: a cut inside a character would be no text.
    pub const fn text(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.muted || self.len + text.len() > CAPACITY {
            return;
        }
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.len + i] = text[i];
            i += 1;
        }
        self.len += text.len();
    }

    /// Appends a number.
    pub const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        let digits = "0123456789";
        let (_, rest) = digits.split_at(number % 10);
        let (digit, _) = rest.split_at(1);
        self.text(digit);
    }

    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What was written.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let (written, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(written) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

/// The mistakes found at one place, as one text.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub(super) text: Message,
    /// The literal whose mistakes are wanted, see `Call::about`; `None` for those that belong to none.
    focus: Option<usize>,
    /// Whether anything was wrong, at whatever token.
    pub(super) found: bool,
    /// The input whose columns were listed last, empty where there is only one.
    listed: Option<&'static str>,
}

impl Report {
    /// No mistakes.
    #[must_use]
    pub const fn new() -> Self {
        Self::about(None)
    }

    /// No mistakes, and none to be noted but those about the column that this literal names.
    pub(super) const fn about(focus: Option<usize>) -> Self {
        Self {
            text: Message::new(),
            focus,
            found: false,
            listed: None,
        }
    }

    /// Starts the next mistake: its headline goes after what is there.
    pub(crate) const fn next(&mut self) -> &mut Message {
        self.found = true;
        if !self.text.is_empty() {
            self.text.text("\n");
        }
        &mut self.text
    }

    /// Goes on with the mistake that was started last.
    pub(crate) const fn more(&mut self) -> &mut Message {
        &mut self.text
    }

    /// Starts a mistake about a column, which only counts in the report that it belongs to.
    pub(super) const fn next_about(&mut self, literal: Option<usize>) -> &mut Message {
        self.text.muted = match (literal, self.focus) {
            (Some(named), Some(wanted)) => named != wanted,
            (None, None) => false,
            _ => true,
        };
        self.next()
    }

    /// Lists the columns at this point, once for all mistakes; with the name of their input where there
    /// are several, else without.
    pub(super) const fn list(&mut self, columns: &[FlowColumn], whose: &'static str) {
        let listed = match self.listed {
            Some(listed) => same_text(listed, whose),
            None => false,
        };
        if !listed && !self.text.muted {
            write_columns(columns, whose, &mut self.text);
            self.listed = Some(whose);
        }
    }

    /// What was found; empty if nothing.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The compile error, where there is one. `#[track_caller]` puts it at the user's token and keeps
    /// this function out of it.
    ///
    /// # Panics
    ///
    /// Where there is one: that is the error.
    #[track_caller]
    pub const fn raise(&self) {
        assert!(self.text.is_empty(), "{}", self.text.as_str());
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// The compile error for a mistake that a macro has found without `const` evaluation.
///
/// # Panics
///
/// Always: that is the error.
#[track_caller]
pub const fn mistake(message: &str) {
    panic!("{}", message);
}

/// The same, for something that is only a mistake under a condition.
///
/// # Panics
///
/// If it is one.
#[track_caller]
pub const fn mistake_if(condition: bool, message: &str) {
    assert!(!condition, "{}", message);
}
