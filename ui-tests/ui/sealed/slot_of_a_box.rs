use weakref::Slot;

#[derive(Debug)]
struct Mine;

impl Slot for Box<Mine> {}

fn main() {}
