//! Objects that drop the last handle to themselves in the middle of a forwarded call, return or panic: row R23.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::error::Error;
use std::fmt::{self, Display, LowerHex};
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::{Add, Neg, Not, Shl};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use weakref::{
    Callable, CallbackRef, LocalSlot, Proxy, ReferenceError, Strong, WeakMethod, WeakReferenceable,
    coerce,
};

use super::dead;

/// Where the last handle is, and what is to happen.
struct Fate<T: ?Sized + WeakReferenceable> {
    last: Cell<Option<Strong<T>>>,
    dropped: Rc<Cell<bool>>,
    panics: bool,
}

impl<T: ?Sized + WeakReferenceable> Fate<T> {
    fn new(panics: bool) -> (Self, Rc<Cell<bool>>) {
        let dropped = Rc::new(Cell::new(false));
        let fate = Self {
            last: Cell::new(None),
            dropped: Rc::clone(&dropped),
            panics,
        };
        (fate, dropped)
    }

    /// Drops the last handle; the object must still be there.
    fn meet(&self) {
        drop(self.last.take().expect("it is called once"));
        assert!(!self.dropped.get(), "valid until the call returns");
        if self.panics {
            resume_unwind(Box::new("met"));
        }
    }
}

impl<T: ?Sized + WeakReferenceable> Drop for Fate<T> {
    fn drop(&mut self) {
        self.dropped.set(true);
    }
}

/// Forwards everything, and in everything meets its fate.
struct Suicidal(Fate<Suicidal>);

impl WeakReferenceable for Suicidal {
    type Slot = LocalSlot;
}

impl Suicidal {
    fn new(panics: bool) -> (Proxy<Self>, Rc<Cell<bool>>) {
        let (fate, dropped) = Fate::new(panics);
        let object = Strong::new(Self(fate));
        let proxy = Proxy::new(&object);
        let other = object.clone();
        other.0.last.set(Some(object));
        (proxy, dropped)
    }
}

impl fmt::Debug for Suicidal {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unreachable!("the debug text of a proxy asks for nothing")
    }
}

impl Display for Suicidal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.meet();
        f.write_str("shown")
    }
}

impl LowerHex for Suicidal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Error for Suicidal {}

impl PartialEq<u8> for Suicidal {
    fn eq(&self, _: &u8) -> bool {
        self.0.meet();
        true
    }
}

impl PartialEq for Suicidal {
    fn eq(&self, _: &Self) -> bool {
        self.0.meet();
        true
    }
}

impl PartialOrd for Suicidal {
    fn partial_cmp(&self, _: &Self) -> Option<Ordering> {
        self.0.meet();
        None
    }
}

impl Neg for &Suicidal {
    type Output = u8;
    fn neg(self) -> u8 {
        self.0.meet();
        1
    }
}

impl Not for &Suicidal {
    type Output = u8;
    fn not(self) -> u8 {
        -self
    }
}

impl Add<u8> for &Suicidal {
    type Output = u8;
    fn add(self, right: u8) -> u8 {
        -self + right
    }
}

impl Shl<&Suicidal> for u8 {
    type Output = u8;
    fn shl(self, right: &Suicidal) -> u8 {
        -right + self
    }
}

impl Read for &Suicidal {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.meet();
        Ok(0)
    }
}

impl Write for &Suicidal {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.0.meet();
        Ok(0)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.meet();
        Ok(())
    }
}

impl Seek for &Suicidal {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        self.0.meet();
        Ok(0)
    }
}

impl Callable<(u8,)> for Suicidal {
    type Output = u8;
    fn call(&self, (x,): (u8,)) -> u8 {
        -self + x
    }
}

#[weakref::proxy]
trait Act {
    fn act(&self) -> u8;
    async fn act_later(&self) -> u8;
    fn act_in_future(&self) -> impl Future<Output = u8>;
}

impl Act for Suicidal {
    fn act(&self) -> u8 {
        -self
    }
    async fn act_later(&self) -> u8 {
        std::future::ready(()).await;
        -self
    }
    async fn act_in_future(&self) -> u8 {
        -self
    }
}

#[weakref::proxy(trait SuicidalProxy)]
impl Suicidal {
    const fn name(&self) -> &'static str {
        let _ = self;
        "suicidal"
    }
    pub(crate) fn own(&self) -> u8 {
        let _ = self.name();
        -self
    }
}

