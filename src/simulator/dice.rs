//! Chance without state: every roll is a hash of the seed and of what it is rolled for, so the
//! same question always gets the same answer, in whatever order questions are asked.

/// A position in the tree of questions; narrow it with [`Dice::on`] and [`Dice::at`], then roll.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// Narrows to a named subject.
    pub(super) fn on(self, subject: &str) -> Self {
        Self(mix(self.0 ^ fingerprint(subject)))
    }

    /// Narrows to a numbered subject: a day, an id, the n-th lead of a day.
    pub(super) fn at(self, number: i64) -> Self {
        Self(mix(self.0.rotate_left(17) ^ u64::from_le_bytes(number.to_le_bytes())))
    }

    /// A number from 0 up to, but not including, `end`.
    pub(super) fn below(self, end: u64) -> u64 {
        self.0 % end.max(1)
    }

    /// A number from `low` to `high`, both possible.
    pub(super) fn between(self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `chance` of a million cases.
    pub(super) fn per_million(self, chance: u64) -> bool {
        self.below(1_000_000) < chance
    }

    /// The position itself, for use as an id.
    pub(super) fn bits(self) -> u64 {
        self.0
    }
}

/// FNV-1a, spread by [`mix`]: turns a name into a number.
pub(super) fn fingerprint(text: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    mix(text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

/// The output function of splitmix64.
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
