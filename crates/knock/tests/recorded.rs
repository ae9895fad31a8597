//! Our requests equal those of the official SDK, and what it is answered can be read. Source: `fixtures/README.md`.
#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use doorbell_knock::api::{self, PageRequest, Request};
use doorbell_knock::channel::{self, Attention, NewMessage, ReferenceId};
use doorbell_knock::{
    Archived, Block, ChannelPreference, Cursor, Draft, Failure, FeedId, FeedItem, FeedMetadata,
    FeedOptions, FeedPage, FeedSettings, Host, InsertedAt, ItemId, Message, Mode, Persistence,
    Preference, PreferenceDetail, PreferenceSet, PreferenceSetId, Preferences, PublicKey, Status,
    StatusFilter, User, UserId, UserToken, WebUrl,
};
use serde_json::{Value, json};
use time::macros::datetime;

#[test]
fn identifying_equals_the_sdk() {
    let properties = json!({ "name": "Jane", "email": "jane@example.com" });
    check(
        "40",
        "identifies the user inline",
        0,
        api::identify(&user(), properties),
    );
}

#[test]
fn asking_for_the_user_and_preferences_equals_the_sdk() {
    let tenants = PreferenceSetId::parse("tenant-a").unwrap();
    let default = PreferenceSetId::default();
    check("43", "user.get()", 0, api::user(&user()));
    let nothing = api::identify(&user(), json!({}));
    check("43", "user.identify() without", 0, nothing);
    let all = api::preference_sets(&user());
    check("43", "user.getAllPreferences()", 0, all);
    let one = |id, tenant| api::preference_set(&user(), id, tenant);
    check("43", "user.getPreferences()", 0, one(&default, None));
    let tenants = one(&tenants, None);
    check("43", "{preferenceSet: tenant-a})", 0, tenants);
    let merged = one(&default, Some("acme"));
    check("43", "user.getPreferences({tenant: acme})", 0, merged);
}

#[test]
fn writing_preferences_equals_the_sdk() {
    let channel_types = |name: &str, subscribed| {
        let preference = ChannelPreference::Subscribed(subscribed);
        PreferenceDetail {
            channel_types: [(name.to_owned(), preference)].into(),
            ..PreferenceDetail::default()
        }
    };
    let new_comment = Preference::Detailed(channel_types("email", false));
    let comments = Preference::Detailed(channel_types("in_app_feed", true));
    let preferences = Preferences {
        channel_types: [
            ("email".to_owned(), ChannelPreference::Subscribed(true)),
            (
                "in_app_feed".to_owned(),
                ChannelPreference::Subscribed(false),
            ),
        ]
        .into(),
        workflows: [
            ("new-comment".to_owned(), new_comment),
            ("old-flow".to_owned(), Preference::Subscribed(true)),
        ]
        .into(),
        categories: [("comments".to_owned(), comments)].into(),
        ..Preferences::default()
    };
    for (note, id) in [
        ("user.setPreferences({...})", PreferenceSetId::default()),
        (
            "user.setPreferences({...}, {preferenceSet",
            PreferenceSetId::parse("tenant-a").unwrap(),
        ),
    ] {
        let ours = api::set_preferences(&user(), &id, &preferences, Persistence::Replace);
        check("43", note, 0, ours);
        let answer = PreferenceSet::parse(answer(note).to_string().as_bytes()).unwrap();
        let preferences = preferences.clone();
        assert_eq!(answer, PreferenceSet { id, preferences });
    }
}

#[test]
fn recorded_answers_about_the_user_are_read() {
    let named = User::parse(answer("user.identify({...})").to_string().as_bytes()).unwrap();
    assert_eq!(named.id, "user_1");
    assert_eq!(named.name.as_deref(), Some("Jane"));
    assert_eq!(named.locale.as_deref(), Some("en-GB"));
    assert_eq!(named.properties["custom"], json!({ "plan": "pro" }));
    let unnamed = User::parse(answer("user.get()").to_string().as_bytes()).unwrap();
    assert_eq!((unnamed.name, unnamed.email), (None, None));
    assert_eq!(unnamed.updated_at, Some(datetime!(2024-01-01 0:00 UTC)));
    let all = answer("user.getAllPreferences()").to_string();
    let all = PreferenceSet::parse_all(all.as_bytes()).unwrap();
    assert_eq!(all, [PreferenceSet::default()]);
}

