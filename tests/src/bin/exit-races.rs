//! Processes that end while other threads are at it, for the tests of the exit phase: each case
//! checks its own counts, and dies of what it finds. `exit-races CASE [NUMBER]`.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use weakref::{
    Finalizer, Strong, WeakReferenceable, finalize_with, finalizer, run_exit_finalizers,
};

#[derive(WeakReferenceable)]
struct Object;

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct Session(usize);

impl Session {
    #[finalizer]
    fn close(&self) -> impl FnOnce() + use<> {
        let id = self.0;
        move || {
            CLOSED.fetch_add(id % 2 + 1, Ordering::Relaxed);
        }
    }
}

static CLOSED: AtomicUsize = AtomicUsize::new(0);

/// What became of each action: how often it ran, and how often it was dropped.
struct Book(Vec<[AtomicU8; 2]>);

/// What an action owns: a line of the book, and memory that a use after its end would meet.
struct Line(Arc<Book>, usize, Box<usize>);

impl weakref::FinalizerSafe for Line {}

impl Drop for Line {
    fn drop(&mut self) {
        assert_eq!(*self.2, self.1);
        self.0.0[self.1][1].fetch_add(1, Ordering::Relaxed);
    }
}

impl Book {
    fn new(lines: usize) -> Arc<Self> {
        Arc::new(Self((0..lines).map(|_| Default::default()).collect()))
    }

    fn line(self: &Arc<Self>, at: usize) -> Line {
        Line(Arc::clone(self), at, Box::new(at))
    }

    fn ran(&self, at: usize) -> bool {
        match self.0[at][0].load(Ordering::Relaxed) {
            0 => false,
            1 => true,
            times => panic!("action {at} ran {times} times"),
        }
    }

    /// Every action ran once, and what it owned is gone.
    fn assert_all_ran(&self) {
        for at in 0..self.0.len() {
            assert!(self.ran(at), "action {at} did not run");
            self.assert_dropped(at);
        }
    }

    /// The first so many ran, and no other.
    fn assert_first_ran(&self) {
        let first = (0..self.0.len()).take_while(|&at| self.ran(at)).count();
        for at in first..self.0.len() {
            assert!(
                !self.ran(at),
                "action {at} ran, and {first} before it did not"
            );
        }
    }

    fn assert_dropped(&self, at: usize) {
        let drops = self.0[at][1].load(Ordering::Relaxed);
        assert_eq!(drops, 1, "drops of what action {at} owned");
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an action owns what it is given"
)]
fn act(line: Line) {
    line.0.0[line.1][0].fetch_add(1, Ordering::Relaxed);
}

fn register(object: &Strong<Object>, book: &Arc<Book>, at: usize) -> Finalizer<Object> {
    finalize_with(object, act, book.line(at))
}

/// Objects with a finalizer each, and the handles of these.
fn objects(book: &Arc<Book>) -> (Vec<Strong<Object>>, Vec<Finalizer<Object>>) {
    (0..book.0.len())
        .map(|at| {
            let object = Strong::new(Object);
            let finalizer = register(&object, book, at);
            (object, finalizer)
        })
        .unzip()
}

/// Runs `other` on a thread while this one runs the exit phase.
fn beside_the_phase<R: Send>(other: impl FnOnce() -> R + Send) -> R {
    // Not a barrier, whose wake-up takes longer than a short phase.
    let here = AtomicUsize::new(0);
    let meet = || {
        here.fetch_add(1, Ordering::Relaxed);
        while here.load(Ordering::Relaxed) < 2 {
            std::hint::spin_loop();
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            meet();
            other()
        });
        meet();
        run_exit_finalizers();
        other.join().expect("it does not panic")
    })
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = arguments.next().expect("the name of a case");
    let number = arguments.next().map_or(300, |number| {
        number.parse().expect("how many objects it takes")
    });
    match case.as_str() {
        "phase-deaths" => phase_deaths(number, false),
        "phase-deaths-newest-first" => phase_deaths(number, true),
        "phase-calls" => phase_calls(number),
        "phase-detaches" => phase_detaches(number),
        "phase-registrations" => phase_registrations(number),
        "phase-set-at-exit" => phase_set_at_exit(number),
        "phase-everything" => phase_everything(number),
        "phase-panics" => phase_panics(number),
        "return-deaths" => return_deaths(number),
        "exits" => exits(number),
        "abort" => abort(number),
        "fork" => fork(number),
        "fork-makes" => fork_makes(number),
        "fork-threads" => fork_threads(number),
        "fork-waits" => fork_waits(number),
        "fork-early" => fork_early(number),
        "teardown" => teardown(number),
        "overflow" => overflow(number),
        other => panic!("no case {other}"),
    }
}

