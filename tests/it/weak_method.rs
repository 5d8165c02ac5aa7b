//! `WeakMethod` and `BoundMethod`: the rows M01 to M08 of `BEHAVIOURS.md`.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use weakref::{
    BoundMethod, CallbackRef, FinalizerSafe, LocalObject, Method, Object, Strong, WeakMethod,
    WeakReference, WeakReferenceable,
};

type OfSync = WeakMethod<Button, fn(&Button) -> u32>;
type OfLocal = WeakMethod<LocalObject<u8>, fn(&LocalObject<u8>)>;

assert_impl_all!(OfSync: Send, Sync, Unpin, Clone, FinalizerSafe);
assert_not_impl_any!(OfLocal: Send, Sync);
assert_not_impl_any!(OfSync: PartialOrd);
assert_not_impl_any!(BoundMethod<Button, fn(&Button)>: FinalizerSafe);
assert_not_impl_any!(WeakMethod<Button, fn(&Button), CallbackRef<Button>>: FinalizerSafe, Clone);

#[derive(WeakReferenceable)]
struct Button {
    clicks: AtomicU32,
}

impl Button {
    fn new() -> Strong<Self> {
        Strong::new(Self {
            clicks: AtomicU32::new(0),
        })
    }

    fn click(&self) -> u32 {
        self.clicks.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn press(&self, times: u32) -> u32 {
        self.clicks.fetch_add(times, Ordering::Relaxed) + times
    }
}

fn is_a_reference<R: WeakReference>(reference: &R) -> bool {
    reference.is_alive() && reference.upgrade().is_some()
}

#[test]
fn m01_a_bound_method_is_built_on_demand() {
    let button = Button::new();
    let click = WeakMethod::new(&button, Button::click);
    let bound: BoundMethod<_, _> = click.upgrade().unwrap();
    assert!(Strong::ptr_eq(bound.receiver(), &button));
    assert_eq!(bound.call(()), 1);
    assert_eq!(click.call(()), Some(2));
    assert_eq!(button.clicks.load(Ordering::Relaxed), 2);

    assert!(is_a_reference(&click));
    assert_eq!(WeakReference::id(&click), Strong::id(&button));
    assert_eq!(Strong::weak_count(&button), 1);
    assert_eq!(Strong::strong_count(&button), 2, "the bound one");
}

#[test]
fn m02_nothing_is_built_once_the_receiver_is_dead() {
    let button = Button::new();
    let click = WeakMethod::new(&button, Button::click);
    drop(button);
    assert!(click.upgrade().is_none());
    assert_eq!(click.call(()), None);
    assert!(!WeakReference::is_alive(&click));
    let text = format!("{click:?}");
    assert!(
        text.starts_with("<WeakMethod at 0x") && text.ends_with("; dead>"),
        "{text}"
    );
}

type Function = Object<dyn Fn(&Button) -> u32 + Send + Sync>;

/// A function that can die, which a function of the program cannot: an object of its own.
fn click_function() -> Strong<Function> {
    let boxed: Box<dyn Fn(&Button) -> u32 + Send + Sync> = Box::new(Button::click);
    boxed.into()
}

#[test]
fn m03_nothing_is_built_once_the_function_is_dead() {
    let (button, function) = (Button::new(), click_function());
    let (receiver, weak_function) = (Strong::downgrade(&button), Strong::downgrade(&function));
    let call = weakref::weak!([receiver, weak_function] else None, move || {
        Some((weak_function.0)(&receiver))
    });
    assert_eq!(call(), Some(1));
    drop(function);
    assert_eq!(call(), None);
    assert_eq!(button.click(), 2, "the receiver lives");
}

#[test]
fn m05_the_callback_runs_when_the_function_dies_first() {
    let (button, function) = (Button::new(), click_function());
    let (sender, deaths) = channel();
    let also = sender.clone();
    let receiver = WeakMethod::with_callback(&button, Button::click, move |_| {
        sender.send("receiver").unwrap();
    });
    let weak_function = weakref::WeakRef::with_callback(&function, move |_| {
        also.send("function").unwrap();
    });
    drop(function);
    assert_eq!(deaths.try_iter().collect::<Vec<_>>(), ["function"]);
    assert!(!weak_function.is_alive());
    assert_eq!(receiver.call(()), Some(1), "only one of its parts is dead");
    drop(button);
    assert_eq!(deaths.try_iter().collect::<Vec<_>>(), ["receiver"]);
}

#[test]
fn m04_the_callback_runs_once_with_the_method() {
    let (sender, deaths) = channel();
    let button = Button::new();
    let press = WeakMethod::with_callback(&button, Button::press, move |dead| {
        sender
            .send((dead.call((1,)), WeakReference::id(dead)))
            .unwrap();
    });
    let id = Strong::id(&button);
    assert!(press.receiver().has_callback());
    assert_eq!(Strong::weak_count(&button), 1);
    assert_eq!(press.call((3,)), Some(3));

    drop(button);
    assert_eq!(deaths.try_iter().collect::<Vec<_>>(), [(None, id)]);
    assert!(!press.receiver().has_callback());
    assert_eq!(press.call((1,)), None);
    drop(press);
    assert!(deaths.recv().is_err(), "the closure is gone");
}

#[test]
fn dropping_the_method_first_cancels_its_callback() {
    let held = Rc::new(());
    let receiver = Strong::new(LocalObject(1));
    let captured = Rc::clone(&held);
    let method = WeakMethod::with_callback(
        &receiver,
        |own: &LocalObject<i32>| own.0,
        move |_| panic!("{captured:?} was cancelled"),
    );
    assert_eq!(Rc::strong_count(&held), 2);
    drop(method);
    assert_eq!(Rc::strong_count(&held), 1, "freed at once");
    drop(receiver);
}

#[test]
fn m06_there_is_no_cycle_and_dropping_it_frees_it_at_once() {
    type OwnMethod = WeakMethod<Holder, fn(&Holder) -> u32>;

    /// Holds a weak method of itself.
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Holder {
        own: RefCell<Option<OwnMethod>>,
        dropped: Rc<Cell<u32>>,
    }
    impl Drop for Holder {
        fn drop(&mut self) {
            self.dropped.set(self.dropped.get() + 1);
        }
    }
    let dropped = Rc::new(Cell::new(0));
    let holder = Strong::new(Holder {
        own: RefCell::default(),
        dropped: Rc::clone(&dropped),
    });
    let get: fn(&Holder) -> u32 = |own| own.dropped.get();
    *holder.own.borrow_mut() = Some(WeakMethod::new(&holder, get));
    assert_eq!(holder.own.borrow().as_ref().unwrap().call(()), Some(0));
    drop(holder);
    assert_eq!(dropped.get(), 1);
}

#[test]
fn m07_equality_is_by_the_receivers_identity_dead_or_alive() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let get = |own: &Object<i32>| own.0;
    let (of_a, also_of_a, of_b) = (
        WeakMethod::new(&a, get),
        WeakMethod::new(&a, get),
        WeakMethod::new(&b, get),
    );
    assert_eq!(of_a, also_of_a);
    assert_ne!(of_a, of_b, "equal receivers are not one");
    let watched = WeakMethod::with_callback(&a, get, |_| ());
    assert_eq!(of_a, watched);
    assert_eq!(watched, of_a);

