//! Who may read: basic authentication (RFC 7617) against bcrypt hashes.
//!
//! A check takes some hundred milliseconds of a processor, which is the point of bcrypt. A password that was right is therefore remembered,
//! as a keyed digest; and only one is checked at a time, so that a flood of wrong ones takes one processor and not the machine.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use ring::error::Unspecified;
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::SystemRandom;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// The highest cost of a hash. Each step doubles the time of a check: at 10 it takes some 50 ms of a processor, at 16 some 4 s.
pub const COST: u32 = 16;

/// All users. Without any, everybody may read.
#[derive(Default)]
pub struct Users(Option<Arc<Known>>);

struct Known {
    hashes: HashMap<String, String>,
    /// What a user who is not known is checked against, so that the time of the answer does not tell who is: the costliest hash.
    decoy: String,
    key: hmac::Key,
    /// The digest of the password that was right, one a user.
    right: Mutex<HashMap<String, hmac::Tag>>,
    /// Held by the check that is under way.
    check: Arc<Semaphore>,
}

impl Users {
    /// Users and the hashes of their passwords, each of which is a bcrypt hash.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new(hashes: HashMap<String, String>) -> Result<Self, Unspecified> {
        let cost = |hash: &&String| hash.parse::<bcrypt::HashParts>().map_or(0, |parts| parts.get_cost());
        let Some(decoy) = hashes.values().max_by_key(cost).cloned() else { return Ok(Self::default()) };
        let key = hmac::Key::generate(HMAC_SHA256, &SystemRandom::new())?;
        Ok(Self(Some(Arc::new(Known { hashes, decoy, key, right: Mutex::default(), check: Arc::new(Semaphore::new(1)) }))))
    }

    /// Whether there are any.
    #[must_use]
    pub const fn are_any(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a request with this `Authorization` may be answered.
    pub async fn admit(&self, authorization: Option<&HeaderValue>) -> bool {
        let Some(known) = &self.0 else { return true };
        let Some((user, password)) = authorization.and_then(credentials) else { return false };
        if known.remembers(&user, &password) {
            return true;
        }
        let Ok(turn) = Arc::clone(&known.check).acquire_owned().await else { return false };
        let known = Arc::clone(known);
        let check = move || {
            let right = known.check(&user, &password);
            // Also when nobody waits for the answer any more, the next check has begun no sooner than this.
            drop(turn);
            right
        };
        tokio::task::spawn_blocking(check).await.unwrap_or(false)
    }
}

impl Known {
    fn remembers(&self, user: &str, password: &SecretString) -> bool {
        let right = self.right.lock().get(user).copied();
        right.is_some_and(|right| hmac::verify(&self.key, password.expose_secret().as_bytes(), right.as_ref()).is_ok())
    }

    fn check(&self, user: &str, password: &SecretString) -> bool {
        // Several may have waited with the same password.
        if self.remembers(user, password) {
            return true;
        }
        let hash = self.hashes.get(user);
        let fits = bcrypt::verify(password.expose_secret(), hash.unwrap_or(&self.decoy)).unwrap_or(false);
        let right = fits && hash.is_some();
        if right {
            self.right.lock().insert(user.to_owned(), hmac::sign(&self.key, password.expose_secret().as_bytes()));
        }
        right
    }
}

/// User and password of `Basic dXNlcjpwYXNzd29yZA==`.
fn credentials(authorization: &HeaderValue) -> Option<(String, SecretString)> {
    let (scheme, encoded) = authorization.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.into()))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn users(hashes: &[(&str, &str, u32)]) -> Users {
        let hash = |(user, password, cost): &(&str, &str, u32)| ((*user).to_owned(), bcrypt::hash(password, *cost).unwrap());
        Users::new(hashes.iter().map(hash).collect()).unwrap()
    }

    fn basic(user: &str, password: &str) -> HeaderValue {
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))).parse().unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_is_admitted() {
        let users = users(&[("alice", "se:cret ü", 4), ("bob", "", 4)]);
        for (authorization, admitted) in [
            (basic("alice", "se:cret ü"), true),
            (basic("alice", "se:cret"), false),
            (basic("alice", ""), false),
            (basic("bob", ""), true),
            (basic("bob", "se:cret ü"), false),
            (basic("carol", "se:cret ü"), false),
            (basic("", ""), false),
            (HeaderValue::from_static("Bearer x"), false),
            (HeaderValue::from_static("Basic"), false),
            (HeaderValue::from_static("Basic !!"), false),
            (HeaderValue::from_static("Basic YWxpY2U="), false),
            (HeaderValue::from_static("bAsIc Ym9iOg=="), true),
        ] {
            // The second time it may be remembered, and must not be remembered wrongly.
            for _ in 0..2 {
                assert_eq!(users.admit(Some(&authorization)).await, admitted, "{authorization:?}");
            }
        }
        assert!(!users.admit(None).await);
        assert!(Users::default().admit(None).await, "without users, everybody");
    }

    #[tokio::test]
    async fn who_was_right_once_does_not_wait_for_a_flood() {
        let users = users(&[("alice", "secret", 4), ("bob", "secret", 5)]);
        let known = users.0.as_ref().unwrap();
        assert_eq!(known.decoy, known.hashes["bob"], "the costliest");
        assert!(users.admit(Some(&basic("alice", "secret"))).await);
        assert!(!users.admit(Some(&basic("bob", "wrong"))).await);
        // As long as somebody else's check is under way.
        let turn = known.check.acquire().await.unwrap();
        assert_eq!(users.admit(Some(&basic("alice", "secret"))).now_or_never(), Some(true));
        for (user, password) in [("alice", "wrong"), ("bob", "secret"), ("bob", "wrong"), ("nobody", "secret")] {
            assert_eq!(users.admit(Some(&basic(user, password))).now_or_never(), None, "{user} {password}");
        }
        drop(turn);
        assert!(users.admit(Some(&basic("bob", "secret"))).await);
    }
}
