//! The settings of the mails that go out.

use secrecy::SecretString;
use std::{net::IpAddr, path::PathBuf};

/// The mails that go out.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server; without one, mails are written as files.
    pub smtp: Option<SmtpServer>,
    /// A file with certificate authorities (PEM) that the mail server's certificate may come from, beside the machine's.
    pub smtp_ca_file: Option<PathBuf>,
    /// The address that mails come from; its domain is that of their Message-ID.
    pub from: Option<String>,
    /// Where mails are written without a mail server.
    pub directory: PathBuf,
    /// Whether the directory was given, or is the default.
    pub directory_given: bool,
    /// Mails a minute, at most.
    pub per_minute: u32,
}

/// How the line to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// TLS by STARTTLS, without which nothing is said (`smtp://`).
    StartTls,
    /// None; only to this machine itself.
    None,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is secured.
    pub security: Security,
    /// User and password.
    pub credentials: Option<(String, SecretString)>,
}

const SHAPE: &str = "must be smtps://USER:PASSWORD@HOST:PORT (TLS) or smtp://USER:PASSWORD@HOST:PORT (STARTTLS)";
const PLAIN: &str = "?tls=none is only for a mail server on this machine itself";

/// Reads a mail server's URL.
pub(super) fn smtp_url(text: &str) -> Result<SmtpServer, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or(SHAPE)?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let security = match (scheme, query) {
        ("smtps", None) => Security::Tls,
        ("smtp", None) => Security::StartTls,
        ("smtp", Some("tls=none")) => Security::None,
        _ => return Err(SHAPE),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
    let credentials = match user {
        None => None,
        Some(user) => {
            let (user, password) = user.split_once(':').ok_or(SHAPE)?;
            let (user, password) = (decoded(user).ok_or(SHAPE)?, decoded(password).ok_or(SHAPE)?);
            if user.is_empty() || password.is_empty() {
                return Err(SHAPE);
            }
            Some((user, SecretString::from(password)))
        }
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(address) => {
            let (address, rest) = address.split_once(']').ok_or(SHAPE)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| SHAPE)?;
            (address, if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(SHAPE)?) })
        }
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || !host.bytes().all(|c| c.is_ascii_alphanumeric() || b".-:".contains(&c)) {
        return Err(SHAPE);
    }
    if security == Security::None && !is_this_machine(host) {
        return Err(PLAIN);
    }
    let usual = match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::None => 25,
    };
    let port = match port {
        None => usual,
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(SHAPE)?,
    };
    Ok(SmtpServer { host: host.to_owned(), port, security, credentials })
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// `%40` for `@` and so on, as users and passwords need in a URL.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_server_is_spoken_to_over_tls_unless_it_is_here() {
        for (url, host, port, security) in [
            ("smtps://mail.example", "mail.example", 465, Security::Tls),
            ("smtps://u:p@mail.example:4650/", "mail.example", 4650, Security::Tls),
            ("smtp://mail.example", "mail.example", 587, Security::StartTls),
            ("smtp://[::1]:2525", "::1", 2525, Security::StartTls),
            ("smtp://localhost?tls=none", "localhost", 25, Security::None),
            ("smtp://127.0.0.1:2525?tls=none", "127.0.0.1", 2525, Security::None),
        ] {
            let server = smtp_url(url).unwrap();
            assert_eq!((server.host.as_str(), server.port, server.security), (host, port, security), "{url}");
        }
        for bad in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://mail.example?tls=none",
            "smtp://127.0.0.1.example?tls=none",
            "smtps://localhost?tls=none",
            "smtp://mail.example?tls=opportunistic",
            "smtp://user@mail.example",
            "smtp://user:@mail.example",
            "smtp://a b",
            "smtp://mail.example:0",
            "smtp://mail.example:99999",
            "smtp://mail.example/path",
            "smtp://[mail.example]",
        ] {
            assert!(smtp_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_decoded_and_do_not_show() {
        let server = smtp_url("smtps://ombord%40brev.example:p%40ss%3Aw%C3%B6rd:x@mail.example").unwrap();
        let (user, password) = server.credentials.as_ref().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("ombord@brev.example", "p@ss:wörd:x"));
        assert!(!format!("{server:?}").contains("wörd"));
        for bad in ["smtps://u:%zz@h", "smtps://u:%4@h", "smtps://u:a%0d%0ab@h"] {
            assert!(smtp_url(bad).is_err(), "{bad}");
        }
    }
    #[test]
    fn what_belongs_together_is_asked_for_together() {
        use crate::config::{Mode, Settings};
        let errors = |env: &[(&str, &str)]| {
            let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Settings::load(None, env, Mode::Dev).err().map(|errors| errors.0.join("; ")).unwrap_or_default()
        };
        let (url, from) = (("OMBORD_MAIL_SMTP_URL", "smtps://u:s3cret@h"), ("OMBORD_MAIL_FROM", "avtal@brev.example"));
        assert_eq!(errors(&[url, from]), "");
        assert_eq!(errors(&[url]), "mail.from: needed with mail.smtp_url");
        assert_eq!(errors(&[("OMBORD_MAIL_SMTP_CA_FILE", "/ca.pem")]), "mail.smtp_ca_file: only with mail.smtp_url");
        let refused = errors(&[("OMBORD_MAIL_SMTP_URL", "smtp://u:s3cret@mail.example?tls=none"), from]);
        assert!(refused.contains("only for a mail server on this machine") && !refused.contains("s3cret"), "{refused}");
    }
}
