//! Handles that tell the model when they come and go.

use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref::watch::Watched;
use weakref::{Action, CallbackRef, Finalizer, ObjectId, Strong, WeakRef, coerce};

use super::flavour::{Aligned, Big, Body, Flavour, Node, Small, Token};
use super::model::model;
use crate::input;

type Object<S> = dyn Node<S>;

/// Lets a panic of user code go on, if it can, every other time.
fn pass_on(outcome: std::thread::Result<()>, goes_on: bool) {
    if let Err(payload) = outcome
        && (!input::is_expected(&*payload) || goes_on && !std::thread::panicking())
    {
        resume_unwind(payload);
    }
}

/// A strong handle.
pub(crate) struct Own<S: Flavour> {
    inner: ManuallyDrop<Strong<Object<S>>>,
    id: u32,
}

impl<S: Flavour> fmt::Debug for Own<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({})", self.id)
    }
}

impl<S: Flavour> Own<S> {
    /// Counts a handle that the crate has just given out.
    pub(crate) fn born(inner: Strong<Object<S>>, id: u32) -> Self {
        assert_eq!(inner.body().id(), id);
        model(|m| m.retain(id));
        Self {
            inner: ManuallyDrop::new(inner),
            id,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn inner(&self) -> &Strong<Object<S>> {
        &self.inner
    }

    pub(crate) fn same(&self) -> Self {
        Self::born(self.inner().clone(), self.id)
    }

    pub(crate) fn downgrade(&self) -> Refer<S> {
        Refer::born(Strong::downgrade(&self.inner), self.id)
    }

    /// The handle, uncounted.
    fn into_inner(self) -> Strong<Object<S>> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used again.
        unsafe { ManuallyDrop::take(&mut this.inner) }
    }

    pub(crate) fn check(&self) {
        let (strong, weak) = model(|m| m.counts(self.id));
        assert_eq!(Strong::strong_count(&self.inner), strong);
        assert_eq!(self.inner.body().id(), self.id);
        // While actions run, what they consume is on its way out.
        if input::depth() == 0 {
            assert_eq!(Strong::weak_count(&self.inner), weak);
            assert_eq!(Strong::weak_refs(&self.inner).len(), weak);
        }
    }

    pub(crate) fn get_mut(&mut self) {
        let is_unique = model(|m| m.is_unique(self.id));
        let value = Strong::get_mut(&mut self.inner);
        assert_eq!(value.is_some(), is_unique, "uniqueness");
        if let Some(value) = value {
            value.touch();
        }
    }

    /// Leaves the handle if the script's object cannot be cloned.
    pub(crate) fn make_mut(self) -> Self {
        let id = self.id;
        let strong = self.into_inner();
        match Strong::downcast::<Small<S>>(strong) {
            Ok(small) => changed(small, id, |small| coerce!(small => Object<S>)),
            Err(strong) => match Strong::downcast::<Aligned<S>>(strong) {
                Ok(aligned) => changed(aligned, id, |aligned| coerce!(aligned => Object<S>)),
                Err(strong) => Self {
                    inner: ManuallyDrop::new(strong),
                    id,
                },
            },
        }
    }

    /// Gives the handle back if it was not the last, or of a type that is not moved.
    pub(crate) fn move_out(self, only_if_last: bool) -> Option<Self> {
        let id = self.id;
        let strong = self.into_inner();
        match Strong::downcast::<Big<S>>(strong) {
            Ok(big) => moved(big, id, only_if_last, |big| coerce!(big => Object<S>)),
            Err(strong) => match Strong::downcast::<Small<S>>(strong) {
                Ok(small) => moved(small, id, only_if_last, |small| coerce!(small => Object<S>)),
                Err(strong) => Some(Self {
                    inner: ManuallyDrop::new(strong),
                    id,
                }),
            },
        }
    }

    pub(crate) fn through_raw(self) -> Self {
        let id = self.id;
        let raw = Strong::into_raw(self.into_inner());
        // SAFETY: from `into_raw`, once.
        let strong = unsafe { Strong::from_raw(raw) };
        Self {
            inner: ManuallyDrop::new(strong),
            id,
        }
    }
}

impl<S: Flavour> Drop for Own<S> {
    fn drop(&mut self) {
        let is_last = model(|m| m.release(self.id));
        // SAFETY: dropped once.
        let outcome = catch_unwind(AssertUnwindSafe(|| unsafe {
            ManuallyDrop::drop(&mut self.inner)
        }));
        if is_last {
            model(|m| m.ended(self.id));
        }
        pass_on(outcome, self.id & 1 == 0);
    }
}

fn changed<S: Flavour, T: Node<S> + Clone + 'static>(
    mut strong: Strong<T>,
    id: u32,
    back: fn(Strong<T>) -> Strong<Object<S>>,
) -> Own<S> {
    let is_unique = model(|m| m.is_unique(id));
    let is_last = !is_unique && model(|m| m.release(id));
    let outcome = catch_unwind(AssertUnwindSafe(|| Strong::make_mut(&mut strong).touch()));
    if is_last {
        model(|m| m.ended(id));
    }
    assert_eq!(
        strong.body().id() == id,
        is_unique,
        "changed in place, or not"
    );
    let strong = back(strong);
    let own = if is_unique {
        Own {
            inner: ManuallyDrop::new(strong),
            id,
        }
    } else {
        let id = strong.body().id();
        Own::born(strong, id)
    };
    pass_on(outcome, false);
    own
}

