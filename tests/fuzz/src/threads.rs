//! Scripts on two threads, over objects that go back and forth between them.
//!
//! Each thread plays its half of the script, and waits between two steps for as long as the script says, or for
//! the other. What must come of it depends on who is first; what is asserted is what holds whoever is: each value
//! is dropped once, each action is dropped once and runs unless somebody let go of it, a value that can be read is
//! whole, and nothing is left at the end.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock};

use weakref::watch::{Graveyard, Watched};
use weakref::{
    Action, CallbackRef, Finalizer, FinalizerSafe, Strong, SyncSlot, WeakRef, WeakReferenceable,
    finalize_with,
};
use weakref_containers::shared::{WeakSet, WeakValueMap};

use crate::input;

const SLOTS: usize = 4;
/// Objects and actions of one script at most: one a byte.
const MOST: usize = 128;

/// Runs one script, its second half on another thread.
pub fn run(script: &[u8]) {
    static OTHER: OnceLock<Mutex<(Sender<Vec<u8>>, Receiver<()>)>> = OnceLock::new();

    input::silence();
    let script = &script[..script.len().min(MOST - 1)];
    stage().begin();
    let other = OTHER.get_or_init(|| {
        let (to, scripts) = channel::<Vec<u8>>();
        let (done, from) = channel();
        std::thread::spawn(move || {
            for script in scripts {
                play(&script, 1);
                done.send(()).expect("the fuzzer waits");
            }
        });
        Mutex::new((to, from))
    });
    let (to, from) = &*other.lock().expect("a finding ends the process");
    let (first, second) = script.split_at(script.len() / 2);
    to.send(second.to_vec()).expect("the thread goes on");
    play(first, 0);
    from.recv().expect("the thread goes on");
    stage().end();
}

/// What both threads see.
struct Stage {
    own: [Mutex<Option<Strong<Value>>>; SLOTS],
    weak: [Mutex<Option<WeakRef<Value>>>; SLOTS],
    finals: [Mutex<Option<Finalizer<Value, usize>>>; SLOTS],
    map: OnceLock<WeakValueMap<u8, Value>>,
    set: OnceLock<WeakSet<Value>>,
    steps: [AtomicUsize; 2],
    done: [AtomicBool; 2],
    values: AtomicUsize,
    drops: [AtomicU8; MOST],
    tokens: AtomicUsize,
    fired: [AtomicU8; MOST],
    dropped: [AtomicU8; MOST],
    /// Somebody let go of it before it fired, or tried to.
    let_go: [AtomicBool; MOST],
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| Stage {
        own: Default::default(),
        weak: Default::default(),
        finals: Default::default(),
        map: OnceLock::new(),
        set: OnceLock::new(),
        steps: Default::default(),
        done: Default::default(),
        values: AtomicUsize::new(0),
        drops: [const { AtomicU8::new(0) }; MOST],
        tokens: AtomicUsize::new(0),
        fired: [const { AtomicU8::new(0) }; MOST],
        dropped: [const { AtomicU8::new(0) }; MOST],
        let_go: [const { AtomicBool::new(false) }; MOST],
    })
}

impl Stage {
    fn begin(&self) {
        self.map.get_or_init(WeakValueMap::new);
        self.set.get_or_init(WeakSet::new);
        for thread in 0..2 {
            self.steps[thread].store(0, Relaxed);
            self.done[thread].store(false, Relaxed);
        }
    }

    /// Both threads have dropped what was theirs.
    fn end(&self) {
        let pools = |at: usize| {
            drop(take(&self.finals[at]));
            drop(take(&self.weak[at]));
            drop(take(&self.own[at]));
        };
        (0..SLOTS).for_each(pools);
        for value in 0..self.values.swap(0, SeqCst) {
            assert_eq!(self.drops[value].swap(0, SeqCst), 1, "drops of a value");
        }
        for token in 0..self.tokens.swap(0, SeqCst) {
            let fired = self.fired[token].swap(0, SeqCst);
            let let_go = self.let_go[token].swap(false, SeqCst);
            assert_eq!(self.dropped[token].swap(0, SeqCst), 1, "drops of an action");
            assert!(
                fired == 1 || fired == 0 && let_go,
                "an action ran {fired} times"
            );
        }
        let map = self.map.get().expect("it was made");
        assert!(map.is_empty() && map.iter().next().is_none());
        let set = self.set.get().expect("it was made");
        assert!(set.is_empty() && set.iter().next().is_none());
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().expect("nothing panics in it").take()
}

fn put<T>(slot: &Mutex<Option<T>>, new: T) {
    let old = slot.lock().expect("nothing panics in it").replace(new);
    drop(old);
}

fn same<T: Clone>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().expect("nothing panics in it").clone()
}

