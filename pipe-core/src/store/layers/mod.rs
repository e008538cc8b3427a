//! How the files of a checkpoint make up a frame that nobody wrote as a whole.
//!
//! A stack of layers, the bottom one first. Each has a number of rows, and a file with columns of that
//! many rows. Between a layer and the one below it rows may have been left out: then it has a file that
//! says which of the rows below are kept. The frame is as high as the top layer, and says of each of
//! its columns in which layer's file it is.
//!
//! A record lists all files that its frame is made of, those in the folders of other nodes too. So
//! reading it needs no other record, and a file lives as long as any record names it.

use serde::{Deserialize, Serialize};

use super::record::{DataFile, Record};
use crate::digest::Digest;
use crate::layers::{Layer as New, Origin};

mod read;
mod rows;

pub(super) use read::scan;
pub(crate) use rows::as_frame;

/// Of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layers {
    stack: Vec<Layer>,
    /// In the order of the frame.
    columns: Vec<Place>,
}

/// One layer. Files are given by their place in the record's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Layer {
    rows: u64,
    /// The file that says which rows of the layer below are kept; without one, all of them are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<usize>,
    /// The file with columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<usize>,
}

/// Where a column of the frame is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    name: String,
    layer: usize,
    /// Its name in the file.
    column: String,
}

/// The files of a new layer.
pub(super) struct Files {
    /// Says which rows are kept.
    pub(super) kept: Option<DataFile>,
    /// Has the columns that were made.
    pub(super) made: Option<DataFile>,
}

impl Layers {
    /// What a new layer on a checkpoint makes, and all files that it is made of. `None` if the checkpoint
    /// does not have the columns that it should have.
    pub(super) fn on(
        below: &Record,
        new: &New,
        rows: u64,
        files: Files,
    ) -> Option<(Self, Vec<DataFile>)> {
        let (mut layers, mut all) = Self::of(below)?;
        if files.kept.is_some() || files.made.is_some() {
            let mut add = |file: DataFile| {
                all.push(file);
                all.len() - 1
            };
            layers.stack.push(Layer {
                rows,
                kept: files.kept.map(&mut add),
                data: files.made.map(&mut add),
            });
        }
        let top = layers.stack.len() - 1;
        let columns = new.columns.iter().map(|(name, origin)| {
            let name = name.to_string();
            match origin {
                Origin::Below(column) => {
                    let below = layers.columns.iter();
                    let place = below.clone().find(|place| place.name == column.as_str())?;
                    Some(Place {
                        name,
                        ..place.clone()
                    })
                }
                Origin::Made => Some(Place {
                    column: name.clone(),
                    layer: top,
                    name,
                }),
            }
        });
        layers.columns = columns.collect::<Option<_>>()?;
        let all = layers.tidy(&all);
        Some((layers, all))
    }

    /// Those of a checkpoint, with its files as they are named from elsewhere.
    fn of(record: &Record) -> Option<(Self, Vec<DataFile>)> {
        let files = record
            .files
            .iter()
            .map(|file| file.seen_from_elsewhere(&record.node));
        let files: Vec<_> = files.collect();
        if let Some(layers) = record.layers() {
            return Some((layers.clone(), files));
        }
        if record.is_value() || files.len() != 1 {
            return None;
        }
        let columns = record.schema.iter().map(|column| Place {
            name: column.name.clone(),
            layer: 0,
            column: column.name.clone(),
        });
        let bottom = Layer {
            rows: record.rows,
            kept: None,
            data: Some(0),
        };
        let layers = Self {
            stack: vec![bottom],
            columns: columns.collect(),
        };
        Some((layers, files))
    }

    /// Leaves out what the frame does not need, and the files that nothing names then.
    fn tidy(&mut self, files: &[DataFile]) -> Vec<DataFile> {
        let is_used = |layer: usize| self.columns.iter().any(|place| place.layer == layer);
        let used: Vec<bool> = (0..self.stack.len()).map(is_used).collect();
        let bottom = used.iter().position(|used| *used).unwrap_or(0);
        let mut moved = vec![0; self.stack.len()];
        let mut stack = Vec::new();
        for (i, mut layer) in self.stack.iter().copied().enumerate().skip(bottom) {
            if i == bottom {
                layer.kept = None;
            }
            if !used[i] {
                layer.data = None;
            }
            if layer.kept.is_some() || layer.data.is_some() {
                moved[i] = stack.len();
                stack.push(layer);
            }
        }
        for place in &mut self.columns {
            place.layer = moved[place.layer];
        }
        let mut kept = Vec::new();
        let mut place = |file: &mut usize| {
            kept.push(files[*file].clone());
            *file = kept.len() - 1;
        };
        for layer in &mut stack {
            layer.kept.iter_mut().for_each(&mut place);
            layer.data.iter_mut().for_each(&mut place);
        }
        self.stack = stack;
        kept
    }

