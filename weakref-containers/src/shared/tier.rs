//! The strong tier of a shared container: handles that keep alive what was used last.
//!
//! A weak container forgets a value with its last handle, so a value that is wanted again a moment later is made
//! again. The tier holds handles in its stead, and asks two questions that a plain cache does not ask:
//!
//! * **Who else holds it?** Letting go of a value that others hold frees nothing: it stays alive, and the container
//!   finds it. Its handle costs nothing either, as long as they hold it. So it is a useless victim, and needs no place.
//!   What is in use when it becomes the least recently used one is set *aside*, and comes back as the most recent one
//!   when it is seen to be held by nobody else: a value that was just released is what the tier is for.
//! * **Does it still stand in the container?** What was removed must not be kept alive.
//!
//! A release runs no code of the tier, so what is aside is looked at by calls that enter something, some handles
//! each. That it is looked at late must not make the tier unbounded. Hence two queues, each within the capacity:
//!
//! | invariant | |
//! |---|---|
//! | T1 | `recent` has the most recently used values, in order of use, of at most the capacity |
//! | T2 | `aside` has values that others held when their time in `recent` was over, of at most the capacity too |
//! | T3 | an object has one handle in the tier: a strong count above one means that somebody else holds it |
//! | T4 | no user code runs under the lock: what is let go is dropped after it, and values are weighed before it |
//! | T5 | when no call is under way, whatever is in the tier stands in the container |
//!
//! T5 needs an order, since the tier's lock is not the container's: who enters looks afterwards whether the row
//! still stands, and takes the value out if not; who removes a row takes the value out afterwards. The later of the
//! two sees the other's deed. Who takes out looks again too, and puts the value back if it was inserted meanwhile.
//!
//! The queues are those of `lru`: exact order, nothing but std below it, and no thread of its own. A cache that is
//! itself divided, or that prefers what was used often, would let go of what was just released.

mod api;
mod queue;

use core::fmt;
use std::sync::PoisonError;

use weakref::{Strong, WeakReferenceable};

use self::queue::{Kept, Queue};
use crate::several::Several;
use crate::sync::{Bug, Mutex, MutexGuard, seeded};

/// What a shared container keeps alive by itself: see
/// [`WeakValueMap::with_strong_tier`](super::WeakValueMap::with_strong_tier).
///
/// # Examples
///
/// ```
/// # use weakref::WeakReferenceable;
/// use weakref_containers::shared::{StrongTier, WeakValueMap};
///
/// #[derive(WeakReferenceable)]
/// struct Image {
///     bytes: Vec<u8>,
/// }
///
/// let by_number: WeakValueMap<u32, Image> = WeakValueMap::with_strong_tier(StrongTier::entries(100));
/// let by_size: WeakValueMap<u32, Image> = WeakValueMap::with_strong_tier(StrongTier::weight(
///     1 << 20,
///     |image: &Image| image.bytes.len() as u64,
/// ));
/// ```
pub struct StrongTier<V: ?Sized> {
    capacity: u64,
    weigh: fn(&V) -> u64,
}

impl<V: ?Sized> StrongTier<V> {
    /// Keeps the `capacity` most recently used values; none, if it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// let names = Interner::<str>::with_strong_tier(StrongTier::entries(2));
    /// for name in ["rose", "lily", "iris"] {
    ///     names.intern(name);
    /// }
    /// assert!(names.get("rose").is_none());
    /// assert!(names.get("lily").is_some() && names.get("iris").is_some());
    /// ```
    pub const fn entries(capacity: usize) -> Self {
        Self::weight(capacity as u64, |_| 1)
    }

    /// Keeps the most recently used values of up to `capacity` in total, as `weigh` measures them.
    ///
    /// A value is weighed when it enters the tier, possibly by several threads at a time, and not again while it is
    /// there. What weighs nothing counts as one. What weighs more than `capacity` is not kept, and weighed at each use.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// # use weakref::Object;
    /// let policy = StrongTier::weight(10, |name: &Object<str>| name.len() as u64);
    /// let names = Interner::<str>::with_strong_tier(policy);
    /// for name in ["hyacinth", "rose", "lily", "delphinium and more"] {
    ///     names.intern(name);
    /// }
    /// assert!(names.get("hyacinth").is_none());
    /// assert!(names.get("rose").is_some() && names.get("lily").is_some());
    /// assert!(names.get("delphinium and more").is_none());
    /// ```
    pub const fn weight(capacity: u64, weigh: fn(&V) -> u64) -> Self {
        Self { capacity, weigh }
    }
}

impl<V: ?Sized> Clone for StrongTier<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: ?Sized> Copy for StrongTier<V> {}

impl<V: ?Sized> fmt::Debug for StrongTier<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrongTier")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

/// A container's tier, if it has one. Behind a pointer: its lock is written by all threads, and what stands beside it
/// is read by all.
pub(super) struct MaybeTier<V: ?Sized + WeakReferenceable>(Option<Box<Tier<V>>>);

