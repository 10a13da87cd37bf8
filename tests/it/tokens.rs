//! Only genuine tokens pass: the attacks published on JWS and JWT libraries, and attacks by odd claims, each refused
//! for the reason that it is wrong. Every attack is one change away from a token that is accepted.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::sign,
    jwk::{Jwk, PublicKeyUse},
};
use ombord::{
    auth::{
        Refusal,
        claims::{ClaimNames, TokenRules},
        issuer::{Grant, Issuer},
        keys::KeySet,
        verify::verify,
    },
    domain::{ids::IntegratorId, time::Timestamp},
    service::caller::{Caller, CallerKind, Scopes},
};
use serde_json::{Value, json};
use std::sync::LazyLock;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_parts(NOW, 0).unwrap()
}

/// One signing key of each accepted algorithm, and their public halves as JWK.
struct Signer {
    algorithm: Algorithm,
    key_id: &'static str,
    key: EncodingKey,
    jwk: Value,
}

static SIGNERS: LazyLock<Vec<Signer>> = LazyLock::new(|| {
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        rsa::{KeyPair, KeySize},
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
    };
    let rsa = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let rsa = AsDer::<Pkcs8V1Der<'_>>::as_der(&rsa).unwrap().as_ref().to_vec();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap().as_ref().to_vec();
    let ed = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let ed = AsDer::<Pkcs8V1Der<'_>>::as_der(&ed).unwrap().as_ref().to_vec();
    let pem = |der: &[u8]| {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    };
    let rsa = EncodingKey::from_rsa_pem(pem(&rsa).as_bytes()).unwrap();
    [
        (Algorithm::RS256, "rs", rsa.clone()),
        (Algorithm::PS256, "ps", rsa),
        (Algorithm::ES256, "es", EncodingKey::from_ec_der(&ec)),
        (Algorithm::EdDSA, "ed", EncodingKey::from_ed_der(&ed)),
    ]
    .map(|(algorithm, key_id, key)| {
        let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        jwk.common.key_id = Some(key_id.into());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Signer { algorithm, key_id, key, jwk: serde_json::to_value(jwk).unwrap() }
    })
    .into()
});

fn signer(key_id: &str) -> &'static Signer {
    SIGNERS.iter().find(|signer| signer.key_id == key_id).unwrap()
}

fn set_of(members: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": members }).to_string().as_bytes()).unwrap().0
}

static KEYS: LazyLock<KeySet> = LazyLock::new(|| set_of(&SIGNERS.iter().map(|s| s.jwk.clone()).collect::<Vec<_>>()));

fn rules() -> TokenRules {
    TokenRules {
        issuer: "https://id.example".into(),
        audience: "ombord".into(),
        names: ClaimNames::default(),
        max_lifetime_seconds: 24 * 3600,
        leeway_seconds: 30,
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "aud": "ombord", "sub": "anna", "iat": NOW - 10, "exp": NOW + 600,
        "scope": "senders:read gate:check openid", "integrator_id": "lonebyran",
    })
}

fn header(signer: &Signer) -> Value {
    json!({ "alg": format!("{:?}", signer.algorithm), "kid": signer.key_id, "typ": "JWT" })
}

/// An object with one member set, or taken away by `null`.
fn with(mut object: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => _ = object.as_object_mut().unwrap().remove(name),
        value => object[name] = value,
    }
    object
}

/// A token of any header and any payload, signed by a key in the given way.
fn compact(header: &str, payload: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let signed = format!("{}.{}", B64.encode(header), B64.encode(payload));
    let signature = sign(signed.as_bytes(), key, algorithm).unwrap();
    format!("{signed}.{signature}")
}

fn token(signer: &Signer, header: &Value, claims: &Value) -> String {
    compact(&header.to_string(), &claims.to_string(), &signer.key, signer.algorithm)
}

fn judge(token: &str) -> Result<Caller, Refusal> {
    verify(token, &KEYS, &rules(), now())
}

fn with_header(name: &str, value: Value) -> Result<Caller, Refusal> {
    let ed = signer("ed");
    judge(&token(ed, &with(header(ed), name, value), &claims()))
}

