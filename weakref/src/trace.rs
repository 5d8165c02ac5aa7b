//! Who holds an object: with the feature `leak-trace` every live object, and every strong handle of it, is on record with
//! the place in the source where it was made.
//!
//! ```
//! use weakref::trace::How;
//! use weakref::{Strong, WeakReferenceable};
//!
//! #[derive(WeakReferenceable)]
//! struct Document;
//!
//! let document = Strong::new(Document);
//! let hidden = document.clone();
//!
//! let holders = Strong::holders(&document);
//! assert_eq!(holders.count(), 2);
//! assert_eq!(holders.handles()[0].how(), How::Cloned); // the newest first
//! assert!(holders.to_string().contains(file!()));
//! # drop(hidden);
//! ```
//!
//! The feature is for debugging, and for tests: a handle is one word longer, and whoever makes or drops one waits for a
//! mutex and allocates. Nothing is different without it. With it the exit handler is registered by the first object instead
//! of the first finalizer. Records own nothing, keep nothing alive, and no code of yours runs while they are locked, but
//! for the global allocator.
//!
//! A *place* is where a function of this crate was called: `Strong::new`, `clone`, `upgrade`, a conversion. If that was
//! in code of std, as by the `clone` of a `Vec` of handles, or of a container, it is a place there: with the environment
//! variable `WEAKREF_BACKTRACE` set, but to `0`, a backtrace is taken for each handle, and printed below the table.
//! What an `ArcSwapAny` holds was given up there as a raw pointer, within this crate.
//! That a handle *moved* leaves no trace: its place stays that of its making. Where it is now is known if that is a field
//! of another object: a report looks into all objects that live ([`Holders::owners`]), finds those that own each other in
//! a [cycle](Holders::cycles), and says of which fields it does not know what they own ([`Holders::hidden`]).
//!
//! A report looks with code that the derive writes: into the fields of types with the derive, through the
//! collections, boxes, cells and locks of std. It waits for none of these: what is locked or borrowed meanwhile is not
//! looked into, and another thread that *tries* to lock it then may fail. An object that is not `Sync` is looked into by
//! the thread that made it. The cells of one that is `Sync`, by an `unsafe impl`, are not, since only its own code knows when
//! they may be borrowed; nor what is in a `ManuallyDrop`, which may be dropped. Not looked into is an object whose value
//! was borrowed uniquely by [`Strong::get_mut`] or [`Strong::make_mut`], until the next handle of it is made; and one of which only raw pointers
//! are left. A type whose fields name types without end, as `Tree<T>` that has a `WeakRef<Tree<(T,)>>`, is looked into as far as
//! that field; one that does so through an alias or another type does not compile with the feature (E0275).
//!
//! A child process made by `fork` begins with empty records: a thread that only its parent has may be busy with the
//! parent's. Objects that it inherits, and their handles, are not on record there; [`live`] and the report at exit tell
//! of those that it makes. It takes no backtraces, whatever the environment asks for. After 15 forks in a row nothing is
//! recorded any more.

// But for one place, which says why.
#![deny(unsafe_code)]

use core::any::{TypeId, type_name};
use core::panic::Location;
use std::backtrace::Backtrace;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::id::ObjectId;
use crate::referenceable::{Internal, WeakReferenceable};
use crate::strong::Strong;
use crate::weak::WeakRef;

mod hidden;
mod owners;
mod print;
mod table;
pub(crate) mod tally;
pub(crate) mod token;
pub(crate) mod visit;
mod watchers;

pub use hidden::Hidden;
use owners::Graph;
pub use owners::Owner;
use table::Record;
pub use visit::Why;
pub(crate) use visit::{Sharing, Visitor};
pub use watchers::{Watcher, What};