/// Objects die, and nobody holds their finalizers. The phase goes from the newest to the oldest:
/// deaths meet it once, or run beside it all the way.
fn phase_deaths(number: usize, newest_first: bool) {
    let book = Book::new(number);
    let (mut objects, finalizers) = objects(&book);
    drop(finalizers);
    if newest_first {
        objects.reverse();
    }
    beside_the_phase(move || drop(objects));
    book.assert_all_ran();
}

fn phase_calls(number: usize) {
    let book = Book::new(number);
    let (objects, finalizers) = objects(&book);
    beside_the_phase(|| {
        for finalizer in &finalizers {
            finalizer.call();
        }
    });
    book.assert_all_ran();
    drop((objects, finalizers));
}

fn phase_detaches(number: usize) {
    let book = Book::new(number);
    let (objects, finalizers) = objects(&book);
    let detached = beside_the_phase(|| {
        let detached = finalizers.iter().map(Finalizer::detach);
        detached
            .map(|both| both.map(|(_, action)| action))
            .collect::<Vec<_>>()
    });
    for (at, action) in detached.into_iter().enumerate() {
        assert_ne!(action.is_some(), book.ran(at), "action {at}");
        drop(action);
        book.assert_dropped(at);
    }
    drop((objects, finalizers));
}

/// What was made before the phase was over runs; what was made after it does not.
fn phase_registrations(number: usize) {
    let book = Book::new(number);
    let object = Strong::new(Object);
    beside_the_phase(|| {
        for at in 0..number {
            register(&object, &book, at);
        }
    });
    book.assert_first_ran();
    drop(object);
    (0..number).for_each(|at| book.assert_dropped(at));
}

fn phase_set_at_exit(number: usize) {
    let book = Book::new(number);
    let (objects, finalizers) = objects(&book);
    for finalizer in &finalizers {
        finalizer.set_at_exit(false);
    }
    beside_the_phase(|| {
        for finalizer in &finalizers {
            finalizer.set_at_exit(true);
        }
    });
    book.assert_first_ran();
    drop((objects, finalizers));
    (0..number).for_each(|at| book.assert_dropped(at));
}

/// Four threads call, detach, clone and kill.
fn phase_everything(number: usize) {
    let book = Book::new(number);
    let (objects, finalizers) = objects(&book);
    let returned = beside_the_phase(|| {
        thread::scope(|scope| {
            scope.spawn(move || drop(objects));
            scope.spawn(|| finalizers.iter().rev().filter_map(Finalizer::call).count());
            scope.spawn(|| finalizers.iter().for_each(|one| drop(one.clone().peek())));
            let detaching = scope.spawn(|| {
                let detached = finalizers.iter().map(|one| one.detach().is_some());
                detached.collect::<Vec<_>>()
            });
            detaching.join().expect("it does not panic")
        })
    });
    for (at, returned) in returned.into_iter().enumerate() {
        assert_ne!(returned, book.ran(at), "action {at}");
        book.assert_dropped(at);
    }
}

/// Actions of which every second panics, by the phase and by deaths.
fn phase_panics(number: usize) {
    weakref::set_unraisable_hook(|_| {
        CLOSED.fetch_add(1, Ordering::Relaxed);
    });
    std::panic::set_hook(Box::new(|_| ()));
    let book = Book::new(number);
    let objects: Vec<_> = (0..number)
        .map(|at| {
            let object = Strong::new(Object);
            finalize_with(
                &object,
                |line: Line| {
                    let at = line.1;
                    act(line);
                    assert!(at.is_multiple_of(2), "the action panics");
                },
                book.line(at),
            );
            object
        })
        .collect();
    beside_the_phase(move || drop(objects));
    book.assert_all_ran();
    assert_eq!(CLOSED.load(Ordering::Relaxed), number / 2);
}

