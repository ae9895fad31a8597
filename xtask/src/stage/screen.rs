use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Stage;
use crate::picture::{Picture, Rectangle};

impl Stage {
    /// Writes the whole screen to a PNG file.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        run(self
            .command("scrot")
            .arg("--overwrite")
            .arg("--silent")
            .arg(path))?;
        Ok(())
    }

    /// The whole screen as it looks now.
    pub fn look(&self) -> Result<Picture> {
        let path = tempfile::Builder::new()
            .suffix(".png")
            .tempfile_in(self.dir().join("tmp"))?;
        self.screenshot(path.path())?;
        Picture::open(path.path())
    }

    /// Moves the pointer.
    pub fn point(&self, x: usize, y: usize) -> Result<()> {
        run(self
            .command("xdotool")
            .args(["mousemove", "--sync", &x.to_string(), &y.to_string()]))?;
        Ok(())
    }

    /// Clicks with a mouse button (1 left, 2 middle, 3 right) at a position of the screen.
    pub fn click(&self, x: usize, y: usize, button: u8) -> Result<()> {
        run(self.command("xdotool").args([
            "mousemove",
            &x.to_string(),
            &y.to_string(),
            "click",
            &button.to_string(),
        ]))?;
        Ok(())
    }

    /// Types into what has the keyboard.
    pub fn type_text(&self, text: &str) -> Result<()> {
        run(self
            .command("xdotool")
            .args(["type", "--delay", "5", "--", text]))?;
        Ok(())
    }

    /// Where visible windows whose title matches this regular expression are, the oldest first.
    pub fn windows(&self, title: &str) -> Result<Vec<Rectangle>> {
        let search = self
            .command("xdotool")
            .args(["search", "--onlyvisible", "--name", title])
            .output()
            .context("xdotool")?;
        // xdotool says 1 when nothing matched.
        let ids = String::from_utf8(search.stdout)?;
        ids.lines().map(|id| self.geometry(id)).collect()
    }

    /// Where a window's inside is; xdotool counts the frame around it twice.
    fn geometry(&self, window: &str) -> Result<Rectangle> {
        let output = run(self.command("xwininfo").args(["-id", window]))?;
        let value = |name: &str| -> Result<usize> {
            let line = output
                .lines()
                .find_map(|line| line.trim().strip_prefix(name));
            let number = line
                .with_context(|| format!("no {name} in {output}"))?
                .trim();
            Ok(number.parse::<i64>()?.max(0) as usize)
        };
        Ok(Rectangle {
            x: value("Absolute upper-left X:")?,
            y: value("Absolute upper-left Y:")?,
            width: value("Width:")?,
            height: value("Height:")?,
        })
    }
}

fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_owned();
    let output = command.output().with_context(|| format!("{program:?}"))?;
    anyhow::ensure!(
        output.status.success(),
        "{program:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
