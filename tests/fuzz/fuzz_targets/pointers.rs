//! Scripts over pointers: see `weakref_fuzz::pointers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|script: &[u8]| weakref_fuzz::pointers::run(script));
