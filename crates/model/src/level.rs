//! The part of a payoff that no scheme and no action can change.

use twofloat::TwoFloat;

/// The part of a party's payoff that no scheme and no action can change, in twice the precision of
/// a number. It may be so large that what is at stake would be lost in the last digits of one
/// number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level(TwoFloat);

impl Level {
    /// Adds a product.
    pub fn add(&mut self, factor: f64, number: f64) {
        self.0 += TwoFloat::new_mul(factor, number);
    }

    /// The value that lies `part` above the level. `part` may be infinite.
    #[must_use]
    pub fn plus(self, part: f64) -> f64 {
        if part.is_finite() { (self.0 + part).hi() } else { part }
    }

    /// How far a value lies above the level. The value may be infinite.
    #[must_use]
    pub fn below(self, value: f64) -> f64 {
        if value.is_finite() { (value - self.0).hi() } else { value }
    }

    /// The largest value that is at most `part` above the level, and how far it lies above the
    /// level.
    #[must_use]
    pub fn down(self, part: f64) -> (f64, f64) {
        let mut value = self.plus(part);
        while self.below(value) > part {
            value = value.next_down();
        }
        (value, self.below(value))
    }

    /// The sum of this level and a multiple of another.
    #[must_use]
    pub fn plus_times(self, factor: f64, other: Self) -> Self {
        Self(self.0 + other.0 * factor)
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
        let mut high = Level::default();
        high.add(1.0, 0.25);
        high.add(1.0, 1e16);
        let high = Level::default().plus_times(1.0, high);
        assert_eq!((high.below(1e16), high.plus(1.0)), (-0.25, 1e16 + 2.0));
    }
    #[test]
    fn values_are_rounded_down() {
        let mut level = Level::default();
        level.add(1.0, 3e-8);
        level.add(1.0, 1e9);
        let (value, above) = level.down(0.3);
        assert!(above <= 0.3 && level.below(value.next_up()) > 0.3);
        assert_eq!(Level::default().down(0.3), (0.3, 0.3));
    }
}