/// `main` returns while a thread drops objects with a finalizer that their type declares.
fn return_deaths(number: usize) {
    let objects: Vec<_> = (0..number).map(|at| Strong::new(Session(at))).collect();
    let start = Arc::new(Barrier::new(2));
    let other = Arc::clone(&start);
    thread::spawn(move || {
        other.wait();
        objects.into_iter().rev().for_each(drop);
    });
    start.wait();
}

/// Three threads end the process while a fourth makes and drops.
fn exits(number: usize) {
    let start = Arc::new(Barrier::new(4));
    for _ in 0..3 {
        let start = Arc::clone(&start);
        thread::spawn(move || {
            let kept: Vec<_> = (0..number).map(|at| Strong::new(Session(at))).collect();
            start.wait();
            std::mem::forget(kept);
            std::process::exit(0);
        });
    }
    start.wait();
    loop {
        drop(
            (0..100)
                .map(|at| Strong::new(Session(at)))
                .collect::<Vec<_>>(),
        );
    }
}

fn abort(number: usize) {
    let kept: Vec<_> = (0..number).map(|at| Strong::new(Session(at))).collect();
    thread::spawn(|| std::process::abort());
    drop(kept);
    loop {
        thread::park();
    }
}

/// Children that end while the parent's other thread makes and drops: a lock of the rolls may be
/// held by nobody that a child has.
fn fork(number: usize) {
    unsafe extern "C" {
        fn fork() -> i32;
        fn exit(code: i32) -> !;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    let kept: Vec<_> = (0..number).map(|at| Strong::new(Session(at))).collect();
    thread::spawn(|| {
        loop {
            drop(Strong::new(Session(0)));
        }
    });
    for _ in 0..20 {
        // SAFETY: the child does nothing but end, with the handlers of the process.
        let pid = unsafe { fork() };
        if pid == 0 {
            // SAFETY: as above.
            unsafe { exit(0) };
        }
        let mut status = 0;
        // SAFETY: a valid place.
        assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0, "a child failed");
    }
    drop(kept);
}

/// Children make finalizers of their own, while threads of the parent hold the rolls at every moment. One that
/// waits for a thread that it does not have is ended by its alarm.
fn fork_makes(number: usize) {
    unsafe extern "C" {
        fn fork() -> i32;
        fn exit(code: i32) -> !;
        fn alarm(seconds: u32) -> u32;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    drop(Strong::new(Session(0)));
    // There are eight rolls, which threads take in turn: two threads use this one's.
    for turn in 1..=16 {
        let (made, seen) = std::sync::mpsc::channel();
        thread::spawn(move || {
            drop(Strong::new(Session(0)));
            made.send(()).expect("it is waited for");
            if turn % 8 == 0 {
                loop {
                    drop(Strong::new(Session(0)));
                }
            }
        });
        seen.recv().expect("it is sent");
    }
    for _ in 0..number {
        CLOSED.store(0, Ordering::Relaxed);
        // SAFETY: the child uses what a fork leaves valid, and ends with the handlers of the process.
        let pid = unsafe { fork() };
        if pid == 0 {
            // SAFETY: it takes a number.
            unsafe { alarm(60) };
            CLOSED.store(0, Ordering::Relaxed);
            drop(Strong::new(Session(1)));
            assert_eq!(CLOSED.load(Ordering::Relaxed), 2);
            std::mem::forget(Strong::new(Session(1)));
            run_exit_finalizers();
            assert_eq!(CLOSED.load(Ordering::Relaxed), 4);
            // SAFETY: as above.
            unsafe { exit(0) };
        }
        let mut status = 0;
        // SAFETY: a valid place.
        assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0, "a child failed");
    }
}

