//! Scripts over containers: see `weakref_fuzz::containers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|script: &[u8]| weakref_fuzz::containers::run(script));
