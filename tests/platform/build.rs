//! A library built for AddressSanitizer finds the sanitizer's functions in the program that loads it, if that exports them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let sanitizers = std::env::var("CARGO_CFG_SANITIZE").unwrap_or_default();
    if sanitizers.split(',').any(|name| name == "address") {
        println!("cargo::rustc-link-arg-tests=-rdynamic");
    }
}