/// Calls `body` with a proxy of an object that lets go of itself in it, and returns or panics.
#[track_caller]
fn meets(body: impl Fn(&mut Proxy<Suicidal>)) {
    for panics in [false, true] {
        let (mut proxy, dropped) = Suicidal::new(panics);
        let result = catch_unwind(AssertUnwindSafe(|| body(&mut proxy)));
        assert_eq!(result.is_err(), panics);
        assert!(dropped.get(), "and no longer");
        assert!(!Proxy::reference(&proxy).is_alive());
    }
}

#[test]
fn r23_in_a_forwarded_call_it_stays_valid_until_the_call_returns() {
    meets(|proxy| assert_eq!(Proxy::with(proxy, |own| -own), Ok(1)));
    meets(|proxy| assert_eq!(Proxy::call(proxy, (1,)), Ok(2)));
    meets(|proxy| assert_eq!(proxy.to_string(), "shown"));
    meets(|proxy| assert_eq!(format!("{proxy:x}"), "shown"));
    meets(|proxy| assert_eq!((proxy as &dyn Error).to_string(), "shown"));
    meets(|proxy| assert_eq!(Proxy::try_to_string(proxy).unwrap(), "shown"));
    meets(|proxy| assert_eq!(Proxy::try_eq(proxy, &1), Ok(true)));
    meets(|proxy| assert_eq!(-&*proxy, 1));
    meets(|proxy| assert_eq!(!proxy.clone(), 1));
    meets(|proxy| assert_eq!(Proxy::try_neg(proxy), Ok(1)));
    meets(|proxy| assert_eq!(&*proxy + 1, 2));
    meets(|proxy| assert_eq!(proxy.clone() + 1, 2));
    meets(|proxy| assert_eq!(Proxy::try_add(proxy, 1), Ok(2)));
    meets(|proxy| assert_eq!(1 << &*proxy, 2));
    meets(|proxy| assert_eq!(1 << proxy.clone(), 2));
    meets(|proxy| assert_eq!(proxy.read(&mut []).unwrap(), 0));
    meets(|mut proxy| assert_eq!((&mut proxy as &mut dyn Read).read(&mut []).unwrap(), 0));
    meets(|proxy| assert_eq!(proxy.write(&[]).unwrap(), 0));
    meets(|proxy| proxy.flush().unwrap());
    meets(|proxy| assert_eq!(proxy.rewind().map_err(|error| error.kind()), Ok(())));
    meets(|proxy| assert_eq!(proxy.act(), 1));
    meets(|proxy| assert_eq!(proxy.own(), Ok(1)));
    meets(|proxy| assert_eq!(ready(proxy.act_later()), 1));
    meets(|proxy| assert_eq!(ready(proxy.act_in_future()), 1));
    meets(|proxy| {
        let method = WeakMethod::from_parts(Proxy::reference(proxy).clone(), Suicidal::own);
        assert_eq!(method.call(()), Some(1));
    });
    meets(|proxy| {
        let object = Proxy::reference(proxy);
        assert_eq!(weakref::weak!([object] else 0, move || -&*object)(), 1);
    });
}

/// Runs a future that is always ready.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Two objects, of which the left one goes, then none may be asked again.
#[test]
fn r23_in_an_operator_of_two_proxies() {
    fn check(operator: fn(&Proxy<Suicidal>, &Proxy<Suicidal>) -> bool) {
        for panics in [false, true] {
            let (left, dropped) = Suicidal::new(panics);
            let (right, right_dropped) = Suicidal::new(false);
            let result = catch_unwind(AssertUnwindSafe(|| operator(&left, &right)));
            assert_eq!(result.is_err(), panics);
            assert!(dropped.get() && !right_dropped.get());
            dead(|| operator(&left, &right));
            dead(|| operator(&right, &left));
            Proxy::with(&right, |own| own.0.meet()).unwrap();
            assert!(right_dropped.get());
        }
    }
    check(|left, right| left == right);
    check(|left, right| left.partial_cmp(right).is_none());
}

/// A future that is dropped before its end lets go of the object.
#[test]
fn a_future_that_is_never_done_keeps_the_object_until_it_is_dropped() {
    #[weakref::proxy]
    trait Wait {
        async fn wait(&self);
    }
    impl Wait for Suicidal {
        async fn wait(&self) {
            drop(self.0.last.take());
            std::future::pending::<()>().await;
        }
    }
    let (proxy, dropped) = Suicidal::new(false);
    let mut future = Box::pin(proxy.wait());
    let mut poll = || {
        let mut context = Context::from_waker(Waker::noop());
        future.as_mut().poll(&mut context).is_pending()
    };
    assert!(poll() && poll());
    assert!(!dropped.get());
    drop(future);
    assert!(dropped.get());
}

