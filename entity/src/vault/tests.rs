use std::{collections::HashMap, fs};

use proptest::prelude::*;
use sea_orm::Iterable as _;

use super::*;

/// The ciphertexts below were made by Node's `crypto`, as Cronium calls it, with this key.
const CRONIUM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

const SSH_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAWlWTZ1I7ZDtSYo4StbOdBjN363i0rdHBlV71WASohpbp2KDgX5mVw==";
const ONE: &str = "BAQEBAQEBAQEBAQEBAQEBO3FH8hKrbwU6lkP27otXa1a";
const FOUR: &str = "AwMDAwMDAwMDAwMDAwMDA9KHI3sk5FRSw3Iv3dQxhAGHUu/6";
const NOTHING: &str = "BQUFBQUFBQUFBQUFBQUFBZL+zvohivOU1l+gpL6PUyo=";
const LONGEST: &str = "AgICAgICAgICAgICAgICAsQOWXa/SDGyGZHX5f4E2hPpGUUfhhrSeHN3jLwhxchuWFM513sVp6DJQvv7bbhG3nNrMJhOo2G4xhc0ANSz5mx2qV45d8GGwBd6i2+WskWSDESLgZHgtAsbEhWUbheH/G7bD9XYrDcdHPscVvUMl3r5qXdvqK1H3eugIeZGvQf8cbgWwwp+kjp3NPPsSGXU9J4YeZ+nwsKAEnLFFVDQcgR2O3tFZrNlfVu44kuz";
const TWICE: &str =
    "BwcHBwcHBwcHBwcHBwcHB4oPgrG62eSkbNGxlA6Ppj6bfc85C3C/+egAzXB5BlvG7vP7nklJiNtjxmMIPvap0Ot2CFnVUYuplDKKTkaV7alJ/WgY";
const NO_TEXT: &str = "Dw8PDw8PDw8PDw8PDw8PD7+R/nHRfWcyj8ZrLTYT2FCvtQ==";
const BARE: &str = "CAgICAgICAgICAgICAgICErcUE7TArF8UUEb67BB/KvDBlXhWnAxV/ZyumxAJZBRuVoAhMZLZWQq1w1tYZs6xOtkY9FaL2w1iVUvFjQaTV+CUitL06NSPOttawMBkA==";
const CREDENTIALS: &str = r#"{"webhookUrl":"https://hooks.slack.com/services/T0/B0/s3cret"}"#;
const ENVELOPE: &str = r#"{"encrypted":"HgN/ulpt8oXUozpyJ798EyV/HI3Z9RGTBv7r01C76PDLUkVMYQZrYEYgivHmCnlWMTilj2nF6KuLl8/m9Ww=","iv":"CgoKCgoKCgoKCgoKCgoKCg==","authTag":"16Gb74Y1kMK/EQPuX3TRVQ==","algorithm":"aes-256-gcm","keyDerivation":{"method":"scrypt","salt":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=","iterations":100000}}"#;
const ENVELOPE_OF_TEXT: &str = r#"{"encrypted":"Y4wblmLL1dQCAKnJWCEFMN2gUYL9kVW5FTjJQQ==","iv":"DAwMDAwMDAwMDAwMDAwMDA==","authTag":"QCRQmGipemEEch9kaCdm7A==","algorithm":"aes-256-gcm","keyDerivation":"{\"method\":\"scrypt\",\"salt\":\"CwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCws=\",\"iterations\":100000}"}"#;
/// With the key `0123456789abcdef0123456789abcdef`: 32 characters, as the documents say.
const ENVELOPE_SHORT: &str = r#"{"encrypted":"J/hXuCF6nAvl2srBbvg=","iv":"Dg4ODg4ODg4ODg4ODg4ODg==","authTag":"edpZCC5tN606MHYum4yvkA==","algorithm":"aes-256-gcm","keyDerivation":{"method":"scrypt","salt":"DQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0=","iterations":100000}}"#;

