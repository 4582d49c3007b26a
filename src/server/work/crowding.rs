//! What is said where the time does not suffice: queries that wait so long that their last answers are too old.

use std::sync::Arc;

use tracing::{info, warn};

use super::agenda::Agenda;
use super::job::Job;
use super::plan;

impl Agenda {
    /// Reports the queries whose answers have become too old because there was no time for them. Called with each heartbeat.
    pub(super) fn tell_crowded(&mut self) {
        let Some(facts) = self.facts.clone() else { return };
        // While nobody can log in, that is the reason.
        if self.login_failed.is_some() {
            return;
        }
        let taken = self.trips.iter().flatten().flat_map(|trip| &trip.jobs);
        let taken = taken.filter_map(|job| Some((self.visits.was_due(job)?, job)));
        let waiting = self.kept.queued_by(self.now).chain(self.visits.queued_by(self.now)).chain(taken);
        // An answer is made one interval before the next is due, and is fresh for three and the timeout.
        let patience = |job: &Job| job.query.interval * 2 + job.query.timeout;
        let crowded = waiting.filter(|(due, job)| self.now.saturating_duration_since(*due) >= patience(job) && self.has(job));
        let crowded = crowded.filter(|(_, job)| plan::runs_on(&job.query, &facts).is_ok());
        let publisher = &self.watched.publisher;
        let queries = crowded.filter(|(_, job)| publisher.crowded(&job.query, job.database.as_ref(), self.now)).count();
        let server = Arc::clone(&publisher.name);
        if queries > 0 && !self.crowded {
            let busiest = self.shares.busiest().and_then(|database| self.name(database));
            warn!(%server, queries, busiest,
                "there is too little time for all queries, and the last answers of some are too old; the database named here uses most of it: \
                 give its slow queries a longer interval, or leave it out by databases.exclude");
        } else if queries == 0 && self.crowded {
            info!(%server, "there is time for all queries again");
        }
        self.crowded = queries > 0;
    }
}
