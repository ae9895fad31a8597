//! The ways to a host: through proxies, and with certificates that only some trust.

use doorbell_emulator::Running;
use doorbell_knock::{Draft, Field};
use doorbell_notifier::{
    Action, ConnectionState, Face, NetworkOptions, Problem, ProxySetting, ProxyUrl, ProxyVariables,
};

use crate::{
    company::{Company, Front, Good},
    desk::{Desk, draft},
    knock::{emulator, nobody, trigger},
    log::Log,
    proxy::{Kind, Manner, PASSWORD, Proxy, USER},
};

/// A name that leads nowhere but through the proxy of the test.
const HOST: &str = "https://knock.example.test";
const AT_PROXY: &str = "knock.example.test:443";

#[tokio::test]
async fn both_http_and_websocket_go_through_each_kind_of_proxy() {
    let company = Company::new("ours");
    let acceptor = || company.acceptor(&["127.0.0.1"], Good::Now);
    for (kind, scheme, manner) in [
        (Kind::Http, "http", Manner::Open),
        (Kind::Http, "http", Manner::Guarded),
        (Kind::Https(acceptor()), "https", Manner::Guarded),
        (Kind::Socks, "socks5", Manner::Open),
        (Kind::Socks, "socks5h", Manner::Guarded),
    ] {
        let place = Place::new(&company, kind, manner).await;
        let setting = place.given(scheme, manner == Manner::Guarded);
        let mut desk = Desk::through(network(&company, setting));
        desk.notifier()
            .set_proxy_password((manner == Manner::Guarded).then(|| PASSWORD.to_owned()));
        desk.sign_in(draft(HOST)).await.unwrap();
        trigger(&place.knock, "Hello");
        desk.until("the item arrived", |desk| {
            desk.toasts.len() == 1 && desk.face() == Some(Face::Count(1))
        })
        .await;
        let (http, sockets) = place.connections();
        assert!(http >= 1, "{scheme} {manner:?}");
        assert_eq!(sockets, 1, "{scheme} {manner:?}");
        // Nothing came but by way of the proxy, and nothing was asked of it but this. A connection that was not needed
        // after all, since another had become free meanwhile, brings nothing.
        let asked = place.proxy.asked();
        assert!(asked.len() >= http + sockets, "{scheme} {manner:?}");
        assert!(asked.iter().all(|asked| asked == AT_PROXY), "{asked:?}");
    }
}

#[tokio::test]
async fn a_proxy_in_the_environment_counts_with_its_password_and_not_for_hosts_in_no_proxy() {
    let company = Company::new("ours");
    let place = Place::new(&company, Kind::Http, Manner::Guarded).await;
    let password = PASSWORD.replace(':', "%3A").replace('@', "%40");
    let address = place.proxy.address;
    // An address that leads here and is not one of this computer's own by its text.
    let host = format!("https://0.0.0.0:{}", place.front.address.port());
    for (no_proxy, through) in [("elsewhere.test", true), ("0.0.0.0,elsewhere.test", false)] {
        let before = place.proxy.asked().len();
        let variables = ProxyVariables::read(|name| match name {
            "https_proxy" => Some(format!("http://{USER}:{password}@{address}")),
            "NO_PROXY" => Some(no_proxy.to_owned()),
            _ => None,
        });
        let mut desk = Desk::through(NetworkOptions {
            variables,
            ..network(&company, ProxySetting::System)
        });
        desk.sign_in(draft(&host)).await.unwrap();
        let asked = place.proxy.asked().len() - before;
        assert_eq!(asked >= 2, through, "{no_proxy}: {asked}");
        assert_eq!(asked == 0, !through, "{no_proxy}: {asked}");
    }
}

