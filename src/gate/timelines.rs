//! The timelines of the profiles under one catalogue, each made when it is first asked for. They belong to the states that
//! have this catalogue; the next catalogue begins without any. Whoever asks waits for nobody but who makes the very same
//! one.

use crate::domain::{
    answer::{Answer, Timeline},
    decision::{Catalogue, Question},
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

/// Of one profile: for each of its connections, one for each content type.
#[derive(Debug)]
struct Answered {
    profile: u64,
    timelines: Box<[OnceLock<Timeline>]>,
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

    /// The answer about a sender of this profile. The timelines must be those of the catalogue.
    pub fn answer(
        &self,
        catalogue: &Catalogue,
        profile: &Arc<Profile>,
        integrator_id: &IntegratorId,
        content_type: ContentType,
        now: Timestamp,
    ) -> Answer<'_> {
        let Some(connection) = profile.place_of(integrator_id) else { return Answer::not_visible() };
        let question = || {
            let integrator = catalogue.integrators.get(integrator_id);
            Question { integrator, sender: Some(profile.facts()), content_type }
        };
        let known = self.of(profile).and_then(|answered| {
            let place = connection * ContentType::ALL.len() + content_type as usize;
            Some(answered.timelines.get(place)?.get_or_init(|| Timeline::of(catalogue, &question())).at(now))
        });
        known.unwrap_or_else(|| Answer::of(catalogue, &question(), now))
    }

    fn of(&self, profile: &Arc<Profile>) -> Option<&Answered> {
        if profile.id() == 0 || Arc::strong_count(profile) <= ALONE {
            return None;
        }
        let id = profile.id();
        let count = profile.facts().connections.len() * ContentType::ALL.len();
        let empty = || Answered { profile: id, timelines: std::iter::repeat_with(OnceLock::new).take(count).collect() };
        let places = (id..id + TRIES).map(|place| place as usize % self.places.len());
        places.map(|place| self.places[place].get_or_init(empty)).find(|answered| answered.profile == id)
    }
}
