//! Handles as plain pointers.

use std::ptr;

use weakref::{Strong, WeakRef};

use crate::{Large, in_both_flavours};

/// In a static, as with std's.
static NOTHING: WeakRef<weakref::Object<u8>> = WeakRef::new();

#[test]
fn a_reference_to_nothing_is_made_without_an_argument() {
    assert!(NOTHING.upgrade().is_none());
    assert_eq!(NOTHING, WeakRef::dangling());
    assert_eq!(NOTHING, WeakRef::default());
    let object = Strong::new(weakref::Object(1));
    assert_ne!(NOTHING, WeakRef::of(&object));
}

in_both_flavours! { Object:
    fn counts_by_hand<T: Default + 'static>() {
        let object = Strong::new(Object(T::default()));
        let weak = WeakRef::of(&object);
        let raw = Strong::into_raw(object);
        // SAFETY: from `into_raw`, whose handle is still to be taken back.
        unsafe { Strong::increment_strong_count(raw) };
        assert_eq!(weak.strong_count(), 2);
        // SAFETY: the handle that was added.
        unsafe { Strong::decrement_strong_count(raw) };
        assert_eq!(weak.strong_count(), 1);
        assert!(ptr::eq(weak.as_ptr(), raw));
        // SAFETY: the handle that was given up.
        unsafe { Strong::decrement_strong_count(raw) };
        assert!(!weak.is_alive());
    }

    #[test]
    fn strong_handles_are_counted_by_hand() {
        counts_by_hand::<u8>();
        counts_by_hand::<Large>();
    }

    fn goes_and_comes<T: ?Sized + 'static>(object: Strong<Object<T>>) {
        let raw = WeakRef::of(&object).into_raw();
        assert_eq!(Strong::weak_count(&object), 1);
        // SAFETY: given up above, and taken back once.
        let weak = unsafe { WeakRef::from_raw(raw) };
        assert!(ptr::addr_eq(weak.as_ptr(), &raw const *object));
        assert_eq!(weak, WeakRef::of(&object));
        let dies = weak.clone().into_raw();
        drop(object);
        // SAFETY: given up above, and taken back once: the object's death changes nothing.
        let dead = unsafe { WeakRef::from_raw(dies) };
        assert!(dead.upgrade().is_none());
        assert_eq!(dead, weak);
        let _address = dead.as_ptr();
    }

    #[test]
    fn weak_references_go_and_come_as_pointers() {
        goes_and_comes(Strong::new(Object(1_u8)));
        goes_and_comes(Strong::new(Object([1_u64; 40])));
        goes_and_comes::<str>("short".into());
        goes_and_comes::<[u64]>(vec![7; 100].into());
        goes_and_comes::<dyn std::fmt::Debug>(weakref::coerce!(
            Strong::new(Object(5)) => Object<dyn std::fmt::Debug>
        ));
    }

    #[test]
    fn a_reference_to_nothing_goes_and_comes() {
        let nothing = WeakRef::<Object<Large>>::new();
        assert!(!nothing.as_ptr().is_null());
        let raw = nothing.into_raw();
        // SAFETY: given up above, and taken back once.
        assert!(unsafe { WeakRef::from_raw(raw) }.upgrade().is_none());
    }
}
