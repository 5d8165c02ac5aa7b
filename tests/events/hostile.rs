//! Subscribers that panic, and that do what user code may do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use weakref::{
    LocalObject, Object, Source, Strong, WeakRef, WeakReferenceable, finalize, finalize_with,
    finalize_with_send,
};

use crate::{Report, act_on, listen, messages_of, reports_of};

fn subscriber(text: &str) -> Report {
    (Source::Subscriber, text.to_owned())
}

/// All that a death owes, while the subscriber panics each time.
fn all_is_kept<T: WeakReferenceable + 'static>(value: impl Fn() -> T) {
    let count = Arc::new(AtomicU32::new(0));
    let _act = act_on::<T>(|told| panic!("at {}", told.what()));

    let object = Strong::new(value());
    assert_eq!(reports_of::<T>(), [subscriber("at born")]);
    let counted = Arc::clone(&count);
    let callback = WeakRef::with_send_callback(&object, move |_| {
        counted.fetch_add(1, Relaxed);
    });
    let add = |count: Arc<AtomicU32>| count.fetch_add(10, Relaxed);
    finalize_with_send(&object, add, Arc::clone(&count));
    let called = finalize_with_send(&object, |n| n + 1, 1);
    assert_eq!(called.call(), Some(2));
    assert_eq!(reports_of::<T>(), [subscriber("at finalizer ran")]);
    drop(object);
    assert_eq!(count.load(Relaxed), 11);
    assert!(!callback.is_alive());
    let expected = ["at finalizer ran", "at callback ran", "at died"].map(subscriber);
    assert_eq!(reports_of::<T>(), expected);

    // The value is handed out.
    let object = Strong::new(value());
    let weak = Strong::downgrade(&object);
    assert!(Strong::try_unwrap(object).is_ok());
    assert!(!weak.is_alive());
    let expected = ["at born", "at died"].map(subscriber);
    assert_eq!(reports_of::<T>(), expected);

    // While the thread panics already.
    let object = Strong::new(value());
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _object = object;
        panic!("the first");
    }));
    let payload = panicked.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the first"));
    assert_eq!(reports_of::<T>(), expected);
    messages_of::<T>();
}

#[test]
fn a_subscriber_that_panics_changes_nothing() {
    struct Plain;
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {}
    }
    listen();
    all_is_kept(|| Object(Plain));
    all_is_kept(|| Object(Dropped));
    all_is_kept(|| LocalObject(Plain));
    all_is_kept(|| LocalObject(Dropped));
    all_is_kept(|| Object((Dropped, [0_u8; 4096])));
}

#[test]
fn a_panic_of_the_value_goes_on_beside_those_of_the_subscriber() {
    struct Unwilling;
    impl Drop for Unwilling {
        fn drop(&mut self) {
            panic!("not yet");
        }
    }
    listen();
    let _act = act_on::<Object<Unwilling>>(|told| panic!("at {}", told.what()));
    let object = Strong::new(Object(Unwilling));
    let weak = Strong::downgrade(&object);
    let payload = catch_unwind(AssertUnwindSafe(|| drop(object))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"not yet"));
    assert!(!weak.is_alive());
    let expected = ["at born", "at died"].map(subscriber);
    assert_eq!(reports_of::<Object<Unwilling>>(), expected);
}

/// The report of a subscriber's panic is no event: it would panic again.
#[test]
fn a_subscriber_that_panics_at_panics_is_told_of_each_once() {
    #[derive(WeakReferenceable)]
    struct Job;
    listen();
    let _act = act_on::<Job>(|told| panic!("at {}", told.what()));
    let job = Strong::new(Job);
    let _callback = WeakRef::with_callback(&job, |_| panic!("of the callback"));
    drop(job);
    assert_eq!(messages_of::<Job>(), ["born", "panicked", "died"]);
    let expected = [
        subscriber("at born"),
        subscriber("at panicked"),
        (Source::Callback, "of the callback".to_owned()),
        subscriber("at died"),
    ];
    assert_eq!(reports_of::<Job>(), expected);
}

/// It drops last handles, makes objects of the same type, gives them callbacks, and calls finalizers.
#[test]
fn a_subscriber_may_do_what_user_code_may_do() {
    #[derive(WeakReferenceable)]
    struct Image(
        #[cfg_attr(
            not(feature = "leak-trace"),
            expect(dead_code, reason = "it is dropped")
        )]
        Vec<u8>,
    );

    static STASH: Mutex<Vec<Strong<Image>>> = Mutex::new(Vec::new());
    static CALLED: AtomicU32 = AtomicU32::new(0);

    fn image() -> Strong<Image> {
        Strong::new(Image(vec![0; 100]))
    }

    listen();
    STASH.lock().unwrap().extend((0..10).map(|_| image()));
    assert_eq!(messages_of::<Image>(), ["born"; 10]);

    let act = act_on::<Image>(|_| {
        let last = STASH.lock().unwrap().pop();
        let new = image();
        let _callback = WeakRef::with_callback(&new, |_| {
            CALLED.fetch_add(1, Relaxed);
        });
        finalize(&new, |_| || CALLED.fetch_add(10, Relaxed));
        let called = finalize_with(&new, |()| CALLED.fetch_add(100, Relaxed), ());
        called.call();
        drop(last);
        drop(new);
    });
    let object = image();
    let _callback = WeakRef::with_callback(&object, |_| ());
    drop(object);
    // What it does itself it is not told.
    assert_eq!(messages_of::<Image>(), ["born", "callback ran", "died"]);
    assert_eq!(CALLED.load(Relaxed), 3 * 111);
    assert_eq!(STASH.lock().unwrap().len(), 7);
    drop(act);

    STASH.lock().unwrap().clear();
    assert_eq!(messages_of::<Image>(), ["died"; 7]);
    assert_eq!(reports_of::<Image>(), []);
}

/// In the report of the subscriber's panic nothing is told: else the two could call each other for ever.
#[test]
fn what_the_report_of_a_subscriber_runs_is_not_told() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            drop(Strong::new(Object(1_i128)));
        }
    }
    listen();
    let _act = act_on::<Object<i128>>(|_| std::panic::panic_any(Payload));
    drop(Strong::new(Object(2_i128)));
    assert_eq!(messages_of::<Object<i128>>(), ["born", "died"]);
    let expected = [subscriber(""), subscriber("")];
    assert_eq!(reports_of::<Object<i128>>(), expected);
}

/// The deaths that an event begins are queued there, and come after it.
#[test]
fn what_a_subscriber_drops_where_the_stack_has_no_room_is_not_told() {
    const LENGTH: u32 = if cfg!(miri) { 150 } else { 5_000 };

    struct Link {
        _next: Option<Strong<Object<Self>>>,
    }
    struct Other(Arc<AtomicU32>);
    impl Drop for Other {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    listen();
    let dropped = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&dropped);
    let _act = act_on::<Object<Link>>(move |_| {
        let other = Strong::new(Object(Other(Arc::clone(&count))));
        WeakRef::with_callback(&other, |_| ()).forget();
        drop(other);
    });
    let mut first = None;
    for _ in 0..LENGTH {
        first = Some(Strong::new(Object(Link { _next: first })));
    }
    drop(first);
    assert_eq!(dropped.load(Relaxed), 2 * LENGTH);
    assert_eq!(messages_of::<Object<Other>>(), [""; 0]);
    messages_of::<Object<Link>>();
}
