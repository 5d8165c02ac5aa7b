//! Observers behind a trait, in every flavour and layout.

use super::*;

macro_rules! observers {
    ($module:ident, $slot:ty, $size:literal) => {
        mod $module {
            use super::*;

            #[weakref::proxy]
            trait Observer: WeakReferenceable<Slot = $slot> {
                fn observe(&self, event: u8) -> u64;
                #[proxy(dead = 0)]
                fn total(&self) -> u64;
            }

            struct Sum([Cell<u8>; $size]);

            impl WeakReferenceable for Sum {
                type Slot = $slot;
            }

            impl Observer for Sum {
                fn observe(&self, event: u8) -> u64 {
                    self.0[0].set(self.0[0].get() + event);
                    self.total()
                }

                fn total(&self) -> u64 {
                    self.0.iter().map(|cell| u64::from(cell.get())).sum()
                }
            }

            /// Knows only the trait; given a reference, it keeps nothing alive.
            fn tell(observers: &[impl Observer], event: u8) -> Vec<u64> {
                observers.iter().map(|observer| observer.observe(event)).collect()
            }

            #[test]
            fn dynamic_observers() {
                let sum = Strong::new(Sum([const { Cell::new(0) }; $size]));
                let strong: Strong<dyn Observer> = coerce!(sum => dyn Observer);
                let weak = Strong::downgrade(&strong);
                let proxy: Proxy<dyn Observer> = Proxy::new(&strong);
                let same: Proxy<dyn Observer> = Proxy::from(weak.clone());
                assert_eq!(tell(&[proxy.clone(), same], 2), [2, 4]);
                assert_eq!(weak.with(|observer| observer.observe(1)), Some(5));
                assert_eq!(strong.total(), 5);

                let own = Proxy::new(&Strong::downcast::<Sum>(strong.clone()).ok().unwrap());
                let coerced = coerce!(own => dyn Observer);
                assert_eq!(coerced.observe(1), 6);
                let watched: Proxy<dyn Observer, CallbackRef<dyn Observer>> =
                    Proxy::with_callback(&strong, |dead| assert_eq!(dead.total(), 0));
                assert_eq!(watched.total(), 6);

                drop(strong);
                assert!(weak.upgrade().is_none());
                dead(|| tell(std::slice::from_ref(&proxy), 1));
                assert_eq!((proxy.total(), coerced.total(), watched.total()), (0, 0, 0));
            }
        }
    };
}

observers!(small_local, LocalSlot, 8);
observers!(large_local, LocalSlot, 1024);
observers!(small_sync, SyncSlot, 8);
observers!(large_sync, SyncSlot, 1024);
