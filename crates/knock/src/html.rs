//! Other people's HTML: made safe for the window, made plain for a toast.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::item::WebUrl;

/// Keeps paragraphs, lists, headings, emphasis, code and links; drops everything that loads, runs or styles.
///
/// A link becomes `<a data-href="…" role="link" tabindex="0">`, so that a click cannot navigate the page that shows it.
pub fn safe_html(rendered: &str) -> String {
    let clean = WINDOW.clean(rendered).to_string();
    // Serialized text holds no `<` and serialized attributes hold no `"`, so this is always a tag.
    clean.replace(OPEN_LINK, SAFE_LINK)
}

/// The text alone: entities decoded, blocks on lines of their own, white space folded, no empty lines.
pub fn plain_text(rendered: &str) -> String {
    let clean = TOAST.clean(rendered).to_string();
    let mut text = String::with_capacity(clean.len());
    let mut rest = clean.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        fold_into(&mut text, &decode(before));
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        text.push('\n');
        if name == "li" {
            text.push_str("• ");
        }
        rest = after;
    }
    fold_into(&mut text, &decode(rest));
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && *line != "•")
        .collect();
    lines.join("\n")
}

/// The first link that can be opened.
pub(crate) fn first_link(rendered: &str) -> Option<WebUrl> {
    let clean = WINDOW.clean(rendered).to_string();
    let (_, link) = clean.split_once(OPEN_LINK)?;
    let (href, _) = link.split_once('"')?;
    WebUrl::parse(&decode(href))
}

/// White space, line breaks included, as single spaces.
pub(crate) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fold_into(text: &mut String, piece: &str) {
    for c in piece.chars() {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

/// The entities that serializing leaves; `&amp;` last, or it would make new ones.
fn decode(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

static WINDOW: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = builder(KEPT);
    builder
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .attribute_filter(|_, _, href| WebUrl::parse(href).map(|url| url.to_string().into()));
    builder
});

/// Only what begins a line survives, so every tag that is left is a line break.
static TOAST: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = builder(LINES);
    builder.tag_attributes(HashMap::new());
    builder
});

fn builder(tags: &'static [&'static str]) -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(tags.iter().copied().collect())
        .clean_content_tags(HashSet::from(["script", "style", "title", "template"]))
        .generic_attributes(HashSet::new())
        .link_rel(None)
        .strip_comments(true);
    builder
}

const KEPT: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
];
const LINES: &[&str] = &[
    "blockquote",
    "br",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
];
const OPEN_LINK: &str = "<a href=\"";
const SAFE_LINK: &str = "<a role=\"link\" tabindex=\"0\" data-href=\"";
