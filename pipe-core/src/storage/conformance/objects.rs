//! Promises about objects.

use std::fs;
use std::io::Write;

use super::super::{Condition, Content, Damage, Entry, Storage};
use super::{How, Kept, Open, bytes, content_of, ensure, get, is_conflict, names, new_folder, put};

/// More than fits into one request to object storage.
const LARGE: usize = (20 << 20) + 1;

pub(super) fn staged(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let folder = new_folder();
    let path = format!("{folder}/object");
    let unseen = || -> Kept {
        for storage in [&mine, &other] {
            let seen = get(&**storage, &path)?.is_some()
                || names(&**storage, &folder)?.contains(&"object".to_owned());
            ensure(!seen, "an object is seen before it is published")?;
        }
        Ok(())
    };
    let mut staged = mine.stage(&folder)?;
    unseen()?;
    let mut writer = staged.writer()?;
    ensure(
        staged.writer().is_err(),
        "a staged object has a second writer",
    )?;
    writer.write_all(b"first ")?;
    writer.write_all(b"second")?;
    writer.finish()?;
    unseen()?;
    let at = staged.path().to_owned();
    let local = fs::read(&at)?;
    ensure(
        local == b"first second",
        "the file of a staged object has not what was written",
    )?;
    let second = mine.stage(&folder)?;
    ensure(
        second.path() != at,
        "two staged objects are in the same file",
    )?;
    drop(second);
    drop(writer);
    drop(staged);
    unseen()?;
    ensure(!at.exists(), "the file of a dropped object stays")?;
    let left = names(&*other, &folder)?;
    ensure(
        left.is_empty(),
        format!("objects that were dropped leave {left:?}"),
    )
}

pub(super) fn conditions(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let path = format!("{}/object", new_folder());
    let has = |expected: &[u8], when: &str| -> Kept {
        for storage in [&mine, &other] {
            let found = get(&**storage, &path)?.map(|object| object.bytes);
            ensure(
                found.as_deref() == Some(expected),
                format!("{when} the object has another content"),
            )?;
        }
        Ok(())
    };
    let first = put(&*mine, &path, b"first", &Condition::New)?;
    has(b"first", "after it was published")?;
    let read = get(&*other, &path)?.map(|object| object.version);
    ensure(
        read.as_ref() == Some(&first),
        "reading and publishing give different versions of one object",
    )?;
    let again = put(&*other, &path, b"again", &Condition::New);
    ensure(
        is_conflict(&again),
        format!("an object that is there is published as a new one: {again:?}"),
    )?;
    has(b"first", "after a conflict")?;
    let replaces = Condition::Replaces(first.clone());
    let second = put(&*other, &path, b"second", &replaces)?;
    has(b"second", "after it was replaced")?;
    ensure(first != second, "two contents have one version")?;
    let stale = put(&*mine, &path, b"stale", &replaces);
    ensure(
        is_conflict(&stale),
        format!("an object is replaced by who has an older version: {stale:?}"),
    )?;
    has(b"second", "after a conflict")?;
    put(&*mine, &path, b"third", &Condition::Any)?;
    has(b"third", "after it was replaced whatever was there")?;
    mine.remove(&path)?;
    let gone = put(&*mine, &path, b"gone", &Condition::Replaces(second));
    ensure(
        is_conflict(&gone),
        format!("an object that is gone is replaced: {gone:?}"),
    )?;
    ensure(
        get(&*other, &path)?.is_none(),
        "a conflict brings a removed object back",
    )?;
    put(&*other, &path, b"new", &Condition::New)?;
    has(b"new", "after it was removed and published")
}

