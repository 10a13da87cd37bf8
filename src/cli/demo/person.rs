//! The sender's own person: gets a mail, follows its link, accepts on the form, and holds a receipt.

use super::stage::{Answer, Played, Stage};
use crate::{
    client::Client,
    domain::ledger::{note::VerifyingKey, receipt},
    pb,
};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client as Http, rt::TokioExecutor};
use std::{path::PathBuf, time::Duration};
use tonic::Status;

/// Where the mails of a service lie, and the keys that its receipts are signed with.
pub(crate) struct Mailbox {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The keys.
    pub(crate) keys: Vec<VerifyingKey>,
}

/// For how many tenths of a second a mail is waited for.
const PATIENCE: u32 = 100;

fn lost(what: impl std::fmt::Display) -> Status {
    Status::aborted(what.to_string())
}

impl Stage<'_> {
    pub(super) async fn invite(&mut self, client: Client, reference: &str, email: &str) -> Played {
        let request = pb::CreateInvitationRequest {
            request_id: Self::new_id(),
            external_reference: reference.to_owned(),
            recipient_email: email.to_owned(),
            ..Default::default()
        };
        let response = client.acceptances().create_invitation(request).await?.into_inner();
        let linkless = !format!("{response:?}").contains("/a/");
        let said = vec![format!("CREATED; the link is in the answer: {}", if linkless { "no" } else { "yes" })];
        let code = format!("the mail and the integrator show {}", response.check_code);
        Ok(Answer { said, more: vec![code, self.wrote(&response.ledger_id, response.revision)] })
    }

    /// Follows the link in the first mail to an address, and accepts what the form shows.
    pub(super) async fn follow(&mut self, email: &str) -> Played {
        let mail = self.mail(email, 1).await?;
        let link = mail.lines().find(|line| line.contains("/a/")).ok_or_else(|| lost("a mail without a link"))?;
        let page = fetch(link, None).await?.1;
        let shown = page.split_once("name=\"shown\" value=\"").and_then(|(_, rest)| rest.split('"').next());
        let shown = shown.ok_or_else(|| lost("a page without the form"))?;
        let form = format!(
            "do=accept&lang=sv&shown={shown}&full_name=Eva+Lind&role=Ekonomichef&email={email}\
             &authority_basis=AUTHORISED_SIGNATORY&contact=dataskydd%40scania.example\
             &agree=general-terms&agree=dpa-payslip&authority=on"
        );
        let (status, _) = fetch(link, Some(form)).await?;
        // What the person did is no call of this story's; the next question must see it all the same.
        self.memory.written = Default::default();
        let said =
            if status == StatusCode::SEE_OTHER { "accepted".to_owned() } else { format!("the form says {status}") };
        Ok(Answer { said: vec![said], more: Vec::new() })
    }

    /// Verifies the receipt in the second mail to an address, as anybody could.
    pub(super) async fn verify(&mut self, email: &str) -> Played {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mail = self.mail(email, 2).await?;
        let attached = mail.split_once("Content-Disposition: attachment").and_then(|(_, part)| {
            let (_, body) = part.split_once("\r\n\r\n")?;
            let body: String = body.split("\r\n--").next()?.split_whitespace().collect();
            String::from_utf8(STANDARD.decode(body).ok()?).ok()
        });
        let attached = attached.ok_or_else(|| lost("a mail without a receipt"))?;
        let keys = self.mailbox()?.keys.clone();
        let verdict = |text: &str| match receipt::verify(text, &keys) {
            Ok(_) => "GOOD".to_owned(),
            Err(_) => "REFUSED".to_owned(),
        };
        let changed = attached.replacen("Eva Lind", "Eva Rask", 1);
        let said = vec![
            format!("the receipt: {}", verdict(&attached)),
            format!("with another name in it: {}", verdict(&changed)),
        ];
        Ok(Answer { said, more: vec![format!("{} bytes of text, verified offline", attached.len())] })
    }

    fn mailbox(&self) -> Result<&Mailbox, Status> {
        self.mailbox.as_ref().ok_or_else(|| lost("the story has no mailbox"))
    }

    /// The n-th mail to an address, once it is there.
    async fn mail(&self, email: &str, n: usize) -> Result<String, Status> {
        let folder = &self.mailbox()?.folder;
        for _ in 0..PATIENCE {
            let files = std::fs::read_dir(folder).map_err(lost)?.filter_map(Result::ok).map(|file| file.path());
            let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
            files.sort();
            let mails = files.iter().filter_map(|path| std::fs::read_to_string(path).ok());
            let to = format!("To: {email}");
            if let Some(mail) = mails.filter(|mail| mail.lines().any(|line| line == to)).nth(n - 1) {
                return Ok(mail);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(lost("the mail did not come"))
    }
}

async fn fetch(link: &str, form: Option<String>) -> Result<(StatusCode, String), Status> {
    let http = Http::builder(TokioExecutor::new()).build_http();
    let method = if form.is_some() { Method::POST } else { Method::GET };
    let request = Request::builder().method(method).uri(link.trim());
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Full::new(Bytes::from(form.unwrap_or_default()))).map_err(lost)?;
    let answer = http.request(request).await.map_err(lost)?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(lost)?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
