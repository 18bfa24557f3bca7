//! Secrets that stand in files: found, named without being shown, and blotted out of everything that is printed.
//!
//! [`scan`] looks at one text. What comes out of it is a [`Leak`], which holds no part of the secret but the beginning
//! that its format fixes, and a keyed fingerprint. The text itself goes on only masked. [`scrub`] is the last look at
//! whatever is written. `docs/secrets.md` has the whole story.

mod assign;
pub mod baseline;
mod cursor;
mod decode;
mod handed;
mod kinds;
mod leak;
mod mask;
mod mcp;
mod names;
mod place;
mod quiet;
mod scan;
mod shapes;
#[cfg(test)]
mod tests;
mod words;

pub use kinds::all as all_kinds;
pub use leak::{Confidence, Key, Leak, Length, Scan, SecretFingerprint, scan};
pub use mask::{scrub, take_out};
