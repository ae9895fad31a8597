//! The console at `/`: one page, its style and its script.

use serde_json::json;

use crate::config::Config;
use crate::template::{Kind, Scope, Template};

/// The page as HTML.
pub(crate) fn render(url: &str, config: &Config) -> String {
    let values = json!({
        "url": url,
        "public_key": config.public_key,
        "secret_key": config.secret_key,
        "feed_id": config.feed_id,
        "user_id": config.user_id,
    });
    let page = Template::parse(PAGE, Kind::Text).expect("the page's own template is well-formed");
    page.render(&Scope::of(&values))
}

const PAGE: &str = include_str!("../console/console.html");

pub(crate) const STYLE: &str = include_str!("../console/console.css");
pub(crate) const SCRIPT: &str = include_str!("../console/console.js");

/// Nothing from outside, and no script in the page itself.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_carries_everything_to_sign_in_and_no_markup_from_outside() {
        let config = Config {
            user_id: "<b>".into(),
            ..Config::default()
        };
        let page = render("http://127.0.0.1:4747", &config);
        for part in [
            "http://127.0.0.1:4747",
            "pk_test_",
            "sk_test_",
            &config.feed_id,
            "&lt;b&gt;",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<b>") && !page.contains("{{"));
    }
}
