//! What somebody sees of a feed.

use std::fmt;

use doorbell_knock::FeedMetadata;

/// A list from the top, and the counts beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) items: Vec<ShownItem>,
    pub(crate) counts: FeedMetadata,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownItem {
    pub(crate) name: String,
    pub(crate) seen: bool,
    pub(crate) read: bool,
    pub(crate) archived: bool,
}

impl Shown {
    /// Whether this is what the server has: the counts, and the list from the top, of which so many have to be loaded.
    pub(crate) fn is_true(&self, server: &Shown, loaded: usize) -> bool {
        self.counts == server.counts
            && server.items.starts_with(&self.items)
            && self.items.len() >= server.items.len().min(loaded)
    }
}

/// `c br as, 3/2/2`: an item's name, then what it is of s(een), r(ead) and (archived) x; then total, unread, unseen.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.items.is_empty() {
            f.write_str("nothing")?;
        }
        for (index, item) in self.items.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", item.name)?;
            for (letter, is) in [("s", item.seen), ("r", item.read), ("x", item.archived)] {
                f.write_str(if is { letter } else { "" })?;
            }
        }
        let FeedMetadata {
            total_count,
            unread_count,
            unseen_count,
        } = self.counts;
        write!(f, ", {total_count}/{unread_count}/{unseen_count}")
    }
}

/// Several feeds, one after the other.
pub(crate) fn in_words(feeds: &[Shown]) -> String {
    let feeds: Vec<String> = feeds.iter().map(Shown::to_string).collect();
    feeds.join("; ")
}
