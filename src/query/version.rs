//! Versions of a server or an extension, and ranges of them as a query file writes them.

use std::fmt;
use std::str::FromStr;

/// A version such as `17`, `17.4` or, for an extension, `1.11`. A minor version that is not written is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number; PostgreSQL's major version.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

/// A half-open range of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Versions {
    /// The first version within.
    pub from: Version,
    /// The first version beyond, or none for an open range.
    pub to: Option<Version>,
}

impl Version {
    /// The version with this major number and minor 0.
    #[must_use]
    pub const fn major(major: u32) -> Self {
        Self { major, minor: 0 }
    }

    /// From `server_version_num`, for instance 170004.
    #[must_use]
    pub const fn from_server_version_num(number: u32) -> Self {
        Self { major: number / 10_000, minor: number % 10_000 }
    }
}

impl Versions {
    /// Every version there is.
    pub const ALL: Self = Self { from: Version::major(0), to: None };

    /// Whether `version` lies within.
    #[must_use]
    pub fn contains(&self, version: Version) -> bool {
        self.from <= version && self.to.is_none_or(|to| version < to)
    }

    /// Whether some version lies in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.to.is_none_or(|to| other.from < to) && other.to.is_none_or(|to| self.from < to)
    }

    /// The first version of `self` that none of `parts` contains.
    #[must_use]
    pub fn first_gap(&self, parts: &[Self]) -> Option<Version> {
        let mut reached = self.from;
        // Each pass either moves `reached` on past one part or ends.
        while self.contains(reached) {
            match parts.iter().find(|part| part.contains(reached)) {
                None => return Some(reached),
                Some(Self { to: None, .. }) => return None,
                Some(Self { to: Some(to), .. }) => reached = *to,
            }
        }
        None
    }
}

/// Why a text is no range of versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// A part is not a number or two with a point between.
    #[error("`{0}` is not a version such as 17 or 1.11")]
    Version(String),
    /// There is no `..` in it.
    #[error("`{0}` is not a range of versions such as 14.., ..17 or 14..=16")]
    Range(String),
    /// The range ends where it begins or before.
    #[error("`{0}` contains no version")]
    Empty(String),
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let number = |part: &str| {
            let digits = !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u32>().ok()).flatten().ok_or_else(|| VersionError::Version(text.to_owned()))
        };
        match text.split_once('.') {
            None => Ok(Self::major(number(text)?)),
            Some((major, minor)) => Ok(Self { major: number(major)?, minor: number(minor)? }),
        }
    }
}

impl FromStr for Versions {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let (from, to) = text.split_once("..").ok_or_else(|| VersionError::Range(text.to_owned()))?;
        let from = if from.is_empty() { Self::ALL.from } else { from.parse()? };
        let to = match to.strip_prefix('=') {
            None if to.is_empty() => None,
            None => Some(to.parse()?),
            // `..=14` holds every 14.x, `..=1.10` all of 1.10: the end is the next number of the last one written.
            Some(last) if last.contains('.') => {
                let last: Version = last.parse()?;
                Some(Version { minor: last.minor + 1, ..last })
            }
            Some(last) => Some(Version::major(last.parse::<Version>()?.major + 1)),
        };
        if to.is_some_and(|to| to <= from) {
            return Err(VersionError::Empty(text.to_owned()));
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            0 => write!(f, "{}", self.major),
            minor => write!(f, "{}.{minor}", self.major),
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from != Self::ALL.from {
            write!(f, "{}", self.from)?;
        }
        f.write_str("..")?;
        self.to.map_or(Ok(()), |to| write!(f, "{to}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Versions {
        text.parse().unwrap()
    }

    #[test]
    fn reads_rusts_ranges() {
        assert!(range("14..").contains(Version { major: 18, minor: 4 }));
        assert!(!range("..14").contains(Version::major(14)));
        assert!(range("..=14").contains(Version { major: 14, minor: 9 }));
        assert!(!range("..=14").contains(Version::major(15)));
        assert!(range("1.8..=1.10").contains(Version { major: 1, minor: 10 }));
        assert!(!range("1.8..=1.10").contains(Version { major: 1, minor: 11 }));
        assert_eq!(range("13..17").to_string(), "13..17");
    }

    #[test]
    fn refuses_what_is_no_range() {
        for text in ["14", "x..", "..y", "1.2.3..", "-1..", "14..14", "15..14", "9999999.."] {
            assert!(text.parse::<Versions>().is_err(), "{text}");
        }
    }

    #[test]
    fn finds_overlaps_and_gaps() {
        assert!(range("13..15").overlaps(&range("14..")));
        assert!(!range("13..15").overlaps(&range("15..")));
        assert_eq!(range("13..").first_gap(&[range("15.."), range("13..14")]), Some(Version::major(14)));
        assert_eq!(range("13..").first_gap(&[range("13..15"), range("15..")]), None);
        assert_eq!(range("13..").first_gap(&[range("13..18")]), Some(Version::major(18)));
    }
}
