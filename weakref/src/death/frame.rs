//! Which death goes on, when deaths happen inside deaths.
//!
//! Deaths nest as the drops do, as long as the stack that they use has room ([`ROOM`]). Past that the first two
//! steps happen at once, and the rest waits on a queue, for the innermost death that had room: it
//! goes on with the queue between its own steps, before it does anything else. So a chain of any
//! length dies on any stack that has this much room left and a little more, in the order in which it would
//! have nested:
//!
//! D1: `queue[..base]` waits for deaths further out, the next at the end. `queue[base..]` was queued by
//! the step that runs now, and is in the order in which it is to happen; when the step is over, that
//! part is turned round.
//! D2: what follows a step is queued behind what the step has queued.
//!
//! Deaths on stacks of their own, as coroutines have them, may end in any order. Then D1 need not hold, and what is queued
//! may be performed in another order; but a queue is reached only while the death stands that owns it, and each of it
//! is performed, if that one ends. The guide `threads` says what to expect.

use core::cell::Cell;
use core::mem;
use core::ptr::NonNull;
use std::panic::resume_unwind;

use super::{Record, TypeName};
use crate::exit;
use crate::stack;
use crate::unraisable::{Payload, Source, report};

/// The bytes of stack that deaths inside deaths may use before they are queued: an eighth of what a thread
/// has by default. A level of the smallest `Drop` takes 2.4 KiB without optimization and 0.7 KiB with it, as
/// measured on x86-64 by tests/order: about 100 and 380 levels.
const ROOM: usize = 256 * 1024;

/// The same in levels, where the stack cannot be measured by addresses.
const LEVELS: u32 = if cfg!(any(miri, target_family = "wasm")) {
    128
} else {
    u32::MAX
};

/// What one thread knows of the deaths it is in the middle of.
struct Frame {
    /// The queue of the outermost death, in its frame; none outside of any.
    queue: Cell<Option<NonNull<Vec<Record>>>>,
    /// Where the stack ended when the outermost death began.
    start: Cell<usize>,
    /// Deaths inside deaths.
    levels: Cell<u32>,
    /// What of the queue was there when the step began that runs now (D1).
    base: Cell<usize>,
}

impl Frame {
    const fn new() -> Self {
        Self {
            queue: Cell::new(None),
            start: Cell::new(0),
            levels: Cell::new(0),
            base: Cell::new(0),
        }
    }

    fn with_queue<R>(&self, f: impl FnOnce(&mut Vec<Record>) -> R) -> Option<R> {
        let queue = self.queue.get()?;
        // SAFETY: the outermost death stands while this is set: its steps do not unwind. It
        // and all others reach the queue by this function only, and no `f` calls user code, of which the allocator is.
        Some(f(unsafe { &mut *queue.as_ptr() }))
    }

    #[inline]
    fn len(&self) -> usize {
        self.with_queue(|queue| queue.len()).unwrap_or_default()
    }

    /// Whether a death may begin on the stack.
    fn has_room(&self) -> bool {
        self.levels.get() < LEVELS && self.start.get().abs_diff(stack::pointer()) < ROOM
    }

    /// Queues what happens after all that the step has queued; false, and nothing, if there is no memory or no queue.
    ///
    /// The allocator may be code that drops handles, and comes here again: it is called while nobody has the queue.
    #[cold]
    fn defer(&self, record: &Record) -> bool {
        if exit::has_begun() {
            // The deaths that are under way do not go on.
            self.queue.set(None);
        }
        loop {
            let full = self.with_queue(|queue| {
                let is_full = queue.len() == queue.capacity();
                if !is_full {
                    queue.push(*record);
                }
                is_full.then_some(queue.len())
            });
            let len = match full {
                // The outermost death has ended meanwhile, on a stack of its own.
                None => return false,
                Some(None) => return true,
                Some(Some(len)) => len,
            };
            let mut larger = Vec::new();
            if larger.try_reserve_exact((2 * len).max(4)).is_err() {
                return false;
            }
            self.with_queue(|queue| {
                // Or another has grown it meanwhile.
                if larger.capacity() > queue.capacity() {
                    larger.append(queue);
                    mem::swap(queue, &mut larger);
                }
            });
            // Without the queue too: this frees what it was.
            drop(larger);
        }
    }

