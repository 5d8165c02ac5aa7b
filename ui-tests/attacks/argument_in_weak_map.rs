// error[E0277]: a finalizer's action may own its object through
//
// A map that owns its keys.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

impl PartialEq for Image {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Image {}
impl std::hash::Hash for Image {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), {
        let mut map = weakref_containers::WeakValueMap::new();
        map.insert(same.clone(), &same);
        map
    });
}