#[test]
fn the_example_preferences_are_read_and_written_back() {
    let set = PreferenceSet::parse(&example_body("preference-set.json")).unwrap();
    assert_eq!(set.id, PreferenceSetId::default());
    let commercial = set.preferences.commercial_subscribed.clone();
    assert_eq!(commercial, Some(ChannelPreference::Subscribed(true)));
    let ChannelPreference::When(conditions) = &set.preferences.channel_types["sms"] else {
        panic!("{:?}", set.preferences);
    };
    assert_eq!(conditions[0].argument.as_deref(), Some("FR"));
    let request = api::set_preferences(&user(), &set.id, &set.preferences, Persistence::Replace);
    let mut expected = example("preference-set.json");
    expected.as_object_mut().unwrap().remove("id");
    let workflow = expected["workflows"]["new-comment"].as_object_mut();
    assert_eq!(workflow.unwrap().remove("conditions"), Some(Value::Null));
    assert_eq!(request.body, Some(expected));

    let sets = PreferenceSet::parse_all(&example_body("preference-sets-list.json")).unwrap();
    assert_eq!((sets.len(), &sets[0]), (2, &set));
    let email = &sets[1].preferences.channel_types["email"];
    assert_eq!(*email, ChannelPreference::Subscribed(false));

    let push = ("push".to_owned(), ChannelPreference::Subscribed(true));
    let detail = PreferenceDetail {
        channel_types: [push].into(),
        ..PreferenceDetail::default()
    };
    let change = Preferences {
        workflows: [("new-comment".to_owned(), Preference::Detailed(detail))].into(),
        ..Preferences::default()
    };
    let request = api::set_preferences(&user(), &set.id, &change, Persistence::Merge);
    assert_eq!(
        request.body,
        Some(example("preference-set-request-merge.json"))
    );
}

#[test]
fn the_example_user_message_and_settings_are_read() {
    let user = User::parse(&example_body("user.json")).unwrap();
    assert_eq!(user.timezone.as_deref(), Some("Europe/Paris"));
    assert!(user.avatar.is_some());
    let properties: Vec<_> = user.properties.iter().collect();
    assert_eq!(properties, [(&"plan".to_owned(), &json!("team"))]);

    let message = Message::parse(&example_body("message.json")).unwrap();
    assert_eq!(message.id.as_str(), "3Fq0aBcDeFgHiJkLmNoPqRsTuVw");
    assert_eq!(message.actors[1].collection.as_deref(), Some("projects"));
    assert_eq!(message.source.key, "new-comment");
    let read_at = datetime!(2026-03-02 10:21:05.0003 UTC);
    assert_eq!(message.marks.read_at, Some(read_at));
    assert_eq!(message.marks.archived_at, None);
    assert_eq!(message.status.as_deref(), Some("delivered"));

    let settings = FeedSettings::parse(&example_body("feed-settings.json"));
    assert!(!settings.branding_required);
}

#[test]
fn settings_and_messages_are_asked_for_as_documented() {
    let settings = api::feed_settings(&user(), &feed());
    let path = format!("/v1/users/user_1/feeds/{FEED}/settings");
    assert_eq!((settings.method.as_str(), settings.path), ("GET", path));
    let message = api::message(&"m 1".into());
    assert_eq!(
        (message.method.as_str(), message.path.as_str()),
        ("GET", "/v1/messages/m%201")
    );
}

#[test]
fn fetching_equals_the_sdk() {
    let options = FeedOptions {
        page_size: Some(2),
        ..FeedOptions::default()
    };
    let page = |page: PageRequest| api::feed_page(&user(), &feed(), &options, &page);
    check("40", "feed.fetch()", 0, page(PageRequest::default()));
    check(
        "40",
        "feed.fetchNextPage()",
        0,
        page(PageRequest {
            after: cursor("cursor_4"),
            ..Default::default()
        }),
    );
    check(
        "40",
        "a new item exists",
        0,
        page(PageRequest {
            before: cursor("cursor_5"),
            ..Default::default()
        }),
    );
}

