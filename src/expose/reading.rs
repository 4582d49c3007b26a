//! How the text of a cell becomes a value.

/// How the text of a column is read, from the column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Digits that every reader of the page understands as they are: int2, int4, int8, oid.
    Integer,
    /// A number that may be outside a double's range or not finite: float4, float8, numeric.
    Number,
    /// `t` or `f`.
    Boolean,
    /// Text, or a type whose text is its value.
    Text,
    /// A type whose text depends on settings or is no single value; neither a metric nor a label.
    Other,
}

impl Reading {
    /// By the type's number, which PostgreSQL never changes for its own types (`pg_type.dat`).
    #[must_use]
    pub const fn of_type(oid: u32) -> Self {
        match oid {
            16 => Self::Boolean,
            // int8, int2, int4, oid, xid, xid8
            20 | 21 | 23 | 26 | 28 | 5069 => Self::Integer,
            // float4, float8, numeric
            700 | 701 | 1700 => Self::Number,
            // "char", name, text, unknown, cidr, macaddr, inet, bpchar, varchar, uuid, pg_lsn
            18 | 19 | 25 | 705 | 650 | 829 | 869 | 1042 | 1043 | 2950 | 3220 => Self::Text,
            _ => Self::Other,
        }
    }
}

/// The value's text for the page, or none when it is no number.
#[must_use]
pub fn value(bytes: &[u8], reading: Reading) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    match reading {
        Reading::Boolean => match text {
            "t" => Some("1"),
            "f" => Some("0"),
            _ => None,
        },
        Reading::Integer => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            Some(text).filter(|_| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Reading::Number => match text {
            "NaN" => Some("NaN"),
            "Infinity" => Some("+Inf"),
            "-Infinity" => Some("-Inf"),
            // A numeric can be beyond a double; a reader would refuse the whole page for it.
            _ => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| text),
        },
        Reading::Text | Reading::Other => None,
    }
}

/// Strict readers refuse a page with a counter that is negative or not a number.
#[must_use]
pub fn may_count(value: &str) -> bool {
    !value.starts_with('-') && value != "NaN"
}
