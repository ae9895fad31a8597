//! What came out, as a page of `docs`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use crate::play::{Played, is_right};
use crate::scenario::Scenario;
use crate::shown::in_words;

/// One scenario in its three columns.
pub(crate) struct Row {
    pub(crate) scenario: Scenario,
    pub(crate) server: Played,
    pub(crate) official: Played,
    pub(crate) ours: Played,
}

impl Row {
    /// What is wrong with it: nothing, when ours is right and the official client is as the scenario says.
    pub(crate) fn complaints(&self, exceptions: &BTreeMap<String, String>) -> Vec<String> {
        let title = &self.scenario.title;
        let right = |played| is_right(&self.server, played);
        let mut complaints = Vec::new();
        if !right(&self.ours) {
            complaints.push(format!("{title}: ours is wrong\n{}", self.steps()));
        }
        match (&self.scenario.official, right(&self.official)) {
            (None, true) => {}
            (None, false) => complaints.push(format!(
                "{title}: the official client is wrong, and the scenario does not say so\n{}",
                self.steps()
            )),
            (Some(name), true) => complaints.push(format!(
                "{title}: the official client is right; take the exception {name:?} away"
            )),
            (Some(name), false) if !exceptions.contains_key(name) => {
                complaints.push(format!("{title}: exceptions.toml has no {name:?}"));
            }
            (Some(_), false) => {}
        }
        complaints
    }

    /// What each column had after each step.
    fn steps(&self) -> String {
        let mut text = String::new();
        for (number, step) in self.scenario.steps.iter().enumerate() {
            let _ = writeln!(text, "  {step:?}");
            for (name, played) in [
                ("server", &self.server),
                ("official", &self.official),
                ("ours", &self.ours),
            ] {
                let state = &played.after[number];
                let (shown, stored) = (in_words(&state.shown), &state.stored);
                let _ = writeln!(text, "    {name:9} {shown:40} on its server: {stored}");
            }
        }
        for (name, played) in [
            ("server", &self.server),
            ("official", &self.official),
            ("ours", &self.ours),
        ] {
            let _ = writeln!(text, "  {name}: {}", played.everything);
        }
        text
    }

    /// What a column shows in the end, and what it left on its server where that is not what was meant.
    fn cell(&self, played: &Played) -> String {
        let shown = played.after.last().map(|state| in_words(&state.shown));
        let shown = shown.unwrap_or_default();
        match played.everything == self.server.everything {
            true => shown,
            false => format!("{shown}; left `{}`", played.everything),
        }
    }
}

/// The page: the table, then what the names in it mean.
pub(crate) fn page(rows: &[Row], exceptions: &BTreeMap<String, String>) -> String {
    let mut page = HEAD.to_owned();
    page += "| scenario | server | official | ours | verdict |\n| --- | --- | --- | --- | --- |\n";
    for row in rows {
        let verdict = match &row.scenario.official {
            None => "both right".to_owned(),
            Some(name) => format!("official: {name}"),
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {verdict} |",
            row.scenario.title,
            row.cell(&row.server),
            row.cell(&row.official),
            row.cell(&row.ours),
        );
    }
    let wrong = rows.iter().filter(|row| row.scenario.official.is_some());
    let _ = write!(
        page,
        "\n{} scenarios; ours is right in {}, the official client in {}.\n\n## Where the official client is wrong\n\n",
        rows.len(),
        rows.len(),
        rows.len() - wrong.count(),
    );
    for (name, why) in exceptions {
        let _ = writeln!(page, "- **{name}**: {why}");
    }
    page
}

/// Compares the page with `docs/differential.md`, or writes it there.
pub(crate) fn check(page: &str) -> Result<(), String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/differential.md");
    if env::var_os(RENEW).is_some() {
        fs::write(&file, page).unwrap();
        return Ok(());
    }
    match fs::read_to_string(&file).unwrap_or_default() == page {
        true => Ok(()),
        false => Err(format!(
            "docs/differential.md is not what came out. If that is meant, renew it: {RENEW}=1 cargo test --test differential"
        )),
    }
}

const RENEW: &str = "RENEW_DIFFERENTIAL";

const HEAD: &str = "\
# Beside the official client

Written by `cargo test --test differential`, which fails when it differs. Each scenario of
`crates/notifier/tests/differential/scenarios` is played three times, against a fresh emulator with the same seed each: directly on the
server, through the official `@knocklabs/client`, and through Doorbell. The columns say what is shown in the end.

`c br asx, 3/2/1` is a list from the top with its counts: `c` as it came, `b` read, `a` seen, read and archived; 3 in total, 2 unread,
1 unseen. Several feeds are separated by `;`. A client may have loaded less of a list than the server has. *Left* says what the
server holds of every item (`i`: interacted) where that is not what the person meant.

";
