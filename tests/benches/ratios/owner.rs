//! The life of an object, and of one more handle to it.

use crate::measure::{Timed, show, time};
use crate::pointer::{Compared, LocalLarge, LocalSmall, Owner, SyncLarge, SyncSmall};
use crate::scenario::{Scenario, Sides};

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    add_for::<SyncSmall>(scenarios, 0.6, 1.0);
    add_for::<SyncLarge>(scenarios, 0.6, 1.0);
    add_for::<LocalSmall>(scenarios, 1.05, 1.05);
    add_for::<LocalLarge>(scenarios, 1.05, 1.05);
}

fn add_for<C: Compared>(scenarios: &mut Vec<Scenario>, new_aim: f64, clone_aim: f64) {
    scenarios.push(Scenario::timed(
        format!("{}/new+drop", C::NAME),
        move || {
            let sides = Sides::new(new_drop::<C::Ours>(C::new())).against(
                C::Std::NAME,
                Some(new_aim),
                new_drop::<C::Std>(C::new()),
            );
            #[cfg(feature = "peers")]
            let sides = sides.beside("triomphe", new_drop::<triomphe::Arc<C>>(C::new()));
            sides
        },
    ));
    scenarios.push(Scenario::timed(
        format!("{}/clone+drop", C::NAME),
        move || {
            let sides = Sides::new(clone_drop::<C::Ours>(C::new())).against(
                C::Std::NAME,
                Some(clone_aim),
                clone_drop::<C::Std>(C::new()),
            );
            #[cfg(feature = "peers")]
            let sides = sides.beside("triomphe", clone_drop::<triomphe::Arc<C>>(C::new()));
            sides
        },
    ));
}

fn new_drop<P: Owner>(value: P::Value) -> Timed {
    Box::new(move |iterations| {
        time(iterations, || {
            let owner = P::new(value);
            show(&owner);
        })
    })
}

fn clone_drop<P: Owner>(value: P::Value) -> Timed {
    let owner = P::new(value);
    Box::new(move |iterations| {
        time(iterations, || {
            let clone = owner.clone();
            show(&clone);
        })
    })
}