pub(super) fn seen(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let folder = new_folder();
    for round in 0..5 {
        let path = format!("{folder}/nested/{round}");
        let data = bytes(&path, 1000 + round);
        put(&*mine, &path, &data, &Condition::Any)?;
        for (storage, who) in [(&mine, "who published it"), (&other, "others")] {
            let found = get(&**storage, &path)?;
            let same = found.is_some_and(|object| object.bytes == data);
            ensure(same, format!("a published object is not seen by {who}"))?;
            let listed = names(&**storage, &format!("{folder}/nested"))?;
            ensure(
                listed.contains(&round.to_string()),
                format!("a published object is not listed for {who}"),
            )?;
            is_sound(&**storage, &path, &data)?;
        }
    }
    Ok(())
}

/// An object is what it should be, here and where it is kept.
fn is_sound(storage: &dyn Storage, path: &str, data: &[u8]) -> Kept {
    let content = content_of(data);
    for found in [
        storage.check(path, &content, &mut crate::digest::file)?,
        storage.fetch(path, &content, &mut crate::digest::file)?,
    ] {
        found.map_err(|damage| How(format!("a sound object counts as damaged: {damage}")))?;
    }
    let local = fs::read(storage.local_path(path))?;
    ensure(
        local == data,
        "the file of an object that was fetched has another content",
    )
}

pub(super) fn listed(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let folder = new_folder();
    ensure(
        mine.list(&folder)?.is_empty(),
        "a folder that does not exist has something in it",
    )?;
    let odd = [
        "a b", "a=b", "a%20b", "größe", "a+b", "a&b", "c#", "~x", "1,5", ".dot", "a.b.c",
    ];
    let mut expected = Vec::new();
    for (length, name) in odd.into_iter().enumerate() {
        let data = bytes(name, length);
        put(&*mine, &format!("{folder}/{name}"), &data, &Condition::New)?;
        let path = format!("{folder}/in {name}/{name}/deep");
        put(&*mine, &path, b"deep", &Condition::New)?;
        let (name, inner) = (name.to_owned(), format!("in {name}"));
        let bytes = Some(length as u64);
        expected.extend([
            Entry { name, bytes },
            Entry {
                name: inner,
                bytes: None,
            },
        ]);
    }
    // Begins with the folder's name and is another one.
    let beside = format!("{folder}x/beside");
    put(&*mine, &beside, b"beside", &Condition::New)?;
    let in_order = |mut entries: Vec<Entry>| {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    };
    let expected = in_order(expected);
    for storage in [&mine, &other] {
        let found = in_order(storage.list(&folder)?);
        let less = expected.iter().find(|entry| !found.contains(entry));
        let more = found.iter().find(|entry| !expected.contains(entry));
        ensure(
            found == expected,
            format!("a folder is listed without {less:?}, and with {more:?}"),
        )?;
        for name in odd {
            let inner = storage.list(&format!("{folder}/in {name}"))?;
            let one = [Entry {
                name: name.to_owned(),
                bytes: None,
            }];
            ensure(
                inner == one,
                format!("a folder with {one:?} is listed as {inner:?}"),
            )?;
            let deep = get(&**storage, &format!("{folder}/in {name}/{name}/deep"))?;
            ensure(
                deep.is_some_and(|object| object.bytes == b"deep"),
                format!("an object in folder {name:?} is not found"),
            )?;
        }
    }
    Ok(())
}

pub(super) fn read_only(open: &Open) -> Kept {
    let storage = open()?;
    let parent = new_folder();
    let path = format!("{parent}/folder/object");
    let content = content_of(b"nothing");
    ensure(
        storage.list(&format!("{parent}/folder"))?.is_empty(),
        "a folder that does not exist has something in it",
    )?;
    ensure(
        get(&*storage, &path)?.is_none(),
        "an object that does not exist is read",
    )?;
    for found in [
        storage.check(&path, &content, &mut crate::digest::file)?,
        storage.fetch(&path, &content, &mut crate::digest::file)?,
    ] {
        ensure(
            matches!(found, Err(Damage::Missing { .. })),
            format!("an object that does not exist does not count as missing: {found:?}"),
        )?;
    }
    for storage in [storage, open()?] {
        let found = names(&*storage, &parent)?;
        ensure(found.is_empty(), format!("reading creates {found:?}"))?;
    }
    Ok(())
}

