use std::borrow::Cow;

#[weakref::proxy]
trait Named {
    fn name<'a>(&'a self, other: &str) -> Option<Cow<'a, str>>;
}

fn main() {}
