//! Connection strings as people and other programs write them.

use super::*;

fn url(text: &str) -> SecretUrl {
    text.parse().unwrap()
}

fn error(text: &str) -> Fault {
    text.parse::<SecretUrl>().unwrap_err()
}

#[test]
fn says_the_same_in_both_forms() {
    let expected = url("postgres://me:se%20cret@db1:5433/orders?sslmode=require");
    assert_eq!(url("host=db1 port=5433 user=me password='se cret' dbname=orders sslmode=require"), expected);
    assert_eq!(url("postgresql:///orders?host=db1&port=5433&user=me&password=se%20cret&sslmode=require"), expected);
    assert_ne!(url("postgres://me:other@db1:5433/orders?sslmode=require"), expected);
    assert!(expected.has_password());
}

#[test]
fn never_shows_the_password() {
    let url = url("postgres://me:hunter2@db1/orders");
    assert_eq!(url.to_string(), "postgres://me@db1:5432/orders");
    assert_eq!(format!("{url:?}"), "\"postgres://me@db1:5432/orders\"");
}

#[test]
fn what_is_shown_is_no_connection_string() {
    for text in [
        "host=u:hunter2@h",
        "host=postgres://u:hunter2@h/db",
        "dbname=postgres://u:hunter2@h/db",
        "host=h dbname='host=h password=hunter2'",
        "user=u:hunter2@h",
        "postgres://h/u:hunter2%40h",
        "postgres://u%3Ahunter2%40h",
        "host='hunter2 x'",
        "host=h?password:hunter2",
    ] {
        let fault = error(text);
        assert!(fault.hint.is_some() && !format!("{fault:?}").contains("hunter2"), "{text}: {fault:?}");
    }
    let environment = HashMap::from([("PGHOST".to_owned(), "u:hunter2@h".to_owned())]);
    assert_eq!(url("dbname=x").complete(&environment).unwrap_err().0, "PGHOST");
    assert!(is_host("fe80::1%eth0") && is_host("db-1.example_x") && is_host("größe"));
}

#[test]
fn knows_its_address() {
    for (text, address) in [
        ("postgres://db1", "db1:5432"),
        ("postgres://u@[::1]:6000/db", "[::1]:6000"),
        ("postgres://u@/db?host=/run/postgresql", "/run/postgresql:5432"),
        ("postgres://%2Frun%2Fpostgresql/db", "/run/postgresql:5432"),
        ("user=u", "localhost:5432"),
    ] {
        assert_eq!(url(text).address(), address);
    }
}

#[test]
fn variables_fill_in_what_is_left_out() {
    let environment = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<HashMap<_, _>>();
    let mut given = url("postgres://db1/orders");
    given.complete(&environment(&[("PGHOST", "db2"), ("PGPORT", "5433"), ("PGUSER", "me"), ("PGSSLMODE", "")])).unwrap();
    assert_eq!(given, url("postgres://me@db1:5433/orders"));
    let (variable, fault) = given.complete(&environment(&[("PGSSLMODE", "verfy-full")])).unwrap_err();
    assert_eq!((variable, fault.message.as_str()), ("PGSSLMODE", "unsupported `sslmode`"));
}

#[test]
fn what_restricts_a_login_is_obeyed_or_refused_wherever_it_is_set() {
    for text in ["postgres://h/db?channel_binding=require", "host=h channel_binding=require"] {
        let fault = error(text);
        assert!(fault.message.contains("channel_binding=require") && fault.hint.is_some(), "{fault:?}");
    }
    assert_eq!(error("host=h channel_binding=perhaps").message, "`channel_binding` must be disable, prefer or require");
    assert_eq!(error("host=h require_auth=scram").message, "`require_auth` names a method that does not exist");
    for (variable, value) in [("PGCHANNELBINDING", "require"), ("PGREQUIREAUTH", "gss")] {
        let environment = HashMap::from([(variable.to_owned(), value.to_owned())]);
        let (named, _) = url("postgres://h/db").complete(&environment).unwrap_err();
        assert_eq!(named, variable);
    }
    let environment = HashMap::from([("PGREQUIREAUTH".to_owned(), "!md5".to_owned())]);
    let mut given = url("postgres://h/db?channel_binding=prefer");
    given.complete(&environment).unwrap();
    assert_eq!(Ok(given.require_auth()), RequireAuth::parse("!md5"));
    let shown = given.for_driver();
    assert!(!shown.contains("require_auth"), "{shown}");
}

#[test]
fn refuses_what_the_driver_would_misread() {
    assert_eq!(error("postgres://h/db?sslmode=require&sslmod=require").message, "parameter 2 after the `?` is unknown");
    assert_eq!(error("host=h pwd='x'").message, "parameter 2 is unknown");
    assert_eq!(error("postgres://h/db?sslmode=allow").message, "unsupported `sslmode`");
    assert_eq!(error("postgres://h:0/db").message, "the port is not a number from 1 to 65535");
    for text in ["postgres://u@a:5432,b:5432/db", "postgres://a,b/db", "host=a,b", "postgres:///db?host=a,b"] {
        assert_eq!(error(text).message, "several hosts in one connection string", "{text}");
    }
    assert_eq!(url("postgres://h/db?application_name=other"), url("postgres://h/db"));
    assert_eq!(url("postgres://h?connect_timeout=3").connect_timeout(), Some(Duration::from_secs(3)));
    assert_eq!(url("postgres://h?connect_timeout=0").connect_timeout(), None);
}

