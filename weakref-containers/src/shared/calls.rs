//! The calls of the shared maps, whatever their sides are: each looks, decides unlocked, and changes what it
//! found, if that still holds, or else begins again.

#[cfg(feature = "async")]
mod asynchronous;

use core::marker::PhantomData;

use weakref::watch::{Graveyard, Panics, Watched, drop_first};
use weakref::{Slot, Source, Strong, WeakReferenceable};

use super::events::Making;
use super::found::{Compared, Found, find_held, look_for_entry};
use super::sharded::{AtEdition, Gone, Inside, Scan, Seen};
use super::slotted::{Construction, MapShard, Product, Slotted};
use super::waits::{Blocking, Waiting};
use crate::key::Keying;
use crate::several::Several;
use crate::side::{Held, NoYard, Side};
use crate::sync::{Bug, seeded};
use crate::table::Row;

/// A key that is about to be looked for and perhaps entered.
pub(super) trait Key<K: Side, R: Product, S: Slot> {
    type Seen: Seen<K, Slotted<R>, S, Found<R>>;

    /// Looks for it. May run user code.
    fn find(&self, shard: &MapShard<K, R, S>, hash: u64) -> Scan<Found<R>, Self::Seen>;
    /// Makes the key's side of the row. Called once, under the lock; runs no user code.
    fn enter(&mut self, yard: &mut K::Yard, hash: u64) -> K;
}

/// A key that the map will own.
pub(super) struct HeldKey<K>(pub(super) Option<K>);

impl<K: Eq, R: Product, S: Slot> Key<Held<K>, R, S> for HeldKey<K> {
    type Seen = AtEdition;

    fn find(&self, shard: &MapShard<Held<K>, R, S>, hash: u64) -> Scan<Found<R>, AtEdition> {
        find_held(shard, hash, |stored| self.0.as_ref() == Some(stored))
    }

    fn enter(&mut self, _: &mut NoYard, _: u64) -> Held<K> {
        Held(self.0.take().expect("a key is entered once"))
    }
}

/// A key that the map will hold weakly.
pub(super) struct WatchedKey<'a, K: ?Sized + WeakReferenceable, M>(
    pub(super) &'a Strong<K>,
    pub(super) PhantomData<M>,
);

impl<K, M, R> Key<Watched<K>, R, K::Slot> for WatchedKey<'_, K, M>
where
    K: ?Sized + WeakReferenceable,
    M: Keying<K>,
    R: Product,
{
    type Seen = Compared<K>;

    fn find(
        &self,
        shard: &MapShard<Watched<K>, R, K::Slot>,
        hash: u64,
    ) -> Scan<Found<R>, Compared<K>> {
        look_for_entry(shard, hash, M::query(self.0))
    }

    fn enter(&mut self, yard: &mut Graveyard<K::Slot>, hash: u64) -> Watched<K> {
        yard.watch(self.0, hash)
    }
}

/// The row that another one replaced.
type Replaced<K, R> = Option<MapRow<K, R>>;
type MapRow<K, R> = Gone<K, Slotted<R>>;
type LeadOf<'a, K, R, S, E> = Lead<'a, K, R, S, Scan<Found<R>, <E as Key<K, R, S>>::Seen>>;

/// How far a call gets without waiting.
enum Step<R: Product, D> {
    Live(R::Taken),
    Wait(Construction<R>),
    Done(D),
}

/// A key of a map, with its hash and its shard.
pub(super) struct Target<'a, K: Side, R: Product, S: Slot, E> {
    pub(super) shard: &'a MapShard<K, R, S>,
    pub(super) hash: u64,
    pub(super) key: E,
}

