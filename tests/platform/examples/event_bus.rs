//! The recipe of the cookbook, for WASI.

#[path = "../../../examples/src/cookbook/event_bus.rs"]
mod event_bus;

fn main() {
    event_bus::run();
}
