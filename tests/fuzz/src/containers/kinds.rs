//! The containers, each with the same few operations.

use std::cell::RefCell;

use weakref::Strong;
use weakref_containers::{WeakKeyMap, WeakList, WeakSet, WeakValueMap, shared};

use super::hostile::{self, Body, Few, Key, Local, Object, Sync};
use super::play;

/// Pairs of key and life.
pub(super) type Model = RefCell<Vec<(u8, u32)>>;

pub(super) trait Subject: 'static {
    type Object: Object;
    fn new() -> Self;
    /// Does an operation on the container and the model, unless the container is in use.
    fn act(&self, operation: u8, key: u8, object: Option<&Strong<Self::Object>>, model: &Model);
    fn clear(&self);
    /// What is in it, unless it is in use.
    fn content(&self) -> Option<Vec<(u8, u32)>>;
    fn len(&self) -> usize;
}

pub(super) fn choose(kind: u8) {
    match kind % 14 {
        0 => play::<OwnedValues<Sync>>(),
        1 => play::<OwnedValues<Local>>(),
        2 => play::<OwnedKeys<Sync>>(),
        3 => play::<OwnedKeys<Local>>(),
        4 => play::<OwnedSet<Sync>>(),
        5 => play::<OwnedSet<Local>>(),
        6 => play::<SharedValues<Sync>>(),
        7 => play::<SharedValues<Local>>(),
        8 => play::<SharedKeys<Sync>>(),
        9 => play::<SharedKeys<Local>>(),
        10 => play::<SharedSet<Sync>>(),
        11 => play::<SharedSet<Local>>(),
        12 => play::<OwnedList<Sync>>(),
        _ => play::<OwnedList<Local>>(),
    }
}

pub(super) fn life<O: Object>(object: &Strong<O>) -> u32 {
    object.life()
}

fn expected(model: &Model, key: u8) -> Option<u32> {
    let model = model.borrow();
    let found = model
        .iter()
        .find(|&&(there, life)| there == key && hostile::is_alive(life));
    found.map(|&(_, life)| life)
}

/// What was given is what had to be, if nothing hostile happened meanwhile.
#[track_caller]
fn agree(expected: Option<u32>, given: Option<u32>) {
    let is_disturbed = hostile::is_disturbed();
    assert!(
        is_disturbed || expected == given,
        "{given:?} instead of {expected:?}"
    );
}

fn set(model: &Model, key: u8, life: u32) {
    forget(model, key);
    model.borrow_mut().push((key, life));
}

fn forget(model: &Model, key: u8) {
    model.borrow_mut().retain(|&(there, _)| there != key);
}

fn wanted(life: u32, by: u8) -> bool {
    life as u8 % 3 != by % 3
}

/// Each of these gives what the body does, or nothing when the container is in use.
macro_rules! owned_read {
    ($this:ident, $map:ident, $body:expr $(,)?) => {
        $this.0.try_borrow().ok().map(|$map| $body)
    };
}

macro_rules! owned_write {
    ($this:ident, $map:ident, $body:expr $(,)?) => {
        $this.0.try_borrow_mut().ok().map(|mut $map| $body)
    };
}

macro_rules! shared_access {
    ($this:ident, $map:ident, $body:expr $(,)?) => {{
        let $map = &$this.0;
        Some($body)
    }};
}

