//! A stretch of the page that is compressed by itself, so that a page is put together without compressing anything again.
//!
//! A deflate stream may be cut at byte boundaries into blocks that do not refer to each other. Each chunk is such a block; a gzip page is
//! a header, the chunks' blocks, an empty last block, and the CRC that [`crc32fast`] combines from those of the chunks.

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// Below this many bytes the few that a cut costs outweigh the gain, and the page compresses such pieces together.
pub const WORTH_COMPRESSING: usize = 1024;

/// Text, and the same text compressed.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The text.
    pub plain: Bytes,
    /// The text as deflate blocks that end at a byte boundary; none when it is too short to be worth it.
    pub deflated: Option<Bytes>,
    /// The CRC-32 of the text.
    pub crc: Hasher,
}

/// Makes chunks; keeps the compressor's tables between them.
#[derive(Debug)]
pub struct Compressor(Compress);

impl Default for Compressor {
    fn default() -> Self {
        // Level 1: higher ones cost several times the processor time for a few per cent of such repetitive text.
        Self(Compress::new(Compression::fast(), false))
    }
}

impl Compressor {
    /// Compresses `text` unless it is too short.
    pub fn chunk(&mut self, text: String) -> Chunk {
        let deflated = (text.len() >= WORTH_COMPRESSING).then(|| self.deflate(text.as_bytes()));
        let mut crc = Hasher::new();
        crc.update(text.as_bytes());
        Chunk { plain: Bytes::from(text.into_boxed_str().into_boxed_bytes()), deflated, crc }
    }

    /// `text` as deflate blocks that refer to nothing before them and end at a byte boundary.
    pub fn deflate(&mut self, text: &[u8]) -> Bytes {
        self.0.reset();
        let mut out = Vec::with_capacity(text.len() / 6 + 64);
        loop {
            let read = usize::try_from(self.0.total_in()).unwrap_or(text.len()).min(text.len());
            let room = out.capacity() - out.len();
            // The compressor cannot fail on a valid state; should it, the page is built without this piece being compressed.
            if self.0.compress_vec(&text[read..], &mut out, FlushCompress::Sync).is_err() {
                return stored(text);
            }
            let all_read = self.0.total_in() == text.len() as u64;
            // Room left over means that the flush is complete.
            if all_read && room > 0 && out.len() < out.capacity() {
                break;
            }
            out.reserve(text.len() / 8 + 1024);
        }
        Bytes::from(out.into_boxed_slice())
    }
}

/// Deflate's uncompressed blocks: `text` as it is, in pieces of at most 65,535 bytes.
fn stored(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len() + text.len() / 1000 + 16);
    for piece in text.chunks(usize::from(u16::MAX)) {
        let length = u16::try_from(piece.len()).unwrap_or(u16::MAX);
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(piece);
    }
    Bytes::from(out)
}

/// What stands before the blocks: the magic number, deflate, no flags, no time, fastest, unknown system (RFC 1952).
pub const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

/// What stands behind the blocks: an empty last block, the CRC and the length.
#[must_use]
pub fn gzip_trailer(crc: Hasher, length: usize) -> Bytes {
    let mut out = vec![0x03, 0x00];
    out.extend_from_slice(&crc.finalize().to_le_bytes());
    // The format keeps the length modulo 2^32.
    #[expect(clippy::cast_possible_truncation, reason = "RFC 1952: ISIZE is the length modulo 2^32")]
    out.extend_from_slice(&(length as u32).to_le_bytes());
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn gzip(texts: &[String]) -> Vec<u8> {
        let mut compressor = Compressor::default();
        let mut out = GZIP_HEADER.to_vec();
        let mut crc = Hasher::new();
        let mut length = 0;
        for text in texts {
            let chunk = compressor.chunk(text.clone());
            out.extend_from_slice(&chunk.deflated.unwrap_or_else(|| compressor.deflate(text.as_bytes())));
            crc.combine(&chunk.crc);
            length += text.len();
        }
        out.extend_from_slice(&gzip_trailer(crc, length));
        out
    }

    #[test]
    fn chunks_join_to_one_gzip_member() {
        // Sizes around the window, the buffers and the threshold, of text that compresses well and badly.
        let noise = |length: usize| (0..length).map(|i| char::from(b'!' + u8::try_from(i * i % 89 + i % 5).unwrap())).collect::<String>();
        for size in [0, 1, 1023, 1024, 32_768, 65_536, 70_001, 1_000_000] {
            let texts = [noise(size), "pg_up{server=\"a\"} 1\n".repeat(size / 20), noise(size / 3)];
            let bytes = gzip(&texts);
            let mut back = String::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut back).unwrap();
            assert_eq!(back, texts.concat());
        }
    }

    #[test]
    fn stored_blocks_are_deflate() {
        let text = vec![b'x'; 200_000];
        let mut out = GZIP_HEADER.to_vec();
        let mut crc = Hasher::new();
        crc.update(&text);
        out.extend_from_slice(&stored(&text));
        out.extend_from_slice(&gzip_trailer(crc, text.len()));
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&out[..]).read_to_end(&mut back).unwrap();
        assert_eq!(back, text);
    }
}