/// Two numbers that are the same in any value that is whole, and memory of its own.
#[derive(WeakReferenceable)]
struct Value {
    number: usize,
    first: u64,
    owned: Box<u64>,
}

impl Value {
    fn new() -> Self {
        Self {
            number: stage().values.fetch_add(1, SeqCst),
            first: 0,
            owned: Box::new(0),
        }
    }

    fn check(&self) {
        assert_eq!(self.first, *self.owned, "a value that is not whole");
        assert_eq!(
            stage().drops[self.number].load(SeqCst),
            0,
            "a value that was dropped"
        );
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.check();
        other.check();
        self.number % 3 == other.number % 3
    }
}

impl Eq for Value {}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.check();
        (self.number % 3).hash(state);
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.check();
        stage().drops[self.number].fetch_add(1, SeqCst);
    }
}

/// What actions own.
struct Token(usize);

impl FinalizerSafe for Token {}

impl Token {
    fn new() -> Self {
        Self(stage().tokens.fetch_add(1, SeqCst))
    }

    fn fire(self) -> usize {
        stage().fired[self.0].fetch_add(1, SeqCst);
        self.0
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        stage().dropped[self.0].fetch_add(1, SeqCst);
    }
}

/// What is one thread's own.
#[derive(Default)]
struct Pools {
    own: [Option<Strong<Value>>; SLOTS],
    weak: [Option<WeakRef<Value>>; SLOTS],
    calls: [Option<(CallbackRef<Value>, usize)>; SLOTS],
    acts: [Option<Action<Value, usize>>; SLOTS],
    watches: [Option<Watched<Value>>; SLOTS],
    graveyard: Graveyard<SyncSlot>,
}

fn play(script: &[u8], me: usize) {
    let stage = stage();
    let mut pools = Pools::default();
    for step in script.chunks(2) {
        let (operation, how) = (step[0], step.get(1).copied().unwrap_or(0));
        wait(me, operation >> 5);
        pools.step(operation & 31, how);
        stage.steps[me].fetch_add(1, SeqCst);
    }
    stage.done[me].store(true, SeqCst);
    for (call, token) in pools.calls.iter_mut().filter_map(Option::take) {
        stage.let_go[token].store(true, SeqCst);
        drop(call);
    }
    (0..SLOTS).for_each(|at| pools.run(at));
    drop(pools);
}

/// The schedule: for how long to wait, or for whom.
fn wait(me: usize, how: u8) {
    let stage = stage();
    match how {
        0..4 => {}
        4 => spin_loop(),
        5 => (0..40).for_each(|_| spin_loop()),
        6 => std::thread::yield_now(),
        // Side by side.
        _ => {
            let mine = stage.steps[me].load(SeqCst);
            for _ in 0..200 {
                if stage.done[1 - me].load(SeqCst) || stage.steps[1 - me].load(SeqCst) >= mine {
                    break;
                }
                spin_loop();
            }
        }
    }
}

