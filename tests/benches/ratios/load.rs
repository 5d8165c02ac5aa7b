//! Whether something else used the machine while it was measured, where the system tells.

use std::fs;

/// More load than this at the start, or a larger part of the processors' time, makes numbers doubtful.
const LOAD: f64 = 0.6;
const OTHERS: f64 = 0.05;
const STOLEN: f64 = 0.01;

/// Processor time so far, in the system's ticks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Ticks {
    all: f64,
    busy: f64,
    stolen: f64,
    /// Of this process and its children.
    own: f64,
}

/// A measurement of the machine under way.
#[derive(Debug)]
pub(crate) struct Watch {
    average: Option<f64>,
    start: Option<Ticks>,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        Self {
            average: fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|text| text.split(' ').next()?.parse().ok()),
            start: Ticks::now(),
        }
    }

    /// What made the numbers doubtful, if anything did.
    pub(crate) fn end(&self) -> Option<String> {
        let mut reasons = Vec::new();
        if let Some(average) = self.average.filter(|average| *average > LOAD) {
            reasons.push(format!("the load was {average:.2} at the start"));
        }
        if let (Some(start), Some(end)) = (self.start, Ticks::now()) {
            reasons.extend(start.until(end));
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

impl Ticks {
    fn now() -> Option<Self> {
        Self::parse(
            &fs::read_to_string("/proc/stat").ok()?,
            &fs::read_to_string("/proc/self/stat").ok()?,
        )
    }

    fn parse(machine: &str, process: &str) -> Option<Self> {
        let numbers = |words: &str| -> Vec<f64> {
            words
                .split_whitespace()
                .map_while(|word| word.parse().ok())
                .collect()
        };
        // User, nice, system, idle, waiting, interrupts of two kinds, stolen; what guests take is in the first two.
        let machine = numbers(machine.strip_prefix("cpu ")?.lines().next()?);
        let [user, nice, system, _, _, hard, soft, stolen] = *machine.first_chunk()?;
        // What follows the name, which may have spaces: the state and ten numbers, then this process's times.
        let process = numbers(process.rsplit_once(") ")?.1.get(2..)?);
        Some(Self {
            all: machine[..8].iter().sum(),
            busy: user + nice + system + hard + soft,
            stolen,
            own: process.get(10..14)?.iter().sum(),
        })
    }

    fn until(self, end: Self) -> Vec<String> {
        let mut reasons = Vec::new();
        let all = (end.all - self.all).max(1.0);
        let others = (end.busy - self.busy - (end.own - self.own)) / all;
        if others > OTHERS {
            reasons.push(format!(
                "other programs used {:.0} % of the processors",
                others * 100.0
            ));
        }
        let stolen = (end.stolen - self.stolen) / all;
        if stolen > STOLEN {
            reasons.push(format!(
                "the host took {:.0} % of their time",
                stolen * 100.0
            ));
        }
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "cpu  100 10 40 800 5 3 2 40 7 0\ncpu0 1 2 3\n";
    const PROCESS: &str = "42 (a ) b) S 1 42 42 0 -1 4194304 1 2 3 4 30 10 5 5 20 0 1 0 9";

    #[test]
    fn ticks_are_read() {
        let expected = Ticks {
            all: 1_000.0,
            busy: 155.0,
            stolen: 40.0,
            own: 50.0,
        };
        assert_eq!(Ticks::parse(MACHINE, PROCESS), Some(expected));
        assert_eq!(Ticks::parse("intr 1", PROCESS), None);
    }

    #[test]
    fn what_others_use_is_told() {
        let end = Ticks {
            all: 1_000.0,
            busy: 500.0,
            stolen: 30.0,
            own: 490.0,
        };
        let quiet = Ticks { stolen: 0.0, ..end };
        assert_eq!(Ticks::default().until(quiet), Vec::<String>::new());
        let own = Ticks { own: 100.0, ..end };
        assert_eq!(
            Ticks::default().until(own),
            [
                "other programs used 40 % of the processors",
                "the host took 3 % of their time"
            ]
        );
    }
}
