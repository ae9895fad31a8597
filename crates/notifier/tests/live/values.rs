//! What `doorbell-knock` knows beyond feeds, asked of the emulator over HTTP and read back.

use std::collections::BTreeMap;

use doorbell_emulator::{Config, Running};
use doorbell_knock::{
    ChannelPreference, Condition, Credentials, FeedSettings, ItemId, Message, Method, Persistence,
    Preference, PreferenceDetail, PreferenceSet, PreferenceSetId, Preferences, Recipient, Request,
    Status, User, api,
};
use serde_json::json;

use crate::desk::draft;
use crate::knock::{emulator, messages, trigger};

#[tokio::test]
async fn a_user_is_identified_and_read_back() {
    let knock = Asked::start().await;
    let user = &knock.credentials.user_id;
    let properties = json!({"email": "robin@example.test", "avatar": "https://example.test/robin.png", "plan": "team"});
    let written = User::parse(&knock.ask(api::identify(user, properties)).await).unwrap();
    let read = User::parse(&knock.ask(api::user(user)).await).unwrap();
    assert_eq!(read, written);
    assert_eq!(read.id, user.as_str());
    assert_eq!(read.name.as_deref(), Some("Robin Demo"));
    assert_eq!(read.email.as_deref(), Some("robin@example.test"));
    assert_eq!(
        read.avatar.unwrap().as_str(),
        "https://example.test/robin.png"
    );
    assert_eq!(read.properties["plan"], "team");
}

#[tokio::test]
async fn preferences_of_every_shape_are_replaced_and_read_back() {
    let knock = Asked::start().await;
    let user = &knock.credentials.user_id;
    let set = PreferenceSetId::default();
    for preferences in every_shape() {
        let request = api::set_preferences(user, &set, &preferences, Persistence::Replace);
        let written = PreferenceSet::parse(&knock.ask(request).await).unwrap();
        assert_eq!(written.preferences, preferences);
        let read = knock.ask(api::preference_set(user, &set, None)).await;
        assert_eq!(PreferenceSet::parse(&read).unwrap(), written);
    }
    // The last write replaced all before it; nothing at all takes everything back.
    let nothing = Preferences::default();
    let request = api::set_preferences(user, &set, &nothing, Persistence::Replace);
    let written = PreferenceSet::parse(&knock.ask(request).await).unwrap();
    assert_eq!(written.preferences, nothing);
}

#[tokio::test]
async fn preferences_merge_into_what_is_there_and_a_tenant_has_its_own() {
    let knock = Asked::start().await;
    let user = &knock.credentials.user_id;
    let (general, acme) = (
        PreferenceSetId::default(),
        PreferenceSetId::parse("acme").unwrap(),
    );
    let mut whole = Preferences::default();
    for part in every_shape() {
        whole.channel_types.extend(part.channel_types.clone());
        whole.channels.extend(part.channels.clone());
        whole.workflows.extend(part.workflows.clone());
        whole.categories.extend(part.categories.clone());
        whole.commercial_subscribed =
            (part.commercial_subscribed.clone()).or(whole.commercial_subscribed);
        knock
            .ask(api::set_preferences(
                user,
                &general,
                &part,
                Persistence::Merge,
            ))
            .await;
    }
    let tenants = Preferences {
        categories: [("news".to_owned(), Preference::Subscribed(false))].into(),
        ..Preferences::default()
    };
    knock
        .ask(api::set_preferences(
            user,
            &acme,
            &tenants,
            Persistence::Replace,
        ))
        .await;

    let all = knock.ask(api::preference_sets(user)).await;
    let all: BTreeMap<PreferenceSetId, Preferences> = PreferenceSet::parse_all(&all)
        .unwrap()
        .into_iter()
        .map(|set| (set.id, set.preferences))
        .collect();
    assert_eq!(
        all,
        [(general.clone(), whole), (acme.clone(), tenants.clone())].into()
    );
    let of_tenant = knock
        .ask(api::preference_set(user, &general, Some("acme")))
        .await;
    let of_tenant = PreferenceSet::parse(&of_tenant).unwrap().preferences;
    assert_eq!(of_tenant, tenants);
}

