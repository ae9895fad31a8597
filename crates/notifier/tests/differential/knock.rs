//! One emulator, with a clock that moves a second for each thing that happens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use doorbell_emulator::{Config, Request, Running, Server};
use doorbell_knock::Status;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

use crate::scenario::names;

/// Later than any clock of a computer that this runs on, so that no client's own clock decides what is older.
const BEGIN: OffsetDateTime = datetime!(2100-01-01 00:00 UTC);

pub(crate) struct Knock {
    running: Running,
    now: OffsetDateTime,
}

/// An item as the server has it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) tenant: Option<String>,
    pub(crate) source: String,
    pub(crate) categories: Vec<String>,
    pub(crate) data: Map<String, Value>,
    pub(crate) inserted_at: OffsetDateTime,
    pub(crate) seen: bool,
    pub(crate) read: bool,
    pub(crate) interacted: bool,
    pub(crate) archived: bool,
    /// What came with the last interaction.
    pub(crate) interaction: Value,
}

impl Knock {
    pub(crate) async fn start() -> Knock {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = Server::start(Config::default(), anywhere).await.unwrap();
        running.with(|knock, _| knock.hold_clock(BEGIN));
        Knock {
            running,
            now: BEGIN,
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.running.url()
    }

    pub(crate) fn user() -> String {
        Config::default().user_id
    }

    /// A second passes.
    pub(crate) fn pass(&mut self) {
        self.now += time::Duration::SECOND;
        self.running.with(|knock, _| knock.hold_clock(self.now));
    }

    pub(crate) fn trigger(
        &mut self,
        name: &str,
        workflow: &str,
        tenant: Option<&str>,
        data: &Map<String, Value>,
    ) {
        self.pass();
        let mut data = data.clone();
        data.insert("name".to_owned(), name.into());
        let Some(tenant) = tenant else {
            // No request, so that requests may be failing.
            let data = Value::Object(data);
            let id =
                (self.running).with(|knock, now| knock.trigger(workflow, &Self::user(), data, now));
            assert!(id.is_some(), "there is no workflow {workflow}");
            return;
        };
        let body = json!({"recipients": [Self::user()], "tenant": tenant, "data": data});
        self.ask("POST", &format!("/v1/workflows/{workflow}/trigger"), &body);
    }

    pub(crate) fn mark(&self, status: Status, ids: &[String], metadata: Option<&Value>) {
        let body = json!({"message_ids": ids, "metadata": metadata});
        self.ask(
            "POST",
            &format!("/v1/messages/batch/{}", status.as_str()),
            &body,
        );
    }

    /// Every item of the user, oldest first.
    pub(crate) fn stored(&self) -> Vec<Stored> {
        let messages = self.running.with(|knock, _| knock.messages(&Self::user()));
        messages.iter().map(Stored::read).collect()
    }

    /// The same, with what came along when somebody interacted.
    pub(crate) fn stored_with_interactions(&self) -> Vec<Stored> {
        let mut stored = self.stored();
        for item in stored.iter_mut().filter(|item| item.interacted) {
            let path = format!("/v1/messages/{}/events", item.id);
            let events = self.ask("GET", &path, &Value::Null);
            let events = events["items"].as_array().unwrap();
            let last = events
                .iter()
                .find(|event| event["type"] == "message.interacted");
            item.interaction = last.unwrap()["data"].clone();
        }
        stored
    }

    /// Ids of items by their names.
    pub(crate) fn ids(&self, items: &str) -> Vec<String> {
        let stored = self.stored();
        let id = |name: &String| {
            let item = stored.iter().find(|item| item.name == *name);
            item.unwrap_or_else(|| panic!("there is no item {name}"))
                .id
                .clone()
        };
        names(items).iter().map(id).collect()
    }

    /// Names of items by their ids.
    pub(crate) fn names(&self) -> HashMap<String, String> {
        let stored = self.stored().into_iter();
        stored.map(|item| (item.id, item.name)).collect()
    }

    /// Closes every socket and takes none until [`Knock::open`].
    pub(crate) fn close(&self, code: u16) {
        self.running.with(|knock, _| {
            knock.refuse_connections(Some(503));
            for connection in knock.connections() {
                knock.close(connection, code);
            }
        });
    }

    /// Takes sockets and joins again.
    pub(crate) fn open(&self) {
        self.running.with(|knock, _| {
            knock.refuse_connections(None);
            let mut faults = knock.faults().clone();
            faults.joins.refuse = None;
            knock.set_faults(faults);
        });
    }

    /// Crashes every channel and lets nobody join again until [`Knock::open`].
    pub(crate) fn crash(&self) {
        self.running.with(|knock, _| {
            let mut faults = knock.faults().clone();
            faults.joins.refuse = Some("join crashed".to_owned());
            knock.set_faults(faults);
            knock.crash_channels(&Self::user());
        });
    }

    pub(crate) fn is_joined(&self) -> bool {
        self.running.with(|knock, _| knock.joined(&Self::user())) > 0
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.running
            .with(|knock, _| !knock.connections().is_empty())
    }

    /// How many requests clients have made.
    pub(crate) fn requests(&self) -> u64 {
        self.running.with(|knock, _| knock.requests())
    }

    /// Answers the next request late.
    pub(crate) fn delay(&self, by: Duration) {
        self.running
            .with(|knock, _| knock.spoil_bodies(1, by, None));
    }

    pub(crate) fn fail(&self, times: usize, status: u16, retry_after: Option<u64>) {
        self.running
            .with(|knock, _| knock.fail_requests(times, status, retry_after));
    }

    /// Whether what was asked to be late, or to fail, has been.
    pub(crate) fn is_faultless(&self) -> bool {
        let faults = self.ask("GET", "/_emulator/faults", &Value::Null);
        faults["requests"] == 0 && faults["bodies"] == 0
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request {
            method: method.into(),
            path: path.into(),
            headers: vec![(
                "authorization".into(),
                format!("Bearer {}", Config::default().secret_key),
            )],
            body: match body {
                Value::Null => Vec::new(),
                body => body.to_string().into(),
            },
            ..Request::default()
        };
        let response = self.running.with(|knock, now| knock.request(&request, now));
        assert!(
            response.status < 300,
            "{method} {path}: {}",
            response.json()
        );
        response.json()
    }
}

impl Stored {
    fn read(message: &Value) -> Stored {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let is = |name: &str| message[name].is_string();
        let data = message["data"].as_object().unwrap().clone();
        let categories = message["source"]["categories"].as_array().unwrap();
        Stored {
            name: text(&data["name"]),
            id: text(&message["id"]),
            tenant: message["tenant"].as_str().map(str::to_owned),
            source: text(&message["source"]["key"]),
            categories: categories.iter().map(text).collect(),
            inserted_at: OffsetDateTime::parse(&text(&message["inserted_at"]), &Rfc3339).unwrap(),
            seen: is("seen_at"),
            read: is("read_at"),
            interacted: is("interacted_at"),
            archived: is("archived_at"),
            interaction: Value::Null,
            data,
        }
    }
}
