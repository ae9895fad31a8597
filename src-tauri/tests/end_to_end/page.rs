//! The window's page, used as a person does: by labels, by the names of buttons, by what it says.

use std::{
    fs::File,
    net::TcpListener,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use xtask::stage::Stage;

use crate::room::{PATIENCE, PROFILE, WINDOW};

pub(crate) struct Page {
    client: Client,
    driver: Child,
}

impl Page {
    /// Starts the window under WebKit's driver.
    pub(crate) async fn open(stage: &Stage) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        // Files, not pipes: the driver hands its own output on to the window.
        let log = File::create(stage.dir().join("log/window.log")).unwrap();
        let driver = stage
            .command("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("WebKitWebDriver (Debian: webkit2gtk-driver) starts");
        let wanted = json!({
            "browserName": "wry",
            "webkitgtk:browserOptions": { "binary": WINDOW, "args": ["--profile", PROFILE] },
        });
        let Value::Object(wanted) = wanted else {
            unreachable!("it is written as an object")
        };
        let url = format!("http://127.0.0.1:{port}");
        let end = Instant::now() + PATIENCE;
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(wanted.clone()).connect(&url).await {
                Ok(client) => break client,
                Err(error) => assert!(Instant::now() < end, "{error}\n{}", stage.log("window")),
            }
            tokio::time::sleep(POLL).await;
        };
        Self { client, driver }
    }

    /// Ends the session, and with it the window.
    pub(crate) async fn close(mut self) {
        self.client.clone().close().await.unwrap();
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }

    /// Types into the field with this label, in place of what is there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self
            .element(&format!(
                "//input[@id=//label[normalize-space()={label:?}]/@for]"
            ))
            .await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Clicks what has this name and can be clicked.
    pub(crate) async fn click(&self, name: &str) {
        let named = format!("[normalize-space()={name:?} or @aria-label={name:?}]");
        self.element(&format!("//button{named} | //summary{named}"))
            .await
            .click()
            .await
            .unwrap();
    }

    /// Clicks the button in the list's entry that says `words`.
    pub(crate) async fn click_in_row(&self, words: &str, button: &str) {
        let row = format!("//li[contains(normalize-space(), {words:?})]");
        self.element(&format!("{row}//button[@aria-label={button:?}]"))
            .await
            .click()
            .await
            .unwrap();
    }

    /// Waits until the page says these words.
    pub(crate) async fn says(&self, words: &str) {
        self.until(&format!("the page says {words:?}"), |text| {
            text.contains(words)
        })
        .await;
    }

    /// Waits until the page does not say these words any more.
    pub(crate) async fn says_no_more(&self, words: &str) {
        self.until(&format!("the page says no more {words:?}"), |text| {
            !text.contains(words)
        })
        .await;
    }

    async fn until(&self, description: &str, holds: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.run("return document.body.innerText").await;
            let text = text.as_str().unwrap_or_default();
            if holds(text) {
                return;
            }
            assert!(
                Instant::now() < end,
                "{description}: not within {PATIENCE:?}; it says:\n{text}"
            );
            tokio::time::sleep(POLL).await;
        }
    }

    /// What a script that the driver brings in returns; the page's own policy does not bind it.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// What a script hands to the function that is its last argument.
    pub(crate) async fn run_until_called_back(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.unwrap()
    }

    pub(crate) async fn element(&self, xpath: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(POLL);
        wait.for_element(Locator::XPath(xpath))
            .await
            .unwrap_or_else(|error| panic!("{xpath}: {error}"))
    }
}

const POLL: Duration = Duration::from_millis(50);