macro_rules! values {
    ($name:ident, $object:ty, $read:ident, $write:ident) => {
        impl Subject for $name<$object> {
            type Object = $object;

            fn new() -> Self {
                Self(Default::default())
            }

            fn act(&self, operation: u8, key: u8, object: Option<&Strong<$object>>, model: &Model) {
                let _: Option<()> = match (operation % 11, object) {
                    (0 | 1, Some(object)) => $write!(self, map, {
                        let before = expected(model, key);
                        let old = map.insert(Key::new(key), object);
                        agree(before, old.as_ref().map(life));
                        set(model, key, life(object));
                        drop(old);
                    }),
                    (2, Some(object)) => $write!(self, map, {
                        let before = expected(model, key);
                        let given = map.get_or_insert(Key::new(key), object);
                        agree(before.or(Some(life(object))), Some(life(&given)));
                        set(model, key, life(&given));
                    }),
                    (3, Some(object)) => $write!(self, map, {
                        let before = expected(model, key);
                        let given = map.get_or_insert_with(Key::new(key), || {
                            hostile::pass(true);
                            object.clone()
                        });
                        agree(before.or(Some(life(object))), Some(life(&given)));
                        set(model, key, life(&given));
                    }),
                    (4, Some(object)) => $write!(self, map, {
                        let before = expected(model, key);
                        let is_new = map.try_insert(Key::new(key), object).is_ok();
                        assert!(hostile::is_disturbed() || is_new == before.is_none());
                        if is_new {
                            set(model, key, life(object));
                        }
                    }),
                    (5, _) => $read!(self, map, {
                        let given = map.get(&Key::new(key));
                        agree(expected(model, key), given.as_ref().map(life));
                    }),
                    (6, _) => $read!(self, map, {
                        let given = map.contains_key(&Key::new(key));
                        assert!(hostile::is_disturbed() || given == expected(model, key).is_some());
                    }),
                    (7, _) => $write!(self, map, {
                        let before = expected(model, key);
                        let given = map.remove(&Key::new(key));
                        agree(before, given.as_ref().map(life));
                        forget(model, key);
                    }),
                    (8, _) => $write!(self, map, {
                        map.retain(|_, value| {
                            hostile::pass(true);
                            wanted(life(value), key)
                        });
                        model.borrow_mut().retain(|&(_, life)| wanted(life, key));
                    }),
                    (9, _) => $write!(self, map, {
                        let taken: Vec<_> = map
                            .drain()
                            .into_iter()
                            .take(usize::from(operation) / 32)
                            .collect();
                        for (key, value) in &taken {
                            agree(expected(model, key.number()), Some(life(value)));
                        }
                        model.borrow_mut().clear();
                    }),
                    (10, _) => $write!(self, map, {
                        map.clear();
                        model.borrow_mut().clear();
                    }),
                    _ => None,
                };
            }

            fn content(&self) -> Option<Vec<(u8, u32)>> {
                $read!(
                    self,
                    map,
                    map.iter()
                        .map(|(key, value)| (key.number(), life(&value)))
                        .collect(),
                )
            }

            fn clear(&self) {
                $write!(self, all, all.clear());
            }

            fn len(&self) -> usize {
                $read!(self, map, map.len()).unwrap_or(0)
            }
        }
    };
}

pub(super) struct OwnedValues<O: Object>(RefCell<WeakValueMap<Key, O, Few>>);
pub(super) struct SharedValues<O: Object>(shared::WeakValueMap<Key, O, Few>);

values!(OwnedValues, Sync, owned_read, owned_write);
values!(OwnedValues, Local, owned_read, owned_write);
values!(SharedValues, Sync, shared_access, shared_access);
values!(SharedValues, Local, shared_access, shared_access);

