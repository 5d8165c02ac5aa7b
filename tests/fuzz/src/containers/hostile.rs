//! User code: keys and objects that count themselves, and the traps that go off in them.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, Hash, Hasher};

use weakref::WeakReferenceable;

use crate::input;

/// What happens in user code.
pub(super) enum Trap {
    Panic,
    /// The next comparison says the opposite.
    Lie,
    Do(Box<dyn FnOnce()>),
}

thread_local! {
    static TRAPS: RefCell<Vec<(u8, Trap)>> = const { RefCell::new(Vec::new()) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static LIE: Cell<bool> = const { Cell::new(false) };
    static LIED: Cell<bool> = const { Cell::new(false) };
    static DISTURBED: Cell<bool> = const { Cell::new(false) };
    static ALIVE: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
    static KEYS: Cell<isize> = const { Cell::new(0) };
}

pub(super) fn begin() {
    ALIVE.with_borrow_mut(Vec::clear);
    DISTURBED.set(false);
    LIED.set(false);
    KEYS.set(0);
}

pub(super) fn check_end() {
    ALIVE.with_borrow(|alive| assert!(alive.iter().all(|alive| !alive), "an object is left"));
    assert_eq!(KEYS.get(), 0, "keys are left, or were dropped twice");
}

pub(super) fn lay(passes: u8, trap: Trap) {
    TRAPS.with_borrow_mut(|traps| traps.push((passes, trap)));
}

/// Removes all traps.
pub(super) fn disarm() {
    drop(TRAPS.take());
    LIE.set(false);
}

pub(super) fn is_disturbed() -> bool {
    DISTURBED.get()
}

/// Whether anything hostile happened since the last time this was asked.
pub(super) fn take_disturbed() -> bool {
    DISTURBED.replace(false)
}

/// Whether a comparison has lied since the last time this was asked.
pub(super) fn take_lied() -> bool {
    LIED.replace(false)
}

pub(super) fn is_alive(life: u32) -> bool {
    ALIVE.with_borrow(|alive| alive[life as usize])
}

pub(super) fn quietly(body: impl FnOnce()) {
    QUIET.set(true);
    body();
    QUIET.set(false);
}

/// Called by all user code. A panic is left out where it would end the process: in a drop, as part of another.
pub(super) fn pass(may_panic: bool) {
    if QUIET.get() {
        return;
    }
    let due = TRAPS.with_borrow_mut(|traps| {
        for (passes, _) in &mut *traps {
            *passes = passes.saturating_sub(1);
        }
        let at = traps.iter().position(|(passes, _)| *passes == 0)?;
        Some(traps.swap_remove(at).1)
    });
    match due {
        None => {}
        Some(Trap::Panic) if may_panic && !std::thread::panicking() => {
            DISTURBED.set(true);
            input::blast();
        }
        Some(Trap::Panic) => {}
        Some(Trap::Lie) => LIE.set(true),
        Some(Trap::Do(trap)) => {
            DISTURBED.set(true);
            trap();
        }
    }
}

fn compare(answer: bool) -> bool {
    pass(true);
    if !QUIET.get() && LIE.replace(false) {
        DISTURBED.set(true);
        LIED.set(true);
        return !answer;
    }
    answer
}

const NOBODY: u32 = u32::MAX;

/// What is in every object: its number, and the class by which it is equal to others.
pub(super) struct Body {
    life: u32,
    class: u8,
}

impl Body {
    pub(super) fn new(class: u8) -> Self {
        let life = ALIVE.with_borrow_mut(|alive| {
            alive.push(true);
            alive.len() as u32 - 1
        });
        Self { life, class }
    }

    /// Something to look up with.
    pub(super) fn probe(class: u8) -> Self {
        Self {
            life: NOBODY,
            class,
        }
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        compare(self.class == other.class)
    }
}

impl Eq for Body {}

impl Hash for Body {
    fn hash<H: Hasher>(&self, state: &mut H) {
        pass(true);
        state.write_u8(self.class);
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if self.life != NOBODY {
            ALIVE.with_borrow_mut(|alive| {
                let was_alive = std::mem::replace(&mut alive[self.life as usize], false);
                assert!(was_alive, "a value is dropped twice");
            });
            pass(false);
        }
    }
}

pub(super) trait Object: WeakReferenceable + Hash + Eq + From<Body> {
    fn life(&self) -> u32;
    fn class(&self) -> u8;
}

macro_rules! object {
    ($name:ident $(, $local:ident)?) => {
        #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
        $(#[weakref($local)])?
        pub(super) struct $name(Body);

        impl From<Body> for $name {
            fn from(body: Body) -> Self {
                Self(body)
            }
        }

        impl Object for $name {
            fn life(&self) -> u32 {
                self.0.life
            }

            fn class(&self) -> u8 {
                self.0.class
            }
        }
    };
}

object!(Sync);
object!(Local, local);

/// A key, or the payload under a weak key.
pub(super) struct Key(u8);

impl Key {
    pub(super) fn new(number: u8) -> Self {
        KEYS.set(KEYS.get() + 1);
        Self(number)
    }

    pub(super) fn number(&self) -> u8 {
        self.0
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        pass(true);
        Self::new(self.0)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        compare(self.0 == other.0)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        pass(true);
        state.write_u8(self.0);
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        KEYS.set(KEYS.get() - 1);
        pass(true);
    }
}

/// Few hashes, so that they collide.
#[derive(Clone, Default)]
pub(super) struct Few(u64);

impl BuildHasher for Few {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Few {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.wrapping_add(byte.into());
        }
    }

    fn finish(&self) -> u64 {
        (self.0 / 2).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}
