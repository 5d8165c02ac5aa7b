//! Input for the macros: see `weakref_fuzz::macros`.
#![no_main]

libfuzzer_sys::fuzz_target!(|script: &[u8]| weakref_fuzz::macros::run(script));
