//! Random numbers: NumPy's legacy stream, for data that must equal a notebook's, and a fast generator for training.
//!
//! Both give the same bits on every machine, in WebAssembly too: they use integer arithmetic, IEEE operations that are
//! rounded correctly everywhere, and a logarithm made of those.
//!
//! ```
//! use tensor::random::{NumpyRandom, Streams};
//!
//! let mut numpy = NumpyRandom::new(1); // numpy.random.RandomState(1)
//! assert_eq!(numpy.random_sample(), 0.417022004702574);
//!
//! let mut minibatch = [0; 40];
//! Streams::new(0, 3).indices(200, &mut minibatch); // seed 0, stream 3: forty indices below 200
//! assert!(minibatch.iter().all(|&i| i < 200));
//! ```

use crate::logarithm::ln;

/// 2⁻⁵³, the distance between the doubles that a uniform draw can give.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// How many words the Mersenne Twister keeps.
const WORDS: usize = 624;
/// How far ahead the word lies that is mixed into the recurrence.
const AHEAD: usize = 397;

/// NumPy's legacy generator, `numpy.random.RandomState(seed)`, draw for draw.
///
/// The words come from MT19937 (M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed
/// uniform pseudo-random number generator", ACM TOMACS 8(1), 1998), seeded by the recurrence of the authors' 2002
/// revision. NumPy guarantees that this stream never changes (NEP 19).
#[derive(Clone, Debug)]
pub struct NumpyRandom {
    state: [u32; WORDS],
    /// The next word to hand out; at the end of the state, all words are renewed first.
    next: usize,
    /// The second value of the last pair of normal deviates.
    kept_normal: Option<f64>,
}

impl NumpyRandom {
    /// The generator that `RandomState(seed)` makes from an integer seed.
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for i in 1..WORDS {
            let last = state[i - 1];
            state[i] = 1812433253_u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
        }
        Self { state, next: WORDS, kept_normal: None }
    }

    /// All that decides what comes next, for [`from_state`](Self::from_state).
    pub fn state(&self) -> Vec<u32> {
        let kept = self.kept_normal.map(f64::to_bits);
        let kept = kept.into_iter().flat_map(|bits| [bits as u32, (bits >> 32) as u32]);
        self.state.into_iter().chain([self.next as u32]).chain(kept).collect()
    }

    /// The generator with that [`state`](Self::state); None if it is none.
    pub fn from_state(words: &[u32]) -> Option<Self> {
        let (state, rest) = words.split_first_chunk::<WORDS>()?;
        let (&next, kept) = rest.split_first()?;
        let kept_normal = match *kept {
            [] => None,
            [low, high] => Some(f64::from_bits(u64::from(low) | u64::from(high) << 32)),
            _ => return None,
        };
        (next as usize <= WORDS).then_some(Self { state: *state, next: next as usize, kept_normal })
    }

    /// The next word of the Mersenne Twister, uniform on all of `u32`.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == WORDS {
            self.renew();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// Runs the recurrence once over the whole state.
    fn renew(&mut self) {
        for i in 0..WORDS {
            let joined = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % WORDS] & 0x7fff_ffff);
            let twisted = (joined >> 1) ^ if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + AHEAD) % WORDS] ^ twisted;
        }
        self.next = 0;
    }

    /// A double in `[0, 1)`, as `random_sample()` and `rand()`: 53 bits, `(a·2²⁶ + b) / 2⁵³` from the upper 27 bits `a`
    /// of one word and the upper 26 bits `b` of the next.
    pub fn random_sample(&mut self) -> f64 {
        let a = u64::from(self.next_u32() >> 5);
        let b = u64::from(self.next_u32() >> 6);
        ((a << 26) + b) as f64 * UNIT
    }

    /// A double in `[low, high)`, as `uniform(low, high)`: `low + (high − low)·u`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random_sample()
    }

    /// A standard normal deviate, as `randn()`: Marsaglia's polar method (G. Marsaglia and T. A. Bray, "A convenient
    /// method for generating normal variables", SIAM Review 6(3), 1964). Each pair of uniform draws that falls into the
    /// unit disc gives two deviates; the second is kept for the next call.
    ///
    /// The logarithm is rounded correctly. NumPy takes that of its platform, so that where this one is off in the last
    /// place (on Linux for one argument in a thousand) the deviate may be so too.
    pub fn randn(&mut self) -> f64 {
        if let Some(kept) = self.kept_normal.take() {
            return kept;
        }
        loop {
            let x = 2.0 * self.random_sample() - 1.0;
            let y = 2.0 * self.random_sample() - 1.0;
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let stretch = (-2.0 * ln(square) / square).sqrt();
                self.kept_normal = Some(stretch * x);
                return stretch * y;
            }
        }
    }

    /// Fills `out` with integers below `n`, drawn with replacement, as `choice(n, out.len())` and
    /// `randint(0, n, out.len())`: words are masked to the bits that `n − 1` has, and rejected while they are too large.
    /// For `n = 1` nothing is drawn.
    ///
    /// # Panics
    /// If `n` is 0: there is nothing to choose from.
    pub fn choice(&mut self, n: u32, out: &mut [u32]) {
        assert!(n > 0, "choice from nothing: n must be at least 1");
        let largest = n - 1;
        let mask = u32::MAX.checked_shr(largest.leading_zeros()).unwrap_or(0);
        for slot in out {
            *slot = loop {
                let candidate = if mask == 0 { 0 } else { self.next_u32() & mask };
                if candidate <= largest {
                    break candidate;
                }
            };
        }
    }
}