/// Whether any thread may have a reference to the value while others have.
pub(crate) fn is_shared<T: ?Sized + WeakReferenceable>(value: &T) -> bool {
    // The type is asked of the value, which cannot lie: a hand-written `__sharing` may be another type's.
    let type_id = value.__type_id(Internal);
    value
        .__sharing()
        .is_some_and(|sharing| sharing.is_of(type_id))
}

/// Whether threads may share the value, as far as is known.
pub(crate) fn may_be_shared<T: ?Sized + WeakReferenceable>(value: &T) -> bool {
    value.__sharing().is_some()
}

/// How a strong handle came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum How {
    /// With its object.
    Made,
    /// It is a clone of another handle.
    Cloned,
    /// From a weak reference.
    Upgraded,
    /// It was given up as a raw pointer, and was not dropped since, whether it is a handle again or not.
    Raw,
}

/// Strong handles that were made in the same way at the same place.
///
/// See [`Holders`].
#[derive(Clone, Debug)]
pub struct Holder {
    how: How,
    place: &'static Location<'static>,
    count: usize,
    /// Their numbers.
    handles: BTreeSet<u64>,
    backtrace: Option<Arc<Backtrace>>,
}

impl Holder {
    /// How they were made.
    pub fn how(&self) -> How {
        self.how
    }

    /// Where they were made, or given up as raw pointers.
    pub fn place(&self) -> &'static Location<'static> {
        self.place
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The stack when the newest was made, if `WEAKREF_BACKTRACE` is set.
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.backtrace.as_deref()
    }
}

/// Who holds an object: from [`Strong::holders`], [`WeakRef::holders`] or [`live`].
///
/// Prints as a table, the newest first, with the objects that own handles, or as a [graph](Self::graphviz). It owns no handle, and says what was true when
/// it was made.
///
/// `#` and a number tell objects of a type apart. Objects and handles are numbered together, as they are made: an object has
/// one number, its first handle the next. A newer object has a higher one.
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Document;
///
/// let document = Strong::new(Document);
/// let weak = Strong::downgrade(&document);
/// println!("{}", weak.holders());
/// drop(document);
/// assert!(!weak.holders().is_alive());
/// assert!(weak.holders().to_string().ends_with("Document is dead"));
/// ```
#[derive(Clone, Debug)]
pub struct Holders {
    object: ObjectId,
    type_name: &'static str,
    /// The object's number and place; `None` if it is not on record.
    born: Option<(u64, &'static Location<'static>)>,
    strong: usize,
    handles: Vec<Holder>,
    owners: Vec<Owner>,
    /// What lived then, and which of it this object is.
    around: Option<(Arc<Graph>, usize)>,
    watchers: Vec<Watcher>,
}

impl Holders {
    /// The holders of an object, which has `strong` handles as far as the caller knows.
    fn find(object: ObjectId, type_name: &'static str, strong: usize) -> Self {
        let nothing = Self {
            object,
            type_name,
            born: None,
            strong,
            handles: Vec::new(),
            owners: Vec::new(),
            around: None,
            watchers: Vec::new(),
        };
        if strong == 0 {
            return nothing;
        }
        let found = table::read(object.address(), |record| Self::of(object, record));
        let Some(mut found) = found else {
            return nothing;
        };
        found.strong = found.strong.max(strong);
        found.find_owners(&Arc::new(Graph::now()));
        found
    }

    fn find_owners(&mut self, graph: &Arc<Graph>) {
        let found = self
            .born
            .and_then(|(number, _)| graph.find(self.object, number));
        let Some(at) = found else { return };
        self.owners = graph.owners(at);
        self.around = Some((Arc::clone(graph), at));
    }

