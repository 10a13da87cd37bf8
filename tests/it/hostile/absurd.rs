//! What a caller may put on the wire instead of what it should: bytes that are no message, messages that are no request,
//! frames that are no frame. All of it follows from one number.

use crate::support::{
    chance::Chance,
    every_rpc::Known,
    frames::frame,
    wire::{Method, SCHEMA, Tree, Value, is_repeated, is_text},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header::{HeaderName, HeaderValue};
use ombord::domain::ids::Digest;
use prost_types::{FieldDescriptorProto, field_descriptor_proto::Type};

/// One spoilt call.
pub struct Spoilt {
    /// In what way.
    pub how: &'static str,
    /// Everything behind the headers.
    pub body: Vec<u8>,
    /// Headers beside those of a good call, or in place of them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

fn spoilt(how: &'static str, body: Vec<u8>) -> Spoilt {
    Spoilt { how, body, headers: Vec::new() }
}

/// Spoils a valid request.
pub fn spoil(chance: &mut Chance, method: &Method, known: &Known, valid: &[u8]) -> Spoilt {
    match chance.below(100) {
        0..10 => {
            let length = *chance.of(&[0, 1, 3, 17, 64, 300, 2000]);
            spoilt("random bytes", frame(&chance.bytes(length)))
        }
        10..20 => spoilt("cut off", frame(&valid[..chance.below(valid.len())])),
        20..50 => spoilt("mutated", frame(&mutated(chance, valid))),
        50..88 => {
            let mut tree = Tree::read(&method.input, valid);
            for _ in 0..=chance.below(2) {
                make_absurd(chance, &mut tree, known);
            }
            spoilt("absurd", frame(&tree.bytes()))
        }
        88..92 => match known.cursors.get(&method.path) {
            Some(cursor) => spoilt("forged page token", frame(&forged(chance, method, valid, cursor))),
            None => spoilt("mutated", frame(&mutated(chance, valid))),
        },
        92..98 => framed(chance, valid),
        _ => with_headers(chance, valid),
    }
}

/// A few bytes flipped, put in, taken out, or written over another part.
fn mutated(chance: &mut Chance, valid: &[u8]) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len());
        match chance.below(5) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << chance.below(8),
            1 if !bytes.is_empty() => bytes[at] = chance.next().to_le_bytes()[0],
            2 => bytes.insert(at, chance.next().to_le_bytes()[0]),
            3 if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => {
                let (from, length) = (chance.below(bytes.len()), chance.below(12));
                let copied: Vec<u8> = bytes.iter().skip(from).take(length).copied().collect();
                bytes.splice(at..at, copied);
            }
        }
    }
    bytes
}

/// Puts something absurd into any field of any message in the tree, there before or not.
fn make_absurd(chance: &mut Chance, tree: &mut Tree, known: &Known) {
    let places = tree.places();
    let message = tree.at(&places[chance.below(places.len())]);
    let fields = SCHEMA.fields(&message.message);
    if fields.is_empty() {
        return;
    }
    let field = chance.of(fields);
    let value = value(chance, field, known, 0);
    if !is_repeated(field) {
        return message.set(field.number(), value);
    }
    // Now and then more of them than anybody takes; else a few, with what was there or without it.
    let times = if chance.once_in(40) { 10_000 } else { chance.below(4) };
    let value = if times == 10_000 { small(field) } else { value };
    if chance.once_in(2) {
        message.fields.retain(|(number, _)| *number != field.number());
    }
    message.fields.extend((0..times).map(|_| (field.number(), value.clone())));
}

fn small(field: &FieldDescriptorProto) -> Value {
    match field.r#type() {
        Type::String | Type::Bytes => Value::Bytes(b"5560160680".to_vec()),
        Type::Message => Value::Tree(Tree::empty(field.type_name())),
        _ => Value::Number(1),
    }
}

fn value(chance: &mut Chance, field: &FieldDescriptorProto, known: &Known, depth: usize) -> Value {
    match field.r#type() {
        Type::Message => {
            let mut inner = Tree::empty(field.type_name());
            for field in SCHEMA.fields(field.type_name()) {
                if depth < 3 && !chance.once_in(3) {
                    let value = value(chance, field, known, depth + 1);
                    inner.fields.push((field.number(), value));
                }
            }
            Value::Tree(inner)
        }
        Type::String if field.name() == "page_token" && chance.once_in(2) => {
            Value::Bytes(chance.of(&known.page_tokens).clone().into_bytes())
        }
        Type::Bytes if chance.once_in(2) => Value::Bytes(chance.bytes(100)),
        Type::String | Type::Bytes => Value::Bytes(text(chance, is_text(field))),
        _ => Value::Number(number(chance)),
    }
}