/// How many generators of [`Streams`] run side by side.
const LANES: usize = 16;
/// How many words are made at a time: whole blocks, whole minibatches of 40, and few enough that the generators of
/// sixteen networks leave room in the first-level cache.
const AHEAD_WORDS: usize = 80;

/// The fast generator of training: sixteen xoshiro128++ generators side by side, which compile to vector instructions.
///
/// - Each lane is xoshiro128++ (D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
///   47(4), 2021), a descendant of G. Marsaglia's xorshift ("Xorshift RNGs", J. Stat. Software 8(14), 2003) with period
///   2¹²⁸ − 1 whose output passes the statistical tests that plain xorshift fails.
/// - Seeds are spread by SplitMix64 (G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators",
///   OOPSLA 2014), so that neighbouring seeds, streams and lanes start at unrelated places.
///
/// The output is *one* sequence of words, lane after lane; how calls cut it into pieces does not matter. Forty indices
/// and again forty are the same as eighty at once.
#[derive(Clone, Debug)]
pub struct Streams {
    state: [[u32; LANES]; 4],
    /// The last words that were made, of which those from `used` on are still to be handed out.
    words: [u32; AHEAD_WORDS],
    used: usize,
}

impl Streams {
    /// The stream with number `stream` of the family `seed`: a run of a study, say, of the study's seed.
    ///
    /// For one seed, different streams have different starting points, and for one stream different seeds have; that two
    /// sequences overlap has a probability below 2⁻⁵⁰ for a million draws of each.
    pub fn new(seed: u64, stream: u64) -> Self {
        let family = SplitMix64(seed).next();
        let mut split = SplitMix64(SplitMix64(family.wrapping_add(stream)).next());
        // Two successive outputs of SplitMix64 differ, so no lane starts in the one forbidden state, all zeros.
        let lanes = [(); LANES].map(|()| [split.next(), split.next()]);
        let state = [
            lanes.map(|[low, _]| low as u32),
            lanes.map(|[low, _]| (low >> 32) as u32),
            lanes.map(|[_, high]| high as u32),
            lanes.map(|[_, high]| (high >> 32) as u32),
        ];
        Self { state, words: [0; AHEAD_WORDS], used: AHEAD_WORDS }
    }

