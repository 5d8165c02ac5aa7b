//! Traits that stay open to users, implemented as badly as safe code can: what they say is not relied on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use weakref::__private::Site;
use weakref::watch::{Bury, Group, Shard};
use weakref::{
    Construction, LocalObject, LocalSlot, Object, ObjectId, Proxy, Slot, Strong, SyncSlot,
    WeakMethod, WeakRef, WeakReference, WeakReferenceable, finalize_with,
};
use weakref_containers::{HasId, IdentityWeakKeyMap};

use crate::support::{leaves_nothing, throw, thrown};

/// What is the same for both slots, but not provable for any.
trait Registers: Slot {
    fn register<T: WeakReferenceable<Slot = Self>>(construction: &Construction<T>);
}

macro_rules! registers {
    ($($slot:ty)*) => {$(
        impl Registers for $slot {
            fn register<T: WeakReferenceable<Slot = Self>>(construction: &Construction<T>) {
                finalize_with(construction, |()| (), ());
            }
        }
    )*};
}
registers!(LocalSlot SyncSlot);

/// What an implementation of the hidden methods does, in one object.
struct Hostile<S: Registers, const SIZE: usize> {
    /// What `__has_finalizers` says, one after the other, and no in the end.
    says: RefCell<Vec<bool>>,
    attach: fn(&Self, &Site<'_>),
    weak: RefCell<Option<WeakRef<Self>>>,
    drops: Rc<Cell<u32>>,
    _size: [u8; SIZE],
}

impl<S: Registers, const SIZE: usize> WeakReferenceable for Hostile<S, SIZE> {
    type Slot = S;

    fn __has_finalizers(&self) -> bool {
        self.says.borrow_mut().pop().unwrap_or(false)
    }

    fn __attach_finalizers(&self, site: &Site<'_>) {
        (self.attach)(self, site);
    }
}

impl<S: Registers, const SIZE: usize> Drop for Hostile<S, SIZE> {
    fn drop(&mut self) {
        self.drops.set(self.drops.get() + 1);
    }
}

impl<S: Registers, const SIZE: usize> Hostile<S, SIZE> {
    /// `says` comes in the order of the questions.
    fn new(says: &[bool], attach: fn(&Self, &Site<'_>)) -> (Self, Rc<Cell<u32>>) {
        let drops = Rc::new(Cell::new(0));
        let value = Self {
            says: RefCell::new(says.iter().rev().copied().collect()),
            attach,
            weak: RefCell::new(None),
            drops: Rc::clone(&drops),
            _size: [0; SIZE],
        };
        (value, drops)
    }

    /// Keeps a weak reference to itself, and registers a finalizer.
    fn attach_well(&self, site: &Site<'_>) {
        site.attach(self, |construction, value| {
            assert!(construction.upgrade().is_none());
            *value.weak.borrow_mut() = Some(WeakRef::clone(construction));
            S::register(construction);
        });
    }
}

macro_rules! in_all_shapes {
    ($run:ident: $($scenario:ident)*) => {$(
        #[test]
        fn $scenario() {
            $run(scenarios::$scenario::<LocalSlot, 0>);
            $run(scenarios::$scenario::<LocalSlot, 200>);
            $run(scenarios::$scenario::<SyncSlot, 0>);
            $run(scenarios::$scenario::<SyncSlot, 200>);
        }
    )*};
}

in_all_shapes! {
    leaves_nothing:
    whether_there_are_finalizers_may_change
    attaching_may_panic
    attaching_may_be_repeated
}
// A message that is printed is memory of the harness.
in_all_shapes! {
    prints:
    attaching_may_build_another_object
    only_the_object_under_construction_can_be_attached_to
}

fn prints(scenario: fn()) {
    scenario();
}

const ANOTHER: &str = "weakref: not the object under construction";

mod scenarios {
    use super::*;

    pub(super) fn whether_there_are_finalizers_may_change<S: Registers, const SIZE: usize>() {
        for (says, finalizers) in [
            (&[true, false][..], 0),
            (&[false, true], 0),
            (&[true, true], 1),
            (&[true, true, false], 1),
        ] {
            let (value, drops) = Hostile::<S, SIZE>::new(says, Hostile::attach_well);
            let strong = Strong::new(value);
            assert_eq!(Strong::finalizers(&strong).len(), finalizers);
            assert_eq!(Strong::strong_count(&strong), 1);
            let weak = Strong::downgrade(&strong);
            assert_eq!(
                weak.upgrade().map(|own| Strong::strong_count(&own)),
                Some(2)
            );
            drop(strong);
            assert_eq!((drops.get(), weak.is_alive()), (1, false));
        }
    }