/// Numbers at and beyond every edge that a time, a duration, an enum, a size or a revision has.
fn number(chance: &mut Chance) -> u64 {
    const EDGES: &[i64] = &[
        0,
        1,
        -1,
        2,
        3,
        5,
        99,
        999_999_999,
        1_000_000_000,
        -999_999_999,
        i32::MAX as i64,
        i32::MIN as i64,
        i32::MAX as i64 + 1,
        u32::MAX as i64,
        u32::MAX as i64 + 1,
        1 << 53,
        (1 << 53) + 1,
        4_102_444_800,
        253_402_300_799,
        253_402_300_800,
        -62_135_596_800,
        315_360_000,
        315_360_001,
        315_576_000_001,
        1_527_206_400,
        9_223_372_036_854,
        9_223_372_036_855,
        -9_223_372_036_855,
        i64::MAX,
        i64::MAX - 1,
        i64::MIN,
        i64::MIN + 1,
    ];
    if chance.once_in(8) { chance.next() } else { chance.of(EDGES).cast_unsigned() }
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "a\nb",
    "\u{7f}",
    "\u{85}",
    "\u{202e}evil",
    "a\u{2066}b\u{2069}",
    "a\u{200b}b",
    "\u{feff}bom",
    "e\u{301}",
    "\u{ad}soft",
    "\u{1f468}\u{200d}\u{1f469}",
    "\u{e0041}",
    "\u{10ffff}",
    "\u{fdd0}",
    "ﷺ",
    "Ⅷ",
    "İ",
    "ß",
    "山田　太郎",
    "1b4e28ba2fa141d2883f0016d3cca427",
    "{1b4e28ba-2fa1-41d2-883f-0016d3cca427}",
    "1B4E28BA-2FA1-41D2-883F-0016D3CCA427",
    "urn:uuid:1b4e28ba-2fa1-41d2-883f-0016d3cca427",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "1b4e28ba-2fa1-41d2-883f-0016d3cca42g",
    "1b4e28ba-2fa1-41d2-883f-0016d3cca42７",
    "191212121212",
    "19121212-1212",
    "121212-1212",
    "5560160681",
    "٥٥٦٠١٦٠٦٨٠",
    "SE556016068001",
    "00000000000000000000000000",
    "-",
    "--------------------",
    "SE",
    "se 01",
    "165560160680",
    "first",
    "second",
    "nobody",
    "terms",
    "dpa",
    "1",
    "later",
    "sv",
    "en",
    "fi",
    "SV",
    "xx",
    "anna@",
    "@example.se",
    "a@b@c.se",
    "\"a b\"@example.se",
    "a@xn--bcher-kva.example",
    "a@[::1]",
    "a@localhost",
    "r1",
    "r0",
    "r-1",
    "r18446744073709551616",
    "rNaN",
    "'; DROP TABLE head; --",
    "%s%n%p",
    "../../../etc/passwd",
    "${jndi:x}",
    "<script>",
    "{\"a\":1}",
    "SENDER_REGISTERED",
    "NO_SUCH_EVENT",
    "eyJmaWx0ZXIiOiIiLCJhZnRlciI6MX0",
    "====",
    "AAAA",
    "K-1",
    "K-2",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
];

fn text(chance: &mut Chance, is_text: bool) -> Vec<u8> {
    match chance.below(20) {
        0 => "å".repeat(*chance.of(&[63, 100, 101, 127, 200, 201, 254, 1000, 1001])).into_bytes(),
        1 => "a"
            .repeat(*chance.of(&[2, 40, 41, 63, 64, 100, 101, 200, 201, 254, 255, 1000, 1001, 5000, 40_000]))
            .into_bytes(),
        2 => format!("{}@{}.example", "a".repeat(chance.below(70)), "b".repeat(chance.below(70))).into_bytes(),
        3 => "9".repeat(chance.below(400)).into_bytes(),
        // No text at all: not UTF-8.
        4 if is_text => vec![b'a', 0xff, 0xfe, 0xc0, 0x80],
        5 => (0..chance.below(30))
            .filter_map(|_| char::from_u32((chance.next() % 0x11_0000) as u32))
            .collect::<String>()
            .into_bytes(),
        _ => chance.of(TEXTS).as_bytes().to_vec(),
    }
}

