//! `#[weakref::proxy]`: proxies in the hands of code that knows only the trait.

#![expect(
    clippy::needless_arbitrary_self_type,
    clippy::non_minimal_cfg,
    clippy::unused_self,
    reason = "every way to write it"
)]

use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Display};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use weakref::{
    CallbackRef, LocalSlot, Proxy, ReferenceError, Strong, SyncSlot, WeakReferenceable, coerce,
};

use super::{dead, panic_of};

mod foreign;
mod futures;
mod methods;
mod observers;

/// Runs a future that is always ready.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

#[weakref::proxy]
trait Listener: Send + Sync {
    fn notify(&self, event: &str) -> usize;

    /// Has a body, which the object overrides.
    fn name(&self) -> String {
        "default".into()
    }
}

#[derive(WeakReferenceable, Default)]
struct Log(Mutex<Vec<String>>);

impl Listener for Log {
    fn notify(&self, event: &str) -> usize {
        let mut log = self.0.lock().unwrap();
        log.push(event.into());
        log.len()
    }

    fn name(&self) -> String {
        "log".into()
    }
}

/// Code that knows only the trait, and would keep what it is given alive.
#[derive(Default)]
struct Bus(Vec<Box<dyn Listener>>);

impl Bus {
    fn add(&mut self, listener: impl Listener + 'static) {
        self.0.push(Box::new(listener));
    }

    fn send(&self, event: &str) -> Vec<usize> {
        self.0
            .iter()
            .map(|listener| listener.notify(event))
            .collect()
    }
}

#[test]
fn a_proxy_is_handed_to_code_that_knows_only_the_trait() {
    let log = Strong::new(Log::default());
    let mut bus = Bus::default();
    bus.add(Proxy::new(&log));
    bus.add(Proxy::with_callback(&log, |_| ()));
    assert_eq!(bus.send("first"), [1, 2]);
    assert_eq!(bus.0[0].name(), "log", "the object's, not the default");
    assert_eq!(Strong::strong_count(&log), 1);
    drop(log);
    dead(|| bus.send("second"));
    dead(|| bus.0[0].name());
}

/// Everything that can stand in a trait.
#[weakref::proxy]
trait Everything<'t, T: Clone + 't = u8, const N: usize = 2>
where
    T: Debug,
    Self: Debug,
{
    type Plain: Debug;
    type Generic<X>: Debug
    where
        X: Clone + Debug + 't;
    const SIZE: usize;
    const TEXT: &'static str = "of the trait";

    fn by_reference(self: &Self) -> usize;
    fn with_lifetime<'a>(&'a self, other: &'t T, more: &'a str) -> &'t T;
    fn generic<X: Display, Y>(&self, x: X) -> (String, Y)
    where
        Y: From<u8>;
    fn constant<const M: usize>(&self) -> [usize; M];
    fn associated(&self, plain: Self::Plain) -> Self::Plain;
    fn projected(&self, x: Self::Generic<u8>) -> Self::Generic<char>;
    fn argument(&self, f: impl Fn(usize) -> usize, _: [T; N]) -> usize;
    /// # Safety
    ///
    /// 1. `x` is even.
    #[proxy(skip)]
    unsafe fn contract(&self, x: usize) -> usize {
        x / 2
    }
    extern "C" fn foreign(&self, x: usize) -> usize;
    fn callback(&self) -> Box<dyn Fn(&str) -> &str>;
    fn pattern(&self, (a, mut b): (usize, usize), [c, ..]: [usize; 2]) -> usize {
        b += a + c;
        b
    }
    fn without_receiver(x: usize) -> usize;

    #[cfg(any())]
    fn absent(&self) -> Missing;
    #[cfg(all())]
    fn present(&self) -> bool;
    #[cfg(any())]
    type Absent;
    #[cfg(any())]
    const ABSENT: Missing;
}

#[derive(Debug, WeakReferenceable)]
struct Full(usize);

impl<'t> Everything<'t, u16, 3> for Full {
    type Plain = char;
    type Generic<X>
        = Vec<X>
    where
        X: Clone + Debug + 't;
    const SIZE: usize = 7;

    fn by_reference(self: &Self) -> usize {
        self.0
    }
    fn with_lifetime<'a>(&'a self, other: &'t u16, _: &'a str) -> &'t u16 {
        other
    }
    fn generic<X: Display, Y>(&self, x: X) -> (String, Y)
    where
        Y: From<u8>,
    {
        (x.to_string(), Y::from(7))
    }
    fn constant<const M: usize>(&self) -> [usize; M] {
        [self.0; M]
    }
    fn associated(&self, plain: char) -> char {
        plain.to_ascii_uppercase()
    }
    fn projected(&self, x: Vec<u8>) -> Vec<char> {
        x.into_iter().map(char::from).collect()
    }
    fn argument(&self, f: impl Fn(usize) -> usize, _: [u16; 3]) -> usize {
        f(self.0)
    }
    unsafe fn contract(&self, x: usize) -> usize {
        x / 2
    }
    extern "C" fn foreign(&self, x: usize) -> usize {
        self.0 + x
    }
    fn callback(&self) -> Box<dyn Fn(&str) -> &str> {
        Box::new(|text| &text[1..])
    }
    fn pattern(&self, (a, b): (usize, usize), [c, d]: [usize; 2]) -> usize {
        self.0 + a + b + c + d
    }
    fn without_receiver(x: usize) -> usize {
        x + 1
    }
    fn present(&self) -> bool {
        true
    }
}

