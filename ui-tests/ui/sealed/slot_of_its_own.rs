use weakref::Slot;

#[derive(Debug)]
enum Mine {}

impl Slot for Mine {}

fn main() {}
