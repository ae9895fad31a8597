//! Other people's HTML: made safe for the window, made plain for a toast.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::web_url::WebUrl;

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
    "td",
    "th",
    "tr",
    "ul",
];
const OPEN_LINK: &str = "<a href=\"";
const SAFE_LINK: &str = "<a role=\"link\" tabindex=\"0\" data-href=\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_lists_and_headings_are_kept() {
        safe(
            "<p><strong>Ada</strong> <em>wrote</em></p>",
            "<p><strong>Ada</strong> <em>wrote</em></p>",
        );
        safe(
            "<h2>T</h2><ul><li>a</li></ul>",
            "<h2>T</h2><ul><li>a</li></ul>",
        );
        safe(
            "<pre><code>a &lt; b</code></pre>",
            "<pre><code>a &lt; b</code></pre>",
        );
        safe("a<br>b", "a<br>b");
    }

    #[test]
    fn a_link_cannot_navigate() {
        safe(
            r#"<a href="https://a.test/?x=1&amp;y=2" target="_top" onclick="x()" class="c">go</a>"#,
            r#"<a role="link" tabindex="0" data-href="https://a.test/?x=1&amp;y=2">go</a>"#,
        );
    }

    #[test]
    fn a_link_that_cannot_be_opened_is_only_text() {
        for href in [
            "javascript:alert(1)",
            " jAvAsCrIpT&#58;alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "/relative",
            "//a.test/x",
            "https://me:pw@a.test/",
            "mailto:a@a.test",
        ] {
            safe(&format!(r#"<a href="{href}">go</a>"#), "<a>go</a>");
        }
    }

    #[test]
    fn whatever_loads_runs_or_styles_is_dropped() {
        safe("a<script>alert(1)</script>b", "ab");
        safe("a<style>*{display:none}</style>b", "ab");
        safe("<img src=x onerror=alert(1)>a", "a");
        safe("<iframe src=https://a.test></iframe>a", "a");
        safe(
            "<p style='position:fixed' id=x class=y onmouseover=z()>a</p>",
            "<p>a</p>",
        );
        safe("<svg onload=alert(1)><circle/></svg>a", "a");
        safe(
            "<form action=https://a.test><input name=q><button>b</button></form>",
            "b",
        );
        safe(
            "<object data=x></object><embed src=x><link rel=x><meta http-equiv=refresh><base href=x>a",
            "a",
        );
        safe("a<!-- c -->b", "ab");
    }

    #[test]
    fn what_parsers_disagree_about_stays_harmless() {
        for rendered in [
            r#"<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">"#,
            r#"<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">"#,
            r#"<noscript><p title="</noscript><img src=x onerror=alert(1)>">"#,
            r#"<p>&lt;a href="x" onclick="alert(1)"&gt;</p>"#,
            r#"<a href='https://a.test/"onclick=alert(1) x="'>a</a>"#,
            "<a href=\"https://a.test/<a href=\">a</a>",
            "<<script>script>alert(1)<</script>/script>",
        ] {
            let clean = safe_html(rendered);
            let again = WINDOW.clean(&clean).to_string();
            assert!(
                !clean.contains("<img") && !clean.contains("<s") && !clean.contains("<a href"),
                "{clean}"
            );
            // Read as HTML once more, nothing but the links we made loses anything.
            let without_links = |html: &str| html.replace(SAFE_LINK, "<a data-href=\"");
            let parsed = Builder::empty()
                .tags(KEPT.iter().copied().collect())
                .tag_attributes(HashMap::from([(
                    "a",
                    HashSet::from(["data-href", "role", "tabindex"]),
                )]))
                .link_rel(None)
                .clean(&clean)
                .to_string();
            assert_eq!(without_links(&parsed), without_links(&clean));
            assert!(
                !again.contains("onclick=") || !again.contains("<a on"),
                "{again}"
            );
        }
    }

    #[test]
    fn plain_text_has_a_line_for_each_block() {
        plain(
            "<p><strong>Ada</strong> commented\n  on  Apollo</p><p>Looks good</p>",
            "Ada commented on Apollo\nLooks good",
        );
        plain("a<br>b<br/><br>c", "a\nb\nc");
        plain(
            "<h1>T</h1><ul><li>a</li><li> <p>b</p></li><li></li></ul>",
            "T\n• a\nb",
        );
        plain("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb");
        plain("<div>a</div>b", "a\nb");
    }

    #[test]
    fn plain_text_decodes_entities_and_leaves_no_tag() {
        plain(
            "Tom &amp; Jerry &lt;3 &quot;x&quot; &#39;y&#39; a&nbsp;b &eacute; &amp;lt;",
            "Tom & Jerry <3 \"x\" 'y' a b é &lt;",
        );
        plain(
            "a <script>alert(1)</script><style>x</style><title>t</title>b",
            "a b",
        );
        plain("1 < 2", "1 < 2");
        plain("", "");
        plain(" \n ", "");
    }

    #[test]
    fn the_first_link_that_can_be_opened_is_found() {
        let rendered = r#"<a href="/x">a</a> <a href="javascript:x">b</a> <a href="https://a.test/?a=1&amp;b=2">c</a> <a href="https://b.test">d</a>"#;
        assert_eq!(
            first_link(rendered).unwrap().as_str(),
            "https://a.test/?a=1&b=2"
        );
        assert_eq!(first_link("<p>no link</p>"), None);
    }

    #[track_caller]
    fn safe(rendered: &str, expected: &str) {
        assert_eq!(safe_html(rendered), expected);
    }

    #[track_caller]
    fn plain(rendered: &str, expected: &str) {
        assert_eq!(plain_text(rendered), expected);
    }
}
