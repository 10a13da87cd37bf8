//! Random histories for the properties: acts happen on other days than they are recorded on, versions take effect before
//! or after their publication, and everything that has an end may be asked about before and after it.

use super::{
    histories::{
        ACME, AGREEMENTS, Ask, BUREAU, DAUGHTER, DPA, Day, INTEGRATORS, Inviting, PAYSLIP, SENDERS, Signed, Step,
        TERMS, TRADER, VENDOR, Whom, World, at,
    },
    setting,
};
use ombord::domain::{
    agreement::AgreementFacts,
    sender::SenderFacts,
    time::Timestamp,
    vocabulary::{Assurance, ChangeClass, ContactQuality, DeadlineFrom, Enforcement, InvitationState},
};
use proptest::{prelude::*, sample::select};

/// How many cases all properties together run, unless `OMBORD_TEST_CASES` says otherwise.
const CASES: usize = 3_000;

/// All properties on random histories: they share the cases.
pub const PROPERTIES: u32 = 28;

/// The cases of one property.
pub fn config() -> ProptestConfig {
    let cases = u32::try_from(setting("OMBORD_TEST_CASES", CASES)).expect("OMBORD_TEST_CASES is a number of cases");
    ProptestConfig {
        cases: cases.div_ceil(PROPERTIES),
        failure_persistence: None,
        // A case that a property says nothing about is no case of it.
        max_global_rejects: u32::MAX,
        ..ProptestConfig::default()
    }
}

fn day() -> impl Strategy<Value = Day> {
    -10..70i64
}

pub fn assurance() -> impl Strategy<Value = Assurance> {
    select(Assurance::ALL)
}

fn enforcement() -> impl Strategy<Value = Enforcement> {
    select(Enforcement::ALL)
}

/// Mostly low, else hardly anything would ever be accepted.
fn minimum() -> impl Strategy<Value = Assurance> {
    prop_oneof![3 => Just(Assurance::Imported), 1 => assurance()]
}

fn contact() -> impl Strategy<Value = ContactQuality> {
    select(ContactQuality::ALL)
}

/// Mostly one sender through one integrator, so that many acts meet.
fn sender() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(ACME), 2 => Just(DAUGHTER), 1 => Just(TRADER)]
}

fn through() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(BUREAU), 1 => Just(VENDOR)]
}

fn agreement() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(TERMS), 1 => Just(DPA), 2 => Just(PAYSLIP)]
}

fn version() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(1usize), 3 => Just(2), 2 => Just(3), 1 => Just(4)]
}

fn whom() -> impl Strategy<Value = Whom> {
    prop_oneof![sender().prop_map(Whom::Sender), through().prop_map(Whom::Integrator)]
}

pub fn signed() -> impl Strategy<Value = Signed> {
    (sender(), through(), assurance(), day()).prop_map(|(sender, through, assurance, on)| Signed {
        sender,
        through,
        assurance,
        on,
    })
}

pub fn publication() -> impl Strategy<Value = Step> {
    let class =
        prop_oneof![3 => Just(ChangeClass::Major), 1 => Just(ChangeClass::Minor), 1 => Just(ChangeClass::Editorial)];
    let from = prop_oneof![3 => Just(DeadlineFrom::Publication), 1 => Just(DeadlineFrom::Notice)];
    (agreement(), class, day(), 0..20u32, from).prop_map(|(agreement, class, effective, grace, from)| Step::Publish {
        agreement,
        class,
        effective,
        grace,
        from,
    })
}

/// A sender is told of a version.
pub fn notice() -> impl Strategy<Value = Step> {
    (sender(), agreement(), version()).prop_map(|(sender, agreement, version)| Step::Notice {
        sender,
        agreement,
        version,
    })
}

/// An acceptance or a connection is contested.
pub fn contest() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..12usize).prop_map(|acceptance| Step::ContestAcceptance { acceptance }),
        1 => (sender(), through()).prop_map(|(sender, through)| Step::ContestConnection { sender, through }),
    ]
}

fn resolving() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..12usize).prop_map(|acceptance| Step::ResolveContest { acceptance }),
        1 => (sender(), through()).prop_map(|(sender, through)| Step::ResolveConnectionContest { sender, through }),
    ]
}

/// A mail came back.
pub fn bounce() -> impl Strategy<Value = Step> {
    prop_oneof![
        (sender(), through()).prop_map(|(sender, through)| Step::Bounce { sender, through }),
        (0..12usize).prop_map(|acceptance| Step::BounceConfirmation { acceptance }),
    ]
}

/// Something happens to an invitation.
pub fn inviting() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        Just(Inviting::Created),
        Just(Inviting::Forwarded),
        Just(Inviting::Sent),
        Just(Inviting::Bounced),
        select(&[InvitationState::NotOurs, InvitationState::Cancelled, InvitationState::Superseded][..])
            .prop_map(Inviting::Ended),
        Just(Inviting::FirstSignature),
    ];
    (sender(), through(), what).prop_map(|(sender, through, what)| Step::Invitation { sender, through, what })
}

pub fn enforcing() -> impl Strategy<Value = Step> {
    (agreement(), prop::option::of(through()), enforcement(), minimum(), day()).prop_map(
        |(agreement, integrator, enforcement, minimum, from)| Step::Enforce {
            agreement,
            integrator,
            enforcement,
            minimum,
            from,
        },
    )
}

/// An acceptance of some versions, with coverage now and then.
pub fn acceptance() -> impl Strategy<Value = Step> {
    let every = [version(), version(), version()].prop_map(|labels| labels.into_iter().enumerate().collect::<Vec<_>>());
    let versions = prop_oneof![every, prop::collection::vec((agreement(), version()), 1..3)];
    let covered = prop_oneof![2 => Just(vec![]), 1 => Just(vec![DAUGHTER]), 1 => Just(vec![ACME]), 1 => Just(vec![ACME, DAUGHTER, TRADER])];
    (signed(), versions, any::<bool>(), covered, prop::option::weighted(0.2, contact())).prop_map(
        |(act, versions, retroactive, covered, contact)| Step::Accept { act, versions, retroactive, covered, contact },
    )
}

