//! The last field of a record: a digest over all bytes before it.
//!
//! The key covers what a checkpoint was made from, the digests of the data files what it holds; this
//! covers the record itself, so that a report never tells of a wrong time, run or number of rows.

use crate::digest::Digest;

const BEFORE: &[u8] = b",\n  \"check\": \"";
const AFTER: &[u8] = b"\"\n}";

/// What the seal says of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    Whole,
    Broken,
    /// It is none of ours, or not to its end.
    Missing,
}

/// Adds the seal to an object in JSON, written with a line for each of its fields.
pub(super) fn seal(json: &[u8]) -> Vec<u8> {
    let body = json.strip_suffix(b"\n}").unwrap_or(json);
    [body, BEFORE, digest(body).as_bytes(), AFTER].concat()
}

/// Holds a text against its seal. Later formats either keep place and meaning of the seal, or have none
/// there.
pub(super) fn check(text: &[u8]) -> Seal {
    let parts = || {
        let rest = text.strip_suffix(AFTER)?;
        let quote = rest.iter().rposition(|&byte| byte == b'"')?;
        let (before, check) = rest.split_at(quote + 1);
        Some((before.strip_suffix(BEFORE)?, check))
    };
    match parts() {
        None => Seal::Missing,
        Some((body, check)) if digest(body).as_bytes() == check => Seal::Whole,
        Some(_) => Seal::Broken,
    }
}

fn digest(body: &[u8]) -> String {
    Digest::new("record").part(body).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_and_every_byte_counts() {
        let sealed = seal(b"{\n  \"format\": 1,\n  \"node\": \"a\"\n}");
        assert_eq!(check(&sealed), Seal::Whole);
        for position in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[position] ^= 1 << bit;
                assert_ne!(check(&flipped), Seal::Whole, "bit {bit} of byte {position}");
            }
            assert_ne!(check(&sealed[..position]), Seal::Whole);
            for byte in [b' ', b'\n', b'0'] {
                let mut longer = sealed.clone();
                longer.insert(position, byte);
                assert_ne!(check(&longer), Seal::Whole);
            }
        }
        let more = [&sealed[..], b"\n"].concat();
        assert_ne!(check(&more), Seal::Whole);
    }

    #[test]
    fn a_sealed_object_is_json() -> serde_json::Result<()> {
        let sealed = seal(b"{\n  \"node\": \"a\"\n}");
        let value: serde_json::Value = serde_json::from_slice(&sealed)?;
        assert_eq!(value["node"], "a");
        assert_eq!(value["check"].as_str().map(str::len), Some(64));
        Ok(())
    }
}
