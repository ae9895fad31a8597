use std::{
    fs,
    io::{Read, Seek, SeekFrom, Write},
};

use doorbell_knock::{AccountId, FeedItem, FeedMetadata, ItemId, MarkId, Status, api};
use serde_json::json;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::*;

#[test]
fn what_was_saved_is_there_at_the_next_start() {
    let home = Home::new();
    let kept = everything();
    let (mut store, found, sentence) = home.open();
    assert_eq!((found, sentence), (Kept::default(), None));
    store.save(&kept.changes()).unwrap();
    assert_eq!(store.load(), kept);
    drop(store);
    let (_, found, sentence) = home.open();
    assert_eq!((found, sentence), (kept, None));
}

#[test]
fn a_process_that_is_killed_has_saved_what_it_said() {
    let home = Home::new();
    let (mut store, _, _) = home.open();
    store.save(&everything().changes()).unwrap();
    // The log is not folded into the file, as after a kill.
    let copy = Home::new();
    for file in home.files() {
        fs::copy(home.0.path().join(&file), copy.0.path().join(&file)).unwrap();
    }
    assert_eq!(copy.open().1, everything());
    drop(store);
}

#[test]
fn each_change_changes_its_own() {
    let mut store = Store::open_in_memory();
    store.save(&everything().changes()).unwrap();
    let mut expected = everything();
    let mut check = |changes: &[Change], change: &dyn Fn(&mut KeptAccount)| {
        store.save(changes).unwrap();
        change(expected.accounts.get_mut(&ada()).unwrap());
        assert_eq!(store.load(), expected, "{changes:?}");
    };
    let account = ada();
    check(
        &[Change::MetUntil {
            account: account.clone(),
            until: NOON,
        }],
        &|ada| {
            ada.told.retain(|_, at| *at > NOON);
            let feed = ada.feeds.get_mut(&main_feed()).unwrap();
            feed.met.retain(|_, at| *at > NOON);
            ada.met_until = Some(NOON);
        },
    );
    let mut answered = all_mark(3);
    answered.answered = true;
    check(
        &[
            Change::Unmark {
                account: account.clone(),
                mark: MarkId(2),
            },
            Change::Mark {
                account: account.clone(),
                mark: Box::new(answered.clone()),
            },
        ],
        &|ada| ada.marks = vec![answered.clone()],
    );
    let counts = Some(FeedMetadata {
        total_count: 7,
        unread_count: 1,
        unseen_count: 0,
    });
    check(
        &[Change::Head {
            account: account.clone(),
            feed: main_feed(),
            items: vec![item("c", "changed"), item("d", "new")],
            gone: vec!["b".into()],
            counts,
            older: Some("below".into()),
        }],
        &|ada| {
            ada.feeds.get_mut(&main_feed()).unwrap().head = Some(KeptHead {
                items: vec![item("a", SECRET), item("c", "changed"), item("d", "new")],
                counts,
                older: Some("below".into()),
            });
        },
    );
    check(
        &[Change::Feed {
            account: account.clone(),
            feed: main_feed(),
            horizon: None,
            missed_since: Some(NOON),
            synced: Some(NOON),
            sweep: Some(ARCHIVING),
        }],
        &|ada| {
            let feed = ada.feeds.get_mut(&main_feed()).unwrap();
            (feed.horizon, feed.missed_since) = (None, Some(NOON));
            (feed.synced, feed.sweep) = (Some(NOON), Some(ARCHIVING));
        },
    );
    check(
        &[Change::NoFeed {
            account: account.clone(),
            feed: main_feed(),
        }],
        &|ada| drop(ada.feeds.remove(&main_feed())),
    );
    store.save(&[Change::Forget { account }]).unwrap();
    expected.accounts.remove(&ada());
    assert_eq!(store.load(), expected);
}

#[test]
fn the_file_and_all_beside_it_are_for_the_person_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    // As another program may have left them.
    fs::set_permissions(home.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(home.file(), "").unwrap();
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let (mut store, _, _) = home.open();
    store.save(&everything().changes()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        home.files(),
        ["doorbell.db", "doorbell.db-shm", "doorbell.db-wal"]
    );
    for file in home.files() {
        assert_eq!(mode(&home.0.path().join(&file)), 0o600, "{file}");
    }
    assert_eq!(mode(home.0.path()), 0o700);
}

