//! A person at the sender: reads mails from the folder, follows links, fills in the form, as a browser without script does.

use super::server::Server;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

/// An answer of the site.
#[derive(Debug, Clone)]
pub struct Seen {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let at =
            self.body.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}: {}", self.body));
        let tag = &self.body[self.body[..at].rfind('<').unwrap()..];
        let tag = &tag[..tag.find('>').unwrap()];
        tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    pub fn shows(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}

/// A mail in the folder, as text.
#[derive(Debug, Clone)]
pub struct Letter {
    pub id: String,
    pub raw: String,
}

impl Letter {
    pub fn to(&self) -> &str {
        self.raw.lines().find_map(|line| line.strip_prefix("To: ")).unwrap()
    }

    /// The token of the first link to a form or a contest page.
    pub fn token(&self) -> String {
        let at = self.raw.find("/a/").unwrap_or_else(|| panic!("no link: {}", self.raw));
        self.raw[at + 3..].chars().take(43).collect()
    }

    /// The attached receipt.
    pub fn receipt(&self) -> Option<String> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let (_, part) = self.raw.split_once("Content-Disposition: attachment")?;
        let (_, body) = part.split_once("\r\n\r\n")?;
        let body: String = body.split("\r\n--").next()?.split_whitespace().collect();
        Some(String::from_utf8(STANDARD.decode(body).ok()?).unwrap())
    }
}

/// A person with a browser and a mailbox.
#[derive(Clone)]
pub struct Visitor {
    base: String,
    folder: PathBuf,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Visitor {
    pub fn of(server: &Server) -> Self {
        Self {
            base: server.services.form.as_ref().unwrap().base_url.clone(),
            folder: server.settings.mail.directory.clone(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    async fn ask(&self, method: Method, path: &str, form: Option<&[(&str, &str)]>) -> Seen {
        let encode = |text: &str| {
            text.bytes().fold(String::new(), |done, byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => format!("{done}{}", char::from(byte)),
                _ => format!("{done}%{byte:02X}"),
            })
        };
        let pairs = form.unwrap_or_default().iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let answer = self.client.request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Seen { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Seen {
        self.ask(Method::GET, path, None).await
    }

    pub async fn head(&self, path: &str) -> Seen {
        self.ask(Method::HEAD, path, None).await
    }

    /// The page of a link.
    pub async fn page(&self, token: &str) -> Seen {
        self.get(&format!("/a/{token}")).await
    }

    /// Posts to a link.
    pub async fn post(&self, token: &str, form: &[(&str, &str)]) -> Seen {
        self.ask(Method::POST, &format!("/a/{token}"), Some(form)).await
    }

    /// All mails so far, in the order of their ids.
    pub fn mails(&self) -> Vec<Letter> {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let names: BTreeSet<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        let letters = names.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
        letters
            .map(|path| Letter {
                id: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                raw: std::fs::read_to_string(&path).unwrap(),
            })
            .collect()
    }

    /// The newest mail to an address, once there are `count` of them.
    pub async fn mail(&self, to: &str, count: usize) -> Letter {
        for _ in 0..600 {
            let mut found: Vec<Letter> = self.mails().into_iter().filter(|letter| letter.to().contains(to)).collect();
            if found.len() >= count {
                return found.remove(count - 1);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no {count} mails to {to}: {:?}", self.mails().iter().map(|l| l.to().to_owned()).collect::<Vec<_>>());
    }

    /// Accepts everything through a link, as one person; further fields come last and count.
    pub async fn accept(&self, token: &str, more: &[(&str, &str)]) -> Seen {
        let shown = self.page(token).await.hidden("shown");
        self.post(token, &acceptance(&shown, more)).await
    }
}

/// The fields of the last step, as they stand in the world of the tests.
pub fn acceptance<'a>(shown: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let given = [
        ("do", "accept"),
        ("at", "accept"),
        ("lang", "sv"),
        ("shown", shown),
        ("full_name", "Åsa Öberg"),
        ("role", "Ekonomichef"),
        ("email", "asa@company.example"),
        ("authority_basis", "AUTHORISED_SIGNATORY"),
        ("contact", "dataskydd@company.example"),
        ("agree", "terms"),
        ("agree", "dpa"),
        ("authority", "on"),
    ];
    let overridden = |name: &str| name != "agree" && more.iter().any(|(other, _)| *other == name);
    given.into_iter().filter(|(name, _)| !overridden(name)).chain(more.iter().copied()).collect()
}
