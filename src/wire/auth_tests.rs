//! Which authentication requests are answered.

use proptest::prelude::*;

use super::*;

fn request(kind: u32, rest: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], rest].concat()
}

fn auth(require: &str, clear: bool) -> Auth {
    Auth::new(RequireAuth::parse(require).unwrap(), clear, None)
}

const ALL: &str = "none,password,md5,scram-sha-256";
const FIRST: &[u8] = b"r=abc,s=QUJD,i=4096";

#[test]
fn scram_has_to_be_gone_through() {
    let mut scram = auth("scram-sha-256", false);
    for (kind, rest) in [(10, &b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"[..]), (11, FIRST), (12, b"v=QUJD"), (0, b"")] {
        assert!(!scram.is_done());
        assert_eq!(scram.judge(&request(kind, rest)), Ok(()), "{kind}");
    }
    assert!(scram.is_done() && scram.method == Method::Scram);
    for steps in [&[10, 0][..], &[10, 11, 0], &[11], &[12], &[0], &[10, 3], &[10, 10]] {
        let mut scram = auth("scram-sha-256", true);
        let ended = steps.iter().try_for_each(|kind| {
            scram.judge(&request(
                *kind,
                if *kind == 10 {
                    b"SCRAM-SHA-256\0\0"
                } else if *kind == 11 {
                    FIRST
                } else {
                    b""
                },
            ))
        });
        assert!(ended.is_err() && !scram.is_done(), "{steps:?}");
    }
}

#[test]
fn the_password_goes_in_clear_text_only_where_nobody_reads_it() {
    let said = auth(ALL, false).judge(&request(3, b"")).unwrap_err().to_string();
    assert!(said.contains("clear text") && said.contains("sslmode=verify-full"), "{said}");
    assert_eq!(auth(ALL, true).judge(&request(3, b"")), Ok(()));
    assert!(auth("md5", true).judge(&request(3, b"")).is_err());
}

#[test]
fn a_password_that_is_not_there_is_not_tried() {
    let mut auth = Auth::new(RequireAuth::default(), true, Some("because".to_owned()));
    let said = auth.judge(&request(5, b"salt")).unwrap_err().to_string();
    assert!(said.contains("there is none: because"), "{said}");
    let mut auth = Auth::new(RequireAuth::default(), true, Some("because".to_owned()));
    assert_eq!(auth.judge(&request(0, b"")), Ok(()), "none is asked for");
}

#[test]
fn require_auth_is_obeyed() {
    assert_eq!(auth(ALL, false).judge(&request(5, b"salt")), Ok(()));
    let said = auth("!md5", false).judge(&request(5, b"salt")).unwrap_err().to_string();
    assert!(said.contains("`md5`") && said.contains("`require_auth`"), "{said}");
    assert!(auth("scram-sha-256", false).judge(&request(0, b"")).is_err(), "a server that asks for nothing proves nothing");
    assert_eq!(auth("none", false).judge(&request(0, b"")), Ok(()));
}

#[test]
fn require_auth_is_read_as_libpq_does() {
    assert_eq!(RequireAuth::parse("!password, !md5"), RequireAuth::parse("none,scram-sha-256"));
    assert_eq!(RequireAuth::parse("scram-sha-256,gss"), RequireAuth::parse("scram-sha-256"));
    for wrong in ["", "scram", "md5,!none", "gss", "oauth,sspi", "!none,!password,!md5,!scram-sha-256"] {
        assert!(RequireAuth::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_would_make_the_driver_panic_or_burn_a_processor() {
    for rest in [
        &b""[..],
        b"r",
        b"r=a,,s=QQ==,i=1",
        b"r=a,s=QQ==",
        b"s=QQ==,i=1",
        b"r=\xff,s=QQ==,i=1",
        b"r=a,s=QQ==,i=0",
        b"r=a,s=QQ==,i=4294967295",
    ] {
        let mut scram = auth(ALL, false);
        scram.judge(&request(10, b"SCRAM-SHA-256\0\0")).unwrap();
        assert!(scram.judge(&request(11, rest)).is_err(), "{}", rest.escape_ascii());
    }
    for (kind, rest) in [(5, &b"sal"[..]), (0, b"x"), (10, b"SCRAM-SHA-256"), (10, b"PLAIN\0\0"), (7, b""), (99, b"")] {
        assert!(auth(ALL, true).judge(&request(kind, rest)).is_err(), "{kind}");
    }
    assert!(auth(ALL, true).judge(b"\0\0").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_judged(requests in prop::collection::vec((0_u32..13, prop::collection::vec(any::<u8>(), 0..20)), 0..6)) {
        let mut auth = auth("scram-sha-256", true);
        for (kind, rest) in requests {
            if auth.judge(&request(kind, &rest)).is_err() {
                break;
            }
            prop_assert!(!auth.is_done(), "nobody guesses a proof's way");
        }
    }
}
