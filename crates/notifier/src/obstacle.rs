//! Why a host was not reached, in words that say what to do.

use std::{error::Error, fmt::Write, io};

use rustls::{CertificateError, pki_types::UnixTime};
use time::{Date, OffsetDateTime};

use crate::proxy::{Origin, Via};

/// Why there was no answer. None of it is a verdict of the server's about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It took too long.
    Silent,
    /// The connection could not be made, or broke off; the system's words.
    Broken(String),
    /// Something answers, but does not speak TLS.
    NotTls(Whose),
    /// The certificate is not to be trusted.
    Certificate(Whose, CertificateFault),
    /// TLS failed otherwise; the library's words.
    Tls(Whose, String),
    /// The proxy is in the way.
    Proxy { name: String, fault: ProxyFault },
}

/// At which end of a connection through a proxy it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The host's.
    Host,
    /// The proxy's of this name.
    Proxy(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Nobody who is trusted signed it.
    UnknownIssuer,
    /// It was good until this day; the clock says that day.
    Expired { until: Option<Date>, today: Date },
    /// It is good from this day on; the clock says that day.
    NotYet { from: Option<Date>, today: Date },
    /// It is for other hosts; their names.
    OtherName(Vec<String>),
    /// The library's words.
    Other(String),
}

/// What is wrong with a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyFault {
    /// It asks who wants to pass, and nobody was named where this says.
    AsksWho { origin: Origin },
    /// It asks for the password, and none is stored.
    AsksPassword,
    /// It did not take the name and the password.
    Unwelcome { origin: Origin },
    /// It did not open a connection to the host.
    Refuses,
    /// It could not be reached itself; the system's words.
    Unreachable { why: String, origin: Origin },
}

impl Obstacle {
    /// Reads an error of the HTTP or the WebSocket library that says no answer came.
    pub(crate) fn read(error: &(dyn Error + 'static), via: Option<&Via>) -> Self {
        let mut at_proxy = None;
        let mut innermost = String::new();
        for cause in causes(error) {
            if let Some(fault) = cause.downcast_ref::<rustls::Error>() {
                let whose = at_proxy.map_or(Whose::Host, Whose::Proxy);
                return Self::tls(fault, whose);
            }
            if let Some(error) = cause.downcast_ref::<io::Error>()
                && error.kind() == io::ErrorKind::TimedOut
                && at_proxy.is_none()
            {
                return Self::Silent;
            }
            innermost = cause.to_string();
            if let Some(via) = via
                && let Some(words) = TUNNELS
                    .iter()
                    .find_map(|start| innermost.strip_prefix(start))
            {
                match words {
                    // What follows is about the way to the proxy itself.
                    UNDERLYING => at_proxy = Some(via.name()),
                    _ => return Self::proxy(words, via),
                }
            }
        }
        match via.filter(|_| at_proxy.is_some()) {
            Some(via) => Self::Proxy {
                name: via.name(),
                fault: ProxyFault::Unreachable {
                    why: innermost,
                    origin: via.origin,
                },
            },
            None => Self::Broken(innermost),
        }
    }

    /// What the tunnel through a proxy says of it.
    fn proxy(words: &str, via: &Via) -> Self {
        let origin = via.origin;
        let fault = match words {
            "proxy authorization required"
            | "server does not support user/pass authentication"
            | "credentials not accepted" => match (via.names_user(), via.has_password()) {
                (false, _) => ProxyFault::AsksWho { origin },
                (true, false) if origin == Origin::Setting => ProxyFault::AsksPassword,
                (true, _) => ProxyFault::Unwelcome { origin },
            },
            _ => ProxyFault::Refuses,
        };
        Self::Proxy {
            name: via.name(),
            fault,
        }
    }

    fn tls(error: &rustls::Error, whose: Whose) -> Self {
        let fault = match error {
            rustls::Error::InvalidMessage(_) => return Self::NotTls(whose),
            rustls::Error::InvalidCertificate(fault) => fault,
            error => return Self::Tls(whose, error.to_string()),
        };
        let fault = match fault {
            // An authority of the same name with another key signed it.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                CertificateFault::UnknownIssuer
            }
            CertificateError::Expired => CertificateFault::Expired {
                until: None,
                today: today(),
            },
            CertificateError::ExpiredContext { time, not_after } => CertificateFault::Expired {
                until: date(*not_after),
                today: date(*time).unwrap_or_else(today),
            },
            CertificateError::NotValidYet => CertificateFault::NotYet {
                from: None,
                today: today(),
            },
            CertificateError::NotValidYetContext { time, not_before } => CertificateFault::NotYet {
                from: date(*not_before),
                today: date(*time).unwrap_or_else(today),
            },
            CertificateError::NotValidForName => CertificateFault::OtherName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                CertificateFault::OtherName(presented.iter().map(|name| bare(name)).collect())
            }
            other => CertificateFault::Other(other.to_string()),
        };
        Self::Certificate(whose, fault)
    }

    /// Whether it stays until a person does something, as far as can be known.
    pub(crate) fn needs_person(&self) -> bool {
        match self {
            Self::Silent | Self::Broken(_) => false,
            Self::NotTls(_) | Self::Certificate(..) | Self::Tls(..) | Self::Proxy { .. } => true,
        }
    }

    /// What is in the way to this host and what to do; for the middle of a sentence.
    pub(crate) fn words(&self, host: &str) -> String {
        let of = |whose: &Whose| match whose {
            Whose::Host => host.to_owned(),
            Whose::Proxy(name) => format!("the proxy {name}"),
        };
        match self {
            Self::Silent => "no answer came in time; check the network and the address".to_owned(),
            Self::Broken(why) => format!("{why}; check the network and the address"),
            Self::NotTls(Whose::Host) => format!(
                "{host} does not speak https; a Knock on this computer is reached with http:// before its address"
            ),
            Self::NotTls(Whose::Proxy(name)) => format!(
                "the proxy {name} does not speak https; its address begins with http:// then"
            ),
            Self::Tls(whose, why) => {
                format!(
                    "no secure connection could be made with {} ({why})",
                    of(whose)
                )
            }
            Self::Certificate(whose, fault) => {
                format!("the certificate of {} {}", of(whose), fault.words())
            }
            Self::Proxy { name, fault } => format!("the proxy {name} {}", fault.words(host)),
        }
    }
}

