//! Instance files: JSON, with large arrays beside it as `NumPy` files.
//!
//! Everything is validated here, so that the rest of the program need not: an [`Instance`](crate::Instance) that was read has matching shapes,
//! finite utilities and priors that are distributions. A prior may miss 1 by up to `1e-6` (files in single precision do); one
//! that misses it by more than rounding (`1e-12`) is divided by its sum.
//!
//! No object may hold a key twice: what such a document means, readers disagree about.
//!
//! An instance may also be a line of a file of JSON lines: `games.jsonl:17` is the one in its line 17.

mod check;
mod error;
mod form;
mod instance;
mod keys;
mod npy;
mod outline;
mod profile;
mod stackelberg;
mod write;

pub use error::ReadError;
pub use keys::RepeatedKey;
pub use outline::Outline;
pub use profile::ConversationProfile;
pub use write::{Numbers, WriteError};