#[test]
fn a_file_of_each_earlier_version_is_brought_up_to_date() {
    for version in 0..=schema::MIGRATIONS.len() {
        let home = Home::new();
        let mut old = Connection::open(home.file()).unwrap();
        schema::migrate(&mut old, &schema::MIGRATIONS[..version]).unwrap();
        assert_eq!(schema::version(&old).unwrap(), version);
        let mut expected = Kept::default();
        if version >= 1 {
            old.execute(
                "INSERT INTO told VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 1000000)",
                [],
            )
            .unwrap();
            let told = [(ItemId::from("a"), datetime!(1970-01-01 0:00:01 UTC))];
            let account = KeptAccount {
                told: told.into(),
                ..KeptAccount::default()
            };
            expected.accounts.insert(ada(), account);
        }
        drop(old);
        let (store, kept, sentence) = home.open();
        assert_eq!((kept, sentence), (expected, None), "from version {version}");
        assert_eq!(
            schema::version(&store.connection).unwrap(),
            schema::MIGRATIONS.len()
        );
    }
}

#[test]
fn a_migration_that_breaks_off_leaves_the_version_before_it() {
    let mut connection = Connection::open_in_memory().unwrap();
    let migrations = [
        "CREATE TABLE a (x)",
        "CREATE TABLE b (x); CREATE TABLE a (x)",
    ];
    schema::migrate(&mut connection, &migrations).unwrap_err();
    assert_eq!(schema::version(&connection).unwrap(), 1);
    connection.execute("SELECT * FROM b", []).unwrap_err();
    schema::migrate(
        &mut connection,
        &["CREATE TABLE a (x)", "CREATE TABLE b (x)"],
    )
    .unwrap();
    assert_eq!(schema::version(&connection).unwrap(), 2);
}

#[test]
fn a_damaged_file_is_set_aside_and_a_new_one_takes_its_place() {
    type Damage<'a> = (&'a str, &'a dyn Fn(&Path));
    let damages: [Damage<'_>; 6] = [
        ("no database", &|file| {
            fs::write(file, "nonsense ".repeat(900)).unwrap()
        }),
        ("a broken header", &|file| {
            overwrite(file, 0, b"SQLite format 9")
        }),
        ("a broken page", &|file| {
            overwrite(file, 4096, &[0xff; 4096])
        }),
        ("half of it", &|file| {
            let file = fs::File::options().write(true).open(file).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2 + 100)
                .unwrap();
        }),
        ("a table gone", &|file| {
            Connection::open(file)
                .unwrap()
                .execute("DROP TABLE met", [])
                .unwrap();
        }),
        ("a version below zero", &|file| {
            Connection::open(file)
                .unwrap()
                .execute_batch("PRAGMA user_version = -1")
                .unwrap();
        }),
    ];
    for (what, damage) in damages {
        let home = Home::new();
        home.open().0.save(&everything().changes()).unwrap();
        damage(&home.file());
        fs::write(
            home.0.path().join("doorbell.db-wal"),
            "a log that goes with it",
        )
        .unwrap();
        let (mut store, kept, sentence) = home.open();
        assert_eq!(kept, Kept::default(), "{what}");
        let sentence = sentence.unwrap_or_else(|| panic!("a sentence about {what}"));
        let aside: Vec<String> = home
            .files()
            .into_iter()
            .filter(|name| !is_own(name))
            .collect();
        // SQLite itself throws a log away that does not belong to its file.
        assert!((1..=2).contains(&aside.len()), "{what}: {aside:?}");
        assert!(
            sentence.contains(&aside[0]) && !aside[0].ends_with("-wal"),
            "{sentence}"
        );
        store.save(&everything().changes()).unwrap();
        drop(store);
        let (_, kept, sentence) = home.open();
        assert_eq!((kept, sentence), (everything(), None), "{what}");
    }
}

#[test]
fn a_file_of_a_newer_doorbell_is_set_aside_whole() {
    let home = Home::new();
    home.open().0.save(&everything().changes()).unwrap();
    let newer = schema::MIGRATIONS.len() + 1;
    let connection = Connection::open(home.file()).unwrap();
    connection
        .execute_batch(&format!("PRAGMA user_version = {newer}"))
        .unwrap();
    drop(connection);
    let (_, kept, sentence) = home.open();
    assert_eq!(kept, Kept::default());
    assert!(
        sentence
            .unwrap()
            .contains("was written by a newer Doorbell")
    );
    let aside = home.files().into_iter().find(|name| !is_own(name)).unwrap();
    let aside = Connection::open(home.0.path().join(aside)).unwrap();
    assert_eq!(schema::version(&aside).unwrap(), newer);
    assert_eq!(tables::load(&aside).unwrap(), everything());
}

#[test]
fn what_is_set_aside_twice_in_a_second_has_two_names() {
    let home = Home::new();
    for _ in 0..3 {
        fs::write(home.file(), "nonsense").unwrap();
        assert!(home.open().2.is_some());
    }
    assert_eq!(home.files().iter().filter(|name| !is_own(name)).count(), 3);
}