/// Knows only the trait.
fn use_everything<'t, E: Everything<'t, u16, 3, Plain = char>>(own: &E, other: &'t u16) {
    assert_eq!((E::SIZE, E::TEXT), (7, "of the trait"));
    assert_eq!(own.by_reference(), 5);
    let short = String::from("short");
    assert_eq!(own.with_lifetime(other, &short), &9);
    assert_eq!(own.generic::<_, u32>('x'), ("x".into(), 7));
    assert_eq!(own.constant::<2>(), [5, 5]);
    assert_eq!(own.associated('a'), 'A');
    assert_eq!(own.argument(|x| x * 2, [0; 3]), 10);
    // SAFETY: 1, 4 is even.
    assert_eq!(unsafe { own.contract(4) }, 2);
    assert_eq!(own.foreign(1), 6);
    assert_eq!(own.callback()("abc"), "bc");
    assert_eq!(own.pattern((1, 2), [3, 4]), 15);
    assert_eq!(E::without_receiver(1), 2);
    assert!(own.present());
}

#[test]
fn everything_that_can_stand_in_a_trait() {
    let full = Strong::new(Full(5));
    let proxy = Proxy::new(&full);
    let other = 9;
    use_everything(&*full, &other);
    use_everything(&proxy, &other);
    assert_eq!(proxy.projected(vec![b'a']), ['a']);

    drop(full);
    dead(|| proxy.by_reference());
    dead(|| proxy.generic::<_, u32>('x'));
    dead(|| proxy.constant::<2>());
    dead(|| proxy.pattern((1, 2), [3, 4]));
    assert_eq!(
        <Proxy<Full> as Everything<u16, 3>>::without_receiver(1),
        2,
        "it asks for no object"
    );
}

/// A supertrait that is forwarded too, and one with an associated type of the trait's.
#[weakref::proxy]
trait Base {
    fn base(&self) -> u32;
}

#[weakref::proxy]
trait Derived: Base + Display + Tagged<Self::Number> + WeakReferenceable<Slot = LocalSlot> {
    type Number;

    fn derived(&self) -> u32 {
        self.base() + 1
    }
}

trait Tagged<N> {
    const TAG: &'static str;
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Both;

impl Base for Both {
    fn base(&self) -> u32 {
        1
    }
}

impl Display for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("both")
    }
}

impl Tagged<u8> for Both {
    const TAG: &'static str = "object";
}

impl Tagged<u8> for Proxy<Both> {
    const TAG: &'static str = "proxy";
}

impl Derived for Both {
    type Number = u8;
}

#[test]
fn supertraits_are_those_of_the_proxy() {
    fn use_derived<D: Derived<Number = u8>>(derived: &D) -> (u32, u32, String, &'static str) {
        (
            derived.base(),
            derived.derived(),
            derived.to_string(),
            D::TAG,
        )
    }
    let both = Strong::new(Both);
    let proxy = Proxy::new(&both);
    assert_eq!(use_derived(&proxy), (1, 2, "both".into(), "proxy"));
    assert_eq!(use_derived(&*both), (1, 2, "both".into(), "object"));
    drop(both);
    dead(|| proxy.derived());
}

#[derive(Debug, PartialEq)]
enum Failure {
    Dead(ReferenceError),
}

impl From<ReferenceError> for Failure {
    fn from(error: ReferenceError) -> Self {
        Self::Dead(error)
    }
}

/// What a dead object's proxy does, on the methods.
#[weakref::proxy]
trait OnMethods {
    #[proxy(dead = 7)]
    fn value(&self) -> u32;
    #[proxy(dead = fallback.max(1))]
    fn of_arguments(&self, fallback: u32) -> u32;
    #[proxy(dead = error)]
    fn io(&self) -> io::Result<u32>;
    #[weakref::proxy(dead = error)]
    fn formatted(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result;
    #[proxy(dead = error)]
    fn own_error(&self) -> Result<u32, Failure>;
    #[proxy(dead = return)]
    fn unit(&self);
    fn panics(&self) -> io::Result<u32>;
}

/// The same for the whole trait: methods that return a `Result` return the error.
#[weakref::proxy(dead = error)]
trait OnTrait {
    fn io(&self) -> io::Result<u32>;
    fn panics(&self) -> u32;
    #[proxy(dead = Ok(3))]
    fn own(&self) -> io::Result<u32>;
}

/// With a helper attribute instead of an argument.
#[weakref::proxy]
#[proxy(dead = Default::default())]
trait WithDefaults {
    fn number(&self) -> u32;
    fn text(&self) -> String;
}

#[derive(WeakReferenceable)]
struct Answers;

impl OnMethods for Answers {
    fn value(&self) -> u32 {
        1
    }
    fn of_arguments(&self, _: u32) -> u32 {
        2
    }
    fn io(&self) -> io::Result<u32> {
        Ok(3)
    }
    fn formatted(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("4")
    }
    fn own_error(&self) -> Result<u32, Failure> {
        Ok(5)
    }
    fn unit(&self) {}
    fn panics(&self) -> io::Result<u32> {
        Ok(6)
    }
}

impl OnTrait for Answers {
    fn io(&self) -> io::Result<u32> {
        Ok(1)
    }
    fn panics(&self) -> u32 {
        2
    }
    fn own(&self) -> io::Result<u32> {
        Ok(4)
    }
}

impl WithDefaults for Answers {
    fn number(&self) -> u32 {
        9
    }
    fn text(&self) -> String {
        "text".into()
    }
}

struct Shown<'a>(&'a Proxy<Answers>);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.formatted(f)
    }
}

