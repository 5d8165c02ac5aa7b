//! What a proxy says of its object, and the error that names its type.

use std::collections::HashSet;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use weakref::{Object, Proxy, ReferenceError, Strong, ValueRef, WeakReferenceable};

use crate::in_both_flavours;

mod inner {
    #[derive(weakref::WeakReferenceable)]
    pub(super) struct Image(pub(super) u8);
}

#[weakref::proxy(pub(crate) trait ImageProxy)]
impl inner::Image {
    pub(crate) fn size(&self) -> u8 {
        self.0
    }
}

fn is_small<T: Copy>(_: T) -> usize {
    size_of::<T>()
}

#[test]
fn a_dead_proxy_names_the_type() {
    let image = Strong::new(inner::Image(3));
    let proxy = Proxy::new(&image);
    assert_eq!(proxy.size(), Ok(3));
    drop(image);
    let error = proxy.size().unwrap_err();
    let text = "weakly-referenced object of type Image no longer exists";
    assert_eq!(error.to_string(), text);
    assert_eq!(format!("{error:?}"), "ReferenceError(Image)");
    let io = std::io::Error::from(error);
    assert_eq!(io.to_string(), text);
    assert!(is_small(error) <= size_of::<usize>());
}

#[test]
fn errors_are_equal_whatever_they_name() {
    let named = ReferenceError::of::<inner::Image>();
    assert_eq!(named, ReferenceError);
    assert_eq!(named, ReferenceError::default());
    assert_eq!(HashSet::from([named, ReferenceError]).len(), 1);
    assert!(matches!(Err::<(), _>(named), Err(ReferenceError { .. })));
    assert_eq!(format!("{ReferenceError:?}"), "ReferenceError");
}

fn names<T: WeakReferenceable>(_: &Strong<T>) -> &'static str {
    std::any::type_name::<T>().rsplit("::").next().unwrap()
}

in_both_flavours! { Object:
    #[test]
    fn a_proxy_is_asked_whether_its_object_is_alive() {
        let object = Strong::new(Object(7));
        let proxy = Proxy::new(&object);
        assert!(Proxy::is_alive(&proxy));
        assert!(Strong::ptr_eq(&Proxy::upgrade(&proxy).unwrap(), &object));
        let of_value = Proxy::from_reference(ValueRef::new(&object));
        let (name, id) = (names(&object), Strong::id(&object));
        drop(object);
        assert!(!Proxy::is_alive(&proxy) && !Proxy::is_alive(&of_value));
        assert_eq!([Proxy::id(&proxy), Proxy::id(&of_value)], [id; 2]);
        assert!(Proxy::upgrade(&proxy).is_none());

        let panicked = catch_unwind(AssertUnwindSafe(|| proxy.to_string())).unwrap_err();
        let text = panicked.downcast_ref::<String>().unwrap();
        assert!(text.contains(&format!("of type {name} no longer")), "{text}");
        let error = ValueRef::try_hash(Proxy::reference(&of_value)).unwrap_err();
        assert_eq!(error.to_string(), *text);
    }
}

trait Keyed {
    type Key;

    fn key(&self) -> Self::Key;
}

impl<T: Keyed + WeakReferenceable> Keyed for Proxy<T> {
    type Key = T::Key;

    fn key(&self) -> T::Key {
        Self::with(self, T::key).unwrap()
    }
}

/// A bound on what only a supertrait declares.
#[weakref::proxy]
trait Shown: Keyed
where
    Self::Key: Display,
{
    fn shown(&self) -> String {
        self.key().to_string()
    }
}

impl Keyed for Object<u32> {
    type Key = u32;

    fn key(&self) -> u32 {
        self.0
    }
}

impl Shown for Object<u32> {}

#[test]
fn bounds_on_types_of_supertraits_are_those_of_the_object() {
    let number = Strong::new(Object(7));
    assert_eq!(Proxy::new(&number).shown(), "7");
}
