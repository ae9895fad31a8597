use crate::message::Message;
use crate::params::Params;
use crate::refusal::Refusal;

/// What was done to a message, or not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engagement {
    Unread,
    Read,
    Unseen,
    Seen,
    Archived,
    Unarchived,
    Interacted,
    LinkClicked,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Archived {
    #[default]
    Exclude,
    Include,
    Only,
}

impl Engagement {
    pub(crate) const WORDS: &[(&str, Self)] = &[
        ("unread", Self::Unread),
        ("read", Self::Read),
        ("unseen", Self::Unseen),
        ("seen", Self::Seen),
        ("archived", Self::Archived),
        ("unarchived", Self::Unarchived),
        ("interacted", Self::Interacted),
        ("link_clicked", Self::LinkClicked),
    ];

    /// Reads `engagement_status`: one status, or a list of which all must hold.
    pub(crate) fn parse_all(params: &Params) -> Result<Option<Vec<Self>>, Refusal> {
        let Some(names) = params.list("engagement_status")? else {
            return Ok(None);
        };
        let statuses: Option<Vec<Self>> = names
            .iter()
            .map(|name| {
                Self::WORDS
                    .iter()
                    .find(|(word, _)| word == name)
                    .map(|(_, status)| *status)
            })
            .collect();
        let refused = || Refusal::invalid("engagement_status", "is not one of the allowed values");
        statuses.map(Some).ok_or_else(refused)
    }

    pub(crate) fn matches(self, message: &Message) -> bool {
        match self {
            Self::Unread => message.read_at.is_none(),
            Self::Read => message.read_at.is_some(),
            Self::Unseen => message.seen_at.is_none(),
            Self::Seen => message.seen_at.is_some(),
            Self::Archived => message.archived_at.is_some(),
            Self::Unarchived => message.archived_at.is_none(),
            Self::Interacted => message.interacted_at.is_some(),
            Self::LinkClicked => false,
        }
    }
}

impl Archived {
    pub(crate) const WORDS: &[(&str, Self)] = &[
        ("exclude", Self::Exclude),
        ("include", Self::Include),
        ("only", Self::Only),
    ];

    pub(crate) fn matches(self, message: &Message) -> bool {
        match self {
            Self::Exclude => message.archived_at.is_none(),
            Self::Include => true,
            Self::Only => message.archived_at.is_some(),
        }
    }
}