/// A page token whose digest is right and whose cursor is not: the digest is no secret.
fn forged(chance: &mut Chance, method: &Method, valid: &[u8], cursor: &serde_json::Value) -> Vec<u8> {
    let mut tree = Tree::read(&method.input, valid);
    // What is left is written as every encoder writes it.
    tree.fields.retain(|(_, value)| matches!(value, Value::Bytes(_)));
    if method.path.ends_with("ListEntries") {
        tree.fields.clear();
    }
    let mut cursor = cursor.clone();
    bend(chance, &mut cursor);
    let token = serde_json::json!({ "filter": Digest::of(&tree.bytes()).to_string(), "after": cursor });
    let field = SCHEMA.fields(&method.input).iter().find(|field| field.name() == "page_token").unwrap();
    tree.set(field.number(), Value::Bytes(URL_SAFE_NO_PAD.encode(token.to_string()).into_bytes()));
    tree.bytes()
}

/// Puts something absurd in place of some of what a cursor says.
fn bend(chance: &mut Chance, value: &mut serde_json::Value) {
    let keep = chance.once_in(3);
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| bend(chance, item)),
        serde_json::Value::Object(members) => members.values_mut().for_each(|member| bend(chance, member)),
        _ if keep => {}
        serde_json::Value::Number(_) => {
            *value = match chance.below(5) {
                0 => u64::MAX.into(),
                1 => (1u64 << 63).into(),
                2 => (-1).into(),
                3 => 1.5.into(),
                _ => chance.next().into(),
            };
        }
        _ => *value = String::from_utf8_lossy(&text(chance, false)).into_owned().into(),
    }
}

/// A valid message in a frame that is none.
fn framed(chance: &mut Chance, valid: &[u8]) -> Spoilt {
    let header = |flag: u8, length: usize| [&[flag][..], &u32::try_from(length).unwrap().to_be_bytes()].concat();
    let encoding =
        |text: &'static str| vec![(HeaderName::from_static("grpc-encoding"), HeaderValue::from_static(text))];
    match chance.below(11) {
        0 => spoilt("a compressed message without an encoding", [header(1, valid.len()), valid.to_vec()].concat()),
        1 => {
            let flag = 2 + u8::try_from(chance.below(254)).unwrap();
            spoilt("an unknown flag", [header(flag, valid.len()), valid.to_vec()].concat())
        }
        2 => {
            let body = [header(1, valid.len()), valid.to_vec()].concat();
            Spoilt { headers: encoding("gzip"), ..spoilt("an encoding that is not offered", body) }
        }
        3 => Spoilt { headers: encoding("no such"), ..spoilt("an unknown encoding", frame(valid)) },
        4 => spoilt(
            "fewer bytes than announced",
            [header(0, valid.len() + 1 + chance.below(100)), valid.to_vec()].concat(),
        ),
        5 => spoilt("more bytes than announced", [header(0, chance.below(valid.len())), valid.to_vec()].concat()),
        6 => spoilt("no message", Vec::new()),
        7 => spoilt("half a header", header(0, valid.len())[..1 + chance.below(4)].to_vec()),
        8 => spoilt("two messages", [frame(valid), frame(&mutated(chance, valid))].concat()),
        9 => spoilt("4 GiB announced", [header(0, u32::MAX as usize), valid.to_vec()].concat()),
        _ => {
            let length = if chance.once_in(10) { 5 << 20 } else { 70 << 10 };
            // A field that nobody knows, so that the message is good but for its size.
            let mut message = valid.to_vec();
            prost::encoding::encode_key(500, prost::encoding::WireType::LengthDelimited, &mut message);
            prost::encoding::encode_varint(length as u64, &mut message);
            message.resize(message.len() + length, b'x');
            spoilt("oversize", frame(&message))
        }
    }
}

fn with_headers(chance: &mut Chance, valid: &[u8]) -> Spoilt {
    const LONG: &str = concat!(
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    );
    let cases: &[(&'static str, &'static str)] = &[
        ("grpc-timeout", "99999999999H"),
        ("grpc-timeout", "-1S"),
        ("grpc-timeout", "1"),
        ("grpc-timeout", "99999999H"),
        ("content-type", "text/plain"),
        ("content-type", "application/grpc+json"),
        ("te", "gzip"),
        ("x-request-id", "\u{e5}"),
        ("x-request-id", LONG),
        ("grpc-accept-encoding", "zstd, no such"),
        ("traceparent", "00-zz-zz-zz"),
    ];
    let (name, value) = *chance.of(cases);
    let headers = vec![(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())];
    Spoilt { headers, ..spoilt("headers", frame(valid)) }
}
