//! A place in a text that is read byte by byte, never beyond its end.

/// What is left of a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
}

impl Cursor<'_> {
    /// The next byte; 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// Goes past bytes of a kind, as many as may be, and says how many they were.
    pub(super) fn skip(&mut self, test: impl Fn(u8) -> bool, most: usize) -> usize {
        let count = self.bytes.iter().skip(self.at).take(most).take_while(|byte| test(**byte)).count();
        self.at += count;
        count
    }
}