    /// Whether they can be those of a frame of so many rows, with these files.
    pub(super) fn are_sound(&self, files: usize, rows: u64) -> bool {
        let named = self.stack.iter().flat_map(|layer| [layer.kept, layer.data]);
        let known = named.flatten().all(|file| file < files);
        let bottom = self.stack.first();
        let stands = bottom.is_some_and(|it| it.kept.is_none() && it.data.is_some());
        let top = self.stack.last().is_some_and(|layer| layer.rows == rows);
        let mut below = u64::MAX;
        let heights = self.stack.iter().all(|layer| {
            let before = std::mem::replace(&mut below, layer.rows);
            match layer.kept {
                Some(_) => layer.rows <= before,
                None => before == u64::MAX || layer.rows == before,
            }
        });
        let placed = self.columns.iter().all(|place| {
            let layer = self.stack.get(place.layer);
            layer.is_some_and(|layer| layer.data.is_some())
        });
        known && stands && top && heights && placed && !self.columns.is_empty()
    }

    /// Adds to the digest of a checkpoint's content how its files are put together.
    pub(super) fn add_to(&self, digest: &mut Digest) {
        for layer in &self.stack {
            let number = |file: Option<usize>| file.map_or(u64::MAX, |file| file as u64);
            digest.part(number(layer.kept).to_le_bytes());
            digest.part(number(layer.data).to_le_bytes());
        }
        for place in &self.columns {
            digest.part(&place.name);
            digest.part((place.layer as u64).to_le_bytes());
            digest.part(&place.column);
        }
    }

    /// The file that a column is in, and its name there.
    pub(super) fn file_of(&self, column: &str) -> Option<(usize, &str)> {
        let place = self.columns.iter().find(|place| place.name == column)?;
        Some((self.stack[place.layer].data?, &place.column))
    }

    /// Rows of the file that a column is in.
    fn rows_of(&self, column: &str) -> Option<u64> {
        let place = self.columns.iter().find(|place| place.name == column)?;
        Some(self.stack[place.layer].rows)
    }
}

impl Record {
    /// How many layers it has, the bottom one too.
    pub(crate) fn depth(&self) -> usize {
        self.layers().map_or(1, |layers| layers.stack.len())
    }

    /// How many values have to be read for a column.
    pub(crate) fn values_to_read(&self, column: &str) -> u64 {
        let rows = self.layers().and_then(|layers| layers.rows_of(column));
        rows.unwrap_or(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(stack: &[(u64, Option<usize>, Option<usize>)], columns: &[(&str, usize)]) -> Layers {
        let stack = stack
            .iter()
            .map(|&(rows, kept, data)| Layer { rows, kept, data });
        let columns = columns.iter().map(|&(name, layer)| Place {
            name: name.to_owned(),
            layer,
            column: name.to_owned(),
        });
        Layers {
            stack: stack.collect(),
            columns: columns.collect(),
        }
    }

    fn files(names: &[&str]) -> Vec<DataFile> {
        let content = || crate::storage::Content {
            bytes: 0,
            digest: String::new(),
        };
        let file = |name: &&str| DataFile::new((*name).to_owned(), content());
        names.iter().map(file).collect()
    }

    fn names(files: &[DataFile]) -> Vec<&str> {
        files.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn what_no_column_needs_is_left_out() {
        let all = ["base", "kept1", "one", "kept2", "two", "three"];
        let stack = [
            (100, None, Some(0)),
            (80, Some(1), Some(2)),
            (60, Some(3), Some(4)),
            (60, None, Some(5)),
        ];
        // The base is needed, and which of its rows are left; the columns between are not.
        let mut some = layers(&stack, &[("a", 0), ("d", 3)]);
        let left = some.tidy(&files(&all));
        assert_eq!(names(&left), ["base", "kept1", "kept2", "three"]);
        let expected = [
            (100, None, Some(0)),
            (80, Some(1), None),
            (60, Some(2), None),
            (60, None, Some(3)),
        ];
        assert_eq!(some, layers(&expected, &[("a", 0), ("d", 3)]));
        assert!(some.are_sound(4, 60));

        // Nothing below the lowest layer that is needed.
        let mut upper = layers(&stack, &[("c", 2)]);
        let left = upper.tidy(&files(&all));
        assert_eq!(names(&left), ["two"]);
        assert_eq!(upper, layers(&[(60, None, Some(0))], &[("c", 0)]));
    }

    #[test]
    fn layers_that_do_not_fit_are_not_sound() {
        let sound = layers(&[(9, None, Some(0)), (5, Some(1), None)], &[("a", 0)]);
        assert!(sound.are_sound(2, 5));
        assert!(!sound.are_sound(1, 5), "a file that is not there");
        assert!(!sound.are_sound(2, 9), "another number of rows");
        for (stack, columns) in [
            (vec![(5, None, Some(0)), (9, Some(1), None)], vec![("a", 0)]),
            (vec![(9, None, Some(0)), (5, None, Some(1))], vec![("a", 0)]),
            (vec![(9, Some(1), Some(0))], vec![("a", 0)]),
            (vec![(9, None, None)], vec![("a", 0)]),
            (vec![(9, None, Some(0)), (9, Some(1), None)], vec![("a", 1)]),
            (vec![(9, None, Some(0))], vec![("a", 1)]),
            (vec![(9, None, Some(0))], vec![]),
            (vec![], vec![]),
        ] {
            let rows = stack.last().map_or(0, |(rows, ..)| *rows);
            let unsound = layers(&stack, &columns);
            assert!(!unsound.are_sound(2, rows), "{unsound:?}");
        }
    }
}
