use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::picture::Rectangle;
use xtask::stage::{PATIENCE, Stage, wait_for, wait_until};

/// A window that runs under WebKit's driver, so that its page can be read.
#[derive(Debug)]
pub(super) struct DrivenWindow {
    driver: Child,
    session: String,
}

impl DrivenWindow {
    /// Starts `program` with `arguments` on the stage and waits until its page can be asked.
    pub(super) fn open(stage: &Stage, program: &Path, arguments: &[&str]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = stage.command("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        // Files, not pipes: the driver hands its own output on to the window.
        let log = std::fs::File::create(stage.dir().join("log/WebKitWebDriver.log"))?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let driver = command
            .spawn()
            .context("WebKitWebDriver did not start; is it installed?")?;
        let root = format!("http://127.0.0.1:{port}");
        let mut window = Self {
            driver,
            session: String::new(),
        };
        wait_until(PATIENCE, "WebKitWebDriver is ready", || {
            ask(&format!("{root}/status")).is_ok()
        })?;
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "wry",
            "webkitgtk:browserOptions": { "binary": program, "args": arguments },
        } } });
        let mut answer = ureq::post(format!("{root}/session"))
            .config()
            .timeout_global(Some(PATIENCE))
            .build()
            .send_json(wanted)
            .with_context(|| {
                format!("the window did not open:\n{}", stage.log("WebKitWebDriver"))
            })?;
        let answer: Value = answer.body_mut().read_json()?;
        let id = answer["value"]["sessionId"]
            .as_str()
            .context("WebKitWebDriver named no session")?;
        window.session = format!("{root}/session/{id}");
        Ok(window)
    }

    /// Waits until an element that matches `selector` has `words` in its text; returns where in the page it is.
    pub(super) fn place_of(
        &self,
        deadline: Duration,
        selector: &str,
        words: &str,
    ) -> Result<Rectangle> {
        wait_for(
            deadline,
            &format!("a row of the window says {words:?}"),
            || {
                let elements = self.elements(selector).ok()?;
                let row = elements
                    .iter()
                    .find(|id| self.text(id).is_ok_and(|text| text.contains(words)))?;
                self.rectangle(row).ok()
            },
        )
    }

    fn elements(&self, selector: &str) -> Result<Vec<String>> {
        let query = json!({ "using": "css selector", "value": selector });
        let mut found = ureq::post(format!("{}/elements", self.session)).send_json(query)?;
        let found: Value = found.body_mut().read_json()?;
        let elements = found["value"]
            .as_array()
            .context("the driver found no list of elements")?;
        Ok(elements
            .iter()
            .filter_map(|element| element[ELEMENT].as_str())
            .map(str::to_owned)
            .collect())
    }

    fn text(&self, element: &str) -> Result<String> {
        let answer = ask(&format!("{}/element/{element}/text", self.session))?;
        Ok(answer["value"].as_str().unwrap_or_default().to_owned())
    }

    fn rectangle(&self, element: &str) -> Result<Rectangle> {
        let answer = ask(&format!("{}/element/{element}/rect", self.session))?;
        let side = |name: &str| {
            answer["value"][name]
                .as_f64()
                .map(|pixels| pixels.max(0.0) as usize)
        };
        let side = |name| side(name).with_context(|| format!("an element without {name}"));
        Ok(Rectangle {
            x: side("x")?,
            y: side("y")?,
            width: side("width")?,
            height: side("height")?,
        })
    }
}

impl Drop for DrivenWindow {
    fn drop(&mut self) {
        // The window ends with its session; the stage ends whatever of both is left.
        drop(ureq::delete(&self.session).call());
        let killed = self.driver.kill();
        if let Err(error) = killed.and_then(|()| self.driver.wait()) {
            eprintln!("WebKitWebDriver did not end: {error}");
        }
    }
}

fn ask(url: &str) -> Result<Value> {
    Ok(ureq::get(url).call()?.body_mut().read_json()?)
}

/// The name that the WebDriver standard gives to references to elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
