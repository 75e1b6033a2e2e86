//! Whom encryption trusts.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// Trusts what the system trusts, and the authorities whose certificates are given as PEM; without `trusted` nobody, and then
/// the system's certificates needn't be there. It doesn't depend on what the process has chosen.
pub fn encryption(trusted: Option<Option<&str>>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    let Some(authorities) = trusted else {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    };
    let own = CertificateDer::pem_slice_iter(authorities.unwrap_or_default().as_bytes()).collect::<Result<Vec<_>, _>>();
    let own = own.map_err(|error| format!("the authorities' certificates are no PEM: {error}"))?;
    if own.is_empty() && authorities.is_some() {
        return Err("the authorities' certificates hold none".to_owned());
    }
    let verifier = if own.is_empty() { Verifier::new(provider) } else { Verifier::new_with_extra_roots(own, provider) };
    let verifier = Arc::new(verifier.map_err(|error| error.to_string())?);
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_certificates() {
        assert!(encryption(None).is_ok());
        assert!(encryption(Some(Some("no certificate"))).unwrap_err().contains("hold none"));
        let cut = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(encryption(Some(Some(cut))).unwrap_err().contains("no PEM"));
    }
}
