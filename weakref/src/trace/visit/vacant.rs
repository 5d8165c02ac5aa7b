//! What has nothing inside, whatever it would be: a list without elements, a `None`, also behind pointers and locks.

use core::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use super::unlocked;
use crate::object::{LocalObject, Object};

/// Knows whether there is anything in a value, whatever it would be.
pub trait Vacant {
    /// Whether it is known that there is nothing. `borrows`: whether cells may be borrowed (V1).
    fn is_vacant(&self, borrows: bool) -> bool;
}

impl<V> Vacant for Option<V> {
    fn is_vacant(&self, _: bool) -> bool {
        self.is_none()
    }
}

impl<V> Vacant for OnceLock<V> {
    fn is_vacant(&self, _: bool) -> bool {
        self.get().is_none()
    }
}

impl<V> Vacant for OnceCell<V> {
    fn is_vacant(&self, borrows: bool) -> bool {
        borrows && self.get().is_none()
    }
}

macro_rules! vacant_unlocked {
    ($($lock:ident $lock_if_free:ident;)*) => {$(
        impl<V: ?Sized + Vacant> Vacant for $lock<V> {
            fn is_vacant(&self, borrows: bool) -> bool {
                unlocked(self.$lock_if_free()).is_some_and(|inside| inside.is_vacant(borrows))
            }
        }
    )*};
}

vacant_unlocked! { Mutex try_lock; RwLock try_read; }

impl<V: ?Sized + Vacant> Vacant for RefCell<V> {
    fn is_vacant(&self, borrows: bool) -> bool {
        borrows
            && self
                .try_borrow()
                .is_ok_and(|inside| inside.is_vacant(borrows))
    }
}

macro_rules! vacant_inside {
    ($($path:ident)*) => {$(
        impl<V: ?Sized + Vacant> Vacant for $path<V> {
            fn is_vacant(&self, borrows: bool) -> bool {
                V::is_vacant(self, borrows)
            }
        }
    )*};
}

vacant_inside! { Box Rc Arc Object LocalObject }

macro_rules! vacant_if_empty {
    ($($path:ident <$($param:ident),+>;)*) => {$(
        impl<$($param),+> Vacant for $path<$($param),+> {
            fn is_vacant(&self, _: bool) -> bool {
                self.is_empty()
            }
        }
    )*};
}

vacant_if_empty! {
    Vec<V>; VecDeque<V>; LinkedList<V>; BTreeSet<V>; BinaryHeap<V>; HashSet<V, S>; BTreeMap<K, V>; HashMap<K, V, S>;
}
