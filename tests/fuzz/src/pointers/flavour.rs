//! The types of the objects, and what is done differently for each flavour.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::take;
use std::sync::Mutex;
use std::thread::LocalKey;

use weakref::watch::{Graveyard, Wake};
use weakref::{
    CallbackRef, Construction, Finalizer, FinalizerSafe, LocalSlot, ObjectId, Slot, Strong,
    SyncSlot, WeakRef, WeakReferenceable, coerce, finalize_with, finalizer,
};

use super::handles::{Act, Call, Final, Own, Refer, Watch};
use super::model::model;
use crate::input;

pub(crate) const SLOTS: usize = 5;

/// An object as all handles see it.
pub(crate) trait Node<S: Slot>: WeakReferenceable<Slot = S> {
    fn body(&self) -> &Body<S>;
    fn touch(&mut self) {}
}

/// What is in every object.
pub(crate) struct Body<S> {
    id: u32,
    slot: PhantomData<fn() -> S>,
}

impl<S> Body<S> {
    pub(crate) fn new(id: u32) -> Self {
        model(|m| m.body_begins(id));
        Self {
            id,
            slot: PhantomData,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }
}

impl<S> Clone for Body<S> {
    fn clone(&self) -> Self {
        Self::new(model(|m| m.object(0)))
    }
}

impl<S> Drop for Body<S> {
    fn drop(&mut self) {
        super::body_ends(self.id);
    }
}

/// Stands in one block with its counts.
pub(crate) struct Small<S>(Body<S>);
/// Has an allocation of its own.
pub(crate) struct Big<S>(Body<S>, [u64; 20]);
/// The same, for its alignment.
#[repr(align(64))]
pub(crate) struct Aligned<S>(Body<S>, u8);

impl<S> Clone for Small<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Clone for Aligned<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1)
    }
}

impl<S: Slot + 'static> WeakReferenceable for Small<S> {
    type Slot = S;
}
impl<S: Slot + 'static> WeakReferenceable for Big<S> {
    type Slot = S;
}
impl<S: Slot + 'static> WeakReferenceable for Aligned<S> {
    type Slot = S;
}
impl<S: Slot + 'static> Node<S> for Small<S> {
    fn body(&self) -> &Body<S> {
        &self.0
    }
}
impl<S: Slot + 'static> Node<S> for Big<S> {
    fn body(&self) -> &Body<S> {
        &self.0
    }
    fn touch(&mut self) {
        self.1 = [7; 20];
    }
}
impl<S: Slot + 'static> Node<S> for Aligned<S> {
    fn body(&self) -> &Body<S> {
        &self.0
    }
    fn touch(&mut self) {
        self.1 = 7;
    }
}

/// What actions own: it says when they run and when they go.
pub(crate) struct Token(u32);

impl FinalizerSafe for Token {}

impl Token {
    pub(crate) fn new(object: u32, flags: u8, is_finalizer: bool) -> Self {
        Self(model(|m| m.token(object, flags, is_finalizer)))
    }

    pub(crate) fn number(&self) -> u32 {
        self.0
    }

    pub(crate) fn fire(&self) -> u32 {
        let flags = model(|m| m.fires(self.0));
        super::go_on(flags & 3);
        if flags & 4 != 0 {
            input::blast();
        }
        self.0
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        model(|m| m.drops(self.0));
    }
}

/// The owner of a waking graveyard.
pub(crate) struct Bell<S: Slot>(pub(crate) Mutex<Graveyard<S>>);

impl<S: Slot + 'static> WeakReferenceable for Bell<S> {
    type Slot = S;
}

impl<S: Slot + 'static> Wake for Bell<S> {
    fn wake(&self) {
        // No user code runs while it is locked, so that it is free.
        let mut graveyard = self.0.try_lock().expect("nobody else has it");
        while let Some(notice) = graveyard.next_dead() {
            model(|m| m.drained(notice.token));
        }
    }
}

/// What a body owns.
#[derive(Debug)]
#[expect(dead_code, reason = "owned for its drop")]
pub(crate) enum Held {
    Sync(Own<SyncSlot>),
    Local(Own<LocalSlot>),
    SyncWeak(Refer<SyncSlot>),
    LocalWeak(Refer<LocalSlot>),
}