fn key(id: &str, byte: u8) -> VaultKey {
    VaultKey::new(KeyId::parse(id).unwrap(), [byte; 32])
}

fn vault() -> Vault {
    Vault::new(key("k1", 0x11))
}

fn cronium(text: &str) -> Vault {
    Vault::default().with_legacy(LegacyKey::parse(text).unwrap())
}

fn open(vault: &Vault, place: Place, stored: &str) -> Result<(String, Scheme), VaultError> {
    vault
        .open(&place.of("ada"), stored)
        .map(|opened| (opened.secret.expose().to_owned(), opened.scheme))
}

#[test]
fn a_value_sealed_elsewhere_opens() {
    // Made by Node: nonce of twelve 0x22, key of 0x11.
    let sealed = "v1:k1:IiIiIiIiIiIiIiIif4JpPaW9rTqno_5lI1i3cIxanWCUsIU";
    let scheme = Scheme::Vault(KeyId::parse("k1").unwrap());
    assert_eq!(
        open(&vault(), Place::WebhookSecret, sealed),
        Ok(("hunter2".into(), scheme))
    );
}

#[test]
fn every_place_and_owner_has_a_context_of_its_own() {
    let vault = vault();
    let contexts: Vec<Context> = Place::iter()
        .flat_map(|place| {
            [
                place.of("ada"),
                place.of("bob"),
                place.of(""),
                place.of("ada").replaced(),
            ]
        })
        .collect();
    for context in &contexts {
        let sealed = vault.seal(context, "hunter2").unwrap();
        for other in &contexts {
            assert_eq!(vault.is_sealed(other, sealed.as_stored()), context == other);
            if context != other {
                let refused = vault.open(other, sealed.as_stored()).unwrap_err();
                assert_eq!(refused, VaultError::NotAuthentic(KeyId::parse("k1").unwrap()));
            }
        }
    }
}

