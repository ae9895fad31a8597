//! A feed item and what can be read off it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::html;
use crate::ids::{Cursor, ItemId};
pub use crate::web_url::WebUrl;

/// What a person, or the app for them, can say about an item. Named as in paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was on a screen.
    Seen,
    /// Takes [`Status::Seen`] back.
    Unseen,
    /// Somebody took note of it.
    Read,
    /// Takes [`Status::Read`] back.
    Unread,
    /// Opened or acted on; read as well.
    Interacted,
    /// Put away: no longer in the list.
    Archived,
    /// Takes [`Status::Archived`] back.
    Unarchived,
}

/// One message in a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedItem {
    /// Also the id of its message.
    pub id: ItemId,
    /// Its place in the feed (`__cursor`), to ask for what is newer or older.
    pub cursor: Option<Cursor>,
    /// On whose behalf it was sent; compact mode lists one at most.
    pub actors: Vec<Actor>,
    /// May be more than `actors` lists.
    pub total_actors: u64,
    /// In rich mode only.
    pub activities: Vec<Activity>,
    /// How many triggers are batched in it; may be more than `activities` lists.
    pub total_activities: u64,
    /// Its content, in the order of its template.
    pub blocks: Vec<Block>,
    /// What the workflow was triggered with, of a batch combined; compact mode leaves out what is nested.
    pub data: Option<Value>,
    /// Which workflow made it.
    pub source: Source,
    /// Id of the tenant it belongs to.
    pub tenant: Option<String>,
    /// When it was made; the feed is in this order, newest first.
    pub inserted_at: OffsetDateTime,
    /// When it was last changed, by a mark or a further trigger of its batch.
    pub updated_at: Option<OffsetDateTime>,
    /// What was done with it.
    pub marks: Marks,
}

/// When each status was last given; nothing where it was not, or was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// When it was on a screen.
    pub seen_at: Option<OffsetDateTime>,
    /// When somebody took note of it.
    pub read_at: Option<OffsetDateTime>,
    /// When it was put away.
    pub archived_at: Option<OffsetDateTime>,
    /// When it was opened or acted on.
    pub interacted_at: Option<OffsetDateTime>,
    /// When a link that Knock tracks was followed; no client sets it.
    pub link_clicked_at: Option<OffsetDateTime>,
}

/// A user or an object on whose behalf the item was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// Id of the user, or of the object within its collection.
    pub id: String,
    /// Of an object; nothing for a user.
    pub collection: Option<String>,
    /// For people; nothing when the application gave none.
    pub name: Option<String>,
    /// A picture.
    pub avatar: Option<WebUrl>,
}

/// One trigger of a batched item.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Id of the activity.
    pub id: String,
    /// On whose behalf it was triggered.
    pub actor: Option<Actor>,
    /// What it was triggered with.
    pub data: Option<Value>,
    /// When it was triggered.
    pub inserted_at: Option<OffsetDateTime>,
}

/// The workflow an item came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The workflow's key; empty when the answer leaves it out.
    pub key: String,
    /// Which version of the workflow, a UUID.
    pub version_id: Option<String>,
    /// The workflow's categories.
    pub categories: Vec<String>,
    /// Which step of the workflow.
    pub step_ref: Option<String>,
}

/// A piece of an item's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// HTML.
    Markdown {
        /// Of the block in its template, such as `body`.
        name: String,
        /// HTML that nobody has made safe yet; see [`html::safe_html`].
        rendered: String,
    },
    /// Plain text.
    Text {
        /// Of the block in its template; `action_url` holds a link and is not for reading.
        name: String,
        /// Text as it is to be shown, with nothing to be unescaped.
        rendered: String,
    },
    /// Things to press (`button_set`).
    Buttons {
        /// Of the block in its template, such as `actions`.
        name: String,
        /// From left to right.
        buttons: Vec<Button>,
    },
}

/// Something to press, which opens a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// `primary` or `secondary` by convention.
    pub name: String,
    /// What stands on it.
    pub label: String,
    /// What the button opens, as the server rendered it; see [`Button::url`].
    pub action: String,
}

impl Status {
    /// The spelling in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Unseen => "unseen",
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Interacted => "interacted",
            Self::Archived => "archived",
            Self::Unarchived => "unarchived",
        }
    }
}

impl FeedItem {
    /// Nobody took note of it yet.
    pub fn is_unread(&self) -> bool {
        self.marks.read_at.is_none()
    }

    /// It was on no screen yet.
    pub fn is_unseen(&self) -> bool {
        self.marks.seen_at.is_none()
    }

    /// It was put away.
    pub fn is_archived(&self) -> bool {
        self.marks.archived_at.is_some()
    }

    /// What opening the item opens: the `action_url` block, else the primary button, else the first link in the text.
    ///
    /// The first of these that is there decides. If it cannot be opened (a relative URL, another scheme), nothing can:
    /// some other link would surprise.
    pub fn action_url(&self) -> Option<WebUrl> {
        self.action_url_in(&[])
    }

