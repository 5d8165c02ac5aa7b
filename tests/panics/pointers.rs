//! Handles, callbacks, finalizers, methods, proxies and graveyards, in both flavours.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashSet;
use std::future::Future;
use std::ops::Add;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use weakref::watch::Graveyard;
use weakref::{
    CallbackRef, Finalizer, LocalObject, LocalSlot, Object, Proxy, ReferenceError, SendWeak, Slot,
    Strong, SyncSlot, ValueRef, WeakCell, WeakMethod, WeakRef, WeakReferenceable, coerce,
    finalizer, weak,
};

use crate::items::{Item, item, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::{Tag, doom, tick};

type It<S> = Item<S>;

/// The calls that take `Send` closures in one flavour and any in the other; these are `Send`.
trait Flavoured: Slot {
    fn watch(
        object: &Strong<It<Self>>,
        act: impl FnOnce() + Send + 'static,
    ) -> CallbackRef<It<Self>>;
    fn finalize(object: &Strong<It<Self>>) -> Finalizer<It<Self>, Tag>;
    fn finalize_with(object: &Strong<It<Self>>) -> Finalizer<It<Self>>;
    fn proxy(
        object: &Strong<It<Self>>,
        act: impl FnOnce() + Send + 'static,
    ) -> Proxy<It<Self>, CallbackRef<It<Self>>>;
    fn call_method(object: &Strong<It<Self>>, act: impl FnOnce() + Send + 'static);
    fn capture(object: &Strong<It<Self>>);
    fn declared();
    fn declared_of(kill: bool);
    fn any();
}

thread_local! {
    static OWED: Cell<usize> = const { Cell::new(0) };
    static DONE: Cell<usize> = const { Cell::new(0) };
}

/// An action that counts itself before it may panic, and captures something of the user's.
fn counted() -> impl FnOnce() + Send + 'static {
    let act = user(|| ());
    move || {
        DONE.set(DONE.get() + 1);
        act();
    }
}

/// One more action is registered.
fn owe() {
    OWED.set(OWED.get() + 1);
}

fn number<S>(item: &It<S>) -> Tag {
    tick();
    let _ = item.number();
    Tag::new()
}

macro_rules! flavoured {
    ($S:ty, $Declared:ident, $Object:ident, $Any:ty, $(#[$option:meta])*) => {
        #[derive(WeakReferenceable)]
        $(#[$option])*
        #[weakref(finalizer = first, finalizer = second)]
        struct $Declared(#[expect(dead_code, reason = "its end is user code")] Tag);

        impl $Declared {
            #[finalizer]
            fn first(&self) -> impl FnOnce() {
                tick();
                counted()
            }

            #[finalizer]
            fn second(&self) -> impl FnOnce() {
                tick();
                counted()
            }
        }

        impl Flavoured for $S {
            fn watch(object: &Strong<It<Self>>, act: impl FnOnce() + Send + 'static) -> CallbackRef<It<Self>> {
                WeakRef::with_callback(object, move |_| act())
            }

            fn finalize(object: &Strong<It<Self>>) -> Finalizer<It<Self>, Tag> {
                weakref::finalize(object, |_| {
                    tick();
                    let act = counted();
                    move || {
                        act();
                        Tag::new()
                    }
                })
            }

            fn finalize_with(object: &Strong<It<Self>>) -> Finalizer<It<Self>> {
                weakref::finalize_with(object, |_: It<SyncSlot>| { DONE.set(DONE.get() + 1); tick(); }, Item::new(70))
            }

            fn proxy(object: &Strong<It<Self>>, act: impl FnOnce() + Send + 'static) -> Proxy<It<Self>, CallbackRef<It<Self>>> {
                Proxy::with_callback(object, move |_| act())
            }

            fn call_method(object: &Strong<It<Self>>, act: impl FnOnce() + Send + 'static) {
                let method = WeakMethod::with_callback(object, number::<Self> as fn(&It<Self>) -> Tag, move |_| act());
                drop(method.call(()));
            }

            fn capture(object: &Strong<It<Self>>) {
                let look = weak!([object] else Err(()), move || { tick(); let _ = object.number(); Ok(()) });
                let _ = look();
            }

            fn declared() {
                drop(Strong::new($Declared(Tag::new())));
                drop(Strong::<$Declared>::from(Box::new($Declared(Tag::new()))));
                drop(Strong::new_cyclic(|this| { tick(); let weak = WeakRef::clone(this); tick(); drop(weak); $Declared(Tag::new()) }));
            }

            fn declared_of(kill: bool) {
                let object = Strong::new($Declared(Tag::new()));
                let finalizer = Finalizer::of(&object, $Declared::FIRST);
                let all = Strong::finalizers(&object);
                if kill {
                    drop(object);
                }
                let _ = finalizer.map(|finalizer| finalizer.call());
                for finalizer in all {
                    let _ = finalizer.call();
                }
            }

            fn any() {
                let object = Strong::new($Object(Tag::new()));
                let object = coerce!(object => $Object<$Any>);
                drop($Object::downcast::<Tag>(object));
                let object = Strong::<$Object<Tag>>::from(Box::new($Object(Tag::new())));
                drop(Strong::downcast::<$Object<u8>>(object));
            }
        }
    };
}

flavoured!(SyncSlot, Declared, Object, dyn Any + Send + Sync,);
flavoured!(LocalSlot, LocalDeclared, LocalObject, dyn Any, #[weakref(local)]);

impl<S: Slot> Add<u32> for &It<S> {
    type Output = Tag;

    fn add(self, _: u32) -> Tag {
        number(self)
    }
}

/// What a proxy forwards by the macro: `end` is called while only the proxy's handle may keep the object.
#[weakref::proxy]
trait Forwarded {
    fn meet(&self, end: impl FnOnce()) -> Tag;
    async fn meet_later(&self, end: impl FnOnce()) -> Tag;
    #[proxy(dead = Tag::new())]
    fn give(&self, given: Tag) -> Tag;
    #[proxy(dead = Tag::new())]
    async fn give_later(&self, given: Tag) -> Tag;
    #[proxy(dead = error)]
    fn try_give(&self, given: Tag) -> Result<Tag, Gone>;
}

/// An error that owns something.
struct Gone(#[expect(dead_code, reason = "its end is user code")] Tag);

impl From<ReferenceError> for Gone {
    fn from(_: ReferenceError) -> Self {
        Self(Tag::new())
    }
}

impl<S: Slot> Forwarded for It<S> {
    fn meet(&self, end: impl FnOnce()) -> Tag {
        end();
        number(self)
    }

    async fn meet_later(&self, end: impl FnOnce()) -> Tag {
        self.meet(end)
    }

    fn give(&self, given: Tag) -> Tag {
        given
    }

    async fn give_later(&self, given: Tag) -> Tag {
        given
    }

    fn try_give(&self, given: Tag) -> Result<Tag, Gone> {
        Ok(given)
    }
}

#[weakref::proxy(trait OwnForwarded)]
impl<S: Slot> It<S> {
    pub(crate) fn meet_own(&self, end: impl FnOnce()) -> Tag {
        self.meet(end)
    }

    #[expect(clippy::unused_async, reason = "its kind is what counts")]
    pub(crate) async fn meet_own_later(&self, end: impl FnOnce()) -> Tag {
        self.meet(end)
    }
}

/// What a future gives at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

/// One object; what a script keeps; and what must be so at the end.
struct Kit<S: Slot> {
    object: Option<Strong<It<S>>>,
    weak: WeakRef<It<S>>,
    kept: Vec<Box<dyn Any>>,
}

fn make<S: Slot>() -> Kit<S> {
    OWED.set(0);
    DONE.set(0);
    let object = item(1);
    let weak = Strong::downgrade(&object);
    Kit {
        object: Some(object),
        weak,
        kept: Vec::new(),
    }
}

/// The dead object's actions ran, each once, and the living one is whole.
fn check<S: Slot>(kit: &mut Kit<S>) {
    match &kit.object {
        Some(object) => {
            assert_eq!(object.number(), 1);
            assert!(kit.weak.is_alive());
        }
        None if !kit.weak.is_alive() => {
            assert!(kit.weak.upgrade().is_none());
            assert_eq!(
                DONE.get(),
                OWED.get(),
                "actions that ran, and that were owed"
            );
        }
        None => {}
    }
    kit.kept.clear();
}

impl<S: Flavoured> Kit<S> {
    fn object(&self) -> &Strong<It<S>> {
        self.object.as_ref().unwrap()
    }

    fn kill(&mut self) {
        drop(self.object.take());
    }

    /// Three actions of each kind.
    fn register(&mut self) {
        for _ in 0..3 {
            let callback = S::watch(self.object(), counted());
            owe();
            callback.forget();
            drop(S::finalize(self.object()));
            owe();
            let finalizer = S::finalize_with(self.object());
            owe();
            self.kept.push(Box::new(finalizer));
        }
    }
}

fn all<S: Flavoured>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    // The thread's table is made once.
    drop(SendWeak::new(&item::<S>(1)));
    scripts! { suite, Kit<S>, [make::<S>], check::<S>;
        "new" => |_k| drop((item::<S>(2), Strong::<It<S>>::default(), Strong::from(It::<S>::new(3))));
        "new_cyclic" => |_k| { let make = user(|| It::<S>::new(2)); drop(Strong::new_cyclic(|this| { let weak = WeakRef::clone(this); tick(); drop(weak); make() })); };
        "try_new_cyclic" => |_k| { let make = user(|| It::<S>::new(2)); drop(Strong::try_new_cyclic(|this| { let weak = WeakRef::clone(this); tick(); drop(weak); Ok::<_, Tag>(make()) })); drop(Strong::<It<S>>::try_new_cyclic(|_| { tick(); Err(Tag::new()) })); };
        "unwrap_or_clone" => |k| { drop(Strong::unwrap_or_clone(item::<S>(2))); drop(Strong::unwrap_or_clone(k.object().clone())); };
        "unwrap_or_clone of what dies meanwhile" => |k| { let last = k.object.take().unwrap(); let other = last.clone(); doom(move || drop(other)); drop(Strong::unwrap_or_clone(last)); };
        "what is Send" => |k| { let act = counted(); drop(WeakRef::with_send_callback(k.object(), move |_| act())); let act = counted(); drop(Proxy::with_send_callback(k.object(), move |_| act())); let act = counted(); drop(WeakMethod::with_send_callback(k.object(), number::<S> as fn(&It<S>) -> Tag, move |_| act())); weakref::finalize_send(k.object(), |_| { tick(); || () }).call(); weakref::finalize_with_send(k.object(), |n: u32| { tick(); n }, 1).call(); };
        "new_cyclic that keeps itself" => |k| { let mut kept = None; let object = Strong::new_cyclic(|this| { kept = Some(WeakRef::clone(this)); tick(); It::<S>::new(2) }); drop((object, kept, &k.weak)); };
        "pin" => |_k| drop(Strong::pin(It::<S>::new(2)));
        "from a box" => |_k| drop(Strong::<It<S>>::from(Box::new(It::<S>::new(2))));
        "kill" => |k| k.kill();
        "try_unwrap" => |k| { let object = k.object.take().unwrap(); drop(Strong::try_unwrap(object)); };
        "try_unwrap of two" => |k| { let object = k.object().clone(); drop(Strong::try_unwrap(object)); };
        "into_inner" => |k| { k.register(); let object = k.object.take().unwrap(); drop(Strong::into_inner(object)); };
        "get_mut" => |k| { let mut object = item::<S>(4); Strong::get_mut(&mut object); drop((object, k.object().clone())); };
        "make_mut" => |k| { let mut object = k.object().clone(); Strong::make_mut(&mut object).query.0 = 2; };
        "make_mut of the last" => |k| { let mut object = item::<S>(4); let weak = Strong::downgrade(&object); Strong::make_mut(&mut object).query.0 = 2; drop((object, weak, k.object().clone())); };
        "make_mut of what dies meanwhile" => |k| { let mut object = item::<S>(4); let other = object.clone(); doom(move || drop(other)); Strong::make_mut(&mut object).query.0 = 2; drop((object, k.object().clone())); };
        "raw" => |k| { let raw = Strong::into_raw(k.object().clone()); let _ = Strong::as_ptr(k.object());
            // SAFETY: from `into_raw`, once.
            drop(unsafe { Strong::from_raw(raw) }); };
        "figures" => |k| { let object = k.object(); let _ = (Strong::strong_count(object), Strong::weak_count(object), Strong::id(object), Strong::ptr_eq(object, object)); drop(Strong::weak_refs(object)); let _ = (k.weak.strong_count(), k.weak.weak_count(), k.weak.id(), k.weak.ptr_eq(&k.weak)); };
        "compare" => |k| { let other = item::<S>(2); let _ = *k.object() == other; let _ = *k.object() < other; drop(format!("{:?} {} {:?}", k.object(), k.object(), k.weak)); drop(HashSet::from([k.object().clone(), k.object().clone()])); };
        "weak" => |k| { drop((WeakRef::of(k.object()), WeakRef::<It<S>>::dangling(), Strong::downgrade(k.object()), k.weak.upgrade())); k.weak.is_alive(); };
        "prefetch" => |k| { k.weak.prefetch(); k.kill(); k.weak.prefetch(); };
        "with" => |k| { let look = user(Tag::new); drop(k.weak.with(|_| look())); };
        "with the last" => |k| { let last = &mut k.object; drop(k.weak.with(|_| { drop(last.take()); tick(); Tag::new() })); };
        "callback cancelled" => |k| { let callback = S::watch(k.object(), counted()); callback.has_callback(); drop(callback.upgrade()); drop(callback); };
        "callback kept" => |k| { let callback = S::watch(k.object(), counted()); owe(); k.kept.push(Box::new(callback)); k.kill(); };
        "callback within a callback" => |k| { let weak = k.weak.clone(); drop(weak); let inner = counted(); let callback = S::watch(k.object(), move || { let other = item::<S>(2); let nested = S::watch(&other, inner); owe(); nested.forget(); tick(); drop(other); }); callback.forget(); k.kill(); };
        "actions" => |k| { k.register(); k.kill(); };
        "actions of a last clone" => |k| { k.register(); let clone = k.object().clone(); k.kill(); drop(clone); };
        "finalizer called" => |k| { let finalizer = S::finalize(k.object()); owe(); drop(finalizer.call()); drop(finalizer.call()); finalizer.is_alive(); k.kill(); };
        "finalizer peeked" => |k| { let finalizer = S::finalize(k.object()); owe(); drop(finalizer.peek()); finalizer.at_exit(); finalizer.set_at_exit(false); drop(finalizer.clone()); k.kill(); };
        "finalizer peeked last" => |k| { let finalizer = S::finalize(k.object()); owe(); let peeked = finalizer.peek(); k.kill(); drop(peeked); };
        "finalizer detached" => |k| { let finalizer = S::finalize(k.object()); let detached = finalizer.detach(); k.kill(); drop(detached); };
        "action run" => |k| { let finalizer = S::finalize(k.object()); if let Some((object, action)) = finalizer.detach() { drop(object); owe(); drop(action.run()); } k.kill(); };
        "finalizers" => |k| { k.register(); let all = Strong::finalizers(k.object()); for finalizer in all { let _ = finalizer.call(); } k.kill(); };
        "declared" => |_k| S::declared();
        "declared called" => |_k| S::declared_of(false);
        "declared dead" => |_k| S::declared_of(true);
        "objects" => |_k| S::any();
        "proxy" => |k| { let proxy = Proxy::new(k.object()); Proxy::id(&proxy); drop(Proxy::get(&proxy)); drop(Proxy::reference(&proxy).clone()); drop(format!("{proxy} {proxy:?}")); let _ = proxy == proxy.clone(); let _ = proxy < proxy.clone(); drop(Proxy::into_reference(proxy)); drop(Proxy::from_reference(k.weak.clone())); };
        "proxy with" => |k| { let proxy = Proxy::new(k.object()); let look = user(Tag::new); drop(Proxy::with(&proxy, |_| look())); drop(Proxy::try_to_string(&proxy)); let other = item::<S>(2); let _ = Proxy::try_eq(&proxy, &*other); let _ = Proxy::try_partial_cmp(&proxy, &*other); };
        "proxy with the last" => |k| { let proxy = Proxy::new(k.object()); let last = &mut k.object; drop(Proxy::with(&proxy, |_| { drop(last.take()); tick(); Tag::new() })); assert!(matches!(Proxy::get(&proxy), Err(ReferenceError { .. }))); };
        "forwarded with the last" => |k| { let proxy = Proxy::new(k.object()); let last = &mut k.object; drop(proxy.meet(|| drop(last.take()))); };
        "forwarded with the last, later" => |k| { let proxy = Proxy::new(k.object()); let last = &mut k.object; drop(ready(proxy.meet_later(|| drop(last.take())))); };
        "forwarded to the dead" => |k| { let proxy = Proxy::new(k.object()); drop(proxy.give(Tag::new())); k.kill(); drop(proxy.give(Tag::new())); };
        "forwarded to the dead, later" => |k| { let proxy = Proxy::new(k.object()); drop(ready(proxy.give_later(Tag::new()))); k.kill(); drop(ready(proxy.give_later(Tag::new()))); };
        "forwarded to the dead, with an error" => |k| { let proxy = Proxy::new(k.object()); drop(proxy.try_give(Tag::new())); k.kill(); drop(proxy.try_give(Tag::new())); };
        "forwarded by its own trait with the last" => |k| { let proxy = Proxy::new(k.object()); let last = &mut k.object; drop(proxy.meet_own(|| drop(last.take()))); };
        "forwarded by its own trait with the last, later" => |k| { let proxy = Proxy::new(k.object()); let last = &mut k.object; drop(ready(proxy.meet_own_later(|| drop(last.take())))); };
        "proxy operators" => |k| { let proxy = Proxy::new(k.object()); drop(&proxy + 1); drop(&proxy + k.object().number()); drop(Proxy::try_add(&proxy, 1)); drop(proxy + 2); };
        "proxy with a callback" => |k| { let proxy = S::proxy(k.object(), counted()); drop(&proxy + 1); drop(proxy + 2); };
        "proxy of the dead" => |k| { let proxy = S::proxy(k.object(), counted()); owe(); k.kill(); drop(Proxy::with(&proxy, |_| Tag::new())); drop(proxy); };
        "method" => |k| { let method = WeakMethod::new(k.object(), number::<S> as fn(&It<S>) -> Tag); drop(method.call(())); let bound = method.upgrade(); drop(bound.as_ref().map(|bound| bound.call(()))); drop(bound.map(|bound| bound.downgrade())); method.receiver(); drop(WeakMethod::from_parts(k.weak.clone(), number::<S> as fn(&It<S>) -> Tag)); };
        "method with a callback" => |k| S::call_method(k.object(), counted());
        "capture" => |k| S::capture(k.object());
        "value_ref" => |k| { let by_value = ValueRef::new(k.object()); let _ = by_value.try_hash(); let other = ValueRef::new(k.object()); let _ = by_value == other; drop(HashSet::from([other])); k.kill(); let _ = by_value.try_hash(); };
        "cell of the living" => |k| { let cell = WeakCell::from(k.weak.clone()); let init = user(|| item::<S>(2)); drop(cell.get_or_init(init)); let init = user(|| Ok::<_, Tag>(item::<S>(2))); drop(cell.get_or_try_init(init)); drop(cell.get()); drop(cell.replace(WeakRef::new())); };
        "cell of nothing" => |k| { let cell = WeakCell::<It<S>>::new(); let init = user(|| Err(Tag::new())); drop(cell.get_or_try_init(init)); let init = user(|| Ok::<_, Tag>(item::<S>(2))); drop(cell.get_or_try_init(init)); let init = user(|| item::<S>(3)); drop(cell.get_or_init(init)); drop((cell, k.object().clone())); };
        "cell filled by another" => |k| { let cell = WeakCell::new(); drop(cell.get_or_init(|| { drop(cell.replace(k.weak.clone())); tick(); item::<S>(2) })); };
        "sent" => |k| { let sent = SendWeak::new(k.object()); drop(sent.upgrade()); sent.is_home(); drop(SendWeak::from_reference(&k.weak)); k.kill(); drop(sent.clone().upgrade()); };
        "graveyard, of what one has alone" => |k| { let mut graveyard = Graveyard::<S>::new(); let mut watched = graveyard.watch(k.object(), 1); graveyard.unwatch(&mut watched, k.object.as_mut().unwrap()); k.kill(); watched.is_last(); graveyard.has_notices(); drop(watched); };
        "graveyard" => |k| { let mut graveyard = Graveyard::<S>::new(); let watched = [graveyard.watch(k.object(), 1), graveyard.watch(k.object(), 2)]; k.kill(); assert_eq!(graveyard.dead(), 2); graveyard.has_notices(); while graveyard.next_dead().is_some() {} drop(watched); };
        "a chain of deaths" => |k| { let mut chain: Option<Strong<Link<S>>> = None; for _ in 0..140 { let next = chain.take(); chain = Some(Strong::new(Link { next, tag: Tag::new() })); } tick(); drop(chain); k.kill(); };
    }
    suite.finish(62);
}

/// One of a chain; deep ones wait for the outermost death.
struct Link<S: Slot> {
    #[expect(dead_code, reason = "owned")]
    next: Option<Strong<Self>>,
    #[expect(dead_code, reason = "its end is user code")]
    tag: Tag,
}

impl<S: Slot> WeakReferenceable for Link<S> {
    type Slot = S;
}

#[test]
fn of_sync() {
    all::<SyncSlot>("handles of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("handles of local objects");
}
