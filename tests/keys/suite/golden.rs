//! Encoding v1 is stored in every single-table engine, so changing one byte of it is a data break.
//!
//! `golden/encoding-v1.txt` holds what it makes of each kind and each edge. With `KEYLOOM_BLESS=1`
//! the test writes the file anew; that is right only when cases are added.

use std::fmt::Write as _;

use keyloom::Timestamp;
use keyloom::engine::{KeyText, TenantKey};
use keyloom::key::{KeyKind, KeyPart, decode_word, encode_word};
use keyloom::schema::{
    Component, FieldSchema, Layout, Path, Placeholder, RecordSchema, Roles, Storage,
};
use keyloom::value::{Row, Scalar, Value};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/encoding-v1.txt");

const HEADER: &str = "\
# Key encoding v1: kind | value | encoded.
# A line that changes is a data break: keys stored before would no longer be found.
";

#[derive(Default)]
struct Golden {
    lines: String,
}

impl Golden {
    fn line(&mut self, kind: &str, value: &str, encoded: &str) {
        let line = format!("{kind} | {value} | {encoded}");
        let _ = writeln!(self.lines, "{}", line.trim_end_matches(' '));
    }

    fn word(
        &mut self,
        kind: KeyKind,
        width: Option<u8>,
        label: &str,
        shown: &str,
        value: &Value<'_>,
    ) {
        let word = encode_word(kind, width, value).unwrap();
        assert_eq!(decode_word(&word, kind, width).as_ref(), Some(value), "{label} {shown}");
        self.line(label, shown, &word);
    }

    fn part<T: KeyPart>(&mut self, label: &str, shown: &str, part: &T) {
        self.part_in(label, None, shown, part);
    }

    fn part_in<T: KeyPart>(&mut self, label: &str, width: Option<u8>, shown: &str, part: &T) {
        let value = written(part);
        self.word(T::KIND, width, label, shown, &value);
    }

    fn refused(&mut self, kind: KeyKind, width: Option<u8>, label: &str, value: &Value<'_>) {
        assert!(encode_word(kind, width, value).is_err(), "{label}");
        self.line(label, &shown(value), "(refused)");
    }
}

