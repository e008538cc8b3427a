//! Which argument of a step is which, for calls with positional and named arguments.
//!
//! `pipeline!` sees the call, `#[step]` saw the function; they meet here, in `const` evaluation.

use super::column::same_text;
use super::message::{Message, Report};
use super::nearest::Nearest;

/// A step's arguments as its function declares them.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The function's name.
    pub step: &'static str,
    /// Its arguments, in order.
    pub args: &'static [Arg],
    /// The type of the value that it returns, as written; `None` if it returns a frame.
    pub value: Option<&'static str>,
    /// Whether the step has a compile error of its own: then nothing is said about its calls.
    pub broken: bool,
}

/// One argument of a step.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ArgKind,
    /// Its type, as written.
    pub ty: &'static str,
}

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// A frame: a pipeline input or the result of a step.
    Frame,
    /// A parameter: a value that is known before anything runs.
    Value,
    /// The value that an earlier step returned.
    NodeValue,
    /// The name of a column.
    ColumnName,
    /// The names of columns.
    ColumnNames,
}

/// An argument as a call gives it.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// The name in `name = value`; `None` for a positional argument.
    pub name: Option<&'static str>,
    /// What it is, as far as `pipeline!` can see.
    pub kind: GivenKind,
}

/// What a given argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenKind {
    /// A pipeline input or an earlier result, by its name.
    Frame(&'static str),
    /// An earlier result that is a value, by its name, with its type as written.
    NodeValue(&'static str, &'static str),
    /// A string literal.
    Text,
    /// An array of so many string literals.
    Texts(usize),
    /// Any other expression.
    Value,
    /// A name that is not known, which is reported already.
    Unknown,
}

impl Signature {
    /// The position that stands for "no argument of the step".
    pub const NONE: usize = usize::MAX;

    /// The position of each given argument, or [`Signature::NONE`] where [`Signature::check`] has
    /// something to say.
    #[must_use]
    pub const fn bind<const N: usize>(&self, given: &[Given; N]) -> [usize; N] {
        let mut bound = [Self::NONE; N];
        let mut i = 0;
        while i < N {
            if let Some(arg) = self.position(given, i)
                && !self.broken
                && !self.taken(given, i, arg)
                && fits(&self.args[arg], given[i].kind)
            {
                bound[i] = arg;
            }
            i += 1;
        }
        bound
    }

    /// What is wrong with the given argument at `at`.
    #[must_use]
    pub const fn check<const N: usize>(&self, given: &[Given; N], at: usize) -> Report {
        let mut report = Report::new();
        if self.broken {
            return report;
        }
        let Some(arg) = self.position(given, at) else {
            let to = report.next();
            to.text("step `");
            to.text(self.step);
            if let Some(name) = given[at].name {
                to.text("` has no argument `");
                to.text(name);
                to.text("`");
                self.write_arguments(to);
                let mut nearest = Nearest::to(name);
                let mut i = 0;
                while i < self.args.len() {
                    nearest.offer(self.args[i].name);
                    i += 1;
                }
                match nearest.found() {
                    Some(near) => {
                        to.text("\nhelp: did you mean `");
                        to.text(near);
                        to.text("`?");
                    }
                    None => to.text("\nhelp: remove it"),
                }
            } else {
                to.text("` takes ");
                write_count(self.args.len(), to);
                to.text(", this is one too many");
                self.write_arguments(to);
                to.text("\nhelp: remove it");
            }
            return report;
        };
        let declared = &self.args[arg];
        if self.taken(given, at, arg) {
            let to = report.next();
            to.text("argument `");
            to.text(declared.name);
            to.text("` of step `");
            to.text(self.step);
            to.text("` is given twice");
            self.write_arguments(to);
            to.text("\nhelp: remove one of the two");
        } else if !fits(declared, given[at].kind) && !matches!(given[at].kind, GivenKind::Unknown) {
            self.write_misfit(declared, given[at].kind, report.next());
        }
        report
    }

    /// What is wrong with naming a column again in the array that is given for the argument at `arg`:
    /// nothing, if these are no columns.
    #[must_use]
    pub const fn check_repeated(&self, arg: usize, name: &str) -> Report {
        let mut report = Report::new();
        if arg < self.args.len() && matches!(self.args[arg].kind, ArgKind::ColumnNames) {
            let to = report.next();
            to.text("column `");
            to.text(name);
            to.text("` is in argument `");
            to.text(self.args[arg].name);
            to.text("` of step `");
            to.text(self.step);
            to.text("` twice\nhelp: remove one of the two");
        }
        report
    }

