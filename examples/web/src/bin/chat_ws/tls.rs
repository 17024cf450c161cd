//! TLS at both ends, with a certificate that each server makes for itself.
//!
//! Owns what rustls is told. Nobody has signed the certificate but its own key, so a
//! client must be given the very file to trust.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer};
use futures_rustls::rustls::crypto::{CryptoProvider, ring};
use futures_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use futures_rustls::{TlsAcceptor, TlsConnector};

/// The names by which a server on this machine is reached; `listen` is added.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Makes a certificate for this machine's own names and for `host`, writes it to
/// `file` for the clients, and keeps its key to itself.
pub fn acceptor(host: &str, file: &Path) -> Result<TlsAcceptor> {
    let mut names = LOCAL_NAMES.map(str::to_owned).to_vec();
    if !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    let made = rcgen::generate_simple_self_signed(names)?;
    fs::write(file, made.cert.pem())
        .with_context(|| format!("can't write the certificate to {}", file.display()))?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())
        .map_err(|error| anyhow!("the key that was just made is of no use: {error}"))?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(Arc::new(config).into())
}

/// Trusts the certificate in `file`, and nothing else.
pub fn connector(file: &Path) -> Result<TlsConnector> {
    let certificate = CertificateDer::from_pem_file(file)
        .with_context(|| format!("{} has no certificate", file.display()))?;
    let mut trusted = RootCertStore::empty();
    trusted
        .add(certificate)
        .with_context(|| format!("the certificate in {} is of no use", file.display()))?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}
