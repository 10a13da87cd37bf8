//! Where the second page of each list goes on.

use crate::support::server::Server;
use ombord::pb;
use serde_json::Value;
use std::collections::BTreeMap;

/// The tokens of the second page of each list.
pub async fn cursors(server: &Server) -> (BTreeMap<String, Value>, Vec<String>) {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let (mut operator, mut auditor) = (server.operator("anna"), server.auditor());
    let page_size = 1;
    let versions = pb::ListAgreementVersionsRequest { page_size, agreement_id: "terms".into(), ..Default::default() };
    let tokens = [
        ("IntegratorService/ListIntegrators", {
            let request = pb::ListIntegratorsRequest { page_size, ..Default::default() };
            operator.integrators.list_integrators(request).await.unwrap().into_inner().next_page_token
        }),
        ("SenderService/ListSenders", {
            let request = pb::ListSendersRequest { page_size, ..Default::default() };
            operator.senders.list_senders(request).await.unwrap().into_inner().next_page_token
        }),
        ("AgreementService/ListAgreements", {
            let request = pb::ListAgreementsRequest { page_size, ..Default::default() };
            operator.agreements.list_agreements(request).await.unwrap().into_inner().next_page_token
        }),
        ("AgreementService/ListAgreementVersions", {
            operator.agreements.list_agreement_versions(versions).await.unwrap().into_inner().next_page_token
        }),
        ("AcceptanceService/ListAcceptances", {
            let request = pb::ListAcceptancesRequest { page_size, ..Default::default() };
            operator.acceptances.list_acceptances(request).await.unwrap().into_inner().next_page_token
        }),
        ("AcceptanceService/ListInvitations", {
            let request = pb::ListInvitationsRequest { page_size, ..Default::default() };
            operator.acceptances.list_invitations(request).await.unwrap().into_inner().next_page_token
        }),
        ("MailService/ListMail", {
            let request = pb::ListMailRequest { page_size, ..Default::default() };
            operator.mail.list_mail(request).await.unwrap().into_inner().next_page_token
        }),
        ("ExceptionService/ListExceptions", {
            let request = pb::ListExceptionsRequest { page_size, ..Default::default() };
            operator.exceptions.list_exceptions(request).await.unwrap().into_inner().next_page_token
        }),
        ("LedgerService/ListEntries", {
            let request = pb::ListEntriesRequest { page_size, ..Default::default() };
            auditor.ledger.list_entries(request).await.unwrap().into_inner().next_page_token
        }),
    ];
    let after = |token: &String| {
        let token: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).unwrap()).unwrap();
        token["after"].clone()
    };
    let cursors = tokens.iter().map(|(method, token)| (format!("/ombord.v1.{method}"), after(token))).collect();
    (cursors, tokens.into_iter().map(|(_, token)| token).collect())
}
