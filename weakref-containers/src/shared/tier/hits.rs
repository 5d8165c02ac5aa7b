//! How often what is wanted is still there, by the rule by which the tier lets go and by others: the numbers in the docs
//! of the tier. `cargo test --release -p weakref-containers --features strong-tier hits -- --nocapture --ignored`
//! prints them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use weakref::{Object, Strong};

use super::StrongTier;
use crate::shared::WeakValueMap;

/// Something that keeps a bounded number of keys.
trait Rule {
    fn new(capacity: usize) -> Self;
    /// Uses a key, and says whether it was there.
    fn is_hit(&mut self, key: u64) -> bool;
}

/// The tier itself.
struct Ours(WeakValueMap<u64, Object<u64>, BuildHasherDefault<Spread>>);

struct LeastRecent {
    capacity: usize,
    uses: u64,
    last: HashMap<u64, u64>,
    order: BTreeMap<u64, u64>,
}

struct Clock {
    capacity: usize,
    ring: VecDeque<u64>,
    used: HashMap<u64, bool>,
}

struct Sieve {
    capacity: usize,
    /// By when it came.
    kept: BTreeMap<u64, (u64, bool)>,
    came: HashMap<u64, u64>,
    clock: u64,
    /// Where the hand is.
    hand: u64,
}

#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        let spread = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = (spread ^ (spread >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl Rule for Ours {
    fn new(capacity: usize) -> Self {
        let policy = StrongTier::entries(capacity);
        Self(WeakValueMap::with_strong_tier_and_hasher(
            policy,
            BuildHasherDefault::default(),
        ))
    }

    fn is_hit(&mut self, key: u64) -> bool {
        let is_hit = self.0.get(&key).is_some();
        if !is_hit {
            self.0.insert(key, &Strong::new(Object(key)));
        }
        is_hit
    }
}

impl Rule for LeastRecent {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            uses: 0,
            last: HashMap::new(),
            order: BTreeMap::new(),
        }
    }

    fn is_hit(&mut self, key: u64) -> bool {
        self.uses += 1;
        let before = self.last.insert(key, self.uses);
        if let Some(before) = before {
            self.order.remove(&before);
        } else if self.order.len() == self.capacity {
            let (_, key) = self.order.pop_first().unwrap();
            self.last.remove(&key);
        }
        self.order.insert(self.uses, key);
        before.is_some()
    }
}

impl Rule for Clock {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            ring: VecDeque::new(),
            used: HashMap::new(),
        }
    }

    fn is_hit(&mut self, key: u64) -> bool {
        if let Some(used) = self.used.get_mut(&key) {
            *used = true;
            return true;
        }
        while self.ring.len() == self.capacity {
            let oldest = self.ring.pop_front().unwrap();
            if std::mem::take(self.used.get_mut(&oldest).unwrap()) {
                self.ring.push_back(oldest);
            } else {
                self.used.remove(&oldest);
            }
        }
        self.used.insert(key, false);
        self.ring.push_back(key);
        false
    }
}

impl Rule for Sieve {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            kept: BTreeMap::new(),
            came: HashMap::new(),
            clock: 0,
            hand: 0,
        }
    }

    fn is_hit(&mut self, key: u64) -> bool {
        if let Some(came) = self.came.get(&key) {
            self.kept.get_mut(came).unwrap().1 = true;
            return true;
        }
        while self.kept.len() == self.capacity {
            let next = self.kept.range_mut(self.hand..).next();
            let Some((&came, (key, used))) = next else {
                self.hand = 0;
                continue;
            };
            self.hand = came + 1;
            if !std::mem::take(used) {
                self.came.remove(key);
                self.kept.remove(&came);
            }
        }
        self.clock += 1;
        self.came.insert(key, self.clock);
        self.kept.insert(self.clock, (key, false));
        false
    }
}

/// Several, each with its share.
struct Divided<R>(Vec<R>);

impl<R: Rule> Rule for Divided<R> {
    fn new(capacity: usize) -> Self {
        Self((0..8).map(|_| R::new(capacity / 8)).collect())
    }

