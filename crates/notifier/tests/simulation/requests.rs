//! What lies between the app and the server's REST API, and what goes wrong with it.

use std::{collections::BTreeSet, time::Duration};

use doorbell_emulator::Response;
use doorbell_knock::{Credentials, Failure, FeedPage, Request, api, message};
use doorbell_notifier::{Event, Line};

use crate::{
    invariant::Invariant,
    mailbox::{Write, Writer},
    program::Word,
    tokens,
    traffic::Page,
    wire::{Asked, Call, Fault, Happening},
    world::World,
};

impl World {
    /// The app asks the server for something.
    pub(crate) fn ask(&mut self, line: Line, call: Call, request: Request) {
        let connected = self.lines.get(&line);
        let credentials = connected
            .expect("requests go out on lines")
            .credentials
            .clone();
        self.requests += 1;
        let (number, at) = (self.requests, self.awake());
        let user = credentials.user_id.to_string();
        let traffic = &mut self.side(&user).traffic;
        match call {
            Call::Fetch { feed, first_page } => {
                traffic.fetch(number, line, feed.0 as usize, first_page, at);
                let whose = format!("/v1/users/{user}/");
                Invariant::Account.holds(request.path.starts_with(&whose), || {
                    format!("{user} asks for {}", request.path)
                });
            }
            Call::Update(_) => traffic.mark(number, line, at),
        }
        let asked = Asked {
            number,
            line,
            credentials,
            at,
            call,
            request,
        };
        let latency = self.latency();
        self.schedule(latency, Happening::Served(asked));
    }

    /// A request reaches the server, or does not.
    pub(crate) fn served(&mut self, asked: Asked) {
        let served = self.elapsed;
        let response = match self.is(Fault::NoNetwork) {
            true => None,
            false => Some(self.answer(&asked)),
        };
        let lost = !self.calm && self.random.u8(..) < 8;
        if lost {
            self.count("answer lost");
        }
        let latency = self.latency();
        self.schedule(
            latency,
            Happening::Answered {
                asked,
                response: response.filter(|_| !lost),
                served,
            },
        );
    }

    fn answer(&mut self, asked: &Asked) -> Response {
        let Asked {
            credentials,
            call,
            request,
            ..
        } = asked;
        let by = Some(&**credentials);
        if let Call::Update(_) = call
            && self.faults.refused_marks > 0
        {
            self.faults.refused_marks -= 1;
            self.server.fail_requests(1, 422, None);
            return self.serve(request, by);
        }
        if let Some((status, retry_after)) = self.faults.failing.pop_front() {
            self.server.fail_requests(1, status, retry_after);
            return self.serve(request, by);
        }
        if let Call::Fetch { .. } = call {
            return self.serve(request, by);
        }
        let user = credentials.user_id.to_string();
        let write = Write::parse(request);
        self.side(&user).mailbox.check(&write);
        if let Write::All { .. } = write
            && self.takes(credentials)
            && self.random.bool()
        {
            self.count("bulk done later");
            let late = Duration::from_millis(self.random.u64(100..8_000));
            let request = request.clone();
            self.schedule(late, Happening::DoneInBulk { user, request });
            return Response {
                status: 200,
                headers: Vec::new(),
                body: b"{}".to_vec(),
            };
        }
        let response = self.serve(request, by);
        if response.status == 200 {
            let left_out = left_out(&response);
            if !left_out.is_empty() {
                self.count("mark left out");
            }
            self.applied(&user, request, &left_out, Writer::App);
        }
        response
    }

    /// Whether the server takes what comes with these.
    pub(crate) fn takes(&self, credentials: &Credentials) -> bool {
        let token = credentials.user_token.as_ref();
        !self.has_tokens() || tokens::is_taken(token, self.utc())
    }

    /// What was asked of the server by a program that has ended gets there, and is answered to nobody.
    pub(crate) fn served_to_nobody(&mut self, asked: &Asked) {
        if !self.is(Fault::NoNetwork) {
            self.count("mark arrived after a kill");
            self.answer(asked);
        }
    }

    pub(crate) fn done_in_bulk(&mut self, user: &str, request: &Request) {
        self.serve(request, None);
        self.applied(user, request, &BTreeSet::new(), Writer::App);
    }

    /// Something that was asked is answered, or not.
    pub(crate) fn answered(&mut self, asked: &Asked, response: Option<Response>, served: Duration) {
        let user = asked.credentials.user_id.to_string();
        if response
            .as_ref()
            .is_some_and(|response| response.status == 401)
        {
            let token = asked.credentials.user_token.as_ref();
            let side = self.side(&user);
            if side.tokens.refused(token) {
                side.traffic.refuse();
            }
            self.count("request refused for its token");
        }
        let body = result(response);
        match asked.call {
            Call::Fetch { .. } => self.page_came(&user, asked, body, served),
            Call::Update(_) => self.mark_answered(user, asked, body),
        }
    }

