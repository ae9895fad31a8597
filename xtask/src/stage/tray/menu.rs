use std::collections::HashMap;

use anyhow::Result;
use zbus::blocking::Proxy;
use zbus::zvariant::{OwnedValue, Value};

/// One line of a tray icon's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    id: i32,
    /// The words, without the marks of access keys; empty for a separator.
    pub label: String,
    pub enabled: bool,
    pub visible: bool,
    pub separator: bool,
    /// Whether the entry is ticked; none when it cannot be.
    pub checked: Option<bool>,
    pub children: Vec<MenuEntry>,
}

/// An entry as it travels: its id, properties and children.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

pub(super) fn read(menu: &Proxy<'_>) -> Result<Vec<MenuEntry>> {
    // Some menus are filled only when they are about to show; an error here says there is nothing to fill.
    let _: zbus::Result<bool> = menu.call("AboutToShow", &(0i32,));
    let everything: Vec<&str> = Vec::new();
    let (_, root): (u32, Layout) = menu.call("GetLayout", &(0i32, -1i32, everything))?;
    Ok(entry(root)?.children)
}

pub(super) fn find<'a>(entries: &'a [MenuEntry], label: &str) -> Option<&'a MenuEntry> {
    entries.iter().find_map(|entry| {
        if entry.label == label {
            Some(entry)
        } else {
            find(&entry.children, label)
        }
    })
}

pub(super) fn click(menu: &Proxy<'_>, entry: &MenuEntry) -> Result<()> {
    anyhow::ensure!(
        entry.enabled,
        "the menu entry {:?} is greyed out",
        entry.label
    );
    Ok(menu.call::<_, _, ()>("Event", &(entry.id, "clicked", Value::from(0i32), 0u32))?)
}

fn entry((id, properties, children): Layout) -> Result<MenuEntry> {
    let text = |name: &str| {
        properties
            .get(name)
            .and_then(|value| <&str>::try_from(value).ok())
            .unwrap_or_default()
    };
    let flag = |name: &str| {
        properties
            .get(name)
            .and_then(|value| bool::try_from(value).ok())
            .unwrap_or(true)
    };
    let checked = (!text("toggle-type").is_empty()).then(|| {
        properties
            .get("toggle-state")
            .and_then(|value| i32::try_from(value).ok())
            == Some(1)
    });
    Ok(MenuEntry {
        id,
        label: plain(text("label")),
        enabled: flag("enabled"),
        visible: flag("visible"),
        separator: text("type") == "separator",
        checked,
        children: children
            .into_iter()
            .map(|child| entry(child.try_into()?))
            .collect::<Result<_>>()?,
    })
}

/// A label without the single underscores that mark access keys; a doubled one stands for itself.
fn plain(label: &str) -> String {
    label
        .split("__")
        .map(|part| part.replace('_', ""))
        .collect::<Vec<_>>()
        .join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_keys_are_not_part_of_a_label() {
        assert_eq!(plain("_Open"), "Open");
        assert_eq!(plain("new__message"), "new_message");
    }
}
