//! Ten thousand times, files of a store are damaged at random; the next plan and run must give the right
//! rows or say what is wrong. Never a wrong row, never a wrong report, never a panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod damage;
mod store;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use damage::{Damage, Random};
use store::{Answer, Workplace};

const CASES: usize = 10_000;
/// Each with a store of its own.
const THREADS: usize = 2;

/// How many cases came out how.
#[derive(Debug, Default)]
struct Counts {
    tried: usize,
    by_damage: BTreeMap<&'static str, usize>,
    /// Nothing that the run needs was damaged.
    unharmed: usize,
    /// Damage was reported, and what it hit was made again.
    rerun: usize,
    /// Damage was reported; what it hit was not needed.
    reported: usize,
    errors: BTreeMap<String, usize>,
    wrong: Vec<String>,
    panics: Vec<String>,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.tried += other.tried;
        self.unharmed += other.unharmed;
        self.rerun += other.rerun;
        self.reported += other.reported;
        for (damage, count) in other.by_damage {
            *self.by_damage.entry(damage).or_default() += count;
        }
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
        self.wrong.extend(other.wrong);
        self.panics.extend(other.panics);
    }

    fn case(&mut self, workplace: &mut Workplace, random: &mut Random) {
        self.tried += 1;
        // Two in every fourth case.
        let damages: Vec<Damage> = (0..=usize::from(random.below(4) == 0))
            .map(|_| Damage::random(random, &workplace.files()))
            .collect();
        let mut told = Vec::new();
        for damage in &damages {
            *self.by_damage.entry(damage.kind()).or_default() += 1;
            told.push(damage.to_string());
            damage.inflict(workplace.folder());
        }
        let told = told.join(", ");
        let harmed = workplace.is_harmed();
        match catch_unwind(AssertUnwindSafe(|| {
            workplace.plan_and_run(self.tried.is_multiple_of(10))
        })) {
            Err(_) => self.panics.push(told),
            Ok(Err(error)) if error.names_a_file => {
                *self.errors.entry(error.kind).or_default() += 1;
            }
            Ok(Err(error)) => self.wrong.push(format!("{told}: {}", error.kind)),
            Ok(Ok(Answer::Wrong(what))) => self.wrong.push(format!("{told}: {what}")),
            Ok(Ok(Answer::Right { ran, corrupt })) => match (ran, corrupt) {
                (0, 0) if harmed => self.wrong.push(format!("{told}: went unnoticed")),
                (0, 0) => self.unharmed += 1,
                (0, _) => self.reported += 1,
                _ => self.rerun += 1,
            },
        }
        workplace.restore();
    }
}

#[test]
fn damage_is_a_miss_or_an_error_and_never_a_wrong_row() {
    let mut all = Counts::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let mut workplace = Workplace::new();
                    let mut random = Random::new(thread as u64);
                    let mut counts = Counts::default();
                    for _ in 0..CASES / THREADS {
                        counts.case(&mut workplace, &mut random);
                    }
                    counts
                })
            })
            .collect();
        for thread in threads {
            all.add(thread.join().unwrap());
        }
    });
    println!("{all:#?}");
    assert_eq!(all.tried, CASES);
    assert!(all.wrong.is_empty(), "{:#?}", all.wrong);
    assert!(all.panics.is_empty(), "{:#?}", all.panics);
    // Most hits must be such that something has to be noticed, or this shows nothing.
    assert!(all.rerun > CASES / 2, "{all:?}");
}
