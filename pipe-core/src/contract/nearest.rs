//! The nearest name to a misspelled one.

use super::column::same_text;

/// Names longer than this are compared as equal or not.
const LONGEST: usize = 48;

/// How unlike two names are: edits needed, or `usize::MAX` if they are too far apart for one to be
/// a misspelling of the other.
pub(crate) const fn distance(a: &str, b: &str) -> usize {
    if same_text(a, b) {
        return 0;
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let longest = if a.len() > b.len() { a.len() } else { b.len() };
    let allowed = if longest < 8 { 1 } else { longest / 4 };
    if longest > LONGEST || a.len().abs_diff(b.len()) > allowed {
        return usize::MAX;
    }
    // Levenshtein with adjacent swaps (optimal string alignment), three rows.
    let mut before = [0usize; LONGEST + 1];
    let mut last = [0usize; LONGEST + 1];
    let mut row = [0usize; LONGEST + 1];
    let mut j = 0;
    while j <= b.len() {
        last[j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        row[0] = i;
        let mut j = 1;
        while j <= b.len() {
            let same = lower(a[i - 1]) == lower(b[j - 1]);
            let mut best = last[j - 1] + if same { 0 } else { 1 };
            best = min(best, last[j] + 1);
            best = min(best, row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = min(best, before[j - 2] + 1);
            }
            row[j] = best;
            j += 1;
        }
        before = last;
        last = row;
        i += 1;
    }
    if last[b.len()] <= allowed {
        last[b.len()]
    } else {
        usize::MAX
    }
}

const fn lower(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// Keeps the nearest of the names offered to it.
#[derive(Clone, Copy)]
pub(super) struct Nearest {
    wanted: &'static str,
    best: Option<&'static str>,
    distance: usize,
}

impl Nearest {
    pub(super) const fn to(wanted: &'static str) -> Self {
        Self {
            wanted,
            best: None,
            distance: usize::MAX,
        }
    }

    pub(super) const fn offer(&mut self, name: &'static str) {
        let distance = distance(self.wanted, name);
        if distance < self.distance {
            self.best = Some(name);
            self.distance = distance;
        }
    }

    pub(super) const fn found(&self) -> Option<&'static str> {
        self.best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        assert_eq!(distance("dep_delya", "dep_delay"), 1);
        assert_eq!(distance("Carrier", "carrier"), 0);
        assert_eq!(distance("price", "distance"), usize::MAX);
        let mut nearest = Nearest::to("dep_dely");
        nearest.offer("carrier");
        nearest.offer("arr_delay");
        nearest.offer("dep_delay");
        assert_eq!(nearest.found(), Some("dep_delay"));
    }
}