#[test]
fn every_option_equals_the_sdk() {
    let (start, end) = (
        datetime!(2024-01-01 0:00 UTC),
        datetime!(2024-02-01 0:00 UTC),
    );
    let plain = FeedOptions::default;
    let cases = [
        ("{}", plain()),
        (
            r#"{"page_size":3}"#,
            FeedOptions {
                page_size: Some(3),
                ..plain()
            },
        ),
        (
            r#"{"status":"unread"}); fetch({})"#,
            FeedOptions {
                status: Some(StatusFilter::Unread),
                ..plain()
            },
        ),
        (
            r#"{"status":"read"}"#,
            FeedOptions {
                status: Some(StatusFilter::Read),
                ..plain()
            },
        ),
        (
            r#"{"status":"unseen"}"#,
            FeedOptions {
                status: Some(StatusFilter::Unseen),
                ..plain()
            },
        ),
        (
            r#"{"status":"seen"}"#,
            FeedOptions {
                status: Some(StatusFilter::Seen),
                ..plain()
            },
        ),
        (
            r#"{"status":"all"}"#,
            FeedOptions {
                status: Some(StatusFilter::All),
                ..plain()
            },
        ),
        (
            r#"{"archived":"include"}"#,
            FeedOptions {
                archived: Archived::Include,
                ..plain()
            },
        ),
        (
            r#"{"archived":"exclude"}"#,
            FeedOptions {
                archived: Archived::Exclude,
                ..plain()
            },
        ),
        (
            r#"{"archived":"only"}"#,
            FeedOptions {
                archived: Archived::Only,
                ..plain()
            },
        ),
        (
            r#"{"tenant":"acme"}"#,
            FeedOptions {
                tenant: Some("acme".into()),
                ..plain()
            },
        ),
        (
            r#"{"has_tenant":true}"#,
            FeedOptions {
                has_tenant: Some(true),
                ..plain()
            },
        ),
        (
            r#"{"has_tenant":false}"#,
            FeedOptions {
                has_tenant: Some(false),
                ..plain()
            },
        ),
        (
            r#"{"source":"new-comment"}"#,
            FeedOptions {
                source: Some("new-comment".into()),
                ..plain()
            },
        ),
        (
            r#"{"workflow_categories":"#,
            FeedOptions {
                workflow_categories: vec!["comments".into(), "a b".into()],
                ..plain()
            },
        ),
        (
            r#"{"trigger_data":"#,
            FeedOptions {
                trigger_data: Some(json!({ "project": "p1", "n": 3, "ok": true, "none": null })),
                ..plain()
            },
        ),
        (
            r#"{"mode":"rich"}"#,
            FeedOptions {
                mode: Mode::Rich,
                ..plain()
            },
        ),
        (
            r#"02-01T00:00:00Z"}}"#,
            FeedOptions {
                inserted_at: InsertedAt {
                    gt: Some(start),
                    lt: Some(end),
                    ..Default::default()
                },
                ..plain()
            },
        ),
        (
            r#""inclusive":true}}"#,
            FeedOptions {
                inserted_at: InsertedAt {
                    gte: Some(start),
                    lte: Some(end),
                    ..Default::default()
                },
                ..plain()
            },
        ),
    ];
    for (note, options) in cases {
        check(
            "44",
            note,
            0,
            api::feed_page(&user(), &feed(), &options, &PageRequest::default()),
        );
    }
    let options = FeedOptions {
        status: Some(StatusFilter::Read),
        page_size: Some(50),
        ..plain()
    };
    let page = PageRequest {
        page_size: Some(1),
        ..Default::default()
    };
    check(
        "44",
        r#"fetch({"status":"read","page_size":1})"#,
        0,
        api::feed_page(&user(), &feed(), &options, &page),
    );
}

