//! A mail as the bytes that go out: text and HTML side by side, the attachment beside both.

use super::{
    mailer::{Outgoing, SendFailure},
    words::{Attachment, Operator, Written},
};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use std::time::{Duration, UNIX_EPOCH};

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// In ASCII, as every mail server takes it.
    Ascii,
    /// As it is, so that a person can read the file.
    Readable,
}

/// Who the mails come from.
#[derive(Debug, Clone)]
pub struct Sender {
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

/// An address that cannot stand in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("mail.from and operator.email: must be e-mail addresses")]
pub struct InvalidSender;

impl Sender {
    /// Mails from an address, under the operator's name, with answers to the operator's address.
    pub fn new(from: &str, operator: &Operator) -> Result<Self, InvalidSender> {
        let name = one_line(&operator.name);
        let from = Mailbox::new((!name.is_empty()).then_some(name), address(from).ok_or(InvalidSender)?);
        let reply_to = match &operator.email {
            Some(email) => Some(Mailbox::new(None, address(email).ok_or(InvalidSender)?)),
            None => None,
        };
        Ok(Self { from, reply_to })
    }

    /// The message: the same headers at each try, but for the date.
    pub fn message(&self, outgoing: &Outgoing, wire: Wire) -> Result<Message, SendFailure> {
        let unusable = SendFailure::permanent("address-unusable");
        let to = Mailbox::new(None, address(&outgoing.to).ok_or(unusable)?);
        let micros = u64::try_from(outgoing.time.micros()).unwrap_or(0);
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(one_line(&outgoing.written.subject))
            .message_id(Some(format!("<{}@{}>", outgoing.id, self.from.email.domain())))
            .date(UNIX_EPOCH + Duration::from_micros(micros))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let builder = match &self.reply_to {
            Some(reply_to) => builder.reply_to(reply_to.clone()),
            None => builder,
        };
        builder.multipart(body(&outgoing.written, wire)).map_err(|_| unusable)
    }
}

fn body(written: &Written, wire: Wire) -> MultiPart {
    let both = MultiPart::alternative()
        .singlepart(text(&written.text, ContentType::TEXT_PLAIN, wire))
        .singlepart(text(&written.html, ContentType::TEXT_HTML, wire));
    match &written.attachment {
        Some(file) => MultiPart::mixed().multipart(both).singlepart(attached(file)),
        None => both,
    }
}

fn text(text: &str, kind: ContentType, wire: Wire) -> SinglePart {
    let builder = SinglePart::builder().header(kind);
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    match wire {
        // The rest of a longer line would be lost on the way. The library itself takes no line beyond 76 bytes for this.
        Wire::Readable if longest < 990 => {
            let bytes = text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
            builder.body(Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::EightBit))
        }
        _ => builder.header(ContentTransferEncoding::QuotedPrintable).body(text.to_owned()),
    }
}

/// In base64, from bytes: neither an end of line nor anything else is changed on the way.
fn attached(file: &Attachment) -> SinglePart {
    SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .header(ContentDisposition::attachment(&one_line(&file.name)))
        .header(ContentTransferEncoding::Base64)
        .body(file.text.clone().into_bytes())
}

/// An address whose domain is in ASCII, as servers without SMTPUTF8 need it.
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    Address::new(local, domain).ok()
}

