//! Timing: calibration, interleaving, and what keeps the optimizer honest.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::paths;
use crate::stats::Sample;

/// How long a run measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// How often every side is sampled.
    pub(crate) rounds: usize,
    /// How long one sample takes.
    pub(crate) sample: Duration,
}

impl Effort {
    pub(crate) const FEWEST_ROUNDS: usize = 15;
    pub(crate) const FULL: Self = Self {
        rounds: 31,
        sample: Duration::from_millis(6),
    };
    pub(crate) const QUICK: Self = Self {
        rounds: Self::FEWEST_ROUNDS,
        sample: Duration::from_millis(1),
    };
}

/// One side of a comparison: takes a number of iterations, returns how long they took.
pub(crate) type Timed = Box<dyn FnMut(u64) -> Duration>;

/// Times `body`, `iterations` times in a row.
///
/// `body` itself calls [`show`] on what must really exist.
#[inline]
pub(crate) fn time(iterations: u64, mut body: impl FnMut()) -> Duration {
    let clock = Clock::start();
    for _ in 0..iterations {
        body();
    }
    clock.elapsed()
}

/// Whether this process is stepped through: then clocks mark what is between them, and stand still.
static IS_TRACED: AtomicBool = AtomicBool::new(false);

/// Makes the clocks of this process mark, for [`paths`].
pub(crate) fn mark_from_now_on() {
    // No other thread is there to see it.
    IS_TRACED.store(true, Ordering::Relaxed);
}

/// What a stretch of work is timed by.
#[derive(Debug)]
pub(crate) struct Clock(Option<Instant>);

impl Clock {
    #[inline]
    pub(crate) fn start() -> Self {
        if IS_TRACED.load(Ordering::Relaxed) {
            paths::mark();
            return Self(None);
        }
        Self(Some(Instant::now()))
    }

    #[inline]
    pub(crate) fn elapsed(self) -> Duration {
        self.0.map_or_else(
            || {
                paths::mark();
                Duration::ZERO
            },
            |start| start.elapsed(),
        )
    }
}

/// Makes the optimizer believe that somebody saw the value and everything that it points to.
///
/// So an allocation cannot be elided, two opposite changes of a count cannot cancel out, and nothing that is read
/// from memory afterwards is known. Unlike `black_box(&value)` this leaves the value itself in its register: the cost
/// is one store that nothing waits for.
#[inline]
pub(crate) fn show<T>(value: &T) {
    // SAFETY: a `MaybeUninit<T>` has the layout of `T` and no bits that are wrong for it, and a reference is readable.
    let bits = unsafe { ptr::from_ref(value).cast::<MaybeUninit<T>>().read() };
    black_box(bits);
}

/// Nanoseconds per iteration of every side, over rounds in which the sides take turns.
pub(crate) fn interleave(sides: &mut [Timed], effort: Effort) -> Vec<Sample> {
    let iterations: Vec<u64> = sides
        .iter_mut()
        .map(|side| calibrate(side, effort.sample))
        .collect();
    let mut samples = vec![Vec::with_capacity(effort.rounds); sides.len()];
    for round in 0..effort.rounds {
        for turn in 0..sides.len() {
            let at = (round + turn) % sides.len();
            let elapsed = sides[at](iterations[at]);
            samples[at].push(nanoseconds(elapsed) / as_f64(iterations[at]));
        }
    }
    samples.into_iter().map(Sample::of).collect()
}

/// Finds how many iterations take about `sample`, and warms the side up by it.
fn calibrate(side: &mut Timed, sample: Duration) -> u64 {
    let mut iterations = 1_u64;
    loop {
        // The shortest of three: a run that was interrupted says nothing.
        let elapsed = (0..3).map(|_| side(iterations)).min().unwrap_or_default();
        if elapsed * 4 >= sample || iterations >= 1 << 40 {
            let exact = as_f64(iterations) * nanoseconds(sample) / nanoseconds(elapsed).max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive, and below 2^43 by the two limits above"
            )]
            return (exact as u64).max(1);
        }
        iterations *= 2;
    }
}

/// Numbers below `n` in an order in which the processor cannot foresee them.
pub(crate) fn shuffled(n: u64) -> Vec<u64> {
    let mut order: Vec<_> = (0..n).collect();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for last in (1..order.len()).rev() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let other = random % (last as u64 + 1);
        order.swap(last, usize::try_from(other).expect("an index"));
    }
    order
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    const SHORT: Effort = Effort {
        rounds: 15,
        sample: Duration::from_micros(100),
    };

    /// A side that pretends to take so long per iteration, and notes that it ran.
    fn pretend(name: char, nanos: u64, log: &Rc<RefCell<String>>) -> Timed {
        let log = Rc::clone(log);
        Box::new(move |iterations| {
            log.borrow_mut().push(name);
            Duration::from_nanos(nanos * iterations)
        })
    }

    #[test]
    fn a_sample_lasts_as_long_as_asked() {
        let log = Rc::default();
        assert_eq!(calibrate(&mut pretend('a', 100, &log), SHORT.sample), 1_000);
        assert_eq!(
            calibrate(&mut pretend('a', 1_000_000, &log), SHORT.sample),
            1
        );
    }

    #[test]
    fn sides_take_turns_and_alternate_who_goes_first() {
        let log = Rc::default();
        let mut sides = [pretend('a', 100_000, &log), pretend('b', 300_000, &log)];
        let taken = interleave(&mut sides, SHORT);
        assert_eq!(taken, [100_000.0, 300_000.0].map(Sample::exact));
        assert!(log.borrow().ends_with("abbaabbaab"), "{}", log.borrow());
    }

    #[test]
    fn shuffling_keeps_all() {
        let mut order = shuffled(1_000);
        assert!(!order.is_sorted());
        order.sort_unstable();
        assert!(order.into_iter().eq(0..1_000));
    }

    #[test]
    fn every_iteration_runs() {
        let mut count = 0;
        time(1_000, || count += 1);
        assert_eq!(count, 1_000);
    }
}
