//! Choices that look free and are the same on every machine and in every version: drawn from what they are for, never
//! from a generator. Not for secrets.

/// A number that depends on nothing but `seed`.
pub(super) fn draw(seed: &[u64]) -> u64 {
    seed.iter().fold(0x75_73_68_65_72, |state, part| mix(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// A number below `limit`, which must not be 0.
pub(super) fn below(limit: u32, seed: &[u64]) -> u32 {
    // A remainder of a u32 is one.
    u32::try_from(draw(seed) % u64::from(limit)).unwrap_or_default()
}

/// A seed for `text`.
pub(super) fn of(text: &str) -> u64 {
    text.bytes().fold(0, |state, byte| mix(state ^ u64::from(byte)))
}

/// Puts `items` into an order that depends on nothing but `seed`.
pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    for last in (1..items.len()).rev() {
        let limit = u32::try_from(last + 1).unwrap_or(u32::MAX);
        items.swap(last, below(limit, &[seed, last as u64]) as usize);
    }
}

/// The finaliser of `SplitMix64`.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_always_draws_the_same() {
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
        assert_ne!(of("Screen 1"), of("Screen 2"));
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut items: Vec<u32> = (0..100).collect();
        shuffle(&mut items, 7);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
