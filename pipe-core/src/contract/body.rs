//! The names of columns in a step's body.
//!
//! `#[step]` decides what it can see; these checks stand where a schema may have the name.

use super::column::{ColumnSpec, same_text};
use super::flow::find_spec;
use super::message::Message;
use super::nearest::Nearest;

/// The columns that a step's body may name.
#[derive(Clone, Copy, Debug)]
pub struct BodyNames {
    /// The function's name.
    pub step: &'static str,
    /// Columns that the contract names.
    pub clauses: &'static [&'static str],
    /// Columns that the body makes (`.alias("…")` and the like) and the contract does not name.
    pub made: &'static [&'static str],
    /// Schemas of typed inputs and outputs.
    pub schemas: &'static [&'static [ColumnSpec]],
    /// Whether there is an input whose columns are declared in the contract.
    pub reads: bool,
    /// Whether the result has exactly the columns of a schema.
    pub closed: bool,
    /// Whether the body calls code that may make columns out of sight.
    pub unseen: bool,
}

/// How a body uses a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlace {
    /// The column must be there.
    Named,
    /// The same, by a bare string where an expression is wanted.
    Text,
    /// The body makes the column, and it comes out.
    Made,
}

/// Raises a compile error if no schema has the column. `forms` are its name and what may stand for it,
/// such as the name without a join's suffix; no clause names any of them.
///
/// # Panics
///
/// Where it is unknown: that is the error.
#[track_caller]
pub const fn check_body_name(body: &BodyNames, place: BodyPlace, forms: &[(&'static str, u64)]) {
    // Nearly every name is right: the other ones' message is not prepared for them.
    assert!(
        has(body.schemas, forms),
        "{}",
        unknown(body, place, forms).as_str()
    );
}

const fn has(schemas: &[&[ColumnSpec]], forms: &[(&str, u64)]) -> bool {
    let mut s = 0;
    while s < schemas.len() {
        let mut i = 0;
        while i < forms.len() {
            let (name, hash) = forms[i];
            if find_spec(schemas[s], name, hash).is_some() {
                return true;
            }
            i += 1;
        }
        s += 1;
    }
    false
}

const fn unknown(body: &BodyNames, place: BodyPlace, forms: &[(&'static str, u64)]) -> Message {
    let name = forms[0].0;
    let known = known(body, place, name);
    let mut text = Message::new();
    match place {
        BodyPlace::Made => {
            text.text("step `");
            text.text(body.step);
            text.text("` makes column `");
            text.text(name);
            text.text("`, which its contract does not name\ncolumns of its contract: ");
        }
        BodyPlace::Named | BodyPlace::Text => {
            text.text("column `");
            text.text(name);
            text.text("` is neither in the contract of step `");
            text.text(body.step);
            text.text("` nor made in its body\ncolumns it may use: ");
        }
    }
    text.text(if known.list.is_empty() {
        "none"
    } else {
        known.list.as_str()
    });
    text.text("\nhelp: ");
    if let Some(near) = known.nearest.found() {
        did_you_mean("", near, "", &mut text);
        return text;
    }
    let mut i = 1;
    while i < forms.len() {
        let form = forms[i].0;
        if let Some(near) = self::known(body, place, form).nearest.found() {
            let (before, after) = around(name, form);
            did_you_mean(before, near, after, &mut text);
            return text;
        }
        i += 1;
    }
    help(body, place, name, &mut text);
    text
}

const fn did_you_mean(before: &str, near: &str, after: &str, to: &mut Message) {
    to.text("did you mean `");
    to.text(before);
    to.text(near);
    to.text(after);
    to.text("`?");
}

/// What stands before or after a part of a name.
const fn around<'a>(name: &'a str, part: &str) -> (&'a str, &'a str) {
    let rest = name.len() - part.len();
    let (before, end) = name.split_at(rest);
    if same_text(end, part) {
        (before, "")
    } else {
        ("", name.split_at(part.len()).1)
    }
}

const fn help(body: &BodyNames, place: BodyPlace, name: &str, to: &mut Message) {
    match place {
        BodyPlace::Text => {
            to.text("a bare string is a column here; the text is `lit(\"");
            to.text(name);
            to.text("\")`");
        }
        BodyPlace::Made if body.closed => {
            to.text("add it to the schema of the result, or drop it at the end");
        }
        BodyPlace::Made => {
            to.text("declare it: `#[step(adds(");
            to.text(name);
            to.text(": …))]`, or drop it at the end");
        }
        BodyPlace::Named if body.reads => {
            to.text("declare it: `#[step(reads(");
            to.text(name);
            to.text(": …))]`");
            write_opt_out(body, name, to);
        }
        BodyPlace::Named => {
            to.text("add it to the schema of the frame that it comes from");
            write_opt_out(body, name, to);
        }
    }
}

const fn write_opt_out(body: &BodyNames, name: &str, to: &mut Message) {
    if body.unseen {
        to.text("; if something that this body calls makes it, say `dynamic_names(\"");
        to.text(name);
        to.text("\")`");
    }
}

/// The columns that a body may use, or for what it makes those of its contract.
const fn known(body: &BodyNames, place: BodyPlace, name: &'static str) -> Known {
    let mut known = Known {
        nearest: Nearest::to(name),
        list: Message::new(),
    };
    let mut i = 0;
    while i < body.clauses.len() {
        known.note(body.clauses[i]);
        i += 1;
    }
    let mut s = 0;
    while s < body.schemas.len() {
        let mut i = 0;
        while i < body.schemas[s].len() {
            let column = body.schemas[s][i].name;
            if !is_listed(body, s, column) {
                known.note(column);
            }
            i += 1;
        }
        s += 1;
    }
    let mut i = 0;
    while i < body.made.len() && !matches!(place, BodyPlace::Made) {
        if !is_listed(body, body.schemas.len(), body.made[i]) {
            known.note(body.made[i]);
        }
        i += 1;
    }
    known
}

/// Names that are known, for a message.
struct Known {
    nearest: Nearest,
    list: Message,
}

impl Known {
    const fn note(&mut self, name: &'static str) {
        self.nearest.offer(name);
        if !self.list.is_empty() {
            self.list.text(", ");
        }
        self.list.text("`");
        self.list.text(name);
        self.list.text("`");
    }
}

/// Whether a column is in a clause or in one of the first schemas: then it is listed already.
const fn is_listed(body: &BodyNames, schemas: usize, name: &str) -> bool {
    let mut i = 0;
    while i < body.clauses.len() {
        if same_text(body.clauses[i], name) {
            return true;
        }
        i += 1;
    }
    let mut s = 0;
    while s < schemas {
        let mut i = 0;
        while i < body.schemas[s].len() {
            if same_text(body.schemas[s][i].name, name) {
                return true;
            }
            i += 1;
        }
        s += 1;
    }
    false
}
