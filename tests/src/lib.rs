//! End-to-end tests of the command `suasion`: see `tests/`.
