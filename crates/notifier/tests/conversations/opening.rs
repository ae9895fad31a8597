use doorbell_knock::UserId;
use doorbell_notifier::{Action, Config, Event, Face};
use serde_json::{Value, json};

use crate::desk::{Desk, credentials, item, linked, read};

#[test]
fn an_opened_item_is_interacted_with_only_after_the_opener_succeeded() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    open(&mut desk, "a");
    assert_eq!(desk.asked(), ["open https://app.test/a"]);
    assert_eq!(desk.rows(), "a*");
    opened(&mut desk, "a", Ok(()));
    assert_eq!(desk.asked(), ["mark interacted a"]);
    assert_eq!(
        desk.mark_on_its_way()["metadata"],
        json!({"type": "cell_click", "action": "https://app.test/a"})
    );
    assert_eq!(desk.rows(), "a");
}

#[test]
fn it_is_marked_read_if_the_answer_still_shows_it_unread() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    open(&mut desk, "a");
    opened(&mut desk, "a", Ok(()));
    desk.asked();
    desk.settled(Ok(vec!["a".into()]));
    assert!(desk.asked().contains(&"mark read a".to_owned()));
    desk.settled(Ok(vec!["a".into()]));
    assert!(!desk.asked().iter().any(|asked| asked.starts_with("mark")));
}

#[test]
fn it_is_not_marked_read_again_if_the_answer_shows_it_read() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    open(&mut desk, "a");
    opened(&mut desk, "a", Ok(()));
    desk.asked();
    desk.settled(Ok(vec![]));
    assert_eq!(desk.asked(), ["fetch"]);
}

#[test]
fn an_opener_that_failed_leaves_the_item_as_it_was_and_says_so() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    open(&mut desk, "a");
    desk.asked();
    opened(&mut desk, "a", Err("no browser".to_owned()));
    assert_eq!(desk.asked(), ["show window"]);
    assert_eq!(
        (desk.rows(), desk.tray().face),
        ("a*".to_owned(), Face::Count(1))
    );
    assert!(desk.notice().contains("could not be opened: no browser"));
}

#[test]
fn an_item_without_a_link_shows_the_window_at_its_row() {
    for link in ["", "/relative", "javascript:alert(1)", "file:///etc/passwd"] {
        let mut desk = Desk::watched(&[linked("a", 1, link)]);
        open(&mut desk, "a");
        assert_eq!(desk.asked(), ["show window", "mark interacted a"], "{link}");
        assert_eq!(desk.feed().highlight, Some("a".into()), "{link}");
        assert_eq!(desk.rows(), "a", "{link}");
        desk.act(Action::Dismiss);
        assert_eq!(desk.feed().highlight, None, "{link}");
    }
}

#[test]
fn an_item_that_is_not_held_shows_the_window() {
    let mut desk = Desk::watched(&[item("a", 1)]);
    open(&mut desk, "gone");
    opened(&mut desk, "gone", Ok(()));
    assert_eq!(desk.asked(), ["show window"]);
}

#[test]
fn a_button_opens_its_link_and_tells_the_server_which_it_was() {
    let mut desk = Desk::watched(&[with_buttons(&["https://a.test/1", "https://a.test/2"])]);
    press(&mut desk, "a", 1);
    assert_eq!(desk.asked(), ["open https://a.test/2"]);
    opened(&mut desk, "a", Ok(()));
    assert_eq!(desk.asked(), ["mark interacted a"]);
    let metadata = json!({
        "type": "button_click", "name": "b1", "label": "Label 1", "action": "https://a.test/2",
    });
    assert_eq!(desk.mark_on_its_way()["metadata"], metadata);
}

#[test]
fn a_button_that_leads_nowhere_on_the_web_is_not_opened_and_says_so() {
    for action in [
        "/approve",
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:ada@a.test",
        "https://me:secret@a.test",
    ] {
        let mut desk = Desk::watched(&[with_buttons(&[action])]);
        press(&mut desk, "a", 0);
        assert_eq!(desk.asked(), ["show window"], "{action}");
        assert_eq!(desk.rows(), "a*", "{action}");
        let notice = desk.notice();
        assert!(
            notice.contains("\u{201c}Label 0\u{201d} does not lead"),
            "{notice}"
        );
        assert!(notice.contains("The item is as it was."), "{notice}");
    }
}

#[test]
fn a_button_that_is_not_there_does_nothing() {
    let mut desk = Desk::watched(&[with_buttons(&["https://a.test"])]);
    press(&mut desk, "a", 1);
    press(&mut desk, "a", u32::MAX);
    assert_eq!(desk.asked(), [""; 0]);
    press(&mut desk, "gone", 0);
    assert_eq!(desk.asked(), [""; 0]);
    assert!(desk.notice().contains("not in the list any more"));
}

#[test]
fn an_opener_that_failed_forgets_which_button_it_was() {
    let mut desk = Desk::watched(&[with_buttons(&["https://a.test/1"])]);
    press(&mut desk, "a", 0);
    opened(&mut desk, "a", Err("no browser".to_owned()));
    open(&mut desk, "a");
    opened(&mut desk, "a", Ok(()));
    assert_eq!(
        desk.mark_on_its_way()["metadata"],
        json!({"type": "cell_click", "action": "https://a.test/1"})
    );
}

