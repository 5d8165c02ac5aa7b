//! How objects begin and end otherwise than by `new` and `drop`.

use std::sync::Arc;
use std::sync::Mutex;

use weakref::{Finalizer, Strong, WeakRef, finalize_with};

use crate::{Large, in_both_flavours};

type Log = Arc<Mutex<Vec<&'static str>>>;

fn note(log: &Log, text: &'static str) {
    log.lock().unwrap().push(text);
}

in_both_flavours! { Object:
    fn gives_up<T: 'static>() {
        let log = Log::default();
        let mut kept = WeakRef::new();
        let result = Strong::<Object<T>>::try_new_cyclic(|this| {
            finalize_with(this, |log: Log| note(&log, "finalized"), Arc::clone(&log));
            kept = WeakRef::clone(this);
            Err("no value")
        });
        note(&log, "returned");
        assert_eq!(result.err(), Some("no value"));
        assert!(kept.upgrade().is_none());
        assert_eq!(*log.lock().unwrap(), ["finalized", "returned"]);
        drop(kept);
        assert_eq!(Arc::strong_count(&log), 1, "the action is gone");
    }

    #[test]
    fn a_constructor_that_fails_runs_finalizers_and_leaves_nothing() {
        gives_up::<u8>();
        gives_up::<Large>();
        gives_up::<std::convert::Infallible>();
    }

    #[test]
    fn a_finalizer_of_what_was_given_up_calls_the_next() {
        let log = Log::default();
        let result = Strong::<Object<u8>>::try_new_cyclic(|this| {
            let oldest = finalize_with(this, |log| note(&log, "oldest"), Arc::clone(&log));
            let called = finalize_with(this, |log| note(&log, "called"), Arc::clone(&log));
            let call = |finalizers: [Finalizer<Object<u8>>; 2]| {
                assert!(finalizers[0].call().is_some());
            };
            finalize_with(this, call, [called, oldest]);
            Err("no value")
        });
        assert_eq!(result.err(), Some("no value"));
        assert_eq!(*log.lock().unwrap(), ["called", "oldest"]);
        assert_eq!(Arc::strong_count(&log), 1, "the actions are gone");
    }

    #[test]
    fn a_constructor_that_succeeds_publishes() {
        let log = Log::default();
        let mut kept = WeakRef::new();
        let built = Strong::try_new_cyclic(|this| {
            finalize_with(this, |log: Log| note(&log, "finalized"), Arc::clone(&log));
            assert!(!this.is_alive());
            kept = WeakRef::clone(this);
            Ok::<_, ()>(Object(7))
        });
        let built = built.unwrap();
        assert!(Strong::ptr_eq(&built, &kept.upgrade().unwrap()));
        assert!(log.lock().unwrap().is_empty());
        drop(built);
        assert_eq!(*log.lock().unwrap(), ["finalized"]);
    }

    fn unwraps<T: Clone + PartialEq + std::fmt::Debug + 'static>(value: &T) {
        let owner = Arc::new(());
        let object = Strong::new(Object((value.clone(), Arc::clone(&owner))));
        let other = object.clone();
        let weak = Strong::downgrade(&other);
        let taken = Strong::unwrap_or_clone(object);
        assert_eq!((&taken.0.0, Arc::strong_count(&owner)), (value, 3));
        assert!(weak.is_alive());
        drop(taken);
        let taken = Strong::unwrap_or_clone(other);
        assert_eq!((&taken.0.0, Arc::strong_count(&owner)), (value, 2));
        assert!(!weak.is_alive());
    }

    #[test]
    fn the_last_handle_gives_its_value_and_others_a_clone() {
        unwraps(&3_u8);
        unwraps(&[3_u64; 40]);
    }
}
