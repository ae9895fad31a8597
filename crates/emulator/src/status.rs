/// What a client can do to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Seen,
    Unseen,
    Read,
    Unread,
    Archived,
    Unarchived,
    Interacted,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Unseen => "unseen",
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Archived => "archived",
            Self::Unarchived => "unarchived",
            Self::Interacted => "interacted",
        }
    }

    /// The status of `POST /v1/messages/batch/{name}`.
    pub(crate) fn batch(name: &str) -> Option<Self> {
        Some(match name {
            "seen" => Self::Seen,
            "unseen" => Self::Unseen,
            "read" => Self::Read,
            "unread" => Self::Unread,
            "archived" => Self::Archived,
            "unarchived" => Self::Unarchived,
            "interacted" => Self::Interacted,
            _ => return None,
        })
    }

    /// The status of `PUT /v1/messages/{id}/{name}`.
    pub(crate) fn put(name: &str) -> Option<Self> {
        match Self::batch(name)? {
            Self::Unseen | Self::Unread | Self::Unarchived => None,
            status @ (Self::Seen | Self::Read | Self::Archived | Self::Interacted) => Some(status),
        }
    }

    /// The status of `DELETE /v1/messages/{id}/{name}`: `read` and `unread` both unread.
    pub(crate) fn delete(name: &str) -> Option<Self> {
        match Self::batch(name)? {
            Self::Seen | Self::Unseen => Some(Self::Unseen),
            Self::Read | Self::Unread => Some(Self::Unread),
            Self::Archived | Self::Unarchived => Some(Self::Unarchived),
            Self::Interacted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn putting_an_un_status_is_no_endpoint_and_deleting_a_status_undoes_it() {
        assert_eq!(Status::put("unread"), None);
        assert_eq!(Status::put("read"), Some(Status::Read));
        assert_eq!(Status::delete("read"), Some(Status::Unread));
        assert_eq!(Status::delete("unread"), Some(Status::Unread));
        assert_eq!(Status::delete("interacted"), None);
    }
}
