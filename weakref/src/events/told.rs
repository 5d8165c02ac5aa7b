//! The events of the feature `tracing`.

use core::any::type_name;
use core::cell::Cell;
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::Level;
use tracing::field::{DebugValue, debug};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use super::By;
use crate::id::ObjectId;
use crate::unraisable::{Source, Unraisable, report};

/// How long a death may take, with everything it runs, before it is reported as slow.
const SLOW: Duration = Duration::from_millis(10);

/// The type of the objects that shared containers are made of.
const INTERNAL: &str = "weakref_containers::shared::sharded::Cell<";

thread_local! {
    // Without a destructor: objects die while the thread's other locals are destroyed.
    /// Whether the thread is in an event (E3).
    static TELLS: Cell<bool> = const { Cell::new(false) };
}

/// Whether anybody asked for events of this level (E4). Runs no user code.
#[inline]
fn is_on(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// Emits an event of the type of this name: `emit` is the subscriber's code, and nothing else that may unwind.
#[cold]
pub fn tell(type_name: &'static str, emit: impl FnOnce()) {
    if TELLS.replace(true) {
        return;
    }
    if let Err(payload) = catch_unwind(AssertUnwindSafe(emit)) {
        report(Source::Subscriber, type_name, payload);
    }
    TELLS.set(false);
}

/// When something began of which the end is told, if it is.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    is_told: bool,
    time: Time,
}

impl Since {
    const UNTOLD: Self = Self {
        is_told: false,
        time: Time::NONE,
    };

    fn now(level: Level) -> Self {
        if is_on(level) {
            Self {
                is_told: true,
                time: Time::now(),
            }
        } else {
            Self::UNTOLD
        }
    }

    /// Now, if events of the level DEBUG are on.
    #[must_use]
    pub fn debug() -> Self {
        Self::now(Level::DEBUG)
    }

    /// Whether it began when the level was on.
    #[must_use]
    pub fn is_told(self) -> bool {
        self.is_told
    }

    /// The time since then, as a field.
    #[must_use]
    pub fn elapsed(self) -> Option<DebugValue<Duration>> {
        self.time.elapsed().map(debug)
    }
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
#[derive(Clone, Copy, Debug)]
struct Time(Option<std::time::Instant>);

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
impl Time {
    const NONE: Self = Self(None);

    fn now() -> Self {
        Self(Some(std::time::Instant::now()))
    }

    fn elapsed(self) -> Option<Duration> {
        self.0.map(|time| time.elapsed())
    }
}

/// There is no clock, and asking for one would panic.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
#[derive(Clone, Copy, Debug)]
struct Time;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
impl Time {
    const NONE: Self = Self;

    fn now() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "elsewhere it is needed")]
    fn elapsed(self) -> Option<Duration> {
        None
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Began {
    since: Since,
    /// Whether it began in an event. Then nothing of it is told, not even steps that are queued and run after the
    /// event (E3).
    is_silent: bool,
}

impl Began {
    pub(crate) const UNTOLD: Self = Self {
        since: Since::UNTOLD,
        is_silent: false,
    };

    /// The beginning of a death. A slow one is told at the level WARN.
    #[inline]
    pub(crate) fn death() -> Self {
        if !is_on(Level::WARN) {
            return Self::UNTOLD;
        }
        let is_silent = TELLS.get();
        let since = if is_silent {
            Since::UNTOLD
        } else {
            Since::now(Level::WARN)
        };
        Self { since, is_silent }
    }

    /// The end of a construction that never became an object; it is not told.
    #[inline]
    pub(crate) fn abandoned() -> Self {
        Self {
            since: Since::UNTOLD,
            is_silent: TELLS.get(),
        }
    }

    /// The beginning of a callback or a finalizer.
    #[inline]
    pub(crate) fn code() -> Self {
        Self {
            since: Since::debug(),
            is_silent: false,
        }
    }

    /// Runs a step of a death that began then. Does not unwind.
    #[inline]
    pub(crate) fn run<R>(self, step: impl FnOnce() -> R) -> R {
        let was_silent = self.is_silent && TELLS.replace(true);
        let done = step();
        if self.is_silent {
            TELLS.set(was_silent);
        }
        done
    }

    #[inline]
    pub(crate) fn died<T: ?Sized>(self, header: *const ()) {
        if self.since.is_told {
            self.tell_death(type_name::<T>(), ObjectId::of(header));
        }
    }

    #[cold]
    fn tell_death(self, type_name: &'static str, id: ObjectId) {
        let took = self.since.time.elapsed();
        let elapsed = took.map(debug);
        if type_name.starts_with(INTERNAL) {
            return;
        }
        if took.is_some_and(|took| took >= SLOW) {
            tell(type_name, || {
                tracing::warn!(target: "weakref", id = ?id, "type" = type_name, elapsed, slow = true, "died");
            });
        } else if is_on(Level::DEBUG) {
            tell(type_name, || {
                tracing::debug!(target: "weakref", id = ?id, "type" = type_name, elapsed, "died");
            });
        }
    }

    #[inline]
    pub(crate) fn callback_ran<T: ?Sized>(self, header: *const ()) {
        if self.since.is_told {
            let (type_name, id, elapsed) =
                (type_name::<T>(), ObjectId::of(header), self.since.elapsed());
            tell(type_name, || {
                tracing::debug!(target: "weakref", id = ?id, "type" = type_name, elapsed, "callback ran");
            });
        }
    }

    #[inline]
    pub(crate) fn finalizer_ran(
        self,
        type_name: fn() -> &'static str,
        header: *const (),
        name: Option<&'static str>,
        by: By,
    ) {
        if self.since.is_told {
            let (type_name, id, elapsed) =
                (type_name(), ObjectId::of(header), self.since.elapsed());
            let by = match by {
                By::Death => "death",
                By::Exit => "exit",
                By::Call => "call",
            };
            tell(type_name, || {
                tracing::debug!(target: "weakref", id = ?id, "type" = type_name, name, by, elapsed, "finalizer ran");
            });
        }
    }
}

/// Whether deaths are told. If so, each death keeps its block until it is told, so that no other object gets the
/// address before.
#[inline]
pub(crate) fn tells_deaths() -> bool {
    is_on(Level::WARN)
}

#[inline]
pub(crate) fn born<T: ?Sized>(header: *const ()) {
    if is_on(Level::TRACE) {
        let (type_name, id) = (type_name::<T>(), ObjectId::of(header));
        if !type_name.starts_with(INTERNAL) {
            tell(type_name, || {
                tracing::trace!(target: "weakref", id = ?id, "type" = type_name, "born");
            });
        }
    }
}

/// Tells a panic that nobody can catch, unless the subscriber itself panicked.
pub(crate) fn panicked(report: &Unraisable<'_>) {
    if report.source() != Source::Subscriber && is_on(Level::ERROR) {
        tell(report.type_name(), || {
            tracing::error!(
                target: "weakref",
                source = %report.source(),
                "type" = report.type_name(),
                panic = report.message(),
                "panicked"
            );
        });
    }
}