    pub(super) fn attaching_may_panic<S: Registers, const SIZE: usize>() {
        let attach = |own: &Hostile<S, SIZE>, site: &Site<'_>| {
            own.attach_well(site);
            throw("attached")
        };
        let (value, drops) = Hostile::<S, SIZE>::new(&[true, true], attach);
        assert_eq!(thrown(|| Strong::new(value)), "attached");
        assert_eq!(drops.get(), 1);
        let (value, drops) = Hostile::<S, SIZE>::new(&[true], attach);
        assert_eq!(
            thrown(|| Strong::<Hostile<S, SIZE>>::from(Box::new(value))),
            "attached"
        );
        assert_eq!(drops.get(), 1);
        let (value, drops) = Hostile::<S, SIZE>::new(&[true], attach);
        let mut kept = None;
        let build = |this: &Construction<Hostile<S, SIZE>>| {
            kept = Some(WeakRef::clone(this));
            value
        };
        assert_eq!(thrown(|| Strong::new_cyclic(build)), "attached");
        assert_eq!((drops.get(), kept.unwrap().is_alive()), (1, false));
    }

    pub(super) fn attaching_may_be_repeated<S: Registers, const SIZE: usize>() {
        let (value, drops) = Hostile::<S, SIZE>::new(&[true, true], |own, site| {
            site.attach(own, |_, own| {
                own.attach_well(site);
                own.attach_well(site);
            });
            own.attach_well(site);
        });
        let strong = Strong::new(value);
        assert_eq!(Strong::finalizers(&strong).len(), 3);
        let other = strong.weak.borrow().as_ref().and_then(WeakRef::upgrade);
        assert!(Strong::ptr_eq(&other.unwrap(), &strong));
        drop(strong);
        assert_eq!(drops.get(), 1);
    }

    pub(super) fn attaching_may_build_another_object<S: Registers, const SIZE: usize>() {
        let (value, drops) = Hostile::<S, SIZE>::new(&[true, true], |own, site| {
            let (other, _) = Hostile::<S, SIZE>::new(&[true, true], Hostile::attach_well);
            let other = Strong::new(other);
            assert_eq!(Strong::finalizers(&other).len(), 1);
            assert_eq!(thrown(|| other.attach_well(site)), ANOTHER);
            own.attach_well(site);
        });
        let strong = Strong::new(value);
        assert_eq!(Strong::finalizers(&strong).len(), 1);
        drop(strong);
        assert_eq!(drops.get(), 1);
    }

    pub(super) fn only_the_object_under_construction_can_be_attached_to<
        S: Registers,
        const SIZE: usize,
    >() {
        let (value, drops) = Hostile::<S, SIZE>::new(&[true, true], |own, site| {
            let (other, _) = Hostile::<S, SIZE>::new(&[], Hostile::attach_well);
            assert_eq!(thrown(|| other.attach_well(site)), ANOTHER);
            // Nor something of another type.
            assert_eq!(thrown(|| site.attach(&Object(()), |_, _| ())), ANOTHER);
            own.attach_well(site);
        });
        drop(Strong::new(value));
        assert_eq!(drops.get(), 1);
    }
}

/// A container that lies about its dead, and uses its own lock while it is asked for them.
struct Liar {
    shard: WeakRef<LocalObject<Shard<Self>>>,
    left: u32,
    drops: Rc<Cell<u32>>,
}

struct Row(WeakRef<LocalObject<Shard<Liar>>>, Rc<Cell<u32>>);

impl Drop for Row {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
        if let Some(shard) = self.0.upgrade() {
            shard.settle();
            shard.write(|inside| assert!(inside.left < 3));
        }
    }
}

impl Bury for Liar {
    type Slot = LocalSlot;
    type Entry = Row;

    fn take_dead(&mut self) -> Option<Row> {
        // Not once more in the end: whoever is asked to settle asks again.
        self.left = self.left.checked_sub(1)?;
        if let Some(shard) = self.shard.upgrade() {
            shard.settle();
            let within =
                "weakref: a shared container of local types was used from within its own lock";
            assert_eq!(thrown(|| shard.read(|_| ())), within);
            assert_eq!(thrown(|| shard.write(|_| ())), within);
        }
        Some(Row(self.shard.clone(), Rc::clone(&self.drops)))
    }

