//! How the owner of a waking graveyard is told of a death, and takes the entry out before a notice is left. Why
//! that is sound stands in `list/kept.rs`.

use core::any::type_name;
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Graveyard, Notice, Wake, Watched};
use crate::death::{pack, unpack};
use crate::id::ObjectId;
use crate::list::{Calls, Kept, Lent, Locked, Owner, Waker};
use crate::raw;
use crate::referenceable::WeakReferenceable;
use crate::slot::{Header, Slot};
use crate::strong::Strong;
use crate::sync::{Bug, seeded};
use crate::unraisable::{Source, report};
use crate::weak::WeakRef;

/// A death whose notice is about to be left in a [waking graveyard](Graveyard::waking): see [`Wake::bury`].
///
/// # Examples
///
/// An owner that buries at once is at [`Wake::bury`].
pub struct Burial<'d> {
    kept: Lent<'d>,
    notice: Notice,
}

impl Burial<'_> {
    /// What the notice will say.
    ///
    /// The entry may be gone, or about to go: then another thread drops its [`Watched`].
    ///
    /// # Examples
    ///
    /// See [`Wake::bury`].
    #[must_use]
    pub fn notice(&self) -> Notice {
        self.notice
    }
}

impl fmt::Debug for Burial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Burial")
            .field("notice", &self.notice)
            .finish_non_exhaustive()
    }
}

impl<S: Slot> Graveyard<S> {
    /// Ends the registration of `entry`, if it is the one that `burial` is about; says whether it is. The caller
    /// then removes the entry, as for a notice that was taken out.
    ///
    /// # Examples
    ///
    /// See [`Wake::bury`].
    ///
    /// # Complexity
    ///
    /// O(1). Takes no lock, and runs no user code.
    #[inline]
    pub fn bury<T: ?Sized + WeakReferenceable<Slot = S>>(
        &mut self,
        entry: &Watched<T>,
        burial: &mut Burial<'_>,
    ) -> bool {
        if entry.position.is_ended() {
            return false;
        }
        // SAFETY: 1, it is lent, so that it is not dropped, and not unwatched, by which alone it ends for its owner.
        let (node, grave) = unsafe { entry.position.get() };
        if self.grave != NonNull::new(grave) {
            return false;
        }
        let header = raw::header(entry.weak.handle());
        // SAFETY: 1, made there by `watch`, and lent as long; 2, `&mut self` has the graveyard, and the line below
        // takes the registration off.
        let is_buried = unsafe { burial.kept.bury(header, node, grave) };
        self.registered -= usize::from(is_buried);
        is_buried
    }
}

/// Makes the waker that tells `owner`.
pub(super) fn waker<W: ?Sized + Wake + 'static>(owner: &WeakRef<W>) -> Waker<W::Slot> {
    let owner = pack(owner.clone().into_handle());
    // SAFETY: 1, packed as a pointer to `W` just now, with the unit of a clone.
    unsafe { Waker::new(owner, const { &Of::<W>::CALLS }) }
}

/// The table of a type of owners.
struct Of<W: ?Sized>(PhantomData<W>);

impl<W: ?Sized + Wake + 'static> Of<W> {
    const CALLS: Calls<W::Slot> = Calls {
        tell: tell::<W>,
        release: release::<W>,
    };
}

/// # Safety
///
/// 1. As for [`Calls::release`]; the table is that of `W`.
unsafe fn release<W: ?Sized + Wake + 'static>(owner: Owner) {
    // SAFETY: 1, packed by `waker` as a pointer to `W` (1).
    let handle = unsafe { unpack::<W>(&owner) };
    // SAFETY: 1, the handle and the unit of the reference that `waker` gave up, which is taken back once (1).
    drop(unsafe { WeakRef::from_handle(handle) });
}

