//! Conversations with servers that follow the protocol, and with servers that do not.

use bytes::BytesMut;
use proptest::prelude::*;

use super::*;
use crate::wire::auth::RequireAuth;

const LIMIT: usize = 64 << 20;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

fn announced(kind: u8, length: u32) -> Vec<u8> {
    [&[kind], &length.to_be_bytes()[..]].concat()
}

fn answers(limit: usize) -> Answers {
    let mut answers = Answers::new(limit, Auth::new(RequireAuth::default(), false, None));
    answers.asked(1);
    answers
}

/// What the driver sees of bytes that come in pieces.
fn pass(answers: &mut Answers, bytes: &[u8], pieces: usize) -> Result<Vec<u8>, Broken> {
    let (mut raw, mut out, mut seen) = (BytesMut::new(), BytesMut::new(), Vec::new());
    for piece in bytes.chunks(pieces) {
        raw.extend_from_slice(piece);
        let taken = answers.take(&mut raw, &mut out);
        assert!(raw.len() <= WAITING + pieces && out.len() <= WAITING + pieces + 64 * 1024, "{} and {}", raw.len(), out.len());
        seen.extend_from_slice(&out.split());
        taken?;
    }
    Ok(seen)
}

fn login() -> Vec<u8> {
    [
        message(b'R', &[0; 4]),
        message(b'S', b"server_version\x0018.1\0"),
        message(b'N', b"SWARNING\0Mmind\0\0"),
        message(b'K', &[7; 8]),
        message(b'Z', b"I"),
    ]
    .concat()
}

fn ready(limit: usize) -> Answers {
    let mut answers = answers(limit);
    pass(&mut answers, &login(), 100).unwrap();
    answers.asked(1);
    answers
}

fn columns(count: u16) -> Vec<u8> {
    let column = [&b"a\0"[..], &[0; 18]].concat();
    message(b'T', &[&count.to_be_bytes()[..], &column.repeat(usize::from(count))].concat())
}

fn row(value: &[u8]) -> Vec<u8> {
    message(b'D', &[&1_u16.to_be_bytes()[..], &u32::try_from(value.len()).unwrap().to_be_bytes(), value].concat())
}

#[test]
fn a_login_and_an_answer_pass_without_what_is_of_no_use() {
    for pieces in [1, 2, 3, 7, 1000] {
        let mut answers = answers(LIMIT);
        let seen = pass(&mut answers, &login(), pieces).unwrap();
        assert_eq!(seen, [message(b'R', &[0; 4]), message(b'K', &[7; 8]), message(b'Z', b"I")].concat());
        answers.asked(1);
        let answer = [
            message(b'C', b"SET\0"),
            columns(1),
            row(b"x"),
            row(&[b'y'; 3000]),
            message(b'C', b"SELECT 2\0"),
            message(b'E', b"SERROR\0VERROR\0C42P01\0Mno\0\0"),
            message(b'Z', b"I"),
        ]
        .concat();
        let noise = [message(b'N', b"SNOTICE\0Mhello\0\0"), message(b'A', &[0; 9]), message(b'S', b"a\0b\0")].concat();
        let all = [&noise[..], &answer, &noise].concat();
        assert_eq!(pass(&mut answers, &all, pieces).unwrap(), answer);
    }
}

#[test]
fn what_is_copied_passes() {
    let copy =
        [message(b'H', b"\0\0\x01\0\0"), message(b'd', b"a\tb\n"), message(b'c', b""), message(b'C', b"COPY 1\0"), message(b'Z', b"I")];
    assert_eq!(pass(&mut ready(LIMIT), &copy.concat(), 3).unwrap(), copy.concat());
    assert!(pass(&mut ready(LIMIT), &copy[1], 3).is_err());
}

#[test]
fn what_does_not_speak_postgres_is_said_to() {
    for (first, said) in [
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "an SSH server"),
        (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), "an HTTP server"),
        (announced(b'R', u32::MAX), "it answers"),
        (announced(b'R', 3), "it answers"),
        (announced(b'E', 40_000), "it answers"),
        (announced(b'D', 100), "it answers"),
        (message(b'Z', b"I"), "it answers"),
        (message(b'K', &[0; 8]), "it answers"),
        (vec![0; 100], "it answers"),
    ] {
        let error = pass(&mut answers(LIMIT), &first, 1000).unwrap_err().to_string();
        assert!(error.starts_with("not PostgreSQL: ") && error.contains(said), "{error}");
    }
    assert_eq!(answers(LIMIT).ended(b"no"), Broken::greeting(b"no"));
    assert_eq!(answers(LIMIT).ended(b""), Broken::Closed);
}

#[test]
fn a_login_has_an_end() {
    let okay = message(b'R', &[0; 4]);
    for endless in [message(b'S', b"a\0b\0"), message(b'N', &[b'x'; 100]), message(b'v', &[0; 8]), message(b'E', b"SERROR\0Mx\0\0")] {
        let error = pass(&mut answers(LIMIT), &[okay.clone(), endless.repeat(100_000)].concat(), 8192).unwrap_err();
        assert!(matches!(error, Broken::Foreign(_)), "{error}");
    }
}

