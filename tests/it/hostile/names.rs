//! Names of people and companies in any script are kept to the byte; names made to deceive are refused by their field.

use crate::support::{
    database::each,
    server::{Server, faults, request_id},
    world::{acceptance, furnish, number, registration},
};
use ombord::pb;

const NAMES: &[&str] = &[
    "Åsa Öberg-Lindström",
    "Anna-Märta af Ugglas",
    "İbrahim Şahin Çağlayan",
    "Iğdır Yapı A.Ş.",
    "山田 太郎",
    "山田　太郎",
    "株式会社メールボックス",
    "サイトウ・ケンジ",
    "O’Brien & D'Arcy",
    "Seán Ó hÉigeartaigh",
    "Nguyễn Thị Minh Khai",
    "Γιώργος Παπαδόπουλος",
    "Дмитрий Ильич Чайковский-Орлов",
    "محمد بن سلمان",
    "יוסף כהן",
    "अनिता शर्मा",
    "กิตติพงษ์ ใจดี",
    "김민준",
    "Ærøskøbing Lønkontor ApS",
    "Straße & Söhne GmbH (i. L.)",
    // The same letters in one piece and in two: both are kept as they are.
    "Bj\u{f6}rk",
    "Bjo\u{308}rk",
    "ﬁnans Ⅷ №1",
    "😀 Löner AB",
];

const DECEPTIVE: &[&str] = &[
    "",
    " ",
    " Åsa",
    "Åsa ",
    "\u{3000}Åsa",
    "Åsa\0",
    "Åsa\nÖberg",
    "Åsa\tÖberg",
    "Åsa\r",
    "Åsa\u{1b}[31m",
    "Åsa\u{85}",
    "Åsa\u{202e}grebÖ",
    "\u{2067}Åsa\u{2069}",
    "Åsa\u{200e}",
    "\u{61c}Åsa",
    "Å\u{200b}sa",
    "Å\u{200d}sa",
    "Å\u{ad}sa",
    "\u{feff}Åsa",
    "Åsa\u{2060}",
    "Åsa\u{2028}Öberg",
    "\u{3164}",
    "Åsa\u{e0041}",
    "Åsa\u{fffd}",
    "Åsa\u{e000}",
];

#[tokio::test(flavor = "multi_thread")]
async fn names_in_any_script_pass_unchanged() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut first = server.integrator("first");
        for (n, name) in NAMES.iter().enumerate() {
            let (reference, name) = (format!("K-{n}"), (*name).to_owned());
            let request =
                pb::RegisterSenderRequest { legal_name: name.clone(), ..registration(&number(n), &reference) };
            first.senders.register_sender(request).await.unwrap();
            let get = pb::GetSenderRequest { external_reference: reference.clone(), ..Default::default() };
            let sender = first.senders.get_sender(get).await.unwrap().into_inner().sender.unwrap();
            assert_eq!(sender.connections[0].legal_name, name);

            let mut request = acceptance(&first, &reference).await;
            (request.signatories[0].full_name, request.signatories[0].role) = (name.clone(), name.clone());
            request.evidence[0].reference = name.clone();
            let recorded = first.acceptances.record_acceptance(request.clone()).await.unwrap().into_inner();
            let get = pb::GetAcceptanceRequest { acceptance_id: recorded.acceptances[0].acceptance_id.clone() };
            let kept = first.acceptances.get_acceptance(get).await.unwrap().into_inner().acceptance.unwrap();
            assert_eq!(kept.signatories, request.signatories);
            assert_eq!(kept.evidence, request.evidence);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deceptive_names_are_refused_by_their_field() {
    each(|database| async move {
        let server = Server::start(database.store.clone()).await;
        furnish(&server).await;
        let mut first = server.integrator("first");
        first.senders.register_sender(registration(&number(1), "K-1")).await.unwrap();
        let good = acceptance(&first, "K-1").await;
        for name in DECEPTIVE {
            let request = pb::RegisterSenderRequest { legal_name: (*name).into(), ..registration(&number(2), "K-2") };
            let refused = first.senders.register_sender(request).await.unwrap_err();
            assert_eq!(faults(&refused), ["legal_name"], "{name:?}");

            let mut request = pb::RecordAcceptanceRequest { request_id: request_id(), ..good.clone() };
            let signatory = &mut request.signatories[0];
            (signatory.full_name, signatory.role) = ((*name).into(), (*name).into());
            let mut wanted = vec!["signatories[0].full_name", "signatories[0].role"];
            if !name.is_empty() {
                request.evidence[0].reference = (*name).into();
                wanted.push("evidence[0].reference");
            }
            let refused = first.acceptances.record_acceptance(request).await.unwrap_err();
            assert_eq!(faults(&refused), wanted, "{name:?}");
        }
        server.stop().await;
    })
    .await;
}
