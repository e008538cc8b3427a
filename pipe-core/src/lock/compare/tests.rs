//! Every kind of change, and what it is called.

use super::*;

fn frame(columns: &[(&str, &str, &[&str])]) -> Frame {
    let column = |&(name, ty, rules): &(&str, &str, &[&str])| {
        Column::parse(name, ty, rules.iter().map(|&rule| rule.into()).collect())
    };
    Frame {
        rules: Vec::new(),
        columns: columns.iter().map(column).collect(),
    }
}

fn contracts(side: Side, frames: &[(&str, Frame)]) -> Contracts {
    let frames = frames
        .iter()
        .map(|(name, frame)| ((*name).to_owned(), frame.clone()));
    match side {
        Side::Input => Contracts {
            inputs: frames.collect(),
            outputs: BTreeMap::new(),
        },
        Side::Output => Contracts {
            inputs: BTreeMap::new(),
            outputs: frames.collect(),
        },
    }
}

/// The changes of one frame, as lines.
fn lines(side: Side, before: &Frame, after: &Frame) -> Vec<String> {
    let before = contracts(side, &[("f", before.clone())]);
    let after = contracts(side, &[("f", after.clone())]);
    let changes = changes(&before, &after);
    changes.iter().map(ToString::to_string).collect()
}

/// Every kind of change, and what it is for each side.
#[test]
fn every_change_has_a_class_and_a_meaning() {
    let one = frame(&[("a", "i64", &[])]);
    let null = frame(&[("a", "Option<i64>", &[])]);
    let two = frame(&[("a", "i64", &[]), ("b", "Option<bool>", &[])]);
    let turned = frame(&[("b", "Option<bool>", &[]), ("a", "i64", &[])]);
    let other = frame(&[("a", "Option<f64>", &[])]);
    let ruled = frame(&[("a", "i64", &["min = 0"])]);
    let keyed = Frame {
        rules: vec!["primary_key(a)".to_owned()],
        ..one.clone()
    };
    for (before, after, input, output) in [
        (
            &one,
            &two,
            "breaking   input `f`, column `b`: is needed now, as `Option<bool>`: data without it are refused",
            "widening   output `f`, column `b`: is new, of type `Option<bool>`: readers of the others notice nothing",
        ),
        (
            &two,
            &one,
            "widening   input `f`, column `b`: is not needed any more: all data that were accepted still are, those without it as well",
            "breaking   output `f`, column `b`: is gone: its readers find nothing",
        ),
        (
            &one,
            &null,
            "widening   input `f`, column `a`: may be null now: all data that were accepted still are",
            "breaking   output `f`, column `a`: may be null now: readers that rely on a value in every row get nulls",
        ),
        (
            &null,
            &one,
            "narrowing  input `f`, column `a`: must not be null any more: data with nulls there are refused now",
            "narrowing  output `f`, column `a`: is never null any more: readers that are ready for nulls notice nothing",
        ),
        (
            &one,
            &other,
            "breaking   input `f`, column `a`: was `i64`, is `Option<f64>`: data of the former type are refused",
            "breaking   output `f`, column `a`: was `i64`, is `Option<f64>`: readers get another type",
        ),
        (
            &two,
            &turned,
            "neutral    input `f`: its columns stand in another order: columns are found by name, but in files without a header line by position",
            "neutral    output `f`: its columns stand in another order: readers find columns by name; those that count them find others",
        ),
        (
            &one,
            &ruled,
            "narrowing  input `f`, column `a`: rule `min = 0` is new: data that break it are refused now",
            "narrowing  output `f`, column `a`: rule `min = 0` is new: values that break it no longer come, which readers do not notice",
        ),
        (
            &keyed,
            &one,
            "widening   input `f`: rule `primary_key(a)` is gone: all data that were accepted still are",
            "breaking   output `f`: rule `primary_key(a)` is gone: readers that rely on it get values that break it",
        ),
    ] {
        assert_eq!(lines(Side::Input, before, after), [input]);
        assert_eq!(lines(Side::Output, before, after), [output]);
    }
    assert!(lines(Side::Input, &ruled, &ruled).is_empty());
}

#[test]
fn frames_come_and_go() {
    let some = frame(&[("a", "i64", &[])]);
    for (side, new, gone) in [
        (
            Side::Input,
            "breaking   input `g`: is new: who runs the pipeline must give it",
            "breaking   input `f`: is gone: who runs the pipeline must not give it any more",
        ),
        (
            Side::Output,
            "widening   output `g`: is new: readers of the others notice nothing",
            "breaking   output `f`: is gone: its readers find nothing",
        ),
    ] {
        let before = contracts(side, &[("f", some.clone())]);
        let after = contracts(side, &[("g", some.clone())]);
        let found: Vec<String> = changes(&before, &after)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [new, gone]);
    }
}

#[test]
fn each_change_is_a_line_of_its_own() {
    let before = frame(&[("a", "i64", &[]), ("b", "bool", &[]), ("c", "String", &[])]);
    let after = frame(&[
        ("c", "Option<String>", &[]),
        ("a", "i32", &["max = 9"]),
        ("d", "f64", &[]),
    ]);
    let changes = changes(
        &contracts(Side::Output, &[("f", before)]),
        &contracts(Side::Output, &[("f", after)]),
    );
    let found: Vec<_> = changes
        .iter()
        .map(|c| (c.class, c.column.as_deref()))
        .collect();
    let expected = [
        (ChangeClass::Breaking, Some("c")),
        (ChangeClass::Breaking, Some("a")),
        (ChangeClass::Narrowing, Some("a")),
        (ChangeClass::Widening, Some("d")),
        (ChangeClass::Breaking, Some("b")),
        (ChangeClass::Neutral, None),
    ];
    assert_eq!(found, expected);
}

/// What is called harmless is: a frame of the new contract passes for one of the old to a reader
/// who takes the columns that it knows, and the other way round for an input.
#[test]
fn what_is_harmless_breaks_nobody() {
    let types = ["i64", "Option<i64>", "f64", "Option<f64>"];
    let mut frames = vec![frame(&[])];
    for a in types {
        frames.push(frame(&[("a", a, &[])]));
        for b in types {
            frames.push(frame(&[("a", a, &[]), ("b", b, &[])]));
            frames.push(frame(&[("b", b, &[]), ("a", a, &[])]));
        }
    }
    // Whether data that are just as `given` says can be taken as `wanted`: surely, or if no nulls
    // happen to be in them.
    let fits = |given: &Frame, wanted: &Frame, values: bool| {
        wanted.columns.iter().all(|wanted| {
            given.column(&wanted.name).is_some_and(|given| {
                given.ty == wanted.ty && (values || wanted.nullable || !given.nullable)
            })
        })
    };
    for before in &frames {
        for after in &frames {
            let worst = |side| {
                let before = contracts(side, &[("f", before.clone())]);
                let after = contracts(side, &[("f", after.clone())]);
                let changes = changes(&before, &after);
                let is = |class| changes.iter().any(|change| change.class == class);
                (is(ChangeClass::Breaking), is(ChangeClass::Narrowing))
            };
            let (breaking, narrowing) = worst(Side::Input);
            assert_eq!(!breaking, fits(before, after, true), "{before:?} {after:?}");
            assert_eq!(!breaking && !narrowing, fits(before, after, false));
            let (breaking, _) = worst(Side::Output);
            assert_eq!(
                !breaking,
                fits(after, before, false),
                "{before:?} {after:?}"
            );
        }
    }
}
