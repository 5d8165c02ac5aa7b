//! The records: every live object, by the address of its header, and its handles.
//!
//! A few mutexes, each over the objects whose addresses fall to it. Under one of them records move and nothing else
//! happens: no code of the user runs but the global allocator, and no other lock of the crate is taken. A thread that is
//! in here already, which only an allocator or a signal can bring about, records nothing.
//!
//! T1: an object is recorded before anybody else can find it, and struck off by its death after the close and before its
//! block may be freed. So no two objects with one address are recorded, and a record is of the object that has the
//! address now. (An object without drop and list, which others could free in the step that closes it, is closed in two
//! where there are records: `RECORDS`.)
//!
//! T2: a handle is recorded after its unit was added, and struck off before that is given back, so that there are never
//! more handles on record than units; but for the first, which is recorded with its object.
//!
//! T3: a forked child waits for no thread that it does not have. It takes no backtrace, and each process uses the table of its number of forks
//! ([`own`]), which no forebear of it ever used: the child finds it unlocked and empty, and never looks at the others.
//! What it inherits is on record nowhere then: of such an object each of the functions below finds nothing.
//!
//! T4: a value is looked into under the lock of its object's record. There is a record from when the value is there until
//! after the close (T1), so that whoever goes on to drop it or to move it out waits for that lock first. Who lends it
//! uniquely says so under the lock, once there is no other handle, and before the reference is there; that it is over is
//! known by the next handle that is made, which needs a shared one. An object of which all handles are raw pointers is left
//! alone, since these may be as good as unique references. A thread that is in here already takes no lock: if it ends or
//! lends an object, then that is the end of all looking, and it waits for who is at it ([`Looking`]). It is not itself at
//! it: a look allocates nothing. If code of a user's that is called by one does so in spite of that, the process aborts: the
//! object may be the very one that is looked at.

use core::any::TypeId;
use core::cell::Cell;
use core::panic::Location;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed, Ordering::SeqCst};
use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::How;
use super::tally::Told;
use super::token::{PARKED, UNRECORDED};
use super::visit::{Visitor, Why};
use crate::glance::Glance;
use crate::sync::Sequence;

const SHARDS: usize = 16;

/// By the addresses of headers.
type Records = BTreeMap<usize, Record>;

type Shards = [Mutex<Records>; SHARDS];

/// A process after more forks in a row has no table.
const FORKS: usize = 15;

/// Indexed by the number of forks before the process (T3). Unused tables are zeros and cost no memory.
static TABLES: [Shards; FORKS + 1] =
    [const { [const { Mutex::new(Records::new()) }; SHARDS] }; FORKS + 1];

/// Numbers of objects and handles; newer ones are higher.
static NUMBERS: Sequence = Sequence::new(1);

/// A live object.
pub(super) struct Record {
    pub(super) number: u64,
    pub(super) type_id: TypeId,
    pub(super) type_name: &'static str,
    pub(super) born: &'static Location<'static>,
    /// By number.
    pub(super) handles: BTreeMap<u64, Made>,
    /// Handles that are raw pointers now.
    parked: Vec<u64>,
    value: Glance,
    /// What its maker has said of it: then the value is not looked into.
    told: Option<Told>,
    /// The number of the thread that made it.
    home: u64,
    /// Its value may be borrowed uniquely (T4).
    is_lent: bool,
}

impl Record {
    /// The thread that made the object, if threads may not share it: its handles stay there, and it is moved nowhere.
    pub(super) fn home(&self) -> Option<u64> {
        (!self.value.may_be_shared()).then_some(self.home)
    }

    /// Shows what the object owns, or says that it cannot be looked into. Under the lock of the record.
    pub(super) fn look(&self, visitor: &mut Visitor<'_>) {
        let is_home = self.home == this_thread();
        visitor.begin(is_home && !self.value.may_be_shared());
        if let Some(told) = &self.told {
            told.show(visitor);
            return;
        }
        if !is_home && !self.value.is_shared() {
            visitor.hide_all(Why::Elsewhere);
            return;
        }
        let looking = Looking::begin();
        if looking.is_none() || self.is_lent || self.parked.len() >= self.handles.len() {
            visitor.hide_all(Why::Busy);
            return;
        }
        #[expect(unsafe_code, reason = "the one place that looks at what others own")]
        // SAFETY: 1 and 2, under the lock of its record, as T4 says; 3, asked above.
        unsafe {
            self.value.visit(visitor);
        }
    }
}

