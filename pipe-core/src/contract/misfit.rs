//! Frames and values as arguments of calls, and as what a pipeline returns: what is wrong where one is
//! given and another is wanted.

use super::arguments::{Arg, ArgKind, GivenKind, Signature};
use super::message::{Message, Report};

impl Signature {
    /// The result of a call of this step, as an argument of another call.
    #[must_use]
    pub const fn given(&self, name: &'static str) -> GivenKind {
        match self.value {
            // Nothing is said of what a step with a mistake gives.
            _ if self.broken => GivenKind::Unknown,
            Some(ty) => GivenKind::NodeValue(name, ty),
            None => GivenKind::Frame(name),
        }
    }

    /// What is wrong with a call of this step that the pipeline returns, where it says that it returns
    /// `declared`.
    #[must_use]
    pub const fn check_result(
        &self,
        name: &str,
        declared: &str,
        declared_is_value: bool,
    ) -> Report {
        let mut report = Report::new();
        match self.value {
            _ if self.broken => {}
            None if declared_is_value => {
                let to = report.next();
                to.text("the pipeline says that it returns `");
                to.text(declared);
                to.text("`, but `");
                to.text(name);
                to.text("` is a frame\nhelp: say `LazyFrame`, or `Frame<S>` with a schema, or return the result of a step that returns `");
                to.text(declared);
                to.text("`");
            }
            Some(ty) if !declared_is_value => {
                let to = report.next();
                to.text("the pipeline says that it returns `");
                to.text(declared);
                to.text("`, but `");
                to.text(name);
                to.text("` is a value of type `");
                to.text(ty);
                to.text("`\nhelp: say `");
                to.text(ty);
                to.text("`, or return the result of a step that returns a frame");
            }
            _ => {}
        }
        report
    }

    /// What is wrong with a policy for the rows of a result of this step: what was found of frames, or
    /// that a value has no rows.
    #[must_use]
    pub const fn check_policy(&self, name: &str, of_frame: Report) -> Report {
        let Some(ty) = self.value else {
            return of_frame;
        };
        let mut report = Report::new();
        let to = report.next();
        to.text("`");
        to.text(name);
        to.text("` is a value of type `");
        to.text(ty);
        to.text("`: it has no rows that could break rules\nhelp: remove this; `#[invalid(…)]` is for frames");
        report
    }

    /// Whether this step returns a value, as far as is known.
    #[must_use]
    pub const fn returns_value(&self) -> bool {
        !self.broken && self.value.is_some()
    }

    /// Says why what is given for an argument does not fit.
    pub(super) const fn write_misfit(&self, declared: &Arg, given: GivenKind, to: &mut Message) {
        to.text("argument `");
        to.text(declared.name);
        to.text("` of step `");
        to.text(self.step);
        match (declared.kind, given) {
            (ArgKind::Frame, GivenKind::NodeValue(name, ty)) => {
                to.text("` takes a frame, but `");
                to.text(name);
                to.text("` is a value of type `");
                to.text(ty);
                to.text("`");
                self.write_arguments(to);
                to.text("\nhelp: pass a pipeline input or a result that is a frame; `&");
                to.text(ty);
                to.text("` takes this value");
            }
            (ArgKind::NodeValue, GivenKind::Frame(name)) => {
                to.text("` takes the value of an earlier step, but `");
                to.text(name);
                to.text("` is a frame");
                self.write_arguments(to);
                to.text("\nhelp: pass the result of a step that returns what this argument takes");
            }
            (ArgKind::NodeValue, _) => {
                to.text("` takes the value of an earlier step, this is one from outside");
                self.write_arguments(to);
                to.text("\nhelp: pass the result of a step by its name; without the `&`, the step's argument takes literals and parameters of the pipeline");
            }
            (ArgKind::Value, GivenKind::NodeValue(name, ty)) => {
                to.text("` takes a value that is known before anything runs, but `");
                to.text(name);
                to.text("` is the result of a step");
                self.write_arguments(to);
                to.text("\nhelp: have the step take it as `");
                to.text(declared.name);
                to.text(": &");
                to.text(ty);
                to.text("`");
            }
            (ArgKind::Frame, _) => {
                to.text("` takes a frame");
                self.write_arguments(to);
                to.text(
                    "\nhelp: pass a pipeline input or the result of an earlier step by its name",
                );
            }
            (ArgKind::ColumnName, _) => {
                to.text("` names a column, so it must be a string literal here");
                self.write_arguments(to);
                to.text(
                    "\nhelp: write the column's name in quotes, then its contract can be checked",
                );
            }
            (ArgKind::ColumnNames, GivenKind::Text) => {
                to.text("` names columns, so it must be an array of string literals here, this is one string");
                self.write_arguments(to);
                to.text("\nhelp: put it into brackets: `[\"…\"]`");
            }
            (ArgKind::ColumnNames, _) => {
                to.text("` names columns, so it must be an array of string literals here");
                self.write_arguments(to);
                to.text("\nhelp: write the columns' names, such as `[\"a\", \"b\"]`, then its contract can be checked");
            }
            (ArgKind::Value, GivenKind::Frame(name)) => {
                to.text("` takes a value of type `");
                to.text(declared.ty);
                to.text("`, but `");
                to.text(name);
                to.text("` is a frame");
                self.write_arguments(to);
                to.text("\nhelp: pass a value");
            }
            (ArgKind::Value, _) => {
                to.text("` takes a `");
                to.text(declared.ty);
                to.text("`, this is a string");
                self.write_arguments(to);
                to.text("\nhelp: remove the quotes");
            }
        }
    }
}
