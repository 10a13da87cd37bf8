//! The rooms of the house and who may enter which: the table of the README, held against every `crate::` path.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A room and the rooms it may import. `app` and `cli` may import everything and are imported by nobody else.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("gate", &["domain", "store"]),
    ("service", &["domain", "store", "gate"]),
    ("fetch", &[]),
    ("auth", &["domain", "fetch", "service::caller"]),
    ("config", &["auth", "domain", "fetch"]),
    ("telemetry", &["config", "domain"]),
    ("admin", &[]),
    ("lifecycle", &["config"]),
    ("checkpoints", &["domain", "fetch", "service"]),
    ("outbox", &["config", "domain", "service"]),
    ("web", &["domain", "service"]),
    ("grpc", &["domain", "service", "auth", "pb", "wire"]),
    ("proxy", &["client", "config", "domain", "grpc", "lifecycle", "pb", "service"]),
    ("wire", &["domain", "gate", "pb"]),
    ("client", &["domain", "gate", "pb", "wire"]),
    ("bench", &["app", "auth", "client", "domain", "gate", "lifecycle", "pb", "service", "store", "wire"]),
    ("pb", &[]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// What nobody names but the composition root: the databases themselves are no traits.
const CLOSED: &[&str] = &["store::sqlite", "store::postgres"];

/// A file without its comments.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Every path in a tree of imports that begins here: `a::{b, c::d}` names a::b and a::c::d.
fn expand(prefix: &str, text: &str, names: &mut BTreeSet<String>) {
    let head: String = text.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
    let Some(group) = text[head.len()..].strip_prefix('{') else {
        names.insert(format!("{prefix}{head}"));
        return;
    };
    let (mut depth, mut item) = (0, String::new());
    for c in group.chars().filter(|c| !c.is_whitespace()) {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => expand(&format!("{prefix}{head}"), &std::mem::take(&mut item), names),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                item.push(c);
            }
        }
    }
    expand(&format!("{prefix}{head}"), &item, names);
}

/// Every path from the crate's root that a file names: below `crate::`, or by as many `super::` as lead up there. `depth` is
/// how many modules deep the file is.
fn named(text: &str, depth: usize) -> BTreeSet<String> {
    let code = code(text);
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        expand("", &code[at + found.len()..], &mut names);
    }
    // A module of tests within the file is one deeper.
    let inner = code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    for (at, found) in code.match_indices("super::") {
        let mut rest = &code[at + found.len()..];
        let mut up = 1;
        while let Some(further) = rest.strip_prefix("super::") {
            (rest, up) = (further, up + 1);
        }
        if !code[..at].ends_with("super::") && up == depth + usize::from(at > inner) {
            expand("", rest, &mut names);
        }
    }
    names.remove("");
    names
}

fn within(name: &str, path: &str) -> bool {
    name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn every_room_imports_only_what_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut faults = Vec::new();
    for file in files {
        let place = file.strip_prefix(&root).unwrap().to_owned();
        let room = place.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if ["app", "cli", "main", "lib"].contains(&room.as_str()) {
            continue;
        }
        let (_, may) =
            ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} is not in the table"));
        let depth = place.iter().count() - usize::from(place.ends_with("mod.rs"));
        for name in named(&fs::read_to_string(&file).unwrap(), depth) {
            let own = within(&name, &room);
            let allowed = may.iter().any(|allowed| within(&name, allowed));
            let closed = CLOSED.iter().any(|closed| within(&name, closed));
            if !own && (!allowed || closed) {
                faults.push(format!("{} imports crate::{name}", place.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_way_to_name_another_room_is_seen() {
    let text = "use crate::{domain::{ids::{A, B}, time::T}, store::Reader};\n// crate::not::this\nuse super::super::web::{Page, page};\nuse super::near;\nlet x = crate::gate::Gate::new();\n#[cfg(test)]\nmod tests {\n    use super::super::auth;\n    use super::super::super::mail;\n}\n";
    let seen: Vec<String> = named(text, 2).into_iter().collect();
    let expected = [
        "domain::ids::A",
        "domain::ids::B",
        "domain::time::T",
        "gate::Gate::new",
        "mail",
        "store::Reader",
        "web::Page",
        "web::page",
    ];
    assert_eq!(seen, expected);
    assert!(within("gate::Gate", "gate") && !within("gateway::Gate", "gate"));
}

#[test]
fn the_domain_knows_no_world() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for word in ["async fn", "tokio", "sqlx", "tonic::", "std::fs", "std::net", "std::env", "SystemTime", "rand::"]
        {
            assert!(!text.contains(word), "{} knows {word}", file.display());
        }
    }
}

#[test]
fn no_file_is_long_and_the_median_is_short() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut files);
    let mut lengths: Vec<(usize, PathBuf)> =
        files.into_iter().map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file)).collect();
    lengths.sort();
    let (median, (longest, file)) = (lengths[lengths.len() / 2].0, lengths.last().unwrap());
    assert!(*longest <= 500, "{} has {longest} lines", file.display());
    assert!(median <= 150, "the median file has {median} lines");
}