    fn of(object: ObjectId, record: &Record) -> Self {
        let mut handles: Vec<Holder> = Vec::new();
        let mut known = BTreeMap::new();
        for (number, made) in record.handles.iter().rev() {
            let at = *known.entry((made.place, made.how)).or_insert(handles.len());
            if let Some(holder) = handles.get_mut(at) {
                holder.count += 1;
                holder.handles.insert(*number);
                continue;
            }
            handles.push(Holder {
                how: made.how,
                place: made.place,
                count: 1,
                handles: [*number].into(),
                backtrace: made.backtrace.clone(),
            });
        }
        Self {
            object,
            type_name: record.type_name,
            born: Some((record.number, record.born)),
            strong: record.handles.len(),
            handles,
            owners: Vec::new(),
            around: None,
            watchers: Vec::new(),
        }
    }

    /// The identity of the object.
    pub fn id(&self) -> ObjectId {
        self.object
    }

    /// The name of the object's type when it was made.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Where the object was made; `None` if it is dead, or not on record.
    pub fn birthplace(&self) -> Option<&'static Location<'static>> {
        Some(self.born?.1)
    }

    /// Whether the object was alive.
    pub fn is_alive(&self) -> bool {
        self.strong > 0
    }

    /// The number of strong handles, those that are not on record included.
    pub fn count(&self) -> usize {
        self.strong
    }

    /// The handles, by place: of which the newest handle is newer comes first.
    pub fn handles(&self) -> &[Holder] {
        &self.handles
    }

