//! Signatures: `sha256=` and the HMAC-SHA256 of the exact body in hexadecimal digits.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;

use crate::vault::Secret;

const PREFIX: &str = "sha256=";

/// Why a body is not signed, or its signature not taken. It says nothing of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// With no secret anybody could sign.
    #[error("the webhook has no secret: give it one of 32 random bytes")]
    NoSecret,
    /// The text is no signature.
    #[error("the signature is not `sha256=` and 64 hexadecimal digits: send it so")]
    Malformed,
    /// It is another body's, or another secret's.
    #[error("the signature is not that of this body: sign its bytes as they are sent, with the webhook's secret")]
    Wrong,
}

/// The signature of a body.
///
/// ```
/// use entity::{vault::Secret, webhooks::{sign, verify}};
///
/// let secret = Secret::from("Jefe".to_owned());
/// let body = b"what do ya want for nothing?";
/// // RFC 4231, test case 2.
/// let signature = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
/// assert_eq!(sign(&secret, body)?, signature);
/// assert!(verify(&secret, body, signature).is_ok());
/// # Ok::<(), entity::webhooks::SignatureError>(())
/// ```
///
/// # Errors
/// [`SignatureError::NoSecret`] for an empty secret.
pub fn sign(secret: &Secret, body: &[u8]) -> Result<String, SignatureError> {
    let code = keyed(secret)?.chain_update(body).finalize().into_bytes();
    Ok(format!("{PREFIX}{}", hex::encode(code)))
}

/// Whether a signature is that of a body, compared in constant time.
///
/// # Errors
/// [`SignatureError`] if not.
pub fn verify(secret: &Secret, body: &[u8], signature: &str) -> Result<(), SignatureError> {
    let mut code = [0; 32];
    let digits = signature.strip_prefix(PREFIX).ok_or(SignatureError::Malformed)?;
    hex::decode_to_slice(digits, &mut code).map_err(|_| SignatureError::Malformed)?;
    let expected = keyed(secret)?.chain_update(body);
    expected.verify_slice(&code).map_err(|_| SignatureError::Wrong)
}

fn keyed(secret: &Secret) -> Result<Hmac<Sha256>, SignatureError> {
    let key = secret.expose().as_bytes();
    if key.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    Ok(mac(key))
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104, 2)")]
    Hmac::new_from_slice(key).expect("a key of some length")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    #[test]
    fn the_codes_are_those_of_rfc_4231() {
        let long = "Test Using Larger Than Block-Size Key - Hash Key First";
        let longer = "This is a test using a larger than block-size key and a larger than block-size data. The key \
                      needs to be hashed before being used by the HMAC algorithm.";
        let counted: Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 6] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                &counted,
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                &[0xaa; 131],
                long.as_bytes(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                longer.as_bytes(),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, data, code) in cases {
            let made = mac(key).chain_update(data).finalize().into_bytes();
            assert_eq!(hex::encode(made), code);
        }
    }

    #[test]
    fn what_is_no_signature_is_not_compared() {
        let signed = sign(&secret("s"), b"{}").unwrap();
        for wrong in [
            "",
            "sha256=",
            &signed[7..],
            &signed[..70],
            &format!("{signed}0"),
            &format!("sha1={}", &signed[7..]),
            &format!(" {signed}"),
            &format!("{}g", &signed[..70]),
        ] {
            assert_eq!(
                verify(&secret("s"), b"{}", wrong),
                Err(SignatureError::Malformed),
                "{wrong}"
            );
        }
        assert!(verify(&secret("s"), b"{}", &format!("sha256={}", signed[7..].to_uppercase())).is_ok());
    }

    #[test]
    fn without_a_secret_nothing_is_signed_and_nothing_taken() {
        let forged = format!(
            "sha256={}",
            hex::encode(mac(b"").chain_update(b"{}").finalize().into_bytes())
        );
        assert_eq!(sign(&secret(""), b"{}"), Err(SignatureError::NoSecret));
        assert_eq!(verify(&secret(""), b"{}", &forged), Err(SignatureError::NoSecret));
    }

    proptest! {
        #[test]
        fn what_is_signed_is_taken(key in "\\PC{1,200}", body in any::<Vec<u8>>()) {
            let signature = sign(&secret(&key), &body).unwrap();
            prop_assert_eq!(signature.len(), 71);
            prop_assert_eq!(verify(&secret(&key), &body, &signature), Ok(()));
            let error = format!("{:?} {}", SignatureError::Wrong, SignatureError::Wrong);
            prop_assert!(key.len() < 8 || !error.contains(&key));
        }

        #[test]
        fn a_change_of_the_body_is_refused(
            key in "\\PC{1,100}",
            mut body in prop::collection::vec(any::<u8>(), 1..300),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let signature = sign(&secret(&key), &body).unwrap();
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
            prop_assert_eq!(verify(&secret(&key), &body, &signature), Err(SignatureError::Wrong));
            body[at] ^= 1 << bit;
            body.push(b'\n');
            prop_assert_eq!(verify(&secret(&key), &body, &signature), Err(SignatureError::Wrong));
            body.truncate(body.len() - 2);
            prop_assert_eq!(verify(&secret(&key), &body, &signature), Err(SignatureError::Wrong));
        }

        #[test]
        fn another_secret_is_refused(key in "\\PC{1,100}", other in "\\PC{1,100}", body in any::<Vec<u8>>()) {
            prop_assume!(key != other);
            let signature = sign(&secret(&key), &body).unwrap();
            prop_assert_eq!(verify(&secret(&other), &body, &signature), Err(SignatureError::Wrong));
        }

        #[test]
        fn a_change_of_the_signature_is_refused(
            key in "\\PC{1,100}",
            body in any::<Vec<u8>>(),
            at in 0..32_usize,
            bit in 0..8_u8,
        ) {
            let signature = sign(&secret(&key), &body).unwrap();
            let mut code = hex::decode(&signature[7..]).unwrap();
            code[at] ^= 1 << bit;
            let changed = format!("sha256={}", hex::encode(code));
            prop_assert_eq!(verify(&secret(&key), &body, &changed), Err(SignatureError::Wrong));
        }

        #[test]
        fn no_text_makes_it_panic(key in "\\PC{0,9}", body in any::<Vec<u8>>(), text in "\\PC{0,80}") {
            prop_assert!(verify(&secret(&key), &body, &text).is_err());
        }
    }
}
