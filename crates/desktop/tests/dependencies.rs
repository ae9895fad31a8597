//! The resident costs nothing while it waits, as long as none of these is linked into it.

use std::process::Command;

#[test]
fn the_resident_has_no_toolkit_no_browser_and_one_tls_stack() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "doorbell-desktop",
            "--edges",
            "normal,build",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let mut names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    names.sort_unstable();
    names.dedup();

    for expected in ["doorbell-notifier", "ksni", "ring", "rustls", "zbus"] {
        assert!(
            names.contains(&expected),
            "cargo tree no longer lists {expected}"
        );
    }
    let families = ["gtk", "gdk", "webkit", "javascriptcore", "tauri", "aws-lc"];
    // openssl-probe stays: it only knows where a system keeps its certificates.
    let crates = ["wry", "tao", "openssl", "openssl-sys", "native-tls"];
    let found: Vec<_> = names
        .iter()
        .filter(|name| {
            crates.contains(name) || families.iter().any(|family| name.starts_with(family))
        })
        .collect();
    assert!(
        found.is_empty(),
        "these have come into the resident: {found:?}"
    );
    let buses = tree.lines().filter(|line| line.starts_with("zbus v"));
    let buses: std::collections::BTreeSet<_> =
        buses.filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(buses.len(), 1, "more than one zbus: {buses:?}");
}
