use std::fmt;

/// What must hold in every life. The name is what a failing life prints and what a planted fault is expected to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invariant {
    /// The badge is the server's count, with the marks on their way laid on top, as soon as word of it has come.
    Badge,
    /// So are the newest rows of the open window.
    Rows,
    /// A join, a wake-up and a `new-message` are each followed by a fetch within one round trip.
    Current,
    /// One fetch of a feed at a time.
    OneFetch,
    /// No more than five fetches a second for a user.
    FetchRate,
    /// No dial before its back-off is over, and few of them when nothing gets better.
    BackOff,
    /// No request before the server wants to be asked again, unless a person insists.
    RetryAfter,
    /// A heartbeat that gets no reply ends the connection, whatever else arrives.
    Heartbeat,
    /// A frame of an earlier join has no effect.
    StaleJoin,
    /// Marks go out one at a time, in the order in which they were made.
    MarkOrder,
    /// *Mark all* means the items that existed at the click.
    MarkAll,
    /// A line begins with the newest token that its source gave, unless the server has refused it.
    Token,
    /// The source is asked for the next token in time, one ask at a time, and not before it wants to be asked.
    Renewal,
    /// A joined line ends only when another is joined in its place, as long as its token is good.
    NoGap,
    /// Nobody is asked to sign in while the server would take the account.
    SignIn,
    /// What one account asks, shows and writes is its own.
    Account,
    /// No item gets a second toast, and none that was there before signing in gets one.
    ToastOnce,
    /// No toast tells of an item that the person has marked as read already.
    ToastFresh,
    /// A summary says how many items it tells of.
    ToastCount,
    /// Memory is bounded by what is shown, not by what has happened.
    Memory,
    /// In the end the link is up again.
    Online,
    /// In the end the counts are the server's.
    Counts,
    /// In the end the list is the server's, from its first row on and without a hole.
    List,
    /// In the end every news item has had its toast.
    ToastEach,
    /// In the end no toast is left of an item that is read.
    ToastWithdrawn,
    /// In the end every item is as the person last said.
    Marks,
    /// A mark that the server refuses is taken back, with a sentence.
    Refused,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Badge => "badge",
            Self::Rows => "rows",
            Self::Current => "current",
            Self::OneFetch => "one-fetch",
            Self::FetchRate => "fetch-rate",
            Self::BackOff => "back-off",
            Self::RetryAfter => "retry-after",
            Self::Heartbeat => "heartbeat",
            Self::StaleJoin => "stale-join",
            Self::MarkOrder => "mark-order",
            Self::MarkAll => "mark-all",
            Self::Token => "token",
            Self::Renewal => "renewal",
            Self::NoGap => "no-gap",
            Self::SignIn => "sign-in",
            Self::Account => "account",
            Self::ToastOnce => "toast-once",
            Self::ToastFresh => "toast-fresh",
            Self::ToastCount => "toast-count",
            Self::Memory => "memory",
            Self::Online => "online",
            Self::Counts => "counts",
            Self::List => "list",
            Self::ToastEach => "toast-each",
            Self::ToastWithdrawn => "toast-withdrawn",
            Self::Marks => "marks",
            Self::Refused => "refused",
        })
    }
}

impl Invariant {
    /// Ends the life, by name, when it does not hold.
    #[track_caller]
    pub(crate) fn holds(self, holds: bool, words: impl FnOnce() -> String) {
        assert!(holds, "invariant {self} broken: {}", words());
    }
}
