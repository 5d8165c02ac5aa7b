//! `WeakList`: order, keys, deaths at every moment, and who may call it from where.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

use weakref::{LocalSlot, Strong, SyncSlot, WeakRef, WeakReferenceable, coerce};
use weakref_containers::WeakList;
use weakref_containers::list::Key;

use crate::support::object::{Object, objects};

fn numbers(list: &WeakList<Object>) -> Vec<u32> {
    list.iter().map(|object| object.0).collect()
}

#[test]
fn members_come_in_the_order_in_which_they_were_added() {
    let objects = objects(5);
    let mut list = WeakList::new();
    list.push(&objects[1]);
    list.push(&objects[2]);
    list.push_front(&objects[0]);
    list.push(&objects[3]);
    assert_eq!(numbers(&list), [0, 1, 2, 3]);
    let backwards: Vec<u32> = list.iter().rev().map(|object| object.0).collect();
    assert_eq!(backwards, [3, 2, 1, 0]);
    let mut from_both_ends = list.iter();
    let ends = (
        from_both_ends.next().unwrap().0,
        from_both_ends.next_back().unwrap().0,
    );
    assert_eq!((ends, from_both_ends.count()), ((0, 3), 2));
    assert_eq!(
        (list.front().unwrap().0, list.back().unwrap().0),
        (0, 3),
        "and stay"
    );
    assert_eq!(list.len(), 4);
}

#[test]
fn an_object_may_stand_in_it_several_times() {
    let mut objects = objects(2);
    let mut list = WeakList::new();
    let keys = [0, 1, 0, 0].map(|n| list.push(&objects[n]));
    assert_eq!(numbers(&list), [0, 1, 0, 0]);
    assert_eq!(Strong::weak_count(&objects[0]), 3);
    let first = Strong::downgrade(&objects[0]);
    assert_eq!(list.key_of(&first), Some(keys[0]));
    assert!(list.remove_object(&first).is_some());
    assert_eq!(list.key_of(&first.id()), Some(keys[2]));
    assert_eq!(numbers(&list), [1, 0, 0]);
    objects.remove(0);
    assert_eq!((numbers(&list), list.len()), (vec![1], 1));
    list.purge();
    assert_eq!((numbers(&list), list.len()), (vec![1], 1));
    assert!(list.contains_key(keys[1]) && !list.contains_key(keys[2]));
}

#[test]
fn keys_are_never_used_again() {
    let object = Strong::new(Object(0));
    let mut list = WeakList::new();
    let mut other = WeakList::new();
    let mut seen = HashSet::<Key>::new();
    let mut stale = Vec::new();
    for round in 0..200 {
        let key = list.push(&object);
        assert!(seen.insert(key) && seen.insert(other.push_front(&object)));
        assert!(!other.contains_key(key), "a key of another list");
        stale.push(key);
        match round % 4 {
            0 => drop(list.remove(key).unwrap()),
            1 => list.clear(),
            2 => drop(list.drain()),
            _ => {
                list.pop_back().unwrap();
                list.shrink_to_fit();
            }
        }
        assert!(list.is_empty());
    }
    let kept = list.push(&object);
    for key in stale {
        assert!(list.get(key).is_none() && list.remove(key).is_none());
    }
    assert!(list.get(kept).is_some());
}

#[test]
fn a_copy_has_registrations_and_keys_of_its_own() {
    let mut objects = objects(3);
    let mut list: WeakList<_> = objects.iter().collect();
    let copy = list.clone();
    assert_eq!((&copy, Strong::weak_count(&objects[0])), (&list, 2));
    assert!(list.keys().all(|key| !copy.contains_key(key)));
    objects.remove(1);
    list.purge();
    assert_eq!((numbers(&list), numbers(&copy)), (vec![0, 2], vec![0, 2]));
    list.clear();
    assert_eq!((list.len(), copy.len()), (0, 2));
    drop(copy);
    assert_eq!(Strong::weak_count(&objects[0]), 0);
}

type Walk = dyn Fn(&WeakList<Object>, &mut dyn FnMut()) -> Vec<u32>;

