//! Owners of two entries in a shard, which are told of deaths.

use weakref::watch::{Burial, Bury, Graveyard, Group, Shard, Wake, Watched};
use weakref::{Strong, SyncSlot, WeakReferenceable};

use crate::cells::{Small, drops};

/// What may be watched.
pub(crate) trait Member: WeakReferenceable<Slot = SyncSlot> + Send + Sync {}

impl<V: WeakReferenceable<Slot = SyncSlot> + Send + Sync> Member for V {}

/// What is inside: two places, and something that is changed.
pub(crate) struct Inside<V: Member = Small> {
    pub(crate) entries: [Option<Watched<V>>; 2],
    pub(crate) graveyard: Graveyard<SyncSlot>,
    pub(crate) changed: Small,
}

/// Dead entries: they count as a drop.
pub(crate) type Dead<V = Small> = ([Option<Watched<V>>; 2], Small);

impl<V: Member> Bury for Inside<V> {
    type Slot = SyncSlot;
    type Entry = Dead<V>;

    fn take_dead(&mut self) -> Option<Dead<V>> {
        self.changed.write();
        let notice = self.graveyard.next_dead()?;
        let entry = self.entries[usize::try_from(notice.token).unwrap()].take();
        Some(([entry, None], Small::new()))
    }

    fn has_dead(&self) -> bool {
        self.graveyard.has_notices()
    }
}

impl<V: Member> Inside<V> {
    /// Takes both entries out if they are of one object, and one of them is told of.
    fn take_buried(&mut self, burial: &mut Burial<'_>) -> Option<Dead<V>> {
        self.changed.write();
        let place = usize::try_from(burial.notice().token).unwrap();
        let entry = self.entries[place].as_ref()?;
        if !self.graveyard.bury(entry, burial) {
            return None;
        }
        let id = entry.id();
        let dead = self
            .entries
            .each_mut()
            .map(|entry| entry.take_if(|entry| entry.id() == id));
        Some((dead, Small::new()))
    }
}

/// One that is told `AT_ONCE` takes its entry out before a notice is left; else it is woken after that.
pub(crate) struct Owner<const AT_ONCE: bool, V: Member = Small>(pub(crate) Shard<Inside<V>>);

impl<const AT_ONCE: bool, V: Member> WeakReferenceable for Owner<AT_ONCE, V> {
    type Slot = SyncSlot;
}

impl<const AT_ONCE: bool, V: Member> Wake for Owner<AT_ONCE, V> {
    fn wake(&self) {
        self.0.settle();
    }

    fn bury(&self, burial: &mut Burial<'_>) {
        if AT_ONCE {
            self.0.bury(|inside| inside.take_buried(burial));
        }
    }
}

pub(crate) fn owner_of<const AT_ONCE: bool, V: Member + 'static>(
    referents: [Option<&Strong<V>>; 2],
) -> Strong<Owner<AT_ONCE, V>> {
    Strong::new_cyclic(|this| {
        let mut graveyard = Graveyard::waking(this);
        let mut token = 0;
        let entries = referents.map(|referent| {
            token += 1;
            Some(graveyard.watch(referent?, token - 1))
        });
        let inside = Inside {
            entries,
            graveyard,
            changed: Small::new(),
        };
        Owner(Shard::new(inside, Group::new()))
    })
}

pub(crate) fn look<V: Member>(inside: &Inside<V>) {
    inside.changed.read();
    for entry in inside.entries.iter().flatten() {
        drop(entry.upgrade());
    }
}

pub(crate) fn change<V: Member>(inside: &mut Inside<V>) {
    inside.changed.write();
}

/// Whether nothing is left, without having touched the lock before.
pub(crate) fn nothing_lingers<const AT_ONCE: bool, V: Member>(
    owner: Strong<Owner<AT_ONCE, V>>,
    buried: usize,
) {
    assert_eq!(drops(), buried, "drops");
    owner.0.read(|inside| {
        assert!(inside.entries.iter().all(Option::is_none));
        if AT_ONCE {
            assert_eq!(inside.graveyard.dead(), 0);
        }
    });
    drop(owner);
}