/// Tells the owner. What stands in the graveyard is not touched after the entry was buried.
///
/// # Safety
///
/// 1. As for [`Calls::tell`]; the table is that of `W`.
unsafe fn tell<W: ?Sized + Wake + 'static>(owner: Owner, kept: &mut Kept<W::Slot>) {
    // SAFETY: 1, packed by `waker` as a pointer to `W` (1).
    let handle = unsafe { unpack::<W>(&owner) };
    // SAFETY: 1, the handle of the reference that `waker` gave up, whose unit is there (1) for as long as this is used:
    // for the upgrade.
    let weak = ManuallyDrop::new(unsafe { WeakRef::from_handle(handle) });
    let Some(owner) = weak.upgrade() else {
        return;
    };
    // Each call is caught on its own: after a panic the owner is still told of the rest.
    let mut name = type_name::<W>();
    survive(type_name::<W>(), || name = owner.type_name());
    let mut owner = Some(owner);
    if let Some(token) = kept.token() {
        let header = kept.header();
        let id = ObjectId::of(header);
        let notice = Notice { id, token };
        let mut burial = Burial {
            kept: kept.lend(),
            notice,
        };
        survive(name, || lend(&mut owner, header, &mut burial));
    }
    if let Some(owner) = owner.as_ref().filter(|_| kept.is_kept_back()) {
        kept.push();
        survive(name, || owner.wake());
    }
    survive(name, || drop(owner));
}

/// Calls code of the owner, and reports its panic.
fn survive(name: &'static str, call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        report(Source::Burial, name, payload);
    }
}

