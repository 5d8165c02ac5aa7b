// error[E0133]: call to unsafe function
//
// A contract that a proxy would forget.

use weakref::{Proxy, Strong, WeakReferenceable};

#[weakref::proxy]
trait Numbered {
    /// # Safety
    ///
    /// None.
    unsafe fn number(&self) -> u8;
}

#[derive(WeakReferenceable)]
struct Image;

impl Numbered for Image {
    unsafe fn number(&self) -> u8 {
        1
    }
}

fn main() {
    let image = Strong::new(Image);
    Proxy::new(&image).number();
}