    let bound = of_a.upgrade().unwrap();
    assert_eq!(bound, also_of_a.upgrade().unwrap());
    assert_ne!(bound, of_b.upgrade().unwrap());
    assert_eq!(bound.downgrade(), of_a);

    drop((bound, a));
    assert_eq!(of_a, also_of_a);
    assert_ne!(of_a, of_b);
    drop(b);
    assert_ne!(of_a, of_b);
}

#[test]
fn m08_the_hash_is_that_of_the_receiver_and_stays() {
    let button = Button::new();
    let click = WeakMethod::new(&button, Button::click);
    let set = HashSet::from([click.clone()]);
    assert!(set.contains(&WeakMethod::new(&button, Button::click)));
    let bound = HashSet::from([click.upgrade().unwrap()]);
    assert!(bound.contains(&click.upgrade().unwrap()));
    let (state, other) = (RandomState::new(), Button::new());
    let of_other = WeakMethod::new(&other, Button::click);
    assert_ne!(state.hash_one(&click), state.hash_one(&of_other));
    assert_ne!(
        state.hash_one(click.upgrade()),
        state.hash_one(of_other.upgrade())
    );
    assert!(format!("{:?}", of_other.upgrade()).contains("receiver: <WeakRef at 0x"));
    drop((bound, button));
    assert!(!WeakReference::is_alive(&click));
    assert!(
        set.contains(&click),
        "asked after death for the first time or not"
    );
}

