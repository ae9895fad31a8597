//! Other people's HTML: made safe for the window, made plain for a toast.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::web_url::WebUrl;

/// Keeps paragraphs, lists, headings, emphasis, code and links; drops everything that loads, runs or styles.
///
/// A link becomes `<a data-href="…" role="link" tabindex="0">`, so that a click cannot navigate the page that shows it.
pub fn safe_html(rendered: &str) -> String {
    // Serialized text holds no `<` and serialized attributes hold no `"`, so this is always a tag.
    settled(rendered).replace(OPEN_LINK, SAFE_LINK)
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

/// Where the links lead that [`safe_html`] leaves, in their order.
pub(crate) fn links(rendered: &str) -> Vec<WebUrl> {
    let clean = settled(rendered);
    let urls = hrefs(&clean).map(|href| WebUrl::parse(&decode(href)));
    urls.map(|url| url.expect("only web addresses pass the attribute filter"))
        .collect()
}

/// HTML that has the same links when it is read as HTML once more, or else the plain text.
///
/// Tags that are taken away can leave links inside links, or paragraphs inside paragraphs. Whoever reads that takes it
/// apart, in which a link may become two; and then the page would count other links than [`links`].
fn settled(rendered: &str) -> String {
    settled_within(MAX_READINGS, rendered)
}

fn settled_within(readings: usize, rendered: &str) -> String {
    let mut clean = WINDOW.clean(rendered).to_string();
    for _ in 0..readings {
        if hrefs(&clean).next().is_none() {
            return clean;
        }
        let again = WINDOW.clean(&clean).to_string();
        if hrefs(&again).eq(hrefs(&clean)) {
            return clean;
        }
        clean = again;
    }
    encode(&plain_text(rendered))
}

/// The values of `href`, as serialized.
fn hrefs(clean: &str) -> impl Iterator<Item = &str> {
    clean
        .split(OPEN_LINK)
        .skip(1)
        .filter_map(|link| link.split('"').next())
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

fn encode(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
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
/// Readings after which HTML that still changes its links is given up.
const MAX_READINGS: usize = 4;

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
    fn links_that_can_be_opened_are_counted_and_others_are_not() {
        let rendered = r#"<a href="/x">a</a> <a href="javascript:x">b</a> <a href="https://a.test/?a=1&amp;b=2">c</a>
            <a name="d">d</a> <a href="https://b.test">e</a> &lt;a href="https://c.test"&gt; <a href="https://b.test">f</a>"#;
        leads(
            rendered,
            &[
                "https://a.test/?a=1&b=2",
                "https://b.test/",
                "https://b.test/",
            ],
        );
        leads("<p>no link</p>", &[]);
    }

    #[test]
    fn a_link_inside_a_link_is_one_for_the_page_and_for_us() {
        // Without its table, the inner link would take the paragraph out of the outer one and leave a copy of that.
        leads(
            "<a href='https://a.test'><table><td><p>x<a href='https://b.test'>y</a></table></a>",
            &["https://a.test/", "https://a.test/", "https://b.test/"],
        );
    }

    #[test]
    fn links_that_do_not_settle_in_time_are_given_up_for_the_text() {
        let rendered = "<a href='https://a.test'>a &lt; b<table><td><p>c<a href='https://b.test'>d</a></table></a>";
        assert_eq!(settled_within(1, rendered), "a &lt; b\ncd");
        assert_eq!(settled_within(2, rendered), settled(rendered));
    }

    #[track_caller]
    fn leads(rendered: &str, expected: &[&str]) {
        let links = links(rendered);
        let links: Vec<&str> = links.iter().map(WebUrl::as_str).collect();
        assert_eq!(links, expected, "{}", safe_html(rendered));
        assert_eq!(
            safe_html(rendered).matches("data-href=").count(),
            links.len()
        );
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