#[test]
fn what_the_methods_of_a_dead_object_return() {
    use std::fmt::Write;

    let answers = Strong::new(Answers);
    let proxy = Proxy::new(&answers);
    assert_eq!((proxy.value(), proxy.of_arguments(0)), (1, 2));
    assert_eq!(OnMethods::io(&proxy).unwrap(), 3);
    assert_eq!(Shown(&proxy).to_string(), "4");
    assert_eq!(proxy.own_error(), Ok(5));
    assert_eq!(OnTrait::io(&proxy).unwrap(), 1);
    assert_eq!((proxy.own().unwrap(), OnTrait::panics(&proxy)), (4, 2));
    assert_eq!((proxy.number(), proxy.text()), (9, "text".into()));

    drop(answers);
    assert_eq!((proxy.value(), proxy.of_arguments(0)), (7, 1));
    assert!(
        OnMethods::io(&proxy)
            .unwrap_err()
            .get_ref()
            .unwrap()
            .is::<ReferenceError>()
    );
    assert!(write!(String::new(), "{}", Shown(&proxy)).is_err());
    assert_eq!(proxy.own_error(), Err(Failure::Dead(ReferenceError)));
    proxy.unit();
    dead(|| OnMethods::panics(&proxy));
    assert_eq!(
        OnTrait::io(&proxy).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
    assert_eq!(proxy.own().unwrap(), 3);
    dead(|| OnTrait::panics(&proxy));
    assert_eq!((proxy.number(), proxy.text()), (0, String::new()));
}

/// Methods that are not forwarded.
#[weakref::proxy]
trait Partly: Sized + Clone {
    fn id(&self) -> u32;
    #[proxy(skip)]
    fn by_value(self) -> u32 {
        self.id() + 10
    }
    #[proxy(default)]
    fn borrowed(&self) -> &Self {
        self
    }
    #[proxy(skip)]
    fn own_body(&self) -> &'static str {
        "of the trait"
    }
}

#[weakref::proxy]
trait ForSized {
    fn id(&self) -> u32;
    fn adapted(self) -> (u32, Self)
    where
        Self: Sized,
    {
        (self.id(), self)
    }
    fn made() -> Self
    where
        Self: Sized;
    fn compared(&self, other: &Self) -> bool
    where
        Self: PartialEq,
    {
        self == other
    }
}

#[derive(WeakReferenceable, Clone, PartialEq)]
struct Identified(u32);

impl Partly for Identified {
    fn id(&self) -> u32 {
        self.0
    }
    fn own_body(&self) -> &'static str {
        "of the object"
    }
}

impl ForSized for Identified {
    fn id(&self) -> u32 {
        self.0
    }
    fn made() -> Self {
        Self(0)
    }
}

#[test]
fn methods_that_are_not_forwarded_keep_the_traits_body() {
    let object = Strong::new(Identified(3));
    let proxy = Proxy::new(&object);
    assert_eq!(proxy.clone().by_value(), 13);
    assert_eq!(Partly::id(proxy.borrowed()), 3);
    assert_eq!(proxy.own_body(), "of the trait");
    assert!(proxy.compared(&proxy.clone()));
    let (id, proxy) = proxy.adapted();
    assert_eq!((id, ForSized::id(&proxy)), (3, 3));
    assert_eq!(
        panic_of(<Proxy<Identified> as ForSized>::made),
        "weakref: a proxy does not forward `made`, which needs `Self: Sized`"
    );
    drop(object);
    assert_eq!(proxy.own_body(), "of the trait");
    dead(|| proxy.adapted());
}

/// In a function, where items see each other and nothing else.
#[test]
fn a_trait_in_a_function() {
    #[weakref::proxy]
    trait Local {
        fn get(&self) -> u8;
    }
    #[derive(WeakReferenceable)]
    struct One;
    impl Local for One {
        fn get(&self) -> u8 {
            1
        }
    }
    let one = Strong::new(One);
    let proxy = Proxy::new(&one);
    assert_eq!(proxy.get(), 1);
    drop(one);
    dead(|| proxy.get());
}
