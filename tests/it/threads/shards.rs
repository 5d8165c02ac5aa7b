//! Deaths, readers and writers on several threads: everything is buried once, and nothing lingers.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use weakref::watch::{Bury, Graveyard, Group, Shard, Wake, Watched};
use weakref::{Strong, SyncSlot, WeakRef, WeakReferenceable};

use super::race;

const ROUNDS: usize = if crate::support::FEW { 2 } else { 2_000 };
const THREADS: usize = 3;

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[derive(WeakReferenceable)]
struct Referent<const PAD: usize> {
    seven: Box<u64>,
    _counted: Counted,
    _pad: [u64; PAD],
}

impl<const PAD: usize> Referent<PAD> {
    fn strong(counter: &Arc<AtomicUsize>) -> Strong<Self> {
        Strong::new(Self {
            seven: Box::new(7),
            _counted: Counted(counter.clone()),
            _pad: [0; PAD],
        })
    }
}

fn counter() -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(0))
}

struct Yard<const PAD: usize> {
    entries: Vec<Option<Entry<PAD>>>,
    graveyard: Graveyard<SyncSlot>,
}

type Entry<const PAD: usize> = (Watched<Referent<PAD>>, Counted);

impl<const PAD: usize> Bury for Yard<PAD> {
    type Slot = SyncSlot;
    type Entry = Option<Entry<PAD>>;

    fn take_dead(&mut self) -> Option<Self::Entry> {
        let notice = self.graveyard.next_dead()?;
        let entry = self.entries[usize::try_from(notice.token).unwrap()].take();
        assert!(
            entry
                .as_ref()
                .is_none_or(|(watched, _)| !watched.is_alive())
        );
        Some(entry)
    }
}

#[derive(WeakReferenceable)]
struct Owner<const PAD: usize>(Shard<Yard<PAD>>);

impl<const PAD: usize> Wake for Owner<PAD> {
    fn wake(&self) {
        self.0.settle();
    }
}

impl<const PAD: usize> Owner<PAD> {
    fn new() -> Strong<Self> {
        Strong::new_cyclic(|this| {
            let yard = Yard {
                entries: Vec::new(),
                graveyard: Graveyard::waking(this),
            };
            Self(Shard::new(yard, Group::new()))
        })
    }

    fn add(&self, referent: &Strong<Referent<PAD>>, buried: &Arc<AtomicUsize>) -> usize {
        self.0.write(|yard| {
            let place = yard.entries.len();
            let watched = yard.graveyard.watch(referent, place as u64);
            yard.entries.push(Some((watched, Counted(buried.clone()))));
            place
        })
    }

    fn take(&self, place: usize) -> Option<Entry<PAD>> {
        self.0.write(|yard| yard.entries.get_mut(place)?.take())
    }

    /// Looks at all that is alive.
    fn look(&self) {
        let weak = self.0.read(|yard| {
            let mut live = yard.entries.iter().flatten();
            live.all(|(watched, _)| watched.with(|referent| *referent.seven == 7) != Some(false))
        });
        assert!(weak);
    }

    fn lingering(&self) -> (usize, usize) {
        self.0
            .read(|yard| (yard.entries.iter().flatten().count(), yard.graveyard.dead()))
    }
}

fn deaths_readers_and_writers<const PAD: usize>() {
    let (dropped, buried, taken) = (&counter(), &counter(), &AtomicUsize::new(0));
    let owner = &Owner::<PAD>::new();
    let work = || {
        for round in 0..ROUNDS {
            let strong = Referent::strong(dropped);
            let place = owner.add(&strong, buried);
            if round % 3 == 0 {
                owner.look();
            }
            // Another one's, perhaps; withdrawn while it dies, perhaps.
            if round % 4 == 1 && owner.take(place.wrapping_sub(1)).is_some() {
                taken.fetch_add(1, Relaxed);
            }
            drop(strong);
        }
    };
    race([(); THREADS].map(|()| Box::new(&work) as _));
    assert_eq!(dropped.load(Relaxed), THREADS * ROUNDS);
    assert_eq!(
        buried.load(Relaxed),
        THREADS * ROUNDS,
        "those taken out included"
    );
    assert!(taken.load(Relaxed) <= THREADS * ROUNDS);
    assert_eq!(owner.lingering(), (0, 0));
    // Nothing stands on the stack either, which would hold the referents' blocks.
    assert!(owner.0.write(|yard| yard.graveyard.next_dead().is_none()));
}

#[test]
fn deaths_readers_and_writers_on_threads() {
    deaths_readers_and_writers::<0>();
    deaths_readers_and_writers::<40>();
}

#[test]
fn one_death_on_threads_that_hold_it_in_several_containers() {
    for _ in 0..ROUNDS {
        let (dropped, buried) = (&counter(), &counter());
        let owners = &[Owner::<0>::new(), Owner::<0>::new()];
        let strong = Referent::strong(dropped);
        for owner in owners {
            owner.add(&strong, buried);
            owner.add(&strong, buried);
        }
        let handles = [1, 2, 3].map(|_| Mutex::new(Some(strong.clone())));
        drop(strong);
        let handles = &handles;
        let part = |at: usize| move || drop(handles[at].lock().unwrap().take());
        let reads = move || owners.iter().for_each(|owner| owner.look());
        let (first, second, third) = (part(0), part(1), part(2));
        race([
            Box::new(&first),
            Box::new(&second),
            Box::new(&third),
            Box::new(&reads),
        ]);
        assert_eq!((dropped.load(Relaxed), buried.load(Relaxed)), (1, 4));
        assert!(owners.iter().all(|owner| owner.lingering() == (0, 0)));
    }
}

#[test]
fn the_owner_goes_on_one_thread_while_its_members_die_on_others() {
    for round in 0..ROUNDS {
        let (dropped, buried) = (&counter(), &counter());
        let owner = Owner::<0>::new();
        let weak: &WeakRef<_> = &Strong::downgrade(&owner);
        let strongs = [1, 2].map(|_| {
            let strong = Referent::strong(dropped);
            owner.add(&strong, buried);
            owner.add(&strong, buried);
            Mutex::new(Some(strong))
        });
        let kept = Mutex::new((round % 2 == 0).then(|| owner.take(1)));
        let owner = Mutex::new(Some(owner));
        race([
            Box::new(|| drop(strongs[0].lock().unwrap().take())),
            Box::new(|| drop(strongs[1].lock().unwrap().take())),
            Box::new(|| drop(owner.lock().unwrap().take())),
            Box::new(|| drop(kept.lock().unwrap().take())),
        ]);
        assert!(!weak.is_alive());
        assert_eq!((dropped.load(Relaxed), buried.load(Relaxed)), (2, 4));
    }
}
