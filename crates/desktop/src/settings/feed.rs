use doorbell_knock::{Archived, FeedId, InsertedAt, Mode, StatusFilter, UserId};
use doorbell_notifier::FeedConfig;

use super::reader::{Reader, Table, Unfit, Value, Wants, must};

/// A `[[feed]]` table.
impl Table for FeedConfig {
    fn set(&mut self, key: &str, value: Value<'_, '_>, reader: &mut Reader<'_>) -> Wants<()> {
        let options = &mut self.options;
        match key {
            "name" => self.name = value.text()?.to_owned(),
            "account" => {
                let user = UserId::parse(value.text()?);
                self.account = Some(user.map_err(|_| must("the id of a user"))?);
            }
            "feed_id" => {
                let feed = FeedId::parse(value.text()?);
                self.feed_id =
                    Some(feed.map_err(|_| must("the id of an in-app feed channel, a UUID"))?);
            }
            "badge" => self.badge = value.flag()?,
            "status" => {
                options.status = Some(value.one_of(&[
                    ("unread", StatusFilter::Unread),
                    ("read", StatusFilter::Read),
                    ("unseen", StatusFilter::Unseen),
                    ("seen", StatusFilter::Seen),
                    ("all", StatusFilter::All),
                ])?);
            }
            "archived" => {
                options.archived = value.one_of(&[
                    ("exclude", Archived::Exclude),
                    ("include", Archived::Include),
                    ("only", Archived::Only),
                ])?;
            }
            "mode" => {
                options.mode = value.one_of(&[("compact", Mode::Compact), ("rich", Mode::Rich)])?;
            }
            "tenant" => options.tenant = Some(value.text()?.to_owned()),
            "has_tenant" => options.has_tenant = Some(value.flag()?),
            "source" => options.source = Some(value.text()?.to_owned()),
            "workflow_categories" => options.workflow_categories = value.texts()?,
            "trigger_data" => options.trigger_data = Some(value.flat_object()?),
            "inserted_at" => options.inserted_at = value.table(reader)?,
            "exclude" => options.exclude = value.texts()?,
            "locale" => options.locale = Some(value.text()?.to_owned()),
            "page_size" => {
                let size = value.number(1, MAX_PAGE)?;
                options.page_size = u16::try_from(size).ok();
            }
            _ => return Err(Unfit::Unknown),
        }
        Ok(())
    }
}

/// `inserted_at = { gte = 2026-03-02T10:00:00Z }`
impl Table for InsertedAt {
    fn set(&mut self, key: &str, value: Value<'_, '_>, _: &mut Reader<'_>) -> Wants<()> {
        let bound = match key {
            "gt" => &mut self.gt,
            "gte" => &mut self.gte,
            "lt" => &mut self.lt,
            "lte" => &mut self.lte,
            _ => return Err(Unfit::Unknown),
        };
        *bound = Some(value.moment()?);
        Ok(())
    }
}

/// The server gives no more items at once.
const MAX_PAGE: u64 = 50;

#[cfg(test)]
mod tests {
    use doorbell_knock::FeedOptions;
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::settings::Settings;

    #[test]
    fn every_key_of_a_feed_is_read() {
        let text = r#"
[[feed]]
name = "Acme"
account = "ada"
feed_id = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11"
badge = true
status = "unread"
archived = "include"
mode = "rich"
tenant = "acme"
has_tenant = true
source = "new-comment"
workflow_categories = ["billing", "reviews"]
trigger_data = { project = "7", urgent = true, size = 3 }
inserted_at = { gt = 2026-01-01T00:00:00Z, lte = "2026-06-01T00:00:00+02:00" }
exclude = ["data", "activities.recipient"]
locale = "de"
page_size = 20

[[feed]]
"#;
        let acme = FeedConfig {
            name: "Acme".to_owned(),
            account: Some(UserId::parse("ada").unwrap()),
            feed_id: Some(FeedId::parse("6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11").unwrap()),
            badge: true,
            options: FeedOptions {
                archived: Archived::Include,
                mode: Mode::Rich,
                status: Some(StatusFilter::Unread),
                tenant: Some("acme".to_owned()),
                has_tenant: Some(true),
                source: Some("new-comment".to_owned()),
                workflow_categories: vec!["billing".to_owned(), "reviews".to_owned()],
                trigger_data: Some(json!({"project": "7", "urgent": true, "size": 3})),
                inserted_at: InsertedAt {
                    gt: Some(datetime!(2026-01-01 0:00 UTC)),
                    lte: Some(datetime!(2026-05-31 22:00 UTC)),
                    ..InsertedAt::default()
                },
                exclude: vec!["data".to_owned(), "activities.recipient".to_owned()],
                locale: Some("de".to_owned()),
                page_size: Some(20),
            },
        };
        let (settings, complaints) = Settings::parse(text);
        assert_eq!(complaints, []);
        assert_eq!(settings.feeds, [acme, FeedConfig::default()]);
    }

    #[test]
    fn each_bad_value_is_named_with_its_line_and_the_rest_of_the_feed_holds() {
        for (line, words) in [
            ("name = 7", "name must be text"),
            ("account = \"\"", "account must be text"),
            ("account = \"..\"", "account must be the id of a user"),
            (
                "feed_id = \"feed\"",
                "feed_id must be the id of an in-app feed channel",
            ),
            ("badge = \"yes\"", "badge must be true or false"),
            (
                "status = \"new\"",
                "status must be \"unread\", \"read\", \"unseen\", \"seen\" or \"all\"",
            ),
            (
                "archived = true",
                "archived must be \"exclude\", \"include\" or \"only\"",
            ),
            ("mode = \"thin\"", "mode must be \"compact\" or \"rich\""),
            ("workflow_categories = \"a\"", "must be a list of texts"),
            ("exclude = [1]", "must be a list of texts"),
            ("trigger_data = { a = { b = 1 } }", "must be a flat table"),
            (
                "inserted_at = { gt = 2026-01-01 }",
                "gt must be a date, a time and an offset",
            ),
            ("inserted_at = { after = 1 }", "\"after\" is no setting"),
            ("page_size = 51", "page_size must be a number from 1 to 50"),
            ("page_size = -1", "page_size must be a number from 1 to 50"),
            ("colour = \"red\"", "\"colour\" is no setting"),
        ] {
            let text = format!("[[feed]]\nlocale = \"de\"\n{line}\n");
            let (settings, complaints) = Settings::parse(&text);
            assert_eq!(settings.feeds[0].options.locale.as_deref(), Some("de"));
            let [complaint] = &complaints[..] else {
                panic!("{line}: {complaints:?}");
            };
            assert_eq!(complaint.line, 3, "{line}");
            assert!(complaint.words.contains(words), "{line}: {complaint}");
        }
    }

    #[test]
    fn a_feed_that_is_no_table_of_its_own_is_named() {
        for text in ["feed = \"a\"", "[feed]\nname = \"a\"", "feed = [1]"] {
            let (settings, complaints) = Settings::parse(text);
            assert_eq!(settings, Settings::default());
            assert!(complaints[0].words.contains("double brackets"), "{text}");
        }
    }
}