#[test]
fn an_answer_has_an_end() {
    let small = 1 << 20;
    for endless in [row(b"x"), row(&[0; 500]), message(b'N', &[b'x'; 100]), message(b'S', b"a\0b\0")] {
        let error = pass(&mut ready(small), &[columns(1), endless.repeat(200_000)].concat(), 8192).unwrap_err();
        assert_eq!(error, Broken::TooLarge(small));
    }
    for endless in [message(b'C', b"SET\0"), columns(1), message(b'I', b""), message(b'E', b"\0")] {
        assert!(pass(&mut ready(LIMIT), &endless.repeat(2_000), 8192).is_err());
    }
    let mut answers = ready(small);
    for _ in 0..10 {
        let most = [columns(1), row(&vec![0; 900_000]), message(b'C', b"SELECT 1\0"), message(b'Z', b"I")].concat();
        assert!(pass(&mut answers, &most, 8192).is_ok(), "each answer is counted by itself");
        answers.asked(1);
    }
}

#[test]
fn no_length_is_believed() {
    for (kind, length) in
        [(b'T', 1 << 20), (b'Z', 6), (b'C', 40_000), (b'S', 40_000), (b'H', 40_000), (b'I', 5), (b'D', 1 << 31), (b'W', 8), (b'G', 8)]
    {
        let error = pass(&mut ready(LIMIT), &[columns(1), announced(kind, length)].concat(), 1000).unwrap_err();
        assert!(matches!(error, Broken::Foreign(_)), "{error}");
    }
    let error = pass(&mut ready(LIMIT), &[columns(1), announced(b'D', 65 << 20)].concat(), 1000).unwrap_err();
    assert_eq!(error, Broken::TooLarge(LIMIT));
}

#[test]
fn what_comes_out_of_turn_is_refused() {
    for answer in [
        row(b"x"),
        [columns(1), message(b'C', b"SELECT 0\0"), row(b"x")].concat(),
        [columns(2), row(b"x")].concat(),
        message(b'Z', b"I").repeat(2),
        [message(b'Z', b"I"), message(b'C', b"SET\0")].concat(),
        message(b'Z', b"?"),
        message(b'C', b"no end"),
        message(b'R', &[0; 4]),
        message(b'K', &[0; 8]),
        message(b'1', b""),
    ] {
        assert!(matches!(pass(&mut ready(LIMIT), &answer, 1000), Err(Broken::Foreign(_))), "{}", answer.escape_ascii());
    }
}

#[test]
fn ten_megabytes_of_an_error_are_a_line() {
    let long = message(b'E', &[&b"SERROR\0VERROR\0M"[..], &vec![b'x'; 10 << 20], b"\0\0"].concat());
    let seen = pass(&mut ready(LIMIT), &long, 8192).unwrap();
    assert!(seen.len() < 4096, "{}", seen.len());
}

prop_compose! {
    fn any_message()(kind in prop::sample::select(&b"RKZSNAEvTCIHDdc123GWV"[..]), body in prop::collection::vec(any::<u8>(), 0..40)) -> Vec<u8> {
        message(kind, &body)
    }
}

proptest! {
    /// Never panics, and never keeps more than the limit, which `pass` checks.
    #[test]
    fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..4000), pieces in 1_usize..500, is_ready in any::<bool>()) {
        let mut answers = if is_ready { ready(LIMIT) } else { answers(LIMIT) };
        let _ = pass(&mut answers, &bytes, pieces);
    }

    #[test]
    fn any_messages_are_taken_or_refused_alike_in_any_pieces(messages in prop::collection::vec(any_message(), 0..20), pieces in 1_usize..50) {
        let mut bytes = columns(1);
        bytes.extend(messages.concat());
        let (once, piecewise) = (pass(&mut ready(LIMIT), &bytes, bytes.len()), pass(&mut ready(LIMIT), &bytes, pieces));
        prop_assert_eq!(once.is_ok(), piecewise.is_ok());
        if let (Ok(once), Ok(piecewise)) = (once, piecewise) {
            prop_assert_eq!(once, piecewise);
        }
    }
}

#[test]
fn the_last_word_explains_the_end() {
    let fatal = message(b'E', b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
    for pieces in [1, 3, 1000] {
        let mut idle = answers(LIMIT);
        pass(&mut idle, &login(), 100).unwrap();
        assert_eq!(idle.key.as_ref().map(|key| key.pid), Some(i32::from_be_bytes([7; 4])));
        assert_eq!(idle.explain(Broken::Closed), Broken::Closed);
        assert_eq!(pass(&mut idle, &fatal, pieces).unwrap(), fatal, "the driver sees it too");
        for broken in [Broken::Closed, Broken::Reset(String::new()), Broken::Lost(String::new())] {
            assert!(matches!(idle.explain(broken), Broken::Ended(word) if word.code == "57P01"));
        }
        assert_eq!(idle.explain(Broken::TooLarge(1)), Broken::TooLarge(1));
    }
    let mut asked = ready(LIMIT);
    let wrong = [message(b'E', b"SERROR\0VERROR\0C42P01\0Mno\0\0"), message(b'Z', b"I")].concat();
    pass(&mut asked, &wrong, 100).unwrap();
    assert_eq!(asked.explain(Broken::Closed), Broken::Closed, "a statement that is wrong ends no session");
}
