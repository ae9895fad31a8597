//! Commands that ask a running resident for something, and what they say of it.

use std::{io::Write, time::Duration};

use doorbell_knock::ItemId;
use doorbell_notifier::{Action, Listed, Mark, PauseUntil};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{
    command::Marked,
    door::{Client, DoorError, FromResident, State, Status, ToResident},
    link::Link,
    meeting::hear,
};

/// Says a line on standard output. Whether somebody may still read.
pub(crate) fn write_line(line: &str) -> bool {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
}

/// The state in words, and where there are several accounts that of each in a line of its own.
pub(crate) fn told(status: &Status) -> String {
    let mut words = status.words.clone();
    for account in status.accounts.iter().filter(|_| status.accounts.len() > 1) {
        words += &format!("\n{}: {}.", account.name, account.words);
    }
    plain(&words)
}

/// The state for programs, in one line; a bar such as Waybar finds its `text`, `tooltip` and `class` in it.
pub(crate) fn told_to_programs(status: Option<&Status>) -> String {
    let Some(status) = status else {
        let gone = json!({
            "text": "", "alt": "not_running", "tooltip": NOT_RUNNING, "class": ["not_running"],
            "state": "not_running", "unread": null, "accounts": [],
        });
        return gone.to_string();
    };
    let unread = status.unread.filter(|unread| *unread > 0);
    let state = json!(status.state);
    let class = match unread {
        Some(_) => json!([state, "unread"]),
        None => json!([state]),
    };
    let accounts: Vec<Value> = (status.accounts.iter())
        .map(|account| {
            json!({
                "id": account.id, "user": account.user, "name": account.name, "words": account.words,
            })
        })
        .collect();
    json!({
        "text": unread.map(|unread| unread.to_string()).unwrap_or_default(),
        "alt": state,
        "tooltip": told(status),
        "class": class,
        "state": state,
        "unread": status.unread,
        "accounts": accounts,
    })
    .to_string()
}

/// The newest items, one a line, or for programs.
pub(crate) async fn list(mut client: Client, json: bool) -> Result<String, String> {
    signed_in(&mut client).await?;
    ask(&mut client, &ToResident::List { id: None }).await?;
    let Some(FromResident::List(items)) = hear(&mut client).await? else {
        return Err(senseless());
    };
    if json {
        return serde_json::to_string(&items).map_err(|error| format!("{error}."));
    }
    match items.is_empty() {
        true => Ok("There are no items.".to_owned()),
        false => Ok(items.iter().map(line_of).collect::<Vec<_>>().join("\n")),
    }
}

fn line_of(item: &Listed) -> String {
    let mark = if item.unread { '\u{2022}' } else { ' ' };
    let body = item.body.lines().next().unwrap_or_default();
    let words = match body.is_empty() {
        true => item.title.clone(),
        false => format!("{}: {body}", item.title),
    };
    plain(&format!("{mark} {}  {}  {words}", item.id.0, item.at))
}

pub(crate) async fn mark_read(mut client: Client, marked: &Marked) -> Result<String, String> {
    signed_in(&mut client).await?;
    let Marked::Item(id) = marked else {
        act(&mut client, Action::ReadEverything).await?;
        return Ok("Everything that the tray counts is marked as read.".to_owned());
    };
    let Some(item) = find(&mut client, id, Duration::ZERO).await? else {
        return Err(NOT_HELD.to_owned());
    };
    let mark = Action::Mark {
        ids: vec![item.id.clone()],
        mark: Mark::Read,
    };
    act(&mut client, within(&item, mark)).await?;
    Ok("Marked as read.".to_owned())
}

pub(crate) async fn pause(mut client: Client, until: Option<PauseUntil>) -> Result<String, String> {
    let (action, words) = match until {
        None => (Action::Resume, "Toasts come again.".to_owned()),
        Some(until) => {
            let end = match until {
                PauseUntil::Minutes(1) => "for a minute".to_owned(),
                PauseUntil::Minutes(minutes) => format!("for {minutes} minutes"),
                PauseUntil::Tomorrow => "until tomorrow morning".to_owned(),
                PauseUntil::Resumed => "until `doorbell pause off`".to_owned(),
            };
            let words = format!("Toasts wait {end}; one of them tells of all afterwards.");
            (Action::Pause { until }, words)
        }
    };
    act(&mut client, action).await?;
    Ok(words)
}

pub(crate) async fn diagnostics(mut client: Client) -> Result<String, String> {
    ask(&mut client, &ToResident::Diagnostics).await?;
    match hear(&mut client).await? {
        Some(FromResident::Diagnostics(text)) => Ok(plain_lines(&text)),
        _ => Err(senseless()),
    }
}

/// Opens an item. One that has just been started may have to look for it first.
pub(crate) async fn open(
    client: &mut Client,
    id: &ItemId,
    patience: Duration,
) -> Result<(), String> {
    let Some(item) = find(client, id, patience).await? else {
        return Err(NOT_HELD.to_owned());
    };
    let open = Action::Open {
        id: item.id.clone(),
    };
    act(client, within(&item, open)).await
}

/// Does what a link asks for. An item that is not held may be in the list all the same: then the window is shown.
pub(crate) async fn follow(
    client: &mut Client,
    link: &Link,
    patience: Duration,
) -> Result<(), String> {
    match link {
        Link::Open(id) => {
            let opened = open(client, id, patience).await;
            if opened.is_err() {
                act(client, Action::OpenWindow).await?;
            }
            opened
        }
        Link::Connect(invitation) => {
            let invitation = invitation.clone();
            act(client, Action::Invite { invitation }).await
        }
    }
}