#[test]
fn the_same_secret_never_looks_the_same() {
    let (vault, context) = (vault(), Place::ApiToken.of("ada"));
    let seal = || vault.seal(&context, "hunter2").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn an_empty_text_is_no_secret() {
    for vault in [vault(), Vault::default()] {
        let sealed = vault.seal(&Place::ServerSshKey.of("ada"), "").unwrap();
        assert!(sealed.is_empty());
        assert_eq!(
            open(&vault, Place::ServerSshKey, ""),
            Ok((String::new(), Scheme::Plain))
        );
    }
}

#[test]
fn another_key_is_unknown_or_not_the_one() {
    let context = Place::WebhookSecret.of("ada");
    let sealed = vault().seal(&context, "hunter2").unwrap();
    let id = KeyId::parse("k1").unwrap();
    for (vault, expected) in [
        (Vault::new(key("k2", 0x11)), VaultError::UnknownKey(id.clone())),
        (Vault::default(), VaultError::UnknownKey(id.clone())),
        (Vault::new(key("k1", 0x12)), VaultError::NotAuthentic(id)),
    ] {
        assert_eq!(vault.open(&context, sealed.as_stored()).unwrap_err(), expected);
        assert!(!vault.is_sealed(&context, sealed.as_stored()));
    }
}

#[test]
fn an_old_key_reads_and_the_current_one_seals() {
    let context = Place::WebhookSecret.of("ada");
    let sealed = vault().seal(&context, "hunter2").unwrap();
    let rotated = Vault::new(key("k2", 0x22)).with_old(key("k1", 0x11)).unwrap();
    let opened = rotated.open(&context, sealed.as_stored()).unwrap();
    assert_eq!(opened.scheme, Scheme::Vault(KeyId::parse("k1").unwrap()));
    let again = rotated.seal(&context, opened.secret.expose()).unwrap();
    assert!(again.as_stored().starts_with("v1:k2:"));
    assert_eq!(rotated.prefix().as_deref(), Some("v1:k2:"));
    assert_eq!(rotated.prefixes(), ["v1:k2:", "v1:k1:"]);
}

#[test]
fn two_keys_must_not_share_an_identifier() {
    assert!(vault().with_old(key("k1", 0x12)).is_err());
    assert!(vault().with_old(key("k1", 0x11)).is_ok());
}

#[test]
fn what_begins_with_a_known_key_is_sealed_or_refused() {
    let body = "IiIiIiIiIiIiIiIif4JpPaW9rTqno_5lI1i3cIxanWCUsIU";
    for text in [
        "v1:k1:".to_owned(),
        "v1:k1:hunter2".to_owned(),
        format!("v1:k1:{body}="),
        format!("v1:k1:{body} "),
        format!("v1:k1:{}", &body[..36]),
    ] {
        let refused = open(&vault(), Place::WebhookSecret, &text).unwrap_err();
        assert_eq!(refused, VaultError::NotAuthentic(KeyId::parse("k1").unwrap()));
        assert!(text.starts_with(&vault().prefix().unwrap()));
    }
}

#[test]
fn what_only_begins_as_if_sealed_is_in_clear() {
    let body = "IiIiIiIiIiIiIiIif4JpPaW9rTqno_5lI1i3cIxanWCUsIU";
    for text in [
        "v1:k9:".to_owned(),
        "v1:k9:hunter2".to_owned(),
        format!("v1:k9:{body}="),
        format!("v1:k9:{}", &body[..36]),
        format!("v1:K1:{body}"),
        format!("v1::{body}"),
        format!("v1:{}:{body}", "k".repeat(33)),
        format!("v2:k1:{body}"),
        format!(" v1:k1:{body}"),
    ] {
        assert_eq!(
            open(&vault(), Place::WebhookSecret, &text),
            Ok((text.clone(), Scheme::Plain))
        );
    }
}

#[test]
fn the_servers_ciphertexts_are_read_however_short() {
    let vault = cronium(CRONIUM);
    for (stored, secret) in [
        (SSH_KEY, "-----BEGIN KEY-----\nü\n".to_owned()),
        (ONE, "a".to_owned()),
        (FOUR, "abcd".to_owned()),
        (NOTHING, String::new()),
        (LONGEST, "x".repeat(157)),
    ] {
        for place in Place::iter() {
            assert_eq!(open(&vault, place, stored), Ok((secret.clone(), Scheme::Server)));
        }
    }
}

#[test]
fn what_was_encrypted_again_is_opened_to_the_core() {
    let opened = open(&cronium(CRONIUM), Place::EnvVarValue, TWICE);
    assert_eq!(opened, Ok(("hunter2".into(), Scheme::Server)));
}

#[test]
fn a_long_ciphertext_that_no_key_opens_is_not_in_clear() {
    for place in [
        Place::ServerSshKey,
        Place::EnvVarValue,
        Place::ApiToken,
        Place::ToolCredentials,
    ] {
        let missing = open(&vault(), place, SSH_KEY);
        assert_eq!(missing, Err(VaultError::NoLegacyKey(Scheme::Server)));
        let wrong = open(&cronium(OTHER), place, SSH_KEY);
        assert_eq!(wrong, Err(VaultError::NotLegacyAuthentic(Scheme::Server)));
        // Good for envelopes only.
        let short = open(&cronium(&CRONIUM[..32]), place, SSH_KEY);
        assert_eq!(short, Err(VaultError::NoLegacyKey(Scheme::Server)));
    }
}

#[test]
fn a_short_one_may_be_in_clear_and_only_a_key_can_tell() {
    assert_eq!(
        open(&vault(), Place::EnvVarValue, FOUR),
        Err(VaultError::NoLegacyKey(Scheme::Server))
    );
    assert_eq!(
        open(&cronium(OTHER), Place::EnvVarValue, FOUR),
        Ok((FOUR.into(), Scheme::Plain))
    );
    // Credentials are an object, so this is none in clear.
    assert_eq!(
        open(&cronium(OTHER), Place::ToolCredentials, FOUR),
        Err(VaultError::NotLegacyAuthentic(Scheme::Server))
    );
}

#[test]
fn base64_is_in_clear_where_nothing_was_ever_encrypted() {
    for place in [
        Place::WebhookSecret,
        Place::OauthAccessToken,
        Place::OauthRefreshToken,
        Place::OauthCodeVerifier,
    ] {
        for vault in [vault(), cronium(OTHER)] {
            assert_eq!(open(&vault, place, SSH_KEY), Ok((SSH_KEY.into(), Scheme::Plain)));
        }
    }
}

#[test]
fn other_texts_are_in_clear() {
    let hex = "0123456789abcdef".repeat(4);
    for text in [
        "hunter2",
        "https://hooks.slack.com/services/T0/B0/s3cret",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n",
        "V1StGXR8_Z5jdHi6B-myT_V1StGXR8_Z",
        // Base64 of no length that base64 has.
        &SSH_KEY[..75],
        CREDENTIALS,
        "{}",
        "[]",
        "null",
        "\"{}\"",
        "{\"encrypted\": \"yes\"}",
        "{broken",
    ] {
        for place in Place::iter() {
            for vault in [vault(), cronium(OTHER)] {
                assert_eq!(open(&vault, place, text), Ok((text.into(), Scheme::Plain)));
            }
        }
    }
    // Cronium's own reader took this for a ciphertext too.
    assert!(open(&vault(), Place::EnvVarValue, &hex).is_err());
}

#[test]
fn envelopes_are_opened_whichever_way_they_say_how() {
    for (key, stored, secret) in [
        (CRONIUM, ENVELOPE, CREDENTIALS),
        (CRONIUM, ENVELOPE_OF_TEXT, r#"{"smtpPassword":"pässword"}"#),
        (CRONIUM, &serde_json::to_string(ENVELOPE).unwrap(), CREDENTIALS),
        ("0123456789abcdef0123456789abcdef", ENVELOPE_SHORT, r#"{"apiKey":"k"}"#),
    ] {
        let opened = open(&cronium(key), Place::ToolCredentials, stored);
        assert_eq!(opened, Ok((secret.into(), Scheme::Envelope)));
    }
}

#[test]
fn an_envelope_that_no_key_opens_is_not_in_clear() {
    let of = |vault: &Vault, stored: &str| open(vault, Place::ToolCredentials, stored).unwrap_err();
    assert_eq!(of(&vault(), ENVELOPE), VaultError::NoLegacyKey(Scheme::Envelope));
    assert_eq!(
        of(&cronium(OTHER), ENVELOPE),
        VaultError::NotLegacyAuthentic(Scheme::Envelope)
    );
    let vault = cronium(CRONIUM);
    let changed = ENVELOPE.replace("HgN/", "HgN0");
    assert_eq!(of(&vault, &changed), VaultError::NotLegacyAuthentic(Scheme::Envelope));
    for (part, instead) in [
        ("CgoKCgoKCgoKCgoKCgoKCg==", "CgoKCgoKCgoKCgoK"),
        ("16Gb74Y1kMK/EQPuX3TRVQ==", "?"),
        ("\"salt\"", "\"pepper\""),
        ("\"HgN/", "\"Hg-/"),
        ("\"CgoKCgoKCgoKCgoKCgoKCg==\"", "null"),
    ] {
        let broken = ENVELOPE.replace(part, instead);
        assert_ne!(broken, ENVELOPE);
        assert!(matches!(of(&vault, &broken), VaultError::BadEnvelope(_)), "{instead}");
    }
}

#[test]
fn bare_ciphertexts_of_credentials_are_read() {
    let opened = open(&cronium(CRONIUM), Place::ToolCredentials, BARE);
    assert_eq!(opened, Ok((CREDENTIALS.into(), Scheme::Server)));
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let opened = open(&cronium(CRONIUM), Place::EnvVarValue, NO_TEXT);
    assert_eq!(opened, Err(VaultError::NotText(Scheme::Server)));
}

#[test]
fn without_a_key_nothing_is_sealed() {
    let refused = cronium(CRONIUM)
        .seal(&Place::ApiToken.of("ada"), "hunter2")
        .unwrap_err();
    assert_eq!(refused, VaultError::NoKey);
    assert!(refused.to_string().contains("CRONIUM_VAULT_KEY"));
}

#[test]
fn keys_are_read_in_three_spellings() {
    let hex = "fb".repeat(32);
    let base64 = "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=";
    for text in [
        &hex,
        &hex.to_uppercase(),
        base64,
        &base64.replace('+', "-").replace('/', "_"),
        base64.trim_end_matches('='),
    ] {
        let read = VaultKey::parse(&format!(" 2026-a:{text}\n")).unwrap();
        assert!(read.same(&key("2026-a", 0xfb)), "{text}");
    }
    for text in [
        "",
        "k1",
        "k1:",
        ":00",
        "K1:00",
        "k1:00",
        "k_1:00",
        &hex,
        &format!("k1:{hex}00"),
        &format!("k1:{}zz", &hex[2..]),
    ] {
        let error = VaultKey::parse(text).unwrap_err().to_string();
        assert!(!error.contains("fbfb"), "{error}");
    }
}

/// The longest secret of each column in bytes, where the column sets a limit: an API token is ASCII, and those of the
/// time before they were encrypted had 255 characters of room.
#[test]
fn every_secret_fits_its_column_when_it_is_sealed() {
    let schema = crate::schema().schema().unwrap();
    for place in Place::iter() {
        let (table, column) = place.name().split_once('.').unwrap();
        let described = schema.table(table).unwrap().column(column).unwrap().describe();
        let longest = match place {
            Place::ApiToken => Some(255),
            _ => None,
        };
        match longest {
            None => assert!(described.starts_with("text"), "{}: {described}", place.name()),
            Some(longest) => {
                let width = described.strip_prefix("varchar(").unwrap().split_once(')').unwrap().0;
                assert!(sealed_length(longest) <= width.parse().unwrap(), "{}", place.name());
            }
        }
    }
}

fn environment(variables: &[(&str, &str)]) -> Result<Vault, VaultError> {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Vault::from_variables(|name| Ok(variables.get(name).map(|value| (*value).to_owned())))
}

#[test]
fn the_environment_gives_all_keys_or_none() {
    let (one, two, three) = ("11".repeat(32), "22".repeat(32), "33".repeat(32));
    let none = environment(&[(VAULT_KEY, ""), (VAULT_OLD_KEYS, " "), (ENCRYPTION_KEY, "")]).unwrap();
    assert!(none.current().is_none());

    let all = environment(&[
        (VAULT_KEY, &format!("k3:{three}")),
        (VAULT_OLD_KEYS, &format!("k1:{one}, k2:{two},")),
        (ENCRYPTION_KEY, CRONIUM),
    ])
    .unwrap();
    let context = Place::ApiToken.of("ada");
    for key in [key("k1", 0x11), key("k2", 0x22), key("k3", 0x33)] {
        let sealed = Vault::new(key).seal(&context, "hunter2").unwrap();
        assert!(all.is_sealed(&context, sealed.as_stored()));
    }
    assert_eq!(all.current().map(KeyId::as_str), Some("k3"));
    assert!(open(&all, Place::ApiToken, SSH_KEY).is_ok());
}

#[test]
fn a_key_file_has_the_current_key_first() {
    let path = std::env::temp_dir().join(format!("vault-key-{}", std::process::id()));
    let path = path.to_str().unwrap();
    fs::write(path, format!("\nk2:{}\nk1:{}\n", "22".repeat(32), "11".repeat(32))).unwrap();
    let vault = environment(&[(VAULT_KEY_FILE, path)]).unwrap();
    assert_eq!(vault.current().map(KeyId::as_str), Some("k2"));
    let both = environment(&[(VAULT_KEY_FILE, path), (VAULT_KEY, &format!("k3:{}", "33".repeat(32)))]);
    assert!(both.unwrap_err().to_string().contains(VAULT_KEY_FILE));
    fs::write(path, " \n").unwrap();
    assert!(environment(&[(VAULT_KEY_FILE, path)]).is_err());
    fs::remove_file(path).unwrap();
    let missing = environment(&[(VAULT_KEY_FILE, path)]).unwrap_err().to_string();
    assert!(missing.contains(path), "{missing}");
}

#[test]
fn bad_variables_are_named_and_not_repeated() {
    for (name, value) in [
        (VAULT_KEY, "s3cret"),
        (VAULT_KEY, "k1:s3cret"),
        (VAULT_KEY, "s3 cret:00"),
        (VAULT_OLD_KEYS, "k1:s3cret,k2:s3cret"),
        (ENCRYPTION_KEY, "s3cret"),
    ] {
        let error = environment(&[(name, value)]).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains(name) && !said.contains("s3"), "{said}");
    }
}

#[test]
fn no_debug_and_no_error_shows_a_key_or_a_secret() {
    let vault = Vault::new(VaultKey::parse(&format!("k1:{OTHER}")).unwrap())
        .with_old(key("k0", 0x41))
        .unwrap()
        .with_legacy(LegacyKey::parse(CRONIUM).unwrap());
    let context = Place::ToolCredentials.of("ada");
    let opened = vault.open(&context, ENVELOPE).unwrap();
    let sealed = vault.seal(&context, opened.secret.expose()).unwrap();
    let mut said = format!("{vault:?} {vault:#?} {opened:?} {sealed:?} {:?}", vault.current());
    let mut tampered = sealed.into_stored();
    tampered.push_str("AAAA");
    for (place, stored) in [
        (Place::ToolCredentials, tampered.as_str()),
        (Place::ToolCredentials, &ENVELOPE.replace("HgN/", "HgN0")),
        (Place::EnvVarValue, NO_TEXT),
        (Place::EnvVarValue, &SSH_KEY.replace("AQEB", "AQEC")),
    ] {
        let error = vault.open(&place.of("ada"), stored).unwrap_err();
        said.push_str(&format!(" {error} {error:?} {error:#?}"));
    }
    for secret in [
        "s3cret",
        "0001020304",
        "000102",
        "ff0102",
        "[0, 1, 2",
        "255, 1",
        "0x41",
        "65, 65",
        "AQEC",
        "HgN",
    ] {
        assert!(!said.contains(secret), "`{secret}` in {said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_is_sealed_opens_and_fits(secret in "\\PC{0,80}", owner in "[\\PC\0]{0,20}", id in "[a-z0-9-]{1,32}") {
        let vault = Vault::new(key(&id, 7));
        let context = Place::OauthAccessToken.of(&owner);
        let sealed = vault.seal(&context, &secret).unwrap();
        prop_assert!(sealed.as_stored().len() <= sealed_length(secret.len()));
        let opened = vault.open(&context, sealed.as_stored()).unwrap();
        prop_assert_eq!(opened.secret.expose(), secret.as_str());
        prop_assert_eq!(vault.is_sealed(&context, sealed.as_stored()), !secret.is_empty());
    }

    #[test]
    fn no_change_goes_unnoticed(secret in "[a-z]{1,40}", at in any::<proptest::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let vault = vault();
        let context = Place::OauthAccessToken.of("ada");
        let sealed = vault.seal(&context, &secret).unwrap().into_stored();
        let start = "v1:k1:".len();
        let at = start + at.index(sealed.len() - start);
        let changed = format!("{}{to}{}", &sealed[..at], &sealed[at + 1..]);
        prop_assume!(changed != sealed);
        prop_assert!(!vault.is_sealed(&context, &changed));
        prop_assert!(vault.open(&context, &changed).is_err());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,120}", base64 in "[A-Za-z0-9+/]{44,120}") {
        for text in [text, base64] {
            for place in Place::iter() {
                if let Ok(opened) = vault().open(&place.of("ada"), &text) {
                    prop_assert_eq!(opened.secret.expose(), text.as_str());
                }
            }
        }
    }
}
