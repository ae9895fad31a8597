use serde_json::Value;
use time::OffsetDateTime;

use crate::audience::Audience;
use crate::frame::Frame;
use crate::token::Token;

/// One joined topic of one WebSocket.
#[derive(Debug)]
pub(crate) struct Channel {
    /// What frames of this channel are matched by.
    pub(crate) join_ref: Value,
    /// What the join came with: null there stays null in `phx_close` and `phx_error`.
    pub(crate) opened_with: Value,
    pub(crate) user_id: String,
    pub(crate) audience: Audience,
    /// Until then it tells of no new message, where they are throttled.
    pub(crate) quiet_until: Option<OffsetDateTime>,
    /// Messages that it will tell of as one, where they are merged.
    pub(crate) gathered: Vec<String>,
}

impl Channel {
    pub(crate) fn open(join: &Frame, user_id: &str) -> Self {
        let join_ref = match join.join_ref {
            Value::Null => &join.reference,
            _ => &join.join_ref,
        };
        Self {
            join_ref: join_ref.clone(),
            opened_with: join.join_ref.clone(),
            user_id: user_id.to_owned(),
            audience: Audience::parse(&join.payload),
            quiet_until: None,
            gathered: Vec::new(),
        }
    }

    /// Whether the token is of this feed's user and reaches what every client behind the join watches.
    pub(crate) fn is_open_to(&self, token: &Token) -> bool {
        token.user_id() == self.user_id
            && self
                .audience
                .filters()
                .iter()
                .all(|filter| token.may("user/feed_read", filter.tenant()))
    }
}