/// The item, if an account holds it, or does before there is no patience left.
async fn find(
    client: &mut Client,
    id: &ItemId,
    patience: Duration,
) -> Result<Option<Listed>, String> {
    let until = Instant::now() + patience;
    let wanted = ToResident::List {
        id: Some(id.clone()),
    };
    if !patience.is_zero() {
        ask(client, &ToResident::Follow).await?;
    }
    ask(client, &wanted).await?;
    loop {
        let heard = match patience.is_zero() {
            true => hear(client).await?,
            false => match timeout_at(until, client.next()).await {
                Ok(heard) => heard.map_err(|error| format!("{error}."))?,
                Err(_) => return Ok(None),
            },
        };
        match heard {
            Some(FromResident::List(items)) => {
                let found = items.into_iter().next();
                if found.is_some() || patience.is_zero() {
                    return Ok(found);
                }
            }
            // Something has changed: it may be there now.
            Some(FromResident::Status(_)) => ask(client, &wanted).await?,
            Some(_) => {}
            None => return Err(format!("{}.", DoorError::Silent)),
        }
    }
}

fn within(item: &Listed, action: Action) -> Action {
    Action::In {
        account: item.account.clone(),
        feed: None,
        action: Box::new(action),
    }
}

async fn signed_in(client: &mut Client) -> Result<(), String> {
    match status(client).await?.state {
        State::SignedOut => Err("Nobody is signed in.".to_owned()),
        State::Starting | State::Connected | State::Paused | State::Offline | State::Refused => {
            Ok(())
        }
    }
}

pub(crate) async fn status(client: &mut Client) -> Result<Status, String> {
    ask(client, &ToResident::Status).await?;
    match hear(client).await? {
        Some(FromResident::Status(status)) => Ok(status),
        _ => Err(senseless()),
    }
}

/// Asks for it and hears that it was passed on; what else is told meanwhile was asked for before.
pub(crate) async fn act(client: &mut Client, action: Action) -> Result<(), String> {
    ask(client, &ToResident::Do(action)).await?;
    loop {
        match hear(client).await? {
            Some(FromResident::Done) => return Ok(()),
            Some(_) => {}
            None => return Err(format!("{}.", DoorError::Silent)),
        }
    }
}

pub(crate) async fn ask(client: &mut Client, words: &ToResident) -> Result<(), String> {
    let said = client.send(words).await;
    said.map_err(|error| format!("{error}."))
}

/// Text from elsewhere, without what a terminal would obey.
fn plain(text: &str) -> String {
    let lines = text.lines();
    let plain = lines.map(|line| line.replace(|c: char| c.is_control(), " "));
    plain.collect::<Vec<_>>().join("\n")
}

fn plain_lines(text: &str) -> String {
    plain(text.trim_end())
}

fn senseless() -> String {
    "Doorbell gave an answer that makes no sense.".to_owned()
}

pub(crate) const NOT_RUNNING: &str = "Doorbell is not running.";
const NOT_HELD: &str =
    "No account has an item with that id at hand; `doorbell list` shows the newest.";

#[cfg(test)]
mod tests {
    use doorbell_notifier::AccountId;

    use super::*;
    use crate::door::AccountStatus;

    fn account(name: &str) -> AccountStatus {
        AccountStatus {
            id: AccountId::parse(&"a".repeat(32)).unwrap(),
            user: name.to_owned(),
            name: name.to_owned(),
            words: "3 unread".to_owned(),
        }
    }

    #[test]
    fn a_bar_finds_the_number_the_words_and_the_state() {
        let status = Status {
            state: State::Connected,
            words: "3 unread. Connected.".to_owned(),
            unread: Some(3),
            accounts: vec![account("ada"), account("bob")],
        };
        let said: Value = serde_json::from_str(&told_to_programs(Some(&status))).unwrap();
        assert_eq!(said["text"], "3");
        assert_eq!(said["class"], json!(["connected", "unread"]));
        assert_eq!(
            said["tooltip"],
            "3 unread. Connected.\nada: 3 unread.\nbob: 3 unread."
        );
        assert_eq!(said["accounts"][1]["user"], "bob");

        let nothing = Status {
            unread: Some(0),
            ..status
        };
        let said: Value = serde_json::from_str(&told_to_programs(Some(&nothing))).unwrap();
        assert_eq!((&said["text"], &said["unread"]), (&json!(""), &json!(0)));
        assert_eq!(said["class"], json!(["connected"]));
        let said: Value = serde_json::from_str(&told_to_programs(None)).unwrap();
        assert_eq!(said["tooltip"], NOT_RUNNING);
        assert!(!told_to_programs(Some(&nothing)).contains('\n'));
    }

    #[test]
    fn what_items_say_cannot_command_a_terminal() {
        let item = Listed {
            account: AccountId::parse(&"a".repeat(32)).unwrap(),
            name: "ada".to_owned(),
            id: ItemId("2Ym".to_owned()),
            unread: true,
            at: "2026-01-01T00:00:00Z".to_owned(),
            title: "Bob\u{1b}[2J".to_owned(),
            body: "one\ntwo".to_owned(),
        };
        assert_eq!(
            line_of(&item),
            "\u{2022} 2Ym  2026-01-01T00:00:00Z  Bob [2J: one"
        );
    }
}
