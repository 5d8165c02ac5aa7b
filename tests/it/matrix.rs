//! Which types of std can be referred to weakly, and in which flavour: the table of `WeakReferenceable`, both ways.
//! Row 2.12.

use std::cell::{Cell, LazyCell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fs::File;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Child;
use std::rc::Rc;
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8,
    AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock};

use static_assertions::{assert_impl_all, assert_not_impl_any, assert_type_eq_all};
use weakref::{LocalObject, LocalSlot, Object, Strong, SyncSlot, WeakReferenceable};

macro_rules! referenceable {
    ($slot:ty: $($type:ty,)*) => {
        $(
            assert_impl_all!($type: WeakReferenceable);
            assert_type_eq_all!(<$type as WeakReferenceable>::Slot, $slot);
        )*
    };
}

macro_rules! not_referenceable {
    ($($type:ty,)*) => {
        $( assert_not_impl_any!($type: WeakReferenceable); )*
    };
}

struct Foreign;

referenceable! { LocalSlot:
    RefCell<u8>, RefCell<[u8]>, RefCell<Foreign>,
    Cell<u8>, Cell<[u8]>,
    OnceCell<u8>,
    LocalObject<u8>, LocalObject<str>, LocalObject<dyn Fn()>, LocalObject<Foreign>,
}

referenceable! { SyncSlot:
    Mutex<u8>, Mutex<[u8]>, Mutex<Foreign>,
    RwLock<u8>, RwLock<[u8]>,
    OnceLock<u8>,
    Condvar,
    HashSet<u8>, HashSet<u8, Foreign>,
    BTreeSet<u8>,
    VecDeque<u8>,
    BinaryHeap<u8>,
    File, TcpStream, TcpListener, UdpSocket, Child,
    Sender<u8>, SyncSender<u8>,
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize,
    AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, AtomicPtr<u8>,
    Object<u8>, Object<str>, Object<[u8]>, Object<dyn Fn() + Send + Sync>, Object<Foreign>,
}

not_referenceable! {
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64,
    bool, char, str, String,
    (), (u8,), (u8, RefCell<u8>),
    [u8; 3], [u8], [Mutex<u8>],
    Vec<u8>, HashMap<u8, u8>, BTreeMap<u8, u8>, LinkedList<u8>,
    Box<Mutex<u8>>, Rc<RefCell<u8>>, Arc<Mutex<u8>>, Option<Mutex<u8>>,
    &'static u8, &'static Mutex<u8>, &'static mut u8, *const u8,
    fn(), fn(u8) -> u8, dyn Fn(),
    LazyCell<u8>, Receiver<u8>,
    Strong<Mutex<u8>>, Foreign,
}

/// Closures have no name to put into the tables.
#[test]
fn closures_are_not() {
    struct Probe<T>(T);
    impl<T: WeakReferenceable> Probe<T> {
        fn is_referenceable(&self) -> bool {
            let _ = &self.0;
            true
        }
    }
    /// Found where the inherent method does not apply.
    trait Else {
        fn is_referenceable(&self) -> bool {
            false
        }
    }
    impl<T> Else for Probe<T> {}

    let captured = 1;
    assert!(!Probe(|| ()).is_referenceable());
    assert!(!Probe(move || captured).is_referenceable());
    assert!(
        !Probe(closures_are_not).is_referenceable(),
        "a function item"
    );
    assert!(Probe(Mutex::new(1)).is_referenceable());
}

#[test]
fn a_type_of_std_works_as_any_other() {
    let set = Strong::new(HashSet::from([1, 2]));
    let weak = Strong::downgrade(&set);
    assert_eq!(weak.with(HashSet::len), Some(2));
    drop(set);
    assert_eq!(weak.with(HashSet::len), None);

    let (sender, receiver) = channel();
    let sender = Strong::new(sender);
    let weak = Strong::downgrade(&sender);
    std::thread::spawn(move || weak.with(|sender| sender.send(3)))
        .join()
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(receiver.recv(), Ok(3));
    drop(sender);
    assert!(
        receiver.recv().is_err(),
        "the only sender died with its object"
    );
}
