use weakref::{__private::Handle, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

impl Handle for Box<Image> {
    type Referent = Image;
    type At<U: ?Sized + WeakReferenceable> = Strong<U>;
}

fn main() {}
