//! What is told with the feature `tracing`, and where. Without it all of this is nothing: a type without a size, functions
//! without a body. No `unsafe` code relies on what is told.
//!
//! A subscriber is user code, and may do what user code does: panic, block, drop handles, make objects, call the map of which
//! it is told. Hence:
//!
//! E1: an event is emitted only where user code may run anyway: no lock of an object, of a finalizer or of a shard is held, no
//! roll, no queue of deaths, no borrow of a thread-local, and what is half done is owned by a local variable. The table says
//! it of each place.
//! E2: the subscriber's panic is caught here, and reported as [`Source::Subscriber`](crate::Source::Subscriber). So no call
//! fails because of it, and what comes after the event happens.
//! E3: while a thread is in an event, or in the report of its panic, it tells nothing more: so what a subscriber makes and
//! drops is not told, and no chain of events overflows the stack. That is one flag of the thread, without a
//! destructor. What it leaves to be buried by a call that is under way is told when that buries it: a subscriber that
//! kills an entry of the same container at every such event is told of that for ever. A death that begins there and is queued, because the stack has no room, is as silent when its turn comes.
//! E4: whether anything is told is asked of the level that is on, which is one number for the process. Whether the
//! *subscriber* wants the event is asked by the event itself, under E1 to E3. So there is no clock, no event, and no user code
//! unless a subscriber asked for the level.
//!
//! | event | place | what is held there |
//! |---|---|---|
//! | born | `Strong::newborn` | the object, open, by the handle that is returned |
//! | born | `Closed::publish` (construct) | the same; its declared finalizers are attached |
//! | died | `death::free` | a block without any unit, whose value is dropped or moved out, and freed; its caller, a step of the death, owns both, and the panic or the value that it keeps |
//! | died | `death::release` | the implicit weak unit of a closed object, whose list was empty, and whose value is gone; the same |
//! | died | `death::fire`, after the last of the list | the implicit weak unit: as during each callback |
//! | callback ran | `Callback::fire` | the list's share of the node, whose closure is consumed |
//! | finalizer ran | `consume_caught`, of a death and of the exit phase | a share of the finalizer, whose action is consumed; the phase of the thread or of the process, as during the action |
//! | finalizer ran | [`Finalizer::call`](crate::Finalizer::call), [`Action::run`](crate::Action::run) | a share, and the result |
//! | panicked | `report` | the payload. It calls the hook next, which is user code too |
//! | evicted | the drop of `LetGo` (containers, tier) | handles, unlocked, and dropped next: that runs user code as well |
//! | making | `Lead::make`, `Lead::make_async` (containers, calls) | the construction, as code of it: who asks for the same key is refused |
//! | made, not made | `get_or_try_insert_with` and its async twin, after the lead has ended | the result |
//! | waiting, waited | `wait_or` and its async twin | a construction, which ends without this one; the value |
//!
//! The objects of which a shared container consists are not told.
//!
//! One thing is a subscriber's own affair: `tracing` calls `register_callsite` under a lock of its own when a place emits for
//! the first time, so that a subscriber which drops a handle *there* may wait for itself, as with events of any crate.

#[cfg(not(feature = "tracing"))]
mod nothing;
#[cfg(feature = "tracing")]
mod told;

#[cfg(not(feature = "tracing"))]
pub(crate) use nothing::{Began, born, panicked, tells_deaths};
#[cfg(feature = "tracing")]
pub(crate) use told::{Began, born, panicked, tells_deaths};
#[cfg(feature = "tracing")]
pub use told::{Since, tell};

/// Who ran a finalizer.
#[derive(Clone, Copy)]
pub(crate) enum By {
    Death,
    Exit,
    Call,
}