fn with_claim(name: &str, value: Value) -> Result<Caller, Refusal> {
    let ed = signer("ed");
    judge(&token(ed, &header(ed), &with(claims(), name, value)))
}

#[test]
fn a_genuine_token_of_each_algorithm_passes() {
    for signer in SIGNERS.iter() {
        let caller = judge(&token(signer, &header(signer), &claims())).unwrap();
        assert_eq!(caller.kind(), &CallerKind::Integrator(IntegratorId::parse("lonebyran").unwrap()));
        assert_eq!(caller.scopes(), Scopes::SENDERS_READ.or(Scopes::GATE_CHECK));
        assert_eq!(caller.subject(), "anna");
    }
    for typ in [Value::Null, json!("JWT"), json!("jwt"), json!("at+jwt"), json!("application/at+jwt")] {
        assert!(with_header("typ", typ.clone()).is_ok(), "{typ}");
    }
    assert!(with_header("x5t", json!("dGh1bWI")).is_ok(), "a thumbprint is a hint, not a key");
    assert!(with_claim("aud", json!(["other", "ombord"])).is_ok());
    assert!(with_claim("scope", json!(["gate:check", "x"])).is_ok());
    assert!(with_claim("exp", json!(600.5 + NOW as f64)).is_ok(), "RFC 7519 allows fractions");
}

#[test]
fn a_token_changed_after_signing_is_refused() {
    for signer in SIGNERS.iter() {
        let genuine = token(signer, &header(signer), &claims());
        let [head, payload, signature] = genuine.split('.').collect::<Vec<_>>().try_into().unwrap();
        let name = signer.key_id;
        let refused = |text: &str, why: Refusal| assert_eq!(judge(text).err(), Some(why), "{name}: {text}");
        let operator = B64.encode(with(claims(), "integrator_id", json!("other")).to_string());
        refused(&format!("{head}.{operator}.{signature}"), Refusal::Signature);
        let typ = B64.encode(with(header(signer), "typ", json!("at+jwt")).to_string());
        refused(&format!("{typ}.{payload}.{signature}"), Refusal::Signature);
        for bit in [0, 7, 100, 255] {
            let mut bytes = B64.decode(signature).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            refused(&format!("{head}.{payload}.{}", B64.encode(bytes)), Refusal::Signature);
        }
        let bytes = B64.decode(signature).unwrap();
        refused(&format!("{head}.{payload}."), Refusal::Signature); // CVE-2020-28042
        refused(&format!("{head}.{payload}.{}", B64.encode(vec![0; bytes.len()])), Refusal::Signature); // CVE-2022-21449
        refused(&format!("{head}.{payload}.{}", B64.encode(&bytes[1..])), Refusal::Signature);
        refused(&format!("{head}.{payload}.{}", B64.encode([&bytes[..], &[0]].concat())), Refusal::Signature);
        refused(&format!("{head}.{payload}.{signature}="), Refusal::Signature);
        refused(&format!("{head}.{payload}"), Refusal::Malformed);
        refused(&format!("{head}..{signature}"), Refusal::Signature);
        refused(&format!(".{payload}.{signature}"), Refusal::Malformed);
        refused(&format!("{genuine}."), Refusal::Malformed);
        refused(&format!("{genuine}.x"), Refusal::Malformed);
        refused(&format!("{head}.{payload}.x.{signature}"), Refusal::Malformed);
        let json = json!({ "protected": head, "payload": payload, "signature": signature });
        refused(&json.to_string(), Refusal::Malformed);
    }
}