/// An iterator or collection that lets go of itself while it is borrowed in its cell.
struct Inside(Fate<RefCell<Inside>>);

impl Iterator for Inside {
    type Item = u8;
    fn next(&mut self) -> Option<u8> {
        self.0.meet();
        Some(1)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.meet();
        (1, Some(1))
    }
}

impl DoubleEndedIterator for Inside {
    fn next_back(&mut self) -> Option<u8> {
        self.next()
    }
}

impl ExactSizeIterator for Inside {}

impl Extend<u8> for Inside {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, items: I) {
        self.0.meet();
        items.into_iter().for_each(drop);
    }
}

#[test]
fn r23_in_an_iterator_or_a_collection() {
    #[track_caller]
    fn meets(body: impl Fn(&mut Proxy<RefCell<Inside>>)) {
        for panics in [false, true] {
            let (fate, dropped) = Fate::new(panics);
            let object = Strong::new(RefCell::new(Inside(fate)));
            let mut proxy = Proxy::new(&object);
            let other = object.clone();
            other.borrow().0.last.set(Some(object));
            drop(other);
            let result = catch_unwind(AssertUnwindSafe(|| body(&mut proxy)));
            assert_eq!(result.is_err(), panics);
            assert!(dropped.get(), "and no longer");
            dead(|| proxy.next());
            assert_eq!(Proxy::try_next(&proxy), Err(ReferenceError));
        }
    }
    meets(|proxy| assert_eq!(proxy.next(), Some(1)));
    meets(|proxy| assert_eq!(proxy.next_back(), Some(1)));
    meets(|proxy| assert_eq!(proxy.size_hint(), (1, Some(1))));
    meets(|proxy| assert_eq!(proxy.len(), 1));
    meets(|proxy| assert_eq!(Proxy::try_next(proxy), Ok(Some(1))));
    meets(|proxy| proxy.extend([1, 2]));
    // What the caller's iterator does meanwhile to the same proxy is a panic, not a second access.
    let (fate, _) = Fate::new(false);
    let object = Strong::new(RefCell::new(Inside(fate)));
    let proxy = Proxy::new(&object);
    let own = proxy.clone();
    let mut outer = proxy.clone();
    object.borrow().0.last.set(Some(object.clone()));
    let again = std::iter::once_with(move || Proxy::try_next(&own).map_or(0, |_| 1));
    drop(object);
    assert!(catch_unwind(AssertUnwindSafe(|| outer.extend(again))).is_err());
    assert!(!Proxy::reference(&proxy).is_alive());
}

/// The same behind a trait, in both layouts, with a callback that the death runs right after the call.
#[test]
fn r23_behind_a_trait_with_a_callback() {
    trait Actor: WeakReferenceable<Slot = LocalSlot> {
        fn leave(&self);
    }
    struct Sized_<const N: usize>(Fate<dyn Actor>, [u8; N]);
    impl<const N: usize> WeakReferenceable for Sized_<N> {
        type Slot = LocalSlot;
    }
    impl<const N: usize> Actor for Sized_<N> {
        fn leave(&self) {
            self.0.meet();
            assert_eq!(self.1, [7; N]);
        }
    }
    fn check<const N: usize>(panics: bool) {
        let (fate, dropped) = Fate::new(panics);
        let object = Strong::new(Sized_(fate, [7; N]));
        let actor: Strong<dyn Actor> = coerce!(object.clone() => dyn Actor);
        let log = Rc::new(RefCell::new(Vec::new()));
        let (theirs, at_death) = (Rc::clone(&log), Rc::clone(&dropped));
        let proxy: Proxy<dyn Actor, CallbackRef<dyn Actor>> =
            Proxy::with_callback(&actor, move |dead| {
                assert!(at_death.get() && Proxy::get(dead).is_err());
                theirs.borrow_mut().push("callback");
            });
        object.0.last.set(Some(actor));
        drop(object);
        let result = catch_unwind(AssertUnwindSafe(|| {
            Proxy::with(&proxy, |actor| {
                let result = catch_unwind(AssertUnwindSafe(|| actor.leave()));
                assert!(log.borrow().is_empty(), "not before the call is over");
                result.unwrap_or_else(|payload| resume_unwind(payload));
            })
        }));
        assert_eq!(result.is_err(), panics);
        assert_eq!(*log.borrow(), ["callback"]);
        assert!(dropped.get());
    }
    for panics in [false, true] {
        check::<8>(panics);
        check::<1024>(panics);
    }
}
