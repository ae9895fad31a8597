//! The walls between the rooms, read from what cargo resolved: who may know whom.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::count::Count;

const PHOENIX: &str = "doorbell-phoenix";
const KNOCK: &str = "doorbell-knock";
const NOTIFIER: &str = "doorbell-notifier";
const EMULATOR: &str = "doorbell-emulator";
const DESKTOP: &str = "doorbell-desktop";
const WINDOW: &str = "doorbell-window";

/// What the ground floor must not reach: sockets, clocks that run, other programs, other machines.
const IO: [&str; 10] = [
    "tokio",
    "mio",
    "async-io",
    "socket2",
    "reqwest",
    "hyper",
    "tungstenite",
    "zbus",
    "axum",
    "rusqlite",
];
/// What the resident must not carry.
const TOOLKIT: [&str; 11] = [
    "gtk",
    "gtk-sys",
    "gdk",
    "gdk-sys",
    "webkit2gtk",
    "webkit2gtk-sys",
    "wry",
    "tao",
    "tauri",
    "gio-sys",
    // The emulator alone makes keys: see deny.toml.
    "rsa",
];
/// TLS other than rustls with ring.
const OTHER_TLS: [&str; 4] = ["openssl", "openssl-sys", "native-tls", "aws-lc-sys"];

/// Checks every wall of the workspace; the count is the number of walls.
pub(crate) fn check(metadata: &Value) -> Result<Count> {
    let graph = Graph::read(metadata)?;
    let walls = walls(&graph);
    let breaches: Vec<&str> = walls.iter().flatten().map(String::as_str).collect();
    if !breaches.is_empty() {
        bail!("{}", breaches.join("\n"));
    }
    Ok(Count {
        passed: walls.len() as u64,
        failed: 0,
    })
}

/// One entry a wall: nothing, or how it is breached.
fn walls(graph: &Graph) -> Vec<Option<String>> {
    vec![
        graph.reaches(PHOENIX, &IO),
        graph.reaches(PHOENIX, &[KNOCK]),
        graph.reaches(KNOCK, &IO),
        graph.reaches(KNOCK, &[PHOENIX]),
        graph.reaches(NOTIFIER, &[EMULATOR, DESKTOP, WINDOW]),
        graph.names(EMULATOR, &[PHOENIX, KNOCK, NOTIFIER, DESKTOP, WINDOW]),
        graph.reaches(DESKTOP, &TOOLKIT),
        graph.named_outside(WINDOW, "tauri"),
        graph.named_outside(WINDOW, WINDOW),
        graph.twice("zbus"),
        graph.twice("rustls"),
        graph.present(&OTHER_TLS),
    ]
}

