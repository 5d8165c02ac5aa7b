use weakref_containers::shared::Shared;

trait Local {}

impl Shared for &'static dyn Local {}

fn main() {}