/// The payload under a weak key is the key's own life, so that the pairs say what is under what.
macro_rules! keys {
    ($name:ident, $object:ty, $read:ident, $write:ident) => {
        impl Subject for $name<$object> {
            type Object = $object;

            fn new() -> Self {
                Self(Default::default())
            }

            fn act(&self, operation: u8, key: u8, object: Option<&Strong<$object>>, model: &Model) {
                let probe = || <$object>::from(Body::probe(key));
                let _: Option<()> = match (operation % 10, object) {
                    (0 | 1, Some(object)) => $write!(self, map, {
                        let class = object.class();
                        let before = expected(model, class);
                        let old = map.insert(object, Key::new(life(object) as u8));
                        agree(
                            before.map(|life| u32::from(life as u8)),
                            old.as_ref().map(|old| old.number().into()),
                        );
                        set(model, class, life(object));
                        drop(old);
                    }),
                    (2, Some(object)) => $write!(self, map, {
                        let class = object.class();
                        let before = expected(model, class);
                        let given = map.get_or_insert(object, Key::new(life(object) as u8));
                        let there = before.unwrap_or(life(object));
                        agree(Some(u32::from(there as u8)), Some(given.number().into()));
                        set(model, class, there);
                    }),
                    (3, Some(object)) => $write!(self, map, {
                        let class = object.class();
                        let before = expected(model, class);
                        let given = map.get_or_insert_with(object, || {
                            hostile::pass(true);
                            Key::new(life(object) as u8)
                        });
                        let there = before.unwrap_or(life(object));
                        agree(Some(u32::from(there as u8)), Some(given.number().into()));
                        set(model, class, there);
                    }),
                    (4, _) => $read!(self, map, {
                        let given = map.get(&probe()).map(|payload| u32::from(payload.number()));
                        agree(
                            expected(model, key).map(|life| u32::from(life as u8)),
                            given,
                        );
                    }),
                    (5, _) => $read!(self, map, {
                        let given = map.contains_key(&probe());
                        assert!(hostile::is_disturbed() || given == expected(model, key).is_some());
                    }),
                    (6, _) => $write!(self, map, {
                        let before = expected(model, key);
                        let given = map.remove(&probe());
                        assert!(hostile::is_disturbed() || given.is_some() == before.is_some());
                        forget(model, key);
                    }),
                    (7, _) => $write!(self, map, {
                        map.retain(|member, _| {
                            hostile::pass(true);
                            wanted(life(member), key)
                        });
                        model.borrow_mut().retain(|&(_, life)| wanted(life, key));
                    }),
                    (8, _) => $write!(self, map, {
                        let taken: Vec<_> = map
                            .drain()
                            .into_iter()
                            .take(usize::from(operation) / 32)
                            .collect();
                        for (member, _) in &taken {
                            agree(expected(model, member.class()), Some(life(member)));
                        }
                        model.borrow_mut().clear();
                    }),
                    (9, _) => $write!(self, map, {
                        map.clear();
                        model.borrow_mut().clear();
                    }),
                    _ => None,
                };
            }

            fn content(&self) -> Option<Vec<(u8, u32)>> {
                $read!(
                    self,
                    map,
                    map.iter()
                        .map(|(key, _)| (key.class(), life(&key)))
                        .collect(),
                )
            }

            fn clear(&self) {
                $write!(self, all, all.clear());
            }

            fn len(&self) -> usize {
                $read!(self, map, map.len()).unwrap_or(0)
            }
        }
    };
}

pub(super) struct OwnedKeys<O: Object>(RefCell<WeakKeyMap<O, Key, Few>>);
pub(super) struct SharedKeys<O: Object>(shared::WeakKeyMap<O, Key, Few>);

keys!(OwnedKeys, Sync, owned_read, owned_write);
keys!(OwnedKeys, Local, owned_read, owned_write);
keys!(SharedKeys, Sync, shared_access, shared_access);
keys!(SharedKeys, Local, shared_access, shared_access);

macro_rules! sets {
    ($name:ident, $object:ty, $read:ident, $write:ident) => {
        impl Subject for $name<$object> {
            type Object = $object;

            fn new() -> Self {
                Self(Default::default())
            }

            fn act(&self, operation: u8, key: u8, object: Option<&Strong<$object>>, model: &Model) {
                let probe = || <$object>::from(Body::probe(key));
                let _: Option<()> = match (operation % 10, object) {
                    (0 | 1, Some(object)) => $write!(self, set_, {
                        let class = object.class();
                        let before = expected(model, class);
                        let is_new = set_.insert(object);
                        assert!(hostile::is_disturbed() || is_new == before.is_none());
                        // Of two equal members the new one stays: its life decides.
                        set(model, class, life(object));
                    }),
                    (2, Some(object)) => $write!(self, set_, {
                        let class = object.class();
                        let before = expected(model, class);
                        let old = set_.replace(object);
                        agree(before, old.as_ref().map(life));
                        set(model, class, life(object));
                    }),
                    (3, Some(object)) => $write!(self, set_, {
                        let class = object.class();
                        let before = expected(model, class);
                        let given = set_.get_or_insert(object);
                        agree(before.or(Some(life(object))), Some(life(&given)));
                        set(model, class, life(&given));
                    }),
                    (4, _) => $read!(self, set_, {
                        let given = set_.get(&probe());
                        agree(expected(model, key), given.as_ref().map(life));
                    }),
                    (5, _) => $write!(self, set_, {
                        let before = expected(model, key);
                        let given = set_.take(&probe());
                        agree(before, given.as_ref().map(life));
                        forget(model, key);
                    }),
                    (6, _) => $write!(self, set_, {
                        let before = expected(model, key);
                        let given = set_.remove(&probe());
                        assert!(hostile::is_disturbed() || given == before.is_some());
                        forget(model, key);
                    }),
                    (7, _) => $write!(self, set_, {
                        set_.retain(|member| {
                            hostile::pass(true);
                            wanted(life(member), key)
                        });
                        model.borrow_mut().retain(|&(_, life)| wanted(life, key));
                    }),
                    (8, _) => $write!(self, set_, {
                        let taken: Vec<_> = set_
                            .drain()
                            .into_iter()
                            .take(usize::from(operation) / 32)
                            .collect();
                        for member in &taken {
                            agree(expected(model, member.class()), Some(life(member)));
                        }
                        model.borrow_mut().clear();
                    }),
                    (9, _) => $write!(self, set_, {
                        set_.clear();
                        model.borrow_mut().clear();
                    }),
                    _ => None,
                };
            }

            fn content(&self) -> Option<Vec<(u8, u32)>> {
                $read!(
                    self,
                    set_,
                    set_.iter()
                        .map(|member| (member.class(), life(&member)))
                        .collect(),
                )
            }

            fn clear(&self) {
                $write!(self, all, all.clear());
            }

            fn len(&self) -> usize {
                $read!(self, set_, set_.len()).unwrap_or(0)
            }
        }
    };
}

