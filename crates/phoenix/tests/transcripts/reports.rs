//! Says what our client reports in the words of the recorded client's notes.

use doorbell_phoenix::{Event, Reply, ReplyStatus};

/// Nothing for what the notes do not tell.
pub(crate) fn event(event: &Event) -> Option<String> {
    match event {
        Event::Joined { response, .. } => Some(format!("join ok {response}")),
        Event::JoinRefused { response, .. } => Some(format!("join error {response}")),
        Event::ChannelErrored { .. } => Some("channel errored".into()),
        Event::ChannelClosed { .. } => Some("channel closed".into()),
        Event::Garbage(_) => Some("garbage".into()),
        Event::Message { event, payload, .. } if event == "new-message" => {
            Some(format!("new-message delivered {payload}"))
        }
        Event::Unanswered { event, .. } => Some(format!("{event} unanswered")),
        Event::JoinTimedOut { .. } => Some("join timed out".into()),
        Event::Refused { status } => Some(format!("refused with {status}")),
        Event::Message { .. }
        | Event::Opened
        | Event::Lost { .. }
        | Event::Pushed { .. }
        | Event::Reply { .. } => None,
    }
}

/// The reply to a push of this event.
pub(crate) fn reply(event: &str, reply: &Reply) -> String {
    let status = match reply.status {
        ReplyStatus::Ok => "ok",
        ReplyStatus::Error => "error",
    };
    format!("{event} reply {status} {}", reply.response)
}
