//! What user code is made of here: everything that a script hands out calls [`tick`], which panics at the call that a
//! run has chosen. Also the register of what is alive.
//!
//! One run is one thread: all of it is thread-local, and none of it allocates.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;
use std::thread::panicking;

/// How a run injects its panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Its payloads panic when they are dropped.
    pub(crate) bombs: bool,
    /// Besides the chosen call, so do later ones on a thread that is not panicking: none, the one at this distance, or
    /// all of them.
    pub(crate) again: Again,
    /// The script runs within a `Drop` while its thread unwinds.
    pub(crate) unwinding: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    After(usize),
    Always,
}

const PLAIN: Mode = Mode {
    bombs: false,
    again: Again::Never,
    unwinding: false,
};

/// As many tags as a run may make.
const TAGS: usize = 512;

struct World {
    armed: Cell<bool>,
    calls: Cell<usize>,
    panic_at: Cell<usize>,
    mode: Cell<Mode>,
    injected: Cell<usize>,
    made: Cell<usize>,
    live: Cell<usize>,
    ended: [Cell<bool>; TAGS],
}

thread_local! {
    static WORLD: World = const {
        World {
            armed: Cell::new(false),
            calls: Cell::new(0),
            panic_at: Cell::new(0),
            mode: Cell::new(PLAIN),
            injected: Cell::new(0),
            made: Cell::new(0),
            live: Cell::new(0),
            ended: [const { Cell::new(false) }; TAGS],
        }
    };
    static DOOMED: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// The payload that panics when it is dropped, while the script runs.
pub(crate) struct Bomb(Box<u8>);

impl Drop for Bomb {
    fn drop(&mut self) {
        if WORLD.with(|world| world.armed.get()) {
            *self.0 = 0;
            resume_unwind(Box::new("the end of a payload"));
        }
    }
}

/// A call of user code.
pub(crate) fn tick() {
    let is_hit = WORLD.with(|world| {
        if !world.armed.get() {
            return false;
        }
        let call = world.calls.get() + 1;
        world.calls.set(call);
        let first = world.panic_at.get();
        let mode = world.mode.get();
        let is_next = match mode.again {
            Again::Never => false,
            Again::After(distance) => call == first + distance && !panicking(),
            Again::Always => call > first && !panicking(),
        };
        call == first || is_next
    });
    if is_hit {
        let bombs = WORLD.with(|world| {
            world.injected.set(world.injected.get() + 1);
            world.mode.get().bombs
        });
        if bombs {
            resume_unwind(Box::new(Bomb(Box::new(1))));
        }
        resume_unwind(Box::new("injected"));
    }
}

/// Starts to count calls; the one of this number panics, counted from 1.
pub(crate) fn arm(mode: Mode, panic_at: usize) {
    WORLD.with(|world| {
        world.mode.set(mode);
        world.panic_at.set(panic_at);
        world.calls.set(0);
        world.injected.set(0);
        world.armed.set(true);
    });
}

/// Ends the injection, and returns how many calls panicked.
pub(crate) fn disarm() -> usize {
    WORLD.with(|world| {
        world.armed.set(false);
        world.injected.get()
    })
}

/// Forgets the tags of the run before.
pub(crate) fn reset() {
    WORLD.with(|world| {
        world.armed.set(false);
        world.made.set(0);
        world.live.set(0);
        for ended in &world.ended {
            ended.set(false);
        }
    });
    assert!(DOOMED.take().is_empty(), "not all that was doomed died");
}

/// How many tags are alive.
pub(crate) fn live() -> usize {
    WORLD.with(|world| world.live.get())
}

/// What makes an object one whose end is seen: it is counted, ends once, and its end is user code.
pub(crate) struct Tag {
    // On the heap, so that the allocator misses it too.
    id: Box<usize>,
}

impl Tag {
    pub(crate) fn new() -> Self {
        let id = WORLD.with(|world| {
            let id = world.made.get();
            assert!(id < TAGS, "a script makes too much");
            world.made.set(id + 1);
            world.live.set(world.live.get() + 1);
            id
        });
        Self { id: Box::new(id) }
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        let was_ended = WORLD.with(|world| {
            world.live.set(world.live.get() - 1);
            world.ended[*self.id].replace(true)
        });
        if was_ended {
            eprintln!("dropped twice: {}", self.id);
            std::process::abort();
        }
        tick();
    }
}

/// Has `end` called by the next comparison of two queries, once its answer is known, or by the next that clones or writes
/// an item: what they look at is given up by its last owner while somebody has his hands on it.
pub(crate) fn doom(end: impl FnOnce() + 'static) {
    DOOMED.with(|doomed| doomed.borrow_mut().push(Box::new(end)));
}

/// Ends what is doomed; comparisons and their like do.
pub(crate) fn end_doomed() {
    let end = DOOMED.with(|doomed| doomed.borrow_mut().pop());
    if let Some(end) = end {
        end();
    }
}

/// Drops what nobody has ended.
pub(crate) fn forget_doomed() {
    drop(DOOMED.take());
}

/// Whether calls are counted: the script runs.
pub(crate) fn is_armed() -> bool {
    WORLD.with(|world| world.armed.get())
}