#[test]
fn a_row_that_makes_no_sense_costs_that_row_alone() {
    let home = Home::new();
    let (mut store, _, _) = home.open();
    store.save(&everything().changes()).unwrap();
    for statement in [
        "UPDATE item SET entry = '{' WHERE item = 'a'",
        "UPDATE mark SET mark = '{\"number\":2}' WHERE number = 2",
        "INSERT INTO told VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'far', 9223372036854775807)",
    ] {
        assert_eq!(
            store.connection.execute(statement, []).unwrap(),
            1,
            "{statement}"
        );
    }
    let mut expected = everything();
    let account = expected.accounts.get_mut(&ada()).unwrap();
    account.marks.remove(0);
    let head = account
        .feeds
        .get_mut(&main_feed())
        .unwrap()
        .head
        .as_mut()
        .unwrap();
    head.items.retain(|item| item.id.as_str() != "a");
    assert_eq!(store.load(), expected);
}

#[test]
fn where_there_can_be_no_file_it_works_in_memory() {
    let home = Home::new();
    // A directory stands where the file should be.
    fs::create_dir(home.file()).unwrap();
    let (mut store, kept, sentence) = home.open();
    assert_eq!(kept, Kept::default());
    assert!(
        sentence
            .unwrap()
            .contains("It works on and tries again by itself")
    );
    store.save(&everything().changes()).unwrap();
    assert_eq!(store.load(), everything());
    fs::remove_dir(home.file()).unwrap();
    store.save(&[forget_nobody()]).unwrap();
    drop(store);
    assert_eq!(home.open().1, everything(), "it went back to the disk");
}

#[test]
fn a_directory_that_cannot_be_written_is_read_and_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    if !is_unprivileged("a_directory_that_cannot_be_written_is_read_and_left_alone") {
        return;
    }
    let home = Home::new();
    home.open().0.save(&everything().changes()).unwrap();
    let set = |mode, file_mode| {
        fs::set_permissions(home.file(), fs::Permissions::from_mode(file_mode)).unwrap();
        fs::set_permissions(home.0.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o500, 0o400);
    let before = fs::read(home.file()).unwrap();
    let (mut store, kept, sentence) = home.open();
    assert_eq!(kept, everything());
    assert!(sentence.unwrap().contains("Permission denied"));
    store.save(&[forget_nobody()]).unwrap();
    assert_eq!(fs::read(home.file()).unwrap(), before);
    set(0o700, 0o600);
}

#[test]
fn a_full_disk_is_told_once_and_nothing_is_lost_while_it_runs() {
    let home = Home::new();
    let (mut store, _, _) = home.open();
    store.save(&[told(0)]).unwrap();
    let pages: u32 = store
        .connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    let full: u32 = store
        .connection
        .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(full, pages);
    let mut changes = everything().changes();
    changes.extend((1..=2_000).map(told));
    let Unsaved(sentence) = store.save(&changes).unwrap_err();
    assert!(sentence.contains("the disk is full"), "{sentence}");
    assert!(matches!(store.place, Place::Refuge(_)));
    let mut expected = everything();
    let tell = |expected: &mut Kept, number| {
        let account = expected.accounts.get_mut(&ada()).unwrap();
        account.told.insert(ItemId(format!("told_{number}")), NOON);
    };
    (0..=2_000).for_each(|number| tell(&mut expected, number));
    assert_eq!(store.load(), expected);
    // There is room again: the limit was this connection's own.
    store.save(&[told(2_001)]).unwrap();
    assert!(matches!(store.place, Place::Disk(_)));
    tell(&mut expected, 2_001);
    assert_eq!(home.copy().open().1, expected);
    // It fills again, and the person is not told again.
    let full: u32 = store
        .connection
        .query_row("PRAGMA max_page_count = 1", [], |row| row.get(0))
        .unwrap();
    assert!(full >= pages);
    let many: Vec<Change> = (2_002..9_000).map(told).collect();
    assert_eq!(store.save(&many), Ok(()));
    assert!(matches!(store.place, Place::Refuge(_)));
    assert_eq!(store.load().accounts[&ada()].told.len(), 3 + 9_000);
}

#[test]
fn a_batch_that_fails_leaves_nothing_of_it() {
    let home = Home::new();
    let (mut store, _, _) = home.open();
    let pages: u32 = store
        .connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    store
        .connection
        .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        .unwrap();
    let changes: Vec<Change> = (0..9_000).map(told).collect();
    tables::write(&mut store.connection, &changes, Contents::Kept).unwrap_err();
    assert_eq!(store.load(), Kept::default());
}

