//! Places, of which there are so many: of calls under way and of followers. The gateways, without which nobody sends, and
//! the operator must find one whatever integrators do, and each integrator whatever another does.

use crate::{domain::ids::IntegratorId, service::caller::Caller};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Places, all together and for integrators.
#[derive(Debug)]
pub struct Places {
    most: usize,
    /// How many one integrator has at most.
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    gateways: usize,
    integrators: HashMap<IntegratorId, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    integrator: Option<IntegratorId>,
}

impl Places {
    /// At most so many places. Integrators have half of them together, and one integrator that half's `part`th.
    pub fn new(most: usize, part: usize) -> Self {
        Self { most, each: (most / 2 / part).max(1), taken: Mutex::default() }
    }

    /// A place for a caller, if one is left.
    pub fn take(self: &Arc<Self>, caller: &Caller) -> Option<Place> {
        let mut taken = self.taken();
        let of_integrators: usize = taken.integrators.values().sum();
        if taken.gateways + of_integrators >= self.most {
            return None;
        }
        let integrator = caller.integrator().cloned();
        match &integrator {
            None => taken.gateways += 1,
            Some(integrator) => {
                let own = taken.integrators.get(integrator).copied().unwrap_or(0);
                if of_integrators >= self.most.div_ceil(2) || own >= self.each {
                    return None;
                }
                taken.integrators.insert(integrator.clone(), own + 1);
            }
        }
        Some(Place { places: Arc::clone(self), integrator })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match &self.integrator {
            None => taken.gateways -= 1,
            Some(integrator) => {
                if let Some(own) = taken.integrators.get_mut(integrator) {
                    *own -= 1;
                }
                taken.integrators.retain(|_, own| *own > 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::caller::Scopes;

    fn caller(integrator: Option<&str>) -> Caller {
        let integrator = integrator.map(|slug| IntegratorId::parse(slug).unwrap());
        Caller::from_claims("somebody".into(), integrator, Scopes::GATE_CHECK).unwrap()
    }

    #[test]
    fn integrators_leave_room_for_gateways_and_for_each_other() {
        let places = Arc::new(Places::new(64, 8));
        let (alfa, gateway) = (caller(Some("alfa")), caller(None));
        let mut held: Vec<Place> = (0..4).map(|_| places.take(&alfa).unwrap()).collect();
        assert!(places.take(&alfa).is_none(), "one integrator has a sixteenth");
        for n in 0..7 {
            let other = caller(Some(&format!("other-{n}")));
            held.extend((0..4).map(|_| places.take(&other).unwrap()));
        }
        assert!(places.take(&caller(Some("late"))).is_none(), "all together have half");
        let gateways: Vec<Place> = (0..32).map(|_| places.take(&gateway).unwrap()).collect();
        assert!(places.take(&gateway).is_none(), "and that is all");
        drop(held);
        assert!(places.taken().integrators.is_empty());
        let more: Vec<Place> = (0..33).filter_map(|_| places.take(&gateway)).collect();
        assert_eq!(more.len(), 32);
        drop(more);
        drop(gateways);
        assert!(places.take(&alfa).is_some());
    }

    #[test]
    fn few_places_are_still_some() {
        let places = Arc::new(Places::new(1, 8));
        let held = places.take(&caller(Some("alfa")));
        assert!(held.is_some() && places.take(&caller(None)).is_none());
        drop(held);
        assert!(places.take(&caller(None)).is_some());
        assert!(Arc::new(Places::new(0, 8)).take(&caller(None)).is_none());
    }
}