pub(super) fn large(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let path = format!("{}/large", new_folder());
    for (seed, length) in [("first", LARGE), ("second", LARGE), ("small", 1)] {
        let data = bytes(seed, length);
        put(&*mine, &path, &data, &Condition::Any)?;
        for storage in [&mine, &other] {
            is_sound(&**storage, &path, &data)
                .map_err(|How(how)| How(format!("of {length} bytes: {how}")))?;
        }
    }
    Ok(())
}

pub(super) fn removed(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let folder = new_folder();
    let path = |name: &str| format!("{folder}/{name}");
    mine.remove(&path("never there"))?;
    for name in ["a", "ab", "b"] {
        put(&*mine, &path(name), name.as_bytes(), &Condition::New)?;
    }
    other.remove(&path("a"))?;
    other.remove(&path("a"))?;
    for storage in [&mine, &other] {
        ensure(
            get(&**storage, &path("a"))?.is_none(),
            "an object that was removed is read",
        )?;
        let found = storage.fetch(&path("a"), &content_of(b"a"), &mut crate::digest::file)?;
        ensure(
            matches!(found, Err(Damage::Missing { .. })),
            "an object that was removed is fetched",
        )?;
        let left = names(&**storage, &folder)?;
        ensure(
            left == ["ab", "b"],
            format!("after one of a, ab and b was removed, {left:?} are there"),
        )?;
    }
    for name in ["ab", "b"] {
        mine.remove(&path(name))?;
    }
    let left = names(&*other, &folder)?;
    ensure(
        left.is_empty(),
        format!("in a folder where all was removed is {left:?}"),
    )?;
    put(&*other, &path("a"), b"a", &Condition::New)?;
    Ok(())
}

pub(super) fn damage(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let path = format!("{}/object", new_folder());
    put(&*mine, &path, b"what is there", &Condition::Any)?;
    for storage in [&mine, &other] {
        for length in [12, 14] {
            let expected = Content {
                bytes: length,
                ..content_of(b"what is there")
            };
            let checked = storage.check(&path, &expected, &mut crate::digest::file)?;
            let fetched = storage.fetch(&path, &expected, &mut crate::digest::file)?;
            for found in [checked, fetched] {
                ensure(
                    matches!(found, Err(Damage::Length { .. })),
                    format!("13 bytes where {length} should be are no damage: {found:?}"),
                )?;
            }
        }
        let expected = content_of(b"what was once");
        let found = storage.fetch(&path, &expected, &mut crate::digest::file)?;
        ensure(
            matches!(found, Err(Damage::Digest { .. })),
            format!("another content of the same length is no damage: {found:?}"),
        )?;
        is_sound(&**storage, &path, b"what is there")?;
    }
    mine.remove(&path)?;
    let expected = content_of(b"what is there");
    let found = other.check(&path, &expected, &mut crate::digest::file)?;
    ensure(
        matches!(found, Err(Damage::Missing { .. })),
        format!("an object that is gone is not missing: {found:?}"),
    )
}

pub(super) fn logs(open: &Open) -> Kept {
    let (mine, other) = (open()?, open()?);
    let path = format!("{}/runs/log", new_folder());
    let mut log = mine.log(&path)?;
    write!(log, "first ")?;
    writeln!(log, "line")?;
    writeln!(log, "second line")?;
    drop(log);
    let lines: &[u8] = b"first line\nsecond line\n";
    let found = get(&*other, &path)?.map(|object| object.bytes);
    ensure(
        found.as_deref() == Some(lines),
        "a log that was closed has not the lines that were written",
    )?;
    ensure(
        mine.log(&path).is_err(),
        "a log that is there already is begun again",
    )?;
    let found = get(&*mine, &path)?.map(|object| object.bytes);
    ensure(
        found.as_deref() == Some(lines),
        "a log is lost when another one of its name is begun",
    )
}