    fn has_dead(&self) -> bool {
        self.left % 2 == 1
    }
}

#[test]
fn a_container_may_lie_about_its_dead() {
    let drops = Rc::new(Cell::new(0));
    let shard = Strong::new_cyclic(|this| {
        let (shard, drops) = (WeakRef::clone(this), Rc::clone(&drops));
        LocalObject(Shard::new(
            Liar {
                shard,
                left: 3,
                drops,
            },
            Group::new(),
        ))
    });
    shard.settle();
    assert_eq!((drops.get(), shard.write(|inside| inside.left)), (3, 0));
}

/// A reference that names one object and gives another.
struct Forged(Strong<LocalObject<u8>>, ObjectId);

impl WeakReference for Forged {
    type Referent = LocalObject<u8>;

    fn upgrade(&self) -> Option<Strong<LocalObject<u8>>> {
        Some(self.0.clone())
    }

    fn id(&self) -> ObjectId {
        self.1
    }

    fn is_alive(&self) -> bool {
        false
    }
}

#[test]
fn a_reference_may_name_another_object() {
    let (one, other) = (Strong::new(LocalObject(1)), Strong::new(LocalObject(2)));
    let proxy = Proxy::from_reference(Forged(one.clone(), Strong::id(&other)));
    assert_eq!(Proxy::get(&proxy).map(|own| own.0), Ok(1));
    let method = WeakMethod::from_parts(
        Forged(one.clone(), Strong::id(&other)),
        |own: &LocalObject<u8>| own.0,
    );
    assert!(!method.is_alive());
    assert_eq!((method.call(()), Strong::strong_count(&one)), (Some(1), 3));
}

/// Has another id each time.
struct Fickle<'a>([&'a Strong<LocalObject<u8>>; 2], Cell<usize>);

impl HasId for Fickle<'_> {
    fn object_id(&self) -> ObjectId {
        let turn = self.1.replace(self.1.get() + 1);
        Strong::id(self.0[turn % 2])
    }
}

#[test]
fn what_is_looked_up_may_change_its_id() {
    let (one, other) = (Strong::new(LocalObject(1)), Strong::new(LocalObject(2)));
    let mut map = IdentityWeakKeyMap::from([(&one, 1), (&other, 2)]);
    let mut removed = 0;
    for turn in 0..8 {
        let fickle = Fickle([&one, &other], Cell::new(turn));
        let _ = map.get(&fickle);
        removed += usize::from(map.remove(&fickle).is_some());
        assert_eq!(map.len() + removed, 2);
        assert_eq!(map.iter().count(), map.len());
    }
    drop((one, other));
    assert_eq!(map.len(), 0);
}

/// A second implementation for a `dyn` type that the compiler lets through, since it stands behind a projection. What the
/// trait says of itself wins: else the handles of threads would count as those of one.
mod behind_a_projection {
    use std::thread;

    use super::{LocalSlot, Strong, SyncSlot, WeakReferenceable};
    use weakref::coerce;

    trait Shape: WeakReferenceable<Slot = SyncSlot> + Send + Sync {}

    trait Names {
        type Named: ?Sized;
    }

    struct It;

    impl Names for It {
        type Named = dyn Shape;
    }

    impl WeakReferenceable for <It as Names>::Named {
        type Slot = LocalSlot;
    }

    #[derive(WeakReferenceable)]
    struct Square;

    impl Shape for Square {}

    trait IsSync {}
    impl IsSync for SyncSlot {}

    fn is_sync<S: IsSync>() {}

    fn slot_of_the_trait<T: ?Sized + WeakReferenceable>(_: &Strong<T>) -> &'static str {
        std::any::type_name::<T::Slot>()
    }

    #[test]
    fn the_slot_of_a_dyn_type_is_that_of_its_trait() {
        is_sync::<<dyn Shape as WeakReferenceable>::Slot>();
        let shape = coerce!(Strong::new(Square) => dyn Shape);
        assert_eq!(slot_of_the_trait(&shape), std::any::type_name::<SyncSlot>());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| drop(shape.clone())));
            }
        });
        assert_eq!(Strong::strong_count(&shape), 1);
    }
}
