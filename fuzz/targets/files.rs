//! Fuzzes the reader of `files.json`, see `fuzz/README.md`.

#![no_main]

use pipe_core::__private::probe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(broken) = probe::files(data) {
        // How a fuzzer is told that it has found something.
        panic!("{broken}");
    }
});