#[test]
fn of_an_account_that_signed_out_no_byte_is_left() {
    let home = Home::new();
    fs::write(
        home.0.path().join("doorbell.db.damaged-20260302-100000"),
        SECRET,
    )
    .unwrap();
    let (mut store, _, _) = home.open();
    store.save(&everything().changes()).unwrap();
    assert!(home.holds(SECRET) && home.holds("u_ada"));
    store.save(&[Change::Forget { account: ada() }]).unwrap();
    assert!(
        !home.holds(SECRET) && !home.holds("u_ada"),
        "{:?}",
        home.files()
    );
    drop(store);
    let (store, kept, _) = home.open();
    assert_eq!(kept.accounts.keys().collect::<Vec<_>>(), [&bob()]);
    assert!(!home.holds(SECRET) && !home.holds("u_ada"));
    drop(store);
}

#[test]
fn a_file_that_is_removed_leaves_nothing_behind() {
    let home = Home::new();
    fs::write(
        home.0.path().join("doorbell.db.damaged-20260302-100000"),
        SECRET,
    )
    .unwrap();
    home.open().0.save(&everything().changes()).unwrap();
    fs::write(home.0.path().join("doorbell.db-wal"), SECRET).unwrap();
    Store::remove(&home.file()).unwrap();
    assert_eq!(home.files(), [""; 0]);
    Store::remove(&home.file()).unwrap();
}

#[test]
fn without_contents_nothing_that_items_say_is_in_the_file() {
    let home = Home::new();
    let (mut store, _, sentence) = Store::open(&home.file(), Contents::LeftOut);
    assert_eq!(sentence, None);
    store.save(&everything().changes()).unwrap();
    assert!(!home.holds(SECRET));
    assert_eq!(store.load(), without_contents());
    drop(store);
    assert!(!home.holds(SECRET));
    assert_eq!(home.open().1, without_contents());
}

#[test]
fn contents_that_were_kept_before_are_wiped() {
    let home = Home::new();
    home.open().0.save(&everything().changes()).unwrap();
    fs::write(
        home.0.path().join("doorbell.db.newer-20260302-100000-wal"),
        SECRET,
    )
    .unwrap();
    assert!(home.holds(SECRET));
    let (store, kept, sentence) = Store::open(&home.file(), Contents::LeftOut);
    assert_eq!((kept, sentence), (without_contents(), None));
    assert!(!home.holds(SECRET), "{:?}", home.files());
    drop(store);
    assert!(!home.holds(SECRET));
}

#[test]
fn a_save_after_a_fetch_writes_what_changed_and_no_more() {
    let home = Home::new();
    let (mut store, _, _) = home.open();
    let items: Vec<FeedItem> = (0..200)
        .map(|n| item(&format!("i{n}"), &"words ".repeat(200)))
        .collect();
    let head = |items: Vec<FeedItem>| Change::Head {
        account: ada(),
        feed: main_feed(),
        items,
        gone: Vec::new(),
        counts: None,
        older: None,
    };
    let feed = |second| Change::Feed {
        account: ada(),
        feed: main_feed(),
        horizon: Some(NOON),
        missed_since: None,
        synced: Some(NOON + Duration::seconds(second)),
        sweep: None,
    };
    store.save(&[feed(0), head(items.clone())]).unwrap();
    let log = home.0.path().join("doorbell.db-wal");
    let frames = || fs::metadata(&log).unwrap().len();
    store
        .connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    for second in 1..=20 {
        store.save(&[feed(second), head(Vec::new())]).unwrap();
    }
    // A page of 4 KB and its frame, on a file of hundreds.
    assert!(frames() <= 20 * 2 * 4_200, "{} bytes", frames());
}

/// Where a test's file is.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(TempDir::new().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("doorbell.db")
    }

    fn open(&self) -> (Store, Kept, Option<String>) {
        Store::open(&self.file(), Contents::Kept)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The same files elsewhere, while these are in use.
    fn copy(&self) -> Home {
        let copy = Home::new();
        for file in self.files() {
            fs::copy(self.0.path().join(&file), copy.0.path().join(&file)).unwrap();
        }
        copy
    }

    /// Whether any byte of any file spells this.
    fn holds(&self, needle: &str) -> bool {
        self.files().iter().any(|name| {
            let mut bytes = Vec::new();
            let mut file = fs::File::open(self.0.path().join(name)).unwrap();
            file.read_to_end(&mut bytes).unwrap();
            bytes
                .windows(needle.len())
                .any(|part| part == needle.as_bytes())
        })
    }
}

