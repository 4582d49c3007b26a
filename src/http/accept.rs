//! Which format and encoding a scraper gets, from what it says it accepts (RFC 9110, 12.5).

use crate::expose::text::Format;

/// The format for this `Accept` header. Without one, or with one that names neither format, Prometheus text: every reader knows it.
#[must_use]
pub fn format(accept: Option<&str>) -> Format {
    let accept = accept.unwrap_or_default();
    let quality = |fits: fn(&Range<'_>) -> bool| ranges(accept).filter(fits).map(|range| range.quality).max().unwrap_or(0);
    let openmetrics = quality(|range| {
        // 0.0.1 is what Prometheus called 1.0.0 before it was one; a reader that names no version reads the newest.
        range.name.eq_ignore_ascii_case("application/openmetrics-text")
            && range.parameter("version").is_none_or(|version| matches!(version, "1.0.0" | "0.0.1"))
    });
    let text = quality(|range| {
        range.name.eq_ignore_ascii_case("text/plain") && range.parameter("version").is_none_or(|version| version == "0.0.4")
    });
    if openmetrics > 0 && openmetrics >= text { Format::OpenMetrics } else { Format::Text }
}

/// Whether a reader with this `Accept-Encoding` header takes gzip.
#[must_use]
pub fn gzip(accept_encoding: Option<&str>) -> bool {
    let accept = accept_encoding.unwrap_or_default();
    let quality = |name: &str| ranges(accept).find(|range| range.name.eq_ignore_ascii_case(name)).map(|range| range.quality);
    // A named encoding wins over the wildcard.
    quality("gzip").or_else(|| quality("x-gzip")).or_else(|| quality("*")).is_some_and(|quality| quality > 0)
}

/// One element of the list: `name;parameter=value;q=0.5`.
struct Range<'a> {
    name: &'a str,
    parameters: &'a str,
    /// In thousandths, the finest that the standard knows.
    quality: u32,
}

impl<'a> Range<'a> {
    fn parameter(&self, name: &str) -> Option<&'a str> {
        parameter(self.parameters, name)
    }
}

fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    let pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().trim_matches('"'))
}

fn ranges(header: &str) -> impl Iterator<Item = Range<'_>> {
    header.split(',').map(|element| {
        let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
        let quality = parameter(parameters, "q").map_or(Some(1.0), |quality| quality.parse::<f32>().ok());
        let quality = quality.filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let quality = (quality * 1000.0).round() as u32;
        Range { name: name.trim(), parameters, quality }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_what_is_asked_for() {
        let prometheus_2_42 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,\
                            text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, expected) in [
            (Some(prometheus_2_42), Format::OpenMetrics),
            (Some(prometheus_3), Format::OpenMetrics),
            (Some("text/plain;version=0.0.4, application/openmetrics-text;q=0.5"), Format::Text),
            (Some("application/openmetrics-text; version=\"1.0.0\""), Format::OpenMetrics),
            (Some("application/openmetrics-text; version=2.0.0"), Format::Text),
            (Some("application/openmetrics-text; q=0"), Format::Text),
            (Some("application/openmetrics-text; q=oops"), Format::Text),
            (Some("text/html,*/*"), Format::Text),
            (Some(";;,,=q"), Format::Text),
            (None, Format::Text),
        ] {
            assert_eq!(format(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn compresses_only_when_asked() {
        for (accept, expected) in [
            (Some("gzip"), true),
            (Some("deflate, GZip;q=0.5"), true),
            (Some("*"), true),
            (Some("gzip;q=0, *"), false),
            (Some("identity"), false),
            (None, false),
        ] {
            assert_eq!(gzip(accept), expected, "{accept:?}");
        }
    }

    const PIECES: &str =
        "(application/openmetrics-text|text/plain|\\*/\\*|gzip|version|=|;|,|q|1\\.0\\.0|0\\.0\\.4|0|1|nan|inf|-|\"| |.){0,20}";

    proptest::proptest! {
        /// Whatever a reader accepts: OpenMetrics and gzip have to be asked for by their name or, gzip alone, by the wildcard.
        #[test]
        fn any_header_is_answered(header in PIECES) {
            let lower = header.to_ascii_lowercase();
            if format(Some(&header)) == Format::OpenMetrics {
                proptest::prop_assert!(lower.contains("application/openmetrics-text"));
            }
            if gzip(Some(&header)) {
                proptest::prop_assert!(lower.contains("gzip") || lower.contains('*'));
            }
        }

        /// What else is in the list, before or behind, does not hide a range of the best quality.
        #[test]
        fn any_list_is_searched(before in "[a-z/*;=.0-9 é-]{0,30}", behind in "[a-z/*;=.0-9 é-]{0,30}") {
            let list = |range: &str| format!("{before},{range},{behind}");
            proptest::prop_assert_eq!(format(Some(&list("application/openmetrics-text;version=1.0.0"))), Format::OpenMetrics);
            proptest::prop_assert_eq!(format(Some(&list("application/openmetrics-text;version=2.0.0"))), Format::Text);
        }
    }
}
