//! Changes to the text of the settings file: what a person wrote around a value stays where it is.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::{
    Settings,
    view::{QuietHoursSetting, RuleSetting, SettingChange},
};

/// The text with this change made, or why it cannot be, in a sentence.
///
/// Whether a value fits its key is for whoever reads the file to say: a change that brings a complaint is refused with it.
pub(super) fn change(text: &str, change: &SettingChange) -> Result<String, String> {
    let mut file: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        format!("Nothing was changed: line {line} of the file is no TOML. Mend it first.")
    })?;
    match change {
        SettingChange::Language(word) => put(&mut file, "language", word.as_str()),
        SettingChange::Badge(word) => put(&mut file, "badge", word.as_str()),
        SettingChange::TrayTheme(word) => put(&mut file, "tray_theme", word.as_str()),
        SettingChange::TrayStyle(word) => put(&mut file, "tray_style", word.as_str()),
        SettingChange::Toasts(flag) => put(&mut file, "toasts", *flag),
        SettingChange::Sound(flag) => put(&mut file, "sound", *flag),
        SettingChange::Private(flag) => put(&mut file, "private", *flag),
        SettingChange::Avatars(flag) => put(&mut file, "avatars", *flag),
        SettingChange::KeepContents(flag) => put(&mut file, "keep_contents", *flag),
        SettingChange::StartAtLogin(flag) => put(&mut file, "start_at_login", *flag),
        SettingChange::QuietHours(Some(hours)) => put_hours(&mut file, hours),
        SettingChange::QuietHours(None) => remove(&mut file, "quiet_hours"),
        SettingChange::Rules(rules) => put_rules(&mut file, rules),
        SettingChange::Proxy(address) => put(&mut file, "proxy", address.as_str()),
        SettingChange::LogLevel(word) => put(&mut file, "log_level", word.as_str()),
        SettingChange::Shortcut(Some(keys)) => put(&mut file, "shortcut", keys.as_str()),
        SettingChange::Shortcut(None) => remove(&mut file, "shortcut"),
    }
    let changed = file.to_string();
    let mut known = Settings::parse(text).1;
    for complaint in Settings::parse(&changed).1 {
        match known.iter().position(|old| old.words == complaint.words) {
            Some(old) => drop(known.swap_remove(old)),
            None => return Err(format!("Nothing was changed: {}.", complaint.words)),
        }
    }
    Ok(changed)
}

/// Puts a value in the place of the one that the key had, between the same spaces and comments.
fn put(file: &mut DocumentMut, key: &str, new: impl Into<Value>) {
    let new = new.into();
    match file.get_mut(key) {
        Some(old) => replace(old, new),
        None => insert(file, key, value(new)),
    }
}

fn replace(old: &mut Item, mut new: Value) {
    if let Some(old) = old.as_value() {
        *new.decor_mut() = old.decor().clone();
    }
    *old = value(new);
}

fn put_hours(file: &mut DocumentMut, hours: &QuietHoursSetting) {
    let times = [("from", &hours.from), ("to", &hours.to)];
    if let Some(table) = file.get_mut("quiet_hours").and_then(Item::as_table_mut) {
        for (key, time) in times {
            match table.get_mut(key) {
                Some(old) => replace(old, time.as_str().into()),
                None => drop(table.insert(key, value(time.as_str()))),
            }
        }
        return;
    }
    let inline: InlineTable = times
        .into_iter()
        .map(|(key, time)| (key, Value::from(time.as_str())))
        .collect();
    put(file, "quiet_hours", inline);
}

/// Rules that stay as they are keep what was written around them.
fn put_rules(file: &mut DocumentMut, rules: &[RuleSetting]) {
    let mut old: Vec<Option<Table>> = match file.get("rule").and_then(Item::as_array_of_tables) {
        Some(tables) => tables.iter().cloned().map(Some).collect(),
        None => Vec::new(),
    };
    // Where tables stand in the file goes by their numbers.
    let mut places: Vec<isize> = old.iter().flatten().filter_map(Table::position).collect();
    places.sort_unstable();
    let mut places = places.into_iter();
    let mut tables = ArrayOfTables::new();
    for rule in rules {
        let same = |table: &Option<Table>| table.as_ref().is_some_and(|table| says(table, rule));
        let kept = old.iter_mut().find(|table| same(table));
        let mut table = kept.and_then(Option::take).unwrap_or_else(|| table(rule));
        table.set_position(places.next());
        tables.push(table);
    }
    match tables.is_empty() {
        true => remove(file, "rule"),
        false => match file.get_mut("rule") {
            Some(old) => *old = Item::ArrayOfTables(tables),
            None => insert(file, "rule", Item::ArrayOfTables(tables)),
        },
    }
}

fn says(table: &Table, rule: &RuleSetting) -> bool {
    let text = |key: &str| table.get(key).and_then(Item::as_str);
    text("workflow") == rule.workflow.as_deref()
        && text("category") == rule.category.as_deref()
        && text("tell").unwrap_or(&RuleSetting::default().tell) == rule.tell
}

fn table(rule: &RuleSetting) -> Table {
    let mut table = Table::new();
    for (key, text) in [("workflow", &rule.workflow), ("category", &rule.category)] {
        if let Some(text) = text {
            table.insert(key, value(text.as_str()));
        }
    }
    table.insert("tell", value(rule.tell.as_str()));
    table
}

/// What stands above the key goes on standing there.
fn insert(file: &mut DocumentMut, key: &str, item: Item) {
    // A file of comments alone has them at its end, which must not become a place below the first key.
    let above = (file.is_empty()).then(|| file.trailing().as_str().unwrap_or_default().to_owned());
    file.insert(key, item);
    if let Some(above) = above.filter(|above| !above.is_empty()) {
        file.set_trailing("");
        if let Some(mut key) = file.key_mut(key) {
            key.leaf_decor_mut().set_prefix(above);
        }
    }
}

/// Takes a key away and leaves what was written above it.
fn remove(file: &mut DocumentMut, key: &str) {
    let above = file.key(key).and_then(|key| {
        let above = key.leaf_decor().prefix()?.as_str()?;
        Some(above.to_owned()).filter(|above| above.contains('#'))
    });
    let after = file
        .iter()
        .skip_while(|(known, _)| *known != key)
        .nth(1)
        .filter(|(_, item)| item.is_value())
        .map(|(known, _)| known.to_owned());
    if file.remove(key).is_none() {
        return;
    }
    let Some(above) = above else { return };
    match after.and_then(|after| file.key_mut(&after).map(|_| after)) {
        Some(after) => {
            if let Some(mut key) = file.key_mut(&after) {
                let own = key.leaf_decor().prefix().and_then(|own| own.as_str());
                let both = format!("{above}{}", own.unwrap_or_default());
                key.leaf_decor_mut().set_prefix(both);
            }
        }
        None => {
            let end = format!("{}{above}", file.trailing().as_str().unwrap_or_default());
            file.set_trailing(end);
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}
