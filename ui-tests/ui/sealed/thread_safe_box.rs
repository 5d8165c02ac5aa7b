use weakref::ThreadSafe;

enum Mine {}

impl ThreadSafe for Box<Mine> {}

fn main() {}
