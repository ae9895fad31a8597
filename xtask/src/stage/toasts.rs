use anyhow::{Context, Result};
use serde_json::Value;

use super::Stage;

/// A toast that dunst has closed, for whatever reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub id: u64,
    pub app: String,
    pub title: String,
    /// As it was sent: with its markup and entities.
    pub body: String,
}

impl Stage {
    /// Toasts that were closed, the last one first; those still on screen are not among them.
    pub fn dunst_history(&self) -> Result<Vec<Toast>> {
        let history: Value = serde_json::from_str(&self.dunstctl(&["history"])?)?;
        let toasts = history["data"][0]
            .as_array()
            .context("dunst's history has no list")?;
        Ok(toasts.iter().map(read).collect())
    }

    /// How many toasts are on the screen.
    pub fn toasts_displayed(&self) -> Result<usize> {
        Ok(self.dunstctl(&["count", "displayed"])?.trim().parse()?)
    }

    /// Everything dunst has shown so far, displayed toasts included, in dunst's own words.
    pub fn toasts_shown(&self) -> String {
        self.log("dunst")
    }

    /// Clicks the newest toast: its default action runs, and it closes.
    pub fn click_toast(&self) -> Result<()> {
        self.dunstctl(&["action", "0"]).map(drop)
    }

    /// Closes all toasts, as a person who sweeps them away.
    pub fn close_toasts(&self) -> Result<()> {
        self.dunstctl(&["close-all"]).map(drop)
    }

    /// Talks to dunst; returns what it answered.
    pub fn dunstctl(&self, arguments: &[&str]) -> Result<String> {
        let output = self
            .command("dunstctl")
            .args(arguments)
            .output()
            .context("dunstctl")?;
        anyhow::ensure!(
            output.status.success(),
            "dunstctl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn read(toast: &Value) -> Toast {
    let text = |field: &str| toast[field]["data"].as_str().unwrap_or_default().to_owned();
    Toast {
        id: toast["id"]["data"].as_u64().unwrap_or_default(),
        app: text("appname"),
        title: text("summary"),
        body: text("body"),
    }
}
