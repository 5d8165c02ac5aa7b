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

#[expect(non_camel_case_types, reason = "named as the finalizer")]
trait shut {}

impl shut for i32 {}

#[derive(WeakReferenceable)]
#[weakref(finalizer = shut)]
struct Gate<T: shut + Copy + Send>(T);

impl<T: shut + Copy + Send + 'static> Gate<T> {
    #[finalizer]
    fn shut(&self) -> impl FnOnce() -> T {
        let state = self.0;
        move || state
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

#[test]
fn is_attached_under_the_name_of_a_bound() {
    let gate = Strong::new(Gate(3));
    assert_eq!(Finalizer::of(&gate, Gate::SHUT).unwrap().call(), Some(3));
}
