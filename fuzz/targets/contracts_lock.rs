//! Fuzzes the reader of `contracts.lock`, see `fuzz/README.md`.

#![no_main]

use pipe_core::__private::probe;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(broken) = probe::contracts_lock(text) {
        // How a fuzzer is told that it has found something.
        panic!("{broken}");
    }
});
