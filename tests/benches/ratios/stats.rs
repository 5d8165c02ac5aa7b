//! The few statistics.

/// What samples of one thing say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) median: f64,
    /// The tenth percentile: what the thing takes when nothing else is going on.
    pub(crate) low: f64,
}

impl Sample {
    /// # Panics
    ///
    /// Panics if there is no sample, or one that is not a number.
    pub(crate) fn of(samples: Vec<f64>) -> Self {
        Self {
            low: tenth(samples.clone()),
            median: median(samples),
        }
    }

    /// Of what comes out the same every time.
    pub(crate) fn exact(value: f64) -> Self {
        Self {
            median: value,
            low: value,
        }
    }
}

/// The median; the mean of the two in the middle for an even number of samples.
///
/// # Panics
///
/// Panics if there is no sample, or one that is not a number.
pub(crate) fn median(samples: Vec<f64>) -> f64 {
    let samples = sorted(samples);
    let middle = samples.len() / 2;
    match samples.len() {
        0 => panic!("a median of nothing"),
        odd if odd % 2 == 1 => samples[middle],
        _ => f64::midpoint(samples[middle - 1], samples[middle]),
    }
}

/// The sample that a tenth of them are below.
///
/// # Panics
///
/// Panics if there is no sample, or one that is not a number.
fn tenth(samples: Vec<f64>) -> f64 {
    let samples = sorted(samples);
    assert!(!samples.is_empty(), "a percentile of nothing");
    samples[samples.len() / 10]
}

/// The mean of ratios; 1 of none.
pub(crate) fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> f64 {
    let (mut logarithms, mut count) = (0.0, 0.0);
    for ratio in ratios {
        // Where a side takes nothing at all, its logarithm would outweigh everything.
        logarithms += ratio.max(1e-3).ln();
        count += 1.0;
    }
    if count == 0.0 {
        return 1.0;
    }
    f64::exp(logarithms / count)
}

fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
    assert!(
        samples.iter().all(|sample| !sample.is_nan()),
        "a sample is not a number"
    );
    samples.sort_unstable_by(f64::total_cmp);
    samples
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these are exact")]
mod tests {
    use super::*;

    #[test]
    fn of_an_odd_number_is_the_middle_one() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(vec![7.0]), 7.0);
    }

    #[test]
    fn of_an_even_number_is_between_the_middle_two() {
        assert_eq!(median(vec![9.0, 1.0, 5.0, 2.0]), 3.5);
    }

    #[test]
    fn is_not_moved_by_an_outlier() {
        assert_eq!(median(vec![1.0, 2.0, 3.0, 4.0, f64::INFINITY]), 3.0);
    }

    #[test]
    #[should_panic(expected = "a median of nothing")]
    fn of_nothing_panics() {
        median(Vec::new());
    }

    #[test]
    fn a_tenth_is_below_the_low() {
        let samples: Vec<_> = (0..20).rev().map(f64::from).collect();
        assert_eq!(Sample::of(samples).low, 2.0);
        assert_eq!(Sample::of(vec![4.0, 3.0]).low, 3.0);
    }

    #[test]
    fn twice_and_half_are_one_on_average() {
        assert!((geometric_mean([2.0, 0.5]) - 1.0).abs() < 1e-12);
        assert!((geometric_mean([4.0, 9.0]) - 6.0).abs() < 1e-12);
        assert_eq!(geometric_mean([]), 1.0);
        assert!(geometric_mean([0.0, 1.0]) > 0.0);
    }
}
