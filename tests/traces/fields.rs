//! Which fields are looked into, and what is said of those that are not.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, LinkedList, VecDeque};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread;

use weakref::{BoundMethod, Object, Strong, WeakRef, WeakReferenceable};

use super::{Leaf, fields, hidden_of};

#[derive(WeakReferenceable)]
pub(super) struct Inner {
    pub(super) deep: Option<Box<Inner>>,
    pub(super) leaf: Strong<Leaf>,
}

#[derive(WeakReferenceable)]
pub(super) enum Choice {
    Tuple(u32, Strong<Leaf>),
    Named { r#type: Vec<Strong<Leaf>> },
    Unit,
}

type Nothing = (
    String,
    WeakRef<Leaf>,
    fn(u8) -> u8,
    &'static str,
    BTreeSet<u8>,
    BinaryHeap<u8>,
);

type Alias = HashMap<String, (u32, Strong<Leaf>)>;

#[derive(WeakReferenceable)]
struct Everything {
    plain: Strong<Leaf>,
    option: Option<Strong<Leaf>>,
    vector: Vec<Strong<Leaf>>,
    array: [Strong<Leaf>; 2],
    boxed: Box<Strong<Leaf>>,
    slice: Box<[Strong<Leaf>]>,
    mutex: Mutex<Strong<Leaf>>,
    poisoned: Arc<Mutex<Strong<Leaf>>>,
    lock: RwLock<VecDeque<Strong<Leaf>>>,
    once: OnceLock<Strong<Leaf>>,
    arc: Arc<[Strong<Leaf>; 1]>,
    map: Alias,
    tree: BTreeMap<u8, Result<Strong<Leaf>, String>>,
    #[expect(clippy::linkedlist, reason = "as all others")]
    list: LinkedList<Option<Strong<Leaf>>>,
    inner: Inner,
    choice: Choice,
    named: Choice,
    unit: Choice,
    bound: BoundMethod<Leaf, fn(&Leaf)>,
    pinned: Pin<Box<Strong<Leaf>>>,
    nothing: Nothing,
}

#[test]
fn every_kind_of_field_is_looked_into() {
    let leaf = Strong::new(Leaf);
    let poisoned = Arc::new(Mutex::new(leaf.clone()));
    let shared = Arc::clone(&poisoned);
    let panicked = thread::spawn(move || {
        let _locked = shared.lock();
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(panicked.join().is_err());
    let _everything = Strong::new(Everything {
        plain: leaf.clone(),
        option: Some(leaf.clone()),
        vector: vec![leaf.clone(); 3],
        array: [leaf.clone(), leaf.clone()],
        boxed: Box::new(leaf.clone()),
        slice: Box::new([leaf.clone()]),
        mutex: Mutex::new(leaf.clone()),
        poisoned,
        lock: RwLock::new([leaf.clone()].into()),
        once: leaf.clone().into(),
        arc: Arc::new([leaf.clone()]),
        map: [("a".to_owned(), (3, leaf.clone()))].into(),
        tree: [(3, Ok(leaf.clone())), (4, Err(String::new()))].into(),
        list: [None, Some(leaf.clone())].into(),
        inner: Inner {
            deep: Some(Box::new(Inner {
                deep: None,
                leaf: leaf.clone(),
            })),
            leaf: leaf.clone(),
        },
        choice: Choice::Tuple(3, leaf.clone()),
        named: Choice::Named {
            r#type: vec![leaf.clone()],
        },
        unit: Choice::Unit,
        bound: BoundMethod::new(leaf.clone(), |_| ()),
        pinned: Box::pin(leaf.clone()),
        nothing: (
            String::new(),
            Strong::downgrade(&leaf),
            |n| n,
            "",
            BTreeSet::new(),
            BinaryHeap::new(),
        ),
    });
    let expected = [
        ("arc", 1),
        ("array", 2),
        ("bound", 1),
        ("boxed", 1),
        ("choice", 1),
        ("inner", 2),
        ("list", 1),
        ("lock", 1),
        ("map", 1),
        ("mutex", 1),
        ("named", 1),
        ("option", 1),
        ("pinned", 1),
        ("plain", 1),
        ("poisoned", 1),
        ("slice", 1),
        ("tree", 1),
        ("vector", 3),
        ("once", 1),
    ];
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let holders = Strong::holders(&leaf);
    assert_eq!(fields(&holders), expected);
    let found: usize = expected.iter().map(|(_, count)| count).sum();
    assert_eq!(holders.count(), found + 1);
    assert!(hidden_of(&holders, "Everything").is_empty(), "{holders}");
    // Any thread may look.
    let elsewhere = thread::scope(|scope| {
        let asked = scope.spawn(|| fields(&Strong::holders(&leaf)));
        asked.join().unwrap()
    });
    assert_eq!(elsewhere, expected);
}

#[derive(WeakReferenceable)]
struct GivenUp {
    leaf: Mutex<ManuallyDrop<Strong<Leaf>>>,
}

/// Nothing says whether the value is still there.
#[test]
fn what_is_dropped_by_hand_is_left_alone() {
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(GivenUp {
        leaf: Mutex::new(ManuallyDrop::new(leaf.clone())),
    });
    assert!(Strong::holders(&leaf).owners().is_empty());
    let table = Strong::holders(&owner).to_string();
    assert!(
        table.contains(" .leaf: Mutex<ManuallyDrop<Strong<Leaf>>>"),
        "{table}"
    );
    // SAFETY: it is not used again.
    drop(unsafe { ManuallyDrop::take(&mut owner.leaf.lock().unwrap()) });
    assert_eq!(Strong::holders(&leaf).count(), 1);
}

#[derive(WeakReferenceable)]
enum Alternative {
    Tuple(u32, Strong<Leaf>),
    Named { r#type: Vec<Strong<Leaf>> },
}

#[test]
fn fields_have_their_names() {
    let leaf = Strong::new(Leaf);
    let _tuple = Strong::new(Alternative::Tuple(3, leaf.clone()));
    let _named = Strong::new(Alternative::Named {
        r#type: vec![leaf.clone(); 2],
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("1", 1), ("type", 2)]);
}

mod nosy {
    use super::{Leaf, Strong, WeakReferenceable};

    trait Nosy {
        fn look(&self) {}
        fn sharing(self) -> u8
        where
            Self: Sized,
        {
            3
        }
    }

    impl<T: ?Sized> Nosy for T {}

    #[derive(WeakReferenceable)]
    pub(super) struct Watched {
        pub(super) leaf: Strong<Leaf>,
    }

    pub(super) fn use_all() -> u8 {
        3_u8.look();
        3_u8.sharing()
    }
}

/// It compiles.
#[test]
fn traits_in_scope_are_not_meant() {
    let leaf = Strong::new(Leaf);
    let watched = Strong::new(nosy::Watched { leaf: leaf.clone() });
    assert_eq!(nosy::use_all(), 3);
    assert!(Strong::ptr_eq(&watched.leaf, &leaf));
    assert_eq!(fields(&Strong::holders(&leaf)), [("leaf", 1)]);
}

#[derive(WeakReferenceable)]
struct Growing<T: 'static> {
    _reference: Option<&'static Growing<(T, T)>>,
    _second: (u8, Option<&'static Growing<Vec<T>>>),
    same: Option<Box<Growing<T>>>,
    other: Option<Rc<Growing<u8>>>,
    leaf: Option<Strong<Leaf>>,
    _value: Option<T>,
}

/// The compiler ends.
#[test]
fn a_type_without_end_is_looked_into() {
    fn growing<T: 'static>(leaf: &Strong<Leaf>) -> Growing<T> {
        Growing {
            _reference: None,
            _second: (3, None),
            same: None,
            other: None,
            leaf: Some(leaf.clone()),
            _value: None,
        }
    }
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(Growing {
        same: Some(Box::new(growing::<char>(&leaf))),
        other: Some(Rc::new(growing::<u8>(&leaf))),
        ..growing(&leaf)
    });
    let found = [("leaf", 1), ("other", 1), ("same", 1)];
    assert_eq!(fields(&Strong::holders(&leaf)), found);
    let table = Strong::holders(&owner).to_string();
    assert!(table.contains(" ._second: (u8, Option<&"), "{table}");
}

#[derive(WeakReferenceable)]
struct Generic<T> {
    value: T,
    leaf: Strong<Leaf>,
}

/// The derive's code is no use of what is deprecated, and the compiler is silent.
#[deprecated]
#[derive(WeakReferenceable)]
enum _Old {
    #[deprecated]
    _One {
        #[deprecated]
        _field: u8,
    },
}

#[derive(WeakReferenceable)]
#[repr(C, packed(1))]
struct Packed {
    _number: u32,
    _leaf: Strong<Leaf>,
}

/// What has no derive, and what the derive cannot know.
#[test]
fn what_is_not_known_is_named() {
    let leaf = Strong::new(Leaf);
    let generic = Strong::new(Generic {
        value: leaf.clone(),
        leaf: leaf.clone(),
    });
    let object = Strong::new(Object(leaf.clone()));
    let packed = Strong::new(Packed {
        _number: 3,
        _leaf: leaf.clone(),
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("leaf", 1)]);
    let table = Strong::holders(&generic).to_string();
    assert!(table.contains(" .value: Strong<Leaf>"), "{table}");
    let holders = Strong::holders(&leaf);
    let row = |text: &str| vec![format!("    1  {text}")];
    let name = "Object<Strong<Leaf>>";
    assert_eq!(hidden_of(&holders, name), row("Object<Strong<Leaf>> #"));
    assert_eq!(hidden_of(&holders, "Packed"), row("Packed #"));
    assert!(Strong::ptr_eq(&object.0, &leaf));
    drop(packed);
    assert!(Strong::ptr_eq(&generic.value, &leaf));
}

#[derive(WeakReferenceable)]
struct Tangle {
    left: Option<Arc<Tangle>>,
    right: Option<Arc<Tangle>>,
    leaf: Option<Strong<Leaf>>,
}

/// There are more ways to the leaf than can be gone, and a list that is longer than the stack.
#[test]
fn values_inside_values_are_looked_into_as_far_as_it_goes() {
    let leaf = Strong::new(Leaf);
    let first = Some(Strong::clone(&leaf));
    let mut tangle = Tangle {
        left: None,
        right: None,
        leaf: first,
    };
    for _ in 0..10 {
        let shared = Arc::new(tangle);
        tangle = Tangle {
            left: Some(Arc::clone(&shared)),
            right: Some(shared),
            leaf: None,
        };
    }
    let mut tangled = Strong::new(tangle);
    assert_eq!(fields(&Strong::holders(&leaf)), [("left", 1)]);
    if cfg!(miri) {
        return; // It goes tens of thousands of ways.
    }
    for _ in 0..200 {
        let tangle = Strong::into_inner(tangled).expect("the only one");
        let shared = Arc::new(tangle);
        tangled = Strong::new(Tangle {
            left: Some(Arc::clone(&shared)),
            right: Some(shared),
            leaf: None,
        });
    }
    assert!(Strong::holders(&leaf).owners().is_empty());
    let table = Strong::holders(&tangled).to_string();
    assert!(table.contains(", too deep"), "{}", &table[..1000]);
}

/// More than there is room for at first.
#[test]
fn a_long_list_is_looked_into() {
    const LENGTH: usize = if cfg!(miri) { 100 } else { 1_000 };
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(Choice::Named {
        r#type: vec![leaf.clone(); LENGTH],
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("type", LENGTH)]);
    let Choice::Named { r#type: _ } = &*owner else {
        unreachable!("it is made so");
    };
}