#[test]
fn marking_equals_the_sdk() {
    for (note, status) in [
        ("markAsSeen(item)", Status::Seen),
        ("markAsUnseen(item)", Status::Unseen),
        ("markAsRead(item)", Status::Read),
        ("markAsUnread(item)", Status::Unread),
        ("markAsInteracted(item)", Status::Interacted),
        ("markAsArchived(item)", Status::Archived),
        ("markAsUnarchived(item)", Status::Unarchived),
    ] {
        check("42", note, 0, api::mark(status, &ids(&["msg_0008"]), None));
    }
    let metadata = Some(json!({ "button": "primary" }));
    check(
        "42",
        "markAsInteracted(item, metadata)",
        0,
        api::mark(Status::Interacted, &ids(&["msg_0007"]), metadata),
    );
    let three = ids(&["msg_0007", "msg_0006", "msg_0005"]);
    check(
        "42",
        "markAsRead([three items])",
        0,
        api::mark(Status::Read, &three, None),
    );
}

#[test]
fn marking_one_equals_the_sdk() {
    let metadata = Some(json!({ "a": "b" }));
    for (note, status, metadata) in [
        ("updateStatus(id, seen)", Status::Seen, None),
        ("updateStatus(id, read)", Status::Read, None),
        ("updateStatus(id, interacted)", Status::Interacted, metadata),
        ("updateStatus(id, archived)", Status::Archived, None),
        ("removeStatus(id, seen)", Status::Unseen, None),
        ("removeStatus(id, read)", Status::Unread, None),
        ("removeStatus(id, archived)", Status::Unarchived, None),
    ] {
        check(
            "42",
            note,
            0,
            api::mark_one(status, &"msg_0001".into(), metadata),
        );
    }
}

#[test]
fn marking_all_equals_the_sdk_but_for_the_time_of_the_click() {
    let scoped = FeedOptions {
        status: Some(StatusFilter::Unread),
        archived: Archived::Include,
        tenant: Some("acme".into()),
        has_tenant: Some(true),
        trigger_data: Some(json!({ "project": "p1" })),
        ..FeedOptions::default()
    };
    let all = FeedOptions {
        status: Some(StatusFilter::All),
        ..FeedOptions::default()
    };
    let plain = FeedOptions::default();
    for (note, status, options) in [
        ("client: feed.markAllAsSeen()", Status::Seen, &plain),
        ("client: feed.markAllAsRead()", Status::Read, &plain),
        ("client: feed.markAllAsArchived()", Status::Archived, &plain),
        (
            "feed.markAllAsRead() on the scoped feed",
            Status::Read,
            &scoped,
        ),
        (
            "feed.markAllAsSeen() on the scoped feed",
            Status::Seen,
            &scoped,
        ),
        (
            "feed.markAllAsSeen() on a feed with status all",
            Status::Seen,
            &all,
        ),
    ] {
        let mut request = api::mark_all(
            status,
            &user(),
            &feed(),
            options,
            datetime!(2026-03-02 10:23 UTC),
        );
        let body = request
            .body
            .as_mut()
            .and_then(Value::as_object_mut)
            .unwrap();
        assert_eq!(
            body.remove("older_than"),
            Some("2026-03-02T10:23:00Z".into())
        );
        check("42", note, 0, request);
    }
}

#[test]
fn headers_equal_the_sdk_but_for_the_name_of_the_client() {
    let recorded = recorded("42", "feed.fetch()", "method", 0);
    let mut expected: Vec<(String, String)> =
        serde_json::from_value(recorded["headers"].clone()).unwrap();
    let draft = Draft {
        public_key: "pk_test_0000".into(),
        user_id: "user_1".into(),
        feed_id: FEED.into(),
        user_token: "token_1".into(),
        ..Draft::default()
    };
    let mut ours: Vec<(String, String)> = api::headers(&draft.parse().unwrap())
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let client = format!("Doorbell/{}", env!("CARGO_PKG_VERSION"));
    for (name, value) in &mut expected {
        if name == "X-Knock-Client" {
            value.clone_from(&client);
        }
    }
    ours.sort();
    expected.sort();
    assert_eq!(ours, expected);
}

