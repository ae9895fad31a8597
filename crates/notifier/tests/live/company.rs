use std::{
    io::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Somebody with a certificate authority of their own, which no computer trusts by itself.
pub(crate) struct Company {
    authority: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    pub(crate) ca_file: NamedTempFile,
}

/// When a certificate is good.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Good {
    Now,
    Before,
    Later,
}

impl Company {
    pub(crate) fn new(name: &str) -> Company {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap();
        let mut ca_file = NamedTempFile::new().unwrap();
        ca_file.write_all(authority.pem().as_bytes()).unwrap();
        Company {
            authority: authority.der().clone(),
            issuer: Issuer::new(params, key),
            ca_file,
        }
    }

    /// Accepts TLS as a host of these names.
    pub(crate) fn acceptor(&self, names: &[&str], good: Good) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        (params.not_before, params.not_after) = match good {
            Good::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2090, 1, 1)),
            Good::Before => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 2, 3)),
            Good::Later => (date_time_ymd(2080, 4, 5), date_time_ymd(2090, 1, 1)),
        };
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![certificate.der().clone(), self.authority.clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// TLS in front of a server that speaks none.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// In front of `server`, an `http://` URL.
    pub(crate) async fn of(server: &str, acceptor: TlsAcceptor) -> Front {
        let server = server["http://".len()..].to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, server, heads) = (acceptor.clone(), server.clone(), heads.clone());
                tokio::spawn(async move {
                    // Whoever does not trust the certificate hangs up.
                    let mut stream = acceptor.accept(stream).await.ok()?;
                    let head = first_line(&mut stream).await?;
                    let mut server = TcpStream::connect(server).await.ok()?;
                    heads.lock().unwrap().push(head.clone());
                    server.write_all(head.as_bytes()).await.ok()?;
                    copy_bidirectional(&mut stream, &mut server).await.ok()
                });
            }
        });
        Front { address, asked }
    }

    /// How many connections began with a request for such a path.
    pub(crate) fn connections(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        let begins = |head: &&String| {
            let asked = head.split(' ').nth(1);
            asked.is_some_and(|asked| asked.starts_with(path))
        };
        asked.iter().filter(begins).count()
    }
}

/// The first line that comes, with its end.
async fn first_line(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(line).ok()
}
