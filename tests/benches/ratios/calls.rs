//! Calls through something weak, objects that know themselves, and long chains of owners.

use std::rc::{self, Rc};
use std::sync::{self, Arc};
use std::time::Duration;

use weakref::{Proxy, Strong, WeakMethod, WeakRef, WeakReferenceable};

use crate::measure::{Clock, Timed, show, time};
use crate::scenario::{Scenario, Sides};

/// The objects of a chain.
const CHAIN: u64 = 100_000;

/// The same for the flavour for threads beside `Arc`, and that for one thread beside `Rc`.
macro_rules! flavour {
    ($flavour:literal, $module:ident, $std:ident, $name:literal, $weak:path $(, #[$local:meta])?) => {
        mod $module {
            use super::*;

            #[derive(WeakReferenceable)]
            $(#[$local])?
            struct Counter(u64);

            impl Counter {
                fn read(&self) -> u64 {
                    self.0
                }
            }

            #[derive(WeakReferenceable)]
            $(#[$local])?
            struct Cyclic {
                this: WeakRef<Self>,
            }

            #[derive(WeakReferenceable)]
            $(#[$local])?
            struct Link {
                _next: Option<Strong<Self>>,
            }

            struct StdCyclic {
                this: $weak,
            }

            /// Unlinks what follows, as everybody has to who does not want to run out of stack.
            struct StdLink {
                next: Option<$std<Self>>,
            }

            impl Drop for StdLink {
                fn drop(&mut self) {
                    let mut next = self.next.take();
                    while let Some(mut link) = next.and_then($std::into_inner) {
                        next = link.next.take();
                    }
                }
            }

            pub(super) fn add(scenarios: &mut Vec<Scenario>) {
                let name = |what: &str| format!("{}/{what}", $flavour);
                scenarios.push(Scenario::timed(name("proxy call"), || {
                    Sides::new(proxy_call()).against($name, None, upgraded_call())
                }));
                scenarios.push(Scenario::timed(name("method call"), || {
                    Sides::new(method_call()).against($name, None, upgraded_call())
                }));
                scenarios.push(Scenario::timed(name("new_cyclic+drop"), || {
                    let theirs = |iterations| {
                        time(iterations, || {
                            let owner = $std::new_cyclic(|this| StdCyclic { this: this.clone() });
                            show(&owner.this);
                            show(&owner);
                        })
                    };
                    let ours = |iterations| {
                        time(iterations, || {
                            let owner = Strong::new_cyclic(|this| Cyclic {
                                this: WeakRef::clone(this),
                            });
                            show(&owner.this);
                            show(&owner);
                        })
                    };
                    Sides::new(Box::new(ours) as Timed).against($name, None, Box::new(theirs))
                }));
                scenarios.push(Scenario::timed(name("chain of 100000, an object"), || {
                    let ours = chain(|next| Strong::new(Link { _next: next }));
                    let theirs = chain(|next| $std::new(StdLink { next }));
                    Sides::new(ours).against($name, None, theirs)
                }));
            }

            fn proxy_call() -> Timed {
                let owner = Strong::new(Counter(7));
                let proxy = Proxy::new(&owner);
                Box::new(move |iterations| {
                    let elapsed = time(iterations, || show(&Proxy::with(&proxy, Counter::read)));
                    show(&owner);
                    elapsed
                })
            }

            fn method_call() -> Timed {
                let owner = Strong::new(Counter(7));
                let method = WeakMethod::new(&owner, Counter::read);
                Box::new(move |iterations| {
                    let elapsed = time(iterations, || show(&method.call(())));
                    show(&owner);
                    elapsed
                })
            }

            fn upgraded_call() -> Timed {
                let owner = $std::new(Counter(7));
                let reference = $std::downgrade(&owner);
                Box::new(move |iterations| {
                    let elapsed = time(iterations, || {
                        show(&reference.upgrade().map(|counter| counter.read()));
                    });
                    show(&owner);
                    elapsed
                })
            }
        }
    };
}

flavour!("sync", sync_calls, Arc, "Arc", sync::Weak<Self>);
flavour!("local", local_calls, Rc, "Rc", rc::Weak<Self>, #[weakref(local)]);

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    sync_calls::add(scenarios);
    local_calls::add(scenarios);
}

/// Drops chains that `link` makes, an iteration an object.
fn chain<L: 'static>(link: impl Fn(Option<L>) -> L + 'static) -> Timed {
    Box::new(move |iterations| {
        let mut left = iterations;
        let mut elapsed = Duration::ZERO;
        while left > 0 {
            let objects = left.min(CHAIN);
            left -= objects;
            let head = (0..objects).fold(None, |next, _| Some(link(next)));
            show(&head);
            let clock = Clock::start();
            drop(head);
            elapsed += clock.elapsed();
        }
        elapsed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_survives_a_long_chain() {
        let mut scenarios = Vec::new();
        add(&mut scenarios);
        for scenario in scenarios {
            let sides = scenario.sides().expect("they are all by time");
            for (_, mut work) in sides.into_named() {
                work(CHAIN);
            }
        }
    }
}
