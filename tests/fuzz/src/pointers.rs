//! Scripts over several objects of both flavours and both layouts.
//!
//! Every handle is wrapped with the number of its object, and tells the model when it comes and goes; so at any
//! instant, inside user code too, the model knows who is alive, and what is to fire next.

mod flavour;
mod handles;
mod model;

use weakref::watch::Notice;
use weakref::{LocalSlot, Proxy, SyncSlot, WeakRef};

use crate::input::{self, byte};
use flavour::{Body, Flavour, Pools, SLOTS, Token};
use handles::{Call, Final, Own, Refer, Watch};
use model::{State, model};

/// Runs one script.
pub fn run(script: &[u8]) {
    input::silence();
    model::begin();
    input::begin(script);
    while input::next().is_some_and(step_caught) {}
    input::end();
    finish();
}

fn step_caught(operation: u8) -> bool {
    input::guarded(|| step(operation));
    true
}

/// Goes on inside user code.
pub(crate) fn go_on(steps: u8) {
    input::nested(|| {
        for _ in 0..steps {
            if !input::next().is_some_and(step_caught) {
                break;
            }
        }
    });
}

fn finish() {
    loop {
        input::guarded(|| {
            SyncSlot::pools().with(Pools::clear);
            LocalSlot::pools().with(Pools::clear);
        });
        // What is left is in cycles, or came while the rest went.
        let held = model(|m| m.take_held());
        let is_idle = held.is_empty();
        input::guarded(|| drop(held));
        if is_idle
            && SyncSlot::pools().with(Pools::is_empty)
            && LocalSlot::pools().with(Pools::is_empty)
        {
            break;
        }
    }
    SyncSlot::pools().with(Pools::end);
    LocalSlot::pools().with(Pools::end);
    model(|m| m.check_end());
}

fn step(operation: u8) {
    if operation & 1 == 0 {
        act::<SyncSlot>(operation >> 1);
    } else {
        act::<LocalSlot>(operation >> 1);
    }
}

fn slot() -> usize {
    usize::from(byte()) % SLOTS
}

/// A clone of the strong handle at a slot of the script's choice.
fn pick<S: Flavour>(pools: &Pools<S>) -> Option<Own<S>> {
    let at = slot();
    let strong = pools.own.borrow()[at].as_ref()?.same();
    Some(strong)
}