impl<'a, K, R, S, E> Target<'a, K, R, S, E>
where
    K: Side,
    R: Product,
    S: Slot,
    E: Key<K, R, S>,
{
    /// Puts a value here. Returns the live value it replaced, with its row; nothing of either is dropped yet. A
    /// construction under way ends with the new value.
    pub(super) fn insert(self, value: &R::Taken) -> Option<(R::Taken, MapRow<K, R>)> {
        self.insert_and(value, |_, _| {})
    }

    /// As [`insert`](Self::insert). If no row had the hash, `entered` is called with the bucket, under the lock; it
    /// must not run user code.
    pub(super) fn insert_and(
        mut self,
        value: &R::Taken,
        entered: impl FnOnce(&mut Inside<K, Slotted<R>, S>, usize),
    ) -> Option<(R::Taken, MapRow<K, R>)> {
        let (hash, key) = (self.hash, &mut self.key);
        let is_put = self.shard.write(|inside| {
            let put = inside.put_first(hash, |graves| {
                let ready = R::of(value, &mut graves.values, hash);
                (key.enter(&mut graves.keys, hash), Slotted::Ready(ready))
            });
            if let Some(bucket) = put {
                entered(inside, bucket);
            }
            put.is_some()
        });
        if is_put {
            return None;
        }
        loop {
            let scan = self.key.find(self.shard, self.hash);
            if let Some(replaced) = self.put(&scan, value) {
                // Nothing was replaced: another thread removed the row in the meantime.
                let Scan { found, seen } = scan;
                return drop_first((seen, self), found.live().zip(replaced));
            }
        }
    }

    /// Puts a value here unless there is a live one, which it returns. Waits for a construction under way.
    #[track_caller]
    pub(super) fn try_insert(mut self, value: &R::Taken) -> Result<(), R::Taken> {
        let result = self.wait_or(|place, scan| place.put(&scan, value).map(drop));
        drop_first(self, result)
    }

    /// Returns the live value, or makes one, once for all callers that want it.
    #[track_caller]
    pub(super) fn get_or_try_insert_with<X>(
        mut self,
        make: impl FnOnce() -> Result<R::Taken, X>,
    ) -> Result<R::Taken, X> {
        match self.wait_or(Self::lead) {
            Ok(lead) => {
                let making = Making::begins();
                let result = match lead.make(make, making) {
                    Ok(value) => Ok(lead.land(value)),
                    Err(error) => Err(drop_first(lead, error)),
                };
                making.ended::<K, R>(result.as_ref().ok());
                result
            }
            Err(value) => Ok(drop_first((make, self), value)),
        }
    }

    /// Calls `act` if there is no value; otherwise returns the value, waiting for it if it is being made.
    #[track_caller]
    fn wait_or<D>(
        &mut self,
        mut act: impl FnMut(&mut Self, Scan<Found<R>, E::Seen>) -> Option<D>,
    ) -> Result<D, R::Taken> {
        loop {
            match self.step(&mut act) {
                Step::Done(done) => return Ok(done),
                Step::Live(value) => return Err(value),
                Step::Wait(construction) => {
                    let waiting = Making::waits::<K, R>();
                    let given = construction.wait(self.shard);
                    waiting.waited::<K, R>(given.as_ref());
                    if let Some(value) = given {
                        return Err(value);
                    }
                }
            }
        }
    }

    /// Looks the key up, and calls `act` if there is no value. Does not wait.
    fn step<D>(
        &mut self,
        mut act: impl FnMut(&mut Self, Scan<Found<R>, E::Seen>) -> Option<D>,
    ) -> Step<R, D> {
        loop {
            let scan = self.key.find(self.shard, self.hash);
            match scan.found {
                Found::Live(value) => return Step::Live(value),
                Found::Building(construction) => return Step::Wait(construction),
                Found::Nothing | Found::Dead => {}
            }
            if let Some(done) = act(self, scan) {
                return Step::Done(done);
            }
        }
    }

    /// Begins a construction and enters its row.
    fn lead(&mut self, scan: Scan<Found<R>, E::Seen>) -> Option<LeadOf<'a, K, R, S, E>> {
        // Refused here, because a panic under the lock would drop the lead, and that locks the shard for writing.
        self.shard.refuse_within_read();
        // Before anything else: a flight without a leader would never end.
        let mut lead = Lead::new(self.shard, self.hash);
        let (hash, key) = (self.hash, &mut self.key);
        let old = scan.change_only(self.shard, |inside, bucket| {
            let old = inside.put(hash, bucket, |graves| {
                let key = key.enter(&mut graves.keys, hash);
                (key, Slotted::Building(lead.construction.clone()))
            });
            let replaces_one = matches!(&old, Some(gone) if gone.row.value.ready().is_none());
            inside.building += usize::from(!replaces_one);
            old
        })?;
        lead.taken_out.extend(old);
        lead.seen = Some(scan);
        Some(lead)
    }

    /// Replaces what was found, and returns it, if it is still there.
    fn put(&mut self, scan: &Scan<Found<R>, E::Seen>, value: &R::Taken) -> Option<Replaced<K, R>> {
        let (hash, key) = (self.hash, &mut self.key);
        let put = |inside: &mut Inside<K, Slotted<R>, S>, bucket| {
            let old = inside.put(hash, bucket, |graves| {
                let ready = R::of(value, &mut graves.values, hash);
                (key.enter(&mut graves.keys, hash), Slotted::Ready(ready))
            });
            let ended = match &old {
                Some(Gone {
                    row:
                        Row {
                            value: Slotted::Building(construction),
                            ..
                        },
                    ..
                }) => {
                    inside.building -= 1;
                    // Under the lock, so that the leader cannot land in between. Runs no user code, since `value` is
                    // not dropped.
                    let end = || construction.end(Some(value.clone()));
                    (!seeded(Bug::NotOvertaken)).then(end)
                }
                _ => None,
            };
            (old, ended)
        };
        if !matches!(scan.found, Found::Building(_)) || seeded(Bug::SettlesBeforeWaking) {
            return Some(scan.change(self.shard, put)?.0);
        }
        // Waiters are told before anything is buried, because the drop of a buried row may wait for them.
        let (old, ended) = scan.change_only(self.shard, put)?;
        let mut panics = Panics::of::<R::Taken>(Source::Drop);
        panics.run(|| drop(ended));
        panics.run(|| self.shard.settle());
        panics.resume();
        Some(old)
    }
}

