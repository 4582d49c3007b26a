//! The contents of a server's messages: checks that lengths and counts are consistent, and keeps as much of an error as is worth showing.

use super::broken::Broken;

/// The most columns of a result: `PostgreSQL`'s `MaxTupleAttributeNumber`.
pub const COLUMNS: usize = 1664;

/// How much of each field of an error is kept: a message with its statement is shorter.
const FIELD: usize = 2048;

/// The fields of an error that are kept, by their letters in the protocol.
const FIELDS: &[u8] = b"SVCMDHPpqWstcdnFLR";

/// The severities that the driver knows; it fails at any other.
const SEVERITIES: [&[u8]; 8] = [b"PANIC", b"FATAL", b"ERROR", b"WARNING", b"NOTICE", b"DEBUG", b"INFO", b"LOG"];

/// Takes bytes from the front.
fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn take_u16(bytes: &mut &[u8]) -> Option<u16> {
    take(bytes, 2).map(|taken| u16::from_be_bytes([taken[0], taken[1]]))
}

/// The number of columns of a `RowDescription`, if it is complete.
#[must_use]
pub fn columns(mut body: &[u8]) -> Option<u16> {
    /// Table, column, type, size, modifier and format of a column.
    const DESCRIPTION: usize = 18;
    let count = take_u16(&mut body).filter(|count| usize::from(*count) <= COLUMNS)?;
    for _ in 0..count {
        let end = body.iter().position(|byte| *byte == 0)?;
        std::str::from_utf8(take(&mut body, end)?).ok()?;
        take(&mut body, 1 + DESCRIPTION)?;
    }
    body.is_empty().then_some(count)
}

/// Whether a `CopyOutResponse` is complete.
#[must_use]
pub fn is_copy(mut body: &[u8]) -> bool {
    take(&mut body, 1).is_some() && take_u16(&mut body).is_some_and(|count| body.len() == 2 * usize::from(count))
}

/// A `DataRow` in transit: it is passed on as it arrives, so a row of any size needs no buffer here.
#[derive(Debug)]
pub struct Row {
    /// Bytes of the message still to come.
    pub left: usize,
    /// Values still to come; none until their number has come.
    values: Option<u16>,
    /// Bytes of the value still to come.
    value: usize,
    /// The bytes of a number so far.
    number: Vec<u8>,
    columns: u16,
}

impl Row {
    /// A row of `length` bytes, in a result with this many columns.
    #[must_use]
    pub fn new(length: usize, columns: u16) -> Self {
        Self { left: length, values: None, value: 0, number: Vec::with_capacity(4), columns }
    }

    /// Checks the next bytes, at most as many as are left.
    ///
    /// # Errors
    /// If the lengths are inconsistent.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), Broken> {
        let garbled = || Broken::Foreign("a row whose lengths do not add up".to_owned());
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(garbled)?;
        while !bytes.is_empty() {
            if self.value > 0 {
                let passed = self.value.min(bytes.len());
                take(&mut bytes, passed);
                self.value -= passed;
                continue;
            }
            let wanted = if self.values.is_none() { 2 } else { 4 };
            let more = bytes.len().min(wanted - self.number.len());
            self.number.extend_from_slice(take(&mut bytes, more).unwrap_or_default());
            match (self.values, self.number.as_slice()) {
                (None, [a, b]) => {
                    let count = u16::from_be_bytes([*a, *b]);
                    if count != self.columns {
                        return Err(garbled());
                    }
                    self.values = Some(count);
                }
                (Some(left), [a, b, c, d]) => {
                    let length = i32::from_be_bytes([*a, *b, *c, *d]);
                    self.values = Some(left.checked_sub(1).ok_or_else(garbled)?);
                    // NULL has no bytes.
                    self.value = if length == -1 { 0 } else { usize::try_from(length).map_err(|_| garbled())? };
                    if self.value > bytes.len() + self.left {
                        return Err(garbled());
                    }
                }
                _ => continue,
            }
            self.number.clear();
        }
        if self.left == 0 && (self.values != Some(0) || self.value > 0 || !self.number.is_empty()) {
            return Err(garbled());
        }
        Ok(())
    }
}

/// An `ErrorResponse` in transit. Of each field as much is kept as is worth showing, in UTF-8; before the login it may be in another encoding.
#[derive(Debug)]
pub struct Complaint {
    /// Bytes of the message still to come.
    pub left: usize,
    field: Option<u8>,
    text: Vec<u8>,
    kept: Vec<u8>,
    seen: Vec<u8>,
    ended: bool,
}

impl Complaint {
    /// An error of `length` bytes.
    #[must_use]
    pub const fn new(length: usize) -> Self {
        Self { left: length, field: None, text: Vec::new(), kept: Vec::new(), seen: Vec::new(), ended: false }
    }

