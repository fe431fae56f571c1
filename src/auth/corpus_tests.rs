//! Forged, damaged and foreign tokens (T-11), and each claim in each wrong form (T-12).

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::test_keys::{
    EC_JWK, ED_JWK, NOW, NOW_SECONDS, OPERATOR_JWK, RSA_JWK, SECRET, Token, b64, ed_public, policy,
};
use super::{Bearer, KeySet, TokenFault, Verifier};
use crate::settings::Secret;

const ALLOWED: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

fn key_set(keys: &[&str]) -> KeySet {
    KeySet::from_jwks(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes(), &ALLOWED).expect("usable")
}

fn verifier() -> Verifier {
    Verifier::new(policy(), key_set(&[&ED_JWK, &EC_JWK, &RSA_JWK]), key_set(&[&OPERATOR_JWK])).expect("separate")
}

fn verifier_with_secret() -> Verifier {
    let users = key_set(&[&ED_JWK]).with_secret(&Secret::new(SECRET)).expect("free name");
    Verifier::new(policy(), users, key_set(&[&OPERATOR_JWK])).expect("separate")
}

fn fault(token: &str) -> TokenFault {
    verifier().verify(token, NOW).expect_err(token)
}

#[test]
fn genuine_tokens_of_every_algorithm_are_accepted() {
    let verifier = verifier();
    for token in [Token::user().sign(), Token::user().sign_ec(), Token::user().sign_rsa()] {
        let claims = verifier.verify(&token, NOW).expect("genuine");
        let Bearer::User { account, user } = claims.bearer else { panic!("a user") };
        assert_eq!((account.as_str(), user.as_str()), ("acme", "ada"));
        assert_eq!(claims.expires.as_micros(), (NOW_SECONDS + 3_600) * 1_000_000);
    }
    let claims = verifier.verify(&Token::operator().sign_operator(), NOW).expect("genuine");
    assert_eq!(claims.bearer, Bearer::Operator { name: "ops@example.org".to_owned() });
}

#[test]
fn hs256_is_accepted_only_where_a_secret_is_configured() {
    let token = Token::user().header("alg", "HS256").header("kid", "hs256").sign_hs(SECRET.as_bytes());
    assert_eq!(fault(&token), TokenFault::KeyUnknown);
    assert!(verifier_with_secret().verify(&token, NOW).is_ok());
    let mut unnamed = Token::user().header("alg", "HS256");
    unnamed.header.as_object_mut().expect("an object").remove("kid");
    let token = unnamed.sign_hs(SECRET.as_bytes());
    assert_eq!(fault(&token), TokenFault::KeyMissing);
    assert!(verifier_with_secret().verify(&token, NOW).is_ok());
    let operator = Token::operator().header("alg", "HS256").header("kid", "hs256").sign_hs(SECRET.as_bytes());
    assert_eq!(verifier_with_secret().verify(&operator, NOW), Err(TokenFault::WrongKind));
}

/// Every forged, damaged or foreign token with the reason that the log gives.
fn corpus() -> Vec<(&'static str, String, TokenFault)> {
    let mut all = signatures();
    all.extend(key_names());
    all.extend(shapes());
    all.extend(kinds_and_times());
    all
}

