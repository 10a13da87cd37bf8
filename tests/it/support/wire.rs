//! Messages as the wire has them, as trees that a test may spoil anywhere. The API's own descriptors tell what stands
//! where, so that a new field or RPC is spoilt without anybody thinking of it.

use prost::Message as _;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};
use std::{collections::BTreeMap, sync::LazyLock};

/// One RPC.
#[derive(Debug, Clone)]
pub struct Method {
    /// `/ombord.v1.Service/Method`.
    pub path: String,
    /// The full name of its request.
    pub input: String,
    /// Whether its request has a `request_id`.
    pub changes: bool,
    /// Whether its answer is a stream.
    pub streams: bool,
}

/// All messages and RPCs of the API.
pub struct Schema {
    messages: BTreeMap<String, DescriptorProto>,
    /// The RPCs.
    pub methods: Vec<Method>,
}

/// The API's own.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let set = FileDescriptorSet::decode(ombord::pb::FILE_DESCRIPTOR_SET).unwrap();
    let (mut messages, mut methods) = (BTreeMap::new(), Vec::new());
    for file in &set.file {
        for message in &file.message_type {
            messages.insert(format!(".{}.{}", file.package(), message.name()), message.clone());
        }
    }
    for file in set.file.iter().filter(|file| file.package() == "ombord.v1") {
        for service in &file.service {
            methods.extend(service.method.iter().map(|method| Method {
                path: format!("/ombord.v1.{}/{}", service.name(), method.name()),
                input: method.input_type().to_owned(),
                streams: method.server_streaming(),
                changes: messages[method.input_type()].field.iter().any(|field| field.name() == "request_id"),
            }));
        }
    }
    Schema { messages, methods }
});

impl Schema {
    /// Whether the answer of an RPC is a stream.
    pub fn streams(&self, path: &str) -> bool {
        self.methods.iter().any(|method| method.streams && method.path == path)
    }

    /// The fields of a message.
    pub fn fields(&self, message: &str) -> &[FieldDescriptorProto] {
        &self.messages[message].field
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number, boolean or enum.
    Number(u64),
    /// Text or bytes.
    Bytes(Vec<u8>),
    /// A message.
    Tree(Tree),
}

/// A message: its full name, and its fields with their numbers, repeated ones several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub message: String,
    pub fields: Vec<(i32, Value)>,
}

/// Whether a field holds text.
pub fn is_text(field: &FieldDescriptorProto) -> bool {
    field.r#type() == Type::String
}

/// Whether a field may be there several times.
pub fn is_repeated(field: &FieldDescriptorProto) -> bool {
    field.label() == Label::Repeated
}

fn varint(bytes: &mut &[u8]) -> u64 {
    prost::encoding::decode_varint(bytes).unwrap()
}

impl Tree {
    /// A message without fields.
    pub fn empty(message: &str) -> Self {
        Self { message: message.to_owned(), fields: Vec::new() }
    }

    /// Reads a valid message.
    pub fn read(message: &str, mut bytes: &[u8]) -> Self {
        let mut tree = Self::empty(message);
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let number = i32::try_from(key >> 3).unwrap();
            let field = SCHEMA.fields(message).iter().find(|field| field.number() == number).unwrap();
            if key & 7 == 0 {
                tree.fields.push((number, Value::Number(varint(&mut bytes))));
                continue;
            }
            assert_eq!(key & 7, 2, "the API has neither fixed numbers nor groups");
            let length = usize::try_from(varint(&mut bytes)).unwrap();
            let (mut inner, rest) = bytes.split_at(length);
            bytes = rest;
            match field.r#type() {
                Type::String | Type::Bytes => tree.fields.push((number, Value::Bytes(inner.to_vec()))),
                Type::Message => tree.fields.push((number, Value::Tree(Self::read(field.type_name(), inner)))),
                _ => {
                    while !inner.is_empty() {
                        tree.fields.push((number, Value::Number(varint(&mut inner))));
                    }
                }
            }
        }
        tree
    }

    /// The message's bytes. Repeated numbers are not packed, which readers must take as well.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, value) in &self.fields {
            let key = u64::try_from(*number).unwrap() << 3;
            match value {
                Value::Number(value) => {
                    prost::encoding::encode_varint(key, &mut bytes);
                    prost::encoding::encode_varint(*value, &mut bytes);
                }
                Value::Bytes(_) | Value::Tree(_) => {
                    let inner = match value {
                        Value::Bytes(inner) => inner.clone(),
                        Value::Tree(tree) => tree.bytes(),
                        Value::Number(_) => unreachable!(),
                    };
                    prost::encoding::encode_varint(key | 2, &mut bytes);
                    prost::encoding::encode_varint(inner.len() as u64, &mut bytes);
                    bytes.extend(inner);
                }
            }
        }
        bytes
    }

    /// Where the messages inside stand, the whole first.
    pub fn places(&self) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new()];
        for (at, (_, value)) in self.fields.iter().enumerate() {
            if let Value::Tree(inner) = value {
                places.extend(inner.places().into_iter().map(|place| [vec![at], place].concat()));
            }
        }
        places
    }

    /// The message at a place.
    pub fn at(&mut self, place: &[usize]) -> &mut Self {
        match place {
            [] => self,
            [first, rest @ ..] => match &mut self.fields[*first].1 {
                Value::Tree(inner) => inner.at(rest),
                _ => panic!("no message stands there"),
            },
        }
    }

    /// Puts a value into a field, in place of what was there.
    pub fn set(&mut self, number: i32, value: Value) {
        match self.fields.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) => *known = value,
            None => self.fields.push((number, value)),
        }
    }
}

#[test]
fn a_tree_says_the_same_as_its_bytes() {
    let message = ombord::pb::ListSendersRequest {
        page_size: -1,
        connection_states: vec![1, 2],
        evaluate_time: Some(prost_types::Timestamp { seconds: 7, nanos: -1 }),
        ..Default::default()
    };
    let tree = Tree::read(".ombord.v1.ListSendersRequest", &message.encode_to_vec());
    assert_eq!(tree.places().len(), 2);
    assert_eq!(ombord::pb::ListSendersRequest::decode(&tree.bytes()[..]).unwrap(), message);
}