    fn page_came(
        &mut self,
        user: &str,
        asked: &Asked,
        body: Result<Vec<u8>, Failure>,
        served: Duration,
    ) {
        let Call::Fetch { feed, first_page } = asked.call else {
            return;
        };
        let now = self.awake();
        let traffic = &mut self.side(user).traffic;
        let page = Page {
            number: asked.number,
            feed: feed.0 as usize,
            is_first: first_page,
            asked: asked.at,
            served,
        };
        match &body {
            Ok(_) => traffic.fetched(&page, now),
            Err(failure) => {
                traffic.fetch_failed(page.number, page.feed, failure.retry_after(), now);
            }
        }
        let result =
            body.map(|body| FeedPage::parse(&body).expect("the emulator answers with pages"));
        let line = asked.line;
        self.tell(Event::Fetched { line, feed, result });
    }

    fn mark_answered(&mut self, user: String, asked: &Asked, body: Result<Vec<u8>, Failure>) {
        let Call::Update(mark) = asked.call else {
            return;
        };
        let now = self.awake();
        let retry_after = body.as_ref().err().and_then(Failure::retry_after);
        let traffic = &mut self.side(&user).traffic;
        let is_awaited = traffic.marked(asked.number, body.is_err(), retry_after, now);
        let again = matches!(&body, Err(failure)
            if failure.is_transient() || matches!(failure, Failure::Unauthorized { .. }));
        let refused = body.is_err() && !again;
        let shown = self.screen.place().map(|(account, _)| account);
        let sees = shown.is_some_and(|shown| self.user_named(&shown) == Some(&user[..]));
        let word = (is_awaited && !again).then(|| Word::Answered {
            user,
            mark,
            write: Write::parse(&asked.request),
            taken: !refused,
        });
        let result = body.map(|body| message::still_unread(&body));
        let line = asked.line;
        self.tell_and_hold(Event::Settled { line, mark, result }, word);
        let is_silent = self.program.is_up() && self.screen.notice().is_none();
        Invariant::Refused.holds(!refused || !is_awaited || !sees || !is_silent, || {
            "a mark was refused without a word".to_owned()
        });
    }

    /// The server answers an account, or its owner's own back end.
    pub(crate) fn serve(&mut self, request: &Request, by: Option<&Credentials>) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.query)
            .finish();
        let headers = match by {
            Some(credentials) => api::headers(credentials),
            None => vec![(
                "Authorization",
                format!("Bearer {}", self.config.secret_key),
            )],
        };
        let headers = headers.into_iter();
        let request = doorbell_emulator::Request {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: request
                .body
                .as_ref()
                .map(|body| body.to_string().into_bytes())
                .unwrap_or_default(),
        };
        let now = self.utc();
        let response = self.server.request(&request, now);
        self.carry();
        response
    }

    /// The program has ended: what it had asked for arrives now or never, and whatever was on its way to it is gone.
    pub(crate) fn forget_what_is_on_its_way(&mut self) {
        let queue = std::mem::take(&mut self.queue);
        let mut arriving = Vec::new();
        for (when, happening) in queue {
            match happening {
                Happening::Served(asked) => arriving.push(asked),
                Happening::Dialled {
                    result: Ok(connection),
                    ..
                } => self.server.disconnected(connection),
                Happening::Dialled { .. }
                | Happening::DialServed { .. }
                | Happening::ToClient { .. }
                | Happening::ClosedAtClient { .. }
                | Happening::Answered { .. }
                | Happening::Minted { .. }
                | Happening::Desktop(_)
                | Happening::Shown(_)
                | Happening::SaidShown(_)
                | Happening::Withdrawn(_) => {}
                stays @ (Happening::ToServer { .. }
                | Happening::ClosedAtServer { .. }
                | Happening::DoneInBulk { .. }
                | Happening::Mend(_)
                | Happening::Wake
                | Happening::Start) => {
                    self.queue.insert(when, stays);
                }
            }
        }
        for asked in arriving {
            if matches!(asked.call, Call::Update(_)) && self.random.bool() {
                self.served_to_nobody(&asked);
            }
        }
    }
}

/// What the app makes of an answer, or of none.
fn result(response: Option<Response>) -> Result<Vec<u8>, Failure> {
    let Some(response) = response else {
        return Err(Failure::Unreachable("cut".to_owned()));
    };
    if response.status == 200 && !left_out(&response).is_empty() {
        return Err(Failure::RateLimited {
            retry_after: Some(Duration::from_secs(1)),
        });
    }
    if response.status == 200 {
        return Ok(response.body);
    }
    let retry_after = response
        .header("retry-after")
        .and_then(|value| value.parse().ok())
        .map(Duration::from_secs);
    Err(Failure::from_response(
        response.status,
        retry_after,
        &response.body,
    ))
}

/// Items that the server has left as they were, since they are marked too often.
pub(crate) fn left_out(response: &Response) -> BTreeSet<String> {
    response
        .header(api::NOT_APPLIED_HEADER)
        .map(|ids| api::not_applied(ids).into_iter().map(|id| id.0).collect())
        .unwrap_or_default()
}
