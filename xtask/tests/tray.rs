//! A small tray icon of its own, seen as other tests see Doorbell's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use xtask::picture::{Icon, Rectangle};
use xtask::stage::{PATIENCE, Stage, StageOptions, TrayHost, wait_for, wait_until};
use zbus::blocking::{Connection, connection};
use zbus::zvariant::{ObjectPath, OwnedValue, Value};

const SIZE: usize = 22;

#[test]
fn an_icon_says_what_it_shows() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let (_connection, _) = register(&stage);
    let item = stage.tray_item(PATIENCE, "square").unwrap();
    assert_eq!(item.title().unwrap(), "A square");
    assert_eq!(
        item.tooltip().unwrap(),
        ("Square".to_owned(), "all red".to_owned())
    );
    assert_eq!(item.pixmap(SIZE).unwrap(), square());
    assert!(item.pixmap(SIZE + 1).is_err());
    assert!(
        stage
            .tray_item(std::time::Duration::ZERO, "circle")
            .is_err()
    );
}

#[test]
fn clicks_reach_the_program() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Watcher)).unwrap();
    let (_connection, clicks) = register(&stage);
    let item = stage.tray_item(PATIENCE, "square").unwrap();
    item.activate().unwrap();
    let menu = item.menu().unwrap();
    let labels: Vec<_> = menu
        .iter()
        .map(|entry| (&*entry.label, entry.enabled))
        .collect();
    assert_eq!(labels, [("Paint it", true), ("", true), ("Cannot", false)]);
    assert!(menu[1].separator);
    item.click_menu("Paint it").unwrap();
    assert!(item.click_menu("Cannot").is_err());
    assert!(item.click_menu("Not there").is_err());
    assert_eq!(*clicks.lock().unwrap(), ["activate", "menu 1"]);
}

#[test]
fn an_icon_that_comes_before_its_host_is_shown_by_a_panel() {
    let stage = Stage::start(StageOptions::with_tray(TrayHost::Panel)).unwrap();
    let (_connection, clicks) = register(&stage);
    let place = wait_for(PATIENCE, "the icon is drawn", || {
        let panel = stage.look().ok()?.crop(Rectangle {
            x: 1120,
            y: 0,
            width: 160,
            height: 32,
        });
        let (place, distance) = panel.nearest(&square())?;
        (distance < 1.0).then_some(Rectangle {
            x: 1120 + place.x,
            ..place
        })
    })
    .unwrap();
    stage
        .click(place.x + SIZE / 2, place.y + SIZE / 2, 1)
        .unwrap();
    wait_until(PATIENCE, "the click arrives", || {
        *clicks.lock().unwrap() == ["activate"]
    })
    .unwrap();
}

/// A red square with a hole, so that its shape tells it from a plain ground.
fn square() -> Icon {
    let is_hole = |at: usize| (8..14).contains(&(at % SIZE)) && (8..14).contains(&(at / SIZE));
    let is_edge = |at: usize| {
        [0, SIZE - 1]
            .iter()
            .any(|edge| at % SIZE == *edge || at / SIZE == *edge)
    };
    let pixel = |at| {
        if is_hole(at) || is_edge(at) {
            [0; 4]
        } else {
            [255, 200, 30, 30]
        }
    };
    Icon {
        width: SIZE,
        height: SIZE,
        argb: (0..SIZE * SIZE).map(pixel).collect(),
    }
}

type Clicks = Arc<Mutex<Vec<String>>>;

/// Puts the icon on the stage's bus and tells the tray host of it.
fn register(stage: &Stage) -> (Connection, Clicks) {
    let clicks = Clicks::default();
    let build = || -> zbus::Result<Connection> {
        let connection = connection::Builder::address(&*stage.bus_address())?
            .serve_at(
                "/StatusNotifierItem",
                Square {
                    clicks: Arc::clone(&clicks),
                },
            )?
            .serve_at(
                "/Menu",
                Menu {
                    clicks: Arc::clone(&clicks),
                },
            )?
            .build()?;
        let watcher = "org.kde.StatusNotifierWatcher";
        let name = connection
            .unique_name()
            .map(|name| name.to_string())
            .unwrap_or_default();
        connection.call_method(
            Some(watcher),
            "/StatusNotifierWatcher",
            Some(watcher),
            "RegisterStatusNotifierItem",
            &name,
        )?;
        Ok(connection)
    };
    (build().expect("the bus takes an icon"), clicks)
}

struct Square {
    clicks: Clicks,
}

#[zbus::interface(name = "org.kde.StatusNotifierItem")]
impl Square {
    fn activate(&self, _x: i32, _y: i32) {
        self.clicks
            .lock()
            .expect("no click panics")
            .push("activate".into());
    }

    #[zbus(property)]
    fn id(&self) -> &str {
        "square"
    }

    #[zbus(property)]
    fn title(&self) -> &str {
        "A square"
    }

    #[zbus(property)]
    fn category(&self) -> &str {
        "Communications"
    }

    #[zbus(property)]
    fn status(&self) -> &str {
        "Active"
    }

    #[zbus(property)]
    fn item_is_menu(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'static> {
        ObjectPath::from_static_str_unchecked("/Menu")
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<(i32, i32, Vec<u8>)> {
        vec![(
            SIZE as i32,
            SIZE as i32,
            square().argb.as_flattened().to_vec(),
        )]
    }

    #[zbus(property)]
    fn tool_tip(&self) -> ToolTip {
        (String::new(), Vec::new(), "Square".into(), "all red".into())
    }
}

/// Icon by name, icon, title, text.
type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);

struct Menu {
    clicks: Clicks,
}

type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[zbus::interface(name = "com.canonical.dbusmenu")]
impl Menu {
    fn about_to_show(&self, _id: i32) -> bool {
        false
    }

    fn get_layout(
        &self,
        _parent: i32,
        _depth: i32,
        _names: Vec<String>,
    ) -> zbus::fdo::Result<(u32, Layout)> {
        let entry = |id: i32, properties: &[(&str, Value<'static>)]| -> zbus::Result<OwnedValue> {
            let properties = properties
                .iter()
                .map(|(name, value)| Ok(((*name).to_owned(), value.try_to_owned()?)))
                .collect::<zbus::Result<HashMap<String, OwnedValue>>>()?;
            let layout: Layout = (id, properties, Vec::new());
            Ok(Value::from(layout).try_into()?)
        };
        let entries = vec![
            entry(1, &[("label", "_Paint it".into())])?,
            entry(2, &[("type", "separator".into())])?,
            entry(3, &[("label", "Cannot".into()), ("enabled", false.into())])?,
        ];
        Ok((1, (0, HashMap::new(), entries)))
    }

    fn event(&self, id: i32, kind: &str, _data: Value<'_>, _at: u32) {
        if kind == "clicked" {
            self.clicks
                .lock()
                .expect("no click panics")
                .push(format!("menu {id}"));
        }
    }
}
