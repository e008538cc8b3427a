//! Values that nobody is to see.

use std::fmt::{self, Debug, Display, Formatter};

const HIDDEN: &str = "***";

/// A parameter that is never written, printed or logged: a password, a token.
///
/// It enters keys as a digest that is keyed with random bytes of the store: another secret reruns
/// the step, and a record says nothing of it. On the command line, `--token env:NAME` takes it from
/// an environment variable and `--token file:PATH` from a file.
///
/// ```
/// use pipe_core::prelude::*;
///
/// let token = Secret::from("a1b2c3".to_owned());
/// assert_eq!(format!("{token} {token:?}"), "*** ***");
/// assert_eq!(token.expose(), "a1b2c3");
/// ```
///
/// It guards against showing the value by accident, not against memory being read: it is copied like
/// any other value and not wiped. What a step does with the exposed value is its own business: in an
/// expression, an error message or a column it is seen.
#[derive(Clone)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Debug for Secret<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<T> Display for Secret<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// What the digests of secrets are keyed with, so that a record alone does not let anybody try out
/// values. Every store has its own.
#[derive(Clone, PartialEq)]
pub(crate) struct SecretKey([u8; Self::LENGTH]);

impl SecretKey {
    const LENGTH: usize = blake3::KEY_LEN;

    pub(crate) fn random() -> std::io::Result<Self> {
        let mut bytes = [0; Self::LENGTH];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// `None` where these are no bytes of a key.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digest of the value of the parameter of that name.
    pub(crate) fn digest(&self, name: &str, value: &str) -> String {
        let mut digest = crate::digest::Digest::keyed(&self.0);
        digest.part(name).part(value).finish()
    }
}

impl Debug for SecretKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}
