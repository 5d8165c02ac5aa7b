//! What the strong tier of a shared map keeps, in which order.

use weakref::{Object, Strong};
use weakref_containers::shared::{StrongTier, WeakValueMap};

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
