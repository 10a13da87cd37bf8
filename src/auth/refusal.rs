//! Why a token is refused.

/// Why a token is refused. The texts are fixed: nothing of the token is in them, so they may be logged and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no token.
    #[error("no bearer token was sent")]
    Missing,
    /// The text is longer than [`LONGEST_TOKEN`](super::verify::LONGEST_TOKEN).
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not three base64url parts of which two are JSON objects without repeated names.
    #[error("the token is not a signed JWT")]
    Malformed,
    /// The header asks for extensions (`crit`, `b64`) or says that it is encrypted, compressed or nested.
    #[error("the token's header asks for extensions that are not supported")]
    Extension,
    /// The header brings or points to a key of its own (`jwk`, `jku`, `x5u`, `x5c`).
    #[error("the token's header brings its own key")]
    BringsKey,
    /// `typ` is present and neither `JWT` nor `at+jwt`: a token made for something else.
    #[error("the token's typ is neither JWT nor at+jwt")]
    Type,
    /// `alg` is none of RS256, PS256, ES256 and EdDSA, or not the one that the key is for.
    #[error("the token's algorithm is not the one of its key")]
    Algorithm,
    /// The header has no `kid`.
    #[error("the token names no key")]
    NoKeyId,
    /// The issuer's key set has no such key.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature does not verify.
    #[error("the token's signature is wrong")]
    Signature,
    /// `iss` is absent, not a string or another.
    #[error("the token's issuer is not the configured one")]
    Issuer,
    /// `aud` is absent, odd or does not name this service.
    #[error("the token's audience is not this service")]
    Audience,
    /// The subject is absent, not a string, empty, too long or has control characters.
    #[error("the token's subject is absent or odd")]
    Subject,
    /// `exp` is absent or not a sane number, or not after `iat`.
    #[error("the token's exp is absent or odd")]
    Expiry,
    /// `iat` is absent or not a sane number, or in the future.
    #[error("the token's iat is absent, odd or in the future")]
    IssuedAt,
    /// `nbf` is not a sane number, or in the future.
    #[error("the token's nbf is odd or in the future")]
    NotBefore,
    /// From `iat` to `exp` is longer than configured.
    #[error("the token's lifetime is longer than allowed")]
    Lifetime,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// The scope claim is neither text nor a list of texts.
    #[error("the token's scope claim is odd")]
    Scope,
    /// The integrator claim is present and not an integrator's slug.
    #[error("the token's integrator claim is odd")]
    Integrator,
    /// The token is genuine and gives no right to anything here.
    #[error("the token has no scope that counts here")]
    NoRight,
}
