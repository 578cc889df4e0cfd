//! Names that people have given.

pub(super) const FIRST_NAMES: [&str; 16] = [
    "Ada",
    "Blaise",
    "Chien",
    "Dorothy",
    "Edsger",
    "Frances",
    "Grace",
    "Hedy",
    "Ivan",
    "Joan",
    "Katherine",
    "Linus",
    "Margaret",
    "Niklaus",
    "Radia",
    "Stéphane",
];

pub(super) const LAST_NAMES: [&str; 16] = [
    "Allen",
    "Böhm",
    "Clarke",
    "Dahl",
    "Engelbart",
    "Fagin",
    "Goldberg",
    "Hamilton",
    "Ishida",
    "Johnson",
    "Keller",
    "Liskov",
    "Moore",
    "Novák",
    "Perlman",
    "Shaw",
];

/// What an event is called, and its script.
pub(super) const SCRIPTS: [(&str, &str); 8] = [
    ("Nightly backup", "pg_dump \"$DATABASE\" | gzip > /backup/nightly.gz"),
    (
        "Certificate check",
        "openssl s_client -connect www.example.com:443 < /dev/null | openssl x509 -noout -enddate",
    ),
    ("Disk usage", "df -h /var"),
    ("Rotate logs", "find /var/log/app -name '*.log' -mtime +14 -delete"),
    ("Warm the cache", "curl -fsS https://www.example.com/ > /dev/null"),
    ("Sync the archive", "rsync -a /data/ archive:/data/"),
    ("Count the queue", "redis-cli llen mail"),
    ("Weekly report", "psql -f report.sql | mail -s Report team@example.com"),
];

pub(super) const WORKFLOWS: [&str; 6] = [
    "Release",
    "Nightly import",
    "Onboarding",
    "Month's end",
    "Restore drill",
    "Health checks",
];

pub(super) const SERVERS: [&str; 5] = ["web", "db", "mail", "archive", "build"];

pub(super) const TOOLS: [&str; 5] = ["Team mail", "Ops Slack", "Guild Discord", "Pager", "Status API"];