fn written<T: Scalar>(value: &T) -> Value<'static> {
    let mut row = Row::default();
    value.write(&mut row).unwrap();
    row.get(0).into_owned()
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// As in a Rust literal, with every visible character kept.
fn quoted(text: &str) -> String {
    let hidden = |c: char| {
        let unseen = ['"', '\\', '\u{307}', '\u{200D}', '\u{D7FF}', '\u{E000}', '\u{10FFFF}'];
        c.is_control() || (c.is_whitespace() && c != ' ') || unseen.contains(&c)
    };
    let mut out = String::from('"');
    for c in text.chars() {
        if hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push('"');
    out
}

macro_rules! integers {
    ($golden:ident: $($type:ident $values:expr;)*) => {$(
        for value in $values {
            let value: $type = value;
            $golden.part(stringify!($type), &value.to_string(), &value);
        }
    )*};
}

fn numbers(golden: &mut Golden) {
    integers! { golden:
        u8 [0, 1, 9, 10, u8::MAX - 1, u8::MAX];
        u16 [0, 1, 9, 10, u16::MAX - 1, u16::MAX];
        u32 [0, 1, 9, 10, u32::MAX - 1, u32::MAX];
        // What lies above is refused on every engine.
        u64 [0, 1, 9, 10, i64::MAX.unsigned_abs() - 1, i64::MAX.unsigned_abs()];
        u128 [0, 1, 9, 10, u64::MAX.into(), u128::MAX - 1, u128::MAX];
        i8 [i8::MIN, i8::MIN + 1, -100, -10, -9, -1, 0, 1, 10, i8::MAX];
        i16 [i16::MIN, i16::MIN + 1, -100, -10, -9, -1, 0, 1, 10, i16::MAX];
        i32 [i32::MIN, i32::MIN + 1, -100, -10, -9, -1, 0, 1, 10, i32::MAX];
        i64 [i64::MIN, i64::MIN + 1, -100, -10, -9, -1, 0, 1, 10, i64::MAX];
        i128 [i128::MIN, i128::MIN + 1, -100, -10, -9, -1, 0, 1, 10, i128::MAX];
    }
    for value in [0_u32, 7, 9999] {
        golden.part_in("u32 in {n:4}", Some(4), &value.to_string(), &value);
    }
    golden.part_in("u8 in {n:1}", Some(1), "9", &9_u8);
    golden.part_in("u8 in {n:39}", Some(39), "255", &255_u8);
    for value in [-9999_i32, -10, -1, 0, 1, 9999] {
        golden.part_in("i32 in {n:4}", Some(4), &value.to_string(), &value);
    }
    golden.part_in("u128 in {n:5}", Some(5), "65535", &65_535_u128);
    golden.part_in("i128 in {n:5}", Some(5), "-65535", &-65_535_i128);
    golden.refused(KeyKind::Unsigned { bits: 32 }, Some(4), "u32 in {n:4}", &Value::Int(10_000));
    golden.refused(KeyKind::Signed { bits: 32 }, Some(4), "i32 in {n:4}", &Value::Int(-10_000));
}

fn text(golden: &mut Golden) {
    for byte in 0x00..=0x25_u8 {
        golden.part("text", &quoted(&char::from(byte).to_string()), &char::from(byte).to_string());
    }
    for value in [
        "",
        "&",
        "'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{}~",
        "\u{7f}",
        "New York",
        "a#b",
        "a$b",
        "50%",
        "%23",
        "~-~",
        "Zoë/2",
        "Ünïcödé Σ ß",
        "日本",
        "🦀 #1",
        "👩\u{200d}👧",
        "\u{D7FF}\u{E000}",
        "\u{10FFFF}",
        " leading and trailing ",
        "line\r\nbreak\ttab",
    ] {
        golden.part("text", &quoted(value), &value.to_owned());
    }
    for bytes in [&b""[..], &[0], &[0x0F, 0xF0, 0xFF], b"#$%", &[0xDE, 0xAD, 0xBE, 0xEF]] {
        golden.part("bytes", &format!("{bytes:02X?}"), &bytes.to_vec());
    }
}

fn times(golden: &mut Golden) {
    for moment in [
        Timestamp::MIN,
        Timestamp::from_micros(-1).unwrap(),
        Timestamp::default(),
        Timestamp::from_micros(1).unwrap(),
        Timestamp::from_micros(1_772_366_400_123_456).unwrap(),
        Timestamp::MAX,
    ] {
        let micros = format!("{} µs", moment.as_micros());
        golden.part("timestamp", &micros, &moment);
        let time = chrono::DateTime::<chrono::Utc>::from(moment);
        golden.part("chrono::DateTime<Utc>", &micros, &time);
        golden.part("time::OffsetDateTime", &micros, &time::OffsetDateTime::from(moment));
        if let Ok(time) = jiff::Timestamp::try_from(moment) {
            golden.part("jiff::Timestamp", &micros, &time);
        }
    }
    for (year, month, day) in [(0, 1, 1), (987, 6, 5), (1970, 1, 1), (2024, 2, 29), (9999, 12, 31)]
    {
        let shown = format!("{year}-{month}-{day}");
        let date = jiff::civil::date(year, i8::try_from(month).unwrap(), day);
        golden.part("jiff::civil::Date", &shown, &date);
        let day = u8::try_from(day).unwrap();
        let named = time::Month::try_from(month).unwrap();
        let date = time::Date::from_calendar_date(year.into(), named, day).unwrap();
        golden.part("time::Date", &shown, &date);
        let date = chrono::NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).unwrap();
        golden.part("chrono::NaiveDate", &shown, &date);
    }
    golden.refused(KeyKind::Date, None, "date", &Value::Text("2023-02-29".into()));
}

const STATUS: KeyKind = KeyKind::Words(&["Open", "in_review", "Done-2"]);

fn ids(golden: &mut Golden) {
    for id in [0, 0x0191_8F6A_7C00_7000_8000_0000_0000_002A, u128::MAX] {
        let shown = format!("{id:#x}");
        golden.part("uuid", &shown, &uuid::Uuid::from_u128(id));
        golden.part("ulid", &shown, &ulid::Ulid::from_bytes(id.to_be_bytes()));
    }
    for tag in ["Open", "in_review", "Done-2"] {
        golden.word(STATUS, None, "enum", tag, &Value::Text(tag.into()));
    }
    golden.refused(STATUS, None, "enum", &Value::Text("open".into()));
}

const fn part(name: &'static str, kind: KeyKind, optional: bool) -> FieldSchema {
    let storage = Storage::Text;
    FieldSchema { name, stored: name, storage, optional, default: false, key: Some(kind) }
}

const fn slot(literal: &'static str, field: usize, norm: bool) -> Component {
    Component { literal, placeholder: Some(Placeholder { field, width: None, norm }) }
}

/// `n{name:norm}` / `{text}#v{number}#{flag}`, all but the first optional.
static RECORD: RecordSchema = RecordSchema {
    name: "Golden",
    fields: &[
        part("name", KeyKind::Text, false),
        part("text", KeyKind::Text, true),
        part("number", KeyKind::Unsigned { bits: 8 }, true),
        part("flag", KeyKind::Bool, true),
    ],
    roles: Roles::NONE,
    primary: Layout {
        partition: &[slot("n", 0, true)],
        sort: &[slot("", 1, false), slot("v", 2, false), slot("", 3, false)],
    },
    indexes: &[],
    sequence: None,
    inert: false,
};

