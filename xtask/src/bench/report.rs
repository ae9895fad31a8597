use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::checkout::Checkout;

/// One figure: what was measured, of what, beside its limit where it has one.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) of: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) limit: Option<f64>,
}

/// Prints the figures of one measurement and puts them in the place of those before, in
/// `target/bench/results.json` and `docs/BENCHMARKS.md`.
pub(crate) fn write(checkout: &Checkout, measurement: &str, figures: &[Figure]) -> Result<()> {
    let table = table(figures);
    println!("\n{table}");
    let dir = checkout.root.join("target/bench");
    fs::create_dir_all(&dir)?;
    let file = dir.join("results.json");
    let before = fs::read_to_string(&file).unwrap_or_default();
    let mut results: Map<String, Value> = serde_json::from_str(&before).unwrap_or_default();
    results.insert(
        measurement.to_owned(),
        figures.iter().map(Figure::json).collect(),
    );
    fs::write(file, serde_json::to_string_pretty(&results)?)?;
    let page = checkout.root.join("docs/BENCHMARKS.md");
    let before = fs::read_to_string(&page).unwrap_or_default();
    fs::write(page, with_section(&before, measurement, &table))?;
    Ok(())
}

/// The page with this measurement's table in the place of its last one.
fn with_section(page: &str, measurement: &str, table: &str) -> String {
    let mut sections: BTreeMap<&str, &str> = page
        .split("\n## ")
        .skip(1)
        .filter_map(|section| section.split_once('\n'))
        .map(|(name, text)| (name, text.trim()))
        .collect();
    sections.insert(measurement, table.trim());
    let sections: Vec<String> = sections
        .iter()
        .map(|(name, text)| format!("\n## {name}\n\n{text}\n"))
        .collect();
    format!("{HEAD}{}", sections.concat())
}

impl Figure {
    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "of": self.of,
            "value": self.value,
            "unit": self.unit,
            "limit": self.limit,
        })
    }
}

fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| what | of | measured | limit |\n|---|---|---|---|\n");
    for Figure {
        what,
        of,
        value,
        unit,
        limit,
    } in figures
    {
        let limit = limit.map_or_else(|| "\u{2013}".to_owned(), |limit| format!("{limit} {unit}"));
        let _ = writeln!(table, "| {what} | {of} | {value:.1} {unit} | {limit} |");
    }
    table
}

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench`: release builds on the machine at hand, limits and peers from the same run. The bare tray is
`crates/desktop/examples/bare_tray.rs`: one icon through the same tray library, and nothing else. The sockets are
`crates/emulator/examples/sockets.rs`, on the same machine as the emulator that they measure.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_replaces_its_own_table_only() {
        let page = with_section("", "resident", "| a |\n");
        let page = with_section(&page, "emulator", "| b |\n");
        let page = with_section(&page, "resident", "| c |\n");
        assert_eq!(
            page.strip_prefix(HEAD),
            Some("\n## emulator\n\n| b |\n\n## resident\n\n| c |\n")
        );
    }

    #[test]
    fn a_figure_stands_beside_its_limit() {
        let figure = Figure {
            what: "memory",
            of: "doorbell",
            value: 5.25,
            unit: "MB",
            limit: Some(8.0),
        };
        assert!(table(&[figure]).ends_with("| memory | doorbell | 5.2 MB | 8 MB |\n"));
    }
}