/// How often a closure is asked again because the entry changed since the last time. Other threads cause that a few
/// times in a row; a closure that changes its own entry causes it every time.
const TRIES: u32 = 1_000;

/// Counts the calls of a closure.
#[derive(Default)]
pub(super) struct Tries(u32);

impl Tries {
    #[track_caller]
    pub(super) fn count(&mut self) {
        self.0 += 1;
        assert!(
            self.0 <= TRIES,
            "weakref: the closure of a shared map changes its own entry: it was called {TRIES} times, and each time the entry changed meanwhile"
        );
    }
}

/// Asks `condition` about the live value of a key, unlocked, then calls `act` with the bucket under the lock; starts
/// over if something changed in between. Returns the value with what `act` took out; nothing of either is dropped
/// yet.
#[track_caller]
pub(super) fn change_if<K, R, S, P, T>(
    shard: &MapShard<K, R, S>,
    find: impl Fn() -> Scan<Found<R>, P>,
    mut condition: impl FnMut(&R::Taken) -> bool,
    mut act: impl FnMut(&mut Inside<K, Slotted<R>, S>, usize) -> Option<T>,
) -> Option<(R::Taken, T)>
where
    K: Side,
    R: Product,
    S: Slot,
    P: Seen<K, Slotted<R>, S, Found<R>>,
{
    let mut agreed: Option<R::Taken> = None;
    let mut tries = Tries::default();
    loop {
        let scan = find();
        let Found::Live(value) = &scan.found else {
            return None;
        };
        if !agreed.as_ref().is_some_and(|seen| R::same(seen, value)) {
            tries.count();
            if !condition(value) {
                return None;
            }
            agreed = Some(value.clone());
        }
        match scan.change(shard, |inside, bucket| act(inside, bucket?)) {
            None => {}
            Some(out) => return drop_first((scan, find, condition, act), agreed.zip(out)),
        }
    }
}

/// Replaces the value in a bucket and keeps the key; does nothing if the bucket is empty. Returns the old value and
/// the tier's handle of it.
pub(super) fn replace_value<K, R, S>(
    inside: &mut Inside<K, Slotted<R>, S>,
    hash: u64,
    bucket: usize,
    value: &R::Taken,
) -> Option<(Slotted<R>, Option<R::Taken>)>
where
    K: Side,
    R: Product,
    S: Slot,
{
    let (row, graves) = inside.table.row_at_mut(bucket)?;
    let ready = Slotted::Ready(R::of(value, &mut graves.values, hash));
    let old = core::mem::replace(&mut row.value, ready);
    inside.entered();
    Some((old, inside.part.vacate(bucket)))
}

