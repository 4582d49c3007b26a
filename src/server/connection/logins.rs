//! What follows from the outcome of a login: success, refusal or no answer in time.

use std::time::Duration;

use super::driver::Driver;
use crate::server::report::fault::{Fate, Fault};
use crate::server::seats::{Login, Place};
use crate::server::work::lasting::Locked;

impl Driver {
    /// A login succeeded, was refused, or got no answer in time.
    pub(super) fn login(&mut self, seat: usize, place: Place, login: Login) {
        let limit = self.login_limit();
        let late = || Fault::connection(format_args!("no login within {}", humantime::format_duration(limit)));
        let refusal = self.refusal.take();
        let fault = (login != Login::Entered).then(|| refusal.unwrap_or_else(late));
        // It was given up when it hung. That it ends now, most often since it was cancelled, is no other failure.
        if self.agenda.end_hang(seat) && fault.is_some() && place != Place::Kept {
            return;
        }
        if !matches!(place, Place::Database(_)) {
            self.watched.publisher.login(self.agenda.waited(seat), limit, fault.as_ref());
        }
        if let Some(fault) = fault.as_ref().filter(|_| place == Place::Kept) {
            self.note(fault);
        }
        self.agenda.logged(seat, place, login, fault.as_ref());
    }

    /// Handles the result of a look at the locks. An error for an answer says nothing about any database: their logins will tell.
    pub(super) fn looked(&mut self, found: Result<Locked, Fault>, youngest: Option<Duration>) {
        if found.as_ref().is_err_and(|fault| fault.fate != Fate::Usable) {
            return;
        }
        self.agenda.looked(found.unwrap_or_default(), youngest);
    }

    /// The statements that cancel the logins that hang.
    pub(super) fn cancels(&mut self) -> Vec<String> {
        self.agenda.cancels()
    }
}
