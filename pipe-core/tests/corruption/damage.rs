//! Damage to files.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::{Path, PathBuf};

/// The same numbers for the same seed, everywhere (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..=self.below(16)).map(|_| self.byte()).collect()
    }
}

/// Something that happens to the file at a path, within the folder of a store.
pub(crate) struct Damage {
    path: PathBuf,
    what: What,
}

enum What {
    Bit {
        byte: usize,
        bit: usize,
    },
    Byte {
        at: usize,
        value: u8,
    },
    Cut {
        length: usize,
    },
    Insert {
        at: usize,
        bytes: Vec<u8>,
    },
    Append {
        bytes: Vec<u8>,
    },
    Remove {
        from: usize,
        length: usize,
    },
    Zero {
        from: usize,
        length: usize,
    },
    Delete,
    /// Both are files of records or both of data.
    Swap {
        with: PathBuf,
    },
    Copy {
        over: PathBuf,
    },
    /// Under another name in the same folder, of the same form.
    Duplicate {
        name: String,
    },
}

impl Damage {
    /// Damage to one of these files.
    pub(crate) fn random(random: &mut Random, files: &[(PathBuf, usize)]) -> Self {
        let (path, length) = &files[random.below(files.len())];
        let at = random.below(*length);
        let another = |random: &mut Random| {
            let same_kind = |other: &&(PathBuf, usize)| other.0.extension() == path.extension();
            let others: Vec<_> = files.iter().filter(same_kind).collect();
            others[random.below(others.len())].0.clone()
        };
        let what = match random.below(20) {
            0..7 => What::Bit {
                byte: at,
                bit: random.below(8),
            },
            7..9 => What::Byte {
                at,
                value: random.byte(),
            },
            9..12 => What::Cut { length: at },
            12 => What::Insert {
                at,
                bytes: random.bytes(),
            },
            13 => What::Append {
                bytes: random.bytes(),
            },
            14 => What::Remove {
                from: at,
                length: 1 + random.below(64),
            },
            15 => What::Zero {
                from: at,
                length: 1 + random.below(4096),
            },
            16 => What::Delete,
            17 => What::Swap {
                with: another(random),
            },
            18 => What::Copy {
                over: another(random),
            },
            _ => {
                let name = path.file_name().unwrap().to_str().unwrap();
                let rest = name.split_once('.').map_or("", |(_, rest)| rest);
                let name = format!("{:016x}.{rest}", random.next());
                What::Duplicate { name }
            }
        };
        Self {
            path: path.clone(),
            what,
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self.what {
            What::Bit { .. } => "bit flipped",
            What::Byte { .. } => "byte set",
            What::Cut { .. } => "cut short",
            What::Insert { .. } => "bytes inserted",
            What::Append { .. } => "bytes appended",
            What::Remove { .. } => "bytes removed",
            What::Zero { .. } => "bytes zeroed",
            What::Delete => "deleted",
            What::Swap { .. } => "swapped with another",
            What::Copy { .. } => "copied over another",
            What::Duplicate { .. } => "copied under another name",
        }
    }

    pub(crate) fn inflict(&self, folder: &Path) {
        let path = folder.join(&self.path);
        // Earlier damage may have taken it away, or cut it.
        let Ok(mut bytes) = fs::read(&path) else {
            return;
        };
        let within = |at: usize| at.min(bytes.len());
        match &self.what {
            What::Bit { byte, bit } => {
                if let Some(byte) = bytes.get_mut(*byte) {
                    *byte ^= 1 << bit;
                }
            }
            What::Byte { at, value } => {
                if let Some(byte) = bytes.get_mut(*at) {
                    *byte = *value;
                }
            }
            What::Cut { length } => bytes.truncate(*length),
            What::Insert { at, bytes: more } => {
                let at = within(*at);
                bytes.splice(at..at, more.iter().copied());
            }
            What::Append { bytes: more } => bytes.extend(more),
            What::Remove { from, length } => {
                let range = within(*from)..within(from + length);
                bytes.drain(range);
            }
            What::Zero { from, length } => {
                let range = within(*from)..within(from + length);
                bytes[range].fill(0);
            }
            What::Delete => return fs::remove_file(&path).unwrap(),
            What::Swap { with } => {
                let with = folder.join(with);
                if let Ok(other) = fs::read(&with) {
                    fs::write(&with, &bytes).unwrap();
                    bytes = other;
                }
            }
            What::Copy { over } => {
                fs::copy(&path, folder.join(over)).unwrap();
            }
            What::Duplicate { name } => {
                fs::copy(&path, path.with_file_name(name)).unwrap();
            }
        }
        fs::write(&path, bytes).unwrap();
    }
}

impl Display for Damage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.kind())?;
        match &self.what {
            What::Bit { byte, bit } => write!(f, " (bit {bit} of byte {byte})"),
            What::Byte { at, value } => write!(f, " (byte {at} to {value})"),
            What::Cut { length } => write!(f, " ({length} bytes)"),
            What::Insert { at, bytes } => write!(f, " ({bytes:?} at byte {at})"),
            What::Append { bytes } => write!(f, " ({bytes:?})"),
            What::Remove { from, length } | What::Zero { from, length } => {
                write!(f, " ({length} from byte {from})")
            }
            What::Swap { with: other } | What::Copy { over: other } => {
                write!(f, " ({})", other.display())
            }
            What::Duplicate { name } => write!(f, " ({name})"),
            What::Delete => Ok(()),
        }
    }
}