    /// Takes the next bytes, at most as many as are left.
    ///
    /// # Errors
    /// If the message has no end.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), Broken> {
        let garbled = || Broken::Foreign("an error message without an end".to_owned());
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(garbled)?;
        while !self.ended && !bytes.is_empty() {
            let Some(field) = self.field else {
                let kind = take(&mut bytes, 1).map_or(0, |kind| kind[0]);
                self.ended = kind == 0;
                self.field = Some(kind);
                continue;
            };
            let end = bytes.iter().position(|byte| *byte == 0);
            let length = end.unwrap_or(bytes.len());
            let text = take(&mut bytes, length).unwrap_or_default();
            // One byte more than is kept shows whether there was more.
            let room = (FIELD + 1).saturating_sub(self.text.len());
            self.text.extend_from_slice(&text[..text.len().min(room)]);
            if end.is_some() {
                take(&mut bytes, 1);
                self.keep(field);
            }
        }
        if self.left == 0 && !self.ended { Err(garbled()) } else { Ok(()) }
    }

    fn keep(&mut self, field: u8) {
        let text = std::mem::take(&mut self.text);
        self.field = None;
        let known = FIELDS.contains(&field) && !self.seen.contains(&field);
        if !known || field == b'V' && !SEVERITIES.contains(&text.as_slice()) {
            return;
        }
        self.seen.push(field);
        self.kept.push(field);
        let cut = text.len() > FIELD;
        let text = String::from_utf8_lossy(&text[..text.len().min(FIELD)]);
        // A character that was cut in two is left out.
        self.kept.extend_from_slice(if cut { text.trim_end_matches('\u{fffd}') } else { &text }.as_bytes());
        self.kept.extend_from_slice(if cut { "…\0".as_bytes() } else { b"\0" });
    }

    /// The body that the driver gets, without type and length.
    #[must_use]
    pub fn into_body(mut self) -> Vec<u8> {
        self.kept.push(0);
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(columns: u16, body: &[u8], pieces: usize) -> Result<(), Broken> {
        let mut row = Row::new(body.len(), columns);
        body.chunks(pieces.max(1)).try_for_each(|piece| row.take(piece))?;
        assert_eq!(row.left, 0);
        Ok(())
    }

    fn complaint(body: &[u8], pieces: usize) -> Result<Vec<u8>, Broken> {
        let mut complaint = Complaint::new(body.len());
        body.chunks(pieces.max(1)).try_for_each(|piece| complaint.take(piece))?;
        Ok(complaint.into_body())
    }

    #[test]
    fn a_row_adds_up_however_it_comes() {
        let good = b"\0\x03\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\0";
        for pieces in 1..=good.len() {
            assert_eq!(row(3, good, pieces), Ok(()));
        }
        for (columns, wrong) in [
            (2, &good[..]),
            (3, &good[..good.len() - 1]),
            (4, good),
            (1, b"\0\x01\0\0\0\x05abcd"),
            (1, b"\0\x01\0\0\0\x03abcd"),
            (1, b"\0\x01\x7f\xff\xff\xffabcd"),
            (1, b"\0\x01\xff\xff\xff\xfeabcd"),
            (1, b"\0\x01"),
            (0, b"\0"),
            (0, b"\0\0a"),
            (1, b"\xff\xff"),
        ] {
            for pieces in 1..=wrong.len() {
                assert!(row(columns, wrong, pieces).is_err(), "{} in pieces of {pieces}", wrong.escape_ascii());
            }
        }
    }

    #[test]
    fn columns_add_up() {
        let one = [&b"name\0"[..], &[0; 18]].concat();
        assert_eq!(columns(&[&b"\0\x02"[..], &one, &one].concat()), Some(2));
        assert_eq!(columns(b"\0\0"), Some(0));
        for wrong in [
            &b""[..],
            b"\0",
            b"\0\x01",
            b"\0\0x",
            b"\0\x01name",
            b"\xff\xff",
            &[&b"\0\x02"[..], &one].concat(),
            &[b"\0\x01\xff", &one[4..]].concat(),
        ] {
            assert_eq!(columns(wrong), None, "{}", wrong.escape_ascii());
        }
        assert!(is_copy(b"\0\0\x02\0\0\0\0") && !is_copy(b"\0\0\x02\0\0") && !is_copy(b"\0"));
    }

    #[test]
    fn an_error_is_cut_to_what_a_person_reads() {
        let body = b"SERROR\0VERROR\0C42P01\0Mno table\0\0";
        for pieces in 1..=body.len() {
            assert_eq!(complaint(body, pieces).unwrap(), body);
        }
        let long = [&b"VFATAL\0M"[..], "ü".repeat(5_000_000).as_bytes(), b"\0Zodd\0Mtwice\0\0"].concat();
        let kept = complaint(&long, 8192).unwrap();
        assert!(kept.len() < FIELD + 20, "{}", kept.len());
        assert!(String::from_utf8(kept).unwrap().ends_with("üü…\0\0"));
        assert_eq!(
            complaint(b"VODD\0SERREUR\0M\xe9t\xe9\0\0", 3).unwrap(),
            "SERREUR\0M\u{fffd}t\u{fffd}\0\0".as_bytes(),
            "Latin, before the login"
        );
        assert!(complaint(b"SERROR\0Mno end", 4).is_err());
        assert_eq!(complaint(b"SERROR\0\0and more", 4).unwrap(), b"SERROR\0\0");
    }

    proptest! {
        #[test]
        fn any_bytes_make_a_row_or_do_not(body in prop::collection::vec(any::<u8>(), 1..40), columns in 0_u16..4, pieces in 1_usize..9) {
            prop_assert_eq!(row(columns, &body, pieces).is_ok(), row(columns, &body, body.len()).is_ok());
        }

        #[test]
        fn any_bytes_make_a_short_error(body in prop::collection::vec(any::<u8>(), 0..200), pieces in 1_usize..9) {
            if let Ok(kept) = complaint(&body, pieces) {
                prop_assert!(std::str::from_utf8(&kept).is_ok() && kept.ends_with(b"\0"));
                prop_assert!(kept.len() <= FIELDS.len() * (FIELD + 5) + 1);
            }
        }

        #[test]
        fn any_bytes_describe_columns_or_do_not(body in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (columns(&body), is_copy(&body));
        }
    }
}