/// Lets the owner bury. It is held meanwhile.
fn lend<W: ?Sized + Wake>(
    owner: &mut Option<Strong<W>>,
    header: *mut Header<W::Slot>,
    burial: &mut Burial<'_>,
) {
    if seeded(Bug::OwnerNotHeld) {
        let unheld = owner.as_ref().map(Strong::as_ptr);
        *owner = None;
        // SAFETY: it may be gone: that is the mistake.
        unheld.inspect(|&unheld| unsafe { &*unheld }.bury(burial));
        return;
    }
    // SAFETY: 1, the death's weak unit. That it is locked is the mistake.
    let locked = seeded(Bug::ToldLocked).then(|| unsafe { Locked::new(header) });
    if let Some(owner) = owner {
        owner.bury(burial);
    }
    drop(locked);
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use core::cell::{Cell, RefCell};

    use super::*;
    use crate::slot::LocalSlot;

    struct Plain;

    impl WeakReferenceable for Plain {
        type Slot = LocalSlot;
    }

    /// What an owner does when it is told.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Way {
        Buries,
        /// And lets the graveyard go, which is told from.
        BuriesAndEnds,
        ShowsAnother,
        ShowsToAnother,
        /// Drops the entry, without a burial.
        Drops,
        Panics,
        PanicsBuried,
    }

    struct Owner {
        way: Way,
        entries: RefCell<Vec<Option<Watched<Plain>>>>,
        graveyard: RefCell<Option<Graveyard<LocalSlot>>>,
        another: RefCell<Graveyard<LocalSlot>>,
        told: Cell<usize>,
        woken: Cell<usize>,
    }

    impl WeakReferenceable for Owner {
        type Slot = LocalSlot;
    }

    impl Wake for Owner {
        fn wake(&self) {
            self.woken.set(self.woken.get() + 1);
        }

        fn bury(&self, burial: &mut Burial<'_>) {
            self.told.set(self.told.get() + 1);
            let mut entries = self.entries.borrow_mut();
            let mut graveyard = self.graveyard.borrow_mut();
            let Some(own) = graveyard.as_mut() else {
                return; // The test has taken it.
            };
            let place = usize::try_from(burial.notice().token).expect("a place");
            match self.way {
                Way::ShowsAnother => {
                    let another = entries[1 - place].as_ref().expect("it stands");
                    assert!(!own.bury(another, burial));
                }
                Way::ShowsToAnother => {
                    let entry = entries[place].as_ref().expect("it stands");
                    assert!(!self.another.borrow_mut().bury(entry, burial));
                }
                Way::Drops => drop(entries[place].take()),
                Way::Panics => panic!("not now"),
                Way::Buries | Way::BuriesAndEnds | Way::PanicsBuried => {
                    let entry = entries[place].take().expect("it stands");
                    assert_eq!(entry.id(), burial.notice().id);
                    assert!(own.bury(&entry, burial));
                    assert!(!own.bury(&entry, burial), "it is buried");
                    drop(entry);
                }
            }
            if self.way == Way::BuriesAndEnds {
                entries.clear();
                *graveyard = None;
            }
            assert!(self.way != Way::PanicsBuried, "after it was buried");
        }
    }

    /// An owner of two, the first of which has died then, and the other one. The first stands in a node if it was
    /// registered before.
    fn told(way: Way, in_node: bool) -> (Strong<Owner>, Strong<Plain>) {
        let owner = Strong::new_cyclic(|this| Owner {
            way,
            entries: RefCell::new(Vec::new()),
            graveyard: RefCell::new(Some(Graveyard::waking(this))),
            another: RefCell::new(Graveyard::waking(this)),
            told: Cell::new(0),
            woken: Cell::new(0),
        });
        let (dying, living) = (Strong::new(Plain), Strong::new(Plain));
        let mut first = Graveyard::new();
        let before = in_node.then(|| first.watch(&dying, 0));
        let mut graveyard = owner.graveyard.take().expect("it stands");
        let entries = [graveyard.watch(&dying, 0), graveyard.watch(&living, 1)];
        owner.entries.borrow_mut().extend(entries.map(Some));
        owner.graveyard.replace(Some(graveyard));
        drop(dying);
        drop(before);
        assert_eq!(owner.told.get(), 1);
        (owner, living)
    }

    #[test]
    fn what_is_buried_leaves_no_notice() {
        for in_node in [false, true] {
            let (owner, _living) = told(Way::Buries, in_node);
            assert_eq!(owner.woken.get(), 0);
            let graveyard = owner.graveyard.take().expect("it stands");
            assert!(!graveyard.has_notices());
            assert_eq!((graveyard.dead(), graveyard.registered), (0, 1));
        }
    }

    #[test]
    fn the_graveyard_may_end_in_the_burial() {
        for in_node in [false, true] {
            let (owner, _living) = told(Way::BuriesAndEnds, in_node);
            assert_eq!(owner.woken.get(), 0);
        }
    }

    #[test]
    fn only_its_own_entry_is_buried_in_its_own_graveyard() {
        for way in [Way::ShowsAnother, Way::ShowsToAnother] {
            let (owner, _living) = told(way, false);
            assert_eq!(owner.woken.get(), 1);
            let mut graveyard = owner.graveyard.take().expect("it stands");
            let notice = graveyard.next_dead().expect("it was left");
            assert_eq!((notice.token, graveyard.dead()), (0, 0));
            let grave = graveyard.grave().expect("it watches");
            assert_eq!(grave.counted(), 0, "taken off at once");
        }
    }

    #[test]
    fn an_entry_that_an_owner_drops_when_it_is_told_is_withdrawn() {
        for in_node in [false, true] {
            let (owner, _living) = told(Way::Drops, in_node);
            assert_eq!(owner.woken.get(), 1);
            let mut graveyard = owner.graveyard.take().expect("it stands");
            assert_eq!((graveyard.has_notices(), graveyard.dead()), (true, 0));
            assert!(graveyard.next_dead().is_none());
            assert!(!graveyard.has_notices());
        }
    }

    #[test]
    fn a_panic_of_an_owner_that_is_told_is_survived() {
        for (way, left) in [(Way::Panics, true), (Way::PanicsBuried, false)] {
            let (owner, _living) = told(way, false);
            let graveyard = owner.graveyard.take().expect("it stands");
            let told = (graveyard.has_notices(), owner.woken.get());
            assert_eq!(told, (left, usize::from(left)));
        }
    }

    #[test]
    fn an_owner_under_construction_is_not_told() {
        let owner = Strong::new_cyclic(|this| {
            let mut graveyard = Graveyard::waking(this);
            let dying = Strong::new(Plain);
            let entry = graveyard.watch(&dying, 0);
            drop(dying);
            assert!(graveyard.has_notices());
            Owner {
                way: Way::Panics,
                entries: RefCell::new(vec![Some(entry)]),
                graveyard: RefCell::new(Some(graveyard)),
                another: RefCell::new(Graveyard::new()),
                told: Cell::new(0),
                woken: Cell::new(0),
            }
        });
        assert_eq!((owner.told.get(), owner.woken.get()), (0, 0));
    }
}
