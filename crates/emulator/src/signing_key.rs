use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::rand_core::OsRng;

/// The RSA key pair of an environment in enhanced security mode: it signs and checks user tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    pem: String,
    private_der: Vec<u8>,
    public_der: Vec<u8>,
}

/// A text that is no RSA signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningKeyError;

impl SigningKey {
    /// Generates a key of 2048 bits; this takes a moment.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, SigningKeyError> {
        let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|_| SigningKeyError)?;
        Self::of(&key)
    }

    /// Reads a private key: PKCS#8 as PEM, or that PEM in base64, as Knock's dashboard gives it.
    ///
    /// # Errors
    ///
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Self, SigningKeyError> {
        let text = text.trim();
        let pem = match text.starts_with("-----BEGIN") {
            true => text.to_owned(),
            false => {
                let bytes = STANDARD.decode(text).map_err(|_| SigningKeyError)?;
                String::from_utf8(bytes).map_err(|_| SigningKeyError)?
            }
        };
        let key = RsaPrivateKey::from_pkcs8_pem(pem.trim()).map_err(|_| SigningKeyError)?;
        Self::of(&key)
    }

    /// The private key as PKCS#8 PEM, as `KNOCK_SIGNING_KEY` holds it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn encoding(&self) -> EncodingKey {
        EncodingKey::from_rsa_der(&self.private_der)
    }

    pub(crate) fn decoding(&self) -> DecodingKey {
        DecodingKey::from_rsa_der(&self.public_der)
    }

    fn of(key: &RsaPrivateKey) -> Result<Self, SigningKeyError> {
        let pem = key.to_pkcs8_pem(LineEnding::LF);
        let private = key.to_pkcs1_der();
        let public = key.to_public_key().to_pkcs1_der();
        match (pem, private, public) {
            (Ok(pem), Ok(private), Ok(public)) => Ok(Self {
                pem: pem.to_string(),
                private_der: private.as_bytes().to_vec(),
                public_der: public.as_bytes().to_vec(),
            }),
            _ => Err(SigningKeyError),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

impl fmt::Display for SigningKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an RSA private key in PKCS#8 PEM, nor that PEM in base64")
    }
}

impl std::error::Error for SigningKeyError {}

const BITS: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_reads_back_from_pem_and_from_base64_of_it() {
        let key = SigningKey::generate().unwrap();
        assert_eq!(SigningKey::parse(key.pem()), Ok(key.clone()));
        let wrapped = STANDARD.encode(key.pem());
        assert!(wrapped.starts_with("LS0tLS1CRUdJTi"));
        assert_eq!(SigningKey::parse(&wrapped), Ok(key.clone()));
        assert!(!format!("{key:?}").contains("BEGIN"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let empty = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----";
        for text in ["", "pk_test", "%%%", empty] {
            assert_eq!(SigningKey::parse(text), Err(SigningKeyError), "{text}");
        }
    }
}
