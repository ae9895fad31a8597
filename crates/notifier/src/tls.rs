use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

/// The one TLS configuration, for HTTP and WebSocket alike: ring, and the system's own trust,
/// so that a company's certificate authority counts; beside it the authorities in a file. With it comes a
/// sentence when the file cannot be used, and then it is left aside.
///
/// # Errors
/// When the system's trust store cannot be used; the text says why.
pub(crate) fn client_config(
    ca_file: Option<&Path>,
) -> Result<(Arc<ClientConfig>, Option<String>), rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (verifier, complaint) = match ca_file.map(|file| (file, authorities(file))) {
        None => (Verifier::new(provider.clone())?, None),
        Some((file, authorities)) => {
            let with_more = authorities.and_then(|authorities| {
                Verifier::new_with_extra_roots(authorities, provider.clone())
                    .map_err(|error| format!("a certificate in it cannot be used ({error})"))
            });
            match with_more {
                Ok(verifier) => (verifier, None),
                Err(why) => {
                    let complaint = format!(
                        "The certificates in {} do not count: {why}. Hosts that this computer trusts by itself are reached all the same.",
                        file.display()
                    );
                    (Verifier::new(provider.clone())?, Some(complaint))
                }
            }
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok((Arc::new(config), complaint))
}

/// The certificates in a PEM file, at least one.
fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = std::fs::read(file).map_err(|error| format!("it cannot be read ({error})"))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("it is damaged ({error})"))?;
    match certificates.is_empty() {
        true => Err("there is none in it that begins with -----BEGIN CERTIFICATE-----".to_owned()),
        false => Ok(certificates),
    }
}
