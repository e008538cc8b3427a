//! Where a command line writes: results to the one stream, everything else to the other.

use std::io::{self, IsTerminal, Write};

use clap::ColorChoice;
use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::MultiProgress;

/// The two streams, and the screen behind them if there is one.
pub(super) struct Console<'a> {
    /// For results.
    pub(super) out: Pipe<&'a mut dyn Write>,
    /// For progress, warnings and errors.
    pub(super) err: Pipe<&'a mut (dyn Write + Send)>,
    /// The standard error of this process, if that is what `err` writes to.
    pub(super) process: Option<MultiProgress>,
    /// Whether what goes to `err` has colours.
    pub(super) color: ColorChoice,
}

impl<'a> Console<'a> {
    /// Writes to any two streams.
    pub(super) fn new(out: &'a mut dyn Write, err: &'a mut (dyn Write + Send)) -> Self {
        Self {
            out: Pipe(out),
            err: Pipe(err),
            process: None,
            color: ColorChoice::Auto,
        }
    }

    /// Where progress can be drawn.
    pub(super) fn screen(&self) -> Option<&MultiProgress> {
        self.process.as_ref().filter(|bars| !bars.is_hidden())
    }

    /// The colours of what goes to `err`.
    pub(super) fn colours(&self) -> Colours {
        Colours(match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.screen().is_some() && allowed(),
        })
    }

    /// Shows what clap has to say: help, or what is wrong with the arguments.
    pub(super) fn show(&mut self, text: &StyledStr, is_error: bool) -> io::Result<()> {
        let process = self.process.is_some();
        let (stream, terminal): (&mut dyn Write, _) = if is_error {
            (&mut self.err, io::stderr().is_terminal())
        } else {
            (&mut self.out, io::stdout().is_terminal())
        };
        if process && terminal && allowed() {
            write!(stream, "{}", text.ansi())
        } else {
            write!(stream, "{text}")
        }
    }
}

/// <https://no-color.org>
fn allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A stream whose reader may have gone: `delays plan | head` is a normal end, not an error.
pub(super) struct Pipe<W>(pub(super) W);

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unless_closed(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        unless_closed(self.0.flush(), ())
    }
}

fn unless_closed<T>(result: io::Result<T>, otherwise: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(otherwise),
        result => result,
    }
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colours(pub(super) bool);

impl Colours {
    pub(super) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    pub(super) fn doubtful(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
