//! Values at the edges of every type.

use seawright::schema::{DataType, Dialect, EnumType, Expression, Literal};

/// A value before it is written for a database.
#[derive(Clone, Debug)]
pub(super) enum Edge {
    Null,
    Number(String),
    Text(String),
    Bytes(Vec<u8>),
}

impl Edge {
    /// As SQL. PostgreSQL reads every type from text.
    pub(super) fn sql(&self, dialect: Dialect) -> String {
        match (self, dialect) {
            (Self::Null, _) => "NULL".to_owned(),
            (Self::Number(number), Dialect::Sqlite) => number.clone(),
            (Self::Number(text) | Self::Text(text), _) => quoted(text),
            (Self::Bytes(bytes), Dialect::Sqlite) => format!("x'{}'", hex(bytes)),
            (Self::Bytes(bytes), _) => format!("'\\x{}'", hex(bytes)),
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A constant as SQL; none for what is computed.
pub(super) fn constant(value: &Expression) -> Option<String> {
    let Expression::Literal(value) = value else { return None };
    Some(match value {
        Literal::Null => "NULL".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Double(value) => value.to_string(),
        Literal::Text(value) => quoted(value),
    })
}

/// A small source of numbers that a seed repeats (splitmix64).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The same for the same text.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Text with all that is read wrongly somewhere: quotes, a backslash, wide letters, blanks at the end, a line's end.
const TEXTS: [&str; 10] = [
    "it's \"quoted\"",
    "",
    "grüße, 世界 🦀",
    "back\\slash \\n",
    " blanks  ",
    "two\nlines;",
    "NULL",
    "%_$1 ? :name",
    "-- no comment",
    "{\"looks\": [\"like\", 'json']}",
];

fn numbers(values: impl IntoIterator<Item = impl ToString>) -> Vec<Edge> {
    values
        .into_iter()
        .map(|value| Edge::Number(value.to_string()))
        .collect()
}

fn texts(values: impl IntoIterator<Item = impl Into<String>>) -> Vec<Edge> {
    values.into_iter().map(|value| Edge::Text(value.into())).collect()
}

/// Those of [`TEXTS`] that are no longer, and one that is just as long, its last letter another.
fn texts_of(length: Option<u32>) -> Vec<Edge> {
    let Some(length) = length else {
        let long: String = (0..5000_u32)
            .map(|at| char::from(b'a' + u8::try_from(at % 26).unwrap()))
            .collect();
        let mut all = texts(TEXTS);
        all.insert(1, Edge::Text(format!("{long}é")));
        return all;
    };
    let length = usize::try_from(length).unwrap();
    let mut longest: String = "0123456789".chars().cycle().take(length.saturating_sub(1)).collect();
    longest.push('é');
    let cut = |text: &str| text.chars().take(length).collect::<String>();
    let mut all = vec![longest];
    for text in TEXTS.map(cut) {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    texts(all)
}

/// All nines on both sides of the point, the smallest, and what is between.
fn decimals(precision: u32, scale: u32) -> Vec<Edge> {
    let nines = |count: u32| "9".repeat(usize::try_from(count).unwrap());
    let whole = nines(precision.saturating_sub(scale));
    let whole = if whole.is_empty() { "0".to_owned() } else { whole };
    if scale == 0 {
        return numbers([whole.clone(), format!("-{whole}"), "0".to_owned(), "1".to_owned()]);
    }
    let zeros = "0".repeat(usize::try_from(scale - 1).unwrap());
    numbers([
        format!("{whole}.{}", nines(scale)),
        format!("-{whole}.{}", nines(scale)),
        format!("0.{zeros}1"),
        "0".to_owned(),
        "-0.5".to_owned(),
    ])
}

fn bytes(length: Option<u32>) -> Vec<Edge> {
    let length = length.map_or(300, |length| usize::try_from(length).unwrap());
    let all: Vec<u8> = (0..=255_u8).rev().cycle().take(length).collect();
    vec![
        Edge::Bytes(all),
        Edge::Bytes(Vec::new()),
        Edge::Bytes([0, 255, 39, 92, 34].into_iter().take(length).collect()),
    ]
}

/// PostgreSQL's array, each element in quotes.
fn array(elements: &[Edge]) -> String {
    let elements = elements.iter().map(|element| match element {
        Edge::Null => "NULL".to_owned(),
        Edge::Number(text) | Edge::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Edge::Bytes(bytes) => format!("\"\\\\x{}\"", hex(bytes)),
    });
    format!("{{{}}}", elements.collect::<Vec<_>>().join(","))
}

/// Values of a type, the most telling first. No wildcard: a type that is new to the IR asks for its values here.
pub(super) fn edges(data_type: &DataType, dialect: Dialect, enums: &[EnumType]) -> Vec<Edge> {
    let is_postgres = dialect == Dialect::Postgres;
    match data_type {
        DataType::Boolean => numbers([1, 0]),
        DataType::TinyInteger => numbers([127, -128, 0, 1]),
        DataType::SmallInteger => numbers([i16::MAX, i16::MIN, 0, 1]),
        DataType::Integer => numbers([i32::MAX, i32::MIN, 0, 1, 7, 299]),
        // The smallest is a real number to SQLite's reader: it reads the sign by itself.
        DataType::BigInteger => numbers([i64::MAX, i64::MIN + 1, 0, 1, 9_007_199_254_740_993]),
        DataType::TinyUnsigned => numbers([255, 0, 1]),
        // PostgreSQL has no unsigned numbers; the column is of the signed type.
        DataType::SmallUnsigned => numbers([if is_postgres { 32_767 } else { 65_535 }, 0, 1]),
        DataType::Unsigned => numbers([if is_postgres { 2_147_483_647_i64 } else { 4_294_967_295 }, 0, 1]),
        DataType::BigUnsigned => numbers([i64::MAX, 0, 1]),
        DataType::Float | DataType::Double => {
            let mut all = if *data_type == DataType::Float {
                numbers(["3.4028235e38", "-1.17549435e-38", "0.1", "-1.5", "0", "16777217"])
            } else {
                numbers([
                    "1.7976931348623157e308",
                    "-2.2250738585072014e-308",
                    "0.1",
                    "123456789.123456789",
                    "0",
                ])
            };
            if is_postgres {
                all.extend(texts(["NaN", "-Infinity"]));
            }
            all
        }
        DataType::Decimal(None) if is_postgres => numbers([
            "123456789012345678901234567890.123456789012345",
            "-0.000000000000000001",
            "0",
            "1.50",
        ]),
        DataType::Decimal(None) => numbers(["1234567890.12345", "-0.5", "0"]),
        DataType::Decimal(Some((precision, scale))) => decimals(*precision, *scale),
        DataType::Char(length) => texts_of(Some(length.unwrap_or(1))),
        DataType::Varchar(length) => texts_of(*length),
        DataType::Text => texts_of(None),
        DataType::Blob => bytes(None),
        DataType::Binary(length) => bytes(Some(*length)).into_iter().take(1).collect(),
        DataType::VarBinary(length) => bytes(*length),
        DataType::Date => texts(["2024-02-29", "0001-01-01", "9999-12-31", "1970-01-01"]),
        DataType::Time => texts(["23:59:59.999999", "00:00:00", "12:34:56.7"]),
        DataType::DateTime | DataType::Timestamp => {
            let mut all = texts([
                "2024-02-29 12:34:56.789012",
                "0001-01-01 00:00:00",
                "1999-12-31 23:59:59.999999",
                "1970-01-01 00:00:00",
            ]);
            if is_postgres {
                all.extend(texts(["infinity"]));
            }
            all
        }
        DataType::TimestampTz => texts([
            "2024-02-29 12:34:56.789012+05:30",
            "0001-01-01 00:00:00+00:00",
            "1999-12-31 23:59:59.999999-11:00",
            "1970-01-01 00:00:00+00:00",
        ]),
        DataType::Json | DataType::JsonBinary => texts([
            r#"{"a": [1, 2.50, null, true], "ü": "it's \"so\" \\ 🦀"}"#,
            "{}",
            "null",
            "\"\"",
            "[1e2, -0.10]",
            "12345678901234567890.5",
        ]),
        DataType::Uuid => {
            let mut all = texts([
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "00000000-0000-0000-0000-000000000000",
                "01890a5d-ac96-774b-bcce-b302099a8057",
            ]);
            if !is_postgres {
                // SeaORM binds a uuid as bytes there.
                all.push(Edge::Bytes((0..16).map(|at| at * 16 + 1).collect()));
            }
            all
        }
        DataType::Enum(name) => {
            let values = enums.iter().find(|enumeration| enumeration.name == *name);
            texts(values.map(|enumeration| enumeration.values.clone()).unwrap_or_default())
        }
        DataType::Array(element) => {
            let mut elements = edges(element, dialect, enums);
            // A line's end in an element is written as it is; the longest text once is enough.
            elements.truncate(6);
            let with_null: Vec<Edge> = [Edge::Null]
                .into_iter()
                .chain(elements.iter().take(1).cloned())
                .collect();
            texts([array(&elements), array(&[]), array(&with_null)])
        }
        DataType::Custom(name) => custom(name),
    }
}

fn custom(name: &str) -> Vec<Edge> {
    match name.split('(').next().unwrap_or_default() {
        "inet" => texts(["192.168.0.1/24", "::ffff:1.2.3.4", "0.0.0.0"]),
        "cidr" => texts(["192.168.100.128/25", "2001:4f8:3:ba::/64"]),
        "macaddr" => texts(["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"]),
        "interval" => texts(["1 year 2 mons -3 days 04:05:06.789", "00:00:00"]),
        "timestamp" => texts(["2024-02-29 12:34:56.789", "2024-02-29 12:34:56"]),
        "time" => texts(["23:59:59.999999", "12:34:56"]),
        "bit" | "varbit" => texts(["1", "0"]),
        "money" => texts(["12.34", "-0.01"]),
        "int4range" => texts(["[1,10)", "empty"]),
        "tsvector" => texts(["'a':1 'b':2"]),
        _ => texts(TEXTS),
    }
}