fn moved<S: Flavour, T: Node<S>>(
    strong: Strong<T>,
    id: u32,
    only_if_last: bool,
    back: fn(Strong<T>) -> Strong<Object<S>>,
) -> Option<Own<S>> {
    let is_last = model(|m| m.counts(id).0 == 1);
    if is_last {
        model(|m| m.moves(id));
    } else if !only_if_last {
        model(|m| m.release(id));
    }
    let value = if only_if_last {
        match Strong::try_unwrap(strong) {
            Ok(value) => Some(value),
            Err(strong) => {
                assert!(!is_last, "the last handle is not unwrapped");
                return Some(Own {
                    inner: ManuallyDrop::new(back(strong)),
                    id,
                });
            }
        }
    } else {
        Strong::into_inner(strong)
    };
    assert_eq!(value.is_some(), is_last);
    if let Some(value) = value {
        model(|m| m.ended(id));
        assert_eq!(value.body().id(), id);
    }
    None
}

/// A weak reference.
pub(crate) struct Refer<S: Flavour> {
    inner: WeakRef<Object<S>>,
    id: u32,
}

impl<S: Flavour> fmt::Debug for Refer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refer({})", self.id)
    }
}

impl<S: Flavour> Refer<S> {
    fn born(inner: WeakRef<Object<S>>, id: u32) -> Self {
        model(|m| m.retain_weak(id));
        Self { inner, id }
    }

    pub(crate) fn of_construction(inner: WeakRef<Object<S>>, id: u32) -> Self {
        Self::born(inner, id)
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn same(&self) -> Self {
        Self::born(self.inner.clone(), self.id)
    }

    pub(crate) fn upgrade(&self) -> Option<Own<S>> {
        let is_alive = model(|m| m.is_alive(self.id));
        let strong = self.inner.upgrade();
        assert_eq!(strong.is_some(), is_alive, "an upgrade");
        strong.map(|strong| Own::born(strong, self.id))
    }

    pub(crate) fn with(&self, body: impl FnOnce(&Body<S>)) {
        // As `WeakRef::with`, counted.
        if let Some(own) = self.upgrade() {
            body(own.inner().body());
        }
    }

    pub(crate) fn with_inner<R>(&self, body: impl FnOnce(&WeakRef<Object<S>>) -> R) -> R {
        body(&self.inner)
    }

    pub(crate) fn check(&self) {
        let is_alive = model(|m| m.is_alive(self.id));
        assert_eq!(self.inner.is_alive(), is_alive);
        if is_alive {
            assert_eq!(self.inner.strong_count(), model(|m| m.counts(self.id).0));
        } else {
            assert_eq!(self.inner.strong_count(), 0);
        }
    }
}

impl<S: Flavour> Drop for Refer<S> {
    fn drop(&mut self) {
        model(|m| m.release_weak(self.id));
    }
}

/// A reference with a callback.
pub(crate) struct Call<S: Flavour> {
    inner: ManuallyDrop<CallbackRef<Object<S>>>,
    token: u32,
}

impl<S: Flavour> Call<S> {
    pub(crate) fn new(own: &Own<S>, flags: u8) -> Self {
        let token = Token::new(own.id, flags, false);
        let number = token.number();
        Self {
            inner: ManuallyDrop::new(S::callback(&own.inner, token)),
            token: number,
        }
    }

    pub(crate) fn forget(self) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used again.
        unsafe { ManuallyDrop::take(&mut this.inner) }.forget();
    }
}

impl<S: Flavour> Drop for Call<S> {
    fn drop(&mut self) {
        let (token, object) = (self.token, model(|m| m.object_of(self.token)));
        assert_eq!(self.inner.has_callback(), model(|m| m.is_alive(object)));
        let is_cancelled = model(|m| m.cancel(token));
        // SAFETY: dropped once.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
        assert!(
            !is_cancelled || model(|m| m.is_dropped(token)),
            "the closure is not freed at once"
        );
    }
}