    /// All that decides what comes next, for [`from_state`](Self::from_state): the generators, and the words that are still
    /// to be handed out.
    pub fn state(&self) -> Vec<u32> {
        [self.state.as_flattened(), &self.words[self.used..]].concat()
    }

    /// The stream with that [`state`](Self::state); None if it is none.
    pub fn from_state(words: &[u32]) -> Option<Self> {
        let (state, left) = words.split_first_chunk::<{ 4 * LANES }>()?;
        let used = AHEAD_WORDS.checked_sub(left.len())?;
        let mut streams = Self { state: [[0; LANES]; 4], words: [0; AHEAD_WORDS], used };
        streams.state.as_flattened_mut().copy_from_slice(state);
        streams.words[used..].copy_from_slice(left);
        Some(streams)
    }

    /// One step of all lanes.
    #[inline(always)]
    fn step([a, b, c, d]: &mut [[u32; LANES]; 4]) -> [u32; LANES] {
        let mut words = [0; LANES];
        for i in 0..LANES {
            words[i] = a[i].wrapping_add(d[i]).rotate_left(7).wrapping_add(a[i]);
            let shifted = b[i] << 9;
            c[i] ^= a[i];
            d[i] ^= b[i];
            b[i] ^= c[i];
            a[i] ^= d[i];
            c[i] ^= shifted;
            d[i] = d[i].rotate_left(11);
        }
        words
    }

    /// Makes the next words.
    fn refill(&mut self) {
        // Copied, so that it stays in registers.
        let mut state = self.state;
        for words in self.words.as_chunks_mut::<LANES>().0 {
            *words = Self::step(&mut state);
        }
        self.state = state;
        self.used = 0;
    }

    /// The next word, uniform on all of `u32`.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.used == AHEAD_WORDS {
            self.refill();
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Fills `out` with integers below `n`, drawn with replacement: the high word of `n·word`, one word an index
    /// (D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019).
    ///
    /// Lemire's rejection step is left out, so that every index costs the same. The probability of an index is off
    /// 1/n by less than 2⁻³², a relative error below n·2⁻³²: one in twenty million for 200 samples.
    ///
    /// # Panics
    /// If `n` is 0: there is nothing to choose from.
    #[inline]
    pub fn indices(&mut self, n: u32, out: &mut [u32]) {
        assert!(n > 0, "indices into nothing: n must be at least 1");
        let mut out = out;
        while !out.is_empty() {
            if self.used == AHEAD_WORDS {
                self.refill();
            }
            let count = out.len().min(AHEAD_WORDS - self.used);
            let (now, later) = out.split_at_mut(count);
            for (index, &word) in now.iter_mut().zip(&self.words[self.used..]) {
                *index = ((u64::from(word) * u64::from(n)) >> 32) as u32;
            }
            self.used += count;
            out = later;
        }
    }

    /// A double in `[0, 1)` with 53 bits, made from two words as [`NumpyRandom::random_sample`] does.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        let a = u64::from(self.next_u32() >> 5);
        let b = u64::from(self.next_u32() >> 6);
        ((a << 26) + b) as f64 * UNIT
    }
}

/// Steele, Lea and Flood's generator with its standard increment, the golden ratio times 2⁶⁴.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::{LANES, SplitMix64, Streams};

    /// The first outputs for seed 1234567, as in the reference implementation's published test vector.
    #[test]
    fn splitmix64_gives_its_published_sequence() {
        let mut split = SplitMix64(1234567);
        let words: Vec<u64> = (0..3).map(|_| split.next()).collect();
        assert_eq!(words, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    /// The first outputs from the state 1, 2, 3, 4, as computed with the authors' C program.
    #[test]
    fn every_lane_is_xoshiro128_plus_plus() {
        let mut state = [[1; LANES], [2; LANES], [3; LANES], [4; LANES]];
        for word in [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295] {
            assert_eq!(Streams::step(&mut state), [word; LANES]);
        }
    }
}
