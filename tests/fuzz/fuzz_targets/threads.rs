//! Scripts on two threads: see `weakref_fuzz::threads`.
#![no_main]

libfuzzer_sys::fuzz_target!(|script: &[u8]| weakref_fuzz::threads::run(script));