#[test]
fn a_signature_of_one_kind_never_counts_as_another() {
    let none = format!("{}.{}.", B64.encode(r#"{"alg":"none","kid":"ed"}"#), B64.encode(claims().to_string()));
    assert_eq!(judge(&none), Err(Refusal::Algorithm));
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "RS512", "ES384", "Ed25519", "eddsa", "RS256 "] {
        assert_eq!(with_header("alg", json!(alg)), Err(Refusal::Algorithm), "{alg}");
    }
    for odd in [Value::Null, json!(7), json!(["EdDSA"]), json!({})] {
        assert_eq!(with_header("alg", odd.clone()), Err(Refusal::Algorithm), "{odd}");
    }
    // CVE-2015-9235: the public key, in every form an attacker may have it, as the secret of an HMAC.
    for signer in SIGNERS.iter() {
        for secret in ["x", "n"].iter().filter_map(|part| signer.jwk[part].as_str()) {
            for bytes in [secret.as_bytes().to_vec(), B64.decode(secret).unwrap(), signer.jwk.to_string().into_bytes()]
            {
                let head = json!({ "alg": "HS256", "kid": signer.key_id }).to_string();
                let hmac = EncodingKey::from_secret(&bytes);
                let forged = compact(&head, &claims().to_string(), &hmac, Algorithm::HS256);
                assert_eq!(judge(&forged), Err(Refusal::Algorithm));
                let mixed = compact(&header(signer).to_string(), &claims().to_string(), &hmac, Algorithm::HS256);
                assert_eq!(judge(&mixed), Err(Refusal::Signature));
            }
        }
    }
    // Each key under each other key's name, with the one algorithm or the other in the header.
    for signed_by in SIGNERS.iter() {
        for named in SIGNERS.iter().filter(|named| named.key_id != signed_by.key_id) {
            let own = with(header(signed_by), "kid", json!(named.key_id));
            assert_eq!(judge(&token(signed_by, &own, &claims())), Err(Refusal::Algorithm));
            assert_eq!(judge(&token(signed_by, &header(named), &claims())), Err(Refusal::Signature));
        }
    }
}

#[test]
fn a_header_brings_neither_key_nor_extension() {
    let ed = signer("ed");
    for (name, value) in [
        ("jwk", ed.jwk.clone()), // CVE-2018-0114, here even with the right key
        ("jku", json!("https://id.example/keys")),
        ("x5u", json!("https://id.example/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        assert_eq!(with_header(name, value), Err(Refusal::BringsKey), "{name}");
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("cty", json!("JWT")),
    ] {
        assert_eq!(with_header(name, value), Err(Refusal::Extension), "{name}");
    }
    for typ in ["acceptance-receipt+jwt", "dpop+jwt", "logout+jwt", "JOSE", "", "JWT "] {
        assert_eq!(with_header("typ", json!(typ)), Err(Refusal::Type), "{typ}");
    }
    for typ in [json!(1), json!(["JWT"]), json!({})] {
        assert_eq!(with_header("typ", typ.clone()), Err(Refusal::Type), "{typ}");
    }
    for kid in [Value::Null, json!(""), json!(1), json!(["ed"]), json!("e".repeat(257))] {
        assert_eq!(with_header("kid", kid.clone()), Err(Refusal::NoKeyId), "{kid}");
    }
    for kid in ["ED", "ed ", "../ed", "' OR 1=1 --", "/dev/null"] {
        assert_eq!(with_header("kid", json!(kid)), Err(Refusal::UnknownKey), "{kid}");
    }
    // The unencoded payload of RFC 7797, and a name twice, which two readers could read in two ways.
    let twice = r#"{"alg":"none","alg":"EdDSA","kid":"ed"}"#;
    assert_eq!(judge(&compact(twice, &claims().to_string(), &ed.key, ed.algorithm)), Err(Refusal::Malformed));
    let twice = claims().to_string().replacen('{', r#"{"scope":"operator","#, 1);
    assert_eq!(judge(&compact(&header(ed).to_string(), &twice, &ed.key, ed.algorithm)), Err(Refusal::Malformed));
    for payload in ["", "[]", "null", "\"x\"", "{", "{} {}"] {
        let odd = compact(&header(ed).to_string(), payload, &ed.key, ed.algorithm);
        assert_eq!(judge(&odd), Err(Refusal::Malformed), "{payload}");
    }
}

#[test]
fn claims_are_there_and_of_one_shape() {
    use Refusal::{Audience, Expired, Expiry, Integrator, IssuedAt, Issuer, Lifetime, NotBefore, Scope, Subject};
    let n = Value::Null;
    let cases = [
        ("iss", n.clone(), Issuer),
        ("iss", json!(["https://id.example"]), Issuer),
        ("iss", json!("https://id.example/"), Issuer),
        ("iss", json!("https://evil.example"), Issuer),
        ("iss", json!(5), Issuer),
        ("aud", n.clone(), Audience),
        ("aud", json!(7), Audience),
        ("aud", json!("other"), Audience),
        ("aud", json!("ombord other"), Audience),
        ("aud", json!([]), Audience),
        ("aud", json!(["other"]), Audience),
        ("aud", json!(["ombord", 7]), Audience),
        ("aud", json!({ "ombord": true }), Audience),
        ("sub", n.clone(), Subject),
        ("sub", json!(""), Subject),
        ("sub", json!("  "), Subject),
        ("sub", json!(7), Subject),
        ("sub", json!(["anna"]), Subject),
        ("sub", json!("a\nb"), Subject),
        ("sub", json!("a\0"), Subject),
        ("sub", json!("a".repeat(256)), Subject),
        ("exp", n.clone(), Expiry),
        ("exp", json!("9999999999"), Expiry),
        ("exp", json!(u64::MAX), Expiry),
        ("exp", json!(i64::MAX), Expiry),
        ("exp", json!(1e300), Expiry),
        ("exp", json!(-1), Expiry),
        ("exp", json!(true), Expiry),
        ("exp", json!([NOW + 600]), Expiry),
        ("exp", json!(NOW - 10), Expiry),
        ("exp", json!(0), Expiry),
        ("iat", n.clone(), IssuedAt),
        ("iat", json!("1"), IssuedAt),
        ("iat", json!(-1), IssuedAt),
        ("iat", json!(NOW + 31), IssuedAt),
        ("iat", json!(i64::MIN), IssuedAt),
        ("nbf", json!("1"), NotBefore),
        ("nbf", json!(u64::MAX), NotBefore),
        ("nbf", json!(NOW + 31), NotBefore),
        ("exp", json!(NOW - 10 + 24 * 3600 + 1), Lifetime),
        ("iat", json!(0), Lifetime),
        ("scope", json!(7), Scope),
        ("scope", json!([7]), Scope),
        ("scope", json!({ "operator": true }), Scope),
        ("integrator_id", json!(""), Integrator),
        ("integrator_id", json!(7), Integrator),
        ("integrator_id", json!(["lonebyran"]), Integrator),
        ("integrator_id", json!("Lonebyran"), Integrator),
        ("integrator_id", json!("lonebyran "), Integrator),
    ];
    for (name, value, why) in cases {
        assert_eq!(with_claim(name, value.clone()), Err(why), "{name} = {value}");
    }
    // JSON's null is not absence: an integrator's token must not become an operator's by it.
    let null = claims().to_string().replace(r#""lonebyran""#, "null");
    let ed = signer("ed");
    assert_eq!(judge(&compact(&header(ed).to_string(), &null, &ed.key, ed.algorithm)), Err(Integrator));
    // Times at their edges.
    let lived = with(with(claims(), "iat", json!(NOW - 500)), "exp", json!(NOW - 29));
    assert!(judge(&token(ed, &header(ed), &lived)).is_ok(), "within the leeway");
    let dead = with(lived, "exp", json!(NOW - 30));
    assert_eq!(judge(&token(ed, &header(ed), &dead)), Err(Expired));
    assert!(with_claim("iat", json!(NOW + 30)).is_ok());
    assert!(with_claim("nbf", json!(NOW + 30)).is_ok());
    assert!(with_claim("exp", json!(NOW - 10 + 24 * 3600)).is_ok());
}

#[test]
fn a_token_gives_only_what_it_says() {
    assert_eq!(with_claim("scope", Value::Null), Err(Refusal::NoRight));
    assert_eq!(with_claim("scope", json!("openid profile")), Err(Refusal::NoRight));
    assert_eq!(with_claim("scope", json!("operator audit:read")), Err(Refusal::NoRight), "an integrator's token");
    assert_eq!(with_claim("scope", json!("OPERATOR")), Err(Refusal::NoRight));
    assert_eq!(with_claim("scope", json!("senders:readx")), Err(Refusal::NoRight));
    let ed = signer("ed");
    let general = with(claims(), "integrator_id", Value::Null);
    let kind = |scope: &str| {
        let caller = judge(&token(ed, &header(ed), &with(general.clone(), "scope", json!(scope))));
        caller.map(|caller| caller.kind().clone())
    };
    assert_eq!(kind("operator gate:check"), Ok(CallerKind::Operator));
    assert_eq!(kind("gate:check senders:read"), Ok(CallerKind::Gateway));
    assert_eq!(kind("audit:read"), Ok(CallerKind::Auditor));
    assert_eq!(kind("senders:read senders:write acceptances:write"), Err(Refusal::NoRight));
    let names = ClaimNames { subject: "oid".into(), scope: "roles".into(), integrator: "org".into() };
    let foreign = json!({
        "iss": "https://id.example", "aud": "ombord", "sub": "x", "oid": "7", "iat": NOW, "exp": NOW + 60,
        "roles": ["senders:write"], "org": "lonebyran", "scope": "operator", "integrator_id": "other",
    });
    let caller = verify(&token(ed, &header(ed), &foreign), &KEYS, &TokenRules { names, ..rules() }, now()).unwrap();
    assert_eq!((caller.subject(), caller.scopes()), ("7", Scopes::SENDERS_WRITE));
    assert_eq!(caller.integrator().unwrap().as_str(), "lonebyran");
}

#[test]
fn a_huge_token_is_refused_unread() {
    let ed = signer("ed");
    let padded = |extra: usize| token(ed, &header(ed), &with(claims(), "pad", json!("x".repeat(extra))));
    let base = padded(0).len();
    assert!(judge(&padded((8192 - base) / 4 * 3)).is_ok());
    assert_eq!(judge(&padded(8192)), Err(Refusal::TooLong));
    assert_eq!(judge(&"x".repeat(8193)), Err(Refusal::TooLong));
    assert_eq!(judge(&"[".repeat(8192)), Err(Refusal::Malformed));
    let deep = B64.encode("[".repeat(6000));
    assert_eq!(judge(&format!("{deep}.x.x")), Err(Refusal::Malformed));
    for odd in ["", ".", "..", "...", "é.é.é", "\0.\0.\0", "a.b.c", " ", "Bearer x.y.z"] {
        assert_eq!(judge(odd), Err(Refusal::Malformed), "{odd:?}");
    }
}

#[test]
fn odd_keys_are_passed_over_and_take_no_other_away() {
    let (ed, rs) = (signer("ed"), signer("rs"));
    let odd = |name: &str, value: Value| with(with(ed.jwk.clone(), "kid", json!("odd")), name, value);
    let rsa = |name: &str, value: Value| with(with(rs.jwk.clone(), "kid", json!("odd")), name, value);
    let members = [
        json!({ "kty": "oct", "kid": "odd", "k": "c2VjcmV0", "alg": "HS256" }),
        json!({ "kty": "oct", "kid": "odd", "k": "c2VjcmV0" }),
        json!({ "kty": "AKP", "kid": "odd", "alg": "ML-DSA-44", "pub": "AA" }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "odd", "x": "AAAA" }),
        odd("use", json!("enc")),
        odd("use", json!("tls")),
        odd("key_ops", json!(["sign"])),
        odd("key_ops", json!([])),
        odd("key_ops", json!(["encrypt", "wrapKey"])),
        odd("kid", Value::Null),
        odd("kid", json!("")),
        odd("kid", json!(7)),
        odd("alg", json!("ES256")),
        odd("alg", json!("HS256")),
        odd("alg", json!("XX")),
        odd("alg", json!(7)),
        odd("d", json!("AAAA")),
        odd("x", json!("AAAA")),
        odd("x", json!("not base64!")),
        odd("crv", json!("P-256")),
        rsa("alg", json!("RS512")),
        rsa("alg", json!("RSA-OAEP")),
        rsa("alg", json!("EdDSA")),
        rsa("n", json!(B64.encode([0xff; 128]))),
        rsa("n", json!(B64.encode([&[0; 200][..], &[0xff; 128]].concat()))),
        rsa("n", json!("")),
        json!(7),
        json!(null),
        json!([]),
        json!({}),
    ];
    for member in &members {
        let set = json!({ "keys": [member, ed.jwk] }).to_string();
        let (keys, skipped) = KeySet::parse(set.as_bytes()).unwrap();
        assert_eq!((keys.len(), skipped.len(), keys.contains("odd")), (1, 1, false), "{member}");
        assert!(verify(&token(ed, &header(ed), &claims()), &keys, &rules(), now()).is_ok(), "{member}");
    }
    assert!(set_of(&[odd("key_ops", json!(["verify"]))]).contains("odd"));
    assert!(set_of(&[odd("alg", Value::Null)]).contains("odd"), "an Ed25519 key is for EdDSA");
    assert!(set_of(&[with(odd("use", Value::Null), "extra", json!({}))]).contains("odd"));
    // An RSA key that does not say is for RS256, and for it alone.
    let silent = set_of(&[with(rs.jwk.clone(), "alg", Value::Null)]);
    assert!(verify(&token(rs, &header(rs), &claims()), &silent, &rules(), now()).is_ok());
    let pss = with(header(signer("ps")), "kid", json!("rs"));
    assert_eq!(verify(&token(signer("ps"), &pss, &claims()), &silent, &rules(), now()), Err(Refusal::Algorithm));
    // The first of two keys of one name counts.
    let twice = set_of(&[ed.jwk.clone(), with(signer("es").jwk.clone(), "kid", json!("ed"))]);
    assert!(verify(&token(ed, &header(ed), &claims()), &twice, &rules(), now()).is_ok());
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":"x"}"#, "{\"keys\":[", &" ".repeat(300_000)] {
        assert!(KeySet::parse(text.as_bytes()).is_err());
    }
    assert!(KeySet::parse(br#"{"keys":[]}"#).unwrap().0.is_empty());
}

#[test]
fn published_examples_of_what_is_not_used_here_are_refused() {
    // RFC 7515, A.5 (unsecured) and A.1 (HMAC); RFC 7797 (unencoded payload); RFC 7516, A.1 (encrypted, cut short).
    for (example, why) in [
        (
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
            Refusal::Algorithm,
        ),
        (
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            Refusal::Algorithm,
        ),
        (
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
            Refusal::Extension,
        ),
        (
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ",
            Refusal::Malformed,
        ),
    ] {
        assert_eq!(judge(example), Err(why), "{example}");
    }
}

#[test]
fn the_development_issuers_tokens_pass_under_its_own_rules() {
    let issuer = Issuer::from_seed([1; 32]).unwrap();
    let keys = KeySet::parse(issuer.public_keys().as_bytes()).unwrap().0;
    let integrator = IntegratorId::parse("lonebyran").unwrap();
    let names = ClaimNames { subject: "oid".into(), scope: "scp".into(), integrator: "org".into() };
    let rules = TokenRules { names, ..rules() };
    let mut grant =
        Grant { subject: "dev".into(), integrator: Some(integrator), scopes: Scopes::ALL, lifetime_seconds: 60 };
    let caller = verify(&issuer.mint(&grant, &rules, now()).unwrap(), &keys, &rules, now()).unwrap();
    assert_eq!(caller.integrator().unwrap().as_str(), "lonebyran");
    grant.integrator = None;
    let token = issuer.mint(&grant, &rules, now()).unwrap();
    assert!(verify(&token, &keys, &rules, now()).unwrap().is_operator());
    assert_eq!(verify(&token, &keys, &rules, now().plus_seconds(60 + 30)), Err(Refusal::Expired));
    let other = Issuer::from_seed([2; 32]).unwrap();
    assert_eq!(verify(&other.mint(&grant, &rules, now()).unwrap(), &keys, &rules, now()), Err(Refusal::UnknownKey));
}
