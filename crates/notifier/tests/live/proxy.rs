use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// A proxy that leads everybody to one address, whatever host they ask for.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    manner: Arc<Mutex<Manner>>,
}

/// How it treats those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Open,
    /// Asks for [`USER`] and [`PASSWORD`].
    Guarded,
    /// Answers every request with this status.
    Refusing(&'static str),
    /// Says yes and hangs up.
    Cutting,
    /// Says something that no proxy says.
    Babbling,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Http,
    Https(TlsAcceptor),
    Socks,
}

pub(crate) const USER: &str = "ada";
pub(crate) const PASSWORD: &str = "pass:word@never-to-be-seen";

impl Proxy {
    pub(crate) async fn serve(kind: Kind, manner: Manner, leads_to: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let manner = Arc::new(Mutex::new(manner));
        let (hosts, manners) = (asked.clone(), manner.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kind, hosts) = (kind.clone(), hosts.clone());
                let manner = *manners.lock().unwrap();
                tokio::spawn(async move {
                    match kind {
                        Kind::Http => connect(stream, manner, leads_to, &hosts).await,
                        Kind::Https(acceptor) => {
                            let stream = acceptor.accept(stream).await.ok()?;
                            connect(stream, manner, leads_to, &hosts).await
                        }
                        Kind::Socks => socks(stream, manner, leads_to, &hosts).await,
                    }
                });
            }
        });
        Proxy {
            address,
            asked,
            manner,
        }
    }

    /// The hosts and ports that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }
}

async fn connect(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    manner: Manner,
    leads_to: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
        if !head[0].is_ascii_alphabetic() {
            let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            return stream.write_all(answer).await.ok();
        }
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.strip_prefix("CONNECT ")?.split(' ').next()?;
    asked.lock().unwrap().push(target.to_owned());
    let pass = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let pass = format!("Basic {pass}");
    let shown = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization")
            .then_some(value)
    });
    let answer = match manner {
        Manner::Guarded if shown != Some(&pass) => {
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"
                .to_owned()
        }
        Manner::Refusing(status) => format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"),
        Manner::Babbling => "220 mail.test ESMTP\r\n".to_owned(),
        Manner::Open | Manner::Guarded | Manner::Cutting => {
            "HTTP/1.1 200 Connection established\r\n\r\n".to_owned()
        }
    };
    stream.write_all(answer.as_bytes()).await.ok()?;
    if answer.contains(" 200 ") && manner != Manner::Cutting {
        let mut server = TcpStream::connect(leads_to).await.ok()?;
        copy_bidirectional(&mut stream, &mut server).await.ok()?;
    }
    Some(())
}

/// SOCKS 5 (RFC 1928), with a user and a password (RFC 1929) or without.
async fn socks(
    mut stream: TcpStream,
    manner: Manner,
    leads_to: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    let [_version, count] = take(&mut stream).await?;
    let mut methods = vec![0; usize::from(count)];
    stream.read_exact(&mut methods).await.ok()?;
    if manner == Manner::Guarded {
        if !methods.contains(&2) {
            stream.write_all(&[5, 0xff]).await.ok()?;
            return None;
        }
        stream.write_all(&[5, 2]).await.ok()?;
        let [_version, length] = take(&mut stream).await?;
        let user = text(&mut stream, length).await?;
        let [length] = take(&mut stream).await?;
        let password = text(&mut stream, length).await?;
        let welcome = user == USER && password == PASSWORD;
        stream.write_all(&[1, u8::from(!welcome)]).await.ok()?;
        if !welcome {
            return None;
        }
    } else {
        stream.write_all(&[5, 0]).await.ok()?;
    }
    let [_version, _connect, _reserved, kind] = take(&mut stream).await?;
    // A name; an address would mean that it was looked up on our side.
    if kind != 3 {
        return None;
    }
    let [length] = take(&mut stream).await?;
    let name = text(&mut stream, length).await?;
    let port = stream.read_u16().await.ok()?;
    asked.lock().unwrap().push(format!("{name}:{port}"));
    let refused = matches!(manner, Manner::Refusing(_));
    let status = if refused { 2 } else { 0 };
    stream
        .write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0])
        .await
        .ok()?;
    if !refused {
        let mut server = TcpStream::connect(leads_to).await.ok()?;
        copy_bidirectional(&mut stream, &mut server).await.ok()?;
    }
    Some(())
}

async fn take<const N: usize>(stream: &mut TcpStream) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

async fn text(stream: &mut TcpStream, length: u8) -> Option<String> {
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes).await.ok()?;
    String::from_utf8(bytes).ok()
}