/// `none`, confusion of algorithms, other keys, damaged signatures.
fn signatures() -> Vec<(&'static str, String, TokenFault)> {
    use TokenFault::{AlgorithmRefused, Malformed, SignatureWrong};
    let user = Token::user;
    let alg = |name: &str| user().header("alg", name);
    let empty = |token: Token| format!("{}.", token.message());
    let genuine = user().sign();
    let (message, signature) = genuine.rsplit_once('.').expect("three parts");
    let other_claims = user().claim("sub", "eve").message();
    let public_text = ED_JWK.clone();
    vec![
        ("alg none, no signature", empty(alg("none")), Malformed),
        ("alg None", alg("None").sign(), AlgorithmRefused),
        ("alg NONE", alg("NONE").signed(|_| vec![0]), AlgorithmRefused),
        ("alg nOnE with a genuine signature", alg("nOnE").sign(), AlgorithmRefused),
        ("alg empty", alg("").sign(), AlgorithmRefused),
        ("alg NUL", alg("\0").sign(), AlgorithmRefused),
        ("HS256 over the public key's bytes", alg("HS256").sign_hs(&ed_public()), AlgorithmRefused),
        ("HS256 over the key set's text", alg("HS256").sign_hs(public_text.as_bytes()), AlgorithmRefused),
        (
            "HS256 named after the RSA key",
            alg("HS256").header("kid", "rsa").sign_hs(RSA_JWK.as_bytes()),
            AlgorithmRefused,
        ),
        ("RS256 over an Ed25519 key", alg("RS256").sign(), AlgorithmRefused),
        ("PS256 over the RSA key", alg("PS256").header("kid", "rsa").sign(), AlgorithmRefused),
        ("ES384 over the P-256 key", alg("ES384").header("kid", "ec").sign(), AlgorithmRefused),
        ("eddsa in small letters", alg("eddsa").sign(), AlgorithmRefused),
        ("signed by another Ed25519 key", user().sign_operator(), SignatureWrong),
        ("signature of zeros", user().signed(|_| vec![0; 64]), SignatureWrong),
        ("ECDSA signature of zeros", alg("ES256").header("kid", "ec").signed(|_| vec![0; 64]), SignatureWrong),
        ("signature cut short", genuine[..genuine.len() - 2].to_owned(), SignatureWrong),
        ("signature of another token", format!("{other_claims}.{signature}"), SignatureWrong),
        ("no signature", format!("{message}."), Malformed),
        ("padded signature", format!("{genuine}=="), Malformed),
        ("signature in the other base64", format!("{message}.+/{}", &signature[2..]), Malformed),
    ]
}

/// `kid` as path, query or address, and keys that the token brings along.
fn key_names() -> Vec<(&'static str, String, TokenFault)> {
    use TokenFault::{KeyMissing, KeyUnknown, Malformed, SignatureWrong};
    let kid = |name: Value| Token::user().header("kid", name).sign_operator();
    let own_key: Value = serde_json::from_str(&OPERATOR_JWK).expect("JSON");
    vec![
        ("kid is a path", kid(json!("../../../../dev/null")), KeyUnknown),
        ("kid is SQL", kid(json!("ed' UNION SELECT 'secret' --")), KeyUnknown),
        ("kid is an address", kid(json!("https://evil.example/keys.json")), KeyUnknown),
        ("kid of 65 bytes", kid(json!("k".repeat(65))), KeyUnknown),
        ("kid is empty", kid(json!("")), KeyUnknown),
        ("kid is a number", kid(json!(1)), Malformed),
        ("kid is a list", kid(json!(["ed"])), Malformed),
        ("kid is null", kid(Value::Null), KeyMissing),
        (
            "jku to the attacker's keys",
            Token::user().header("jku", "https://evil.example/k").sign_operator(),
            SignatureWrong,
        ),
        (
            "x5u to the attacker's keys",
            Token::user().header("x5u", "https://evil.example/c").sign_operator(),
            SignatureWrong,
        ),
        ("jwk is the attacker's key", Token::user().header("jwk", own_key).sign_operator(), SignatureWrong),
        ("x5c is the attacker's chain", Token::user().header("x5c", json!(["MIIB"])).sign_operator(), SignatureWrong),
    ]
}

