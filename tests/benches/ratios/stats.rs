//! The one statistic.

/// The median; the mean of the two in the middle for an even number of samples.
///
/// # Panics
///
/// Panics if there is no sample, or one that is not a number.
pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    assert!(
        samples.iter().all(|sample| !sample.is_nan()),
        "a sample is not a number"
    );
    samples.sort_unstable_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match samples.len() {
        0 => panic!("a median of nothing"),
        odd if odd % 2 == 1 => samples[middle],
        _ => f64::midpoint(samples[middle - 1], samples[middle]),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these medians are exact")]
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
}
