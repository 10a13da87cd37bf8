//! The timelines of the profiles under one catalogue, each made when it is first asked for. They belong to the states that
//! have this catalogue; the next catalogue begins without any. Whoever asks waits for nobody but who makes the very same
//! one.

use super::record::Found;
use crate::domain::{
    answer::{Answer, Timeline},
    catalogue::Catalogue,
    decision::Question,
    ids::IntegratorId,
    profile::Profile,
    time::Timestamp,
    vocabulary::ContentType,
};
use std::sync::{Arc, OnceLock};

/// The fewest profiles there is room for.
const FEWEST: usize = 1 << 10;
/// The most. Beyond so many, some are judged anew for each question.
const MOST: usize = 1 << 17;
/// In how many places a profile is looked for.
const TRIES: u64 = 8;
/// The holders of a profile that one sender alone has: all profiles, and its record. It is judged anew for each question,
/// which costs a microsecond, rather than have every sender keep answers of its own in memory.
const ALONE: usize = 2;

/// The timelines of the questions that were asked.
#[derive(Debug)]
pub struct Timelines {
    places: Box<[OnceLock<Answered>]>,
    /// Profiles with a later id do not find enough room.
    until: u64,
}

/// Of one profile: for each of its connections, a timeline for each content type.
#[derive(Debug)]
struct Answered {
    profile: u64,
    connections: Box<[(IntegratorId, [OnceLock<Timeline>; ContentType::ALL.len()])]>,
}

impl Answered {
    fn new(profile: &Profile) -> Self {
        let integrators = profile.facts().connections.iter().map(|connection| connection.integrator_id.clone());
        Self { profile: profile.id(), connections: integrators.map(|id| (id, Default::default())).collect() }
    }

    /// The timelines of a connection, unless there is none.
    fn with(&self, integrator_id: &IntegratorId) -> Option<&[OnceLock<Timeline>; ContentType::ALL.len()]> {
        self.connections.iter().find(|(id, _)| id == integrator_id).map(|(_, timelines)| timelines)
    }
}

impl Default for Timelines {
    fn default() -> Self {
        Self::with_room(FEWEST)
    }
}

impl Timelines {
    fn with_room(room: usize) -> Self {
        let until = Profile::newest_id() + room as u64 / 2;
        Self { places: std::iter::repeat_with(OnceLock::new).take(room).collect(), until }
    }

    /// Timelines of another catalogue.
    pub fn anew(&self) -> Self {
        Self::with_room(self.places.len())
    }

    /// Those that have room for the profile too, where these do not.
    pub fn grown(&self, profile: &Profile) -> Option<Self> {
        (profile.id() > self.until).then(|| Self::with_room((self.places.len() * 2).min(MOST)))
    }

    /// The answer about a sender. The timelines must be those of the catalogue.
    pub fn answer(
        &self,
        catalogue: &Catalogue,
        sender: &Found<'_>,
        integrator_id: &IntegratorId,
        content_type: ContentType,
        now: Timestamp,
    ) -> Answer<'_> {
        // Nearly all are answered here, without a look at the record or its profile.
        if let Some(answered) = self.known(sender.profile) {
            match answered.with(integrator_id).map(|timelines| timelines[content_type as usize].get()) {
                Some(Some(timeline)) => return timeline.at(now),
                Some(None) => {}
                None => return Answer::not_visible(),
            }
        }
        let profile = sender.record.profile();
        let integrator = catalogue.integrators.get(integrator_id);
        let question = Question { integrator, sender: Some(profile.facts()), content_type };
        match self.of(profile).map(|answered| answered.with(integrator_id)) {
            Some(Some(timelines)) => {
                timelines[content_type as usize].get_or_init(|| Timeline::of(catalogue, &question)).at(now)
            }
            Some(None) => Answer::not_visible(),
            None => Answer::of(catalogue, &question, now),
        }
    }

    fn places(&self, profile: u64) -> impl Iterator<Item = &OnceLock<Answered>> {
        // Their number is a power of two.
        (profile..profile + TRIES).map(|place| &self.places[place as usize & (self.places.len() - 1)])
    }

    /// What there is of a profile already.
    fn known(&self, profile: u64) -> Option<&Answered> {
        self.places(profile).map_while(OnceLock::get).find(|answered| answered.profile == profile)
    }

    /// The same, with room made for it where there is any.
    fn of(&self, profile: &Arc<Profile>) -> Option<&Answered> {
        if profile.id() == 0 || Arc::strong_count(profile) <= ALONE {
            return None;
        }
        let mut answered = self.places(profile.id()).map(|place| place.get_or_init(|| Answered::new(profile)));
        answered.find(|answered| answered.profile == profile.id())
    }
}