    /// Performs a death, on this level, and before it what the step of which it is part has queued. The first
    /// panic is left in `first`. Does not unwind.
    ///
    /// As a rule nothing is queued, neither before nor by its steps.
    #[inline]
    fn perform(&self, record: &mut Record, first: &mut Panicked) {
        let base = self.base.get();
        self.levels.set(self.levels.get() + 1);
        if self.len() > base {
            self.perform_queue(record, base, first);
        } else {
            // SAFETY: 1, none was performed yet, or the last has said that another follows.
            while unsafe { record.step(first) } {
                if self.len() > base {
                    self.go_on(Some(record), base, first);
                    self.levels.set(self.levels.get() - 1);
                    return;
                }
            }
            if self.len() > base {
                self.go_on(None, base, first);
            }
        }
        self.levels.set(self.levels.get() - 1);
    }

    /// As [`Self::perform`], when something is queued before the record.
    #[cold]
    #[inline(never)]
    fn perform_queue(&self, record: &mut Record, base: usize, first: &mut Panicked) {
        let deferred = self.defer(record);
        self.turn_round(base);
        // Without memory for it, it comes first all the same.
        self.perform_all((!deferred).then_some(*record), base, first);
    }

    /// What follows a step that has queued something: that, and then the rest of its record.
    #[cold]
    #[inline(never)]
    fn go_on(&self, rest: Option<&mut Record>, base: usize, first: &mut Panicked) {
        // D2. Without memory for it, it happens now.
        if let Some(record) = rest {
            if !self.defer(record) {
                self.steps(record, base, first);
            }
        }
        self.turn_round(base);
        self.perform_all(None, base, first);
    }

    /// Performs `next`, and then what is queued from `base` on.
    fn perform_all(&self, mut next: Option<Record>, base: usize, first: &mut Panicked) {
        while let Some(mut record) = next.take().or_else(|| self.pop(base)) {
            let begin = self.len();
            self.base.set(begin);
            self.steps(&mut record, begin, first);
            self.turn_round(begin);
        }
        self.base.set(base);
    }

    /// Performs the steps of a record, until one has queued something: then the rest is queued behind it (D2).
    fn steps(&self, record: &mut Record, begin: usize, first: &mut Panicked) {
        // SAFETY: 1, none was performed yet, or the last has said that another follows.
        while unsafe { record.step(first) } {
            // Without memory for it, it happens now.
            if self.len() > begin && self.defer(record) {
                return;
            }
        }
    }

    fn pop(&self, base: usize) -> Option<Record> {
        self.with_queue(|queue| {
            if queue.len() > base {
                queue.pop()
            } else {
                None
            }
        })?
    }

    /// The step is over that began with `base` records on the queue (D1).
    fn turn_round(&self, base: usize) {
        self.with_queue(|queue| {
            if let Some(queued) = queue.get_mut(base..) {
                queued.reverse();
            }
        });
    }
}

// Without a destructor: it can be used while the thread's other locals are destroyed.
#[cfg(not(any(loom, shuttle)))]
thread_local! {
    static FRAME: Frame = const { Frame::new() };
}
#[cfg(any(loom, shuttle))]
crate::sync::explorer::thread_local! {
    static FRAME: Frame = Frame::new();
}

