//! What is told with the feature `tracing`. Without it all of this is nothing. Where it is told, and what is held there, is
//! in a table of the core, in `events`: nowhere under a lock, and a panic of the subscriber ends there.

#[cfg(not(feature = "tracing"))]
mod nothing;
#[cfg(feature = "tracing")]
mod told;

#[cfg(all(not(feature = "tracing"), feature = "strong-tier"))]
pub(super) use nothing::Evicted;
#[cfg(not(feature = "tracing"))]
pub(super) use nothing::Making;
#[cfg(all(feature = "tracing", feature = "strong-tier"))]
pub(super) use told::Evicted;
#[cfg(feature = "tracing")]
pub(super) use told::Making;
