//! `Proxy`: the rows R09 to R30 of `BEHAVIOURS.md`. What each forwarded trait does, live and dead, is in `forward`.

mod forward;
mod last_handle;
mod operators;
mod shapes;
mod traits;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};

use static_assertions::{assert_impl_all, assert_not_impl_any, assert_type_eq_all};
use weakref::{
    CallbackRef, FinalizerSafe, LocalObject, LocalSlot, Object, Proxy, ReferenceError, Strong,
    SyncSlot, WeakMethod, WeakRef, WeakReferenceable, coerce,
};

use crate::support::rounds;

type OfSync = Proxy<Object<u8>>;
type OfLocal = Proxy<LocalObject<u8>>;

assert_impl_all!(OfSync: Send, Sync, Unpin, Clone, FinalizerSafe, WeakReferenceable);
assert_impl_all!(Proxy<Object<u8>, CallbackRef<Object<u8>>>: Send, Sync, Display);
assert_not_impl_any!(Proxy<Object<u8>, CallbackRef<Object<u8>>>: Clone, FinalizerSafe);
assert_not_impl_any!(OfLocal: Send, Sync);
assert_type_eq_all!(<OfSync as WeakReferenceable>::Slot, SyncSlot);
assert_type_eq_all!(<OfLocal as WeakReferenceable>::Slot, LocalSlot);
// Never ordered for good, as keys of a tree are, whatever comparisons the object has.
assert_not_impl_any!(OfSync: Ord, Deref, Copy, Default);
const _: () = assert!(size_of::<OfSync>() == size_of::<WeakRef<Object<u8>>>());

/// The text of the panic in `body`.
#[track_caller]
fn panic_of<O>(body: impl FnOnce() -> O) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(body)) else {
        panic!("did not panic")
    };
    match payload.downcast::<&'static str>() {
        Ok(text) => (*text).to_owned(),
        Err(other) => *other.downcast::<String>().expect("the payload is text"),
    }
}

/// Fails unless `body` panics as a dead proxy does.
#[track_caller]
fn dead<O>(body: impl FnOnce() -> O) {
    let text = panic_of(body);
    let names_a_type = text.starts_with("weakly-referenced object of type ");
    assert!(
        names_a_type && text.ends_with(" no longer exists"),
        "{text}"
    );
}

#[test]
fn r09_a_dead_proxy_says_so_and_runs_callbacks() {
    let (sender, deaths) = channel();
    let text: Strong<Object<str>> = "object".into();
    let proxy = Proxy::new(&text);
    let watched = Proxy::with_callback(&text, move |dead| {
        sender.send(Proxy::with(dead, |text| text.len())).unwrap();
    });
    assert_eq!(Proxy::with(&proxy, |text| text.is_empty()), Ok(false));
    assert_eq!(watched.to_string(), "object");
    assert!(Proxy::reference(&watched).has_callback());

    drop(text);
    assert_eq!(deaths.try_iter().collect::<Vec<_>>(), [Err(ReferenceError)]);
    assert!(!Proxy::reference(&watched).has_callback());
    assert_eq!(Proxy::with(&proxy, |text| text.len()), Err(ReferenceError));
    assert!(matches!(Proxy::get(&proxy), Err(ReferenceError { .. })));
    dead(|| proxy.to_string());
}

#[test]
fn dropping_a_proxy_cancels_its_callback() {
    let text: Strong<Object<str>> = "object".into();
    drop(Proxy::with_callback(&text, |_| panic!("cancelled")));
    assert_eq!(Strong::weak_count(&text), 0);
}

#[test]
fn r10_debug_never_fails() {
    struct Odd;
    impl Drop for Odd {
        fn drop(&mut self) {}
    }
    let object = Strong::new(Object(Odd));
    let proxy = Proxy::new(&object);
    let text = format!("{proxy:?}");
    assert!(
        text.starts_with("<Proxy at 0x")
            && text.contains("; to Object<")
            && text.contains("Odd> at 0x"),
        "{text}"
    );
    assert_eq!(Strong::strong_count(&object), 1);
    drop(object);
    let text = format!("{proxy:?}");
    assert!(
        text.starts_with("<Proxy at 0x") && text.ends_with("; dead>"),
        "{text}"
    );
}

/// Here references are counted, not shared: each reference and each proxy is one.
#[test]
fn r11_a_reference_stays_what_it_is_with_proxies_made_between() {
    let object = Strong::new(Object(1));
    let weak = Strong::downgrade(&object);
    let proxy = Proxy::new(&object);
    assert_eq!(Strong::downgrade(&object), weak);
    assert_eq!(Strong::weak_count(&object), 2);
    drop(proxy);
    assert_eq!(Strong::weak_count(&object), 1);
}