#[test]
fn the_socket_url_equals_the_sdk_but_for_its_empty_pair() {
    let recorded = recorded("40", "connection attempt 1", "upgrade", 0);
    let host = Host::parse("http://127.0.0.1:32885").unwrap();
    let (key, token) = (
        PublicKey::parse("pk_test_0000").unwrap(),
        UserToken::parse("token_1").unwrap(),
    );
    let url = host.socket_url(&key, Some(&token));
    let target = format!("{}?{}", url.path(), url.query().unwrap());
    assert_eq!(
        target,
        recorded["upgrade"].as_str().unwrap().replace("&&", "&")
    );
}

#[test]
fn joining_equals_the_sdk() {
    let one = recorded("40", "attempt 1 open", "join", 0);
    assert_eq!(one["topic"], channel::topic(&feed(), &user()));
    let options = FeedOptions {
        page_size: Some(2),
        ..FeedOptions::default()
    };
    assert_eq!(
        one["join"],
        channel::join_params(&[(view("client_SP2khPK9TvJFnBFHNgBQ8"), &options)])
    );

    let two = recorded("46", "[b].listenForUpdates()", "join", 0);
    let acme = FeedOptions {
        tenant: Some("acme".into()),
        ..FeedOptions::default()
    };
    let unread = FeedOptions {
        status: Some(StatusFilter::Unread),
        ..FeedOptions::default()
    };
    let views = [
        (view("client_z96qOdIRrxSW_m3Gb2zaK"), &acme),
        (view("client_inn2Ow8RdDjd659ZzgKLg"), &unread),
    ];
    assert_eq!(two["join"], channel::join_params(&views));
}

#[test]
fn every_option_joins_as_documented() {
    let options = FeedOptions {
        tenant: Some("acme".into()),
        workflow_categories: vec!["a".into(), "b".into()],
        trigger_data: Some(json!({ "x": 1 })),
        inserted_at: InsertedAt {
            gt: Some(datetime!(2025-01-01 0:00 UTC)),
            ..Default::default()
        },
        ..FeedOptions::default()
    };
    let id = view("client_kkQqH97qMmX7nw_z7akCz");
    let expected = json!({ "client_kkQqH97qMmX7nw_z7akCz": {
        "archived": "exclude", "mode": "compact", "tenant": "acme", "workflow_categories": ["a", "b"],
        "trigger_data": { "x": 1 }, "inserted_at.gt": "2025-01-01T00:00:00Z",
    }});
    assert_eq!(channel::join_params(&[(id, &options)]), expected);
}

#[test]
fn a_new_message_means_the_views_it_names() {
    let ours = view("client_SP2khPK9TvJFnBFHNgBQ8");
    let payload = |note| recorded("40", note, "new_message", 0)["new_message"].clone();
    let counts = FeedMetadata {
        total_count: 6,
        unread_count: 6,
        unseen_count: 6,
    };
    let attention = |payload: &Value| {
        NewMessage::parse(payload)
            .unwrap()
            .counts_for(&ours, &FeedOptions::default())
    };
    assert_eq!(
        attention(&payload("a new item exists")),
        Attention::Counted(counts)
    );
    assert_eq!(
        attention(&payload("names another client reference")),
        Attention::Elsewhere
    );
}

#[test]
fn new_messages_of_both_kinds_of_join_are_read() {
    let b = view("client_Zz9-Yy8_Xx7Ww6Vv5Uu4T");
    let keyed = NewMessage::parse(&example("ws-new-message.json")[4]).unwrap();
    let expected = FeedMetadata {
        total_count: 4,
        unread_count: 4,
        unseen_count: 1,
    };
    assert_eq!(
        keyed.counts_for(&b, &FeedOptions::default()),
        Attention::Counted(expected)
    );
    let legacy = NewMessage::parse(&example("ws-new-message-legacy-join.json")[4]).unwrap();
    let expected = FeedMetadata {
        total_count: 74,
        unread_count: 3,
        unseen_count: 2,
    };
    assert_eq!(
        legacy.counts_for(&b, &FeedOptions::default()),
        Attention::Counted(expected)
    );
}

