//! Scripts over containers, single-owner and shared, whose keys and objects are hostile: they lie, panic, kill
//! other objects and call the container from within `Hash`, `Eq`, `Clone`, `Drop` and closures.
//!
//! As long as nothing hostile happened in a step, the container must agree with a list of pairs. After one in
//! which something did, it must still hold what is alive only, and at the end nothing is left of anything.

mod hostile;
mod kinds;

use std::cell::RefCell;
use std::rc::Rc;

use weakref::Strong;

use crate::input::{self, byte};
use hostile::{Body, Trap, quietly};
use kinds::Subject;

/// Objects that the script owns.
const SLOTS: usize = 6;
/// Keys, and classes of equal objects.
const KEYS: u8 = 5;

/// Runs one script; its first byte chooses the container.
pub fn run(script: &[u8]) {
    input::silence();
    hostile::begin();
    input::begin(script);
    kinds::choose(byte());
    hostile::check_end();
}

/// A container, the objects, and the pairs of key and life that are to be in it.
struct World<S: Subject> {
    subject: S,
    pool: RefCell<[Option<Strong<S::Object>>; SLOTS]>,
    model: RefCell<Vec<(u8, u32)>>,
}

fn play<S: Subject>() {
    let world = Rc::new(World {
        subject: S::new(),
        pool: RefCell::default(),
        model: RefCell::default(),
    });
    while let Some(operation) = input::next() {
        world.step(operation);
    }
    hostile::disarm();
    let world = Rc::into_inner(world).expect("nothing else has it");
    world.end();
}

impl<S: Subject> World<S> {
    fn slot() -> usize {
        usize::from(byte()) % SLOTS
    }

    fn pick(&self) -> Option<Strong<S::Object>> {
        self.pool.borrow()[Self::slot()].clone()
    }

    fn put(&self, slot: usize, object: Option<Strong<S::Object>>) {
        let old = std::mem::replace(&mut self.pool.borrow_mut()[slot], object);
        drop(old);
    }

    fn step(self: &Rc<Self>, operation: u8) {
        input::guarded(|| match operation {
            0..56 => {
                let (slot, class) = (Self::slot(), byte() % KEYS);
                self.put(slot, Some(Strong::new(S::Object::from(Body::new(class)))));
            }
            56..90 => self.put(Self::slot(), None),
            90..120 => self.lay(operation),
            _ => self.act(operation),
        });
        quietly(|| self.check());
    }

    /// User code will do something the next time it is passed, or some time later.
    fn lay(self: &Rc<Self>, operation: u8) {
        let passes = byte() % 8;
        match operation % 5 {
            0 => hostile::lay(passes, Trap::Panic),
            1 => hostile::lay(passes, Trap::Lie),
            2 | 3 => {
                let (world, slots) = (Rc::downgrade(self), byte());
                let kill = move || {
                    for slot in (0..SLOTS).filter(|slot| slots >> slot & 1 == 1) {
                        if let Some(world) = world.upgrade() {
                            world.put(slot, None);
                        }
                    }
                };
                hostile::lay(passes, Trap::Do(Box::new(kill)));
            }
            _ => {
                let (world, operation) = (Rc::downgrade(self), byte());
                let again = move || {
                    if let Some(world) = world.upgrade() {
                        input::nested(|| {
                            input::guarded(|| world.act(operation));
                        });
                    }
                };
                hostile::lay(passes, Trap::Do(Box::new(again)));
            }
        }
    }

    fn act(&self, operation: u8) {
        let object = self.pick();
        let key = byte() % KEYS;
        self.subject
            .act(operation, key, object.as_ref(), &self.model);
    }

    fn check(&self) {
        let Some(content) = self.subject.content() else {
            return;
        };
        let mut content = content;
        assert!(
            content.iter().all(|&(_, life)| hostile::is_alive(life)),
            "what is dead"
        );
        assert_eq!(self.subject.len(), content.len());
        let mut model = self.model.borrow_mut();
        if hostile::take_lied() {
            // Equal keys may stand beside each other, so that what a call finds is not determined.
            content.clear();
            drop(model);
            self.subject.clear();
            model = self.model.borrow_mut();
        }
        if hostile::take_disturbed() {
            *model = content;
            return;
        }
        model.retain(|&(_, life)| hostile::is_alive(life));
        // The order is a list's own, which its operations ask for.
        let mut expected = model.clone();
        expected.sort_unstable();
        content.sort_unstable();
        assert_eq!(content, expected);
        for object in self.pool.borrow().iter().flatten() {
            let life = kinds::life(object);
            let entries = content.iter().filter(|&&(_, there)| there == life).count();
            assert_eq!(Strong::weak_count(object), entries);
        }
    }

    fn end(self) {
        let Self { subject, pool, .. } = self;
        drop(subject);
        for object in pool.borrow().iter().flatten() {
            assert_eq!(Strong::weak_count(object), 0, "a registration is left");
        }
        drop(pool);
    }
}