#[test]
fn r12_proxies_of_one_object_are_alike_and_count_one_each() {
    let object = Strong::new(Object(1));
    let proxy = Proxy::new(&object);
    let weak = Strong::downgrade(&object);
    let again = Proxy::new(&object);
    let clone = proxy.clone();
    assert_eq!(Strong::weak_count(&object), 4);
    for proxy in [&proxy, &again, &clone] {
        assert_eq!(*Proxy::reference(proxy), weak);
    }
    drop((proxy, again));
    assert_eq!(Strong::weak_count(&object), 2);
    assert_eq!(Proxy::into_reference(clone), weak);
    assert_eq!(Strong::weak_count(&object), 1);
}

#[test]
fn r19_every_form_of_proxy_without_callback_is_alike() {
    let object = Strong::new(Object(1));
    let weak = Strong::downgrade(&object);
    let forms = [
        Proxy::new(&object),
        Proxy::from(&object),
        Proxy::from(weak.clone()),
        Proxy::from_reference(weak.clone()),
    ];
    for proxy in forms {
        assert_eq!(Proxy::into_reference(proxy), weak);
    }
}

#[test]
fn r13_state_is_read_and_written_both_ways() {
    let object = Strong::new(RefCell::new(vec![1, 2]));
    let mut proxy = Proxy::new(&object);
    object.borrow_mut().push(3);
    assert_eq!(Proxy::with(&proxy, |list| list.borrow().len()), Ok(3));
    Proxy::with(&proxy, |list| list.borrow_mut()[0] = 7).unwrap();
    proxy.extend([9]);
    assert_eq!(*object.borrow(), [7, 2, 3, 9]);
    assert_eq!(
        Proxy::with(&proxy, |list| list.borrow()[1..3].to_vec()),
        Ok(vec![2, 3])
    );
    assert_eq!(
        Proxy::with(&proxy, |list| list.borrow().contains(&9)),
        Ok(true)
    );

    let same = Strong::new(RefCell::new(vec![7, 2, 3, 9]));
    assert_eq!(proxy, Proxy::new(&same), "two proxies of equal objects");
    assert_eq!(proxy, *same, "a proxy and a value");
    same.borrow_mut().clear();
    assert_ne!(proxy, Proxy::new(&same));
}

#[test]
fn r14_text_and_bytes() {
    let object: Strong<Object<str>> = "été".into();
    let proxy = Proxy::new(&object);
    assert_eq!(proxy.to_string(), "été");
    assert_eq!(
        Proxy::with(&proxy, |text| text.as_bytes().to_vec()),
        Ok("été".into())
    );
    drop(object);
    assert_eq!(Proxy::try_to_string(&proxy), Err(ReferenceError));
}

#[test]
fn r15_conversion_to_an_index() {
    let object = Strong::new(Object(1_u8));
    let proxy = Proxy::new(&object);
    let index = Proxy::with(&proxy, |number| usize::from(number.0)).unwrap();
    assert_eq!(['a', 'b'][index], 'b');
    drop(object);
    assert_eq!(
        Proxy::with(&proxy, |number| usize::from(number.0)),
        Err(ReferenceError)
    );
}

#[test]
fn r22_conversion_to_truth() {
    let set = Strong::new(Mutex::new(HashSet::new()));
    let proxy = Proxy::new(&set);
    let is_empty = || Proxy::with(&proxy, |set| set.lock().unwrap().is_empty());
    assert_eq!(is_empty(), Ok(true));
    set.lock().unwrap().insert(1);
    assert_eq!(is_empty(), Ok(false));
    drop(set);
    assert_eq!(is_empty(), Err(ReferenceError));
}

#[test]
fn r20_a_proxy_of_a_callable_is_called() {
    let calls = Cell::new(0);
    let function = Strong::new(LocalObject(move |a: u32, b: &str| {
        calls.set(calls.get() + 1);
        (a, b.len(), calls.get())
    }));
    let proxy = Proxy::new(&function);
    assert_eq!(Proxy::call(&proxy, (1, "two")), Ok((1, 3, 1)));
    assert_eq!(Proxy::call(&proxy, (2, "")), Ok((2, 0, 2)));

    let dynamic = Proxy::new(
        &coerce!(function.clone() => LocalObject<dyn Fn(u32, &str) -> (u32, usize, u32)>),
    );
    assert_eq!(Proxy::call(&dynamic, (3, "x")), Ok((3, 1, 3)));
    drop(function);
    assert_eq!(Proxy::call(&proxy, (1, "")), Err(ReferenceError));
    assert_eq!(Proxy::call(&dynamic, (1, "")), Err(ReferenceError));
}