#[test]
fn a_link_in_the_text_opens_by_its_number_and_tells_the_server_which_it_was() {
    for (link, url) in [
        (0, "https://a.test/1"),
        (1, "https://a.test/2?x=1&y=2"),
        (2, "https://a.test/3"),
    ] {
        let mut desk = Desk::watched(&[with_links()]);
        follow(&mut desk, "a", link);
        assert_eq!(desk.asked(), [format!("open {url}")]);
        assert_eq!(desk.rows(), "a*");
        opened(&mut desk, "a", Ok(()));
        assert_eq!(desk.asked(), ["mark interacted a"]);
        assert_eq!(desk.rows(), "a");
        assert_eq!(
            desk.mark_on_its_way()["metadata"],
            json!({"type": "link_click", "action": url})
        );
    }
}

#[test]
fn a_link_whose_opener_failed_leaves_the_item_as_it_was_and_is_forgotten() {
    let mut desk = Desk::watched(&[with_links()]);
    follow(&mut desk, "a", 1);
    desk.asked();
    opened(&mut desk, "a", Err("no browser".to_owned()));
    assert_eq!(desk.asked(), ["show window"]);
    assert_eq!(desk.rows(), "a*");
    assert!(desk.notice().contains("could not be opened: no browser"));
    open(&mut desk, "a");
    opened(&mut desk, "a", Ok(()));
    assert_eq!(
        desk.mark_on_its_way()["metadata"],
        json!({"type": "cell_click", "action": "https://app.test/a"})
    );
}

#[test]
fn a_link_that_is_not_there_does_nothing() {
    let mut desk = Desk::watched(&[with_links(), item("b", 2)]);
    follow(&mut desk, "a", 3);
    follow(&mut desk, "a", u32::MAX);
    follow(&mut desk, "b", 0);
    assert_eq!(desk.asked(), [""; 0]);
    follow(&mut desk, "gone", 0);
    assert_eq!(desk.asked(), [""; 0]);
    assert!(desk.notice().contains("not in the list any more"));
}

#[test]
fn an_item_read_already_opens_like_any_other() {
    let mut desk = Desk::watched(&[read(item("a", 1))]);
    open(&mut desk, "a");
    opened(&mut desk, "a", Ok(()));
    assert_eq!(
        desk.asked(),
        ["open https://app.test/a", "mark interacted a"]
    );
    assert_eq!(desk.tray().face, Face::Count(0));
}

#[test]
fn a_toast_clicked_after_the_sign_out_shows_the_window() {
    let mut desk = Desk::new();
    open(&mut desk, "a");
    press(&mut desk, "a", 0);
    follow(&mut desk, "a", 0);
    assert_eq!(desk.asked(), ["show window"; 3]);
}

fn open(desk: &mut Desk, id: &str) {
    desk.act(Action::Open { id: id.into() });
}

fn press(desk: &mut Desk, id: &str, button: u32) {
    let id = id.into();
    desk.act(Action::Press { id, button });
}

fn follow(desk: &mut Desk, id: &str, link: u32) {
    let id = id.into();
    desk.act(Action::Follow { id, link });
}

fn opened(desk: &mut Desk, id: &str, result: Result<(), String>) {
    let (account, item) = (credentials("ada").account_id(), id.into());
    desk.tell(Event::Opened {
        account,
        item,
        result,
    });
}

/// Item `a`, with a button for each of these actions.
fn with_buttons(actions: &[&str]) -> Value {
    let button = |(index, action): (usize, &&str)| json!({"name": format!("b{index}"), "label": format!("Label {index}"), "action": action});
    let buttons: Vec<Value> = actions.iter().enumerate().map(button).collect();
    let mut item = linked("a", 1, "");
    let set = json!({"type": "button_set", "name": "actions", "buttons": buttons});
    item["blocks"].as_array_mut().unwrap().push(set);
    item
}

/// Item `a`, with three links that can be followed, in two blocks, among others that cannot.
fn with_links() -> Value {
    let texts = [
        r#"<p><a href="https://a.test/1">one</a>, <a href="/no">no</a>, <a href="https://a.test/2?x=1&amp;y=2">two</a></p>"#,
        r#"<p><a href="javascript:no()">no</a>, <a href="https://a.test/3">three</a></p>"#,
    ];
    let mut item = item("a", 1);
    let blocks = item["blocks"].as_array_mut().unwrap();
    blocks.extend(texts.map(|text| json!({"type": "markdown", "name": "body", "rendered": text})));
    item
}

#[test]
fn another_kind_of_link_opens_only_where_the_person_allowed_it_for_the_account() {
    let mut desk = Desk::watched(&[linked("a", 1, "slack://channel?id=7")]);
    assert!(!desk.feed().rows[0].opens);
    open(&mut desk, "a");
    assert!(!desk.has_asked("open slack://channel?id=7"));
    for (user, opens) in [("bob", false), ("ada", true)] {
        let user = UserId::parse(user).unwrap();
        desk.tell(Event::Configured(Box::new(Config {
            schemes: vec![(Some(user), "Slack".to_owned())],
            ..Config::default()
        })));
        assert_eq!(desk.feed().rows[0].opens, opens);
    }
    open(&mut desk, "a");
    assert!(desk.has_asked("open slack://channel?id=7"));
}