#[tokio::test]
async fn a_message_is_what_its_item_became() {
    let knock = Asked::start().await;
    trigger(&knock.running, "Hello");
    let id = ItemId::from(messages(&knock.running)[0]["id"].as_str().unwrap());
    let message = Message::parse(&knock.ask(api::message(&id)).await).unwrap();
    let user = knock.credentials.user_id.to_string();
    assert_eq!(message.id, id);
    assert_eq!(
        message.recipient,
        Some(Recipient {
            id: user,
            collection: None
        })
    );
    assert_eq!(
        message.channel_id.as_deref(),
        Some(knock.credentials.feed_id.as_str())
    );
    assert_eq!(message.status.as_deref(), Some("delivered"));
    assert_eq!(message.source.key, "new-message");
    assert_eq!(message.data.as_ref().unwrap()["message"], "Hello");
    assert!(message.inserted_at.is_some());

    for status in [
        Status::Seen,
        Status::Unseen,
        Status::Interacted,
        Status::Unread,
        Status::Read,
        Status::Archived,
        Status::Unarchived,
    ] {
        let before = Message::parse(&knock.ask(api::message(&id)).await).unwrap();
        let answered = knock.ask(api::mark_one(status, &id, None)).await;
        let answered = Message::parse(&answered).unwrap();
        let after = Message::parse(&knock.ask(api::message(&id)).await).unwrap();
        assert_eq!(answered, after);
        let is = |message: &Message| {
            [
                message.marks.seen_at.is_some(),
                message.marks.read_at.is_some(),
                message.marks.interacted_at.is_some(),
                message.marks.archived_at.is_some(),
            ]
        };
        let mut expected = is(&before);
        let changes: &[(usize, bool)] = match status {
            Status::Seen => &[(0, true)],
            Status::Unseen => &[(0, false)],
            Status::Read => &[(1, true)],
            Status::Unread => &[(1, false)],
            Status::Interacted => &[(1, true), (2, true)],
            Status::Archived => &[(3, true)],
            Status::Unarchived => &[(3, false)],
        };
        for (mark, on) in changes {
            expected[*mark] = *on;
        }
        assert_eq!(is(&after), expected, "{status:?}");
    }
}

#[tokio::test]
async fn a_feed_says_whether_knock_wants_to_be_named() {
    let knock = Asked::start().await;
    let request = api::feed_settings(&knock.credentials.user_id, &knock.credentials.feed_id);
    let settings = FeedSettings::parse(&knock.ask(request).await);
    assert!(!settings.branding_required);
}

/// One set for each shape that a preference can have.
fn every_shape() -> Vec<Preferences> {
    let condition = Condition {
        variable: "recipient.plan".into(),
        operator: "equal_to".into(),
        argument: Some("team".into()),
    };
    let no_argument = Condition {
        variable: "data.page".into(),
        operator: "empty".into(),
        argument: None,
    };
    let channel = Config::default().feed_id;
    let types = |name: &str, preference| [(name.to_owned(), preference)].into();
    let yes = ChannelPreference::Subscribed(true);
    let when = ChannelPreference::When(vec![condition.clone(), no_argument]);
    let none = Preferences::default;
    vec![
        Preferences {
            channel_types: types("email", ChannelPreference::Subscribed(false)),
            ..none()
        },
        Preferences {
            channel_types: types("in_app_feed", when.clone()),
            ..none()
        },
        Preferences {
            channels: types(&channel, yes.clone()),
            ..none()
        },
        Preferences {
            channels: types("another", when.clone()),
            ..none()
        },
        Preferences {
            workflows: [("digest".to_owned(), Preference::Subscribed(true))].into(),
            ..none()
        },
        Preferences {
            workflows: [(
                "reminder".to_owned(),
                Preference::Detailed(PreferenceDetail {
                    channel_types: types("push", yes.clone()),
                    channels: types(&channel, when.clone()),
                    conditions: vec![condition.clone()],
                }),
            )]
            .into(),
            ..none()
        },
        Preferences {
            categories: [("social".to_owned(), Preference::Subscribed(false))].into(),
            ..none()
        },
        Preferences {
            categories: [(
                "work".to_owned(),
                Preference::Detailed(PreferenceDetail {
                    conditions: vec![condition],
                    ..PreferenceDetail::default()
                }),
            )]
            .into(),
            ..none()
        },
        Preferences {
            commercial_subscribed: Some(ChannelPreference::Subscribed(false)),
            ..none()
        },
        Preferences {
            commercial_subscribed: Some(when),
            ..none()
        },
    ]
}

/// An emulator, and somebody who asks it.
struct Asked {
    running: Running,
    credentials: Credentials,
    client: reqwest::Client,
}

impl Asked {
    async fn start() -> Asked {
        // The client wants to know how to speak TLS, even if it never does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = emulator().await;
        let credentials = draft(running.url()).parse().unwrap();
        Asked {
            running,
            credentials,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The body of the answer, which is a good one.
    async fn ask(&self, request: Request) -> Vec<u8> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Put => reqwest::Method::PUT,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let url = self.credentials.host.join(&request.path, &request.query);
        let mut call = self.client.request(method, url);
        for (name, value) in api::headers(&self.credentials) {
            call = call.header(name, value);
        }
        if let Some(body) = &request.body {
            call = call.body(body.to_string());
        }
        let response = call.send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        assert!(
            status.is_success(),
            "{} {}: {status} {}",
            request.method.as_str(),
            request.path,
            String::from_utf8_lossy(&body)
        );
        body.into()
    }
}
