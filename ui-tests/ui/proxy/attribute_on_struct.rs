#[weakref::proxy]
struct Image;

fn main() {}
