//! Instance files: JSON, with large arrays as `NumPy` files beside it.
//!
//! Everything is validated here, so the rest of the program need not check it again. Once an
//! [`Instance`](crate::Instance) is read, its shapes match, its utilities are finite, and its
//! priors are distributions. A prior may miss 1 by up to `1e-6`, as files in single precision do.
//! If it misses 1 by more than rounding (`1e-12`), it is divided by its sum.
//!
//! No object may hold a key twice, because readers disagree about what such a document means.
//!
//! An instance may also be one line of a file of JSON lines: `games.jsonl:17` is the instance in
//! line 17.

mod check;
mod error;
mod form;
mod format;
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
