//! Objects whose value is written after they are allocated.

use std::panic::catch_unwind;
use std::sync::Arc;

use weakref::Strong;

use crate::{Large, in_both_flavours};

in_both_flavours! { Object:
    #[test]
    fn a_value_is_written_in_place_and_dropped_once() {
        let owner = Arc::new(());
        let mut place = Strong::<Object<(Arc<()>, Large)>>::new_uninit();
        let at = Strong::as_ptr(&place).cast::<()>();
        Strong::get_mut(&mut place).unwrap().write((Arc::clone(&owner), [7; 32]));
        // SAFETY: written above.
        let object = unsafe { place.assume_init() };
        assert_eq!(Strong::as_ptr(&object).cast(), at);
        let weak = Strong::downgrade(&object);
        assert_eq!((object.1[31], Arc::strong_count(&owner)), (7, 2));
        drop(object);
        assert!(weak.upgrade().is_none());
        assert_eq!(Arc::strong_count(&owner), 1);
    }

    #[test]
    fn a_value_that_is_never_written_is_not_dropped() {
        drop(Strong::<Object<String>>::new_uninit());
        drop(Strong::<Object<(String, Large)>>::new_uninit());
        drop(Strong::<Object<std::convert::Infallible>>::new_uninit());
        drop(Strong::<Object<[String]>>::new_uninit_slice(3));
        let place = Strong::<Object<[String]>>::new_uninit_slice(300);
        let weak = Strong::downgrade(&place);
        drop(place);
        assert!(!weak.is_alive());
    }

    #[test]
    fn slices_are_written_element_by_element() {
        for length in [0, 3, 300] {
            let owner = Arc::new(());
            let mut places = Strong::<Object<[Arc<()>]>>::new_uninit_slice(length);
            let weak = Strong::downgrade(&places);
            drop(weak);
            for place in &mut Strong::get_mut(&mut places).unwrap().0 {
                place.write(Arc::clone(&owner));
            }
            // SAFETY: written above.
            let object = unsafe { places.assume_init() };
            assert_eq!((object.len(), Arc::strong_count(&owner)), (length, 1 + length));
            drop(object);
            assert_eq!(Arc::strong_count(&owner), 1);
        }
    }

    #[test]
    fn zeros_are_zeros() {
        // SAFETY: zeros are numbers.
        let large = unsafe { Strong::<Object<Large>>::new_zeroed().assume_init() };
        assert_eq!(large.0, [0; 32]);
        // SAFETY: zeros are numbers.
        let slice = unsafe { Strong::<Object<[u16]>>::new_zeroed_slice(7).assume_init() };
        assert_eq!(slice.0, [0; 7]);
    }

    #[test]
    fn a_reference_from_before_upgrades_to_what_it_was() {
        let mut place = Strong::<Object<u32>>::new_uninit();
        place.0.as_ptr();
        Strong::get_mut(&mut place).unwrap().write(7);
        let before = Strong::downgrade(&place);
        // SAFETY: written above.
        let object = unsafe { place.assume_init() };
        let same = before.upgrade().unwrap();
        drop(object);
        // SAFETY: written above.
        assert_eq!(unsafe { same.assume_init_read() }, 7);
        drop(same);
        assert!(!before.is_alive());
    }

    #[test]
    fn a_slice_that_no_memory_can_hold_is_refused() {
        assert!(catch_unwind(|| Strong::<Object<[u64]>>::new_uninit_slice(usize::MAX)).is_err());
        assert!(catch_unwind(|| Strong::<Object<[u8]>>::new_uninit_slice(isize::MAX as usize)).is_err());
    }
}
