//! Locks of the standard library, without their poisoning.

use std::sync::{LockResult, PoisonError};

/// The guard, whether or not another thread panicked while it held the lock. What this crate keeps
/// behind locks is changed in single steps, so it is as good after a panic as before.
pub(crate) fn unpoisoned<G>(result: LockResult<G>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}
