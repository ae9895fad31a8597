//! The page at `/`: what this is and how to send a first item.

use serde_json::json;

use crate::config::Config;
use crate::template::{Kind, Scope, Template};
use crate::workflow;

/// The page as HTML.
pub(crate) fn render(url: &str, config: &Config) -> String {
    let workflows: Vec<&str> = workflow::keys().collect();
    let values = json!({
        "url": url,
        "public_key": config.public_key,
        "secret_key": config.secret_key,
        "feed_id": config.feed_id,
        "user_id": config.user_id,
        "workflows": workflows.join(", "),
    });
    let page = Template::parse(PAGE, Kind::Text).expect("the page's own template is well-formed");
    page.render(&Scope::of(&values))
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Doorbell emulator</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
  dd { margin: 0; }
  pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .5rem; }
</style>
<h1>Doorbell emulator</h1>
<p>A local Knock with one in-app feed, for tests, demos and development. It keeps everything in memory
and sends nothing anywhere.</p>
<dl>
  <dt>Host</dt><dd><code>{{ url | escape }}</code></dd>
  <dt>Public key</dt><dd><code>{{ public_key | escape }}</code></dd>
  <dt>Secret key</dt><dd><code>{{ secret_key | escape }}</code></dd>
  <dt>User</dt><dd><code>{{ user_id | escape }}</code></dd>
  <dt>Feed channel</dt><dd><code>{{ feed_id | escape }}</code></dd>
  <dt>Workflows</dt><dd>{{ workflows | escape }}</dd>
</dl>
<h2>Send an item</h2>
<pre><code>curl {{ url | escape }}/v1/workflows/new-comment/trigger \
  -H 'Authorization: Bearer {{ secret_key | escape }}' \
  -H 'Content-Type: application/json' \
  -d '{"recipients": ["{{ user_id | escape }}"], "data": {"comment": "Hello"}}'</code></pre>
</html>
"#;

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
