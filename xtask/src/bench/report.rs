use std::fmt::Write as _;
use std::fs;

use anyhow::Result;
use serde_json::json;

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

/// Prints the figures and writes them to `target/bench/results.json` and `docs/BENCHMARKS.md`.
pub(crate) fn write(checkout: &Checkout, figures: &[Figure]) -> Result<()> {
    let table = table(figures);
    println!("\n{table}");
    let results: Vec<_> = figures
        .iter()
        .map(|figure| {
            json!({
                "what": figure.what,
                "of": figure.of,
                "value": figure.value,
                "unit": figure.unit,
                "limit": figure.limit,
            })
        })
        .collect();
    let dir = checkout.root.join("target/bench");
    fs::create_dir_all(&dir)?;
    fs::write(
        dir.join("results.json"),
        serde_json::to_string_pretty(&results)?,
    )?;
    fs::write(
        checkout.root.join("docs/BENCHMARKS.md"),
        format!("{HEAD}{table}"),
    )?;
    Ok(())
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
`crates/desktop/examples/bare_tray.rs`: one icon through the same tray library, and nothing else.

";

#[cfg(test)]
mod tests {
    use super::*;

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