#[test]
fn what_changes_nothing_is_taken() {
    for parameter in [
        "channel_binding=prefer",
        "target_session_attrs=any",
        "gssencmode=disable",
        "keepalives=1",
        "keepalives_idle=30",
        "tcp_user_timeout=5000",
        "sslsni=0",
        "load_balance_hosts=random",
        "ssl_min_protocol_version=TLSv1.2",
        "sslnegotiation=postgres",
        "client_encoding=auto",
        "target_session_attrs=",
    ] {
        assert_eq!(url(&format!("postgres://h/db?{parameter}")).for_driver(), url("postgres://h/db").for_driver(), "{parameter}");
    }
}

#[test]
fn what_restricts_and_cannot_be_obeyed_is_refused_by_name() {
    for (parameter, value) in [
        ("target_session_attrs", "read-write"),
        ("gssencmode", "require"),
        ("ssl_min_protocol_version", "TLSv1.3"),
        ("sslnegotiation", "direct"),
        ("sslcrl", "/x"),
        ("requirepeer", "postgres"),
        ("sslpassword", "x"),
    ] {
        let fault = error(&format!("host=h {parameter}={value}"));
        assert!(fault.message.contains(parameter) && fault.hint.is_some(), "{fault:?}");
        let variable = VARIABLES.into_iter().find(|(_, known)| *known == parameter);
        if let Some((variable, _)) = variable {
            let environment = HashMap::from([(variable.to_owned(), value.to_owned())]);
            assert_eq!(url("host=h").complete(&environment).unwrap_err().0, variable);
        }
    }
    assert_eq!(error("host=h hostaddr=db1").message, "`hostaddr` is not an IP address");
}

#[test]
fn a_service_fills_in_what_the_string_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("services").display().to_string();
    std::fs::write(&file, "[orders]\nhost=db1\nport=5433\nuser=me\npassword=hunter2\n[odd]\nhunter2=x\n").unwrap();
    let environment = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<HashMap<_, _>>();
    let mut given = url("postgres://h/db?port=1&service=orders");
    given.complete(&environment(&[("PGSERVICEFILE", &file), ("PGUSER", "other")])).unwrap();
    assert_eq!((given.to_string().as_str(), given.has_password()), ("postgres://me@h:1/db", true));
    let mut given = SecretUrl::default();
    given.complete(&environment(&[("PGSERVICEFILE", &file), ("PGSERVICE", "orders")])).unwrap();
    assert_eq!(given.address(), "db1:5433");
    let (variable, fault) = SecretUrl::default().complete(&environment(&[("PGSERVICEFILE", &file), ("PGSERVICE", "odd")])).unwrap_err();
    assert!(variable == "PGSERVICE" && !format!("{fault:?}").contains("hunter2"), "{fault:?}");
    assert_eq!(SecretUrl::default().complete(&environment(&[("PGSERVICE", "x"), ("PGSERVICEFILE", &file)])).unwrap_err().0, "PGSERVICE");
}

#[test]
fn authorities_of_everybody_need_the_name_of_the_host() {
    for text in ["postgres://h/db?sslmode=require&sslrootcert=system", "postgres://h/db?sslmode=verify-ca"] {
        assert!(url(text).check_tls().unwrap_err().hint.is_some(), "{text}");
    }
    assert_eq!(
        url("postgres://h/db?sslrootcert=system").encryption(),
        crate::wire::route::Encryption::Required(crate::wire::route::Check::Host)
    );
    // Over a socket there is no TLS, and `prefer` goes on without.
    for text in ["postgres:///db?host=/run/pg&sslmode=verify-full&sslrootcert=/nowhere", "postgres://h/db?sslcert=/nowhere&sslkey=/nowhere"]
    {
        assert_eq!(url(text).check_tls(), Ok(()), "{text}");
    }
    assert!(url("postgres://h/db?sslmode=verify-full&sslrootcert=/nowhere").check_tls().unwrap_err().message.contains("/nowhere"));
}

#[test]
fn what_the_string_says_counts_more_than_the_environment() {
    let environment = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<HashMap<_, _>>();
    let mut given = url("postgres://h/db?target_session_attrs=any");
    given.complete(&environment(&[("PGTARGETSESSIONATTRS", "read-write"), ("PGHOSTADDR", "10.0.0.1")])).unwrap();
    assert_eq!(given.hostaddr(), None, "it would lead every host to one server");
    let mut given = SecretUrl::default();
    given.complete(&environment(&[("PGHOST", "db1"), ("PGHOSTADDR", "10.0.0.1")])).unwrap();
    assert_eq!((given.address().as_str(), given.hostaddr()), ("db1:5432", "10.0.0.1".parse().ok()));
}