pub(crate) trait Flavour: Slot + Sized + 'static {
    const IS_SYNC: bool;
    fn pools() -> &'static LocalKey<Pools<Self>>;
    fn make(kind: u8, body: Body<Self>) -> Strong<dyn Node<Self>>;
    fn construct(
        is_big: bool,
        body: impl FnOnce(Builder<'_, Self>) -> Body<Self>,
    ) -> Strong<dyn Node<Self>>;
    fn callback(strong: &Strong<dyn Node<Self>>, token: Token) -> CallbackRef<dyn Node<Self>>;
    fn finalizer(strong: &Strong<dyn Node<Self>>, token: Token) -> Finalizer<dyn Node<Self>, u32>;
    fn attach(builder: &Builder<'_, Self>, token: Token);
    fn bell() -> Strong<Bell<Self>>;
    fn held(own: Own<Self>) -> Held;
    fn held_weak(weak: Refer<Self>) -> Held;
}

/// The construction of an object of one of two types.
pub(crate) enum Builder<'a, S: Flavour> {
    Small(&'a Construction<Small<S>>),
    Big(&'a Construction<Big<S>>),
}

impl<S: Flavour> Builder<'_, S> {
    pub(crate) fn weak(&self) -> WeakRef<dyn Node<S>> {
        match self {
            Self::Small(site) => coerce!(WeakRef::clone(site) => dyn Node<S>),
            Self::Big(site) => coerce!(WeakRef::clone(site) => dyn Node<S>),
        }
    }
}

macro_rules! flavour {
    ($slot:ident, $is_sync:literal, $pools:ident, $held:ident, $weak:ident, $declared:ident $(, $local:ident)?) => {
        thread_local! {
            static $pools: Pools<$slot> = Pools::new();
        }

        /// Attaches a finalizer of its own.
        #[derive(WeakReferenceable)]
        #[weakref(finalizer = close $(, $local)?)]
        struct $declared(Body<$slot>);

        impl $declared {
            #[finalizer]
            fn close(&self) -> impl FnOnce() -> u32 + use<> {
                let token = Token::new(self.0.id, 0, true);
                move || token.fire()
            }
        }

        impl Node<$slot> for $declared {
            fn body(&self) -> &Body<$slot> {
                &self.0
            }
        }

        impl Flavour for $slot {
            const IS_SYNC: bool = $is_sync;

            fn pools() -> &'static LocalKey<Pools<Self>> {
                &$pools
            }

            fn make(kind: u8, body: Body<Self>) -> Strong<dyn Node<Self>> {
                match kind % 4 {
                    0 => coerce!(Strong::new(Small(body)) => dyn Node<$slot>),
                    1 => coerce!(Strong::new(Big(body, [0; 20])) => dyn Node<$slot>),
                    2 => coerce!(Strong::new(Aligned(body, 0)) => dyn Node<$slot>),
                    _ => coerce!(Strong::new($declared(body)) => dyn Node<$slot>),
                }
            }

            fn construct(
                is_big: bool,
                body: impl FnOnce(Builder<'_, Self>) -> Body<Self>,
            ) -> Strong<dyn Node<Self>> {
                if is_big {
                    let strong = Strong::new_cyclic(|site| Big(body(Builder::Big(site)), [0; 20]));
                    coerce!(strong => dyn Node<$slot>)
                } else {
                    let strong = Strong::new_cyclic(|site| Small(body(Builder::Small(site))));
                    coerce!(strong => dyn Node<$slot>)
                }
            }

            fn callback(strong: &Strong<dyn Node<Self>>, token: Token) -> CallbackRef<dyn Node<Self>> {
                WeakRef::with_callback(strong, move |dead| {
                    assert!(!dead.is_alive() && dead.upgrade().is_none());
                    token.fire();
                })
            }

            fn finalizer(strong: &Strong<dyn Node<Self>>, token: Token) -> Finalizer<dyn Node<Self>, u32> {
                finalize_with(strong, |token: Token| token.fire(), token)
            }

            fn attach(builder: &Builder<'_, Self>, token: Token) {
                match builder {
                    Builder::Small(site) => drop(finalize_with(*site, |token: Token| token.fire(), token)),
                    Builder::Big(site) => drop(finalize_with(*site, |token: Token| token.fire(), token)),
                }
            }

            fn bell() -> Strong<Bell<Self>> {
                Strong::new_cyclic(|this| Bell(Mutex::new(Graveyard::waking(this))))
            }

            fn held(own: Own<Self>) -> Held {
                Held::$held(own)
            }

            fn held_weak(weak: Refer<Self>) -> Held {
                Held::$weak(weak)
            }
        }
    };
}

flavour!(SyncSlot, true, SYNC, Sync, SyncWeak, DeclaredSync);
flavour!(
    LocalSlot,
    false,
    LOCAL,
    Local,
    LocalWeak,
    DeclaredLocal,
    local
);

type Slots<T> = RefCell<[Option<T>; SLOTS]>;

/// The handles that the script owns.
pub(crate) struct Pools<S: Flavour> {
    pub(crate) own: Slots<Own<S>>,
    pub(crate) weak: Slots<Refer<S>>,
    pub(crate) calls: Slots<Call<S>>,
    pub(crate) finals: Slots<Final<S>>,
    pub(crate) acts: Slots<Act<S>>,
    pub(crate) watches: Slots<Watch<S>>,
    pub(crate) passive: RefCell<Graveyard<S>>,
    pub(crate) bell: RefCell<Option<Strong<Bell<S>>>>,
}

/// Puts something into a slot, and drops what was there when the pool is free again.
fn put<T>(slots: &Slots<T>, at: usize, new: Option<T>) {
    let old = std::mem::replace(&mut slots.borrow_mut()[at], new);
    drop(old);
}

fn clear<T>(slots: &Slots<T>) {
    for at in 0..SLOTS {
        put(slots, at, None);
    }
}

impl<S: Flavour> Pools<S> {
    fn new() -> Self {
        Self {
            own: RefCell::default(),
            weak: RefCell::default(),
            calls: RefCell::default(),
            finals: RefCell::default(),
            acts: RefCell::default(),
            watches: RefCell::default(),
            passive: RefCell::default(),
            bell: RefCell::default(),
        }
    }

    pub(crate) fn put_own(&self, at: usize, own: Own<S>) {
        put(&self.own, at, Some(own));
    }

    pub(crate) fn take_own(&self, at: usize) -> Option<Own<S>> {
        self.own.borrow_mut()[at].take()
    }

    pub(crate) fn kill(&self, at: usize) {
        put(&self.own, at, None);
    }

    pub(crate) fn put_weak(&self, at: usize, weak: Refer<S>) {
        put(&self.weak, at, Some(weak));
    }

    pub(crate) fn drop_weak(&self, at: usize) {
        put(&self.weak, at, None);
    }

    pub(crate) fn put_call(&self, at: usize, call: Call<S>) {
        put(&self.calls, at, Some(call));
    }

    pub(crate) fn drop_call(&self, at: usize) {
        put(&self.calls, at, None);
    }

    pub(crate) fn put_final(&self, at: usize, finalizer: Final<S>) {
        put(&self.finals, at, Some(finalizer));
    }

    pub(crate) fn drop_final(&self, at: usize) {
        put(&self.finals, at, None);
    }

    pub(crate) fn put_act(&self, at: usize, act: Act<S>) {
        put(&self.acts, at, Some(act));
    }

    pub(crate) fn put_watch(&self, at: usize, watch: Watch<S>) {
        put(&self.watches, at, Some(watch));
    }

    pub(crate) fn drop_watch(&self, at: usize) {
        put(&self.watches, at, None);
    }

    /// The bell, made when it is first asked for.
    pub(crate) fn bell(&self) -> Strong<Bell<S>> {
        self.bell.borrow_mut().get_or_insert_with(S::bell).clone()
    }

    pub(crate) fn check_notice(&self, token: u64, id: ObjectId) {
        let watches = self.watches.borrow();
        let watch = watches
            .iter()
            .flatten()
            .find(|watch| watch.number() == token);
        assert_eq!(watch.expect("it was not dropped").object(), id);
    }

    /// Takes all registrations and their graveyards out, in the order in which they are to be dropped.
    pub(crate) fn new_graveyard(&self, is_first: bool) -> (Vec<Watch<S>>, Option<Graveyard<S>>) {
        let watches = take(&mut *self.watches.borrow_mut());
        let old = take(&mut *self.passive.borrow_mut());
        let watches: Vec<_> = watches.into_iter().flatten().collect();
        if is_first {
            drop(old);
            return (watches, None);
        }
        drop(watches);
        (Vec::new(), Some(old))
    }

    /// Drops all handles; what is dropped may make others.
    pub(crate) fn clear(&self) {
        clear(&self.own);
        clear(&self.weak);
        clear(&self.calls);
        clear(&self.finals);
        clear(&self.acts);
    }

    pub(crate) fn is_empty(&self) -> bool {
        fn none<T>(slots: &Slots<T>) -> bool {
            slots.borrow().iter().all(Option::is_none)
        }
        none(&self.own)
            && none(&self.weak)
            && none(&self.calls)
            && none(&self.finals)
            && none(&self.acts)
    }

    /// Drops the registrations and what keeps them.
    pub(crate) fn end(&self) {
        if let Some(bell) = &*self.bell.borrow() {
            assert_eq!(
                bell.0.try_lock().expect("it is free").dead(),
                0,
                "nobody was woken"
            );
        }
        clear(&self.watches);
        self.passive.take();
        self.bell.take();
    }
}
