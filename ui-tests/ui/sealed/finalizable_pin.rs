use std::pin::Pin;

use weakref::{Finalizable, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

struct Pinned(Strong<Image>);

impl Finalizable for Pin<&'static Pinned> {
    type Referent = Image;
}

fn main() {}
