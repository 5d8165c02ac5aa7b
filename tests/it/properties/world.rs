//! What scripts play with: objects and who owns them, keys, hashers, and the mines that go off in
//! user code.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::panic::resume_unwind;

use weakref::{Strong, WeakReferenceable};

/// Where user code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    Eq,
    Hash,
    Drop,
    /// A closure that was given to a container.
    Call,
}

/// Something that happens when a site has been passed some times.
struct Mine {
    site: Site,
    passes: u32,
    blast: Box<dyn FnOnce()>,
}

thread_local! {
    static MINES: RefCell<Vec<Mine>> = const { RefCell::new(Vec::new()) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static LIE: Cell<bool> = const { Cell::new(false) };
    static LIED: Cell<bool> = const { Cell::new(false) };
}

/// Lays a mine that goes off at the `passes`-th passing of `site`, once.
pub(super) fn lay(site: Site, passes: u32, blast: impl FnOnce() + 'static) {
    let blast = Box::new(blast);
    MINES.with_borrow_mut(|mines| {
        mines.push(Mine {
            site,
            passes,
            blast,
        });
    });
}

/// Removes all mines.
pub(super) fn clear_mines() {
    drop(MINES.take());
    LIE.set(false);
    LIED.set(false);
}

/// Called by all user code.
pub(super) fn pass(site: Site) {
    if QUIET.get() {
        return;
    }
    let mut due = Vec::new();
    MINES.with_borrow_mut(|mines| {
        for mine in &mut *mines {
            mine.passes -= u32::from(mine.site == site);
        }
        due.extend(mines.extract_if(.., |mine| mine.passes == 0));
    });
    for mine in due {
        (mine.blast)();
    }
}

/// Runs `body` with all mines asleep.
pub(super) fn quietly<R>(body: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            QUIET.set(self.0);
        }
    }

    let _before = Before(QUIET.replace(true));
    body()
}

/// The payload of a panic that a mine raised.
struct Blast;

/// Panics without a message; never while another panic is on its way, nor in a drop.
pub(super) fn panic_by_mine() {
    if !std::thread::panicking() {
        resume_unwind(Box::new(Blast));
    }
}

pub(super) fn is_by_mine(payload: &(dyn Any + Send)) -> bool {
    payload.is::<Blast>()
}

/// Makes the next comparison answer the opposite.
pub(super) fn lie() {
    LIE.set(true);
}

/// Whether a comparison has lied since the last time this was asked.
pub(super) fn has_lied() -> bool {
    LIED.replace(false)
}

/// What all objects are: a number of their own, and a class by which they are equal.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) life: u32,
    pub(super) class: u8,
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        compare(self.class == other.class)
    }
}

impl Eq for Body {}

impl Hash for Body {
    fn hash<H: Hasher>(&self, state: &mut H) {
        pass(Site::Hash);
        state.write_u8(self.class);
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        pass(Site::Drop);
    }
}

fn compare(answer: bool) -> bool {
    pass(Site::Eq);
    if !QUIET.get() && LIE.replace(false) {
        LIED.set(true);
        return !answer;
    }
    answer
}

pub(super) trait Object:
    WeakReferenceable + Hash + Eq + fmt::Debug + From<Body> + AsRef<Body>
{
}

/// An object of the flavour for threads.
#[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sync(Body);

/// An object of the flavour for one thread.
#[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
#[weakref(local)]
pub(super) struct Local(Body);

impl Object for Sync {}
impl Object for Local {}

impl From<Body> for Sync {
    fn from(body: Body) -> Self {
        Self(body)
    }
}

impl From<Body> for Local {
    fn from(body: Body) -> Self {
        Self(body)
    }
}

impl AsRef<Body> for Sync {
    fn as_ref(&self) -> &Body {
        &self.0
    }
}

impl AsRef<Body> for Local {
    fn as_ref(&self) -> &Body {
        &self.0
    }
}

pub(super) fn life<O: Object>(object: &Strong<O>) -> u32 {
    (**object).as_ref().life
}

/// How many objects there are at most.
pub(super) const SLOTS: usize = 16;

/// The owner of all objects. Between two steps an object is alive if and only if it is here.
pub(super) struct Pool<O: Object> {
    slots: RefCell<[Option<Strong<O>>; SLOTS]>,
    lives: Cell<u32>,
}

impl<O: Object + 'static> Pool<O> {
    pub(super) fn new() -> Self {
        Self {
            slots: RefCell::default(),
            lives: Cell::new(0),
        }
    }

    /// Makes an object in place of the one at `slot`, which dies if nothing else owns it.
    pub(super) fn bear(&self, slot: usize, class: u8) {
        let life = self.lives.get();
        self.lives.set(life + 1);
        let object = Strong::new(O::from(Body { life, class }));
        let old = self.slots.borrow_mut()[slot].replace(object);
        drop(old);
    }

    pub(super) fn kill(&self, slot: usize) {
        let old = self.slots.borrow_mut()[slot].take();
        drop(old);
    }

    pub(super) fn get(&self, slot: usize) -> Option<Strong<O>> {
        self.slots.borrow()[slot].clone()
    }

    pub(super) fn is_alive(&self, wanted: u32) -> bool {
        let slots = self.slots.borrow();
        slots.iter().flatten().any(|object| life(object) == wanted)
    }

    pub(super) fn all(&self) -> Vec<Strong<O>> {
        self.slots.borrow().iter().flatten().cloned().collect()
    }

    /// Asserts that a container gave what it has to: the object `expected`, or nothing, if there
    /// was none or it has died during the call.
    #[track_caller]
    pub(super) fn agree(&self, expected: Option<u32>, given: Option<u32>) {
        match given {
            Some(_) => assert_eq!(given, expected),
            None => assert!(expected.is_none_or(|life| !self.is_alive(life))),
        }
    }
}

/// A key of a map.
pub(super) trait Key: Hash + Eq + Clone + fmt::Debug + 'static {
    fn new(number: u8) -> Self;
    fn number(&self) -> u8;
}

impl Key for u64 {
    fn new(number: u8) -> Self {
        number.into()
    }

    fn number(&self) -> u8 {
        u8::try_from(*self).unwrap()
    }
}

impl Key for String {
    fn new(number: u8) -> Self {
        format!("a key longer than most {number}")
    }

    fn number(&self) -> u8 {
        self.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

/// A key that passes mines when it is compared, hashed or dropped.
#[derive(Clone, Debug)]
pub(super) struct Touchy(u8);

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        compare(self.0 == other.0)
    }
}

impl Eq for Touchy {}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        pass(Site::Hash);
        state.write_u8(self.0);
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        pass(Site::Drop);
    }
}

impl Key for Touchy {
    fn new(number: u8) -> Self {
        Self(number)
    }

    fn number(&self) -> u8 {
        self.0
    }
}

/// Hashes to no more than `N` values, or to all of them if `N` is 0.
#[derive(Clone, Default)]
pub(super) struct Few<const N: u64>(DefaultHasher);

impl<const N: u64> BuildHasher for Few<N> {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        self.clone()
    }
}

impl<const N: u64> Hasher for Few<N> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.finish();
        hash.checked_rem(N).unwrap_or(hash)
    }
}