#[expect(clippy::too_many_lines, reason = "one arm an operation")]
fn act<S: Flavour>(operation: u8) {
    S::pools().with(|pools| match operation % 32 {
        0 | 1 => {
            let (at, kind, flags) = (slot(), byte(), byte());
            let id = model(|m| m.object(flags));
            let object = Own::born(S::make(kind, Body::new(id)), id);
            pools.put_own(at, object);
        }
        2 => pools.kill(slot()),
        3 => {
            if let Some(own) = pick(pools) {
                pools.put_own(slot(), own);
            }
        }
        4 => {
            if let Some(own) = pick(pools) {
                pools.put_weak(slot(), own.downgrade());
            }
        }
        5 => {
            let at = slot();
            let weak = pools.weak.borrow()[at].as_ref().map(Refer::same);
            if let Some(weak) = weak {
                pools.put_weak(slot(), weak);
            }
        }
        6 => pools.drop_weak(slot()),
        7 => {
            let at = slot();
            let weak = pools.weak.borrow()[at].as_ref().map(Refer::same);
            if let Some(own) = weak.and_then(|weak| weak.upgrade()) {
                pools.put_own(slot(), own);
            }
        }
        8 => {
            if let Some(own) = pick(pools) {
                let call = Call::new(&own, byte());
                pools.put_call(slot(), call);
            }
        }
        9 => pools.drop_call(slot()),
        10 => {
            let at = slot();
            let call = pools.calls.borrow_mut()[at].take();
            if let Some(call) = call {
                call.forget();
            }
        }
        11 => {
            if let Some(own) = pick(pools) {
                let finalizer = Final::new(&own, byte());
                pools.put_final(slot(), finalizer);
            }
        }
        12 => pools.drop_final(slot()),
        13 => {
            let at = slot();
            let finalizer = pools.finals.borrow()[at].as_ref().map(Final::same);
            if let Some(finalizer) = finalizer {
                match byte() % 6 {
                    0 => finalizer.call(),
                    1 => {
                        if let Some(own) = finalizer.peek() {
                            pools.put_own(slot(), own);
                        }
                    }
                    2 => {
                        if let Some((own, act)) = finalizer.detach() {
                            pools.put_own(slot(), own);
                            pools.put_act(slot(), act);
                        }
                    }
                    3 => finalizer.set_at_exit(byte() & 1 == 0),
                    4 => pools.put_final(slot(), finalizer),
                    _ => finalizer.check(),
                }
            }
        }
        14 => {
            let at = slot();
            let act = pools.acts.borrow_mut()[at].take();
            match act {
                Some(act) if byte() & 1 == 0 => act.run(),
                act => drop(act),
            }
        }
        15 | 16 => {
            if let Some(own) = pick(pools) {
                pools.put_watch(slot(), Watch::new(&own, operation & 1 == 0));
            }
        }
        17 => pools.drop_watch(slot()),
        18 => drain(pools, byte()),
        19 => construct::<S>(pools),
        20 => {
            // A strong handle inside an object: the way to cycles.
            if let (Some(own), Some(into)) = (pick(pools), pick(pools)) {
                let id = into.id();
                model(|m| m.hold(id, S::held(own)));
            }
        }
        21 => {
            if let Some(into) = pick(pools) {
                let id = into.id();
                let held = model(|m| m.take_held_of(id));
                drop(into);
                drop(held);
            }
        }
        22 => {
            if let (Some(own), Some(into)) = (pick(pools), pick(pools)) {
                let id = into.id();
                let weak = own.downgrade();
                drop(own);
                model(|m| m.hold(id, S::held_weak(weak)));
            }
        }
        23 => {
            let (at, unwrap) = (slot(), byte());
            if let Some(own) = pools.take_own(at)
                && let Some(own) = own.move_out(unwrap & 1 == 0)
            {
                pools.put_own(at, own);
            }
        }
        24 => {
            let at = slot();
            if let Some(mut own) = pools.take_own(at) {
                own.get_mut();
                pools.put_own(at, own);
            }
        }
        25 => {
            let at = slot();
            if let Some(own) = pools.take_own(at) {
                pools.put_own(at, own.make_mut());
            }
        }
        26 => {
            if let Some(own) = pick(pools) {
                own.check();
            }
        }
        27 => {
            let at = slot();
            let weak = pools.weak.borrow()[at].as_ref().map(Refer::same);
            if let Some(weak) = weak {
                weak.check();
                let id = weak.id();
                let proxy = weak.with_inner(|weak| Proxy::from_reference(WeakRef::clone(weak)));
                let seen = Proxy::with(&proxy, |node| node.body().id()).ok();
                assert_eq!(seen, model(|m| m.is_alive(id)).then_some(id));
            }
        }
        28 => {
            if let Some(own) = pick(pools) {
                pools.put_own(slot(), own.through_raw());
            }
        }
        29 => {
            // A whole graveyard goes, some of its registrations after it.
            let (watches, old) = pools.new_graveyard(byte() & 1 == 0);
            drop(old);
            drop(watches);
        }
        30 => {
            if let Some(own) = pick(pools) {
                handles::call_some(&own);
            }
        }
        _ => {
            if let Some(weak) = pick(pools).map(|own| own.downgrade()) {
                // Dropped before the reference: perhaps the last.
                weak.with(|body| model(|m| assert!(m.is_alive(body.id()))));
                go_on(byte() & 3);
                weak.check();
            }
        }
    });
}

fn drain<S: Flavour>(pools: &Pools<S>, limit: u8) {
    let mut left = limit % 8;
    loop {
        let Some(Notice { id, token }) = pools.passive.borrow_mut().next_dead() else {
            break;
        };
        model(|m| m.drained(token));
        pools.check_notice(token, id);
        left = left.wrapping_sub(1);
        if left == 0 {
            return;
        }
    }
    model(|m| m.check_all_drained(S::IS_SYNC));
    assert_eq!(pools.passive.borrow().dead(), model(|m| m.dead(S::IS_SYNC)));
}

/// `new_cyclic`: references escape, finalizers are attached before the value is there, user code runs, and
/// perhaps there comes no value at all.
fn construct<S: Flavour>(pools: &Pools<S>) {
    let (at, flags, how) = (slot(), byte(), byte());
    let id = model(|m| m.building(flags));
    let built = input::guarded(|| {
        S::construct(how & 1 == 0, |site| {
            if how & 2 == 0 {
                pools.put_weak(slot(), Refer::of_construction(site.weak(), id));
            }
            if how & 4 == 0 {
                S::attach(&site, Token::new(id, byte(), true));
            }
            go_on(how >> 3 & 3);
            let early = (how & 32 == 0).then(|| Body::<S>::new(id));
            if how & 0xc0 == 0xc0 {
                model(|m| m.fails(id));
                input::blast();
            }
            early.unwrap_or_else(|| Body::new(id))
        })
    });
    match built {
        Some(strong) => {
            model(|m| m.set(id, State::Alive));
            pools.put_own(at, Own::born(strong, id));
        }
        None => model(|m| m.ended(id)),
    }
}

/// The end of a body, on its way from the object.
pub(crate) fn body_ends(id: u32) {
    let (held, flags, dies) = model(|m| m.body_ends(id));
    drop(held);
    go_on(flags & 3);
    if flags & 4 != 0 && dies {
        input::blast();
    }
}