/// Texts that are no token, and headers that must not be ignored.
fn shapes() -> Vec<(&'static str, String, TokenFault)> {
    use TokenFault::{KeyUnknown, Malformed, TooLong};
    let genuine = Token::user().sign();
    let parts: Vec<&str> = genuine.split('.').collect();
    let twice = b64(br#"{"alg":"none","alg":"EdDSA","kid":"ed"}"#);
    vec![
        ("empty", String::new(), Malformed),
        ("only dots", "..".to_owned(), Malformed),
        ("two parts", format!("{}.{}", parts[0], parts[1]), Malformed),
        ("four parts", format!("{genuine}.{}", parts[2]), Malformed),
        ("five parts, encrypted", format!("{genuine}.{}.{}", parts[1], parts[2]), Malformed),
        ("space before it", format!(" {genuine}"), Malformed),
        ("line break after it", format!("{genuine}\n"), Malformed),
        ("header is a list", format!("{}.{}.{}", b64(b"[]"), parts[1], parts[2]), Malformed),
        ("header is not UTF-8", format!("{}.{}.{}", b64(&[0xff; 8]), parts[1], parts[2]), Malformed),
        ("header says alg twice", format!("{twice}.{}.{}", parts[1], parts[2]), Malformed),
        ("header without alg", format!("{}.{}.{}", b64(br#"{"kid":"ed"}"#), parts[1], parts[2]), Malformed),
        ("crit asks for an extension", Token::user().header("crit", json!(["exp"])).sign(), Malformed),
        ("another kind of token", Token::user().header("typ", "logout+jwt").sign(), Malformed),
        ("over 4 KiB", Token::user().claim("note", "x".repeat(4_096)).sign(), TooLong),
        ("kid with the case changed", Token::user().header("kid", "ED").sign(), KeyUnknown),
    ]
}

/// Genuine signatures on tokens that are not for here and now.
fn kinds_and_times() -> Vec<(&'static str, String, TokenFault)> {
    use TokenFault::{AudienceWrong, ClaimInvalid, Expired, IssuerWrong, NotYetValid, TooOld, WrongKind};
    let times =
        |iat: i64, exp: i64| Token::user().claim("iat", NOW_SECONDS + iat).claim("exp", NOW_SECONDS + exp).sign();
    vec![
        ("user's key signs for an operator", Token::operator().header("kid", "ed").sign(), WrongKind),
        ("operator's key signs for a user", Token::user().header("kid", "operator").sign_operator(), WrongKind),
        ("operator of an account", Token::operator().claim("account", "acme").sign_operator(), ClaimInvalid("account")),
        ("operator is a text", Token::user().claim("operator", "true").sign(), ClaimInvalid("operator")),
        ("another issuer", Token::user().claim("iss", "https://evil.example").sign(), IssuerWrong),
        ("another audience", Token::user().claim("aud", "billing").sign(), AudienceWrong),
        ("only other audiences", Token::user().claim("aud", json!(["billing", "mail"])).sign(), AudienceWrong),
        ("expired beyond the leeway", times(-3_600, -60), Expired),
        ("issued in the future", times(61, 3_600), NotYetValid),
        ("not valid yet", Token::user().claim("nbf", NOW_SECONDS + 61).sign(), NotYetValid),
        ("lives longer than a day", times(0, 86_401), TooOld),
        ("issued days ago", times(-200_000, 3_600), TooOld),
        ("ends in years, without iat", Token::user().without("iat").claim("exp", NOW_SECONDS * 2).sign(), TooOld),
    ]
}

#[test]
fn forged_damaged_and_foreign_tokens_are_refused_with_one_text() {
    let corpus = corpus();
    assert!(corpus.len() >= 40, "only {}", corpus.len());
    for (what, token, expected) in corpus {
        let fault = verifier().verify(&token, NOW).expect_err(what);
        assert_eq!(fault, expected, "{what}");
        assert_eq!(fault.to_string(), "the bearer token is not valid", "{what}");
        assert!(verifier_with_secret().verify(&token, NOW).is_err(), "{what}, with a secret configured");
    }
}

#[test]
fn each_claim_is_refused_when_missing_null_or_of_another_type() {
    for name in ["exp", "aud", "iss", "sub", "account"] {
        assert_eq!(fault(&Token::user().without(name).sign()), TokenFault::ClaimMissing(leaked(name)), "no {name}");
        let null = fault(&Token::user().claim(name, Value::Null).sign());
        assert_eq!(null, TokenFault::ClaimMissing(leaked(name)), "{name} null");
    }
    for name in ["exp", "nbf", "iat"] {
        for value in [
            json!("9999999999"),
            json!(1.5e9),
            json!(-1),
            json!([NOW_SECONDS]),
            json!({}),
            json!(true),
            json!(u64::MAX),
        ] {
            let fault = fault(&Token::user().claim(name, value.clone()).sign());
            assert_eq!(fault, TokenFault::ClaimInvalid(leaked(name)), "{name} = {value}");
        }
    }
    for name in ["iss", "sub", "account"] {
        for value in [json!(5), json!(1.5), json!(-1), json!(["acme"]), json!({"id": "acme"}), json!(true)] {
            let fault = fault(&Token::user().claim(name, value.clone()).sign());
            assert_eq!(fault, TokenFault::ClaimInvalid(leaked(name)), "{name} = {value}");
        }
    }
    for value in
        [json!(5), json!(-1.5), json!([]), json!([5]), json!(["helpdesk", 5]), json!({}), json!(vec!["helpdesk"; 17])]
    {
        let fault = fault(&Token::user().claim("aud", value.clone()).sign());
        assert_eq!(fault, TokenFault::ClaimInvalid("aud"), "aud = {value}");
    }
}

#[test]
fn ids_in_claims_must_be_ids() {
    for name in ["sub", "account"] {
        for text in ["", " ", "Ada", "ada ", "a_b", "-ada", "ada\0", "a/../b", &"a".repeat(64), "ädä"] {
            let fault = fault(&Token::user().claim(name, text).sign());
            assert_eq!(fault, TokenFault::ClaimInvalid(leaked(name)), "{name} = {text:?}");
        }
    }
    for name in ["", "  ", "ops\nadmin", &"o".repeat(256)] {
        let token = Token::operator().claim("sub", name).sign_operator();
        assert_eq!(fault(&token), TokenFault::ClaimInvalid("sub"), "{name:?}");
    }
}

#[test]
fn times_are_forgiven_by_the_leeway_and_no_more() {
    let verify = |token: Token| verifier().verify(&token.sign(), NOW);
    assert!(verify(Token::user().claim("exp", NOW_SECONDS - 59)).is_ok());
    assert_eq!(verify(Token::user().claim("exp", NOW_SECONDS - 60)), Err(TokenFault::Expired));
    assert!(verify(Token::user().claim("nbf", NOW_SECONDS + 60)).is_ok());
    assert!(verify(Token::user().claim("iat", NOW_SECONDS + 60)).is_ok());
    assert!(verify(Token::user().claim("exp", NOW_SECONDS + 86_400)).is_ok());
    assert!(verify(Token::user().without("iat").claim("exp", NOW_SECONDS + 86_460)).is_ok());
    assert_eq!(verify(Token::user().without("iat").claim("exp", NOW_SECONDS + 86_461)), Err(TokenFault::TooOld));
}

#[test]
fn a_list_of_audiences_and_an_access_token_type_are_accepted() {
    assert!(verifier().verify(&Token::user().claim("aud", json!(["mail", "helpdesk"])).sign(), NOW).is_ok());
    assert!(verifier().verify(&Token::user().header("typ", "at+JWT").sign(), NOW).is_ok());
    let mut untyped = Token::user();
    untyped.header.as_object_mut().expect("an object").remove("typ");
    assert!(verifier().verify(&untyped.sign(), NOW).is_ok());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_verifier_panic(text in "[A-Za-z0-9_.=-]{0,300}") {
        proptest::prop_assert!(verifier().verify(&text, NOW).is_err());
    }

    #[test]
    fn a_token_with_any_letter_changed_is_refused(position in 0_usize..200, letter in "[A-Za-z0-9_-]") {
        let genuine = Token::user().sign();
        let position = position % genuine.len();
        let mut changed = genuine.clone();
        changed.replace_range(position..=position, &letter);
        proptest::prop_assume!(changed != genuine);
        proptest::prop_assert!(verifier().verify(&changed, NOW).is_err());
    }
}

/// Faults name claims by constants.
fn leaked(name: &str) -> &'static str {
    ["exp", "nbf", "iat", "aud", "iss", "sub", "account"].into_iter().find(|known| *known == name).expect("a claim")
}