#[test]
fn callables_take_up_to_eight_arguments() {
    macro_rules! sums {
        ($($arg:ident)*) => {
            let sync = Strong::new(Object(|$($arg: u32),*| 0 $(+ $arg)*));
            let local = Strong::new(LocalObject(|$($arg: u32),*| 0 $(+ $arg)*));
            let expected = 0 $(+ { stringify!($arg); 1 })*;
            $( let $arg = 1; )*
            assert_eq!(Proxy::call(&Proxy::new(&sync), ($($arg,)*)), Ok(expected));
            assert_eq!(Proxy::call(&Proxy::new(&local), ($($arg,)*)), Ok(expected));
        };
    }
    sums!();
    sums!(a);
    sums!(a b);
    sums!(a b c);
    sums!(a b c d);
    sums!(a b c d e);
    sums!(a b c d e f);
    sums!(a b c d e f g);
    sums!(a b c d e f g h);
}

#[test]
fn r21_items_are_deleted() {
    let object = Strong::new(Mutex::new(HashMap::from([("a", 1), ("b", 2)])));
    let proxy = Proxy::new(&object);
    let removed = Proxy::with(&proxy, |map| map.lock().unwrap().remove("a"));
    assert_eq!(removed, Ok(Some(1)));
    assert_eq!(object.lock().unwrap().len(), 1);
}

#[test]
fn r24_a_proxy_of_an_iterator_iterates() {
    let object = Strong::new(RefCell::new("abc".chars()));
    let proxy = Proxy::new(&object);
    assert_eq!(proxy.collect::<String>(), "abc");
    let object = Strong::new(Mutex::new([1, 2, 3].into_iter()));
    let mut seen = Vec::new();
    for number in Proxy::new(&object) {
        seen.push(number);
    }
    assert_eq!(seen, [1, 2, 3]);
}

/// What steps a proxy of no iterator is a compile error; its words are among the compile-fail tests.
#[test]
fn r25_a_proxy_of_what_is_no_iterator_is_none() {
    assert_impl_all!(Proxy<RefCell<std::ops::Range<u8>>>: ExactSizeIterator, DoubleEndedIterator);
    assert_not_impl_any!(Proxy<RefCell<Vec<u8>>>: Iterator, IntoIterator);
    assert_not_impl_any!(Proxy<Object<std::ops::Range<u8>>>: Iterator, IntoIterator);
}

