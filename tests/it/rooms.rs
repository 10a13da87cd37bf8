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
    ("lifecycle", &["config"]),
    ("checkpoints", &["domain", "fetch", "service"]),
    ("outbox", &["config", "domain", "service"]),
    ("web", &["domain", "service"]),
    ("grpc", &["domain", "service", "auth", "pb", "wire"]),
    ("proxy", &["client", "config", "domain", "grpc", "lifecycle", "pb", "service"]),
    ("wire", &["domain", "gate", "pb"]),
    ("client", &["domain", "gate", "pb", "wire"]),
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

/// Every path below `crate::` that a file names, in braces too: `crate::{a::{b, c}, d}` names a::b, a::c and d.
fn named(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let end = group.find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                depth == 0
            });
            let (mut depth, mut item, mut items) = (0, String::new(), Vec::new());
            for c in group[..end.unwrap()].chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        items.push(std::mem::take(&mut item));
                        continue;
                    }
                    _ => {}
                }
                item.push(c);
            }
            items.push(item);
            names.extend(
                items.into_iter().map(|item| item.split_whitespace().collect()).filter(|i: &String| !i.is_empty()),
            );
        } else {
            names.insert(rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect());
        }
    }
    names
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
        for name in named(&fs::read_to_string(&file).unwrap()) {
            let own = name.starts_with(&room);
            let allowed = may.iter().any(|allowed| name == *allowed || name.starts_with(&format!("{allowed}::")));
            // A group below an allowed prefix, such as `service::{caller::Caller}` for `service::caller`.
            let grouped = may.iter().any(|allowed| {
                allowed
                    .split_once("::")
                    .is_some_and(|(outer, inner)| name.starts_with(&format!("{outer}::{{{inner}::")))
            });
            if !own && !allowed && !grouped {
                faults.push(format!("{} imports crate::{name}", place.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
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
