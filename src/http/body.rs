//! A response body that shares its bytes with the page.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::expose::page::Page;

/// The rest of a page that is yet to be sent.
pub struct PageBody {
    segments: Arc<[Bytes]>,
    next: usize,
    remaining: usize,
}

impl From<Page> for PageBody {
    fn from(page: Page) -> Self {
        Self { segments: page.segments, next: 0, remaining: page.length }
    }
}

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let segment = self.segments.get(self.next).cloned();
        self.next += 1;
        self.remaining -= segment.as_ref().map_or(0, Bytes::len);
        Poll::Ready(segment.map(|segment| Ok(Frame::data(segment))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.segments.len()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining as u64)
    }
}
