//! What the fuzzers start from, and what they have found, read once more. See `fuzz/README.md`.

use std::fs;
use std::path::Path;

use pipe_core::__private::probe;

type Probe = fn(&[u8]) -> Result<bool, String>;

fn contracts_lock(bytes: &[u8]) -> Result<bool, String> {
    str::from_utf8(bytes).map_or(Ok(false), probe::contracts_lock)
}

#[test]
fn promises_hold_for_all_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let readers: [(&str, Probe); 3] = [
        ("record", probe::record),
        ("files", probe::files),
        ("contracts_lock", contracts_lock),
    ];
    for (reader, probe) in readers {
        let mut sound = 0;
        for seed in fs::read_dir(seeds.join(reader)).expect("seeds") {
            let path = seed.expect("a seed").path();
            let bytes = fs::read(&path).expect("bytes");
            match probe(&bytes) {
                Ok(is_sound) => sound += usize::from(is_sound),
                Err(broken) => panic!("{}: {broken}", path.display()),
            }
        }
        assert!(sound > 0, "no seed of {reader} is read as one");
    }
}