    /// The objects that own handles of this one, by field, the newest object first.
    ///
    /// A handle that is not found in an object is on a stack, in a static, in what is not an object, or in a field that
    /// is not looked into: [`Self::hidden`] has those of all objects.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use weakref::{Strong, WeakReferenceable};
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Page {
    ///     notes: Mutex<Vec<Strong<Page>>>,
    /// }
    ///
    /// let [page, note] = [0; 2].map(|_| Strong::new(Page { notes: Mutex::default() }));
    /// page.notes.lock().unwrap().push(note.clone());
    ///
    /// let holders = Strong::holders(&note);
    /// let [owner] = holders.owners() else { panic!("{holders}") };
    /// assert_eq!((owner.id(), owner.field()), (Strong::id(&page), "notes"));
    /// assert!(!owner.is_in_cycle());
    /// ```
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// The fields in which handles may be that were found in no object: those that were not looked into, of this object, of
    /// those that it owns, and then of all others that live. Those of one type that are not looked into for the same reason
    /// are one, the newest first.
    ///
    /// Empty if all handles were found. A field is not in it if its type owns no handle: what is `Copy`, a weak reference, and what is
    /// made of std's types for data alone, such as a `Vec<String>`.
    ///
    /// ```
    /// use weakref::trace::Why;
    /// use weakref::{Strong, WeakReferenceable};
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Session;
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Scheduler {
    ///     job: Box<dyn Fn() -> usize + Send + Sync>,
    /// }
    ///
    /// let session = Strong::new(Session);
    /// let captured = session.clone();
    /// let scheduler = Strong::new(Scheduler { job: Box::new(move || Strong::strong_count(&captured)) });
    ///
    /// let hidden = &Strong::holders(&session).hidden()[0];
    /// assert_eq!((hidden.ids(), hidden.field()), (&[Strong::id(&scheduler)][..], Some("job")));
    /// assert_eq!(hidden.why(), Why::Type);
    /// assert_eq!((scheduler.job)(), 2);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(fields that were not looked into + what the object owns).
    pub fn hidden(&self) -> Vec<Hidden> {
        match &self.around {
            Some((graph, at)) if !self.is_found() => graph.hidden(Some(*at)),
            _ => Vec::new(),
        }
    }

    /// Cycles of owners that keep the object alive, as the ids of their objects in the order in which each owns the next.
    ///
    /// If the object is in a cycle itself, each of its owners in there has one, which begins with this object.
    /// Others are cycles of which one object owns this one, directly or through more of them.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use weakref::{Strong, WeakReferenceable};
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Page {
    ///     next: Mutex<Option<Strong<Page>>>,
    /// }
    ///
    /// let [page, other] = [0; 2].map(|_| Strong::new(Page { next: Mutex::default() }));
    /// *page.next.lock().unwrap() = Some(other.clone());
    /// assert!(Strong::holders(&page).cycles().is_empty());
    ///
    /// *other.next.lock().unwrap() = Some(page.clone());
    /// let ids = [Strong::id(&page), Strong::id(&other)];
    /// assert_eq!(Strong::holders(&page).cycles(), [ids]);
    /// # page.next.lock().unwrap().take();
    /// ```
    pub fn cycles(&self) -> Vec<Vec<ObjectId>> {
        let Some((graph, at)) = &self.around else {
            return Vec::new();
        };
        let cycles = graph.cycles(*at).into_iter();
        let ids = |edge: &owners::Edge| graph.objects[edge.owner].id;
        cycles
            .map(|edges| edges.into_iter().map(ids).collect())
            .collect()
    }

    /// What is registered on the object, newest first, by place: it does not hold the object, but a callback may own
    /// something that does. Empty from [`live`], which has no handle to ask.
    pub fn watchers(&self) -> &[Watcher] {
        &self.watchers
    }

    /// The numbers of those that are in objects. One that is shared is in several.
    fn handles_in_objects(&self) -> BTreeSet<u64> {
        let owned = self.owners.iter().flat_map(|owner| &owner.handles);
        owned.copied().collect()
    }

    /// Whether all handles were found in objects.
    fn is_found(&self) -> bool {
        let without_number = self.owners.iter();
        let without_number = without_number.map(|owner| owner.count() - owner.handles.len());
        self.handles_in_objects().len() + without_number.sum::<usize>() >= self.strong
    }

    /// How many handles are not on record.
    fn unrecorded(&self) -> usize {
        let recorded: usize = self.handles.iter().map(Holder::count).sum();
        self.strong.saturating_sub(recorded)
    }
}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// With the feature `leak-trace`: who holds the object, `this` included.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let _kept = [image.clone(), image.clone()];
    /// assert_eq!(Strong::holders(&image).count(), 3);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(live objects of all types and what they own + registrations), during which threads that make or drop handles
    /// wait.
    pub fn holders(this: &Self) -> Holders {
        table::give_back(Self::id(this).address());
        let strong = Self::strong_count(this);
        let mut holders = Holders::find(Self::id(this), type_name::<T>(), strong);
        holders.watchers = watchers::by_place(this.registered());
        holders
    }
}

impl<T: ?Sized + WeakReferenceable> WeakRef<T> {
    /// With the feature `leak-trace`: who holds the object.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// assert_eq!(weak.holders().handles()[0].count(), 1);
    /// drop(image);
    /// assert_eq!(weak.holders().count(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`Strong::holders`].
    pub fn holders(&self) -> Holders {
        let mut holders = Holders::find(self.id(), type_name::<T>(), self.strong_count());
        holders.watchers = watchers::by_place(self.registered());
        holders
    }
}

/// The live objects of type `T`, of all threads, newest first, each with its handles.
///
/// They are found by the type of which they were made: behind a `dyn` type by that of the value, and those of `new_uninit`
/// by the one that says so. An object under construction is not alive yet.
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Image;
///
/// let images = [Strong::new(Image), Strong::new(Image)];
/// let alive = weakref::live::<Image>();
/// assert_eq!(alive.len(), 2);
/// assert_eq!(alive[0].id(), Strong::id(&images[1]));
/// drop(images);
/// assert!(weakref::live::<Image>().is_empty());
/// ```
///
/// # Complexity
///
/// O(live objects of all types and what they own), during which threads that make or drop handles wait.
pub fn live<T: ?Sized + WeakReferenceable + 'static>() -> Vec<Holders> {
    living(|record| record.type_id == TypeId::of::<T>())
}

/// As [`live`], of all types.
///
/// ```
/// use weakref::{Object, Strong};
///
/// let text = Strong::new(Object("text"));
/// let id = Strong::id(&text);
/// assert!(weakref::trace::live_of_all_types().iter().any(|object| object.id() == id));
/// ```
///
/// # Complexity
///
/// As [`live`].
pub fn live_of_all_types() -> Vec<Holders> {
    living(|_| true)
}

fn living(is_meant: impl Fn(&Record) -> bool) -> Vec<Holders> {
    let mut found = table::read_each(|at, record| {
        is_meant(record).then(|| Holders::of(ObjectId::at(at), record))
    });
    let graph = Arc::new(Graph::now());
    for holders in &mut found {
        holders.find_owners(&graph);
    }
    found.sort_by_key(|holders| core::cmp::Reverse(holders.born.map(|(number, _)| number)));
    found
}

/// Whether what lives is to be printed at exit. Relaxed: nothing else depends on it.
static REPORTS: AtomicBool = AtomicBool::new(false);

/// Makes the process print, when it exits, what is alive then to its standard error: after the exit finalizers, each
/// object with its table.
///
/// Where exit finalizers run by themselves. What statics own is alive at exit, and so is printed.
///
/// ```
/// # use weakref::{Object, Strong};
/// weakref::trace::report_at_exit();
/// std::mem::forget(Strong::new(Object("forgotten")));
/// // At exit, to stderr:
/// // weakref: alive at exit: 1 object
/// // Object<&str> #1, made at src/main.rs:2:18, is held by 1 handle:
/// //     1  made      src/main.rs:2:18
/// ```
pub fn report_at_exit() {
    crate::exit::afterwards(at_exit);
    REPORTS.store(true, Relaxed);
}

/// Prints what is alive, if that was asked for. Does not panic; errors are ignored, since nothing can be done about
/// them.
fn at_exit() {
    // Printed once, even if several threads registered the handler at the same time.
    if !REPORTS.swap(false, Relaxed) {
        return;
    }
    let report = print::all(&live_of_all_types());
    let _written = write_to_stderr(report.as_bytes());
}

fn write_to_stderr(text: &[u8]) -> std::io::Result<()> {
    // The standard handle may be locked by a thread that only the parent of this child has.
    #[cfg(unix)]
    if crate::exit::forks() != 0 {
        use std::os::fd::AsFd as _;

        let own = std::io::stderr().as_fd().try_clone_to_owned()?;
        return std::fs::File::from(own).write_all(text);
    }
    std::io::stderr().write_all(text)
}

/// What [`assert_dies!`](crate::assert_dies) does; `said` is what the handle was called.
///
/// ```
/// # use weakref::{Object, Strong};
/// weakref::trace::assert_dies(Strong::new(Object(3)), "the number");
/// ```
///
/// # Panics
///
/// Panics if the object is alive when `last` is dropped, with the table of its holders.
#[track_caller]
pub fn assert_dies<T: ?Sized + WeakReferenceable>(last: Strong<T>, said: &str) {
    let weak = Strong::downgrade(&last);
    drop(last);
    if weak.is_alive() {
        alive(said, &weak.holders());
    }
}

#[cold]
#[track_caller]
fn alive(said: &str, holders: &Holders) -> ! {
    panic!("`{said}` was not the last handle of its object\n{holders}");
}

/// Drops a strong handle, and panics if its object is alive afterwards, with the table of those who hold it.
///
/// With the feature `leak-trace`.
///
/// ```should_panic
/// use weakref::{Object, Strong, assert_dies};
///
/// let document = Strong::new(Object("document"));
/// let window = document.clone();
/// assert_dies!(document);
/// // `document` was not the last handle of its object
/// // Object<&str> #1, made at src/main.rs:3:16, is held by 1 handle:
/// //     1  cloned    src/main.rs:4:23
/// ```
///
/// # Panics
///
/// Panics if the object is alive when the handle is dropped.
#[macro_export]
macro_rules! assert_dies {
    ($strong:expr $(,)?) => {
        $crate::trace::assert_dies($strong, ::core::stringify!($strong))
    };
}