/// The handle of a finalizer.
pub(crate) struct Final<S: Flavour> {
    inner: Finalizer<Object<S>, u32>,
    token: u32,
}

impl<S: Flavour> Final<S> {
    fn born(inner: Finalizer<Object<S>, u32>, token: u32) -> Self {
        model(|m| m.handle_comes(token));
        Self { inner, token }
    }

    pub(crate) fn new(own: &Own<S>, flags: u8) -> Self {
        let token = Token::new(own.id, flags, true);
        let number = token.number();
        Self::born(S::finalizer(&own.inner, token), number)
    }

    pub(crate) fn same(&self) -> Self {
        Self::born(self.inner.clone(), self.token)
    }

    fn is_pending(&self) -> bool {
        model(|m| m.is_pending(self.token))
    }

    fn can_upgrade(&self) -> bool {
        self.is_pending() && model(|m| m.owner_is_alive(self.token))
    }

    pub(crate) fn check(&self) {
        assert_eq!(self.inner.is_alive(), self.is_pending());
    }

    pub(crate) fn call(&self) {
        let is_pending = model(|m| m.claim(self.token));
        let result = self.inner.call();
        assert_eq!(result, is_pending.then_some(self.token));
    }

    pub(crate) fn peek(&self) -> Option<Own<S>> {
        let can = self.can_upgrade();
        let strong = self.inner.peek();
        assert_eq!(strong.is_some(), can, "a peek");
        strong.map(|strong| Own::born(strong, model(|m| m.object_of(self.token))))
    }

    pub(crate) fn detach(&self) -> Option<(Own<S>, Act<S>)> {
        let can = self.can_upgrade();
        if can {
            model(|m| m.claim(self.token));
        }
        let detached = self.inner.detach();
        assert_eq!(detached.is_some(), can, "a detachment");
        let (strong, action) = detached?;
        let own = Own::born(strong, model(|m| m.object_of(self.token)));
        let act = Act {
            action,
            token: self.token,
        };
        Some((own, act))
    }

    pub(crate) fn set_at_exit(&self, at_exit: bool) {
        self.inner.set_at_exit(at_exit);
        assert_eq!(self.inner.at_exit(), at_exit && self.is_pending());
    }
}

impl<S: Flavour> Drop for Final<S> {
    fn drop(&mut self) {
        model(|m| m.handle_goes(self.token));
    }
}

/// A detached action.
pub(crate) struct Act<S: Flavour> {
    action: Action<Object<S>, u32>,
    token: u32,
}

impl<S: Flavour> Act<S> {
    pub(crate) fn run(self) {
        assert_eq!(self.action.run(), self.token);
    }
}

/// A registration.
pub(crate) struct Watch<S: Flavour> {
    inner: Watched<Object<S>>,
    number: u32,
}

impl<S: Flavour> Watch<S> {
    pub(crate) fn new(own: &Own<S>, is_passive: bool) -> Self {
        let number = model(|m| m.watches(own.id, S::IS_SYNC, is_passive));
        let inner = S::pools().with(|pools| {
            if is_passive {
                return pools.passive.borrow_mut().watch(&own.inner, number.into());
            }
            let bell = pools.bell();
            let mut graveyard = bell.0.try_lock().expect("it is free");
            graveyard.watch(&own.inner, number.into())
        });
        Self { inner, number }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number.into()
    }

    pub(crate) fn object(&self) -> ObjectId {
        self.inner.id()
    }
}

impl<S: Flavour> Drop for Watch<S> {
    fn drop(&mut self) {
        model(|m| m.watch_ends(self.number));
    }
}

/// Calls some of the finalizers of an object, by handles that do not say whose result they give.
pub(crate) fn call_some<S: Flavour>(own: &Own<S>) {
    struct Unnamed<S: Flavour>(Finalizer<Object<S>>, u32);

    impl<S: Flavour> Drop for Unnamed<S> {
        fn drop(&mut self) {
            model(|m| m.handle_goes(self.1));
        }
    }

    let tokens = model(|m| m.finalizers(own.id));
    let finalizers = Strong::finalizers(&own.inner);
    assert_eq!(finalizers.len(), tokens.len());
    let finalizers: Vec<_> = finalizers
        .into_iter()
        .zip(tokens)
        .map(|(finalizer, token)| {
            model(|m| m.handle_comes(token));
            Unnamed::<S>(finalizer, token)
        })
        .collect();
    for Unnamed(finalizer, token) in &finalizers {
        if input::byte() & 1 == 0 {
            let is_pending = model(|m| m.claim(*token));
            assert_eq!(finalizer.call().is_some(), is_pending);
        }
    }
}