    /// The same where these schemes may be opened as well, but for links in the text.
    pub fn action_url_in(&self, schemes: &[String]) -> Option<WebUrl> {
        let block = self.blocks.iter().find_map(|block| match block {
            Block::Markdown { name, rendered } | Block::Text { name, rendered } => {
                (name == ACTION_URL && !rendered.trim().is_empty()).then_some(rendered)
            }
            Block::Buttons { .. } => None,
        });
        if let Some(action) = block {
            return WebUrl::parse_in(action, schemes);
        }
        let primary = self
            .buttons()
            .find(|button| button.name == "primary")
            .or_else(|| self.button(0));
        if let Some(button) = primary.filter(|button| !button.action.trim().is_empty()) {
            return WebUrl::parse_in(&button.action, schemes);
        }
        self.links().into_iter().next()
    }

    /// Where the links in the text lead, in the order in which [`html::safe_html`] leaves them, block after block.
    pub fn links(&self) -> Vec<WebUrl> {
        let links = self.blocks.iter().flat_map(|block| match block {
            Block::Markdown { rendered, .. } => html::links(rendered),
            Block::Text { .. } | Block::Buttons { .. } => Vec::new(),
        });
        links.collect()
    }

    /// All buttons, in the order of their blocks.
    pub fn buttons(&self) -> impl Iterator<Item = &Button> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Buttons { buttons, .. } => buttons.as_slice(),
            Block::Markdown { .. } | Block::Text { .. } => &[],
        })
    }

    /// The button at a position among [`FeedItem::buttons`].
    pub fn button(&self, index: usize) -> Option<&Button> {
        self.buttons().nth(index)
    }

    /// Plain text for a toast. The title is the first actor's name, or the first line where there is no actor or
    /// the line names them itself; the body is the rest, at most four lines.
    pub fn title_and_body(&self) -> (String, String) {
        let text: Vec<String> = self.blocks.iter().filter_map(Block::plain_text).collect();
        let mut lines = text.iter().flat_map(|text| text.lines()).peekable();
        let actor = self
            .actors
            .first()
            .and_then(|actor| actor.name.as_deref())
            .map(html::fold);
        let mut said = |name: &String| lines.peek().is_some_and(|line| line.starts_with(&**name));
        let title = match actor.filter(|name| !name.is_empty()) {
            Some(name) if !said(&name) => name,
            Some(_) | None => lines
                .next()
                .map_or_else(|| self.source.key.clone(), str::to_owned),
        };
        let body: Vec<&str> = lines.take(MAX_BODY_LINES).collect();
        (title, body.join("\n"))
    }
}

impl Marks {
    /// The marks after a status was given at a time.
    pub fn with(mut self, status: Status, at: OffsetDateTime) -> Self {
        match status {
            Status::Seen => self.seen_at = Some(at),
            Status::Unseen => self.seen_at = None,
            Status::Read => self.read_at = Some(at),
            Status::Unread => self.read_at = None,
            Status::Interacted => {
                self.interacted_at = Some(at);
                self.read_at.get_or_insert(at);
            }
            Status::Archived => self.archived_at = Some(at),
            Status::Unarchived => self.archived_at = None,
        }
        self
    }

    /// Whether the status was given, and not taken back since.
    pub fn have(&self, status: Status) -> bool {
        match status {
            Status::Seen => self.seen_at.is_some(),
            Status::Unseen => self.seen_at.is_none(),
            Status::Read => self.read_at.is_some(),
            Status::Unread => self.read_at.is_none(),
            Status::Interacted => self.interacted_at.is_some(),
            Status::Archived => self.archived_at.is_some(),
            Status::Unarchived => self.archived_at.is_none(),
        }
    }
}

impl Block {
    /// The text a person reads: nothing for buttons and for the block that only holds a URL.
    fn plain_text(&self) -> Option<String> {
        match self {
            Self::Markdown { name, .. } | Self::Text { name, .. } if name == ACTION_URL => None,
            Self::Markdown { rendered, .. } => Some(html::plain_text(rendered)),
            Self::Text { rendered, .. } => {
                let lines = rendered
                    .lines()
                    .map(html::fold)
                    .filter(|line| !line.is_empty());
                Some(lines.collect::<Vec<_>>().join("\n"))
            }
            Self::Buttons { .. } => None,
        }
    }
}

impl Button {
    /// What it opens; nothing when that is no [`WebUrl`].
    pub fn url(&self) -> Option<WebUrl> {
        WebUrl::parse(&self.action)
    }
}

