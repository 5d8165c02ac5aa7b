//! Tests of the table in `sync/limit.rs`: each counter is preset near its limit, in a process of its own. Those that
//! `tests/it/limits.rs` can preset from outside are tested there.

#[cfg(unix)]
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::Relaxed;
use std::process::Command;

use crate::count::Counts;
#[cfg(unix)]
use crate::exit;
use crate::finalize::{Finalizer, HANDLE, finalize_with};
use crate::referenceable::{MaybeSend, WeakReferenceable};
use crate::slot::{LocalSlot, Slot, SyncSlot};
use crate::strong::Strong;
use crate::sync::{HALF, Sequence, Size, raise};
use crate::watch;

const VARIABLE: &str = "WEAKREF_TEST_LIMIT";

/// Runs `body` in a process of its own, which it must abort.
#[track_caller]
fn aborts(test: &str, body: impl FnOnce()) {
    if std::env::var(VARIABLE).is_ok_and(|chosen| chosen == test) {
        body();
        // The process must not end by a panic: that is not an abort.
        std::process::exit(0);
    }
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args([&format!("limits::{test}"), "--exact", "--nocapture"])
        .env(VARIABLE, test)
        .output()
        .expect("this binary can be started");
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        assert_eq!(output.status.signal(), Some(SIGABRT), "{output:?}");
    }
    #[cfg(not(unix))]
    assert!(!matches!(output.status.code(), Some(0 | 101)), "{output:?}");
}

/// Of one thread.
pub(crate) struct Local;

impl WeakReferenceable for Local {
    type Slot = LocalSlot;
}

/// Of threads.
pub(crate) struct Sync;

impl WeakReferenceable for Sync {
    type Slot = SyncSlot;
}

fn finalizer<T: WeakReferenceable>(object: &Strong<T>) -> Finalizer<T>
where
    (): MaybeSend<T::Slot>,
{
    finalize_with(object, drop, ())
}

/// The last handle that fits, and one more.
fn one_handle_too_many<T: WeakReferenceable + 'static>(object: T)
where
    (): MaybeSend<T::Slot>,
{
    let object = Strong::new(object);
    let finalizer = finalizer(&object);
    finalizer.pretend_shares(HALF);
    core::mem::forget(finalizer.clone());
    eprintln!("[one more]");
    core::mem::forget(finalizer.clone());
}

macro_rules! abort_tests {
    ($($(#[$attribute:meta])* $test:ident: $body:expr;)*) => {
        $(
            $(#[$attribute])*
            #[test]
            #[cfg_attr(miri, ignore = "starts processes")]
            fn $test() {
                aborts(stringify!($test), $body);
            }
        )*
    };
}

abort_tests! {
    shares_of_a_local_finalizer: || one_handle_too_many(Local);
    shares_of_a_sync_finalizer: || one_handle_too_many(Sync);
    shares_by_finalizers: || {
        let object = Strong::new(Local);
        let finalizer = finalizer(&object);
        finalizer.pretend_shares(HALF + 1);
        core::mem::forget(Strong::finalizers(&object));
    };
    shares_by_detach: || {
        let object = Strong::new(Sync);
        let finalizer = finalizer(&object);
        finalizer.pretend_shares(HALF + 1);
        core::mem::forget(finalizer.detach());
    };
    registrations: || {
        let object = Strong::new(Local);
        let mut graveyard = watch::Graveyard::new();
        core::mem::forget(graveyard.watch(&object, 0));
        graveyard.pretend_registered(HALF + 1);
        core::mem::forget(graveyard.watch(&object, 0));
    };
    #[cfg(unix)]
    forks: || {
        exit::pretend_forks(u32::MAX / 2 + 1);
        exit::count_fork(&AtomicU32::new(u32::MAX / 2 + 1));
    };
    numbers: || {
        Sequence::new(u64::MAX / 2 + 1).take(1);
    };
    own_numbers: || raise(&mut (u64::MAX / 2 + 1));
    local_registration: || one_listed_too_many::<LocalSlot>((1 << 26) - 2);
    sync_registration: || one_listed_too_many::<SyncSlot>(1 << 26);
    local_size: size_above::<LocalSlot>;
    sync_size: size_above::<SyncSlot>;
}

/// A registration with an object that has these weak units, and the implicit one. Every way to one more is tried by
/// `tests/it/limits.rs`, which takes longer.
fn one_listed_too_many<S: Slot>(units: u64) {
    const WEAK: u64 = 1 << 5;
    Counts::<S::Word>::open(units * WEAK).enlist();
}

fn size_above<S: Slot>() {
    S::Size::new(HALF + 1).retain(Relaxed);
}

fn size_up_to_the_limit<S: Slot>() {
    let size = S::Size::new(HALF);
    size.retain(Relaxed);
    assert_eq!(size.load(Relaxed), HALF + 1);
}

#[test]
fn control_up_to_the_limit_nothing_happens() {
    size_up_to_the_limit::<LocalSlot>();
    size_up_to_the_limit::<SyncSlot>();
    assert_eq!(Sequence::new(u64::MAX / 2).take(64), u64::MAX / 2);
    let mut own = u64::MAX / 2;
    raise(&mut own);
    assert_eq!(own, u64::MAX / 2 + 1);
    let object = Strong::new(Local);
    let mut graveyard = watch::Graveyard::new();
    graveyard.pretend_registered(HALF);
    drop(graveyard.watch(&object, 0));
    graveyard.pretend_registered(1);
}

/// Forgets clones in a loop. An optimizer may fold the loop only up to the limit, so that uniqueness knows of every
/// forgotten handle.
#[test]
#[cfg_attr(miri, ignore = "too many")]
#[cfg_attr(debug_assertions, ignore = "only an optimizer folds the loop")]
fn forgotten_clones_never_come_around() {
    let (sender, receiver) = std::sync::mpsc::channel();
    // It never returns: on a 64-bit target it counts for centuries, on others it would abort.
    std::thread::spawn(move || {
        let mut object = Strong::new(Local);
        let finalizer = finalizer(&object);
        // One process cannot both abort and tell.
        let many = if cfg!(target_pointer_width = "32") {
            HALF / HANDLE - 2
        } else {
            usize::MAX
        };
        for _ in 0..many {
            core::mem::forget(finalizer.clone());
        }
        let _ = sender.send(Strong::get_mut(&mut object).is_some());
    });
    match receiver.recv_timeout(std::time::Duration::from_secs(20)) {
        Ok(is_unique) => assert!(!is_unique, "a finalizer's handle was overlooked"),
        Err(_still_counting) => {}
    }
}
