use std::pin::Pin;

use weakref_containers::shared::Shared;

trait Local {}

impl Shared for Pin<Box<dyn Local>> {}

fn main() {}