const ACTION_URL: &str = "action_url";
const MAX_BODY_LINES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_action_url_block_comes_first() {
        opens(
            json!([
                text("action_url", "https://a.test/1"),
                button("primary", "https://a.test/2")
            ]),
            Some("https://a.test/1"),
        );
    }

    #[test]
    fn an_empty_action_url_leaves_it_to_the_primary_button() {
        let buttons = json!({ "type": "button_set", "name": "actions", "buttons": [
            { "name": "secondary", "label": "S", "action": "https://a.test/s" },
            { "name": "primary", "label": "P", "action": "https://a.test/p" },
        ]});
        opens(
            json!([text("action_url", " "), buttons]),
            Some("https://a.test/p"),
        );
    }

    #[test]
    fn without_either_the_first_link_in_the_text_is_opened() {
        opens(
            json!([markdown("<p>see <a href='https://a.test/l'>here</a></p>")]),
            Some("https://a.test/l"),
        );
        opens(json!([markdown("<p>nothing</p>")]), None);
    }

    #[test]
    fn an_action_that_cannot_be_opened_is_not_replaced_by_another() {
        for action in [
            "/p/7",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://me:pw@a.test/",
            "//a.test",
            "https://",
        ] {
            opens(
                json!([
                    text("action_url", action),
                    button("primary", "https://a.test/2")
                ]),
                None,
            );
            opens(
                json!([
                    button("primary", action),
                    markdown("<a href='https://a.test'>x</a>")
                ]),
                None,
            );
        }
    }

    #[test]
    fn buttons_are_counted_across_blocks() {
        let item = item(
            json!({ "blocks": [button("primary", "https://a.test/1"), button("secondary", "/2")] }),
        );
        assert_eq!(item.button(1).unwrap().name, "secondary");
        assert_eq!(item.button(1).unwrap().url(), None);
        assert_eq!(item.button(2), None);
    }

    #[test]
    fn links_are_counted_across_blocks() {
        let item = item(json!({ "blocks": [
            markdown("<a href='https://a.test/1'>1</a> <a href='/no'>no</a> <a href='https://a.test/2'>2</a>"),
            text("note", "<a href='https://a.test/no'>no</a>"),
            button("primary", "https://a.test/no"),
            markdown("<a href='https://a.test/3'>3</a>"),
        ]}));
        let links: Vec<String> = item.links().iter().map(WebUrl::to_string).collect();
        assert_eq!(
            links,
            ["https://a.test/1", "https://a.test/2", "https://a.test/3"]
        );
    }

    #[test]
    fn a_toast_is_titled_with_the_actor() {
        let actors = json!([{ "id": "ada", "name": " Ada  Moreau " }]);
        reads(
            json!({ "actors": actors, "blocks": [markdown("<p>Hi</p>"), text("action_url", "https://a.test")] }),
            "Ada Moreau",
            "Hi",
        );
    }

    #[test]
    fn a_line_that_begins_with_the_actor_is_the_title_itself() {
        let actors = json!([{ "id": "ada", "name": "Ada Moreau" }]);
        reads(
            json!({ "actors": actors, "blocks": [markdown("<p><b>Ada Moreau</b> wrote</p><p>Hi</p>")] }),
            "Ada Moreau wrote",
            "Hi",
        );
    }

    #[test]
    fn without_an_actor_the_first_line_is_the_title() {
        reads(
            json!({ "blocks": [markdown("<p>One</p><p>Two</p>"), text("note", "Three\n\n Four ")] }),
            "One",
            "Two\nThree\nFour",
        );
    }

    #[test]
    fn a_toast_has_four_lines_at_most() {
        reads(
            json!({ "blocks": [markdown("a<br>b<br>c<br>d<br>e<br>f")] }),
            "a",
            "b\nc\nd\ne",
        );
    }

    #[test]
    fn an_item_without_text_is_named_by_its_workflow() {
        reads(
            json!({ "source": { "key": "daily-digest" } }),
            "daily-digest",
            "",
        );
    }

    #[test]
    fn an_object_is_named_by_its_properties() {
        let actors =
            json!([{ "id": "p", "collection": "projects", "properties": { "name": "Apollo" } }]);
        reads(json!({ "actors": actors }), "Apollo", "");
    }

    #[test]
    fn interacting_reads_but_does_not_see() {
        let (early, late) = (
            OffsetDateTime::UNIX_EPOCH,
            OffsetDateTime::UNIX_EPOCH + time::Duration::HOUR,
        );
        let marks = Marks::default().with(Status::Interacted, early);
        assert_eq!(
            (marks.read_at, marks.interacted_at, marks.seen_at),
            (Some(early), Some(early), None)
        );
        assert_eq!(marks.with(Status::Interacted, late).read_at, Some(early));
    }

    #[track_caller]
    fn opens(blocks: Value, expected: Option<&str>) {
        let url = item(json!({ "blocks": blocks })).action_url();
        assert_eq!(url.as_ref().map(WebUrl::as_str), expected, "{blocks}");
    }

    #[track_caller]
    fn reads(fields: Value, title: &str, body: &str) {
        assert_eq!(
            item(fields).title_and_body(),
            (title.to_owned(), body.to_owned())
        );
    }

    fn item(mut fields: Value) -> FeedItem {
        fields["id"] = "m1".into();
        fields["inserted_at"] = "2026-03-02T10:20:11Z".into();
        FeedItem::parse(&fields).unwrap()
    }

    fn markdown(rendered: &str) -> Value {
        json!({ "type": "markdown", "name": "body", "rendered": rendered })
    }

    fn text(name: &str, rendered: &str) -> Value {
        json!({ "type": "text", "name": name, "rendered": rendered })
    }

    fn button(name: &str, action: &str) -> Value {
        json!({ "type": "button_set", "name": "actions", "buttons": [{ "name": name, "label": "L", "action": action }] })
    }
}
