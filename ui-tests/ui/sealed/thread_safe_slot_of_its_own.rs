use weakref::ThreadSafe;

enum Mine {}

impl ThreadSafe for Mine {}

fn main() {}
