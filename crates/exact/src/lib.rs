//! Exact sums of products of binary64 numbers, filtered comparisons of them, and intervals.
//!
//! A binary64 number is a dyadic rational. [`Sum`] adds up products of up to four of them without
//! any rounding. [`Judge`] and [`Contests`] find the largest of many sums: floating point with
//! rigorous error bounds leaves few candidates, and exact arithmetic decides among those.
//! [`Interval`] and [`exponential`] enclose what is not rational.
//!
//! ```
//! use std::cmp::Ordering;
//! use suasion_exact::{Interval, Sum, exponential};
//!
//! let mut sum = Sum::new();
//! sum.add([1e300, 1e300]);
//! sum.add([1.0]);
//! sum.subtract([1e300, 1e300]);
//! assert_eq!(sum.sign(), Ordering::Greater);
//! assert_eq!(sum.round(), 1.0);
//!
//! let e = exponential(Interval::point(1.0));
//! assert!(e.low < std::f64::consts::E && std::f64::consts::E < e.high);
//! ```

mod contest;
mod interval;
mod sum;

pub use contest::{Contests, Judge, SMALLEST_MAGNITUDE, compare, rounding_error};
pub use interval::{Interval, exponential};
pub use sum::Sum;