pub fn decline() -> impl Strategy<Value = Step> {
    (signed(), agreement(), version()).prop_map(|(act, agreement, version)| Step::Decline { act, agreement, version })
}

pub fn step() -> impl Strategy<Value = Step> {
    let pair = || (sender(), through());
    let create = (0..AGREEMENTS, enforcement(), minimum()).prop_map(|(agreement, enforcement, minimum)| Step::Create {
        agreement,
        enforcement,
        minimum,
    });
    prop_oneof![
        1 => create,
        6 => publication(),
        2 => (agreement(), version()).prop_map(|(agreement, version)| Step::Withdraw { agreement, version }),
        2 => enforcing(),
        3 => (sender(), through(), contact()).prop_map(|(sender, through, contact)| Step::Register { sender, through, contact }),
        1 => (sender(), through(), contact()).prop_map(|(sender, through, contact)| Step::Contact { sender, through, contact }),
        2 => pair().prop_map(|(sender, through)| Step::Confirm { sender, through }),
        1 => pair().prop_map(|(sender, through)| Step::EndConnection { sender, through }),
        1 => sender().prop_map(Step::SuspendSender),
        2 => sender().prop_map(Step::ResumeSender),
        1 => through().prop_map(Step::SuspendIntegrator),
        2 => through().prop_map(Step::ResumeIntegrator),
        14 => acceptance(),
        8 => decline(),
        2 => (0..8usize, select(&[ACME, DAUGHTER][..])).prop_map(|(acceptance, covered)| Step::EndCoverage { acceptance, covered }),
        2 => (0..8usize).prop_map(|acceptance| Step::Invalidate { acceptance }),
        3 => contest(),
        2 => resolving(),
        4 => notice(),
        1 => (sender(), agreement(), version()).prop_map(|(sender, agreement, version)| Step::NoticeFailed { sender, agreement, version }),
        1 => bounce(),
        1 => inviting(),
        2 => (whom(), day()).prop_map(|(whom, until)| Step::Propose { whom, until }),
        2 => (0..3usize).prop_map(Step::Approve),
        1 => (0..3usize).prop_map(Step::EndException),
    ]
}

fn first_version(agreement: usize, effective: Day) -> Step {
    Step::Publish { agreement, class: ChangeClass::Major, effective, grace: 0, from: DeadlineFrom::Publication }
}

/// How a world usually begins: agreements with a first version, and senders that are registered. Any part may be missing.
pub fn beginning() -> impl Strategy<Value = Vec<(Day, Step)>> {
    let agreements = (0..AGREEMENTS)
        .map(|agreement| {
            let effective = prop_oneof![3 => Just(-10i64), 1 => day()];
            (enforcement(), minimum(), effective).prop_map(move |(enforcement, minimum, effective)| {
                vec![(0, Step::Create { agreement, enforcement, minimum }), (0, first_version(agreement, effective))]
            })
        })
        .collect::<Vec<_>>();
    let connections = (0..SENDERS)
        .flat_map(|sender| (0..INTEGRATORS).map(move |through| (sender, through)))
        .map(|(sender, through)| (0, Step::Register { sender, through, contact: ContactQuality::Fine }))
        .collect::<Vec<_>>();
    let confirmed = (0..SENDERS)
        .flat_map(|sender| (0..INTEGRATORS).map(move |through| (sender, through)))
        .map(|(sender, through)| (0, Step::Confirm { sender, through }))
        .collect::<Vec<_>>();
    let first =
        (signed(), any::<bool>(), select(vec![vec![], vec![DAUGHTER]])).prop_map(|(act, retroactive, covered)| {
            let versions = (0..AGREEMENTS).map(|agreement| (agreement, 1)).collect();
            Step::Accept { act, versions, retroactive, covered, contact: None }
        });
    let accepted = prop::collection::vec((0..3i64, first), 0..4);
    (agreements, prop::collection::vec(any::<prop::sample::Index>(), 0..5), accepted).prop_map(
        move |(agreements, left_out, accepted)| {
            let agreements = agreements.into_iter().flatten();
            let mut steps: Vec<_> = agreements.chain(connections.clone()).chain(confirmed.clone()).collect();
            for index in left_out {
                steps.remove(index.index(steps.len()));
            }
            steps.extend(accepted);
            steps
        },
    )
}

/// A whole history.
pub fn history() -> impl Strategy<Value = Vec<(Day, Step)>> {
    let rest = prop::collection::vec((0..5i64, step()), 0..18);
    (beginning(), rest).prop_map(|(beginning, rest)| [beginning, rest].concat())
}

/// At most so many of the moments at which something may change, the first included.
pub fn some(moments: Vec<Timestamp>, most: usize) -> Vec<Timestamp> {
    let every = moments.len().div_ceil(most).max(1);
    moments.into_iter().step_by(every).collect()
}

/// Every question at some of the moments from today on.
pub fn asked(world: &World) -> Vec<(Ask, Timestamp)> {
    let moments = some(world.instants(at(world.today)), 12);
    Ask::all().flat_map(|ask| moments.iter().map(move |now| (ask, *now)).collect::<Vec<_>>()).collect()
}

/// Each sender with each agreement.
pub fn pairs(world: &World) -> Vec<(&SenderFacts, &AgreementFacts)> {
    world.senders.values().flat_map(|s| world.catalogue.agreements.iter().map(move |a| (s, a))).collect()
}
