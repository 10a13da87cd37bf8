//! The settings of the public pages, the hosted form among them.

use std::net::SocketAddr;

/// The public pages.
#[derive(Debug, Clone)]
pub struct Web {
    /// Where HTTP listens.
    pub listen: SocketAddr,
    /// The public address that links begin with, without a slash at its end; without it there is no form.
    pub base_url: Option<String>,
    /// Whether a proxy stands before it, whose `X-Forwarded-For` names the peer.
    pub behind_proxy: bool,
    /// Requests of one address a minute, at most.
    pub per_minute: u32,
}

/// Who runs the service, as links, mails and the form say it.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Its name.
    pub name: Option<String>,
    /// Where its privacy notice is.
    pub privacy_notice_url: Option<String>,
    /// Its address, for answers to mails and for contests.
    pub email: Option<String>,
}

/// An https address, or an http one of this machine itself; without a slash at its end.
pub(super) fn base_url(text: &str) -> Result<String, &'static str> {
    let text = text.trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| {
        let rest = text.strip_prefix("http://")?;
        let host = rest.split(['/', ':']).next()?;
        matches!(host, "localhost" | "127.0.0.1").then_some(rest)
    });
    let fits = |rest: &str| {
        !rest.is_empty()
            && rest.bytes().all(|c| c.is_ascii_graphic() && !b"?#@\"'<>\\".contains(&c))
            && !rest.starts_with('/')
    };
    match rest {
        Some(rest) if fits(rest) => Ok(text.to_owned()),
        _ => Err("must be an https:// address such as https://ombord.example (http:// only for this machine itself)"),
    }
}

/// An https address of a page.
pub(super) fn page_url(text: &str) -> Result<String, &'static str> {
    let fits = |rest: &str| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_graphic() && !b"\"'<>\\".contains(&c));
    match text.strip_prefix("https://") {
        Some(rest) if fits(rest) => Ok(text.to_owned()),
        _ => Err("must be an https:// address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_but_for_this_machine() {
        assert_eq!(base_url("https://ombord.example/").as_deref(), Ok("https://ombord.example"));
        assert_eq!(base_url("https://www.example/ombord").as_deref(), Ok("https://www.example/ombord"));
        assert_eq!(base_url("http://127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080"));
        for bad in [
            "",
            "ombord.example",
            "http://ombord.example",
            "https://",
            "https:///x",
            "https://a?b",
            "https://a@b",
            "https://a b",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
        assert!(page_url("https://www.example/privacy?lang=sv#top").is_ok());
        assert!(page_url("http://www.example/").is_err());
    }
}