/// Which package uses which, by id; dependencies for tests are kept apart.
#[derive(Debug)]
struct Graph {
    names: BTreeMap<String, String>,
    members: BTreeSet<String>,
    uses: BTreeMap<String, BTreeSet<String>>,
    tests_use: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read(metadata: &Value) -> Result<Self> {
        let list = |value: &Value| {
            value
                .as_array()
                .cloned()
                .context("cargo's metadata has another shape")
        };
        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .context("cargo's metadata lacks a name")
        };
        let mut graph = Self {
            names: BTreeMap::new(),
            members: list(&metadata["workspace_members"])?
                .iter()
                .map(text)
                .collect::<Result<_>>()?,
            uses: BTreeMap::new(),
            tests_use: BTreeMap::new(),
        };
        for package in list(&metadata["packages"])? {
            graph
                .names
                .insert(text(&package["id"])?, text(&package["name"])?);
        }
        for node in list(&metadata["resolve"]["nodes"])? {
            let user = text(&node["id"])?;
            for used in list(&node["deps"])? {
                let kinds = list(&used["dep_kinds"])?;
                let only_tests = kinds.iter().all(|kind| kind["kind"] == "dev");
                let edges = if only_tests {
                    &mut graph.tests_use
                } else {
                    &mut graph.uses
                };
                edges
                    .entry(user.clone())
                    .or_default()
                    .insert(text(&used["pkg"])?);
            }
        }
        Ok(graph)
    }

    /// How `from` comes to use one of `forbidden`, through whatever else.
    fn reaches(&self, from: &str, forbidden: &[&str]) -> Option<String> {
        let start = match self.member(from) {
            Ok(start) => start,
            Err(absent) => return Some(absent),
        };
        let mut seen = BTreeSet::from([start]);
        let mut ways = vec![vec![start]];
        while let Some(way) = ways.pop() {
            let used = way
                .last()
                .and_then(|last| self.uses.get(*last))
                .into_iter()
                .flatten();
            for id in used {
                let longer: Vec<&str> = way.iter().copied().chain([id.as_str()]).collect();
                if forbidden.contains(&self.name(id)) {
                    let names: Vec<&str> = longer.iter().map(|id| self.name(id)).collect();
                    return Some(format!(
                        "{from} must not use {}: {}",
                        self.name(id),
                        names.join(" → ")
                    ));
                }
                if seen.insert(id) {
                    ways.push(longer);
                }
            }
        }
        None
    }

    /// Whether `from` names one of `forbidden` itself, for its tests or otherwise.
    fn names(&self, from: &str, forbidden: &[&str]) -> Option<String> {
        let id = match self.member(from) {
            Ok(id) => id,
            Err(absent) => return Some(absent),
        };
        let named = self.named_by(id).find(|name| forbidden.contains(name))?;
        Some(format!("{from} must not name {named}"))
    }

    /// A member other than `owner` that names `package`.
    fn named_outside(&self, owner: &str, package: &str) -> Option<String> {
        let outsider = self.members.iter().find(|member| {
            self.name(member) != owner && self.named_by(member).any(|name| name == package)
        })?;
        Some(format!(
            "only {owner} may name {package}, not {}",
            self.name(outsider)
        ))
    }

    fn twice(&self, package: &str) -> Option<String> {
        let versions = self.resolved().filter(|name| *name == package).count();
        (versions > 1).then(|| format!("there are {versions} versions of {package}"))
    }

    fn present(&self, packages: &[&str]) -> Option<String> {
        let found = self.resolved().find(|name| packages.contains(name))?;
        Some(format!("{found} must not be part of the workspace"))
    }

    /// Names of all packages that something uses on this platform, once a version.
    fn resolved(&self) -> impl Iterator<Item = &str> {
        let used: BTreeSet<&String> = self
            .uses
            .values()
            .chain(self.tests_use.values())
            .flatten()
            .collect();
        used.into_iter().map(|id| self.name(id))
    }

    fn named_by(&self, id: &str) -> impl Iterator<Item = &str> {
        let of = |edges: &'_ BTreeMap<String, BTreeSet<String>>| {
            edges.get(id).cloned().unwrap_or_default()
        };
        let used: BTreeSet<String> = of(&self.uses)
            .union(&of(&self.tests_use))
            .cloned()
            .collect();
        used.into_iter()
            .map(|id| self.names.get(&id).map_or("", String::as_str))
    }

    fn member(&self, name: &str) -> std::result::Result<&str, String> {
        let found = self.members.iter().find(|id| self.name(id) == name);
        found
            .map(String::as_str)
            .ok_or_else(|| format!("the workspace has no {name}"))
    }

    fn name(&self, id: &str) -> &str {
        self.names.get(id).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A workspace in which every wall stands, plus these uses: who, whom, kind.
    fn workspace(more: &[(&str, &str, Option<&str>)]) -> Value {
        let members = [PHOENIX, KNOCK, NOTIFIER, EMULATOR, DESKTOP, WINDOW];
        let outside = [
            "serde", "tokio", "tauri", "gtk", "zbus 5", "zbus 6", "openssl", "middle",
        ];
        let sound = [
            (PHOENIX, "serde", None),
            (NOTIFIER, "tokio", None),
            (NOTIFIER, EMULATOR, Some("dev")),
            (EMULATOR, "tokio", None),
            (DESKTOP, NOTIFIER, None),
            (DESKTOP, "zbus 5", None),
            (WINDOW, DESKTOP, None),
            (WINDOW, "tauri", None),
            ("tauri", "gtk", None),
            ("middle", "tokio", None),
        ];
        let uses: Vec<_> = sound.iter().chain(more).collect();
        let all: Vec<&str> = members.iter().chain(&outside).copied().collect();
        json!({
            "workspace_members": members,
            "packages": all.iter().map(|id| json!({ "id": id, "name": id.split(' ').next() })).collect::<Vec<_>>(),
            "resolve": { "nodes": all.iter().map(|id| json!({
                "id": id,
                "deps": uses.iter().filter(|(user, ..)| user == id)
                    .map(|(_, used, kind)| json!({ "pkg": used, "dep_kinds": [{ "kind": kind }] }))
                    .collect::<Vec<_>>(),
            })).collect::<Vec<_>>() },
        })
    }

    fn breach(user: &str, used: &str, kind: Option<&str>) -> String {
        check(&workspace(&[(user, used, kind)]))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_sound_house_passes() {
        assert!(check(&workspace(&[])).unwrap().passed > 0);
    }

    #[test]
    fn the_ground_floor_reaches_no_io_through_others_either() {
        assert!(breach(PHOENIX, "middle", None).contains("doorbell-phoenix → middle → tokio"));
        assert!(breach(KNOCK, "tokio", None).contains("doorbell-knock → tokio"));
    }

    #[test]
    fn rooms_that_must_not_know_each_other_do_not() {
        assert!(breach(PHOENIX, KNOCK, None).contains("must not use doorbell-knock"));
        assert!(breach(KNOCK, PHOENIX, None).contains("must not use doorbell-phoenix"));
        assert!(breach(NOTIFIER, EMULATOR, None).contains("must not use doorbell-emulator"));
        assert!(
            breach(EMULATOR, NOTIFIER, Some("dev")).contains("must not name doorbell-notifier")
        );
    }

    #[test]
    fn tauri_and_the_toolkit_stay_in_the_window() {
        assert!(breach(NOTIFIER, "tauri", Some("dev")).contains("not doorbell-notifier"));
        assert!(breach(DESKTOP, "gtk", None).contains("doorbell-desktop → gtk"));
        assert!(
            breach(DESKTOP, WINDOW, Some("dev"))
                .contains("only doorbell-window may name doorbell-window")
        );
    }

    #[test]
    fn there_is_one_bus_library_and_one_tls() {
        assert!(breach(EMULATOR, "zbus 6", None).contains("2 versions of zbus"));
        assert!(breach(EMULATOR, "openssl", None).contains("openssl must not be part"));
    }
}