#[test]
fn status_writes_equal_the_examples() {
    let read = ids(&["3Fq0aBcDeFgHiJkLmNoPqRsTuVw", "3Fpz9ZyXwVuTsRqPoNmLkJiHgFe"]);
    let batch = example("batch-status.json");
    assert_eq!(
        json_of(&api::mark(Status::Read, &read, None)),
        batch["request"]
    );
    let header = batch["response"]["headers"][api::NOT_APPLIED_HEADER]
        .as_str()
        .unwrap();
    assert_eq!(api::not_applied(header), read[1..]);

    let metadata = example("batch-interacted.json")["request"]["body"]["metadata"].clone();
    let request = api::mark(Status::Interacted, &read[..1], Some(metadata));
    assert_eq!(
        json_of(&request),
        example("batch-interacted.json")["request"]
    );

    let options = FeedOptions {
        tenant: Some("acme".into()),
        trigger_data: Some(json!({ "project_id": "proj_7" })),
        ..FeedOptions::default()
    };
    let feed = FeedId::parse("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11").unwrap();
    let user = UserId::parse("user_bo").unwrap();
    let mut request = api::mark_all(
        Status::Read,
        &user,
        &feed,
        &options,
        datetime!(2026-03-02 10:23 UTC),
    );
    request
        .body
        .as_mut()
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("older_than");
    assert_eq!(
        json_of(&request),
        example("bulk-mark-all-read.json")["request"]
    );
}

#[test]
fn every_recorded_page_is_read_whole() {
    for body in include_str!("fixtures/pages.jsonl").lines() {
        let value: Value = serde_json::from_str(body).unwrap();
        let page = FeedPage::parse(body.as_bytes()).unwrap();
        assert_eq!(page.skipped, Vec::<String>::new());
        assert_eq!(page.items.len(), value["entries"].as_array().unwrap().len());
        assert_eq!(
            page.meta.unwrap().unread_count,
            value["meta"]["unread_count"]
        );
        assert_eq!(
            page.page_info.after.map(|after| after.0).as_deref(),
            value["page_info"]["after"].as_str()
        );
        for item in &page.items {
            assert_eq!(FeedItem::parse(&item.write()).as_ref(), Ok(item));
        }
    }
}

#[test]
fn every_example_page_is_read_whole() {
    for (name, items, skipped_meta) in [
        ("feed-page-rich.json", 2, false),
        ("feed-page-compact.json", 1, false),
        ("feed-page-before-cursor.json", 1, false),
        ("feed-page-response-filtered.json", 1, true),
        ("feed-empty.json", 0, false),
    ] {
        let page = example_page(name);
        assert_eq!((page.items.len(), page.skipped.len()), (items, 0), "{name}");
        assert_eq!(page.meta.is_none(), skipped_meta, "{name}");
    }
}

#[test]
fn a_rich_item_is_read_with_everything_on_it() {
    let page = example_page("feed-page-rich.json");
    let [comment, invoice]: &[FeedItem; 2] = page.items.as_slice().try_into().unwrap();
    assert_eq!(comment.id.as_str(), "3Fq0aBcDeFgHiJkLmNoPqRsTuVw");
    assert_eq!(comment.actors[1].collection.as_deref(), Some("projects"));
    assert_eq!(comment.actors[1].name.as_deref(), Some("Apollo"));
    assert_eq!((comment.activities.len(), comment.total_activities), (2, 2));
    assert_eq!(comment.source.categories, ["collaboration"]);
    assert_eq!(
        comment.inserted_at,
        datetime!(2026-03-02 10:20:11.504331 UTC)
    );
    assert_eq!(
        comment.title_and_body(),
        ("Ada Moreau commented on Apollo".into(), String::new())
    );
    assert_eq!(
        comment.action_url().as_ref().map(WebUrl::as_str),
        Some("https://app.example.test/p/proj_7")
    );
    assert!(comment.is_unseen() && comment.is_unread() && !comment.is_archived());

    assert_eq!(invoice.title_and_body().0, "Invoice INV-9 needs approval");
    assert!(!invoice.is_unseen() && invoice.is_unread());
    assert!(matches!(&invoice.blocks[1], Block::Buttons { buttons, .. } if buttons.len() == 2));
    let approve = invoice.action_url().unwrap();
    assert_eq!(
        approve.as_str(),
        "https://app.example.test/invoices/INV-9/approve"
    );
    assert_eq!(
        invoice.button(1).unwrap().url(),
        None,
        "a relative URL cannot be opened"
    );
}

