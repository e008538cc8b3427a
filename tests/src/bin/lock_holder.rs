//! Takes a lock, says so, and holds it until it is killed: `lock_holder STORE FOLDER`.

use std::io::{self, Read};
use std::sync::Arc;

use pipe_core::storage::{Folder, ObjectStorage, Storage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("lock_holder STORE FOLDER");
    let (store, folder) = (next()?, next()?);
    let storage: Arc<dyn Storage> = if store.contains("://") {
        Arc::new(ObjectStorage::open(&store)?)
    } else {
        Arc::new(Folder::new(store))
    };
    let _lock = storage.lock(&folder)?;
    println!("locked");
    io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink())?;
    Ok(())
}
