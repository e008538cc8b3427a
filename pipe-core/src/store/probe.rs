//! What must hold of whatever is read as a record, for fuzzers.

use super::{Record, seal};

/// Reads bytes as a record, and says whether it was sound. `Err` says which promise was broken.
///
/// Nearly no bytes are: they are read with a seal that fits as well, and the record that they are without
/// its checks, if they are one, is read once it has the key of its parts.
pub(crate) fn record(bytes: &[u8]) -> Result<bool, String> {
    let unchecked: Option<Record> = serde_json::from_slice(bytes).ok();
    let mut sound = read(bytes, unchecked.as_ref())?;
    sound |= read(&seal::seal(bytes), unchecked.as_ref())?;
    if let Some(mut record) = unchecked {
        let stem = record.stem().to_owned();
        record.key = record.parts.key();
        let now = record.stem().to_owned();
        let files = record.files.iter_mut().chain(&mut record.quarantine);
        for file in files.filter(|file| file.is_own()) {
            if let Some(rest) = file.name.strip_prefix(&stem) {
                file.name = format!("{now}{rest}");
            }
        }
        let text = text(&record)?;
        sound |= read(&text, Some(&record))?;
    }
    Ok(sound)
}

/// Reads bytes as what they say they are.
fn read(bytes: &[u8], says: Option<&Record>) -> Result<bool, String> {
    let (node, stem) = says.map_or(("made", "0123456789abcdef"), |record| {
        (record.node.as_str(), record.stem())
    });
    let pipeline = says.map_or("test", |record| record.pipeline.as_str());
    let parse = |bytes: &[u8], stem: &str, pipeline: &str, node: &str| {
        let path = format!("{stem}.json");
        match Record::parse(bytes, &path, (pipeline, node)) {
            Ok(Ok(record)) => Some(record),
            Ok(Err(_)) | Err(_) => None,
        }
    };
    let Some(record) = parse(bytes, stem, pipeline, node) else {
        return Ok(false);
    };
    // What a plan or a run does with every record.
    let _ = (record.written(), record.bytes(), record.content());
    if parse(&text(&record)?, stem, pipeline, node).as_ref() != Some(&record) {
        return Err(format!("{record:?} was written as something else"));
    }
    let another = |name: &str| format!("{name}x");
    let elsewhere = [
        parse(bytes, &another(stem), pipeline, node),
        parse(bytes, stem, &another(pipeline), node),
        parse(bytes, stem, pipeline, &another(node)),
    ];
    if elsewhere.iter().any(Option::is_some) {
        return Err(format!("{record:?} was taken for another's"));
    }
    Ok(true)
}

fn text(record: &Record) -> Result<Vec<u8>, String> {
    record.text().map_err(|error| error.to_string())
}