impl Pools {
    #[expect(clippy::too_many_lines, reason = "one arm an operation")]
    fn step(&mut self, operation: u8, how: u8) {
        let stage = stage();
        let (at, to) = (usize::from(how) % SLOTS, usize::from(how / 4) % SLOTS);
        let own = self.own[at].clone();
        match operation {
            0 | 1 => self.own[at] = Some(Strong::new(Value::new())),
            2 => self.own[at] = None,
            3 => self.own[to] = own,
            4 => self.weak[to] = own.as_ref().map(Strong::downgrade),
            5 => self.weak[at] = None,
            6 | 7 => {
                if let Some(strong) = self.weak[at].as_ref().and_then(WeakRef::upgrade) {
                    strong.check();
                    self.own[to] = Some(strong);
                }
            }
            8 | 9 => {
                if let Some(own) = self.own[at].take() {
                    put(&stage.own[to], own);
                }
            }
            10 => self.own[at] = same(&stage.own[to]),
            11 => drop(take(&stage.own[to])),
            12 => {
                if let Some(own) = own {
                    put(&stage.weak[to], Strong::downgrade(&own));
                }
            }
            13 => self.weak[at] = same(&stage.weak[to]),
            14 => {
                if let Some(own) = own {
                    let token = Token::new();
                    let number = token.0;
                    let call = WeakRef::with_callback(&own, move |dead| {
                        assert!(dead.upgrade().is_none());
                        token.fire();
                    });
                    if how & 0x80 == 0 {
                        self.let_go(to);
                        self.calls[to] = Some((call, number));
                    } else {
                        call.forget();
                    }
                }
            }
            15 => self.let_go(at),
            16 => {
                if let Some(own) = own {
                    let finalizer = finalize_with(&own, |token: Token| token.fire(), Token::new());
                    put(&stage.finals[to], finalizer);
                }
            }
            17 => {
                if let Some(finalizer) = same(&stage.finals[to]) {
                    finalizer.call();
                }
            }
            18 => {
                if let Some(strong) = same(&stage.finals[to]).and_then(|finalizer| finalizer.peek())
                {
                    strong.check();
                    self.own[at] = Some(strong);
                }
            }
            19 => {
                if let Some((strong, action)) =
                    same(&stage.finals[to]).and_then(|finalizer| finalizer.detach())
                {
                    strong.check();
                    if how & 0x80 == 0 {
                        action.run();
                    } else {
                        self.run(to);
                        self.acts[to] = Some(action);
                    }
                }
            }
            20 => self.run(at),
            21 => drop(take(&stage.finals[to])),
            22 => {
                if let Some(own) = own {
                    self.watches[to] = None;
                    self.watches[to] = Some(self.graveyard.watch(&own, to as u64));
                }
            }
            23 => self.watches[at] = None,
            24 => {
                while let Some(notice) = self.graveyard.next_dead() {
                    let watch = self.watches[notice.token as usize].as_ref();
                    let watch = watch.expect("what was withdrawn gives no notice");
                    assert_eq!(watch.id(), notice.id);
                    assert!(!watch.is_alive());
                }
            }
            25 => {
                drop(own);
                if let Some(value) = self.own[at].as_mut().and_then(Strong::get_mut) {
                    value.first += 1;
                    *value.owned += 1;
                }
            }
            26 => {
                drop(own);
                if let Some(own) = self.own[at].take() {
                    if how & 0x80 == 0 {
                        drop(Strong::into_inner(own));
                    } else {
                        self.own[at] = Strong::try_unwrap(own).err();
                    }
                }
            }
            27 | 28 => self.use_map(operation, how, own.as_ref()),
            29 | 30 => self.use_set(how, own.as_ref()),
            _ => {
                if let Some(own) = own {
                    own.check();
                    assert!(Strong::strong_count(&own) >= 2);
                    let weak = Strong::weak_refs(&own);
                    assert!(weak.iter().all(WeakRef::is_alive));
                }
            }
        }
    }

    fn let_go(&mut self, at: usize) {
        if let Some((call, token)) = self.calls[at].take() {
            stage().let_go[token].store(true, SeqCst);
            drop(call);
        }
    }

    fn run(&mut self, at: usize) {
        if let Some(act) = self.acts[at].take() {
            act.run();
        }
    }

    fn use_map(&mut self, operation: u8, how: u8, own: Option<&Strong<Value>>) {
        let map = stage().map.get().expect("it was made");
        let (at, key) = (usize::from(how) % SLOTS, how >> 2 & 3);
        match (how >> 5, own) {
            (0 | 1, Some(own)) if operation == 27 => drop(map.insert(key, own)),
            (0 | 1, Some(own)) => self.own[at] = Some(map.get_or_insert(key, own)),
            (2, _) => {
                self.own[at] = Some(map.get_or_insert_with(key, || Strong::new(Value::new())))
            }
            (3, _) => drop(map.remove(&key)),
            (4, _) => map.iter().for_each(|(_, value)| value.check()),
            (5, _) => map.retain(|_, value| value.number.is_multiple_of(2)),
            _ => {
                if let Some(value) = map.get(&key) {
                    value.check();
                }
            }
        }
    }

    fn use_set(&mut self, how: u8, own: Option<&Strong<Value>>) {
        let set = stage().set.get().expect("it was made");
        match (how >> 5, own) {
            (0 | 1, Some(own)) => drop(set.insert(own)),
            (2, Some(own)) => drop(set.get_or_insert(own)),
            (3, Some(own)) => drop(set.take(&**own)),
            (4, _) => set.clear(),
            (5, _) => set.iter().for_each(|member| member.check()),
            (_, Some(own)) => drop(set.get(&**own)),
            _ => {}
        }
    }
}
