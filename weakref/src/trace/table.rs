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

use core::any::TypeId;
use core::cell::Cell;
use core::panic::Location;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::How;
use super::token::UNRECORDED;
use crate::sync::Sequence;

const SHARDS: usize = 16;

/// By the addresses of headers.
type Records = BTreeMap<usize, Record>;

type Table = [Mutex<Records>; SHARDS];

/// After how many forks in a row a process still has a table.
const FORKS: usize = 15;

/// By the number of forks before the process (T3). All that are not used are zeros: they cost no memory.
static TABLES: [Table; FORKS + 1] =
    [const { [const { Mutex::new(Records::new()) }; SHARDS] }; FORKS + 1];

/// Of objects and of handles; newer ones have higher numbers.
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

/// Resets [`INSIDE`].
struct Inside;

impl Inside {
    fn enter() -> Option<Self> {
        INSIDE.with(|inside| !inside.replace(true)).then_some(Self)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with(|inside| inside.set(false));
    }
}

/// The stack at a handle's making, if the environment asks for it. Not in a forked child, which could wait for a thread of
/// its parent: std locks the environment, and all backtraces.
fn backtrace() -> Option<Arc<Backtrace>> {
    const UNKNOWN: u8 = 0;
    const NO: u8 = 1;
    const YES: u8 = 2;
    // Relaxed: whoever finds it unknown asks again.
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
fn own() -> Option<&'static Table> {
    TABLES.get(usize::try_from(crate::exit::forks()).ok()?)
}

fn lock(shard: &'static Mutex<Records>) -> MutexGuard<'static, Records> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `f` with the records among which the object is or would be. What `f` takes out is dropped afterwards.
fn with_records<R>(object: usize, f: impl FnOnce(&mut Records) -> R) -> Option<R> {
    let _inside = Inside::enter()?;
    let mut records = lock(&own()?[object / 64 % SHARDS]);
    Some(f(&mut records))
}

/// Records an object and its first handle, whose number is returned.
pub(super) fn born(
    object: usize,
    type_id: TypeId,
    type_name: &'static str,
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
    };
    let replaced = with_records(object, |records| records.insert(object, record));
    replaced.map_or(UNRECORDED, |_| handle)
}

/// Records a handle.
pub(super) fn added(object: usize, how: How, place: &'static Location<'static>) -> u64 {
    let made = Made::new(how, place);
    let handle = NUMBERS.take(1);
    let added = with_records(object, |records| {
        let record = records.get_mut(&object)?;
        record.handles.insert(handle, made);
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
    with_records(object, |records| records.remove(&object));
}

/// What `read` makes of an object's record, if it is on record.
pub(super) fn read<R>(object: usize, read: impl FnOnce(&Record) -> R) -> Option<R> {
    with_records(object, |records| records.get(&object).map(read)).flatten()
}

/// What `read` makes of each record, as they come.
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
