//! An agreement's text as HTML. The Markdown is the operator's, and is not trusted: HTML in it is shown as text, pictures
//! are left out, and only web and mail addresses become links.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// HTML of a Markdown text. Its headings begin at level `top`, so that they fit into the outline of the page.
pub(super) fn html(markdown: &str, top: usize) -> String {
    let mut open_links = Vec::new();
    let events =
        Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).filter_map(|event| {
            Some(match event {
                Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
                Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
                Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
                Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
                    level: lower(level, top),
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }),
                Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level, top))),
                Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
                Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
                    let kept = is_harmless(&dest_url);
                    open_links.push(kept);
                    if !kept {
                        return None;
                    }
                    Event::Start(Tag::Link { link_type, dest_url, title: CowStr::Borrowed(""), id })
                }
                Event::End(TagEnd::Link) if open_links.pop() != Some(true) => return None,
                other => other,
            })
        });
    let mut out = String::with_capacity(markdown.len() * 5 / 4);
    html::push_html(&mut out, events);
    out
}

fn lower(level: HeadingLevel, top: usize) -> HeadingLevel {
    HeadingLevel::try_from((level as usize + top - 1).min(6)).unwrap_or(HeadingLevel::H6)
}

fn is_harmless(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn html_in_markdown_is_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>)",
            "![x](https://elsewhere.example/pixel.png)",
            "<https://ok.example/\"onmouseover=x>",
            "[x](https://ok.example \"\\\" onmouseover=\\\"x\")",
        ] {
            let html = html(hostile, 4);
            for word in ["<script", "<img", "href=\"javascript", "href=\"data", "\" onmouseover"] {
                assert!(!html.to_lowercase().contains(word), "{hostile} became {html}");
            }
        }
    }

    #[test]
    fn headings_fit_below_those_of_the_page() {
        assert_eq!(html("# A\n\n## B\n\n###### C\n", 4), "<h4>A</h4>\n<h5>B</h5>\n<h6>C</h6>\n");
        assert_eq!(html("**x** <https://a.example>", 4).matches("<a href=\"https://a.example\">").count(), 1);
    }
}
