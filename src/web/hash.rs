//! A user's line in `basic_auth_users`, made of a password.

use std::ops::RangeInclusive;

use secrecy::{ExposeSecret as _, SecretString};

/// The costs of a hash: from the least that still slows down an attacker who has the file, to the most that is checked (`users::COST`).
pub const COSTS: RangeInclusive<i64> = 10..=16;

/// bcrypt looks at no more bytes of a password.
const LONGEST: usize = 72;

/// The line, with the hash of the password.
///
/// # Errors
/// What is wrong with the name or the password, and the way out.
pub fn line(user: &str, password: &SecretString, cost: u32) -> Result<String, String> {
    if user.is_empty() || user.contains(|c: char| c.is_control() || "\":\\".contains(c)) {
        return Err("the user's name must not be empty, nor have a colon, a quote or a backslash: choose another".to_owned());
    }
    let text = password.expose_secret();
    if text.is_empty() {
        return Err("the password is empty".to_owned());
    }
    if text.contains(char::is_control) {
        return Err("the password has a control character, which HTTP does not allow in one: choose another".to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("the password has {} bytes, and bcrypt looks at {LONGEST} of them: choose a shorter one", text.len()));
    }
    let hash = bcrypt::hash(text, cost).map_err(|error| format!("the password cannot be hashed: {error}"))?;
    Ok(format!("  \"{user}\": {hash}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::secrets::Secrets;
    use crate::web::Web;
    use crate::web::users;

    #[test]
    fn the_line_is_what_the_reader_takes() {
        assert_eq!(COSTS.end(), &i64::from(users::COST));
        let line = line("alice @ x", &"pass:word ü".into(), 10).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("web.yml");
        std::fs::write(&path, format!("basic_auth_users:\n{line}\n")).unwrap();
        let web = Web::load(Some(&path), Secrets::Required).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert!(web.users.are_any());
        assert!(bcrypt::verify("pass:word ü", line.rsplit(' ').next().unwrap()).unwrap());
    }

    #[test]
    fn what_no_reader_could_use_is_refused() {
        let long = "x".repeat(73);
        for (user, password, said) in [
            ("a:b", "x", "a colon"),
            ("", "x", "empty"),
            ("a", "", "is empty"),
            ("a", "x\u{3}", "a control character"),
            ("a", &long, "73 bytes"),
        ] {
            assert!(line(user, &password.into(), 10).unwrap_err().contains(said), "{user} {password}");
        }
    }
}
