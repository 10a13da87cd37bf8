//! A mail as a list of blocks, from which both the text and the HTML are made: the two can never differ in what they say.

use super::Attachment;
use crate::domain::vocabulary::Language;
use std::fmt::Write;

/// One block.
enum Block {
    Text(String),
    Heading(String),
    Items(Vec<String>),
    /// An address on a line of its own; the only place where one stands.
    Link(String),
    /// Something to be read out, large.
    Code(String),
    /// Text as it is, line for line.
    Verbatim(String),
    /// What stands below the line.
    Foot(String, Language),
    FootLink(String),
}

/// A mail that is being put together.
pub(super) struct Draft {
    pub subject: String,
    pub attachment: Option<Attachment>,
    blocks: Vec<Block>,
}

/// Subjects are cut here: longer ones are not shown anywhere.
const LONGEST_SUBJECT: usize = 150;
/// The width of the text.
const WIDTH: usize = 72;

impl Draft {
    pub fn new(subject: &str) -> Self {
        Self { subject: shortened(&harmless(subject), LONGEST_SUBJECT), attachment: None, blocks: Vec::new() }
    }

    pub fn say(&mut self, text: &str) {
        self.blocks.push(Block::Text(harmless(text)));
    }

    pub fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading(harmless(text)));
    }

    pub fn items(&mut self, items: &[String]) {
        self.blocks.push(Block::Items(items.iter().map(|item| harmless(item)).collect()));
    }

    pub fn link(&mut self, address: &str) {
        self.blocks.push(Block::Link(address_line(address)));
    }

    pub fn code(&mut self, code: &str) {
        self.blocks.push(Block::Code(harmless(code)));
    }

    pub fn verbatim(&mut self, text: &str) {
        self.blocks.push(Block::Verbatim(text.to_owned()));
    }

    pub fn foot(&mut self, text: &str, language: Language) {
        self.blocks.push(Block::Foot(harmless(text), language));
    }

    pub fn foot_link(&mut self, address: &str) {
        self.blocks.push(Block::FootLink(address_line(address)));
    }

    /// The mail as plain text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut below = false;
        for block in &self.blocks {
            let foot = matches!(block, Block::Foot(..) | Block::FootLink(_));
            if foot && !below {
                // The mark after which mail programs take the rest for a signature.
                text.push_str("\n-- \n");
            } else if !text.is_empty() && !foot {
                text.push('\n');
            }
            below |= foot;
            match block {
                Block::Text(words) | Block::Foot(words, _) => wrap(&mut text, "", words),
                Block::Heading(words) => wrap(&mut text, "", &words.to_uppercase()),
                Block::Items(items) => items.iter().for_each(|item| wrap(&mut text, "- ", item)),
                Block::Link(address) | Block::FootLink(address) => {
                    let _ = writeln!(text, "{address}");
                }
                Block::Code(code) => {
                    let _ = writeln!(text, "    {code}");
                }
                Block::Verbatim(words) => {
                    text.push_str(words);
                    if !words.ends_with('\n') {
                        text.push('\n');
                    }
                }
            }
        }
        text
    }

    /// The mail as HTML: no colours of its own, so that light and dark are the reader's; nothing is loaded from anywhere.
    pub fn html(&self, language: Language) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
             <title>{}</title>\n</head>\n<body style=\"margin:0;padding:24px 16px;font-family:system-ui,'Segoe UI',Roboto,\
             Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n\
             <div style=\"max-width:36em;margin:0 auto\">\n",
            code(language),
            escaped(&self.subject)
        );
        let mut below = false;
        for block in &self.blocks {
            if matches!(block, Block::Foot(..) | Block::FootLink(_)) && !below {
                below = true;
                html.push_str("<hr style=\"border:0;border-top:1px solid #8888;margin:32px 0 16px\">\n");
            }
            let _ = match block {
                Block::Text(words) => writeln!(html, "<p style=\"margin:0 0 16px\">{}</p>", escaped(words)),
                Block::Heading(words) => {
                    writeln!(html, "<h2 style=\"font-size:18px;margin:28px 0 8px\">{}</h2>", escaped(words))
                }
                Block::Items(items) => {
                    html.push_str("<ul style=\"margin:0 0 16px;padding-left:24px\">\n");
                    for item in items {
                        let _ = writeln!(html, "<li>{}</li>", escaped(item));
                    }
                    writeln!(html, "</ul>")
                }
                Block::Link(address) => writeln!(
                    html,
                    "<p style=\"margin:0 0 16px;padding:12px 16px;border:2px solid #8888;border-radius:8px;\
                     word-break:break-all\">\n<a href=\"{0}\">{0}</a>\n</p>",
                    escaped(address)
                ),
                Block::Code(code) => writeln!(
                    html,
                    "<p style=\"margin:0 0 16px;font-family:ui-monospace,Consolas,monospace;font-size:22px;\
                     letter-spacing:2px\">{}</p>",
                    escaped(code)
                ),
                Block::Verbatim(words) => writeln!(
                    html,
                    "<pre style=\"margin:0 0 16px;white-space:pre-wrap;word-break:break-all\">{}</pre>",
                    escaped(words)
                ),
                Block::Foot(words, of) => {
                    let other = if *of == language { String::new() } else { format!(" lang=\"{}\"", code(*of)) };
                    writeln!(html, "<p{other} style=\"margin:0 0 8px;font-size:14px\">{}</p>", escaped(words))
                }
                Block::FootLink(address) => writeln!(
                    html,
                    "<p style=\"margin:0 0 8px;font-size:14px;word-break:break-all\"><a href=\"{0}\">{0}</a></p>",
                    escaped(address)
                ),
            };
        }
        html.push_str("</div>\n</body>\n</html>\n");
        html
    }
}

fn code(language: Language) -> &'static str {
    match language {
        Language::Sv => "sv",
        Language::En => "en",
    }
}

/// Names are written by others. On one line, without characters that show nothing or turn the direction of writing, and
/// without what a mail program would make a link of.
pub(super) fn harmless(text: &str) -> String {
    let seen = text.chars().filter(|c| {
        !matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    });
    let spaced: String =
        seen.map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").replace("://", ": //")
}

/// At most so many characters.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest - 1).collect();
    format!("{}…", kept.trim_end())
}

/// An address has no spaces and no control characters; what has is not a link that this service made.
fn address_line(address: &str) -> String {
    address.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Words in lines of at most [`WIDTH`] characters, a longer word on a line of its own.
fn wrap(text: &mut String, mark: &str, words: &str) {
    let mut width = mark.chars().count();
    text.push_str(mark);
    let indent = " ".repeat(width);
    let mut first = true;
    for word in words.split(' ') {
        let length = word.chars().count();
        if first {
            first = false;
        } else if width + 1 + length > WIDTH {
            text.push('\n');
            text.push_str(&indent);
            width = indent.len();
        } else {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    text.push('\n');
}