/// The caller that makes a value others may wait for. If it is dropped without landing, the construction fails, and
/// one of the waiters takes over.
///
/// Until the waiters are told, only the construction's own user code runs: anything that is dropped or buried might
/// ask for this key, or for one that waits for it. Such values are dropped with the lead, or buried after the
/// construction has ended.
struct Lead<'a, K: Side, R: Product, S: Slot, P> {
    shard: &'a MapShard<K, R, S>,
    hash: u64,
    construction: Construction<R>,
    has_landed: bool,
    /// The row that the construction replaced.
    taken_out: Several<MapRow<K, R>>,
    /// The result of the lookup, which may keep other objects alive.
    seen: Option<P>,
    /// The construction from within which this one was begun waits for it.
    #[cfg_attr(not(feature = "async"), expect(dead_code, reason = "its drop counts"))]
    begun: Waiting,
}

impl<'a, K: Side, R: Product, S: Slot, P> Lead<'a, K, R, S, P> {
    fn new(shard: &'a MapShard<K, R, S>, hash: u64) -> Self {
        let construction = Construction::new();
        Self {
            shard,
            hash,
            has_landed: false,
            taken_out: Several::new(),
            seen: None,
            begun: Waiting::begin(construction.status()),
            construction,
        }
    }

    /// Runs the constructor as code of the construction.
    fn make<T>(&self, make: impl FnOnce() -> T, making: Making) -> T {
        let status = self.construction.status();
        // Whatever is further out on the stack goes on when the constructor has returned.
        let blocking = Blocking::begin(status);
        let entered = blocking.enter();
        making.leads::<K, R>();
        drop_first(entered, make())
    }

    /// Makes the value visible. If another value was inserted in the meantime, returns that one instead.
    fn land(mut self, value: R::Taken) -> R::Taken {
        let replaced = self.shard.write_only(|inside| {
            let bucket = self.bucket(inside)?;
            inside.building -= 1;
            replace_value(inside, self.hash, bucket, &value)
        });
        self.has_landed = true;
        let ended = self.construction.end(Some(value.clone()));
        // Waiting tasks are woken first, as threads were: the drops and burials below may wait for them.
        drop((ended.tasks, self, replaced));
        match ended.value {
            Some(shared) => drop_first(value, shared),
            None => value,
        }
    }

    /// Ends the construction without a value.
    fn fail(&mut self, panics: &mut Panics) {
        let row = if self.shard.is_read_here() {
            // An `Eq` drops the task: this thread reads the shard, and cannot lock it for writing. Until the row is
            // buried, lookups of the key treat it as dead.
            None
        } else {
            self.shard.write_only(|inside| {
                let bucket = self.bucket(inside)?;
                inside.building -= 1;
                inside.take_at(bucket)
            })
        };
        panics.run(|| drop(Failed(&self.construction)));
        self.taken_out.extend(row);
        if self.shard.is_read_here() {
            self.shard.read(Inside::abandon);
        }
    }

    fn bucket(&self, inside: &Inside<K, Slotted<R>, S>) -> Option<usize> {
        inside
            .table
            .find_bucket(self.hash, |row| row.value.is(&self.construction))
    }
}

impl<K: Side, R: Product, S: Slot, P> Drop for Lead<'_, K, R, S, P> {
    fn drop(&mut self) {
        let mut panics = Panics::of::<R::Taken>(Source::Drop);
        if !self.has_landed {
            self.fail(&mut panics);
        }
        panics.drop_each(&mut self.taken_out);
        panics.run(|| drop(self.seen.take()));
        panics.run(|| self.shard.settle());
        panics.resume();
    }
}

/// Ends a construction without a value.
struct Failed<'a, R: Product>(&'a Construction<R>);