/// Gives `f` the calling thread's.
#[inline(always)]
fn with_frame<R>(f: impl FnOnce(&Frame) -> R) -> R {
    // By its address: `with` itself, given all that `f` does, is not inlined, and asks by a call where the frame is.
    #[cfg(not(any(loom, shuttle)))]
    {
        let frame = FRAME.with(core::ptr::from_ref);
        // SAFETY: the thread's own, without a destructor: there as long as the thread runs anything.
        f(unsafe { &*frame })
    }
    #[cfg(any(loom, shuttle))]
    FRAME.with(f)
}

/// Finishes a death: at once, or when the innermost one that has room gets to it.
pub(super) fn run(record: &mut Record) {
    let mut panicked = Panicked::none();
    finish(record, &mut panicked);
    if panicked.0.is_some() {
        panicked.resume();
    }
}

/// Whether a death that begins now is performed before anything else: it is not queued, and nothing is that comes
/// first. That stays so as long as no user code runs.
pub(crate) fn is_free() -> bool {
    FRAME.with(|frame| {
        frame.queue.get().is_none() || frame.has_room() && frame.len() == frame.base.get()
    })
}

/// As [`run`], of a death that began when the thread [was free](is_free).
pub(super) fn run_at_once(record: &mut Record) {
    let mut panicked = Panicked::none();
    FRAME.with(|frame| {
        if frame.queue.get().is_none() {
            finish_outermost(frame, record, &mut panicked);
        } else {
            // There was room, and what little the stack has grown since is no reason to queue it.
            frame.perform(record, &mut panicked);
        }
    });
    if panicked.0.is_some() {
        panicked.resume();
    }
}

/// As [`run`], with the first panic left in `first`.
#[inline]
pub(super) fn finish(record: &mut Record, first: &mut Panicked) {
    with_frame(|frame| {
        if frame.queue.get().is_none() {
            finish_outermost(frame, record, first);
        } else if frame.has_room() {
            frame.perform(record, first);
        } else if !frame.defer(record) {
            // There is no memory for the queue: the stack may still do.
            if frame.queue.get().is_none() {
                finish_outermost(frame, record, first);
            } else {
                frame.perform(record, first);
            }
        }
    });
}

#[inline]
fn finish_outermost(frame: &Frame, record: &mut Record, first: &mut Panicked) {
    let mut queue = Vec::new();
    frame.queue.set(Some(NonNull::from(&mut queue)));
    // Deaths on other stacks may have left it, when they ended after the outermost.
    frame.base.set(0);
    frame.start.set(stack::pointer());
    frame.perform(record, first);
    frame.queue.set(None);
}

/// The first panic of the drops of values, and whose it was.
pub(super) struct Panicked(Option<(Payload, TypeName)>);

impl Panicked {
    #[inline]
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Keeps the first, and reports the others.
    #[cold]
    pub(super) fn keep(&mut self, payload: Payload, type_name: TypeName) {
        match self.0 {
            None => self.0 = Some((payload, type_name)),
            Some(_) => report(Source::Drop, type_name(), payload),
        }
    }

    /// Lets it go on, unless the thread is panicking already: two panics at once would abort.
    #[cold]
    fn resume(self) {
        match self.0 {
            None => {}
            Some(_) if std::thread::panicking() => self.report(),
            Some((payload, _)) => resume_unwind(payload),
        }
    }

    pub(super) fn report(self) {
        if let Some((payload, type_name)) = self.0 {
            report(Source::Drop, type_name(), payload);
        }
    }
}