#[test]
fn r26_reversed() {
    let object = Strong::new(RefCell::new([1, 2, 3].into_iter()));
    assert_eq!(Proxy::new(&object).rev().collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(object.borrow().len(), 0);
}

/// Its compile-fail test has the compiler's words.
#[test]
fn r27_no_proxy_is_hashable() {
    macro_rules! check {
        ($($referent:ty)*) => {$(
            assert_impl_all!($referent: Hash, Eq);
            assert_not_impl_any!(Proxy<$referent>: Hash, Eq);
            assert_not_impl_any!(Proxy<$referent, CallbackRef<$referent>>: Hash, Eq);
        )*};
    }
    check!(Object<u8> LocalObject<u8> Object<str> std::collections::BTreeSet<u8>);
}

#[test]
fn r28_proxies_count_as_references_do() {
    let object = Strong::new(Object(1));
    let weak = Strong::downgrade(&object);
    let watched = WeakRef::with_callback(&object, |_| ());
    assert_eq!(Strong::weak_count(&object), 2);
    let proxy = Proxy::new(&object);
    let watched_proxy = Proxy::with_callback(&object, |_| ());
    assert_eq!(Strong::weak_count(&object), 4);
    drop((weak, watched, proxy, watched_proxy));
    assert_eq!(Strong::weak_count(&object), 0);
}

#[test]
fn r29_proxies_are_listed_as_references_are() {
    let object = Strong::new(Object(1));
    let weak = Strong::downgrade(&object);
    let proxy = Proxy::new(&object);
    let watched_proxy = Proxy::with_callback(&object, |_| ());
    assert_eq!(Strong::weak_refs(&object), vec![weak.clone(); 3]);
    drop(watched_proxy);
    assert_eq!(Strong::weak_refs(&object), vec![weak.clone(); 2]);
    drop((weak, proxy));
    assert!(Strong::weak_refs(&object).is_empty());
}

#[test]
fn a_proxy_is_itself_an_object_that_can_be_watched() {
    let (sender, deaths) = channel();
    let object = Strong::new(Object(1));
    let proxy = Strong::new(Proxy::new(&object));
    let _watched = WeakRef::with_callback(&proxy, move |_| sender.send(()).unwrap());
    let outer: Proxy<Proxy<Object<i32>>> = Proxy::new(&proxy);
    assert_eq!(outer.to_string(), "1");
    drop(object);
    dead(|| outer.to_string());
    assert!(deaths.try_recv().is_err(), "the proxy itself is alive");
    drop(proxy);
    assert_eq!(deaths.try_recv(), Ok(()));
    assert!(matches!(Proxy::get(&outer), Err(ReferenceError { .. })));
}

#[test]
fn proxies_come_from_handles_and_references_and_unsize() {
    let object = Strong::new(Object(7_u32));
    let proxy = Proxy::from(&object);
    let from_weak = Proxy::from(Strong::downgrade(&object));
    assert_eq!(proxy, from_weak);
    let any: Proxy<Object<dyn Any + Send + Sync>> =
        coerce!(proxy.clone() => Object<dyn Any + Send + Sync>);
    assert_eq!(
        Proxy::with(&any, |any| any.downcast_ref::<u32>().copied()),
        Ok(Some(7))
    );
    let text = coerce!(proxy => Object<dyn Display + Send + Sync>);
    assert_eq!(text.to_string(), "7");
    assert_eq!(Proxy::id(&text), Strong::id(&object));
    assert_eq!(Strong::weak_count(&object), 3);
    drop(object);
    assert!(!Proxy::reference(&any).is_alive());
}

#[test]
fn a_proxy_is_used_from_another_thread() {
    let object = Strong::new(Object(7));
    let proxy = Proxy::new(&object);
    let other = proxy.clone();
    assert_eq!(
        std::thread::spawn(move || other.to_string())
            .join()
            .unwrap(),
        "7"
    );
    drop(object);
    let result = std::thread::spawn(move || Proxy::try_to_string(&proxy)).join();
    assert_eq!(result.unwrap(), Err(ReferenceError));
}

/// Until the object dies, every call finds all of it; from then on, none does.
#[test]
fn threads_call_while_another_drops_the_last_handle() {
    #[weakref::proxy]
    trait Length: Send + Sync {
        #[proxy(dead = None)]
        fn length(&self) -> Option<usize>;
    }
    impl Length for Object<str> {
        fn length(&self) -> Option<usize> {
            Some(self.len())
        }
    }
    for _ in 0..rounds(100, 2) {
        let object: Strong<Object<str>> = "forwarded".into();
        let (proxy, length) = (
            Proxy::new(&object),
            WeakMethod::new(&object, Length::length),
        );
        let sees_it_die = |see: &dyn Fn() -> bool| {
            while see() {}
            assert!(!see(), "dead for good");
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                sees_it_die(&|| match Proxy::try_to_string(&proxy) {
                    Ok(text) => text == "forwarded" || panic!("{text}"),
                    Err(ReferenceError { .. }) => false,
                });
            });
            scope.spawn(|| {
                sees_it_die(&|| {
                    proxy
                        .length()
                        .is_some_and(|length| length == 9 || panic!("{length}"))
                });
            });
            scope.spawn(|| sees_it_die(&|| length.call(()).is_some()));
            drop(object);
        });
    }
}

#[test]
fn what_a_forwarded_call_cannot_lock_is_a_panic() {
    let object = Strong::new(RefCell::new(0..3));
    let mut proxy = Proxy::new(&object);
    let guard = object.borrow();
    assert!(panic_of(|| proxy.next()).contains("already"));
    drop(guard);
    assert_eq!(proxy.next(), Some(0), "and the proxy is as before");

    let object = Strong::new(Mutex::new(0..3));
    let mut proxy = Proxy::new(&object);
    panic_of(|| {
        let _guard = object.lock();
        panic!("poisons {}", 1)
    });
    assert_eq!(
        panic_of(|| proxy.next()),
        "weakref: a proxy forwarded to a poisoned `Mutex`"
    );
    assert_eq!(
        object.lock().unwrap_or_else(PoisonError::into_inner).next(),
        Some(0)
    );
}

#[test]
fn a_lock_of_a_users_own_is_an_interior() {
    use weakref::Interior;

    struct Own(Cell<Vec<u8>>);
    impl WeakReferenceable for Own {
        type Slot = LocalSlot;
    }
    impl Interior for Own {
        type Value = Vec<u8>;
        fn with_mut<O>(&self, f: impl FnOnce(&mut Vec<u8>) -> O) -> O {
            let mut list = self.0.take();
            let result = f(&mut list);
            self.0.set(list);
            result
        }
    }
    let object = Strong::new(Own(Cell::default()));
    let mut proxy = Proxy::new(&object);
    proxy.extend([1, 2]);
    assert_eq!(object.0.take(), [1, 2]);
}
