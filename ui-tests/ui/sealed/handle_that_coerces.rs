use weakref::__private::{Handle, Kind};
use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

impl Kind for Box<Image> {
    type Referent = Image;
    type At<U: ?Sized + WeakReferenceable> = Strong<U>;
}

impl Handle for Box<Image> {}

fn main() {}
