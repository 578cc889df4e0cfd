//! Why what `lint` finds in steps that have landed is no danger.

const EXPAND: &str = "m20261122_134825_containers_expand";
const ONLINE: &str = "m20261122_134825_containers_online";
const CONTRACT: &str = "m20261122_134925_containers_contract";
const FIT: &str = "m20261124_123554_secrets_fit";
const FLOWS: &str = "m20261124_221612_flows";
const FLOWS_ONLINE: &str = "m20261124_221613_flows_online";

/// Step, rule and reason.
pub const REASONS: [(&str, &str, &str); 9] = [
    (
        EXPAND,
        "renaming-column",
        "the executor that writes `logs.script_name` and `script_type` is gone with this release, which is rolled out with the program down",
    ),
    (
        EXPAND,
        "strong-locks-in-one-transaction",
        "new tables come first; the tables in use are locked last, for columns that need no rewrite, in tries of 100 ms",
    ),
    (
        ONLINE,
        "rebuilding-table",
        "SQLite adds a foreign key in no other way, and holds small databases here",
    ),
    (
        CONTRACT,
        "ban-drop-table",
        "a gate before each refuses until the data step that empties the table was verified",
    ),
    (
        CONTRACT,
        "strong-locks-in-one-transaction",
        "nothing uses these three tables any more: their rows were moved before",
    ),
    (
        FIT,
        "strong-locks-in-one-transaction",
        "wider text columns need no rewrite: both locks are held for a moment, in tries of 100 ms",
    ),
    (
        FIT,
        "rebuilding-table",
        "SQLite changes a type in no other way, and both tables are small",
    ),
    (
        FLOWS,
        "strong-locks-in-one-transaction",
        "columns that are empty or constant rewrite nothing: the locks are held for a moment, in tries of 100 ms",
    ),
    (
        FLOWS_ONLINE,
        "rebuilding-table",
        "SQLite changes what may be null and adds a unique constraint in no other way, and both tables are small there",
    ),
];
