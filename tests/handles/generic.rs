//! Code that is generic over the slot.

use std::sync::{Arc, Mutex};

use weakref::{
    CallbackRef, Finalizer, LocalObject, Object, Proxy, Strong, WeakMethod, WeakRef,
    WeakReferenceable, finalize_send, finalize_with_send,
};

type Log = Arc<Mutex<Vec<&'static str>>>;

trait Logs: WeakReferenceable {
    fn log(&self) -> Log;
}

impl Logs for Object<Log> {
    fn log(&self) -> Log {
        Arc::clone(&self.0)
    }
}

impl Logs for LocalObject<Log> {
    fn log(&self) -> Log {
        Arc::clone(&self.0)
    }
}

fn note(log: &Log, text: &'static str) {
    log.lock().unwrap().push(text);
}

type Watched<T> = (
    CallbackRef<T>,
    Proxy<T, CallbackRef<T>>,
    WeakMethod<T, fn(&T) -> Log, CallbackRef<T>>,
    Finalizer<T, u8>,
    Finalizer<T, u8>,
);

fn watch<T: Logs + ?Sized + 'static>(object: &Strong<T>) -> Watched<T> {
    let [log, other, third] = [(); 3].map(|()| object.log());
    let callback = WeakRef::with_send_callback(object, move |dead| {
        assert!(!dead.is_alive());
        note(&log, "callback");
    });
    let proxy = Proxy::with_send_callback(object, move |dead| {
        assert!(!Proxy::is_alive(dead));
        note(&other, "proxy");
    });
    let method = WeakMethod::with_send_callback(object, T::log as fn(&T) -> Log, move |dead| {
        assert!(dead.call(()).is_none());
        note(&third, "method");
    });
    let first = finalize_send(object, |object| {
        let log = object.log();
        move || {
            note(&log, "finalizer");
            1
        }
    });
    let second = finalize_with(object, object.log());
    (callback, proxy, method, first, second)
}

fn finalize_with<T: Logs + ?Sized>(object: &Strong<T>, log: Log) -> Finalizer<T, u8> {
    let action = |log: Log| {
        note(&log, "with arguments");
        2
    };
    finalize_with_send(object, action, log)
}

fn all_run_at_death<T: Logs + 'static>(make: fn(Log) -> T) {
    let log = Log::default();
    let object = Strong::new(make(Arc::clone(&log)));
    let watched = watch(&object);
    drop(object);
    let newest_first = ["with arguments", "finalizer", "method", "proxy", "callback"];
    assert_eq!(*log.lock().unwrap(), newest_first);
    drop(watched);

    log.lock().unwrap().clear();
    let object = Strong::new(make(Arc::clone(&log)));
    let (callback, proxy, method, first, second) = watch(&object);
    drop((callback, proxy, method));
    assert_eq!((first.call(), second.call()), (Some(1), Some(2)));
    drop(object);
    assert_eq!(*log.lock().unwrap(), ["finalizer", "with arguments"]);
}

#[test]
fn what_is_send_is_accepted_for_every_slot() {
    all_run_at_death(Object);
    all_run_at_death(LocalObject);
}