    /// The arguments nobody gave. Silent where a wrong argument explains a missing one.
    #[must_use]
    pub const fn check_missing<const N: usize>(&self, given: &[Given; N]) -> Report {
        let mut report = Report::new();
        if self.broken {
            return report;
        }
        let bound = self.bind(given);
        let mut stray = count(&bound, Self::NONE);
        let mut missing = 0;
        let mut arg = 0;
        while arg < self.args.len() {
            if count(&bound, arg) == 0 {
                if stray > 0 {
                    stray -= 1;
                } else {
                    missing += 1;
                }
            }
            arg += 1;
        }
        if missing == 0 {
            return report;
        }
        // The last ones are named: a stray argument stands for an earlier one.
        let to = report.next();
        to.text("step `");
        to.text(self.step);
        to.text(if missing == 1 {
            "` needs argument "
        } else {
            "` needs arguments "
        });
        let mut skip = count(&bound, Self::NONE);
        let mut first = self.args.len();
        let mut written = 0;
        arg = 0;
        while arg < self.args.len() {
            if count(&bound, arg) == 0 {
                if skip > 0 {
                    skip -= 1;
                } else {
                    if written > 0 {
                        to.text(if written + 1 == missing {
                            " and "
                        } else {
                            ", "
                        });
                    } else {
                        first = arg;
                    }
                    self.args[arg].write(to);
                    written += 1;
                }
            }
            arg += 1;
        }
        to.text(if missing == 1 {
            ", which is not given"
        } else {
            ", which are not given"
        });
        if self.args.len() > missing {
            self.write_arguments(to);
        }
        if missing == 1 {
            to.text("\nhelp: add it, by position or as `");
        } else {
            to.text("\nhelp: add them, by position or as `");
        }
        to.text(self.args[first].name);
        to.text(" = …`");
        report
    }

    /// Whether a call with these bindings has all its frames and values.
    #[must_use]
    pub const fn has_frames<const N: usize>(&self, bound: &[usize; N]) -> bool {
        let mut arg = 0;
        while arg < self.args.len() {
            if matches!(self.args[arg].kind, ArgKind::Frame | ArgKind::NodeValue)
                && count(bound, arg) == 0
            {
                return false;
            }
            arg += 1;
        }
        !self.broken
    }

    /// The argument meant by the given one, whether or not it fits.
    const fn position<const N: usize>(&self, given: &[Given; N], at: usize) -> Option<usize> {
        match given[at].name {
            None => {
                if at < self.args.len() {
                    Some(at)
                } else {
                    None
                }
            }
            Some(name) => {
                let mut i = 0;
                while i < self.args.len() {
                    if same_text(self.args[i].name, name) {
                        return Some(i);
                    }
                    i += 1;
                }
                None
            }
        }
    }

    /// Whether an earlier given argument means the same one.
    const fn taken<const N: usize>(&self, given: &[Given; N], at: usize, arg: usize) -> bool {
        let mut i = 0;
        while i < at {
            if let Some(other) = self.position(given, i)
                && other == arg
            {
                return true;
            }
            i += 1;
        }
        false
    }

    pub(super) const fn write_arguments(&self, to: &mut Message) {
        to.text("\nits arguments: ");
        if self.args.is_empty() {
            to.text("none");
        }
        let mut i = 0;
        while i < self.args.len() {
            if i > 0 {
                to.text(", ");
            }
            self.args[i].write(to);
            i += 1;
        }
    }
}

impl Arg {
    /// Writes `` `name: Type` ``.
    const fn write(&self, to: &mut Message) {
        to.text("`");
        to.text(self.name);
        to.text(": ");
        to.text(self.ty);
        to.text("`");
    }
}

/// How many of the given arguments are bound to a position.
const fn count<const N: usize>(bound: &[usize; N], arg: usize) -> usize {
    let mut count = 0;
    let mut i = 0;
    while i < N {
        if bound[i] == arg {
            count += 1;
        }
        i += 1;
    }
    count
}

const fn fits(declared: &Arg, given: GivenKind) -> bool {
    match (declared.kind, given) {
        (ArgKind::Frame, GivenKind::Frame(_))
        | (ArgKind::NodeValue, GivenKind::NodeValue(..))
        | (ArgKind::ColumnName, GivenKind::Text)
        | (ArgKind::Value, GivenKind::Value | GivenKind::Texts(_)) => true,
        (ArgKind::ColumnNames, GivenKind::Texts(count)) => count > 0,
        (ArgKind::Value, GivenKind::Text) => !is_number(declared.ty),
        (ArgKind::Frame | ArgKind::NodeValue | ArgKind::ColumnName | ArgKind::ColumnNames, _)
        | (ArgKind::Value, GivenKind::Frame(_) | GivenKind::NodeValue(..) | GivenKind::Unknown) => {
            false
        }
    }
}

/// Types that a string literal is never meant for; of all others rustc knows more.
const fn is_number(ty: &str) -> bool {
    const NUMBERS: [&str; 13] = [
        "bool", "f32", "f64", "i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64",
        "usize",
    ];
    let mut i = 0;
    while i < NUMBERS.len() {
        if same_text(NUMBERS[i], ty) {
            return true;
        }
        i += 1;
    }
    false
}

const fn write_count(count: usize, to: &mut Message) {
    match count {
        0 => to.text("no arguments"),
        1 => to.text("1 argument"),
        _ => {
            to.number(count);
            to.text(" arguments");
        }
    }
}
