use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::{KeyMap, PairMap, Set, Shares, WeakValueMap};

struct All<T: WeakReferenceable, P: 'static> {
    values: WeakValueMap<P, T>,
    keys: KeyMap<T, P>,
    pairs: PairMap<T, T>,
    members: Set<T>,
}

impl<T: WeakReferenceable + 'static, P: 'static> All<T, P> {
    fn new() -> Self
    where
        T::Slot: Shares<P, T> + Shares<T, P> + Shares<T>,
    {
        Self {
            values: WeakValueMap::new(),
            keys: KeyMap::with_hasher(std::hash::RandomState::new()),
            pairs: PairMap::default(),
            members: Set::new(),
        }
    }
}

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct Image(u32);

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
#[weakref(local)]
struct Node(Rc<u32>);

#[test]
fn made_for_either_slot() {
    let (shared, local) = (All::<Image, String>::new(), All::<Node, Rc<Cell<u32>>>::new());
    let (image, node) = (Strong::new(Image(1)), Strong::new(Node(Rc::new(1))));
    shared.values.insert("image".into(), &image);
    shared.pairs.insert(&image, &image);
    let cell = Rc::new(Cell::new(1));
    local.keys.insert(&node, cell.clone());
    local.members.insert(&node);
    assert_eq!((shared.values.len(), shared.pairs.len(), Rc::strong_count(&cell)), (1, 1, 2));
    drop((image, node));
    assert_eq!((shared.values.len(), shared.pairs.len(), Rc::strong_count(&cell)), (0, 0, 1));
    assert!(local.members.is_empty());
}
