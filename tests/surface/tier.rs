//! What the strong tier of a shared map keeps, in which order.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use weakref::{Object, Strong, WeakReferenceable};
use weakref_containers::shared::{Interner, StrongTier, WeakValueMap};

type Map = WeakValueMap<u32, Object<u32>>;

fn insert(map: &Map, numbers: &[u32]) {
    for &number in numbers {
        map.insert(number, &Strong::new(Object(number)));
    }
}

fn kept(map: &Map) -> Vec<u32> {
    let mut keys: Vec<u32> = map.keys().collect();
    keys.sort_unstable();
    keys
}

/// Its neighbours are next to each other then, and its place is another's.
#[test]
fn what_is_removed_from_the_middle_leaves_the_others_in_order() {
    let map = Map::with_strong_tier(StrongTier::entries(3));
    insert(&map, &[1, 2, 3]);
    assert!(map.remove(&2).is_some());
    insert(&map, &[4]);
    assert_eq!(kept(&map), [1, 3, 4]);
    insert(&map, &[5]);
    assert_eq!(kept(&map), [3, 4, 5]);
    insert(&map, &[6]);
    assert_eq!(kept(&map), [4, 5, 6]);
    insert(&map, &[7, 8, 9]);
    assert_eq!(kept(&map), [7, 8, 9]);
}

/// Every key has the same hash.
#[derive(Default)]
struct OneHash;

impl Hasher for OneHash {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        7
    }
}

type Hashes = BuildHasherDefault<OneHash>;

#[test]
fn what_is_kept_stands_under_its_own_key_and_under_no_other_of_its_hash() {
    let first = Strong::new(Object(1));
    let map = WeakValueMap::<u32, Object<u32>, Hashes>::with_strong_tier_and_hasher(
        StrongTier::entries(4),
        Hashes::default(),
    );
    map.insert(1, &first);
    map.clear_strong_tier();
    map.insert(2, &Strong::new(Object(2)));
    assert_eq!(map.remove(&1), Some(first));
    assert!(map.contains_key(&2), "what kept it was not of the other");

    let numbers = Interner::<u32, Hashes>::with_strong_tier_and_hasher(
        StrongTier::entries(4),
        Hashes::default(),
    );
    let first = numbers.intern_owned(1);
    numbers.clear_strong_tier();
    drop(numbers.intern_owned(2));
    drop(first);
    assert!(!numbers.contains(&Object(1)) && numbers.contains(&Object(2)));
}

/// Weighs what it says, and looks into the map as it is dropped.
#[derive(WeakReferenceable)]
struct Heavy(u64);

static HEAVY: LazyLock<WeakValueMap<u64, Heavy>> =
    LazyLock::new(|| WeakValueMap::with_strong_tier(StrongTier::weight(10, |heavy| heavy.0)));

impl Drop for Heavy {
    fn drop(&mut self) {
        assert!(!HEAVY.contains_key(&self.0), "it is dead");
    }
}

/// All that one insertion drives out is dropped once the map can be used.
#[test]
fn what_makes_room_together_is_dropped_unlocked() {
    for weight in [2, 3, 4, 10] {
        HEAVY.insert(weight, &Strong::new(Heavy(weight)));
    }
    assert!(HEAVY.keys().eq([10]));
}
