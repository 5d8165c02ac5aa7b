use weakref::finalize::Itself;

trait Local {}

impl Itself for dyn Local {
    type Type = Box<dyn Local>;
}

fn main() {}
