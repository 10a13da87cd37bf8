//! Invitations to the hosted form: how long a link works, and what an invitation's state is at a moment.

use super::{
    ids::{Digest, InvitationId},
    time::Timestamp,
    vocabulary::InvitationState,
};

/// How long a link works, in days.
pub const LINK_DAYS: i64 = 30;

/// After how many days a person who has not answered is reminded.
pub const REMINDER_DAYS: [i64; 2] = [7, 21];

/// How many links may be made for one another, by forwarding and renewing, before the integrator must invite anew: a
/// form that mails to any address on demand would serve strangers.
pub const LONGEST_CHAIN: usize = 8;

/// What a person can read out on the telephone: no letter or digit that looks or sounds like another.
const ALPHABET: &[u8; 28] = b"ACDEFGHJKLMNPQRTUVWXY3456789";

/// The end of a link that is made now.
pub fn expires(now: Timestamp) -> Timestamp {
    now.plus_seconds(LINK_DAYS * 86_400)
}

/// The state at `now`: one that waits for an answer has expired once its time has passed.
pub fn state_at(stored: InvitationState, expires: Timestamp, now: Timestamp) -> InvitationState {
    if stored.is_open() && expires <= now { InvitationState::Expired } else { stored }
}

impl InvitationState {
    /// Whether an answer is still awaited, its time apart. A mail that came back may have arrived elsewhere all the same.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Sent | Self::Bounced)
    }
}

/// An invitation's code of eight characters, such as `KX7M-4PQA`. It is no secret of the link: it lets a careful reader ask
/// the integrator whether the mail is genuine. Whoever forges a mail would have to know the invitation's id, most of which
/// is random.
pub fn check_code(id: InvitationId) -> String {
    let Digest(bytes) = Digest::of_parts(&[b"ombord/check-code/v1\0", id.0.as_bytes()]);
    let mut code = String::with_capacity(9);
    for (place, byte) in bytes.iter().take(8).enumerate() {
        if place == 4 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_for_an_answer_expires() {
        let now = Timestamp::from_micros(10).unwrap();
        for state in InvitationState::ALL {
            let open = matches!(state, InvitationState::Created | InvitationState::Sent | InvitationState::Bounced);
            let expected = if open { InvitationState::Expired } else { *state };
            assert_eq!(state_at(*state, now, now), expected);
            assert_eq!(state_at(*state, now.plus_seconds(1), now), *state);
        }
    }

    #[test]
    fn a_code_can_be_read_out() {
        let codes: Vec<_> = (0..100).map(|n| check_code(InvitationId(uuid::Uuid::from_u128(n)))).collect();
        for code in &codes {
            assert!(code.len() == 9 && code.bytes().all(|c| c == b'-' || ALPHABET.contains(&c)), "{code}");
        }
        let different: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), codes.len());
        assert_eq!(
            codes[7],
            check_code(InvitationId(uuid::Uuid::from_u128(7))),
            "mail, form and integrator show the same"
        );
    }
}
