//! What a party gets whatever is said and done.

/// What a party gets whatever is said and done, as an unevaluated sum of two numbers: it may be so large that what is at stake is lost in
/// the last digits of one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    high: f64,
    low: f64,
}

impl Level {
    /// Adds a product, to twice the precision of a number.
    pub fn add(&mut self, factor: f64, number: f64) {
        let product = factor * number;
        let lost = factor.mul_add(number, -product);
        let sum = self.high + product;
        // What the sum loses (Knuth, The Art of Computer Programming, volume 2, section 4.2.2).
        let part = sum - self.high;
        let rest = (self.high - (sum - part)) + (product - part);
        let low = self.low + (rest + lost);
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }

    /// The value of which `part` is above the level.
    #[must_use]
    pub fn plus(self, part: f64) -> f64 {
        self.with(1.0, part).high
    }

    /// How far a value is above the level.
    #[must_use]
    pub fn below(self, value: f64) -> f64 {
        (value - self.high) - self.low
    }

    /// The level with a product added.
    fn with(mut self, factor: f64, number: f64) -> Self {
        self.add(factor, number);
        self
    }

    /// The sum with a multiple of another level.
    #[must_use]
    pub fn plus_times(self, factor: f64, other: Self) -> Self {
        self.with(factor, other.high).with(factor, other.low)
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn what_is_far_below_a_level_is_kept() {
        let mut level = Level::default();
        for factor in [0.125, 0.125, 0.25, 0.5] {
            level.add(factor, 1e12 + 0.25);
        }
        level.add(1e-20, 0.5);
        level.add(-1.0, 1e12);
        assert_eq!(level.below(0.25), -5e-21);
        assert_eq!(level.plus(0.5), 0.75);
        let high = Level::default().plus_times(1.0, Level { high: 1e16, low: 0.25 });
        assert_eq!((high.below(1e16), high.plus(1.0)), (-0.25, 1e16 + 2.0));
    }
}
