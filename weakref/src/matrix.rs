//! Which types of std can be referred to weakly without a derive: the table in the documentation
//! of [`WeakReferenceable`] is this file's, and tests/it/matrix.rs asserts it both ways.

use core::cell::{Cell, OnceCell, RefCell};
use core::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16,
    AtomicU32, AtomicUsize,
};
use std::collections::{BTreeSet, BinaryHeap, HashSet, VecDeque};
use std::fs::File;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Child;
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Condvar, Mutex, OnceLock, RwLock};

use crate::object::{LocalObject, Object};
use crate::referenceable::WeakReferenceable;
use crate::slot::{LocalSlot, SyncSlot};
use crate::sync::wide::{AtomicI64, AtomicU64};

macro_rules! referenceable {
    ($slot:ty: $($({$($params:tt)*})? $type:ty,)*) => {
        $(
            // The compiler's advice should be the note of the trait, not a list of these types.
            #[diagnostic::do_not_recommend]
            impl $(<$($params)*>)? WeakReferenceable for $type {
                type Slot = $slot;
            }
        )*
    };
}

referenceable! { LocalSlot:
    {T: ?Sized} RefCell<T>,
    {T: ?Sized} Cell<T>,
    {T} OnceCell<T>,
    {T: ?Sized} LocalObject<T>,
}

referenceable! { SyncSlot:
    {T: ?Sized} Mutex<T>,
    {T: ?Sized} RwLock<T>,
    {T} OnceLock<T>,
    Condvar,
    {T, S} HashSet<T, S>,
    {T} BTreeSet<T>,
    {T} VecDeque<T>,
    {T} BinaryHeap<T>,
    File,
    TcpStream,
    TcpListener,
    UdpSocket,
    Child,
    {T} Sender<T>,
    {T} SyncSender<T>,
    AtomicBool,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize,
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize,
    {T} AtomicPtr<T>,
    {T: ?Sized} Object<T>,
}