#[test]
fn up_to_eight_arguments() {
    let one = Strong::new(LocalObject(1));
    macro_rules! sums {
        ($($arg:ident)*) => {
            let sum = |own: &LocalObject<u32>, $($arg: u32),*| own.0 $(+ $arg)*;
            let weak = WeakMethod::new(&one, sum);
            let expected = 1 $(+ { stringify!($arg); 1 })*;
            $( let $arg = 1; )*
            assert_eq!(weak.call(($($arg,)*)), Some(expected));
            assert_eq!(weak.upgrade().unwrap().call(($($arg,)*)), expected);
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
fn arguments_may_borrow_and_results_may_borrow_from_them() {
    let text: Strong<Object<str>> = "b".into();
    let after = WeakMethod::new(&text, |own: &Object<str>, list: Vec<String>| {
        list.into_iter().filter(|item| **item > own.0).count()
    });
    assert_eq!(after.call((vec!["a".into(), "c".into()],)), Some(1));

    let append = |own: &Object<str>, to: &mut String| to.push_str(own);
    let mut buffer = String::from("a");
    assert_eq!(
        WeakMethod::new(&text, append).call((&mut buffer,)),
        Some(())
    );
    assert_eq!(buffer, "ab");
}

#[test]
fn the_receiver_stays_valid_until_its_method_returns() {
    struct Own(RefCell<Option<Strong<LocalObject<Own>>>>, Rc<Cell<bool>>);
    impl Drop for Own {
        fn drop(&mut self) {
            self.1.set(true);
        }
    }
    fn let_go(own: &LocalObject<Own>) -> bool {
        drop(own.0.0.take());
        own.0.1.get()
    }
    let dropped = Rc::new(Cell::new(false));
    let object = Strong::new(LocalObject(Own(RefCell::default(), Rc::clone(&dropped))));
    let method = WeakMethod::new(&object, let_go);
    let keeper = object.clone();
    *keeper.0.0.borrow_mut() = Some(object);
    drop(keeper);
    assert_eq!(method.call(()), Some(false));
    assert!(dropped.get());
}

#[test]
fn a_receiver_behind_a_trait() {
    let shape: Strong<Object<dyn Fn(u32) -> u32 + Send + Sync>> = weakref::coerce!(Strong::new(Object(|x: u32| x * 2)) => Object<dyn Fn(u32) -> u32 + Send + Sync>);
    let call = WeakMethod::new(
        &shape,
        |own: &Object<dyn Fn(u32) -> u32 + Send + Sync>, x| (own.0)(x),
    );
    assert_eq!(call.call((4,)), Some(8));
    let _: &dyn Fn() -> Option<u32> = &|| call.call((4,));
}

#[test]
fn sent_to_another_thread() {
    let button = Button::new();
    let press = WeakMethod::new(&button, Button::press);
    let pressed = std::thread::spawn(move || press.call((5,))).join().unwrap();
    assert_eq!(pressed, Some(5));
}

#[test]
fn methods_are_ordinary_functions() {
    fn call<M: Method<str, ()>>(method: M) -> M::Output {
        method.call("text", ())
    }
    assert_eq!(call(str::len), 4);
    assert!(!call(str::is_empty));
}