#[cfg(all(test, not(any(miri, loom, shuttle))))]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::{Frame, ROOM, is_free, with_frame};
    use crate::referenceable::WeakReferenceable;
    use crate::slot::LocalSlot;
    use crate::strong::Strong;
    use crate::weak::WeakRef;

    struct Link {
        _next: Option<Strong<Link>>,
        drops: Rc<Cell<u32>>,
    }

    impl WeakReferenceable for Link {
        type Slot = LocalSlot;
    }

    impl Drop for Link {
        fn drop(&mut self) {
            self.drops.set(self.drops.get() + 1);
        }
    }

    /// So long that it is queued.
    const LENGTH: u32 = 5_000;

    fn chain(drops: &Rc<Cell<u32>>, with_each: impl Fn(&Strong<Link>)) -> Option<Strong<Link>> {
        (0..LENGTH).fold(None, |next, _| {
            let link = Strong::new(Link {
                _next: next,
                drops: Rc::clone(drops),
            });
            with_each(&link);
            Some(link)
        })
    }

    /// As a death leaves it that ended on a stack of its own, after the outermost.
    #[test]
    fn the_outermost_death_performs_all_that_is_queued_in_it() {
        let drops = Rc::new(Cell::new(0));
        let chain = chain(&drops, |_| ());
        with_frame(|frame| frame.base.set(3));
        drop(chain);
        assert_eq!(drops.get(), LENGTH);
    }

    #[test]
    fn a_death_gives_its_level_back() {
        let levels = || with_frame(|frame| frame.levels.get());
        let drops = Rc::new(Cell::new(0));
        let at_most = Rc::new(Cell::new(0));
        // With a step after the one that queues, and without.
        drop(chain(&drops, |_| ()));
        assert_eq!(levels(), 0);
        drop(chain(&drops, |link| {
            let at_most = Rc::clone(&at_most);
            let note = move |_: &WeakRef<Link>| at_most.set(levels().max(at_most.get()));
            WeakRef::with_callback(link, note).forget();
        }));
        assert_eq!(levels(), 0);
        assert_eq!(drops.get(), 2 * LENGTH);
        assert!((2..LENGTH).contains(&at_most.get()));
    }

    struct Dies<F: FnMut()>(F);

    impl<F: FnMut()> WeakReferenceable for Dies<F> {
        type Slot = LocalSlot;
    }

    impl<F: FnMut()> Drop for Dies<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    #[test]
    fn a_thread_is_free_while_there_is_room_and_nothing_is_queued() {
        let drops = Rc::new(Cell::new(0));
        let mut link = Some(Strong::new(Link {
            _next: None,
            drops: Rc::clone(&drops),
        }));
        let theirs = Rc::clone(&drops);
        assert!(is_free());
        drop(Strong::new(Dies(move || {
            assert!(is_free());
            let far = |frame: &Frame| frame.start.get().wrapping_add(2 * ROOM);
            let start = with_frame(|frame| frame.start.replace(far(frame)));
            assert!(!is_free(), "there is no room");
            drop(link.take());
            with_frame(|frame| frame.start.set(start));
            assert_eq!(theirs.get(), 0);
            assert!(!is_free(), "something is queued");
        })));
        assert_eq!(drops.get(), 1);
        assert!(is_free());
    }

    struct Plain;

    impl WeakReferenceable for Plain {
        type Slot = LocalSlot;
    }

    #[test]
    fn a_death_at_once_leaves_what_is_queued() {
        let died = Rc::new(Cell::new(0));
        let count = |died: &Rc<Cell<u32>>| died.set(died.get() + 1);
        let plain = Strong::new(Plain);
        let theirs = Rc::clone(&died);
        WeakRef::with_callback(&plain, move |_| count(&theirs)).forget();
        let (mut plain, theirs) = (Some(plain), Rc::clone(&died));
        let first = Strong::new(Dies(move || {
            assert!(is_free());
            drop(plain.take());
            assert_eq!(theirs.get(), 1);
        }));
        let theirs = Rc::clone(&died);
        let second = Strong::new(Dies(move || count(&theirs)));
        let mut queued = Some((first, second));
        drop(Strong::new(Dies(move || {
            let far = |frame: &Frame| frame.start.get().wrapping_add(2 * ROOM);
            let start = with_frame(|frame| frame.start.replace(far(frame)));
            drop(queued.take());
            with_frame(|frame| frame.start.set(start));
        })));
        assert_eq!(died.get(), 2);
    }
}
