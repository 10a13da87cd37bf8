use super::*;
use std::path::PathBuf;

fn load(file: Option<&str>, env: &[(&str, &str)], mode: Mode) -> Result<Settings, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path: Option<PathBuf> = file.map(|text| {
        let path = folder.path().join("ombord.toml");
        std::fs::write(&path, text).unwrap();
        path
    });
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(path.as_deref(), env, mode).map_err(|errors| {
        let folder = format!("{}/", folder.path().display());
        errors.0.into_iter().map(|error| error.replace(&folder, "")).collect()
    })
}

fn errors(file: Option<&str>, env: &[(&str, &str)], mode: Mode) -> Vec<String> {
    load(file, env, mode).expect_err("these settings should be refused")
}

#[test]
fn nothing_given_is_enough_to_try_things_out() {
    let settings = load(None, &[], Mode::Dev).unwrap();
    assert_eq!(settings.database.kind(), DatabaseKind::Sqlite);
    assert_eq!(settings.grpc.listen.to_string(), "127.0.0.1:50051");
    assert_eq!(settings.auth.rules.max_lifetime_seconds, 86_400);
    assert_eq!(settings.gate.poll_interval, Duration::from_millis(200));
    assert!(settings.auth.keys.is_none());
    assert!(load(None, &[], Mode::Command).is_ok(), "every default can be read");
    assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()));
}

#[test]
fn variables_weigh_more_than_the_file_and_later_ones_more_than_earlier() {
    let file = "[grpc]\nlisten = \"0.0.0.0:1\"\nreflection = false\n[limits]\nin_flight_gate = 7\n";
    let env = [("OMBORD_GRPC_LISTEN", "0.0.0.0:2"), ("PATH", "/bin"), ("OMBORD_GRPC_LISTEN", "0.0.0.0:3")];
    let settings = load(Some(file), &env, Mode::Dev).unwrap();
    assert_eq!(settings.grpc.listen.port(), 3);
    assert!(!settings.grpc.reflection);
    assert_eq!(settings.limits.in_flight_gate, 7);
}

#[test]
fn all_errors_are_listed_at_once() {
    let file = "typo = 1\n[grpc]\nlisten = \"here\"\nport = 5\n[log]\nformat = [\"json\"]\n[gate]\n";
    let env = [
        ("OMBORD_GRPC_REFLEXION", "true"),
        ("OMBORD_LIMITS_IN_FLIGHT_GATE", "0"),
        ("OMBORD_GATE_POLL_INTERVAL", "5"),
        ("OMBORD_SHUTDOWN_DRAIN", "1m"),
    ];
    assert_eq!(
        errors(Some(file), &env, Mode::Serve),
        [
            "ombord.toml: gate: there is no such setting",
            "ombord.toml: grpc.port: there is no such setting",
            "ombord.toml: log.format: must be one value",
            "ombord.toml: typo: there is no such setting",
            "OMBORD_GRPC_REFLEXION: there is no such setting",
            "ombord.toml: grpc.listen: must be an address and a port, such as 127.0.0.1:50051 or [::]:50051, is \"here\"",
            "OMBORD_LIMITS_IN_FLIGHT_GATE: is too small, is \"0\"",
            "OMBORD_GATE_POLL_INTERVAL: must be a length of time such as 200ms, 30s or 5m, is \"5\"",
            "auth.jwks_file or auth.jwks_url: one is needed, where the token issuer's public keys are (to try things \
             out, serve --dev has an issuer of its own)",
            "shutdown.deadline: must be longer than shutdown.drain",
        ]
    );
}

#[test]
fn contradictions_are_errors() {
    let keys = [("OMBORD_AUTH_JWKS_FILE", "/k"), ("OMBORD_AUTH_ISSUER", "i"), ("OMBORD_AUTH_AUDIENCE", "a")];
    assert!(load(None, &keys, Mode::Serve).is_ok());
    assert!(load(None, &keys, Mode::Command).is_ok());
    assert_eq!(errors(None, &keys, Mode::Dev).len(), 1);
    let both = [&keys[..], &[("OMBORD_AUTH_JWKS_URL", "https://id.example/k")]].concat();
    assert_eq!(errors(None, &both, Mode::Serve), ["auth.jwks_file and auth.jwks_url: give one of them, not both"]);
    assert_eq!(errors(None, &keys[..1], Mode::Serve).len(), 2, "issuer and audience");
    let url = [("OMBORD_AUTH_JWKS_URL", "http://id.example/k"), keys[1], keys[2]];
    assert!(errors(None, &url, Mode::Serve)[0].starts_with("OMBORD_AUTH_JWKS_URL: must be an https:// address"));
    let claims = [("OMBORD_AUTH_SCOPE_CLAIM", "sub")];
    assert_eq!(errors(None, &claims, Mode::Dev).len(), 1);
    assert_eq!(errors(None, &[("OMBORD_AUTH_SCOPE_CLAIM", "aud")], Mode::Dev).len(), 1);
    assert_eq!(errors(None, &[("OMBORD_GATE_AT_LEAST_REVISION_WAIT", "40s")], Mode::Dev).len(), 1);
    let urls = [("DATABASE_URL", "sqlite://a"), ("OMBORD_DATABASE_URL", "sqlite://b")];
    assert_eq!(errors(None, &urls, Mode::Dev), ["DATABASE_URL and OMBORD_DATABASE_URL: both are given, and differ"]);
    assert!(load(None, &[("DATABASE_URL", "sqlite://a"), ("OMBORD_DATABASE_URL", "sqlite://a")], Mode::Dev).is_ok());
}

