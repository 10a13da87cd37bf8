//! Where settings are given: the file, the variables, and the files that variables name. What is given and not known
//! is an error, so that a mistyped name does not pass for a default.

use super::read::{Described, Given, PREFIX, Reader};
use config::{Config, File, FileFormat, Value, ValueKind};
use std::path::Path;

/// A plain variable that many platforms set.
const DATABASE_URL: &str = "DATABASE_URL";
/// Read by the command line: the path of the settings file.
const CONFIG: &str = "OMBORD_CONFIG";
/// A settings or secrets file beyond this many bytes is a mistake.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Collects what is given for the known settings, variables over file.
pub(super) fn collect(file: Option<&Path>, env: impl Iterator<Item = (String, String)>, known: &[Described]) -> Reader {
    let mut reader = Reader::default();
    if let Some(path) = file {
        from_file(path, known, &mut reader);
    }
    let mut by_variable: Vec<(String, &'static str, Given)> = Vec::new();
    for (variable, text) in env {
        let Some((setting, in_file)) = setting_of(&variable, known) else {
            if variable.starts_with(PREFIX) && variable != CONFIG && !is_service_link(&variable, &text) {
                reader.refuse(format!("{variable}: there is no such setting"));
            }
            continue;
        };
        let text = match in_file {
            false => text,
            true => match read(Path::new(&text)) {
                Ok(text) => text.trim_end_matches(['\r', '\n']).to_owned(),
                Err(problem) => {
                    reader.refuse(format!("{variable}: {problem}"));
                    continue;
                }
            },
        };
        by_variable.push((variable.clone(), setting, Given { text, origin: variable }));
    }
    for (at, (variable, setting, given)) in by_variable.iter().enumerate() {
        let earlier = by_variable[..at]
            .iter()
            .find(|(other, same, value)| other != variable && same == setting && value.text != given.text);
        if let Some((other, ..)) = earlier {
            reader.refuse(format!("{other} and {variable}: both are given, and differ"));
        }
    }
    for (_, setting, given) in by_variable {
        reader.given.insert(setting.to_owned(), given);
    }
    reader
}

/// The setting that a variable gives, and whether the variable names a file that holds the value.
fn setting_of(variable: &str, known: &[Described]) -> Option<(&'static str, bool)> {
    known.iter().find_map(|setting| {
        let plain = (setting.name == "database.url").then_some(DATABASE_URL);
        [Some(setting.variable.as_str()), plain].into_iter().flatten().find_map(|name| {
            match variable.strip_prefix(name)? {
                "" => Some((setting.name, false)),
                "_FILE" if setting.secret => Some((setting.name, true)),
                _ => None,
            }
        })
    })
}

/// Kubernetes gives every pod variables about each Service of its namespace, and one named `ombord…` would otherwise
/// stop the start: `OMBORD_SERVICE_HOST`, `OMBORD_PORT_50051_TCP_ADDR` and so on. Variables of tests are none either.
fn is_service_link(variable: &str, text: &str) -> bool {
    let port = variable.split_once("_PORT_").is_some_and(|(_, rest)| {
        rest.split_once('_').is_some_and(|(number, rest)| {
            number.bytes().all(|digit| digit.is_ascii_digit()) && (rest.starts_with("TCP") || rest.starts_with("UDP"))
        })
    });
    port || variable.ends_with("_SERVICE_HOST")
        || variable.ends_with("_SERVICE_PORT")
        || variable.contains("_SERVICE_PORT_")
        || (variable.ends_with("_PORT") && (text.starts_with("tcp://") || text.starts_with("udp://")))
        || variable.starts_with("OMBORD_TEST_")
}

fn from_file(path: &Path, known: &[Described], reader: &mut Reader) {
    let shown = path.display();
    let text = match read(path) {
        Ok(text) => text,
        Err(problem) => return reader.refuse(format!("{shown}: {problem}")),
    };
    let parsed = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
    let values = match parsed.map(|config| config.cache) {
        Ok(Value { kind: ValueKind::Table(values), .. }) => values,
        Ok(_) => return,
        // The error's own text repeats the line, which may hold a secret.
        Err(_) => return reader.refuse(format!("{shown}: is not TOML")),
    };
    let mut flat = Vec::new();
    flatten("", ValueKind::Table(values), &mut flat);
    flat.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, text) in flat {
        match (known.iter().any(|setting| setting.name == name), text) {
            (false, _) => reader.refuse(format!("{shown}: {name}: there is no such setting")),
            (true, None) => reader.refuse(format!("{shown}: {name}: must be one value")),
            (true, Some(text)) => {
                let origin = format!("{shown}: {name}");
                reader.given.insert(name, Given { text, origin });
            }
        }
    }
}

/// The values below a table with their dotted names; `None` for one that is no single value.
fn flatten(prefix: &str, value: ValueKind, into: &mut Vec<(String, Option<String>)>) {
    let text = match value {
        ValueKind::Table(values) if !values.is_empty() || prefix.is_empty() => {
            for (name, value) in values {
                let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                flatten(&name, value.kind, into);
            }
            return;
        }
        ValueKind::Boolean(value) => Some(value.to_string()),
        ValueKind::I64(value) => Some(value.to_string()),
        ValueKind::I128(value) => Some(value.to_string()),
        ValueKind::U64(value) => Some(value.to_string()),
        ValueKind::U128(value) => Some(value.to_string()),
        ValueKind::Float(value) => Some(value.to_string()),
        ValueKind::String(value) => Some(value),
        _ => None,
    };
    into.push((prefix.to_owned(), text));
}

fn read(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| format!("cannot be read: {}", error.kind()))?;
    let read = file.take(LARGEST_FILE).read_to_string(&mut text);
    read.map_err(|error| format!("cannot be read: {}", error.kind()))?;
    Ok(text)
}