#[test]
fn members_die_at_every_step_of_every_iteration() {
    const SIZE: u32 = if crate::support::FEW { 3 } else { 8 };
    for killed_at in 1..=SIZE {
        for killed in 0..SIZE {
            let expected: Vec<u32> = (0..SIZE)
                .filter(|&n| n != killed || n < killed_at)
                .collect();
            let walk = |walk: &Walk| {
                let mut objects: Vec<_> = objects(SIZE).into_iter().map(Some).collect();
                let list: WeakList<_> = objects.iter().flatten().collect();
                let mut step = 0;
                let seen = walk(&list, &mut || {
                    step += 1;
                    if step == killed_at {
                        objects[killed as usize] = None;
                    }
                });
                let left = objects.iter().flatten().count();
                assert_eq!((list.len(), list.iter().count()), (left, left));
                seen
            };
            let by_value = walk(&|list, step| {
                list.iter()
                    .map(|object| object.0)
                    .inspect(|_| step())
                    .collect()
            });
            assert_eq!(by_value, expected);
            let by_key = walk(&|list, step| {
                let seen = list.keys().inspect(|_| step()).collect::<Vec<_>>();
                seen.into_iter()
                    .filter_map(|key| Some(list.get(key)?.0))
                    .collect()
            });
            let survivors: Vec<u32> = (0..SIZE).filter(|&n| n != killed).collect();
            assert_eq!(by_key, survivors);
            let weakly = walk(&|list, step| {
                let weak = list.weak_iter().inspect(|_| step()).collect::<Vec<_>>();
                weak.iter().filter_map(|w| w.with(|o| o.0)).collect()
            });
            assert_eq!(weakly, by_key);
        }
    }
}

#[test]
fn dead_members_are_neither_found_nor_popped() {
    let mut objects = objects(4);
    let mut list = WeakList::new();
    let keys: Vec<_> = objects.iter().map(|object| list.push(object)).collect();
    objects.remove(3);
    objects.remove(0);
    assert!(list.get(keys[0]).is_none() && !list.contains_key(keys[3]));
    assert_eq!((list.front().unwrap().0, list.back().unwrap().0), (1, 2));
    assert!(list.remove(keys[0]).is_none());
    assert_eq!(list.pop_front().unwrap().0, 1);
    assert_eq!(list.pop_back().unwrap().0, 2);
    assert!(list.pop_front().is_none() && list.pop_back().is_none());
}

#[test]
fn every_way_to_take_out() {
    let objects = objects(6);
    let list: WeakList<_> = objects.iter().collect();
    let mut drained = list.clone();
    let room = drained.capacity();
    let mut drain = drained.drain();
    assert_eq!(
        (drain.next().unwrap().0, drain.next_back().unwrap().0),
        (0, 5)
    );
    drop(drain);
    assert_eq!((drained.len(), drained.capacity()), (0, room));

    let mut retained = list.clone();
    retained.retain(|object| object.0 % 3 != 0);
    assert_eq!(numbers(&retained), [1, 2, 4, 5]);

    let mut extracted = list.clone();
    let first_two = extracted.extract_if(|object| object.0 > 1).take(2);
    assert!(first_two.map(|object| object.0).eq([2, 3]));
    assert_eq!(numbers(&extracted), [0, 1, 4, 5]);

    assert!(
        list.into_iter()
            .map(|object| object.0)
            .rev()
            .eq((0..6).rev())
    );
    assert!(objects.iter().skip(4).all(|o| Strong::weak_count(o) == 2));
}