/// How a handle came to be.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) how: How,
    pub(super) place: &'static Location<'static>,
    pub(super) backtrace: Option<Arc<Backtrace>>,
}

impl Made {
    fn new(how: How, place: &'static Location<'static>) -> Self {
        Self {
            how,
            place,
            backtrace: backtrace(),
        }
    }
}

thread_local! {
    /// Whether this thread is in here. Without a destructor: it can be used while the thread's other locals are
    /// destroyed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// A number of the thread, which no other ever has.
fn this_thread() -> u64 {
    static NUMBERS: Sequence = Sequence::new(1);
    thread_local! {
        /// Without a destructor, as [`INSIDE`].
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(NUMBERS.take(1));
        }
        number.get()
    })
}

/// How many look into a value now, by the number of forks before the process: a child has no part in its parent's.
static LOOKING: [AtomicU32; FORKS + 1] = [const { AtomicU32::new(0) }; FORKS + 1];

/// That an object ended, or was lent, past its record (T4).
static ASTRAY: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread looks into a value. Without a destructor, as [`INSIDE`].
    static LOOKS: Cell<bool> = const { Cell::new(false) };
}

/// A look into a value, by this thread.
struct Looking(&'static AtomicU32);

impl Looking {
    fn begin() -> Option<Self> {
        // Sequentially consistent, all four: of this and `end_all` one sees what the other wrote first.
        let looking = Self(own_of(&LOOKING)?);
        looking.0.fetch_add(1, SeqCst);
        LOOKS.with(|looks| looks.set(true));
        (!ASTRAY.load(SeqCst)).then_some(looking)
    }

    /// Nobody looks any more when this returns.
    #[cold]
    fn end_all() {
        if LOOKS.with(Cell::get) {
            let text = "weakref: an object is dropped or lent while a report looks into one";
            let _written = writeln!(std::io::stderr(), "{text}");
            std::process::abort();
        }
        ASTRAY.store(true, SeqCst);
        while own_of(&LOOKING).is_some_and(|looking| looking.load(SeqCst) != 0) {
            std::thread::yield_now();
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        LOOKS.with(|looks| looks.set(false));
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Resets [`INSIDE`].
struct Inside;

impl Inside {
    fn enter() -> Option<Self> {
        // Not `then_some`, which makes one in any case, and drops it.
        INSIDE.with(|inside| !inside.replace(true)).then(|| Self)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with(|inside| inside.set(false));
    }
}

/// The stack when a handle is made, if the environment asks for it. Not in a forked child, which could wait for a
/// thread of its parent: std locks the environment, and all backtraces.
fn backtrace() -> Option<Arc<Backtrace>> {
    const UNKNOWN: u8 = 0;
    const NO: u8 = 1;
    const YES: u8 = 2;
    // Relaxed: a thread that finds it unknown asks again.
    static WANTED: AtomicU8 = AtomicU8::new(UNKNOWN);

    let _inside = Inside::enter()?;
    if crate::exit::forks() != 0 {
        return None;
    }
    if WANTED.load(Relaxed) == UNKNOWN {
        let wanted = std::env::var_os("WEAKREF_BACKTRACE").is_some_and(|value| value != "0");
        WANTED.store(if wanted { YES } else { NO }, Relaxed);
    }
    (WANTED.load(Relaxed) == YES).then(|| Arc::new(Backtrace::force_capture()))
}

/// The table of this process, which counts the forks to come from here on.
fn own() -> Option<&'static Shards> {
    own_of(&TABLES)
}

fn own_of<X>(of_all: &'static [X; FORKS + 1]) -> Option<&'static X> {
    of_all.get(usize::try_from(crate::exit::forks()).ok()?)
}

fn lock(shard: &'static Mutex<Records>) -> MutexGuard<'static, Records> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `f` with the records among which the object is or would be. What `f` takes out is dropped afterwards.
fn with_records<R>(object: usize, f: impl FnOnce(&mut Records) -> R) -> Option<R> {
    let _inside = Inside::enter()?;
    in_records(object, f)
}

fn in_records<R>(object: usize, f: impl FnOnce(&mut Records) -> R) -> Option<R> {
    let mut records = lock(&own()?[object / 64 % SHARDS]);
    Some(f(&mut records))
}

/// As [`with_records`], for what must not go past them (T4).
fn surely_with_records<R>(object: usize, f: impl FnOnce(&mut Records) -> R) -> Option<R> {
    let Some(_inside) = Inside::enter() else {
        Looking::end_all();
        return None;
    };
    in_records(object, f)
}

/// Records an object and its first handle, whose number is returned.
pub(super) fn born(
    object: usize,
    type_id: TypeId,
    type_name: &'static str,
    value: Glance,
    place: &'static Location<'static>,
) -> u64 {
    let made = Made::new(How::Made, place);
    let number = NUMBERS.take(2);
    let handle = number + 1;
    let record = Record {
        number,
        type_id,
        type_name,
        born: place,
        handles: BTreeMap::from([(handle, made)]),
        parked: Vec::new(),
        value,
        told: None,
        home: this_thread(),
        is_lent: false,
    };
    let replaced = with_records(object, |records| records.insert(object, record));
    replaced.map_or(UNRECORDED, |_| handle)
}

/// Records what an object may own, and what it is called.
pub(super) fn tell(object: usize, type_name: &'static str, told: Told) {
    with_records(object, |records| {
        let record = records.get_mut(&object)?;
        record.type_name = type_name;
        record.told.replace(told)
    });
}

/// Records a handle.
pub(super) fn added(object: usize, how: How, place: &'static Location<'static>) -> u64 {
    let made = Made::new(how, place);
    let handle = NUMBERS.take(1);
    let added = with_records(object, |records| {
        let record = records.get_mut(&object)?;
        record.handles.insert(handle, made);
        record.is_lent = false;
        Some(handle)
    });
    added.flatten().unwrap_or(UNRECORDED)
}

/// Strikes a handle off.
pub(super) fn end(object: usize, handle: u64) {
    with_records(object, |records| {
        records.get_mut(&object)?.handles.remove(&handle)
    });
}

/// Strikes off the handle that was parked last.
pub(super) fn end_parked(object: usize) {
    with_records(object, |records| {
        let record = records.get_mut(&object)?;
        let handle = record.parked.pop()?;
        record.handles.remove(&handle)
    });
}

/// Parks a handle: it is a raw pointer from there on, until one of those that are parked ends.
pub(super) fn park(object: usize, handle: u64, place: &'static Location<'static>) {
    let raw = Made::new(How::Raw, place);
    with_records(object, |records| {
        let record = records.get_mut(&object)?;
        record.parked.push(handle);
        record.handles.insert(handle, raw)
    });
}

/// Strikes an object off.
pub(super) fn died(object: usize) {
    surely_with_records(object, |records| records.remove(&object));
}

/// Says that a unique reference to the value will be made, by the only handle.
pub(super) fn lend(object: usize) {
    surely_with_records(object, |records| {
        if let Some(record) = records.get_mut(&object) {
            record.is_lent = true;
        }
    });
}

/// Says that it is gone: somebody has a shared one.
pub(super) fn give_back(object: usize) {
    with_records(object, |records| {
        if let Some(record) = records.get_mut(&object) {
            record.is_lent = false;
        }
    });
}

/// What `read` makes of an object's record, if it is on record.
pub(super) fn read<R>(object: usize, read: impl FnOnce(&Record) -> R) -> Option<R> {
    with_records(object, |records| records.get(&object).map(read)).flatten()
}

/// What `read` makes of each record, in no particular order.
pub(super) fn read_each<R>(mut read: impl FnMut(usize, &Record) -> Option<R>) -> Vec<R> {
    let mut found = Vec::new();
    let Some(_inside) = Inside::enter() else {
        return found;
    };
    for shard in own().into_iter().flatten() {
        let records = lock(shard);
        found.extend(records.iter().filter_map(|(at, record)| read(*at, record)));
    }
    found
}

/// Whether a token's number is that of one handle only.
pub(super) fn is_number(handle: u64) -> bool {
    handle != PARKED && handle != UNRECORDED
}
