//! A unique reference to slices and text, and handles that change their type.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use weakref::{Strong, WeakReferenceable, coerce};

use crate::in_both_flavours;

/// Panics when it is cloned, if it is told to.
struct Careful(Arc<()>, bool);

impl Clone for Careful {
    fn clone(&self) -> Self {
        assert!(!self.1, "not this one");
        Self(Arc::clone(&self.0), self.1)
    }
}

#[derive(WeakReferenceable, Clone)]
struct Derived(u8);

#[test]
fn a_derived_type_is_cloned() {
    fn generic<T: WeakReferenceable + Clone + 'static>(strong: &mut Strong<T>) -> &mut T {
        Strong::make_mut(strong)
    }
    let mut strong = Strong::new(Derived(1));
    let kept = strong.clone();
    generic(&mut strong).0 = 2;
    assert_eq!((strong.0, kept.0), (2, 1));
}

in_both_flavours! { Object:
    fn splits<T: ?Sized + 'static>(mut object: Strong<Object<T>>, change: fn(&mut T), is: fn(&T) -> bool)
    where
        Object<T>: MakesMut,
    {
        // Alone: in place.
        let id = Strong::id(&object);
        assert!(!is(&object));
        object.unique();
        assert_eq!(Strong::id(&object), id);

        // Beside a strong handle and a weak reference, which keep the old object.
        let kept = object.clone();
        let weak = Strong::downgrade(&kept);
        change(&mut object.unique().0);
        assert!(is(&object) && !is(&kept));
        assert_ne!(Strong::id(&object), id);
        assert!(Strong::ptr_eq(&weak.upgrade().unwrap(), &kept));

        // Beside a weak reference alone.
        let weak = Strong::downgrade(&object);
        change(&mut object.unique().0);
        assert!(weak.upgrade().is_none(), "its object is left behind");
    }

    /// `make_mut` of what the test is generic over.
    trait MakesMut: WeakReferenceable {
        fn make(this: &mut Strong<Self>) -> &mut Self;
    }
    impl MakesMut for Object<str> {
        fn make(this: &mut Strong<Self>) -> &mut Self {
            Strong::make_mut(this)
        }
    }
    impl<T: Clone + 'static> MakesMut for Object<[T]> {
        fn make(this: &mut Strong<Self>) -> &mut Self {
            Strong::make_mut(this)
        }
    }

    trait Unique<T: ?Sized> {
        fn unique(&mut self) -> &mut T;
    }
    impl<T: ?Sized + MakesMut> Unique<T> for Strong<T> {
        fn unique(&mut self) -> &mut T {
            T::make(self)
        }
    }

    #[test]
    fn text_and_slices_are_cloned() {
        for text in ["a", &"a".repeat(300)] {
            splits::<str>(text.into(), str::make_ascii_uppercase, |text| text.starts_with('A'));
        }
        for length in [1, 300] {
            let strings = vec!["a".to_owned(); length];
            splits::<[String]>(strings.into(), |all| all[0] = "b".into(), |all| all[0] == "b");
        }
    }

    #[test]
    fn a_clone_that_panics_halfway_changes_nothing() {
        let owner = Arc::new(());
        let element = |fails| Careful(Arc::clone(&owner), fails);
        let mut object: Strong<Object<[Careful]>> = vec![element(false), element(true)].into();
        let kept = object.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| Strong::make_mut(&mut object).len())).is_err());
        assert!(Strong::ptr_eq(&object, &kept));
        drop((object, kept));
        assert_eq!(Arc::strong_count(&owner), 1);
    }

    #[test]
    fn a_slice_becomes_an_array_of_its_length() {
        for weak in [true, false] {
            let slice: Strong<Object<[String]>> = vec!["a".to_owned(), "b".to_owned()].into();
            let weak = weak.then(|| Strong::downgrade(&slice));
            let slice = Strong::<Object<[String; 3]>>::try_from(slice).unwrap_err();
            let array = Strong::<Object<[String; 2]>>::try_from(slice).unwrap();
            assert_eq!(array.0, ["a", "b"]);
            let slice = coerce!(array => Object<[String]>);
            assert!(weak.is_none_or(|weak| weak.ptr_eq(&Strong::downgrade(&slice))));
        }
        let large: Strong<Object<[u64]>> = vec![1; 100].into();
        assert_eq!(Strong::<Object<[u64; 100]>>::try_from(large).unwrap()[99], 1);
    }

    #[test]
    fn text_becomes_bytes() {
        for text in ["", "text", &"long ".repeat(99)] {
            let object: Strong<Object<str>> = text.into();
            let weak = Strong::downgrade(&object);
            let bytes: Strong<Object<[u8]>> = object.into();
            assert_eq!(bytes.0, *text.as_bytes());
            assert_eq!(weak.id(), Strong::id(&bytes));
            drop(bytes);
            assert!(weak.upgrade().is_none());
        }
    }

    #[test]
    fn a_pinned_handle_is_coerced() {
        let pinned = Strong::pin(Object([1, 2, 3]));
        let at = &raw const pinned.0;
        let pinned = coerce!(pinned => Object<[i32]>);
        assert_eq!(pinned.0, [1, 2, 3]);
        assert!(std::ptr::addr_eq(&raw const pinned.0, at), "not moved");
    }
}
