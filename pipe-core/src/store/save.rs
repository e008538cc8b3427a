//! A frame as one file outside of the store.

use std::io;
use std::path::Path;

use polars::prelude::LazyFrame;

use super::{StagedData, Store, WriteError};
use crate::storage::{Folder, Storage, StorageError};

impl Store {
    /// Writes a frame as one Parquet file anywhere on this machine, which is there as a whole or not at all.
    /// Gives its rows and bytes.
    pub(crate) fn save(&self, frame: LazyFrame, path: &Path) -> Result<(u64, u64), WriteError> {
        let no_file = || io::Error::from(io::ErrorKind::IsADirectory);
        let write = StorageError::io("write", path.display());
        let no_text = || io::Error::new(io::ErrorKind::InvalidFilename, "its name is not Unicode");
        let name = path.file_name().ok_or_else(no_file);
        let name = name.and_then(|name| name.to_str().ok_or_else(no_text));
        let name = name.map_err(write)?;
        let folder = Folder::new(path.parent().unwrap_or(Path::new("")));
        let mut data = StagedData::new(folder.stage("")?, self.format);
        data.write(frame)?;
        let (rows, content) = (data.footer()?.rows, data.content()?);
        data.publish(name)?;
        Ok((rows, content.bytes))
    }
}