impl<R: Product> Drop for Failed<'_, R> {
    fn drop(&mut self) {
        if !seeded(Bug::FailureNotTold) {
            drop(self.0.end(None));
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use core::cell::Cell;
    use core::hash::{Hash, Hasher};
    use std::hash::{BuildHasherDefault, DefaultHasher};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use weakref::{LocalObject, Object, Strong};

    use crate::shared::waits::tests::place_of;
    use crate::shared::{WeakKeyMap, WeakPairMap, WeakValueMap};

    thread_local! {
        static COMPARES: Cell<bool> = const { Cell::new(true) };
    }

    /// A key whose comparison may panic.
    struct Key(usize);

    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            assert!(COMPARES.get(), "not now");
            self.0 == other.0
        }
    }

    impl Eq for Key {}

    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    /// A full table grows for a row, and then the insertion fails.
    #[test]
    fn an_insertion_that_fails_moves_nothing_unnoticed() {
        type Hashing = BuildHasherDefault<DefaultHasher>;
        let values: Vec<_> = (0..28).map(LocalObject).map(Strong::new).collect();
        for removed in 0..8 {
            let map = WeakValueMap::<_, LocalObject<usize>, Hashing>::default();
            for value in &values {
                map.insert(Key(value.0), value);
            }
            let value = map.remove_if(&Key(removed), |_| {
                COMPARES.set(false);
                let again = || map.insert(Key(3), &values[3]);
                let failed = catch_unwind(AssertUnwindSafe(again)).is_err();
                COMPARES.set(true);
                failed
            });
            assert!(value.is_some_and(|value| value.0 == removed));
            let is_gone = |value: &&Strong<LocalObject<usize>>| !map.contains_key(&Key(value.0));
            let gone: Vec<_> = values.iter().filter(is_gone).map(|value| value.0).collect();
            assert_eq!(gone, [removed]);
        }
    }

    #[track_caller]
    fn is_refused<R>(call: impl FnOnce() -> R) {
        let caught = catch_unwind(AssertUnwindSafe(|| drop(call())));
        let payload = caught.expect_err("it changes its own entry");
        let said = payload.downcast_ref::<String>().expect("a message");
        assert!(said.contains("changes its own entry"), "{said}");
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes a thousand calls of each")]
    fn a_closure_that_changes_its_own_entry_is_refused() {
        let map: WeakKeyMap<Object<str>, u32> = WeakKeyMap::new();
        let key = Strong::from("key");
        map.insert(&key, 0);
        let change = || drop(map.insert(&key, 1));
        is_refused(|| {
            map.update("key", |value| {
                change();
                value + 1
            })
        });
        is_refused(|| map.with_mut("key", |_| change()));
        is_refused(|| {
            map.compute(&key, |_| {
                change();
                Some(2)
            })
        });
        is_refused(|| {
            map.remove_if("key", |_| {
                change();
                true
            })
        });
        assert_eq!(map.update("key", |value| value + 1).as_deref(), Some(&2));

        let map: WeakValueMap<u32, Object<u32>> = WeakValueMap::new();
        let objects: Vec<_> = (0..3).map(|n| Strong::new(Object(n))).collect();
        map.insert(1, &objects[0]);
        let mut turn = 0;
        is_refused(|| {
            map.replace_if(&1, &objects[2], |_| {
                turn += 1;
                map.insert(1, &objects[turn % 2]);
                true
            })
        });
        assert!(map.get(&1).is_some());
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes a thousand calls of each")]
    fn a_closure_that_changes_its_own_entry_is_told_at_its_call() {
        let key = Strong::from("key");
        let keys: WeakKeyMap<Object<str>, u32> = WeakKeyMap::new();
        keys.insert(&key, 0);
        let change = || keys.insert(&key, 1).is_some();
        let objects = [1, 2].map(|n| Strong::new(Object(n)));
        let (values, pairs) = (WeakValueMap::new(), WeakPairMap::new());
        values.insert(1, &objects[0]);
        pairs.insert(&key, &objects[0]);
        let mut turn = 0;
        let mut next = || {
            turn += 1;
            &objects[turn % 2]
        };
        let start = line!();
        let is_told = |call: &mut dyn FnMut()| {
            let (file, line) = place_of(AssertUnwindSafe(call));
            assert_eq!(file, file!());
            assert!(line > start, "in the line {line}");
        };
        is_told(&mut || drop(keys.update("key", |_| change().into())));
        is_told(&mut || assert!(keys.with_mut("key", |_| change()).is_none()));
        is_told(&mut || drop(keys.compute(&key, |_| Some(change().into()))));
        is_told(&mut || drop(keys.remove_if("key", |_| change())));
        is_told(&mut || drop(keys.replace_if("key", 2, |_| change())));
        is_told(&mut || drop(values.remove_if(&1, |_| values.insert(1, next()).is_some())));
        is_told(&mut || {
            drop(values.replace_if(&1, &objects[0], |_| values.insert(1, next()).is_some()));
        });
        is_told(&mut || drop(pairs.remove_if("key", |_| pairs.insert(&key, next()).is_some())));
        is_told(&mut || {
            drop(pairs.replace_if("key", &objects[0], |_| pairs.insert(&key, next()).is_some()));
        });
    }
}