/// On cache lines of its own.
#[repr(align(128))]
struct Tier<V: ?Sized + WeakReferenceable> {
    policy: StrongTier<V>,
    queues: Mutex<Queues<V>>,
}

struct Queues<V: ?Sized + WeakReferenceable> {
    recent: Queue<V>,
    aside: Queue<V>,
}

/// So many of those aside are looked at by a call that enters a value. More than one, since each sets one aside.
const LOOKS: usize = 2;

impl<V: ?Sized + WeakReferenceable> MaybeTier<V> {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    fn new(policy: StrongTier<V>) -> Self {
        if policy.capacity == 0 {
            return Self::none();
        }
        let queues = Queues {
            recent: Queue::new(policy.capacity),
            aside: Queue::new(policy.capacity),
        };
        Self(Some(Box::new(Tier {
            policy,
            queues: Mutex::new(queues),
        })))
    }

    /// The value was used: it is the most recent one now. `stands` says whether its row is in the container; the
    /// caller holds no lock.
    #[inline]
    pub(super) fn keep(&self, value: &Strong<V>, stands: impl Fn() -> bool) {
        if let Some(tier) = &self.0 {
            tier.keep(value, stands);
        }
    }

    /// The row of a value was taken out. What must be dropped for it comes in `let_go`.
    #[inline]
    pub(super) fn forget(
        &self,
        value: &Strong<V>,
        stands: impl Fn() -> bool,
        let_go: &mut Several<Strong<V>>,
    ) {
        if let Some(tier) = &self.0 {
            tier.forget(value, stands, let_go);
        }
    }

    fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |tier| {
            let queues = tier.lock();
            queues.recent.len() + queues.aside.len()
        })
    }

    fn clear(&self) {
        if let Some(tier) = &self.0 {
            tier.clear();
        }
    }
}

impl<V: ?Sized + WeakReferenceable> Tier<V> {
    fn lock(&self) -> MutexGuard<'_, Queues<V>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, value: &Strong<V>, stands: impl Fn() -> bool) {
        // Dropped last of all: its drops may panic, and use the container.
        let mut let_go = Several::new();
        // What is in the tier already needs no second look: who removes its row takes it out after that.
        if self.lock().mark(value, &mut let_go) {
            return;
        }
        let weight = (self.policy.weigh)(value).max(1);
        if weight > self.policy.capacity {
            return;
        }
        let kept = Kept::new(value.clone(), weight);
        self.lock().enter(kept, &mut let_go);
        if !stands() && !seeded(Bug::KeptUnseen) {
            self.forget(value, stands, &mut let_go);
        }
    }

    fn forget(
        &self,
        value: &Strong<V>,
        stands: impl Fn() -> bool,
        let_go: &mut Several<Strong<V>>,
    ) {
        loop {
            let Some(kept) = self.lock().remove(value) else {
                return;
            };
            // After it was taken out: who inserted the value meanwhile may have found it there.
            if !stands() || seeded(Bug::NotPutBack) {
                return;
            }
            self.lock().enter(kept, let_go);
            if stands() {
                return;
            }
        }
    }

    /// Drops those aside first, then from the least recently used one on.
    fn clear(&self) {
        let mut let_go = Several::new();
        let mut queues = self.lock();
        queues.aside.clear(&mut let_go);
        queues.recent.clear(&mut let_go);
        drop(queues);
    }
}

impl<V: ?Sized + WeakReferenceable> Queues<V> {
    /// Makes a value that is in the tier the most recent one.
    fn mark(&mut self, value: &Strong<V>, let_go: &mut Several<Strong<V>>) -> bool {
        if self.recent.promote(value) {
            return true;
        }
        let Some(kept) = self.aside.remove(value) else {
            return false;
        };
        self.push(kept, let_go);
        true
    }

    fn enter(&mut self, kept: Kept<V>, let_go: &mut Several<Strong<V>>) {
        // T3: another thread may have entered it.
        if self.mark(&kept.value, let_go) {
            return;
        }
        for _ in 0..LOOKS.min(self.aside.len()) {
            let Some(kept) = self.aside.pop() else { break };
            if kept.is_held_by_others() {
                self.aside.push(kept);
            } else {
                self.push(kept, let_go);
            }
        }
        self.push(kept, let_go);
    }

    /// Puts a value in front of the recent ones.
    fn push(&mut self, kept: Kept<V>, let_go: &mut Several<Strong<V>>) {
        while let Some(least) = self.recent.pop_for(&kept) {
            if !least.is_held_by_others() {
                let_go.push_back(least.value);
                continue;
            }
            while let Some(longest) = self.aside.pop_for(&least) {
                let_go.push_back(longest.value);
            }
            self.aside.push(least);
        }
        self.recent.push(kept);
    }

    fn remove(&mut self, value: &Strong<V>) -> Option<Kept<V>> {
        self.recent
            .remove(value)
            .or_else(|| self.aside.remove(value))
    }
}

impl<V: ?Sized + WeakReferenceable> Drop for Tier<V> {
    fn drop(&mut self) {
        // Not by the queues: a panic in one value's drop would leave the others behind.
        self.clear();
    }
}