#[test]
fn secrets_come_from_files_too_and_never_show() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "postgres://u:s3cret@h/d\n").unwrap();
    let path = path.to_str().unwrap();
    for variable in ["OMBORD_DATABASE_URL_FILE", "DATABASE_URL_FILE"] {
        let settings = load(None, &[(variable, path)], Mode::Dev).unwrap();
        assert_eq!(settings.database.url.expose_secret(), "postgres://u:s3cret@h/d");
        assert_eq!(settings.database.kind(), DatabaseKind::Postgres);
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
    assert_eq!(errors(None, &[("DATABASE_URL_FILE", "/not/there")], Mode::Dev).len(), 1);
    assert_eq!(errors(None, &[("OMBORD_GRPC_LISTEN_FILE", path)], Mode::Dev).len(), 1, "no secret, no file");
    let both = [("DATABASE_URL", "sqlite://a"), ("DATABASE_URL_FILE", path)];
    for refused in [
        errors(None, &[("DATABASE_URL", "mysql://u:s3cret@h/d")], Mode::Dev),
        errors(Some("[database]\nurl = \"mysql://u:s3cret@h/d\""), &[], Mode::Dev),
        errors(Some("[database]\nurl = \"postgres://u:s3cret@h/d"), &[], Mode::Dev),
        errors(Some("[database]\npassword = \"s3cret\""), &[], Mode::Dev),
        errors(None, &[("OMBORD_DATABASE_PASSWORD", "s3cret")], Mode::Dev),
        errors(None, &both, Mode::Dev),
    ] {
        assert_eq!(refused.len(), 1);
        assert!(!refused[0].contains("s3cret"), "{refused:?}");
    }
}

#[test]
fn odd_passwords_stay_as_they_are() {
    for password in ["007", "1e5", "true", "0x10", "a,b", "[x]", "%20", "ö"] {
        let url = format!("postgres://u:{password}@h/d");
        let settings = load(None, &[("DATABASE_URL", &url)], Mode::Dev).unwrap();
        assert_eq!(settings.database.url.expose_secret(), url);
    }
}

#[test]
fn variables_that_kubernetes_sets_are_not_settings() {
    let env = [
        ("OMBORD_SERVICE_HOST", "10.0.0.1"),
        ("OMBORD_SERVICE_PORT", "50051"),
        ("OMBORD_SERVICE_PORT_GRPC", "50051"),
        ("OMBORD_PORT", "tcp://10.0.0.1:50051"),
        ("OMBORD_PORT_50051_TCP", "tcp://10.0.0.1:50051"),
        ("OMBORD_PORT_50051_TCP_ADDR", "10.0.0.1"),
        ("OMBORD_HEADLESS_PORT_50051_TCP_PROTO", "tcp"),
        ("OMBORD_CONFIG", "/etc/ombord.toml"),
    ];
    assert!(load(None, &env, Mode::Dev).is_ok());
    assert_eq!(errors(None, &[("OMBORD_PORT", "50051")], Mode::Dev).len(), 1);
}

#[test]
fn the_description_names_each_setting_once_and_its_variable_sets_it() {
    let described = Settings::describe();
    for setting in &described {
        assert_eq!(described.iter().filter(|other| other.name == setting.name).count(), 1, "{}", setting.name);
        assert!(!setting.meaning.is_empty() && setting.name.contains('.'));
        let origin = format!("{}: ", setting.variable);
        if !setting.default.is_empty() {
            assert!(load(None, &[(&setting.variable, setting.default)], Mode::Dev).is_ok(), "{}", setting.name);
        }
        let refused = errors(None, &[(&setting.variable, " ")], Mode::Command);
        assert!(refused.iter().any(|error| error.starts_with(&origin)), "{}: {refused:?}", setting.name);
    }
}

#[test]
fn a_collector_is_a_host_and_a_port_and_no_more() {
    for endpoint in ["http://127.0.0.1:4317", "https://collector.example:4317/", "http://[::1]:4317"] {
        let settings = load(None, &[("OMBORD_TRACES_ENDPOINT", endpoint)], Mode::Dev).unwrap();
        assert_eq!(settings.traces.endpoint, endpoint.parse().ok());
    }
    let no_address = ["collector:4317", "grpc://c:4317", "http://", "http://c/v1/traces"];
    let no_port = ["http://c", "http://c:", "http://c:0", "http://c:99999", "http://c:abc"];
    let more = ["http://u:qzxwv@c:1", "http://c:1?a=qzxwv", "http://c:1#a"];
    for endpoint in [&no_address[..], &no_port, &more].concat() {
        let errors = errors(None, &[("OMBORD_TRACES_ENDPOINT", endpoint)], Mode::Dev);
        assert!(!errors[0].contains("qzxwv"), "{errors:?}");
        assert!(errors[0].starts_with("OMBORD_TRACES_ENDPOINT: must be http:// or https://"), "{endpoint}: {errors:?}");
    }
    for sample in ["-0.1", "1.01", "NaN", "inf", "all"] {
        assert_eq!(errors(None, &[("OMBORD_TRACES_SAMPLE", sample)], Mode::Dev).len(), 1, "{sample}");
    }
    for (sample, part) in [("0", 0.0), ("1", 1.0), ("0.25", 0.25)] {
        let settings = load(None, &[("OMBORD_TRACES_SAMPLE", sample)], Mode::Dev).unwrap();
        assert!((settings.traces.sample - part).abs() < f64::EPSILON, "{sample}");
    }
}