#[tokio::test]
async fn this_computer_is_not_asked_for_through_a_proxy() {
    let company = Company::new("ours");
    let place = Place::new(&company, Kind::Http, Manner::Open).await;
    let mut desk = Desk::through(network(&company, place.given("http", false)));
    desk.sign_in(draft(place.knock.url())).await.unwrap();
    let front = format!("https://localhost:{}", place.front.address.port());
    desk.sign_in(draft(&front)).await.unwrap();
    assert_eq!(place.proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn what_a_proxy_does_not_let_through_gets_a_sentence_that_says_what_to_do() {
    let company = Company::new("ours");
    let refusing = Manner::Refusing;
    for (kind, scheme, manner, user, password, words) in [
        (
            Kind::Http,
            "http",
            Manner::Guarded,
            false,
            None,
            "as in http://name@host:port",
        ),
        (
            Kind::Http,
            "http",
            Manner::Guarded,
            true,
            None,
            "asks for a password; store it with: doorbell proxy-password",
        ),
        (
            Kind::Http,
            "http",
            Manner::Guarded,
            true,
            Some("wrong"),
            "does not take the user name and the password",
        ),
        (
            Kind::Http,
            "http",
            refusing("403 Forbidden"),
            false,
            None,
            "did not open a connection to knock.example.test",
        ),
        (
            Kind::Http,
            "http",
            refusing("502 Bad Gateway"),
            false,
            None,
            "did not open a connection to knock.example.test",
        ),
        (
            Kind::Http,
            "http",
            Manner::Babbling,
            false,
            None,
            "did not open a connection to knock.example.test",
        ),
        (
            Kind::Http,
            "http",
            Manner::Cutting,
            false,
            None,
            "could not be reached",
        ),
        (
            Kind::Http,
            "https",
            Manner::Open,
            false,
            None,
            "does not speak https; its address begins with http:// then",
        ),
        (
            Kind::Socks,
            "socks5",
            Manner::Guarded,
            true,
            Some("wrong"),
            "does not take the user name and the password",
        ),
        (
            Kind::Socks,
            "socks5",
            Manner::Guarded,
            false,
            None,
            "asks who wants to pass",
        ),
        (
            Kind::Socks,
            "socks5",
            refusing("not allowed"),
            false,
            None,
            "did not open a connection to knock.example.test",
        ),
    ] {
        let place = Place::new(&company, kind, manner).await;
        let mut desk = Desk::through(network(&company, place.given(scheme, user)));
        desk.notifier()
            .set_proxy_password(password.map(str::to_owned));
        let problem = desk.fails_to_sign_in(draft(HOST)).await;
        says(&problem, words);
        assert_eq!(desk.stored, 0);
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_not_trusted_is_told_apart_from_the_host() {
    let company = Company::new("ours");
    let gone = nobody().await;
    let given = |text: &str| ProxySetting::Given(ProxyUrl::parse(text).unwrap());
    let mut desk = Desk::through(network(&company, given(&gone)));
    let problem = desk.fails_to_sign_in(draft(HOST)).await;
    says(
        &problem,
        &format!("the proxy {} cannot be reached", &gone["http://".len()..]),
    );

    let stranger = Company::new("theirs");
    let kind = Kind::Https(stranger.acceptor(&["127.0.0.1"], Good::Now));
    let place = Place::new(&company, kind, Manner::Open).await;
    let mut desk = Desk::through(network(&company, place.given("https", false)));
    let problem = desk.fails_to_sign_in(draft(HOST)).await;
    says(&problem, "the certificate of the proxy 127.0.0.1:");
    says(&problem, "authority that this computer does not trust");
}

#[tokio::test]
async fn a_proxy_that_refuses_says_nothing_of_the_key_and_is_asked_less_and_less_until_it_lets_through()
 {
    let company = Company::new("ours");
    let place = Place::new(&company, Kind::Http, Manner::Refusing("403 Forbidden")).await;
    let mut desk = Desk::restored_through(HOST, network(&company, place.given("http", true)));
    for (manner, words) in [
        (
            Manner::Refusing("403 Forbidden"),
            "did not open a connection",
        ),
        (
            Manner::Refusing("407 Proxy Authentication Required"),
            "asks for a password",
        ),
        (
            Manner::Refusing("502 Bad Gateway"),
            "did not open a connection",
        ),
    ] {
        place.proxy.behave(manner);
        desk.act(Action::Retry);
        desk.until("it is offline and says why", |desk| {
            assert_ne!(desk.connection(), Some(ConnectionState::Refused));
            desk.connection() == Some(ConnectionState::Offline)
                && desk.connection_words().contains(words)
        })
        .await;
    }
    // Some seconds without a pause between two attempts would be thousands.
    let asked = place.proxy.asked().len();
    assert!(asked < 60, "{asked}");
    place.proxy.behave(Manner::Open);
    desk.act(Action::Retry);
    desk.until("it is connected", |desk| {
        desk.connection() == Some(ConnectionState::Connected) && desk.rows().is_some()
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_is_not_to_be_trusted_gets_a_sentence_that_says_what_to_do() {
    let company = Company::new("ours");
    let knock = emulator().await;
    let options = || network(&company, ProxySetting::None);
    for (names, good, words) in [
        (
            &["localhost"][..],
            Good::Before,
            "has expired on 2021-02-03; if this computer's clock is right (it says 20",
        ),
        (
            &["localhost"],
            Good::Later,
            "is not valid yet, only from 2080-04-05 on; set this computer's clock",
        ),
        (
            &["a.test", "b.test"],
            Good::Now,
            "is for another host (a.test, b.test); check the address",
        ),
    ] {
        let front = Front::of(knock.url(), company.acceptor(names, good)).await;
        let mut desk = Desk::through(options());
        says(&desk.fails_to_sign_in(at(&front)).await, words);
    }
    // One of the same name is a stranger as well.
    for name in ["theirs", "ours"] {
        let stranger = Company::new(name);
        let acceptor = stranger.acceptor(&["localhost"], Good::Now);
        let front = Front::of(knock.url(), acceptor).await;
        let mut desk = Desk::through(options());
        let problem = desk.fails_to_sign_in(at(&front)).await;
        says(&problem, "authority that this computer does not trust");
        says(
            &problem,
            "name its certificate in the settings with ca_file",
        );
    }
    let mut desk = Desk::through(options());
    let plain = draft(&knock.url().replace("http", "https"));
    says(&desk.fails_to_sign_in(plain).await, "does not speak https");
}

#[tokio::test]
async fn a_certificate_authority_in_a_file_counts_for_http_and_websocket() {
    let company = Company::new("ours");
    let knock = emulator().await;
    let front = Front::of(knock.url(), company.acceptor(&["localhost"], Good::Now)).await;
    let mut desk = Desk::through(network(&company, ProxySetting::None));
    assert_eq!(desk.notifier().complaints(), [""; 0]);
    desk.sign_in(at(&front)).await.unwrap();
    trigger(&knock, "Hello");
    desk.until("the item arrived", |desk| desk.toasts.len() == 1)
        .await;
    assert!(front.connections("/v1/") >= 1);
    assert_eq!(front.connections("/ws/"), 1);
}

#[tokio::test]
async fn a_file_without_certificates_gets_a_sentence_and_the_rest_goes_on() {
    let knock = emulator().await;
    let empty = tempfile::NamedTempFile::new().unwrap();
    let damaged = tempfile::NamedTempFile::new().unwrap();
    let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(damaged.path(), text).unwrap();
    for (file, words) in [
        (empty.path(), "there is none in it"),
        (damaged.path(), "cannot be used"),
        ("/nonexistent/ca.pem".as_ref(), "it cannot be read"),
    ] {
        let mut desk = Desk::through(NetworkOptions {
            ca_file: Some(file.to_owned()),
            ..NetworkOptions::default()
        });
        let [complaint] = desk.notifier().complaints() else {
            panic!("one complaint");
        };
        assert!(complaint.contains(words), "{complaint}");
        assert!(complaint.contains(&*file.to_string_lossy()), "{complaint}");
        desk.sign_in(draft(knock.url())).await.unwrap();
    }
}

#[tokio::test]
async fn no_log_line_holds_the_password_of_a_proxy() {
    let log = Log::default();
    let _guard = log.record();
    let company = Company::new("ours");
    let place = Place::new(&company, Kind::Http, Manner::Guarded).await;
    let mut desk = Desk::restored_through(HOST, network(&company, place.given("http", true)));
    let wrong = "wrong-and-never-to-be-seen";
    desk.notifier().set_proxy_password(Some(wrong.to_owned()));
    desk.until("it is offline", |desk| {
        desk.connection() == Some(ConnectionState::Offline)
    })
    .await;
    desk.notifier()
        .set_proxy_password(Some(PASSWORD.to_owned()));
    desk.act(Action::Retry);
    desk.until("it is connected", |desk| {
        desk.connection() == Some(ConnectionState::Connected)
    })
    .await;
    let written = log.text();
    assert!(written.contains("cannot be reached"), "{written}");
    assert!(!written.contains("never-to-be-seen"));
    let whole = base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        format!("{USER}:{PASSWORD}"),
    );
    assert!(!written.contains(&whole));
}

/// A Knock behind TLS behind a proxy.
struct Place {
    knock: Running,
    front: Front,
    proxy: Proxy,
}

impl Place {
    async fn new(company: &Company, kind: Kind, manner: Manner) -> Place {
        let knock = emulator().await;
        let names = ["knock.example.test", "localhost", "0.0.0.0"];
        let front = Front::of(knock.url(), company.acceptor(&names, Good::Now)).await;
        let proxy = Proxy::serve(kind, manner, front.address).await;
        Place {
            knock,
            front,
            proxy,
        }
    }

    fn given(&self, scheme: &str, user: bool) -> ProxySetting {
        let user = if user {
            format!("{USER}@")
        } else {
            String::new()
        };
        let url = format!("{scheme}://{user}{}", self.proxy.address);
        ProxySetting::Given(ProxyUrl::parse(&url).unwrap())
    }

    /// How many connections there were for requests, and how many for WebSockets.
    fn connections(&self) -> (usize, usize) {
        (
            self.front.connections("/v1/"),
            self.front.connections("/ws/"),
        )
    }
}

fn network(company: &Company, proxy: ProxySetting) -> NetworkOptions {
    NetworkOptions {
        proxy,
        variables: ProxyVariables::default(),
        ca_file: Some(company.ca_file.path().to_owned()),
    }
}

fn at(front: &Front) -> Draft {
    draft(&format!("https://localhost:{}", front.address.port()))
}

#[track_caller]
fn says(problem: &Problem, words: &str) {
    let message = &problem.message;
    assert!(message.contains(words), "{message}");
    assert_eq!(problem.field, Some(Field::Host), "{message}");
    assert!(message.ends_with("Nothing was stored."), "{message}");
}