pub(super) struct OwnedSet<O: Object>(RefCell<WeakSet<O, Few>>);
pub(super) struct SharedSet<O: Object>(shared::WeakSet<O, Few>);

sets!(OwnedSet, Sync, owned_read, owned_write);
sets!(OwnedSet, Local, owned_read, owned_write);
sets!(SharedSet, Sync, shared_access, shared_access);
sets!(SharedSet, Local, shared_access, shared_access);

/// A list, whose "keys" are 0: what counts is which lives are in it, and how often.
pub(super) struct OwnedList<O: Object>(RefCell<WeakList<O>>);

impl<O: Object + 'static> Subject for OwnedList<O> {
    type Object = O;

    fn new() -> Self {
        Self(RefCell::default())
    }

    fn act(&self, operation: u8, key: u8, object: Option<&Strong<O>>, model: &Model) {
        let Ok(mut list) = self.0.try_borrow_mut() else {
            return;
        };
        let ends = |is_front: bool| {
            let model = model.borrow();
            let mut lives = model
                .iter()
                .map(|&(_, life)| life)
                .filter(|&life| hostile::is_alive(life));
            if is_front {
                lives.next()
            } else {
                lives.next_back()
            }
        };
        match (operation % 8, object) {
            (0..3, Some(object)) => {
                let key = list.push(object);
                assert!(list.contains_key(key));
                model.borrow_mut().push((0, life(object)));
            }
            (3, Some(object)) => {
                let given = list.remove_object(object);
                let mut model = model.borrow_mut();
                let at = model.iter().position(|&(_, there)| there == life(object));
                assert_eq!(given.is_some(), at.is_some());
                if let Some(at) = at {
                    model.remove(at);
                }
            }
            (4, _) => {
                let front = list.pop_front();
                drop(list);
                let before = ends(true);
                // Compared before the handle goes, which may be the last.
                agree(before, front.as_ref().map(life));
                if let Some(front) = &front {
                    let mut model = model.borrow_mut();
                    let at = model.iter().position(|&(_, there)| there == life(front));
                    model.remove(at.expect("it was there"));
                }
            }
            (5, _) => list.retain(|member| {
                hostile::pass(false);
                let keeps = wanted(life(member), key);
                if !keeps {
                    let mut model = model.borrow_mut();
                    let at = model.iter().position(|&(_, there)| there == life(member));
                    model.remove(at.expect("it was there"));
                }
                keeps
            }),
            (6, _) => _ = list.purge(),
            (7, _) => {
                list.clear();
                model.borrow_mut().clear();
            }
            _ => {}
        }
    }

    fn content(&self) -> Option<Vec<(u8, u32)>> {
        let list = self.0.try_borrow().ok()?;
        Some(list.iter().map(|member| (0, life(&member))).collect())
    }

    fn clear(&self) {
        if let Ok(mut list) = self.0.try_borrow_mut() {
            list.clear();
        }
    }

    fn len(&self) -> usize {
        self.0.try_borrow().map_or(0, |list| list.len())
    }
}