#[test]
fn every_example_error_names_its_failure() {
    for (name, body) in example("errors.json")
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !name.starts_with('_'))
    {
        let status = u16::try_from(body["status"].as_u64().unwrap()).unwrap();
        let failure = Failure::from_response(status, None, body.to_string().as_bytes());
        let code = body["code"].as_str().unwrap();
        match failure {
            Failure::Unauthorized { code: read } => {
                assert_eq!((status, read.as_str()), (401, code), "{name}")
            }
            Failure::Forbidden { code: read } => {
                assert_eq!((status, read.as_str()), (403, code), "{name}")
            }
            Failure::NotFound { code: read } => {
                assert_eq!((status, read.as_str()), (404, code), "{name}")
            }
            Failure::Invalid { code: read, .. } => {
                assert_eq!((status, read.as_str()), (422, code), "{name}")
            }
            Failure::RateLimited { .. } => assert_eq!(status, 429, "{name}"),
            Failure::Server { .. }
            | Failure::Unreachable(_)
            | Failure::TooLarge
            | Failure::Malformed(_) => {
                panic!("{name}: {failure}")
            }
        }
    }
}

/// Expects our request to equal the one that a call of the SDK caused.
#[track_caller]
fn check(transcript: &str, note: &str, nth: usize, ours: Request) {
    let recorded = recorded(transcript, note, "method", nth);
    let target = Host::default().join(&ours.path, &ours.query);
    let theirs = url::Url::parse(&format!(
        "https://api.knock.app{}",
        recorded["target"].as_str().unwrap()
    ))
    .unwrap();
    assert_eq!(ours.method.as_str(), recorded["method"], "{note}");
    assert_eq!(target.path(), theirs.path(), "{note}");
    assert_eq!(pairs(&target), pairs(&theirs), "{note}");
    assert_eq!(ours.body.unwrap_or_default(), recorded["body"], "{note}");
}

/// Query pairs in order; values that are JSON objects compare as such.
fn pairs(url: &url::Url) -> Vec<(String, Value)> {
    url.query_pairs()
        .map(|(key, value)| {
            let object = value
                .starts_with('{')
                .then(|| serde_json::from_str(&value).unwrap());
            (
                key.into_owned(),
                object.unwrap_or_else(|| value.into_owned().into()),
            )
        })
        .collect()
}

/// What the call of the SDK was answered.
#[track_caller]
fn answer(note: &str) -> Value {
    include_str!("fixtures/answers.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["note"].as_str().unwrap().contains(note))
        .unwrap_or_else(|| panic!("no answer at {note}"))["answer"]
        .take()
}

#[track_caller]
fn recorded(transcript: &str, note: &str, kind: &str, nth: usize) -> Value {
    include_str!("fixtures/sdk.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["transcript"] == transcript && line.get(kind).is_some())
        .filter(|line| line["note"].as_str().unwrap().contains(note))
        .nth(nth)
        .unwrap_or_else(|| panic!("no {kind} in {transcript} at {note}"))
}

fn example(name: &str) -> Value {
    serde_json::from_slice(&example_body(name)).unwrap()
}

fn example_page(name: &str) -> FeedPage {
    FeedPage::parse(&example_body(name)).unwrap()
}

fn example_body(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/fixtures/examples/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn json_of(request: &Request) -> Value {
    json!({ "method": request.method.as_str(), "path": request.path, "body": request.body })
}

fn view(text: &str) -> ReferenceId {
    serde_json::from_value(text.into()).unwrap()
}

fn user() -> UserId {
    UserId::parse("user_1").unwrap()
}

fn feed() -> FeedId {
    FeedId::parse(FEED).unwrap()
}

fn cursor(text: &str) -> Option<Cursor> {
    Some(text.into())
}

fn ids(texts: &[&str]) -> Vec<ItemId> {
    texts.iter().map(|text| ItemId::from(*text)).collect()
}

const FEED: &str = "11111111-2222-4333-8444-555555555555";
