/// # Safety
///
/// 1. The length does not change.
#[weakref::proxy]
unsafe trait Sized {
    fn size(&self) -> usize;
}

fn main() {}