/// Whether permissions bind this process. Where they do not, runs the test once more as a user for whom they do.
fn is_unprivileged(test: &str) -> bool {
    use std::os::unix::{fs::MetadataExt, process::CommandExt};
    const NOBODY: u32 = 65_534;
    if fs::metadata(Home::new().0.path()).unwrap().uid() != 0 {
        return true;
    }
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("store::tests::{test}")])
        .uid(NOBODY)
        .gid(NOBODY)
        .status()
        .unwrap();
    assert!(status.success());
    false
}

fn is_own(name: &str) -> bool {
    ["doorbell.db", "doorbell.db-wal", "doorbell.db-shm"].contains(&name)
}

fn overwrite(file: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::File::options().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

const ARCHIVING: KeptSweep = KeptSweep {
    status: Status::Archived,
    older_than: NOON,
};

/// Something of everything.
fn everything() -> Kept {
    let met = [("a", NOON), ("b", NOON), ("c", NOON + Duration::SECOND)];
    let feed = KeptFeed {
        met: met.map(|(id, at)| (ItemId::from(id), at)).into(),
        horizon: Some(NOON),
        missed_since: None,
        synced: Some(NOON + Duration::microseconds(1)),
        sweep: None,
        head: Some(KeptHead {
            items: vec![item("c", SECRET), item("b", SECRET), item("a", SECRET)],
            counts: Some(FeedMetadata {
                total_count: 9,
                unread_count: 3,
                unseen_count: 2,
            }),
            older: Some("cursor_a".into()),
        }),
    };
    let click = KeptMark {
        mark: MarkId(2),
        status: Status::Interacted,
        at: NOON,
        scope: KeptScope::Items(vec!["a".into()]),
        request: api::mark(
            Status::Interacted,
            &["a".into()],
            Some(json!({"type": "button_click", "label": SECRET})),
        ),
        answered: false,
    };
    let account = KeptAccount {
        feeds: [
            (main_feed(), feed),
            (FeedKey("empty".to_owned()), KeptFeed::default()),
        ]
        .into(),
        marks: vec![click, all_mark(3)],
        told: met.map(|(id, at)| (ItemId::from(id), at)).into(),
        met_until: Some(NOON - Duration::HOUR),
    };
    let other = KeptAccount {
        told: [(ItemId::from("a"), NOON)].into(),
        ..KeptAccount::default()
    };
    Kept {
        accounts: [(ada(), account), (bob(), other)].into(),
        pause: Pause::Until(NOON),
    }
}

fn without_contents() -> Kept {
    let mut kept = everything();
    let account = kept.accounts.get_mut(&ada()).unwrap();
    for feed in account.feeds.values_mut() {
        feed.head = None;
    }
    account.marks[0].request = api::mark(Status::Interacted, &["a".into()], None);
    kept
}

fn all_mark(number: u64) -> KeptMark {
    let draft = doorbell_knock::Draft {
        public_key: "pk_1".to_owned(),
        user_id: "u_ada".to_owned(),
        feed_id: "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11".to_owned(),
        ..Default::default()
    };
    let credentials = draft.parse().unwrap();
    let older_than = NOON + Duration::nanoseconds(7);
    KeptMark {
        mark: MarkId(number),
        status: Status::Read,
        at: NOON,
        scope: KeptScope::All {
            feed: main_feed(),
            older_than,
        },
        request: api::mark_all(
            Status::Read,
            &credentials.user_id,
            &credentials.feed_id,
            &Default::default(),
            older_than,
        ),
        answered: false,
    }
}

fn item(id: &str, says: &str) -> FeedItem {
    let value = json!({
        "id": id, "__cursor": format!("cursor_{id}"), "inserted_at": "2026-03-02T10:20:11.504331Z",
        "blocks": [{"type": "text", "name": "body", "rendered": says}], "data": {"says": says},
    });
    FeedItem::parse(&value).unwrap()
}

fn told(number: u32) -> Change {
    Change::Told {
        account: ada(),
        items: vec![(ItemId(format!("told_{number}")), NOON)],
    }
}

fn forget_nobody() -> Change {
    Change::Forget {
        account: account('c'),
    }
}

fn ada() -> AccountId {
    account('a')
}

fn bob() -> AccountId {
    account('b')
}

fn account(letter: char) -> AccountId {
    AccountId::parse(&letter.to_string().repeat(32)).unwrap()
}

fn main_feed() -> FeedKey {
    FeedKey("6b1f4f0e?status=unread".to_owned())
}

const NOON: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);
const SECRET: &str = "the words of an item";
