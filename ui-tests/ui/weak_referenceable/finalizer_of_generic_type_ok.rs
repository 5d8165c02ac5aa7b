use std::sync::Arc;

use weakref::{Finalizer, Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File<T: Clone + Send>(T);

impl<T: Clone + Send + 'static> File<T> {
    #[finalizer]
    fn close(&self) -> impl FnOnce() -> T {
        let value = self.0.clone();
        move || value
    }
}

#[test]
fn is_attached() {
    let shared = Arc::new(3);
    let file = Strong::new(File(Arc::clone(&shared)));
    assert_eq!(Arc::strong_count(&shared), 3);
    let close = Finalizer::of(&file, File::<Arc<i32>>::CLOSE).unwrap();
    assert_eq!(*close.call().unwrap(), 3);
    drop(file);
    assert_eq!(Arc::strong_count(&shared), 1);
}