fn whole_key(tenant: &TenantKey, values: [Value<'_>; 4]) -> KeyText {
    let mut row = Row::default();
    for value in values {
        row.push(&value);
    }
    let key = KeyText::of(&RECORD, Path::Primary, tenant, &row).unwrap().unwrap();
    let read = key.decode(&RECORD, Path::Primary, tenant).unwrap();
    assert_eq!(KeyText::encode(&RECORD, Path::Primary, tenant, &read).as_ref(), Ok(&key));
    key
}

fn whole_keys(golden: &mut Golden) {
    for name in [
        "Munich",
        "  New  York\t",
        "ΣΊΣΥΦΟΣ",
        "ὈΔΥΣΣΕΎΣ",
        "İstanbul",
        "STRASSE Straße ẞ",
        "#1 Größe",
        "\u{A0}no-break\u{3000}",
        "",
    ] {
        let values = [Value::Text(name.into()), Value::Null, Value::Null, Value::Null];
        let key = whole_key(&TenantKey::GLOBAL, values);
        golden.line("n{name:norm}", &quoted(name), &key.partition);
    }
    let some = |text: &'static str| Value::Text(text.into());
    for (shown, values) in [
        ("None, None, None", [Value::Null, Value::Null, Value::Null]),
        ("Some(\"a\"), None, None", [some("a"), Value::Null, Value::Null]),
        ("None, Some(0), None", [Value::Null, Value::Int(0), Value::Null]),
        ("Some(\"#\"), Some(7), Some(true)", [some("#"), Value::Int(7), Value::Int(1)]),
        ("Some(\" \"), Some(255), Some(false)", [some(" "), Value::Int(255), Value::Int(0)]),
    ] {
        let [text, number, flag] = values;
        let key = whole_key(&TenantKey::GLOBAL, [some(""), text, number, flag]);
        golden.line("{text?}#v{number?}#{flag?}", shown, &key.sort);
    }
    let tenant = TenantKey::new(KeyKind::Text, some("acme")).unwrap();
    let key = whole_key(&tenant, [some("Munich"), some("a"), Value::Int(1), Value::Int(1)]);
    golden.line("whole key of a tenant", "acme", &format!("{} / {}", key.partition, key.sort));
    let key =
        whole_key(&TenantKey::GLOBAL, [some("Munich"), some("a"), Value::Int(1), Value::Int(1)]);
    golden.line("whole key of nobody", "", &format!("{} / {}", key.partition, key.sort));
}

fn tenants(golden: &mut Golden) {
    for tenant in [
        "acme",
        "AZaz09-._~",
        "a:b",
        "a/b",
        "a b",
        "a%20b",
        "a#b",
        "a$b",
        "*",
        "Zoë",
        "日本",
        "🦀",
        "\0",
    ] {
        let key = TenantKey::new(KeyKind::Text, Value::Text(tenant.into())).unwrap();
        golden.line("tenant, text", &quoted(tenant), key.text());
    }
    for (kind, value) in [
        (KeyKind::Unsigned { bits: 32 }, Value::Int(7)),
        (KeyKind::Signed { bits: 8 }, Value::Int(-7)),
        (KeyKind::Timestamp, Value::Int(0)),
        (KeyKind::Uuid, Value::Text("01918f6a-7c00-7000-8000-00000000002a".into())),
    ] {
        let line = shown(&value);
        let key = TenantKey::new(kind, value).unwrap();
        golden.line(&format!("tenant, {kind:?}"), &line, key.text());
    }
    assert!(TenantKey::new(KeyKind::Text, Value::Text("".into())).is_err());
    golden.line("tenant, text", "\"\"", "(refused)");
}

#[test]
fn encoding_v1_is_what_the_golden_file_says() {
    let mut golden = Golden { lines: HEADER.to_owned() };
    text(&mut golden);
    numbers(&mut golden);
    for flag in [false, true] {
        golden.part("bool", &flag.to_string(), &flag);
    }
    times(&mut golden);
    ids(&mut golden);
    whole_keys(&mut golden);
    tenants(&mut golden);
    if std::env::var_os("KEYLOOM_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(FILE, &golden.lines).unwrap();
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    let changed: Vec<_> = stored
        .lines()
        .zip(golden.lines.lines())
        .filter(|(before, now)| before != now)
        .map(|(before, now)| format!("- {before}\n+ {now}\n"))
        .collect();
    assert!(
        stored == golden.lines,
        "the key encoding differs from golden/encoding-v1.txt, which is a data break:\n{}",
        changed.concat()
    );
}
