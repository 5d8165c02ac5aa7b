//! Lookups of eight keys at a time, beside eight lookups of one.

use std::array;

use weakref::{Object, Strong};
use weakref_containers::{WeakKeyMap, WeakPairMap, WeakValueMap, shared};

use super::{Hasher, Sizes};
use crate::measure::{Timed, show, shuffled, time};
use crate::scenario::{Scenario, Sides};

const AT_A_TIME: usize = 8;

type Member = Strong<Object<u64>>;

/// A map that is asked for what it has.
trait Many: Default + 'static {
    const NAME: &'static str;
    type Key: 'static;

    fn insert(&mut self, member: &Member);
    fn key(n: u64) -> Self::Key;
    fn one_by_one(&self, keys: [&Self::Key; AT_A_TIME]);
    fn at_a_time(&self, keys: [&Self::Key; AT_A_TIME]);
}

macro_rules! many {
    ($($map:ty, $name:literal, $key:ty: $make:expr, |$self:ident, $member:ident| $insert:expr;)*) => {$(
        impl Many for $map {
            const NAME: &'static str = $name;
            type Key = $key;

            fn insert(&mut $self, $member: &Member) {
                $insert;
            }
            fn key(n: u64) -> $key {
                $make(n)
            }
            fn one_by_one(&self, keys: [&$key; AT_A_TIME]) {
                show(&keys.map(|key| self.get(key)));
            }
            fn at_a_time(&self, keys: [&$key; AT_A_TIME]) {
                show(&self.get_many(keys));
            }
        }
    )*};
}

many! {
    WeakValueMap<u64, Object<u64>, Hasher>, "value map", u64: std::convert::identity,
        |self, member| self.insert(***member, member);
    WeakKeyMap<Object<u64>, u64, Hasher>, "key map", Object<u64>: Object,
        |self, member| self.insert(member, ***member);
    WeakPairMap<Object<u64>, Object<u64>, Hasher>, "pair map", Object<u64>: Object,
        |self, member| self.insert(member, member);
    shared::WeakValueMap<u64, Object<u64>, Hasher>, "shared value map", u64: std::convert::identity,
        |self, member| shared::WeakValueMap::insert(self, ***member, member);
}

pub(super) fn add(scenarios: &mut Vec<Scenario>, sizes: &Sizes) {
    let size = *sizes.all.last().expect("a size");
    add_for::<WeakValueMap<u64, Object<u64>, Hasher>>(scenarios, size);
    add_for::<WeakKeyMap<Object<u64>, u64, Hasher>>(scenarios, size);
    add_for::<WeakPairMap<Object<u64>, Object<u64>, Hasher>>(scenarios, size);
    add_for::<shared::WeakValueMap<u64, Object<u64>, Hasher>>(scenarios, size);
}

fn add_for<M: Many>(scenarios: &mut Vec<Scenario>, size: u64) {
    let name = format!("many/{}/{size}/8 at a time", M::NAME);
    scenarios.push(Scenario::timed(name, move || {
        let aim = (size >= 1_000_000).then_some(0.5);
        Sides::new(look_up(size, M::at_a_time)).against(
            "one by one",
            aim,
            look_up(size, M::one_by_one),
        )
    }));
}

fn look_up<M: Many>(size: u64, find: fn(&M, [&M::Key; AT_A_TIME])) -> Timed {
    let members: Vec<_> = (0..size).map(|n| Strong::new(Object(n))).collect();
    let mut map = M::default();
    for member in &members {
        map.insert(member);
    }
    let keys: Vec<_> = shuffled(size).into_iter().map(M::key).collect();
    let mut at = 0;
    Box::new(move |iterations| {
        let elapsed = time(iterations, || {
            if at + AT_A_TIME > keys.len() {
                at = 0;
            }
            find(&map, array::from_fn(|which| &keys[at + which]));
            at += AT_A_TIME;
        });
        show(&members);
        elapsed
    })
}