impl CertificateFault {
    fn words(&self) -> String {
        match self {
            Self::UnknownIssuer => "comes from an authority that this computer does not trust; where a company looks into connections, name its certificate in the settings with ca_file".to_owned(),
            Self::Expired { until, today } => format!(
                "has expired{}; if this computer's clock is right (it says {today}), tell those who run it",
                until.map(|until| format!(" on {until}")).unwrap_or_default()
            ),
            Self::NotYet { from, today } => format!(
                "is not valid yet{}; set this computer's clock, which says {today}",
                from.map(|from| format!(", only from {from} on")).unwrap_or_default()
            ),
            Self::OtherName(names) => {
                let mut words = "is for another host".to_owned();
                if !names.is_empty() {
                    let shown = names.len().min(MAX_NAMES);
                    let more = if shown < names.len() { ", …" } else { "" };
                    let _ = write!(words, " ({}{more})", names[..shown].join(", "));
                }
                words + "; check the address"
            }
            Self::Other(why) => format!("cannot be trusted ({why})"),
        }
    }
}

impl ProxyFault {
    fn words(&self, host: &str) -> String {
        match self {
            Self::AsksWho {
                origin: Origin::Setting,
            } => "asks who wants to pass; put your name there into the setting proxy, as in http://name@host:port, and store its password with: doorbell proxy-password".to_owned(),
            Self::AsksWho {
                origin: Origin::Variable(name),
            } => format!("asks for a user name and a password, and {name} has none; name the proxy in the settings instead"),
            Self::AsksPassword => "asks for a password; store it with: doorbell proxy-password".to_owned(),
            Self::Unwelcome {
                origin: Origin::Setting,
            } => "does not take the user name and the password; check the setting proxy, and store the password again with: doorbell proxy-password".to_owned(),
            Self::Unwelcome {
                origin: Origin::Variable(name),
            } => format!("does not take the user name and the password in {name}"),
            Self::Refuses => format!("did not open a connection to {host}; ask those who run it whether it may"),
            Self::Unreachable {
                why,
                origin: Origin::Setting,
            } => format!("cannot be reached ({why}); check the network and the setting proxy"),
            Self::Unreachable {
                why,
                origin: Origin::Variable(name),
            } => format!("cannot be reached ({why}); check the network and {name}"),
        }
    }
}

/// An error and what caused it, from the outside in. An I/O error's contents count, which it passes over as a source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        let inside = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match inside {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn date(time: UnixTime) -> Option<Date> {
    let seconds = i64::try_from(time.as_secs()).ok()?;
    Some(OffsetDateTime::from_unix_timestamp(seconds).ok()?.date())
}

fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

/// `DnsName("a.test")` as rustls shows it, without what is around the name.
fn bare(name: &str) -> String {
    let inside = name.split('"').nth(1);
    inside.unwrap_or(name).to_owned()
}

/// How the errors of the tunnels begin, whose type has no name outside of their library.
const TUNNELS: [&str; 2] = ["tunnel error: ", "SOCKS error: "];
/// What such an error says when the proxy itself was not reached.
const UNDERLYING: &str = "failed to create underlying connection";
/// Other hosts that a sentence names.
const MAX_NAMES: usize = 3;
