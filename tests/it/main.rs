//! Conformance tests: one binary, one module a topic.
//!
//! Tests named `r07_…`, `s05_…` or `t01_…` hold the behaviour of the row of that name of the reference
//! implementation's own tests. Most scenarios of the core run in every combination of flavour and layout, and fail if
//! they leave memory behind; see `support`.

mod support;

mod bounds;
mod callbacks;
mod container_bounds;
mod container_markers;
mod container_rows;
mod death;
mod drops;
mod evictions;
mod finalizer;
mod hostile;
mod hostile_traits;
mod key_map;
mod layouts;
mod limits;
mod markers;
mod matrix;
mod memory;
mod object;
mod ordered;
mod properties;
mod proxy;
mod references;
mod set;
mod shared;
mod spawned;
mod threads;
mod unraisable;
mod value_map;
mod value_ref;
mod waking;
mod watch;
mod weak_capture;
mod weak_list;
mod weak_method;
