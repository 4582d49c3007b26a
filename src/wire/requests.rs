//! Counts what the driver asks: how many times the server has yet to report that it is ready.

/// Parses the bytes that the driver sends.
#[derive(Debug, Default)]
pub struct Requests {
    /// Whether the first message has passed, which has no type.
    started: bool,
    head: Vec<u8>,
    /// Bytes of a message still to come.
    left: usize,
}

impl Requests {
    /// How many of the messages that begin in these bytes are answered with a `ReadyForQuery`.
    pub fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut count = 0;
        while !bytes.is_empty() {
            let passed = self.left.min(bytes.len());
            self.left -= passed;
            bytes = &bytes[passed..];
            let wanted = if self.started { 5 } else { 4 };
            let more = bytes.len().min(wanted - self.head.len());
            self.head.extend_from_slice(&bytes[..more]);
            bytes = &bytes[more..];
            let Some((kind, length)) = self.head.split_last_chunk().filter(|_| self.head.len() == wanted) else { continue };
            self.left = (u32::from_be_bytes(*length) as usize).saturating_sub(4);
            // A login, a statement, a Sync.
            count += usize::from(matches!(kind, [] | [b'Q' | b'S']));
            self.started = true;
            self.head.clear();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_logins_statements_and_syncs() {
        let sent = b"\0\0\0\x0a\0\x03\0\0Q\0p\0\0\0\x08SSSSQ\0\0\0\x07QS\0S\0\0\0\x04X\0\0\0\x04";
        for pieces in 1..=sent.len() {
            let mut requests = Requests::default();
            assert_eq!(sent.chunks(pieces).map(|piece| requests.count(piece)).sum::<usize>(), 3, "in pieces of {pieces}");
        }
    }
}
