//! Who asks for what, and for how long: few images are asked for all the time, most hardly ever.

use std::collections::BTreeMap;

use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The image, as an index into the names.
    pub image: usize,
    /// After how many further requests of the same worker the viewer leaves.
    pub hold: usize,
}

/// What makes an access pattern. The same values give the same pattern.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many images there are to ask for.
    pub images: usize,
    /// How many requests there are in all.
    pub requests: usize,
    /// Among how many workers they are divided.
    pub workers: usize,
    /// Zipf's exponent: the image of rank `r` is asked for in proportion to `r^-skew`; 0 asks for all alike.
    pub skew: f64,
    /// How many further requests of its worker a viewer stays for, on average.
    pub hold: usize,
    /// The seed of it all.
    pub seed: u64,
}

/// The requests of every worker, in their order.
///
/// # Panics
///
/// Panics when the shape has no image or no worker.
pub fn pattern(shape: Shape) -> Vec<Vec<Visit>> {
    assert!(
        shape.images > 0 && shape.workers > 0,
        "a pattern needs an image and a worker"
    );
    let mut rng = SmallRng::seed_from_u64(shape.seed);
    let mut by_rank: Vec<usize> = (0..shape.images).collect();
    by_rank.shuffle(&mut rng);
    let weights = (1..=shape.images).map(|rank| to_f64(rank).powf(-shape.skew));
    let popularity =
        WeightedIndex::new(weights).expect("the first weight is 1 and the others lie in 0..=1");

    let mut sessions = vec![Vec::new(); shape.workers];
    for request in 0..shape.requests {
        let image = by_rank[popularity.sample(&mut rng)];
        sessions[request % shape.workers].push(Visit {
            image,
            hold: hold(shape.hold, &mut rng),
        });
    }
    sessions
}

/// The image that is asked for most, and how often.
pub fn favourite(sessions: &[Vec<Visit>]) -> Option<(usize, u64)> {
    let mut counts = BTreeMap::new();
    for visit in sessions.iter().flatten() {
        *counts.entry(visit.image).or_insert(0) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count)
}

/// Most viewers glance and a few linger: a geometric distribution, cut off at eight times its mean.
fn hold(mean: usize, rng: &mut SmallRng) -> usize {
    let leaves = 1.0 / to_f64(mean.max(1));
    let longest = mean.saturating_mul(8).max(1);
    (1..longest)
        .find(|_| rng.random_bool(leaves))
        .unwrap_or(longest)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ranks and mean times are far below 2^52"
)]
fn to_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        images: 20,
        requests: 10_001,
        workers: 4,
        skew: 1.1,
        hold: 5,
        seed: 7,
    };

    #[test]
    fn the_seed_decides() {
        assert_eq!(pattern(SHAPE), pattern(SHAPE));
        assert_ne!(pattern(SHAPE), pattern(Shape { seed: 8, ..SHAPE }));
    }

    #[test]
    fn every_request_has_a_worker() {
        let lengths: Vec<usize> = pattern(SHAPE).iter().map(Vec::len).collect();
        assert_eq!(lengths, [2501, 2500, 2500, 2500]);
    }

    #[test]
    fn few_images_get_most_requests() {
        let mut counts = [0; SHAPE.images];
        let mut holds = 0;
        for visit in pattern(SHAPE).iter().flatten() {
            counts[visit.image] += 1;
            holds += visit.hold;
        }
        let (image, most) = favourite(&pattern(SHAPE)).unwrap();
        assert_eq!(most, *counts.iter().max().unwrap());
        assert_eq!(most, counts[image]);
        counts.sort_unstable_by(|a, b| b.cmp(a));
        assert!(
            counts[0] > 2700 && counts[0] < 3700,
            "the first of Zipf's law: {}",
            counts[0]
        );
        assert!(
            counts[19] > 30,
            "the last is asked for, too: {}",
            counts[19]
        );
        let mean = to_f64(holds) / to_f64(SHAPE.requests);
        assert!((4.7..5.3).contains(&mean), "mean hold {mean}");
    }

    #[test]
    fn without_skew_all_are_alike() {
        let mut counts = [0; SHAPE.images];
        for visit in pattern(Shape {
            skew: 0.0,
            hold: 1,
            ..SHAPE
        })
        .iter()
        .flatten()
        {
            counts[visit.image] += 1;
            assert_eq!(visit.hold, 1);
        }
        assert!(
            counts.iter().all(|count| (400..600).contains(count)),
            "{counts:?}"
        );
    }
}
