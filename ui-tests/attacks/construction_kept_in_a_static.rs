// error[E0521]: borrowed data escapes
//
// Put where everybody finds it.

use weakref::{Construction, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

thread_local! {
    static KEPT: std::cell::Cell<Option<&'static Construction<Image>>> = const { std::cell::Cell::new(None) };
}

fn main() {
    Strong::new_cyclic(|construction: &Construction<Image>| {
        KEPT.set(Some(construction));
        Image
    });
}