    fn is_hit(&mut self, key: u64) -> bool {
        let mut hasher = Spread::default();
        hasher.write_u64(key);
        let part = usize::try_from(hasher.finish() >> 7).unwrap() % self.0.len();
        self.0[part].is_hit(key)
    }
}

/// Xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 16) % bound
    }
}

/// Numbers of which the n-th comes as often as `1 / n^exponent` says.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(numbers: u32, exponent: f64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=numbers).map(|number| {
            sum += f64::from(number).powf(-exponent);
            sum
        });
        Self(sums.collect())
    }

    fn next(&self, random: &mut Random) -> u64 {
        let share = f64::from(u32::try_from(random.next() >> 32).unwrap()) / f64::from(u32::MAX);
        let wanted = share * self.0.last().unwrap();
        self.0.partition_point(|sum| *sum < wanted) as u64
    }
}

const CAPACITY: usize = 1000;

/// The uses, and of how many keys the n-th is.
fn shapes(uses: u64) -> Vec<(&'static str, Vec<u64>)> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let often = [0.7, 1.0, 1.2].map(|exponent| Zipf::new(10_000, exponent));
    let mut shape = |next: &dyn Fn(u64, &mut Random) -> u64| -> Vec<u64> {
        (0..uses).map(|use_| next(use_, &mut random)).collect()
    };
    // Once only.
    let scanned = |use_: u64| use_ + (1 << 40);
    vec![
        ("Zipf 0.7", shape(&|_, random| often[0].next(random))),
        ("Zipf 1.0", shape(&|_, random| often[1].next(random))),
        ("Zipf 1.2", shape(&|_, random| often[2].next(random))),
        (
            "Zipf 1.0 that changes",
            shape(&|use_, random| often[1].next(random) + use_ / 40),
        ),
        (
            "Zipf 1.0 and scans",
            shape(&|use_, random| {
                let is_scan = use_ % 10_000 >= 7000;
                let once = is_scan.then(|| scanned(use_));
                once.unwrap_or_else(|| often[1].next(random))
            }),
        ),
        (
            "500 and a scan",
            shape(&|use_, random| {
                let is_scan = use_ / 2000 % 2 == 1 && use_ % 2 == 1;
                let once = is_scan.then(|| scanned(use_));
                once.unwrap_or_else(|| random.below(500))
            }),
        ),
        (
            "800 by turns",
            shape(&|use_, random| use_ / 5000 * 100_000 + random.below(800)),
        ),
        ("loop of 900", shape(&|use_, _| use_ % 900)),
        ("loop of 1,100", shape(&|use_, _| use_ % 1100)),
    ]
}

/// In percent.
fn hits<R: Rule>(uses: &[u64]) -> f64 {
    let mut rule = R::new(CAPACITY);
    let hits = uses.iter().filter(|key| rule.is_hit(**key)).count();
    let thousandths = hits * 100_000 / uses.len();
    f64::from(u32::try_from(thousandths).unwrap()) / 1000.0
}

/// The tier is a clock, and keeps up with what its docs compare it with.
#[test]
#[cfg_attr(miri, ignore = "takes long")]
fn as_many_as_the_least_recently_used_rule() {
    for (name, uses) in shapes(20_000) {
        let (ours, clock) = (hits::<Ours>(&uses), hits::<Clock>(&uses));
        // The number of shards is the machine's.
        assert!(
            (ours - clock).abs() < 4.0 || name.starts_with("loop"),
            "{name}: {ours}, {clock}"
        );
        let least_recent = hits::<LeastRecent>(&uses);
        assert!(
            ours > least_recent - 5.0 || name.starts_with("loop"),
            "{name}: {ours}, {least_recent}"
        );
    }
}

#[test]
#[ignore = "prints the table in the docs"]
fn table() {
    for (name, uses) in shapes(400_000) {
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | ours {:.1}",
            hits::<LeastRecent>(&uses),
            hits::<Clock>(&uses),
            hits::<Divided<Clock>>(&uses),
            hits::<Sieve>(&uses),
            hits::<Ours>(&uses),
        );
    }
}