/// A control character in a mailbox's name is more than the library takes.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ids::MessageId, time::Timestamp};
    use base64::{Engine, engine::general_purpose::STANDARD};

    fn outgoing(to: &str, written: Written) -> Outgoing {
        let id = MessageId("0198c1d2-0000-7000-8000-000000000001".parse().unwrap());
        let time: Timestamp = "2026-11-22T09:04:59Z".parse().unwrap();
        Outgoing { id, to: to.to_owned(), written, time }
    }

    fn written(subject: &str, attachment: Option<Attachment>) -> Written {
        let (text, html) = ("Hej Åsa!\n\nhttps://a.example/a/x\n".to_owned(), "<p>Hej Åsa!</p>".to_owned());
        Written { subject: subject.to_owned(), text, html, attachment }
    }

    fn operator(name: &str) -> Operator {
        Operator { name: name.to_owned(), privacy_notice: None, email: Some("stod@brev.example".to_owned()) }
    }

    fn sent(operator: &Operator, to: &str, written: Written, wire: Wire) -> String {
        let sender = Sender::new("avtal@brev.example", operator).unwrap();
        String::from_utf8(sender.message(&outgoing(to, written), wire).unwrap().formatted()).unwrap()
    }

    #[test]
    fn headers_are_those_of_an_automatic_mail_with_a_stable_id() {
        let mail = sent(&operator("Brevlådan AB"), "lon@company.example", written("Avtal", None), Wire::Ascii);
        for line in [
            "Message-ID: <0198c1d2-0000-7000-8000-000000000001@brev.example>",
            "Date: Sun, 22 Nov 2026 09:04:59 +0000",
            "To: lon@company.example",
            "Reply-To: stod@brev.example",
            "Auto-Submitted: auto-generated",
            "Subject: Avtal",
        ] {
            assert!(mail.lines().any(|l| l == line), "{line}\n{mail}");
        }
        assert!(mail.contains("<avtal@brev.example>\r\n") && mail.is_ascii() && !mail.contains("List-Unsubscribe"));
    }

    #[test]
    fn hostile_names_make_no_header() {
        for name in ["A\r\nBcc: x@y.se", "A\nB", "A\u{0}B", "A \"q\" B", "", "Å\u{7f}B", "\u{202e}x", "<x>,"] {
            let mail = sent(&operator(name), "lon@company.example", written(name, None), Wire::Ascii);
            let (head, _) = mail.split_once("\r\n\r\n").unwrap();
            assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        }
    }

    #[test]
    fn an_attachment_comes_through_to_the_byte() {
        let text = "ombord-receipt/1\nÅäö\r\nline\n\n— key sig\n".repeat(50);
        let file = Attachment { name: "kvitto.txt".to_owned(), text: text.clone() };
        for wire in [Wire::Ascii, Wire::Readable] {
            let mail =
                sent(&operator("x"), "lon@company.example", written("s", Some(Attachment { ..clone(&file) })), wire);
            let part = mail.split("Content-Disposition: attachment; filename=\"kvitto.txt\"").nth(1).unwrap();
            assert!(mail.contains("multipart/mixed") && mail.contains("multipart/alternative"));
            let body: String =
                part.split("\r\n\r\n").nth(1).unwrap().split("--").next().unwrap().split_whitespace().collect();
            assert_eq!(STANDARD.decode(body).unwrap(), text.as_bytes());
        }
        let mail = sent(&operator("x"), "a@company.example", written("s", Some(file)), Wire::Ascii);
        assert_eq!(mail.matches("Content-Type: text/plain; charset=utf-8").count(), 2);
    }

    fn clone(file: &Attachment) -> Attachment {
        Attachment { name: file.name.clone(), text: file.text.clone() }
    }

    #[test]
    fn a_file_shows_the_link_as_it_is() {
        let mail = sent(&operator("x"), "lon@company.example", written("s", None), Wire::Readable);
        assert!(mail.contains("\r\nhttps://a.example/a/x\r\n") && mail.contains("Hej Åsa!"));
    }

    #[test]
    fn addresses_are_sent_to_as_servers_take_them() {
        let sender = Sender::new("avtal@brev.example", &operator("x")).unwrap();
        let to = |to: &str| sender.message(&outgoing(to, written("s", None)), Wire::Ascii);
        let message = to("lon@exämple.se").unwrap();
        assert_eq!(message.envelope().to()[0].to_string(), "lon@xn--exmple-cua.se");
        assert_eq!(message.envelope().from().unwrap().to_string(), "avtal@brev.example");
        for bad in ["", "x", "a b@c.se", "a@b.se\r\nBcc: x@y.se", "a@b.se, c@d.se"] {
            assert_eq!(to(bad).err(), Some(SendFailure::permanent("address-unusable")), "{bad:?}");
        }
        assert!(Sender::new("nobody", &operator("x")).is_err());
    }
}
