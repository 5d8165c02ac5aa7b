//! Making, using and losing a weak reference.

use crate::measure::{Timed, show, shuffled, time};
use crate::pointer::{
    Compared, Downgrade, LocalLarge, LocalSmall, Owner as _, SyncLarge, SyncSmall,
};
use crate::scenario::{Scenario, Sides};

/// The aims of one flavour.
struct Aims {
    downgrade: f64,
    upgrade: f64,
    dead_upgrade: f64,
    new_downgrade: f64,
}

const SYNC: Aims = Aims {
    downgrade: 1.0,
    upgrade: 1.0,
    dead_upgrade: 1.0,
    new_downgrade: 0.85,
};
const LOCAL: Aims = Aims {
    downgrade: 1.05,
    upgrade: 1.05,
    dead_upgrade: 1.05,
    new_downgrade: 1.05,
};

/// How many objects are too many for the caches.
const COLD: [u64; 2] = [100_000, 1_000_000];

pub(crate) fn add(scenarios: &mut Vec<Scenario>, is_quick: bool) {
    add_for::<SyncSmall>(scenarios, &SYNC);
    add_for::<SyncLarge>(scenarios, &SYNC);
    add_for::<LocalSmall>(scenarios, &LOCAL);
    add_for::<LocalLarge>(scenarios, &LOCAL);
    let cold = if is_quick { &COLD[..1] } else { &COLD };
    for &objects in cold {
        add_cold::<SyncSmall>(scenarios, objects);
        add_cold::<LocalSmall>(scenarios, objects);
    }
}

fn add_cold<C: Compared>(scenarios: &mut Vec<Scenario>, objects: u64) {
    let name = format!("{}/upgrade+drop, {objects} cold", C::NAME);
    scenarios.push(Scenario::timed(name, move || {
        Sides::new(upgrade_cold::<C::Ours>(C::new(), objects)).against(
            C::Std::NAME,
            None,
            upgrade_cold::<C::Std>(C::new(), objects),
        )
    }));
}

fn add_for<C: Compared>(scenarios: &mut Vec<Scenario>, aims: &Aims) {
    macro_rules! scenario {
        ($name:literal, $work:ident, $aim:expr) => {{
            let aim = Some($aim);
            scenarios.push(Scenario::timed(
                format!("{}/{}", C::NAME, $name),
                move || {
                    let sides = Sides::new($work::<C::Ours>(C::new())).against(
                        C::Std::NAME,
                        aim,
                        $work::<C::Std>(C::new()),
                    );
                    #[cfg(feature = "peers")]
                    let sides = sides.beside(
                        "portable-atomic-util",
                        $work::<portable_atomic_util::Arc<C>>(C::new()),
                    );
                    sides
                },
            ));
        }};
    }
    scenario!("downgrade+drop", downgrade_drop, aims.downgrade);
    scenario!("upgrade+drop", upgrade_drop, aims.upgrade);
    scenario!("dead upgrade", dead_upgrade, aims.dead_upgrade);
    scenario!("new+downgrade+drop", new_downgrade_drop, aims.new_downgrade);
}

fn downgrade_drop<P: Downgrade>(value: P::Value) -> Timed {
    let owner = P::new(value);
    Box::new(move |iterations| {
        time(iterations, || {
            let weak = owner.downgrade();
            show(&weak);
        })
    })
}

fn upgrade_drop<P: Downgrade>(value: P::Value) -> Timed {
    let owner = P::new(value);
    let weak = owner.downgrade();
    Box::new(move |iterations| {
        let elapsed = time(iterations, || {
            let upgraded = P::upgrade(&weak);
            show(&upgraded);
        });
        show(&owner);
        elapsed
    })
}

/// Upgrades of one object after the other, in an order that no cache foresees.
fn upgrade_cold<P: Downgrade>(value: P::Value, objects: u64) -> Timed {
    let owners: Vec<_> = (0..objects).map(|_| P::new(value)).collect();
    let references: Vec<_> = shuffled(objects)
        .into_iter()
        .map(|n| owners[usize::try_from(n).expect("an index")].downgrade())
        .collect();
    let mut at = 0;
    Box::new(move |iterations| {
        let elapsed = time(iterations, || {
            let upgraded = P::upgrade(&references[at]);
            show(&upgraded);
            at += 1;
            if at == references.len() {
                at = 0;
            }
        });
        show(&owners);
        elapsed
    })
}

fn dead_upgrade<P: Downgrade>(value: P::Value) -> Timed {
    let weak = P::new(value).downgrade();
    assert!(P::upgrade(&weak).is_none(), "the object was to be dead");
    Box::new(move |iterations| {
        time(iterations, || {
            let upgraded = P::upgrade(&weak);
            show(&upgraded);
        })
    })
}

fn new_downgrade_drop<P: Downgrade>(value: P::Value) -> Timed {
    Box::new(move |iterations| {
        time(iterations, || {
            let owner = P::new(value);
            let weak = owner.downgrade();
            show(&weak);
            drop(owner);
        })
    })
}
