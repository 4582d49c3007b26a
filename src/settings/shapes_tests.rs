//! What errors say of a password depends on its shape alone.

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::Settings;

/// Files in which a password stands where it should and where it should not.
const LEAKY: [&str; 24] = [
    "servers: [{ name: a, url: \"postgres://u:SECRET@h:x/db\" }]",
    "servers: [{ name: a, url: postgres://u:SECRET@h/db, nme: b }]",
    "servers:\n  - name: a\n    url: postgres://u:SECRET@h:x/db\n",
    "servers:\n  - name: a\n    urll: postgres://u:SECRET@h/db\n",
    "servers:\n  - name: a\n    url: u:SECRET@h/db\n",
    "servers:\n  - name: a\n    url: u:SECRET=@h/db\n",
    "servers:\n  - name: a\n    url: SECRET\n",
    "servers:\n  - name: a\n    url: \"'postgres://u:SECRET@h/db?sslmode=disable'\"\n",
    "servers:\n  - name: a\n    url: host=h password=SECRET user\n",
    "servers:\n  - name: a\n    url: host=h user=u pwd='SECRET'\n",
    "servers:\n  - name: a\n    url: host=u:SECRET@h\n",
    "servers:\n  - name: a\n    url: dbname=postgres://u:SECRET@h/db\n",
    "servers:\n  - name: a\n    url: postgres://h/db?user=u&password=SECRET&x=y\n",
    "servers:\n  - name: a\n    url: postgres://h/db?user=u&pasword=SECRET\n",
    "servers:\n  - name: a\n    password: SECRET\n",
    "servers:\n  - name: a\n    pasword: 'SECRET'\n    url: postgres://u@h:x/db\n",
    "servers:\n  - { name: a, secret: SECRET, url: postgres://u@h:x/db }\n",
    "servers:\n  - name: a\n    url: postgres://u@h/db\n    password_file: SECRET\n",
    "servers:\n  - name: a # postgres://u:SECRET@h/db\n    url: [postgres://u@h/db, 'u:SECRET@h']\n",
    "servers: postgres://u:SECRET@h/db\n",
    "servers:\n  - postgres://u:SECRET@h/db\n",
    "postgres://u:SECRET@h/db\n",
    "servers: [\n  - url: postgres://u:SECRET@h/db\n",
    "servers:\n  - name: u:SECRET@h\n    url: postgres://h:x/\n",
];

/// Another text of the same shape: letters and digits are others of their kind, everything else is the same. So are those behind a `\\` or a `%`, which
/// may be an escape or none.
fn of_the_same_shape(text: &str, by: u8) -> String {
    let turned = |c: char, first: u8, count: u8| char::from(first + (c as u8 - first + by) % count);
    let other = |c: char| match c {
        'a'..='z' => turned(c, b'a', 26),
        'A'..='Z' => turned(c, b'A', 26),
        '0'..='9' => turned(c, b'0', 10),
        'ä' => 'ö',
        '🐘' => '🐙',
        _ => c,
    };
    let mut is_escape = false;
    let mut next = |c: char| {
        is_escape = "\\%".contains(c) || is_escape && c.is_ascii_alphanumeric();
        if is_escape { c } else { other(c) }
    };
    text.chars().map(&mut next).collect()
}

/// Everything that the errors of a file or an environment say.
fn said(text: &str, pairs: &[(&str, &str)]) -> String {
    let environment: HashMap<String, String> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("pgvigil.yml");
    fs::write(&path, text).unwrap();
    let found = Settings::load(Some(&path), &environment).err().unwrap_or_default();
    let shown = format!("{found:?}{}", found.iter().map(ToString::to_string).collect::<String>());
    shown.replace(&directory.path().display().to_string(), "")
}

proptest! {
    /// Whatever stands in the password, and whatever it does to the file around it, what the errors say depends on its shape alone.
    #[test]
    fn any_password_is_shown_by_no_error(
        password in "[!-~ä🐘]{8,16}|[a-z0-9 ]{4,8}[!-/][a-z0-9]{4,8}|[a-z]{4,6}(, |: |=|@|/|\\?|&|#|'|\"|\\{)[a-z]{4,6}(: |=|@|, )[a-z]{4,6}",
        by in 1..10_u8,
        file in 0..LEAKY.len(),
        cut in 0..40_usize,
    ) {
        let other = of_the_same_shape(&password, by);
        let [mine, others] = [&password, &other].map(|password| LEAKY[file].replace("SECRET", password));
        let left = mine.chars().count().saturating_sub(cut);
        let shortened = |text: &str| text.chars().take(left).collect::<String>();
        for (mine, others) in [(shortened(&mine), shortened(&others)), (mine, others)] {
            prop_assert_eq!(said(&mine, &[]), said(&others, &[]), "of {}", mine);
        }
    }

    /// The same of the variables.
    #[test]
    fn any_password_in_a_variable_is_shown_by_no_error(
        password in "[!-~ä🐘]{8,16}|[a-z0-9 ]{4,8}[!-/][a-z0-9]{4,8}",
        by in 1..10_u8,
        form in 0..8_usize,
        variable in prop::sample::select(&["DATABASE_URL", "DATA_SOURCE_NAME", "PGHOST", "PGDATABASE", "PGPORT", "PGSSLMODE", "PGVIGIL_PASSWORD"]),
    ) {
        let forms = [
            "pgvigil:SECRET=@h/db",
            "u:SECRET@h/db",
            "postgres://h/db?pasword=SECRET",
            "host=h pwd='SECRET'",
            "'postgres://u:SECRET@h/db'",
            "\"postgres://u:SECRET@h:x/db?sslmode=disable\"",
            "postgres://u:SECRET@h/db?sslmod=x",
            "SECRET",
        ];
        let [mine, others] = [password.clone(), of_the_same_shape(&password, by)].map(|password| said("", &[(variable, &forms[form].replace("SECRET", &password))]));
        prop_assert_eq!(mine, others);
    }
}
