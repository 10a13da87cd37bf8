//! The links in mails: a random token, of which only the digest is kept.

use super::{
    error::{Error, Result},
    write::Write,
};
use crate::{
    domain::{
        ids::{Digest, RecordId, SenderId},
        ledger::{Entry, Event},
        mail::LinkPurpose,
    },
    store::{MailRow, Reader},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;

/// A link's token: whoever has it may act through the link. It is never printed.
#[derive(Clone)]
pub struct LinkToken(String);

impl LinkToken {
    /// Reads the token of a link; nothing where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        // One token has one text: what decodes to the same bytes in another spelling is none.
        (bytes.len() == 32 && URL_SAFE_NO_PAD.encode(&bytes) == text).then(|| Self(text.to_owned()))
    }

    /// What the database knows it by.
    pub fn sha256(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken")
    }
}

/// Mints a link for a try of a mail: the address to be written into it. The entry is committed before the mail goes out,
/// so that whoever got it can follow the link, whatever becomes of this process; some links that are minted are never sent.
pub(super) async fn mint(
    write: &mut Write,
    base_url: &str,
    purpose: LinkPurpose,
    mail: &MailRow,
    (sender_id, recipient): (SenderId, RecordId),
) -> Result<String> {
    let token = LinkToken(URL_SAFE_NO_PAD.encode(write.entropy.secret()));
    let (token_sha256, message_id) = (token.sha256(), mail.message_id);
    let address = write.tx.private(&[recipient]).await?.first().map(|record| record.reference().commitment);
    let minted = Event::LinkMinted { sender_id, purpose, token_sha256, message_id, recipient, address };
    let revision = write.record(minted).await?;
    write.tx.put_link(token_sha256, revision).await?;
    Ok(format!("{base_url}/a/{}", token.0))
}

/// Where the link of a token leads, and the address it went to: what the entry says that minted it. A row that no such
/// entry bears out opens nothing.
pub(super) async fn follow(reader: &mut dyn Reader, token: Digest) -> Result<Option<(LinkPurpose, RecordId)>> {
    let Some(revision) = reader.link(token).await? else { return Ok(None) };
    let Some(row) = reader.entry(revision).await? else { return Ok(None) };
    match Entry::read(&row.canonical).map_err(Error::internal)?.event {
        Event::LinkMinted { token_sha256, purpose, recipient, .. } if token_sha256 == token => {
            Ok(Some((purpose, recipient)))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_spelling_and_shows_nowhere() {
        let text = URL_SAFE_NO_PAD.encode([7; 32]);
        let token = LinkToken::parse(&text).unwrap();
        assert!(!format!("{token:?}").contains(&text));
        assert_eq!(token.sha256(), Digest::of(text.as_bytes()));
        let mut other = text.clone();
        other.replace_range(42.., "d");
        for bad in ["", "x", &text[1..], &format!("{text}="), &format!("{text}A"), &other, &text.replace('B', "+")] {
            assert!(LinkToken::parse(bad).is_none_or(|other| other.sha256() != token.sha256()), "{bad}");
        }
    }
}
