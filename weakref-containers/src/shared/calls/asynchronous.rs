//! The calls that wait, of tasks.

use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::sync::Arc;

use weakref::Slot;
use weakref::watch::drop_first;

use super::{Key, Lead, Step, Target};
use crate::shared::events::Making as Telling;
use crate::shared::found::Found;
use crate::shared::sharded::Scan;
use crate::shared::slotted::Product;
use crate::shared::waits::{self, Status, Waiting};
use crate::side::Side;

impl<K, R, S, E> Target<'_, K, R, S, E>
where
    K: Side,
    R: Product,
    S: Slot,
    E: Key<K, R, S>,
{
    /// See [`Target::try_insert`].
    pub(in crate::shared) async fn try_insert_async(
        mut self,
        value: &R::Taken,
    ) -> Result<(), R::Taken> {
        let put = |place: &mut Self, scan| place.put(&scan, value).map(drop);
        let result = self.wait_or_async(put).await;
        drop_first(self, result)
    }

    /// See [`Target::get_or_try_insert_with`].
    pub(in crate::shared) async fn get_or_try_insert_with_async<X, F>(
        mut self,
        make: impl FnOnce() -> F,
    ) -> Result<R::Taken, X>
    where
        F: Future<Output = Result<R::Taken, X>>,
    {
        match self.wait_or_async(Self::lead).await {
            Ok(lead) => lead.make_async(make).await,
            Err(value) => Ok(drop_first((make, self), value)),
        }
    }

    /// See [`Target::wait_or`].
    async fn wait_or_async<D>(
        &mut self,
        mut act: impl FnMut(&mut Self, Scan<Found<R>, E::Seen>) -> Option<D>,
    ) -> Result<D, R::Taken> {
        loop {
            match self.step(&mut act) {
                Step::Done(done) => return Ok(done),
                Step::Live(value) => return Err(value),
                Step::Wait(construction) => {
                    let waiting = Telling::waits::<K, R>();
                    let given = construction.wait_async(self.shard).await;
                    waiting.waited::<K, R>(given.as_ref());
                    if let Some(value) = given {
                        return Err(value);
                    }
                }
            }
        }
    }
}

impl<K: Side, R: Product, S: Slot, P> Lead<'_, K, R, S, P> {
    async fn make_async<X, F>(mut self, make: impl FnOnce() -> F) -> Result<R::Taken, X>
    where
        F: Future<Output = Result<R::Taken, X>>,
    {
        let telling = Telling::begins();
        let future = self.make(make, telling);
        let mut making = Making {
            future: pin!(Some(future)),
            status: self.construction.status(),
            begun: &mut self.begun,
        };
        let result = poll_fn(|context| making.poll(context)).await;
        drop(making);
        let result = match result {
            Ok(value) => Ok(self.land(value)),
            Err(error) => Err(drop_first(self, error)),
        };
        telling.ended::<K, R>(result.as_ref().ok());
        result
    }
}

/// The constructor's future; its polls and its drop run as code of the construction.
struct Making<'a, F> {
    future: Pin<&'a mut Option<F>>,
    status: &'a Arc<Status>,
    begun: &'a mut Waiting,
}

impl<F: Future> Making<'_, F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        // The construction that polls this future waits for it.
        self.begun.here(self.status);
        let _entered = waits::enter(self.status);
        let future = self.future.as_mut().as_pin_mut();
        future.expect("dropped at the end").poll(context)
    }
}

impl<F> Drop for Making<'_, F> {
    fn drop(&mut self) {
        if self.future.is_some() {
            // The construction that drops it waits for that.
            self.begun.here_for_drop(self.status);
        }
        let _entered = waits::enter(self.status);
        self.future.set(None);
    }
}