/// Calls `f` in a child, which ends after it without the handlers of the process, or by its alarm.
fn in_child(f: impl FnOnce()) {
    unsafe extern "C" {
        fn fork() -> i32;
        fn _exit(code: i32) -> !;
        fn alarm(seconds: u32) -> u32;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    // SAFETY: the child uses what a fork leaves valid.
    let pid = unsafe { fork() };
    if pid == 0 {
        // SAFETY: it takes a number.
        unsafe { alarm(60) };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        // SAFETY: it takes a number.
        unsafe { _exit(i32::from(done.is_err())) };
    }
    let mut status = 0;
    // SAFETY: a valid place.
    assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
    assert_eq!(status, 0, "a child failed");
}

/// Children that have threads of their own, which hold the rolls at every moment while the phase runs.
fn fork_threads(number: usize) {
    drop(Strong::new(Session(0)));
    CLOSED.store(0, Ordering::Relaxed);
    for _ in 0..number {
        in_child(|| {
            let kept: Vec<_> = (0..8)
                .map(|_| {
                    let (made, seen) = std::sync::mpsc::channel();
                    thread::spawn(move || {
                        made.send(Strong::new(Session(1)))
                            .expect("it is waited for");
                        loop {
                            let other = Strong::new(Object);
                            // Not at the exit, which is about the others.
                            finalize_with(&other, drop, ()).set_at_exit(false);
                        }
                    });
                    seen.recv().expect("it is sent")
                })
                .collect();
            run_exit_finalizers();
            assert_eq!(CLOSED.load(Ordering::Relaxed), 2 * kept.len());
            std::mem::forget(kept);
        });
    }
}

/// Children of which one thread is in the phase while another comes to it.
fn fork_waits(number: usize) {
    drop(Strong::new(Session(0)));
    CLOSED.store(0, Ordering::Relaxed);
    for _ in 0..number {
        in_child(|| {
            let object = Strong::new(Object);
            let count = |()| {
                thread::sleep(std::time::Duration::from_millis(20));
                CLOSED.fetch_add(1, Ordering::Relaxed);
            };
            finalize_with(&object, count, ());
            let (begun, seen) = std::sync::mpsc::channel();
            // The newest, which runs first.
            let tell =
                |begun: std::sync::mpsc::Sender<()>| begun.send(()).expect("it is waited for");
            finalize_with(&object, tell, begun);
            thread::spawn(run_exit_finalizers);
            seen.recv().expect("it is sent");
            run_exit_finalizers();
            assert_eq!(CLOSED.load(Ordering::Relaxed), 1);
        });
    }
}

/// Children of a process that has enrolled nothing, whose other threads are in the phase at every moment.
fn fork_early(number: usize) {
    for _ in 0..3 {
        thread::spawn(|| {
            loop {
                run_exit_finalizers();
            }
        });
    }
    for _ in 0..number {
        in_child(run_exit_finalizers);
    }
}

/// Threads whose locals are destroyed in both orders around their exit phase, with objects that
/// are born, kept and dead there.
fn teardown(number: usize) {
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Local;

    struct AtEnd(RefCell<Vec<Strong<Local>>>, RefCell<Vec<Finalizer<Local>>>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let object = Strong::new(Local);
            let count = || {
                CLOSED.fetch_add(1, Ordering::Relaxed);
            };
            weakref::finalize(&object, |_| {
                || {
                    CLOSED.fetch_add(1, Ordering::Relaxed);
                }
            });
            drop(object);
            count();
            for finalizer in self.1.take() {
                finalizer.call();
            }
            drop(self.0.take());
        }
    }
    thread_local! {
        static BEFORE: AtEnd = const { AtEnd(RefCell::new(Vec::new()), RefCell::new(Vec::new())) };
        static AFTER: AtEnd = const { AtEnd(RefCell::new(Vec::new()), RefCell::new(Vec::new())) };
    }
    for _ in 0..number {
        thread::spawn(|| {
            BEFORE.with(|_| ());
            let object = Strong::new(Local);
            for place in [&BEFORE, &AFTER] {
                place.with(|end| {
                    end.0.borrow_mut().push(object.clone());
                    end.1.borrow_mut().push(weakref::finalize(&object, |_| {
                        || {
                            CLOSED.fetch_add(1, Ordering::Relaxed);
                        }
                    }));
                });
            }
        })
        .join()
        .expect("it does not panic");
    }
    // Two born in destructors, with a count beside each, and two of the object's.
    assert_eq!(CLOSED.load(Ordering::Relaxed), 6 * number);
}

/// Weak references beyond all bounds, while an exit finalizer stands by that must not run.
fn overflow(number: usize) {
    let object = Strong::new(Object);
    finalize_with(&object, |()| std::process::exit(1), ());
    for _ in 0..=number {
        std::mem::forget(Strong::downgrade(&object));
    }
}