#[test]
fn a_panic_in_retain_leaves_what_was_not_asked_about() {
    let mut objects = objects(6);
    let mut list: WeakList<_> = objects.iter().collect();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        list.retain(|object| {
            assert_ne!(object.0, 3, "the closure's");
            object.0 % 2 == 0
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(numbers(&list), [0, 2, 3, 4, 5]);
    objects.truncate(4);
    assert_eq!((numbers(&list), list.len()), (vec![0, 2, 3], 3));
}

#[test]
fn a_member_that_dies_while_it_is_judged() {
    let objects = RefCell::new(objects(4));
    let mut list: WeakList<_> = objects.borrow().iter().collect();
    list.retain(|_| {
        objects.borrow_mut().pop();
        true
    });
    assert_eq!(numbers(&list), [0, 1]);
    assert_eq!((list.len(), objects.borrow().len()), (2, 1 + 1));
}

#[test]
fn what_was_taken_out_and_not_dropped_does_not_disturb_the_list() {
    // What `mem::forget(list.drain())` leaves, without the leak.
    let mut objects = objects(3);
    let mut list: WeakList<_> = objects.iter().collect();
    let taken = mem::take(&mut list).into_iter();
    list.push(&objects[2]);
    objects.truncate(1);
    list.push(&objects[0]);
    assert_eq!((numbers(&list), list.len()), (vec![0], 1));
    assert_eq!(taken.count(), 1);
}

#[test]
fn collecting_and_comparing() {
    let objects = objects(3);
    let mut list: WeakList<_> = objects.iter().take(2).collect();
    list.extend(&objects[2..]);
    list.extend(objects.iter().cloned());
    assert_eq!(numbers(&list), [0, 1, 2, 0, 1, 2]);
    assert_eq!(
        format!("{:?}", WeakList::from([&objects[1]])),
        "[Object(1)]"
    );
    let (a, b) = (Strong::new(Object(0)), Strong::new(Object(1)));
    assert_eq!(
        WeakList::from([&a, &b]),
        WeakList::from([&objects[0], &objects[1]])
    );
    assert_ne!(WeakList::from([&a, &b]), WeakList::from([&b, &a]));
    let gone: WeakList<_> = [Strong::new(Object(1))].into_iter().collect();
    assert!(gone.is_empty(), "the handle was the only one");
    assert_eq!(gone, WeakList::default());
}

#[test]
fn a_list_that_is_only_added_to_stays_small() {
    const WINDOW: usize = 10;
    const PUSHED: u32 = if crate::support::FEW { 200 } else { 3_000 };
    let mut window = std::collections::VecDeque::new();
    let mut list = WeakList::new();
    for n in 0..PUSHED {
        let object = Strong::new(Object(n));
        list.push(&object);
        window.push_back(object);
        if window.len() > WINDOW {
            window.pop_front();
        }
        assert_eq!(list.len(), window.len());
        assert!(list.capacity() <= 2 * WINDOW, "{}", list.capacity());
    }
    assert_eq!(list.front().unwrap().0, PUSHED - 10);
}

#[test]
fn every_observer_agrees_while_a_member_is_dropped() {
    type List = Rc<RefCell<WeakList<Watcher>>>;

    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Watcher {
        list: List,
        seen: Rc<Cell<[usize; 4]>>,
    }
    impl Drop for Watcher {
        fn drop(&mut self) {
            let mut list = self.list.borrow_mut();
            let before = [list.len(), list.iter().count()];
            list.purge();
            let after = [list.len(), list.keys().count()];
            self.seen.set([before[0], before[1], after[0], after[1]]);
        }
    }
    let list = List::default();
    let seen = Rc::default();
    let new = || {
        let watcher = Strong::new(Watcher {
            list: Rc::clone(&list),
            seen: Rc::clone(&seen),
        });
        list.borrow_mut().push(&watcher);
        watcher
    };
    let (first, second) = (new(), new());
    drop(first);
    assert_eq!(seen.get(), [1; 4]);
    drop(second);
    assert_eq!(seen.get(), [0; 4]);
}

#[test]
fn a_list_dropped_in_a_callback_of_its_member() {
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Local;

    let object = Strong::new(Local);
    let list = Rc::new(RefCell::new(Some(WeakList::from([&object, &object]))));
    let shared = Rc::clone(&list);
    let callback = WeakRef::with_callback(&object, move |_| {
        assert!(shared.borrow_mut().take().unwrap().is_empty());
    });
    drop(object);
    assert!(list.borrow().is_none() && !callback.has_callback());
}

trait Listener: WeakReferenceable<Slot = SyncSlot> {
    fn number(&self) -> u32;
}

trait LocalListener: WeakReferenceable<Slot = LocalSlot> {
    fn number(&self) -> u32;
}

impl Listener for Object {
    fn number(&self) -> u32 {
        self.0
    }
}

#[test]
fn unsized_members_of_both_flavours() {
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Local(Cell<u32>);

    impl LocalListener for Local {
        fn number(&self) -> u32 {
            self.0.get()
        }
    }

    let sync: Vec<_> = objects(3)
        .into_iter()
        .map(|object| coerce!(object => dyn Listener))
        .collect();
    let mut list: WeakList<dyn Listener> = sync.iter().collect();
    assert!(list.iter().map(|one| one.number()).eq([0, 1, 2]));
    assert!(list.remove_object(&sync[1]).is_some());
    drop(sync);
    assert!(list.is_empty());

    let local = coerce!(Strong::new(Local(Cell::new(7))) => dyn LocalListener);
    let mut list: WeakList<dyn LocalListener> = WeakList::from([&local]);
    assert_eq!(list.pop_front().unwrap().number(), 7);
}

#[test]
fn members_die_on_another_thread() {
    const COUNT: u32 = if crate::support::FEW { 40 } else { 10_000 };
    let objects = objects(COUNT);
    let list = Mutex::new(objects.iter().collect::<WeakList<_>>());
    let extra = Strong::new(Object(COUNT));
    thread::scope(|scope| {
        let undertaker = scope.spawn(move || drop(objects));
        while !undertaker.is_finished() {
            let mut list = list.lock().unwrap();
            let key = list.push(&extra);
            let seen = numbers(&list);
            assert!(seen.is_sorted() && seen.last() == Some(&COUNT));
            assert!(list.len() <= COUNT as usize + 1);
            assert!(list.remove(key).is_some());
        }
    });
    let mut list = list.into_inner().unwrap();
    list.purge();
    assert_eq!((list.len(), list.iter().count()), (0, 0));
}
